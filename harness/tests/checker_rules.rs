//! Availability, statistics, the record check and the judge, on records made by hand.

use harness::checker::judge::{is_trouble, safety};
use harness::checker::{
    AvailabilityRule, Budget, CheckResult, Checker, Linearizability, Record, RecordCheck, Verdict, availability, judge,
    parse, stats,
};
use harness::history::{Effect, Event, EventType, Evidence, Fault, Link, Operation, Process, pair};
use serde_json::{Value, json};
use std::time::Duration;

const MS: u64 = 1_000_000;

/// Builds records: operations are given by their times in milliseconds.
#[derive(Default)]
struct Builder {
    events: Vec<Event>,
    faults: Vec<Fault>,
    next: u64,
}

impl Builder {
    /// A write from `start` to `end`, by a process of its own.
    fn operation(&mut self, start: u64, end: u64, kind: EventType, error: Option<&str>) {
        let process = Process::Client(self.next);
        self.next += 1;
        let event = |time: u64, kind, error: Option<&str>| Event {
            index: 0,
            time: time * MS,
            process,
            kind,
            f: if error == Some("mismatch") { "cas" } else { "write" }.into(),
            value: if error == Some("mismatch") { json!(["k", [1, 2]]) } else { json!(["k", 7]) },
            error: error.map(Into::into),
            found: None,
            node: None,
        };
        let mut invoke = event(start, EventType::Invoke, error);
        invoke.error = None;
        self.events.extend([invoke, event(end, kind, error)]);
    }

    /// Successful operations from `from` to `to`, one every 50 ms.
    fn served(&mut self, from: u64, to: u64) {
        for start in (from..to).step_by(50) {
            self.operation(start, start + 10, EventType::Ok, None);
        }
    }

    /// The same without success.
    fn refused(&mut self, from: u64, to: u64) {
        for start in (from..to).step_by(50) {
            self.operation(start, start + 10, EventType::Fail, Some("no leader"));
        }
    }

    fn fault(&mut self, started: u64, healed: Option<u64>, down: &[&str], cut: &[(&str, &str)]) {
        let link = |(from, to): &(&str, &str)| Link { from: (*from).into(), to: (*to).into() };
        self.faults.push(Fault {
            id: self.faults.len() as u64,
            nemesis: "kill".into(),
            kind: "kill".into(),
            summary: "a fault".into(),
            target: "one".into(),
            nodes: down.iter().map(|name| (*name).into()).collect(),
            nodes_down: down.iter().map(|name| (*name).into()).collect(),
            links_cut: cut.iter().map(link).collect(),
            planned: (started * MS, healed.unwrap_or(started) * MS),
            started: Some(started * MS),
            healed: healed.map(|at| at * MS),
            evidence: Evidence { effect: Effect::Installed, ..Evidence::default() },
            ..Fault::default()
        });
    }

    fn record(mut self, nodes: usize, workload_end: u64) -> Record {
        self.events.sort_by_key(|event| (event.time, event.kind != EventType::Invoke));
        (0..).zip(&mut self.events).for_each(|(index, event)| event.index = index);
        Record {
            events: (self.events.len() as u64, self.events.last().map_or(0, |event| event.time)),
            operations: pair(self.events).unwrap(),
            faults: self.faults,
            nodes: (1..=nodes).map(|n| format!("n{n}")).collect(),
            election_timeout: Duration::from_millis(100),
            workload_end: workload_end * MS,
            ..Record::default()
        }
    }
}

fn rule(record: &Record) -> CheckResult {
    AvailabilityRule.check(record, Budget::default())
}

// ---------------------------------------------------------------------------------------------------------------------
// Availability

