//! What can be said of a thing that happens only sometimes: how often it does, when, and how sure that is.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use serde::{Deserialize, Serialize};
use std::fmt;

/// The 97.5 % quantile of the normal distribution: what lies between it and its negative is 95 %.
const Z: f64 = 1.959_963_985;

/// How often something showed in independent trials.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rate {
    /// In how many trials it showed.
    pub shown: u32,
    /// How many there were.
    pub trials: u32,
}

impl Rate {
    /// One more trial.
    pub fn add(&mut self, is_shown: bool) {
        self.shown += u32::from(is_shown);
        self.trials += 1;
    }

    /// The share of trials in which it showed; 0 if there were none.
    pub fn share(self) -> f64 {
        f64::from(self.shown) / f64::from(self.trials.max(1))
    }

    /// The 95 % confidence interval of the true rate (E. B. Wilson, 1927). Unlike the textbook's, it is sound for few trials
    /// and for rates near 0 and 1.
    pub fn interval(self) -> (f64, f64) {
        let n = f64::from(self.trials);
        if n == 0.0 {
            return (0.0, 1.0);
        }
        let (share, z2) = (self.share(), Z * Z);
        let centre = (share + z2 / (2.0 * n)) / (1.0 + z2 / n);
        let half = Z / (1.0 + z2 / n) * (share * (1.0 - share) / n + z2 / (4.0 * n * n)).sqrt();
        ((centre - half).max(0.0), (centre + half).min(1.0))
    }
}

/// `7 of 10 (70 %; 95 % interval 40–89 %)`
impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = |share: f64| (100.0 * share).round();
        let (low, high) = self.interval();
        write!(f, "{} of {} ", self.shown, self.trials)?;
        write!(f, "({} %; 95 % interval {}–{} %)", percent(self.share()), percent(low), percent(high))
    }
}

/// The median of a sample, and an interval that has the true one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Median {
    /// The median of the sample.
    pub median: f64,
    /// The lower end of the interval.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// How probable it is that such an interval has the true median: 95 % or a little more; less, if fewer than six values
    /// allow no better one than from the smallest to the greatest.
    pub confidence: f64,
}

impl Median {
    /// The median of these values; `None` if there are none. The interval lies between two of the values and assumes nothing
    /// of how they are distributed: each of n values is below the true median with probability 1/2, so how many are is
    /// binomial (n, 1/2).
    pub fn of(values: &[f64]) -> Option<Median> {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let n = sorted.len();
        let (first, last) = (*sorted.first()?, *sorted.last()?);
        let median = (sorted[(n - 1) / 2] + sorted[n / 2]) / 2.0;
        let mut best = Median { median, low: first, high: last, confidence: 1.0 - 2.0 * binomial_half(n, 0) };
        // From the widest interval inwards: the narrowest that is still sure enough.
        let mut outside = binomial_half(n, 0);
        for k in 1..n.div_ceil(2) {
            outside += binomial_half(n, k);
            let confidence = 1.0 - 2.0 * outside;
            if confidence < 0.95 {
                break;
            }
            best = Median { low: sorted[k], high: sorted[n - 1 - k], confidence, ..best };
        }
        Some(best)
    }
}

/// The probability of k heads in n throws of a fair coin.
fn binomial_half(n: usize, k: usize) -> f64 {
    (0..k).fold(0.5_f64.powi(i32::try_from(n).unwrap_or(i32::MAX)), |p, i| p * (n - i) as f64 / (i + 1) as f64)
}

/// Wald's sequential probability ratio test of a rate: after each trial it either knows enough or asks for another one.
///
/// A rate of at most `low` is taken for a high one with a probability of at most [`Sequential::FALSE_ACCEPT`]; one of at least
/// `high` for a low one with at most [`Sequential::FALSE_REJECT`]. What lies between may be decided either way. Because the number
/// of trials is limited, both errors are a little greater for a high rate below one half, and much greater for one below a
/// fifth.
#[derive(Clone, Copy, Debug)]
pub struct Sequential {
    low: f64,
    high: f64,
    /// The logarithm of how much likelier the trials so far are with the high rate than with the low one.
    evidence: f64,
    rate: Rate,
}

impl Sequential {
    /// How probable it is to accept what has the low rate.
    pub const FALSE_ACCEPT: f64 = 0.05;
    /// How probable it is to reject what has the high rate.
    pub const FALSE_REJECT: f64 = 0.10;
    /// After so many trials the nearer rate wins.
    pub const TRIALS_MAX: u32 = 20;

    /// A test that tells these two rates apart: 0 < low < high < 1.
    pub fn new(low: f64, high: f64) -> Sequential {
        Sequential { low, high, evidence: 0.0, rate: Rate::default() }
    }

    /// One more trial.
    pub fn add(&mut self, is_shown: bool) {
        self.rate.add(is_shown);
        self.evidence +=
            if is_shown { (self.high / self.low).ln() } else { ((1.0 - self.high) / (1.0 - self.low)).ln() };
    }

