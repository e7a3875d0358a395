//! The checkers of session guarantees, staleness, long forks and banks against oracles that try everything, on small histories.

mod bank;
mod long_fork;
mod random;
mod session_guarantees;
mod set_full;
mod staleness;

use harness::{
    checker::{Budget, CheckResult, Checker, Record, Witness},
    history::{Operation, Outcome},
};
use serde_json::Value;

/// An operation of one process; `ret` is where it ended, if that is known.
fn operation(process: u64, f: &str, input: Value, output: Value, call: u64, ret: Option<u64>) -> Operation {
    Operation {
        process,
        f: f.to_owned(),
        input,
        output,
        outcome: if ret.is_some() { Outcome::Ok } else { Outcome::Info },
        error: None,
        found: None,
        node: None,
        call,
        ret,
        call_time: call * 1_000_000,
        end_time: ret.map(|ret| ret * 1_000_000),
    }
}

fn check(checker: &dyn Checker, operations: Vec<Operation>) -> CheckResult {
    checker.check(&Record { operations, ..Record::default() }, Budget::default())
}

/// The operations that the first violation shows, in its words.
fn shown(result: &CheckResult) -> Vec<&str> {
    match &result.violations[0].witness {
        Witness::Operations { operations, .. } => operations.iter().map(|operation| operation.text.as_str()).collect(),
        other => panic!("{other:?}"),
    }
}
