//! `violation.png`: the operations that cannot be ordered, on a true time axis, a lane a process.

use super::{
    PictureError,
    canvas::{Align, Canvas, paint},
    frame::{Frame, Key, LEFT, RIGHT, WIDTH},
};
use crate::{
    palette::{self, Color, GRID, INK, MUTED, PAPER},
    run::Run,
    timeline::{BAR, Bar, Timeline},
};
use harness::{
    checker::{Violation, Witness},
    history::Outcome,
};
use std::path::Path;

const LABEL: f64 = 11.5;
const CONTEXT: Color = Color(0xb4, 0xbb, 0xc1);
/// Two lines with the accusation and the initial value.
const CAPTION: f64 = 40.0;

/// Draws the picture of the first violation whose witness is operations, if there is one.
pub fn draw(run: &Run, path: &Path) -> Result<bool, PictureError> {
    let violations = run.violations();
    let found = violations.iter().find_map(|(_, violation)| match &violation.witness {
        Witness::Operations { operations, context, key, initial, minimal } if !operations.is_empty() => {
            Some((*violation, operations, context, (key, initial, *minimal)))
        }
        _ => None,
    });
    let Some((violation, operations, context, (key, initial, minimal))) = found else { return Ok(false) };
    // The height of the picture follows from the layout, which needs to know how wide texts are: a first canvas measures.
    let lay_out = |measure: &dyn Fn(&str) -> f64| {
        Timeline::new(operations, context, run.end, (LEFT, RIGHT), |text| measure(text))
    };
    let mut timeline = lay_out(&|_| 0.0);
    paint(path, 8, 8, |canvas| {
        timeline = lay_out(&|text| canvas.text_width(text, LABEL));
        Ok(())
    })?;
    let frame = Frame::new(run, timeline.axis);
    let height = frame.top + CAPTION + timeline.height + 52.0;
    paint(path, WIDTH, height.ceil() as u32, |canvas| {
        let top = frame.top + CAPTION;
        let bottom = top + timeline.height;
        frame.header(canvas, run, &title(violation, minimal, operations.len()), &legend(!context.is_empty()))?;
        frame.guides(canvas, bottom)?;
        frame.faults(canvas, bottom)?;
        caption(canvas, violation, frame.top, &start(key, initial, timeline.left_out))?;
        lanes(canvas, &timeline, top)?;
        for bar in &timeline.bars {
            draw_bar(canvas, bar, top)?;
        }
        frame.time(canvas, run, bottom)
    })?;
    Ok(true)
}

fn title(violation: &Violation, minimal: bool, operations: usize) -> String {
    let operations = crate::text::plural(operations as u64, "operation", "operations");
    let ending = if minimal { "that cannot be ordered, none of them superfluous" } else { "that cannot be ordered" };
    format!("{} violated: {operations} {ending}", violation.property)
}

fn caption(canvas: &Canvas, violation: &Violation, top: f64, start: &str) -> Result<(), PictureError> {
    let summary = canvas.fitting(&violation.summary, 12.0, RIGHT - LEFT - 8.0).unwrap_or_default();
    canvas.text(&summary, (LEFT + 4.0, top + 12.0), 12.0, INK, Align::Left)?;
    canvas.text(start, (LEFT + 4.0, top + 29.0), 11.0, MUTED, Align::Left)
}

fn start(key: &str, initial: &str, left_out: usize) -> String {
    let start = format!("key {key}, at first {initial}");
    match left_out {
        0 => start,
        more => format!("{start}; {} not drawn", crate::text::plural(more as u64, "operation is", "operations are")),
    }
}

fn legend(context: bool) -> Vec<(Key, String)> {
    let mut legend = vec![
        (Key::Field(palette::outcome(Outcome::Ok)), "ok".into()),
        (Key::Field(palette::outcome(Outcome::Fail)), "fail".into()),
        (Key::Field(palette::outcome(Outcome::Info)), "unknown: may take effect at any later time, or never".into()),
    ];
    if context {
        legend.push((Key::Field(CONTEXT), "other operations of the key, for context".into()));
    }
    legend
}

fn lanes(canvas: &Canvas, timeline: &Timeline, top: f64) -> Result<(), PictureError> {
    for lane in &timeline.lanes {
        let upper = top + lane.top;
        canvas.line(&[(24.0, upper), (RIGHT, upper)], GRID, 0.5)?;
        let middle = upper + lane.height / 2.0;
        canvas.text(&format!("process {}", lane.process), (LEFT - 8.0, middle), 11.0, INK, Align::Right)?;
    }
    Ok(())
}

fn draw_bar(canvas: &Canvas, bar: &Bar, lanes_top: f64) -> Result<(), PictureError> {
    let outcome = match bar.operation.outcome.as_str() {
        "ok" => Outcome::Ok,
        "fail" => Outcome::Fail,
        _ => Outcome::Info,
    };
    let color = if bar.accused { palette::outcome(outcome) } else { CONTEXT };
    let ink = if bar.accused { INK } else { MUTED };
    let (top, bottom) = (lanes_top + bar.top, lanes_top + bar.top + BAR);
    if bar.open {
        open_bar(canvas, bar, (top, bottom), color)?;
    } else {
        canvas.rect((bar.left, top), (bar.right, bottom), color, 1.0)?;
    }
    canvas.text(&bar.label, (bar.label_left, lanes_top + bar.label_middle), LABEL, ink, Align::Left)
}

/// Fades towards the edge and ends in an arrow: the operation may take effect anywhere along it, and beyond.
fn open_bar(canvas: &Canvas, bar: &Bar, (top, bottom): (f64, f64), color: Color) -> Result<(), PictureError> {
    let head = bar.right - 9.0;
    let steps = 48;
    for step in 0..steps {
        let part = |step: i32| bar.left + (head - bar.left).max(0.0) * f64::from(step) / f64::from(steps);
        let alpha = 1.0 - 0.75 * f64::from(step) / f64::from(steps);
        canvas.rect((part(step), top), (part(step + 1), bottom), color, alpha)?;
    }
    let arrow = [(head, top - 2.0), (bar.right, (top + bottom) / 2.0), (head, bottom + 2.0)];
    canvas.polygon(&arrow, PAPER, 1.0)?;
    canvas.polygon(&arrow, color, 0.8)
}
