//! The register with read, write and compare-and-set, and how the operations of a history speak of it.
//!
//! An operation's value is `[key, value]`. What is to be known of each sort:
//! - a `read` that completed saw its value; one that did not says nothing and is left out;
//! - a `write` or `cas` of unknown outcome may take effect at any later time, or never;
//! - a `cas` that failed with `"mismatch"` *happened*: it met another value than it expected, and is a read of the value
//!   in `found`, or, without `found`, of anything but the expected value;
//! - any other `fail` did not happen, and is left out.

use super::model::{Model, OpKind};
use super::search::{Entry, NEVER};
use crate::history::{Operation, Outcome};
use rustc_hash::FxHashMap;
use serde_json::Value;

/// The error of a compare-and-set whose comparison failed.
pub const MISMATCH: &str = "mismatch";

/// A value of the register: its number in the [`CasRegister`]'s table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ValueId(u32);

impl ValueId {
    /// The number: values are numbered from 0 without gaps.
    pub fn number(self) -> u32 {
        self.0
    }
}

/// An operation on a register, with its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegisterOp {
    /// Saw this value.
    Read(ValueId),
    /// Set this value.
    Write(ValueId),
    /// Met `old` and set `new`.
    Cas {
        /// What it expected, and met.
        old: ValueId,
        /// What it set.
        new: ValueId,
    },
    /// Expected `old`, met `found` and left it. If the two are equal, no register answers so.
    Met {
        /// What it expected.
        old: ValueId,
        /// What it would have set.
        new: ValueId,
        /// What it met.
        found: ValueId,
    },
    /// Expected `old`, met something else.
    Mismatch {
        /// What it expected.
        old: ValueId,
        /// What it would have set.
        new: ValueId,
    },
}

/// A register that begins with a given value. Values are any JSON, equal if they are written alike; they are numbered in
/// order of appearance, so that the search compares integers.
#[derive(Clone, Debug)]
pub struct CasRegister {
    values: Vec<Value>,
    ids: FxHashMap<Value, ValueId>,
}

impl CasRegister {
    /// A register that holds `initial` (`Null` is "no value").
    pub fn new(initial: &Value) -> CasRegister {
        let mut register = CasRegister { values: Vec::new(), ids: FxHashMap::default() };
        register.intern(initial);
        register
    }

    /// The number of a value, which is a new one if it has not been seen before.
    pub fn intern(&mut self, value: &Value) -> ValueId {
        if let Some(&id) = self.ids.get(value) {
            return id;
        }
        let id = ValueId(u32::try_from(self.values.len()).unwrap_or(u32::MAX));
        self.values.push(value.clone());
        self.ids.insert(value.clone(), id);
        id
    }

    fn text(&self, id: ValueId) -> String {
        value_text(&self.values[id.0 as usize])
    }

    /// Reads what `operation` says of the register; `None` if it says nothing.
    ///
    /// # Errors
    /// A sentence that says why this is not an operation on a register.
    pub fn entry(&mut self, operation: &Operation) -> Result<Option<Entry<RegisterOp>>, String> {
        let Some(op) = self.op(operation)? else { return Ok(None) };
        let required = operation.outcome != Outcome::Info;
        let ret = if required { operation.ret.unwrap_or(NEVER) } else { NEVER };
        Ok(Some(Entry { op, call: operation.call, ret, required }))
    }

