//! What a link does to its messages besides forwarding them.

use super::fate::{Fate, Flip, Hold};
use rand::{RngExt, SeedableRng, rngs::Xoshiro256PlusPlus};
use std::{
    num::NonZeroU64,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

/// How much of the time that a link was idle it may make up for.
const RATE_ALLOWANCE: Duration = Duration::from_millis(10);

/// What a link does to each of its messages. Rules compose: a message is subject to all that are in force when it arrives
/// at the proxy, and a rule that is taken back lets go of the messages that it still held.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rule {
    /// A message is handed on this long after it arrived, and never before one that arrived earlier on its connection.
    /// Times are those of the runtime's timer, which may be a millisecond late.
    Delay {
        /// How long.
        delay: Duration,
        /// How much that varies from message to message.
        jitter: Duration,
        /// In which way it varies.
        distribution: Distribution,
    },
    /// A message is taken out, and those around it pass.
    Loss {
        /// How likely, from 0 to 1.
        probability: f64,
    },
    /// A message is held back, and those that come after it overtake it. Where none comes in time, nothing is reordered.
    Reorder {
        /// How likely, from 0 to 1.
        probability: f64,
        /// For how long at most; each time is as likely.
        within: Duration,
    },
    /// A message is handed on with a bit of its payload or of its checksum flipped, which the checksum has to bring to light. Its
    /// length stays true. A receiver cannot trust what follows on such a connection, so at most one message of each connection
    /// is corrupted: as many as were corrupted have to be rejected.
    Corrupt {
        /// How likely, from 0 to 1.
        probability: f64,
    },
    /// The link carries no more than this, over all its connections together. A message is handed on whole, and the next one
    /// waits for as long as it took; after a pause, messages of 10 ms together pass at once. What cannot go on waits, and the
    /// sender is held up when too much does.
    Rate {
        /// Headers included.
        bytes_per_second: NonZeroU64,
    },
    /// A message sets out twice. Its copy follows it, and goes its own way under the other rules: it may be lost alone, or be
    /// held longer.
    Duplicate {
        /// How likely, from 0 to 1.
        probability: f64,
    },
}

/// How the delays of messages are spread. None is negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Distribution {
    /// From `delay - jitter` to `delay + jitter`, each as likely.
    Uniform,
    /// Around `delay`, with `jitter` as the standard deviation; none is further away than four of those.
    Normal,
    /// At least `delay`, and `jitter` more on average: mostly little, now and then several times that, at most ten times.
    Exponential,
    /// At least `delay`, and `jitter` more on average, with a heavy tail (Lomax, of shape 2): one in a hundred is held for nine times
    /// that or longer, and one in ten thousand for a hundred times, which is the most.
    Pareto,
}

impl Distribution {
    /// All of them.
    pub const ALL: [Distribution; 4] =
        [Distribution::Uniform, Distribution::Normal, Distribution::Exponential, Distribution::Pareto];

    /// Its name in a schedule.
    pub const fn name(self) -> &'static str {
        match self {
            Distribution::Uniform => "uniform",
            Distribution::Normal => "normal",
            Distribution::Exponential => "exponential",
            Distribution::Pareto => "pareto",
        }
    }

    /// How many times the jitter at most a message is held longer than the delay.
    pub fn jitters_max(self) -> u32 {
        match self {
            Distribution::Uniform => 1,
            Distribution::Normal => 4,
            Distribution::Exponential => 10,
            Distribution::Pareto => 100,
        }
    }

    fn draw(self, rng: &mut Xoshiro256PlusPlus, delay: Duration, jitter: Duration) -> Duration {
        // Above 0, and at most 1.
        let mut share = || 1.0 - rng.random::<f64>();
        let jitters = match self {
            Distribution::Uniform => {
                return between(rng, delay.saturating_sub(jitter), delay.saturating_add(jitter));
            }
            // Box and Muller's method.
            Distribution::Normal => (-2.0 * share().ln()).sqrt() * (std::f64::consts::TAU * share()).cos(),
            Distribution::Exponential => -share().ln(),
            Distribution::Pareto => share().powf(-0.5) - 1.0,
        };
        let most = f64::from(self.jitters_max());
        let nanos = delay.as_nanos() as f64 + jitter.as_nanos() as f64 * jitters.clamp(-most, most);
        // From a float, what is too small or too large becomes the smallest or the largest.
        Duration::from_nanos(nanos as u64)
    }
}

