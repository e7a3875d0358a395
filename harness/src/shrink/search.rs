//! The search: from a start that shows a symptom to the smallest scenario found that still does.

use super::{Batch, Laboratory, Scenario, Step, Symptom, Trial};
use crate::statistics::{Rate, Sequential};
use std::{collections::BTreeMap, time::Duration};

/// A start is tried so often, unless it has shown the symptom often enough before.
const START_TRIALS: u32 = 8;
/// How often is enough.
const START_SHOWN: u32 = 3;
/// A start with at least this rate is good enough; below it, others are tried as well.
const START_SHARE: f64 = 0.5;
/// The share of the budget that may go into finding a start.
const START_BUDGET: f64 = 0.5;
/// A candidate that shows the symptom this much more seldom than the start is to be told from one that shows it as often.
const WORSE: f64 = 4.0;
/// The rates with which that is done; an estimate from few trials is too coarse for more.
const RATE_MIN: f64 = 0.1;
const RATE_MAX: f64 = 0.9;
/// How many trials the result gets that had no part in choosing it.
const FRESH_TRIALS: u32 = 10;
/// The most that may be kept back for them, as a share of the budget.
const FRESH_BUDGET: f64 = 0.3;
/// What a trial costs besides its workload, as long as that is not known.
const OVERHEAD: Duration = Duration::from_secs(2);

/// What a search may cost.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How long it may take in all.
    pub budget: Duration,
    /// How many trials go on at a time.
    pub side_by_side: usize,
}

/// What a search found.
#[derive(Clone, Debug)]
pub struct Shrunk {
    /// The symptom that was looked for.
    pub symptom: Symptom,
    /// The start.
    pub start: Scenario,
    /// How often the start showed the symptom.
    pub start_rate: Rate,
    /// The smallest scenario found.
    pub scenario: Scenario,
    /// How often it shows the symptom.
    pub rate: Rate,
    /// Whether `rate` comes from trials that had no part in choosing the scenario. If not, it looks better than it is.
    pub is_fresh: bool,
    /// Why the search ended.
    pub ending: Ending,
    /// How many trials there were in all.
    pub trials: u32,
    /// What they cost.
    pub spent: Duration,
}

/// Why a search ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Nothing is left to try.
    Minimal,
    /// The budget is spent.
    Budget,
    /// Whoever waits for it wants the result now.
    Interrupted,
}

/// Finds a smallest scenario that shows one of the wanted symptoms: the one that the start shows most often. Of several starts,
/// the first that shows one in half of its trials is taken, or else the one that shows it most often. `None`: none of them
/// showed any.
///
/// # Errors
/// If the laboratory cannot work.
pub fn shrink<L: Laboratory>(
    starts: &[Scenario],
    wanted: &[Symptom],
    settings: Settings,
    laboratory: &mut L,
) -> Result<Option<Shrunk>, L::Error> {
    let mut search = Search {
        laboratory,
        settings,
        wanted: wanted.to_vec(),
        accepted: Vec::new(),
        rates: (RATE_MIN, RATE_MAX),
        spent: Duration::ZERO,
        workload: Duration::ZERO,
        batches: 0,
        trials: 0,
        ending: None,
    };
    if !search.begin(starts)? {
        return Ok(None);
    }
    search.make_smaller()?;
    search.confirm().map(Some)
}

/// A scenario that shows the symptom.
pub(super) struct Accepted {
    pub scenario: Scenario,
    rate: Rate,
    /// The latest time at which it was seen first, if it was seen in time in each trial that showed it.
    seen_ns: Option<u64>,
}

pub(super) struct Search<'a, L> {
    laboratory: &'a mut L,
    settings: Settings,
    /// The symptom looked for, once it is chosen.
    wanted: Vec<Symptom>,
    /// From the start to the smallest so far.
    accepted: Vec<Accepted>,
    /// The rates between which a candidate's is decided.
    rates: (f64, f64),
    spent: Duration,
    /// How much of it was workload.
    workload: Duration,
    batches: u32,
    trials: u32,
    ending: Option<Ending>,
}

