//! The nodes' traces, read and judged while they grow.

use crate::{
    checker::{
        CheckResult, NodeTrace, RaftSafety,
        raft_safety::{Reader, Spot, parse_line},
    },
    history::trace::TraceEvent,
    store::RunDir,
    test::Test,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    io::{self, BufRead, BufReader, Read, Seek},
    path::PathBuf,
};

/// How much of a trace is read at a time.
const CHUNK: u64 = 64 << 10;

/// The traces of a run, as far as they have been read and judged.
pub(super) struct Traces {
    files: Vec<TraceFile>,
    safety: RaftSafety,
    buffer: Vec<u8>,
}

/// The trace of a node.
struct TraceFile {
    path: PathBuf,
    /// Whether the node may never have been there.
    is_spare: bool,
    /// What of it is kept: its lines but those about entries.
    kept: NodeTrace,
    reader: Reader,
    file: Option<File>,
    /// Why it cannot be read.
    error: Option<io::Error>,
    /// The time of its last line that has been read.
    reached: u64,
    /// How many bytes of it are still to be read for now.
    left: u64,
}

impl Traces {
    /// Nothing read yet.
    pub(super) fn of(test: &Test, run: &RunDir) -> Traces {
        let (founders, spares) = (test.node_names(), test.spare_names());
        let safety = RaftSafety::new(founders.iter().chain(&spares).map(String::as_str), &founders);
        let file = |(node, is_spare): (&String, bool)| TraceFile {
            path: run.node_trace(node),
            is_spare,
            kept: NodeTrace { node: node.clone(), ..NodeTrace::default() },
            reader: Reader::default(),
            file: None,
            error: None,
            reached: 0,
            left: 0,
        };
        let all = founders.iter().map(|node| (node, false)).chain(spares.iter().map(|node| (node, true)));
        Traces { files: all.map(file).collect(), safety, buffer: Vec::new() }
    }

    /// Reads what was added to the files since the last time, and judges it up to the time `until`, a moment that has passed on the
    /// machine's clock.
    ///
    /// The nodes are still running, and the files are read one after the other. Without a common end, one trace could show
    /// the consequence (a commit) of what is missing from another that was read earlier (an acknowledgement). A line is
    /// written before its node acts on it towards others, so that the cause of every line before the common end is there too.
    ///
    /// It is always the trace that lags behind of which some is read, so that not much of any lies in memory.
    pub(super) fn read(&mut self, until: u64) {
        for (node, file) in self.files.iter_mut().enumerate() {
            let looked = file.look();
            file.left = *looked.as_ref().unwrap_or(&0);
            file.error = looked.err();
            // Where there is none, there may be one later.
            if let Some(error) = file.error.as_ref().filter(|error| error.kind() != io::ErrorKind::NotFound) {
                self.safety.close(node, unreadable(error));
            }
        }
        let lagging = |files: &[TraceFile]| {
            let unread = files.iter().enumerate().filter(|(_, file)| file.left > 0);
            unread.min_by_key(|(_, file)| file.reached).map(|(node, _)| node)
        };
        while let Some(node) = lagging(&self.files) {
            self.read_some(node);
            // More lines with the time that the trace has reached may follow.
            let passed = lagging(&self.files).map_or(until, |node| self.files[node].reached.saturating_sub(1));
            self.safety.advance(passed.min(until));
        }
        self.safety.advance(until);
    }

    fn read_some(&mut self, node: usize) {
        let (Traces { files, safety, buffer }, mut times) = (self, 0);
        let TraceFile { kept, reader, file: Some(file), error, reached, left, .. } = &mut files[node] else { return };
        buffer.clear();
        match file.take(CHUNK.min(*left)).read_to_end(buffer) {
            Ok(0) => *left = 0,
            Ok(count) => *left -= count as u64,
            Err(why) => {
                safety.close(node, unreadable(&why));
                (*left, *error) = (0, Some(why));
            }
        }
        reader.read(buffer, |line, event| {
            match &event {
                Ok(event) if event.kind.is_about_entries() => times = times.max(event.t),
                Ok(event) => {
                    times = times.max(event.t);
                    kept.lines.push((line, event.clone()));
                }
                Err(error) => kept.broken.push((line, error.clone())),
            }
            safety.line(Spot { node, line }, event);
        });
        *reached = times.max(*reached);
    }

    /// A violation of Raft's safety, if what was read so far shows one.
    pub(super) fn violation(&self) -> Option<String> {
        self.safety.violation()
    }

    /// The judgement of Raft's safety, with times since `epoch`.
    pub(super) fn judge(&self, epoch: u64) -> CheckResult {
        self.safety.result(epoch, |spots| self.again(spots))
    }