/// A rule that is in force, for whoever wants to take it back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RuleId(pub(super) u64);

/// A rule in force on one link.
pub(super) struct ActiveRule {
    pub id: RuleId,
    rule: Rule,
    /// For all connections of the link, and for no other rule or link: one more draw elsewhere changes nothing here.
    rng: Mutex<Xoshiro256PlusPlus>,
    busy_until: Mutex<Instant>,
}

impl ActiveRule {
    pub fn new(id: RuleId, rule: Rule, seed: u64) -> ActiveRule {
        let rng = Mutex::new(Xoshiro256PlusPlus::seed_from_u64(seed));
        ActiveRule { id, rule, rng, busy_until: Mutex::new(Instant::now()) }
    }

    /// How many copies of a message it adds.
    pub fn copies(&self) -> usize {
        let Rule::Duplicate { probability } = self.rule else { return 0 };
        usize::from(happens(&mut self.rng(), probability))
    }

    /// Adds to the fate of a message, or of a copy.
    pub fn decide(&self, fate: &mut Fate) {
        let mut rng = self.rng();
        match self.rule {
            Rule::Delay { delay, jitter, distribution } => {
                let time = distribution.draw(&mut rng, delay, jitter);
                fate.holds.push(Hold { rule: self.id, time, is_overtaken: false });
            }
            Rule::Reorder { probability, within } => {
                let (is_overtaken, time) = (happens(&mut rng, probability), between(&mut rng, Duration::ZERO, within));
                fate.holds.extend(is_overtaken.then_some(Hold { rule: self.id, time, is_overtaken }));
            }
            // A rule draws for every message, also for one that is lost already: so its draws do not depend on other rules.
            Rule::Loss { probability } => fate.is_lost |= happens(&mut rng, probability),
            Rule::Corrupt { probability } => {
                let (is_flipped, random) = (happens(&mut rng, probability), rng.random());
                if is_flipped {
                    fate.flip = Some(Flip { rule: self.id, random });
                }
            }
            Rule::Rate { .. } | Rule::Duplicate { .. } => {}
        }
    }

    /// Until when the link is busy with what it has carried, if this rule limits it.
    pub fn busy_until(&self) -> Option<Instant> {
        matches!(self.rule, Rule::Rate { .. }).then(|| *self.busy_until.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes note that the link carries so many bytes.
    pub fn carry(&self, bytes: usize, now: Instant) {
        let Rule::Rate { bytes_per_second } = self.rule else { return };
        let nanos = bytes as u128 * 1_000_000_000 / u128::from(bytes_per_second.get());
        let time = Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX));
        let mut busy_until = self.busy_until.lock().unwrap_or_else(PoisonError::into_inner);
        // Without the allowance, the timer would set the pace of short messages: it is no finer than a millisecond.
        let idle_since = now.checked_sub(RATE_ALLOWANCE).unwrap_or(now);
        *busy_until = idle_since.max(*busy_until) + time;
    }

