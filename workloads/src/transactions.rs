//! What workloads of transactions share: one to four reads and writes that happen together, over a few keys at a time.
//!
//! One alone is said as a plain command, which reaches the system by another way: a read of its own is no entry of a log.

use crate::keys::Keys;
use harness::{
    client::{Command, Reply},
    generator::{Generator, Invocation, Next},
    history::{Event, EventType, ProcessId},
    outcome::Completion,
    seed::rng,
    test::Test,
};
use rand::{RngExt, rngs::Xoshiro256PlusPlus};
use serde_json::{Value, json};

/// The function of a transaction.
const TXN: &str = "txn";
/// The micro-operation of a read.
pub(crate) const READ: &str = "r";
/// How many micro-operations a transaction has at most.
const OPERATIONS_MAX: usize = 4;

/// Transactions.
pub(crate) struct Transactions {
    seed: u64,
    rng: Xoshiro256PlusPlus,
    keys: Keys,
    /// The micro-operation of a write.
    write: &'static str,
    /// How many writes there were: each writes its number.
    written: u64,
}

impl Transactions {
    /// Transactions whose writes are called `write`.
    pub(crate) fn new(test: &Test, write: &'static str) -> Transactions {
        let (seed, keys) = (test.seed, Keys::new((test.concurrency / 3).max(2)));
        Transactions { seed, rng: rng(seed, &format!("transactions/{write}")), keys, write, written: 0 }
    }

    /// The share of reads in what a process does, drawn for each of them. Some read most of the time: a leader that has been cut
    /// off answers no writes, and only who does not write stays with it for long enough to notice that what it reads is out of date.
    fn reads(&self, process: ProcessId) -> f64 {
        let is_reader = rng(self.seed, &format!("transactions/{}/{process}", self.write)).random_bool(1.0 / 3.0);
        if is_reader { 0.95 } else { 0.4 }
    }
}

impl Generator for Transactions {
    fn next(&mut self, now_ns: u64, process: ProcessId) -> Next {
        let (reads, count) = (self.reads(process), self.rng.random_range(1..=OPERATIONS_MAX));
        let parts = (0..count).map(|_| {
            let slot = self.rng.random_range(0..self.keys.active());
            let key = self.keys.take(slot, now_ns);
            if self.rng.random_bool(reads) {
                return json!([READ, key, null]);
            }
            self.written += 1;
            json!([self.write, key, self.written])
        });
        Next::Invoke(Invocation::new(TXN, parts.collect()))
    }

    fn complete(&mut self, completion: &Event) {
        if completion.kind != EventType::Info {
            return;
        }
        for part in completion.value.as_array().into_iter().flatten().filter(|part| part[0] != READ) {
            self.keys.lost(part[1].as_str().unwrap_or_default(), completion.time);
        }
    }

    /// Every key in use or lately given up is read twice: should the first reads be wrong, the second contradict them.
    fn final_operations(&mut self, now_ns: u64) -> Vec<Invocation> {
        let keys = self.keys.recent(now_ns);
        let read = |keys: &[String]| keys.iter().map(|key| json!([READ, key, null])).collect();
        let all = keys.chunks(OPERATIONS_MAX).chain(keys.chunks(1));
        all.map(|keys| Invocation::new(TXN, read(keys))).collect()
    }
}

/// How a transaction is said to a node, if a micro-operation is said like this: its key, and what it writes, or `None` if it reads.
pub(crate) fn command(invocation: &Invocation, one: impl Fn(&str, Option<&Value>) -> Command) -> Command {
    let part = |part: &Value| {
        let key = part[1].as_str().unwrap_or_default();
        one(key, Some(&part[2]).filter(|_| part[0] != READ))
    };
    match invocation.value.as_array().map(Vec::as_slice) {
        Some([alone]) => part(alone),
        parts => Command::transaction(parts.unwrap_or_default().iter().map(part)),
    }
}

/// What a reply means, if these are what a write and a read may be answered with: whether it was done, and what was read.
pub(crate) fn completion(
    invocation: &Invocation,
    reply: &Reply,
    is_written: impl Fn(&Reply) -> bool,
    read: impl Fn(&Reply) -> Option<Value>,
) -> Completion {
    let parts = invocation.value.as_array().map(Vec::as_slice).unwrap_or_default();
    let replies = match (parts, reply) {
        ([_], reply) => std::slice::from_ref(reply),
        (_, Reply::Array(replies)) => replies,
        _ => &[],
    };
    let answered = |(part, reply): (&Value, &Reply)| match part[0] == READ {
        true => Some(json!([READ, part[1], read(reply)?])),
        false => is_written(reply).then(|| part.clone()),
    };
    match parts.iter().zip(replies).map(answered).collect::<Option<Vec<Value>>>() {
        Some(answers) if answers.len() == parts.len() => Completion::ok(Value::Array(answers)),
        _ => Completion::unexpected(invocation.value.clone(), reply),
    }
}