    fn op(&mut self, operation: &Operation) -> Result<Option<RegisterOp>, String> {
        let wrong = |what: &str| format!("event {}: `{}` {what}", operation.call, operation.f);
        let (key, argument) = keyed(&operation.input).ok_or_else(|| wrong("does not have a value [key, …]"))?;
        let (ok, info) = (operation.outcome == Outcome::Ok, operation.outcome == Outcome::Info);
        match operation.f.as_str() {
            "read" if ok => {
                let (seen_key, seen) =
                    keyed(&operation.output).ok_or_else(|| wrong("completed without a value [key, …]"))?;
                if seen_key != key {
                    return Err(wrong("asked for one key and was answered for another"));
                }
                Ok(Some(RegisterOp::Read(self.intern(seen))))
            }
            "read" => Ok(None),
            "write" if ok || info => Ok(Some(RegisterOp::Write(self.intern(argument)))),
            "write" => Ok(None),
            "cas" => {
                let (old, new) = keyed(argument).ok_or_else(|| wrong("does not have a value [key, [old, new]]"))?;
                let (old, new) = (self.intern(old), self.intern(new));
                Ok(match &operation.found {
                    // A compare-and-set of unknown outcome that would change nothing says nothing.
                    _ if info => (old != new).then_some(RegisterOp::Cas { old, new }),
                    _ if ok => Some(RegisterOp::Cas { old, new }),
                    _ if operation.error.as_deref() != Some(MISMATCH) => None,
                    Some(found) => Some(RegisterOp::Met { old, new, found: self.intern(found) }),
                    None => Some(RegisterOp::Mismatch { old, new }),
                })
            }
            _ => Err(wrong("is not an operation of a register (read, write, cas)")),
        }
    }
}

/// The two parts of `[a, b]`.
pub fn keyed(value: &Value) -> Option<(&Value, &Value)> {
    match value.as_array()?.as_slice() {
        [key, value] => Some((key, value)),
        _ => None,
    }
}

/// A value as a person writes it: no value is `nil`, everything else is as in JSON.
pub fn value_text(value: &Value) -> String {
    if value.is_null() { "nil".into() } else { value.to_string() }
}

impl Model for CasRegister {
    type State = ValueId;
    type Op = RegisterOp;

    fn initial(&self) -> ValueId {
        ValueId(0)
    }

    fn step(&self, state: ValueId, op: &RegisterOp) -> Option<ValueId> {
        match *op {
            RegisterOp::Read(value) => (state == value).then_some(state),
            RegisterOp::Write(value) => Some(value),
            RegisterOp::Cas { old, new } => (state == old).then_some(new),
            RegisterOp::Met { old, found, .. } => (state == found && found != old).then_some(state),
            RegisterOp::Mismatch { old, .. } => (state != old).then_some(state),
        }
    }

    fn kind(&self, op: &RegisterOp) -> OpKind {
        match *op {
            RegisterOp::Write(_) => OpKind::Overwrite,
            // From a value to itself: possible in one state, which it leaves as it is.
            RegisterOp::Cas { old, new } if old != new => OpKind::Conditional,
            _ => OpKind::Pure,
        }
    }

    fn needs(&self, op: &RegisterOp) -> Option<ValueId> {
        match *op {
            RegisterOp::Read(value) | RegisterOp::Cas { old: value, .. } => Some(value),
            // One that met what it expected is possible in no state at all.
            RegisterOp::Met { old, found, .. } => (found != old).then_some(found),
            RegisterOp::Write(_) | RegisterOp::Mismatch { .. } => None,
        }
    }

    fn makes(&self, op: &RegisterOp) -> Option<ValueId> {
        match *op {
            RegisterOp::Write(value) => Some(value),
            RegisterOp::Cas { old, new } if old != new => Some(new),
            _ => None,
        }
    }

    fn describe_op(&self, op: &RegisterOp) -> String {
        match *op {
            RegisterOp::Read(value) => format!("read → {}", self.text(value)),
            RegisterOp::Write(value) => format!("write {}", self.text(value)),
            RegisterOp::Cas { old, new } => format!("cas {} → {}", self.text(old), self.text(new)),
            RegisterOp::Met { old, new, found } => {
                format!("cas {} → {} met {}", self.text(old), self.text(new), self.text(found))
            }
            RegisterOp::Mismatch { old, new } => {
                format!("cas {} → {} met another value", self.text(old), self.text(new))
            }
        }
    }

    fn describe_state(&self, state: ValueId) -> String {
        self.text(state)
    }
}
