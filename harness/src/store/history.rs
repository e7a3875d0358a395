//! `history.jsonl`: written as it happens, and read back by whoever was not there.

use crate::history::{Event, EventIndex, EventType, Operation, Pairing, Process, RecordError};
use crate::outcome::Completion;
use serde_json::Value;
use std::{
    fs::File,
    io::{self, BufRead, BufReader, Write},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// From how many bytes on a buffer is written at once.
const BUFFER_BYTES: usize = 8 << 10;

/// Writes a history, a line an event: a harness that is killed leaves behind what had happened. The operations are kept in memory
/// besides, so that the run is judged without reading the file.
///
/// Position and time are assigned under one lock, in which the line is also written: the order of the lines is the order
/// of events, and the times never run backwards.
pub struct HistoryWriter {
    inner: Mutex<Inner>,
    clock: Box<dyn Fn() -> u64 + Send + Sync>,
    path: PathBuf,
}

struct Inner {
    file: File,
    /// Whole lines that are not yet in the file.
    buffer: Vec<u8>,
    /// How many bytes of the file are whole lines.
    written: u64,
    /// Why nothing can be written any more: the history ends with the last whole line before that.
    failed: Option<(io::ErrorKind, String)>,
    next: EventIndex,
    time: u64,
    /// The operations so far, and the first contradiction among the events; none once they have been handed out.
    pairing: Option<Pairing>,
    contradiction: Option<(EventIndex, RecordError)>,
}

impl Inner {
    /// Hands what is buffered to the operating system. If that cannot take it, what is left of a line there is cut off.
    fn flush(&mut self) -> io::Result<()> {
        if let Some((kind, reason)) = &self.failed {
            return Err(io::Error::new(*kind, reason.clone()));
        }
        let mut done = 0;
        while done < self.buffer.len() {
            let error = match self.file.write(&self.buffer[done..]) {
                Ok(0) => io::ErrorKind::WriteZero.into(),
                Ok(bytes) => {
                    done += bytes;
                    continue;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => error,
            };
            let whole = self.buffer[..done].iter().rposition(|&byte| byte == b'\n').map_or(0, |last| last + 1);
            self.file.set_len(self.written + whole as u64)?;
            self.failed = Some((error.kind(), error.to_string()));
            return Err(error);
        }
        self.written += done as u64;
        self.buffer.clear();
        Ok(())
    }
}

impl HistoryWriter {
    /// A new history in this file. `clock` tells the time since the start of the run, in ns.
    ///
    /// # Errors
    /// If the file cannot be made.
    pub fn create(path: &Path, clock: impl Fn() -> u64 + Send + Sync + 'static) -> io::Result<HistoryWriter> {
        let inner = Inner {
            file: File::create_new(path)?,
            buffer: Vec::new(),
            written: 0,
            failed: None,
            next: 0,
            time: 0,
            pairing: Some(Pairing::default()),
            contradiction: None,
        };
        Ok(HistoryWriter { inner: Mutex::new(inner), clock: Box::new(clock), path: path.to_owned() })
    }

    /// An operation begins. To be recorded before anything is sent.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn invoke(&self, process: Process, f: &str, value: Value) -> io::Result<Event> {
        self.record(Event {
            index: 0,
            time: 0,
            process,
            kind: EventType::Invoke,
            f: f.to_string(),
            value,
            error: None,
            found: None,
            node: None,
        })
    }

    /// An operation ends. To be recorded after everything has been received. What was buffered reaches the operating
    /// system with it, and so survives the harness.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn complete(
        &self,
        process: Process,
        f: &str,
        completion: Completion,
        node: Option<String>,
    ) -> io::Result<Event> {
        let kind = completion.event_type();
        let Completion { value, error, found, .. } = completion;
        let event =
            self.record(Event { index: 0, time: 0, process, kind, f: f.to_string(), value, error, found, node })?;
        self.flush()?;
        Ok(event)
    }

    /// The nemesis did something.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn nemesis(&self, f: &str, value: Value) -> io::Result<Event> {
        let completion = Completion { outcome: crate::history::Outcome::Info, value, error: None, found: None };
        self.complete(Process::Nemesis, f, completion, None)
    }

    /// Hands what is buffered to the operating system.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn flush(&self) -> io::Result<()> {
        self.lock().flush()
    }

    /// Puts everything on stable storage.
    ///
    /// # Errors
    /// If that fails.
    pub fn sync(&self) -> io::Result<()> {
        let mut inner = self.lock();
        inner.flush()?;
        inner.file.sync_all()
    }

    /// Hands out what was recorded so far: the same as [`read_history`] would. What is recorded after that is in the file only.
    pub fn recorded(&self) -> Recorded {
        let mut inner = self.lock();
        // What could not be written is not judged either: nobody could look it up.
        if inner.failed.is_some() {
            return read_history(&self.path);
        }
        let pairing = inner.pairing.take().unwrap_or_default();
        let (events, end) = (pairing.events(), pairing.time());
        let contradiction = inner.contradiction.take();
        let error = contradiction.map(|(index, error)| {
            let (path, line) = (self.path.display().to_string(), index + 1);
            HistoryError::Contradiction { path, line, error }
        });
        Recorded { operations: pairing.finish(), events, end, error }
    }

    /// The operations so far; those under way are open to the end.
    pub fn so_far(&self) -> Vec<Operation> {
        // The copy is made under the lock, the rest is not.
        let pairing = self.lock().pairing.clone();
        pairing.unwrap_or_default().finish()
    }

    /// Gives the event its place and time, and writes it.
    fn record(&self, mut event: Event) -> io::Result<Event> {
        let mut inner = self.lock();
        let time = (self.clock)().max(inner.time);
        (event.index, event.time) = (inner.next, time);
        serde_json::to_writer(&mut inner.buffer, &event)?;
        inner.buffer.push(b'\n');
        if inner.buffer.len() >= BUFFER_BYTES {
            inner.flush()?;
        }
        (inner.next, inner.time) = (inner.next + 1, time);
        if inner.contradiction.is_none()
            && let Some(pairing) = &mut inner.pairing
            && let Err(error) = pairing.push(event.clone())
        {
            inner.contradiction = Some((event.index, error));
        }
        Ok(event)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // A writer that panicked has left the file with whole lines, or with a torn one that the reader will name.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why a history cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// The file cannot be read.
    #[error("{path}: {error}")]
    Io {
        /// Which.
        path: String,
        /// Why.
        error: io::Error,
    },
    /// A line is not an event.
    #[error("{path}, line {line}: {reason}")]
    Line {
        /// Of which file.
        path: String,
        /// Its number, from 1.
        line: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// The last line is cut off: the writer was killed.
    #[error("{path}, line {line}: cut off in the middle; the {} lines before it are whole", line - 1)]
    Torn {
        /// Of which file.
        path: String,
        /// Its number, from 1.
        line: u64,
    },
    /// An event contradicts those before it.
    #[error("{path}, line {line}: {error}")]
    Contradiction {
        /// In which file.
        path: String,
        /// The number of the event's line, from 1.
        line: u64,
        /// What it contradicts.
        error: RecordError,
    },
}

/// Reads a history, an event after the other.
///
/// # Errors
/// If the file cannot be read, a line is not an event, the last line is cut off, or `take` finds a contradiction. All events
/// before it have been taken.
pub fn read_events(path: &Path, mut take: impl FnMut(Event) -> Result<(), RecordError>) -> Result<(), HistoryError> {
    let name = || path.display().to_string();
    let failed = |error| HistoryError::Io { path: name(), error };
    let mut reader = BufReader::with_capacity(1 << 20, File::open(path).map_err(failed)?);
    let mut bytes = Vec::new();
    for line in 1.. {
        bytes.clear();
        if reader.read_until(b'\n', &mut bytes).map_err(failed)? == 0 {
            break;
        }
        match serde_json::from_slice(&bytes) {
            Ok(event) => take(event).map_err(|error| HistoryError::Contradiction { path: name(), line, error })?,
            Err(_) if bytes.last() != Some(&b'\n') => return Err(HistoryError::Torn { path: name(), line }),
            Err(error) => return Err(HistoryError::Line { path: name(), line, reason: error.to_string() }),
        }
    }
    Ok(())
}

/// What a history holds. The events themselves are not kept: they are in the file.
#[derive(Debug)]
pub struct Recorded {
    /// The operations, in the order of invocation.
    pub operations: Vec<Operation>,
    /// How many events there are.
    pub events: u64,
    /// The time of the last one, in ns.
    pub end: u64,
    /// What keeps the rest from being read, or trusted.
    pub error: Option<HistoryError>,
}

/// Reads a history as far as it is whole and in order.
pub fn read_history(path: &Path) -> Recorded {
    let mut pairing = Pairing::default();
    let error = read_events(path, |event| pairing.push(event)).err();
    let (events, end) = (pairing.events(), pairing.time());
    Recorded { operations: pairing.finish(), events, end, error }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::sync::atomic::{AtomicU64, Ordering};

    fn written(clock: impl Fn() -> u64 + Send + Sync + 'static) -> (tempfile::TempDir, PathBuf) {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("history.jsonl");
        let writer = HistoryWriter::create(&path, clock).expect("a file");
        writer.invoke(Process::Client(3), "cas", json!(["k1", [1, 2]])).expect("written");
        writer.nemesis("start-partition", json!("n1 | n2 n3")).expect("written");
        let completion = Completion::mismatch(json!(["k1", [1, 2]]), Value::Null);
        writer.complete(Process::Client(3), "cas", completion, Some("n2".to_string())).expect("written");
        (directory, path)
    }

    #[test]
    fn what_is_handed_out_is_what_is_in_the_file() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("history.jsonl");
        let ticks = AtomicU64::new(0);
        let writer = HistoryWriter::create(&path, move || ticks.fetch_add(7, Ordering::Relaxed)).expect("a file");
        let begin = |process, value| writer.invoke(Process::Client(process), "cas", value).expect("written");
        begin(1, json!(["k1", [1, 2]]));
        writer.nemesis("start-partition", json!("n1 | n2 n3")).expect("written");
        begin(2, json!(["k1", [2, 3]]));
        let completion = Completion::mismatch(json!(["k1", [1, 2]]), Value::Null);
        writer.complete(Process::Client(1), "cas", completion.clone(), Some("n2".to_string())).expect("written");
        writer.flush().expect("flushed");
        let (read, handed) = (read_history(&path), writer.recorded());
        assert_eq!((handed.operations, handed.events, handed.end), (read.operations, read.events, read.end));
        assert!(handed.error.is_none() && read.error.is_none() && read.events == 4);
        // A harness that contradicts itself is found out as if the file had been read.
        let path = directory.path().join("broken.jsonl");
        let writer = HistoryWriter::create(&path, || 0).expect("a file");
        writer.complete(Process::Client(1), "cas", completion, None).expect("written");
        let (handed, read) = (writer.recorded(), read_history(&path));
        let words = |recorded: &Recorded| recorded.error.as_ref().map(ToString::to_string);
        assert_eq!(words(&handed), words(&read));
        assert!(words(&handed).is_some_and(|error| error.contains("completes an operation that it never began")));
    }

    fn events(path: &Path) -> Vec<Event> {
        let mut events = Vec::new();
        let read = read_events(path, |event| {
            events.push(event);
            Ok(())
        });
        read.expect("whole");
        events
    }

    #[test]
    fn a_history_is_read_back_as_it_was_written() {
        // A clock that runs backwards, as no monotonic clock does.
        let ticks = AtomicU64::new(90);
        let (_directory, path) = written(move || ticks.fetch_sub(30, Ordering::Relaxed));
        let events = events(&path);
        assert_eq!(
            events.iter().map(|event| (event.index, event.time)).collect::<Vec<_>>(),
            [(0, 90), (1, 90), (2, 90)]
        );
        assert_eq!(events[1].process, Process::Nemesis);
        assert_eq!(events[2].found, Some(Value::Null));
        assert_eq!(events[2].node.as_deref(), Some("n2"));
        let recorded = read_history(&path);
        assert_eq!((recorded.operations.len(), recorded.events, recorded.end), (1, 3, 90));
        assert!(recorded.error.is_none());
    }

    #[test]
    fn what_is_completed_is_in_the_file_while_the_writer_lives() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("history.jsonl");
        let writer = HistoryWriter::create(&path, || 0).expect("a file");
        writer.invoke(Process::Client(0), "read", json!(["k1", null])).expect("written");
        writer.complete(Process::Client(0), "read", Completion::ok(json!(["k1", 1])), None).expect("written");
        assert_eq!(events(&path).len(), 2);
    }

    #[test]
    fn a_cut_off_last_line_leaves_the_rest() {
        let (_directory, path) = written(|| 0);
        let text = std::fs::read_to_string(&path).expect("text");
        std::fs::write(&path, &text[..text.len() - 9]).expect("written");
        let recorded = read_history(&path);
        assert!(matches!(recorded.error, Some(HistoryError::Torn { line: 3, .. })), "{recorded:?}");
        assert_eq!((recorded.operations.len(), recorded.events), (1, 2));
    }

    #[test]
    fn a_missing_last_newline_is_no_harm() {
        let (_directory, path) = written(|| 0);
        let text = std::fs::read_to_string(&path).expect("text");
        std::fs::write(&path, text.trim_end()).expect("written");
        assert_eq!(events(&path).len(), 3);
    }

    #[test]
    fn a_bad_line_is_named() {
        let (_directory, path) = written(|| 0);
        let mut text = std::fs::read_to_string(&path).expect("text");
        let second = text.find('\n').expect("a line") + 1;
        text.insert_str(second, "{\"index\":1}\n");
        std::fs::write(&path, text).expect("written");
        let error = read_history(&path).error.expect("a bad line");
        assert!(matches!(error, HistoryError::Line { line: 2, .. }), "{error}");
        assert!(error.to_string().contains("line 2"), "{error}");
    }
}
