//! Linearizability (Herlihy and Wing 1990): there is one order of all operations, each between its invocation and its
//! completion, in which every answer is the one that a single object would have given.
//!
//! The property is local: a history is linearizable exactly if the part of it on each key is (their Theorem 1). So every
//! key is judged by itself, and the caller may judge several at once: [`Linearizability::partition`],
//! [`Linearizability::check_key`] for each key, [`combine`]. Every verdict is certified: see [`super::decision`].

use super::cas_register::keyed;
use super::decision::{Decision, decide};
use super::explain::explain;
use super::model::{Deed, Object};
use super::objects::Kind;
use super::search::{Entry, NEVER};
use super::values::value_text;
use super::{Budget, CheckResult, Checker, Record, Verdict, Violation};
use crate::history::{ONLY_KEY, Operation, Outcome};
use crate::parallel;
use serde_json::Value;
use std::collections::BTreeMap;

/// How many violations are kept in full.
const VIOLATIONS_MAX: usize = 20;

/// The count under which a checker says how often it contradicted itself: that is trouble of ours, and no verdict.
pub const CONTRADICTIONS: &str = "contradictions";

/// The count under which it says how many keys have operations that are none of the model's.
pub const UNFIT: &str = "keys_unfit";

/// Judges objects of one kind, by default registers with read, write and compare-and-set.
#[derive(Clone, Debug, Default)]
pub struct Linearizability {
    /// What every key holds at first; `Null` is "no value", or an empty object.
    pub initial: Value,
    /// What there is behind every key.
    pub kind: Kind,
}

/// What came of one key.
#[derive(Clone, Debug, PartialEq)]
pub enum KeyVerdict {
    /// There is an order.
    Linearizable {
        /// Search steps taken.
        steps: u64,
    },
    /// There is none.
    Violated {
        /// Why.
        violation: Box<Violation>,
        /// Search steps taken.
        steps: u64,
    },
    /// Not decided.
    Unknown {
        /// How far it came, and what would help.
        reason: String,
        /// Search steps taken.
        steps: u64,
    },
    /// Not judged: some operation is none of this kind of object, or the object cannot begin as it should.
    Unfit {
        /// What is wrong.
        reason: String,
    },
    /// The checker contradicts itself.
    Contradiction {
        /// In which way.
        reason: String,
        /// Search steps taken.
        steps: u64,
    },
}

impl KeyVerdict {
    fn steps(&self) -> u64 {
        match self {
            KeyVerdict::Linearizable { steps }
            | KeyVerdict::Violated { steps, .. }
            | KeyVerdict::Unknown { steps, .. }
            | KeyVerdict::Contradiction { steps, .. } => *steps,
            KeyVerdict::Unfit { .. } => 0,
        }
    }

    fn add_steps(&mut self, more: u64) {
        match self {
            KeyVerdict::Linearizable { steps }
            | KeyVerdict::Violated { steps, .. }
            | KeyVerdict::Unknown { steps, .. }
            | KeyVerdict::Contradiction { steps, .. } => *steps += more,
            KeyVerdict::Unfit { .. } => {}
        }
    }
}

/// The key of an operation as text.
pub(super) fn key_of(operation: &Operation) -> String {
    let key = keyed(&operation.input).map(|(key, _)| key);
    key.map_or_else(String::new, |key| key.as_str().map_or_else(|| value_text(key), str::to_owned))
}

/// Judges the operations of one register that holds nothing at first.
pub fn check_key<'a>(operations: impl IntoIterator<Item = &'a Operation>, budget: Budget) -> KeyVerdict {
    Linearizability::default().check_key(operations, budget)
}

