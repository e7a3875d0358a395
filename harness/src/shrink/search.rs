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
/// Of a start with a lower rate, parts are tried before anything else.
const FREQUENT: f64 = 0.75;
/// The share of the budget that may go into finding a start.
const START_BUDGET: f64 = 0.3;
/// A candidate that shows the symptom this much more seldom than the start is to be told from one that shows it as often.
pub(super) const WORSE: f64 = 4.0;
/// The rates with which that is done; an estimate from few trials is too coarse for more.
const RATE_MIN: f64 = 0.1;
const RATE_MAX: f64 = 0.9;
/// What is much shorter than the start may show the symptom more seldom, if nothing else makes it small, but not more seldom
/// than this.
pub(super) const SELDOM: f64 = 0.2;
/// A cut is worth its trials if it saves this share of the time, or a fault.
const SAVING_MIN: f64 = 0.1;
/// How many trials the result gets that had no part in choosing it.
const FRESH_TRIALS: u32 = 10;
/// The most that may be kept back for them, as a share of the budget.
const FRESH_BUDGET: f64 = 0.3;
/// What a trial costs besides its workload, as long as that is not known.
const OVERHEAD: Duration = Duration::from_secs(2);

/// What a search may cost, and what is known before it.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How long it may take in all.
    pub budget: Duration,
    /// How many trials go on at a time.
    pub side_by_side: usize,
    /// When the run that is to be shrunk showed the symptom first, if that is known, in ns since the start of its workload.
    pub seen_ns: Option<u64>,
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
/// showed any, and neither did parts of them.
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
        start: None,
        moments: Vec::new(),
        accepted: Vec::new(),
        high: RATE_MAX,
        spent: Duration::ZERO,
        workload: Duration::ZERO,
        batches: 0,
        trials: 0,
        ending: None,
    };
    let share = search.begin(starts)?;
    if share < FREQUENT {
        let moments = search.moments.clone();
        // What shows seldom shows as this today and as that tomorrow.
        let chosen = std::mem::replace(&mut search.wanted, wanted.to_vec());
        let is_found = search.try_suspects(&moments, (share / 2.0).max(SELDOM))?;
        if !is_found {
            search.wanted = chosen;
        }
    }
    if search.accepted.is_empty() {
        return Ok(None);
    }
    search.make_smaller()?;
    search.confirm().map(Some)
}

/// A scenario that shows the symptom.
pub(super) struct Accepted {
    pub scenario: Scenario,
    pub rate: Rate,
    /// When it was seen first in each trial that showed it, within the workload; nothing, if in one of them that is not known.
    pub seen_ns: Vec<u64>,
}

/// How often a candidate must show the symptom.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Demand {
    /// About as often as the start.
    AsOften,
    /// About as often as the start in the same time: a long run has many occasions for what a short one has once.
    AsOftenPerTime,
}

pub(super) struct Search<'a, L> {
    laboratory: &'a mut L,
    settings: Settings,
    /// The symptom looked for, once it is chosen.
    pub(super) wanted: Vec<Symptom>,
    /// The start, and how often it showed the symptom.
    start: Option<(Scenario, Rate)>,
    /// When a symptom was seen in which scenario. Those of trials come first: what the run itself showed may have been a rare case.
    moments: Vec<(Scenario, u64)>,
    /// From the start, if it showed the symptom, to the smallest so far.
    accepted: Vec<Accepted>,
    /// The rate with which the symptom is expected to show.
    high: f64,
    spent: Duration,
    /// How much of it was workload.
    workload: Duration,
    batches: u32,
    trials: u32,
    ending: Option<Ending>,
}

