//! Transactions on lists that are correct by construction: each takes effect as a whole at one moment between its beginning and its
//! end, or, if its outcome is unknown, perhaps never.

use crate::checker::transactions::{
    Kind,
    history::{History, NEVER, Op},
};
use crate::history::{Outcome, ProcessId};
use crate::seed;
use rand::{RngExt, rngs::Xoshiro256PlusPlus};
use serde_json::Value;

/// How many operations a transaction has at most.
const OPERATIONS_MAX: usize = 4;

/// What kind of history.
#[derive(Clone, Copy, Debug)]
pub struct TransactionRecipe {
    /// How many transactions.
    pub transactions: u64,
    /// How many keys are in use at a time.
    pub keys: u32,
    /// After how many appends another key takes the place of one.
    pub appends: usize,
    /// By how many clients at a time.
    pub clients: u32,
    /// The share of transactions whose client never learns what became of them, 0 to 1.
    pub unknown: f64,
    /// What everything random comes from.
    pub seed: u64,
}

/// A transaction while the history is made.
struct Planned {
    process: ProcessId,
    call: u64,
    ret: u64,
    outcome: Outcome,
    parts: Vec<Part>,
}

#[derive(Clone, Copy)]
enum Part {
    /// This key, and this element.
    Append(u32, u32),
    /// This key, and so many elements seen.
    Read(u32, u32),
}

/// What a client is doing.
#[derive(Clone, Copy)]
enum Stage {
    Idle,
    Called(usize),
    Done(usize),
}

struct Maker {
    recipe: TransactionRecipe,
    random: Xoshiro256PlusPlus,
    history: History,
    /// The elements of each list, in their order.
    lists: Vec<Vec<u32>>,
    /// The keys in use, and how many appends to each were begun.
    active: Vec<(u32, usize)>,
    planned: Vec<Planned>,
    appended: u64,
    index: u64,
}

/// Makes the history of a recipe, as the checker wants it.
///
/// # Panics
/// Never: every element is appended once.
pub fn transactions(recipe: TransactionRecipe) -> History {
    let random = seed::rng(recipe.seed, "synthetic transactions");
    let mut maker = Maker {
        random,
        history: History::new(Kind::ListAppend),
        lists: Vec::new(),
        active: Vec::new(),
        planned: Vec::new(),
        appended: 0,
        index: 0,
        recipe,
    };
    maker.active = (0..recipe.keys).map(|_| (maker.fresh_key(), 0)).collect();
    maker.run();
    let Maker { mut history, lists, planned, .. } = maker;
    for transaction in planned {
        let is_known = transaction.outcome == Outcome::Ok;
        let ops: Vec<Op> = transaction
            .parts
            .into_iter()
            .filter_map(|part| match part {
                Part::Append(key, version) => Some(Op::Write { key, version }),
                Part::Read(key, len) => {
                    is_known.then(|| history.list(key, lists[key as usize][..len as usize].iter().copied()))
                }
            })
            .collect();
        let Planned { process, outcome, call, ret, .. } = transaction;
        history.push(process, outcome, (call, ret), &ops).expect("every element is appended once");
    }
    history
}

impl Maker {
    fn fresh_key(&mut self) -> u32 {
        self.lists.push(Vec::new());
        self.history.key(&Value::from(self.lists.len()))
    }

    fn run(&mut self) {
        let mut clients: Vec<(ProcessId, Stage)> =
            (0..u64::from(self.recipe.clients)).map(|process| (process, Stage::Idle)).collect();
        loop {
            let at = self.random.random_range(0..clients.len());
            let (process, stage) = clients[at];
            clients[at].1 = match stage {
                Stage::Idle if self.planned.len() as u64 == self.recipe.transactions => {
                    if clients.iter().all(|(_, stage)| matches!(stage, Stage::Idle)) {
                        return;
                    }
                    Stage::Idle
                }
                Stage::Idle => Stage::Called(self.begin(process)),
                Stage::Called(id) if self.random.random_bool(self.recipe.unknown) => {
                    if self.random.random_bool(0.5) {
                        self.take_effect(id);
                    }
                    // The process may still be at it: the client goes on under another number.
                    clients[at].0 += u64::from(self.recipe.clients);
                    self.index += 1;
                    Stage::Idle
                }
                Stage::Called(id) => {
                    self.take_effect(id);
                    Stage::Done(id)
                }
                Stage::Done(id) => {
                    (self.planned[id].outcome, self.planned[id].ret) = (Outcome::Ok, self.index);
                    self.index += 1;
                    Stage::Idle
                }
            };
        }
    }

    fn begin(&mut self, process: ProcessId) -> usize {
        let count = self.random.random_range(1..=OPERATIONS_MAX);
        let parts = (0..count).map(|_| self.part()).collect();
        self.planned.push(Planned { process, call: self.index, ret: NEVER, outcome: Outcome::Info, parts });
        self.index += 1;
        self.planned.len() - 1
    }

    fn part(&mut self) -> Part {
        let slot = self.random.random_range(0..self.active.len());
        let (key, appends) = self.active[slot];
        if self.random.random_bool(0.5) {
            return Part::Read(key, 0);
        }
        self.appended += 1;
        self.active[slot].1 += 1;
        if appends + 1 == self.recipe.appends {
            self.active[slot] = (self.fresh_key(), 0);
        }
        Part::Append(key, self.history.version(key, &Value::from(self.appended)))
    }

    fn take_effect(&mut self, id: usize) {
        for part in &mut self.planned[id].parts {
            match part {
                Part::Append(key, version) => self.lists[*key as usize].push(*version),
                Part::Read(key, len) => *len = self.lists[*key as usize].len() as u32,
            }
        }
    }
}
