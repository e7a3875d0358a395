//! Histories that others recorded: in EDN, in Jepsen's log lines, and as a JSON array.
//!
//! They become events as ours are, but for one thing: where a register holds a value at first, a read of nil says nothing, as in
//! Knossos (see [`forget_nil_reads`]). The order of the file is the order of events: positions are counted anew, and a time that runs
//! backwards, as in a file whose times come from several machines, is that of the event before it. An operation on one object
//! without a key is one on the key [`ONLY_KEY`]. A list of micro-operations without a function is a transaction.

mod edn;
mod jepsen_log;
mod json;
mod keys;

pub use edn::to_edn;

use super::history::{HistoryError, Recorded, read_history};
pub use crate::history::ONLY_KEY;
use crate::history::{Event, EventType, Operation, Outcome, Pairing, Process};
use serde_json::{Value, json};
use std::{fs, io::Read, path::Path};

/// So much of a file shows in what form it is.
const BEGINNING_BYTES: u64 = 64 << 10;

/// How a history is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// An event on each line, as this program writes it.
    JsonLines,
    /// One array of operation maps.
    JsonArray,
    /// A vector, a list or a stream of operation maps.
    Edn,
    /// `INFO jepsen.util - process type f value`, between other lines.
    JepsenLog,
}

impl Form {
    /// The form of a file that begins like this. What looks like nothing else is taken for JSON lines, whose reader says what is
    /// wrong with it.
    pub fn of(beginning: &str) -> Form {
        if beginning.contains("jepsen.util - ") {
            return Form::JepsenLog;
        }
        let text = edn::skip(beginning);
        let inside = edn::skip(text.get(1..).unwrap_or_default());
        match (text.chars().next(), inside.chars().next()) {
            (Some('('), _) | (Some('{'), Some(':')) | (Some('#'), _) => Form::Edn,
            (Some('['), Some('{')) if edn::skip(&inside[1..]).starts_with('"') => Form::JsonArray,
            (Some('['), _) => Form::Edn,
            _ => Form::JsonLines,
        }
    }
}

/// An event as it stands in the file.
#[derive(Clone, Debug, PartialEq)]
struct Written {
    /// The number of the line on which it begins, from 1.
    line: u64,
    /// None if it is not said.
    process: Option<Process>,
    kind: EventType,
    f: String,
    value: Value,
    /// In ns.
    time: Option<u64>,
    error: Option<String>,
    /// What a compare-and-set that failed met, in what this program exported.
    found: Option<Value>,
    /// Whether the value says of itself that it is a key and a value.
    is_tuple: bool,
}

/// What is wrong, on which line.
type Refused = (u64, String);

/// Reads a history in whichever form it is, as far as it is whole and in order. `initial` is what registers hold at first: if it is
/// nil, so is what others read as nil. In histories of this program nil is a value in any case.
pub fn read_any_history(path: &Path, initial: &Value) -> Recorded {
    let failed = |error| {
        let error = Some(HistoryError::Io { path: path.display().to_string(), error });
        Recorded { operations: Vec::new(), events: 0, end: 0, error }
    };
    let mut beginning = Vec::new();
    let read = fs::File::open(path).and_then(|file| file.take(BEGINNING_BYTES).read_to_end(&mut beginning));
    if let Err(error) = read {
        return failed(error);
    }
    let parse = match Form::of(&String::from_utf8_lossy(&beginning)) {
        Form::JsonLines => {
            let mut recorded = read_history(path);
            keys::add_missing(&mut recorded.operations);
            return recorded;
        }
        Form::JsonArray => json::events,
        Form::Edn => edn::events,
        Form::JepsenLog => jepsen_log::events,
    };
    match fs::read_to_string(path) {
        Ok(text) => {
            let (written, refused) = parse(&text);
            let mut recorded = paired(path, written, refused);
            if !initial.is_null() {
                forget_nil_reads(&mut recorded.operations);
            }
            recorded
        }
        Err(error) => failed(error),
    }
}