    /// Reads single lines again.
    fn again(&self, spots: &BTreeSet<Spot>) -> BTreeMap<Spot, TraceEvent> {
        let mut events = BTreeMap::new();
        for (node, file) in self.files.iter().enumerate() {
            let Some(last) = spots.iter().rfind(|spot| spot.node == node) else { continue };
            // What cannot be read now is missing from what is shown.
            let Ok(file) = File::open(&file.path) else { continue };
            let lines = (1..=last.line).zip(BufReader::new(file).split(b'\n').map_while(Result::ok));
            for (line, text) in lines {
                let spot = Spot { node, line };
                if spots.contains(&spot) {
                    events.extend(parse_line(&text).map(|event| (spot, event)));
                }
            }
        }
        events
    }

    /// Which traces are missing that should be there, and why.
    pub(super) fn missing(&self) -> impl Iterator<Item = String> {
        self.files.iter().filter_map(|file| {
            let error = file.error.as_ref()?;
            let is_absent = error.kind() == io::ErrorKind::NotFound;
            (!is_absent || !file.is_spare).then(|| format!("the trace of {} cannot be read: {error}", file.kept.node))
        })
    }

    /// What was kept of the traces that were there, up to the time `until`.
    pub(super) fn into_lines(self, until: u64) -> Vec<NodeTrace> {
        let was_there = self.files.into_iter().filter(|file| file.file.is_some());
        let kept = was_there.map(|TraceFile { mut kept, .. }| {
            kept.lines.retain(|(_, event)| event.t <= until);
            kept
        });
        kept.collect()
    }
}

fn unreadable(error: &io::Error) -> String {
    format!("has a trace that cannot be read: {error}")
}

impl TraceFile {
    /// How much there is to be read now.
    fn look(&mut self) -> io::Result<u64> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(File::open(&self.path)?),
        };
        Ok(file.metadata()?.len().saturating_sub(file.stream_position()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        checker::{Verdict, Witness},
        test::example,
    };
    use std::{fs::OpenOptions, io::Write};

    /// One node that leads itself and commits an entry; then it votes twice.
    const LINES: [&str; 9] = [
        r#"{"t":1,"e":"start","version":2,"node":"n1","term":0,"vote":null,"last":0,"hash":"0000000000000000"}"#,
        r#"{"t":2,"e":"role","role":"candidate","term":1}"#,
        r#"{"t":3,"e":"vote","term":1,"for":"n1"}"#,
        r#"{"t":4,"e":"role","role":"leader","term":1}"#,
        r#"{"t":5,"e":"append","first":1,"terms":[[1,1]],"hashes":["8f00000000000000"]}"#,
        r#"{"t":6,"e":"ack","term":1,"index":1}"#,
        r#"{"t":7,"e":"commit","term":1,"index":1}"#,
        r#"{"t":8,"e":"apply","index":1,"hash":"8f00000000000000"}"#,
        r#"{"t":9,"e":"vote","term":1,"for":"n2"}"#,
    ];

    fn run() -> (tempfile::TempDir, RunDir, Traces) {
        let directory = tempfile::tempdir().expect("a directory");
        let run = RunDir::new(directory.path());
        std::fs::create_dir_all(run.node("n1")).expect("another");
        let traces = Traces::of(&Test { nodes: 1, ..example() }, &run);
        (directory, run, traces)
    }

    #[test]
    fn a_trace_is_judged_while_it_grows() {
        let (_directory, run, mut traces) = run();
        traces.read(1);
        assert_eq!((traces.violation(), traces.missing().count()), (None, 1));
        let mut file = OpenOptions::new().create(true).append(true).open(run.node_trace("n1")).expect("a file");
        let text = LINES.join("\n") + "\n";
        for piece in text.as_bytes().chunks(50) {
            assert_eq!(traces.violation(), None);
            file.write_all(piece).expect("room");
            traces.read(8);
        }
        let result = traces.judge(0);
        assert_eq!((result.verdict, result.counts["lines"]), (Verdict::Valid, 8), "{result:?}");
        traces.read(9);
        assert!(traces.violation().is_some_and(|violation| violation.contains("voted for both n1 and n2")));
        let result = traces.judge(2);
        let Witness::Nodes { events } = &result.violations[0].witness else { panic!("{result:?}") };
        let told: Vec<_> = events.iter().map(|event| (event.line, event.time, event.text.as_str())).collect();
        let votes = [(3, 1, "granted its vote of term 1 to n1"), (9, 7, "granted its vote of term 1 to n2")];
        assert_eq!(told, votes);
        assert_eq!(traces.missing().count(), 0);
        let kept: Vec<u64> = traces.into_lines(8)[0].lines.iter().map(|(line, _)| *line).collect();
        assert_eq!(kept, [1, 2, 3, 4]);
    }

    #[test]
    fn what_cannot_be_read_accuses_nobody() {
        let (_directory, run, mut traces) = run();
        std::os::unix::fs::symlink("trace.jsonl", run.node_trace("n1")).expect("a link to itself");
        traces.read(9);
        let result = traces.judge(0);
        assert_eq!(result.verdict, Verdict::Unknown);
        assert!(traces.missing().next().is_some_and(|missing| missing.starts_with("the trace of n1 cannot be read")));
    }
}
