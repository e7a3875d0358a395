//! The time in which clusters replaced crashed leaders, as cumulative curves: Figure 16 of the Raft paper. It belongs to no run,
//! and is drawn from what it is given.

use super::{
    PictureError,
    canvas::{Align, Canvas, paint},
};
use crate::palette::{Color, GRID, INK, MUTED, PAPER};
use std::path::Path;

const WIDTH: f64 = 760.0;
const LEFT: f64 = 74.0;
const RIGHT: f64 = 736.0;
const HEADER: f64 = 46.0;
const TITLE: f64 = 30.0;
const PLOT: f64 = 250.0;
/// A panel with its title and its time axis.
const PANEL: f64 = TITLE + PLOT + 56.0;
const SMALL: f64 = 11.0;
/// The colours of curves, the first for the first.
const COLORS: [Color; 6] = [
    Color(0xd5, 0x5e, 0x00),
    Color(0xe6, 0x9f, 0x00),
    Color(0xcc, 0x79, 0xa7),
    Color(0x56, 0xb4, 0xe9),
    Color(0x00, 0x9e, 0x73),
    Color(0x00, 0x72, 0xb2),
];

type Drawn = Result<(), PictureError>;

/// Curves over one time axis.
#[derive(Clone, Debug)]
pub struct Panel {
    /// What varies in it.
    pub title: String,
    /// The curves, which are drawn in their order.
    pub curves: Vec<Curve>,
}

/// How many elections were over after how long.
#[derive(Clone, Debug)]
pub struct Curve {
    /// The range of election timeouts: `150–155 ms`.
    pub label: String,
    /// How long those elections took that came to an end, in ms.
    pub times_ms: Vec<f64>,
    /// How many there were, with those that did not.
    pub trials: usize,
}

/// Draws the panels below each other.
///
/// # Errors
/// If the picture cannot be drawn or written.
pub fn draw(path: &Path, subtitle: &str, panels: &[Panel]) -> Result<(), PictureError> {
    let height = HEADER + panels.len() as f64 * PANEL + 12.0;
    let axis = Axis::of(panels);
    paint(path, WIDTH as u32, height.ceil() as u32, |canvas| {
        canvas.text("Time to detect and replace a crashed leader", (24.0, 20.0), 16.0, INK, Align::Left)?;
        canvas.text(subtitle, (24.0, 39.0), SMALL, MUTED, Align::Left)?;
        for (position, panel) in panels.iter().enumerate() {
            draw_panel(canvas, panel, &axis, HEADER + position as f64 * PANEL)?;
        }
        Ok(())
    })
}

fn draw_panel(canvas: &Canvas, panel: &Panel, axis: &Axis, top: f64) -> Drawn {
    canvas.text(&panel.title, (LEFT, top + TITLE / 2.0 + 2.0), 12.5, INK, Align::Left)?;
    let (top, bottom) = (top + TITLE, top + TITLE + PLOT);
    for quarter in 0..=4 {
        let fraction = f64::from(quarter) / 4.0;
        let y = bottom - fraction * PLOT;
        canvas.line(&[(LEFT, y), (RIGHT, y)], GRID, 0.5)?;
        canvas.text(&format!("{:.0} %", fraction * 100.0), (LEFT - 8.0, y), SMALL, MUTED, Align::Right)?;
    }
    for (ms, label) in axis.ticks() {
        let x = axis.x(ms);
        canvas.line(&[(x, top), (x, bottom)], GRID, 0.5)?;
        canvas.text(&label, (x, bottom + 13.0), SMALL, MUTED, Align::Center)?;
    }
    let middle = f64::midpoint(LEFT, RIGHT);
    canvas.text("time without a leader", (middle, bottom + 31.0), SMALL, INK, Align::Center)?;
    for (curve, color) in panel.curves.iter().zip(COLORS.into_iter().cycle()) {
        canvas.line(&outline(curve, axis, bottom), color, 1.75)?;
    }
    legend(canvas, &panel.curves, bottom)?;
    canvas.frame((LEFT, top), (RIGHT, bottom), MUTED, 0.5)
}

/// The steps of a curve: at each time it rises by one election's share. If some never ended, it stays below the top to the end.
fn outline(curve: &Curve, axis: &Axis, bottom: f64) -> Vec<(f64, f64)> {
    let mut times = curve.times_ms.clone();
    times.sort_by(f64::total_cmp);
    let y = |count: usize| bottom - PLOT * count as f64 / curve.trials.max(1) as f64;
    let steps = times.iter().enumerate();
    let mut points: Vec<_> =
        steps.flat_map(|(count, &ms)| [(axis.x(ms), y(count)), (axis.x(ms), y(count + 1))]).collect();
    if times.len() < curve.trials {
        points.extend(times.is_empty().then_some((LEFT, bottom)));
        points.push((RIGHT, y(times.len())));
    }
    points
}

