//! Linearizability of some of the operations, where others are promised less or are about something else.

use harness::checker::{Budget, CheckResult, Checker, Linearizability, Record, objects::Kind};

/// Judges the operations with these functions, and passes over all others.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part {
    pub(crate) name: &'static str,
    pub(crate) summary: &'static str,
    pub(crate) functions: &'static [&'static str],
    pub(crate) kind: Kind,
}

impl Checker for Part {
    fn name(&self) -> &'static str {
        self.name
    }

    fn summary(&self) -> &'static str {
        self.summary
    }

    fn check(&self, record: &Record, budget: Budget) -> CheckResult {
        let is_part = |f: &str| self.functions.contains(&f);
        let operations = record.operations.iter().filter(|operation| is_part(&operation.f)).cloned().collect();
        let part = Record { operations, ..Record::default() };
        let result = Linearizability { kind: self.kind, ..Linearizability::default() }.check(&part, budget);
        CheckResult { summary: format!("{} alone: {}", self.functions.join(" and "), result.summary), ..result }
    }
}