/// Makes reads of nil say nothing: Jepsen's clients complete a read so if they did not see what the register held.
fn forget_nil_reads(operations: &mut [Operation]) {
    let read_nil = |operation: &Operation| {
        let value = operation.output.as_array().and_then(|parts| parts.get(1));
        operation.f == "read" && operation.outcome == Outcome::Ok && value.is_some_and(Value::is_null)
    };
    for operation in operations.iter_mut().filter(|operation| read_nil(operation)) {
        (operation.outcome, operation.ret) = (Outcome::Info, None);
    }
}

/// Pairs what was read, up to the first contradiction.
fn paired(path: &Path, written: Vec<Written>, refused: Option<Refused>) -> Recorded {
    let name = || path.display().to_string();
    let has_keys = keys::has_keys(&written);
    // Where nobody is named there is one process, which does one thing after the other.
    let has_processes = written.iter().any(|event| event.process.is_some());
    let mut pairing = Pairing::default();
    let mut error = None;
    for event in written {
        let line = event.line;
        if event.process.is_none() && has_processes {
            let reason = "an operation needs a process, as others here have one".to_owned();
            error = Some(HistoryError::Line { path: name(), line, reason });
            break;
        }
        if let Err(contradiction) = pairing.push(event.become_ours(pairing.events(), pairing.time(), has_keys)) {
            error = Some(HistoryError::Contradiction { path: name(), line, error: contradiction });
            break;
        }
    }
    let error = error.or(refused.map(|(line, reason)| HistoryError::Line { path: name(), line, reason }));
    let (events, end) = (pairing.events(), pairing.time());
    Recorded { operations: pairing.finish(), events, end, error }
}

impl Written {
    fn become_ours(self, index: u64, earliest: u64, has_keys: bool) -> Event {
        let Written { process, kind, f, value, time, error, found, .. } = self;
        let process = process.unwrap_or(Process::Client(0));
        let value = if has_keys { value } else { keys::with_key(&f, value) };
        let time = time.unwrap_or(index).max(earliest);
        Event { index, time, process, kind, f, value, error, found, node: None }
    }
}

/// The function of a transaction.
const TRANSACTION: &str = "txn";

/// Whether a value is a list of micro-operations: `[[f key value] …]`.
fn is_transaction(value: &Value) -> bool {
    let is_part = |part: &Value| part.as_array().is_some_and(|words| words.len() == 3 && words[0].is_string());
    value.as_array().is_some_and(|parts| !parts.is_empty() && parts.iter().all(is_part))
}

/// An event's parts by name, whatever they were written in.
struct Parts<'a> {
    process: Option<&'a Value>,
    kind: Option<&'a Value>,
    f: Option<&'a Value>,
    value: Option<&'a Value>,
    time: Option<&'a Value>,
    error: Option<&'a Value>,
    found: Option<&'a Value>,
    key: Option<&'a Value>,
}

