//! Reading transactions from operations, as `history.jsonl` and Elle's histories have them: lists of
//! `["append", k, v]`, `["w", k, v]` and `["r", k, seen]`.

use super::history::{History, INITIAL, NEVER, Op};
use super::kind::Kind;
use crate::history::{Operation, Outcome};
use serde_json::Value;

/// Reads all of them.
///
/// # Errors
/// A sentence about one that is none of this kind, or that writes what another has written.
pub fn read(kind: Kind, operations: &[Operation]) -> Result<History, String> {
    let mut history = History::new(kind);
    let mut ops = Vec::new();
    for operation in operations {
        let refuse = |reason: String| format!("event {}: `{}` {reason}", operation.call, operation.f);
        let parts = parts(operation).map_err(refuse)?;
        ops.clear();
        for part in parts {
            ops.extend(micro_operation(&mut history, kind, part, operation.outcome).map_err(refuse)?);
        }
        let places = (operation.call, operation.ret.unwrap_or(NEVER));
        history.push(operation.process, operation.outcome, places, &ops).map_err(|version| {
            let (key, value) = (history.key_text(history.version_of(version).key), history.version_text(version));
            refuse(format!("writes {value} to {key}, which was written before; what was read could be either"))
        })?;
    }
    Ok(history)
}

/// The micro-operations: as answered if it is certain that it happened, and otherwise as called.
fn parts(operation: &Operation) -> Result<&[Value], String> {
    let Value::Array(called) = &operation.input else {
        return Err(format!("does not have a list of micro-operations, but {}", operation.input));
    };
    if operation.outcome != Outcome::Ok {
        return Ok(called);
    }
    let answered = operation.output.as_array().map_or(&[][..], Vec::as_slice);
    let fits = |(called, answered): (&Value, &Value)| {
        called[0] == answered[0] && called[1] == answered[1] && (is_read(called) || called[2] == answered[2])
    };
    match called.len() == answered.len() && called.iter().zip(answered).all(fits) {
        true => Ok(answered),
        false => Err(format!("is answered with other micro-operations than it began: {}", operation.output)),
    }
}

fn is_read(part: &Value) -> bool {
    matches!(part[0].as_str(), Some("r" | "read"))
}

/// What a micro-operation did; nothing if it is a read whose answer nobody got.
fn micro_operation(history: &mut History, kind: Kind, part: &Value, outcome: Outcome) -> Result<Option<Op>, String> {
    let Some([f, key, value]) = part.as_array().map(Vec::as_slice) else {
        return Err(format!("has a micro-operation that is not [f key value], but {part}"));
    };
    let number = history.key(key);
    match (f.as_str().unwrap_or_default(), kind) {
        ("append", Kind::ListAppend) | ("w" | "write", Kind::RwRegister) => {
            if value.is_null() {
                return Err(format!("writes nothing to {key}"));
            }
            Ok(Some(Op::Write { key: number, version: history.version(number, value) }))
        }
        ("r" | "read", _) if outcome != Outcome::Ok => Ok(None),
        ("r" | "read", Kind::RwRegister) => {
            let version = if value.is_null() { INITIAL } else { history.version(number, value) };
            Ok(Some(Op::Value { key: number, version }))
        }
        ("r" | "read", Kind::ListAppend) => {
            // A list that nobody appended to may be said to be no list.
            let elements = match value {
                Value::Null => &[][..],
                Value::Array(elements) => elements,
                other => return Err(format!("reads from {key} what is not a list: {other}")),
            };
            let versions: Vec<u32> = elements.iter().map(|element| history.version(number, element)).collect();
            Ok(Some(history.list(number, versions)))
        }
        (f, _) => {
            Err(format!("has the micro-operation `{f}`, which is none of {} ({})", kind.name(), kind.functions()))
        }
    }
}
