//! The log in memory, and how much of it is where: handed to storage, durable.

use super::types::{Entry, EntryId, LogIndex, Payload, Term};

/// The replicated log of a node, from the entry behind its base on. The base is the last entry that was removed because a snapshot
/// holds its effect (section 7); at first it is the imaginary entry 0@0, which every log contains.
///
/// Invariants: positions are contiguous, terms never decrease, `durable < unwritten` and `unwritten ≤ last + 1`.
#[derive(Debug)]
pub struct Log {
    base: EntryId,
    entries: Vec<Entry>,
    /// The first position that has not been handed to storage.
    unwritten: LogIndex,
    /// The last position that storage has reported durable.
    durable: LogIndex,
    /// The smallest position cut away since the last hand-over, where storage had it.
    cut: Option<LogIndex>,
}

impl Log {
    /// A log as it was recovered: all of it durable.
    ///
    /// # Panics
    /// If the entries are not contiguous from behind the base, with terms that never decrease.
    pub fn new(base: EntryId, entries: Vec<Entry>) -> Log {
        let mut before = base;
        for entry in &entries {
            assert_eq!(entry.id.index, before.index.next(), "a recovered log has no gaps");
            assert!(entry.id.term >= before.term, "terms never decrease along a log");
            before = entry.id;
        }
        let durable = before.index;
        Log { base, entries, unwritten: durable.next(), durable, cut: None }
    }

    /// The entry before the first, which is known by its identity alone.
    pub fn base(&self) -> EntryId {
        self.base
    }

    /// The last entry's identity: the base's if there is none.
    pub fn last(&self) -> EntryId {
        self.entries.last().map_or(self.base, |entry| entry.id)
    }

    /// The last position known to be durable.
    pub fn durable(&self) -> LogIndex {
        self.durable
    }

    /// The term of the entry at a position; `None` before the base and beyond the end.
    pub fn term(&self, index: LogIndex) -> Option<Term> {
        if index == self.base.index { Some(self.base.term) } else { self.entry(index).map(|entry| entry.id.term) }
    }

    /// Whether this very entry is in the log. By Log Matching (Figure 3), everything before it is then the same as well.
    ///
    /// What is before the base is in a snapshot, and so committed: every entry that a leader of now sends for such a position is
    /// the one that was there (Leader Completeness).
    pub fn contains(&self, id: EntryId) -> bool {
        id.index < self.base.index || self.term(id.index) == Some(id.term)
    }

    /// The entry at a position, if it is in memory.
    pub fn entry(&self, index: LogIndex) -> Option<&Entry> {
        self.entries.get(usize::try_from(index.0.checked_sub(self.base.index.0 + 1)?).ok()?)
    }

    /// The entries from a position behind the base on, as many as fit into `bytes` (but at least one, if there is one) and not
    /// beyond `through`.
    pub fn slice(&self, from: LogIndex, through: LogIndex, bytes: usize) -> &[Entry] {
        debug_assert!(from > self.base.index, "what the snapshot holds is not in memory");
        let (start, end) = (self.count_through(from.previous()), self.count_through(through));
        if start >= end {
            return &[];
        }
        if bytes == usize::MAX {
            return &self.entries[start..end];
        }
        let mut size = 0;
        let fitting = self.entries[start..end].iter().take_while(|entry| {
            let before = size;
            size += entry.bytes();
            before == 0 || size <= bytes
        });
        let count = fitting.count();
        &self.entries[start..start + count]
    }

    /// The last entry at or before `index` whose term is at most `term`; the base if there is none.
    ///
    /// Both ends use it to skip a whole conflicting term in one round trip (the end of section 5.3): an entry of a later term
    /// than the one asked about cannot match, since terms never decrease along a log.
    pub fn last_with_term_at_most(&self, index: LogIndex, term: Term) -> EntryId {
        let end = self.count_through(index);
        let count = self.entries[..end].partition_point(|entry| entry.id.term <= term);
        count.checked_sub(1).map_or(self.base, |position| self.entries[position].id)
    }

