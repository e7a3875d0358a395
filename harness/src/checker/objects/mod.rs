//! What histories can be judged by, besides registers: each a model in a file of its own, and a line here.

pub mod append_list;
pub mod counter;
pub mod kv;
pub mod multi_register;
pub mod mutex;
pub mod queue;
pub mod set;

use super::Budget;
use super::cas_register::CasRegister;
use super::linearizability::{KeyVerdict, judge};
use crate::history::Operation;
use serde_json::Value;

/// Which object the operations act on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// Reads, writes and compare-and-set.
    #[default]
    CasRegister,
    /// Adding, removing, and reading all elements.
    Set,
    /// Adding numbers, and reading the sum.
    Counter,
    /// A lock with an owner.
    Mutex,
    /// First in, first out.
    Queue,
    /// Appending, and reading the whole list.
    AppendList,
    /// A text that is put, appended to and read.
    Kv,
    /// Several registers, read and written together.
    MultiRegister,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 8] = [
        Kind::CasRegister,
        Kind::Set,
        Kind::Counter,
        Kind::Mutex,
        Kind::Queue,
        Kind::AppendList,
        Kind::Kv,
        Kind::MultiRegister,
    ];

    /// Its name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::CasRegister => "cas-register",
            Kind::Set => "set",
            Kind::Counter => "counter",
            Kind::Mutex => "mutex",
            Kind::Queue => "queue",
            Kind::AppendList => "append-list",
            Kind::Kv => "kv",
            Kind::MultiRegister => "multi-register",
        }
    }

    /// Its operations, in a sentence.
    pub const fn summary(self) -> &'static str {
        match self {
            Kind::CasRegister => "a register per key: `read`, `write`, `cas` [old new]; at first nil",
            Kind::Set => "`add`, `remove`, `read` of all elements; at first empty",
            Kind::Counter => {
                "`add`, `increment`, `decrement`, `read`, `add-and-get` answered by [added sum]; at first 0"
            }
            Kind::Mutex => "`acquire` and `release`, by the process that holds it; at first free",
            Kind::Queue => "`enqueue`, `dequeue` of the oldest, or of nil if it is empty; at first empty",
            Kind::AppendList => "`append`, `read` of the whole list; at first empty",
            Kind::Kv => "a text per key: `put`, `append`, `get`; at first \"\"",
            Kind::MultiRegister => {
                "`txn` of [[read x v] [write y v] …] over several registers; at first as --initial says"
            }
        }
    }

    /// Whether there may be many of it, each with a key.
    pub const fn has_keys(self) -> bool {
        !matches!(self, Kind::MultiRegister)
    }

    /// Judges the operations on one such object, given in order of invocation.
    pub fn judge(self, initial: &Value, operations: &[&Operation], budget: Budget) -> KeyVerdict {
        match self {
            Kind::CasRegister => judge::<CasRegister>(initial, operations, budget),
            Kind::Set => judge::<set::Set>(initial, operations, budget),
            Kind::Counter => judge::<counter::Counter>(initial, operations, budget),
            Kind::Mutex => judge::<mutex::Mutex>(initial, operations, budget),
            Kind::Queue => judge::<queue::Queue>(initial, operations, budget),
            Kind::AppendList => judge::<append_list::AppendList>(initial, operations, budget),
            Kind::Kv => judge::<kv::Text>(initial, operations, budget),
            Kind::MultiRegister => judge::<multi_register::MultiRegister>(initial, operations, budget),
        }
    }
}
