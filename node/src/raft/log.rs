//! The log in memory, and how much of it is where: handed to storage, durable.

use super::types::{Entry, EntryId, LogIndex, Term};

/// The replicated log of a node. Positions count from 1; before the first entry stands the imaginary entry 0@0, which
/// every log contains.
///
/// Invariants: positions are contiguous, terms never decrease, `durable < unwritten` and `unwritten ≤ last + 1`.
#[derive(Debug)]
pub struct Log {
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
    /// If the entries are not contiguous from 1 with terms that never decrease.
    pub fn new(entries: Vec<Entry>) -> Log {
        for (position, entry) in (1..).zip(&entries) {
            assert_eq!(entry.id.index, LogIndex(position), "a recovered log has no gaps");
        }
        assert!(entries.is_sorted_by_key(|entry| entry.id.term), "terms never decrease along a log");
        let durable = LogIndex(entries.len() as u64);
        Log { entries, unwritten: durable.next(), durable, cut: None }
    }

    /// The last entry's identity, 0@0 in an empty log.
    pub fn last(&self) -> EntryId {
        self.entries.last().map(|entry| entry.id).unwrap_or_default()
    }

    /// The last position known to be durable.
    pub fn durable(&self) -> LogIndex {
        self.durable
    }

    /// The term of the entry at a position; `None` beyond the end.
    pub fn term(&self, index: LogIndex) -> Option<Term> {
        if index == LogIndex(0) { Some(Term(0)) } else { self.entry(index).map(|entry| entry.id.term) }
    }

    /// Whether this very entry is in the log. By Log Matching (Figure 3), everything before it is then the same as well.
    pub fn contains(&self, id: EntryId) -> bool {
        self.term(id.index) == Some(id.term)
    }

    /// The entry at a position.
    pub fn entry(&self, index: LogIndex) -> Option<&Entry> {
        self.entries.get((index.0 as usize).checked_sub(1)?)
    }

    /// The entries from a position on, as many as fit into `bytes` (but at least one, if there is one) and not beyond `through`.
    pub fn slice(&self, from: LogIndex, through: LogIndex, bytes: usize) -> &[Entry] {
        let start = from.previous().0 as usize;
        let end = (through.0 as usize).min(self.entries.len());
        if start >= end {
            return &[];
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

    /// The last entry at or before `index` whose term is at most `term`. There always is one: 0@0.
    ///
    /// Both ends use it to skip a whole conflicting term in one round trip (the end of section 5.3): an entry of a later term
    /// than the one asked about cannot match, since terms never decrease along a log.
    pub fn last_with_term_at_most(&self, index: LogIndex, term: Term) -> EntryId {
        let end = (index.0 as usize).min(self.entries.len());
        let count = self.entries[..end].partition_point(|entry| entry.id.term <= term);
        count.checked_sub(1).map(|position| self.entries[position].id).unwrap_or_default()
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
        self.entries.truncate(from.previous().0 as usize);
        self.durable = self.durable.min(from.previous());
        if from < self.unwritten {
            self.unwritten = from;
            self.cut = Some(self.cut.map_or(from, |cut| cut.min(from)));
        }
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
}

impl Entry {
    /// Roughly what the entry weighs in a message.
    pub fn bytes(&self) -> usize {
        const OVERHEAD: usize = 24;
        OVERHEAD
            + match &self.payload {
                super::Payload::Noop => 0,
                super::Payload::Command(command) => command.len(),
            }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raft::Payload;

    fn log(terms: &[u64]) -> Log {
        Log::new((1..).zip(terms).map(|(index, &term)| entry(index, term)).collect())
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
}
