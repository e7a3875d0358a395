//! Histories that nobody recorded: of a register per key that is correct by construction, because every operation takes effect
//! at one moment between invocation and completion (one of unknown outcome at any later moment, or never), or of one that is
//! provably broken at one place. They are made for comparing checkers, event by event, and take no more memory than what is
//! open.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod injection;
mod transactions;

pub use injection::Injection;
pub use transactions::{TransactionRecipe, transactions};

use crate::history::{Event, EventIndex, EventType, Process, ProcessId};
use crate::seed;
use rand::{RngExt, rngs::Xoshiro256PlusPlus};
use serde_json::{Value, json};
use std::collections::VecDeque;

/// How often, at an event, an operation whose client has given up takes effect.
const LATE_SHARE: f64 = 0.1;
/// How many of a client's compare-and-sets expect a value that is not the current one.
const MISTAKEN_SHARE: f64 = 0.1;

/// What kind of history.
#[derive(Clone, Debug)]
pub struct Recipe {
    /// How many operations.
    pub operations: u64,
    /// Over how many keys.
    pub keys: u32,
    /// By how many clients at a time.
    pub clients: u32,
    /// The share of operations whose client never learns what became of them, 0 to 1.
    pub unknown: f64,
    /// The share of reads, 0 to 1.
    pub reads: f64,
    /// The share of compare-and-sets, 0 to 1; the rest are writes.
    pub cas: f64,
    /// How many values are written to a key, again and again; if `None`, no value is written twice.
    pub values: Option<u64>,
    /// Whether a failed compare-and-set says what it met.
    pub found: bool,
    /// What is wrong with the register, once.
    pub injection: Option<Injection>,
    /// What everything random comes from.
    pub seed: u64,
}

/// What an operation does. Values are numbers; 0 is the initial one, "no value".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Sees this value (in an invocation it means nothing).
    Read(u64),
    /// Sets this value.
    Write(u64),
    /// Sets a value if it meets another.
    Cas {
        /// What it expects.
        old: u64,
        /// What it sets.
        new: u64,
        /// In a failure: what it met, if it says so.
        found: Option<u64>,
    },
}

/// An event of such a history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Position in the history.
    pub index: EventIndex,
    /// Time in ns.
    pub time: u64,
    /// Who.
    pub process: ProcessId,
    /// The key.
    pub key: u32,
    /// Begun, happened, did not happen (only a compare-and-set that met another value does), or unknown.
    pub kind: EventType,
    /// What.
    pub deed: Deed,
}

impl Step {
    /// The same as a line of `history.jsonl` has it.
    pub fn event(&self) -> Event {
        let failed = self.kind == EventType::Fail;
        let (f, said, found) = match self.deed {
            Deed::Read(seen) => ("read", if self.kind == EventType::Ok { value(seen) } else { Value::Null }, None),
            Deed::Write(new) => ("write", value(new), None),
            Deed::Cas { old, new, found } => ("cas", json!([value(old), value(new)]), found.filter(|_| failed)),
        };
        let error = match self.kind {
            EventType::Fail => Some("mismatch".to_owned()),
            EventType::Info => Some("timeout".to_owned()),
            EventType::Invoke | EventType::Ok => None,
        };
        Event {
            index: self.index,
            time: self.time,
            process: Process::Client(self.process),
            kind: self.kind,
            f: f.to_owned(),
            value: json!([format!("k{}", self.key), said]),
            error,
            found: found.map(value),
            node: None,
        }
    }
}

fn value(number: u64) -> Value {
    if number == 0 { Value::Null } else { Value::from(number) }
}

/// An operation that a client has begun.
#[derive(Clone, Copy, Debug)]
struct Open {
    key: u32,
    deed: Deed,
    /// How it will end, once it has taken effect.
    end: Option<EventType>,
}

/// Makes a history, an event after the other.
#[derive(Debug)]
pub struct Synthetic {
    recipe: Recipe,
    random: Xoshiro256PlusPlus,
    registers: Vec<u64>,
    /// Each client's process and what it is doing.
    clients: Vec<(ProcessId, Option<Open>)>,
    /// What nobody waits for any more, and may still take effect.
    adrift: Vec<Open>,
    /// What happens next without any choice.
    script: VecDeque<(ProcessId, u32, EventType, Deed)>,
    /// After how many operations that which is wrong begins.
    wrong_at: Option<u64>,
    busy: u32,
    begun: u64,
    fresh: u64,
    index: EventIndex,
    time: u64,
}

