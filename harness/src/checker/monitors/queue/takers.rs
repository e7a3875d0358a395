//! Dequeues of unknown outcome: which of them took which of the elements that nobody else took.
//!
//! An element that a *taker* took is one whose dequeue was called when the taker was, and never returned. That only relaxes
//! what is asked of it: nothing is contradicted by its being taken. So each element has a *deadline* before which its taker
//! must have been called, and none if it can stay. By contradiction 2 that is the first return of a dequeue of an element that
//! was enqueued after it; these deadlines hold for each element by itself, and two elements with takers contradict nothing. So
//! takers suffice exactly if for each `k` the `k`-th deadline is after the call of the `k`-th taker: if at no moment `t` more
//! elements are due than takers have been called. (It is no use that a taker takes an element whose enqueue is of unknown
//! outcome: without both the order stays one.)
//!
//! An empty dequeue sets a deadline, too: at the moment `m` at which it finds nothing everything that was certainly put in before
//! must be gone. What is due at `t` is what is due by order, and what was put in before the last of these moments up to `t`. So
//! all moments can be chosen exactly if each can: if at no `t ≥ m` more elements are due by order, or were put in before `m`,
//! than takers have been called. Seen from `t`, the takers that what is due by order leaves to spare can have taken the first of all
//! other elements; from the return of the next one's enqueue up to `t` it is *crowded*, and `m` cannot be there. Any moment is as
//! good as another that is not crowded, and at which nothing is certainly inside that others took. If there is none, that is a
//! contradiction between the dequeue, the elements that were inside one after the other, and, where it is crowded up to `t`, those
//! due at `t`, those that set their deadlines, those put in before it got crowded, and all takers called by then.

use super::{Element, accuse, free_moment, inside, merged};
use crate::checker::monitor::Answer;
use crate::checker::objects::queue::QueueOp;
use crate::checker::search::{Entry, NEVER};
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// An element to be taken by its deadline, and the one that sets it, if it is not an empty dequeue.
#[derive(Clone, Copy)]
struct Deadline {
    at: u64,
    element: usize,
    set_by: Option<usize>,
}

/// Gives elements that must be gone to takers, which are given by call; or says why there is no order.
pub fn assign(elements: &mut [Element], entries: &[Entry<QueueOp>], takers: &[u32]) -> Result<(), Answer> {
    let call = |taker: u32| entries[taker as usize].call;
    let called_by = |at: u64| takers.iter().filter(move |&&taker| call(taker) < at).map(|&taker| taker as usize);
    // Each element's deadline, if it has one.
    let mut each = by_order(elements);
    let deadlines = sorted(&each);
    let too_late = deadlines.iter().enumerate().find(|(k, due)| takers.get(*k).is_none_or(|&id| call(id) > due.at));
    if let Some((k, Deadline { at, .. })) = too_late {
        let part = deadlines[..=k].iter().flat_map(Deadline::elements);
        return Err(accuse(members(elements, part).chain(called_by(*at))));
    }
    let crowded = crowded(elements, &each, takers.iter().map(|&taker| call(taker)));
    let taken = || elements.iter().filter(|element| element.dequeue.is_some());
    let busy = merged(taken().filter_map(inside).chain(crowded.iter().copied()));
    let mut moments = Vec::new();
    for (id, entry) in entries.iter().enumerate().filter(|(_, entry)| entry.op == QueueOp::Empty) {
        let moment = free_moment(&busy, entry.call);
        if moment < entry.ret {
            moments.push(moment);
            continue;
        }
        let mut suspects = vec![id];
        let mut covered = entry.call;
        while covered < entry.ret {
            let ends = |&(from, to): &(u64, u64)| if from <= covered { to } else { 0 };
            let element = taken().max_by_key(|element| inside(element).as_ref().map_or(0, ends));
            let by_element = element.and_then(inside).as_ref().map_or(0, ends);
            let Some((from, to)) = crowded.iter().max_by_key(|times| ends(times)).filter(|it| ends(it) > by_element)
            else {
                suspects.extend(element.iter().flat_map(|element| element.members()));
                covered = by_element;
                continue;
            };
            let due = each.iter().flatten().filter(|due| due.at < *to).flat_map(Deadline::elements);
            let before = (0..elements.len()).filter(|&i| elements[i].dequeue.is_none() && elements[i].put.1 <= *from);
            suspects.extend(members(elements, due.chain(before)).chain(called_by(*to)));
            covered = *to;
        }
        return Err(accuse(suspects.into_iter()));
    }
    moments.sort_unstable();
    for (i, element) in elements.iter().enumerate().filter(|(_, element)| element.dequeue.is_none()) {
        let first = moments.partition_point(|moment| *moment < element.put.1);
        let Some(&moment) = moments.get(first) else { continue };
        let due = each[i].get_or_insert(Deadline { at: moment, element: i, set_by: None });
        due.at = due.at.min(moment);
    }
    for (due, &taker) in sorted(&each).iter().zip(takers) {
        let element = &mut elements[due.element];
        (element.dequeue, element.taken) = (Some(taker), (call(taker), NEVER));
    }
    Ok(())
}

