//! Ids: everybody asks the same counter for the next one, and nobody may get one that another has got.
//!
//! That is less than to be linearizable, and all that many users of a counter ask for: an id may be skipped, and ids need not
//! come in order.

mod distinct;

use distinct::Distinct;
use harness::{
    checker::Checker,
    client::{Command, Reply},
    generator::{Generator, Invocation, Next},
    history::{Event, ProcessId},
    outcome::Completion,
    test::Test,
    workload::Workload,
};
use serde_json::{Value, json};

const GENERATE: &str = "generate";
/// The counter.
const KEY: &str = "ids";
/// How many ids are asked for once the cluster is healed: who has forgotten some hands them out again.
const FINAL: usize = 100;

/// The workload.
#[derive(Clone, Copy, Debug, Default)]
pub struct UniqueIds;

impl Workload for UniqueIds {
    fn name(&self) -> &'static str {
        "unique-ids"
    }

    fn summary(&self) -> &'static str {
        "ids are drawn from one counter, and no two that were handed out may be the same"
    }

    fn generator(&self, _test: &Test) -> Box<dyn Generator> {
        Box::new(Ids)
    }

    fn command(&self, _invocation: &Invocation) -> Command {
        Command::new(["INCR", KEY])
    }

    fn completion(&self, invocation: &Invocation, reply: &Reply) -> Completion {
        match reply {
            Reply::Integer(id) => Completion::ok(json!(id)),
            _ => Completion::unexpected(invocation.value.clone(), reply),
        }
    }

    fn checkers(&self) -> Vec<Box<dyn Checker>> {
        vec![Box::new(Distinct)]
    }
}

/// The operations of [`UniqueIds`]: always the same one.
struct Ids;

fn generate() -> Invocation {
    Invocation::new(GENERATE, Value::Null)
}

impl Generator for Ids {
    fn next(&mut self, _now_ns: u64, _process: ProcessId) -> Next {
        Next::Invoke(generate())
    }

    fn complete(&mut self, _completion: &Event) {}

    fn final_operations(&mut self, _now_ns: u64) -> Vec<Invocation> {
        vec![generate(); FINAL]
    }
}

#[cfg(test)]
mod tests;
