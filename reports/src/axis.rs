//! A stretch of run time laid onto a stretch of picture, and where to write what time it is.

/// Maps nanoseconds of the run to a horizontal position.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TimeAxis {
    /// The first nanosecond shown.
    pub start: u64,
    /// The last; after `start`.
    pub end: u64,
    /// The position of the first.
    pub left: f64,
    /// The position of the last.
    pub right: f64,
}

impl TimeAxis {
    /// An axis; an empty stretch of time is widened, so that there is always something to divide by.
    pub fn new(start: u64, end: u64, left: f64, right: f64) -> TimeAxis {
        TimeAxis { start, end: end.max(start.saturating_add(1)), left, right }
    }

    /// Where a moment lies; moments outside lie on the edge.
    pub fn x(&self, time: u64) -> f64 {
        let time = time.clamp(self.start, self.end);
        let fraction = (time - self.start) as f64 / (self.end - self.start) as f64;
        self.left + fraction * (self.right - self.left)
    }

    /// Whether a stretch of time is visible at all.
    pub fn shows(&self, start: u64, end: u64) -> bool {
        end >= self.start && start <= self.end
    }

    /// About `wanted` round moments with their labels, all in one unit.
    pub fn ticks(&self, wanted: usize) -> Vec<(u64, String)> {
        let step = step(self.end - self.start, wanted as u64);
        let first = self.start.div_ceil(step).saturating_mul(step);
        let unit = Unit::of(self.end, step);
        (0..)
            .map(|position: u64| first.saturating_add(position.saturating_mul(step)))
            .take_while(|&time| time <= self.end)
            .take(4 * wanted + 2)
            .map(|time| (time, unit.label(time, step)))
            .collect()
    }
}

const SECOND: u64 = 1_000_000_000;
const MINUTE: u64 = 60 * SECOND;

/// The smallest round step that needs at most `wanted` of itself.
pub fn step(length: u64, wanted: u64) -> u64 {
    let decimal = (0..10).flat_map(|power| [1, 2, 5].map(|digit| digit * 10u64.pow(power)));
    let seconds = decimal.take_while(|&step| step <= 30 * SECOND);
    let minutes = [1, 2, 5, 10, 15, 30, 60, 120, 240, 480, 1440].map(|minutes| minutes * MINUTE);
    let days = (1..12).map(|power| (1440 * MINUTE) << power);
    let steps = seconds.chain([10 * SECOND, 20 * SECOND, 30 * SECOND]).chain(minutes).chain(days);
    steps.into_iter().find(|&step| length / step <= wanted.max(1)).unwrap_or(length.max(1))
}

#[derive(Clone, Copy)]
enum Unit {
    Micros,
    Millis,
    Seconds,
    Minutes,
    Hours,
}

impl Unit {
    fn of(end: u64, step: u64) -> Unit {
        match end {
            _ if step >= 60 * MINUTE => Unit::Hours,
            _ if step >= MINUTE => Unit::Minutes,
            0..1_000_000 => Unit::Micros,
            1_000_000..SECOND => Unit::Millis,
            _ => Unit::Seconds,
        }
    }

    fn label(self, time: u64, step: u64) -> String {
        let (scale, name) = match self {
            Unit::Micros => (1_000, "µs"),
            Unit::Millis => (1_000_000, "ms"),
            Unit::Seconds => (SECOND, "s"),
            Unit::Minutes => (MINUTE, "min"),
            Unit::Hours => (60 * MINUTE, "h"),
        };
        // As many decimals as tell two neighbouring ticks apart.
        let decimals = (0..9)
            .find(|&decimals| step.saturating_mul(10u64.pow(decimals)).is_multiple_of(scale))
            .unwrap_or(9) as usize;
        format!("{:.decimals$} {name}", time as f64 / scale as f64)
    }
}

/// About `wanted` round values from 0 up to at least `max`.
pub fn count_ticks(max: u64, wanted: u64) -> Vec<u64> {
    let mut steps = (0..18).flat_map(|power| [1, 2, 5].map(|digit| digit * 10u64.pow(power)));
    let step = steps.find(|&step| max.div_ceil(step) <= wanted.max(1)).unwrap_or(max.max(1));
    (0..=max.div_ceil(step).max(1)).map(|position| position.saturating_mul(step)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(start: u64, end: u64) -> Vec<String> {
        TimeAxis::new(start, end, 0.0, 1000.0).ticks(6).into_iter().map(|(_, label)| label).collect()
    }

    #[test]
    fn labels_fit_the_stretch_they_mark() {
        assert_eq!(labels(0, 20 * SECOND), ["0 s", "5 s", "10 s", "15 s", "20 s"]);
        assert_eq!(labels(0, 30 * MINUTE), ["0 min", "5 min", "10 min", "15 min", "20 min", "25 min", "30 min"]);
        assert_eq!(labels(12_401_000_000, 12_409_000_000)[..2], ["12.402 s", "12.404 s"]);
        assert_eq!(labels(0, 400_000), ["0 µs", "100 µs", "200 µs", "300 µs", "400 µs"]);
    }

    #[test]
    fn extremes_neither_loop_nor_overflow() {
        for (start, end) in [(0, 0), (0, 1), (u64::MAX - 1, u64::MAX), (0, u64::MAX), (5, 5)] {
            let axis = TimeAxis::new(start, end, 0.0, 100.0);
            assert!(axis.ticks(8).len() < 40, "{start}..{end}");
            assert!((0.0..=100.0).contains(&axis.x(u64::MAX)));
        }
    }

    #[test]
    fn counts_reach_their_maximum() {
        assert_eq!(count_ticks(0, 5), [0, 1]);
        assert_eq!(count_ticks(1234, 5), [0, 500, 1000, 1500]);
    }
}
