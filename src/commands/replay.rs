//! `whitewater replay`: the plan and the schedule of a run again, to see how often its verdict comes back.

use super::{
    carry_out::{carry_out, interruptible, render, writable},
    print,
};
use crate::{Failure, cli::ReplayOptions, exit::Exit, plan, schedule};
use harness::{
    checker::{Results, Verdict},
    nemesis::{PlannedFault, Targets},
    store::RunDir,
    test::Test,
};
use serde::de::DeserializeOwned;
use std::{collections::BTreeSet, fs, path::Path};

/// Replays a run so many times, each into a folder of its own, and counts.
pub fn run(options: &ReplayOptions) -> Result<Exit, Failure> {
    let (test, plan, recorded) = recorded(options).map_err(Failure::bad_input)?;
    writable(&test)?;
    let recorded = Finding::of(&recorded);
    let found: Vec<Finding> = interruptible(|interrupt| async move {
        let mut found = Vec::new();
        for number in 1..=options.times {
            let (results, run) = carry_out(test.clone(), plan.clone(), interrupt.clone()).await?;
            print(&format!("{number} of {}: {}", options.times, reports::verdict_line(&results, run.path())));
            render(&run);
            found.push(Finding::of(&results));
            if *interrupt.borrow() {
                break;
            }
        }
        Ok(found)
    })?;
    let times = found.iter().filter(|found| found.is_again(&recorded)).count();
    print(&format!("the recorded verdict, {}, came back in {times} of {} runs", recorded.phrase(), found.len()));
    let exits = found.iter().map(|found| found.exit);
    Ok(exits.min_by_key(|exit| exit.rank()).unwrap_or(Exit::Trouble))
}

/// The test, the faults, and the results of the run to be replayed.
fn recorded(options: &ReplayOptions) -> Result<(Test, Vec<PlannedFault>, Results), String> {
    let named = options.run.as_path();
    let latest = Path::new("runs/latest");
    let path = if named == Path::new("latest") && !named.exists() { latest } else { named };
    let no_run = |why: &str| format!("{} is not a run that can be replayed: {why}", path.display());
    let folder = fs::canonicalize(path).map_err(|error| no_run(&error.to_string()))?;
    let run = RunDir::new(folder.as_path());
    let mut test: Test = read(&run.test()).map_err(|error| no_run(&error))?;
    let results: Results = read(&run.results()).map_err(|error| no_run(&error))?;
    let targets = Targets::from(options.targets);
    let plan = schedule::read(&run.schedule(), &test, targets)?;
    test.out = match (&options.out, folder.parent()) {
        (Some(out), _) => out.clone(),
        (None, Some(parent)) => parent.to_owned(),
        (None, None) => return Err(no_run("it lies in no folder in which others could be made; name one with --out")),
    };
    test.program = plan::program()?;
    test.program_version = plan::PROGRAM_VERSION.to_owned();
    test.host = plan::host();
    test.reproduce = format!("{} replay {}", plan::caller(), folder.display());
    if targets == Targets::Anew {
        test.reproduce.push_str(" --targets anew");
    }
    Ok((test, plan, results))
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<T, String> {
    let name = path.file_name().unwrap_or_default().display();
    let bytes = fs::read(path).map_err(|error| format!("{name}: {error}"))?;
    serde_json::from_slice(&bytes).map_err(|error| format!("{name}: {error}"))
}

/// What a run came to, as far as two runs can come to the same.
struct Finding {
    exit: Exit,
    verdict: Verdict,
    /// Checker and property of each violation.
    violated: BTreeSet<(String, String)>,
}

impl Finding {
    fn of(results: &Results) -> Finding {
        let invalid = results.checkers.iter().filter(|(_, result)| result.verdict == Verdict::Invalid);
        let violated = invalid.flat_map(|(checker, result)| {
            result.violations.iter().map(move |violation| (checker.clone(), violation.property.clone()))
        });
        Finding { exit: Exit::from_code(results.exit_code), verdict: results.verdict, violated: violated.collect() }
    }

    /// Whether it is what was found before: the same exit code, and of a violation at least one property that was violated
    /// then. One mistake can break many properties, and not all of them each time. That a run was interrupted says nothing
    /// of the system: then the verdict alone counts.
    fn is_again(&self, before: &Finding) -> bool {
        if before.exit == Exit::Interrupted {
            return self.verdict == before.verdict;
        }
        self.exit == before.exit && (self.exit != Exit::Violation || !self.violated.is_disjoint(&before.violated))
    }

    /// `invalid (raft-safety: Durability)`, `valid`
    fn phrase(&self) -> String {
        let violated: Vec<String> =
            self.violated.iter().map(|(checker, property)| format!("{checker}: {property}")).collect();
        let code = self.exit.code();
        match (violated.is_empty(), self.exit) {
            (false, _) => format!("{} ({})", self.verdict, violated.join(", ")),
            (true, Exit::Valid | Exit::Violation) => self.verdict.to_string(),
            (true, exit) => format!("{} with exit code {code} ({})", self.verdict, exit.meaning()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(exit: Exit, verdict: Verdict, violated: &[&str]) -> Finding {
        let violated = violated.iter().map(|property| ("raft-safety".to_owned(), (*property).to_owned()));
        Finding { exit, verdict, violated: violated.collect() }
    }

    #[test]
    fn a_verdict_is_back_if_one_of_its_violations_is() {
        let violation = |violated: &[&str]| finding(Exit::Violation, Verdict::Invalid, violated);
        let valid = finding(Exit::Valid, Verdict::Valid, &[]);
        let recorded = violation(&["Durability", "Log Matching"]);
        assert!(violation(&["Log Matching", "Election Safety"]).is_again(&recorded));
        assert!(!violation(&["Election Safety"]).is_again(&recorded) && !valid.is_again(&recorded));
        assert!(valid.is_again(&valid) && !recorded.is_again(&valid));
        let gate = finding(Exit::Gate, Verdict::Valid, &[]);
        assert!(!gate.is_again(&valid) && !valid.is_again(&gate));
        assert!(valid.is_again(&finding(Exit::Interrupted, Verdict::Valid, &[])));
    }
}
