//! What became of each element that was put into a queue, told by all that were taken out.
//!
//! Of a queue that is linearizable none of these can happen, whatever the outcome of what nobody knows. (The other way round it is not so:
//! linearizability says more.) It takes O(n log n), also where that has to search, and names what has gone wrong:
//! - *duplicated*: an element is taken more often than it may have been put in;
//! - *unexpected*: an element is taken that nobody had begun to put in;
//! - *lost*: an element was certainly in, a take called after that found the queue empty, and nobody ever had it. A take of unknown outcome
//!   may have had one, if it was called before that empty answer came. It excuses one element only: of `k` missing elements whose
//!   queues were found empty by some moment, at least `k − u` are lost if `u` takes of unknown outcome were called by then (Hall's condition,
//!   where those that are open at some moment are a part of those open later);
//! - *out of order*: one was certainly in before another was put in, and was taken after it.
//!
//! Elements that may have been put in twice are left out where their order, or their loss, is asked for. How many were taken only after
//! the queue had been found empty is counted (*late*).

use super::explain::time;
use super::linearizability::key_of;
use super::values::value_text;
use super::{Budget, CheckResult, Checker, Record, Violation, Witness, WitnessOperation, WitnessOrder};
use crate::history::{EventIndex, Operation, Outcome};
use rustc_hash::FxHashMap;
use serde_json::Value;
use std::collections::BTreeMap;

/// Counts the elements of queues: `enqueue` with the value `[key, element]`, and `dequeue`, answered by `[key, element]`, or nil if
/// the queue is empty.
#[derive(Clone, Copy, Debug, Default)]
pub struct TotalQueue;

/// Who put an element in, or may have, and who took it.
#[derive(Default)]
struct Life<'a> {
    put: Vec<&'a Operation>,
    taken: Vec<&'a Operation>,
}

/// An element that was put in once at most, and taken once at most.
#[derive(Clone, Copy)]
struct Single<'a> {
    element: &'a Value,
    put: &'a Operation,
    taken: Option<&'a Operation>,
}

/// What became of the elements of all queues.
#[derive(Default)]
struct Sum {
    elements: u64,
    taken: u64,
    late: u64,
    lost: u64,
    duplicated: u64,
    unexpected: u64,
    out_of_order: u64,
    violations: Vec<Violation>,
}

impl Checker for TotalQueue {
    fn name(&self) -> &'static str {
        "total-queue"
    }

    fn summary(&self) -> &'static str {
        "no element of a queue is lost, duplicated, made up or taken out of order"
    }

    fn check(&self, record: &Record, _budget: Budget) -> CheckResult {
        let mut keys: BTreeMap<String, Vec<&Operation>> = BTreeMap::new();
        for operation in &record.operations {
            if !["enqueue", "dequeue"].contains(&operation.f.as_str()) {
                let (call, f) = (operation.call, &operation.f);
                return CheckResult::unfit(format!("event {call}: `{f}` is not an enqueue or a dequeue"));
            }
            keys.entry(key_of(operation)).or_default().push(operation);
        }
        let mut sum = Sum::default();
        for (key, operations) in &keys {
            sum.count(key, operations);
        }
        let Sum { elements, taken, late, lost, duplicated, unexpected, out_of_order, violations } = sum;
        let counts = [
            ("elements", elements),
            ("taken", taken),
            ("late", late),
            ("lost", lost),
            ("duplicated", duplicated),
            ("unexpected", unexpected),
            ("out_of_order", out_of_order),
        ];
        CheckResult::of(violations, counts, || {
            format!(
                "of {elements} elements {taken} were taken, none was lost, duplicated, made up or taken out of order"
            )
        })
    }
}