#[test]
fn windows_gaps_and_recoveries_are_counted() {
    let mut b = Builder::default();
    b.served(0, 1_000);
    b.refused(1_000, 3_000);
    b.served(3_000, 4_000);
    b.operation(3_980, 3_990, EventType::Fail, Some("mismatch"));
    b.operation(3_900, 4_000, EventType::Info, None);
    b.operation(4_500, 4_600, EventType::Ok, None); // A final read, after the workload.
    b.fault(1_000, Some(2_500), &["n1", "n2"], &[]);
    let a = availability(&b.record(3, 4_000), Duration::from_secs(1));
    let counts: Vec<_> = a.windows.iter().map(|w| (w.start / MS, w.ok, w.fail, w.info)).collect();
    assert_eq!(counts, [(0, 20, 0, 0), (1_000, 0, 20, 0), (2_000, 0, 20, 0), (3_000, 21, 0, 1)]);
    assert_eq!(a.gaps.len(), 1);
    assert_eq!((a.gaps[0].start, a.gaps[0].end), (960 * MS, 3_010 * MS));
    // Of that, a majority was healthy before 1,000 and from 2,500 on.
    assert_eq!(a.gaps[0].majority, (40 + 510) * MS);
    assert!((a.success - 41.0 / 82.0).abs() < 1e-9, "{}", a.success);
    let waits: Vec<_> = a.recoveries.iter().map(|r| (r.edge.as_str(), r.time / MS, r.wait.map(|w| w / MS))).collect();
    assert_eq!(waits, [("start", 1_000, Some(2_010)), ("heal", 2_500, Some(510))]);
}

#[test]
fn healthy_majority_without_service_is_an_outage() {
    let mut b = Builder::default();
    b.served(0, 1_000);
    b.refused(1_000, 3_000);
    b.served(3_000, 4_000);
    b.fault(900, Some(3_500), &["n3"], &[]);
    let result = rule(&b.record(3, 4_000));
    assert_eq!(result.verdict, Verdict::Invalid);
    assert_eq!(result.violations[0].property, "Availability");
    assert_eq!(
        result.summary,
        "no operation succeeded from 1.000 s to 2.960 s (1.960 s), although n1, n2 were alive and connected all that time"
    );
}

#[test]
fn without_a_majority_nobody_is_served_and_nobody_is_accused() {
    for (down, cut) in [
        (vec!["n1", "n2"], vec![]),
        (vec!["n1"], vec![("n2", "n3")]), // Cut one way is cut.
        (vec![], vec![("n1", "n2"), ("n2", "n3"), ("n3", "n1")]),
    ] {
        let mut b = Builder::default();
        b.served(0, 1_000);
        b.refused(1_000, 3_000);
        b.served(3_000, 4_000);
        b.fault(1_000, Some(2_500), &down, &cut);
        let result = rule(&b.record(3, 4_000));
        assert_eq!(result.verdict, Verdict::Valid, "{result:#?}");
    }
}

#[test]
fn fault_that_was_never_healed_lasts_to_the_end() {
    let mut b = Builder::default();
    b.served(0, 1_000);
    b.refused(1_000, 4_000);
    b.fault(1_000, None, &["n1", "n2"], &[]);
    assert_eq!(rule(&b.record(3, 4_000)).verdict, Verdict::Valid);
}

#[test]
fn recovery_within_ten_timeouts_is_good_enough() {
    let mut b = Builder::default();
    b.served(0, 1_000);
    b.refused(1_000, 3_400);
    b.served(3_400, 4_000);
    b.fault(1_000, Some(2_500), &["n1", "n2"], &[]);
    assert_eq!(rule(&b.record(3, 4_000)).verdict, Verdict::Valid);
}

#[test]
fn changing_majorities_oblige_nobody() {
    // Somebody else is down each half second: there always is a majority, and never the same for a second.
    let mut b = Builder::default();
    b.refused(0, 6_000);
    for (n, name) in ["n1", "n2", "n3"].iter().cycle().take(12).enumerate() {
        let start = 500 * n as u64;
        b.fault(start, Some(start + 500), &[name], &[]);
    }
    let result = rule(&b.record(3, 6_000));
    assert_eq!(result.verdict, Verdict::Valid, "{result:#?}");
    // The same with n3 alone is another matter.
    let mut b = Builder::default();
    b.refused(0, 6_000);
    for n in 0..12 {
        b.fault(500 * n, Some(500 * n + 250), &["n3"], &[]);
    }
    assert_eq!(rule(&b.record(3, 6_000)).verdict, Verdict::Invalid);
}

