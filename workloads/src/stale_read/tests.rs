use super::*;
use crate::{
    additions::READ,
    testing::{Mistake, run, test},
};
use harness::{
    checker::{Budget, CheckResult, Linearizability, NodeTrace, Record, Verdict},
    generator::Next,
    history::{Event, EventType, Operation, Process, pair, trace},
    seed::rng,
};
use rand::RngExt;
use serde_json::json;
use std::collections::BTreeMap;

type State = BTreeMap<String, u64>;

/// Three nodes with one log of states. The first leads; the others are behind, and one at a time is cut off for a while.
struct Nodes {
    states: Vec<State>,
    /// How many of them each node has.
    has: [usize; 3],
    /// Whether the second node is started anew now and then, and has to begin from the start of the log.
    restarts: bool,
    starts: Vec<u64>,
}

impl Nodes {
    fn new(restarts: bool) -> Nodes {
        Nodes { states: vec![State::new()], has: [1; 3], restarts, starts: vec![0] }
    }

    /// What happens to the nodes before the operation with this number, at this time.
    fn go_on(&mut self, number: usize, time: u64) {
        self.has[0] = self.states.len();
        for follower in [1, 2] {
            let is_cut_off = number / 100 % 3 == follower;
            self.has[follower] =
                if is_cut_off { self.has[follower] } else { self.states.len().saturating_sub(3).max(1) };
        }
        if self.restarts && number.is_multiple_of(70) {
            self.has[1] = 1;
            self.starts.push(time);
        }
    }

    fn add(&mut self, key: &str) -> u64 {
        let mut state = self.states.last().cloned().unwrap_or_default();
        let sum = state.entry(key.to_owned()).or_default();
        *sum += 1;
        let sum = *sum;
        self.states.push(state);
        sum
    }

    fn read(&self, node: usize, key: &str) -> u64 {
        self.states[self.has[node] - 1].get(key).copied().unwrap_or_default()
    }
}

/// What six processes do in turn, a third of them at home with each node, as a record.
fn record(restarts: bool, seed: u64) -> Record {
    let mut generator = StaleRead.generator(&test(seed));
    let (mut nodes, mut events) = (Nodes::new(restarts), Vec::<Event>::new());
    let mut rng = rng(seed, "nodes");
    for number in 0..3_000 {
        let process = rng.random_range(0..6);
        let time = |events: &[Event]| events.len() as u64 * 1_000_000;
        nodes.go_on(number, time(&events));
        let Next::Invoke(invocation) = generator.next(time(&events), process) else { panic!("always something") };
        let key = invocation.value[0].as_str().expect("a key").to_owned();
        let (node, value) = match invocation.f.as_str() {
            READ => (process as usize / 2, json!([key, nodes.read(process as usize / 2, &key)])),
            _ => (0, json!([key, [1, nodes.add(&key)]])),
        };
        for (kind, value) in [(EventType::Invoke, invocation.value.clone()), (EventType::Ok, value)] {
            let (index, f, process) = (events.len() as u64, invocation.f.clone(), Process::Client(process));
            let (time, node) = (time(&events), Some(format!("n{}", node + 1)));
            events.push(Event { index, time, process, kind, f, value, error: None, found: None, node });
        }
    }
    let start = |&t: &u64| {
        let (node, hash) = ("n2".to_owned(), trace::Hash(0));
        let kind = trace::Kind::Start { version: 2, node, term: 0, vote: None, last: 0, hash };
        (1, trace::TraceEvent { t, kind })
    };
    let lines = nodes.starts.iter().map(start).collect();
    let traces = vec![NodeTrace { node: "n2".to_owned(), lines, broken: Vec::new() }];
    Record { operations: pair(events).expect("a history"), traces, ..Record::default() }
}

fn check(record: &Record) -> BTreeMap<&'static str, CheckResult> {
    let checkers = StaleRead.checkers();
    checkers.iter().map(|checker| (checker.name(), checker.check(record, Budget::default()))).collect()
}

#[test]
fn followers_that_are_behind_are_stale_and_break_no_promise() {
    for (restarts, seed) in [(false, 1), (false, 2), (true, 3)] {
        let record = record(restarts, seed);
        let results = check(&record);
        for (name, result) in &results {
            assert_eq!(result.verdict, Verdict::Valid, "{name}: {}", result.summary);
        }
        let staleness = &results["staleness"];
        assert!(staleness.counts["stale_reads"] > 100, "{}", staleness.summary);
        assert!(staleness.counts["versions_behind_max"] > 3 && staleness.counts["stale_us_max"] > 50_000);
        // Who asks for more gets another verdict.
        let all = Linearizability { kind: Kind::Counter, ..Linearizability::default() };
        assert_eq!(all.check(&record, Budget::default()).verdict, Verdict::Invalid);
    }
}

#[test]
fn a_node_that_goes_back_is_excused_by_its_start_alone() {
    let record = record(true, 4);
    assert_eq!(check(&record)["session-guarantees"].verdict, Verdict::Valid);
    let one_life = Record { operations: record.operations, ..Record::default() };
    let result = &check(&one_life)["session-guarantees"];
    assert_eq!(result.verdict, Verdict::Invalid);
    assert!(result.summary.contains(" at n2 of `k"), "{}", result.summary);
    let properties = result.violations.iter().map(|violation| violation.property.as_str());
    assert!(properties.clone().all(|property| property == "Monotonic Reads"), "{:?}", properties.collect::<Vec<_>>());
}

#[test]
fn the_leader_alone_is_never_stale() {
    let mut record = record(false, 5);
    let is_follower = |operation: &Operation| operation.f == READ && operation.node.as_deref() != Some("n1");
    record.operations.retain(|operation| !is_follower(operation));
    let results = check(&record);
    assert_eq!(results["staleness"].counts["stale_reads"], 0, "{}", results["staleness"].summary);
    assert!(results["staleness"].counts["reads"] > 100);
}

#[test]
fn who_reads_the_past_or_falls_back_into_it_is_found() {
    for seed in 0..5 {
        let verdict = |mistake| {
            let operations = pair(run(&StaleRead, mistake, seed)).expect("a history");
            let results = check(&Record { operations, ..Record::default() });
            results.values().map(|result| result.verdict).max().expect("a verdict")
        };
        assert_eq!(verdict(Mistake::None), Verdict::Valid);
        for mistake in [Mistake::Stale, Mistake::Loses, Mistake::Doubles, Mistake::Restores] {
            assert_eq!(verdict(mistake), Verdict::Invalid, "{mistake:?}");
        }
    }
}
