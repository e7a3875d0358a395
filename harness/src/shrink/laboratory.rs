//! Where candidates are tried out.

use super::Scenario;
use crate::{
    checker::{Results, Verdict, Witness},
    statistics::Rate,
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt, time::Duration};

/// The exit code of a run that is safe but missed a gate.
const GATE: i32 = 3;
/// In the place of a checker's name: the healed cluster did not serve again.
pub const RECOVERY: &str = "recovery";

/// What makes two violations the same: who found it, and which property it breaks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Symptom {
    /// The checker's name.
    pub checker: String,
    /// The property's name.
    pub property: String,
}

/// `raft-safety: Election Safety`
impl fmt::Display for Symptom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.checker, self.property)
    }
}

impl Symptom {
    /// What the results of a run show, each with the time at which it was seen first, if that is known, in ns since the start of the
    /// workload. What clients saw is more telling than what nodes noted down, and comes first. A run that missed a gate without anybody to say which did not recover.
    pub fn all(results: &Results) -> Vec<(Symptom, Option<u64>)> {
        let mut all = Vec::<(Symptom, Option<u64>)>::new();
        let invalid = results.checkers.iter().filter(|(_, result)| result.verdict == Verdict::Invalid);
        let mut violations: Vec<_> = invalid
            .flat_map(|(name, result)| result.violations.iter().map(move |violation| (name, violation)))
            .collect();
        violations.sort_by_key(|(_, violation)| matches!(violation.witness, Witness::Nodes { .. }));
        for (checker, violation) in violations {
            let symptom = Symptom { checker: checker.clone(), property: violation.property.clone() };
            match all.iter_mut().find(|(known, _)| *known == symptom) {
                Some((_, first)) => *first = (*first).into_iter().chain(violation.time).min(),
                None => all.push((symptom, violation.time)),
            }
        }
        if all.is_empty() && results.exit_code == GATE {
            all.push((Symptom { checker: RECOVERY.to_owned(), property: "Recovery".to_owned() }, None));
        }
        all
    }
}

/// What one trial showed: each symptom, and when it did so first, if that is known, in ns since the start of the workload.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trial {
    /// The symptoms.
    pub shown: BTreeMap<Symptom, Option<u64>>,
}

/// Some trials of one scenario, carried out side by side.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// What came of each. None at all: whoever waits for the result wants it now.
    pub trials: Vec<Trial>,
    /// How long they took together.
    pub cost: Duration,
}

/// A candidate and what became of it.
#[derive(Clone, Debug)]
pub struct Step {
    /// What was tried: `without 3 of 6 faults`.
    pub change: String,
    /// The candidate.
    pub scenario: Scenario,
    /// How often it showed the symptom.
    pub rate: Rate,
    /// Whether the search goes on from it.
    pub is_accepted: bool,
    /// What the search has cost so far.
    pub spent: Duration,
}

/// Whoever tries candidates out.
pub trait Laboratory {
    /// Why it cannot.
    type Error;
    /// Carries a scenario out so many times, side by side.
    ///
    /// # Errors
    /// If that is impossible. Then the search is over.
    fn try_out(&mut self, scenario: &Scenario, count: usize) -> Result<Batch, Self::Error>;
    /// Hears what became of a candidate.
    fn tell(&mut self, step: &Step) {
        let _ = step;
    }
}