impl<L: Laboratory> Search<'_, L> {
    /// Finds out how often the starts show a symptom, and chooses. Returns the share of trials in which the best does.
    fn begin(&mut self, starts: &[Scenario]) -> Result<f64, L::Error> {
        let mut best: Option<(Accepted, Symptom)> = None;
        for start in starts {
            let mut seen = BTreeMap::<Symptom, Vec<Option<u64>>>::new();
            let mut trials = 0;
            let is_enough = |seen: &BTreeMap<_, Vec<_>>| seen.values().any(|times| times.len() >= START_SHOWN as usize);
            while trials < START_TRIALS && !is_enough(&seen) {
                // The very first trial is what everything else rests on.
                if self.trials > 0 && !self.affords(start, START_BUDGET) {
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
            let most = self.most(&seen);
            let rate = Rate { shown: most.as_ref().map_or(0, |(_, times)| times.len() as u32), trials };
            if trials > 0 {
                self.tell("the start", start, rate, rate.shown > 0);
                self.start.get_or_insert((start.clone(), rate));
            }
            if let Some((symptom, times)) = most {
                let seen_ns = within(&times, start);
                self.moments.extend(seen_ns.iter().map(|seen_ns| (start.clone(), *seen_ns)));
                if best.as_ref().is_none_or(|(best, _)| best.rate.share() < rate.share()) {
                    best = Some((Accepted { scenario: start.clone(), rate, seen_ns }, symptom));
                }
            }
            if rate.share() >= START_SHARE || self.ending.is_some() {
                break;
            }
        }
        for (start, seen_ns) in starts.iter().filter_map(|start| Some((start, self.settings.seen_ns?))) {
            let is_known = |(known, _): &(Scenario, u64)| known.until_seen(seen_ns) == start.until_seen(seen_ns);
            if !self.moments.iter().any(is_known) {
                self.moments.push((start.clone(), seen_ns));
            }
        }
        let Some((start, symptom)) = best else { return Ok(0.0) };
        let share = start.rate.share();
        self.high = cautious(start.rate);
        self.wanted = vec![symptom];
        self.start = Some((start.scenario.clone(), start.rate));
        self.accepted.push(start);
        Ok(share)
    }

    /// The symptom that was seen most often, and when. Of equals the first in the order of the record, which puts the most telling
    /// first.
    pub(super) fn most(&self, seen: &BTreeMap<Symptom, Vec<Option<u64>>>) -> Option<(Symptom, Vec<Option<u64>>)> {
        let order = |symptom: &Symptom| self.wanted.iter().position(|wanted| wanted == symptom);
        let most = seen.iter().max_by_key(|(symptom, times)| (times.len(), usize::MAX - order(symptom).unwrap_or(0)));
        most.map(|(symptom, times)| (symptom.clone(), times.clone()))
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
        match self.accepted.last().and_then(|accepted| accepted.seen_ns.iter().max()) {
            Some(seen_ns) => {
                let current = self.current();
                let cut = current.until_seen(*seen_ns);
                let saved = 1.0 - cut.time_limit_ns as f64 / current.time_limit_ns as f64;
                let is_worth_it = cut.faults.len() < current.faults.len() || saved >= SAVING_MIN;
                if is_worth_it { self.attempt("until the violation", cut) } else { Ok(false) }
            }
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
        &self.last().scenario
    }

    /// The smallest so far, and what is known of it.
    pub(super) fn last(&self) -> &Accepted {
        self.accepted.last().expect("there is a start")
    }

    /// Tries a candidate until it is known whether it shows the symptom often enough. If so, it is the smallest so far.
    pub(super) fn attempt(&mut self, change: &str, candidate: Scenario) -> Result<bool, L::Error> {
        self.attempt_with(Demand::AsOften, change, candidate)
    }

    /// As [`Search::attempt`], with this demand. What comes later is measured by what is accepted now.
    pub(super) fn attempt_with(&mut self, demand: Demand, change: &str, candidate: Scenario) -> Result<bool, L::Error> {
        if candidate == *self.current() {
            return Ok(false);
        }
        let high = match demand {
            Demand::AsOften => self.high,
            Demand::AsOftenPerTime => {
                let share = candidate.time_limit_ns as f64 / self.current().time_limit_ns as f64;
                (1.0 - (1.0 - self.high).powf(share)).max(SELDOM).min(self.high)
            }
        };
        let mut test = Sequential::new(high / WORSE, high);
        let mut times = Vec::new();
        let is_accepted = loop {
            if let Some(decision) = test.decision() {
                break decision;
            }
            // What cannot be decided in the time that is left need not be begun.
            let left = self.settings.budget.saturating_sub(self.spent + self.reserve());
            let batches = left.as_secs_f64() / self.expected(&candidate).as_secs_f64().max(f64::MIN_POSITIVE);
            if !test.can_accept(batches as u32 * self.settings.side_by_side.max(1) as u32) {
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
            let seen_ns = within(&times, &candidate);
            self.accept(Accepted { scenario: candidate, rate: test.rate(), seen_ns }, demand);
        }
        Ok(is_accepted)
    }

    /// Goes on from this one.
    pub(super) fn accept(&mut self, accepted: Accepted, demand: Demand) {
        self.high = if demand == Demand::AsOften { self.high } else { cautious(accepted.rate).min(self.high) };
        self.accepted.push(accepted);
    }

    /// Tries the smallest again, and should it not show the symptom any more, the one that it was made from.
    fn confirm(mut self) -> Result<Shrunk, L::Error> {
        let ending = self.ending.take().unwrap_or(Ending::Minimal);
        let start = self.start.take().expect("something was accepted, and it comes from a start");
        loop {
            let Accepted { scenario, rate: known, .. } = self.accepted.pop().expect("the first is never dropped");
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
            let holds = rate.shown > 0 && rate.interval().1 >= self.high / 2.0;
            if is_fresh {
                self.tell("once more", &scenario, rate, holds);
            }
            if holds || !is_fresh || self.accepted.is_empty() {
                // The first alone stays even if it does not show it now: it did when it was chosen.
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

    pub(super) fn try_out(&mut self, scenario: &Scenario) -> Result<Vec<Trial>, L::Error> {
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

    /// Whether one more batch of trials stays within this share of the budget.
    pub(super) fn affords(&self, scenario: &Scenario, share: f64) -> bool {
        self.spent + self.expected(scenario) <= self.settings.budget.mul_f64(share)
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

    pub(super) fn tell(&mut self, change: &str, scenario: &Scenario, rate: Rate, is_accepted: bool) {
        let (change, scenario) = (change.to_owned(), scenario.clone());
        self.laboratory.tell(&Step { change, scenario, rate, is_accepted, spent: self.spent });
    }

    /// Whether the search is over, though there may be more to try.
    pub(super) fn is_over(&self) -> bool {
        self.ending.is_some()
    }
}

/// These times, if all are known and lie within the workload.
pub(super) fn within(times: &[Option<u64>], scenario: &Scenario) -> Vec<u64> {
    let times = times.iter().map(|time| time.filter(|time| *time < scenario.time_limit_ns));
    times.collect::<Option<Vec<u64>>>().unwrap_or_default()
}

/// A rate that can be expected after these trials. Half a trial is added for and against: of three trials that all showed the
/// symptom one must not conclude that every one does.
fn cautious(rate: Rate) -> f64 {
    let estimate = (f64::from(rate.shown) + 0.5) / (f64::from(rate.trials) + 1.0);
    estimate.clamp(RATE_MIN, RATE_MAX)
}
