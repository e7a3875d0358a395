//! The counters of [`Counter`], read after `READONLY`: at whichever node a client is at home with, from whatever it has.
//!
//! Such reads may be stale, and behind a partition they are: how stale is measured. What the node does promise is judged:
//! - at one node, until it is started anew, nobody meets an older version than before, for what a node has applied it keeps;
//! - additions are linearizable, since only the leader answers them.
//!
//! Whoever wants to hold the reads against more than was promised can: the history is one of counters, and
//! `check history.jsonl --model counter` finds each stale read to be a violation.

use crate::{Counter, additions::Additions, counter::ADD, part::Part};
use harness::{
    checker::{Checker, SessionGuarantees, Sessions, Staleness, objects::Kind},
    client::{Command, Reply},
    generator::{Generator, Invocation},
    outcome::Completion,
    test::Test,
    workload::Workload,
};

const ADDITIONS: Part = Part {
    name: "linearizability",
    summary: "additions, without the reads, take effect at one moment between invocation and completion",
    functions: &[ADD],
    kind: Kind::Counter,
};

/// The workload.
#[derive(Clone, Copy, Debug, Default)]
pub struct StaleRead;

impl Workload for StaleRead {
    fn name(&self) -> &'static str {
        "stale-read"
    }

    fn summary(&self) -> &'static str {
        "the operations of `counter`, but any node answers reads from whatever it has: how stale they are is measured"
    }

    fn greeting(&self) -> Option<Command> {
        Some(Command::new(["READONLY"]))
    }

    fn generator(&self, test: &Test) -> Box<dyn Generator> {
        Box::new(Additions::new(test, ADD, |_| 1).with_mere_readers())
    }

    fn command(&self, invocation: &Invocation) -> Command {
        Counter.command(invocation)
    }

    fn completion(&self, invocation: &Invocation, reply: &Reply) -> Completion {
        Counter.completion(invocation, reply)
    }

    fn checkers(&self) -> Vec<Box<dyn Checker>> {
        let guarantees = SessionGuarantees { sessions: Sessions::ProcessesAtNodes };
        vec![Box::new(guarantees), Box::new(Staleness), Box::new(ADDITIONS)]
    }
}

#[cfg(test)]
mod tests;
