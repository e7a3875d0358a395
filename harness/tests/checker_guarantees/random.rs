//! Random histories of one register, whose reads see anything that may have been written by then.

use super::operation;
use harness::{history::Operation, seed::rng};
use rand::RngExt;
use serde_json::{Value, json};

/// Up to eight operations of three processes. Every written value is unique.
pub fn history(seed: u64) -> Vec<Operation> {
    let mut rng = rng(seed, "guarantees");
    let mut operations: Vec<Operation> = Vec::new();
    let (mut open, mut next) = ([None; 3], [0, 1, 2]);
    let mut written = vec![Value::Null];
    for event in 0..16 {
        let slot = rng.random_range(0..3);
        match open[slot].take() {
            None if operations.len() < 8 => {
                let is_write = written.len() < 5 && rng.random_bool(0.4);
                let (f, value) = if is_write { ("write", json!(written.len())) } else { ("read", Value::Null) };
                if is_write {
                    written.push(value.clone());
                }
                open[slot] = Some(operations.len());
                operations.push(operation(next[slot], f, json!(["k", value]), Value::Null, event, None));
            }
            None => {}
            // Nobody knows what became of it.
            Some(_) if rng.random_bool(0.1) => next[slot] += 3,
            Some(at) => {
                let before = &operations[at];
                let is_read = before.f == "read";
                let value =
                    if is_read { written[rng.random_range(0..written.len())].clone() } else { before.input[1].clone() };
                let (process, f, input, call) = (before.process, before.f.clone(), before.input.clone(), before.call);
                operations[at] = operation(process, &f, input, json!(["k", value]), call, Some(event));
            }
        }
    }
    operations
}

/// A written value, and from when to when its write may have taken effect.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Write {
    pub value: u64,
    pub from: u64,
    pub to: u64,
}

/// What was read or written by an operation whose outcome is known; nil is 0.
pub fn value(operation: &Operation) -> Option<u64> {
    operation.ret.map(|_| operation.output[1].as_u64().unwrap_or_default())
}

pub fn writes(operations: &[Operation]) -> Vec<Write> {
    let write = |write: &Operation| {
        let value = write.input[1].as_u64().expect("a number");
        let tell = operations.iter().filter(|operation| self::value(operation) == Some(value));
        Write { value, from: write.call, to: tell.filter_map(|operation| operation.ret).min().unwrap_or(u64::MAX) }
    };
    operations.iter().filter(|operation| operation.f == "write").map(write).collect()
}

/// Every order in which the writes can have taken effect, by their values, the first value in front.
pub fn orders(writes: &[Write]) -> Vec<Vec<u64>> {
    let mut orders = Vec::new();
    let mut todo = vec![(vec![0], 0)];
    while let Some((order, moment)) = todo.pop() {
        if order.len() == writes.len() + 1 {
            orders.push(order);
            continue;
        }
        for write in writes.iter().filter(|write| !order.contains(&write.value)) {
            // As early as it can after those before it.
            let moment = write.from.max(moment);
            if moment < write.to {
                todo.push(([order.as_slice(), &[write.value]].concat(), moment));
            }
        }
    }
    orders
}
