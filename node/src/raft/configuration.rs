//! Who takes part: configurations of the cluster (section 6), and the majorities that decide in them.

use super::{
    quorum,
    types::{Incarnation, LogIndex, NodeId},
};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

/// A configuration of the cluster. It is in force in a node as soon as it is in that node's log, committed or not (section 6).
///
/// While it is *joint*, elections and commits need a majority of the voters that come and another one of those that go; so there is
/// no moment at which two disjoint majorities could decide.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Configuration {
    /// Those who vote: in a joint configuration, those who will.
    pub voters: BTreeSet<NodeId>,
    /// In a joint configuration, those who voted before; otherwise nobody.
    pub outgoing: BTreeSet<NodeId>,
    /// Those who get the log but have no say. Who is among the outgoing as well has one for as long as the configuration is joint.
    pub learners: BTreeSet<NodeId>,
    /// How members are reached that were added. The core does not look into it.
    pub addresses: BTreeMap<NodeId, String>,
    /// The data directories that members have, as far as they are recorded: who comes under a member's name with another one is not
    /// that member. The core does not look into it: the server does, before a message gets here.
    pub incarnations: BTreeMap<NodeId, Incarnation>,
}

/// Where a vote stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A quorum agreed.
    Won,
    /// Too many refused: no quorum can agree any more.
    Lost,
    /// It depends on those who have not answered.
    Open,
}

impl Configuration {
    /// The configuration of a cluster in which all of these vote.
    pub fn of(voters: impl IntoIterator<Item = NodeId>) -> Configuration {
        Configuration { voters: voters.into_iter().collect(), ..Configuration::default() }
    }

    /// Whether it is on the way from one set of voters to another.
    pub fn is_joint(&self) -> bool {
        !self.outgoing.is_empty()
    }

    /// Whether a node's vote counts.
    pub fn is_voter(&self, id: NodeId) -> bool {
        self.voters.contains(&id) || self.outgoing.contains(&id)
    }

    /// Whether a node takes part at all.
    pub fn is_member(&self, id: NodeId) -> bool {
        self.is_voter(id) || self.learners.contains(&id)
    }

    /// Everybody who takes part.
    pub fn members(&self) -> BTreeSet<NodeId> {
        self.voters.iter().chain(&self.outgoing).chain(&self.learners).copied().collect()
    }

    /// Whether both say the same about who takes part and how they are reached, whatever is recorded of their data directories.
    pub fn agrees(&self, other: &Configuration) -> bool {
        let of = |it: &Configuration| Configuration { incarnations: BTreeMap::new(), ..it.clone() };
        of(self) == of(other)
    }

    /// The same with one more learner. A member stays what it is.
    pub fn with_learner(&self, id: NodeId, address: String) -> Configuration {
        let mut changed = self.clone();
        changed.addresses.insert(id, address);
        if !changed.is_voter(id) {
            changed.learners.insert(id);
        }
        changed
    }

    /// The same with a member as a voter.
    pub fn promoted(&self, id: NodeId) -> Configuration {
        let mut changed = self.clone();
        changed.learners.remove(&id);
        changed.voters.insert(id);
        changed
    }

    /// The same with a voter as a learner.
    pub fn demoted(&self, id: NodeId) -> Configuration {
        let mut changed = self.clone();
        changed.voters.remove(&id);
        changed.learners.insert(id);
        changed
    }

    /// The same without a member.
    pub fn without(&self, id: NodeId) -> Configuration {
        let mut changed = self.clone();
        changed.voters.remove(&id);
        changed.learners.remove(&id);
        changed.addresses.remove(&id);
        changed.incarnations.remove(&id);
        changed
    }

    /// The step from here to there: joint if the voters differ, for then a majority of the old ones and one of the new ones need not
    /// share a node.
    pub(super) fn towards(&self, target: &Configuration) -> Configuration {
        let mut step = target.clone();
        if self.voters != target.voters {
            step.outgoing = self.voters.clone();
            // Who goes must be reached until it is gone.
            for (&id, address) in self.addresses.iter().filter(|(id, _)| step.outgoing.contains(id)) {
                step.addresses.entry(id).or_insert_with(|| address.clone());
            }
            // And its vote still counts, but not that of an empty directory under its name.
            for (&id, &incarnation) in self.incarnations.iter().filter(|(id, _)| step.outgoing.contains(id)) {
                step.incarnations.entry(id).or_insert(incarnation);
            }
        }
        step
    }