impl<'a> Parts<'a> {
    /// Those that are there.
    fn by_name(part: impl Fn(&str) -> Option<&'a Value>) -> Parts<'a> {
        Parts {
            process: part("process"),
            kind: part("type"),
            f: part("f"),
            value: part("value"),
            time: part("time"),
            error: part("error"),
            found: part("found"),
            key: part("key").filter(|key| !key.is_null()),
        }
    }
}

impl Parts<'_> {
    fn written(&self, line: u64, is_tuple: bool) -> Result<Written, Refused> {
        let refuse = |reason: String| (line, reason);
        let text = |part: Option<&Value>, name: &str| match part {
            Some(Value::String(text)) => Ok(text.clone()),
            Some(other) => Err(refuse(format!("an operation's {name} is a word, and not {other}"))),
            None => Err(refuse(format!("an operation needs a {name}"))),
        };
        let process = match self.process {
            Some(Value::Number(number)) if number.is_u64() => {
                Some(Process::Client(number.as_u64().unwrap_or_default()))
            }
            // Whoever has no number is no client: the nemesis, or a generator of its own.
            Some(Value::String(_)) => Some(Process::Nemesis),
            Some(other) => return Err(refuse(format!("a process is a number from 0 or a name, and not {other}"))),
            None => None,
        };
        let kind = match text(self.kind, "type")?.as_str() {
            "invoke" => EventType::Invoke,
            "ok" => EventType::Ok,
            "fail" => EventType::Fail,
            "info" => EventType::Info,
            other => {
                return Err(refuse(format!("an operation's type is invoke, ok, fail or info, and not `{other}`")));
            }
        };
        // Jepsen's nemesis has events without a function.
        let f = match process {
            Some(Process::Client(_)) | None if self.f.is_none() && self.value.is_some_and(is_transaction) => {
                TRANSACTION.to_owned()
            }
            Some(Process::Client(_)) | None => text(self.f, "function (f)")?,
            Some(Process::Nemesis) => self.f.and_then(Value::as_str).unwrap_or_default().to_owned(),
        };
        let error = self.error.filter(|error| !error.is_null()).map(|error| match error {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        });
        let value = self.value.cloned().unwrap_or_default();
        let (value, is_tuple) = match self.key {
            Some(key) => (json!([key, value]), true),
            None => (value, is_tuple),
        };
        let (time, found) = (self.time.and_then(Value::as_u64), self.found.cloned());
        Ok(Written { line, process, kind, f, value, time, error, found, is_tuple })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Recorded {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("history");
        fs::write(&path, text).expect("written");
        read_any_history(&path, &Value::Null)
    }

    const STREAM: &str =
        "{:process 0, :type :invoke, :f :write, :value 3}\n{:process 0, :type :ok, :f :write, :value 3}\n";

    #[test]
    fn each_form_is_known_by_its_beginning() {
        let json_line = "{\"index\":0,\"time\":0}";
        let known = [
            (STREAM, Form::Edn),
            ("; a comment\n ({:process 0}", Form::Edn),
            ("[{:process 0}]", Form::Edn),
            ("[ { :process 0}]", Form::Edn),
            ("#jepsen.history.Op{:process 0}", Form::Edn),
            ("[{\"process\": 0}]", Form::JsonArray),
            ("[\n { \"process\": 0}]", Form::JsonArray),
            (json_line, Form::JsonLines),
            ("", Form::JsonLines),
            ("INFO jepsen.core - hello\nINFO  jepsen.util - 0\t:invoke\t:read\tnil\n", Form::JepsenLog),
        ];
        for (text, form) in known {
            assert_eq!(Form::of(text), form, "{text}");
        }
    }

    #[test]
    fn the_same_history_reads_alike_in_every_form() {
        let forms = [
            STREAM.to_owned(),
            format!("[{STREAM}]"),
            format!("({})", STREAM.replace('{', "#jepsen.history.Op{:index 7, ")),
            "[{\"process\":0,\"type\":\"invoke\",\"f\":\"write\",\"value\":3},\n{\"process\":0,\"type\":\"ok\",\"f\":\"write\",\"value\":3}]".to_owned(),
            "INFO jepsen.util - 0\t:invoke\t:write\t3\nWARN something else\nINFO  jepsen.util - 0\t:ok\t:write\t3\n".to_owned(),
        ];
        for text in forms {
            let recorded = read(&text);
            assert!(recorded.error.is_none(), "{text}: {:?}", recorded.error);
            let [operation] = recorded.operations.as_slice() else { panic!("{text}: {:?}", recorded.operations) };
            assert_eq!(
                (operation.process, operation.f.as_str(), operation.outcome),
                (0, "write", Outcome::Ok),
                "{text}"
            );
            assert_eq!((&operation.input, recorded.events), (&json!([ONLY_KEY, 3]), 2), "{text}");
        }
    }

    #[test]
    fn read_of_nil_says_nothing_where_registers_hold_something_at_first() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("history");
        fs::write(&path, "{:process 0, :type :invoke, :f :read}\n{:process 0, :type :ok, :f :read, :value nil}")
            .expect("written");
        let outcome = |initial: Value| read_any_history(&path, &initial).operations[0].outcome;
        assert_eq!((outcome(Value::Null), outcome(json!(0))), (Outcome::Ok, Outcome::Info));
    }

