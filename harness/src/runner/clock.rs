//! The time of a run.

use nix::time::{ClockId, clock_gettime};
use std::time::{Duration, Instant};

/// Nanoseconds since the start of the run's workload, on the machine's monotonic clock. Nodes write their traces in the
/// time of the same clock, so that what they say of themselves and what clients saw have one order.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    epoch: u64,
    start: Instant,
}

impl Clock {
    /// A clock that shows 0 now.
    ///
    /// # Errors
    /// If the machine has no monotonic clock.
    pub fn start() -> nix::Result<Clock> {
        // `Instant` is this same clock, but does not say what it shows. The two are read within a microsecond.
        let start = Instant::now();
        let epoch = monotonic()?;
        Ok(Clock { epoch, start })
    }

    /// What it shows, in ns.
    pub fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    /// Where its 0 lies on the machine's clock, in ns.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// The moment at which it shows `time` ns.
    pub fn instant(&self, time: u64) -> Instant {
        self.start + Duration::from_nanos(time)
    }
}

fn monotonic() -> nix::Result<u64> {
    let time = Duration::from(clock_gettime(ClockId::CLOCK_MONOTONIC)?);
    Ok(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX))
}
