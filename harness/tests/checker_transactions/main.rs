//! Tests of the checker of transactions: each anomaly by a history that shows it, and what is accused compared with brute force.

mod anomalies;
mod oracle;
mod random;

use harness::{
    checker::transactions::{History, Judgement, Kind, judge, read},
    checker::{Budget, CheckResult, Checker, Record, Transactions},
    history::{Operation, Outcome},
};
use serde_json::Value;

/// A transaction: what it did, or meant to do, how it ended, and the positions of its beginning and its end.
pub fn txn(process: u64, value: Value, outcome: Outcome, (call, ret): (u64, u64)) -> Operation {
    let is_read = |part: &Value| part[0] == "r";
    let asked = |part: &Value| if is_read(part) { serde_json::json!(["r", part[1], null]) } else { part.clone() };
    let input: Value = value.as_array().expect("a list").iter().map(asked).collect();
    Operation {
        process,
        f: "txn".to_owned(),
        output: if outcome == Outcome::Ok { value } else { input.clone() },
        input,
        outcome,
        error: None,
        found: None,
        node: None,
        call,
        ret: (outcome != Outcome::Info).then_some(ret),
        call_time: call * 1_000_000,
        end_time: Some(ret * 1_000_000),
    }
}

/// Transactions that all overlap, each of a process of its own.
pub fn at_once(values: &[Value]) -> Vec<Operation> {
    let all = (0..).zip(values);
    all.map(|(at, value)| txn(at, value.clone(), Outcome::Ok, (at, 100 + at))).collect()
}

/// Transactions one after the other, each of a process of its own.
pub fn in_turn(values: &[Value]) -> Vec<Operation> {
    let all = (0..).zip(values);
    all.map(|(at, value)| txn(at, value.clone(), Outcome::Ok, (2 * at, 2 * at + 1))).collect()
}

/// What the checker makes of them.
pub fn judged(kind: Kind, operations: &[Operation]) -> Judgement {
    let history: History = read(kind, operations).expect("transactions");
    judge(&history, Budget::default())
}

/// The names of what was found.
pub fn found(kind: Kind, operations: &[Operation]) -> Vec<String> {
    judged(kind, operations).anomalies().into_keys().collect()
}

/// What the checker says of them.
pub fn told(kind: Kind, operations: Vec<Operation>) -> CheckResult {
    Transactions { kind }.check(&Record { operations, ..Record::default() }, Budget::default())
}
