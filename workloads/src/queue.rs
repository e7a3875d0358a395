//! Queues: unique elements are put in at one end and taken out at the other.
//!
//! Nothing but taking looks at a queue. An element that is lost shows when one behind it is taken, one that is there twice when it
//! is taken again, and what nobody has taken by then is taken once the cluster is healed. A take of unknown outcome may have taken whatever
//! was in front: it excuses the loss of one element that it can have met.

use crate::{keys::Keys, reply::element};
use harness::{
    checker::{Checker, Linearizability, TotalQueue, objects::Kind},
    client::{Command, Reply},
    generator::{Generator, Invocation, Next},
    history::{Event, EventType, ProcessId},
    outcome::Completion,
    seed::rng,
    test::Test,
    workload::Workload,
};
use rand::{RngExt, rngs::Xoshiro256PlusPlus};
use serde_json::json;
use std::collections::BTreeMap;

const ENQUEUE: &str = "enqueue";
const DEQUEUE: &str = "dequeue";
/// The share of operations that put something in, where both are possible: queues shall not be empty all the time.
const ENQUEUES: f64 = 0.6;
/// Nobody takes from a queue that has fewer elements, as far as is known, until the end. So it is seldom found empty before: where
/// that is a mistake and meets many takes of unknown outcome, it may be too hard to confirm.
const INSIDE_MIN: usize = 3;

/// The workload.
#[derive(Clone, Copy, Debug, Default)]
pub struct Queue;

impl Workload for Queue {
    fn name(&self) -> &'static str {
        "queue"
    }

    fn summary(&self) -> &'static str {
        "unique elements go through queues, first in, first out, which must be linearizable"
    }

    fn generator(&self, test: &Test) -> Box<dyn Generator> {
        Box::new(QueueGenerator::new(test))
    }

    fn command(&self, invocation: &Invocation) -> Command {
        let key = invocation.value[0].as_str().unwrap_or_default();
        match invocation.f.as_str() {
            ENQUEUE => Command::new(["RPUSH", key, &invocation.value[1].to_string()]),
            _ => Command::new(["LPOP", key]),
        }
    }

    fn completion(&self, invocation: &Invocation, reply: &Reply) -> Completion {
        let value = &invocation.value;
        match (invocation.f.as_str(), reply) {
            // The length that the queue has then.
            (ENQUEUE, Reply::Integer(1..)) => Completion::ok(value.clone()),
            (DEQUEUE, reply) if let Some(taken) = element(reply) => Completion::ok(json!([value[0], taken])),
            _ => Completion::unexpected(value.clone(), reply),
        }
    }

    fn checkers(&self) -> Vec<Box<dyn Checker>> {
        vec![Box::new(Linearizability { kind: Kind::Queue, ..Linearizability::default() }), Box::new(TotalQueue)]
    }
}

/// The operations of [`Queue`].
struct QueueGenerator {
    rng: Xoshiro256PlusPlus,
    keys: Keys,
    /// How many elements were put in.
    enqueued: u64,
    /// How many elements each queue has at most, as far as is known.
    inside: BTreeMap<String, usize>,
}

impl QueueGenerator {
    fn new(test: &Test) -> QueueGenerator {
        let keys = Keys::new((test.concurrency / 3).max(2));
        QueueGenerator { rng: rng(test.seed, "queue"), keys, enqueued: 0, inside: BTreeMap::new() }
    }
}

impl Generator for QueueGenerator {
    fn next(&mut self, now_ns: u64, _process: ProcessId) -> Next {
        let slot = self.rng.random_range(0..self.keys.active());
        let is_dequeue = !self.rng.random_bool(ENQUEUES);
        let key = self.keys.take(slot, now_ns);
        if is_dequeue && self.inside.get(&key).is_some_and(|&inside| inside >= INSIDE_MIN) {
            return Next::Invoke(Invocation::new(DEQUEUE, json!([key, null])));
        }
        self.enqueued += 1;
        Next::Invoke(Invocation::new(ENQUEUE, json!([key, self.enqueued])))
    }

    fn complete(&mut self, completion: &Event) {
        let Some(key) = completion.value[0].as_str() else { return };
        if completion.kind == EventType::Info {
            self.keys.lost(key, completion.time);
        }
        let inside = self.inside.entry(key.to_owned()).or_default();
        match (completion.f.as_str(), completion.kind) {
            (ENQUEUE, EventType::Ok | EventType::Info) => *inside += 1,
            // An element may be taken before it is known that it was put in.
            (DEQUEUE, EventType::Ok) if !completion.value[1].is_null() => *inside = inside.saturating_sub(1),
            _ => {}
        }
    }

    /// Every queue in use or lately given up is emptied, and then found empty.
    fn final_operations(&mut self, now_ns: u64) -> Vec<Invocation> {
        let left = |key: &String| self.inside.get(key).copied().unwrap_or_default();
        let dequeues = |key: String| {
            let count = left(&key) + 2;
            std::iter::repeat_n(Invocation::new(DEQUEUE, json!([key, null])), count)
        };
        self.keys.recent(now_ns).into_iter().flat_map(dequeues).collect()
    }
}

#[cfg(test)]
mod tests;
