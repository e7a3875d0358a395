//! What a run has exercised. A valid run in which the leader never changed says little about elections: what should happen
//! *sometimes* is counted here, so that a reader sees what the verdict rests on, and what it does not.

use super::Record;
use crate::history::{
    Fault, Operation, Outcome,
    trace::{Kind, Role},
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Something that should happen now and then in runs that are worth something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Situation {
    /// In a few words: `log truncated`.
    pub name: String,
    /// What was counted, in a sentence.
    pub summary: String,
    /// How often it happened.
    pub count: u64,
}

/// Counts all situations: those that the traces show, if there are any, then those of operations under each kind of fault of the run.
pub fn coverage(record: &Record) -> Vec<Situation> {
    let mut situations = Vec::new();
    if !record.traces.is_empty() {
        protocol(record, &mut situations);
    }
    clients(record, &mut situations);
    situations
}

fn add(situations: &mut Vec<Situation>, name: impl Into<String>, summary: impl Into<String>, count: usize) {
    situations.push(Situation { name: name.into(), summary: summary.into(), count: count as u64 });
}

/// What nodes did, by their traces.
fn protocol(record: &Record, situations: &mut Vec<Situation>) {
    let events = || record.traces.iter().flat_map(|trace| trace.lines.iter().map(|(_, event)| event));
    let count = |is_it: fn(&Kind) -> bool| events().filter(|event| is_it(&event.kind)).count();
    // When each term's leader began.
    let mut leaders: BTreeMap<u64, u64> = BTreeMap::new();
    let mut candidates: BTreeSet<u64> = BTreeSet::new();
    for event in events() {
        match event.kind {
            Kind::Role { role: Role::Leader, term } => {
                let since = leaders.entry(term).or_insert(event.t);
                *since = event.t.min(*since);
            }
            Kind::Role { role: Role::Candidate, term } => drop(candidates.insert(term)),
            _ => {}
        }
    }
    let during = leaders.values().skip(1).filter(|t| {
        let time = t.saturating_sub(record.epoch);
        record.faults.iter().any(|fault| in_force(fault).is_some_and(|(from, to)| (from..to).contains(&time)))
    });
    let lost = candidates.iter().filter(|term| !leaders.contains_key(term)).count();
    let starts = count(|kind| matches!(kind, Kind::Start { .. }));
    let joint = count(|kind| matches!(kind, Kind::Configuration { outgoing, .. } if !outgoing.is_empty()));
    add(situations, "leader changed", "a node became the leader after another leadership", leaders.len().max(1) - 1);
    add(situations, "leader changed under a fault", "the same, while a fault was in force", during.count());
    add(situations, "election without a winner", "a candidate's term ended without a leader", lost);
    add(
        situations,
        "log truncated",
        "a follower removed entries that its leader did not have",
        count(|kind| matches!(kind, Kind::Truncate { .. })),
    );
    add(
        situations,
        "snapshot taken",
        "a node's log began behind a snapshot of its own",
        count(|kind| matches!(kind, Kind::Compact { .. })),
    );
    add(
        situations,
        "snapshot installed",
        "a node's log gave way to a leader's snapshot",
        count(|kind| matches!(kind, Kind::Install { .. })),
    );
    let restarts = starts.saturating_sub(record.traces.len());
    add(situations, "node restarted", "a node recovered from its stable storage during the run", restarts);
    if joint > 0 {
        add(situations, "joint configuration", "a node entered a joint configuration", joint);
    }
}

/// What clients did, and under what.
fn clients(record: &Record, situations: &mut Vec<Situation>) {
    let unknown = record.operations.iter().filter(|operation| operation.outcome == Outcome::Info).count();
    add(situations, "outcome unknown", "an operation ended without anybody knowing whether it took effect", unknown);
    let mut families: BTreeMap<&str, Vec<(u64, u64)>> = BTreeMap::new();
    for fault in &record.faults {
        families.entry(&fault.nemesis).or_default().extend(in_force(fault));
    }
    let overlapping = overlaps(record.faults.iter().filter_map(in_force).collect());
    if record.faults.len() > 1 {
        add(situations, "faults overlapped", "a fault began while another was in force", overlapping);
    }
    for (family, spans) in families {
        let (mut across, mut reads, mut writes) = (0, 0, 0);
        for operation in &record.operations {
            let (from, to) = (operation.call_time, operation.end_time.unwrap_or(u64::MAX));
            let within = spans.iter().any(|(start, end)| *start <= from && to <= *end);
            across += usize::from(!within && spans.iter().any(|(start, end)| from < *end && to > *start));
            if within && operation.outcome == Outcome::Ok {
                *if is_read(operation) { &mut reads } else { &mut writes } += 1;
            }
        }
        let (start, begun) = (format!("under {family}"), format!("began and ended while a {family} was in force"));
        add(situations, format!("read served {start}"), format!("a read that succeeded {begun}"), reads);
        add(situations, format!("write served {start}"), format!("a write that succeeded {begun}"), writes);
        add(
            situations,
            format!("operation across the edge of a {family}"),
            format!("an operation was under way when a {family} began or was healed"),
            across,
        );
    }
}

fn is_read(operation: &Operation) -> bool {
    operation.f == "read"
}

/// From when to when, if at all.
fn in_force(fault: &Fault) -> Option<(u64, u64)> {
    fault.started.map(|started| (started, fault.healed.unwrap_or(u64::MAX)))
}

/// How many spans begin while an earlier one lasts.
fn overlaps(mut spans: Vec<(u64, u64)>) -> usize {
    spans.sort_unstable();
    let mut until = 0;
    let begins_within = |(start, end): &(u64, u64)| {
        let is_within = *start < until;
        until = until.max(*end);
        is_within
    };
    spans.iter().copied().filter(begins_within).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        checker::{NodeTrace, raft_safety},
        history::{Effect, Evidence},
    };
    use serde_json::Value;

    fn fault(nemesis: &str, started: u64, healed: u64) -> Fault {
        Fault {
            nemesis: nemesis.to_owned(),
            started: Some(started),
            healed: Some(healed),
            evidence: Evidence { effect: Effect::Installed, ..Evidence::default() },
            ..Fault::default()
        }
    }

    fn operation(f: &str, outcome: Outcome, call_time: u64, end_time: u64) -> Operation {
        Operation {
            process: 0,
            f: f.to_owned(),
            input: Value::Null,
            outcome,
            output: Value::Null,
            error: None,
            found: None,
            node: None,
            call: 0,
            ret: None,
            call_time,
            end_time: Some(end_time),
        }
    }

    fn counts(record: &Record) -> BTreeMap<String, u64> {
        coverage(record).into_iter().map(|situation| (situation.name, situation.count)).collect()
    }

    #[test]
    fn operations_are_counted_under_the_faults_that_they_met() {
        let record = Record {
            operations: vec![
                operation("read", Outcome::Ok, 0, 5),
                operation("read", Outcome::Ok, 10, 20),
                operation("write", Outcome::Ok, 9, 12),
                operation("cas", Outcome::Ok, 12, 19),
                operation("write", Outcome::Info, 12, 19),
                operation("write", Outcome::Fail, 31, 33),
            ],
            faults: vec![fault("pause", 10, 20), fault("pause", 30, 40), fault("kill", 15, 18)],
            ..Record::default()
        };
        let counts = counts(&record);
        let of = |name: &str| counts[name];
        assert_eq!((of("read served under pause"), of("write served under pause")), (1, 1));
        assert_eq!(of("operation across the edge of a pause"), 1);
        assert_eq!((of("read served under kill"), of("operation across the edge of a kill")), (0, 3));
        assert_eq!((of("faults overlapped"), of("outcome unknown")), (1, 1));
        assert!(!counts.contains_key("leader changed"), "there is no trace to tell");
    }

    #[test]
    fn traces_tell_what_the_protocol_did() {
        let lines = [
            r#"{"t":100,"e":"start","version":2,"node":"n1","term":0,"vote":null,"last":0,"hash":"0000000000000000"}"#,
            r#"{"t":101,"e":"role","role":"candidate","term":1}"#,
            r#"{"t":102,"e":"role","role":"leader","term":1}"#,
            r#"{"t":103,"e":"truncate","from":1}"#,
            r#"{"t":104,"e":"role","role":"candidate","term":2}"#,
            r#"{"t":105,"e":"start","version":2,"node":"n1","term":2,"vote":null,"last":0,"hash":"0000000000000000"}"#,
            r#"{"t":115,"e":"role","role":"leader","term":3}"#,
            r#"{"t":125,"e":"role","role":"leader","term":4}"#,
        ];
        let trace: NodeTrace = raft_safety::parse("n1", &(lines.join("\n") + "\n"));
        assert!(trace.broken.is_empty());
        let record =
            Record { traces: vec![trace], epoch: 100, faults: vec![fault("kill", 10, 20)], ..Record::default() };
        let counts = counts(&record);
        let of = |name: &str| counts[name];
        assert_eq!((of("leader changed"), of("leader changed under a fault")), (2, 1));
        assert_eq!((of("election without a winner"), of("log truncated"), of("node restarted")), (1, 1, 1));
        assert_eq!((of("snapshot taken"), of("snapshot installed")), (0, 0));
        assert!(!counts.contains_key("joint configuration"), "no membership change was asked for");
    }
}