impl Deadline {
    /// What is due, and why.
    fn elements(&self) -> impl Iterator<Item = usize> + use<> {
        [self.element].into_iter().chain(self.set_by)
    }
}

fn sorted(each: &[Option<Deadline>]) -> Vec<Deadline> {
    let mut deadlines: Vec<Deadline> = each.iter().flatten().copied().collect();
    deadlines.sort_unstable_by_key(|due| (due.at, due.element));
    deadlines
}

fn members(elements: &[Element], of: impl Iterator<Item = usize>) -> impl Iterator<Item = usize> {
    of.flat_map(|i| elements[i].members())
}

/// The times when it is crowded, each up to but without its end. There are takers enough for all that is due.
fn crowded(elements: &[Element], each: &[Option<Deadline>], takers: impl Iterator<Item = u64>) -> Vec<(u64, u64)> {
    // Those that nobody is known to have taken: what takers can have taken, and what is inside.
    let of = |i: usize| (elements[i].put.1, i);
    let mut gone: BTreeSet<(u64, usize)> = BTreeSet::new();
    let mut left: BTreeSet<(u64, usize)> =
        (0..elements.len()).filter(|&i| elements[i].dequeue.is_none()).map(of).collect();
    let dues = each.iter().flatten().map(|due| (due.at, Some(due.element)));
    let mut events: Vec<(u64, Option<usize>)> = takers.map(|call| (call, None)).chain(dues).collect();
    events.sort_unstable();
    let mut crowded = Vec::new();
    for (at, due) in events.into_iter().chain([(NEVER, None)]) {
        crowded.extend(left.first().map(|&(from, _)| (from, at)).filter(|(from, at)| from < at));
        match due {
            None => gone.extend(left.pop_first()),
            Some(i) if gone.remove(&of(i)) => {}
            // Its taker is one of those that can have taken others.
            Some(i) => {
                left.remove(&of(i));
                left.extend(gone.pop_last());
            }
        }
    }
    crowded
}

/// The deadlines due to elements that were taken, though put in later.
fn by_order(elements: &[Element]) -> Vec<Option<Deadline>> {
    let mut taken: Vec<usize> = (0..elements.len()).filter(|&i| elements[i].dequeue.is_some()).collect();
    taken.sort_unstable_by_key(|&i| elements[i].put.0);
    let mut left: Vec<usize> = (0..elements.len()).filter(|&i| elements[i].dequeue.is_none()).collect();
    left.sort_unstable_by_key(|&i| Reverse(elements[i].put.1));
    let mut first: Option<usize> = None;
    let mut deadlines = vec![None; elements.len()];
    for element in left {
        while let Some(later) = taken.pop_if(|later| elements[*later].put.0 > elements[element].put.1) {
            first = first.into_iter().chain([later]).min_by_key(|&i| elements[i].taken.1);
        }
        deadlines[element] = first.map(|i| Deadline { at: elements[i].taken.1, element, set_by: Some(i) });
    }
    deadlines
}
