//! How a cluster begins: no founder takes part before all of them know it.
//!
//! The configuration that founders begin with records nobody's data directory. If a founder with an empty one took part at once, it
//! could stand for one that others had counted on: where n1 leads and n2 lost everything, an n3 that has met nobody yet and the empty
//! n2 look just like a new cluster of which n1 is down. So a founder with a new directory neither votes nor stands for election nor
//! acknowledges anything until each other founder has said that it knows that directory, durably. If a directory of n2 ever counted,
//! all founders had known it before. They refuse another one, and so its successor never hears that word from any of them; unless
//! all of them lost theirs, and then nothing is left that could be betrayed.
//!
//! One word is enough if it says that the directory is recorded in a committed configuration: all leaders to come know that. So a
//! founder that comes late does not depend on others that are gone by then.
//!
//! That it may take part is durable too: a restart does not ask again. To found a cluster takes all founders, once.
//!
//! This is the part without a network: `introductions.rs` is the other.

use crate::{
    raft::{Incarnation, NodeId},
    transport::{Introduction, Knowledge},
};
use std::collections::BTreeSet;

/// A founder that does not take part yet.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Founding {
    own: NodeId,
    incarnation: Incarnation,
    /// Founders who have not said that they know this node.
    missing: BTreeSet<NodeId>,
}

impl Founding {
    /// Nobody has said anything to it yet.
    pub fn new(own: NodeId, incarnation: Incarnation, founders: impl IntoIterator<Item = NodeId>) -> Founding {
        Founding { own, incarnation, missing: founders.into_iter().filter(|&founder| founder != own).collect() }
    }

    /// For whose word it waits. It may take part when there is nobody.
    pub fn missing(&self) -> &BTreeSet<NodeId> {
        &self.missing
    }

    /// What it says to another node, of which it has this knowledge.
    pub fn introduction(&self, to: NodeId, knows: Option<Knowledge>) -> Introduction {
        Introduction { from: self.own, asks: self.missing.contains(&to), knows }
    }