impl Linearizability {
    /// The operations of each key, in their order, by the key as text.
    ///
    /// # Errors
    /// A sentence about an operation that has no key.
    pub fn partition<'a>(&self, operations: &'a [Operation]) -> Result<BTreeMap<String, Vec<&'a Operation>>, String> {
        let mut keys: BTreeMap<String, Vec<&Operation>> = BTreeMap::new();
        if !self.kind.has_keys() {
            keys.insert(ONLY_KEY.to_owned(), operations.iter().collect());
            return Ok(keys);
        }
        for operation in operations {
            let (key, _) = keyed(&operation.input)
                .ok_or_else(|| format!("event {}: `{}` does not have a value [key, …]", operation.call, operation.f))?;
            match key.as_str().and_then(|text| keys.get_mut(text)) {
                Some(operations) => operations.push(operation),
                None => keys.entry(key_of(operation)).or_default().push(operation),
            }
        }
        Ok(keys)
    }

    /// Judges the operations of one key, given in order of invocation.
    pub fn check_key<'a>(&self, operations: impl IntoIterator<Item = &'a Operation>, budget: Budget) -> KeyVerdict {
        let operations: Vec<&Operation> = operations.into_iter().collect();
        self.kind.judge(&self.initial, &operations, budget)
    }
}

/// Judges the operations on one object, given in order of invocation.
pub(super) fn judge<O: Object>(initial: &Value, operations: &[&Operation], budget: Budget) -> KeyVerdict {
    let history = match History::<O>::new(initial, operations) {
        Ok(history) => history,
        Err(reason) => return KeyVerdict::Unfit { reason },
    };
    let (decision, steps) = decide(&history.model, &history.entries, budget);
    match decision {
        Decision::Linearizable => KeyVerdict::Linearizable { steps },
        Decision::Violated { core, at } => {
            KeyVerdict::Violated { violation: Box::new(explain(&history, operations, &core, at)), steps }
        }
        Decision::Undecided { reason } => KeyVerdict::Unknown { reason, steps },
        Decision::Contradiction { reason } => KeyVerdict::Contradiction { reason, steps },
    }
}

/// The operations on one object that say something.
pub(super) struct History<O: Object> {
    pub model: O,
    pub entries: Vec<Entry<O::Op>>,
    /// The position of each entry's operation.
    pub sources: Vec<usize>,
}

impl<O: Object> History<O> {
    fn new(initial: &Value, operations: &[&Operation]) -> Result<History<O>, String> {
        let mut history = History { model: O::new(initial)?, entries: Vec::new(), sources: Vec::new() };
        for (position, operation) in operations.iter().enumerate() {
            if let Some(entry) = entry(&mut history.model, operation)? {
                history.entries.push(entry);
                history.sources.push(position);
            }
        }
        Ok(history)
    }
}

/// What an operation says of its object; `None` if it says nothing.
///
/// # Errors
/// A sentence that says why this is not an operation on such an object.
pub fn entry<O: Object>(object: &mut O, operation: &Operation) -> Result<Option<Entry<O::Op>>, String> {
    let wrong = |what: &str| format!("event {}: `{}` {what}", operation.call, operation.f);
    let is_ok = operation.outcome == Outcome::Ok;
    let (argument, answer) = if O::HAS_KEYS {
        let (key, argument) = keyed(&operation.input).ok_or_else(|| wrong("does not have a value [key, …]"))?;
        match keyed(&operation.output).filter(|_| is_ok) {
            Some((other, _)) if other != key => return Err(wrong("asked for one key and was answered for another")),
            answer => (argument, answer.map(|(_, answer)| answer)),
        }
    } else {
        (&operation.input, Some(&operation.output))
    };
    let deed = Deed { f: &operation.f, argument, outcome: operation.outcome, answer, operation };
    let Some(op) = object.op(&deed).map_err(|what| wrong(&what))? else { return Ok(None) };
    let required = operation.outcome != Outcome::Info;
    let ret = if required { operation.ret.unwrap_or(NEVER) } else { NEVER };
    Ok(Some(Entry { op, call: operation.call, ret, required }))
}

fn named(key: &str) -> String {
    if key == ONLY_KEY { "the only key".into() } else { format!("key `{key}`") }
}

