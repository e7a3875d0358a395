//! Long fork: two reads see two writes in opposite orders, as if there were two pasts (Sovran, Power, Aguilera and Li, "Transactional
//! storage for geo-replicated systems", 2011, who name what parallel snapshot isolation allows and snapshot isolation forbids).
//!
//! Each key is written at most once, and the keys of a group are read at once. So of two reads of a group one has seen all that
//! the other has: what one read has seen and another has not was written later than what that one has seen. Real time has no say in it: a
//! read may be as stale as it likes.
//!
//! **Answer.** Ordered by how much they saw, the reads of a group are a chain exactly if each has seen all that the one before it
//! has. If one has not, these two are the fork: the later has seen as much at least, and so something that the earlier has not.

use super::explain::time;
use super::values::value_text;
use super::{Budget, CheckResult, Checker, Record, Violation, Witness, WitnessOperation, WitnessOrder};
use crate::history::{Operation, Outcome};
use serde_json::Value;
use std::collections::BTreeMap;

/// Judges reads of groups of keys.
///
/// Operations are `write` with the value `[["w", key, value]]`, and `read` with `[["r", key, null], …]`, answered by the same with
/// what was seen.
#[derive(Clone, Copy, Debug, Default)]
pub struct LongFork;

/// What a read saw: its keys, each with its value.
#[derive(Clone, Debug)]
struct Read<'a> {
    operation: &'a Operation,
    values: BTreeMap<String, &'a Value>,
}

impl Read<'_> {
    fn seen(&self) -> impl Iterator<Item = &String> {
        self.values.iter().filter(|(_, value)| !value.is_null()).map(|(key, _)| key)
    }

    /// A key that this read has seen written, and the other has not.
    fn beyond(&self, other: &Read<'_>) -> Option<&String> {
        self.seen().find(|key| other.values.get(*key).is_none_or(|value| value.is_null()))
    }

    /// `k1 = 7, k2 = nil`
    fn text(&self) -> String {
        let values = self.values.iter().map(|(key, value)| format!("{key} = {}", value_text(value)));
        format!("read {}", values.collect::<Vec<_>>().join(", "))
    }
}

impl Checker for LongFork {
    fn name(&self) -> &'static str {
        "long-fork"
    }

    fn summary(&self) -> &'static str {
        "no two reads of a group of keys see two writes in opposite orders"
    }

    fn check(&self, record: &Record, _budget: Budget) -> CheckResult {
        let (reads, writes) = match parts(&record.operations) {
            Ok(parts) => parts,
            Err(reason) => return CheckResult::unfit(reason),
        };
        let count = reads.len() as u64;
        let is_telling = |read: &&Read<'_>| (1..read.values.len()).contains(&read.seen().count());
        let telling = reads.iter().filter(is_telling).count() as u64;
        let mut groups: BTreeMap<Vec<String>, Vec<Read<'_>>> = BTreeMap::new();
        for read in reads {
            groups.entry(read.values.keys().cloned().collect()).or_default().push(read);
        }
        let counts = [("groups", groups.len() as u64), ("reads", count), ("telling_reads", telling)];
        let mut violations = Vec::new();
        for mut reads in groups.into_values() {
            reads.sort_by_key(|read| (read.seen().count(), read.operation.call));
            let forks = reads.windows(2).filter_map(|pair| accuse(&pair[0], &pair[1], &writes));
            violations.extend(forks);
        }
        CheckResult::of(violations, counts, || {
            format!("no fork in {count} reads, of which {telling} saw some writes of their group and not others")
        })
    }
}

/// The reads that were answered, and the writes that may have happened, by their keys.
type Parts<'a> = (Vec<Read<'a>>, BTreeMap<String, &'a Operation>);

