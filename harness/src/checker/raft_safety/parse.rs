//! From the text of a `trace.jsonl` to its lines.

use crate::checker::NodeTrace;
use crate::history::trace::{Kind, TraceEvent};

/// Reads the trace of `node`.
///
/// A line that is not of the documented form is *torn* if the process was killed while writing it: it is then the last
/// one, or the next thing in the file is a `start`, possibly on the same line (the restarted process found no line end).
/// Torn lines are left out: what they would have said was not acted upon. Any other such line is broken, and nothing after
/// it can be trusted.
pub fn parse(node: &str, text: &str) -> NodeTrace {
    let mut trace = NodeTrace { node: node.to_owned(), ..NodeTrace::default() };
    let mut lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()).peekable();
    while let Some((number, line)) = lines.next() {
        match serde_json::from_str::<TraceEvent>(line) {
            Ok(event) => trace.lines.push((number, event)),
            Err(error) => match (start_within(line), lines.peek()) {
                (Some(start), _) => trace.lines.push((number, start)),
                (None, None) => {}
                (None, Some((_, next))) if is_start(next) => {}
                (None, Some(_)) => trace.broken.push((number, error.to_string())),
            },
        }
    }
    trace
}

fn is_start(line: &str) -> bool {
    let event = serde_json::from_str::<TraceEvent>(line).ok().or_else(|| start_within(line));
    matches!(event, Some(TraceEvent { kind: Kind::Start { .. }, .. }))
}

/// The `start` that stands behind the remains of a torn line.
fn start_within(line: &str) -> Option<TraceEvent> {
    let event: TraceEvent = serde_json::from_str(&line[line.rfind("{\"t\"")?..]).ok()?;
    matches!(event.kind, Kind::Start { .. }).then_some(event)
}
