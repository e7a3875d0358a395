//! `violation.png`: the operations or transactions that cannot be ordered, on a true time axis, a lane a process.

use super::{
    PictureError,
    canvas::{Align, Canvas, paint},
    frame::{Frame, Key, LEFT, RIGHT, WIDTH},
};
use crate::{
    palette::{self, BAD, Color, GRID, INK, MUTED, PAPER},
    run::Run,
    timeline::{Arrow, BAR, Bar, Evidence, Timeline},
};
use harness::{
    checker::{Precedence, Violation, Witness},
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
    let found = violations.iter().find_map(|(_, violation)| Some((*violation, Evidence::of(&violation.witness)?)));
    let Some((violation, evidence)) = found else { return Ok(false) };
    // The height of the picture follows from the layout, which needs to know how wide texts are: a first canvas measures.
    let lay_out = |measure: &dyn Fn(&str) -> f64| Timeline::new(evidence, run.end, (LEFT, RIGHT), |text| measure(text));
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
        frame.header(canvas, run, &title(violation, evidence), &legend(&timeline))?;
        frame.guides(canvas, bottom)?;
        frame.faults(canvas, bottom)?;
        caption(canvas, violation, frame.top, &start(violation, timeline.left_out))?;
        lanes(canvas, &timeline, top)?;
        for arrow in &timeline.arrows {
            draw_arrow(canvas, arrow, top)?;
        }
        for bar in &timeline.bars {
            draw_bar(canvas, bar, top)?;
        }
        for arrow in &timeline.arrows {
            draw_words(canvas, arrow, top)?;
        }
        frame.time(canvas, run, bottom)
    })?;
    Ok(true)
}

fn title(violation: &Violation, evidence: Evidence) -> String {
    let is_minimal = matches!(violation.witness, Witness::Operations { minimal: true, .. });
    let ending = if is_minimal { "that cannot be ordered, none of them superfluous" } else { "that cannot be ordered" };
    format!("{} violated: {} {ending}", violation.property, evidence.counted())
}

fn caption(canvas: &Canvas, violation: &Violation, top: f64, start: &str) -> Result<(), PictureError> {
    let summary = canvas.fitting(&violation.summary, 12.0, RIGHT - LEFT - 8.0).unwrap_or_default();
    canvas.text(&summary, (LEFT + 4.0, top + 12.0), 12.0, INK, Align::Left)?;
    canvas.text(start, (LEFT + 4.0, top + 29.0), 11.0, MUTED, Align::Left)
}

fn start(violation: &Violation, left_out: usize) -> String {
    let mut start = match &violation.witness {
        Witness::Operations { key, initial, .. } => format!("key {}, at first {initial}", crate::text::clip(key, 80)),
        _ => String::new(),
    };
    if left_out > 0 {
        start += &format!("; {} not drawn", crate::text::plural(left_out as u64, "more is", "more are"));
    }
    start
}

fn legend(timeline: &Timeline) -> Vec<(Key, String)> {
    let outcomes = [
        (Outcome::Ok, "ok", "ok"),
        (Outcome::Fail, "fail", "fail"),
        (Outcome::Info, "info", "unknown: may take effect at any later time, or never"),
    ];
    let is_there = |name: &str| timeline.bars.iter().any(|bar| bar.accused && bar.operation.outcome == name);
    let outcomes = outcomes.into_iter().filter(|(_, name, _)| is_there(name));
    let mut legend: Vec<(Key, String)> =
        outcomes.map(|(outcome, _, words)| (Key::Field(palette::outcome(outcome)), words.into())).collect();
    if timeline.bars.iter().any(|bar| !bar.accused) {
        legend.push((Key::Field(CONTEXT), "other operations of the key, for context".into()));
    }
    let reasons = [
        (Precedence::Ww, "ww: the other wrote later"),
        (Precedence::Wr, "wr: the other read it"),
        (Precedence::Rw, "rw: the other wrote after what it read"),
        (Precedence::Process, "process: the same did it before"),
        (Precedence::RealTime, "over before the other began"),
    ];
    for (by, words) in reasons {
        if timeline.arrows.iter().any(|arrow| arrow.by == Some(by)) {
            let (color, dashes) = palette::precedence(Some(by));
            legend.push((Key::Arrow(color, dashes), words.into()));
        }
    }
    legend
}

fn lanes(canvas: &Canvas, timeline: &Timeline, top: f64) -> Result<(), PictureError> {
    for lane in &timeline.lanes {
        let upper = top + lane.top;
        canvas.line(&[(24.0, upper), (RIGHT, upper)], GRID, 0.5)?;
        canvas.text(
            &format!("process {}", lane.process),
            (LEFT - 8.0, top + lane.name_middle),
            11.0,
            INK,
            Align::Right,
        )?;
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
    let ink = match bar.accused {
        true if bar.impossible => BAD,
        true => INK,
        false => MUTED,
    };
    let (top, bottom) = (lanes_top + bar.top, lanes_top + bar.top + BAR);
    if bar.open {
        open_bar(canvas, bar, (top, bottom), color)?;
    } else {
        canvas.rect((bar.left, top), (bar.right, bottom), color, 1.0)?;
    }
    if bar.impossible {
        canvas.frame((bar.left, top), (bar.right, bottom), BAD, 1.5)?;
    }
    for text in &bar.texts {
        canvas.text(&text.text, (text.left, lanes_top + text.middle), LABEL, ink, Align::Left)?;
    }
    Ok(())
}

fn draw_arrow(canvas: &Canvas, arrow: &Arrow, lanes_top: f64) -> Result<(), PictureError> {
    let down = |points: &[(f64, f64)]| points.iter().map(|(x, y)| (*x, lanes_top + y)).collect::<Vec<_>>();
    let (color, dashes) = palette::precedence(arrow.by);
    match dashes {
        Some(dashes) => canvas.dashes(&down(&arrow.points), dashes, color, 1.2)?,
        None => canvas.line(&down(&arrow.points), color, 1.2)?,
    }
    canvas.polygon(&down(&arrow.head), color, 1.0)
}

/// The words on an arrow, on a patch of paper, for the arrow goes through them.
fn draw_words(canvas: &Canvas, arrow: &Arrow, lanes_top: f64) -> Result<(), PictureError> {
    let Some(words) = &arrow.label else { return Ok(()) };
    let (middle, width) = (lanes_top + words.middle, canvas.text_width(&words.text, LABEL));
    canvas.rect((words.left - 3.0, middle - 8.0), (words.left + width + 3.0, middle + 8.0), PAPER, 0.9)?;
    let (color, _) = palette::precedence(arrow.by);
    canvas.text(&words.text, (words.left, middle), LABEL, color, Align::Left)
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
