//! The run directory: all its file names in one place.

mod directory;
mod foreign;
mod history;
mod known;

pub use directory::{replace_json, reserve, save_json};
pub use foreign::{Form, ONLY_KEY, read_any_history, to_edn};
pub use history::{HistoryError, HistoryWriter, Recorded, read_events, read_history};
pub use known::{KnownHistory, known_histories};

use std::path::{Path, PathBuf};

/// A run's directory.
#[derive(Clone, Debug)]
pub struct RunDir(PathBuf);

impl RunDir {
    /// The run that is, or will be, in this directory.
    pub fn new(path: impl Into<PathBuf>) -> RunDir {
        RunDir(path.into())
    }
    /// The directory itself.
    pub fn path(&self) -> &Path {
        &self.0
    }
    /// The whole plan.
    pub fn test(&self) -> PathBuf {
        self.0.join("test.json")
    }
    /// The history, an event a line.
    pub fn history(&self) -> PathBuf {
        self.0.join("history.jsonl")
    }
    /// The faults: the plan, and what came of it; kept current while the run lasts.
    pub fn schedule(&self) -> PathBuf {
        self.0.join("schedule.json")
    }
    /// The verdict.
    pub fn results(&self) -> PathBuf {
        self.0.join("results.json")
    }
    /// The report for people.
    pub fn report(&self) -> PathBuf {
        self.0.join("report.html")
    }
    /// The report for CI.
    pub fn junit(&self) -> PathBuf {
        self.0.join("junit.xml")
    }
    /// A picture: `latency`, `throughput`, `roles`, `violation`.
    pub fn picture(&self, name: &str) -> PathBuf {
        self.0.join(format!("{name}.png"))
    }
    /// A node's own directory.
    pub fn node(&self, name: &str) -> PathBuf {
        self.0.join("nodes").join(name)
    }
    /// A node's data directory.
    pub fn node_data(&self, name: &str) -> PathBuf {
        self.node(name).join("data")
    }
    /// A node's trace.
    pub fn node_trace(&self, name: &str) -> PathBuf {
        self.node(name).join("trace.jsonl")
    }
    /// A node's standard output, of all its starts one after the other.
    pub fn node_stdout(&self, name: &str) -> PathBuf {
        self.node(name).join("stdout")
    }
    /// A node's standard error.
    pub fn node_stderr(&self, name: &str) -> PathBuf {
        self.node(name).join("stderr")
    }
}