/// In the lower right corner, which curves that rise from the left leave free.
fn legend(canvas: &Canvas, curves: &[Curve], bottom: f64) -> Drawn {
    const LINE: f64 = 16.0;
    let width = curves.iter().map(|curve| canvas.text_width(&curve.label, SMALL)).fold(0.0, f64::max);
    let left = RIGHT - width - 46.0;
    let top = bottom - 10.0 - LINE * curves.len() as f64;
    canvas.rect((left - 8.0, top - 4.0), (RIGHT - 6.0, bottom - 6.0), PAPER, 0.85)?;
    for (position, (curve, color)) in curves.iter().zip(COLORS.into_iter().cycle()).enumerate() {
        let y = top + LINE * (position as f64 + 0.5);
        canvas.line(&[(left, y), (left + 22.0, y)], color, 2.5)?;
        canvas.text(&curve.label, (left + 29.0, y), SMALL, INK, Align::Left)?;
    }
    Ok(())
}

/// The time axis, logarithmic as in the paper: it shows at once what a split vote costs.
struct Axis {
    ms_min: f64,
    ms_max: f64,
}

impl Axis {
    /// An axis that shows every time, and goes from one mark to another.
    fn of(panels: &[Panel]) -> Axis {
        let times = || panels.iter().flat_map(|panel| &panel.curves).flat_map(|curve| curve.times_ms.iter().copied());
        let shortest = times().fold(f64::INFINITY, f64::min);
        let longest = times().fold(0.0, f64::max);
        if longest <= 0.0 {
            return Axis { ms_min: 10.0, ms_max: 10_000.0 };
        }
        let at_most = |ms: &f64| *ms <= shortest.max(1.0);
        let ms_min = marks().take_while(at_most).last().unwrap_or(1.0);
        let ms_max = marks().find(|&ms| ms >= longest && ms > ms_min).unwrap_or(longest);
        Axis { ms_min, ms_max }
    }

    fn x(&self, ms: f64) -> f64 {
        let fraction = (ms.clamp(self.ms_min, self.ms_max) / self.ms_min).ln() / (self.ms_max / self.ms_min).ln();
        LEFT + fraction * (RIGHT - LEFT)
    }

    /// Lines at every 1, 2 and 5, with what to write there.
    fn ticks(&self) -> Vec<(f64, String)> {
        let shown = marks().filter(|ms| (self.ms_min..=self.ms_max).contains(ms));
        shown.map(|ms| (ms, if ms < 1000.0 { format!("{ms} ms") } else { format!("{} s", ms / 1000.0) })).collect()
    }
}

/// 1, 2, 5, 10 … ms, up to some hours.
fn marks() -> impl Iterator<Item = f64> {
    (0..8).flat_map(|power| [1.0, 2.0, 5.0].map(|digit| digit * 10f64.powi(power)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn panel(times_ms: &[f64], trials: usize) -> Panel {
        let curve = Curve { label: "150–300 ms".to_owned(), times_ms: times_ms.to_vec(), trials };
        Panel { title: "title".to_owned(), curves: vec![curve] }
    }

    #[test]
    fn a_curve_rises_by_a_step_for_each_election_and_not_for_those_that_never_ended() {
        let panel = panel(&[400.0, 200.0], 4);
        let axis = Axis::of(std::slice::from_ref(&panel));
        let points = outline(&panel.curves[0], &axis, 100.0);
        assert_eq!(points.first(), Some(&(axis.x(200.0), 100.0)));
        assert_eq!(points.last(), Some(&(RIGHT, 100.0 - PLOT / 2.0)));
        assert!(points.windows(2).all(|pair| pair[0].0 <= pair[1].0 && pair[0].1 >= pair[1].1), "{points:?}");
    }

    #[test]
    fn the_axis_ends_at_round_times() {
        let axis = Axis::of(&[panel(&[130.0, 2300.0], 2)]);
        assert_eq!((axis.ms_min, axis.ms_max), (100.0, 5000.0));
        assert_eq!((axis.x(100.0), axis.x(5000.0)), (LEFT, RIGHT));
        let empty = Axis::of(&[panel(&[], 2)]);
        assert!(empty.x(100.0) > LEFT);
    }

    #[test]
    fn it_is_drawn_also_if_nothing_ended() {
        let folder = tempfile::tempdir().unwrap();
        for times in [&[160.0, 250.0, 900.0][..], &[]] {
            let path = folder.path().join("election.png");
            draw(&path, "three nodes", &[panel(times, 3), panel(times, 3)]).unwrap();
            assert!(std::fs::read(&path).unwrap().starts_with(b"\x89PNG"));
        }
    }
}
