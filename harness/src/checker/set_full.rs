//! What became of each element that was added to a set, told by all reads of the whole set.
//!
//! An element is *known* from the moment at which its addition is acknowledged, or a read has seen it, whichever comes first. By the
//! reads that were called after that it is
//! - *lost*, if the last of them does not show it;
//! - *stale*, if the last shows it, and an earlier one did not: it was there, and yet it took so long to be seen;
//! - *never read*, if there is none. Its addition may have happened or not; nobody looked.
//!
//! An element that one read shows twice is *duplicated*: no set has it so. Elements that are lost or duplicated are violations; how stale
//! others are is measured, for that depends on what reads promise.

use super::explain::time;
use super::linearizability::key_of;
use super::values::value_text;
use super::{Budget, CheckResult, Checker, Record, Violation, Witness, WitnessOperation, WitnessOrder};
use crate::history::{EventIndex, Operation, Outcome};
use rustc_hash::FxHashSet;
use serde_json::Value;
use std::collections::BTreeMap;

/// Counts the elements of sets: `add` with the value `[key, element]`, and `read`, answered by `[key, elements]`.
#[derive(Clone, Copy, Debug, Default)]
pub struct SetFull;

/// A read that was answered.
struct Read<'a> {
    operation: &'a Operation,
    elements: FxHashSet<&'a Value>,
}

/// What became of the elements of all sets.
#[derive(Default)]
struct Sum {
    elements: u64,
    lost: Vec<u64>,
    stale: Vec<u64>,
    never_read: u64,
    duplicated: u64,
    violations: Vec<Violation>,
}

impl Checker for SetFull {
    fn name(&self) -> &'static str {
        "set-full"
    }

    fn summary(&self) -> &'static str {
        "no element that was added is lost, and none is there twice"
    }

    fn check(&self, record: &Record, _budget: Budget) -> CheckResult {
        let mut keys: BTreeMap<String, Vec<&Operation>> = BTreeMap::new();
        for operation in &record.operations {
            if !["add", "read"].contains(&operation.f.as_str()) {
                let (call, f) = (operation.call, &operation.f);
                return CheckResult::unfit(format!("event {call}: `{f}` is not an add or a read of a set"));
            }
            keys.entry(key_of(operation)).or_default().push(operation);
        }
        let mut sum = Sum::default();
        for (key, operations) in &keys {
            sum.count(key, operations);
        }
        let most = |times: &[u64]| times.iter().max().copied().unwrap_or_default() / 1_000;
        let Sum { elements, lost, stale, never_read, duplicated, violations } = sum;
        let counts = [
            ("elements", elements),
            ("lost", lost.len() as u64),
            ("lost_us_max", most(&lost)),
            ("stale", stale.len() as u64),
            ("stale_us_max", most(&stale)),
            ("never_read", never_read),
            ("duplicated", duplicated),
        ];
        CheckResult::of(violations, counts, || {
            let stale = stale.len();
            format!(
                "of {elements} elements none was lost or duplicated; {stale} were seen late, {never_read} never read"
            )
        })
    }
}

impl Sum {
    fn count(&mut self, key: &str, operations: &[&Operation]) {
        let mut reads = Vec::new();
        for operation in operations.iter().filter(|read| read.f == "read" && read.outcome == Outcome::Ok) {
            let Some(list) = operation.output[1].as_array() else { continue };
            let mut elements = FxHashSet::default();
            for element in list.iter().filter(|element| !elements.insert(*element)).collect::<Vec<_>>() {
                self.duplicated += 1;
                self.violations.push(duplicated(key, element, operation));
            }
            reads.push(Read { operation, elements });
        }
        for add in operations.iter().filter(|add| add.f == "add" && add.outcome != Outcome::Fail) {
            self.elements += 1;
            self.follow(key, add, &reads);
        }
    }

    /// Follows an element through the reads, which are in the order of their calls.
    fn follow(&mut self, key: &str, add: &Operation, reads: &[Read<'_>]) {
        let element = &add.input[1];
        let shows = |read: &&Read<'_>| read.elements.contains(element);
        let tell = reads.iter().filter(shows).map(|read| read.operation).chain([add]);
        let told = tell.filter(|operation| operation.outcome == Outcome::Ok);
        let Some(known) = told.min_by_key(|operation| operation.ret.unwrap_or(EventIndex::MAX)) else {
            self.never_read += 1;
            return;
        };
        let since = known.ret.unwrap_or(EventIndex::MAX);
        let mut later = reads.iter().filter(|read| read.operation.call > since).peekable();
        if later.peek().is_none() && !reads.iter().any(|read| shows(&read)) {
            self.never_read += 1;
            return;
        }
        let Some(absent) = later.rfind(|read| !shows(read)) else { return };
        let known_at = known.end_time.unwrap_or_default();
        let waited = absent.operation.call_time.saturating_sub(known_at);
        if reads.iter().any(|read| read.operation.call > absent.operation.call && shows(&read)) {
            self.stale.push(waited);
        } else {
            self.lost.push(waited);
            self.violations.push(lost(key, element, known, absent.operation));
        }
    }
}

fn lost(key: &str, element: &Value, known: &Operation, absent: &Operation) -> Violation {
    let text = value_text(element);
    let [told, asked] = [known.end_time.unwrap_or_default(), absent.call_time].map(time);
    let summary = format!("element {text} of `{key}` was there at {told}, and the read at {asked} does not show it");
    let explanation = vec![
        format!("Process {} knew of {text} at {told}.", known.process),
        format!(
            "Process {} asked for all elements at {asked}, and {text} is not among them, nor in any later read.",
            absent.process
        ),
    ];
    let witness = |operation: &Operation| {
        let text = match (operation.f.as_str(), std::ptr::eq(operation, absent)) {
            ("add", _) => format!("add {text}"),
            (_, true) => format!("read without {text}"),
            _ => format!("read with {text}"),
        };
        WitnessOperation::of(operation, text)
    };
    accuse("Lost Element", key, summary, explanation, absent, vec![witness(known), witness(absent)])
}

fn duplicated(key: &str, element: &Value, read: &Operation) -> Violation {
    let text = value_text(element);
    let summary = format!("process {} read element {text} of `{key}` twice", read.process);
    let explanation = vec!["A set has an element once.".to_owned()];
    let witness = vec![WitnessOperation::of(read, format!("read with {text} and {text}"))];
    accuse("Duplicated Element", key, summary, explanation, read, witness)
}

fn accuse(
    property: &str,
    key: &str,
    summary: String,
    explanation: Vec<String>,
    last: &Operation,
    operations: Vec<WitnessOperation>,
) -> Violation {
    let (key, initial) = (key.to_owned(), "{}".to_owned());
    let (context, order) = (Vec::new(), WitnessOrder::default());
    let witness = Witness::Operations { key, initial, minimal: true, operations, context, order };
    Violation { property: property.to_owned(), summary, explanation, time: last.end_time, witness }
}
