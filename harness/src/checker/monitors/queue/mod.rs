//! Queues whose elements are enqueued once: decided in O(n log n).
//!
//! **For which histories.** The queue is empty at first and no element is enqueued twice.
//!
//! **Unknown outcomes.** An element that somebody took has been put in. One whose `enqueue` is of unknown outcome and that
//! nobody took may be left out of an order: what was put in behind it was not taken either. For dequeues see [`takers`].
//!
//! **Contradictions.** `x` was enqueued by `E(x)` and, if at all, dequeued by `D(x)`. It is *certainly inside* from the return
//! of `E(x)` to the call of `D(x)`. These are contradictions (Henzinger, Sezgin and Vafeiadis, "Aspect-Oriented Linearizability
//! Proofs", 2013; Bouajjani, Emmi, Enea and Hamza, "On Reducing Linearizability to State Reachability", 2015):
//! 1. an element dequeued that nobody enqueued, or before it was, or twice;
//! 2. `E(x)` before `E(y)`, where `y` was dequeued, and `x` never or `D(y)` before `D(x)`;
//! 3. an *empty* dequeue at every moment of which some element is certainly inside.
//!
//! **There are no others.** Let `e(x)` be the first return of `E(x)` and `D(x)`, and `d(x)` the last call of both (never, if
//! `x` was never dequeued). `x` goes before `y`, `x → y`, if `e(x)` is before the call of `E(y)`, or the return of `D(x)`
//! before `d(y)`: any order obeys that. (a) *Without contradiction 2 it has no cycle.* Each `→` is due to enqueues or to
//! dequeues; two in a row of one sort make one of that sort, so a shortest cycle alternates; of `a → b` and `c → d` both due to
//! enqueues, the one that returns first also gives `a → d` or `c → b`, so it has length two; that is contradiction 2. (b) For
//! each empty dequeue take a moment `t` at which nothing is certainly inside, and say that `x` is *gone by* `t` if `d(x) ≤ t`.
//! *If `y → x` and `x` is gone by `t`, so is `y`*: else `D(y)`, if any, is called after `t`, and `y` not being certainly
//! inside, `E(y)` returns after `t`; then `E(x)` or `D(x)` is called after `t`. (c) So elements can be put in an order that
//! obeys `→` and in which those gone by `t` come first, for each `t`: of those that nothing remaining must go before, always
//! take that with the smallest `d`. (d) Give `E(x)` the first moment that is not before its call, nor the moments of the
//! elements before it, nor the last `t` by which `x` is not gone; and `D(x)` the first that is not before its call, its `E(x)`,
//! nor the dequeues before it. Each is before its return: it is the call of an operation that need not come after it by (c), or
//! a `t` at which, not being gone, `x` was still to be enqueued. ∎

mod takers;

use crate::checker::model::Model;
use crate::checker::monitor::Answer;
use crate::checker::objects::queue::{Queue, QueueOp};
use crate::checker::search::{Entry, NEVER};
use rustc_hash::FxHashMap;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// An element, and who put it in and took it out.
#[derive(Clone, Copy)]
struct Element {
    enqueue: u32,
    dequeue: Option<u32>,
    /// Where the enqueue was called, and where it returned.
    put: (u64, u64),
    /// The same of the dequeue; both never if there is none.
    taken: (u64, u64),
}

impl Element {
    /// When it had certainly been put in: `e`.
    fn was_put(&self) -> u64 {
        self.put.1.min(self.taken.1)
    }
    /// Before when it cannot have been taken: `d`.
    fn may_be_taken(&self) -> u64 {
        self.taken.0.max(self.put.0)
    }
    fn members(&self) -> impl Iterator<Item = usize> {
        [self.enqueue].into_iter().chain(self.dequeue).map(|id| id as usize)
    }
}

