//! Clients that send a command again until they know its outcome, in a session that shall make it happen once.
//!
//! The commands are increments of counters, because the answer to an increment says how many there were before it. Each is numbered
//! within the session of its client, and that number is all that tells the system that it has seen it:
//! - one whose outcome is not known is sent again, with its number, by the next process in the same slot: the same client, as far as
//!   the system can see. The first attempt may be under way still;
//! - one that was answered is now and then sent again as well, soon or late, as if the answer had been lost on its way. So it
//!   meets nodes that have been started anew since, or have got the leader's snapshot.

mod exactly_once;

use exactly_once::ExactlyOnce;
use harness::{
    checker::Checker,
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
use std::collections::{BTreeMap, VecDeque};

const OPEN: &str = "open";
const INCREMENT: &str = "increment";
const READ: &str = "read";
/// How many answered commands a client may send again: fewer than the 16 replies that a session keeps.
const ANSWERED_MAX: usize = 12;

/// The workload.
#[derive(Clone, Copy, Debug, Default)]
pub struct Session;

impl Workload for Session {
    fn name(&self) -> &'static str {
        "session"
    }

    fn summary(&self) -> &'static str {
        "increments in sessions, sent again until they are answered and now and then afterwards, each of which must happen once"
    }

    fn generator(&self, test: &Test) -> Box<dyn Generator> {
        Box::new(SessionGenerator::new(test))
    }

    fn command(&self, invocation: &Invocation) -> Command {
        let (key, numbers) = (invocation.value[0].as_str().unwrap_or_default(), &invocation.value[1]);
        match invocation.f.as_str() {
            OPEN => Command::new(["RAFT", "SESSION", "NEW"]),
            INCREMENT => {
                let [session, number] = [&numbers[0], &numbers[1]].map(Value::to_string);
                Command::new(["RAFT", "SESSION", &session, &number, "INCR", key])
            }
            _ => Command::new(["GET", key]),
        }
    }

    fn completion(&self, invocation: &Invocation, reply: &Reply) -> Completion {
        let value = &invocation.value;
        match (invocation.f.as_str(), count(reply)) {
            (OPEN, Some(session)) => Completion::ok(json!(session)),
            (INCREMENT | READ, Some(count)) => Completion::ok(json!([value[0], count])),
            _ => Completion::unexpected(value.clone(), reply),
        }
    }

    fn checkers(&self) -> Vec<Box<dyn Checker>> {
        vec![Box::new(ExactlyOnce)]
    }
}

/// The number in a reply; nothing counts as none.
fn count(reply: &Reply) -> Option<u64> {
    match reply {
        Reply::Integer(count) => u64::try_from(*count).ok(),
        Reply::Bulk(bytes) => String::from_utf8_lossy(bytes).parse().ok(),
        Reply::Nil => Some(0),
        _ => None,
    }
}

/// The operations of [`Session`].
struct SessionGenerator {
    rng: Xoshiro256PlusPlus,
    keys: u64,
    /// How many clients there are: the processes of a slot, one after the other, are the same one.
    slots: u64,
    clients: BTreeMap<u64, Client>,
}

/// A client, as the system sees it.
#[derive(Default)]
struct Client {
    session: Option<u64>,
    /// The number of its last command.
    number: u64,
    /// The command whose outcome is not known.
    open: Option<Invocation>,
    /// Commands that were answered, the latest last.
    answered: VecDeque<Invocation>,
}

impl SessionGenerator {
    fn new(test: &Test) -> SessionGenerator {
        let slots = test.concurrency as u64;
        SessionGenerator { rng: rng(test.seed, "session"), keys: (slots / 3).max(2), slots, clients: BTreeMap::new() }
    }
}

impl Generator for SessionGenerator {
    fn next(&mut self, _now_ns: u64, process: ProcessId) -> Next {
        let SessionGenerator { rng, keys, slots, clients } = self;
        let client = clients.entry(process % *slots).or_default();
        let Some(session) = client.session else { return Next::Invoke(Invocation::new(OPEN, Value::Null)) };
        if let Some(open) = &client.open {
            return Next::Invoke(open.clone());
        }
        let key = format!("c{}", rng.random_range(0..*keys));
        if rng.random_bool(0.2) {
            return Next::Invoke(Invocation::new(READ, json!([key, null])));
        }
        if !client.answered.is_empty() && rng.random_bool(0.3) {
            let again = rng.random_range(0..client.answered.len());
            return Next::Invoke(client.answered[again].clone());
        }
        client.number += 1;
        let increment = Invocation::new(INCREMENT, json!([key, [session, client.number]]));
        client.open = Some(increment.clone());
        Next::Invoke(increment)
    }

    fn complete(&mut self, completion: &Event) {
        let Process::Client(process) = completion.process else { return };
        let client = self.clients.entry(process % self.slots).or_default();
        match (completion.f.as_str(), completion.kind) {
            (OPEN, EventType::Ok) => *client = Client { session: completion.value.as_u64(), ..Client::default() },
            // One that was answered before leaves nothing open.
            (INCREMENT, EventType::Ok) => {
                if let Some(answered) = client.open.take() {
                    client.answered.push_back(answered);
                }
                if client.answered.len() > ANSWERED_MAX {
                    client.answered.pop_front();
                }
            }
            // Nobody will ever say what became of the command.
            (INCREMENT, _) if completion.error.as_ref().is_some_and(|error| error.contains("EXPIRED")) => {
                *client = Client::default();
            }
            _ => {}
        }
    }

    /// Every counter is read twice: should the first reads be wrong, the second contradict them.
    fn final_operations(&mut self, _now_ns: u64) -> Vec<Invocation> {
        let keys = (0..self.keys).chain(0..self.keys);
        keys.map(|key| Invocation::new(READ, json!([format!("c{key}"), null]))).collect()
    }
}

#[cfg(test)]
mod tests;
