//! Lists to which every element is appended once: decided in time linear in the number of operations, but for sorting.
//!
//! **For which histories.** No element is appended twice, or appended that was there at first.
//!
//! **Unknown outcomes.** An element that somebody saw has been appended. An append of unknown outcome that nobody saw comes
//! after all reads in any order that contains it, so it is left out.
//!
//! **Answer.** A list only grows, so that all reads are beginnings of the longest one, which tells the order of the appends:
//! each is a level, and so are the reads of each length (see [`super::levels`]); what nobody saw comes at the end. So the
//! history can be ordered exactly if each element seen is there at first or appended by somebody, no read has an element twice,
//! all reads are beginnings of the longest, the longest begins with what was there at first, and no read is shorter, and the
//! levels can be ordered.

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
    // These reads are wrong about these elements, whoever appended them.
    let accuse = |reads: &[u32], about: &[u32]| {
        let appended = about.iter().filter_map(|element| appends.get(element));
        let mut suspects: Vec<usize> = appended.chain(reads).map(|&id| id as usize).collect();
        suspects.sort_unstable();
        suspects.dedup();
        let mut elements = [about, &first].concat();
        elements.sort_unstable();
        elements.dedup();
        Some(Answer::NothingOf { suspects, elements })
    };

    let longest = reads.iter().map(|(&state, ids)| (list.len(state), ids[0], state)).max();
    let (_, longest_read, longest) = longest.unwrap_or((0, 0, list.initial()));
    // From the longest list back to what was there at first: the appends and the reads of each length.
    let mut levels: Vec<Vec<u32>> = Vec::new();
    let mut state = longest;
    let mut left = appends.clone();
    while state != list.initial() {
        levels.push(reads.remove(&state).unwrap_or_default());
        let Some((rest, last)) = list.last(state) else { return accuse(&[longest_read], &[]) };
        // An element that nobody appended, or that was taken already.
        let Some(append) = left.remove(&last) else { return accuse(&[longest_read], &[last]) };
        levels.push(vec![append]);
        state = rest;
    }
    levels.push(reads.remove(&state).unwrap_or_default());
    // What is still there is no beginning of the longest list.
    if let Some((&state, ids)) = reads.iter().min_by_key(|(_, ids)| ids[0]) {
        let (here, there) = (list.elements(state), list.elements(longest));
        let differ = here.iter().zip(&there).find(|(a, b)| a != b);
        let about: Vec<u32> = differ.into_iter().flat_map(|(a, b)| [*a, *b]).collect();
        let reads = if longest == list.initial() { vec![ids[0]] } else { vec![ids[0], longest_read] };
        return accuse(&reads, &about);
    }
    levels.reverse();
    levels.push(left.into_values().filter(|&id| entries[id as usize].required).collect());
    let (early, late) = match ordered(entries, levels) {
        Ok(order) => return Some(Answer::Order(order)),
        Err(pair) => pair,
    };
    match (entries[early as usize].op, entries[late as usize].op) {
        (ListOp::Read(longer), ListOp::Read(shorter)) => {
            let lost = list.elements(longer).get(list.len(shorter)).copied()?;
            accuse(&[early, late], &[lost])
        }
        (ListOp::Read(_), ListOp::Append(element)) => accuse(&[early], &[element]),
        (ListOp::Append(element), ListOp::Read(_)) => accuse(&[late], &[element]),
        // The longest read tells which came first.
        (ListOp::Append(a), ListOp::Append(b)) => accuse(&[longest_read], &[a, b]),
    }
}
