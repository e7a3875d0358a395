//! The versions of a register, and which of two is the newer, as far as that is certain.
//!
//! A version is the value that one write gave the register. It came about at one moment, of which bounds are known:
//! - where values *grow* (the sums of a counter, told to whoever adds), the value itself is the moment;
//! - where they are *unique*, the write took effect after it was called, and before it returned or its value was first seen.
//!
//! A version whose moment is certainly earlier than another's is the older one. The first value is older than all.

use super::cas_register::keyed;
use super::linearizability::key_of;
use crate::history::{Operation, Outcome};
use rustc_hash::FxHashMap;
use serde_json::Value;
use std::collections::BTreeMap;

/// Adds to a counter, and is told the sum.
const ADD: &str = "add-and-get";

/// When a version came about, in events or in sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version {
    /// Not before.
    pub earliest: u64,
    /// Not after.
    pub latest: u64,
}

impl Version {
    /// What a register holds before anybody writes it.
    const FIRST: Version = Version { earliest: 0, latest: 0 };

    /// Whether it is certainly older.
    pub fn is_before(self, other: Version) -> bool {
        self.latest < other.earliest
    }
}

/// What an operation had to do with a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Access {
    /// It saw it.
    Read,
    /// It made it.
    Write,
}

/// An operation that is known to have seen or made a version.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    pub operation: &'a Operation,
    pub access: Access,
    pub value: &'a Value,
    pub version: Version,
}

impl Seen<'_> {
    /// `read 7`
    pub fn text(&self) -> String {
        let value = super::values::value_text(self.value);
        match self.access {
            Access::Read => format!("read {value}"),
            Access::Write => format!("wrote {value}"),
        }
    }
}

/// What was done to each key by those whose outcome is known, in the order of invocation.
///
/// # Errors
/// A sentence about an operation that is none of a register or counter with a key, a value that was written twice, or one that was
/// read although nobody can have written it by then.
pub fn of(operations: &[Operation]) -> Result<BTreeMap<String, Vec<Seen<'_>>>, String> {
    let mut keys: BTreeMap<String, Vec<&Operation>> = BTreeMap::new();
    for operation in operations {
        if keyed(&operation.input).is_none() || !["read", "write", "cas", ADD].contains(&operation.f.as_str()) {
            let f = &operation.f;
            return Err(format!(
                "event {}: `{f}` is not a read, write, cas or {ADD} of a value [key, …]",
                operation.call
            ));
        }
        keys.entry(key_of(operation)).or_default().push(operation);
    }
    // A key that was only read tells nothing of its own.
    let grows = operations.iter().any(|operation| operation.f == ADD);
    let versions = keys.into_iter().map(|(key, operations)| {
        let seen = of_key(&operations, grows).map_err(|reason| format!("key {key}: {reason}"))?;
        Ok((key, seen))
    });
    versions.collect()
}

fn of_key<'a>(operations: &[&'a Operation], grows: bool) -> Result<Vec<Seen<'a>>, String> {
    let table = if grows { Table::default() } else { Table::of(operations)? };
    let mut seen = Vec::new();
    for operation in operations {
        let Some((access, value)) = known(operation) else { continue };
        let version = if grows { value.as_u64().or(value.is_null().then_some(0)).map(sum) } else { table.get(value) };
        let Some(version) = version else {
            let call = operation.call;
            return Err(format!("event {call}: `{}` saw {value}, which nobody has written", operation.f));
        };
        seen.push(Seen { operation, access, value, version });
    }
    Ok(seen)
}

fn sum(sum: u64) -> Version {
    Version { earliest: sum, latest: sum }
}

/// What an operation is known to have seen or made.
fn known(operation: &Operation) -> Option<(Access, &Value)> {
    let (input, output) = (&operation.input[1], &operation.output[1]);
    match (operation.f.as_str(), operation.outcome) {
        ("read", Outcome::Ok) => Some((Access::Read, output)),
        ("cas", Outcome::Fail) => Some((Access::Read, operation.found.as_ref()?)),
        ("write", Outcome::Ok) => Some((Access::Write, input)),
        ("cas", Outcome::Ok) => Some((Access::Write, &input[1])),
        (ADD, Outcome::Ok) => Some((Access::Write, &output[1])),
        _ => None,
    }
}

/// The versions by their unique values.
#[derive(Default)]
struct Table<'a>(FxHashMap<&'a Value, Version>);

impl<'a> Table<'a> {
    fn of(operations: &[&'a Operation]) -> Result<Table<'a>, String> {
        let mut versions = FxHashMap::default();
        for operation in operations.iter().filter(|operation| operation.outcome != Outcome::Fail) {
            let value = match operation.f.as_str() {
                "write" => &operation.input[1],
                "cas" => &operation.input[1][1],
                _ => continue,
            };
            // Positions are counted from 1, so that the first value is older than all.
            let version =
                Version { earliest: operation.call + 1, latest: operation.ret.map_or(u64::MAX, |ret| ret + 1) };
            if value.is_null() || versions.insert(value, version).is_some() {
                return Err(format!("event {}: {value} is written twice, or is no value", operation.call));
            }
        }
        for operation in operations {
            if let (Some((Access::Read, value)), Some(ret)) = (known(operation), operation.ret)
                && let Some(version) = versions.get_mut(value)
            {
                version.latest = version.latest.min(ret + 1);
            }
        }
        Ok(Table(versions))
    }

    fn get(&self, value: &Value) -> Option<Version> {
        if value.is_null() { Some(Version::FIRST) } else { self.0.get(value).copied() }
    }
}
