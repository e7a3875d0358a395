//! All checkers together: the worst verdict wins, and a checker that breaks down decides nothing.

use super::linearizability::CONTRADICTIONS;
use super::{Budget, CheckResult, Checker, Record, RecordCheck, Verdict};
use std::any::Any;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The count under which it stands that a checker broke down: that is trouble of ours, and no verdict.
pub const BREAKDOWNS: &str = "breakdowns";

/// Judges a record. The record itself is checked first, whether or not that is among `checkers`; if it is broken, nobody else
/// is asked, and the verdict is unknown.
pub fn judge(
    record: &Record,
    checkers: &[Box<dyn Checker>],
    budget: Budget,
) -> (Verdict, BTreeMap<String, CheckResult>) {
    let own = ask(&RecordCheck, record, budget);
    let is_fit = own.verdict == Verdict::Valid;
    let mut results = BTreeMap::from([(RecordCheck.name().to_owned(), own)]);
    if !is_fit {
        return (Verdict::Unknown, results);
    }
    for checker in checkers.iter().filter(|checker| checker.name() != RecordCheck.name()) {
        results.insert(checker.name().to_owned(), ask(checker.as_ref(), record, budget));
    }
    (worst(results.values()), results)
}

/// Whether a checker watches over a gate (exit code 3: safe, but not good enough) and not over safety (exit code 1).
pub fn is_gate(checker: &str) -> bool {
    [super::availability::NAME, super::elections::NAME].contains(&checker)
}

/// The worst verdict of those that are not gates: whether the system was safe.
pub fn safety(results: &BTreeMap<String, CheckResult>) -> Verdict {
    worst(results.iter().filter(|(name, _)| !is_gate(name)).map(|(_, result)| result))
}

fn worst<'a>(results: impl Iterator<Item = &'a CheckResult>) -> Verdict {
    results.map(|result| result.verdict).max().unwrap_or(Verdict::Unknown)
}

/// Whether a checker broke down, or contradicts itself: it is not to be believed, and says nothing of the system.
pub fn is_trouble(result: &CheckResult) -> bool {
    [BREAKDOWNS, CONTRADICTIONS].iter().any(|name| result.counts.get(*name).is_some_and(|count| *count > 0))
}

/// Asks one checker. Its panic is a defect of the checker, and no news about the system.
pub fn ask(checker: &dyn Checker, record: &Record, budget: Budget) -> CheckResult {
    guard(checker.name(), || checker.check(record, budget))
}

/// Lets somebody judge who may panic.
pub fn guard(name: &str, judge: impl FnOnce() -> CheckResult) -> CheckResult {
    catch_unwind(AssertUnwindSafe(judge)).unwrap_or_else(|panic| CheckResult {
        verdict: Verdict::Unknown,
        summary: format!("the checker {name} broke down: {}", message(panic.as_ref())),
        counts: BTreeMap::from([(BREAKDOWNS.to_owned(), 1)]),
        ..CheckResult::default()
    })
}

/// What a panic says.
pub fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "it did not say why".into())
}