    /// Adds entries at the end.
    ///
    /// # Panics
    /// If they do not continue the log.
    pub fn append(&mut self, entries: &[Entry]) {
        for entry in entries {
            let last = self.last();
            assert_eq!(entry.id.index, last.index.next(), "an append continues the log");
            assert!(entry.id.term >= last.term, "terms never decrease along a log");
            self.entries.push(entry.clone());
        }
    }

    /// Removes every entry from a position on.
    ///
    /// Writes that are under way may still report the removed positions durable; [`Log::persisted`] must then not believe
    /// that new entries at those positions are. So the caller clamps what is under way as well.
    pub fn truncate(&mut self, from: LogIndex) {
        debug_assert!(from > self.base.index, "what the snapshot holds is committed");
        self.entries.truncate(self.count_through(from.previous()));
        self.durable = self.durable.min(from.previous());
        if from < self.unwritten {
            self.unwritten = from;
            self.cut = Some(self.cut.map_or(from, |cut| cut.min(from)));
        }
    }

    /// Forgets the entries up to `last`, whose effect is in a snapshot, save for the latest of them that weigh at most `bytes_kept`:
    /// a follower that is a little behind can still get those, and needs no snapshot.
    pub fn compact(&mut self, last: LogIndex, bytes_kept: usize) {
        let end = self.count_through(last);
        let mut kept = 0;
        let is_kept = |entry: &&Entry| {
            kept += entry.bytes();
            kept <= bytes_kept
        };
        let removed = end - self.entries[..end].iter().rev().take_while(is_kept).count();
        if let Some(base) = self.entries.drain(..removed).next_back() {
            self.base = base.id;
        }
    }

    /// A snapshot takes the place of everything: the log ends with its last entry. Nothing is known to be durable but what was
    /// committed before, since until storage has been told, a crash brings the old log back.
    pub fn replace(&mut self, base: EntryId, committed: LogIndex) {
        // Entries that storage has not been told of, it will not be told of any more. But a cut still has to reach it: what is cut
        // may be the very entry that the snapshot ends with, behind which storage would keep what it has.
        self.durable = self.durable.min(committed);
        self.entries.clear();
        self.base = base;
        self.unwritten = base.index.next();
    }

    /// What storage has to be told: where to cut, and which entries to add then. After it, all is handed over.
    pub fn take_unwritten(&mut self) -> (Option<LogIndex>, Vec<Entry>) {
        let entries = self.slice(self.unwritten, self.last().index, usize::MAX).to_vec();
        self.unwritten = self.last().index.next();
        (self.cut.take(), entries)
    }

    /// Whether there is anything that storage has to be told.
    pub fn has_unwritten(&self) -> bool {
        self.cut.is_some() || self.unwritten <= self.last().index
    }

    /// Storage reports everything up to a position durable.
    pub fn persisted(&mut self, through: LogIndex) {
        assert!(through < self.unwritten, "nothing is durable that was not handed to storage");
        self.durable = self.durable.max(through);
    }

    /// How many of the entries in memory stand at or before a position.
    fn count_through(&self, index: LogIndex) -> usize {
        let count = index.0.saturating_sub(self.base.index.0);
        usize::try_from(count).unwrap_or(usize::MAX).min(self.entries.len())
    }
}

