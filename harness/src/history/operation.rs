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

/// Pairs invocations with completions as the events come in, so that only the operations are kept.
#[derive(Clone, Debug, Default)]
pub struct Pairing {
    operations: Vec<Operation>,
    open: BTreeMap<ProcessId, usize>,
    retired: BTreeMap<ProcessId, EventIndex>,
    next: EventIndex,
    time: u64,
}

impl Pairing {
    /// Takes the next event. The nemesis' events are counted, and passed over.
    ///
    /// # Errors
    /// If it contradicts those before it. It is left out then, and what was taken before stands.
    pub fn push(&mut self, event: Event) -> Result<(), RecordError> {
        let index = event.index;
        if index != self.next {
            return Err(RecordError::Index { index, expected: self.next });
        }
        if event.time < self.time {
            return Err(RecordError::Time { index, time: event.time, previous: self.time });
        }
        let time = event.time;
        if let Process::Client(process) = event.process {
            self.pair(event, process)?;
        }
        (self.next, self.time) = (index + 1, time);
        Ok(())
    }

    fn pair(&mut self, event: Event, process: ProcessId) -> Result<(), RecordError> {
        let index = event.index;
        if let Some(&retired) = self.retired.get(&process) {
            return Err(RecordError::Retired { index, process, retired });
        }
        if event.kind == EventType::Invoke {
            if let Some(&at) = self.open.get(&process) {
                return Err(RecordError::TwoOpen { index, process, open: self.operations[at].call });
            }
            self.open.insert(process, self.operations.len());
            self.operations.push(begun(event, process));
            return Ok(());
        }
        let Some(&at) = self.open.get(&process) else { return Err(RecordError::NoInvocation { index, process }) };
        let operation = &mut self.operations[at];
        if operation.f != event.f {
            let (f, began, open) = (event.f, operation.f.clone(), operation.call);
            return Err(RecordError::OtherFunction { index, process, f, began, open });
        }
        self.open.remove(&process);
        if event.kind == EventType::Info {
            self.retired.insert(process, index);
        }
        complete(operation, event);
        Ok(())
    }

    /// How many events were taken.
    pub fn events(&self) -> u64 {
        self.next
    }

    /// The time of the last one.
    pub fn time(&self) -> u64 {
        self.time
    }

    /// The operations, in the order of invocation. One without a completion is [`Outcome::Info`]: the record ended first.
    pub fn finish(self) -> Vec<Operation> {
        self.operations
    }
}

/// Pairs a whole history; see [`Pairing`].
///
/// # Errors
/// The first contradiction in the record, if there is one.
pub fn pair(events: impl IntoIterator<Item = Event>) -> Result<Vec<Operation>, RecordError> {
    let mut pairing = Pairing::default();
    events.into_iter().try_for_each(|event| pairing.push(event))?;
    Ok(pairing.finish())
}

fn begun(event: Event, process: ProcessId) -> Operation {
    Operation {
        process,
        f: event.f,
        input: event.value,
        outcome: Outcome::Info,
        output: Value::Null,
        error: None,
        found: None,
        node: event.node,
        call: event.index,
        ret: None,
        call_time: event.time,
        end_time: None,
    }
}

fn complete(operation: &mut Operation, event: Event) {
    operation.outcome = match event.kind {
        EventType::Ok => Outcome::Ok,
        EventType::Fail => Outcome::Fail,
        EventType::Info | EventType::Invoke => Outcome::Info,
    };
    if operation.outcome != Outcome::Info {
        operation.ret = Some(event.index);
    }
    operation.end_time = Some(event.time);
    operation.output = event.value;
    operation.error = event.error;
    operation.found = event.found;
    if event.node.is_some() {
        operation.node = event.node;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A history by its events: process, type, function. Positions and times count up.
    fn history(events: &[(ProcessId, EventType, &str)]) -> Vec<Event> {
        let event = |(index, &(process, kind, f)): (u64, &(ProcessId, EventType, &str))| Event {
            index,
            time: 10 * index,
            process: Process::Client(process),
            kind,
            f: f.to_owned(),
            value: Value::from(index),
            error: None,
            found: None,
            node: None,
        };
        (0..).zip(events).map(event).collect()
    }

    use EventType::{Fail, Info, Invoke, Ok as Done};

    #[test]
    fn invocations_meet_their_completions() {
        let mut events = history(&[
            (1, Invoke, "read"),
            (2, Invoke, "write"),
            (2, Info, "write"),
            (1, Done, "read"),
            (3, Invoke, "cas"),
        ]);
        events.push(Event { index: 5, process: Process::Nemesis, ..events[0].clone() });
        events[5].time = 60;
        let operations = pair(events).expect("a record in order");
        let seen: Vec<_> = operations.iter().map(|o| (o.process, o.outcome, o.call, o.ret, o.end_time)).collect();
        assert_eq!(
            seen,
            [
                (1, Outcome::Ok, 0, Some(3), Some(30)),
                // Its client gave up at 20, but its effect may come at any time.
                (2, Outcome::Info, 1, None, Some(20)),
                (3, Outcome::Info, 4, None, None),
            ]
        );
        assert_eq!((&operations[0].input, &operations[0].output), (&Value::from(0), &Value::from(3)));
    }

    #[test]
    fn every_contradiction_is_named() {
        let error = |events: Vec<Event>| pair(events).expect_err("a contradiction");
        let two_open = history(&[(1, Invoke, "read"), (1, Invoke, "read")]);
        assert_eq!(error(two_open), RecordError::TwoOpen { index: 1, process: 1, open: 0 });
        let alone = history(&[(1, Invoke, "read"), (2, Fail, "read")]);
        assert_eq!(error(alone), RecordError::NoInvocation { index: 1, process: 2 });
        let twice = history(&[(1, Invoke, "read"), (1, Done, "read"), (1, Done, "read")]);
        assert_eq!(error(twice), RecordError::NoInvocation { index: 2, process: 1 });
        let retired = history(&[(1, Invoke, "read"), (1, Info, "read"), (1, Invoke, "read")]);
        assert_eq!(error(retired), RecordError::Retired { index: 2, process: 1, retired: 1 });
        let other = error(history(&[(1, Invoke, "read"), (1, Done, "write")]));
        assert_eq!(other.to_string(), "event 1: process 1 completes `write`, but began `read` at event 0");
        let mut gap = history(&[(1, Invoke, "read"), (1, Done, "read")]);
        gap[1].index = 2;
        assert_eq!(error(gap), RecordError::Index { index: 2, expected: 1 });
        let mut back = history(&[(1, Invoke, "read"), (1, Done, "read"), (1, Invoke, "read")]);
        back[2].time = 3;
        assert_eq!(error(back), RecordError::Time { index: 2, time: 3, previous: 10 });
    }
}
