//! What happened before what by itself: in a process, and in real time.

use super::graph::{Edges, reason};
use super::history::{History, NEVER};
use crate::history::ProcessId;
use rustc_hash::FxHashMap;

/// A process does one thing after the other.
pub fn processes(history: &History, is_there: impl Fn(u32) -> bool, edges: &mut Edges) {
    let mut last: FxHashMap<ProcessId, u32> = FxHashMap::default();
    for id in history.ids().filter(|&id| is_there(id)) {
        if let Some(before) = last.insert(history.transaction(id).process, id) {
            edges.add(before, id, reason::PROCESS);
        }
    }
}

/// What is over before another begins comes before it.
///
/// Each moment after a completion is a hub: whoever completes then leads to it, each leads to the next, and whoever begins then
/// comes from it. Completions with no beginning between them share one.
pub fn real_time(history: &History, is_there: impl Fn(u32) -> bool, edges: &mut Edges) {
    let there = || history.ids().filter(|&id| is_there(id));
    let mut ends: Vec<(u64, u32)> =
        there().map(|id| (history.transaction(id).ret, id)).filter(|(ret, _)| *ret != NEVER).collect();
    ends.sort_unstable();
    let (mut ends, mut hub, mut is_used) = (ends.into_iter().peekable(), None, false);
    // Transactions come in the order of their invocations.
    for id in there() {
        while let Some((_, ended)) = ends.next_if(|(ret, _)| *ret < history.transaction(id).call) {
            let now = match hub {
                Some(hub) if !is_used => hub,
                before => {
                    let now = edges.hub();
                    if let Some(before) = before {
                        edges.add(before, now, reason::ON);
                    }
                    now
                }
            };
            edges.add(ended, now, reason::REALTIME);
            (hub, is_used) = (Some(now), false);
        }
        if let Some(hub) = hub {
            edges.add(hub, id, reason::ON);
            is_used = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checker::transactions::graph::View;
    use crate::history::Outcome;

    #[test]
    fn the_hubs_say_what_all_pairs_say() {
        // Positions of invocation and completion; the last is open to the end.
        let times = [(0, 3), (1, 2), (4, 9), (5, 6), (7, 8), (10, NEVER)];
        let mut history = History::default();
        for (process, places) in (0..).zip(times) {
            history.push(process, Outcome::Ok, places, &[]).expect("nothing is written");
        }
        let mut edges = Edges::new(times.len());
        real_time(&history, |id| id != 3, &mut edges);
        let graph = edges.graph(times.len());
        let view = View::new(&graph, reason::REALTIME | reason::ON);
        for from in 0..times.len() as u32 {
            let (mut open, mut seen) = (vec![from], Vec::new());
            while let Some(node) = open.pop() {
                let mut edge = view.first(node);
                while let Some((to, _)) = view.next(node, &mut edge) {
                    // A transaction that is reached is not gone on from.
                    if graph.is_hub(to) { open.push(to) } else { seen.push(to) }
                }
            }
            seen.sort_unstable();
            let after = |&to: &u32| times[from as usize].1 < times[to as usize].0 && from != 3 && to != 3;
            assert_eq!(seen, (0..times.len() as u32).filter(after).collect::<Vec<_>>(), "{from}");
        }
    }
}
