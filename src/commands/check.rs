//! `whitewater check`: judge recorded histories, without a cluster.

use super::print;
use crate::{
    Failure,
    cli::{CheckOptions, Format},
    exit::Exit,
    registry::MODELS,
};
use harness::{
    checker::{Budget, CheckResult, Checker, Linearizability, Record, Verdict, linearizability::CONTRADICTIONS},
    store::read_history,
};
use std::path::Path;

/// Judges each file; the worst verdict decides the exit code.
pub fn run(options: &CheckOptions) -> Result<Exit, Failure> {
    MODELS.find("model", &options.model).map_err(Failure::bad_input)?;
    let mut results = Vec::new();
    for path in &options.files {
        results.push((path, judge(path)?));
    }
    match options.format {
        Format::Human => results.iter().for_each(|(path, result)| print(&human(path, result))),
        Format::Json => {
            let all = results.iter().map(|(path, result)| serde_json::json!({"file": path, "result": result}));
            print(&serde_json::Value::Array(all.collect()).to_string());
        }
    }
    let contradicts = |result: &CheckResult| result.counts.contains_key(CONTRADICTIONS);
    let worst = results.iter().map(|(_, result)| result.verdict).max().unwrap_or_default();
    Ok(match worst {
        Verdict::Invalid => Exit::Violation,
        Verdict::Unknown if results.iter().any(|(_, result)| contradicts(result)) => Exit::Trouble,
        Verdict::Unknown => Exit::Unknown,
        Verdict::Valid => Exit::Valid,
    })
}

fn judge(path: &Path) -> Result<CheckResult, Failure> {
    let refuse = |error: String| Failure::bad_input(format!("{}: {error}", path.display()));
    let recorded = read_history(path);
    if let Some(error) = recorded.error {
        return Err(Failure::bad_input(error.to_string()));
    }
    let operations = recorded.operations;
    if operations.is_empty() {
        return Err(refuse("the history has no operations; there is nothing to judge".to_owned()));
    }
    let record = Record { operations, events: (recorded.events, recorded.end), ..Record::default() };
    Ok(Linearizability { initial: serde_json::Value::Null }.check(&record, Budget::default()))
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