impl Sum {
    /// Counts the elements of one queue.
    fn count(&mut self, key: &str, operations: &[&Operation]) {
        let (mut lives, mut empty, mut unknown) = (FxHashMap::<&Value, Life<'_>>::default(), Vec::new(), Vec::new());
        for &operation in operations {
            match (operation.f.as_str(), operation.outcome) {
                (_, Outcome::Fail) => {}
                ("enqueue", _) => lives.entry(&operation.input[1]).or_default().put.push(operation),
                (_, Outcome::Info) => unknown.push(operation.call),
                _ if operation.output[1].is_null() => empty.push(operation),
                _ => lives.entry(&operation.output[1]).or_default().taken.push(operation),
            }
        }
        let mut singles = Vec::new();
        let mut lives: Vec<(&Value, Life<'_>)> = lives.into_iter().collect();
        lives
            .sort_unstable_by_key(|(_, life)| life.put.iter().chain(&life.taken).map(|operation| operation.call).min());
        for (element, Life { put, taken }) in lives {
            self.elements += u64::from(!put.is_empty());
            self.taken += taken.len() as u64;
            let is_made_up = |taken: &&&Operation| put.iter().all(|put| returned(taken) < put.call);
            if let Some(taken) = taken.iter().find(is_made_up) {
                self.unexpected += 1;
                self.violations.push(unexpected(key, element, put.first().copied(), taken));
            } else if taken.len() > put.len() {
                self.duplicated += 1;
                self.violations.push(duplicated(key, element, &put, &taken));
            } else if let [put] = put[..] {
                singles.push(Single { element, put, taken: taken.first().copied() });
            }
        }
        self.order(key, &singles);
        self.losses(key, &singles, &empty, &unknown);
    }

    /// Who was taken after one that was put in later.
    fn order(&mut self, key: &str, singles: &[Single<'_>]) {
        let mut by_call: Vec<_> = singles.iter().filter_map(|single| Some((single.taken?, single))).collect();
        let mut by_return = by_call.clone();
        by_call.sort_unstable_by_key(|(taken, _)| taken.call);
        by_return.sort_unstable_by_key(|(taken, _)| returned(taken));
        let mut over = by_return.into_iter().peekable();
        // Of those that were taken by then, the one that was put in last.
        let mut last: Option<&Single<'_>> = None;
        for (taken, single) in by_call {
            while let Some((_, other)) = over.next_if(|(other, _)| returned(other) < taken.call) {
                last = last.into_iter().chain([other]).max_by_key(|single| single.put.call);
            }
            if let Some(later) = last.filter(|later| returned(single.put) < later.put.call) {
                self.out_of_order += 1;
                self.violations.push(out_of_order(key, single, later));
            }
        }
    }

    /// Who was in when the queue was found empty, and was never taken.
    fn losses(&mut self, key: &str, singles: &[Single<'_>], empty: &[&Operation], unknown: &[EventIndex]) {
        // Of each that found it empty, and of those that were called later, the one that was answered first.
        let mut answered = empty.to_vec();
        for i in (1..answered.len()).rev() {
            if returned(answered[i]) < returned(answered[i - 1]) {
                answered[i - 1] = answered[i];
            }
        }
        let mut missing = Vec::new();
        for single in singles {
            let after = empty.partition_point(|empty| empty.call < returned(single.put));
            let Some(&found) = answered.get(after) else { continue };
            match single.taken {
                None => missing.push((found, single)),
                Some(taken) => self.late += u64::from(returned(found) < taken.call),
            }
        }
        missing.sort_unstable_by_key(|(found, single)| (returned(found), single.put.call));
        let mut excused = 0;
        for (found, single) in missing {
            let open = unknown.partition_point(|call| *call < returned(found));
            if excused < open {
                excused += 1;
            } else {
                self.lost += 1;
                self.violations.push(lost(key, single, found, open));
            }
        }
    }
}

/// When an operation was over.
fn returned(operation: &Operation) -> EventIndex {
    operation.ret.filter(|_| operation.outcome == Outcome::Ok).unwrap_or(EventIndex::MAX)
}

/// An operation as evidence.
fn witness(operation: &Operation) -> WitnessOperation {
    let text = match (operation.f.as_str(), operation.outcome) {
        ("enqueue", _) => format!("enqueue {}", value_text(&operation.input[1])),
        (_, Outcome::Ok) => format!("dequeue → {}", value_text(&operation.output[1])),
        _ => "dequeue".to_owned(),
    };
    WitnessOperation::of(operation, text)
}

/// When an operation was called, in words.
fn called_at(operation: &Operation) -> String {
    time(operation.call_time)
}

/// When it was over, in words.
fn over_at(operation: &Operation) -> String {
    time(operation.end_time.unwrap_or(operation.call_time))
}

fn unexpected(key: &str, element: &Value, put: Option<&Operation>, taken: &Operation) -> Violation {
    let text = value_text(element);
    let summary = format!("process {} took {text} from `{key}`, which nobody had put in", taken.process);
    let first = put.map_or_else(
        || format!("No operation puts {text} in."),
        |put| format!("The first to put {text} in is process {}, from {} on.", put.process, called_at(put)),
    );
    let explanation = vec![format!("Process {} had {text} at {}.", taken.process, over_at(taken)), first];
    accuse("Unexpected Element", key, summary, explanation, put.into_iter().chain([taken]))
}

fn duplicated(key: &str, element: &Value, put: &[&Operation], taken: &[&Operation]) -> Violation {
    let (text, times) = (value_text(element), taken.len());
    let summary = format!("element {text} of `{key}` was taken {times} times");
    let mut explanation: Vec<String> =
        taken.iter().map(|taken| format!("Process {} had {text} at {}.", taken.process, over_at(taken))).collect();
    explanation.push(format!(
        "It was put in {} at most.",
        if put.len() == 1 { "once".into() } else { format!("{} times", put.len()) }
    ));
    accuse("Duplicated Element", key, summary, explanation, put.iter().chain(taken).copied())
}

fn out_of_order(key: &str, single: &Single<'_>, later: &Single<'_>) -> Violation {
    let [text, other] = [single, later].map(|single| value_text(single.element));
    let summary = format!("{other} was put into `{key}` after {text}, and taken before it");
    let explanation = vec![
        format!(
            "{text} was in at {}, before {other} began to be put in at {}.",
            over_at(single.put),
            called_at(later.put)
        ),
        match (single.taken, later.taken) {
            (Some(last), Some(first)) => {
                format!(
                    "{other} was taken by {}, before {text} began to be taken at {}.",
                    over_at(first),
                    called_at(last)
                )
            }
            _ => String::new(),
        },
    ];
    let operations = [Some(single.put), Some(later.put), later.taken, single.taken];
    accuse("First In First Out", key, summary, explanation, operations.into_iter().flatten())
}

fn lost(key: &str, single: &Single<'_>, found: &Operation, unknown: usize) -> Violation {
    let text = value_text(single.element);
    let [put, at] = [over_at(single.put), called_at(found)];
    let summary = format!("element {text} of `{key}` was in at {put}, the queue was empty at {at}, and nobody took it");
    let mut explanation = vec![
        format!("Process {} had put {text} in by {put}.", single.put.process),
        format!("Process {} asked at {at}, and found the queue empty; nobody was ever given {text}.", found.process),
    ];
    if unknown > 0 {
        explanation.push(format!(
            "The {unknown} takes of unknown outcome that had been called by then can have had one element each, and as many others are missing."
        ));
    }
    accuse("Lost Element", key, summary, explanation, [single.put, found].into_iter())
}

fn accuse<'a>(
    property: &str,
    key: &str,
    summary: String,
    explanation: Vec<String>,
    operations: impl Iterator<Item = &'a Operation>,
) -> Violation {
    let operations: Vec<&Operation> = operations.collect();
    let time = operations.iter().filter_map(|operation| operation.end_time).max();
    let mut operations: Vec<WitnessOperation> = operations.into_iter().map(witness).collect();
    operations.sort_by_key(|operation| operation.index);
    let (key, initial) = (key.to_owned(), "[]".to_owned());
    let (context, order) = (Vec::new(), WitnessOrder::default());
    let witness = Witness::Operations { key, initial, minimal: true, operations, context, order };
    Violation { property: property.to_owned(), summary, explanation, time, witness }
}