impl Synthetic {
    /// The history of this recipe.
    pub fn new(recipe: Recipe) -> Synthetic {
        let mut random = seed::rng(recipe.seed, "synthetic history");
        let script = recipe.injection.map_or(0, Injection::operations);
        let wrong_at = recipe.injection.map(|_| random.random_range(0..=recipe.operations.saturating_sub(script)));
        Synthetic {
            random,
            registers: vec![0; recipe.keys as usize],
            clients: (0..u64::from(recipe.clients)).map(|process| (process, None)).collect(),
            adrift: Vec::new(),
            script: VecDeque::new(),
            wrong_at,
            busy: 0,
            begun: 0,
            // What is injected is told apart from the values that are written again and again.
            fresh: recipe.values.unwrap_or(0),
            index: 0,
            time: 0,
            recipe,
        }
    }

    fn next_value(&mut self) -> u64 {
        match self.recipe.values {
            Some(values) => self.random.random_range(1..=values),
            None => self.fresh_value(),
        }
    }

    fn fresh_value(&mut self) -> u64 {
        self.fresh += 1;
        self.fresh
    }

    fn deed(&mut self, key: u32) -> Deed {
        let kind = self.random.random::<f64>();
        if kind < self.recipe.reads {
            return Deed::Read(0);
        }
        if kind >= self.recipe.reads + self.recipe.cas {
            return Deed::Write(self.next_value());
        }
        // As if the client had just read it; or long ago, and then from elsewhere.
        let is_mistaken = self.random.random_bool(MISTAKEN_SHARE);
        let current = self.registers[key as usize];
        let old = if is_mistaken { self.random.random_range(0..=self.fresh.max(1)) } else { current };
        let new = self.next_value();
        Deed::Cas { old, new, found: None }
    }

    /// An operation takes effect: what comes of it.
    fn take_effect(&mut self, open: &mut Open) {
        let register = &mut self.registers[open.key as usize];
        let mut end = EventType::Ok;
        match &mut open.deed {
            Deed::Read(seen) => *seen = *register,
            Deed::Write(new) => *register = *new,
            Deed::Cas { old, new, .. } if *old == *register => *register = *new,
            Deed::Cas { found, .. } => {
                *found = self.recipe.found.then_some(*register);
                end = EventType::Fail;
            }
        }
        open.end = Some(end);
    }

    /// A client does something; what can be seen of it.
    fn act(&mut self, client: usize) -> Option<(ProcessId, u32, EventType, Deed)> {
        let (process, doing) = self.clients[client];
        let Some(mut open) = doing else { return self.begin(client) };
        let step = |kind: EventType, deed: Deed| Some((process, open.key, kind, deed));
        match open.end {
            Some(end) => {
                self.free(client, process);
                step(end, open.deed)
            }
            None if self.random.random_bool(self.recipe.unknown) => {
                // The process may still be at it: the client goes on under another number.
                self.free(client, process + u64::from(self.recipe.clients));
                self.adrift.extend(Some(open).filter(|open| !matches!(open.deed, Deed::Read(_))));
                step(EventType::Info, open.deed)
            }
            None => {
                self.take_effect(&mut open);
                self.clients[client].1 = Some(open);
                None
            }
        }
    }

    fn begin(&mut self, client: usize) -> Option<(ProcessId, u32, EventType, Deed)> {
        let process = self.clients[client].0;
        let key = self.random.random_range(0..self.recipe.keys);
        if let (Some(injection), true) = (self.recipe.injection, self.wrong_at == Some(self.begun)) {
            self.wrong_at = None;
            self.begun += injection.operations();
            self.inject(injection, process, key);
            return None;
        }
        if self.begun >= self.recipe.operations {
            return None;
        }
        let deed = self.deed(key);
        self.begun += 1;
        self.busy += 1;
        self.clients[client].1 = Some(Open { key, deed, end: None });
        Some((process, key, EventType::Invoke, deed))
    }

    fn free(&mut self, client: usize, process: ProcessId) {
        self.clients[client] = (process, None);
        self.busy -= 1;
    }

    fn is_over(&self) -> bool {
        self.busy == 0 && self.wrong_at.is_none() && self.begun >= self.recipe.operations
    }
}

impl Iterator for Synthetic {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        let (process, key, kind, deed) = loop {
            if let Some(step) = self.script.pop_front() {
                break step;
            }
            if self.is_over() {
                return None;
            }
            if !self.adrift.is_empty() && self.random.random_bool(LATE_SHARE) {
                let late = self.random.random_range(0..self.adrift.len());
                let mut late = self.adrift.swap_remove(late);
                self.take_effect(&mut late);
            }
            let client = self.random.random_range(0..self.clients.len());
            if let Some(step) = self.act(client) {
                break step;
            }
        };
        self.time += self.random.random_range(1..2_000);
        self.index += 1;
        Some(Step { index: self.index - 1, time: self.time, process, key, kind, deed })
    }
}
