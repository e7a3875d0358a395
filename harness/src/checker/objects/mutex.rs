//! A lock with an owner: `acquire` by a process if nobody holds it, `release` by the process that does.
//!
//! A process whose outcome is unknown is never heard of again, so a lock that it may have taken is nobody's to release.

use crate::checker::model::{Deed, Model, Object, OpKind};
use crate::checker::monitor::Answer;
use crate::checker::monitors::mutex;
use crate::checker::search::Entry;
use serde_json::Value;

/// An operation on a lock, with the process that did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MutexOp {
    /// Took it.
    Acquire(u64),
    /// Gave it back.
    Release(u64),
}

/// A lock, free at first.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mutex;

impl Object for Mutex {
    const NOUN: &'static str = "lock";

    fn new(initial: &Value) -> Result<Mutex, String> {
        match initial {
            Value::Null => Ok(Mutex),
            other => Err(format!("a lock is free at first; {other} is no state of it")),
        }
    }

    fn op(&mut self, deed: &Deed) -> Result<Option<MutexOp>, String> {
        let owner = deed.operation.process;
        match deed.f {
            "acquire" => Ok(deed.may_count().then_some(MutexOp::Acquire(owner))),
            "release" => Ok(deed.may_count().then_some(MutexOp::Release(owner))),
            _ => Err("is not an operation of a lock (acquire, release)".into()),
        }
    }

    fn monitor(&self, entries: &[Entry<MutexOp>]) -> Option<Answer> {
        mutex::decide(self, entries)
    }
}

impl Model for Mutex {
    /// Who holds it.
    type State = Option<u64>;
    type Op = MutexOp;

    fn initial(&self) -> Option<u64> {
        None
    }

    fn step(&self, state: Option<u64>, op: &MutexOp) -> Option<Option<u64>> {
        (self.needs(op) == Some(state)).then(|| self.makes(op)).flatten()
    }

    fn kind(&self, _op: &MutexOp) -> OpKind {
        OpKind::Conditional
    }

    fn needs(&self, op: &MutexOp) -> Option<Option<u64>> {
        match *op {
            MutexOp::Acquire(_) => Some(None),
            MutexOp::Release(owner) => Some(Some(owner)),
        }
    }

    fn makes(&self, op: &MutexOp) -> Option<Option<u64>> {
        match *op {
            MutexOp::Acquire(owner) => Some(Some(owner)),
            MutexOp::Release(_) => Some(None),
        }
    }

    fn describe_op(&self, op: &MutexOp) -> String {
        match op {
            MutexOp::Acquire(_) => "acquire".into(),
            MutexOp::Release(_) => "release".into(),
        }
    }

    fn describe_state(&self, state: Option<u64>) -> String {
        state.map_or_else(|| "nobody".into(), |owner| format!("process {owner}"))
    }
}
