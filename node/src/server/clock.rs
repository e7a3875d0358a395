//! The clock of the core.

use crate::raft::{Bug, Bugs, Ticks};
use nix::time::{ClockId, clock_gettime};
use std::{
    cell::Cell,
    time::{Duration, Instant},
};

/// How often the ticker of [`Bug::LeaseByTicks`] ticks.
const TICKER: Duration = Duration::from_millis(10);

/// Milliseconds since the node started, by a clock that cannot be set, and that goes on while the machine is suspended: a leader that
/// was asleep must not believe in a lease that ran out meanwhile ([`crate::raft::ReadMode::Lease`]).
#[derive(Clone, Debug)]
pub struct Clock {
    epoch: Cell<Duration>,
    seen: Cell<Duration>,
    bugs: Bugs,
}

impl Clock {
    /// A clock that shows 0 now.
    pub fn start(bugs: Bugs) -> Clock {
        Clock { epoch: Cell::new(since_boot()), seen: Cell::new(since_boot()), bugs }
    }

    /// What it shows.
    pub fn now(&self) -> Ticks {
        self.at(since_boot())
    }

    /// What it shows at a time since the machine was booted.
    fn at(&self, now: Duration) -> Ticks {
        if self.bugs.has(Bug::LeaseByTicks) {
            // A ticker has room for one tick: those that come while nobody takes them are lost.
            let lost = (now - self.seen.replace(now)).saturating_sub(2 * TICKER);
            self.epoch.set(self.epoch.get() + lost);
        }
        Ticks((now - self.epoch.get()).as_millis() as u64)
    }

    /// When it will show this, by the clock that timers go by. That one stands still while the machine is suspended; so the timer may
    /// be late, as any timer may.
    pub fn when(&self, ticks: Ticks) -> Instant {
        let mut wait = (self.epoch.get() + Duration::from_millis(ticks.0)).saturating_sub(since_boot());
        if self.bugs.has(Bug::LeaseByTicks) {
            wait = wait.min(TICKER);
        }
        Instant::now() + wait
    }
}

fn since_boot() -> Duration {
    clock_gettime(ClockId::CLOCK_BOOTTIME).expect("every Linux counts the time since it was booted").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tick_is_shown_when_it_is_due_and_not_before() {
        let clock = Clock::start(Bugs::default());
        let due = Ticks(clock.now().0 + 20);
        std::thread::sleep(clock.when(due) - Instant::now());
        assert!(clock.now() >= due);
        assert!(clock.when(due) <= Instant::now(), "what is over is due now");
    }

    /// A process that is stopped for a second does not look at its clock meanwhile.
    #[test]
    fn time_goes_on_while_the_process_is_stopped() {
        let shown = |bugs| {
            let clock = Clock::start(bugs);
            let epoch = clock.epoch.get();
            assert_eq!(clock.at(epoch + Duration::from_millis(5)), Ticks(5));
            clock.at(epoch + Duration::from_millis(1_005)).0
        };
        assert_eq!(shown(Bugs::default()), 1_005);
        #[cfg(feature = "seeded-bugs")]
        assert_eq!(shown(Bugs::from_iter([Bug::LeaseByTicks])), 25, "the mistake loses the ticks of that time");
    }
}
