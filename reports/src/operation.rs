//! Operations as reports look at them: was the client served, how long did it take, what would a person write.

use crate::axis;
use harness::history::{Operation, Outcome};
use serde_json::Value;
use std::collections::BTreeMap;

/// How an operation is shown. A compare-and-set whose comparison failed was answered: it counts as served here, as it
/// does in the availability of the results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Served.
    Ok,
    /// Refused, certainly without effect.
    Fail,
    /// Unknown.
    Info,
}

/// The fate of an operation.
pub fn fate(operation: &Operation) -> Fate {
    match operation.outcome {
        Outcome::Ok => Fate::Ok,
        Outcome::Fail if is_mismatch(operation) => Fate::Ok,
        Outcome::Fail => Fate::Fail,
        Outcome::Info => Fate::Info,
    }
}

/// Whether it is a compare-and-set that met another value.
pub fn is_mismatch(operation: &Operation) -> bool {
    operation.outcome == Outcome::Fail && (operation.found.is_some() || operation.error.as_deref() == Some("mismatch"))
}

/// How long the client waited, in ms; a client that still waits has waited to the end of the run.
pub fn latency_ms(operation: &Operation, run_end: u64) -> f64 {
    operation.end_time.unwrap_or(run_end).saturating_sub(operation.call_time) as f64 / 1e6
}

/// The functions of a history, the most frequent first.
#[derive(Debug)]
pub struct Functions<'a>(Vec<&'a str>);

impl<'a> Functions<'a> {
    /// Those of these operations.
    pub fn of(operations: &'a [Operation]) -> Functions<'a> {
        let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
        for operation in operations {
            *counts.entry(&operation.f).or_default() += 1;
        }
        let mut names: Vec<_> = counts.into_iter().collect();
        names.sort_by_key(|&(name, count)| (std::cmp::Reverse(count), name));
        Functions(names.into_iter().map(|(name, _)| name).collect())
    }

    /// Their names.
    pub fn names(&self) -> impl Iterator<Item = &'a str> {
        self.0.iter().copied()
    }

    /// The position of one of them.
    pub fn position(&self, f: &str) -> usize {
        self.0.iter().position(|name| *name == f).unwrap_or(0)
    }
}

/// Operations completed in a stretch of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bucket {
    /// Served.
    pub ok: u64,
    /// Refused.
    pub fail: u64,
    /// Unknown.
    pub info: u64,
}

/// Completions over the whole run, in stretches of equal length.
#[derive(Debug)]
pub struct Buckets {
    /// Their length in ns, a round number.
    pub width: u64,
    /// In order, from 0.
    pub buckets: Vec<Bucket>,
}

impl Buckets {
    /// Counts them, in about 150 stretches.
    pub fn of(operations: &[Operation], end: u64) -> Buckets {
        let width = axis::step(end, 150).max(1_000_000);
        let mut buckets = vec![Bucket::default(); end.div_ceil(width).max(1) as usize];
        let last = buckets.len() - 1;
        for operation in operations {
            let Some(time) = operation.end_time else { continue };
            let bucket = &mut buckets[last.min((time / width) as usize)];
            match fate(operation) {
                Fate::Ok => bucket.ok += 1,
                Fate::Fail => bucket.fail += 1,
                Fate::Info => bucket.info += 1,
            }
        }
        Buckets { width, buckets }
    }

    /// So many completions in a bucket, as a rate a second.
    pub fn rate(&self, completions: u64) -> f64 {
        completions as f64 * 1e9 / self.width as f64
    }
}

/// An operation as a person writes it: `read 7 → 3`, `write [7, 3]`.
pub fn sentence(operation: &Operation) -> String {
    let input = match &operation.input {
        Value::Null => String::new(),
        value => format!(" {value}"),
    };
    let output = match (&operation.output, operation.outcome) {
        (_, Outcome::Info | Outcome::Fail) | (Value::Null, _) => String::new(),
        (value, _) if *value == operation.input => String::new(),
        (value, _) => format!(" → {value}"),
    };
    format!("{}{input}{output}", operation.f)
}
