//! A run directory, read for showing. Everything in it may be missing or cut short, because the runs that people look at
//! most are those that ended badly: what cannot be read becomes a note, and the rest is shown.

use crate::{
    ReportError,
    lane::{self, Lane},
};
use harness::{
    checker::{Results, Verdict, Violation, Witness},
    history::{Fault, Operation},
    store::{Recorded, RunDir, read_history},
    test::Test,
};
use serde::Deserialize;
use std::{fs, io, path::Path};

/// A run as its directory tells it.
#[derive(Debug)]
pub struct Run {
    /// Where it lies.
    pub dir: RunDir,
    /// The plan.
    pub test: Option<Test>,
    /// The verdict, unless the run ended before there was one.
    pub results: Option<Results>,
    /// What clients did, in order of invocation.
    pub operations: Vec<Operation>,
    /// What was done to the cluster.
    pub faults: Vec<Fault>,
    /// What each node said of its role, in order of names.
    pub lanes: Vec<Lane>,
    /// The end of the workload phase in ns.
    pub workload_end: u64,
    /// The end of the run in ns: nothing that is shown lies behind it. At least 1.
    pub end: u64,
    /// What could not be read, and what that means for the report.
    pub notes: Vec<String>,
}

impl Run {
    /// Reads the directory.
    ///
    /// # Errors
    /// If there is no such directory. Anything less becomes a note.
    pub fn load(dir: &RunDir) -> Result<Run, ReportError> {
        if !dir.path().is_dir() {
            return Err(ReportError::NoRun { path: dir.path().to_owned() });
        }
        let mut notes = Vec::new();
        let test: Option<Test> = read_json(&dir.test(), &mut notes);
        let results: Option<Results> = read_json(&dir.results(), &mut notes);
        let mut epoch = results.as_ref().map(|results| results.epoch).filter(|&epoch| epoch > 0);
        let faults = match &results {
            Some(results) => results.faults.clone(),
            None => {
                let schedule = read_schedule(&dir.schedule(), &mut notes);
                epoch = epoch.or(schedule.epoch);
                schedule.faults.into_iter().filter_map(|fault| fault.outcome).collect()
            }
        };
        let Recorded { operations, end: last_event, error, .. } = read_history(&dir.history());
        notes.extend(error.map(|error| format!("the history is shown only as far as it is whole: {error}")));

        let workload_end = match (&results, &test) {
            (Some(results), _) if results.stats.duration > 0 => results.stats.duration,
            (_, Some(test)) => test.time_limit_ms.saturating_mul(1_000_000),
            _ => 0,
        };
        let last_heal = faults.iter().filter_map(|fault| fault.healed.or(fault.started)).max().unwrap_or(0);
        // A run that was killed ends where its record ends, not where its plan would have ended.
        let planned = if results.is_some() { workload_end } else { 0 };
        let end = last_event.max(last_heal).max(planned).max(1);

        let names = node_names(dir, test.as_ref());
        let files: Vec<_> =
            names.into_iter().map(|node| lane::read(&dir.node_trace(&node), node, &mut notes)).collect();
        let lanes = lane::lanes(files, epoch, &faults, end, &mut notes);
        Ok(Run { dir: dir.clone(), test, results, operations, faults, lanes, workload_end, end, notes })
    }

    /// The violations of all checkers, each with its checker's name; those with a picture first.
    pub fn violations(&self) -> Vec<(&str, &Violation)> {
        let Some(results) = &self.results else { return Vec::new() };
        let mut all: Vec<_> = results
            .checkers
            .iter()
            .flat_map(|(name, result)| result.violations.iter().map(move |violation| (name.as_str(), violation)))
            .collect();
        all.sort_by_key(|(_, violation)| match violation.witness {
            Witness::Operations { .. } => 0,
            Witness::Nodes { .. } => 1,
            Witness::None => 2,
        });
        all
    }

    /// When the first of them showed that says when it did, in ns.
    pub fn first_violation(&self) -> Option<u64> {
        self.violations().iter().find_map(|(_, violation)| violation.time)
    }

    /// The run in one line: `raft · register · partition · 5 nodes · 10 clients · 20 s`.
    pub fn line(&self) -> String {
        let Some(test) = &self.test else { return "a run without a plan (no test.json)".into() };
        let nemesis = if test.nemesis.is_empty() { "no faults".to_owned() } else { test.nemesis.join(", ") };
        let length = crate::text::duration(test.time_limit_ms.saturating_mul(1_000_000));
        let mut line = format!(
            "{} · {} · {nemesis} · {} nodes · {} clients · {length}",
            test.system, test.workload, test.nodes, test.concurrency
        );
        if !test.bugs.is_empty() {
            line += &format!(" · seeded bug: {}", test.bugs.join(", "));
        }
        line
    }

    /// The command that does the same again.
    pub fn reproduce(&self) -> Option<&str> {
        let results = self.results.as_ref().map(|results| results.reproduce.as_str());
        let test = self.test.as_ref().map(|test| test.reproduce.as_str());
        results.filter(|command| !command.is_empty()).or(test).filter(|command| !command.is_empty())
    }

    /// Whether a checker found a violation.
    pub fn is_invalid(&self) -> bool {
        self.results.as_ref().is_some_and(|results| results.verdict == Verdict::Invalid)
    }
}

/// Reads a JSON file; a missing or broken one is a note.
fn read_json<T: serde::de::DeserializeOwned>(path: &Path, notes: &mut Vec<String>) -> Option<T> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            notes.push(format!("there is no {name} in the run directory"));
            return None;
        }
        Err(error) => {
            notes.push(format!("{name} cannot be read: {error}"));
            return None;
        }
    };
    serde_json::from_slice(&bytes).map_err(|error| notes.push(format!("{name} is broken: {error}"))).ok()
}

/// What `schedule.json` says: it is kept current while a run lasts, so that it is there when the results are not.
#[derive(Default, Deserialize)]
struct Schedule {
    /// Where the run's time 0 lies on the nodes' clock.
    epoch: Option<u64>,
    faults: Vec<Scheduled>,
}

/// A fault of it, of which only what came of it counts here.
#[derive(Deserialize)]
struct Scheduled {
    outcome: Option<Fault>,
}

fn read_schedule(path: &Path, notes: &mut Vec<String>) -> Schedule {
    read_json(path, notes).unwrap_or_default()
}

/// The nodes' names, from the plan or else from the folders that they left.
fn node_names(dir: &RunDir, test: Option<&Test>) -> Vec<String> {
    if let Some(test) = test {
        return test.node_names();
    }
    let Ok(entries) = fs::read_dir(dir.path().join("nodes")) else { return Vec::new() };
    let mut names: Vec<String> =
        entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort_by_key(|name| (name.len(), name.clone()));
    names
}
