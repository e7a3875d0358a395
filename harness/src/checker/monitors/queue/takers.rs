//! Dequeues of unknown outcome: which of them took which of the elements that nobody else took.
//!
//! An element that a *taker* took is one whose dequeue was called when the taker was, and never returned. That only relaxes
//! what is asked of it: nothing is contradicted by its being taken. So each element has a *deadline* before which its taker
//! must have been called, and none if it can stay. By contradiction 2 that is the first return of a dequeue of an element that
//! was enqueued after it; these deadlines hold for each element by itself, and two elements with takers contradict nothing. So
//! takers suffice exactly if for each `k` the `k`-th deadline is after the call of the `k`-th taker. (It is no use that a taker
//! takes an element whose enqueue is of unknown outcome: without both the order stays one.)
//!
//! An empty dequeue sets a deadline for the elements that were certainly put in before the moment at which it finds nothing.
//! Which moment to choose is a guess. At the last one at which nothing is inside that others took, takers have had the most time;
//! at the first one, the fewest elements must be gone. If the deadlines can be kept with neither, the search decides.

use super::{Element, accuse, certainly_inside, free_moment};
use crate::checker::monitor::Answer;
use crate::checker::objects::queue::QueueOp;
use crate::checker::search::{Entry, NEVER};
use std::cmp::Reverse;

/// An element to be taken by its deadline, and the one that sets it, if it is not an empty dequeue.
#[derive(Clone, Copy)]
struct Deadline {
    at: u64,
    element: usize,
    set_by: Option<usize>,
}

/// Why elements could not be given to takers.
pub enum Stuck {
    /// There is no order.
    Contradiction(Answer),
    /// Another guess may succeed.
    Unknown,
}

/// Gives elements that must be gone to takers, which are given by call.
pub fn assign(elements: &mut [Element], entries: &[Entry<QueueOp>], takers: &[u32]) -> Result<(), Stuck> {
    let call = |taker: u32| entries[taker as usize].call;
    let too_late = |deadlines: &[Deadline]| {
        let mut pairs = deadlines.iter().enumerate();
        pairs.find(|(k, deadline)| takers.get(*k).is_none_or(|&taker| call(taker) > deadline.at)).map(|(k, _)| k)
    };
    // Each element's deadline, if it has one.
    let each = by_order(elements);
    let sorted = |each: &[Option<Deadline>]| {
        let mut deadlines: Vec<Deadline> = each.iter().flatten().copied().collect();
        deadlines.sort_unstable_by_key(|deadline| (deadline.at, deadline.element));
        deadlines
    };
    let deadlines = sorted(&each);
    if let Some(k) = too_late(&deadlines) {
        let at = deadlines[k].at;
        let mut part: Vec<usize> =
            deadlines[..=k].iter().flat_map(|deadline| [Some(deadline.element), deadline.set_by]).flatten().collect();
        part.sort_unstable();
        part.dedup();
        let in_time = takers.iter().filter(|&&taker| call(taker) < at).map(|&taker| taker as usize);
        let suspects = part.iter().flat_map(|&i| elements[i].members()).chain(in_time);
        return Err(Stuck::Contradiction(accuse(suspects)));
    }
    let with = |moments: Vec<u64>| {
        let mut each = each.clone();
        for (i, element) in elements.iter().enumerate().filter(|(_, element)| element.dequeue.is_none()) {
            let first = moments.partition_point(|moment| *moment < element.put.1);
            let Some(&moment) = moments.get(first) else { continue };
            let deadline = each[i].get_or_insert(Deadline { at: moment, element: i, set_by: None });
            deadline.at = deadline.at.min(moment);
        }
        Some(sorted(&each)).filter(|deadlines| too_late(deadlines).is_none())
    };
    let deadlines = with(moments(elements, entries, last_moment))
        .or_else(|| with(moments(elements, entries, first_moment)))
        .ok_or(Stuck::Unknown)?;
    for (deadline, &taker) in deadlines.iter().zip(takers) {
        let element = &mut elements[deadline.element];
        (element.dequeue, element.taken) = (Some(taker), (call(taker), NEVER));
    }
    Ok(())
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

/// For each empty dequeue a moment at which nothing is certainly inside that others took, ascending. If there is none, that is a
/// contradiction in any case.
fn moments(
    elements: &[Element],
    entries: &[Entry<QueueOp>],
    choose: impl Fn(&[(u64, u64)], &Entry<QueueOp>) -> Option<u64>,
) -> Vec<u64> {
    let taken: Vec<Element> = elements.iter().filter(|element| element.dequeue.is_some()).copied().collect();
    let inside = certainly_inside(&taken);
    let empties = entries.iter().filter(|entry| entry.op == QueueOp::Empty);
    let mut moments: Vec<u64> = empties.filter_map(|entry| choose(&inside, entry)).collect();
    moments.sort_unstable();
    moments
}

fn first_moment(inside: &[(u64, u64)], entry: &Entry<QueueOp>) -> Option<u64> {
    Some(free_moment(inside, entry.call)).filter(|moment| *moment < entry.ret)
}

fn last_moment(inside: &[(u64, u64)], entry: &Entry<QueueOp>) -> Option<u64> {
    let last = entry.ret - 1;
    let before = inside.partition_point(|(start, _)| *start <= last).checked_sub(1);
    let covering = before.map(|i| inside[i]).filter(|(_, end)| *end > last);
    covering.map_or(Some(last), |(start, _)| start.checked_sub(1)).filter(|moment| *moment >= entry.call)
}
