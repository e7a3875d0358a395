//! From a history that has no order to the few operations that already have none.
//!
//! Leaving operations out of a history is only fair if it cannot create a contradiction that was not there: without the
//! write of 5, every read of 5 looks wrong. So an operation that is left out is not forgotten but *excused*: a pure one is
//! gone (it had no effect), any other one may have taken effect, between its call and its return, or not. Every order of the
//! whole history is an order of what remains with the rest excused; therefore, if those have no order, the whole has none.
//! The set that is found is closed besides: it holds a writer of every value that it sees, if anybody wrote that value in time.

use super::Budget;
use super::model::{Model, OpKind};
use super::search::{Entry, Found, NEVER, search};
use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, BTreeSet};

/// Operations that have no order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Core {
    /// Their positions in the entries, ascending.
    pub members: Vec<usize>,
    /// Taken by themselves they have no order, and they have one as soon as any one of them is left out (with those that see
    /// a value which then nobody writes). `false` if this is not so or the budget did not suffice to show it.
    pub minimal: bool,
    /// Search steps spent.
    pub steps: u64,
    /// The elements that are looked at, if they are not all.
    pub elements: Option<Vec<u32>>,
}

/// The largest set of which every beginning of an order is told.
pub const NAIVE_MAX: usize = 14;

/// Shrinks those of `entries` that are `among`, by their positions, ascending: no order of them gets past the return at
/// position `at`. Where they are not all, they must hold a writer of every value that they see, and the only one.
pub fn shrink<M: Model>(model: &M, entries: &[Entry<M::Op>], among: &[usize], at: u64, budget: Budget) -> Core {
    let mut shrinker = Shrinker::new(model, entries, among, at, budget);
    shrinker.cut(at);
    let mut kept = shrinker.reduce(shrinker.base.iter().copied().collect());
    let mut minimal = shrinker.is_minimal(&kept);
    // Some operations of the core may have returned only after the failing return. That they did may be another
    // contradiction, and a smaller one.
    let later = kept.iter().map(|&i| entries[i].ret).filter(|&ret| ret != NEVER).max().unwrap_or(at);
    if !minimal && later > at {
        shrinker.cut(later);
        kept = shrinker.reduce(kept);
        minimal = shrinker.is_minimal(&kept);
    }
    Core { members: kept.into_iter().collect(), minimal, steps: shrinker.steps, elements: None }
}

/// Takes these of `entries` for a core as they are, and finds out whether it is minimal.
pub fn as_core<M: Model>(model: &M, entries: &[Entry<M::Op>], members: &[usize], budget: Budget) -> Core {
    let mut shrinker = Shrinker::new(model, entries, members, NEVER, budget);
    shrinker.base = members.to_vec();
    let minimal = shrinker.is_minimal(&members.iter().copied().collect());
    Core { members: members.to_vec(), minimal, steps: shrinker.steps, elements: None }
}

/// Where the first operation that makes a state was called.
fn first_calls<'e, M: Model>(model: &M, entries: impl IntoIterator<Item = &'e Entry<M::Op>>) -> FxHashMap<M::State, u64>
where
    M::Op: 'e,
{
    let mut first: FxHashMap<M::State, u64> = FxHashMap::default();
    for entry in entries {
        if let Some(state) = model.makes(&entry.op) {
            let call = first.entry(state).or_insert(entry.call);
            *call = entry.call.min(*call);
        }
    }
    first
}

/// Where the first operation that brings an element was called.
fn first_brought<'e, M: Model>(model: &M, entries: impl IntoIterator<Item = &'e Entry<M::Op>>) -> FxHashMap<u32, u64>
where
    M::Op: 'e,
{
    let mut first: FxHashMap<u32, u64> = FxHashMap::default();
    for entry in entries {
        if let Some(element) = model.brings(&entry.op) {
            let call = first.entry(element).or_insert(entry.call);
            *call = entry.call.min(*call);
        }
    }
    first
}

struct Shrinker<'a, M: Model> {
    model: &'a M,
    entries: &'a [Entry<M::Op>],
    among: &'a [usize],
    /// Those of them that can have had a part.
    base: Vec<usize>,
    /// Over all entries, as the next.
    first_call: FxHashMap<M::State, u64>,
    first_brought: FxHashMap<u32, u64>,
    at: u64,
    budget: Budget,
    steps: u64,
}

