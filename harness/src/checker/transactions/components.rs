//! Strongly connected components (Tarjan 1972), with a stack of its own instead of recursion: a history may have millions of
//! transactions in a row.

use super::graph::View;
use super::history::NONE;

/// The components of more than one state among these states, each ascending, in the order of their least states. In time linear
/// in the number of edges.
pub fn components(view: View<'_>, states: impl IntoIterator<Item = u32>) -> Vec<Vec<u32>> {
    let count = view.states();
    // The number at which a state was met, and the least one that it reaches; of a state whose component is known, `NONE`.
    let (mut met, mut least) = (vec![0_u32; count], vec![0_u32; count]);
    let (mut path, mut open, mut next) = (Vec::<(u32, u32)>::new(), Vec::new(), 1);
    let mut found = Vec::new();
    for root in states {
        if met[root as usize] != 0 {
            continue;
        }
        path.push((root, view.first(root)));
        (met[root as usize], least[root as usize]) = (next, next);
        next += 1;
        open.push(root);
        while let Some((state, edge)) = path.last_mut() {
            let at = *state as usize;
            if let Some((to, _)) = view.next(*state, edge) {
                let to_at = to as usize;
                if met[to_at] == 0 {
                    (met[to_at], least[to_at]) = (next, next);
                    next += 1;
                    open.push(to);
                    path.push((to, view.first(to)));
                } else if least[to_at] != NONE {
                    least[at] = least[at].min(met[to_at]);
                }
                continue;
            }
            path.pop();
            let reached = least[at];
            if let Some((before, _)) = path.last() {
                let before = *before as usize;
                least[before] = least[before].min(reached);
            }
            if reached == met[at] {
                let from = open.iter().rposition(|&other| other as usize == at).unwrap_or(0);
                let mut component = open.split_off(from);
                component.iter().for_each(|&member| least[member as usize] = NONE);
                if component.len() > 1 {
                    component.sort_unstable();
                    found.push(component);
                }
            }
        }
    }
    found.sort_unstable_by_key(|component| component[0]);
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checker::transactions::graph::{Edges, Graph, reason};

    fn graph(nodes: usize, pairs: &[(u32, u32)]) -> Graph {
        let mut edges = Edges::new(nodes);
        pairs.iter().for_each(|&(from, to)| edges.add(from, to, reason::WW));
        edges.graph(nodes)
    }

    #[test]
    fn circles_are_found_and_nothing_else() {
        let pairs = [(0, 1), (1, 2), (2, 0), (2, 3), (3, 4), (4, 5), (5, 4), (6, 0)];
        let graph = graph(7, &pairs);
        assert_eq!(components(View::new(&graph, reason::DATA), 0..7), [vec![0, 1, 2], vec![4, 5]]);
        assert!(components(View::new(&graph, reason::RW), 0..7).is_empty());
    }

    #[test]
    fn a_long_way_needs_no_deep_stack() {
        let length = 1_000_000;
        let mut pairs: Vec<(u32, u32)> = (1..length).map(|node| (node - 1, node)).collect();
        let straight = graph(length as usize, &pairs);
        assert!(components(View::new(&straight, reason::DATA), 0..length).is_empty());
        pairs.push((length - 1, 0));
        let round = graph(length as usize, &pairs);
        assert_eq!(components(View::new(&round, reason::DATA), 0..length)[0].len(), length as usize);
    }

    #[test]
    fn walks_without_two_rw_in_a_row_have_components_of_their_own() {
        let mut edges = Edges::new(4);
        // 0 and 1: two rw in a row. 2 and 3: an rw and a ww.
        for (from, to, why) in [(0, 1, reason::RW), (1, 0, reason::RW), (2, 3, reason::RW), (3, 2, reason::WW)] {
            edges.add(from, to, why);
        }
        let graph = edges.graph(4);
        let view = View { apart: true, ..View::new(&graph, reason::DATA) };
        let found: Vec<Vec<u32>> = components(view, 0..8)
            .into_iter()
            .map(|component| component.into_iter().map(|state| view.node(state)).collect())
            .collect();
        assert_eq!(found, [vec![2, 3]]);
    }
}
