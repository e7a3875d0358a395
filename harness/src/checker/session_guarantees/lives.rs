//! From when to when a node ran without a break.

use crate::checker::Record;
use crate::history::{Operation, trace::Kind};
use std::collections::{BTreeMap, BTreeSet};

/// The lives of the nodes.
pub struct Lives<'a> {
    /// When each node was started, in ns of the run, in order.
    starts: BTreeMap<&'a str, Vec<u64>>,
    /// Nodes that are known to have died, but not when they came back.
    unknown: BTreeSet<&'a str>,
}

impl<'a> Lives<'a> {
    /// Those of the nodes of a run, by their traces.
    pub fn of(record: &'a Record) -> Lives<'a> {
        let starts = record.traces.iter().map(|trace| {
            let is_start = |kind: &Kind| matches!(kind, Kind::Start { .. });
            let starts = trace.lines.iter().filter(|(_, event)| is_start(&event.kind));
            (trace.node.as_str(), starts.map(|(_, event)| event.t.saturating_sub(record.epoch)).collect())
        });
        let starts: BTreeMap<&str, Vec<u64>> = starts.collect();
        let died = record.faults.iter().flat_map(|fault| &fault.nodes_down).map(String::as_str);
        Lives { unknown: died.filter(|node| !starts.contains_key(node)).collect(), starts }
    }

    /// The node that answered, and which of its lives that was: none if it may have been either of two. A node that is started
    /// anew has to find out again how far the others have come.
    pub fn of_operation(&self, operation: &'a Operation) -> Option<(&'a str, usize)> {
        let node = operation.node.as_deref().unwrap_or_default();
        let life = |time| self.starts.get(node).map_or(0, |starts| starts.partition_point(|start| *start <= time));
        let first = life(operation.call_time);
        let is_one = !self.unknown.contains(node) && first == life(operation.end_time?);
        is_one.then_some((node, first))
    }
}
