//! Keys: here the value of every operation on an object is `[key, value]`, elsewhere it may be the value alone.

use super::Written;
use crate::history::{EventType, ONLY_KEY, Operation};
use serde_json::{Value, json};

/// The functions whose value may or may not have a key.
const KEYED: [&str; 15] = [
    "read",
    "write",
    "cas",
    "add",
    "remove",
    "increment",
    "decrement",
    "add-and-get",
    "acquire",
    "release",
    "enqueue",
    "dequeue",
    "append",
    "put",
    "get",
];
/// Those whose argument is never a pair by itself, save for a write that may write one.
const TELLING: [&str; 6] = ["read", "write", "acquire", "release", "dequeue", "get"];

/// Whether every telling operation was asked of a key and answered for one: `[k nil]` and `[k v]`. A compare-and-set does not
/// tell, for its argument is a pair in any case, nor what adds, for an element may be a pair.
pub fn has_keys(written: &[Written]) -> bool {
    let mut telling = written
        .iter()
        .filter(|event| TELLING.contains(&event.f.as_str()))
        .filter(|event| event.kind == EventType::Invoke || (event.kind == EventType::Ok && !event.value.is_null()))
        .peekable();
    let is_pair = |event: &Written| event.value.as_array().is_some_and(|parts| parts.len() == 2);
    written.iter().any(|event| event.is_tuple) || (telling.peek().is_some() && telling.all(is_pair))
}

/// The value of an event of a history without keys.
pub fn with_key(f: &str, value: Value) -> Value {
    if KEYED.contains(&f) { json!([ONLY_KEY, value]) } else { value }
}

/// Gives the operations of a history of ours a key, if some have none.
pub fn add_missing(operations: &mut [Operation]) {
    let is_keyed = |operation: &Operation| KEYED.contains(&operation.f.as_str());
    let is_pair = |operation: &Operation| operation.input.as_array().is_some_and(|parts| parts.len() == 2);
    if operations.iter().filter(|operation| is_keyed(operation)).all(is_pair) {
        return;
    }
    for operation in operations.iter_mut().filter(|operation| is_keyed(operation)) {
        operation.input = json!([ONLY_KEY, operation.input]);
        operation.output = json!([ONLY_KEY, operation.output]);
    }
}
