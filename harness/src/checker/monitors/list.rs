//! Lists to which every element is appended once: decided in time linear in the number of operations, but for sorting.
//!
//! **For which histories.** No element is appended twice, or appended that was there at first.
//!
//! **Unknown outcomes.** An element that somebody saw has been appended. An append of unknown outcome that nobody saw comes after
//! all reads in any order that contains it, so it is left out.
//!
//! **Answer.** A list only grows, so that all reads are beginnings of the longest one, which tells the order of the appends: each
//! is a level, and so are the reads of each length (see [`super::levels`]); what nobody saw comes at the end. So the history can
//! be ordered exactly if each element seen is there at first or appended by somebody, no read has an element twice, all reads are
//! beginnings of the longest, the longest begins with what was there at first, and no read is shorter, and the levels can
//! be ordered.

use super::levels::ordered;
use crate::checker::model::Model;
use crate::checker::monitor::Answer;
use crate::checker::objects::append_list::{AppendList, ListOp};
use crate::checker::search::Entry;
use rustc_hash::FxHashMap;

/// Decides, or leaves it to the search.
pub fn decide(list: &AppendList, entries: &[Entry<ListOp>]) -> Option<Answer> {
    let first = list.elements(list.initial());
    let mut appends: FxHashMap<u32, u32> = FxHashMap::default();
    let mut reads: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
    for (id, entry) in (0..).zip(entries) {
        match entry.op {
            ListOp::Append(element) => {
                if first.contains(&element) || appends.insert(element, id).is_some() {
                    return None;
                }
            }
            ListOp::Read(state) => reads.entry(state).or_default().push(id),
        }
    }
    let accuse = |states: &[u32], others: &[u32]| {
        let seen = states.iter().flat_map(|&state| list.elements(state));
        let mut suspects: Vec<usize> =
            seen.filter_map(|element| appends.get(&element)).chain(others).map(|&id| id as usize).collect();
        suspects.sort_unstable();
        suspects.dedup();
        Some(Answer::Nothing(suspects))
    };

    let longest = reads.iter().map(|(&state, ids)| (list.len(state), ids[0], state)).max();
    let (_, longest_read, longest) = longest.unwrap_or((0, 0, list.initial()));
    // From the longest list back to what was there at first: the appends and the reads of each length.
    let mut levels: Vec<Vec<u32>> = Vec::new();
    let mut state = longest;
    let mut left = appends.clone();
    while state != list.initial() {
        levels.push(reads.remove(&state).unwrap_or_default());
        // An element that nobody appended, or that was taken already, or another beginning than the first list.
        let last = list.last(state);
        let Some((rest, append)) = last.and_then(|(rest, last)| Some((rest, left.remove(&last)?))) else {
            return accuse(&[longest], &[longest_read]);
        };
        levels.push(vec![append]);
        state = rest;
    }
    levels.push(reads.remove(&state).unwrap_or_default());
    // What is still there is no beginning of the longest list.
    if let Some((&state, ids)) = reads.iter().min_by_key(|(_, ids)| ids[0]) {
        let others: Vec<u32> = if longest == list.initial() { vec![ids[0]] } else { vec![ids[0], longest_read] };
        return accuse(&[state, longest], &others);
    }
    levels.reverse();
    levels.push(left.into_values().filter(|&id| entries[id as usize].required).collect());
    match ordered(entries, levels) {
        Ok(order) => Some(Answer::Order(order)),
        Err((a, b)) => {
            let mut states: Vec<u32> = Vec::new();
            let mut others = vec![a, b];
            for id in [a, b] {
                match entries[id as usize].op {
                    ListOp::Read(seen) => states.push(seen),
                    // What tells where it stands.
                    ListOp::Append(_) if longest != list.initial() => {
                        states.push(longest);
                        others.push(longest_read);
                    }
                    ListOp::Append(_) => {}
                }
            }
            accuse(&states, &others)
        }
    }
}