/// Decides, or leaves it to the search.
pub fn decide(queue: &Queue, entries: &[Entry<QueueOp>]) -> Option<Answer> {
    if !queue.elements(queue.initial()).is_empty() {
        return None;
    }
    let mut elements = match elements(entries)? {
        Ok(elements) => elements,
        Err(suspects) => return Some(accuse(suspects.into_iter())),
    };
    let takers: Vec<u32> =
        (0..).zip(entries).filter(|(_, entry)| entry.op == QueueOp::TakeAny).map(|(id, _)| id).collect();
    if !takers.is_empty() {
        // What others took is in the same order with takers.
        let taken: Vec<Element> = elements.iter().filter(|element| element.dequeue.is_some()).copied().collect();
        if let Some(pair) = out_of_order(&taken) {
            return Some(accuse(pair.iter().flat_map(Element::members)));
        }
        if let Err(answer) = takers::assign(&mut elements, entries, &takers) {
            return Some(answer);
        }
    }
    if let Some(pair) = out_of_order(&elements) {
        return Some(accuse(pair.iter().flat_map(Element::members)));
    }
    let inside = merged(elements.iter().filter_map(inside));
    let mut empties: Vec<(u64, u32)> = Vec::new();
    for (id, entry) in (0..).zip(entries).filter(|(_, entry)| entry.op == QueueOp::Empty) {
        match free_moment(&inside, entry.call) {
            moment if moment < entry.ret => empties.push((moment, id)),
            _ => {
                let chain = chain(&elements, entry.call, entry.ret);
                return Some(accuse(chain.iter().flat_map(Element::members).chain([id as usize])));
            }
        }
    }
    empties.sort_unstable();
    Some(Answer::Order(schedule(&first_in_first_out(&elements)?, &empties)))
}

fn accuse(suspects: impl Iterator<Item = usize>) -> Answer {
    let mut suspects: Vec<usize> = suspects.collect();
    suspects.sort_unstable();
    suspects.dedup();
    Answer::Nothing(suspects)
}

/// All elements that were certainly there, or contradiction 1; `None` if one was enqueued twice.
fn elements(entries: &[Entry<QueueOp>]) -> Option<Result<Vec<Element>, Vec<usize>>> {
    let mut at: FxHashMap<u32, usize> = FxHashMap::default();
    let mut elements: Vec<Element> = Vec::new();
    for (id, entry) in (0..).zip(entries) {
        if let QueueOp::Enqueue(element) = entry.op {
            if at.insert(element, elements.len()).is_some() {
                return None;
            }
            let put = (entry.call, entry.ret);
            elements.push(Element { enqueue: id, dequeue: None, put, taken: (NEVER, NEVER) });
        }
    }
    for (id, entry) in (0..).zip(entries) {
        let QueueOp::Dequeue(element) = entry.op else { continue };
        let Some(element) = at.get(&element).map(|&at| &mut elements[at]) else {
            return Some(Err(vec![id as usize]));
        };
        if element.dequeue.is_some() || entry.ret < element.put.0 {
            return Some(Err(element.members().chain([id as usize]).collect()));
        }
        (element.dequeue, element.taken) = (Some(id), (entry.call, entry.ret));
    }
    elements.retain(|element| element.dequeue.is_some() || entries[element.enqueue as usize].required);
    Some(Ok(elements))
}

/// Contradiction 2: two elements that must be put in in one order and taken out in the other.
fn out_of_order(elements: &[Element]) -> Option<[Element; 2]> {
    let mut by_call: Vec<&Element> = elements.iter().collect();
    by_call.sort_unstable_by_key(|element| element.put.0);
    let mut by_return: Vec<&Element> = elements.iter().collect();
    by_return.sort_unstable_by_key(|element| Reverse(element.was_put()));
    // Of those put in before, the one taken last.
    let mut last: Option<&Element> = None;
    for element in by_call {
        while let Some(before) = by_return.pop_if(|before| before.was_put() < element.put.0) {
            last = last.into_iter().chain([before]).max_by_key(|element| element.may_be_taken());
        }
        if let Some(last) = last.filter(|last| last.may_be_taken() > element.taken.1) {
            return Some([*last, *element]);
        }
    }
    None
}

/// The time when it is certainly inside, up to but without the end.
fn inside(element: &Element) -> Option<(u64, u64)> {
    Some((element.put.1, element.taken.0)).filter(|(from, to)| from < to)
}

