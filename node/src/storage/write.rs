//! What is written, and what is read back.

use crate::raft::types::{Entry, HardState, LogIndex};
use serde::{Deserialize, Serialize};

/// One atomic step of the core: after a crash all of it is there, or nothing. The fields take effect in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Write {
    /// The new term and vote, if they changed.
    pub hard_state: Option<HardState>,
    /// Entries from this index on no longer exist.
    pub truncate_from: Option<LogIndex>,
    /// Entries behind the last one.
    pub entries: Vec<Entry>,
}

/// What a node knows after a restart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovered {
    /// The last term and vote.
    pub hard_state: HardState,
    /// The log, from entry 1 on, without gaps.
    pub entries: Vec<Entry>,
}

/// An entry that does not stand directly behind the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("entry {found} stands where entry {expected} belongs")]
pub struct EntryGap {
    /// The index that comes next.
    pub expected: LogIndex,
    /// The index that was found.
    pub found: LogIndex,
}

impl Write {
    /// The log's last index after this write, if it was `last` before.
    pub fn last_index_after(&self, last: LogIndex) -> Result<LogIndex, EntryGap> {
        let kept = self.truncate_from.map_or(last, |from| last.min(from.previous()));
        self.entries.iter().try_fold(kept, |last, entry| match entry.id.index {
            found if found == last.next() => Ok(found),
            found => Err(EntryGap { expected: last.next(), found }),
        })
    }
}

impl Recovered {
    /// The index of the last entry, 0 if there is none.
    pub fn last_index(&self) -> LogIndex {
        self.entries.last().map_or(LogIndex(0), |entry| entry.id.index)
    }

    /// Carries a write out. One that would leave a gap changes nothing.
    pub fn apply(&mut self, write: Write) -> Result<(), EntryGap> {
        let last = write.last_index_after(self.last_index())?;
        if let Some(hard_state) = write.hard_state {
            self.hard_state = hard_state;
        }
        if let Some(from) = write.truncate_from {
            // Entry i stands at position i - 1, for the log has no gaps.
            self.entries.truncate(usize::try_from(from.previous().0).unwrap_or(usize::MAX));
        }
        self.entries.extend(write.entries);
        debug_assert_eq!(self.last_index(), last);
        debug_assert_eq!(self.entries.len() as u64, last.0);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raft::types::{EntryId, Payload, Term};

    fn entries(indexes: &[u64]) -> Vec<Entry> {
        let id = |index: &u64| EntryId { term: Term(1), index: LogIndex(*index) };
        indexes.iter().map(|index| Entry { id: id(index), payload: Payload::Noop }).collect()
    }

    #[test]
    fn suffix_is_removed_before_entries_are_added() {
        let rows = [
            (None, &[][..], Ok(&[1, 2, 3][..])),
            (None, &[4, 5], Ok(&[1, 2, 3, 4, 5])),
            (Some(3), &[], Ok(&[1, 2])),
            (Some(2), &[2, 3, 4], Ok(&[1, 2, 3, 4])),
            (Some(1), &[], Ok(&[])),
            (Some(9), &[4], Ok(&[1, 2, 3, 4])),
            (Some(9), &[9], Err((4, 9))),
            (Some(2), &[4], Err((2, 4))),
            (None, &[4, 6], Err((5, 6))),
        ];
        for (from, added, expected) in rows {
            let mut state = Recovered { entries: entries(&[1, 2, 3]), ..Recovered::default() };
            let write = Write { truncate_from: from.map(LogIndex), entries: entries(added), ..Write::default() };
            let gap = state.apply(write).map_err(|gap| (gap.expected.0, gap.found.0));
            assert_eq!(gap, expected.map(|_| ()), "{from:?} {added:?}");
            assert_eq!(state.entries, entries(expected.unwrap_or(&[1, 2, 3])), "{from:?} {added:?}");
        }
    }
}
