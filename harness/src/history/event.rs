//! One line of `history.jsonl`.

use serde::{Deserialize, Serialize};

/// The position of an event in its history, counted from 0 without gaps.
pub type EventIndex = u64;

/// The number of a client process: a logical single-threaded client. A process whose operation ended with an unknown
/// outcome is retired, and its successor gets a number of its own (the old one plus the concurrency of the test).
pub type ProcessId = u64;

/// An event of a history. Fields are named as Jepsen names them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Position in the history.
    pub index: EventIndex,
    /// Nanoseconds since the start of the run, on one monotonic clock.
    pub time: u64,
    /// Who did it.
    pub process: Process,
    /// Begun, happened, did not happen, or unknown.
    #[serde(rename = "type")]
    pub kind: EventType,
    /// The function: `read`, `write`, `cas`, ... or for the nemesis `start-partition`, `heal-partition`, ...
    pub f: String,
    /// The operation's argument or result. A keyed operation's value is `[key, value]`, a compare-and-set's `[old, new]`.
    #[serde(default)]
    pub value: serde_json::Value,
    /// Why a completion is `fail` or `info`. A compare-and-set whose comparison failed has `"mismatch"`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The value that a mismatched compare-and-set met instead: it makes of the failure a read. `Some(Null)` is "no value".
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "some_even_if_null")]
    pub found: Option<serde_json::Value>,
    /// The node that answered (or was asked last), where there is one. Only explanations use it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
}

/// `"found": null` means "it met no value", which is not the same as no `found` at all.
fn some_even_if_null<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<serde_json::Value>, D::Error> {
    serde_json::Value::deserialize(deserializer).map(Some)
}

/// Who an event belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Process {
    /// A client process, written as its number.
    Client(ProcessId),
    /// The nemesis, written as `"nemesis"`.
    Nemesis,
}

impl Serialize for Process {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Process::Client(id) => serializer.serialize_u64(*id),
            Process::Nemesis => serializer.serialize_str("nemesis"),
        }
    }
}

impl<'de> Deserialize<'de> for Process {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Id(ProcessId),
            Name(String),
        }
        match Written::deserialize(deserializer)? {
            Written::Id(id) => Ok(Process::Client(id)),
            Written::Name(name) if name == "nemesis" => Ok(Process::Nemesis),
            Written::Name(name) => {
                Err(serde::de::Error::custom(format!("process is a number or \"nemesis\", not {name:?}")))
            }
        }
    }
}

impl std::fmt::Display for Process {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Process::Client(id) => write!(f, "{id}"),
            Process::Nemesis => f.write_str("nemesis"),
        }
    }
}

/// What an event says of its operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EventType {
    /// The operation began.
    Invoke,
    /// It happened.
    Ok,
    /// It certainly did not happen.
    Fail,
    /// Unknown: it may take effect at any later time, or never. The nemesis' events are all of this type.
    Info,
}
