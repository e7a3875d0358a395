//! `whitewater replay`: the plan and the schedule of a run again, to see how often its verdict comes back.

use super::{
    carry_out::{carry_out, interruptible, render, writable},
    print,
};
use crate::{Failure, cli::ReplayOptions, exit::Exit, plan, recorded::Recorded};
use harness::{
    checker::{Results, Verdict},
    nemesis::{PlannedFault, Targets},
    test::Test,
};
use std::collections::BTreeSet;

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
    let recorded = Recorded::read(&options.run, options.out.as_deref())?;
    let targets = Targets::from(options.targets);
    let plan = recorded.plan(targets)?;
    let mut test = recorded.test;
    test.reproduce = format!("{} replay {}", plan::caller(), recorded.folder.display());
    if targets == Targets::Anew {
        test.reproduce.push_str(" --targets anew");
    }
    Ok((test, plan, recorded.results))
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
