//! With `--fail-fast`: looking for violations while clients work.

use super::traces::Traces;
use crate::{
    checker::{Budget, Checker, Linearizability, Record, Verdict, judge::ask, raft_safety},
    history::Operation,
    store::RunDir,
    system::System,
    test::Test,
    workload::Workload,
};

/// Looks again and again at what has happened so far.
pub(super) struct Early {
    /// As far as they have been judged.
    traces: Option<Traces>,
    /// Those who accuse only of what nothing that comes later excuses.
    checkers: Vec<Box<dyn Checker>>,
}

impl Early {
    /// Nothing seen yet of a run of this test.
    pub(super) fn new(test: &Test, run: &RunDir, workload: &dyn Workload, system: &dyn System) -> Early {
        let mut checkers = workload.checkers();
        checkers.retain(|checker| checker.name() == Linearizability::default().name());
        Early { traces: system.has_trace().then(|| Traces::of(test, run)), checkers }
    }

    /// The violation, if there is one by `now`, a time on the machine's clock that has passed. Of traces only what is new is
    /// judged, of operations all.
    pub(super) fn look(&mut self, now: u64, operations: Vec<Operation>) -> Option<String> {
        // First: what went wrong inside says more than what came of it.
        if let Some(traces) = &mut self.traces {
            traces.read(now);
            if let Some(violation) = traces.violation() {
                return Some(format!("{}: {violation}", raft_safety::NAME));
            }
        }
        let record = Record { operations, ..Record::default() };
        self.checkers.iter().find_map(|checker| {
            let result = ask(&**checker, &record, Budget::default());
            (result.verdict == Verdict::Invalid).then(|| {
                let summary = result.violations.first().map_or(&result.summary, |violation| &violation.summary);
                format!("{}: {summary}", checker.name())
            })
        })
    }
}
