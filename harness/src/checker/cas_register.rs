//! The register with read, write and compare-and-set, and how the operations of a history speak of it.
//!
//! An operation's value is `[key, value]`. What is to be known of each sort:
//! - a `read` that completed saw its value; one that did not says nothing and is left out;
//! - a `write` or `cas` of unknown outcome may take effect at any later time, or never;
//! - a `cas` that failed with `"mismatch"` *happened*: it met another value than it expected, and is a read of the value
//!   in `found`, or, without `found`, of anything but the expected value;
//! - any other `fail` did not happen, and is left out.

use super::explain::Story;
use super::linearizability;
use super::model::{Deed, Model, Object, OpKind};
use super::monitor::Answer;
use super::search::Entry;
use super::unique_values;
use super::values::Values;
use crate::history::{Operation, Outcome};
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
    values: Values,
}

impl CasRegister {
    /// A register that holds `initial` (`Null` is "no value").
    pub fn new(initial: &Value) -> CasRegister {
        let mut register = CasRegister { values: Values::default() };
        register.intern(initial);
        register
    }

    /// The number of a value, which is a new one if it has not been seen before.
    pub fn intern(&mut self, value: &Value) -> ValueId {
        ValueId(self.values.number(value))
    }

    fn text(&self, id: ValueId) -> String {
        self.values.text(id.0)
    }

    /// Reads what `operation`, whose value has a key, says of the register; `None` if it says nothing.
    ///
    /// # Errors
    /// A sentence that says why this is not an operation on a register.
    pub fn entry(&mut self, operation: &Operation) -> Result<Option<Entry<RegisterOp>>, String> {
        linearizability::entry(self, operation)
    }
}

impl Object for CasRegister {
    const NOUN: &'static str = "register";

    fn new(initial: &Value) -> Result<CasRegister, String> {
        Ok(CasRegister::new(initial))
    }

    fn op(&mut self, deed: &Deed) -> Result<Option<RegisterOp>, String> {
        let (ok, info) = (deed.is_ok(), deed.outcome == Outcome::Info);
        match deed.f {
            "read" if ok => Ok(Some(RegisterOp::Read(self.intern(deed.answered()?)))),
            "read" => Ok(None),
            "write" => Ok(deed.may_count().then(|| RegisterOp::Write(self.intern(deed.argument)))),
            "cas" => {
                let (old, new) = keyed(deed.argument).ok_or("does not have a value [key, [old, new]]")?;
                let (old, new) = (self.intern(old), self.intern(new));
                Ok(match &deed.operation.found {
                    // A compare-and-set of unknown outcome that would change nothing says nothing.
                    _ if info => (old != new).then_some(RegisterOp::Cas { old, new }),
                    _ if ok => Some(RegisterOp::Cas { old, new }),
                    _ if deed.operation.error.as_deref() != Some(MISMATCH) => None,
                    Some(found) => Some(RegisterOp::Met { old, new, found: self.intern(found) }),
                    None => Some(RegisterOp::Mismatch { old, new }),
                })
            }
            _ => Err("is not an operation of a register (read, write, cas)".into()),
        }
    }

    fn monitor(&self, entries: &[Entry<RegisterOp>]) -> Option<Answer> {
        unique_values::decide(entries, self.initial())
    }

    fn accusation(story: &Story<CasRegister>, accused: usize) -> String {
        story.register_accusation(accused)
    }

    fn obstacle(&self, state: ValueId, op: &RegisterOp) -> String {
        match *op {
            RegisterOp::Met { old, found, .. } if old == found => "meeting the value it expects, it succeeds".into(),
            RegisterOp::Mismatch { old, .. } => format!("it met another value than {}", self.text(old)),
            _ => match self.needs(op) {
                Some(needed) => format!("it saw {} and not {}", self.text(needed), self.text(state)),
                None => "it comes to nothing".into(),
            },
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

    fn is_vague(&self, op: &RegisterOp) -> bool {
        matches!(op, RegisterOp::Mismatch { .. })
    }

    fn stranger(&self) -> Option<ValueId> {
        Some(ValueId(u32::MAX))
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