#[test]
fn clients_that_do_not_ask_are_not_refused() {
    let mut b = Builder::default();
    b.served(0, 1_000);
    b.operation(1_100, 1_150, EventType::Fail, Some("no leader"));
    b.served(3_900, 4_000);
    assert_eq!(rule(&b.record(3, 4_000)).verdict, Verdict::Valid);
}

#[test]
fn one_operation_that_waits_for_ever_is_an_outage() {
    let mut b = Builder::default();
    b.served(0, 1_000);
    b.operation(1_000, 3_500, EventType::Info, None);
    b.served(3_500, 4_000);
    assert_eq!(rule(&b.record(3, 4_000)).verdict, Verdict::Invalid);
}

#[test]
fn mismatched_cas_counts_as_service() {
    let mut b = Builder::default();
    for start in (0..4_000).step_by(50) {
        b.operation(start, start + 10, EventType::Fail, Some("mismatch"));
    }
    assert_eq!(rule(&b.record(3, 4_000)).verdict, Verdict::Valid);
}

#[test]
fn fault_of_another_kind_excuses_the_nodes_it_names() {
    let mut b = Builder::default();
    b.refused(0, 4_000);
    b.fault(0, None, &["n1", "n2"], &[]);
    b.faults[0].nodes_down.clear(); // A slow disk, say.
    assert_eq!(rule(&b.record(3, 4_000)).verdict, Verdict::Valid);
}

#[test]
fn fault_of_links_excuses_those_who_need_a_link_that_it_impairs_and_nobody_else() {
    let verdict = |impaired: &[(&str, &str)]| {
        let mut b = Builder::default();
        b.refused(0, 4_000);
        b.fault(0, None, &[], &[("n1", "n2"), ("n1", "n3"), ("n2", "n3")]);
        let all = std::mem::take(&mut b.faults[0].links_cut);
        b.faults[0].nodes = ["n1", "n2", "n3"].map(str::to_owned).into();
        let is_impaired = |link: &&Link| impaired.contains(&(link.from.as_str(), link.to.as_str()));
        b.faults[0].links_impaired = all.iter().filter(is_impaired).cloned().collect();
        b.faults[0].links = all;
        rule(&b.record(3, 4_000)).verdict
    };
    assert_eq!(verdict(&[("n1", "n2"), ("n1", "n3"), ("n2", "n3")]), Verdict::Valid);
    assert_eq!(verdict(&[("n1", "n2"), ("n1", "n3")]), Verdict::Invalid, "n2 and n3 had what they need");
    assert_eq!(verdict(&[]), Verdict::Invalid, "a delay of a millisecond is no excuse");
}

// ---------------------------------------------------------------------------------------------------------------------
// Statistics

#[test]
fn percentiles_are_exact() {
    let mut b = Builder::default();
    for n in 1..=100 {
        b.operation(1_000 * n, 1_000 * n + n, EventType::Ok, None);
    }
    b.operation(200_000, 200_001, EventType::Info, None);
    let s = stats(&b.record(3, 201_000));
    assert_eq!(s.operations["write"]["ok"], 100);
    assert_eq!((s.operations["write"]["info"], s.operations["write"]["fail"]), (1, 0));
    let latency = &s.latency_ms["write"];
    assert_eq!((latency["p50"], latency["p90"], latency["p99"], latency["max"]), (50.0, 90.0, 99.0, 100.0));
    assert!((s.rate - 100.0 / 201.0).abs() < 1e-9);
}

#[test]
fn empty_record_has_empty_statistics() {
    let s = stats(&Record::default());
    assert_eq!((s.rate, s.duration), (0.0, 0));
    assert!(availability(&Record::default(), Duration::ZERO).windows.is_empty());
}

// ---------------------------------------------------------------------------------------------------------------------
// The record, and the judge

fn good() -> Record {
    let mut b = Builder::default();
    b.served(0, 200);
    b.record(3, 200)
}

fn problem(record: &Record) -> String {
    let result = RecordCheck.check(record, Budget::default());
    assert_eq!(result.verdict, Verdict::Invalid, "{result:#?}");
    result.summary
}

