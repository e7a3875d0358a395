//! The operations of workloads that only ever add: to a few keys at a time, each of which is read as a whole.
//!
//! Some processes read most of the time. A leader that has been cut off answers no additions, and only who does not add stays
//! with it for long enough to notice that what it reads is out of date.

use crate::keys::Keys;
use harness::{
    generator::{Generator, Invocation, Next},
    history::{Event, EventType, ProcessId},
    seed::rng,
    test::Test,
};
use rand::{RngExt, rngs::Xoshiro256PlusPlus};
use serde_json::json;

/// The function of a read.
pub(crate) const READ: &str = "read";

/// Additions and reads.
pub(crate) struct Additions {
    seed: u64,
    rng: Xoshiro256PlusPlus,
    keys: Keys,
    /// The function of an addition.
    add: &'static str,
    /// What the addition with this number, from 1, adds.
    amount: fn(u64) -> u64,
    /// How many additions there were.
    added: u64,
    /// The share of reads in what a reader does.
    of_readers: f64,
}

impl Additions {
    /// Additions that are called `add`, and add the `amount` of their number.
    pub(crate) fn new(test: &Test, add: &'static str, amount: fn(u64) -> u64) -> Additions {
        let keys = Keys::new((test.concurrency / 3).max(2));
        Additions {
            seed: test.seed,
            rng: rng(test.seed, &format!("additions/{add}")),
            keys,
            add,
            amount,
            added: 0,
            of_readers: 0.9,
        }
    }

    /// The same, but readers do nothing else, so that nothing makes them leave the node that they read from.
    pub(crate) fn with_mere_readers(self) -> Additions {
        Additions { of_readers: 1.0, ..self }
    }

    /// The share of reads in what a process does, drawn for each of them.
    fn reads(&self, process: ProcessId) -> f64 {
        let is_reader = rng(self.seed, &format!("additions/{}/{process}", self.add)).random_bool(1.0 / 3.0);
        if is_reader { self.of_readers } else { 0.3 }
    }
}

impl Generator for Additions {
    fn next(&mut self, now_ns: u64, process: ProcessId) -> Next {
        let slot = self.rng.random_range(0..self.keys.active());
        let is_read = self.rng.random_bool(self.reads(process));
        let key = self.keys.take(slot, now_ns);
        if is_read {
            return Next::Invoke(Invocation::new(READ, json!([key, null])));
        }
        self.added += 1;
        Next::Invoke(Invocation::new(self.add, json!([key, (self.amount)(self.added)])))
    }

    fn complete(&mut self, completion: &Event) {
        if let (Some(key), EventType::Info) = (completion.value[0].as_str(), completion.kind)
            && completion.f == self.add
        {
            self.keys.lost(key, completion.time);
        }
    }

    /// Every key in use or lately given up is read twice: should the first reads be wrong, the second contradict them.
    fn final_operations(&mut self, now_ns: u64) -> Vec<Invocation> {
        let keys = self.keys.recent(now_ns);
        keys.iter().chain(&keys).map(|key| Invocation::new(READ, json!([key, null]))).collect()
    }
}
