//! What a kind of fault is, and at whom one is aimed.

use super::{FAMILIES, Family, Parameter, PlannedFault, Target, run::Scene};
use crate::{history::Fault, net::grudge::Shape, system::BoxFuture};
use std::fmt;

/// A kind of fault: all that the rest of the program knows about it.
pub struct Kind {
    /// Its name in a schedule, which no other kind has. A family of one kind bears its name.
    pub name: &'static str,
    /// What it does, in a sentence.
    pub summary: &'static str,
    /// What it needs of the system and of the machine.
    pub needs: &'static str,
    /// What can be said about one besides when and at whom.
    pub parameters: &'static [Parameter],
    /// At whom one can be aimed.
    pub aims: Aims,
    /// Injects a fault, waits, heals it, and enters in it what came of that.
    pub(super) inject: Inject,
}

pub(super) type Inject = for<'a> fn(&'a Scene<'a>, &'a PlannedFault, &'a mut Fault) -> BoxFuture<'a, ()>;

/// At whom faults of a kind can be aimed, and how often they are when they are drawn: in a long run each as often as it stands
/// here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aims {
    /// At nodes: by role, or by name.
    Nodes(&'static [Target]),
    /// At links: by shape, by name, or those between the nodes that are named and all others.
    Links(&'static [Shape]),
}

/// At whom a fault is aimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Aim {
    /// The nodes that have this role at the moment.
    Nodes(Target),
    /// The links that this shape has at the moment.
    Links(Shape),
    /// The nodes or links that the schedule names.
    Named,
}

impl Kind {
    /// The family it belongs to.
    ///
    /// # Panics
    /// If it stands in none.
    pub fn family(&self) -> &'static Family {
        let family = FAMILIES.iter().find(|family| family.kinds.contains(&self));
        family.unwrap_or_else(|| panic!("{} is a kind of no family", self.name))
    }
}

impl PartialEq for Kind {
    fn eq(&self, other: &Kind) -> bool {
        self.name == other.name
    }
}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl Aims {
    /// One of each, as often as it is to be drawn.
    pub(super) fn deck(self) -> Vec<Aim> {
        match self {
            Aims::Nodes(targets) => targets.iter().copied().map(Aim::Nodes).collect(),
            Aims::Links(shapes) => shapes.iter().copied().map(Aim::Links).collect(),
        }
    }
}
