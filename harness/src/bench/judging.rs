//! How long judging takes, apart from reading: the operations lie in memory as the checker wants them.

use crate::checker::cas_register::{CasRegister, RegisterOp};
use crate::checker::decision::{Decision, decide};
use crate::checker::search::{Entry, NEVER};
use crate::checker::{Budget, Verdict};
use crate::history::EventType;
use crate::parallel;
use crate::synthetic::{Deed, Recipe, Step, Synthetic};
use rustc_hash::FxHashMap;
use serde_json::Value;
use std::time::{Duration, Instant};

/// The operations of one key.
struct Key {
    number: usize,
    register: CasRegister,
    entries: Vec<Entry<RegisterOp>>,
}

/// What came of judging.
#[derive(Clone, Debug)]
pub struct Judged {
    /// The worst verdict on a key.
    pub verdict: Verdict,
    /// Why a key is not decided, if one is not.
    pub reason: Option<String>,
    /// How long it took.
    pub taken: Duration,
}

/// Histories to be judged, key by key.
pub struct Judging {
    /// The largest first, so that no thread is left alone with it at the end.
    keys: Vec<Key>,
}

impl Judging {
    /// Makes the history of a recipe.
    pub fn new(recipe: Recipe) -> Judging {
        let key = |number| Key { number, register: CasRegister::new(&Value::Null), entries: Vec::new() };
        let mut keys: Vec<Key> = (0..recipe.keys as usize).map(key).collect();
        let mut calls: FxHashMap<u64, u64> = FxHashMap::default();
        for step in Synthetic::new(recipe) {
            if step.kind == EventType::Invoke {
                calls.insert(step.process, step.index);
            } else if let Some(call) = calls.remove(&step.process) {
                let Key { register, entries, .. } = &mut keys[step.key as usize];
                entries.extend(entry(register, &step, call));
            }
        }
        for key in &mut keys {
            key.entries.sort_unstable_by_key(|entry| entry.call);
            key.entries.shrink_to_fit();
        }
        keys.sort_by_key(|key| std::cmp::Reverse(key.entries.len()));
        Judging { keys }
    }

    /// How many operations say something.
    pub fn operations(&self) -> usize {
        self.keys.iter().map(|key| key.entries.len()).sum()
    }

    /// Judges all keys. Every key has an equal share of the budget.
    ///
    /// # Errors
    /// If the checker contradicts itself: in which way.
    pub fn judge(&self, budget: Budget) -> Result<Judged, String> {
        let share = Budget { steps: (budget.steps / self.keys.len().max(1) as u64).max(1), ..budget };
        let start = Instant::now();
        let decisions = parallel::map(&self.keys, |key| decide(&key.register, &key.entries, share).0);
        let taken = start.elapsed();
        let (mut verdict, mut reason) = (Verdict::Valid, None);
        for (key, decision) in self.keys.iter().zip(decisions) {
            verdict = verdict.max(match decision {
                Decision::Linearizable => Verdict::Valid,
                Decision::Violated { .. } => Verdict::Invalid,
                Decision::Undecided { reason: why } => {
                    reason.get_or_insert_with(|| format!("key `k{}` could not be decided: {why}", key.number));
                    Verdict::Unknown
                }
                Decision::Contradiction { reason } => return Err(reason),
            });
        }
        Ok(Judged { verdict, reason, taken })
    }
}

/// What the end of an operation says of the register.
fn entry(register: &mut CasRegister, step: &Step, call: u64) -> Option<Entry<RegisterOp>> {
    let mut value = |number: u64| register.intern(&if number == 0 { Value::Null } else { Value::from(number) });
    let required = step.kind != EventType::Info;
    let op = match step.deed {
        Deed::Read(_) if !required => return None,
        Deed::Read(seen) => RegisterOp::Read(value(seen)),
        Deed::Write(new) => RegisterOp::Write(value(new)),
        Deed::Cas { old, new, .. } if step.kind == EventType::Info && old == new => return None,
        Deed::Cas { old, new, found } => {
            let (old, new) = (value(old), value(new));
            match (step.kind, found) {
                (EventType::Fail, Some(found)) => RegisterOp::Met { old, new, found: value(found) },
                (EventType::Fail, None) => RegisterOp::Mismatch { old, new },
                _ => RegisterOp::Cas { old, new },
            }
        }
    };
    Some(Entry { op, call, ret: if required { step.index } else { NEVER }, required })
}