    /// The configuration behind a joint one; any other one itself.
    pub fn left(&self) -> Configuration {
        let mut next = self.clone();
        next.outgoing.clear();
        let members = next.members();
        next.addresses.retain(|id, _| members.contains(id));
        next.incarnations.retain(|id, _| members.contains(id));
        next
    }

    /// The greatest value that a quorum has reached, given each voter's value: in a joint configuration, a quorum of either side.
    /// `None` if nobody votes.
    pub fn reached<T: Ord + Copy>(&self, value: impl Fn(NodeId) -> T) -> Option<T> {
        let sides = [&self.voters, &self.outgoing].into_iter().filter(|side| !side.is_empty());
        sides.map(|side| quorum::reached(side.iter().map(|&id| value(id)).collect())).min()
    }

    /// How a vote stands, given what each voter answered so far. Where nobody votes, nothing is ever decided.
    pub fn tally(&self, vote: impl Fn(NodeId) -> Option<bool>) -> Outcome {
        // A refusal is less than no answer, and that is less than a vote: what a quorum has reached is how the vote stands.
        match self.reached(|id| vote(id).map_or(0, |granted| if granted { 1 } else { -1 })) {
            Some(1) => Outcome::Won,
            Some(-1) => Outcome::Lost,
            _ => Outcome::Open,
        }
    }
}

/// A configuration and where it stands in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Placed {
    pub index: LogIndex,
    pub configuration: Configuration,
}

/// The configurations of a log: the one that it began with, and those in its entries. The last is in force.
#[derive(Clone, Debug)]
pub(super) struct Configurations {
    base: Placed,
    later: Vec<Placed>,
}

impl Configurations {
    /// Those of a log that begins after `base`.
    pub fn new(base: Placed) -> Configurations {
        Configurations { base, later: Vec::new() }
    }

    /// The one in force, and where it stands.
    pub fn last(&self) -> &Placed {
        self.later.last().unwrap_or(&self.base)
    }

    /// The one that was in force before the last, if the log still says so.
    pub fn before_last(&self) -> Option<&Configuration> {
        let before = self.later.len().checked_sub(1)?;
        Some(&before.checked_sub(1).map_or(&self.base, |before| &self.later[before]).configuration)
    }

    /// The one that was in force when the log ended at a position.
    pub fn at(&self, index: LogIndex) -> &Configuration {
        let known = self.later.partition_point(|placed| placed.index <= index);
        &known.checked_sub(1).map_or(&self.base, |last| &self.later[last]).configuration
    }

    /// One more, behind all others.
    pub fn push(&mut self, placed: Placed) {
        self.later.push(placed);
    }

    /// The log is removed from a position on, and what it said with it. Returns whether another one is in force now.
    pub fn truncate(&mut self, from: LogIndex) -> bool {
        let before = self.later.len();
        self.later.retain(|placed| placed.index < from);
        self.later.len() < before
    }

    /// The log begins after a position: only the last configuration up to it is needed.
    pub fn compact(&mut self, through: LogIndex) {
        let count = self.later.partition_point(|placed| placed.index <= through);
        if let Some(last) = self.later.drain(..count).next_back() {
            self.base = last;
        }
    }
}

impl fmt::Display for Configuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        list(f, &self.voters)?;
        if self.is_joint() {
            f.write_str(" from ")?;
            list(f, &self.outgoing)?;
        }
        if !self.learners.is_empty() {
            f.write_str(", learners ")?;
            list(f, &self.learners)?;
        }
        Ok(())
    }
}

