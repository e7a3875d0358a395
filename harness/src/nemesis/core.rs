//! Who is healed in the end, where not everybody is to be (`leave_broken`): a core, a majority that is whole and connected. What the
//! last faults did to the others stays as it is, as in life, where nobody repairs everything before the system has to serve again.
//!
//! Nodes that are dead or stopped by a fault stay so, cut links from and to the others stay cut, slow ones slow, and clocks and disks
//! that are wrong stay wrong. What a fault does again and again, such as to starve a node, ends with the fault, and corruption ends
//! because what was corrupted has to be counted.

use super::{hold::Grip, run::Scene};
use crate::{history::Link, seed};
use rand::seq::SliceRandom;

impl Scene<'_> {
    /// Whether what a fault did to this node is to be undone now: always, but for what is left behind in the end.
    pub fn mends(&self, node: &str) -> bool {
        let leaves = self.cluster.test().leave_broken && self.is_over();
        !leaves || self.cluster.spares().iter().chain(self.core()).any(|mended| mended == node)
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
                (is_down, cut.iter().filter(|link| link.from == node || link.to == node).count())
            };
            let core = choose(self.cluster.nodes(), harm, self.cluster.test().seed);
            self.sink.core_chosen(&core);
            core
        })
    }
}

/// A majority of the nodes: those with the least harm; of equals chance decides.
fn choose<H: Ord>(nodes: &[String], harm: impl Fn(&str) -> H, random: u64) -> Vec<String> {
    let mut order = nodes.to_vec();
    order.shuffle(&mut seed::rng(random, "core"));
    order.sort_by_cached_key(|node| harm(node));
    order.truncate(nodes.len() / 2 + 1);
    order.sort();
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_core_is_a_majority_of_those_with_the_least_harm() {
        let nodes: Vec<String> = (1..=5).map(|number| format!("n{number}")).collect();
        let hurt = |hurt: &'static [&str]| move |node: &str| hurt.contains(&node);
        assert_eq!(choose(&nodes, hurt(&["n1", "n4"]), 7), ["n2", "n3", "n5"]);
        let most = choose(&nodes, hurt(&["n1", "n2", "n4", "n5"]), 7);
        assert!(most.len() == 3 && most.contains(&"n3".to_owned()), "{most:?}");
        let drawn: BTreeSet<Vec<String>> = (0..50).map(|random| choose(&nodes, hurt(&[]), random)).collect();
        assert!(drawn.len() > 5, "chance decides among equals");
        assert_eq!(choose(&nodes[..1], hurt(&["n1"]), 7), ["n1"]);
    }
}
