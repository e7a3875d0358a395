//! What a checker says, and `results.json`, which holds it.

use super::{Situation, Witness, linearizability::UNFIT};
use crate::{
    cluster::ProcessState,
    history::{Fault, Link},
    net::ProxyCost,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A judgement. Ordered by severity: over several checkers the greatest wins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The property holds in this record.
    #[default]
    Valid,
    /// It could not be decided; the summary says what was missing.
    Unknown,
    /// It is broken, and there is a witness.
    Invalid,
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Verdict::Valid => "valid",
            Verdict::Unknown => "unknown",
            Verdict::Invalid => "invalid",
        })
    }
}

/// What one checker found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CheckResult {
    /// The judgement.
    pub verdict: Verdict,
    /// In one sentence: what was examined and what came of it. `every one of 512 keys is linearizable (24,100 operations)`.
    pub summary: String,
    /// The violations, most telling first. At most some twenty are kept in full; `counts` has the totals.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub violations: Vec<Violation>,
    /// Numbers worth knowing: `keys`, `operations`, `steps`, `entries`, ...
    #[serde(default)]
    pub counts: BTreeMap<String, u64>,
}

/// How many violations are kept in full.
const VIOLATIONS_MAX: usize = 20;

impl CheckResult {
    /// Invalid by these violations, the earliest first, for what follows one may be its consequence; valid if there are none, which
    /// `valid` says in a sentence. The number of violations is counted with the other numbers.
    pub fn of(
        mut violations: Vec<Violation>,
        counts: impl IntoIterator<Item = (&'static str, u64)>,
        valid: impl FnOnce() -> String,
    ) -> CheckResult {
        violations.sort_by_key(|violation| violation.time);
        let counts = counts.into_iter().chain([("violations", violations.len() as u64)]);
        let counts = counts.map(|(name, count)| (name.to_owned(), count)).collect();
        let (verdict, summary) = match violations.first() {
            Some(first) => (Verdict::Invalid, first.summary.clone()),
            None => (Verdict::Valid, valid()),
        };
        violations.truncate(VIOLATIONS_MAX);
        CheckResult { verdict, summary, violations, counts }
    }

    /// Not judged, because the record has nothing, or not the right things, for this checker.
    pub fn unfit(reason: String) -> CheckResult {
        let counts = BTreeMap::from([(UNFIT.to_owned(), 1)]);
        CheckResult { verdict: Verdict::Unknown, summary: reason, counts, ..CheckResult::default() }
    }
}

/// A broken property, and why to believe it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Violation {
    /// The property's name: `Linearizability`, `Election Safety`, `Log Matching`, `Durability`, ...
    pub property: String,
    /// The accusation in one sentence, naming nodes, terms, indices, keys and values.
    pub summary: String,
    /// The argument, a sentence an element, in order: each follows from the record alone.
    pub explanation: Vec<String>,
    /// When it showed, in ns since the start of the run.
    pub time: Option<u64>,
    /// The evidence.
    pub witness: Witness,
}

/// `results.json`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Results {
    /// The version of this format: 1.
    pub version: u32,
    /// The worst of the checkers', save for gates: a system that was too slow was still safe.
    pub verdict: Verdict,
    /// The documented exit code that follows.
    pub exit_code: i32,
    /// Why that code, in one sentence.
    pub reason: String,
    /// Each checker's result, by its name.
    pub checkers: BTreeMap<String, CheckResult>,
    /// Counts and latencies.
    pub stats: Stats,
    /// When clients were served.
    pub availability: Availability,
    /// The faults with their evidence.
    pub faults: Vec<Fault>,
    /// What the proxies between the nodes cost without faults, measured just before; none if that failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proxies: Option<ProxyCost>,
    /// How it came back after the faults; none if it was never hurt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aftermath: Option<Aftermath>,
    /// What the run has exercised, and what it has not.
    #[serde(default)]
    pub coverage: Vec<Situation>,
    /// How the run went on the harness' side: what did not work as it should, in sentences.
    #[serde(default)]
    pub warnings: Vec<String>,
    /// The command that does the same again.
    pub reproduce: String,
    /// Where the run's time 0 lies on the machine's monotonic clock, in ns: node traces are written in that clock's time.
    #[serde(default)]
    pub epoch: u64,
}

/// How a cluster came back after the faults.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Aftermath {
    /// The nodes that were healed.
    pub core: Vec<String>,
    /// How long it then took until clients were served, in ms; `None`: longer than they waited.
    pub served_after_ms: Option<u64>,
    /// The nodes that were left as the last faults had left them, and what their processes did after the final reads.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub others: BTreeMap<String, ProcessState>,
    /// The links between nodes that were cut then.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links_cut: Vec<Link>,
}

/// Counts and latencies of a run's operations.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Stats {
    /// Operations by function and outcome: `{"read": {"ok": 9, "fail": 0, "info": 1}}`.
    pub operations: BTreeMap<String, BTreeMap<String, u64>>,
    /// Completed operations a second, over the workload phase.
    pub rate: f64,
    /// Latency percentiles of `ok` operations by function, in ms: `{"read": {"p50": 1.2, "p90": …, "p99": …, "max": …}}`.
    pub latency_ms: BTreeMap<String, BTreeMap<String, f64>>,
    /// Length of the workload phase, in ns.
    pub duration: u64,
}

/// When clients were served, and when not.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Availability {
    /// Length of a window, in ns.
    pub window: u64,
    /// The windows of the workload phase, in order.
    pub windows: Vec<AvailabilityWindow>,
    /// The fraction of operations that succeeded, 0 to 1.
    pub success: f64,
    /// Every maximal stretch without a success longer than a window.
    pub gaps: Vec<Gap>,
    /// From each fault and each heal: the time to the next success.
    pub recoveries: Vec<Recovery>,
}

/// A window of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AvailabilityWindow {
    /// Where it begins, in ns.
    pub start: u64,
    /// Operations completed in it as `ok`.
    pub ok: u64,
    /// ... as `fail` (a mismatched compare-and-set counts as `ok`: it was served).
    pub fail: u64,
    /// ... as `info`.
    pub info: u64,
}

/// A stretch of time without a success.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Gap {
    /// From, in ns.
    pub start: u64,
    /// To, in ns.
    pub end: u64,
    /// For how many ns of it a majority of nodes was alive and connected.
    pub majority: u64,
}

/// How long clients waited after something changed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Recovery {
    /// The fault.
    pub fault: u64,
    /// `start` or `heal`.
    pub edge: String,
    /// When, in ns.
    pub time: u64,
    /// ns until the next success; `None` if none came.
    pub wait: Option<u64>,
}
