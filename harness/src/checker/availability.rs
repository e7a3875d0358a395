//! When clients were served, and whether they should have been.
//!
//! Raft promises service while a majority of the nodes is alive and connected ("depends on timing", section 5.6 of the
//! paper: broadcast time ≪ election timeout ≪ mean time between failures). How long it may take to get there is not
//! promised; ten election timeouts are generous, since randomised timeouts rarely need more than two or three rounds.
//!
//! It must be one and the same majority all that time. If another node drops out every second, there always is some
//! majority, and yet each leader may be gone before it has done anything: nobody could do better.

use super::stats::workload_end;
use super::{
    Availability, AvailabilityWindow, Budget, CheckResult, Checker, Gap, Record, Recovery, Verdict, Violation, Witness,
};
use crate::history::{Fault, Operation, Outcome};
use std::collections::BTreeMap;
use std::time::Duration;

/// The checker's name.
pub const NAME: &str = "availability";
/// How many election timeouts a healthy majority may take.
const TIMEOUTS_MAX: u32 = 10;
/// The most nodes whose majorities are enumerated.
const NODES_MAX: usize = 16;

/// Whether the client got an answer that tells it something: a compare-and-set that did not match was served as well.
fn is_served(operation: &Operation) -> bool {
    let mismatch = operation.error.as_deref() == Some(super::cas_register::MISMATCH);
    operation.outcome == Outcome::Ok || (operation.outcome == Outcome::Fail && mismatch)
}

/// When clients were served in windows of this length, how long they were not, and how soon after each fault they were again.
pub fn availability(record: &Record, window: Duration) -> Availability {
    let end = workload_end(record);
    let window = nanos(window).max(1);
    let mut windows: Vec<AvailabilityWindow> =
        (0..end.div_ceil(window)).map(|n| AvailabilityWindow { start: n * window, ..Default::default() }).collect();
    let (mut attempts, mut successes) = (0u64, 0u64);
    for operation in record.operations.iter().filter(|operation| operation.call_time <= end) {
        attempts += 1;
        successes += u64::from(is_served(operation));
        let Some(at) = operation.end_time.filter(|at| *at <= end) else { continue };
        // What completes at the very end belongs to the last window.
        let position = usize::try_from(at / window).unwrap_or(usize::MAX).min(windows.len().saturating_sub(1));
        let Some(it) = windows.get_mut(position) else { continue };
        match operation.outcome {
            _ if is_served(operation) => it.ok += 1,
            Outcome::Ok | Outcome::Fail => it.fail += 1,
            Outcome::Info => it.info += 1,
        }
    }
    let served = served_times(record);
    let stretches = healthy_stretches(record, 0, end);
    let gaps = gaps(&served, 0, end).filter(|(from, to)| to - from > window);
    let gaps = gaps.map(|(start, end)| Gap { start, end, majority: covered(&stretches, start, end) }).collect();
    let success = if attempts == 0 { 0.0 } else { successes as f64 / attempts as f64 };
    Availability { window, windows, success, gaps, recoveries: recoveries(record, &served) }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// The times at which an operation was served, in order.
fn served_times(record: &Record) -> Vec<u64> {
    let mut times: Vec<u64> =
        record.operations.iter().filter(|operation| is_served(operation)).filter_map(|o| o.end_time).collect();
    times.sort_unstable();
    times
}

/// The stretches between neighbouring moments of service within `from..to`, and before the first and after the last.
fn gaps(served: &[u64], from: u64, to: u64) -> impl Iterator<Item = (u64, u64)> {
    let inside: Vec<u64> = served.iter().copied().filter(|at| (from..=to).contains(at)).collect();
    let starts = [from].into_iter().chain(inside.clone());
    let ends = inside.into_iter().chain([to]);
    starts.zip(ends).collect::<Vec<_>>().into_iter()
}

fn recoveries(record: &Record, served: &[u64]) -> Vec<Recovery> {
    let edges = record.faults.iter().flat_map(|fault| {
        [("start", fault.started), ("heal", fault.healed)]
            .into_iter()
            .filter_map(|(edge, time)| time.map(|time| (fault.id, edge, time)))
    });
    let recovery = |(fault, edge, time): (u64, &str, u64)| {
        let next = served.get(served.partition_point(|at| *at < time));
        Recovery { fault, edge: edge.into(), time, wait: next.map(|at| at - time) }
    };
    edges.map(recovery).collect()
}

// ---------------------------------------------------------------------------------------------------------------------
// Healthy majorities

/// A set of just more than half of the nodes (a bit for each), all up and connected with each other both ways, and for how
/// long without a break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stretch {
    nodes: u32,
    from: u64,
    to: u64,
}