impl<'a, M: Model> Shrinker<'a, M> {
    fn new(model: &'a M, entries: &'a [Entry<M::Op>], among: &'a [usize], at: u64, budget: Budget) -> Self {
        let (first_call, first_brought) = (first_calls(model, entries), first_brought(model, entries));
        Shrinker { model, entries, among, base: Vec::new(), first_call, first_brought, at, budget, steps: 0 }
    }

    /// Looks only at what happened up to this position. Linearizability is closed under prefixes: what was called later has
    /// no part in a failure here, and of what returned later only the effect can have.
    fn cut(&mut self, at: u64) {
        let had_part =
            |entry: &Entry<M::Op>| entry.call < at && (entry.ret <= at || self.model.kind(&entry.op) != OpKind::Pure);
        self.base = self.among.iter().copied().filter(|&i| had_part(&self.entries[i])).collect();
        self.at = at;
    }

    /// Leaves out ever smaller portions as long as what remains has no order (delta debugging, Zeller and Hildebrandt):
    /// a core of k among n operations costs of the order of k·log n searches instead of n.
    fn reduce(&mut self, mut kept: BTreeSet<usize>) -> BTreeSet<usize> {
        let mut portion = kept.len();
        loop {
            // Pure operations first: they can go alone. The one that failed last: it is the accused.
            let mut order: Vec<usize> = kept.iter().copied().collect();
            order.sort_by_key(|&i| {
                let entry = &self.entries[i];
                (entry.ret == self.at, self.model.kind(&entry.op) != OpKind::Pure, entry.call)
            });
            portion = portion.div_ceil(2).max(1);
            let before = kept.len();
            for chunk in order.chunks(portion) {
                let mut rest = kept.clone();
                rest.retain(|i| !chunk.contains(i) || self.must_stay(*i));
                self.close(&mut rest);
                if rest.len() < kept.len() && !rest.is_empty() && self.is_impossible(&rest, true) == Some(true) {
                    kept = rest;
                }
            }
            if portion == 1 && kept.len() == before {
                return kept;
            }
        }
    }

    fn must_stay(&self, i: usize) -> bool {
        self.model.needs_all_changes() && self.model.kind(&self.entries[i].op) != OpKind::Pure
    }

    /// Drops, again and again, operations that see a value of which every writer has been left out.
    fn close(&self, kept: &mut BTreeSet<usize>) {
        loop {
            let here = first_calls(self.model, kept.iter().map(|&i| &self.entries[i]));
            let brought_here = first_brought(self.model, kept.iter().map(|&i| &self.entries[i]));
            let before = kept.len();
            kept.retain(|&i| {
                let entry = &self.entries[i];
                let fits = |state: M::State| self.model.step(state, &entry.op).is_some();
                let begun = |first: &FxHashMap<M::State, u64>| match self.model.needs(&entry.op) {
                    Some(state) => first.get(&state).is_some_and(|&call| call < entry.ret),
                    None => first.iter().any(|(&state, &call)| fits(state) && call < entry.ret),
                };
                // What sees a value that nobody had begun to write stays: that is the violation.
                let is_fair = fits(self.model.initial()) || begun(&here) || !begun(&self.first_call);
                let brought = |first: &FxHashMap<u32, u64>, element| first.get(element).is_some_and(|&c| c < entry.ret);
                is_fair
                    && self
                        .model
                        .sees(&entry.op)
                        .iter()
                        .all(|element| brought(&brought_here, element) || !brought(&self.first_brought, element))
            });
            if kept.len() == before {
                return;
            }
        }
    }

    /// Whether these operations have no order, the others being excused or (if not) entirely absent; `None` if the budget is
    /// not enough to say.
    fn is_impossible(&mut self, kept: &BTreeSet<usize>, excuse: bool) -> Option<bool> {
        let excused = |i: usize| -> Option<Entry<M::Op>> {
            let entry = self.entries[i];
            if excuse && entry.ret > self.at {
                return Some(Entry { required: false, ret: NEVER, ..entry });
            }
            if kept.contains(&i) {
                return Some(entry);
            }
            let goes = !excuse || self.model.kind(&entry.op) == OpKind::Pure;
            (!goes).then_some(Entry { required: false, ..entry })
        };
        let entries: Vec<_> = self.base.iter().filter_map(|&i| excused(i)).collect();
        let budget = Budget { steps: self.budget.steps.saturating_sub(self.steps), ..self.budget };
        let (found, steps) = search(self.model, &relevant(self.model, &entries), budget);
        self.steps += steps;
        match found {
            Found::Order(_) => Some(false),
            Found::Nothing { .. } => Some(true),
            Found::GaveUp { .. } => None,
        }
    }