    fn rng(&self) -> MutexGuard<'_, Xoshiro256PlusPlus> {
        self.rng.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Never at 0, and always at 1.
fn happens(rng: &mut Xoshiro256PlusPlus, probability: f64) -> bool {
    rng.random::<f64>() < probability
}

/// A duration from a range that includes both ends. Centuries are enough: longer ones are cut short.
fn between(rng: &mut Xoshiro256PlusPlus, least: Duration, most: Duration) -> Duration {
    let nanos = |duration: Duration| u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
    Duration::from_nanos(rng.random_range(nanos(least)..=nanos(most)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delays(rule: Rule, seed: u64) -> Vec<Duration> {
        let rule = ActiveRule::new(RuleId(0), rule, seed);
        let mut fate = Fate::default();
        (0..1000).for_each(|_| rule.decide(&mut fate));
        fate.holds.iter().map(|hold| hold.time).collect()
    }

    #[test]
    fn delays_fill_the_range_and_come_from_the_seed() {
        let (delay, jitter) = (Duration::from_millis(50), Duration::from_millis(20));
        let rule = Rule::Delay { delay, jitter, distribution: Distribution::Uniform };
        let drawn = delays(rule, 1);
        assert!(drawn.iter().all(|drawn| (delay - jitter..=delay + jitter).contains(drawn)));
        assert!(drawn.iter().any(|drawn| *drawn < delay - jitter / 2));
        assert!(drawn.iter().any(|drawn| *drawn > delay + jitter / 2));
        assert_eq!(drawn, delays(rule, 1));
        assert_ne!(drawn, delays(rule, 2));
    }

    #[test]
    fn every_distribution_has_the_mean_and_the_tail_that_it_says() {
        let (delay, jitter) = (Duration::from_millis(100), Duration::from_millis(10));
        let ms = |time: Duration| time.as_secs_f64() * 1e3;
        for (distribution, mean, beyond_nine) in [
            (Distribution::Uniform, 100.0, 0..=0),
            (Distribution::Normal, 100.0, 0..=0),
            (Distribution::Exponential, 110.0, 0..=30),
            (Distribution::Pareto, 110.0, 700..=1300),
        ] {
            let rule = ActiveRule::new(RuleId(0), Rule::Delay { delay, jitter, distribution }, 1);
            let mut fate = Fate::default();
            (0..100_000).for_each(|_| rule.decide(&mut fate));
            let drawn: Vec<Duration> = fate.holds.iter().map(|hold| hold.time).collect();
            let found = drawn.iter().copied().map(ms).sum::<f64>() / drawn.len() as f64;
            assert!((found - mean).abs() < 0.3, "{distribution:?}: {found} ms");
            let tail = drawn.iter().filter(|time| **time >= delay + 9 * jitter).count();
            assert!(beyond_nine.contains(&tail), "{distribution:?}: {tail} of 100000");
            assert!(drawn.iter().all(|time| *time <= delay + jitter * distribution.jitters_max()));
            assert!(drawn.iter().any(|time| *time > delay + jitter * distribution.jitters_max() / 2));
        }
    }

    #[test]
    fn rate_is_kept_in_the_long_run_and_a_pause_is_made_up_for_a_little() {
        let bytes_per_second = NonZeroU64::new(1_000_000).unwrap();
        let rule = ActiveRule::new(RuleId(0), Rule::Rate { bytes_per_second }, 1);
        let start = Instant::now() + Duration::from_secs(1);
        let mut now = start;
        let mut carried = 0;
        // The timer is late by more than a message takes.
        while now < start + Duration::from_secs(1) {
            while rule.busy_until() <= Some(now) {
                rule.carry(100, now);
                carried += 100;
            }
            now += Duration::from_millis(3);
        }
        assert!((1_000_000..=1_011_000).contains(&carried), "{carried} bytes in a second");
        let later = now + Duration::from_secs(60);
        rule.carry(10_100, later);
        assert_eq!(rule.busy_until(), Some(later + Duration::from_micros(100)));
    }

    #[test]
    fn chance_is_what_it_says() {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
        let mut share = |probability| (0..10_000).filter(|_| happens(&mut rng, probability)).count();
        assert_eq!((share(0.0), share(1.0)), (0, 10_000));
        assert!((2_800..3_200).contains(&share(0.3)));
    }

    #[test]
    fn no_delay_is_negative_and_the_longest_is_no_overflow() {
        let jitter = Duration::from_millis(20);
        let delayed = |delay, jitter, distribution| delays(Rule::Delay { delay, jitter, distribution }, 1);
        let drawn = delayed(Duration::from_millis(5), jitter, Distribution::Uniform);
        assert!(drawn.iter().all(|drawn| *drawn <= Duration::from_millis(25)));
        for distribution in Distribution::ALL {
            assert!(delayed(Duration::ZERO, jitter, distribution).iter().all(|drawn| *drawn <= 100 * jitter));
            let longest = delayed(Duration::MAX, Duration::ZERO, distribution);
            assert_eq!(longest[0].as_nanos(), u64::MAX.into(), "{distribution:?}");
        }
    }
}