/// # Errors
/// A sentence about what is no such operation, or a key that has two values.
fn parts(operations: &[Operation]) -> Result<Parts<'_>, String> {
    let (mut reads, mut writes) = (Vec::new(), BTreeMap::new());
    let mut values: BTreeMap<String, &Value> = BTreeMap::new();
    for operation in operations.iter().filter(|operation| operation.outcome != Outcome::Fail) {
        let (call, f) = (operation.call, &operation.f);
        let wrong = || format!("event {call}: `{f}` is not a write of [[w key value]] or a read of [[r key nil] …]");
        let is_read = match f.as_str() {
            "read" if operation.outcome == Outcome::Info => continue,
            "read" => true,
            "write" => false,
            _ => return Err(wrong()),
        };
        let steps = steps(if is_read { &operation.output } else { &operation.input }).ok_or_else(wrong)?;
        for (key, value) in steps.iter().filter(|(_, value)| !value.is_null()) {
            if values.insert(key.clone(), value).is_some_and(|other| other != *value) {
                return Err(format!(
                    "event {call}: key {key} has another value than before, and may be written once only"
                ));
            }
            if !is_read && writes.insert(key.clone(), operation).is_some() {
                return Err(format!("event {call}: key {key} is written again, and may be written once only"));
            }
        }
        if is_read {
            reads.push(Read { operation, values: steps.into_iter().collect() });
        }
    }
    let is_written = |key: &&String| writes.is_empty() || writes.contains_key(*key);
    match values.keys().find(|key| !is_written(key)) {
        Some(key) => Err(format!("key {key} was seen with the value {}, which nobody has written", values[key])),
        None => Ok((reads, writes)),
    }
}

/// The keys with their values, whether or not the whole stands behind a key of its own.
fn steps<'a>(value: &'a Value) -> Option<Vec<(String, &'a Value)>> {
    let of = |value: &'a Value| -> Option<Vec<(String, &'a Value)>> { value.as_array()?.iter().map(step).collect() };
    of(value).or_else(|| of(value.as_array()?.get(1)?))
}

/// `["r", key, value]`
fn step(step: &Value) -> Option<(String, &Value)> {
    match step.as_array()?.as_slice() {
        [f, key, value] if f.is_string() => Some((key.as_str().map_or_else(|| key.to_string(), str::to_owned), value)),
        _ => None,
    }
}

fn accuse(one: &Read<'_>, other: &Read<'_>, writes: &BTreeMap<String, &Operation>) -> Option<Violation> {
    let (first, second) = (one.beyond(other)?, other.beyond(one)?);
    let (mine, theirs) = (one.operation.process, other.operation.process);
    let ended = |read: &Read<'_>| time(read.operation.end_time.unwrap_or(read.operation.call_time));
    let write = |key: &String| {
        let operation = writes.get(key)?;
        let (_, value) = steps(&operation.input)?.into_iter().find(|(written, _)| written == key)?;
        Some(WitnessOperation::of(operation, format!("write {key} = {}", value_text(value))))
    };
    let reads = [one, other].map(|read| WitnessOperation::of(read.operation, read.text()));
    let mut operations: Vec<WitnessOperation> = [first, second].into_iter().filter_map(write).chain(reads).collect();
    operations.sort_by_key(|operation| operation.index);
    Some(Violation {
        property: "Long Fork".to_owned(),
        summary: format!(
            "process {mine} saw `{first}` written and `{second}` not, at {}, and process {theirs} saw it the other way \
             round, at {}",
            ended(one),
            ended(other),
        ),
        explanation: vec![
            format!("Process {mine} {}: so `{first}` was written before `{second}`.", one.text()),
            format!("Process {theirs} {}: so `{second}` was written before `{first}`.", other.text()),
            "Each key is written once at most, so that no later write can explain it.".to_owned(),
        ],
        time: one.operation.end_time.max(other.operation.end_time),
        witness: Witness::Operations {
            key: format!("{first}, {second}"),
            initial: "nil".to_owned(),
            minimal: true,
            operations,
            context: Vec::new(),
            order: WitnessOrder::default(),
        },
    })
}
