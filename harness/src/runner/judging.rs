//! From what happened in a run to its results.

use super::{
    exit::{Findings, NETWORK, PROCESSES, RECORD, exit_code, without_effect},
    traces::Traces,
    watch::Scans,
};
use crate::{
    checker::{
        self, Aftermath, AvailabilityRule, Budget, CheckResult, Checker, ElectionsRule, NodeTrace, Record, Results,
        Verdict, Violation, Witness, raft_safety,
    },
    cluster::UnexpectedExit,
    history::{Fault, Link, Outcome},
    nemesis::UNEXPLAINED,
    net::ProxyCost,
    store::{Recorded, RunDir},
    test::Test,
    workload::Workload,
};
use std::{collections::BTreeMap, time::Duration};

/// The width of the windows in which availability is counted.
const AVAILABILITY_WINDOW: Duration = Duration::from_millis(500);

/// What is said of whatever is found where faults went beyond the contract.
const BEYOND: &str = "beyond the contract: losses are expected";

/// Where the traces are, and how they are to be read.
pub(super) struct Sources {
    pub(super) test: Test,
    pub(super) run: RunDir,
    pub(super) epoch: u64,
    /// Time on the machine's clock up to which traces are read.
    pub(super) trace_end: u64,
}

/// What is known of a run besides its traces.
pub(super) struct Facts {
    pub(super) sources: Sources,
    pub(super) recorded: Recorded,
    pub(super) checkers: Vec<Box<dyn Checker>>,
    pub(super) has_trace: bool,
    pub(super) faults: Vec<Fault>,
    pub(super) exits: Vec<UnexpectedExit>,
    pub(super) scans: Scans,
    pub(super) workload_end: u64,
    pub(super) not_recovered: Option<String>,
    pub(super) aftermath: Option<Aftermath>,
    pub(super) proxies: Option<ProxyCost>,
    pub(super) interrupted: bool,
    /// What went wrong in the harness or the machine while it lasted.
    pub(super) trouble: Option<String>,
    pub(super) warnings: Vec<String>,
}

/// Everybody who judges the record of a run of this test, with this workload.
pub(super) fn checkers(workload: &dyn Workload, test: &Test) -> Vec<Box<dyn Checker>> {
    let mut checkers = workload.checkers();
    checkers.push(Box::new(AvailabilityRule));
    if let Some(most) = test.elections_max {
        checkers.push(Box::new(ElectionsRule { most }));
    }
    checkers
}

/// Judges a run. It takes as long as it takes, and is no work for an async thread.
pub(super) fn judge(mut facts: Facts) -> Results {
    let (traces, safety) = traces(&facts.sources, facts.has_trace, &mut facts.warnings);
    let record = gather(&mut facts, traces);
    let mut results = checker::judge(&record, &facts.checkers, Budget::default()).1;
    let (processes, network) =
        (processes(&facts.exits, facts.trouble.as_deref()), network(&facts.faults, &facts.scans));
    // A record that cannot be trusted accuses nobody. That a node died is known all the same.
    let is_fit = results.get(RECORD).is_none_or(|record| record.verdict == Verdict::Valid);
    if facts.has_trace && is_fit {
        results.insert(raft_safety::NAME.to_owned(), safety);
    }
    let verdict = if is_fit { checker::judge::safety(&results) } else { Verdict::Unknown };
    let half = if facts.trouble.is_some() { Verdict::Unknown } else { Verdict::Valid };
    let verdict = verdict.max(processes.verdict).max(network.verdict).max(half);
    results.insert(PROCESSES.to_string(), processes);
    results.insert(NETWORK.to_string(), network);
    let are_named = !facts.sources.test.swarm && !facts.sources.test.has_all_nemeses();
    let (exit_code, reason) = exit_code(&Findings {
        checkers: &results,
        nemeses: &facts.sources.test.nemesis,
        are_named,
        faults: &facts.faults,
        served: record.operations.iter().any(|operation| operation.outcome == Outcome::Ok),
        not_recovered: facts.not_recovered.as_deref(),
        interrupted: facts.interrupted,
        trouble: facts.trouble.as_deref(),
    });
    if facts.sources.test.beyond_contract {
        facts.warnings.push(format!("{BEYOND}; faults may have left no good copy of what was committed"));
    }
    let is_broken = verdict == Verdict::Invalid || facts.not_recovered.is_some();
    let reason = if facts.sources.test.beyond_contract && is_broken { format!("{BEYOND}. {reason}") } else { reason };
    if !are_named {
        let absent = without_effect(&facts.sources.test.nemesis, &facts.faults).into_iter();
        facts.warnings.extend(absent.map(|nemesis| format!("no fault of nemesis {nemesis} took effect")));
    }
    Results {
        version: 1,
        verdict,
        exit_code,
        reason,
        checkers: results,
        stats: checker::stats(&record),
        availability: checker::availability(&record, AVAILABILITY_WINDOW),
        coverage: checker::coverage(&record),
        faults: facts.faults,
        proxies: facts.proxies,
        aftermath: facts.aftermath,
        warnings: facts.warnings,
        reproduce: facts.sources.test.reproduce,
        epoch: facts.sources.epoch,
    }
}

/// Reads and judges the traces.
fn traces(sources: &Sources, are_expected: bool, warnings: &mut Vec<String>) -> (Vec<NodeTrace>, CheckResult) {
    let mut traces = Traces::of(&sources.test, &sources.run);
    let safety = checker::judge::guard(raft_safety::NAME, || {
        traces.read(sources.trace_end);
        traces.judge(sources.epoch)
    });
    if are_expected {
        warnings.extend(traces.missing());
    }
    (traces.into_lines(sources.trace_end), safety)
}

