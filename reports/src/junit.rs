//! `junit.xml`: what continuous integration looks at. A case for each checker, and one for each thing besides the checkers
//! that can keep a run from counting: its gates, and whether it proved anything at all.

use crate::{ReportError, headline::Headline, run::Run};
use harness::checker::{CheckResult, Results, Verdict};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use std::{fs, path::Path, time::Duration};

/// Writes the report.
///
/// # Errors
/// If it cannot be written.
pub fn write(run: &Run, path: &Path) -> Result<(), ReportError> {
    let text = report(run)
        .to_string()
        .map_err(|error| ReportError::Junit { path: path.to_owned(), reason: error.to_string() })?;
    fs::write(path, text).map_err(|source| ReportError::Write { path: path.to_owned(), source })
}

fn report(run: &Run) -> Report {
    let mut report = Report::new("whitewater");
    let mut suite = TestSuite::new(run.line());
    if let Some(test) = &run.test {
        suite.add_property(("seed", test.seed.to_string().as_str()));
        suite.add_property(("version", test.program_version.as_str()));
    }
    suite.add_property(("directory", run.dir.path().display().to_string().as_str()));
    if let Some(command) = run.reproduce() {
        suite.add_property(("reproduce", command));
    }
    suite.set_time(Duration::from_nanos(run.end));
    report.set_time(Duration::from_nanos(run.end));
    match &run.results {
        Some(results) => add_cases(&mut suite, run, results),
        None => add(&mut suite, run, "verdict", error(&Headline::missing().reason, &run.notes.join("\n"))),
    }
    report.add_test_suite(suite);
    report
}

fn add_cases(suite: &mut TestSuite, run: &Run, results: &Results) {
    for (name, result) in &results.checkers {
        add(suite, run, name, checker(run, result));
    }
    let gate = |code: i32| match results.exit_code == code {
        true => failure("gate", &results.reason, &reproduction(run)),
        false => TestCaseStatus::success(),
    };
    // These names carry no checker's name: a checker judges the record, a gate what was asked of the run.
    add(suite, run, "gate: availability and recovery", gate(3));
    add(suite, run, "gate: evidence", gate(4));
    if matches!(results.exit_code, 130 | 254 | 255) {
        add(suite, run, "run", error(&results.reason, &results.warnings.join("\n")));
    }
}

fn add(suite: &mut TestSuite, run: &Run, name: &str, status: TestCaseStatus) {
    let mut case = TestCase::new(name, status);
    let class = run.test.as_ref().map(|test| format!("whitewater.{}.{}", test.system, test.workload));
    case.set_classname(class.unwrap_or_else(|| "whitewater".into()));
    if let Some(result) = run.results.as_ref().and_then(|results| results.checkers.get(name)) {
        case.set_system_out(result.summary.clone());
    }
    suite.add_test_case(case);
}

fn checker(run: &Run, result: &CheckResult) -> TestCaseStatus {
    match result.verdict {
        Verdict::Valid => TestCaseStatus::success(),
        // Neither passed nor failed: the judge gave up, which is trouble with the test.
        Verdict::Unknown => error(&result.summary, &reproduction(run)),
        Verdict::Invalid => {
            let kind = result.violations.first().map_or("violation", |violation| &violation.property);
            failure(kind, &result.summary, &explanation(run, result))
        }
    }
}

fn explanation(run: &Run, result: &CheckResult) -> String {
    let mut text = String::new();
    for violation in &result.violations {
        text += &format!("{}: {}\n", violation.property, violation.summary);
        for (number, sentence) in (1..).zip(&violation.explanation) {
            text += &format!("  {number}. {sentence}\n");
        }
    }
    text + &reproduction(run)
}

fn reproduction(run: &Run) -> String {
    run.reproduce().map(|command| format!("reproduce with: {command}\n")).unwrap_or_default()
}

fn failure(kind: &str, message: &str, description: &str) -> TestCaseStatus {
    non_success(NonSuccessKind::Failure, kind, message, description)
}

fn error(message: &str, description: &str) -> TestCaseStatus {
    non_success(NonSuccessKind::Error, "unknown", message, description)
}

fn non_success(kind: NonSuccessKind, name: &str, message: &str, description: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    status.set_type(name).set_message(message);
    if !description.is_empty() {
        status.set_description(description);
    }
    status
}
