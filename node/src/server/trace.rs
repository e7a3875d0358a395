//! The trace of a node's protocol, one JSON object a line, each written to the operating system before the node acts on it: so
//! it survives the process, and nothing that others know of this node is missing from it. The format is described in full where
//! it is judged, in the harness' `history/trace.rs`.

use super::ServeError;
use crate::raft::{Configuration, Entry, EntryId, Event, HardState, LogIndex, NodeId, Payload};
use std::{
    collections::{BTreeSet, VecDeque},
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
    hashes: Hashes,
    /// The running hash at the end of the snapshot that the core is about to install.
    installing: u64,
    lines: String,
}

impl Tracer {
    /// Opens the trace to append to it, for a node that recovered this log, which begins after an entry with this running hash.
    ///
    /// # Errors
    /// If the file cannot be opened.
    pub fn open(path: &Path, begin: LogIndex, hash: u64, log: &[Entry]) -> Result<Tracer, ServeError> {
        let failed = |source| ServeError::Trace { path: path.to_owned(), source };
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(path).map_err(failed)?;
        let mut tracer = {
            // A kill may have torn the last line. It ends here, so that it spoils no other.
            let mut last = [b'\n'];
            if file.seek(SeekFrom::End(-1)).is_ok() {
                file.read_exact(&mut last).map_err(failed)?;
            }
            let lines = if last == *b"\n" { String::new() } else { "\n".to_owned() };
            Tracer { path: path.to_owned(), file, hashes: Hashes::new(begin, hash), installing: 0, lines }
        };
        tracer.hashes.extend(log);
        Ok(tracer)
    }

