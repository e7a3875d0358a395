//! `whitewater shrink`: the smallest schedule found that still shows a run's violation.

mod outcome;
mod trials;

use super::{
    carry_out::{render, with_runtime, writable},
    print,
};
use crate::{
    Failure,
    cli::{Format, ShrinkOptions},
    config::Span,
    exit::Exit,
    recorded::Recorded,
};
use harness::{
    checker::judge::is_gate,
    nearest,
    nemesis::{PlannedFault, Targets},
    shrink::{self, Ending, RECOVERY, Scenario, Settings, Symptom},
    store::RunDir,
    test::Test,
};
use outcome::Outcome;
use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};
use trials::Trials;

const BUDGET_MIN: Duration = Duration::from_secs(5);
const BUDGET_MAX: Duration = Duration::from_secs(24 * 3600);
/// So many operations a second leave a processor idle.
const CALM: f64 = 1000.0;
/// More than this are only a gain where a machine has nothing else to do.
const JOBS_USUAL_MAX: usize = 8;
/// How long the cluster of a trial may take to serve again: what is looked for is a violation, and not how well it recovers.
const RECOVERY_MS_MAX: u64 = 3_000;

/// Shrinks a run, saves what came of it, and prints it.
pub fn run(options: &ShrinkOptions) -> Result<Exit, Failure> {
    let Span(budget) = options.budget;
    if !(BUDGET_MIN..=BUDGET_MAX).contains(&budget) {
        return Err(Failure::bad_input(format!("--budget {} is not between 5s and 24h", options.budget)));
    }
    let mut recorded = Recorded::read(&options.run, options.out.as_deref()).map_err(Failure::bad_input)?;
    let (wanted, seen_ns) = symptoms(&recorded, options.property.as_deref()).map_err(Failure::bad_input)?;
    let starts = starts(&recorded, seen_ns).map_err(Failure::bad_input)?;
    writable(&recorded.test)?;
    let folder = folder(&recorded).map_err(Failure::trouble)?;
    let trials_folder = folder.join("trials");
    recorded.test.out.clone_from(&trials_folder);
    if !wanted.iter().any(|symptom| symptom.checker == RECOVERY) {
        recorded.test.recovery_ms = recorded.test.recovery_ms.min(RECOVERY_MS_MAX);
    }

    let whole = &starts[starts.len() - 1];
    announce(&recorded.test, whole, &wanted);
    let settings = Settings { budget, side_by_side: jobs(options, &recorded.test), seen_ns };
    let (shrunk, shown) = with_runtime(|runtime, interrupt| {
        let mut trials = Trials::new(runtime, recorded.test.clone(), wanted, interrupt);
        let shrunk = shrink::shrink(&starts, &trials.wanted.clone(), settings, &mut trials)?;
        let is_interrupted = trials.is_interrupted();
        Ok((shrunk.ok_or(is_interrupted), trials.into_shown()))
    })?;
    let shrunk = match shrunk {
        Ok(shrunk) => shrunk,
        Err(is_interrupted) => {
            fs::remove_dir_all(&folder).map_err(Failure::trouble)?;
            print("the violation did not come back: there is nothing to shrink; `replay` counts how often it does");
            return Ok(if is_interrupted { Exit::Interrupted } else { Exit::Nothing });
        }
    };

    let run = shown.filter(|(scenario, _)| *scenario == shrunk.scenario).map(|(_, run)| run);
    let run = run.map(|run| keep(&run, &folder)).transpose().map_err(Failure::trouble)?;
    fs::remove_dir_all(&trials_folder).map_err(Failure::trouble)?;
    let is_interrupted = shrunk.ending == Ending::Interrupted;
    let outcome = Outcome::new(&recorded.test, whole, shrunk, &folder, run.as_ref());
    outcome.save().map_err(Failure::trouble)?;
    // The result first: a picture takes its time.
    match options.format {
        Format::Human => print(&outcome.text()),
        Format::Json => print(&serde_json::to_string(&outcome).map_err(Failure::trouble)?),
    }
    if let Some(run) = run.filter(|_| !is_interrupted) {
        render(&run);
    }
    Ok(if is_gate(&outcome.symptom.checker) || outcome.symptom.checker == RECOVERY {
        Exit::Gate
    } else {
        Exit::Violation
    })
}

