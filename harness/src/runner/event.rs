//! What a run tells whoever watches it. The console is one observer among equals.

use crate::{
    checker::{CheckResult, Results},
    history::Fault,
};
use std::{path::PathBuf, time::Duration};

/// Something a watcher may want to show.
#[derive(Clone, Debug)]
pub enum RunEvent {
    /// The run begins.
    Started {
        /// `raft · register · partition · 5 nodes · 10 clients · 20s`.
        summary: String,
        /// Printed first.
        seed: u64,
        /// Where everything is kept.
        directory: PathBuf,
        /// How long the workload phase will be.
        time_limit: Duration,
    },
    /// A phase begins.
    Phase(Phase),
    /// The state of the run, some times a second.
    Progress(Progress),
    /// A fault is in force.
    FaultStarted(Fault),
    /// A fault is over; its evidence is known.
    FaultHealed(Fault),
    /// Something did not work as it should, though the run goes on.
    Warning(String),
    /// A checker has spoken.
    Judged {
        /// Its name.
        name: String,
        /// What it found.
        result: CheckResult,
    },
    /// The verdict is saved.
    Finished {
        /// All of it.
        results: Box<Results>,
        /// Where.
        directory: PathBuf,
    },
}

/// The phases of a run, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Nodes start and elect a leader.
    Setup,
    /// Clients work under faults.
    Workload,
    /// All faults are undone.
    Heal,
    /// Waiting for the cluster to serve again.
    Recovery,
    /// Every key is read once more.
    FinalReads,
    /// Judging.
    Check,
    /// Nodes end.
    Teardown,
}

/// The state of a run at a moment.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    /// Time since the start of the run.
    pub elapsed: Duration,
    /// Operations so far, by outcome.
    pub ok: u64,
    /// … that certainly did not happen.
    pub fail: u64,
    /// … of unknown outcome.
    pub info: u64,
    /// `ok` operations a second, lately.
    pub rate: f64,
    /// The faults in force, as short phrases.
    pub faults: Vec<String>,
    /// The leader, as far as the harness knows.
    pub leader: Option<String>,
    /// The highest term seen.
    pub term: u64,
}

/// A watcher. It must return quickly: it is called from the run itself.
pub trait Observer: Send + Sync {
    /// Something happened.
    fn observe(&self, event: &RunEvent);
}
