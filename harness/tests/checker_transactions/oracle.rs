//! Brute force: all orders of a few transactions.

use harness::history::{Operation, Outcome};
use serde_json::Value;
use std::collections::BTreeMap;

/// What an order has to fit, besides what was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeps {
    Nothing,
    Processes,
    RealTime,
}

/// Whether there is an order of all that were answered, and of any of those of unknown outcome.
pub fn has_order(operations: &[Operation], keeps: Keeps) -> bool {
    goes_on(operations, keeps, 0, &BTreeMap::new())
}

fn goes_on(operations: &[Operation], keeps: Keeps, placed: u32, state: &BTreeMap<String, Vec<Value>>) -> bool {
    let open = |at: &usize| placed >> at & 1 == 0;
    let must = |at: &usize| operations[*at].outcome == Outcome::Ok;
    let count = operations.len();
    if !(0..count).filter(open).any(|at| must(&at)) {
        return true;
    }
    let before = |one: &Operation, other: &Operation| match keeps {
        Keeps::Nothing => false,
        Keeps::Processes => one.process == other.process && one.call < other.call,
        Keeps::RealTime => one.ret.is_some_and(|ret| ret < other.call),
    };
    (0..count).filter(open).filter(|&at| operations[at].outcome != Outcome::Fail).any(|at| {
        let is_late = (0..count).filter(open).filter(must).any(|other| before(&operations[other], &operations[at]));
        !is_late
            && after(&operations[at], state).is_some_and(|state| goes_on(operations, keeps, placed | 1 << at, &state))
    })
}

/// The state after a transaction, if it can have seen what it saw.
fn after(operation: &Operation, state: &BTreeMap<String, Vec<Value>>) -> Option<BTreeMap<String, Vec<Value>>> {
    let is_ok = operation.outcome == Outcome::Ok;
    let parts = if is_ok { &operation.output } else { &operation.input };
    let mut state = state.clone();
    for part in parts.as_array()? {
        let values = state.entry(part[1].to_string()).or_default();
        match part[0].as_str()? {
            "append" => values.push(part[2].clone()),
            "w" => *values = vec![part[2].clone()],
            _ if !is_ok => {}
            _ if part[2].is_array() => {
                if *part[2].as_array()? != *values {
                    return None;
                }
            }
            _ => {
                if part[2] != values.first().cloned().unwrap_or_default() {
                    return None;
                }
            }
        }
    }
    Some(state)
}
