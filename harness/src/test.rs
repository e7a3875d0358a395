//! The plan of a run.

use crate::nemesis::FAMILIES;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// The nemesis that adds nodes.
pub(crate) const MEMBERSHIP: &str = "membership";

/// A test: everything that decides what a run will do. Saved as `test.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Test {
    /// The version of this format: 1.
    pub version: u32,
    /// The system under test, by name.
    pub system: String,
    /// The workload, by name.
    pub workload: String,
    /// The nemeses, by name; empty for `none`.
    pub nemesis: Vec<String>,
    /// How many nodes.
    pub nodes: usize,
    /// How many client processes at a time.
    pub concurrency: usize,
    /// Operations a second to attempt, over all clients; `None`: as fast as they go.
    pub rate: Option<f64>,
    /// How long clients work under faults, in ms.
    pub time_limit_ms: u64,
    /// How long a client waits for an answer, in ms.
    pub operation_timeout_ms: u64,
    /// Whether the nemeses were drawn from the seed, and how each is to be in this run is, too.
    #[serde(default)]
    pub swarm: bool,
    /// The mean time from one fault of a nemesis to its next, in ms.
    pub nemesis_interval_ms: u64,
    /// The mean time for which one lasts, in ms; `None`: half of the interval.
    #[serde(default)]
    pub nemesis_duration_ms: Option<u64>,
    /// How far the parameters that are drawn may go from their mildest value to their most severe one, from 0 to 1; `None`: 1.
    #[serde(default)]
    pub nemesis_intensity: Option<f64>,
    /// Whether faults may go beyond the contract, and leave no good copy of what was committed.
    #[serde(default)]
    pub beyond_contract: bool,
    /// Whether only a majority is healed in the end, and everything else stays as the last faults left it.
    #[serde(default)]
    pub leave_broken: bool,
    /// Whether a violation ends the workload as soon as it is seen.
    #[serde(default)]
    pub fail_fast: bool,
    /// How long the healed cluster may take to serve again, in ms.
    pub recovery_ms: u64,
    /// The shortest election timeout of a node, in ms.
    pub election_timeout_ms_min: u64,
    /// The longest, in ms.
    pub election_timeout_ms_max: u64,
    /// A leader's heartbeat interval, in ms.
    pub heartbeat_ms: u64,
    /// How much log a node applies before a snapshot takes its place, in bytes; `None`: as much as the node likes.
    #[serde(default)]
    pub snapshot_bytes: Option<u64>,
    /// How a node makes reads linearizable, in its own words; `None`: as it likes.
    #[serde(default)]
    pub reads: Option<String>,
    /// How many leaders may be elected while clients work; `None`: as many as it takes.
    #[serde(default)]
    pub elections_max: Option<u64>,
    /// What everything random comes from.
    pub seed: u64,
    /// The seeded bugs to switch on in the nodes.
    pub bugs: Vec<String>,
    /// Where run directories are made.
    pub out: PathBuf,
    /// The program that `<program> node …` starts a node of.
    pub program: PathBuf,
    /// The version of this program.
    pub program_version: String,
    /// The command that does the same again.
    pub reproduce: String,
    /// The machine: kernel, processors.
    pub host: String,
}

impl Test {
    /// The names of the nodes: `n1`, `n2`, …
    pub fn node_names(&self) -> Vec<String> {
        (1..=self.nodes).map(|number| format!("n{number}")).collect()
    }

    /// Whether it has every nemesis there is. Nobody means each of them by that.
    pub fn has_all_nemeses(&self) -> bool {
        self.nemesis.len() == FAMILIES.len()
    }

    /// The names of nodes that are not there at the beginning, and may be added.
    pub fn spare_names(&self) -> Vec<String> {
        let is_changed = self.nemesis.iter().any(|nemesis| nemesis == MEMBERSHIP);
        (self.nodes + 1..=self.nodes + usize::from(is_changed)).map(|number| format!("n{number}")).collect()
    }
}

/// A small test for unit tests.
#[cfg(test)]
pub(crate) fn example() -> Test {
    Test {
        version: 1,
        system: "raft".to_string(),
        workload: "register".to_string(),
        nemesis: vec![],
        nodes: 3,
        concurrency: 6,
        rate: Some(200.0),
        time_limit_ms: 1_000,
        operation_timeout_ms: 500,
        swarm: false,
        nemesis_interval_ms: 1_000,
        nemesis_duration_ms: None,
        nemesis_intensity: None,
        beyond_contract: false,
        leave_broken: false,
        fail_fast: false,
        recovery_ms: 5_000,
        election_timeout_ms_min: 150,
        election_timeout_ms_max: 300,
        heartbeat_ms: 50,
        snapshot_bytes: None,
        reads: None,
        elections_max: None,
        seed: 7,
        bugs: vec![],
        out: PathBuf::from("runs"),
        program: PathBuf::from("whitewater"),
        program_version: "0.0.0".to_string(),
        reproduce: "whitewater test --seed 7".to_string(),
        host: String::new(),
    }
}
