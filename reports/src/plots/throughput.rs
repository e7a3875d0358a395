//! `throughput.png`: how many operations were completed, and whether anybody was served.

use super::{
    PictureError,
    canvas::{Align, Canvas, paint},
    frame::{Frame, Key, LEFT, RIGHT, WIDTH},
};
use crate::{
    axis::{TimeAxis, count_ticks},
    operation::{Bucket, Buckets},
    palette::{self, INK, MUTED},
    run::Run,
    service::{self, Service},
    text::{count, duration},
};
use harness::history::Outcome;
use std::{ops::Range, path::Path};

const PLOT: f64 = 280.0;
const STRIP: f64 = 18.0;

/// Draws the picture.
pub fn draw(run: &Run, path: &Path) -> Result<bool, PictureError> {
    let frame = Frame::new(run, TimeAxis::new(0, run.end, LEFT, RIGHT));
    let height = frame.top + PLOT + STRIP + 14.0 + 48.0;
    paint(path, WIDTH, height.ceil() as u32, |canvas| {
        let bottom = frame.top + PLOT;
        let buckets = Buckets::of(&run.operations, run.end);
        let title = format!("Completed operations a second, over {}", duration(buckets.width));
        frame.header(canvas, run, &title, &legend())?;
        let most = buckets.buckets.iter().map(|bucket| bucket.ok.max(bucket.fail).max(bucket.info)).max().unwrap_or(0);
        let levels = count_ticks(buckets.rate(most).ceil() as u64, 5);
        let highest = *levels.last().unwrap_or(&1) as f64;
        let y = |rate: f64| bottom - rate / highest * (PLOT - 10.0);
        frame.guides(canvas, bottom)?;
        for &level in &levels {
            frame.level(canvas, y(level as f64), &format!("{}/s", count(level)))?;
        }
        frame.faults(canvas, bottom + 14.0 + STRIP)?;
        areas(canvas, &frame, &buckets, bottom, y)?;
        availability(canvas, run, &frame, bottom + 14.0)?;
        frame.time(canvas, run, bottom + 14.0 + STRIP)
    })?;
    Ok(true)
}

fn legend() -> Vec<(Key, String)> {
    vec![
        (Key::Field(palette::outcome(Outcome::Ok)), "ok".into()),
        (Key::Field(palette::outcome(Outcome::Fail)), "fail: did not happen".into()),
        (Key::Field(palette::outcome(Outcome::Info)), "info: outcome unknown".into()),
        (Key::Words, "Strip below:".into()),
        (Key::Field(palette::AVAILABLE), "somebody was served".into()),
        (Key::Hatched(palette::UNAVAILABLE), "nobody was served".into()),
    ]
}

fn areas(
    canvas: &Canvas,
    frame: &Frame,
    buckets: &Buckets,
    bottom: f64,
    y: impl Fn(f64) -> f64,
) -> Result<(), PictureError> {
    for outcome in [Outcome::Ok, Outcome::Fail, Outcome::Info] {
        let value = |bucket: &Bucket| match outcome {
            Outcome::Ok => bucket.ok,
            Outcome::Fail => bucket.fail,
            Outcome::Info => bucket.info,
        };
        // Failures are rare: a line along the bottom would only hide the axis.
        for run in runs(&buckets.buckets, |bucket| outcome == Outcome::Ok || value(bucket) > 0) {
            let x = |position: usize| frame.axis.x(position as u64 * buckets.width);
            let mut outline = vec![(x(run.start), bottom)];
            for position in run.clone() {
                let height = y(buckets.rate(value(&buckets.buckets[position])));
                outline.extend([(x(position), height), (x(position + 1), height)]);
                canvas.rect((x(position), height), (x(position + 1), bottom), palette::outcome(outcome), 0.14)?;
            }
            outline.push((x(run.end), bottom));
            canvas.line(&outline, palette::outcome(outcome), 1.5)?;
        }
    }
    Ok(())
}

/// The stretches of buckets of which this holds.
fn runs(buckets: &[Bucket], holds: impl Fn(&Bucket) -> bool) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for (position, _) in buckets.iter().enumerate().filter(|(_, bucket)| holds(bucket)) {
        match runs.last_mut() {
            Some(run) if run.end == position => run.end += 1,
            _ => runs.push(position..position + 1),
        }
    }
    runs
}

/// The strip that shows at a glance when the cluster was of no use to anybody.
fn availability(canvas: &Canvas, run: &Run, frame: &Frame, top: f64) -> Result<(), PictureError> {
    canvas.text("availability", (LEFT - 8.0, top + STRIP / 2.0), 11.0, INK, Align::Right)?;
    for stretch in service::stretches(run) {
        let (from, to) = (frame.axis.x(stretch.start), frame.axis.x(stretch.end));
        let (from, to) = ((from, top), (to, top + STRIP));
        match stretch.service {
            Service::Served => canvas.rect(from, to, palette::AVAILABLE, 0.75)?,
            Service::Unserved => {
                canvas.rect(from, to, palette::UNAVAILABLE, 0.35)?;
                canvas.hatch(from, to, palette::UNAVAILABLE)?;
            }
        }
    }
    canvas.frame((LEFT, top), (RIGHT, top + STRIP), MUTED, 0.5)
}
