//! The registers of [`Register`], read at whichever node a client is at home with: a follower has to find out how far the leader
//! has come before it answers. Half of the clients ask their home node first every time, so that followers have something to do.

use crate::Register;
use harness::{
    checker::Checker,
    client::{Command, Reply},
    generator::{Generator, Invocation},
    outcome::Completion,
    test::Test,
    workload::Workload,
};

/// The workload.
#[derive(Clone, Copy, Debug, Default)]
pub struct FollowerReads;

impl Workload for FollowerReads {
    fn name(&self) -> &'static str {
        "follower-reads"
    }

    fn summary(&self) -> &'static str {
        "the operations of `register`, but reads are answered by any node, and must be linearizable all the same"
    }

    fn greeting(&self) -> Option<Command> {
        Some(Command::new(["READONLY", "LINEARIZABLE"]))
    }

    fn generator(&self, test: &Test) -> Box<dyn Generator> {
        Register.generator(test)
    }

    fn command(&self, invocation: &Invocation) -> Command {
        Register.command(invocation)
    }

    fn completion(&self, invocation: &Invocation, reply: &Reply) -> Completion {
        Register.completion(invocation, reply)
    }

    fn checkers(&self) -> Vec<Box<dyn Checker>> {
        Register.checkers()
    }
}
