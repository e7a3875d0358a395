//! The clock of the core.

#[cfg(feature = "fault-injection")]
use super::distortion::{ClockFault, Distortion};
use crate::raft::Ticks;
use nix::time::{ClockId, clock_gettime};
#[cfg(feature = "fault-injection")]
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How soon a timer is looked at again whose clock may have been set meanwhile.
#[cfg(feature = "fault-injection")]
const LOOK: Duration = Duration::from_millis(10);

/// Milliseconds since the node started, by a clock that cannot be set, and that goes on while the machine is suspended: a leader that
/// was asleep must not believe in a lease that ran out meanwhile ([`crate::raft::ReadMode::Lease`]). Clones are the same clock.
#[derive(Clone, Debug)]
pub struct Clock {
    epoch: Duration,
    /// What makes it show another time, in a node that allows that.
    #[cfg(feature = "fault-injection")]
    distortion: Option<Arc<Mutex<Distortion>>>,
}

impl Clock {
    /// A clock that shows 0 now.
    pub fn start() -> Clock {
        Clock {
            epoch: since_boot(),
            #[cfg(feature = "fault-injection")]
            distortion: None,
        }
    }

    /// What it shows.
    pub fn now(&self) -> Ticks {
        // A clock that was put back may show a time before the start.
        Ticks(self.shown().saturating_sub(self.epoch).as_millis() as u64)
    }

    /// When it will show this, by the clock that timers go by. That one stands still while the machine is suspended; so the timer may
    /// be late, as any timer may.
    pub fn when(&self, ticks: Ticks) -> Instant {
        let wait = (self.epoch + Duration::from_millis(ticks.0)).saturating_sub(self.shown());
        Instant::now() + self.true_wait(wait)
    }

    #[cfg(not(feature = "fault-injection"))]
    fn shown(&self) -> Duration {
        since_boot()
    }

    #[cfg(not(feature = "fault-injection"))]
    fn true_wait(&self, wait: Duration) -> Duration {
        wait
    }
}

#[cfg(feature = "fault-injection")]
impl Clock {
    /// The same, but it can be made to go wrong.
    pub fn start_faulty() -> Clock {
        let clock = Clock::start();
        Clock { distortion: Some(Arc::new(Mutex::new(Distortion::none(clock.epoch)))), ..clock }
    }

    /// Does this to it, if that is allowed.
    pub fn bend(&self, fault: ClockFault) {
        if let Some(mut distortion) = self.distortion() {
            distortion.bend(fault, since_boot());
        }
    }

    /// By how many ns it is ahead of the true time.
    pub fn offset_ns(&self) -> i64 {
        self.distortion().map_or(0, |mut distortion| distortion.offset_ns(since_boot()))
    }

    /// How far it has strayed since it was reset, in ns.
    pub fn strayed_ns(&self) -> i64 {
        self.distortion().map_or(0, |mut distortion| distortion.strayed_ns(since_boot()))
    }

    fn shown(&self) -> Duration {
        let now = since_boot();
        self.distortion().map_or(now, |mut distortion| distortion.show(now))
    }

    /// How long to wait until it shows so much more, or may have been set.
    fn true_wait(&self, wait: Duration) -> Duration {
        self.distortion().map_or(wait, |distortion| distortion.wait(wait).min(LOOK))
    }

    fn distortion(&self) -> Option<MutexGuard<'_, Distortion>> {
        self.distortion.as_ref().map(|distortion| distortion.lock().unwrap_or_else(PoisonError::into_inner))
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

    #[cfg(feature = "fault-injection")]
    #[test]
    fn timers_follow_the_clock_that_was_bent() {
        let clock = Clock::start_faulty();
        let driver = clock.clone();
        clock.bend(ClockFault::Jump(60_000_000_000));
        assert!(driver.now() >= Ticks(60_000) && clock.offset_ns() >= 60_000_000_000);
        assert!(driver.when(Ticks(60_000)) <= Instant::now());
        clock.bend(ClockFault::Freeze);
        let now = driver.now();
        // It never comes, unless the clock is set.
        let (before, when, after) = (Instant::now(), driver.when(now + 1), Instant::now());
        assert!(before + LOOK <= when && when <= after + LOOK);
        assert_eq!(driver.now(), now);
        clock.bend(ClockFault::Jump(-120_000_000_000));
        assert_eq!(driver.now(), Ticks(0));
    }
}
