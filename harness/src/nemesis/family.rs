//! The families of faults, and what a fault of each can be.

use super::Target;
use crate::net::grudge::Shape;
use rand::{rngs::Xoshiro256PlusPlus, seq::SliceRandom};
use serde::{Deserialize, Serialize};

/// A family of faults: what `--nemesis` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Family {
    /// Links between nodes carry nothing.
    Partition,
    /// Nodes die by SIGKILL and are started again.
    Kill,
    /// Nodes are stopped by SIGSTOP and go on later.
    Pause,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Cut the links of a shape.
    Partition(Shape),
    /// Cut the links, or part the nodes, that the schedule names.
    Cut,
    /// Kill these.
    Kill(Target),
    /// Stop these.
    Pause(Target),
}

impl Family {
    /// All of them.
    pub const ALL: [Family; 3] = [Family::Partition, Family::Kill, Family::Pause];

    /// The family of a name on the command line.
    pub fn parse(name: &str) -> Option<Family> {
        Family::ALL.into_iter().find(|family| family.name() == name)
    }

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Family::Partition => "partition",
            Family::Kill => "kill",
            Family::Pause => "pause",
        }
    }

    /// What it does, in a line.
    pub fn summary(self) -> &'static str {
        match self {
            Family::Partition => {
                "cut links between nodes: halves, one node, the leader, one way only, a bridge, a ring of majorities"
            }
            Family::Kill => {
                "kill nodes with SIGKILL and start them again: one, the leader, a minority, a majority, all"
            }
            Family::Pause => "stop nodes with SIGSTOP and let them go on: one, the leader, a minority, a majority",
        }
    }

    /// Every action of the family, in random order. Drawing one deck after the other, each comes up in a long run, as
    /// often as it stands in the deck: a leader is hurt more often than a majority, because elections are where bugs live.
    pub(super) fn deck(self, rng: &mut Xoshiro256PlusPlus) -> Vec<Action> {
        use Target::{All, Leader, Majority, Minority, One};
        let mut deck: Vec<Action> = match self {
            Family::Partition => Shape::ALL.into_iter().map(Action::Partition).collect(),
            Family::Kill => [Leader, Leader, One, One, Minority, Majority, All].map(Action::Kill).into(),
            Family::Pause => [Leader, Leader, Leader, One, One, Minority, Majority].map(Action::Pause).into(),
        };
        deck.shuffle(rng);
        deck
    }
}

impl Action {
    /// The family it belongs to.
    pub fn family(self) -> Family {
        match self {
            Action::Partition(_) | Action::Cut => Family::Partition,
            Action::Kill(_) => Family::Kill,
            Action::Pause(_) => Family::Pause,
        }
    }
}
