//! Counters to which always the same number is added: decided in O(n log n).
//!
//! **For which histories.** All changes add the same number `d ≠ 0`. (With different ones the question whether some of them
//! make up a sum is hidden in every read: the subset-sum problem. These are left to the search, except for the one certain
//! contradiction: if nothing is ever taken away, a read must not be less than what was certainly added before it began, nor
//! more than all that had begun when it was over.)
//!
//! Let a *step* be the number of changes made so far: a read says how many there were, and so does a change that was told the
//! sum. One that is no multiple of `d`, or before the beginning, is a contradiction by itself.
//!
//! **Answer.** Build the order from the front. An operation is *available* if it was called before the first return of all that
//! are still to be placed and required: only these can come next. At step `k`:
//! 1. Place every available read of `k`. (Nothing need come before it, and it changes nothing.)
//! 2. If a required operation remains that says that it belongs to an earlier step, or a read of `k` that is not available,
//!    there is no order: the read would have to wait for a change, after which the step is `k + 1`.
//! 3. If some change was told that it is number `k + 1`, it must come next: there is no order if it is not available, or if
//!    there are two.
//! 4. Otherwise, of the available changes that were told nothing, place the one that returns first; those of unknown outcome
//!    return last, in order of call. If there is none, there is no order.
//!
//! Until all required operations are placed. *Proof of 4.* Let an order that continues ours place the change `X'` next, and `X`
//! return before it (or neither). If `X` stands later in the order, exchange the two. Nothing that stands between them must
//! come before `X`, which is available; nor must `X'` come before it, for then `X`, which returns no later, had to, too. If `X`
//! is not in the order, it is of unknown outcome, and so is `X'`: put `X` in its place. Sums stay as they were. ∎

use crate::checker::model::Model;
use crate::checker::monitor::Answer;
use crate::checker::objects::counter::{Counter, CounterOp};
use crate::checker::search::{Entry, NEVER};
use rustc_hash::FxHashMap;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Decides, or leaves it to the search.
pub fn decide(counter: &Counter, entries: &[Entry<CounterOp>]) -> Option<Answer> {
    let initial = counter.initial();
    let mut deltas = entries.iter().filter_map(|entry| match entry.op {
        CounterOp::Add(delta) | CounterOp::AddAndGet { delta, .. } => Some(delta),
        CounterOp::Read(_) => None,
    });
    let delta = deltas.next().unwrap_or(1);
    if delta == 0 || deltas.any(|other| other != delta) {
        return outside_bounds(initial, entries).map(Answer::Nothing);
    }
    let attempt = |entries: &[Entry<CounterOp>]| order(entries, initial, delta.into());
    if let Some(order) = attempt(entries) {
        return Some(Answer::Order(order));
    }
    // Linearizability is closed under prefixes, so that the first bad one can be found by halving.
    let mut returns: Vec<u64> = entries.iter().map(|entry| entry.ret).filter(|&ret| ret != NEVER).collect();
    returns.sort_unstable();
    let first = returns.partition_point(|&at| attempt(&prefix(entries, at, |_| true)).is_some());
    let at = returns[first.min(returns.len() - 1)];
    // Every change counts, so all that had begun are named; of the reads perhaps the last one is enough.
    let alone = |entry: &Entry<CounterOp>| entry.ret == at;
    let is_enough = attempt(&prefix(entries, at, alone)).is_none();
    let has_part = |entry: &Entry<CounterOp>| match entry.op {
        CounterOp::Read(_) => entry.ret <= at && (!is_enough || alone(entry)),
        _ => entry.call < at,
    };
    Some(Answer::Nothing((0..entries.len()).filter(|&i| has_part(&entries[i])).collect()))
}

/// What was known when the return at this position had come, of some reads.
fn prefix(entries: &[Entry<CounterOp>], at: u64, reads: impl Fn(&Entry<CounterOp>) -> bool) -> Vec<Entry<CounterOp>> {
    let known = |entry: &Entry<CounterOp>| match entry.op {
        CounterOp::Read(_) => (entry.ret <= at && reads(entry)).then_some(*entry),
        _ if entry.ret <= at => Some(*entry),
        CounterOp::Add(delta) | CounterOp::AddAndGet { delta, .. } => {
            Some(Entry { op: CounterOp::Add(delta), ret: NEVER, required: false, ..*entry })
        }
    };
    entries.iter().filter(|entry| entry.call < at).filter_map(known).collect()
}

/// The step to which a sum belongs.
fn step(sum: i64, initial: i128, delta: i128) -> Option<i128> {
    let added = i128::from(sum) - initial;
    (added % delta == 0 && added / delta >= 0).then(|| added / delta)
}

