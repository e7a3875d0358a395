//! Registers whose values tell who wrote them: decided without a search, in O(n log n).
//!
//! Each value that somebody saw was written by one operation only, and the initial value, if anybody saw it, by none. (Values
//! that nobody saw may be written as often as one likes.) Then the order inside a value's period is known, and what remains
//! is to order periods. After Gibbons and Korach, "Testing shared memories", 1997 (their *zones*); what is new here are
//! compare-and-sets, unknown outcomes and failed compare-and-sets.
//!
//! `X` must come before `Y` if it returned before `Y` was called. An operation of unknown outcome never returns.
//!
//! **Unknown outcomes.** One that saw something certain to have happened, or whose value such an operation saw, has
//! happened itself: it is *effective*, like all that are required. Any other can be taken out of an order: until the next
//! change nobody needs its state, and the change does not either. So it is left out (but see failed compare-and-sets).
//!
//! **Blocks.** A compare-and-set from `a` ends the period of `a`: two of them are a contradiction, and so is one in a ring.
//! Otherwise each effective write begins a *block*, and so does the initial value: its value's period, then that of the
//! compare-and-set from it, and so on. A block is ordered by its *levels*: the write; who saw its value; the compare-and-set;
//! who saw that; … Nothing comes between, for a foreign write would end the period and it never comes back. So a block can be
//! ordered exactly if nothing of a later level must come before something of an earlier one.
//!
//! **Zones.** Let `f` be a block's first return and `s` its last call (`f = 0` for the initial value's: it has happened).
//! Block `A` must come before `B` exactly if `f(A) < s(B)`. The blocks can be ordered exactly if no two must come before each
//! other. *Proof.* Let a cycle of "must come before" be given, and `M` that of its blocks with the greatest `s`. Every block
//! `B` of it has `f(B) < s(next) ≤ s(M)`, so all must come before `M`, one that `M` must come before among them. ∎
//! Call a block *forward* if `f < s` (it is current all the time between), else *backward*. Two forward blocks contradict each
//! other if their zones `(f, s)` overlap, a backward one and a forward one if `f(A) < s(B) ≤ f(B) < s(A)`; two backward ones
//! never. If there is no contradiction, the order by `f` for forward and by `s` for backward blocks (these first if equal) is
//! one: let `f(A) < s(B)`, hence `f(B) ≥ s(A)`. Both forward: `f(A) < s(A) ≤ f(B)`. `A` forward, `B` backward: `f(A) < s(B)`.
//! `A` backward, `B` forward: `s(A) ≤ f(B)`. Both backward: `s(A) ≤ f(A) < s(B)`. ∎
//!
//! **Failed compare-and-sets** that do not say what they met: see `schedule`. There is a rest that this engine leaves to the
//! search.

mod blocks;
mod contradiction;
mod period;
mod role;
mod schedule;
mod table;

use super::cas_register::{RegisterOp, ValueId};
pub use super::monitor::Answer as Decision;
use super::search::{Entry, NEVER};
use blocks::Blocks;
use role::Role;
use table::Table;

/// Why there is no order, or no answer.
#[derive(Debug)]
enum Stop {
    /// Not a case for this engine.
    Unfit,
    /// These cannot be ordered, with those that wrote what they saw, and those that prove that they happened.
    Contradiction(Vec<u32>),
}

/// Decides whether `entries`, given by call, have an order; `None` if the search has to.
///
/// What is found wrong is the first thing that is wrong: no order gets past the last return of those that are named, and
/// some order gets past every earlier one (as long as this engine could tell).
pub fn decide(entries: &[Entry<RegisterOp>], initial: ValueId) -> Option<Decision> {
    let mut suspects = match attempt(entries, initial)? {
        Decision::Nothing(suspects) => suspects,
        order => return Some(order),
    };
    // Linearizability is closed under prefixes, so that the first bad one can be found by halving.
    let mut returns: Vec<u64> = entries.iter().map(|entry| entry.ret).filter(|&ret| ret != NEVER).collect();
    returns.sort_unstable();
    let (mut good, mut bad) = (0, returns.len());
    while good < bad {
        let middle = good.midpoint(bad);
        let (prefix, positions) = prefix(entries, returns[middle]);
        match attempt(&prefix, initial) {
            Some(Decision::Nothing(found)) => {
                suspects = found.into_iter().map(|i| positions[i]).collect();
                bad = middle;
            }
            _ => good = middle + 1,
        }
    }
    Some(Decision::Nothing(suspects))
}

/// What was known when the return at this position had come, with each entry's old position.
fn prefix(entries: &[Entry<RegisterOp>], at: u64) -> (Vec<Entry<RegisterOp>>, Vec<usize>) {
    let known = |entry: &Entry<RegisterOp>| match (entry.ret <= at, Role::of(&entry.op)) {
        (true, _) => Some(*entry),
        (false, Role::Brings { .. }) => Some(Entry { ret: NEVER, required: false, ..*entry }),
        (false, _) => None,
    };
    let begun = entries.iter().enumerate().filter(|(_, entry)| entry.call < at);
    begun.filter_map(|(i, entry)| Some((known(entry)?, i))).unzip()
}

fn attempt(entries: &[Entry<RegisterOp>], initial: ValueId) -> Option<Decision> {
    let mut table = Table::new(entries, initial)?;
    match order(&mut table) {
        Ok(order) => Some(Decision::Order(order)),
        Err(Stop::Unfit) => None,
        Err(Stop::Contradiction(seeds)) => Some(Decision::Nothing(table.suspects(seeds))),
    }
}

fn order(table: &mut Table) -> Result<Vec<u32>, Stop> {
    let blocks = Blocks::new(table)?;
    if table.misses.is_empty() {
        return Ok(table.order(blocks.sequence(table)));
    }
    let sequence = schedule::schedule(table, &blocks)?;
    Ok(table.order(sequence))
}
