//! Changes of the membership, as operators ask for them.

use super::address::Address;
use crate::raft::{Configuration, NodeId};

/// What is to change. Each says how it shall be, so that it may be asked for again by one who lost the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// A new member, without a vote.
    Add(NodeId, Address),
    /// A member that votes.
    Promote(NodeId),
    /// A member that does not.
    Demote(NodeId),
    /// No member.
    Remove(NodeId),
}

impl Wish {
    /// The configuration that is wanted where this one is in force.
    ///
    /// # Errors
    /// A sentence, if there is none.
    pub fn target(self, current: &Configuration) -> Result<Configuration, String> {
        match self {
            Wish::Add(node, address) if current.is_member(node) => match current.addresses.get(&node) {
                Some(known) if *known == address.to_string() => Ok(current.clone()),
                Some(known) => Err(format!("{node} is a member already, at {known}; remove it first")),
                None => Err(format!("{node} is a member already, a founder of the cluster")),
            },
            Wish::Add(node, address) => Ok(current.with_learner(node, address.to_string())),
            Wish::Promote(node) | Wish::Demote(node) if !current.is_member(node) => {
                Err(format!("{node} is no member; there are {current}"))
            }
            Wish::Promote(node) => Ok(current.promoted(node)),
            Wish::Demote(node) => Ok(current.demoted(node)),
            Wish::Remove(node) => Ok(current.without(node)),
        }
    }
}

/// A voter whose data directory is not recorded, where somebody new is to vote: that one may never have met it, and would take an
/// empty directory under its name for the right one.
pub fn unrecorded(current: &Configuration, target: &Configuration) -> Option<NodeId> {
    let is_known = |id: &&NodeId| target.incarnations.contains_key(id) || current.incarnations.contains_key(id);
    let mut voters = target.voters.union(&current.voters);
    if target.voters.is_subset(&current.voters) { None } else { voters.find(|id| !is_known(id)).copied() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raft::Incarnation;

    #[test]
    fn each_wish_changes_what_it_says_and_once() {
        let founding = Configuration::of([1, 2, 3].map(NodeId));
        let address: Address = "127.0.0.1:7004/127.0.0.1:6384".parse().unwrap();
        let node = NodeId(4);
        let add = Wish::Add(node, address);
        let added = add.target(&founding).unwrap();
        assert!(added.learners.contains(&node) && added.addresses[&node] == address.to_string());
        assert_eq!(add.target(&added), Ok(added.clone()));
        let promoted = Wish::Promote(node).target(&added).unwrap();
        assert!(promoted.voters.contains(&node) && promoted.learners.is_empty());
        assert_eq!(Wish::Promote(node).target(&promoted), Ok(promoted.clone()));
        assert_eq!(add.target(&promoted), Ok(promoted.clone()));
        assert_eq!(Wish::Demote(node).target(&promoted), Ok(added.clone()));
        assert_eq!(Wish::Demote(node).target(&added), Ok(added.clone()));
        assert_eq!(Wish::Remove(node).target(&promoted), Ok(founding.clone()));
        assert_eq!(Wish::Remove(node).target(&founding), Ok(founding));
    }

    #[test]
    fn nobody_gets_a_vote_before_all_are_recorded_who_vote_with_it() {
        let founding = Configuration::of([1, 2].map(NodeId));
        let added = founding.with_learner(NodeId(4), String::new());
        let promoted = |from: &Configuration| unrecorded(from, &from.promoted(NodeId(4)));
        let record = |configuration: &Configuration, ids: &[u64]| {
            let incarnations = ids.iter().map(|&id| (NodeId(id), Incarnation(id))).collect();
            Configuration { incarnations, ..configuration.clone() }
        };
        assert_eq!(promoted(&added), Some(NodeId(1)));
        assert_eq!(promoted(&record(&added, &[1, 4])), Some(NodeId(2)));
        assert_eq!(promoted(&record(&added, &[1, 2])), Some(NodeId(4)));
        assert_eq!(promoted(&record(&added, &[1, 2, 4])), None);
        // Who goes at the same time votes until the change is over.
        let replaced = |from: &Configuration| unrecorded(from, &from.promoted(NodeId(4)).without(NodeId(2)));
        assert_eq!(replaced(&record(&added, &[1, 4])), Some(NodeId(2)));
        assert_eq!(replaced(&record(&added, &[1, 2, 4])), None);
        // Who is there knows the others.
        assert_eq!(unrecorded(&added, &added.demoted(NodeId(2))), None);
        assert_eq!(unrecorded(&founding, &added), None);
    }

    #[test]
    fn what_cannot_be_is_explained() {
        let founding = Configuration::of([1, 2, 3].map(NodeId));
        let address: Address = "127.0.0.1:7004/127.0.0.1:6384".parse().unwrap();
        let elsewhere: Address = "127.0.0.1:7005/127.0.0.1:6385".parse().unwrap();
        let added = Wish::Add(NodeId(4), address).target(&founding).unwrap();
        let rows = [
            (Wish::Add(NodeId(1), address), "n1 is a member already, a founder of the cluster"),
            (
                Wish::Add(NodeId(4), elsewhere),
                "n4 is a member already, at 127.0.0.1:7004/127.0.0.1:6384; remove it first",
            ),
            (Wish::Promote(NodeId(9)), "n9 is no member; there are n1 n2 n3, learners n4"),
            (Wish::Demote(NodeId(9)), "n9 is no member; there are n1 n2 n3, learners n4"),
        ];
        for (wish, expected) in rows {
            assert_eq!(wish.target(&added), Err(expected.to_owned()), "{wish:?}");
        }
    }
}
