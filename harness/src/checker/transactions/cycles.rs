//! Circles of dependencies, and of which class each is.
//!
//! Components say in linear time whether there are circles of a class at all; only where there are some is one looked for, a short
//! one, by breadth-first search. A circle is classed by the edges that it has, however it was found.

use super::anomaly::{Anomaly, Class, Order};
use super::components::components;
use super::graph::{Graph, View, reason};
use super::history::NONE;
use std::collections::VecDeque;

/// How many edges of one sort begin a search in a component before the shortest circle so far is taken.
const TRIES_MAX: usize = 64;
/// How many components are looked at closely for each class.
const COMPONENTS_MAX: usize = 16;

/// A circle: each transaction, and why it comes before the next; the last comes before the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cycle {
    /// The transactions with the reasons.
    pub steps: Vec<(u32, u8)>,
}

impl Cycle {
    /// What it is called.
    pub fn anomaly(&self) -> Anomaly {
        let has = |why: u8| self.steps.iter().any(|step| step.1 & why != 0);
        let rw: Vec<bool> = self.steps.iter().map(|step| step.1 & reason::RW != 0).collect();
        let beside = (0..rw.len()).any(|at| rw[at] && rw[(at + 1) % rw.len()]);
        let class = match rw.iter().filter(|is_rw| **is_rw).count() {
            0 if has(reason::WR) => Class::G1c,
            0 => Class::G0,
            1 => Class::GSingle,
            _ if beside => Class::G2Item,
            _ => Class::GNonadjacent,
        };
        let order = match () {
            () if has(reason::REALTIME) => Order::RealTime,
            () if has(reason::PROCESS) => Order::Process,
            () => Order::Plain,
        };
        Anomaly::Cycle(class, order)
    }
}

/// Looks for circles in a graph.
pub struct Search<'a> {
    graph: &'a Graph,
    /// How many more edges may be looked at for the sake of shorter and more telling circles.
    steps: u64,
    /// Where each state was come to from, and why; and in which search that was.
    came: Vec<(u32, u8)>,
    met: Vec<u32>,
    number: u32,
}

