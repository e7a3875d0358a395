//! Counters to which always the same number is added: decided in O(n log n).
//!
//! **For which histories.** All changes add the same number `d ≠ 0`. (With different ones the question whether some of them
//! make up a sum is hidden in every read: the subset-sum problem. These are left to the search, except for what is out of bounds: what
//! is read must not be less than all that was certainly added before the read began and all that may have been taken away when it was
//! over come to, nor more than what may have been added then and was certainly taken away before.)
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

/// An answer that is out of bounds, with the changes that say so.
fn outside_bounds(initial: i128, entries: &[Entry<CounterOp>]) -> Option<Vec<usize>> {
    let over = |is_gain| Sums::new(entries, is_gain, |entry| entry.ret);
    let begun = |is_gain| Sums::new(entries, is_gain, |entry| entry.call);
    let (gains, losses) = ([over(true), begun(true)], [over(false), begun(false)]);
    let (at, is_low) = entries.iter().enumerate().find_map(|(i, entry)| {
        // Who was told the sum that it made has certainly made its own change.
        let (sum, own) = match entry.op {
            CounterOp::Read(sum) => (i128::from(sum), 0),
            CounterOp::AddAndGet { delta, sum } => (i128::from(sum), i128::from(delta)),
            CounterOp::Add(_) => return None,
        };
        let least = initial + gains[0].before(entry.call) + losses[1].before(entry.ret) + own.max(0);
        let most = initial + gains[1].before(entry.ret) + losses[0].before(entry.call) + own.min(0);
        (sum < least || sum > most).then_some((i, sum < least))
    })?;
    let answer = &entries[at];
    let has_part = |entry: &Entry<CounterOp>| {
        let is_certain = (change(entry) > 0) == is_low;
        change(entry) != 0 && if is_certain { entry.ret < answer.call } else { entry.call < answer.ret }
    };
    Some((0..entries.len()).filter(|&i| i == at || has_part(&entries[i])).collect())
}

/// What an operation adds.
fn change(entry: &Entry<CounterOp>) -> i128 {
    match entry.op {
        CounterOp::Read(_) => 0,
        CounterOp::Add(delta) | CounterOp::AddAndGet { delta, .. } => delta.into(),
    }
}

/// How much was added, or taken away, up to each moment.
struct Sums(Vec<(u64, i128)>);

impl Sums {
    fn new(entries: &[Entry<CounterOp>], is_gain: bool, moment: fn(&Entry<CounterOp>) -> u64) -> Sums {
        let changes = entries.iter().map(|entry| (moment(entry), change(entry)));
        let mut changes: Vec<_> = changes.filter(|(_, change)| *change != 0 && (*change > 0) == is_gain).collect();
        changes.sort_unstable();
        let mut sum = 0;
        for (_, change) in &mut changes {
            sum += *change;
            *change = sum;
        }
        Sums(changes)
    }

    /// The sum of those before a moment.
    fn before(&self, moment: u64) -> i128 {
        let count = self.0.partition_point(|(at, _)| *at < moment);
        count.checked_sub(1).map_or(0, |last| self.0[last].1)
    }
}
