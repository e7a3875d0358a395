//! How often a leader was elected, and whether that is more than the faults account for.
//!
//! Raft stays safe however often it elects, and clients may hardly notice. But a leader that is deposed by whoever comes back, or by
//! nodes that merely do not hear it, costs service again and again, and in the end all of it. How many elections a run may have
//! depends on its faults, so a test has to say it.

use super::{Budget, CheckResult, Checker, Record, Verdict, Violation, Witness, WitnessEvent};
use crate::history::trace::{Kind, Role};
use std::collections::BTreeMap;

/// The checker's name.
pub const NAME: &str = "elections";

/// Demands that leaders last: the clients' work may see so many elections and no more. Its failure is one of liveness.
#[derive(Clone, Copy, Debug)]
pub struct ElectionsRule {
    /// How many.
    pub most: u64,
}

impl Checker for ElectionsRule {
    fn name(&self) -> &'static str {
        NAME
    }

    fn summary(&self) -> &'static str {
        "no more leaders are elected while clients work than the test allows (a gate)"
    }

    fn check(&self, record: &Record, _budget: Budget) -> CheckResult {
        let elections = elections(record);
        let count = elections.len() as u64;
        let counts = BTreeMap::from([("elections".to_owned(), count)]);
        let summary =
            format!("{count} leaders were elected while clients worked, of {} that the test allows", self.most);
        if record.traces.is_empty() {
            let summary = "no node has a trace that tells of elections".to_owned();
            return CheckResult { verdict: Verdict::Unknown, summary, counts, ..CheckResult::default() };
        }
        let Some(first_of_too_many) = elections.values().nth(usize::try_from(self.most).unwrap_or(usize::MAX)) else {
            return CheckResult { verdict: Verdict::Valid, summary, counts, ..CheckResult::default() };
        };
        let violation = Violation {
            property: "Elections".into(),
            summary: summary.clone(),
            explanation: vec!["Nothing was done to the cluster that accounts for more: leaders do not last.".into()],
            time: Some(first_of_too_many.time),
            witness: Witness::Nodes { events: elections.into_values().collect() },
        };
        CheckResult { verdict: Verdict::Invalid, summary, violations: vec![violation], counts }
    }
}

/// The elections that were won while clients worked, by term.
fn elections(record: &Record) -> BTreeMap<u64, WitnessEvent> {
    let mut elections = BTreeMap::new();
    for trace in &record.traces {
        for (line, event) in &trace.lines {
            let (Kind::Role { role: Role::Leader, term }, Some(time)) =
                (&event.kind, event.t.checked_sub(record.epoch))
            else {
                continue;
            };
            if time <= record.workload_end {
                let text = format!("became leader of term {term}");
                let won = WitnessEvent { node: trace.node.clone(), line: *line, time, text };
                elections.entry(*term).or_insert(won);
            }
        }
    }
    elections
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{checker::NodeTrace, history::trace::TraceEvent};

    /// A run that begins at 100 and ends at 200, in which leaders were elected at these times, in one term after the other.
    fn run(times: &[u64]) -> Record {
        let line = |(term, t): (u64, &u64)| (term, TraceEvent { t: *t, kind: Kind::Role { role: Role::Leader, term } });
        let follows = TraceEvent { t: 150, kind: Kind::Role { role: Role::Follower, term: 9 } };
        let mut lines: Vec<_> = (1..).zip(times).map(line).collect();
        lines.push((9, follows));
        let traces = vec![NodeTrace { node: "n1".into(), lines, broken: vec![] }];
        Record { traces, epoch: 100, workload_end: 100, ..Record::default() }
    }

    fn check(record: &Record, most: u64) -> CheckResult {
        ElectionsRule { most }.check(record, Budget::default())
    }

    #[test]
    fn elections_are_counted_while_clients_work() {
        let record = run(&[50, 99, 100, 150, 200, 201]);
        assert_eq!(check(&record, 3).verdict, Verdict::Valid);
        let result = check(&record, 2);
        assert_eq!((result.verdict, result.counts["elections"]), (Verdict::Invalid, 3));
        assert_eq!(result.violations[0].time, Some(100), "the third of them");
        assert_eq!(check(&record, 0).violations[0].time, Some(0));
    }

    #[test]
    fn who_says_nothing_is_not_judged() {
        let silent = Record { epoch: 100, workload_end: 100, ..Record::default() };
        assert_eq!(check(&silent, 1).verdict, Verdict::Unknown);
        assert_eq!(check(&run(&[]), 0).verdict, Verdict::Valid);
    }
}