    /// The node has started with what it recovered.
    ///
    /// # Errors
    /// If the trace cannot be written.
    pub fn start(&mut self, node: NodeId, recovered: HardState, last: LogIndex) -> Result<(), ServeError> {
        let HardState { term, vote } = recovered;
        let vote = vote.map_or("null".to_owned(), |vote| format!("\"{vote}\""));
        let hash = self.hashes.at(last);
        self.line(format_args!(
            r#""e":"start","version":2,"node":"{node}","term":{term},"vote":{vote},"last":{last},"hash":"{hash:016x}""#
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
                    self.hashes.truncate(*from);
                    self.line(format_args!(r#""e":"truncate","from":{from}"#));
                }
                Event::Ack { term, index } => {
                    self.line(format_args!(r#""e":"ack","term":{term},"index":{index}"#));
                }
                Event::Configuration { index, configuration } => self.configuration(*index, configuration),
                Event::Compact { last } => {
                    self.snapshot("compact", *last, self.hashes.at(last.index));
                    self.hashes.compact(last.index);
                }
                Event::Install { last } => {
                    self.snapshot("install", *last, self.installing);
                    self.hashes = Hashes::new(last.index, self.installing);
                }
                Event::Commit { term, index } => {
                    self.line(format_args!(r#""e":"commit","term":{term},"index":{index}"#));
                }
            }
        }
        self.flush()
    }

    /// The snapshot that the core is about to install has this running hash.
    pub fn installing(&mut self, hash: u64) {
        self.installing = hash;
    }

    /// The running hash here, in the part of the log that has not been compacted.
    pub fn hash(&self, index: LogIndex) -> u64 {
        self.hashes.at(index)
    }

    /// Everything up to here was applied.
    ///
    /// # Errors
    /// If the trace cannot be written.
    pub fn applied(&mut self, index: LogIndex) -> Result<(), ServeError> {
        let hash = self.hashes.at(index);
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
        self.hashes.extend(entries);
        let mut terms = String::new();
        for run in entries.chunk_by(|one, next| one.id.term == next.id.term) {
            let comma = if terms.is_empty() { "" } else { "," };
            let _ = write!(terms, "{comma}[{},{}]", run[0].id.term, run.len());
        }
        let mut hashes = String::with_capacity(entries.len() * 19);
        for hash in self.hashes.from(first) {
            let comma = if hashes.is_empty() { "" } else { "," };
            let _ = write!(hashes, "{comma}\"{hash:016x}\"");
        }
        self.line(format_args!(r#""e":"append","first":{first},"terms":[{terms}],"hashes":[{hashes}]"#));
    }

    fn configuration(&mut self, index: LogIndex, configuration: &Configuration) {
        let Configuration { voters, outgoing, learners, .. } = configuration;
        let [voters, outgoing, learners] = [voters, outgoing, learners].map(names);
        self.line(format_args!(
            r#""e":"configuration","index":{index},"voters":[{voters}],"outgoing":[{outgoing}],"learners":[{learners}]"#
        ));
    }

    fn snapshot(&mut self, event: &str, last: EntryId, hash: u64) {
        let EntryId { index, term } = last;
        self.line(format_args!(r#""e":"{event}","index":{index},"term":{term},"hash":"{hash:016x}""#));
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

/// The running hash at each index of the log from where it begins, which is where the last snapshot ended: what is in a snapshot
/// is never hashed again.
#[derive(Debug)]
struct Hashes {
    begin: LogIndex,
    hashes: VecDeque<u64>,
}

impl Hashes {
    /// Those of an empty log that begins after this entry.
    fn new(begin: LogIndex, hash: u64) -> Hashes {
        Hashes { begin, hashes: VecDeque::from([hash]) }
    }

    fn position(&self, index: LogIndex) -> usize {
        debug_assert!(index >= self.begin, "{index} is in a snapshot");
        index.0.saturating_sub(self.begin.0) as usize
    }

    fn at(&self, index: LogIndex) -> u64 {
        self.hashes.get(self.position(index)).copied().unwrap_or_default()
    }

    fn from(&self, index: LogIndex) -> impl Iterator<Item = u64> {
        self.hashes.range(self.position(index)..).copied()
    }

    fn extend(&mut self, entries: &[Entry]) {
        for entry in entries {
            let previous = self.hashes.back().copied().unwrap_or_default();
            self.hashes.push_back(running_hash(previous, entry));
        }
    }

    fn truncate(&mut self, from: LogIndex) {
        self.hashes.truncate(self.position(from));
    }

    fn compact(&mut self, begin: LogIndex) {
        self.hashes.drain(..self.position(begin));
        self.begin = begin;
    }
}

fn names(nodes: &BTreeSet<NodeId>) -> String {
    nodes.iter().map(|node| format!("\"{node}\"")).collect::<Vec<_>>().join(",")
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
        Payload::Configuration(configuration) => {
            let bytes = postcard::to_stdvec(configuration).expect("a configuration is plain data");
            fold(fold(hash, &[2]), &bytes)
        }
    }
}

/// The machine's monotonic clock, which all of its processes share.
fn monotonic_ns() -> u64 {
    use nix::time::{ClockId, clock_gettime};
    let now = clock_gettime(ClockId::CLOCK_MONOTONIC).expect("every Linux has a monotonic clock");
    now.tv_sec() as u64 * 1_000_000_000 + now.tv_nsec() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raft::Term;

    fn id(index: u64) -> EntryId {
        EntryId { index: LogIndex(index), term: Term(1) }
    }

    fn entries(from: u64, through: u64) -> Vec<Entry> {
        let entry = |index: u64| Entry { id: id(index), payload: Payload::Command(index.to_string().into()) };
        (from..=through).map(entry).collect()
    }

    /// The lines of a trace without their times.
    fn lines(path: &Path) -> Vec<String> {
        let text = std::fs::read_to_string(path).unwrap();
        let lines = text.lines().map(|line| {
            let (_, event) = line.split_once(',').unwrap();
            format!("{{{event}")
        });
        lines.collect()
    }

    #[test]
    fn hashes_go_on_behind_snapshots_as_if_there_were_none() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        let append = |from, through| Event::Append { entries: entries(from, through) };
        let mut whole = Tracer::open(&path("whole"), LogIndex(0), 0, &[]).unwrap();
        whole.record(&[append(1, 9)]).unwrap();

        let mut compacted = Tracer::open(&path("compacted"), LogIndex(0), 0, &[]).unwrap();
        let compact = Event::Compact { last: id(5) };
        compacted.record(&[append(1, 8), compact, Event::Truncate { from: LogIndex(7) }, append(7, 9)]).unwrap();
        assert_eq!(compacted.hash(LogIndex(5)), whole.hash(LogIndex(5)));
        assert_eq!(compacted.hash(LogIndex(9)), whole.hash(LogIndex(9)));

        let mut installed = Tracer::open(&path("installed"), LogIndex(0), 0, &entries(1, 3)).unwrap();
        installed.installing(whole.hash(LogIndex(5)));
        installed.record(&[Event::Install { last: id(5) }, append(6, 9)]).unwrap();
        assert_eq!(installed.hash(LogIndex(9)), whole.hash(LogIndex(9)));
        let hash = whole.hash(LogIndex(5));
        let expected = format!(r#"{{"e":"install","index":5,"term":1,"hash":"{hash:016x}"}}"#);
        assert_eq!(lines(&path("installed"))[0], expected);

        let restarted = Tracer::open(&path("restarted"), LogIndex(5), hash, &entries(6, 9)).unwrap();
        assert_eq!(restarted.hash(LogIndex(9)), whole.hash(LogIndex(9)));
    }

    #[test]
    fn configuration_names_its_members() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("trace");
        let mut tracer = Tracer::open(&path, LogIndex(0), 0, &[]).unwrap();
        let configuration = Configuration::of([NodeId(1), NodeId(2)]).with_learner(NodeId(4), "there".to_owned());
        tracer.record(&[Event::Configuration { index: LogIndex(3), configuration }]).unwrap();
        let expected = r#"{"e":"configuration","index":3,"voters":["n1","n2"],"outgoing":[],"learners":["n4"]}"#;
        assert_eq!(lines(&path), [expected]);
    }
}
