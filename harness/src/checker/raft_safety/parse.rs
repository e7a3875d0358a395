//! From the bytes of a `trace.jsonl`, in whatever pieces they come, to its lines.

use crate::checker::NodeTrace;
use crate::history::trace::{Kind, TraceEvent};
use std::io::BufRead as _;

/// Reads the trace of a node while it grows.
///
/// A line that is not of the documented form is *torn* if the process was killed while writing it: it is then the last
/// one, or the next thing in the file is a `start`, possibly on the same line (the restarted process found no line end).
/// Torn lines are left out: what they would have said was not acted upon. Any other such line is broken, and nothing after
/// it can be trusted.
#[derive(Debug, Default)]
pub struct Reader {
    /// A line of which the end has not been read.
    begun: Vec<u8>,
    /// How many lines have been read.
    count: u64,
    /// The line before, where only what follows tells whether it is torn or broken.
    doubtful: Option<(u64, String)>,
}

impl Reader {
    /// Reads what was added to the trace. `take` gets each line's number (from 1) and what it says, or what is wrong with it.
    pub fn read(&mut self, mut bytes: &[u8], mut take: impl FnMut(u64, Result<TraceEvent, String>)) {
        // Reading from memory does not fail.
        while bytes.read_until(b'\n', &mut self.begun).is_ok_and(|count| count > 0) {
            if self.begun.ends_with(b"\n") {
                let line = std::mem::take(&mut self.begun);
                self.line(&line, &mut take);
                self.begun = line;
                self.begun.clear();
            }
        }
    }

    fn line(&mut self, line: &[u8], take: &mut impl FnMut(u64, Result<TraceEvent, String>)) {
        self.count += 1;
        if line.trim_ascii().is_empty() {
            return;
        }
        let event = parse_line(line);
        let is_start = matches!(event, Ok(TraceEvent { kind: Kind::Start { .. }, .. }));
        if let Some((number, error)) = self.doubtful.take()
            && !is_start
        {
            take(number, Err(error));
        }
        match event {
            Ok(event) => take(self.count, Ok(event)),
            Err(error) => self.doubtful = Some((self.count, error)),
        }
    }
}

/// Reads the trace of `node` when all of it is there.
pub fn parse(node: &str, text: &str) -> NodeTrace {
    let mut trace = NodeTrace { node: node.to_owned(), ..NodeTrace::default() };
    let mut reader = Reader::default();
    for bytes in [text.as_bytes(), b"\n"] {
        reader.read(bytes, |number, line| match line {
            Ok(event) => trace.lines.push((number, event)),
            Err(error) => trace.broken.push((number, error)),
        });
    }
    trace
}

/// What a line says. It may stand behind the remains of a torn one, if it is a `start`.
///
/// # Errors
/// What is wrong with it, if it is not of the documented form.
pub fn parse_line(line: &[u8]) -> Result<TraceEvent, String> {
    let line = String::from_utf8_lossy(line);
    serde_json::from_str(&line).or_else(|error| start_within(&line).ok_or_else(|| error.to_string()))
}

fn start_within(line: &str) -> Option<TraceEvent> {
    let event: TraceEvent = serde_json::from_str(&line[line.rfind("{\"t\"")?..]).ok()?;
    matches!(event.kind, Kind::Start { .. }).then_some(event)
}
