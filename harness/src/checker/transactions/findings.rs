//! What is wrong, with whom and why.

use super::anomaly::Anomaly;
use crate::checker::Precedence;
use std::collections::BTreeMap;

/// How many of each sort are told in full.
const TOLD_MAX: u64 = 4;

/// An anomaly that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which.
    pub anomaly: Anomaly,
    /// The keys that it is about.
    pub keys: Vec<u32>,
    /// The transactions that show it: `T1`, `T2` and so on in the sentences.
    pub transactions: Vec<u32>,
    /// What is wrong, in a sentence without its end.
    pub summary: String,
    /// Why, in sentences that follow from the history alone.
    pub because: Vec<String>,
    /// Which of them must come before which, as far as that is what is wrong.
    pub edges: Vec<Edge>,
}

/// One transaction comes before another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    /// The one.
    pub from: u32,
    /// The other.
    pub to: u32,
    /// By what.
    pub by: Precedence,
    /// The key that shows it.
    pub key: Option<u32>,
    /// Why, in a sentence without its end, in which they go by their names of the finding.
    pub because: String,
}

/// All that was found.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// The first of each sort.
    pub told: Vec<Finding>,
    /// How many of each sort there are.
    pub counts: BTreeMap<Anomaly, u64>,
}

impl Findings {
    /// Counts one, and keeps it if it is one of the first of its sort.
    pub fn add(&mut self, anomaly: Anomaly, finding: impl FnOnce() -> Finding) {
        let count = self.counts.entry(anomaly).or_default();
        *count += 1;
        if *count <= TOLD_MAX {
            self.told.push(finding());
        }
    }
}
