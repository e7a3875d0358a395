//! `latency.png`: every operation as a point, by the time it was invoked and the time it took.

use super::{
    PictureError,
    canvas::{Align, Canvas, Marker, paint},
    frame::{Frame, Key, LEFT, RIGHT, WIDTH},
};
use crate::{
    axis::TimeAxis,
    operation::{Fate, Functions, fate, latency_ms},
    palette::{self, MUTED},
    run::Run,
};
use harness::history::{Operation, Outcome};
use std::path::Path;

const PLOT: f64 = 380.0;

/// Draws the picture.
pub fn draw(run: &Run, path: &Path) -> Result<bool, PictureError> {
    let frame = Frame::new(run, TimeAxis::new(0, run.end, LEFT, RIGHT));
    let height = frame.top + PLOT + 48.0;
    paint(path, WIDTH, height.ceil() as u32, |canvas| {
        let bottom = frame.top + PLOT;
        let functions = Functions::of(&run.operations);
        frame.header(canvas, run, "Latency of every operation", &legend(&functions))?;
        let levels = Levels::of(run, frame.top, bottom);
        frame.guides(canvas, bottom)?;
        for decade in levels.low..=levels.high {
            let ms = 10f64.powi(decade);
            frame.level(canvas, levels.y(ms), &format!("{} ms", label(ms)))?;
        }
        frame.faults(canvas, bottom)?;
        points(canvas, run, &frame, &levels, &functions)?;
        if run.operations.is_empty() {
            let middle = ((LEFT + RIGHT) / 2.0, (frame.top + bottom) / 2.0);
            canvas.text("no operation was recorded", middle, 14.0, MUTED, Align::Center)?;
        }
        frame.time(canvas, run, bottom)
    })?;
    Ok(true)
}

fn legend(functions: &Functions) -> Vec<(Key, String)> {
    let mut legend: Vec<_> = functions
        .names()
        .enumerate()
        .map(|(position, name)| (Key::Point(Marker::of(position), palette::function(position)), format!("{name} ok")))
        .collect();
    legend.push((Key::Field(palette::outcome(Outcome::Fail)), "fail: did not happen".into()));
    legend.push((Key::Field(palette::outcome(Outcome::Info)), "info: outcome unknown".into()));
    legend
}

fn label(ms: f64) -> String {
    if ms >= 1.0 { crate::text::count(ms as u64) } else { format!("{ms}") }
}

/// The logarithmic scale, in whole decades.
struct Levels {
    low: i32,
    high: i32,
    top: f64,
    bottom: f64,
}

impl Levels {
    fn of(run: &Run, top: f64, bottom: f64) -> Levels {
        let latencies = run.operations.iter().map(|operation| latency_ms(operation, run.end));
        let (min, max) = latencies.fold((f64::MAX, 0f64), |(min, max), ms| (min.min(ms), max.max(ms)));
        let (min, max) = if max > 0.0 { (min.max(1e-3), max.max(1e-3)) } else { (0.1, 1000.0) };
        let low = min.log10().floor() as i32;
        Levels { low, high: (max.log10().ceil() as i32).max(low + 1), top, bottom }
    }

    fn y(&self, ms: f64) -> f64 {
        let fraction = (ms.max(1e-3).log10() - f64::from(self.low)) / f64::from(self.high - self.low);
        self.bottom - fraction.clamp(0.0, 1.0) * (self.bottom - self.top - 8.0)
    }
}

/// What is rare and matters most is drawn last and largest.
fn points(
    canvas: &Canvas,
    run: &Run,
    frame: &Frame,
    levels: &Levels,
    functions: &Functions,
) -> Result<(), PictureError> {
    let crowd = run.operations.len();
    let (radius, alpha) = match crowd {
        0..2_000 => (2.5, 0.7),
        2_000..10_000 => (2.0, 0.45),
        10_000..50_000 => (1.5, 0.3),
        _ => (1.0, 0.25),
    };
    let draw = |operation: &Operation, color, radius, alpha| {
        let (x, y) = (frame.axis.x(operation.call_time), levels.y(latency_ms(operation, run.end)));
        canvas.marker(Marker::of(functions.position(&operation.f)), x, y, radius, color, alpha)
    };
    for (wanted, radius, alpha) in
        [(Fate::Ok, radius, alpha), (Fate::Fail, radius + 0.8, 0.8), (Fate::Info, radius + 1.2, 0.9)]
    {
        for operation in run.operations.iter().filter(|operation| fate(operation) == wanted) {
            let color = match wanted {
                Fate::Ok => palette::function(functions.position(&operation.f)),
                Fate::Fail => palette::outcome(Outcome::Fail),
                Fate::Info => palette::outcome(Outcome::Info),
            };
            draw(operation, color, radius, alpha)?;
        }
    }
    Ok(())
}
