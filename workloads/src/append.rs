//! Lists: unique elements are appended, and a list is read as a whole.
//!
//! A list tells the order in which it was made, so that every read is a beginning of every later one. That says more than a set
//! does: two nodes that made the same additions in different orders are found as well.

use crate::{
    additions::{Additions, READ},
    reply::elements,
};
use harness::{
    checker::{Checker, Linearizability, objects::Kind},
    client::{Command, Reply},
    generator::{Generator, Invocation},
    outcome::Completion,
    test::Test,
    workload::Workload,
};
use serde_json::json;

const APPEND: &str = "append";

/// The workload.
#[derive(Clone, Copy, Debug, Default)]
pub struct Append;

impl Workload for Append {
    fn name(&self) -> &'static str {
        "append"
    }

    fn summary(&self) -> &'static str {
        "unique elements are appended to lists, which are read as a whole and must be linearizable"
    }

    fn generator(&self, test: &Test) -> Box<dyn Generator> {
        Box::new(Additions::new(test, APPEND, |number| number))
    }

    fn command(&self, invocation: &Invocation) -> Command {
        let key = invocation.value[0].as_str().unwrap_or_default();
        match invocation.f.as_str() {
            APPEND => Command::new(["RPUSH", key, &invocation.value[1].to_string()]),
            _ => Command::new(["LRANGE", key, "0", "-1"]),
        }
    }

    fn completion(&self, invocation: &Invocation, reply: &Reply) -> Completion {
        let value = &invocation.value;
        match (invocation.f.as_str(), reply) {
            // The length that the list has then.
            (APPEND, Reply::Integer(1..)) => Completion::ok(value.clone()),
            (READ, reply) if let Some(seen) = elements(reply) => Completion::ok(json!([value[0], seen])),
            _ => Completion::unexpected(value.clone(), reply),
        }
    }

    fn checkers(&self) -> Vec<Box<dyn Checker>> {
        vec![Box::new(Linearizability { kind: Kind::AppendList, ..Linearizability::default() })]
    }
}

#[cfg(test)]
mod tests;
