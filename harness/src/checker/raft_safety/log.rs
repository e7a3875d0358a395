//! What a node's log must look like, by its own account.

use crate::history::trace::Hash;

/// An entry: its term, the running hash at it, and the line of the trace that appended it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item {
    /// The term of the leader that created it.
    pub term: u64,
    /// The running hash.
    pub hash: Hash,
    /// Position of the line in the node's trace.
    pub at: usize,
}

/// A log as the lines so far describe it.
///
/// Truncations and appends reach the disk some time after their lines, so a node that is killed may recover what stood
/// there before a truncation. The removed suffixes are therefore kept until an acknowledgement shows that the disk has
/// something else in their place.
#[derive(Clone, Debug, Default)]
pub struct ShadowLog {
    items: Vec<Item>,
    removed: Vec<(u64, Vec<Item>)>,
}

/// What a node recovered, compared with what it can have had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recovered {
    /// One of the logs that the disk may have held.
    Known,
    /// A last entry that never stood there.
    Differs,
    /// More entries than were ever there.
    Longer,
}

impl ShadowLog {
    /// The last log index, 0 if there is none.
    pub fn last(&self) -> u64 {
        self.items.len() as u64
    }

    /// The entry at `index`.
    pub fn item(&self, index: u64) -> Option<&Item> {
        self.items.get(usize::try_from(index.checked_sub(1)?).ok()?)
    }

    /// The running hash at `index`: that of the empty log is 0.
    pub fn hash(&self, index: u64) -> Option<Hash> {
        if index == 0 { Some(Hash(0)) } else { self.item(index).map(|item| item.hash) }
    }

    /// Adds an entry at the end.
    pub fn push(&mut self, item: Item) {
        self.items.push(item);
    }

    /// Removes the entries from `from` on.
    pub fn truncate(&mut self, from: u64) {
        let at = usize::try_from(from.saturating_sub(1)).unwrap_or(usize::MAX).min(self.items.len());
        let suffix = self.items.split_off(at);
        self.removed.push((from, suffix));
    }

    /// The log up to `index` is on the disk: what stood there before is gone.
    pub fn settle(&mut self, index: u64) {
        // The disk does things in order: with a truncation, all before it have been done too.
        if let Some(done) = self.removed.iter().rposition(|(from, _)| *from <= index) {
            self.removed.drain(..=done);
        }
    }

    /// The process was killed and found a log that ends at `last` with `hash`.
    pub fn recover(&mut self, last: u64, hash: Hash) -> Recovered {
        let mut longest = self.last();
        let mut candidate = self.items.clone();
        let mut removed = std::mem::take(&mut self.removed);
        // Backwards in time: undoing one truncation after the other gives every log that was there since.
        loop {
            let here = usize::try_from(last).unwrap_or(usize::MAX);
            let at_last = if here == 0 { Some(Hash(0)) } else { candidate.get(here - 1).map(|item| item.hash) };
            longest = longest.max(candidate.len() as u64);
            if at_last == Some(hash) {
                candidate.truncate(here);
                self.items = candidate;
                return Recovered::Known;
            }
            let Some((from, suffix)) = removed.pop() else { break };
            candidate.truncate(usize::try_from(from.saturating_sub(1)).unwrap_or(usize::MAX));
            candidate.extend(suffix);
        }
        if last > longest { Recovered::Longer } else { Recovered::Differs }
    }
}
