//! Who shall not hear whom: the shapes of a partition, each as a set of directed links. Pure: the same nodes, leader and
//! random number give the same grudge.

use crate::history::Link;
use rand::{RngExt, SeedableRng, rngs::Xoshiro256PlusPlus, seq::SliceRandom};

/// A shape of partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Shape {
    /// Two halves, of an odd number of nodes the one with one more, who do not hear each other.
    Halves,
    /// A smallest majority and the others, who do not hear each other.
    Majority,
    /// A random node alone.
    One,
    /// The leader alone.
    Leader,
    /// The leader with as many others as make a minority.
    LeaderMinority,
    /// A node, random or the leader, that cannot send, or cannot receive, while the other direction works.
    OneWay,
    /// Such a node that cannot receive.
    OneWayIn,
    /// Such a node that cannot send.
    OneWayOut,
    /// Two random nodes that do not hear each other, while all others hear both.
    Pair,
    /// Two halves that do not hear each other, and one node that both hear.
    Bridge,
    /// Every node hears a majority, and no two nodes the same one.
    MajoritiesRing,
    /// Nobody hears anybody.
    All,
}

impl Shape {
    /// All of them.
    pub const ALL: [Shape; 12] = [
        Shape::Halves,
        Shape::Majority,
        Shape::One,
        Shape::Leader,
        Shape::LeaderMinority,
        Shape::OneWay,
        Shape::OneWayIn,
        Shape::OneWayOut,
        Shape::Pair,
        Shape::Bridge,
        Shape::MajoritiesRing,
        Shape::All,
    ];

    /// Its name in the schedule and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Shape::Halves => "halves",
            Shape::Majority => "majority",
            Shape::One => "one",
            Shape::Leader => "leader",
            Shape::LeaderMinority => "leader-minority",
            Shape::OneWay => "one-way",
            Shape::OneWayIn => "one-way-in",
            Shape::OneWayOut => "one-way-out",
            Shape::Pair => "pair",
            Shape::Bridge => "bridge",
            Shape::MajoritiesRing => "majorities-ring",
            Shape::All => "all",
        }
    }

    /// Which links belong to it, in a phrase: a partition cuts them, other faults do something else to them.
    pub fn summary(self) -> &'static str {
        match self {
            Shape::Halves => "between two halves",
            Shape::Majority => "between a smallest majority and the others",
            Shape::One => "between a random node and the others",
            Shape::Leader => "between the leader and the others",
            Shape::LeaderMinority => "between the leader with a minority, and the others",
            Shape::OneWay => "to a random node, or the leader, from all others; or from it to them",
            Shape::OneWayIn => "to a random node, or the leader, from all others",
            Shape::OneWayOut => "from a random node, or the leader, to all others",
            Shape::Pair => "between two nodes, of whom one is the leader",
            Shape::Bridge => {
                "between two halves, except those of one node, not the leader, that keeps its links to both"
            }
            Shape::MajoritiesRing => {
                "as many as can be cut while every node still hears a majority, and no two the same one"
            }
            Shape::All => "all",
        }
    }

    /// Whether it depends on who leads. Followers do not talk to each other; so a pair without the leader, or a bridge that is
    /// the leader, would cut links that nobody uses.
    pub fn wants_leader(self) -> bool {
        use Shape::{Bridge, Leader, LeaderMinority, OneWay, OneWayIn, OneWayOut, Pair};
        matches!(self, Leader | LeaderMinority | OneWay | OneWayIn | OneWayOut | Pair | Bridge)
    }

    /// The shape that takes its place among so few nodes that it would be none: a pair that others hear and a bridge need three
    /// nodes, a ring of majorities four, and a leader with somebody in a minority five.
    pub fn among(self, nodes: usize) -> Shape {
        match self {
            Shape::MajoritiesRing if nodes < 4 => Shape::Bridge.among(nodes),
            Shape::Bridge | Shape::Pair if nodes < 3 => Shape::One,
            Shape::LeaderMinority if nodes < 5 => Shape::Leader,
            shape => shape,
        }
    }
}