    fn is_minimal(&mut self, kept: &BTreeSet<usize>) -> bool {
        let alone = self.is_impossible(kept, false) == Some(true);
        alone
            && kept.iter().all(|i| {
                let mut rest = kept.clone();
                rest.remove(i);
                self.close(&mut rest);
                self.is_impossible(&rest, false) == Some(false)
            })
    }
}

/// Without the operations that may be left out and whose state nobody needs.
///
/// Taking such an operation out of an order harms nobody: between it and the next change of state nothing can stand that
/// needs its state, and the next change does not need it either, so it is an overwrite. The exception are operations
/// that are possible in many states though not in all, and general ones; where there are any, everything stays.
pub fn relevant<M: Model>(model: &M, entries: &[Entry<M::Op>]) -> Vec<Entry<M::Op>> {
    let choosy = |entry: &Entry<M::Op>| match model.kind(&entry.op) {
        OpKind::Pure => model.needs(&entry.op).is_none(),
        kind => kind == OpKind::General,
    };
    if entries.iter().any(choosy) {
        return entries.to_vec();
    }
    let mut stays: Vec<bool> = entries.iter().map(|entry| entry.required).collect();
    let mut needed: BTreeSet<M::State> = BTreeSet::new();
    let mut sources: BTreeMap<M::State, Vec<usize>> = BTreeMap::new();
    for (i, entry) in entries.iter().enumerate() {
        if let Some(state) = model.makes(&entry.op).filter(|_| !entry.required) {
            sources.entry(state).or_default().push(i);
        }
    }
    let mut fresh: Vec<M::State> =
        entries.iter().filter(|entry| entry.required).filter_map(|entry| model.needs(&entry.op)).collect();
    while let Some(state) = fresh.pop() {
        if needed.insert(state) {
            for &i in sources.get(&state).into_iter().flatten() {
                stays[i] = true;
                fresh.extend(model.needs(&entries[i].op));
            }
        }
    }
    entries.iter().zip(stays).filter(|(_, stays)| *stays).map(|(entry, _)| *entry).collect()
}

/// How far some order gets, found without any cut: for each set of operations (as bits) and state that an order can begin
/// with, the configuration before it and the operation between.
pub type Reach<S> = BTreeMap<(u32, S), Option<(u32, S, usize)>>;

/// All beginnings of orders of at most [`NAIVE_MAX`] operations.
pub fn reach<M: Model>(model: &M, entries: &[Entry<M::Op>]) -> Reach<M::State> {
    let mut reach: Reach<M::State> = BTreeMap::from([((0, model.initial()), None)]);
    // Every step adds a bit, so the successors of a configuration come after it in the map's order.
    let mut next = Some((0, model.initial()));
    while let Some((placed, state)) = next {
        for (i, entry) in entries.iter().enumerate() {
            if placed >> i & 1 == 0
                && late_for(entries, placed, i).is_none()
                && let Some(after) = model.step(state, &entry.op)
            {
                reach.entry((placed | 1 << i, after)).or_insert(Some((placed, state, i)));
            }
        }
        let bounds = (std::ops::Bound::Excluded((placed, state)), std::ops::Bound::Unbounded);
        next = reach.range(bounds).next().map(|(key, _)| *key);
    }
    reach
}

/// An operation without a place that must come before operation `i`.
pub fn late_for<O>(entries: &[Entry<O>], placed: u32, i: usize) -> Option<usize> {
    (0..entries.len()).find(|&j| placed >> j & 1 == 0 && entries[j].ret < entries[i].call && entries[j].required)
}

/// Whether `order` is what it claims to be: possible step by step, in real time, and without a required operation missing.
pub fn certify<M: Model>(model: &M, entries: &[Entry<M::Op>], order: &[u32]) -> bool {
    let mut placed = vec![false; entries.len()];
    let (mut called, mut in_time) = (0, true);
    let ops = order.iter().map_while(|&id| {
        let entry = &entries[id as usize];
        called = called.max(entry.call);
        // One that returned before the call of somebody that is in front of it is in the wrong place.
        in_time = entry.ret >= called && !std::mem::replace(&mut placed[id as usize], true);
        in_time.then_some(entry.op)
    });
    let is_possible = model.replays(ops);
    is_possible && in_time && (0..).zip(placed).all(|(i, placed): (usize, bool)| placed || !entries[i].required)
}
