//! Locks with fencing tokens: who holds one draws a token, writes under it a few times, and gives the lock back.
//!
//! A lock is a key that is set if it is not there (`SET … NX`) and deleted by who has set it. A token is drawn from a counter while
//! the lock is held, so that later holders have greater ones (Kleppmann, "How to do distributed locking", 2016). What is written goes
//! to the end of a list, each element with its token, so that the list says in which order writes were accepted.
//!
//! A lock whose holder is never heard of again, because the outcome of what it did last is not known, may be held for ever: there
//! is no time-to-live in replicated state. Nobody waits for it, it is given up. Nor does anybody else delete it, and so a deletion
//! that comes late deletes nobody else's lock.

mod fencing;

use crate::{keys::Keys, part::Part, reply::elements};
use fencing::Fencing;
use harness::{
    checker::{Checker, objects::Kind},
    client::{Command, Reply},
    generator::{Generator, Invocation, Next},
    history::{Event, EventType, Process, ProcessId},
    outcome::Completion,
    seed::rng,
    test::Test,
    workload::Workload,
};
use rand::{RngExt, rngs::Xoshiro256PlusPlus};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const ACQUIRE: &str = "acquire";
const DRAW: &str = "draw";
const APPEND: &str = "append";
const READ: &str = "read";
const RELEASE: &str = "release";
/// What stands in a lock that is held.
const HELD: &str = "held";
/// How often is written under one token, at most.
const WRITES_MAX: u32 = 3;

const MUTUAL_EXCLUSION: Part = Part {
    name: "mutual-exclusion",
    summary: "no lock is acquired by one process while another holds it",
    functions: &[ACQUIRE, RELEASE],
    kind: Kind::Mutex,
};
const WRITES: Part = Part {
    name: "linearizability",
    summary: "what is written under the locks, and read, has an order that fits real time",
    functions: &[APPEND, READ],
    kind: Kind::AppendList,
};

/// The workload.
#[derive(Clone, Copy, Debug, Default)]
pub struct Lock;

impl Workload for Lock {
    fn name(&self) -> &'static str {
        "lock"
    }

    fn summary(&self) -> &'static str {
        "locks are taken, written under with fencing tokens that must grow, and given back"
    }

    fn generator(&self, test: &Test) -> Box<dyn Generator> {
        Box::new(LockGenerator::new(test))
    }

    fn command(&self, invocation: &Invocation) -> Command {
        let key = invocation.value[0].as_str().unwrap_or_default();
        let of_key = |what: &str| format!("{key}:{what}");
        match invocation.f.as_str() {
            ACQUIRE => Command::new(["SET", key, HELD, "NX"]),
            DRAW => Command::new(["INCR", &of_key("token")]),
            APPEND => Command::new(["RPUSH", &of_key("writes"), invocation.value[1].as_str().unwrap_or_default()]),
            RELEASE => Command::new(["DEL", key]),
            _ => Command::new(["LRANGE", &of_key("writes"), "0", "-1"]),
        }
    }

    fn completion(&self, invocation: &Invocation, reply: &Reply) -> Completion {
        let value = &invocation.value;
        match (invocation.f.as_str(), reply) {
            (ACQUIRE, Reply::Simple(text)) if text == "OK" => Completion::ok(value.clone()),
            (ACQUIRE, Reply::Nil) => Completion::mismatch(value.clone(), json!(HELD)),
            (DRAW, Reply::Integer(token)) => Completion::ok(json!([value[0], token])),
            (APPEND, Reply::Integer(1..)) => Completion::ok(value.clone()),
            (RELEASE, Reply::Integer(1)) => Completion::ok(value.clone()),
            // There was nothing to delete.
            (RELEASE, Reply::Integer(0)) => Completion::mismatch(value.clone(), Value::Null),
            (READ, reply) if let Some(written) = elements(reply) => Completion::ok(json!([value[0], written])),
            _ => Completion::unexpected(value.clone(), reply),
        }
    }

    fn checkers(&self) -> Vec<Box<dyn Checker>> {
        vec![Box::new(MUTUAL_EXCLUSION), Box::new(Fencing), Box::new(WRITES)]
    }
}

/// The operations of [`Lock`].
struct LockGenerator {
    rng: Xoshiro256PlusPlus,
    keys: Keys,
    /// What each process holds.
    held: BTreeMap<ProcessId, Held>,
}

/// A lock that a process holds.
struct Held {
    key: String,
    token: Option<i64>,
    /// How often the process has written under it, and how often it wants to.
    written: u32,
    wanted: u32,
}

impl LockGenerator {
    fn new(test: &Test) -> LockGenerator {
        let keys = Keys::new((test.concurrency / 2).max(2));
        LockGenerator { rng: rng(test.seed, "lock"), keys, held: BTreeMap::new() }
    }
}

impl Generator for LockGenerator {
    fn next(&mut self, now_ns: u64, process: ProcessId) -> Next {
        let Some(Held { key, token, written, wanted }) = self.held.get(&process) else {
            let slot = self.rng.random_range(0..self.keys.active());
            let f = if self.rng.random_bool(0.1) { READ } else { ACQUIRE };
            return Next::Invoke(Invocation::new(f, json!([self.keys.take(slot, now_ns), null])));
        };
        Next::Invoke(match token {
            None => Invocation::new(DRAW, json!([key, null])),
            // Unique, so that a list tells which write it shows.
            Some(token) if written < wanted => Invocation::new(APPEND, json!([key, format!("{token}/{written}")])),
            Some(_) => Invocation::new(RELEASE, json!([key, null])),
        })
    }

    fn complete(&mut self, completion: &Event) {
        let (Process::Client(process), Some(key)) = (completion.process, completion.value[0].as_str()) else { return };
        let is_read = completion.f == READ;
        if completion.kind == EventType::Info && !is_read {
            self.held.remove(&process);
            self.keys.give_up(key, completion.time);
            return;
        }
        let is_done = completion.kind == EventType::Ok;
        match (completion.f.as_str(), self.held.get_mut(&process)) {
            (ACQUIRE, _) if is_done => {
                let wanted = self.rng.random_range(0..=WRITES_MAX);
                self.held.insert(process, Held { key: key.to_owned(), token: None, written: 0, wanted });
            }
            (DRAW, Some(held)) if is_done => held.token = completion.value[1].as_i64(),
            (APPEND, Some(held)) if is_done => held.written += 1,
            (RELEASE, _) if is_done || completion.found.is_some() => {
                self.held.remove(&process);
            }
            // It did not happen, and is tried again.
            _ => {}
        }
    }

    /// What was written under every lock in use or lately given up is read twice.
    fn final_operations(&mut self, now_ns: u64) -> Vec<Invocation> {
        let keys = self.keys.recent(now_ns);
        keys.iter().chain(&keys).map(|key| Invocation::new(READ, json!([key, null]))).collect()
    }
}

/// The token under which an element was written.
fn token(element: &Value) -> Option<i64> {
    element.as_str()?.split('/').next()?.parse().ok()
}

#[cfg(test)]
mod tests;
