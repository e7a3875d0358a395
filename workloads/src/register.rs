//! Linearizable registers: reads, writes and compare-and-sets on many keys.
//!
//! The operations are chosen so that the history says as much as possible and stays cheap to judge:
//! - every written value is unique in the run, so that a read names the write it saw;
//! - a compare-and-set mostly expects a value that was lately seen, so that it often succeeds, and sometimes one that is
//!   certainly out of date, which must fail; one that fails says what it met instead, and so serves as a read;
//! - only few keys are in use at a time, so that several processes always meet on the same one: without concurrency there
//!   is little to get wrong;
//! - some processes read most of the time: a leader that has been cut off answers no writes, and only who does not write
//!   stays with it for long enough to notice that what it reads is out of date;
//! - each key is given up after a bounded number of operations and of unknown outcomes, because the cost of judging a key
//!   grows faster than its history.

use crate::{keys::Keys, reply::element};
use harness::{
    checker::{Checker, Linearizability},
    client::{Command, Reply},
    generator::{Generator, Invocation, Next},
    history::{Event, EventType, ProcessId},
    outcome::Completion,
    seed::rng,
    test::Test,
    workload::Workload,
};
use rand::{RngExt, rngs::Xoshiro256PlusPlus};
use serde_json::{Value, json};

const READ: &str = "read";
const WRITE: &str = "write";
const CAS: &str = "cas";

/// The workload.
#[derive(Clone, Copy, Debug, Default)]
pub struct Register;

impl Workload for Register {
    fn name(&self) -> &'static str {
        "register"
    }

    fn summary(&self) -> &'static str {
        "reads, writes and compare-and-sets on many keys, each of which must be linearizable"
    }

    fn generator(&self, test: &Test) -> Box<dyn Generator> {
        Box::new(RegisterGenerator::new(test))
    }

    fn command(&self, invocation: &Invocation) -> Command {
        let (key, value) = (&invocation.value[0], &invocation.value[1]);
        let key = key.as_str().map_or_else(|| key.to_string(), str::to_string);
        match invocation.f.as_str() {
            WRITE => Command::new(["SET".to_string(), key, value.to_string()]),
            // The old value comes back whether it matched or not: a failed comparison is a read.
            CAS => Command::new([
                "SET".to_string(),
                key,
                value[1].to_string(),
                "IFEQ".to_string(),
                value[0].to_string(),
                "GET".to_string(),
            ]),
            _ => Command::new(["GET".to_string(), key]),
        }
    }

    fn completion(&self, invocation: &Invocation, reply: &Reply) -> Completion {
        let value = &invocation.value;
        match (invocation.f.as_str(), reply) {
            (READ, reply) if let Some(read) = element(reply) => Completion::ok(json!([value[0], read])),
            (WRITE, Reply::Simple(text)) if text == "OK" => Completion::ok(value.clone()),
            (CAS, reply) if let Some(found) = element(reply) => {
                if found == value[1][0] {
                    Completion::ok(value.clone())
                } else {
                    Completion::mismatch(value.clone(), found)
                }
            }
            _ => Completion::unexpected(value.clone(), reply),
        }
    }

    fn checkers(&self) -> Vec<Box<dyn Checker>> {
        vec![Box::new(Linearizability::default())]
    }
}

/// The operations of [`Register`].
struct RegisterGenerator {
    seed: u64,
    rng: Xoshiro256PlusPlus,
    keys: Keys,
    /// The last value that was written, or tried to.
    value: u64,
}

impl RegisterGenerator {
    fn new(test: &Test) -> RegisterGenerator {
        let active = (test.concurrency / 3).max(2);
        RegisterGenerator { seed: test.seed, rng: rng(test.seed, "register"), keys: Keys::new(active), value: 0 }
    }

    fn value(&mut self) -> u64 {
        self.value += 1;
        self.value
    }

    /// The share of reads in what a process does. Which processes are readers is drawn for each of them, so that it has
    /// nothing to do with the nodes that they are at home with.
    fn reads(&self, process: ProcessId) -> f64 {
        let is_reader = rng(self.seed, &format!("register/{process}")).random_bool(1.0 / 3.0);
        if is_reader { 0.9 } else { 0.4 }
    }

    /// What a compare-and-set shall expect: most often the newest known value of the key, else an older one, if any is known.
    fn expected(&mut self, slot: usize) -> Option<Value> {
        let seen = self.keys.seen(slot);
        let newest = seen.len().checked_sub(1)?;
        let position = if self.rng.random_bool(0.75) { newest } else { self.rng.random_range(0..=newest) };
        Some(seen[position].clone())
    }
}

impl Generator for RegisterGenerator {
    fn next(&mut self, now_ns: u64, process: ProcessId) -> Next {
        let slot = self.rng.random_range(0..self.keys.active());
        let (f, argument) = if self.rng.random_bool(self.reads(process)) {
            (READ, Value::Null)
        } else {
            // Half of them compare-and-sets: they notice what was lost before them, and a write hides it.
            let expected = if self.rng.random_bool(0.5) { self.expected(slot) } else { None };
            match expected {
                Some(old) => (CAS, json!([old, self.value()])),
                None => (WRITE, json!(self.value())),
            }
        };
        let key = self.keys.take(slot, now_ns);
        Next::Invoke(Invocation::new(f, json!([key, argument])))
    }

    fn complete(&mut self, completion: &Event) {
        let Some(key) = completion.value[0].as_str() else { return };
        let value = &completion.value[1];
        match (completion.f.as_str(), completion.kind) {
            (READ | WRITE, EventType::Ok) => self.keys.saw(key, value),
            (CAS, EventType::Ok) => self.keys.saw(key, &value[1]),
            (CAS, EventType::Fail) => {
                if let Some(found) = &completion.found {
                    self.keys.saw(key, found);
                }
            }
            (WRITE | CAS, EventType::Info) => self.keys.lost(key, completion.time),
            _ => {}
        }
    }

    /// Every key in use or lately given up is read twice: should the first reads be wrong, the second contradict them.
    fn final_operations(&mut self, now_ns: u64) -> Vec<Invocation> {
        let keys = self.keys.recent(now_ns);
        keys.iter().chain(&keys).map(|key| Invocation::new(READ, json!([key, null]))).collect()
    }
}

#[cfg(test)]
mod tests;
