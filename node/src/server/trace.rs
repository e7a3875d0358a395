//! The trace of a node's protocol, one JSON object a line, each written to the operating system before the node acts on it: so
//! it survives the process, and nothing that others know of this node is missing from it. The format is described in full where
//! it is judged, in the harness' `history/trace.rs`.

use super::ServeError;
use crate::raft::{Entry, Event, HardState, LogIndex, NodeId, Payload};
use std::{
    fmt::Write as _,
    fs::{File, OpenOptions},
    io::{Read as _, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
};

/// Writes a trace.
#[derive(Debug)]
pub struct Tracer {
    path: PathBuf,
    file: File,
    /// The running hash at each log index; that of 0 is 0.
    hashes: Vec<u64>,
    lines: String,
}

impl Tracer {
    /// Opens the trace to append to it, for a node that recovered this log.
    ///
    /// # Errors
    /// If the file cannot be opened.
    pub fn open(path: &Path, log: &[Entry]) -> Result<Tracer, ServeError> {
        let failed = |source| ServeError::Trace { path: path.to_owned(), source };
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(path).map_err(failed)?;
        let mut tracer = {
            // A kill may have torn the last line. It ends here, so that it spoils no other.
            let mut last = [b'\n'];
            if file.seek(SeekFrom::End(-1)).is_ok() {
                file.read_exact(&mut last).map_err(failed)?;
            }
            let lines = if last == *b"\n" { String::new() } else { "\n".to_owned() };
            Tracer { path: path.to_owned(), file, hashes: vec![0], lines }
        };
        tracer.extend(log);
        Ok(tracer)
    }

    /// The node has started with what it recovered.
    ///
    /// # Errors
    /// If the trace cannot be written.
    pub fn start(&mut self, node: NodeId, recovered: HardState, last: LogIndex) -> Result<(), ServeError> {
        let HardState { term, vote } = recovered;
        let vote = vote.map_or("null".to_owned(), |vote| format!("\"{vote}\""));
        let hash = self.hash(last);
        self.line(format_args!(
            r#""e":"start","version":1,"node":"{node}","term":{term},"vote":{vote},"last":{last},"hash":"{hash:016x}""#
        ));
        self.flush()
    }

    /// The core says that these things happened.
    ///
    /// # Errors
    /// If the trace cannot be written.
    pub fn record(&mut self, events: &[Event]) -> Result<(), ServeError> {
        for event in events {
            match event {
                Event::Role { role, term } => {
                    self.line(format_args!(r#""e":"role","role":"{}","term":{term}"#, role.name()));
                }
                Event::Vote { term, candidate } => {
                    self.line(format_args!(r#""e":"vote","term":{term},"for":"{candidate}""#));
                }
                Event::Append { entries } => self.append(entries),
                Event::Truncate { from } => {
                    self.hashes.truncate(from.0 as usize);
                    self.line(format_args!(r#""e":"truncate","from":{from}"#));
                }
                // Written once the harness understands them.
                Event::Configuration { .. } | Event::Compact { .. } | Event::Install { .. } => {}
                Event::Ack { term, index } => {
                    self.line(format_args!(r#""e":"ack","term":{term},"index":{index}"#));
                }
                Event::Commit { term, index } => {
                    self.line(format_args!(r#""e":"commit","term":{term},"index":{index}"#));
                }
            }
        }
        self.flush()
    }

    /// Everything up to here was applied.
    ///
    /// # Errors
    /// If the trace cannot be written.
    pub fn applied(&mut self, index: LogIndex) -> Result<(), ServeError> {
        let hash = self.hash(index);
        self.line(format_args!(r#""e":"apply","index":{index},"hash":"{hash:016x}""#));
        self.flush()
    }

    /// The process ends in good order.
    ///
    /// # Errors
    /// If the trace cannot be written.
    pub fn stop(&mut self) -> Result<(), ServeError> {
        self.line(format_args!(r#""e":"stop""#));
        self.flush()
    }

    fn append(&mut self, entries: &[Entry]) {
        let Some(first) = entries.first() else { return };
        let first = first.id.index;
        self.extend(entries);
        let mut terms = String::new();
        for run in entries.chunk_by(|one, next| one.id.term == next.id.term) {
            let comma = if terms.is_empty() { "" } else { "," };
            let _ = write!(terms, "{comma}[{},{}]", run[0].id.term, run.len());
        }
        let mut hashes = String::with_capacity(entries.len() * 19);
        for hash in &self.hashes[first.0 as usize..] {
            let comma = if hashes.is_empty() { "" } else { "," };
            let _ = write!(hashes, "{comma}\"{hash:016x}\"");
        }
        self.line(format_args!(r#""e":"append","first":{first},"terms":[{terms}],"hashes":[{hashes}]"#));
    }

    fn extend(&mut self, entries: &[Entry]) {
        for entry in entries {
            let previous = self.hashes.last().copied().unwrap_or_default();
            self.hashes.push(running_hash(previous, entry));
        }
    }

    fn hash(&self, index: LogIndex) -> u64 {
        self.hashes.get(index.0 as usize).copied().unwrap_or_default()
    }

    fn line(&mut self, event: std::fmt::Arguments) {
        let time = monotonic_ns();
        // Writing to a string cannot fail.
        let _ = writeln!(self.lines, r#"{{"t":{time},{event}}}"#);
    }

    fn flush(&mut self) -> Result<(), ServeError> {
        let written = self.file.write_all(self.lines.as_bytes());
        self.lines.clear();
        written.map_err(|source| ServeError::Trace { path: self.path.clone(), source })
    }
}

/// FNV-1a over the previous hash, the term and the payload: two logs agree up to an entry when their hashes there are equal.
fn running_hash(previous: u64, entry: &Entry) -> u64 {
    const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    let fold =
        |hash: u64, bytes: &[u8]| bytes.iter().fold(hash, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME));
    let hash = fold(fold(BASIS, &previous.to_le_bytes()), &entry.id.term.0.to_le_bytes());
    match &entry.payload {
        Payload::Noop => fold(hash, &[0]),
        Payload::Command(command) => fold(fold(hash, &[1]), command),
        Payload::Configuration(configuration) => fold(fold(hash, &[2]), configuration.to_string().as_bytes()),
    }
}

/// The machine's monotonic clock, which all of its processes share.
fn monotonic_ns() -> u64 {
    use nix::time::{ClockId, clock_gettime};
    let now = clock_gettime(ClockId::CLOCK_MONOTONIC).expect("every Linux has a monotonic clock");
    now.tv_sec() as u64 * 1_000_000_000 + now.tv_nsec() as u64
}
