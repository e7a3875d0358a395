//! Fencing tokens: who holds a lock later has a greater one, and nothing is accepted under an older token after a newer one.
//!
//! - of two draws of which one was over before the other began, the later gets the greater token, and no two get the same;
//! - the same holds for tokens of accepted writes, save that a holder may write several times;
//! - the list of what was accepted, wherever it was read, is in the order of its tokens;
//! - who releases a lock that it has acquired finds it there.
//!
//! An operation of unknown outcome accuses nobody. That writes under two locks at a time can be told apart needs nothing more: each
//! lock has a counter and a list of its own.

use super::{ACQUIRE, APPEND, DRAW, READ, RELEASE, token};
use harness::{
    checker::{Budget, CheckResult, Checker, Record, Violation, Witness, WitnessOperation, WitnessOrder},
    history::{Operation, Outcome},
};
use std::collections::BTreeMap;

/// Judges tokens, and what was written under them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Fencing;

impl Checker for Fencing {
    fn name(&self) -> &'static str {
        "fencing"
    }

    fn summary(&self) -> &'static str {
        "fencing tokens grow, and nothing is accepted under an older token after a newer one"
    }

    fn check(&self, record: &Record, _budget: Budget) -> CheckResult {
        let mut keys = BTreeMap::<&str, Vec<&Operation>>::new();
        for operation in &record.operations {
            if let Some(key) = operation.input[0].as_str() {
                keys.entry(key).or_default().push(operation);
            }
        }
        let number = |f: &str| {
            let is_done = |operation: &&Operation| operation.f == f && operation.outcome == Outcome::Ok;
            record.operations.iter().filter(is_done).count() as u64
        };
        let (tokens, writes) = (number(DRAW), number(APPEND));
        let violations = keys.iter().flat_map(|(key, operations)| of_lock(key, operations)).collect();
        let counts = [("locks", keys.len() as u64), ("tokens", tokens), ("writes", writes)];
        CheckResult::of(violations, counts, || {
            format!("{tokens} tokens of {} locks grew, and {writes} writes came in their order", keys.len())
        })
    }
}

fn of_lock(key: &str, operations: &[&Operation]) -> Vec<Violation> {
    let done = |f: &'static str| {
        operations.iter().copied().filter(move |operation| operation.f == f && operation.outcome == Outcome::Ok)
    };
    let draws: Vec<(&Operation, i64)> = done(DRAW).filter_map(|draw| Some((draw, draw.output[1].as_i64()?))).collect();
    let writes: Vec<(&Operation, i64)> =
        done(APPEND).filter_map(|write| Some((write, token(&write.input[1])?))).collect();
    let mut violations = Vec::new();
    violations.extend(older_after_newer(&draws, false).map(|pair| accuse_pair(key, "Fencing Tokens Grow", pair)));
    violations.extend(older_after_newer(&writes, true).map(|pair| accuse_pair(key, "Fenced Writes", pair)));
    violations.extend(done(READ).filter_map(|read| out_of_order(key, read, operations)));
    // Who holds what, in the order of events of each process.
    let mut acquired = BTreeMap::new();
    for operation in operations {
        match (operation.f.as_str(), operation.outcome) {
            (ACQUIRE, Outcome::Ok) => drop(acquired.insert(operation.process, *operation)),
            (RELEASE, Outcome::Ok) => drop(acquired.remove(&operation.process)),
            (RELEASE, Outcome::Fail) if operation.found.is_some() => {
                violations.extend(acquired.remove(&operation.process).map(|taken| lost(key, taken, operation)));
            }
            _ => {}
        }
    }
    violations
}

/// An operation with its token, which was over, and a later one with an older token.
type Pair<'a> = [(&'a Operation, i64); 2];