/// Every longest stretch of every smallest majority. (A larger set is healthy only as long as its subsets are.)
fn healthy_stretches(record: &Record, from: u64, to: u64) -> Vec<Stretch> {
    let count = record.nodes.len();
    if count == 0 || count > NODES_MAX {
        return Vec::new();
    }
    let edges = record.faults.iter().flat_map(|fault| [fault.started, fault.healed]).flatten();
    let mut moments: Vec<u64> = edges.filter(|at| (from..to).contains(at)).chain([from, to]).collect();
    moments.sort_unstable();
    moments.dedup();
    let majority = u32::try_from(count / 2 + 1).unwrap_or(u32::MAX);
    let sets: Vec<u32> = (0..1u32 << count).filter(|set| set.count_ones() == majority).collect();
    let mut stretches: Vec<Stretch> = Vec::new();
    let mut running: BTreeMap<u32, u64> = BTreeMap::new();
    for pair in moments.windows(2) {
        let peers = peers(record, pair[0]);
        for &set in &sets {
            let whole = (0..count).filter(|node| set >> node & 1 == 1).all(|node| peers[node] & set == set);
            if whole {
                running.entry(set).or_insert(pair[0]);
            } else if let Some(since) = running.remove(&set) {
                stretches.push(Stretch { nodes: set, from: since, to: pair[0] });
            }
        }
    }
    stretches.extend(running.into_iter().map(|(nodes, from)| Stretch { nodes, from, to }));
    stretches.sort_by_key(|stretch| (stretch.from, stretch.to, stretch.nodes));
    stretches
}

/// For each node, the nodes it exchanges messages with (itself included) just after `time`; for one that is down, none.
fn peers(record: &Record, time: u64) -> Vec<u32> {
    let count = record.nodes.len();
    let position = |name: &String| record.nodes.iter().position(|node| node == name);
    let mut peers = vec![(1u32 << count) - 1; count];
    for fault in record.faults.iter().filter(|fault| is_in_force(fault, time)) {
        // A fault of links says itself over which of them nothing can be demanded. Another one that stops no nodes (a slow
        // disk) may do as much in effect: where one is in force, nothing is demanded of the nodes it touches, or of anybody
        // if it names none.
        let is_vague = fault.nodes_down.is_empty() && fault.links_cut.is_empty() && fault.links.is_empty();
        let down: Vec<usize> = match (is_vague, fault.nodes.is_empty()) {
            (true, true) => (0..count).collect(),
            (true, false) => fault.nodes.iter().filter_map(position).collect(),
            (false, _) => fault.nodes_down.iter().filter_map(position).collect(),
        };
        for node in down {
            peers[node] = 0;
        }
        for link in fault.links_cut.iter().chain(&fault.links_impaired) {
            if let (Some(from), Some(to)) = (position(&link.from), position(&link.to)) {
                // A link that works one way only does not let a leader hear its followers, or the other way round.
                peers[from] &= !(1 << to);
                peers[to] &= !(1 << from);
            }
        }
    }
    peers
}

fn is_in_force(fault: &Fault, time: u64) -> bool {
    fault.started.is_some_and(|started| started <= time) && fault.healed.is_none_or(|healed| healed > time)
}

/// How much of `from..to` lies in at least one of the stretches, which are in order of their beginnings.
fn covered(stretches: &[Stretch], from: u64, to: u64) -> u64 {
    let (mut sum, mut reached) = (0, from);
    for stretch in stretches {
        let begin = stretch.from.max(reached);
        let end = stretch.to.min(to);
        if end > begin {
            sum += end - begin;
            reached = end;
        }
    }
    sum
}

// ---------------------------------------------------------------------------------------------------------------------
// The rule

/// Demands service from a healthy majority. Its failure is one of liveness: the system stayed safe.
#[derive(Clone, Copy, Debug, Default)]
pub struct AvailabilityRule;

/// A stretch in which clients asked for service in vain.
struct Outage {
    gap: (u64, u64),
    stretch: Stretch,
    attempts: usize,
}