impl<L: Laboratory> Search<'_, L> {
    /// Finds out how often the starts show a symptom, and chooses. Whether there is one.
    fn begin(&mut self, starts: &[Scenario]) -> Result<bool, L::Error> {
        let mut best: Option<(Accepted, Symptom)> = None;
        for start in starts {
            let mut seen = BTreeMap::<Symptom, Vec<Option<u64>>>::new();
            let mut trials = 0;
            let is_enough = |seen: &BTreeMap<_, Vec<_>>| seen.values().any(|times| times.len() >= START_SHOWN as usize);
            while trials < START_TRIALS && !is_enough(&seen) {
                let budget = self.settings.budget.mul_f64(START_BUDGET);
                // The very first trial is what everything else rests on.
                if self.trials > 0 && self.spent + self.expected(start) > budget {
                    break;
                }
                let batch = self.try_out(start)?;
                trials += batch.len() as u32;
                for (symptom, time) in batch.into_iter().flat_map(|trial| trial.shown) {
                    if self.wanted.contains(&symptom) {
                        seen.entry(symptom).or_default().push(time);
                    }
                }
                if self.ending.is_some() {
                    break;
                }
            }
            // Of equals the first in the order of the record, which puts the most telling first.
            let order = |symptom: &Symptom| self.wanted.iter().position(|wanted| wanted == symptom);
            let most =
                seen.iter().max_by_key(|(symptom, times)| (times.len(), usize::MAX - order(symptom).unwrap_or(0)));
            let rate = Rate { shown: most.map_or(0, |(_, times)| times.len() as u32), trials };
            self.tell("the start", start, rate, rate.shown > 0);
            if let Some((symptom, times)) = most
                && best.as_ref().is_none_or(|(best, _)| best.rate.share() < rate.share())
            {
                let accepted = Accepted { scenario: start.clone(), rate, seen_ns: latest(times, start) };
                best = Some((accepted, symptom.clone()));
            }
            if rate.share() >= START_SHARE || self.ending.is_some() {
                break;
            }
        }
        let Some((start, symptom)) = best else { return Ok(false) };
        // Half a trial is added for and against: of three trials that all showed it one must not conclude that every one does.
        let high = (f64::from(start.rate.shown) + 0.5) / (f64::from(start.rate.trials) + 1.0);
        let high = high.clamp(RATE_MIN, RATE_MAX);
        self.rates = (high / WORSE, high);
        self.wanted = vec![symptom];
        self.accepted.push(start);
        Ok(true)
    }

    fn make_smaller(&mut self) -> Result<(), L::Error> {
        self.cut_after_the_violation()?;
        self.remove_faults()?;
        self.save_time()?;
        for nodes in [3, 5, 7] {
            if let Some(fewer) = self.current().with_nodes(nodes)
                && self.attempt(&format!("with {nodes} nodes"), fewer)?
            {
                break;
            }
        }
        while let Some(fewer) = self.current().with_fewer_clients()
            && self.attempt(&format!("with {} clients", fewer.clients), fewer)?
        {}
        while let Some(fewer) = self.current().with_lower_rate()
            && self.attempt(&format!("with {} operations a second", fewer.rate.unwrap_or_default()), fewer)?
        {}
        Ok(())
    }

    /// What begins after the violation was seen cannot have caused it.
    fn cut_after_the_violation(&mut self) -> Result<bool, L::Error> {
        match self.accepted.last().and_then(|accepted| accepted.seen_ns) {
            Some(seen_ns) => self.attempt("until the violation", self.current().until_seen(seen_ns)),
            None => Ok(false),
        }
    }

    fn save_time(&mut self) -> Result<(), L::Error> {
        self.attempt("without idle time", self.current().tightened())?;
        self.cut_after_the_violation()?;
        while let Some(shorter) = self.current().halved(None)
            && self.attempt("with faults half as long", shorter)?
        {}
        for place in 0..self.current().faults.len() {
            while let Some(shorter) = self.current().halved(Some(place))
                && self.attempt(&format!("with fault {} half as long", place + 1), shorter)?
            {}
        }
        self.attempt("without idle time", self.current().tightened())?;
        while let Some(shorter) = self.current().with_shorter_tail()
            && self.attempt("ending sooner", shorter)?
        {}
        Ok(())
    }

    /// The smallest so far.
    pub(super) fn current(&self) -> &Scenario {
        &self.accepted.last().expect("there is a start").scenario
    }

    /// Tries a candidate until it is known whether it shows the symptom often enough. If so, it is the smallest so far.
    pub(super) fn attempt(&mut self, change: &str, candidate: Scenario) -> Result<bool, L::Error> {
        if candidate == *self.current() {
            return Ok(false);
        }
        let mut test = Sequential::new(self.rates.0, self.rates.1);
        let mut times = Vec::new();
        let is_accepted = loop {
            if let Some(decision) = test.decision() {
                break decision;
            }
            let reserve = self.reserve();
            if self.spent + self.expected(&candidate) + reserve > self.settings.budget {
                self.ending.get_or_insert(Ending::Budget);
            }
            if self.ending.is_some() {
                return Ok(false);
            }
            for trial in self.try_out(&candidate)? {
                let shown = trial.shown.get(&self.wanted[0]);
                test.add(shown.is_some());
                times.extend(shown);
            }
        };
        self.tell(change, &candidate, test.rate(), is_accepted);
        if is_accepted {
            let seen_ns = latest(&times, &candidate);
            self.accepted.push(Accepted { scenario: candidate, rate: test.rate(), seen_ns });
        }
        Ok(is_accepted)
    }

    /// Tries the smallest again, and should it not show the symptom any more, the one that it was made from.
    fn confirm(mut self) -> Result<Shrunk, L::Error> {
        let ending = self.ending.take().unwrap_or(Ending::Minimal);
        let start = (self.accepted[0].scenario.clone(), self.accepted[0].rate);
        loop {
            let Accepted { scenario, rate: known, .. } = self.accepted.pop().expect("the start is never dropped");
            let mut rate = Rate::default();
            while rate.trials < FRESH_TRIALS
                && ending != Ending::Interrupted
                && self.ending.is_none()
                && self.spent + self.expected(&scenario) <= self.settings.budget
            {
                for trial in self.try_out(&scenario)? {
                    rate.add(trial.shown.contains_key(&self.wanted[0]));
                }
            }
            let is_fresh = rate.trials > 0;
            // It may have been lucky before: then it is so rare now that half the start's rate can be ruled out.
            let holds = rate.shown > 0 && rate.interval().1 >= self.rates.1 / 2.0;
            if is_fresh {
                self.tell("once more", &scenario, rate, holds);
            }
            if holds || !is_fresh || self.accepted.is_empty() {
                // The start alone stays even if it does not show it now: it did when it was chosen.
                let (rate, is_fresh) = if holds { (rate, true) } else { (known, false) };
                return Ok(Shrunk {
                    symptom: self.wanted.remove(0),
                    start: start.0,
                    start_rate: start.1,
                    scenario,
                    rate,
                    is_fresh,
                    ending: self.ending.unwrap_or(ending),
                    trials: self.trials,
                    spent: self.spent,
                });
            }
        }
    }

    fn try_out(&mut self, scenario: &Scenario) -> Result<Vec<Trial>, L::Error> {
        let Batch { trials, cost } = self.laboratory.try_out(scenario, self.settings.side_by_side.max(1))?;
        self.spent += cost;
        if trials.is_empty() {
            self.ending = Some(Ending::Interrupted);
        } else {
            self.batches += 1;
            self.workload += Duration::from_nanos(scenario.time_limit_ns);
            self.trials += trials.len() as u32;
        }
        Ok(trials)
    }

    /// What one more batch of trials will cost.
    fn expected(&self, scenario: &Scenario) -> Duration {
        let overhead = match self.batches {
            0 => OVERHEAD,
            batches => self.spent.saturating_sub(self.workload) / batches,
        };
        Duration::from_nanos(scenario.time_limit_ns) + overhead
    }

    /// What is kept back for the last trials.
    fn reserve(&self) -> Duration {
        let batches = FRESH_TRIALS.div_ceil(self.settings.side_by_side.max(1) as u32);
        (self.expected(self.current()) * batches).min(self.settings.budget.mul_f64(FRESH_BUDGET))
    }

    fn tell(&mut self, change: &str, scenario: &Scenario, rate: Rate, is_accepted: bool) {
        let (change, scenario) = (change.to_owned(), scenario.clone());
        self.laboratory.tell(&Step { change, scenario, rate, is_accepted, spent: self.spent });
    }

    /// Whether the search is over, though there may be more to try.
    pub(super) fn is_over(&self) -> bool {
        self.ending.is_some()
    }
}

/// The latest of these times, if all are known and lie within the workload.
fn latest(times: &[Option<u64>], scenario: &Scenario) -> Option<u64> {
    let latest = times.iter().copied().collect::<Option<Vec<u64>>>()?.into_iter().max()?;
    (latest < scenario.time_limit_ns).then_some(latest)
}
