//! Who is healed in the end, where not everybody is to be (`leave_broken`): a core, a majority that is whole and connected. What the
//! last faults did to the others stays as it is, as in life, where nobody repairs everything before the system has to serve again.
//!
//! Nodes that are dead or stopped by a fault stay so, cut links from and to the others stay cut, slow ones slow, and clocks and disks
//! that are wrong stay wrong. What a fault does again and again, such as to starve a node, ends with the fault, and corruption ends
//! because what was corrupted has to be counted. Where members were changed, they stay changed, and the core is a majority of those who
//! vote then.

use super::{hold::Grip, run::Scene};
use crate::{history::Link, seed};
use rand::seq::SliceRandom;
use std::{collections::BTreeSet, sync::PoisonError};

impl Scene<'_> {
    /// Whether this is the end, and what is broken is left so.
    pub fn leaves(&self) -> bool {
        self.cluster.test().leave_broken && self.is_over()
    }

    /// Whether what a fault did to this node is to be undone now: always, but for what is left behind in the end.
    pub fn mends(&self, node: &str) -> bool {
        !self.leaves() || self.cluster.spares().iter().chain(self.core()).any(|mended| mended == node)
    }

    /// The same of a link: it is left if one of its ends is.
    pub fn mends_link(&self, link: &Link) -> bool {
        self.mends(&link.from) && self.mends(&link.to)
    }

    /// The core. It is chosen when the first fault asks for it, before anything is undone: those whom the last faults left alone, as far
    /// as there are enough of them.
    pub fn core(&self) -> &[String] {
        self.core.get_or_init(|| {
            let cut = self.cluster.network().links_cut();
            let harm = |node: &str| {
                let is_down = [Grip::Killed, Grip::Paused].into_iter().any(|grip| self.holds.is_held(node, grip));
                u32::from(is_down) * 100 + cut.iter().filter(|link| link.from == node || link.to == node).count() as u32
            };
            let nodes: Vec<String> = self.cluster.nodes().iter().chain(self.cluster.spares()).cloned().collect();
            let core = choose(&nodes, &self.voters(), harm, self.cluster.test().seed);
            self.sink.core_chosen(&core);
            core
        })
    }

    /// Every set of voters that may be the one in force.
    fn voters(&self) -> Vec<BTreeSet<String>> {
        self.voters.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// These may vote from now on, instead of those who may already.
    pub fn may_vote(&self, voters: BTreeSet<String>) {
        let mut known = self.voters.lock().unwrap_or_else(PoisonError::into_inner);
        if !known.contains(&voters) {
            known.push(voters);
        }
    }

    /// These vote, and nobody else: a leader says so.
    pub fn vote(&self, voters: BTreeSet<String>) {
        *self.voters.lock().unwrap_or_else(PoisonError::into_inner) = vec![voters];
    }
}

/// As few nodes as are a majority of each of these sets of voters; of those the ones with the least harm; of equals chance decides.
///
/// # Panics
/// If there are more nodes than bits in a number: no cluster is that large.
fn choose(nodes: &[String], voters: &[BTreeSet<String>], harm: impl Fn(&str) -> u32, random: u64) -> Vec<String> {
    assert!(nodes.len() < 20, "every choice of {} nodes is weighed", nodes.len());
    let mut order = nodes.to_vec();
    order.shuffle(&mut seed::rng(random, "core"));
    let chosen = |choice: u32| {
        order.iter().enumerate().filter(move |(place, _)| (choice >> place) & 1 == 1).map(|(_, node)| node)
    };
    let is_enough = |choice: &u32| {
        voters.iter().all(|voters| 2 * chosen(*choice).filter(|node| voters.contains(*node)).count() > voters.len())
    };
    let cost = |choice: &u32| (choice.count_ones(), chosen(*choice).map(|node| harm(node)).sum::<u32>());
    let best = (1..1_u32 << order.len()).filter(is_enough).min_by_key(cost);
    let mut core: Vec<String> = best.map_or_else(|| nodes.to_vec(), |best| chosen(best).cloned().collect());
    core.sort();
    core
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(numbers: impl IntoIterator<Item = u32>) -> Vec<String> {
        numbers.into_iter().map(|number| format!("n{number}")).collect()
    }

    #[test]
    fn the_core_is_a_majority_of_those_with_the_least_harm() {
        let nodes = names(1..=5);
        let choose = |hurt: &[&str], random| {
            choose(&nodes, &[nodes.iter().cloned().collect()], |node| u32::from(hurt.contains(&node)), random)
        };
        assert_eq!(choose(&["n1", "n4"], 7), ["n2", "n3", "n5"]);
        let most = choose(&["n1", "n2", "n4", "n5"], 7);
        assert!(most.len() == 3 && most.contains(&"n3".to_owned()), "{most:?}");
        let drawn: BTreeSet<Vec<String>> = (0..50).map(|random| choose(&[], random)).collect();
        assert!(drawn.len() > 5, "chance decides among equals");
    }

    #[test]
    fn the_core_is_a_majority_of_whoever_may_vote() {
        let nodes = names(1..=6);
        let sets = [names(1..=5), names(2..=5), names(2..=6)].map(|voters| voters.into_iter().collect::<BTreeSet<_>>());
        for random in 0..50 {
            let core = choose(&nodes, &sets, |node| u32::from(node == "n2"), random);
            for voters in &sets {
                let count = core.iter().filter(|node| voters.contains(*node)).count();
                assert!(2 * count > voters.len(), "{core:?} of {voters:?}");
            }
            assert_eq!(core, names(3..=5), "no other three are enough without the one that is harmed");
        }
        assert_eq!(choose(&names([1]), &[names([1]).into_iter().collect()], |_| 1, 7), ["n1"]);
    }
}