/// The gap's outage, if clients tried for longer than `limit` in the part of it that lies within the stretch.
///
/// That nobody was served says nothing if nobody asked, or asked once and not again. What counts are the operations that
/// were not served, and those that waited longer than `limit`: from the first of them to the last.
fn outage(record: &Record, gap: (u64, u64), stretch: Stretch, limit: u64) -> Option<Outage> {
    let (from, to) = (gap.0.max(stretch.from), gap.1.min(stretch.to));
    if to.saturating_sub(from) <= limit {
        return None;
    }
    let end = |operation: &Operation| operation.end_time.unwrap_or(u64::MAX);
    let vain: Vec<&Operation> = (record.operations.iter())
        .filter(|operation| operation.call_time < to && end(operation) > from)
        .filter(|operation| !is_served(operation) || end(operation) - operation.call_time > limit)
        .collect();
    let first = vain.iter().map(|operation| operation.call_time.max(from)).min()?;
    let last = vain.iter().map(|operation| end(operation).min(to)).max()?;
    (last - first > limit).then_some(Outage { gap: (first, last), stretch, attempts: vain.len() })
}

impl Checker for AvailabilityRule {
    fn name(&self) -> &'static str {
        NAME
    }

    fn summary(&self) -> &'static str {
        "while the same majority of nodes is alive and connected for ten election timeouts, operations succeed"
    }

    fn check(&self, record: &Record, _budget: Budget) -> CheckResult {
        let limit = nanos(record.election_timeout * TIMEOUTS_MAX);
        if limit == 0 || record.nodes.is_empty() || record.nodes.len() > NODES_MAX {
            let summary = format!("the rule needs an election timeout and 1 to {NODES_MAX} nodes");
            return CheckResult { verdict: Verdict::Unknown, summary, ..CheckResult::default() };
        }
        let end = workload_end(record);
        let served = served_times(record);
        let stretches: Vec<Stretch> =
            healthy_stretches(record, 0, end).into_iter().filter(|stretch| stretch.to - stretch.from > limit).collect();
        let outages: Vec<Outage> = gaps(&served, 0, end)
            .filter_map(|gap| {
                let all = stretches.iter().filter_map(|stretch| outage(record, gap, *stretch, limit));
                all.max_by_key(|outage| outage.gap.1 - outage.gap.0)
            })
            .collect();
        let healthy = covered(&stretches, 0, end);
        let longest = outages.iter().map(|outage| outage.gap.1 - outage.gap.0).max().unwrap_or(0);
        let counts = BTreeMap::from([
            ("outages".to_owned(), outages.len() as u64),
            ("longest_outage_ms".to_owned(), longest / 1_000_000),
            ("healthy_majority_ms".to_owned(), healthy / 1_000_000),
        ]);
        let violations: Vec<Violation> = outages.iter().map(|outage| accuse(record, outage, limit)).collect();
        let (verdict, summary) = match violations.first() {
            Some(first) => (Verdict::Invalid, first.summary.clone()),
            None if healthy == 0 => {
                let limit = seconds(limit);
                (Verdict::Valid, format!("no majority stayed healthy for longer than {limit}: nothing was demanded"))
            }
            None => {
                let (healthy, limit) = (seconds(healthy), seconds(limit));
                let summary = format!("no outage of {limit} in the {healthy} in which a majority stayed healthy");
                (Verdict::Valid, summary)
            }
        };
        CheckResult { verdict, summary, violations: violations.into_iter().take(20).collect(), counts }
    }
}

fn seconds(ns: u64) -> String {
    format!("{}.{:03} s", ns / 1_000_000_000, ns / 1_000_000 % 1_000)
}

fn accuse(record: &Record, outage: &Outage, limit: u64) -> Violation {
    let (from, to) = outage.gap;
    let members = record.nodes.iter().enumerate().filter(|(node, _)| outage.stretch.nodes >> node & 1 == 1);
    let members: Vec<&str> = members.map(|(_, name)| name.as_str()).collect();
    let members = members.join(", ");
    let (from, to, length) = (seconds(from), seconds(to), seconds(to - from));
    Violation {
        property: "Availability".into(),
        summary: format!(
            "no operation succeeded from {from} to {to} ({length}), although {members} were alive and connected all that time"
        ),
        explanation: vec![
            format!(
                "From {} to {} no fault touched {members} or the links between them, and they are a majority of {} nodes.",
                seconds(outage.stretch.from),
                seconds(outage.stretch.to),
                record.nodes.len()
            ),
            format!("{} operations were tried from {from} to {to}, and none succeeded.", outage.attempts),
            format!("Ten election timeouts are {}; a leader should have been elected long before.", seconds(limit)),
        ],
        time: Some(outage.gap.0),
        witness: Witness::None,
    }
}
