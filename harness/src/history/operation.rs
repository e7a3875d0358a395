//! Operations: invocations paired with their completions.

use super::{Event, EventIndex, EventType, Process, ProcessId};
use serde_json::Value;
use std::collections::BTreeMap;

/// One call of a client, from invocation to completion.
#[derive(Clone, Debug, PartialEq)]
pub struct Operation {
    /// Who called.
    pub process: ProcessId,
    /// The function: `read`, `write`, `cas`, ...
    pub f: String,
    /// The argument, as invoked.
    pub input: Value,
    /// How it ended.
    pub outcome: Outcome,
    /// The value of the completion (for a read, what was read); `Null` while there is none.
    pub output: Value,
    /// The completion's `error`.
    pub error: Option<String>,
    /// What a mismatched compare-and-set met (see [`Event::found`]).
    pub found: Option<Value>,
    /// The node that answered, where it is known.
    pub node: Option<String>,
    /// Position of the invocation.
    pub call: EventIndex,
    /// Position of the completion; `None` while the operation is open to the end (also after `info`, where the effect may
    /// come at any later time).
    pub ret: Option<EventIndex>,
    /// Time of the invocation in nanoseconds.
    pub call_time: u64,
    /// Time at which the client stopped waiting, whatever it had learnt; `None` if the record ends before that.
    pub end_time: Option<u64>,
}

/// How an operation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It happened between its invocation and its completion.
    Ok,
    /// It did not happen.
    Fail,
    /// Nobody knows: it may take effect at any time after its invocation, or never.
    Info,
}

/// A record that contradicts itself. Such a history is never judged: what is broken is the harness, or the file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// Positions are 0, 1, 2, ...
    #[error("event {index}: expected index {expected}")]
    Index {
        /// The index that was found.
        index: EventIndex,
        /// The one that belongs there.
        expected: EventIndex,
    },
    /// Time never runs backwards.
    #[error("event {index}: its time {time} ns is before the time of the event before it, {previous} ns")]
    Time {
        /// Where.
        index: EventIndex,
        /// The event's time.
        time: u64,
        /// The time of its predecessor.
        previous: u64,
    },
    /// A process is single-threaded.
    #[error("event {index}: process {process} begins an operation while that of event {open} is open")]
    TwoOpen {
        /// Where.
        index: EventIndex,
        /// Whose.
        process: ProcessId,
        /// The invocation that is still open.
        open: EventIndex,
    },
    /// Every completion has an invocation.
    #[error("event {index}: process {process} completes an operation that it never began")]
    NoInvocation {
        /// Where.
        index: EventIndex,
        /// Whose.
        process: ProcessId,
    },
    /// A completion names the function of its invocation.
    #[error("event {index}: process {process} completes `{f}`, but began `{began}` at event {open}")]
    OtherFunction {
        /// Where.
        index: EventIndex,
        /// Whose.
        process: ProcessId,
        /// The completion's function.
        f: String,
        /// The invocation's function.
        began: String,
        /// The invocation.
        open: EventIndex,
    },
    /// A process whose outcome was unknown is retired: it may still be executing.
    #[error("event {index}: process {process} acts again after the unknown outcome at event {retired}")]
    Retired {
        /// Where.
        index: EventIndex,
        /// Whose.
        process: ProcessId,
        /// The `info` that ended it.
        retired: EventIndex,
    },
}

/// Pairs invocations with completions, in the order of invocation. The nemesis' events are passed over. An operation
/// without completion is [`Outcome::Info`]: the record ended first.
///
/// # Errors
/// The first contradiction in the record, if there is one.
pub fn pair<'a>(events: impl IntoIterator<Item = &'a Event>) -> Result<Vec<Operation>, RecordError> {
    let mut operations: Vec<Operation> = Vec::new();
    let mut open: BTreeMap<ProcessId, usize> = BTreeMap::new();
    let mut retired: BTreeMap<ProcessId, EventIndex> = BTreeMap::new();
    let mut previous = 0;
    for (expected, event) in (0..).zip(events) {
        let index = event.index;
        if index != expected {
            return Err(RecordError::Index { index, expected });
        }
        if event.time < previous {
            return Err(RecordError::Time { index, time: event.time, previous });
        }
        previous = event.time;
        let Process::Client(process) = event.process else { continue };
        if let Some(&retired) = retired.get(&process) {
            return Err(RecordError::Retired { index, process, retired });
        }
        if event.kind == EventType::Invoke {
            if let Some(&at) = open.get(&process) {
                return Err(RecordError::TwoOpen { index, process, open: operations[at].call });
            }
            open.insert(process, operations.len());
            operations.push(begun(event, process));
            continue;
        }
        let Some(at) = open.remove(&process) else { return Err(RecordError::NoInvocation { index, process }) };
        let operation = &mut operations[at];
        if operation.f != event.f {
            let (f, began, open) = (event.f.clone(), operation.f.clone(), operation.call);
            return Err(RecordError::OtherFunction { index, process, f, began, open });
        }
        complete(operation, event);
        if event.kind == EventType::Info {
            retired.insert(process, index);
        }
    }
    Ok(operations)
}

fn begun(event: &Event, process: ProcessId) -> Operation {
    Operation {
        process,
        f: event.f.clone(),
        input: event.value.clone(),
        outcome: Outcome::Info,
        output: Value::Null,
        error: None,
        found: None,
        node: event.node.clone(),
        call: event.index,
        ret: None,
        call_time: event.time,
        end_time: None,
    }
}

fn complete(operation: &mut Operation, event: &Event) {
    operation.outcome = match event.kind {
        EventType::Ok => Outcome::Ok,
        EventType::Fail => Outcome::Fail,
        EventType::Info | EventType::Invoke => Outcome::Info,
    };
    if operation.outcome != Outcome::Info {
        operation.ret = Some(event.index);
    }
    operation.end_time = Some(event.time);
    operation.output = event.value.clone();
    operation.error = event.error.clone();
    operation.found = event.found.clone();
    if event.node.is_some() {
        operation.node = event.node.clone();
    }
}
