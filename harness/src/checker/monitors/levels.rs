//! Operations whose order is known but for that of neighbours: those of one level come after all of the level before.
//!
//! Such levels have an order that agrees with real time exactly if no operation must come before one of an earlier level. (If
//! so, each level by call is one: what must come before another is called before it.) The rule is that for the levels of a
//! block of [`super::super::unique_values`].

use crate::checker::search::Entry;

/// The order of the levels, each given by positions in the entries, or a pair that contradicts it: the first must come
/// before the second by real time, and after it by level.
pub fn ordered<O>(entries: &[Entry<O>], levels: Vec<Vec<u32>>) -> Result<Vec<u32>, (u32, u32)> {
    let entry = |id: u32| &entries[id as usize];
    let mut order = Vec::with_capacity(levels.iter().map(Vec::len).sum());
    // Of all earlier levels the operation that was called last.
    let mut latest: Option<u32> = None;
    for mut level in levels {
        if let (Some(latest), Some(&first)) = (latest, level.iter().min_by_key(|&&id| entry(id).ret))
            && entry(first).ret < entry(latest).call
        {
            return Err((first, latest));
        }
        level.sort_unstable_by_key(|&id| entry(id).call);
        latest = latest.into_iter().chain(level.last().copied()).max_by_key(|&id| entry(id).call);
        order.extend(level);
    }
    Ok(order)
}