/// For each operation the one with the greatest token that was over before it began, if that token is newer, or the same where
/// that `may_repeat` not.
fn older_after_newer<'a>(tokens: &[(&'a Operation, i64)], may_repeat: bool) -> impl Iterator<Item = Pair<'a>> {
    let mut over = tokens.to_vec();
    over.sort_by_key(|(operation, _)| operation.ret);
    let mut over = over.into_iter().peekable();
    let mut newest: Option<(&Operation, i64)> = None;
    let later = tokens.iter().filter_map(move |later| {
        while let Some(earlier) = over.next_if(|(earlier, _)| earlier.ret.is_some_and(|ret| ret < later.0.call)) {
            newest = newest.filter(|(_, token)| *token >= earlier.1).or(Some(earlier));
        }
        let is_wrong = |(_, token): &(&Operation, i64)| *token > later.1 || (*token == later.1 && !may_repeat);
        newest.filter(is_wrong).map(|newest| [newest, *later])
    });
    later.collect::<Vec<_>>().into_iter()
}

/// A list in which something stands behind what was written under a newer token.
fn out_of_order(key: &str, read: &Operation, operations: &[&Operation]) -> Option<Violation> {
    let elements = read.output[1].as_array()?;
    let pair = elements.windows(2).find(|pair| token(&pair[1]) < token(&pair[0]))?;
    let writes = operations.iter().filter(|operation| operation.f == APPEND && pair.contains(&operation.input[1]));
    let witnesses: Vec<WitnessOperation> =
        writes.copied().chain([read]).map(|operation| WitnessOperation::of(operation, text(operation))).collect();
    let summary = format!("{key}: {} was accepted after {}, which was written under a newer token", pair[1], pair[0]);
    let explanation = vec![
        format!("Process {} read what was accepted, in this order: {}.", read.process, read.output[1]),
        format!("{} stands behind {}, but its token is older.", pair[1], pair[0]),
    ];
    Some(accuse(key, "Fenced Writes", summary, explanation, read, witnesses))
}

fn accuse_pair(key: &str, property: &str, [(earlier, newer), (later, older)]: Pair<'_>) -> Violation {
    let (first, second) = (earlier.process, later.process);
    let (said, has) = if later.f == DRAW { ("drew", "had drawn") } else { ("wrote under", "had written under") };
    let summary = format!("{key}: process {second} {said} the token {older} after process {first} {has} {newer}");
    let explanation = vec![
        format!("Process {first} {has} the token {newer}, and that was over before process {second} began."),
        "Later holders of a lock have greater tokens.".to_owned(),
    ];
    let witnesses = [earlier, later].map(|operation| WitnessOperation::of(operation, text(operation))).into();
    accuse(key, property, summary, explanation, later, witnesses)
}

fn lost(key: &str, taken: &Operation, release: &Operation) -> Violation {
    let process = taken.process;
    let summary = format!("{key}: process {process} held the lock, and it was gone when it was to be released");
    let explanation = vec!["Nobody deletes a lock but who holds it.".to_owned()];
    let witnesses = [taken, release].map(|operation| WitnessOperation::of(operation, text(operation))).into();
    accuse(key, "Held until Released", summary, explanation, release, witnesses)
}

fn text(operation: &Operation) -> String {
    match operation.f.as_str() {
        DRAW | READ => format!("{} → {}", operation.f, operation.output[1]),
        APPEND => format!("append {}", operation.input[1]),
        RELEASE if operation.found.is_some() => "release of what was not held".to_owned(),
        f => f.to_owned(),
    }
}

fn accuse(
    key: &str,
    property: &str,
    summary: String,
    explanation: Vec<String>,
    last: &Operation,
    operations: Vec<WitnessOperation>,
) -> Violation {
    let (key, initial) = (key.to_owned(), "free".to_owned());
    let (context, order) = (Vec::new(), WitnessOrder::default());
    let witness = Witness::Operations { key, initial, minimal: true, operations, context, order };
    Violation { property: property.to_owned(), summary, explanation, time: last.end_time, witness }
}
