//! `throughput.png`: how many operations were completed, and whether anybody was served.

use super::{
    PictureError,
    canvas::{Align, Canvas, paint},
    frame::{Frame, Key, LEFT, RIGHT, WIDTH, head_height},
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
use std::path::Path;

const PLOT: f64 = 280.0;
const STRIP: f64 = 18.0;

/// Draws the picture.
pub fn draw(run: &Run, path: &Path) -> Result<bool, PictureError> {
    let height = head_height(run) + PLOT + STRIP + 14.0 + 48.0;
    paint(path, WIDTH, height.ceil() as u32, |canvas| {
        let frame = Frame::new(run, TimeAxis::new(0, run.end, LEFT, RIGHT));
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
        let color = palette::outcome(outcome);
        let mut outline = Vec::with_capacity(2 * buckets.buckets.len());
        for (position, bucket) in buckets.buckets.iter().enumerate() {
            let start = position as u64 * buckets.width;
            let (from, to) = (frame.axis.x(start), frame.axis.x(start + buckets.width));
            let height = y(buckets.rate(value(bucket)));
            outline.extend([(from, height), (to, height)]);
            if height < bottom {
                canvas.rect((from, height), (to, bottom), color, 0.14)?;
            }
        }
        if buckets.buckets.iter().any(|bucket| value(bucket) > 0) {
            canvas.line(&outline, color, 1.5)?;
        }
    }
    Ok(())
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
