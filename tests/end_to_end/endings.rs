//! However a test ends, nothing is left behind, and what was recorded can be read.

use super::{alone, latest, processes_of, results, stderr, whitewater};
use harness::{
    checker::{Checker, Results, Verdict},
    client::{Command as Request, Reply},
    generator::{Generator, Invocation, Next},
    history::{Event, ProcessId},
    outcome::Completion,
    runner::{self, Observer, RunEvent},
    store::read_history,
    system::raft::RaftSystem,
    test::Test,
    workload::Workload,
};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use std::{
    path::Path,
    process::{Child, Command, Output, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::sync::watch;
use workloads::Register;

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
    // One of its own kills may have hit all of them just now.
    wait_for("a node", || !processes_of(out.path()).is_empty());
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

/// Runs a test whose files, and those of its nodes, cannot become longer than this: to them the disk is full then.
fn on_a_full_disk(kib: u32, arguments: &str, out: &Path) -> Output {
    let mut shell = Command::new("sh");
    // Whoever writes more gets an error, and not a signal that ends it. The shell counts in blocks of 512 bytes.
    let limit = format!("trap '' XFSZ; ulimit -f {}; exec \"$@\"", 2 * kib);
    shell.args(["-c", &limit, "sh", env!("CARGO_BIN_EXE_whitewater"), "test"]).args(arguments.split_whitespace());
    shell.arg("--out").arg(out).env("NO_COLOR", "1").output().expect("the shell starts")
}

#[test]
fn a_full_disk_ends_the_test_with_the_reason_and_a_readable_history() {
    let (_alone, out) = (alone(), tempfile::tempdir().unwrap());
    let output = on_a_full_disk(400, "--nemesis kill --time-limit 60s --rate 2000 --nodes 3 --seed 1", out.path());
    assert_eq!(output.status.code(), Some(255), "{}", stderr(&output));
    let judged = results(&latest(out.path()));
    let reason = judged["reason"].as_str().unwrap_or_default();
    assert!(reason.contains("history.jsonl: File too large"), "{reason}");
    assert_eq!(judged["verdict"], "unknown", "what is recorded was judged");
    assert_eq!(judged["checkers"]["linearizability"]["verdict"], "valid");
    assert_eq!(judged["checkers"]["record"]["verdict"], "valid", "no line is torn");
    assert_eq!(processes_of(out.path()), Vec::<String>::new());
    let recorded = read_history(&latest(out.path()).join("history.jsonl"));
    assert!(recorded.operations.len() > 500, "{} operations are readable", recorded.operations.len());
    let report = whitewater().arg("report").arg(latest(out.path())).output().unwrap();
    assert_eq!(report.status.code(), Some(0), "{}", stderr(&report));
}

/// Where the workload panics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Panics {
    Never,
    InGenerator,
    /// After some answers.
    InCompletion,
    InFinalOperations,
}

/// The register, but for its panics; and how many answers there were.
struct Panicking(Panics, AtomicU32);

/// Its generator.
struct Unfinished(Box<dyn Generator>);

impl Generator for Unfinished {
    fn next(&mut self, now: u64, process: ProcessId) -> Next {
        self.0.next(now, process)
    }
    fn complete(&mut self, event: &Event) {
        self.0.complete(event);
    }
    fn final_operations(&mut self, _now: u64) -> Vec<Invocation> {
        panic!("this panic is part of a test")
    }
}

impl Workload for Panicking {
    fn name(&self) -> &'static str {
        Register.name()
    }
    fn summary(&self) -> &'static str {
        Register.summary()
    }
    fn generator(&self, test: &Test) -> Box<dyn Generator> {
        assert!(self.0 != Panics::InGenerator, "this panic is part of a test");
        let generator = Register.generator(test);
        if self.0 == Panics::InFinalOperations { Box::new(Unfinished(generator)) } else { generator }
    }
    fn command(&self, invocation: &Invocation) -> Request {
        Register.command(invocation)
    }
    fn completion(&self, invocation: &Invocation, reply: &Reply) -> Completion {
        let answers = self.1.fetch_add(1, Ordering::Relaxed);
        assert!(self.0 != Panics::InCompletion || answers < 30, "this panic is part of a test");
        Register.completion(invocation, reply)
    }
    fn checkers(&self) -> Vec<Box<dyn Checker>> {
        Register.checkers()
    }
}

/// Panics whenever a phase begins.
struct PanickingObserver;

impl Observer for PanickingObserver {
    fn observe(&self, event: &RunEvent) {
        assert!(!matches!(event, RunEvent::Phase(_)), "this panic is part of a test");
    }
}

/// The plan of a short test, as the program makes it.
fn short_test() -> Test {
    let out = tempfile::tempdir().unwrap();
    let mut command = whitewater();
    command.args(["test", "--nemesis", "none", "--time-limit", "1s", "--out"]).arg(out.path());
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    serde_json::from_slice(&std::fs::read(latest(out.path()).join("test.json")).unwrap()).unwrap()
}

/// Runs a test in this process.
///
/// # Errors
/// Why it had no result.
fn run_here(test: Test, panics: Panics, observers: Vec<Arc<dyn Observer>>) -> Result<Results, String> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let (_sender, interrupt) = watch::channel(false);
        let workload = Box::new(Panicking(panics, AtomicU32::new(0)));
        let run = async move { runner::run(test, Arc::new(RaftSystem), workload, vec![], &observers, interrupt).await };
        let ended = tokio::spawn(run).await.map_err(|panicked| panicked.to_string())?;
        ended.map(|(results, _)| results).map_err(|error| error.to_string())
    })
}

#[test]
fn a_panic_inside_leaves_no_node_behind_and_what_was_recorded_is_judged() {
    let _alone = alone();
    let test = short_test();
    for (panics, operations) in
        [(Panics::InGenerator, 0), (Panics::InCompletion, 20), (Panics::InFinalOperations, 100), (Panics::Never, 100)]
    {
        let out = tempfile::tempdir().unwrap();
        let test = Test { out: out.path().to_owned(), ..test.clone() };
        let judged = run_here(test, panics, vec![Arc::new(PanickingObserver)]).expect("there is a verdict");
        wait_for("the end of every node", || processes_of(out.path()).is_empty());
        let recorded = read_history(&latest(out.path()).join("history.jsonl"));
        assert!(recorded.operations.len() >= operations, "{panics:?}: {} operations", recorded.operations.len());
        assert_eq!(results(&latest(out.path()))["reason"], judged.reason.as_str(), "the verdict is saved");
        assert_eq!(judged.checkers["linearizability"].verdict, Verdict::Valid);
        if panics == Panics::Never {
            assert_eq!((judged.verdict, judged.exit_code), (Verdict::Valid, 0), "whoever watches cannot harm a run");
            assert_eq!(judged.warnings, ["somebody who watches the run panicked"]);
        } else {
            assert_eq!((judged.verdict, judged.exit_code), (Verdict::Unknown, 255), "{panics:?}");
            assert!(judged.reason.contains("this panic is part of a test"), "{}", judged.reason);
        }
    }
}

#[test]
fn a_node_that_cannot_start_ends_the_test_with_the_reason() {
    let _alone = alone();
    let out = tempfile::tempdir().unwrap();
    let test = Test { out: out.path().to_owned(), program: "/bin/false".into(), ..short_test() };
    let error = run_here(test, Panics::Never, vec![]).expect_err("nobody can be tested");
    assert!(error.contains(": ended (exit status: 1)"), "{error}");
    assert!(latest(out.path()).join("test.json").is_file(), "what was to be done is known");
}
