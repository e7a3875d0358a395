//! `roles.png`: what each node was, a lane each.

use super::{
    PictureError,
    canvas::{Align, Canvas, paint},
    frame::{Frame, Key, LEFT, RIGHT, WIDTH},
};
use crate::{
    axis::TimeAxis,
    lane::{Lane, State},
    palette::{self, INK, PAPER},
    run::Run,
};
use std::path::Path;

const LANE: f64 = 34.0;
const BAR: f64 = 24.0;

/// Draws the picture, if the nodes kept traces.
pub fn draw(run: &Run, path: &Path) -> Result<bool, PictureError> {
    if run.lanes.is_empty() {
        return Ok(false);
    }
    let frame = Frame::new(run, TimeAxis::new(0, run.end, LEFT, RIGHT));
    let height = frame.top + 8.0 + run.lanes.len() as f64 * LANE + 52.0;
    paint(path, WIDTH, height.ceil() as u32, |canvas| {
        let bottom = frame.top + 8.0 + run.lanes.len() as f64 * LANE;
        frame.header(canvas, run, "Roles of the nodes; numbers are terms", &legend(run))?;
        frame.guides(canvas, bottom)?;
        frame.faults(canvas, bottom)?;
        for (position, lane) in run.lanes.iter().enumerate() {
            let top = frame.top + 8.0 + position as f64 * LANE + (LANE - BAR) / 2.0 - 4.0;
            canvas.text(&lane.node, (LEFT - 8.0, top + BAR / 2.0), 12.0, INK, Align::Right)?;
            bars(canvas, &frame, lane, top)?;
            terms(canvas, &frame, lane, top)?;
        }
        frame.time(canvas, run, bottom)
    })?;
    Ok(true)
}

fn legend(run: &Run) -> Vec<(Key, String)> {
    let mut legend: Vec<_> =
        State::ALL.iter().map(|&state| (Key::Field(palette::state(state)), state.name().to_owned())).collect();
    if run.lanes.iter().any(|lane| !lane.paused.is_empty()) {
        legend.push((Key::Hatched(palette::PAUSED), "paused".into()));
    }
    legend
}

fn bars(canvas: &Canvas, frame: &Frame, lane: &Lane, top: f64) -> Result<(), PictureError> {
    // The short-lived roles are the interesting ones: they are drawn over the long-lived ones.
    let mut spans: Vec<_> = lane.spans.iter().collect();
    spans.sort_by_key(|span| matches!(span.state, State::PreCandidate | State::Candidate));
    for span in spans {
        let (from, to) = (frame.axis.x(span.start), frame.axis.x(span.end));
        canvas.rect((from, top), (to.max(from + 1.0), top + BAR), palette::state(span.state), 1.0)?;
    }
    for &(start, end) in &lane.paused {
        let (from, to) = ((frame.axis.x(start), top), (frame.axis.x(end), top + BAR));
        canvas.rect(from, to, PAPER, 0.45)?;
        canvas.hatch(from, to, palette::PAUSED)?;
        canvas.frame(from, to, palette::PAUSED, 1.0)?;
    }
    Ok(())
}

/// Writes a term where a node enters it, if there is room before its next number. A leader's comes first.
fn terms(canvas: &Canvas, frame: &Frame, lane: &Lane, top: f64) -> Result<(), PictureError> {
    let mut written: Vec<(f64, f64)> = Vec::new();
    let mut write = |x: f64, room: f64, term: u64, long: bool, dark: bool| -> Result<bool, PictureError> {
        let full = format!("term {term}");
        let short = term.to_string();
        let candidates = if long { vec![full, short] } else { vec![short] };
        for text in candidates {
            let width = canvas.text_width(&text, 10.0);
            let free = written.iter().all(|&(from, to)| x + width + 6.0 < from || to + 6.0 < x);
            if width + 8.0 <= room && free {
                let color = if dark { PAPER } else { INK };
                canvas.text(&text, (x + 4.0, top + BAR / 2.0), 10.0, color, Align::Left)?;
                written.push((x, x + width + 4.0));
                return Ok(true);
            }
        }
        Ok(false)
    };
    for span in lane.spans.iter().filter(|span| span.state == State::Leader) {
        let (from, to) = (frame.axis.x(span.start), frame.axis.x(span.end));
        write(from, to - from, span.term, true, true)?;
    }
    let mut known = 0;
    for span in &lane.spans {
        let (from, to) = (frame.axis.x(span.start), frame.axis.x(span.end));
        let is_quiet = matches!(span.state, State::Leader | State::Down);
        if !is_quiet && span.term != known && write(from, to - from, span.term, false, false)? {
            known = span.term;
        }
        if is_quiet && span.term > 0 {
            known = span.term;
        }
    }
    Ok(())
}
