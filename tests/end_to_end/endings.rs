//! However a test ends, nothing is left behind, and what was recorded can be read.

use super::{alone, latest, processes_of, results, stderr, whitewater};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use std::{
    path::Path,
    process::{Child, Stdio},
    time::{Duration, Instant},
};

fn start(out: &Path) -> Child {
    let mut command = whitewater();
    command.args(["test", "--nemesis", "partition,kill,pause", "--time-limit", "60s", "--nemesis-interval", "1s"]);
    command.arg("--out").arg(out).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts")
}

/// Waits for something that is bound to come; only a broken program reaches the end of the wait.
fn wait_for(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_secs(60), "{what}: not within a minute");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn history_lines(out: &Path) -> usize {
    std::fs::read_to_string(out.join("latest/history.jsonl")).map_or(0, |text| text.lines().count())
}

fn signal(child: &Child, signal: Signal) {
    kill(Pid::from_raw(child.id() as i32), signal).expect("the program is running");
}

#[test]
fn a_killed_harness_leaves_no_node_behind_and_a_readable_history() {
    let (_alone, out) = (alone(), tempfile::tempdir().unwrap());
    let mut child = start(out.path());
    wait_for("a history", || history_lines(out.path()) > 500);
    assert!(!processes_of(out.path()).is_empty());
    signal(&child, Signal::SIGKILL);
    child.wait().unwrap();
    wait_for("the end of every node", || processes_of(out.path()).is_empty());
    let history = std::fs::read_to_string(latest(out.path()).join("history.jsonl")).unwrap();
    let broken = history.lines().filter(|line| serde_json::from_str::<serde_json::Value>(line).is_err()).count();
    assert!(broken <= 1, "only the last line may be torn");
    assert!(history.lines().count() > 500);
    // What there is can be looked at.
    let output = whitewater().arg("report").arg(latest(out.path())).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(latest(out.path()).join("report.html").is_file());
}

#[test]
fn an_interrupted_test_heals_judges_and_reports() {
    let (_alone, out) = (alone(), tempfile::tempdir().unwrap());
    let child = start(out.path());
    wait_for("a history", || history_lines(out.path()) > 500);
    signal(&child, Signal::SIGINT);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", stderr(&output));
    let run = latest(out.path());
    assert_ne!(results(&run)["verdict"], "invalid");
    assert!(run.join("report.html").is_file());
    assert_eq!(processes_of(out.path()), Vec::<String>::new());
}

#[test]
fn a_second_interrupt_ends_at_once() {
    let (_alone, out) = (alone(), tempfile::tempdir().unwrap());
    let mut child = start(out.path());
    wait_for("a history", || history_lines(out.path()) > 100);
    signal(&child, Signal::SIGINT);
    std::thread::sleep(Duration::from_millis(50));
    // It may have ended by itself in the meantime, which is as good.
    let _ = kill(Pid::from_raw(child.id() as i32), Signal::SIGINT);
    assert_eq!(child.wait().unwrap().code(), Some(130));
    wait_for("the end of every node", || processes_of(out.path()).is_empty());
}
