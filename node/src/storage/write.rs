//! What is written, and what is read back.

use super::terms::Terms;
use crate::raft::types::{Entry, EntryId, HardState, LogIndex};
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
    /// The last entry of the snapshot that the log begins after, if it does not begin at entry 1.
    pub snapshot: Option<EntryId>,
    /// The log behind the snapshot, without gaps.
    pub entries: Vec<Entry>,
}

/// Why a write does not fit the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// An entry does not stand directly behind the one before it.
    #[error("entry {found} stands where entry {expected} belongs")]
    Gap {
        /// The index that comes next.
        expected: LogIndex,
        /// The index that was found.
        found: LogIndex,
    },
    /// What a snapshot holds is committed, and stays.
    #[error("entry {from} cannot be removed, as the log begins after the snapshot of entry {snapshot}")]
    Committed {
        /// Where the removal was to begin.
        from: LogIndex,
        /// The snapshot's last entry.
        snapshot: EntryId,
    },
}

/// What became of the log when a snapshot took the place of its beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// Nothing: it begins after this or a later snapshot already.
    Unchanged,
    /// It had the snapshot's last entry: what stands behind that one stays.
    KeptSuffix,
    /// It did not have that entry: none of it stays.
    ReplacedAll,
}

impl Write {
    /// The log's last index after this write, if it was `last` before.
    pub fn last_index_after(&self, last: LogIndex) -> Result<LogIndex, WriteError> {
        let kept = self.truncate_from.map_or(last, |from| last.min(from.previous()));
        self.entries.iter().try_fold(kept, |last, entry| match entry.id.index {
            found if found == last.next() => Ok(found),
            found => Err(WriteError::Gap { expected: last.next(), found }),
        })
    }

    /// The same for a log that begins after a snapshot; the default is none.
    pub(super) fn last_index_behind(&self, snapshot: EntryId, last: LogIndex) -> Result<LogIndex, WriteError> {
        match self.truncate_from {
            Some(from) if from <= snapshot.index && snapshot.index > LogIndex(0) => {
                Err(WriteError::Committed { from, snapshot })
            }
            _ => self.last_index_after(last),
        }
    }
}

impl Recovered {
    /// The log's last entry, which may be in the snapshot; the default if there is none.
    pub fn last(&self) -> EntryId {
        self.entries.last().map_or(self.begin(), |entry| entry.id)
    }

    /// The index of the last entry, 0 if there is none.
    pub fn last_index(&self) -> LogIndex {
        self.last().index
    }

    /// Carries a write out. One that does not fit changes nothing.
    pub fn apply(&mut self, write: Write) -> Result<(), WriteError> {
        let last = write.last_index_behind(self.begin(), self.last_index())?;
        if let Some(hard_state) = write.hard_state {
            self.hard_state = hard_state;
        }
        if let Some(from) = write.truncate_from {
            self.remove_from(from);
        }
        self.entries.extend(write.entries);
        debug_assert_eq!(self.last_index(), last);
        Ok(())
    }

    /// Lets the log begin after this snapshot, as [`Wal::start_after`](super::Wal::start_after) does.
    pub fn start_after(&mut self, snapshot: EntryId) -> Cut {
        let mut terms = Terms::new(self);
        let cut = terms.start_after(snapshot);
        if cut != Cut::Unchanged {
            self.snapshot = Some(snapshot);
            self.entries.retain(|entry| cut == Cut::KeptSuffix && entry.id.index > snapshot.index);
        }
        cut
    }

    /// Removes the entries from here on.
    pub(super) fn remove_from(&mut self, from: LogIndex) {
        // The entry at position 0 is the one behind the snapshot, for the log has no gaps.
        let kept = from.0.saturating_sub(self.begin().index.0 + 1);
        self.entries.truncate(usize::try_from(kept).unwrap_or(usize::MAX));
    }

    /// The entry that the log begins after; the default if it begins with entry 1.
    pub(super) fn begin(&self) -> EntryId {
        self.snapshot.unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raft::types::{Payload, Term};

    fn entries(indexes: &[u64]) -> Vec<Entry> {
        let id = |index: &u64| EntryId { term: Term(1), index: LogIndex(*index) };
        indexes.iter().map(|index| Entry { id: id(index), payload: Payload::Noop }).collect()
    }

    fn shift(indexes: &[u64], by: u64) -> Vec<u64> {
        indexes.iter().map(|index| index + by).collect()
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
        // The same whether the log begins with entry 1 or after a snapshot.
        for (by, snapshot) in [(0, None), (7, Some(EntryId { term: Term(1), index: LogIndex(7) }))] {
            for (from, added, expected) in rows {
                let before = entries(&shift(&[1, 2, 3], by));
                let mut state = Recovered { snapshot, entries: before.clone(), ..Recovered::default() };
                let truncate_from = from.map(|from| LogIndex(from + by));
                let write = Write { truncate_from, entries: entries(&shift(added, by)), ..Write::default() };
                let gap = |(expected, found)| WriteError::Gap { expected: LogIndex(expected), found: LogIndex(found) };
                let error = expected.err().map(|(expected, found)| gap((expected + by, found + by)));
                assert_eq!(state.apply(write).err(), error, "{from:?} {added:?}");
                let after = expected.map_or(before, |indexes| entries(&shift(indexes, by)));
                assert_eq!(state.entries, after, "{from:?} {added:?}");
            }
        }
    }

    #[test]
    fn entries_in_a_snapshot_cannot_be_removed() {
        let snapshot = EntryId { term: Term(1), index: LogIndex(7) };
        let mut state =
            Recovered { snapshot: Some(snapshot), entries: entries(&[8, 9]), hard_state: HardState::default() };
        let before = state.clone();
        let write = Write { truncate_from: Some(LogIndex(7)), ..Write::default() };
        assert_eq!(state.apply(write), Err(WriteError::Committed { from: LogIndex(7), snapshot }));
        assert_eq!(state, before);
    }
}