/// An order, if there is one.
fn order(entries: &[Entry<CounterOp>], initial: i128, delta: i128) -> Option<Vec<u32>> {
    let entry = |id: u32| &entries[id as usize];
    let ids = || (0..).zip(entries).map(|(id, _)| id);
    // By step: how many reads are still to be placed, those of them that are available, and the changes that were told so.
    let mut reads_left: FxHashMap<i128, usize> = FxHashMap::default();
    let mut reads: FxHashMap<i128, Vec<u32>> = FxHashMap::default();
    let mut told: FxHashMap<i128, Vec<u32>> = FxHashMap::default();
    for id in ids() {
        match entry(id).op {
            CounterOp::Read(sum) => *reads_left.entry(step(sum, initial, delta)?).or_default() += 1,
            CounterOp::AddAndGet { sum, .. } => told.entry(step(sum, initial, delta)?).or_default().push(id),
            CounterOp::Add(_) => {}
        }
    }
    let mut available: BinaryHeap<Reverse<(u64, u64, u32)>> = BinaryHeap::new();
    let mut waiting: Vec<u32> = ids().collect();
    waiting.sort_unstable_by_key(|&id| Reverse(entry(id).call));
    let mut required: Vec<u32> = ids().filter(|&id| entry(id).required).collect();
    required.sort_unstable_by_key(|&id| Reverse(entry(id).ret));
    let mut placed = vec![false; entries.len()];
    let mut order = Vec::with_capacity(entries.len());
    for now in 0.. {
        let first_return = loop {
            while required.last().is_some_and(|&id| placed[id as usize]) {
                required.pop();
            }
            let Some(first_return) = required.last().map(|&id| entry(id).ret) else { return Some(order) };
            while let Some(id) = waiting.pop_if(|id| entry(*id).call < first_return) {
                match entry(id).op {
                    CounterOp::Read(sum) => reads.entry(step(sum, initial, delta)?).or_default().push(id),
                    CounterOp::Add(_) => available.push(Reverse((entry(id).ret, entry(id).call, id))),
                    CounterOp::AddAndGet { .. } => {}
                }
            }
            let Some(fitting) = reads.remove(&now) else { break first_return };
            for id in fitting {
                placed[id as usize] = true;
                order.push(id);
                *reads_left.entry(now).or_default() -= 1;
            }
        };
        if reads_left.get(&now).is_some_and(|left| *left > 0) {
            return None;
        }
        let next = match told.get(&(now + 1)).map(Vec::as_slice) {
            None => available.pop().map(|Reverse((.., id))| id)?,
            Some(&[id]) if entry(id).call < first_return => id,
            Some(_) => return None,
        };
        placed[next as usize] = true;
        order.push(next);
    }
    None
}

/// A read that is out of bounds with the changes that say so, where nothing is ever taken away.
fn outside_bounds(initial: i128, entries: &[Entry<CounterOp>]) -> Option<Vec<usize>> {
    let mut certain: Vec<(u64, i128)> = Vec::new();
    let mut begun: Vec<(u64, i128)> = Vec::new();
    for entry in entries {
        match entry.op {
            CounterOp::Read(_) => {}
            CounterOp::Add(delta) | CounterOp::AddAndGet { delta, .. } if delta < 0 => return None,
            CounterOp::Add(delta) | CounterOp::AddAndGet { delta, .. } => {
                certain.push((entry.ret, delta.into()));
                begun.push((entry.call, delta.into()));
            }
        }
    }
    let sums = |changes: &mut Vec<(u64, i128)>| {
        changes.sort_unstable();
        changes.iter_mut().fold(initial, |sum, (_, delta)| {
            *delta += sum;
            *delta
        });
    };
    sums(&mut certain);
    sums(&mut begun);
    let before = |changes: &[(u64, i128)], position: u64| {
        let count = changes.partition_point(|(at, _)| *at < position);
        count.checked_sub(1).map_or(initial, |last| changes[last].1)
    };
    let is_change = |entry: &Entry<CounterOp>| !matches!(entry.op, CounterOp::Read(_));
    let (read, part) = (0..).zip(entries).find_map(|(i, read)| {
        let CounterOp::Read(sum) = read.op else { return None };
        let late = i128::from(sum) < before(&certain, read.call);
        let early = i128::from(sum) > before(&begun, read.ret);
        (late || early).then_some((i, late))
    })?;
    let at = &entries[read];
    let has_part =
        |entry: &Entry<CounterOp>| is_change(entry) && if part { entry.ret < at.call } else { entry.call < at.ret };
    Some((0..entries.len()).filter(|&i| i == read || has_part(&entries[i])).collect())
}