/// Puts the verdicts on the keys together.
pub fn combine(verdicts: Vec<(String, KeyVerdict)>, operations: usize) -> CheckResult {
    let keys = verdicts.len();
    let steps = verdicts.iter().map(|(_, verdict)| verdict.steps()).sum();
    let (mut violations, mut undecided, mut contradictions) = (Vec::new(), Vec::new(), Vec::new());
    let mut unfit = Vec::new();
    for (key, verdict) in verdicts {
        match verdict {
            KeyVerdict::Linearizable { .. } => {}
            KeyVerdict::Violated { violation, .. } => violations.push(*violation),
            KeyVerdict::Unknown { reason, .. } => undecided.push((key, reason)),
            KeyVerdict::Unfit { reason } => unfit.push(reason),
            KeyVerdict::Contradiction { reason, .. } => contradictions.push((key, reason)),
        }
    }
    // The earliest comes first: what follows it may be a consequence.
    violations.sort_by_key(|violation| violation.time);
    let mut counts = BTreeMap::from([
        ("keys".to_owned(), keys as u64),
        ("operations".to_owned(), operations as u64),
        ("steps".to_owned(), steps),
        ("keys_violated".to_owned(), violations.len() as u64),
        ("keys_unknown".to_owned(), undecided.len() as u64),
    ]);
    if !unfit.is_empty() {
        counts.insert(UNFIT.to_owned(), unfit.len() as u64);
    }
    if !contradictions.is_empty() {
        counts.insert(CONTRADICTIONS.to_owned(), contradictions.len() as u64);
    }
    let is_unfit = contradictions.is_empty().then(|| unfit.first()).flatten();
    undecided.splice(0..0, contradictions);
    let (verdict, summary) = if let Some(first) = violations.first() {
        (Verdict::Invalid, format!("{} of {keys} keys not linearizable: {}", violations.len(), first.summary))
    } else if let Some(reason) = is_unfit {
        (Verdict::Unknown, reason.clone())
    } else if let Some((key, reason)) = undecided.first() {
        let more =
            if undecided.len() > 1 { format!(" (and {} more keys)", undecided.len() - 1) } else { String::new() };
        (Verdict::Unknown, format!("{} could not be decided: {reason}{more}", named(key)))
    } else {
        let every = if keys == 1 { "the key is".into() } else { format!("every one of {keys} keys is") };
        (Verdict::Valid, format!("{every} linearizable ({operations} operations)"))
    };
    violations.truncate(VIOLATIONS_MAX);
    CheckResult { verdict, summary, violations, counts }
}

impl Checker for Linearizability {
    fn name(&self) -> &'static str {
        "linearizability"
    }

    fn summary(&self) -> &'static str {
        "every operation on a key takes effect at one moment between invocation and completion"
    }

    fn check(&self, record: &Record, budget: Budget) -> CheckResult {
        let keys = match self.partition(&record.operations) {
            Ok(keys) => keys,
            Err(summary) => {
                let counts = BTreeMap::from([(UNFIT.to_owned(), 1)]);
                return CheckResult { verdict: Verdict::Unknown, summary, counts, ..CheckResult::default() };
            }
        };
        // One hard key must not use up what a hundred easy ones would have needed: first everybody gets a small share, then
        // those that it did not suffice for divide the rest.
        let share = Budget { steps: (budget.steps / 4 / keys.len().max(1) as u64).max(1), ..budget };
        let keys: Vec<(String, Vec<&Operation>)> = keys.into_iter().collect();
        let first = parallel::map(&keys, |(_, operations)| self.check_key(operations.iter().copied(), share));
        let is_open = |verdict: &KeyVerdict| matches!(verdict, KeyVerdict::Unknown { steps, .. } if *steps > 0);
        let mut left = budget.steps - budget.steps / 4;
        let mut hard = first.iter().filter(|verdict| is_open(verdict)).count() as u64;
        let mut verdicts = Vec::with_capacity(keys.len());
        for ((key, operations), mut verdict) in keys.into_iter().zip(first) {
            if is_open(&verdict) {
                let spent = verdict.steps();
                verdict = self.check_key(operations, Budget { steps: left / hard, ..budget });
                left = left.saturating_sub(verdict.steps());
                hard -= 1;
                verdict.add_steps(spent);
            }
            verdicts.push((key, verdict));
        }
        combine(verdicts, record.operations.len())
    }
}