    /// What another node says to it. A word about another directory is meant for the one that had this name before.
    pub fn hear(&mut self, introduction: &Introduction) {
        match introduction.knows {
            Some(Knowledge { incarnation, .. }) if incarnation != self.incarnation => {}
            Some(Knowledge { is_recorded: true, .. }) => self.missing.clear(),
            Some(Knowledge { is_recorded: false, .. }) => drop(self.missing.remove(&introduction.from)),
            None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, HashSet};

    const FOUNDERS: [NodeId; 3] = [NodeId(1), NodeId(2), NodeId(3)];
    const WIPED: NodeId = NodeId(2);

    #[derive(Clone, Debug, PartialEq, Eq, Hash)]
    struct Node {
        incarnation: Incarnation,
        /// Durable, as [`super::super::identity::Identity`] keeps it.
        met: BTreeMap<NodeId, Incarnation>,
        /// Lost when the process ends.
        founding: Founding,
        /// Durable.
        is_founded: bool,
    }

    impl Node {
        fn new(own: NodeId, number: u64) -> Node {
            let incarnation = Incarnation(10 * own.0 + number);
            let founding = Founding::new(own, incarnation, FOUNDERS);
            Node { incarnation, met: BTreeMap::new(), founding, is_founded: false }
        }
    }

    /// What was said, by whom with which directory, to whom: of that one's directory which one it knows.
    type Word = (NodeId, Incarnation, NodeId, Option<Incarnation>);

    #[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
    struct World {
        nodes: BTreeMap<NodeId, Node>,
        /// It may arrive at any later time, several times, or never: nothing is ever taken out. So it is no less to say all that can be
        /// said at once.
        said: BTreeSet<Word>,
        /// The directories that took part.
        founded: BTreeMap<NodeId, Incarnation>,
        is_wiped: bool,
    }

    impl World {
        fn new() -> World {
            let mut world = World { nodes: FOUNDERS.map(|id| (id, Node::new(id, 0))).into(), ..World::default() };
            world.say_all();
            world
        }

        fn say_all(&mut self) {
            for (&from, node) in &self.nodes {
                let to = FOUNDERS.into_iter().filter(|&to| to != from);
                self.said.extend(to.map(|to| (from, node.incarnation, to, node.met.get(&to).copied())));
            }
        }

        fn deliver(&mut self, (from, theirs, to, known): Word) {
            let Some(node) = self.nodes.get_mut(&to) else { return };
            // It meets, or refuses.
            if *node.met.entry(from).or_insert(theirs) != theirs || node.is_founded {
                return;
            }
            let knows = known.map(|incarnation| Knowledge { incarnation, is_recorded: false });
            node.founding.hear(&Introduction { from, asks: false, knows });
            if node.founding.missing().is_empty() {
                node.is_founded = true;
                let before = self.founded.insert(to, node.incarnation);
                assert!(before.is_none(), "{to}: two directories took part: {self:#?}");
            }
        }

        /// What may happen next.
        fn successors(&self) -> Vec<World> {
            let change = |change: &dyn Fn(&mut World)| {
                let mut world = self.clone();
                change(&mut world);
                world.say_all();
                world
            };
            let mut next: Vec<World> = self.said.iter().map(|&word| change(&|world| world.deliver(word))).collect();
            // Its process ends, and forgets what it heard; and perhaps its disk is lost with it.
            next.push(change(&|world| {
                let node = world.nodes.get_mut(&WIPED).expect("it is there");
                node.founding = Founding::new(WIPED, node.incarnation, FOUNDERS);
            }));
            if !self.is_wiped {
                next.push(change(&|world| {
                    world.is_wiped = true;
                    world.nodes.insert(WIPED, Node::new(WIPED, 1));
                }));
            }
            next
        }
    }

    #[test]
    fn whatever_is_lost_repeated_or_late_no_two_directories_of_a_node_take_part() {
        let (mut seen, mut open) = (HashSet::new(), vec![World::new()]);
        let mut outcomes = HashSet::new();
        while let Some(world) = open.pop() {
            for next in world.successors() {
                if seen.insert(next.clone()) {
                    outcomes.insert(next.founded.values().map(|incarnation| incarnation.0).collect::<Vec<_>>());
                    open.push(next);
                }
            }
        }
        // Not because nothing happened.
        for outcome in [&[10, 20, 30][..], &[10, 21, 30], &[20], &[21], &[10, 30]] {
            assert!(outcomes.contains(outcome), "{outcome:?} is none of {} worlds: {outcomes:?}", seen.len());
        }
    }

    #[test]
    fn founders_that_hear_each_other_begin() {
        let mut world = World::new();
        for _ in 0..2 {
            world.said.clone().into_iter().for_each(|word| world.deliver(word));
            world.say_all();
        }
        assert_eq!(world.founded, FOUNDERS.map(|id| (id, Incarnation(10 * id.0))).into());
    }

    #[test]
    fn it_asks_whose_word_is_missing_and_says_what_it_knows() {
        let mut founding = Founding::new(NodeId(1), Incarnation(10), FOUNDERS);
        let knows = Some(Knowledge { incarnation: Incarnation(20), is_recorded: false });
        assert_eq!(founding.introduction(NodeId(2), knows), Introduction { from: NodeId(1), asks: true, knows });
        let word = Some(Knowledge { incarnation: Incarnation(10), is_recorded: false });
        founding.hear(&Introduction { from: NodeId(2), asks: true, knows: word });
        assert_eq!(founding.introduction(NodeId(2), None), Introduction { from: NodeId(1), asks: false, knows: None });
    }

    #[test]
    fn a_single_founder_needs_nobody() {
        assert!(Founding::new(NodeId(1), Incarnation(10), [NodeId(1)]).missing().is_empty());
    }

    #[test]
    fn one_word_is_enough_if_it_is_recorded_but_not_about_another_directory() {
        let mut founding = Founding::new(NodeId(1), Incarnation(10), FOUNDERS);
        let word = |incarnation, is_recorded| {
            let knows = Some(Knowledge { incarnation: Incarnation(incarnation), is_recorded });
            Introduction { from: NodeId(2), asks: false, knows }
        };
        founding.hear(&word(11, true));
        founding.hear(&word(11, false));
        founding.hear(&Introduction { from: NodeId(3), asks: true, knows: None });
        assert_eq!(founding.missing().len(), 2);
        founding.hear(&word(10, false));
        assert_eq!(*founding.missing(), [NodeId(3)].into());
        founding.hear(&word(10, true));
        assert!(founding.missing().is_empty());
    }
}