/// Times, ascending and apart from each other.
fn merged(times: impl Iterator<Item = (u64, u64)>) -> Vec<(u64, u64)> {
    let mut times: Vec<(u64, u64)> = times.collect();
    times.sort_unstable();
    times.dedup_by(|next, last| {
        let meets = next.0 <= last.1;
        if meets {
            last.1 = last.1.max(next.1);
        }
        meets
    });
    times
}

/// The first moment from this one on that is in none of these times. The moment of a number is just after the event at that
/// position.
fn free_moment(times: &[(u64, u64)], from: u64) -> u64 {
    let before = times.partition_point(|(start, _)| *start <= from);
    before.checked_sub(1).map_or(from, |last| from.max(times[last].1))
}

/// Elements that are, one after the other, certainly inside all the time.
fn chain(elements: &[Element], from: u64, to: u64) -> Vec<Element> {
    let mut chain: Vec<Element> = Vec::new();
    let mut covered = from;
    while covered < to {
        let here = elements.iter().filter(|element| element.put.1 <= covered).max_by_key(|element| element.taken.0);
        let Some(next) = here.filter(|element| element.taken.0 > covered) else { break };
        chain.push(*next);
        covered = next.taken.0;
    }
    chain
}

/// An order of the elements that obeys `→`, and takes those first that may be taken first; `None` if there is none.
fn first_in_first_out(elements: &[Element]) -> Option<Vec<Element>> {
    let sorted = |key: fn(&Element) -> u64| {
        let mut ids: Vec<usize> = (0..elements.len()).collect();
        ids.sort_unstable_by_key(|&i| Reverse(key(&elements[i])));
        ids
    };
    // What nobody must be put in before, and what nobody must be taken before: both in turn as the others go.
    let (mut puts, mut takes) = (sorted(|element| element.put.0), sorted(Element::may_be_taken));
    let (mut put_first, mut taken_first) = (sorted(Element::was_put), sorted(|element| element.taken.1));
    let (mut passed, mut gone) = (vec![0u8; elements.len()], vec![false; elements.len()]);
    let mut ready: BinaryHeap<Reverse<(u64, usize)>> = BinaryHeap::new();
    let mut order = Vec::with_capacity(elements.len());
    while order.len() < elements.len() {
        let bound = |first: &mut Vec<usize>, key: fn(&Element) -> u64| {
            while first.pop_if(|i| gone[*i]).is_some() {}
            first.last().map_or(NEVER, |&i| key(&elements[i]))
        };
        let put_by = bound(&mut put_first, Element::was_put);
        let taken_by = bound(&mut taken_first, |element| element.taken.1);
        let mut pass = |i: usize| {
            passed[i] += 1;
            if passed[i] == 2 {
                ready.push(Reverse((elements[i].may_be_taken(), i)));
            }
        };
        while let Some(i) = puts.pop_if(|i| elements[*i].put.0 < put_by) {
            pass(i);
        }
        while let Some(i) = takes.pop_if(|i| elements[*i].may_be_taken() <= taken_by) {
            pass(i);
        }
        let Reverse((_, i)) = ready.pop()?;
        gone[i] = true;
        order.push(elements[i]);
    }
    Some(order)
}

/// Gives everything its moment: the order of the operations.
fn schedule(elements: &[Element], empties: &[(u64, u32)]) -> Vec<u32> {
    // The moment, and what comes first at the same moment: those gone by it, empty dequeues, all others.
    let mut moments: Vec<(u64, u8, usize, u32)> = empties.iter().map(|&(moment, id)| (moment, 1, 0, id)).collect();
    let (mut put, mut taken) = (0, 0);
    for (place, element) in elements.iter().enumerate() {
        let gone_by = element.may_be_taken();
        let earlier = empties.partition_point(|(moment, _)| *moment < gone_by);
        let after = earlier.checked_sub(1).map_or(0, |last| empties[last].0);
        put = element.put.0.max(put).max(after);
        let is_after = earlier > 0 && put == after;
        moments.push((put, if is_after { 2 } else { 0 }, 2 * place, element.enqueue));
        if let Some(dequeue) = element.dequeue {
            taken = element.taken.0.max(taken).max(put);
            moments.push((taken, 0, 2 * place + 1, dequeue));
        }
    }
    moments.sort_unstable();
    moments.into_iter().map(|(.., id)| id).collect()
}
