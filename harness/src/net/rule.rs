//! What a link does to its messages besides forwarding them.

use super::queue::Hold;
use rand::{RngExt, SeedableRng, rngs::Xoshiro256PlusPlus};
use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// What a link does to each of its messages. Rules compose: a message is subject to all that are in force when it arrives
/// at the proxy, and a rule that is taken back lets go of the messages that it still held.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rule {
    /// A message is handed on this long after it arrived, and never before one that arrived earlier on its connection.
    /// Times are those of the runtime's timer, which may be a millisecond late.
    Delay {
        /// The mean.
        delay: Duration,
        /// The delay of each message lies between `delay - jitter` and `delay + jitter`, uniformly; it is never negative.
        jitter: Duration,
    },
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
}

/// What the rules in force do to one message.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Fate {
    /// What keeps it from being handed on at once.
    pub holds: Vec<Hold>,
}

impl ActiveRule {
    pub fn new(id: RuleId, rule: Rule, seed: u64) -> ActiveRule {
        ActiveRule { id, rule, rng: Mutex::new(Xoshiro256PlusPlus::seed_from_u64(seed)) }
    }

    /// Adds to the fate of a message.
    pub fn decide(&self, fate: &mut Fate) {
        let mut rng = self.rng.lock().unwrap_or_else(PoisonError::into_inner);
        match self.rule {
            Rule::Delay { delay, jitter } => {
                let time = between(&mut rng, delay.saturating_sub(jitter), delay.saturating_add(jitter));
                fate.holds.push(Hold { rule: self.id, time });
            }
        }
    }
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
        let drawn = delays(Rule::Delay { delay, jitter }, 1);
        assert!(drawn.iter().all(|drawn| (delay - jitter..=delay + jitter).contains(drawn)));
        assert!(drawn.iter().any(|drawn| *drawn < delay - jitter / 2));
        assert!(drawn.iter().any(|drawn| *drawn > delay + jitter / 2));
        assert_eq!(drawn, delays(Rule::Delay { delay, jitter }, 1));
        assert_ne!(drawn, delays(Rule::Delay { delay, jitter }, 2));
    }

    #[test]
    fn no_delay_is_negative_and_the_longest_is_no_overflow() {
        let jitter = Duration::from_millis(20);
        let drawn = delays(Rule::Delay { delay: Duration::from_millis(5), jitter }, 1);
        assert!(drawn.iter().all(|drawn| *drawn <= Duration::from_millis(25)));
        assert_eq!(
            delays(Rule::Delay { delay: Duration::MAX, jitter: Duration::ZERO }, 1)[0].as_nanos(),
            u64::MAX.into()
        );
    }
}
