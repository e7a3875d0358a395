//! Sets to which every element is added once, and never taken out: decided in time linear in the size of all answers, but for
//! sorting.
//!
//! **For which histories.** No `remove`, and no element is added twice, or added that was there at first.
//!
//! **Unknown outcomes.** An element that somebody saw has been added. An addition of unknown outcome that nobody saw comes
//! after all reads in any order that contains it, so it is left out.
//!
//! **Answer.** Elements only come, so of two reads one has seen all that the other has: they form a chain, and each read comes
//! after the additions of what it saw and before all others. That is an order by levels: what the smallest read saw, that read
//! and its equals, what the next one saw more, …, what nobody saw. An order of levels is an order of the set, for within a
//! level additions can be exchanged, and so can reads. So the history can be ordered exactly if each element seen is there at
//! first or added by somebody, the reads are a chain, and the levels can be ordered (see [`super::levels`]).

use super::levels::ordered;
use crate::checker::model::Model;
use crate::checker::monitor::Answer;
use crate::checker::objects::set::{Set, SetOp};
use crate::checker::search::Entry;
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Decides, or leaves it to the search.
pub fn decide(set: &Set, entries: &[Entry<SetOp>]) -> Option<Answer> {
    let first = set.elements(set.initial());
    let mut adders: FxHashMap<u32, u32> = FxHashMap::default();
    // The reads by what they saw, which is a state; the sets by their sizes.
    let mut reads: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
    for (id, entry) in (0..).zip(entries) {
        match entry.op {
            SetOp::Add(element) if first.binary_search(&element).is_err() => {
                if adders.insert(element, id).is_some() {
                    return None;
                }
            }
            SetOp::Add(_) | SetOp::Remove(_) => return None,
            SetOp::Read(state) => reads.entry(state).or_default().push(id),
        }
    }
    let mut chain: Vec<(Rc<[u32]>, Vec<u32>)> =
        reads.into_iter().map(|(state, ids)| (set.elements(state), ids)).collect();
    chain.sort_unstable_by_key(|(elements, ids)| (elements.len(), ids[0]));

    let adder = |element: &u32| adders.get(element).copied();
    // These reads are wrong about these elements, whoever added them.
    let accuse = |reads: &[u32], about: &[u32]| {
        let mut suspects: Vec<usize> =
            about.iter().filter_map(adder).chain(reads.iter().copied()).map(|id| id as usize).collect();
        suspects.sort_unstable();
        suspects.dedup();
        let mut elements = [about, &*first].concat();
        elements.sort_unstable();
        elements.dedup();
        Some(Answer::NothingOf { suspects, elements })
    };
    let mut levels: Vec<Vec<u32>> = Vec::new();
    let mut left: BTreeMap<u32, u32> = adders.iter().map(|(element, id)| (*id, *element)).collect();
    let mut before: (Rc<[u32]>, Option<u32>) = (first.clone(), None);
    for (elements, ids) in chain {
        let (smaller, smaller_read) = &before;
        if let Some(pair) = elements.windows(2).find(|pair| pair[0] == pair[1]) {
            return accuse(&ids[..1], &pair[..1]);
        }
        if let Some(lost) = missing(smaller, &elements) {
            let reads: Vec<u32> = smaller_read.iter().copied().chain([ids[0]]).collect();
            return accuse(&reads, &[Some(lost), missing(&elements, smaller)].map(|element| element.unwrap_or(lost)));
        }
        let fresh = || elements.iter().filter(|element| smaller.binary_search(element).is_err());
        if let Some(&phantom) = fresh().find(|element| adder(element).is_none()) {
            return accuse(&ids[..1], &[phantom]);
        }
        let added: Vec<u32> = fresh().filter_map(adder).collect();
        for id in &added {
            left.remove(id);
        }
        levels.push(added);
        before = (elements, Some(ids[0]));
        levels.push(ids);
    }
    levels.push(left.into_keys().filter(|&id| entries[id as usize].required).collect());
    let (early, late) = match ordered(entries, levels) {
        Ok(order) => return Some(Answer::Order(order)),
        Err(pair) => pair,
    };
    let op = |id: u32| entries[id as usize].op;
    match (op(early), op(late)) {
        (SetOp::Read(larger), SetOp::Read(smaller)) => {
            let lost = missing(&set.elements(larger), &set.elements(smaller))?;
            accuse(&[early, late], &[lost])
        }
        (SetOp::Read(_), SetOp::Add(element)) => accuse(&[early], &[element]),
        (SetOp::Add(element), SetOp::Read(_)) => accuse(&[late], &[element]),
        (SetOp::Add(first_added), SetOp::Add(seen_first)) => {
            // The read that tells which came first.
            let tells = |entry: &Entry<SetOp>| {
                let SetOp::Read(state) = entry.op else { return false };
                let elements = set.elements(state);
                elements.binary_search(&seen_first).is_ok() && elements.binary_search(&first_added).is_err()
            };
            let read = (0..).zip(entries).find(|(_, entry)| tells(entry)).map(|(id, _)| id)?;
            accuse(&[read], &[first_added, seen_first])
        }
        (SetOp::Remove(_), _) | (_, SetOp::Remove(_)) => None,
    }
}

/// An element of `smaller` that `larger` lacks. Both are ascending.
fn missing(smaller: &[u32], larger: &[u32]) -> Option<u32> {
    smaller.iter().copied().find(|element| larger.binary_search(element).is_err())
}