/// What is looked for, the most telling first, and when the first of it was seen. Gates count only if nothing else is broken.
fn symptoms(recorded: &Recorded, property: Option<&str>) -> Result<(Vec<Symptom>, Option<u64>), String> {
    let mut all = Symptom::all(&recorded.results);
    if let Some(property) = property {
        let shown = all.iter().map(|(symptom, _)| symptom.property.clone()).collect::<Vec<_>>();
        all.retain(|(symptom, _)| symptom.property == property);
        if all.is_empty() && !shown.is_empty() {
            let known = nearest(property, shown.iter().map(String::as_str));
            return Err(format!("--property {property}: the run does not show that it is violated{known}"));
        }
    }
    let is_safety = |symptom: &Symptom| !is_gate(&symptom.checker) && symptom.checker != RECOVERY;
    if all.iter().any(|(symptom, _)| is_safety(symptom)) {
        all.retain(|(symptom, _)| is_safety(symptom));
    }
    if all.is_empty() {
        let (folder, reason) = (recorded.folder.display(), &recorded.results.reason);
        return Err(format!("{folder} shows no violation that could be shrunk: {reason}"));
    }
    let seen_ns = all.iter().filter_map(|(_, time)| *time).min();
    Ok((all.into_iter().map(|(symptom, _)| symptom).collect(), seen_ns))
}

/// From where the search may start, the best first: what was planned up to the violation, with roles such as the leader to be
/// found anew and with those who had them; and all that was planned, which comes last.
fn starts(recorded: &Recorded, seen_ns: Option<u64>) -> Result<Vec<Scenario>, String> {
    let whole = |targets| Ok::<_, String>(scenario(&recorded.test, recorded.plan(targets)?));
    let (roles, names) = (whole(Targets::Anew)?, whole(Targets::Recorded)?);
    let mut starts: Vec<Scenario> = Vec::new();
    let seen_ns = seen_ns.filter(|seen_ns| *seen_ns < roles.time_limit_ns);
    let cut = |scenario: &Scenario| seen_ns.map(|seen_ns| scenario.until_seen(seen_ns));
    for start in [cut(&roles), cut(&names), Some(roles)].into_iter().flatten() {
        if !starts.contains(&start) {
            starts.push(start);
        }
    }
    Ok(starts)
}

/// How many trials go on at a time. A cluster waits most of its time, unless its clients do not.
fn jobs(options: &ShrinkOptions, test: &Test) -> usize {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let usual = if test.rate.is_some_and(|rate| rate <= CALM) { 2 * processors } else { processors };
    options.jobs.map_or(usual.min(JOBS_USUAL_MAX), usize::from)
}

fn scenario(test: &Test, faults: Vec<PlannedFault>) -> Scenario {
    let time_limit_ns = test.time_limit_ms * 1_000_000;
    let scenario = Scenario { faults, nodes: test.nodes, clients: test.concurrency, rate: test.rate, time_limit_ns };
    scenario.rounded()
}

/// A new folder beside the run, named after it.
fn folder(recorded: &Recorded) -> io::Result<PathBuf> {
    let name = recorded.folder.file_name().unwrap_or_default().display();
    fs::create_dir_all(&recorded.test.out)?;
    for number in 1.. {
        let suffix = if number == 1 { String::new() } else { format!("-{number}") };
        let path = recorded.test.out.join(format!("{name}-shrunk{suffix}"));
        match fs::create_dir(&path) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    unreachable!("one of the numbers is free")
}

/// Moves a trial's folder to where it stays.
fn keep(run: &RunDir, folder: &Path) -> io::Result<RunDir> {
    let kept = folder.join("run");
    fs::rename(run.path(), &kept)?;
    Ok(RunDir::new(kept))
}

fn announce(test: &Test, whole: &Scenario, wanted: &[Symptom]) {
    let wanted: Vec<String> = wanted.iter().map(ToString::to_string).collect();
    eprintln!("seed {} · {} · looking for {}", test.seed, trials::size(whole), wanted.join(" or "));
}
