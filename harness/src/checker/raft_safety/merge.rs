//! The lines of all nodes in order of time, although they come trace by trace.

use super::property::Spot;
use crate::history::trace::TraceEvent;
use std::collections::VecDeque;

/// Lines that wait for their turn.
#[derive(Debug)]
pub struct Merge(Vec<Waiting>);

/// Those of one trace.
#[derive(Debug, Default)]
struct Waiting {
    lines: VecDeque<(u64, TraceEvent)>,
    /// The time of the last line that came.
    reached: u64,
    /// No more of its lines are let in.
    is_closed: bool,
}

impl Merge {
    /// None yet, of so many traces.
    pub fn new(traces: usize) -> Merge {
        Merge((0..traces).map(|_| Waiting::default()).collect())
    }

    /// The next line of a trace has come.
    ///
    /// # Errors
    /// The time of the line before it, if that is a later one.
    pub fn push(&mut self, spot: Spot, event: TraceEvent) -> Result<(), u64> {
        let waiting = &mut self.0[spot.node];
        if waiting.is_closed {
            return Ok(());
        }
        if event.t < waiting.reached {
            return Err(waiting.reached);
        }
        waiting.reached = event.t;
        waiting.lines.push_back((spot.line, event));
        Ok(())
    }

    /// What follows in a trace is not let in.
    pub fn close(&mut self, node: usize) {
        self.0[node].is_closed = true;
    }

    /// Nor is what waits.
    pub fn forget(&mut self, node: usize) {
        self.close(node);
        self.0[node].lines.clear();
    }

    /// The earliest line up to the time `until`; of several with the same time, that of the first trace.
    pub fn pop(&mut self, until: u64) -> Option<(Spot, TraceEvent)> {
        let heads = self.0.iter().enumerate().filter_map(|(node, waiting)| {
            let (_, event) = waiting.lines.front()?;
            Some((event.t, node))
        });
        let (_, node) = heads.min().filter(|(t, _)| *t <= until)?;
        let (line, event) = self.0[node].lines.pop_front()?;
        Some((Spot { node, line }, event))
    }
}
