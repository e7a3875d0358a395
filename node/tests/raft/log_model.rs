//! The log against a model of lists: what is in memory, what storage has been told, and what is on disk.

use crate::alone::entry;
use node::raft::{Entry, EntryId, Log, LogIndex, Term};
use proptest::prelude::*;
use std::collections::VecDeque;

/// What may be done to a log. Positions are taken modulo what is possible.
#[derive(Clone, Debug)]
enum Step {
    /// Add so many entries, of a term so much later than the last.
    Append { count: u64, later: u64 },
    /// Remove the entries from somewhere behind the commit index on.
    Truncate { from: u64 },
    /// Hand everything over to storage.
    Write,
    /// Storage has done the oldest write under way.
    Persist,
    /// More of what was handed over is committed.
    Commit { through: u64 },
    /// The node took a snapshot of some of what is committed, and keeps so many bytes behind it.
    Compact { through: u64, kept: usize },
    /// A leader's snapshot takes the place of everything, and ends so far behind the commit index.
    Replace { ahead: u64 },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (1u64..4, 0u64..3).prop_map(|(count, later)| Step::Append { count, later }),
        2 => any::<u64>().prop_map(|from| Step::Truncate { from }),
        4 => Just(Step::Write),
        4 => Just(Step::Persist),
        3 => any::<u64>().prop_map(|through| Step::Commit { through }),
        2 => (any::<u64>(), 0usize..100).prop_map(|(through, kept)| Step::Compact { through, kept }),
        1 => (1u64..6).prop_map(|ahead| Step::Replace { ahead }),
    ]
}

/// A list of entries behind one that is known by its identity alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct List {
    base: EntryId,
    entries: Vec<Entry>,
}

impl List {
    fn last(&self) -> EntryId {
        self.entries.last().map_or(self.base, |entry| entry.id)
    }

    fn holds(&self, id: EntryId) -> bool {
        self.base == id || self.entries.iter().any(|entry| entry.id == id)
    }

    fn behind(&self, index: LogIndex) -> Vec<Entry> {
        self.entries.iter().filter(|entry| entry.id.index > index).cloned().collect()
    }

    fn truncate(&mut self, from: LogIndex) {
        self.entries.retain(|entry| entry.id.index < from);
    }

    fn add(&mut self, entry: Entry) {
        assert_eq!(entry.id.index, self.last().index.next(), "what comes continues what is there");
        self.entries.push(entry);
    }

    fn begin_after(&mut self, last: EntryId) {
        *self = List { base: last, entries: if self.holds(last) { self.behind(last.index) } else { Vec::new() } };
    }
}

/// What storage is told at once, and up to where the log is durable when it is done, as the caller of the log knows it.
struct Write {
    cut: Option<LogIndex>,
    snapshot: Option<EntryId>,
    entries: Vec<Entry>,
    through: LogIndex,
}

#[derive(Default)]
struct Model {
    memory: List,
    disk: List,
    writes: VecDeque<Write>,
    /// The last entry of the newest snapshot, and whether storage has not been told of it.
    snapshot: EntryId,
    is_snapshot_new: bool,
    /// How much of the log was handed over and is in it still.
    handed: LogIndex,
    commit: LogIndex,
}

impl Model {
    fn write(&mut self, log: &mut Log) {
        let (cut, entries) = log.take_unwritten();
        let snapshot = std::mem::take(&mut self.is_snapshot_new).then_some(self.snapshot);
        self.handed = self.memory.last().index;
        self.writes.push_back(Write { cut, snapshot, entries, through: self.handed });
    }

    /// The oldest write reaches the disk, in the order of its fields.
    fn persist(&mut self) -> Option<LogIndex> {
        let Write { cut, snapshot, entries, through } = self.writes.pop_front()?;
        cut.into_iter().for_each(|cut| self.disk.truncate(cut));
        snapshot.into_iter().for_each(|last| self.disk.begin_after(last));
        entries.into_iter().for_each(|entry| self.disk.add(entry));
        Some(through)
    }