fn list(f: &mut fmt::Formatter<'_>, ids: &BTreeSet<NodeId>) -> fmt::Result {
    if ids.is_empty() {
        return f.write_str("nobody");
    }
    for (position, id) in ids.iter().enumerate() {
        write!(f, "{}{id}", if position == 0 { "" } else { " " })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_recorded_of_a_member_stays_until_it_goes() {
        let ids = [1, 2, 3, 4].map(NodeId);
        let mut three = Configuration::of(ids[..3].iter().copied());
        three.incarnations = ids[..3].iter().map(|&id| (id, Incarnation(id.0))).collect();
        let [n1, _, n3, n4] = ids;
        let known =
            |configuration: &Configuration| configuration.incarnations.keys().map(|id| id.0).collect::<Vec<_>>();
        let four = three.with_learner(n4, "there".to_owned());
        assert_eq!(known(&four), [1, 2, 3]);
        assert_eq!(known(&four.promoted(n4).demoted(n1)), [1, 2, 3]);
        assert_eq!(four.with_learner(n3, "there".to_owned()).incarnations, three.incarnations);
        // In a joint configuration who goes is still one of those who decide.
        let joint = three.towards(&three.without(n3));
        assert_eq!((joint.is_joint(), known(&joint)), (true, vec![1, 2, 3]));
        assert_eq!(joint.left(), three.without(n3));
        assert_eq!(known(&joint.left()), [1, 2]);
        // Whoever comes back is met anew.
        assert_eq!(known(&three.without(n3).with_learner(n3, "there".to_owned())), [1, 2]);
        let mut enrolled = four.clone();
        enrolled.incarnations.insert(n4, Incarnation(4));
        assert!(enrolled != four && enrolled.agrees(&four) && !enrolled.agrees(&three));
        assert!(!four.towards(&enrolled).is_joint());
    }

    /// What happens to a log, as far as its configurations are concerned.
    #[derive(Clone, Debug)]
    enum Step {
        /// Entries are added, the last of which is a configuration with so many voters.
        Push { entries: u64, voters: u64 },
        /// The log is cut at a position, taken modulo what there is.
        Truncate { from: u64 },
        /// Its beginning is removed.
        Compact { through: u64 },
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            3 => (1u64..4, 1u64..9).prop_map(|(entries, voters)| Step::Push { entries, voters }),
            1 => any::<u64>().prop_map(|from| Step::Truncate { from }),
            1 => any::<u64>().prop_map(|through| Step::Compact { through }),
        ]
    }

    fn placed(index: u64, voters: u64) -> Placed {
        Placed { index: LogIndex(index), configuration: Configuration::of((1..=voters).map(NodeId)) }
    }

    proptest! {
        /// Against the configuration at each position of the log, written down one by one.
        #[test]
        fn configurations_agree_with_a_list(steps in prop::collection::vec(step(), 0..40)) {
            let mut configurations = Configurations::new(placed(0, 1));
            let mut list = vec![placed(0, 1)];
            let mut base = 0;
            for step in steps {
                let end = list.len() as u64;
                match step {
                    Step::Push { entries, voters } => {
                        (1..entries).for_each(|_| list.push(list[list.len() - 1].clone()));
                        let next = placed(list.len() as u64, voters);
                        configurations.push(next.clone());
                        list.push(next);
                    }
                    Step::Truncate { from } if base + 1 < end => {
                        let from = base + 1 + from % (end - base - 1);
                        let before = list[list.len() - 1].clone();
                        list.truncate(from as usize);
                        let is_changed = configurations.truncate(LogIndex(from));
                        prop_assert_eq!(is_changed, before != list[list.len() - 1]);
                    }
                    Step::Truncate { .. } => {}
                    Step::Compact { through } => {
                        base += through % (end - base);
                        configurations.compact(LogIndex(base));
                    }
                }
                let end = list.len() - 1;
                prop_assert_eq!(configurations.last(), &list[end]);
                for (at, placed) in (0..).zip(&list).skip(base as usize) {
                    prop_assert_eq!(configurations.at(LogIndex(at)), &placed.configuration);
                }
                let before = list.iter().rev().find(|placed| **placed != list[end] && list[end].index.0 > base);
                prop_assert_eq!(configurations.before_last(), before.map(|placed| &placed.configuration));
            }
        }
    }
}