    /// What it has decided, if it has: whether the rate is high. A low one is certain as soon as even trials that all show it could
    /// not change that any more.
    pub fn decision(&self) -> Option<bool> {
        if self.evidence >= Self::enough() {
            Some(true)
        } else if self.evidence <= (Self::FALSE_REJECT / (1.0 - Self::FALSE_ACCEPT)).ln() || !self.can_accept(u32::MAX)
        {
            Some(false)
        } else {
            (self.rate.trials >= Self::TRIALS_MAX).then_some(self.evidence > 0.0)
        }
    }

    /// Whether so many more trials, if all of them show it, would let it decide for the high rate.
    pub fn can_accept(&self, more: u32) -> bool {
        let left = Self::TRIALS_MAX.saturating_sub(self.rate.trials);
        let evidence = self.evidence + f64::from(more.min(left)) * (self.high / self.low).ln();
        evidence >= Self::enough() || more >= left && evidence > 0.0
    }

    /// The evidence with which a rate is taken for a high one.
    fn enough() -> f64 {
        ((1.0 - Self::FALSE_REJECT) / Self::FALSE_ACCEPT).ln()
    }

    /// The trials so far.
    pub fn rate(&self) -> Rate {
        self.rate
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng, rngs::Xoshiro256PlusPlus};

    #[test]
    fn intervals_of_a_rate_are_those_of_the_tables() {
        let interval = |shown, trials| {
            let (low, high) = Rate { shown, trials }.interval();
            ((low * 1000.0).round(), (high * 1000.0).round())
        };
        assert_eq!(interval(7, 10), (397.0, 892.0));
        assert_eq!(interval(0, 10), (0.0, 278.0));
        assert_eq!(interval(10, 10), (722.0, 1000.0));
        assert_eq!(interval(0, 0), (0.0, 1000.0));
        assert_eq!(Rate { shown: 7, trials: 10 }.to_string(), "7 of 10 (70 %; 95 % interval 40–89 %)");
    }

    #[test]
    fn the_interval_of_a_median_lies_between_the_values_of_the_tables() {
        let of = |n: u32| {
            let values: Vec<f64> = (1..=n).rev().map(f64::from).collect();
            Median::of(&values).map(|m| (m.median, m.low, m.high, (m.confidence * 1000.0).round()))
        };
        assert_eq!(of(0), None);
        assert_eq!(of(1), Some((1.0, 1.0, 1.0, 0.0)));
        assert_eq!(of(5), Some((3.0, 1.0, 5.0, 938.0)));
        assert_eq!(of(6), Some((3.5, 1.0, 6.0, 969.0)));
        assert_eq!(of(10), Some((5.5, 2.0, 9.0, 979.0)));
        assert_eq!(of(20), Some((10.5, 6.0, 15.0, 959.0)));
    }

    /// How often a thing with this rate is accepted, and how many trials that takes on average.
    fn operate(rate: f64, low: f64, high: f64) -> (f64, f64) {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
        let (mut accepted, mut trials) = (0, 0);
        for _ in 0..2000 {
            let mut test = Sequential::new(low, high);
            while test.decision().is_none() {
                test.add(rng.random_bool(rate));
            }
            accepted += u32::from(test.decision() == Some(true));
            trials += test.rate().trials;
        }
        (f64::from(accepted) / 2000.0, f64::from(trials) / 2000.0)
    }

    #[test]
    fn what_cannot_be_accepted_any_more_is_given_up() {
        let mut test = Sequential::new(0.2, 0.8);
        // Each trial that shows it counts ln 4, and ln 18 is enough.
        assert!(test.can_accept(3) && !test.can_accept(2));
        test.add(true);
        assert!(test.can_accept(2) && !test.can_accept(1));
        // A rate so near the other one takes more trials than there may be: then the nearer wins.
        let mut close = Sequential::new(0.5, 0.51);
        assert!(!close.can_accept(19) && close.can_accept(20));
        for _ in 0..10 {
            close.add(false);
        }
        assert_eq!(close.decision(), Some(false), "ten that show it cannot outweigh ten that do not");
    }

    #[test]
    fn a_sequential_test_is_as_often_wrong_as_it_says_and_soon_done() {
        for high in [0.3, 0.5, 0.7, 0.9] {
            let low = high / 4.0;
            let (accepted, trials) = operate(low, low, high);
            assert!(accepted <= Sequential::FALSE_ACCEPT + 0.03, "{high}: {accepted} of the bad ones");
            assert!(trials < 15.0, "{high}: {trials} trials on average");
            let (accepted, trials) = operate(high, low, high);
            assert!(accepted >= 1.0 - Sequential::FALSE_REJECT - 0.05, "{high}: {accepted} of the good ones");
            assert!(trials < 15.0, "{high}: {trials} trials on average");
            assert_eq!(operate(0.0, low, high).0, 0.0, "what never shows is never accepted");
        }
    }
}
