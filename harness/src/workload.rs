//! What clients do to a system, and what they may rightly expect of it.

use crate::{
    checker::Checker,
    client::{Command, Reply},
    generator::{Generator, Invocation},
    outcome::Completion,
    test::Test,
};

/// A workload: which operations clients call, how they are said to a node, what its replies mean, and who judges.
pub trait Workload: Send + Sync {
    /// Its name on the command line.
    fn name(&self) -> &'static str;
    /// What it does and what it can find, in a sentence.
    fn summary(&self) -> &'static str;
    /// What a client says first on each of its connections, if anything. It changes nothing but the connection.
    fn greeting(&self) -> Option<Command> {
        None
    }
    /// The operations, without end and without regard to time: the runner sees to the rate and to the time limit.
    fn generator(&self, test: &Test) -> Box<dyn Generator>;
    /// How an operation of the generator is said to a node.
    fn command(&self, invocation: &Invocation) -> Command;
    /// What the node's reply means. Never called with an error reply: what errors mean is [`crate::outcome`]'s affair.
    fn completion(&self, invocation: &Invocation, reply: &Reply) -> Completion;
    /// Who judges the operations.
    fn checkers(&self) -> Vec<Box<dyn Checker>>;
}
