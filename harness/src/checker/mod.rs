//! Judgements: functions from what happened to a [`Verdict`], with the [`Violation`]s that support it. A checker sees the
//! record of a run and nothing else: no cluster, no clock, no files.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod accusation;
pub mod availability;
pub mod bank;
pub mod cas_register;
pub mod certificate;
mod coverage;
pub mod decision;
pub mod elections;
mod explain;
mod interner;
pub mod judge;
pub mod linearizability;
pub mod long_fork;
pub mod minimal;
pub mod model;
pub mod monitor;
mod monitors;
pub mod objects;
mod problem;
pub mod raft_safety;
mod record;
pub mod search;
pub mod session_guarantees;
pub mod set_full;
pub mod staleness;
mod stats;
pub mod total_queue;
pub mod transactions;
pub mod unique_values;
mod values;
mod verdict;
mod versions;
mod witness;

pub use availability::{AvailabilityRule, availability};
pub use bank::Bank;
pub use cas_register::MISMATCH;
pub use coverage::{Situation, coverage};
pub use elections::ElectionsRule;
pub use judge::judge;
pub use linearizability::Linearizability;
pub use long_fork::LongFork;
pub use raft_safety::{RaftSafety, parse};
pub use record::RecordCheck;
pub use session_guarantees::{SessionGuarantees, Sessions};
pub use set_full::SetFull;
pub use staleness::Staleness;
pub use stats::stats;
pub use total_queue::TotalQueue;
pub use transactions::Transactions;
pub use verdict::{
    Aftermath, Availability, AvailabilityWindow, CheckResult, Gap, Recovery, Results, Stats, Verdict, Violation,
};
pub use witness::{
    DeadEnd, Impossible, Precedence, Witness, WitnessEdge, WitnessEvent, WitnessOperation, WitnessOrder,
};

use crate::history::{Fault, Operation, trace::TraceEvent};
use std::time::Duration;

/// What a checker is given: the record of one run.
#[derive(Debug, Default)]
pub struct Record {
    /// What clients did, in the order of invocation.
    pub operations: Vec<Operation>,
    /// How many events the history has, the nemesis' included, and the time of the last one in ns.
    pub events: (u64, u64),
    /// What makes the history unfit to be judged: it contradicts itself, or cannot be read to its end.
    pub defect: Option<String>,
    /// The faults that were injected.
    pub faults: Vec<Fault>,
    /// The trace of each node, in the order of their names, without the lines about entries: they are by far the most, and judged
    /// while they are read ([`RaftSafety`]).
    pub traces: Vec<NodeTrace>,
    /// The names of the nodes that were there from the beginning.
    pub nodes: Vec<String>,
    /// Those of nodes that may have been added.
    pub spares: Vec<String>,
    /// The longest election timeout of the system under test.
    pub election_timeout: Duration,
    /// Where the run's time 0 lies on the machine's monotonic clock, in ns: a trace's `t` minus this is run time.
    pub epoch: u64,
    /// The part of the run in which clients worked under faults: from 0 to this many ns. After it: heal, recovery, final reads.
    pub workload_end: u64,
}

/// Lines of a node's trace, as read from its file.
#[derive(Debug, Default)]
pub struct NodeTrace {
    /// The node's name.
    pub node: String,
    /// The lines, each with its number in the file (from 1).
    pub lines: Vec<(u64, TraceEvent)>,
    /// Lines that are not JSON of the documented form, with what was wrong, and which are not merely torn by a kill.
    pub broken: Vec<(u64, String)>,
}

/// How long a checker may work, and how much it may remember, before it must say [`Verdict::Unknown`].
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// The number of search steps (of the order of 10⁶–10⁷ a second). Counting steps instead of reading a clock keeps a
    /// verdict independent of the machine's speed.
    pub steps: u64,
    /// Bytes of remembered configurations.
    pub bytes: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Budget { steps: 50_000_000, bytes: 1 << 30 }
    }
}

/// A judge of one property (or one family of them).
pub trait Checker: Send + Sync {
    /// Its name on the command line and in `results.json`.
    fn name(&self) -> &'static str;
    /// What it checks, in a sentence.
    fn summary(&self) -> &'static str;
    /// Judges a record.
    fn check(&self, record: &Record, budget: Budget) -> CheckResult;
}