impl Entry {
    /// Roughly what the entry weighs in a message.
    pub fn bytes(&self) -> usize {
        const OVERHEAD: usize = 24;
        const MEMBER: usize = 48;
        OVERHEAD
            + match &self.payload {
                Payload::Noop => 0,
                Payload::Command(command) => command.len(),
                Payload::Configuration(configuration) => configuration.members().len() * MEMBER,
            }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raft::Payload;

    fn log(terms: &[u64]) -> Log {
        Log::new(EntryId::default(), (1..).zip(terms).map(|(index, &term)| entry(index, term)).collect())
    }

    fn entry(index: u64, term: u64) -> Entry {
        Entry { id: EntryId { term: Term(term), index: LogIndex(index) }, payload: Payload::Noop }
    }

    #[test]
    fn an_empty_log_contains_the_imaginary_entry_only() {
        let log = log(&[]);
        assert!(log.contains(EntryId::default()));
        assert!(!log.contains(entry(1, 0).id));
        assert_eq!(log.last(), EntryId::default());
    }

    #[test]
    fn skipping_a_term_finds_its_predecessor() {
        let log = log(&[1, 1, 4, 4, 6]);
        let at_most = |index, term| log.last_with_term_at_most(LogIndex(index), Term(term)).to_string();
        assert_eq!(at_most(5, 6), "5@6");
        assert_eq!(at_most(5, 5), "4@4");
        assert_eq!(at_most(4, 3), "2@1");
        assert_eq!(at_most(9, 9), "5@6");
        assert_eq!(at_most(5, 0), "0@0");
        assert_eq!(at_most(0, 9), "0@0");
    }

    #[test]
    fn storage_is_told_of_the_smallest_cut_and_of_the_entries_that_remain() {
        let mut log = log(&[1, 1, 1]);
        log.append(&[entry(4, 2), entry(5, 2)]);
        log.truncate(LogIndex(5)); // storage never had it
        log.truncate(LogIndex(3)); // storage has 3
        log.append(&[entry(3, 3)]);
        let (cut, entries) = log.take_unwritten();
        assert_eq!(cut, Some(LogIndex(3)));
        assert_eq!(entries, [entry(3, 3)]);
        assert!(!log.has_unwritten());
        assert_eq!(log.durable(), LogIndex(2));
    }

    #[test]
    fn a_slice_holds_at_least_one_entry_and_no_more_than_fit() {
        let log = log(&[1, 1, 1, 1]);
        let weight = entry(1, 1).bytes();
        assert_eq!(log.slice(LogIndex(2), LogIndex(4), 1).len(), 1);
        assert_eq!(log.slice(LogIndex(2), LogIndex(4), 2 * weight).len(), 2);
        assert_eq!(log.slice(LogIndex(2), LogIndex(3), usize::MAX).len(), 2);
        assert_eq!(log.slice(LogIndex(5), LogIndex(9), usize::MAX).len(), 0);
    }

    #[test]
    fn a_compacted_log_knows_its_base_and_what_is_behind_it() {
        let mut log = log(&[1, 1, 2, 2, 3]);
        log.compact(LogIndex(3), 0);
        assert_eq!(log.base().to_string(), "3@2");
        assert_eq!((log.term(LogIndex(2)), log.term(LogIndex(3))), (None, Some(Term(2))));
        assert!(log.contains(entry(2, 9).id), "what the snapshot holds is committed");
        assert!(!log.contains(entry(3, 1).id));
        assert_eq!(log.slice(LogIndex(4), LogIndex(9), usize::MAX).len(), 2);
        assert_eq!(log.last_with_term_at_most(LogIndex(5), Term(1)).to_string(), "3@2");
        log.truncate(LogIndex(4));
        assert_eq!(log.last().to_string(), "3@2");
        log.append(&[entry(4, 4)]);
        assert_eq!(log.take_unwritten(), (Some(LogIndex(4)), vec![entry(4, 4)]));
    }

    #[test]
    fn compaction_keeps_as_much_as_it_is_told() {
        let mut log = log(&[1, 1, 1, 1, 1]);
        let weight = entry(1, 1).bytes();
        log.compact(LogIndex(4), 2 * weight + 1);
        assert_eq!(log.base().index, LogIndex(2));
        log.compact(LogIndex(4), usize::MAX);
        assert_eq!(log.base().index, LogIndex(2));
        log.compact(LogIndex(5), 0);
        assert_eq!(log.last(), entry(5, 1).id);
    }

    #[test]
    fn a_replaced_log_is_durable_only_as_far_as_it_was_committed() {
        let mut log = log(&[1, 1, 1, 1]);
        log.append(&[entry(5, 2)]);
        log.replace(entry(9, 3).id, LogIndex(2));
        assert_eq!((log.base(), log.last(), log.durable()), (entry(9, 3).id, entry(9, 3).id, LogIndex(2)));
        log.append(&[entry(10, 3)]);
        let (cut, entries) = log.take_unwritten();
        assert_eq!((cut, entries), (None, vec![entry(10, 3)]));
        log.persisted(LogIndex(10));
        assert_eq!(log.durable(), LogIndex(10));
    }
}
