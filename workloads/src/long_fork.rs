//! Long forks: each key is written once, and the keys of a group are read at once (`MGET`), at whichever node a client is at home with.
//!
//! The reads are those after `READONLY`, so they may be stale. But all nodes go through the same states in the same order, so that
//! no two of them may see two writes in opposite orders. A node that has applied another entry than the others has a past of its own.

use crate::reply::element;
use harness::{
    checker::{self, Checker},
    client::{Command, Reply},
    generator::{Generator, Invocation, Next},
    history::{Event, EventType, ProcessId},
    outcome::Completion,
    seed::rng,
    test::Test,
    workload::Workload,
};
use rand::{RngExt, rngs::Xoshiro256PlusPlus, seq::SliceRandom};
use serde_json::{Value, json};
use std::collections::VecDeque;

const READ: &str = "read";
const WRITE: &str = "write";
/// How many keys a group has.
const KEYS: u64 = 3;
/// After so many operations a group is given up.
const OPERATIONS_MAX: u32 = 60;
/// How many groups are read in the end.
const FINAL: usize = 200;

/// The workload.
#[derive(Clone, Copy, Debug, Default)]
pub struct LongFork;

impl Workload for LongFork {
    fn name(&self) -> &'static str {
        "long-fork"
    }

    fn summary(&self) -> &'static str {
        "groups of keys are read at once at any node, and no two reads may see two writes in opposite orders"
    }

    fn greeting(&self) -> Option<Command> {
        Some(Command::new(["READONLY"]))
    }

    fn generator(&self, test: &Test) -> Box<dyn Generator> {
        Box::new(Groups::new(test))
    }

    fn command(&self, invocation: &Invocation) -> Command {
        let steps = invocation.value.as_array().map(Vec::as_slice).unwrap_or_default();
        let key = |step: &Value| step[1].as_str().unwrap_or_default().to_owned();
        match (invocation.f.as_str(), steps) {
            (WRITE, [step]) => Command::new(["SET".to_owned(), key(step), step[2].to_string()]),
            _ => Command::new(["MGET".to_owned()].into_iter().chain(steps.iter().map(key))),
        }
    }

    fn completion(&self, invocation: &Invocation, reply: &Reply) -> Completion {
        let value = &invocation.value;
        match (invocation.f.as_str(), reply) {
            (WRITE, Reply::Simple(text)) if text == "OK" => Completion::ok(value.clone()),
            (READ, Reply::Array(values)) if value.as_array().is_some_and(|steps| steps.len() == values.len()) => {
                let steps = value.as_array().into_iter().flatten().zip(values);
                let seen: Option<Value> =
                    steps.map(|(step, value)| Some(json!(["r", step[1], element(value)?]))).collect();
                seen.map_or_else(|| Completion::unexpected(value.clone(), reply), Completion::ok)
            }
            _ => Completion::unexpected(value.clone(), reply),
        }
    }

    fn checkers(&self) -> Vec<Box<dyn Checker>> {
        vec![Box::new(checker::LongFork)]
    }
}

/// The operations of [`LongFork`].
struct Groups {
    seed: u64,
    rng: Xoshiro256PlusPlus,
    active: Vec<Group>,
    /// The numbers of those that were given up, oldest first.
    retired: VecDeque<u64>,
    /// The number of the newest group.
    newest: u64,
}

struct Group {
    number: u64,
    operations: u32,
    /// The keys that are still to be written, the next last.
    unwritten: Vec<u64>,
}

fn key(group: u64, key: u64) -> String {
    format!("g{group}:{key}")
}

fn read(group: u64) -> Invocation {
    Invocation::new(READ, (0..KEYS).map(|number| json!(["r", key(group, number), null])).collect())
}

impl Groups {
    fn new(test: &Test) -> Groups {
        let mut rng = rng(test.seed, "long-fork");
        let newest = (test.concurrency as u64 / 3).max(2);
        let active = (1..=newest).map(|number| Group::new(number, &mut rng)).collect();
        Groups { seed: test.seed, rng, active, retired: VecDeque::new(), newest }
    }

    /// Whether a process does nothing but read, so that nothing makes it leave the node that it reads from.
    fn is_reader(&self, process: ProcessId) -> bool {
        rng(self.seed, &format!("long-fork/{process}")).random_bool(0.5)
    }
}

impl Group {
    fn new(number: u64, rng: &mut Xoshiro256PlusPlus) -> Group {
        let mut unwritten: Vec<u64> = (0..KEYS).collect();
        unwritten.shuffle(rng);
        Group { number, operations: 0, unwritten }
    }
}

impl Generator for Groups {
    fn next(&mut self, _now_ns: u64, process: ProcessId) -> Next {
        let is_write = !self.is_reader(process) && self.rng.random_bool(0.2);
        let slot = self.rng.random_range(0..self.active.len());
        let group = &mut self.active[slot];
        group.operations += 1;
        let number = group.number;
        let written = if is_write { group.unwritten.pop() } else { None };
        if group.operations == OPERATIONS_MAX {
            self.newest += 1;
            self.active[slot] = Group::new(self.newest, &mut self.rng);
            self.retired.push_back(number);
        }
        Next::Invoke(match written {
            // Unique in the run, though once for each key would do.
            Some(written) => Invocation::new(WRITE, json!([["w", key(number, written), number * KEYS + written]])),
            None => read(number),
        })
    }

    fn complete(&mut self, completion: &Event) {
        // What certainly was not written can be written by somebody else.
        if completion.f == WRITE
            && completion.kind == EventType::Fail
            && let Some((group, written)) = completion.value[0][1].as_str().and_then(|key| key[1..].split_once(':'))
            && let (Ok(group), Ok(written)) = (group.parse::<u64>(), written.parse())
            && let Some(group) = self.active.iter_mut().find(|active| active.number == group)
        {
            group.unwritten.push(written);
        }
    }

    /// The latest groups are read twice.
    fn final_operations(&mut self, _now_ns: u64) -> Vec<Invocation> {
        let used = self.active.iter().filter(|group| group.operations > 0).map(|group| group.number);
        let numbers: Vec<u64> = used.chain(self.retired.iter().rev().copied()).take(FINAL).collect();
        numbers.iter().chain(&numbers).map(|&number| read(number)).collect()
    }
}

#[cfg(test)]
mod tests;
