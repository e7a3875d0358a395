//! Which terms the entries of the log have.

use super::write::{Cut, Recovered, Write};
use crate::raft::types::{EntryId, LogIndex};

/// The shape of a log: enough to say whether it has an entry, in the room of one entry per term.
#[derive(Clone, Debug)]
pub struct Terms {
    /// The entry that the log begins after; the default if it begins with entry 1.
    begin: EntryId,
    /// The first entry of each run of entries of one term, in order. The first run may begin before the log does.
    runs: Vec<EntryId>,
    last: LogIndex,
}

impl Terms {
    /// The terms of this log.
    pub fn new(log: &Recovered) -> Terms {
        let mut terms = Terms { begin: log.begin(), runs: Vec::new(), last: log.begin().index };
        log.entries.iter().for_each(|entry| terms.push(entry.id));
        terms
    }

    /// The entry that the log begins after.
    pub fn begin(&self) -> EntryId {
        self.begin
    }

    /// The index of the last entry.
    pub fn last(&self) -> LogIndex {
        self.last
    }

    /// Carries out a write that was found to fit.
    pub fn apply(&mut self, write: &Write) {
        if let Some(from) = write.truncate_from {
            self.runs.truncate(self.runs.partition_point(|run| run.index < from));
            self.last = self.last.min(from.previous());
        }
        write.entries.iter().for_each(|entry| self.push(entry.id));
    }

    /// Lets the log begin after this entry, which a snapshot holds. What is behind it stays only if the log has this entry:
    /// otherwise it is another log than the snapshot's.
    pub fn start_after(&mut self, snapshot: EntryId) -> Cut {
        if snapshot.index <= self.begin.index {
            return Cut::Unchanged;
        }
        let cut = if self.has(snapshot) { Cut::KeptSuffix } else { Cut::ReplacedAll };
        match cut {
            Cut::KeptSuffix => {
                let passed = self.runs.partition_point(|run| run.index <= snapshot.index);
                self.runs.drain(..passed.saturating_sub(1));
            }
            _ => {
                self.runs.clear();
                self.last = snapshot.index;
            }
        }
        self.begin = snapshot;
        cut
    }

    /// Whether the log has this entry, which is not in the snapshot.
    fn has(&self, id: EntryId) -> bool {
        let run = self.runs.partition_point(|run| run.index <= id.index).checked_sub(1).map(|run| self.runs[run]);
        id.index <= self.last && run.is_some_and(|run| run.term == id.term)
    }

    fn push(&mut self, id: EntryId) {
        debug_assert_eq!(id.index, self.last.next());
        // After a cut the run of the last entry may be gone; then its term counts as a new one.
        if self.runs.last().is_none_or(|run| run.term != id.term) {
            self.runs.push(id);
        }
        self.last = id.index;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raft::types::{Entry, Payload, Term};
    use proptest::prelude::*;

    fn id(index: u64, term: u64) -> EntryId {
        EntryId { term: Term(term), index: LogIndex(index) }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// Against a plain list of entries.
        #[test]
        fn terms_say_what_a_list_of_entries_says(steps in prop::collection::vec((0..3u8, 1..20u64, 1..4u64), 0..40)) {
            let mut terms = Terms::new(&Recovered::default());
            let (mut begin, mut list) = (id(0, 0), Vec::new());
            for (kind, index, term) in steps {
                let next = begin.index.0 + list.len() as u64 + 1;
                match kind {
                    0 => {
                        let entries = vec![Entry { id: id(next, term), payload: Payload::Noop }];
                        terms.apply(&Write { entries, ..Write::default() });
                        list.push(id(next, term));
                    }
                    1 => {
                        let from = begin.index.0 + 1 + index % (next - begin.index.0);
                        terms.apply(&Write { truncate_from: Some(LogIndex(from)), ..Write::default() });
                        list.retain(|id| id.index.0 < from);
                    }
                    _ => {
                        let cut = terms.start_after(id(index, term));
                        if index > begin.index.0 {
                            let has = list.contains(&id(index, term));
                            prop_assert_eq!(cut, if has { Cut::KeptSuffix } else { Cut::ReplacedAll });
                            list.retain(|id| has && id.index.0 > index);
                            begin = id(index, term);
                        } else {
                            prop_assert_eq!(cut, Cut::Unchanged);
                        }
                    }
                }
                prop_assert_eq!((terms.begin(), terms.last().0), (begin, begin.index.0 + list.len() as u64));
                for index in begin.index.0 + 1..30 {
                    for term in 1..4 {
                        prop_assert_eq!(terms.has(id(index, term)), list.contains(&id(index, term)));
                    }
                }
            }
        }
    }
}
