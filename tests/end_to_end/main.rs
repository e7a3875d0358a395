//! The whole program, as people use it: real clusters, real faults, real exit codes.

mod aftermath;
mod bad_input;
mod bench;
mod bugs;
mod clients;
mod endings;
mod identity;
mod inside_faults;
mod log;
mod membership;
mod network;
mod nodes;
mod runs;
mod schedules;
mod shrink;
mod snapshots;
mod workloads;

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// One cluster at a time: the tests of the correct node demand that it serves, and a neighbour that takes all processors for
/// its own cluster would be a fault that nobody injected.
fn alone() -> MutexGuard<'static, ()> {
    static MACHINE: Mutex<()> = Mutex::new(());
    MACHINE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The program, ready for arguments.
fn whitewater() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_whitewater"));
    command.env("NO_COLOR", "1");
    command
}

/// Runs it with these arguments, separated by spaces, and an output folder.
fn run(arguments: &str, out: &Path) -> Output {
    let _alone = alone();
    whitewater().args(arguments.split_whitespace()).arg("--out").arg(out).output().expect("the program starts")
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The run that `latest` names.
fn latest(out: &Path) -> PathBuf {
    std::fs::canonicalize(out.join("latest")).expect("`latest` links to a run")
}

/// A run's results.
fn results(run: &Path) -> serde_json::Value {
    let text = std::fs::read_to_string(run.join("results.json")).expect("the run has results");
    serde_json::from_str(&text).expect("the results are JSON")
}

/// The processes whose command line names a file below this folder.
fn processes_of(out: &Path) -> Vec<String> {
    let wanted = out.to_string_lossy().into_owned();
    let entries = std::fs::read_dir("/proc").expect("/proc is there").flatten();
    let commands = entries.filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok());
    let commands = commands.map(|bytes| String::from_utf8_lossy(&bytes).replace('\0', " "));
    commands.filter(|command| command.contains(" node ") && command.contains(&wanted)).collect()
}
