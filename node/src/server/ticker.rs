//! Time counted in ticks of a ticker, in place of what the clock shows: a mistake that is made on purpose. Without it, a ticker is not
//! there.

use crate::raft::{Bug, Bugs, Ticks};
use std::cell::Cell;

/// From one tick to the next.
const INTERVAL: u64 = 10;

/// See the [module](self).
#[derive(Debug)]
pub struct Ticker {
    bugs: Bugs,
    /// What the clock showed last.
    seen: Cell<Ticks>,
    /// How much of the clock's time it has not counted.
    lost: Cell<u64>,
}

impl Ticker {
    /// A ticker that begins when the clock shows 0.
    pub fn new(bugs: Bugs) -> Ticker {
        Ticker { bugs, seen: Cell::default(), lost: Cell::default() }
    }

    /// What it has counted when the clock shows this.
    pub fn count(&self, now: Ticks) -> Ticks {
        if !self.bugs.has(Bug::LeaseByTicks) {
            return now;
        }
        // It has room for one tick: those that come while nobody takes them are lost.
        let passed = now.0.saturating_sub(self.seen.replace(now).0);
        self.lost.set(self.lost.get() + passed.saturating_sub(2 * INTERVAL));
        Ticks(now.0.saturating_sub(self.lost.get()))
    }

    /// What the clock shows when it is time to count again, for something that is due at this count.
    pub fn due(&self, count: Ticks) -> Ticks {
        match self.bugs.has(Bug::LeaseByTicks) {
            true => (count + self.lost.get()).min(self.seen.get() + INTERVAL),
            false => count,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A process that is stopped for a second does not look at its clock meanwhile.
    fn shown_after_a_stop(bugs: Bugs) -> Ticks {
        let ticker = Ticker::new(bugs);
        assert_eq!(ticker.count(Ticks(5)), Ticks(5));
        ticker.count(Ticks(1_005))
    }

    #[test]
    fn time_goes_on_while_the_process_is_stopped() {
        assert_eq!(shown_after_a_stop(Bugs::default()), Ticks(1_005));
        assert_eq!(Ticker::new(Bugs::default()).due(Ticks(50)), Ticks(50));
    }

    #[cfg(feature = "seeded-bugs")]
    #[test]
    fn mistake_loses_the_ticks_of_that_time() {
        assert_eq!(shown_after_a_stop(Bugs::from_iter([Bug::LeaseByTicks])), Ticks(25));
    }
}
