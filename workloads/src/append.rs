//! Lists, in transactions: unique elements are appended, and lists are read as a whole.
//!
//! A list tells the order in which it was made. So of all that several keys can show, little stays hidden: which transaction came
//! before which is known from what was read.

use crate::{
    reply::elements,
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

const APPEND: &str = "append";

/// The workload.
#[derive(Clone, Copy, Debug, Default)]
pub struct Append;

impl Workload for Append {
    fn name(&self) -> &'static str {
        "append"
    }

    fn summary(&self) -> &'static str {
        "transactions that append unique elements to lists and read whole lists, and must be strictly serializable"
    }

    fn generator(&self, test: &Test) -> Box<dyn Generator> {
        Box::new(Transactions::new(test, APPEND))
    }

    fn command(&self, invocation: &Invocation) -> Command {
        transactions::command(invocation, |key, element| match element {
            Some(element) => Command::new(["RPUSH", key, &element.to_string()]),
            None => Command::new(["LRANGE", key, "0", "-1"]),
        })
    }

    fn completion(&self, invocation: &Invocation, reply: &Reply) -> Completion {
        // An append is answered with the length that the list has then.
        let is_appended = |reply: &Reply| matches!(reply, Reply::Integer(1..));
        transactions::completion(invocation, reply, is_appended, elements)
    }

    fn checkers(&self) -> Vec<Box<dyn Checker>> {
        vec![Box::new(Judge { kind: Kind::ListAppend })]
    }
}

#[cfg(test)]
mod tests;
