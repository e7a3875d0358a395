//! What all pictures share: header, legend, the faults, the time axis.

use super::{
    PictureError,
    canvas::{Align, Canvas, Marker},
};
use crate::{
    axis::TimeAxis,
    fault_row::FaultRow,
    palette::{Color, GRID, INK, MUTED},
    run::Run,
};

/// Width of every picture, in points.
pub const WIDTH: u32 = 1100;
/// Where the plot begins …
pub const LEFT: f64 = 92.0;
/// … and ends.
pub const RIGHT: f64 = 1076.0;

const FAULT_ROW: f64 = 18.0;
const HEADER: f64 = 92.0;
const SMALL: f64 = 11.0;

type Drawn = Result<(), PictureError>;

/// An entry of a legend.
pub enum Key {
    /// A coloured point.
    Point(Marker, Color),
    /// A coloured field.
    Field(Color),
    /// A hatched field.
    Hatched(Color),
    /// An arrow, with the lengths of its dashes and gaps.
    Arrow(Color, Option<(f64, f64)>),
    /// Only words.
    Words,
}

/// The parts around a plot.
pub struct Frame<'a> {
    /// Time.
    pub axis: TimeAxis,
    /// The upper edge of the plot.
    pub top: f64,
    rows: Vec<FaultRow<'a>>,
}

impl<'a> Frame<'a> {
    /// The frame of a picture over this stretch of the run.
    pub fn new(run: &'a Run, axis: TimeAxis) -> Frame<'a> {
        let mut rows = FaultRow::of(&run.faults, run.end);
        rows.iter_mut().for_each(|row| row.windows.retain(|window| axis.shows(window.start, window.end)));
        rows.retain(|row| !row.windows.is_empty());
        let top = HEADER + if rows.is_empty() { 0.0 } else { rows.len() as f64 * FAULT_ROW + 10.0 };
        Frame { axis, top, rows }
    }

    /// Title, subtitle and legend.
    pub fn header(&self, canvas: &Canvas, run: &Run, title: &str, legend: &[(Key, String)]) -> Drawn {
        canvas.text(title, (24.0, 26.0), 17.0, INK, Align::Left)?;
        let mut line = run.line();
        if let Some(test) = &run.test {
            line += &format!(" · seed {}", test.seed);
        }
        let line = canvas.fitting(&line, SMALL, RIGHT - 24.0).unwrap_or_default();
        canvas.text(&line, (24.0, 47.0), SMALL, MUTED, Align::Left)?;
        let (mut x, y) = (24.0, 70.0);
        for (key, label) in legend {
            let box_of = ((x, y - 5.5), (x + 15.0, y + 5.5));
            match key {
                Key::Point(marker, color) => canvas.marker(*marker, x + 7.0, y, 4.0, *color, 1.0)?,
                Key::Field(color) => canvas.rect(box_of.0, box_of.1, *color, 1.0)?,
                Key::Hatched(color) => {
                    canvas.hatch(box_of.0, box_of.1, *color)?;
                    canvas.frame(box_of.0, box_of.1, *color, 0.5)?;
                }
                Key::Arrow(color, dashes) => {
                    let line = [(x, y), (x + 16.0, y)];
                    match dashes {
                        Some(dashes) => canvas.dashes(&line, *dashes, *color, 1.4)?,
                        None => canvas.line(&line, *color, 1.4)?,
                    }
                }
                Key::Words => x -= 20.0,
            }
            canvas.text(label, (x + 20.0, y), SMALL, INK, Align::Left)?;
            x += 20.0 + canvas.text_width(label, SMALL) + 18.0;
        }
        Ok(())
    }

    /// The rows of faults above the plot, and their shades behind it down to `bottom`.
    pub fn faults(&self, canvas: &Canvas, bottom: f64) -> Drawn {
        for (position, row) in self.rows.iter().enumerate() {
            let top = HEADER + position as f64 * FAULT_ROW;
            let middle = top + FAULT_ROW / 2.0 - 1.0;
            let name = row.label();
            let name = canvas.fitting(&name, SMALL, LEFT - 16.0).unwrap_or(name);
            canvas.text(&name, (LEFT - 8.0, middle), SMALL, INK, Align::Right)?;
            for &(start, end) in row.merged.iter().filter(|(start, end)| self.axis.shows(*start, *end)) {
                let (from, to) = (self.axis.x(start), self.axis.x(end).max(self.axis.x(start) + 1.0));
                canvas.rect((from, self.top), (to, bottom), row.color, 0.13)?;
                canvas.rect((from, top), (to, top + FAULT_ROW - 3.0), row.color, 0.55)?;
            }
            self.fault_labels(canvas, row, top, middle)?;
        }
        Ok(())
    }

    /// A label begins where its fault begins and may run on as far as the next one.
    fn fault_labels(&self, canvas: &Canvas, row: &FaultRow, top: f64, middle: f64) -> Drawn {
        // Beyond this nobody reads them, and thin edges would fill the row.
        if row.windows.len() > 150 {
            return Ok(());
        }
        for (position, window) in row.windows.iter().enumerate() {
            let from = self.axis.x(window.start);
            canvas.rect((from, top), (from + 1.0, top + FAULT_ROW - 3.0), row.color, 1.0)?;
            let until = row.windows.get(position + 1).map_or(RIGHT, |next| self.axis.x(next.start));
            if let Some(text) = canvas.fitting(&window.fault.summary, 10.0, until - from - 8.0) {
                canvas.text(&text, (from + 5.0, middle), 10.0, INK, Align::Left)?;
            }
        }
        Ok(())
    }

    /// The time axis below the plot, its guides through it, and the end of the workload.
    pub fn time(&self, canvas: &Canvas, run: &Run, bottom: f64) -> Drawn {
        for (time, label) in self.axis.ticks(10) {
            let x = self.axis.x(time);
            canvas.line(&[(x, bottom), (x, bottom + 4.0)], MUTED, 1.0)?;
            canvas.text(&label, (x, bottom + 15.0), SMALL, MUTED, Align::Center)?;
        }
        canvas.line(&[(self.axis.left, bottom), (self.axis.right, bottom)], MUTED, 1.0)?;
        canvas.text("time since the start of the run", (self.axis.left, bottom + 33.0), SMALL, MUTED, Align::Left)?;
        let end = run.workload_end;
        if end > self.axis.start && end < self.axis.end {
            let x = self.axis.x(end);
            canvas.dashes(&[(x, self.top), (x, bottom)], (4.0, 3.0), MUTED, 1.0)?;
            let caption = "workload ends; then heal, recovery, final reads";
            let half = canvas.text_width(caption, SMALL) / 2.0;
            let x = x.clamp(self.axis.left + 200.0 + half, RIGHT - half);
            canvas.text(caption, (x, bottom + 33.0), SMALL, MUTED, Align::Center)?;
        }
        Ok(())
    }

    /// Vertical guides at the time axis' ticks.
    pub fn guides(&self, canvas: &Canvas, bottom: f64) -> Drawn {
        for (time, _) in self.axis.ticks(10) {
            let x = self.axis.x(time);
            canvas.line(&[(x, self.top), (x, bottom)], GRID, 0.5)?;
        }
        Ok(())
    }

    /// A level with its label on the left.
    pub fn level(&self, canvas: &Canvas, y: f64, label: &str) -> Drawn {
        canvas.line(&[(LEFT, y), (RIGHT, y)], GRID, 0.5)?;
        canvas.text(label, (LEFT - 8.0, y), SMALL, MUTED, Align::Right)
    }
}