impl<'a> Search<'a> {
    /// A search that goes on until it has looked at so many edges; it ends with a circle if there is one.
    pub fn new(graph: &'a Graph, steps: u64) -> Search<'a> {
        let states = 2 * graph.nodes();
        Search { graph, steps, came: vec![(NONE, 0); states], met: vec![0; states], number: 0 }
    }

    /// Whether there is none at all.
    pub fn is_free(&self) -> bool {
        let all = reason::DATA | reason::PROCESS | reason::REALTIME;
        components(View::new(self.graph, all), self.states(false)).is_empty()
    }

    fn states(&self, apart: bool) -> std::ops::Range<u32> {
        0..u32::try_from(self.graph.nodes() << u32::from(apart)).unwrap_or(NONE)
    }

    /// Circles of all classes that there are, of dependencies and whatever `besides` counts.
    pub fn cycles(&mut self, besides: u8) -> Vec<Cycle> {
        let whole = View::new(self.graph, reason::DATA | besides);
        let mut found = Vec::new();
        for component in components(whole, self.states(false)).into_iter().take(COMPONENTS_MAX) {
            self.classes(&component, besides, &mut found);
        }
        found
    }

    /// Circles in one component.
    fn classes(&mut self, component: &[u32], besides: u8, found: &mut Vec<Cycle>) {
        let before = found.len();
        let mut member = vec![0_u32; self.graph.nodes()];
        component.iter().for_each(|&node| member[node as usize] = 1);
        let all = View { within: Some((&member, 1)), ..View::new(self.graph, reason::DATA | besides) };
        let only = |reasons: u8| View { reasons: reasons | reason::ON | besides, ..all };
        let writes = only(reason::WW);
        let flow = only(reason::WW | reason::WR);
        let apart = View { apart: true, ..all };
        found.extend(self.through(writes, reason::WW, component.iter().copied()));
        found.extend(self.through(flow, reason::WR, component.iter().copied()));
        let states = component.iter().flat_map(|&node| [node << 1, node << 1 | 1]);
        // Without a component of walks in which no rw follows another, each circle has two in a row.
        let walks = components(apart, states);
        if !walks.is_empty() {
            found.extend(self.round(flow, all, component));
            for walk in walks.iter().take(COMPONENTS_MAX) {
                found.extend(self.walk(apart, walk));
            }
        }
        if !found[before..].iter().any(|cycle| cycle.steps.iter().any(|step| step.1 & reason::RW != 0)) {
            found.extend(self.round(all, all, component));
        }
        if found.len() == before {
            // Whatever the budget was: where there is a component, there is a circle through any of its nodes.
            let steps = std::mem::replace(&mut self.steps, u64::MAX);
            let cycles = edges(all, component, reason::DATA | besides).find_map(|edge| self.closed(all, edge));
            found.extend(cycles.into_iter().flatten());
            self.steps = steps;
        }
    }

    /// A short circle of `view` through an edge with this reason, for each component of that view.
    fn through(&mut self, view: View<'_>, why: u8, nodes: impl Iterator<Item = u32>) -> Vec<Cycle> {
        let mut found = Vec::new();
        for component in components(view, nodes).iter().take(COMPONENTS_MAX) {
            let mut best: Option<Cycle> = None;
            // An edge out of the component leads to no circle.
            let inside = |edge: &(u32, u32, u8)| component.binary_search(&edge.1).is_ok();
            for edge in edges(view, component, why).filter(inside).take(TRIES_MAX) {
                keep_shorter(&mut best, self.closed(view, edge).into_iter().flatten());
            }
            found.extend(best);
        }
        found
    }

    /// A short circle of an rw of `whole` and a way back in `view`.
    fn round(&mut self, view: View<'_>, whole: View<'_>, component: &[u32]) -> Option<Cycle> {
        let (mut best, mut tries) = (None, 0);
        for edge in edges(whole, component, reason::RW) {
            if tries == TRIES_MAX || self.steps == 0 {
                break;
            }
            if let Some(cycles) = self.closed(view, edge) {
                keep_shorter(&mut best, cycles);
                tries += 1;
            }
        }
        best
    }

    /// A short circle of several rw, none of them beside another.
    fn walk(&mut self, apart: View<'_>, states: &[u32]) -> Option<Cycle> {
        let mut best = None;
        let inside = |edge: &(u32, u32, u8)| states.binary_search(&edge.1).is_ok();
        for edge in edges(apart, states, reason::RW).filter(inside).take(TRIES_MAX) {
            let several = |cycle: &Cycle| matches!(cycle.anomaly(), Anomaly::Cycle(Class::GNonadjacent, _));
            keep_shorter(&mut best, self.closed(apart, edge).into_iter().flatten().filter(several));
        }
        best
    }

    /// The shortest way, by transactions, from one state to another one: each state on it, and the reasons of the edge that leaves
    /// it. The last state is left out.
    fn between(&mut self, view: View<'_>, from: u32, to: u32) -> Option<Vec<(u32, u8)>> {
        self.number += 1;
        let mut open = VecDeque::from([(from, NONE, 0_u8)]);
        while let Some((state, before, why)) = open.pop_front() {
            let at = state as usize;
            if self.met[at] == self.number {
                continue;
            }
            (self.met[at], self.came[at]) = (self.number, (before, why));
            if state == to {
                return Some(self.way(to));
            }
            let mut edge = view.first(state);
            while let Some((next, why)) = view.next(state, &mut edge) {
                self.steps = self.steps.checked_sub(1)?;
                // Hubs cost nothing.
                match view.graph.is_hub(view.node(next)) {
                    true => open.push_front((next, state, why)),
                    false => open.push_back((next, state, why)),
                }
            }
        }
        None
    }

    /// The way on which this state was come to.
    fn way(&self, to: u32) -> Vec<(u32, u8)> {
        let (mut path, mut step) = (Vec::new(), self.came[to as usize]);
        while step.0 != NONE {
            path.push(step);
            step = self.came[step.0 as usize];
        }
        path.reverse();
        path
    }

    /// A circle that begins with this edge, if there is a way back in `view`; as simple circles.
    fn closed(&mut self, view: View<'_>, (from, to, why): (u32, u32, u8)) -> Option<Vec<Cycle>> {
        let mut walk = vec![(from, why)];
        walk.extend(self.between(view, to, from)?);
        Some(simple(
            walk.into_iter().map(|(state, why)| (view.node(state), why)).filter(|step| !self.graph.is_hub(step.0)),
        ))
    }
}

/// The circles that make up a walk which ends where it begins: each transaction once in each. A hub left out, the reason for coming
/// to it is the reason for what comes behind it.
fn simple(walk: impl Iterator<Item = (u32, u8)>) -> Vec<Cycle> {
    let (mut open, mut found) = (Vec::<(u32, u8)>::new(), Vec::new());
    for step in walk {
        if let Some(at) = open.iter().position(|other| other.0 == step.0) {
            found.push(open.split_off(at));
        }
        open.push(step);
    }
    found.push(open);
    found.into_iter().filter(|steps| steps.len() > 1).map(|steps| Cycle { steps }).collect()
}

/// The edges with this reason that leave these states.
fn edges<'a>(view: View<'a>, states: &'a [u32], why: u8) -> impl Iterator<Item = (u32, u32, u8)> + 'a {
    states.iter().flat_map(move |&from| {
        let mut edge = view.first(from);
        let out = std::iter::from_fn(move || view.next(from, &mut edge));
        out.filter(move |(_, reasons)| reasons & why != 0).map(move |(to, reasons)| (from, to, reasons))
    })
}

fn keep_shorter(best: &mut Option<Cycle>, found: impl IntoIterator<Item = Cycle>) {
    for cycle in found {
        if best.as_ref().is_none_or(|best| cycle.steps.len() < best.steps.len()) {
            *best = Some(cycle);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checker::transactions::graph::Edges;
    use reason::{DATA, PROCESS, REALTIME, RW, WR, WW};

    fn names(transactions: usize, all: &[(u32, u32, u8)], besides: u8) -> Vec<String> {
        let mut edges = Edges::new(transactions);
        all.iter().for_each(|&(from, to, why)| edges.add(from, to, why));
        let graph = edges.graph(transactions);
        let mut search = Search::new(&graph, 1_000_000);
        let mut names: Vec<String> = search.cycles(besides).iter().map(|cycle| cycle.anomaly().name()).collect();
        names.sort();
        names.dedup();
        names
    }

    #[test]
    fn each_class_is_found_by_its_edges() {
        let rows: [(&[u8], &str); 8] = [
            (&[WW, WW], "G0"),
            (&[WW, WR, WW], "G1c"),
            (&[RW, WR], "G-single"),
            (&[RW, WW, WR], "G-single"),
            (&[RW, WW, RW, WR], "G-nonadjacent"),
            (&[RW, RW], "G2-item"),
            (&[RW, RW, WW], "G2-item"),
            (&[RW, WR, RW], "G2-item"),
        ];
        for (ring, name) in rows {
            let count = ring.len() as u32;
            let all: Vec<(u32, u32, u8)> = (0..count).zip(ring).map(|(at, &why)| (at, (at + 1) % count, why)).collect();
            assert_eq!(names(ring.len(), &all, 0), [name], "{ring:?}");
        }
    }

    #[test]
    fn a_circle_that_needs_time_is_named_after_it() {
        let stale = [(0, 1, RW), (1, 0, REALTIME)];
        assert!(names(2, &stale, 0).is_empty() && names(2, &stale, PROCESS).is_empty());
        assert_eq!(names(2, &stale, PROCESS | REALTIME), ["G-single-realtime"]);
        assert_eq!(names(2, &[(0, 1, RW), (1, 0, PROCESS)], PROCESS), ["G-single-process"]);
        assert_eq!(names(2, &[(0, 1, RW | REALTIME), (1, 0, WR)], PROCESS | REALTIME), ["G-single-realtime"]);
    }

    #[test]
    fn several_classes_in_one_component_are_all_found() {
        let all = [(0, 1, WW), (1, 0, WW), (1, 2, WR), (2, 0, WW), (2, 3, RW), (3, 2, WR)];
        assert_eq!(names(4, &all, 0), ["G-single", "G0", "G1c"]);
    }

    #[test]
    fn walks_over_a_transaction_twice_are_taken_apart() {
        let walk = [(0, RW), (1, WW), (2, RW), (1, WR)];
        let cycles = simple(walk.into_iter());
        assert_eq!(
            cycles.iter().map(|cycle| cycle.steps.clone()).collect::<Vec<_>>(),
            [vec![(1, WW), (2, RW)], vec![(0, RW), (1, WR)],]
        );
    }

    #[test]
    fn without_a_budget_a_circle_is_found_where_there_is_one() {
        let mut edges = Edges::new(1_000);
        (0..1_000).for_each(|at| edges.add(at, (at + 1) % 1_000, if at % 3 == 0 { RW } else { WW }));
        let graph = edges.graph(1_000);
        let mut search = Search::new(&graph, 10);
        assert!(!search.is_free());
        let cycles = search.cycles(0);
        assert_eq!(cycles.iter().map(|cycle| cycle.steps.len()).collect::<Vec<_>>(), [1_000]);
        assert_eq!(Search::new(&graph, 1_000_000).cycles(0)[0].steps.len(), 1_000);
        assert!(components(View::new(&graph, DATA), 0..1_000).len() == 1);
    }
}
