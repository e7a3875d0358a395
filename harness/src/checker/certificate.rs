//! The certificate of an accusation: whatever the rest of the history did, the accused have no order. It is looked for by
//! trying every order, sharing nothing with the engines but the model, so that an engine that is wrong contradicts it.
//!
//! **Who is let off.** What was called after the last return of the accused that certainly happened comes behind them all. Pure
//! operations of others had no effect. Every other operation may have taken effect, between its call and its return, or not.
//! If the accused have no order together with those, the whole history has none.
//!
//! **Who need not be looked at.** Where the model [divides](Model::founders), operations on other elements than those of the
//! accused: an order of all is, without them, an order of the rest. Where every operation is of the first three sorts of
//! [`OpKind`], those that [`relevant`] leaves out. Among the accused may be some that only say what they did *not* meet; there
//! a stranger stands for all that is left out: a state that nobody names, and that may come about at any moment. *Proof.* In an
//! order of the whole put the stranger in the place of each that is left out. Whoever needs a state finds it as before, since
//! all that make it are still there; whoever did not meet one does not meet it now. ∎ It is free to come more often than the
//! others could have, so if there is an order with it, that says nothing, and all of them are looked at after all.

use super::minimal::{Core, relevant};
use super::model::{Model, OpKind};
use super::search::{Entry, NEVER};
use rustc_hash::FxHashSet;

/// The most configurations that are looked at for one certificate: about a second's work.
const CONFIGURATIONS_MAX: usize = 1_000_000;

/// What became of an accusation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// It is right.
    Holds,
    /// It is wrong: there is an order.
    Fails,
    /// There are too many orders to be tried.
    TooMany,
}

/// Whether `core`, some of `entries`, has no order, whatever the others did.
pub fn prove<M: Model>(model: &M, entries: &[Entry<M::Op>], core: &Core) -> Proof {
    let present = present(model, entries, core);
    let proof = |entries: &[Entry<M::Op>], stranger| match is_orderable(model, entries, stranger) {
        Some(true) => Proof::Fails,
        Some(false) => Proof::Holds,
        None => Proof::TooMany,
    };
    if let (Some(stranger), true) = (model.stranger(), present.iter().any(|entry| model.is_vague(&entry.op))) {
        let (vague, clear): (Vec<_>, Vec<_>) = present.iter().copied().partition(|entry| model.is_vague(&entry.op));
        let with_stranger = [relevant(model, &clear), vague].concat();
        if proof(&with_stranger, Some(stranger)) == Proof::Holds {
            return Proof::Holds;
        }
    }
    proof(&relevant(model, &present), None)
}

/// The accused, and the others as far as they may have had a part.
fn present<M: Model>(model: &M, entries: &[Entry<M::Op>], core: &Core) -> Vec<Entry<M::Op>> {
    let accused = || core.members.iter().map(|&i| &entries[i]);
    let names = |op: &M::Op| model.brings(op).into_iter().chain(model.sees(op)).collect::<Vec<u32>>();
    let elements: Option<FxHashSet<u32>> = model.founders().map(|founders| match &core.elements {
        Some(elements) => elements.iter().copied().collect(),
        None => founders.into_iter().chain(accused().flat_map(|entry| names(&entry.op))).collect(),
    });
    let concerns = |op: &M::Op| {
        let (named, elements) = (names(op), elements.as_ref());
        model.kind(op) == OpKind::Pure
            || named.is_empty()
            || elements.is_none_or(|elements| named.iter().any(|element| elements.contains(element)))
    };
    let last = accused().filter(|entry| entry.required).map(|entry| entry.ret).max().unwrap_or(0);
    let mut is_accused = vec![false; entries.len()];
    core.members.iter().for_each(|&i| is_accused[i] = true);
    let part = |(entry, is_accused): (&Entry<M::Op>, &bool)| match (*is_accused, &core.elements) {
        (true, Some(elements)) => Some(Entry { op: model.project(&entry.op, elements), ..*entry }),
        (true, None) => Some(*entry),
        (false, _) => {
            let had_part = entry.call < last && model.kind(&entry.op) != OpKind::Pure;
            had_part.then_some(Entry { required: false, ..*entry })
        }
    };
    entries.iter().zip(&is_accused).filter_map(part).filter(|entry| concerns(&entry.op)).collect()
}

/// The operations that have a place though they have not returned, by number, ascending; and the state.
type Configuration<S> = (Vec<u32>, S);

/// Tries every order of the required ones with any of the others: going from return to return, it holds all configurations
/// that some order leads to. If `stranger` is given, the state may become that at any moment. `None` if there are too many.
///
/// Nothing has a place before it must: in any order, what stands behind the operation that returns may wait.
fn is_orderable<M: Model>(model: &M, entries: &[Entry<M::Op>], stranger: Option<M::State>) -> Option<bool> {
    let ids = || (0u32..).zip(entries).map(|(id, _)| id);
    let entry = |id: u32| &entries[id as usize];
    let mut returns: Vec<u32> = ids().filter(|&id| entry(id).ret != NEVER).collect();
    returns.sort_unstable_by_key(|&id| entry(id).ret);
    let mut calls: Vec<u32> = ids().collect();
    calls.sort_unstable_by_key(|&id| std::cmp::Reverse(entry(id).call));
    let mut open: Vec<u32> = Vec::new();
    let mut looked_at = 0;
    let mut here: Vec<Configuration<M::State>> = vec![(Vec::new(), model.initial())];
    // At last those are due that never return.
    for due in returns.into_iter().map(Some).chain([None]) {
        let now = due.map_or(NEVER, |id| entry(id).ret);
        while let Some(id) = calls.pop_if(|id| entry(*id).call < now) {
            open.push(id);
        }
        let is_settled = |placed: &[u32]| match due {
            Some(id) => placed.binary_search(&id).is_ok(),
            None => open.iter().all(|id| !entry(*id).required || placed.binary_search(id).is_ok()),
        };
        let mut seen: FxHashSet<Configuration<M::State>> = here.iter().cloned().collect();
        let mut after: FxHashSet<Configuration<M::State>> = FxHashSet::default();
        let mut todo = here;
        // What need not take effect may be gone without.
        if due.is_some_and(|id| !entry(id).required) {
            after.extend(todo.iter().filter(|(placed, _)| !is_settled(placed)).cloned());
        }
        while let Some((mut placed, state)) = todo.pop() {
            looked_at += 1;
            if looked_at > CONFIGURATIONS_MAX {
                return None;
            }
            if is_settled(&placed) {
                placed.retain(|id| Some(*id) != due);
                after.insert((placed, state));
                continue;
            }
            let mut reached = |configuration: Configuration<M::State>| {
                if seen.insert(configuration.clone()) {
                    todo.push(configuration);
                }
            };
            for &id in &open {
                if let (Err(at), Some(next)) = (placed.binary_search(&id), model.step(state, &entry(id).op)) {
                    let mut placed = placed.clone();
                    placed.insert(at, id);
                    reached((placed, next));
                }
            }
            if let Some(stranger) = stranger {
                reached((placed, stranger));
            }
        }
        if after.is_empty() {
            return Some(false);
        }
        open.retain(|id| Some(*id) != due);
        here = after.into_iter().collect();
    }
    Some(true)
}