/// A partition, drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grudge {
    /// The shape in fact, which may be another than the one asked for (see [`Shape::among`] and `leader`).
    pub shape: Shape,
    /// How its node was chosen: `leader`, `one`; `majority` where it is about a division of all.
    pub target: &'static str,
    /// `n1 n3 | n2 n4 n5`.
    pub phrase: String,
    /// The nodes it is about: the smaller side, the isolated node, the bridge; all of them for a ring.
    pub nodes: Vec<String>,
    /// The links to cut, in order. Empty for a single node, who has nobody to be parted from.
    pub links: Vec<Link>,
}

/// Draws a partition. Where a leader is wanted and none is known, a random node takes its place, and `target` says `one`. What is
/// about one node or two is about nodes that are not `down`, as long as there are any: nobody would notice that the links of others
/// are cut.
///
/// # Panics
/// If there are no nodes.
pub fn draw(shape: Shape, nodes: &[String], leader: Option<&str>, down: &[String], random: u64) -> Grudge {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(random);
    let mut order: Vec<&str> = nodes.iter().map(String::as_str).collect();
    order.shuffle(&mut rng);
    let leader = leader.and_then(|leader| order.iter().copied().find(|node| *node == leader));
    let minority = ((nodes.len() - 1) / 2).max(1);
    let is_down = |node: &&str| down.iter().any(|down| down == node);
    if matches!(shape, Shape::One | Shape::OneWay | Shape::OneWayIn | Shape::OneWayOut | Shape::Pair) {
        order.sort_by_key(is_down);
    }
    match shape.among(nodes.len()) {
        Shape::Halves => parted(Shape::Halves, "majority", order.split_at((nodes.len() / 2).max(1)), &order),
        Shape::Majority => parted(Shape::Majority, "majority", order.split_at(minority), &order),
        Shape::LeaderMinority if leader.is_some() => {
            // The leader is the first of the minority; the others keep their order.
            order.sort_by_key(|node| Some(*node) != leader);
            parted(Shape::LeaderMinority, "leader", order.split_at(minority), &order)
        }
        Shape::LeaderMinority => parted(Shape::Majority, "majority", order.split_at(minority), &order),
        Shape::Leader if leader.is_some() => isolated(Shape::Leader, "leader", leader.unwrap_or_default(), &order),
        Shape::One | Shape::Leader => isolated(Shape::One, "one", order[0], &order),
        shape @ (Shape::OneWay | Shape::OneWayIn | Shape::OneWayOut) => {
            let (node, target) = match leader.filter(|_| rng.random()) {
                Some(leader) => (leader, "leader"),
                None => (order[0], "one"),
            };
            if shape == Shape::OneWayOut || (shape == Shape::OneWay && rng.random()) {
                grudge(shape, target, format!("{node} cannot send"), &[node], &order, |from, _| from == node)
            } else {
                grudge(shape, target, format!("{node} cannot receive"), &[node], &order, |_, to| to == node)
            }
        }
        Shape::Pair => {
            order.sort_by_key(|node| Some(*node) != leader);
            let pair = &order[..2];
            let phrase = format!("{} | {}, the others hear both", pair[0], pair[1]);
            let target = if leader.is_some() { "leader" } else { "two" };
            grudge(Shape::Pair, target, phrase, pair, &order, |from, to| pair.contains(&from) && pair.contains(&to))
        }
        Shape::Bridge => {
            order.sort_by_key(|node| Some(*node) == leader);
            let (bridge, rest) = (order[0], &order[1..]);
            let (left, right) = rest.split_at(rest.len().div_ceil(2));
            let phrase = format!("{} | {}, {bridge} hears both", listed(left), listed(right));
            grudge(Shape::Bridge, "one", phrase, &[bridge], &order, |from, to| {
                from != bridge && to != bridge && left.contains(&from) != left.contains(&to)
            })
        }
        Shape::MajoritiesRing => {
            // Each hears its neighbours on the ring as far as it takes to be a majority together.
            let size = order.len();
            let reach = (size / 2).div_ceil(2);
            let place = |node: &str| order.iter().position(|other| *other == node).unwrap_or_default();
            let phrase = format!("ring {}: each hears {} of {size}", order.join(" "), 2 * reach + 1);
            grudge(Shape::MajoritiesRing, "all", phrase, &order, &order, |from, to| {
                let distance = place(from).abs_diff(place(to));
                distance.min(size - distance) > reach
            })
        }
        Shape::All => grudge(Shape::All, "all", listed(&order).replace(' ', " | "), &order, &order, |_, _| true),
    }
}