#[test]
fn broken_record_is_found() {
    assert_eq!(RecordCheck.check(&good(), Budget::default()).verdict, Verdict::Valid);

    // An empty record proves nothing, but contradicts nothing either.
    assert_eq!(RecordCheck.check(&Record::default(), Budget::default()).verdict, Verdict::Valid);

    let defect = Some("history.jsonl, line 3: cut off in the middle".to_owned());
    assert!(problem(&Record { defect, ..good() }).contains("line 3"));

    let mut record = good();
    let line = r#"{"t":1,"e":"start","version":1,"node":"n2","term":0,"vote":null,"last":0,"hash":"0"}"#;
    record.traces = vec![parse("n1", line)];
    assert!(problem(&record).contains("line 1 of the trace of n1 says that it is n2"));

    let mut b = Builder::default();
    b.served(0, 200);
    b.fault(100, Some(50), &["n1"], &[]);
    assert!(problem(&b.record(3, 200)).contains("healed"));
}

/// Says what it is told to say.
struct Oracle(&'static str, Option<Verdict>);

impl Checker for Oracle {
    fn name(&self) -> &'static str {
        self.0
    }
    fn summary(&self) -> &'static str {
        "says what it is told to say"
    }
    fn check(&self, _: &Record, _: Budget) -> CheckResult {
        let verdict = self.1.unwrap_or_else(|| panic!("out of {}", "tune"));
        CheckResult { verdict, ..CheckResult::default() }
    }
}

fn panel(verdicts: &[(&'static str, Option<Verdict>)]) -> Vec<Box<dyn Checker>> {
    verdicts.iter().map(|&(name, verdict)| Box::new(Oracle(name, verdict)) as Box<dyn Checker>).collect()
}

#[test]
fn worst_verdict_wins_and_a_panic_is_no_verdict() {
    let (valid, invalid) = (Some(Verdict::Valid), Some(Verdict::Invalid));
    let (verdict, results) = judge(&good(), &panel(&[("a", valid), ("b", None)]), Budget::default());
    assert_eq!(verdict, Verdict::Unknown);
    assert_eq!(results["b"].summary, "the checker b broke down: out of tune");
    assert!(is_trouble(&results["b"]) && !is_trouble(&results["a"]), "{results:?}");
    let (verdict, _) = judge(&good(), &panel(&[("a", invalid), ("b", None)]), Budget::default());
    assert_eq!(verdict, Verdict::Invalid);
    let (verdict, results) = judge(&good(), &panel(&[("a", valid)]), Budget::default());
    assert_eq!((verdict, results.len()), (Verdict::Valid, 2));
    let (verdict, results) = judge(&good(), &panel(&[("a", valid), ("availability", invalid)]), Budget::default());
    assert_eq!((verdict, safety(&results)), (Verdict::Invalid, Verdict::Valid));
}

#[test]
fn broken_record_is_not_judged() {
    let record = Record { defect: Some("an event is missing".to_owned()), ..good() };
    let (verdict, results) = judge(&record, &panel(&[("a", Some(Verdict::Invalid))]), Budget::default());
    assert_eq!(verdict, Verdict::Unknown);
    assert_eq!(results.keys().collect::<Vec<_>>(), ["record"]);
}

#[test]
fn real_checkers_sit_on_one_panel() {
    let mut record = good();
    let (count, time) = record.events;
    let read = |index: u64, kind, value: Value| Event {
        index,
        time,
        process: Process::Client(99),
        kind,
        f: "read".into(),
        value: json!(["k", value]),
        error: None,
        found: None,
        node: None,
    };
    let read = pair([read(0, EventType::Invoke, Value::Null), read(1, EventType::Ok, json!(8))]).unwrap().remove(0);
    record.operations.push(Operation { call: count, ret: Some(count + 1), ..read });
    let checkers: Vec<Box<dyn Checker>> = vec![Box::new(Linearizability::default()), Box::new(AvailabilityRule)];
    let (verdict, results) = judge(&record, &checkers, Budget::default());
    assert_eq!(verdict, Verdict::Invalid);
    assert_eq!(results["linearizability"].verdict, Verdict::Invalid);
    assert_eq!(results["availability"].verdict, Verdict::Valid);
}
