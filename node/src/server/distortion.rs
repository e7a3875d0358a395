//! A clock that goes wrong when it is told to: it shows the true time, as a function that can be bent.

use std::time::Duration;

/// How a clock shows another time than the true one. All times are since the machine was booted; a rate is a millionth of shown by true time.
#[derive(Clone, Debug)]
pub struct Distortion {
    /// At this true time the clock showed that.
    since: Duration,
    shown_ns: i128,
    rate_ppm: u32,
    /// It jumps ahead by the first, and back, each time that the second has passed.
    strobe: Option<(Duration, Duration)>,
    /// The latest that it ever showed.
    latest_ns: i128,
    /// By how much it was ahead when it began to go wrong, and how far it has strayed from that.
    origin_ns: i128,
    strayed_ns: i128,
}

const RIGHT_PPM: u32 = 1_000_000;

/// What can be done to a clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockFault {
    /// It shows so many ns more from now on, or less.
    Jump(i64),
    /// It runs at this rate from now on, in millionths of the right one.
    Rate(u32),
    /// It jumps ahead by the first, and back, each time that the second has passed.
    Strobe(Duration, Duration),
    /// It stands still.
    Freeze,
    /// It runs as it should from now on.
    Reset,
}

impl Distortion {
    /// None yet.
    pub fn none(now: Duration) -> Distortion {
        let shown_ns = now.as_nanos() as i128;
        Distortion {
            since: now,
            shown_ns,
            rate_ppm: RIGHT_PPM,
            strobe: None,
            latest_ns: shown_ns,
            origin_ns: 0,
            strayed_ns: 0,
        }
    }

    /// What the clock shows at this time.
    pub fn show(&mut self, now: Duration) -> Duration {
        let shown = self.steady_ns(now) + self.strobe_ns(now);
        self.latest_ns = self.latest_ns.max(shown);
        self.strayed_ns = self.strayed_ns.max((shown - now.as_nanos() as i128 - self.origin_ns).abs());
        Duration::from_nanos(shown.max(0) as u64)
    }

    /// Does this to the clock now.
    pub fn bend(&mut self, fault: ClockFault, now: Duration) {
        self.show(now);
        let steady = self.steady_ns(now);
        let (shown_ns, rate_ppm, strobe) = match fault {
            ClockFault::Jump(by_ns) => (steady + i128::from(by_ns), self.rate_ppm, self.strobe),
            ClockFault::Rate(rate_ppm) => (steady, rate_ppm, self.strobe),
            ClockFault::Strobe(ahead, period) => (steady, self.rate_ppm, Some((ahead, period))),
            ClockFault::Freeze => (steady, 0, None),
            // Not to the true time if the clock was ahead of that. The node takes a clock that goes back for one that stands still, so
            // that to set it right would be one more fault. It only counts durations: by how much it is ahead, makes no difference.
            ClockFault::Reset => (self.latest_ns.max(now.as_nanos() as i128), RIGHT_PPM, None),
        };
        if fault == ClockFault::Reset {
            (self.origin_ns, self.strayed_ns) = (shown_ns - now.as_nanos() as i128, 0);
        }
        *self = Distortion { since: now, shown_ns, rate_ppm, strobe, ..*self };
    }

    /// By how many ns it is ahead of the true time.
    pub fn offset_ns(&mut self, now: Duration) -> i64 {
        (self.show(now).as_nanos() as i128 - now.as_nanos() as i128) as i64
    }

    /// How far it has been from the time that it would show if it had gone on as it should, since the last reset, in ns.
    pub fn strayed_ns(&mut self, now: Duration) -> i64 {
        self.show(now);
        self.strayed_ns as i64
    }

    /// How long it takes at least until the clock shows so much more.
    pub fn wait(&self, more: Duration) -> Duration {
        let wait_ns = (more.as_nanos() * u128::from(RIGHT_PPM)).checked_div(self.rate_ppm.into());
        wait_ns.and_then(|ns| u64::try_from(ns).ok()).map_or(Duration::MAX, Duration::from_nanos)
    }

    fn steady_ns(&self, now: Duration) -> i128 {
        let elapsed = now.saturating_sub(self.since).as_nanos() as i128;
        self.shown_ns + elapsed * i128::from(self.rate_ppm) / i128::from(RIGHT_PPM)
    }

