//! A violation that shows only now and then: few faults before a moment at which it was seen, tried in short runs.
//!
//! Of a long run that shows it seldom, each trial costs much and says little, and a part of it shows it more seldom still. But what
//! came just before the violation has probably caused it, and takes a second or two. So the last faults before each known moment
//! compete: whoever has shown it most often so far is tried next, those that were not tried yet first of all, until one is sure to
//! show it often enough or the time for that is over. Faults that matter together stay together.

use super::{
    Laboratory, Scenario, Symptom,
    search::{Accepted, Demand, Search, WORSE, within},
};
use crate::statistics::{Rate, Sequential};
use std::collections::BTreeMap;

/// How many faults before a moment are suspected.
const COUNTS: [usize; 4] = [1, 2, 3, 5];
/// So many moments are enough: what came before one more is seldom anything new.
const MOMENTS_MAX: usize = 4;
/// The share of the budget up to which suspects are tried.
const BUDGET: f64 = 0.5;

/// Some faults, and how they have fared.
struct Suspect {
    change: String,
    scenario: Scenario,
    test: Sequential,
    seen: BTreeMap<Symptom, Vec<Option<u64>>>,
}

impl Suspect {
    /// How often it can be expected to show the symptom: half, for as long as nothing is known.
    fn promise(&self) -> f64 {
        let Rate { shown, trials } = self.test.rate();
        f64::from(shown + 1) / f64::from(trials + 2)
    }
}

impl<L: Laboratory> Search<'_, L> {
    /// Tries the last faults before each of these moments of these scenarios. Whether some of them show the symptom so often,
    /// from where the search then goes on.
    pub(super) fn try_suspects(&mut self, moments: &[(Scenario, u64)], often: f64) -> Result<bool, L::Error> {
        let mut suspects = suspects(moments, often);
        while !suspects.is_empty() {
            // Of equals the first, which has the fewest faults.
            let best =
                (0..suspects.len()).rev().max_by(|a, b| suspects[*a].promise().total_cmp(&suspects[*b].promise()));
            let place = best.expect("there are some");
            let suspect = &mut suspects[place];
            if !self.affords(&suspect.scenario, BUDGET) {
                return Ok(false);
            }
            let trials = self.try_out(&suspect.scenario)?;
            if self.is_over() {
                return Ok(false);
            }
            for trial in trials {
                let shown: Vec<_> =
                    trial.shown.into_iter().filter(|(symptom, _)| self.wanted.contains(symptom)).collect();
                suspect.test.add(!shown.is_empty());
                for (symptom, time) in shown {
                    suspect.seen.entry(symptom).or_default().push(time);
                }
            }
            let Some(is_accepted) = suspect.test.decision() else { continue };
            let suspect = suspects.swap_remove(place);
            suspects.sort_by_key(|suspect| suspect.scenario.faults.len());
            self.tell(&suspect.change, &suspect.scenario, suspect.test.rate(), is_accepted);
            if is_accepted {
                let (symptom, times) = self.most(&suspect.seen).expect("it was shown");
                let rate = Rate { shown: times.len() as u32, ..suspect.test.rate() };
                let seen_ns = within(&times, &suspect.scenario);
                self.wanted = vec![symptom];
                self.accept(Accepted { scenario: suspect.scenario, rate, seen_ns }, Demand::AsOftenPerTime);
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// The groups of faults that are tried, the smallest first, each once.
fn suspects(moments: &[(Scenario, u64)], often: f64) -> Vec<Suspect> {
    let mut suspects: Vec<Suspect> = Vec::new();
    for count in COUNTS {
        for (scenario, seen_ns) in moments.iter().take(MOMENTS_MAX) {
            let before = scenario.faults.iter().filter(|fault| fault.start_ns <= *seen_ns).count();
            let group = scenario.before(*seen_ns, count);
            let change = match count {
                1 => format!("with fault {before} alone"),
                _ => format!("with faults {} to {before} alone", before + 1 - count.min(before)),
            };
            if before >= count && suspects.iter().all(|suspect| suspect.scenario != group) {
                let test = Sequential::new(often / WORSE, often);
                suspects.push(Suspect { change, scenario: group, test, seen: BTreeMap::new() });
            }
        }
    }
    suspects
}
