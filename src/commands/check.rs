//! `whitewater check`: judge recorded histories, without a cluster.

use super::print;
use crate::{
    Failure,
    cli::{CheckOptions, Format},
    exit::Exit,
    registry::{self, models},
};
use harness::{
    checker::{
        Budget, CheckResult, Checker, Record, Verdict,
        judge::{ask, is_trouble},
        linearizability::UNFIT,
    },
    store::read_any_history,
};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// A file, and what came of it: a verdict, or why there is none.
type Judged<'a> = (&'a PathBuf, Result<CheckResult, String>);

/// Judges each file. The worst verdict decides the exit code; a file that cannot be read keeps no other from being judged.
pub fn run(options: &CheckOptions) -> Result<Exit, Failure> {
    let name = models().find("model", &options.model).map_err(Failure::bad_input)?;
    let initial: Value = serde_json::from_str(&options.initial).map_err(|_| {
        let text = &options.initial;
        Failure::bad_input(format!("--initial {text} is not JSON; write null, 0 or '\"text\"'"))
    })?;
    let checker = registry::judge(name, initial.clone());
    let budget = Budget { steps: options.budget, ..Budget::default() };
    let judge = |path| judge(path, name, &initial, checker.as_ref(), budget);
    let judged: Vec<Judged> = options.files.iter().map(|path| (path, judge(path))).collect();
    match options.format {
        Format::Human => {
            for (path, result) in judged.iter().filter_map(|(path, result)| Some((path, result.as_ref().ok()?))) {
                print(&human(path, result));
            }
            if judged.len() > 1 {
                print(&sum(&judged));
            }
        }
        Format::Json => {
            let all = judged.iter().map(|(path, result)| match result {
                Ok(result) => serde_json::json!({"file": path, "result": result}),
                Err(error) => serde_json::json!({"file": path, "error": error}),
            });
            print(&Value::Array(all.collect()).to_string());
        }
    }
    for (_, result) in &judged {
        if let Err(error) = result {
            eprintln!("error: {error}");
        }
    }
    let worst = judged.iter().filter_map(|(_, result)| Some(result.as_ref().ok()?.verdict)).max().unwrap_or_default();
    Ok(match worst {
        Verdict::Invalid => Exit::Violation,
        Verdict::Unknown if judged.iter().any(|(_, result)| result.as_ref().is_ok_and(is_trouble)) => Exit::Trouble,
        _ if judged.iter().any(|(_, result)| result.is_err()) => Exit::BadInput,
        Verdict::Unknown => Exit::Unknown,
        Verdict::Valid => Exit::Valid,
    })
}

fn judge(
    path: &Path,
    model: &str,
    initial: &Value,
    checker: &dyn Checker,
    budget: Budget,
) -> Result<CheckResult, String> {
    let recorded = read_any_history(path, initial);
    if let Some(error) = recorded.error {
        return Err(error.to_string());
    }
    let operations = recorded.operations;
    if operations.is_empty() {
        return Err(format!("{}: the history has no operations; there is nothing to judge", path.display()));
    }
    let record = Record { operations, events: (recorded.events, recorded.end), ..Record::default() };
    let result = ask(checker, &record, budget);
    // What does not fit the model is a mistake of whoever chose the model, not a question that is too hard.
    if result.verdict == Verdict::Unknown && result.counts.contains_key(UNFIT) {
        let path = path.display();
        return Err(format!("{path}: --model {model} does not fit: {}", result.summary));
    }
    Ok(result)
}

fn human(path: &Path, result: &CheckResult) -> String {
    let mut text = format!("{:7} {}  {}\n", result.verdict.to_string().to_uppercase(), path.display(), result.summary);
    for violation in &result.violations {
        text.push_str(&format!("\n  {}\n", violation.summary));
        for (number, sentence) in (1..).zip(&violation.explanation) {
            text.push_str(&format!("    {number}. {sentence}\n"));
        }
    }
    text
}

fn sum(judged: &[Judged]) -> String {
    let count = |verdict| judged.iter().filter(|(_, result)| matches!(result, Ok(of) if of.verdict == verdict)).count();
    let refused = judged.iter().filter(|(_, result)| result.is_err()).count();
    let (valid, invalid, unknown) = (count(Verdict::Valid), count(Verdict::Invalid), count(Verdict::Unknown));
    format!("{} files: {valid} valid, {invalid} invalid, {unknown} unknown, {refused} refused\n", judged.len())
}