    /// What is under way says nothing of what stands behind a position.
    fn clamp(&mut self, through: LogIndex) {
        self.handed = self.handed.min(through);
        self.writes.iter_mut().for_each(|write| write.through = write.through.min(through));
    }

    fn step(&mut self, log: &mut Log, step: Step, term: &mut u64) {
        match step {
            Step::Append { count, later } => {
                *term += later;
                for _ in 0..count {
                    let entry = entry(self.memory.last().index.0 + 1, *term);
                    log.append(std::slice::from_ref(&entry));
                    self.memory.add(entry);
                }
            }
            Step::Truncate { from } => {
                let from = LogIndex(self.commit.0 + 1 + from % (self.memory.last().index.0 - self.commit.0 + 1));
                // Only a later leader removes anything, and what it adds is of a later term.
                *term += 1;
                log.truncate(from);
                self.memory.truncate(from);
                self.clamp(from.previous());
            }
            Step::Write => self.write(log),
            Step::Persist => self.persist().into_iter().for_each(|through| log.persisted(through)),
            Step::Commit { through } => {
                self.commit.0 += through % (self.handed.0.max(self.commit.0) - self.commit.0 + 1)
            }
            Step::Compact { through, kept } => {
                let through = LogIndex(through % (self.commit.0 + 1));
                if through > self.snapshot.index {
                    let before = self.memory.entries.iter().rev().filter(|entry| entry.id.index <= through);
                    let mut weight = 0;
                    let removed = before.skip_while(|entry| {
                        weight += entry.bytes();
                        weight <= kept
                    });
                    let base = removed.map(|entry| entry.id).next().unwrap_or(self.memory.base);
                    let last = self.memory.entries.iter().map(|entry| entry.id).find(|id| id.index == through);
                    (self.snapshot, self.is_snapshot_new) = (last.expect("it is in memory"), true);
                    log.compact(through, kept);
                    self.memory.begin_after(base);
                }
            }
            Step::Replace { ahead } => {
                *term += 1;
                let last = EntryId { term: Term(*term), index: LogIndex(self.commit.0 + ahead) };
                let committed = self.commit;
                self.clamp(committed);
                log.replace(last, committed);
                self.memory = List { base: last, entries: Vec::new() };
                (self.snapshot, self.is_snapshot_new, self.commit) = (last, true, last.index);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    /// The log holds what was added and neither truncated nor compacted; storage, told of the differences and of snapshots, ends up with
    /// the same; and what the log takes for durable is on disk.
    #[test]
    fn the_log_agrees_with_a_list_and_a_disk(steps in prop::collection::vec(step(), 0..80)) {
        let mut log = Log::new(EntryId::default(), Vec::new());
        let mut model = Model::default();
        let mut term = 1;
        for step in steps {
            model.step(&mut log, step, &mut term);
            let memory = &model.memory;
            prop_assert_eq!((log.base(), log.last()), (memory.base, memory.last()));
            prop_assert_eq!(log.slice(log.base().index.next(), LogIndex(u64::MAX), usize::MAX), &memory.entries[..]);
            prop_assert!(log.has_unwritten() || model.handed == memory.last().index || memory.entries.is_empty());
            // What the snapshot on disk holds is durable as well.
            for entry in memory.entries.iter().filter(|entry| entry.id.index <= log.durable()) {
                prop_assert!(entry.id.index <= model.disk.base.index || model.disk.holds(entry.id), "{} is durable", entry.id);
            }
            prop_assert!(log.durable() <= model.disk.last().index, "nothing is durable that is not there");
        }
        model.write(&mut log);
        while let Some(through) = model.persist() {
            log.persisted(through);
        }
        prop_assert_eq!(model.disk.base, model.snapshot);
        prop_assert_eq!(&model.disk.entries, &model.memory.behind(model.snapshot.index));
        prop_assert_eq!(log.durable(), log.last().index);
    }
}
