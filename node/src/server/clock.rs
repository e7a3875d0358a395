//! The clock of the core.

use crate::raft::Ticks;
use nix::time::{ClockId, clock_gettime};
use std::time::{Duration, Instant};

/// Milliseconds since the node started, by a clock that cannot be set, and that goes on while the machine is suspended: a leader that
/// was asleep must not believe in a lease that ran out meanwhile ([`crate::raft::ReadMode::Lease`]).
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    epoch: Duration,
}

impl Clock {
    /// A clock that shows 0 now.
    pub fn start() -> Clock {
        Clock { epoch: since_boot() }
    }

    /// What it shows.
    pub fn now(&self) -> Ticks {
        Ticks((since_boot() - self.epoch).as_millis() as u64)
    }

    /// When it will show this, by the clock that timers go by. That one stands still while the machine is suspended; so the timer may
    /// be late, as any timer may.
    pub fn when(&self, ticks: Ticks) -> Instant {
        Instant::now() + (self.epoch + Duration::from_millis(ticks.0)).saturating_sub(since_boot())
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
        let clock = Clock::start();
        let due = Ticks(clock.now().0 + 20);
        std::thread::sleep(clock.when(due) - Instant::now());
        assert!(clock.now() >= due);
        assert!(clock.when(due) <= Instant::now(), "what is over is due now");
    }
}
