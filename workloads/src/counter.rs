//! Counters: one is added at a time, and the sum comes back.
//!
//! An addition is told the sum that it has made, so that one that is lost, made twice or made on something out of date shows at
//! once: two additions are told the same sum, or one skips a sum that nobody can have made.

use crate::additions::{Additions, READ};
use harness::{
    checker::{Checker, Linearizability, objects::Kind},
    client::{Command, Reply},
    generator::{Generator, Invocation},
    outcome::Completion,
    test::Test,
    workload::Workload,
};
use serde_json::json;

pub(crate) const ADD: &str = "add-and-get";

/// The workload.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counter;

impl Workload for Counter {
    fn name(&self) -> &'static str {
        "counter"
    }

    fn summary(&self) -> &'static str {
        "counters are incremented, which is answered with the sum, and read, and must be linearizable"
    }

    fn generator(&self, test: &Test) -> Box<dyn Generator> {
        Box::new(Additions::new(test, ADD, |_| 1))
    }

    fn command(&self, invocation: &Invocation) -> Command {
        let key = invocation.value[0].as_str().unwrap_or_default();
        match invocation.f.as_str() {
            ADD => Command::new(["INCRBY", key, &invocation.value[1].to_string()]),
            _ => Command::new(["GET", key]),
        }
    }

    fn completion(&self, invocation: &Invocation, reply: &Reply) -> Completion {
        let (key, amount) = (&invocation.value[0], &invocation.value[1]);
        match (invocation.f.as_str(), sum(reply), reply) {
            (ADD, Some(sum), Reply::Integer(_)) => Completion::ok(json!([key, [amount, sum]])),
            (READ, Some(sum), Reply::Nil | Reply::Bulk(_)) => Completion::ok(json!([key, sum])),
            _ => Completion::unexpected(invocation.value.clone(), reply),
        }
    }

    fn checkers(&self) -> Vec<Box<dyn Checker>> {
        vec![Box::new(Linearizability { kind: Kind::Counter, ..Linearizability::default() })]
    }
}

/// The sum in a reply; nothing counts as none.
fn sum(reply: &Reply) -> Option<i64> {
    match reply {
        Reply::Integer(sum) => Some(*sum),
        Reply::Bulk(bytes) => String::from_utf8_lossy(bytes).parse().ok(),
        Reply::Nil => Some(0),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