    #[test]
    fn keys_are_taken_as_keys() {
        let pairs = "{:process 0, :type :invoke, :f :write, :value [x 3]}\n{:process 1, :type :invoke, :f :read, :value [y nil]}\n";
        let inputs = |text| read(text).operations.into_iter().map(|operation| operation.input).collect::<Vec<_>>();
        assert_eq!(inputs(pairs), [json!(["x", 3]), json!(["y", null])]);
        let one_key = pairs.replace("[y nil]", "nil");
        assert_eq!(inputs(&one_key), [json!([ONLY_KEY, ["x", 3]]), json!([ONLY_KEY, null])]);
        let tuple = "{:process 0, :type :invoke, :f :cas, :value #jepsen.independent/tuple [7 [1 2]]}";
        assert_eq!(inputs(tuple), [json!([7, [1, 2]])]);
    }

    #[test]
    fn where_nobody_is_named_there_is_one_process() {
        let recorded = read("{:type :invoke, :f :read}{:type :ok, :f :read}{:type :invoke, :f :read}");
        assert!(recorded.error.is_none(), "{:?}", recorded.error);
        let outcomes: Vec<_> =
            recorded.operations.iter().map(|operation| (operation.process, operation.outcome)).collect();
        assert_eq!(outcomes, [(0, Outcome::Ok), (0, Outcome::Info)]);
    }

    #[test]
    fn a_list_of_micro_operations_is_a_transaction() {
        let text = "{:type :invoke, :value [[:append 1 2] [:r 3 nil]]}\n{:type :ok, :value [[:append 1 2] [:r 3 [4]]]}";
        let recorded = read(text);
        assert!(recorded.error.is_none(), "{:?}", recorded.error);
        let [operation] = recorded.operations.as_slice() else { panic!("{:?}", recorded.operations) };
        assert_eq!((operation.process, operation.f.as_str(), operation.outcome), (0, "txn", Outcome::Ok));
        assert_eq!(operation.output, json!([["append", 1, 2], ["r", 3, [4]]]));
    }

    #[test]
    fn what_is_no_history_is_refused_with_its_line() {
        let refused = [
            (format!("{STREAM}{{:process 0, :type :ok, :f :write}}"), 3, "completes an operation that it never began"),
            (format!("{STREAM}{{:process 0, :type :maybe, :f :write}}"), 3, "not `maybe`"),
            (format!("{STREAM}\n\n{{:process -1, :type :ok, :f :write}}"), 5, "a number from 0"),
            (format!("{STREAM}{{:type :ok, :f :write}}"), 3, "needs a process"),
            (format!("{STREAM}17"), 3, "not an operation"),
            (format!("[{STREAM}"), 3, "ends before"),
            (format!("{STREAM}{{:process 0, :type "), 3, ""),
            ("[{\"process\": 0, \"type\": \"invoke\", \"f\": 3}]".to_owned(), 1, "is a word"),
            ("[{\"process\": 0, \"type\": \"invoke\"".to_owned(), 1, "EOF"),
            (
                "INFO jepsen.util - 0\t:invoke\t:read\tnil\nINFO jepsen.util - 0\t:invoke\n".to_owned(),
                2,
                "process, type, f and value",
            ),
        ];
        for (text, line, reason) in refused {
            let error = read(&text).error.unwrap_or_else(|| panic!("{text} is taken")).to_string();
            assert!(error.contains(&format!("line {line}: ")) && error.contains(reason), "{text}: {error}");
        }
    }
}
