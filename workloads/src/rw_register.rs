//! Registers, in transactions: unique values are written, and read.
//!
//! A register tells only what was written last, so that less is known of the order of its versions than of a list's elements. On
//! the other hand that is what most systems have.

use crate::{
    reply::element,
    transactions::{self, Transactions},
};
use harness::{
    checker::{
        Checker,
        transactions::{Kind, Transactions as Judge},
    },
    client::{Command, Reply},
    generator::{Generator, Invocation},
    outcome::Completion,
    test::Test,
    workload::Workload,
};

const WRITE: &str = "w";

/// The workload.
#[derive(Clone, Copy, Debug, Default)]
pub struct RwRegister;

impl Workload for RwRegister {
    fn name(&self) -> &'static str {
        "rw-register"
    }

    fn summary(&self) -> &'static str {
        "transactions that write unique values to registers and read them, and must be strictly serializable"
    }

    fn generator(&self, test: &Test) -> Box<dyn Generator> {
        Box::new(Transactions::new(test, WRITE))
    }

    fn command(&self, invocation: &Invocation) -> Command {
        transactions::command(invocation, |key, value| match value {
            Some(value) => Command::new(["SET", key, &value.to_string()]),
            None => Command::new(["GET", key]),
        })
    }

    fn completion(&self, invocation: &Invocation, reply: &Reply) -> Completion {
        let is_written = |reply: &Reply| *reply == Reply::Simple("OK".to_owned());
        transactions::completion(invocation, reply, is_written, element)
    }

    fn checkers(&self) -> Vec<Box<dyn Checker>> {
        vec![Box::new(Judge { kind: Kind::RwRegister })]
    }
}

#[cfg(test)]
mod tests;
