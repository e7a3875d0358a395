//! Who is hit.

use rand::{SeedableRng, rngs::Xoshiro256PlusPlus, seq::SliceRandom};

/// How nodes are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// A random node.
    One,
    /// As many random nodes as the cluster can do without.
    Minority,
    /// One more than it can do without.
    Majority,
    /// Every node.
    All,
    /// Who leads at the moment.
    Leader,
}

impl Target {
    /// All of them.
    pub const ALL: [Target; 5] = [Target::One, Target::Minority, Target::Majority, Target::All, Target::Leader];

    /// Its name in the schedule.
    pub fn name(self) -> &'static str {
        match self {
            Target::One => "one",
            Target::Minority => "minority",
            Target::Majority => "majority",
            Target::All => "all",
            Target::Leader => "leader",
        }
    }

    /// Whom it means, in a phrase.
    pub fn summary(self) -> &'static str {
        match self {
            Target::One => "a random node",
            Target::Minority => "as many random nodes as the cluster can do without",
            Target::Majority => "one more than the cluster can do without",
            Target::All => "every node",
            Target::Leader => "whoever leads at the moment",
        }
    }

    /// Chooses among the nodes that are `eligible`; how many, depends on how many there are in all. Returns the target in
    /// fact as well: where no leader is known, or a cluster is too small to have a minority, one random node is hit.
    pub(super) fn choose(
        self,
        nodes: &[String],
        is_eligible: impl Fn(&str) -> bool,
        leader: Option<&str>,
        random: u64,
    ) -> (Target, Vec<String>) {
        let majority = nodes.len() / 2 + 1;
        let minority = nodes.len() - majority;
        let target = match self {
            Target::Leader if leader.is_none_or(|leader| !is_eligible(leader)) => Target::One,
            Target::Minority if minority == 0 => Target::One,
            target => target,
        };
        let count = match target {
            Target::One => 1,
            Target::Minority => minority,
            Target::Majority => majority,
            Target::All => nodes.len(),
            Target::Leader => return (target, leader.map(str::to_owned).into_iter().collect()),
        };
        let mut order = nodes.to_vec();
        order.shuffle(&mut Xoshiro256PlusPlus::seed_from_u64(random));
        let mut chosen: Vec<String> = order.into_iter().filter(|node| is_eligible(node)).take(count).collect();
        chosen.sort();
        (target, chosen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn nodes(count: usize) -> Vec<String> {
        (1..=count).map(|number| format!("n{number}")).collect()
    }

    #[test]
    fn as_many_are_chosen_as_the_target_says() {
        for (target, counts) in [
            (Target::One, [1, 1, 1, 1]),
            (Target::Minority, [1, 1, 2, 3]),
            (Target::Majority, [2, 3, 3, 4]),
            (Target::All, [3, 4, 5, 7]),
        ] {
            for (size, count) in [3, 4, 5, 7].into_iter().zip(counts) {
                let drawn = |random| target.choose(&nodes(size), |_| true, None, random);
                assert_eq!(drawn(1), drawn(1));
                assert_eq!((drawn(1).0, drawn(1).1.len()), (target, count), "{target:?} of {size}");
                let seen: BTreeSet<String> = (0..100).flat_map(|random| drawn(random).1).collect();
                assert_eq!(seen.len(), size, "everybody has a turn");
            }
        }
    }

    #[test]
    fn the_leader_is_hit_if_there_is_one_that_can_be() {
        let nodes = nodes(5);
        assert_eq!(Target::Leader.choose(&nodes, |_| true, Some("n4"), 1), (Target::Leader, vec!["n4".to_owned()]));
        assert_eq!(Target::Leader.choose(&nodes, |_| true, None, 1).0, Target::One);
        let (target, chosen) = Target::Leader.choose(&nodes, |node| node == "n2", Some("n4"), 1);
        assert_eq!((target, chosen), (Target::One, vec!["n2".to_owned()]));
    }

    #[test]
    fn who_is_not_eligible_is_not_hit() {
        assert_eq!(Target::All.choose(&nodes(3), |_| false, None, 1).1, Vec::<String>::new());
        let (_, chosen) = Target::Majority.choose(&nodes(5), |node| node != "n1" && node != "n5", None, 1);
        assert_eq!(chosen, ["n2", "n3", "n4"]);
        assert_eq!(Target::Minority.choose(&nodes(2), |_| true, None, 1).0, Target::One);
    }
}