/// Those on the left, who are the ones it is about, do not hear those on the right.
fn parted(shape: Shape, target: &'static str, (left, right): (&[&str], &[&str]), order: &[&str]) -> Grudge {
    let phrase = format!("{} | {}", listed(right), listed(left));
    grudge(shape, target, phrase, left, order, |from, to| left.contains(&from) != left.contains(&to))
}

fn isolated(shape: Shape, target: &'static str, node: &str, order: &[&str]) -> Grudge {
    let others: Vec<&str> = order.iter().copied().filter(|other| *other != node).collect();
    let phrase = format!("{node} | {}", listed(&others));
    grudge(shape, target, phrase, &[node], order, |from, to| (from == node) != (to == node))
}

fn grudge(
    shape: Shape,
    target: &'static str,
    phrase: String,
    about: &[&str],
    nodes: &[&str],
    is_cut: impl Fn(&str, &str) -> bool,
) -> Grudge {
    let pairs = nodes.iter().flat_map(|from| nodes.iter().map(move |to| (*from, *to)));
    let mut links: Vec<Link> = pairs
        .filter(|(from, to)| from != to && is_cut(from, to))
        .map(|(from, to)| Link { from: from.to_owned(), to: to.to_owned() })
        .collect();
    links.sort();
    let mut about: Vec<String> = about.iter().map(|node| (*node).to_owned()).collect();
    about.sort();
    Grudge { shape, target, phrase, nodes: about, links }
}

