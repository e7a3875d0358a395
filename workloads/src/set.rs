//! Sets: every element is added once, and all of a set is read at once.
//!
//! What was acknowledged must be in every later read, and what a read has seen in every later one, too: an element that is
//! lost, or seen too late, or seen and gone again, shows in the next read. A key is given up after a bounded number of operations,
//! so that reads stay short.

use crate::{
    additions::{Additions, READ},
    reply::elements,
};
use harness::{
    checker::{Checker, Linearizability, SetFull, objects::Kind},
    client::{Command, Reply},
    generator::{Generator, Invocation},
    outcome::Completion,
    test::Test,
    workload::Workload,
};
use serde_json::json;

const ADD: &str = "add";

/// The workload.
#[derive(Clone, Copy, Debug, Default)]
pub struct Set;

impl Workload for Set {
    fn name(&self) -> &'static str {
        "set"
    }

    fn summary(&self) -> &'static str {
        "unique elements are added to sets, which are read as a whole and must be linearizable"
    }

    fn generator(&self, test: &Test) -> Box<dyn Generator> {
        Box::new(Additions::new(test, ADD, |number| number))
    }

    fn command(&self, invocation: &Invocation) -> Command {
        let key = invocation.value[0].as_str().unwrap_or_default();
        match invocation.f.as_str() {
            ADD => Command::new(["SADD", key, &invocation.value[1].to_string()]),
            _ => Command::new(["SMEMBERS", key]),
        }
    }

    fn completion(&self, invocation: &Invocation, reply: &Reply) -> Completion {
        let value = &invocation.value;
        match (invocation.f.as_str(), reply) {
            // Nobody adds it twice: a 0, "it was there", is no answer.
            (ADD, Reply::Integer(1)) => Completion::ok(value.clone()),
            (READ, reply) if let Some(seen) = elements(reply) => Completion::ok(json!([value[0], seen])),
            _ => Completion::unexpected(value.clone(), reply),
        }
    }

    fn checkers(&self) -> Vec<Box<dyn Checker>> {
        vec![Box::new(Linearizability { kind: Kind::Set, ..Linearizability::default() }), Box::new(SetFull)]
    }
}

#[cfg(test)]
mod tests;
