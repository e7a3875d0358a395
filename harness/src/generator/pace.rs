//! When operations happen: rate and time limit.

use super::{Generator, Invocation, Next};
use crate::history::{Event, ProcessId};
use crate::seed::rng;
use rand::{RngExt, rngs::Xoshiro256PlusPlus};

/// How far behind its schedule a [`Stagger`] may fall and still catch up. A client's timer fires a little late each time,
/// which must not lower the rate; but what an outage kept from happening must not follow it as a burst.
const CATCH_UP_NS: u64 = 50_000_000;

/// Spreads operations over time at random, at a mean rate over all processes. The gaps are exponentially distributed, as
/// between independent users: evenly spaced operations would keep a fixed phase to the cluster's own timers.
pub struct Stagger<G> {
    inner: G,
    gap_ns_mean: f64,
    rng: Xoshiro256PlusPlus,
    next_ns: u64,
}

impl<G> Stagger<G> {
    /// At a mean of `rate` operations a second, drawn from the stream `stagger` of `seed`.
    ///
    /// # Panics
    /// If the rate is not a positive number.
    pub fn new(inner: G, rate: f64, seed: u64) -> Stagger<G> {
        assert!(rate > 0.0 && rate.is_finite(), "a rate of {rate} operations a second");
        Stagger { inner, gap_ns_mean: 1e9 / rate, rng: rng(seed, "stagger"), next_ns: 0 }
    }

    fn gap_ns(&mut self) -> u64 {
        // 1 - u lies in (0, 1], so the logarithm is finite.
        let uniform: f64 = self.rng.random();
        (-(1.0 - uniform).ln() * self.gap_ns_mean) as u64
    }
}

impl<G: Generator> Generator for Stagger<G> {
    fn next(&mut self, now_ns: u64, process: ProcessId) -> Next {
        if now_ns < self.next_ns {
            return Next::Wait(self.next_ns);
        }
        let next = self.inner.next(now_ns, process);
        if matches!(next, Next::Invoke(_)) {
            self.next_ns = self.next_ns.max(now_ns.saturating_sub(CATCH_UP_NS)) + self.gap_ns();
        }
        next
    }

    fn complete(&mut self, completion: &Event) {
        self.inner.complete(completion);
    }

    fn final_operations(&mut self, now_ns: u64) -> Vec<Invocation> {
        self.inner.final_operations(now_ns)
    }
}

/// Ends a generator at a time.
pub struct TimeLimit<G> {
    inner: G,
    end_ns: u64,
}

impl<G> TimeLimit<G> {
    /// Nothing begins at `end_ns` or later.
    pub fn new(inner: G, end_ns: u64) -> TimeLimit<G> {
        TimeLimit { inner, end_ns }
    }
}

impl<G: Generator> Generator for TimeLimit<G> {
    fn next(&mut self, now_ns: u64, process: ProcessId) -> Next {
        if now_ns >= self.end_ns {
            return Next::Done;
        }
        match self.inner.next(now_ns, process) {
            Next::Wait(until) => Next::Wait(until.min(self.end_ns)),
            next => next,
        }
    }

    fn complete(&mut self, completion: &Event) {
        self.inner.complete(completion);
    }

    fn final_operations(&mut self, now_ns: u64) -> Vec<Invocation> {
        self.inner.final_operations(now_ns)
    }
}

impl Generator for Box<dyn Generator> {
    fn next(&mut self, now_ns: u64, process: ProcessId) -> Next {
        (**self).next(now_ns, process)
    }

    fn complete(&mut self, completion: &Event) {
        (**self).complete(completion);
    }

    fn final_operations(&mut self, now_ns: u64) -> Vec<Invocation> {
        (**self).final_operations(now_ns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Counts, without end.
    struct Count(u64);

    impl Generator for Count {
        fn next(&mut self, _now_ns: u64, _process: ProcessId) -> Next {
            self.0 += 1;
            Next::Invoke(Invocation::new("count", json!(self.0)))
        }
        fn complete(&mut self, _completion: &Event) {}
    }

    /// The times at which an ever-idle process is given something to do.
    fn times(mut generator: impl Generator, process: ProcessId) -> Vec<u64> {
        let (mut now, mut times) = (0, Vec::new());
        loop {
            match generator.next(now, process) {
                Next::Invoke(_) => times.push(now),
                Next::Wait(until) => {
                    assert!(until > now, "a wait leads forward");
                    now = until;
                }
                Next::Done => return times,
            }
        }
    }

    const SECOND: u64 = 1_000_000_000;

    #[test]
    fn the_mean_rate_is_kept_and_the_limit_too() {
        let times = times(TimeLimit::new(Stagger::new(Count(0), 200.0, 3), 50 * SECOND), 0);
        assert!((9_500..=10_500).contains(&times.len()), "{} operations in 50 s at 200/s", times.len());
        assert!(times.iter().all(|&time| time < 50 * SECOND));
    }

    #[test]
    fn the_same_seed_gives_the_same_times() {
        let run = |seed| times(TimeLimit::new(Stagger::new(Count(0), 100.0, seed), SECOND), 0);
        assert_eq!(run(5), run(5));
        assert_ne!(run(5), run(6));
    }

    #[test]
    fn an_outage_is_not_followed_by_a_burst() {
        let mut generator = Stagger::new(Count(0), 1_000.0, 1);
        let burst = (0..1_000).take_while(|_| matches!(generator.next(10 * SECOND, 0), Next::Invoke(_))).count();
        assert!((20..=100).contains(&burst), "about 50 ms of operations are caught up with, not 10 s: {burst}");
    }
}