    fn strobe_ns(&self, now: Duration) -> i128 {
        let Some((ahead, period)) = self.strobe else { return 0 };
        let periods = now.saturating_sub(self.since).as_nanos() / period.as_nanos().max(1);
        // It begins with a jump.
        if periods.is_multiple_of(2) { ahead.as_nanos() as i128 } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    /// A clock to which these things were done, each at its time in ms, and what it shows in ms at these times.
    fn shown(faults: &[(u64, ClockFault)], at: &[u64]) -> Vec<u64> {
        let mut clock = Distortion::none(ms(0));
        let mut faults = faults.iter().peekable();
        let show = |at: &u64| {
            while let Some((time, fault)) = faults.next_if(|(time, _)| time <= at) {
                clock.bend(*fault, ms(*time));
            }
            clock.show(ms(*at)).as_millis() as u64
        };
        at.iter().map(show).collect()
    }

    #[test]
    fn it_shows_what_was_done_to_it() {
        const JUMP: i64 = 500_000_000;
        assert_eq!(shown(&[], &[0, 10, 10_000]), [0, 10, 10_000]);
        assert_eq!(shown(&[(1000, ClockFault::Jump(JUMP))], &[999, 1000, 1001]), [999, 1500, 1501]);
        assert_eq!(shown(&[(1000, ClockFault::Jump(-JUMP))], &[999, 1000, 1001]), [999, 500, 501]);
        assert_eq!(shown(&[(100, ClockFault::Jump(-JUMP))], &[100, 500, 700]), [0, 0, 200], "no time before the start");
        assert_eq!(shown(&[(1000, ClockFault::Rate(1_500_000))], &[1000, 1100, 1200]), [1000, 1150, 1300]);
        assert_eq!(
            shown(&[(1000, ClockFault::Rate(500_000)), (1100, ClockFault::Jump(JUMP))], &[1100, 1200]),
            [1550, 1600]
        );
        assert_eq!(shown(&[(1000, ClockFault::Freeze)], &[1000, 9000]), [1000, 1000]);
        let strobe = ClockFault::Strobe(ms(200), ms(10));
        assert_eq!(shown(&[(1000, strobe)], &[1000, 1009, 1010, 1019, 1020]), [1200, 1209, 1010, 1019, 1220]);
    }

    #[test]
    fn after_a_reset_it_runs_at_once_and_never_behind_the_true_time() {
        let rows = [
            (ClockFault::Jump(500_000_000), [1500, 1600, 1700]),
            (ClockFault::Jump(-500_000_000), [500, 1100, 1200]),
            (ClockFault::Rate(2_000_000), [1000, 1200, 1300]),
            (ClockFault::Freeze, [1000, 1100, 1200]),
            (ClockFault::Strobe(ms(200), ms(1000)), [1200, 1300, 1400]),
        ];
        for (fault, expected) in rows {
            let faults = [(1000, fault), (1100, ClockFault::Reset)];
            assert_eq!(shown(&faults, &[1000, 1100, 1200]), expected, "{fault:?}");
        }
    }

    #[test]
    fn its_offset_can_be_measured_and_its_rate_waited_for() {
        let mut clock = Distortion::none(ms(0));
        clock.bend(ClockFault::Jump(-3_000_000), ms(100));
        assert_eq!(clock.offset_ns(ms(200)), -3_000_000);
        assert_eq!(clock.wait(ms(10)), ms(10));
        clock.bend(ClockFault::Rate(2_000_000), ms(200));
        assert_eq!((clock.offset_ns(ms(210)), clock.wait(ms(10))), (7_000_000, ms(5)));
        clock.bend(ClockFault::Freeze, ms(300));
        assert_eq!(clock.wait(ms(1)), Duration::MAX);
    }

    #[test]
    fn it_remembers_how_far_it_has_strayed() {
        let mut clock = Distortion::none(ms(0));
        clock.bend(ClockFault::Strobe(ms(200), ms(10)), ms(100));
        assert_eq!((clock.strayed_ns(ms(105)), clock.offset_ns(ms(115))), (200_000_000, 0));
        assert_eq!(clock.strayed_ns(ms(115)), 200_000_000);
        clock.bend(ClockFault::Reset, ms(120));
        assert_eq!(clock.strayed_ns(ms(130)), 0, "although it is ahead by now");
        clock.bend(ClockFault::Jump(-5_000_000), ms(140));
        assert_eq!(clock.strayed_ns(ms(150)), 5_000_000);
    }
}