/// Puts the record of the run together.
fn gather(facts: &mut Facts, traces: Vec<NodeTrace>) -> Record {
    let (recorded, test) = (&mut facts.recorded, &facts.sources.test);
    Record {
        operations: std::mem::take(&mut recorded.operations),
        events: (recorded.events, recorded.end),
        defect: recorded.error.as_ref().map(ToString::to_string),
        faults: facts.faults.clone(),
        workload_end: facts.workload_end,
        traces,
        nodes: test.node_names(),
        spares: test.spare_names(),
        election_timeout: Duration::from_millis(test.election_timeout_ms_max),
        epoch: facts.sources.epoch,
    }
}

/// A node that dies by itself breaks a promise, whatever else it kept; unless the machine was in trouble, of which it may have died.
fn processes(exits: &[UnexpectedExit], trouble: Option<&str>) -> CheckResult {
    let violations: Vec<_> = exits.iter().map(died).collect();
    let counts = BTreeMap::from([("exits".to_string(), exits.len() as u64)]);
    let (verdict, summary) = match (exits, trouble) {
        ([], _) => (Verdict::Valid, "no node ended by itself".to_string()),
        ([first, ..], Some(trouble)) => {
            (Verdict::Unknown, format!("node {} ended by itself ({}), but {trouble}", first.node, first.status))
        }
        ([first, ..], None) => (Verdict::Invalid, format!("node {} ended by itself: {}", first.node, first.status)),
    };
    CheckResult { verdict, summary, violations, counts }
}

/// Whether the network did what we say it did. If not, nothing that rests on it is certain, and nobody is accused.
fn network(faults: &[Fault], scans: &Scans) -> CheckResult {
    let is_doubtful = |fault: &&Fault| fault.evidence.numbers.get(UNEXPLAINED).is_some_and(|count| *count > 0);
    let (doubtful, Scans { count, leaks, error }) = (faults.iter().find(is_doubtful), scans);
    let (verdict, summary) = match (doubtful, leaks.first()) {
        (_, Some(Link { from, to })) => {
            (Verdict::Unknown, format!("{from} is connected to {to} past the proxies: a cut between them cuts nothing"))
        }
        (Some(fault), None) => (Verdict::Unknown, format!("{}: {}", fault.summary, fault.evidence.note)),
        (None, None) => {
            let scanned = match error {
                None => format!("no connection past the proxies in {count} looks"),
                Some(error) => format!("whether connections go past the proxies is not known: {error}"),
            };
            (Verdict::Valid, format!("what was done to messages is what the nodes saw; {scanned}"))
        }
    };
    let counts = [("looks", *count), ("connections_past_the_proxies", leaks.len() as u64)];
    let counts = counts.map(|(name, count)| (name.to_string(), count)).into();
    CheckResult { verdict, summary, counts, ..CheckResult::default() }
}

fn died(exit: &UnexpectedExit) -> Violation {
    let mut explanation = vec![format!("nobody had told {} to stop, and it ended: {}", exit.node, exit.status)];
    if exit.stderr_tail.trim().is_empty() {
        explanation.push("it said nothing on standard error".to_string());
    } else {
        explanation.push("its last words on standard error:".to_string());
        explanation.extend(exit.stderr_tail.trim_end().lines().map(str::to_string));
    }
    Violation {
        property: "Process Liveness".to_string(),
        summary: format!("node {} ended by itself: {}", exit.node, exit.status),
        explanation,
        time: None,
        witness: Witness::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::Evidence;
    use std::{os::unix::process::ExitStatusExt, process::ExitStatus};

    #[test]
    fn leaks_and_corruption_that_nobody_rejected_leave_the_verdict_open() {
        let fault = |unexplained| {
            let numbers = BTreeMap::from([(UNEXPLAINED.to_string(), unexplained)]);
            Fault { evidence: Evidence { numbers, ..Evidence::default() }, ..Fault::default() }
        };
        let scans = Scans { count: 3, ..Scans::default() };
        assert_eq!(network(&[fault(0), Fault::default()], &scans).verdict, Verdict::Valid);
        assert_eq!(network(&[fault(0), fault(1)], &scans).verdict, Verdict::Unknown);
        let leaks = [Link { from: "n1".to_string(), to: "n2".to_string() }].into();
        let result = network(&[], &Scans { leaks, ..scans });
        assert_eq!(result.verdict, Verdict::Unknown);
        assert!(result.summary.starts_with("n1 is connected to n2 past the proxies"), "{}", result.summary);
    }

    #[test]
    fn a_node_that_died_by_itself_is_a_violation_and_its_last_words_are_told() {
        assert_eq!(processes(&[], Some("the disk is full")).verdict, Verdict::Valid);
        let (status, stderr_tail) = (ExitStatus::from_raw(6), "assertion failed\nnote: in append\n".to_string());
        let exits = [UnexpectedExit { node: "n2".to_string(), status, stderr_tail }];
        assert_eq!(processes(&exits, Some("the disk is full")).verdict, Verdict::Unknown);
        let result = processes(&exits, None);
        assert_eq!(result.verdict, Verdict::Invalid);
        assert!(result.summary.contains("n2") && result.summary.contains("signal: 6"), "{}", result.summary);
        let last = result.violations[0].explanation.last().expect("an explanation");
        assert_eq!(last, "note: in append");
    }
}