/// Names in order, whatever order they were drawn in.
fn listed(nodes: &[&str]) -> String {
    let mut nodes = nodes.to_vec();
    nodes.sort();
    nodes.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    const SIZES: [usize; 4] = [3, 4, 5, 7];

    fn names(size: usize) -> Vec<String> {
        (1..=size).map(|number| format!("n{number}")).collect()
    }

    /// Some draws of a shape at every size, with `n2` as the leader.
    fn each(shape: Shape, check: impl Fn(&[String], &Grudge)) {
        for size in SIZES {
            for random in 0..20 {
                let nodes = names(size);
                let grudge = draw(shape, &nodes, Some("n2"), &[], random);
                assert_eq!(grudge, draw(shape, &nodes, Some("n2"), &[], random), "the same draw");
                assert!(grudge.links.iter().all(|link| link.from != link.to));
                assert!(grudge.links.is_sorted() && !grudge.links.is_empty());
                check(&nodes, &grudge);
            }
        }
    }

    /// Whom a node hears, itself included.
    fn heard(nodes: &[String], grudge: &Grudge, node: &str) -> BTreeSet<String> {
        let is_cut = |from: &str| grudge.links.iter().any(|link| link.from == from && link.to == node);
        nodes.iter().filter(|from| !is_cut(from)).cloned().collect()
    }

    fn is_symmetric(grudge: &Grudge) -> bool {
        grudge.links.iter().all(|link| grudge.links.contains(&Link { from: link.to.clone(), to: link.from.clone() }))
    }

    #[test]
    fn two_sides_hear_only_themselves() {
        for (shape, left) in
            [(Shape::Halves, [1, 2, 2, 3]), (Shape::Majority, [1, 1, 2, 3]), (Shape::LeaderMinority, [1, 1, 2, 3])]
        {
            each(shape, |nodes, grudge| {
                let place = SIZES.iter().position(|size| *size == nodes.len()).expect("one of the sizes");
                let part: BTreeSet<String> = grudge.nodes.iter().cloned().collect();
                assert_eq!(part.len(), left[place], "{shape:?} of {}", nodes.len());
                assert!(is_symmetric(grudge));
                for node in nodes {
                    let side = heard(nodes, grudge, node);
                    assert_eq!(side == part, part.contains(node));
                    assert!(side == part || side.len() == nodes.len() - part.len());
                }
            });
        }
        each(Shape::LeaderMinority, |_, grudge| assert!(grudge.nodes.contains(&"n2".to_owned())));
        let sides: BTreeSet<Vec<String>> =
            (0..50).map(|random| draw(Shape::LeaderMinority, &names(5), Some("n2"), &[], random).nodes).collect();
        assert_eq!(sides.len(), 4, "everybody has a turn beside the leader");
        assert_eq!(draw(Shape::LeaderMinority, &names(5), None, &[], 1).shape, Shape::Majority);
    }

    #[test]
    fn a_pair_does_not_hear_each_other_and_nobody_else_notices() {
        each(Shape::Pair, |nodes, grudge| {
            assert!(is_symmetric(grudge));
            assert_eq!((grudge.nodes.len(), grudge.links.len()), (2, 2));
            let others = nodes.iter().filter(|node| !grudge.nodes.contains(node));
            others.for_each(|node| assert_eq!(heard(nodes, grudge, node).len(), nodes.len()));
        });
        let pairs: BTreeSet<Vec<String>> =
            (0..200).map(|random| draw(Shape::Pair, &names(5), None, &[], random).nodes).collect();
        assert_eq!(pairs.len(), 10, "every pair has its turn");
    }

    #[test]
    fn who_is_down_is_cut_off_only_if_nobody_else_is_there() {
        let down = ["n1", "n3", "n4"].map(str::to_owned);
        for shape in [Shape::One, Shape::OneWay, Shape::OneWayIn, Shape::OneWayOut, Shape::Pair] {
            for random in 0..50 {
                let grudge = draw(shape, &names(5), None, &down, random);
                assert!(grudge.nodes.iter().all(|node| !down.contains(node)), "{grudge:?}");
                assert!(!draw(shape, &names(5), None, &names(5), random).links.is_empty());
            }
        }
    }

    #[test]
    fn a_leader_is_one_of_the_pair_and_never_the_bridge() {
        let drawn = |shape| (0..200).map(move |random| draw(shape, &names(5), Some("n2"), &[], random));
        let pairs: BTreeSet<Vec<String>> = drawn(Shape::Pair)
            .inspect(|pair| assert_eq!(pair.target, "leader"))
            .inspect(|pair| assert!(pair.nodes.contains(&"n2".to_owned())))
            .map(|pair| pair.nodes)
            .collect();
        assert_eq!(pairs.len(), 4, "every other node has its turn");
        let bridges: BTreeSet<Vec<String>> = drawn(Shape::Bridge).map(|bridge| bridge.nodes).collect();
        assert_eq!(bridges.len(), 4);
        assert!(!bridges.contains(&vec!["n2".to_owned()]));
    }

    #[test]
    fn all_are_all() {
        each(Shape::All, |nodes, grudge| assert_eq!(grudge.links.len(), nodes.len() * (nodes.len() - 1)));
    }

    #[test]
    fn one_and_leader_isolate_a_single_node() {
        for shape in [Shape::One, Shape::Leader] {
            each(shape, |nodes, grudge| {
                assert_eq!((grudge.shape, grudge.nodes.len()), (shape, 1));
                assert!(is_symmetric(grudge));
                assert_eq!(grudge.links.len(), 2 * (nodes.len() - 1));
                assert_eq!(heard(nodes, grudge, &grudge.nodes[0]), grudge.nodes.iter().cloned().collect());
            });
        }
        each(Shape::Leader, |_, grudge| assert_eq!((grudge.target, grudge.nodes[0].as_str()), ("leader", "n2")));
    }

    #[test]
    fn without_a_leader_a_random_node_is_isolated_and_that_is_said() {
        let chosen: BTreeSet<String> = (0..50)
            .map(|random| draw(Shape::Leader, &names(5), None, &[], random))
            .inspect(|grudge| assert_eq!((grudge.shape, grudge.target), (Shape::One, "one")))
            .map(|grudge| grudge.nodes[0].clone())
            .collect();
        assert_eq!(chosen.len(), 5, "every node has its turn");
    }

    #[test]
    fn one_way_cuts_one_direction_of_one_node() {
        for shape in [Shape::OneWay, Shape::OneWayIn, Shape::OneWayOut] {
            each(shape, |nodes, grudge| {
                let node = &grudge.nodes[0];
                assert_eq!(grudge.links.len(), nodes.len() - 1);
                let cannot_send = grudge.links.iter().all(|link| link.from == *node);
                let cannot_receive = grudge.links.iter().all(|link| link.to == *node);
                assert!(cannot_send != cannot_receive);
                assert!(shape != if cannot_send { Shape::OneWayIn } else { Shape::OneWayOut });
                let direction = if cannot_send { "send" } else { "receive" };
                assert_eq!(grudge.phrase, format!("{node} cannot {direction}"));
            });
        }
        let phrases: BTreeSet<String> =
            (0..100).map(|random| draw(Shape::OneWay, &names(3), Some("n2"), &[], random).phrase).collect();
        assert_eq!(phrases.len(), 6, "every node and both directions have their turn");
    }

    #[test]
    fn a_bridge_hears_both_halves_which_do_not_hear_each_other() {
        each(Shape::Bridge, |nodes, grudge| {
            let bridge = &grudge.nodes[0];
            assert!(is_symmetric(grudge));
            assert_eq!(heard(nodes, grudge, bridge).len(), nodes.len());
            let sides: BTreeSet<BTreeSet<String>> =
                nodes.iter().filter(|node| *node != bridge).map(|node| heard(nodes, grudge, node)).collect();
            assert_eq!(sides.len(), 2);
            let sizes: Vec<usize> = sides.iter().map(BTreeSet::len).collect();
            assert!(sizes[0].abs_diff(sizes[1]) <= 1);
            assert_eq!(sizes.iter().sum::<usize>(), nodes.len() + 1, "only the bridge is heard by both");
        });
    }

    #[test]
    fn in_a_ring_of_majorities_every_node_hears_its_own_majority_and_nobody_hears_all() {
        each(Shape::MajoritiesRing, |nodes, grudge| {
            if nodes.len() < 4 {
                assert_eq!(grudge.shape, Shape::Bridge, "three nodes have no such ring");
                return;
            }
            assert_eq!(grudge.shape, Shape::MajoritiesRing);
            assert!(is_symmetric(grudge));
            let majorities: BTreeSet<BTreeSet<String>> = nodes.iter().map(|node| heard(nodes, grudge, node)).collect();
            assert_eq!(majorities.len(), nodes.len(), "no two the same");
            for node in nodes {
                let majority = heard(nodes, grudge, node);
                assert!(majority.contains(node));
                assert!(majority.len() > nodes.len() / 2 && majority.len() < nodes.len());
            }
        });
    }

    #[test]
    fn few_nodes_get_the_shapes_that_they_can_have() {
        assert_eq!(draw(Shape::MajoritiesRing, &names(2), None, &[], 1).shape, Shape::One);
        assert_eq!(draw(Shape::Bridge, &names(2), None, &[], 1).links.len(), 2);
        for shape in Shape::ALL {
            assert!(
                draw(shape, &names(1), Some("n1"), &[], 1).links.is_empty(),
                "a single node has nobody to be parted from"
            );
        }
    }
}
