//! What to do next: pure functions of a seed, of the time they are told, and of the completions they are shown. The same
//! seed and the same sequence of calls give the same operations; a whole run is not repeatable to the letter, because
//! the answers of a real cluster are not.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod pace;
mod sequence;

pub use pace::{Stagger, TimeLimit};
pub use sequence::Sequence;

use crate::history::{Event, ProcessId};
use serde_json::Value;

/// A source of operations.
pub trait Generator: Send {
    /// What `process`, which is idle at `now_ns` (since the start of the run), shall do.
    fn next(&mut self, now_ns: u64, process: ProcessId) -> Next;

    /// Shows a completion (`ok`, `fail` or `info`), so that later operations can build on what is known.
    fn complete(&mut self, completion: &Event);

    /// What to ask once the cluster has recovered, so that operations of unknown outcome are settled by an observation.
    fn final_operations(&mut self, _now_ns: u64) -> Vec<Invocation> {
        Vec::new()
    }
}

/// A generator's answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    /// Call this.
    Invoke(Invocation),
    /// Nobody has anything to do before this time (ns since the start of the run): ask again then.
    Wait(u64),
    /// There is nothing more to do, for anybody.
    Done,
}

/// An operation to call.
#[derive(Clone, Debug, PartialEq)]
pub struct Invocation {
    /// The function: `read`, `write`, `cas`, ...
    pub f: String,
    /// Its argument, as [`Event::value`] describes it.
    pub value: Value,
}

impl Invocation {
    /// The call of `f` with `value`.
    pub fn new(f: impl Into<String>, value: Value) -> Invocation {
        Invocation { f: f.into(), value }
    }
}
