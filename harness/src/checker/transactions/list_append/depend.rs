//! What each transaction depends on, and what is wrong with what it read.

use super::{Lists, Longest};
use crate::checker::transactions::anomaly::Anomaly;
use crate::checker::transactions::explain;
use crate::checker::transactions::graph::{Edges, reason};
use crate::checker::transactions::history::{NONE, Op, by_key};
use crate::history::Outcome;

impl Lists<'_> {
    /// Looks at each transaction, and adds the dependencies.
    pub fn depend(&mut self, edges: &mut Edges) {
        let (history, mut scratch) = (self.history, Vec::new());
        for id in history.ids() {
            if self.there[id as usize] {
                by_key(history.ops(id), &mut scratch, |key, ops| self.access(id, key, ops, edges));
            }
        }
        self.last_readers.sort_unstable();
        self.unread.sort_unstable();
        self.unread.dedup();
        for key in 0..self.longest.len() {
            self.order(key, edges);
        }
        let (readers, unread) = (std::mem::take(&mut self.last_readers), std::mem::take(&mut self.unread));
        for of_key in unread.chunk_by(|one, other| one.0 == other.0) {
            let key = of_key[0].0;
            let from = readers.partition_point(|(other, _)| *other < key);
            let to = readers.partition_point(|(other, _)| *other <= key);
            let ids = |pairs: &[(u32, u32)]| pairs.iter().map(|(_, id)| *id).collect::<Vec<_>>();
            edges.all_before_all(&ids(&readers[from..to]), &ids(of_key), reason::RW);
        }
        self.find_lost_updates();
    }

    /// What a transaction did to one key.
    fn access(&mut self, id: u32, key: u32, ops: &[Op], edges: &mut Edges) {
        let (history, longest) = (self.history, self.longest[key as usize]);
        let mut writes = ops.iter().filter_map(|op| match *op {
            Op::Write { version, .. } => Some(version),
            _ => None,
        });
        let has_readers = longest.is_order && longest.reader != NONE;
        if has_readers && writes.clone().any(|version| self.place[version as usize] == NONE) {
            self.unread.push((key, id));
        }
        self.check_internal(id, ops);
        let Some(&Op::List { start, len, .. }) = ops.first() else { return };
        let seen = history.elements(start, len);
        let has_writes = writes.clone().next().is_some();
        if let Some(own) = writes.find(|version| seen.contains(version)) {
            self.findings.add(Anomaly::FutureRead, || explain::future_read(history, id, own));
            return;
        }
        if let Some(&last) = seen.last() {
            let version = history.version_of(last);
            if history.fate(last).is_some_and(|fate| fate != Outcome::Fail) {
                if !version.is_last {
                    self.findings.add(Anomaly::IntermediateRead, || explain::intermediate(history, id, last));
                }
                edges.add(version.writer, id, reason::WR);
            }
        }
        if !longest.is_order {
            return;
        }
        if has_writes {
            self.updates.push((key, len, id));
        }
        let behind = &history.elements(longest.start, longest.len)[len as usize..];
        let mut writers = behind.iter().map(|&version| history.version_of(version).writer);
        let next = writers.find(|&writer| self.happened_at_all(writer));
        match next {
            Some(next) => edges.add(id, next, reason::RW),
            None => self.last_readers.push((key, id)),
        }
    }

    /// Each read is what the reads and appends of the same transaction before it make of the list.
    fn check_internal(&mut self, id: u32, ops: &[Op]) {
        let history = self.history;
        let (mut base, mut own): (Option<&[u32]>, Vec<u32>) = (None, Vec::new());
        for &op in ops {
            match op {
                Op::Write { version, .. } => own.push(version),
                Op::List { key, start, len } => {
                    let seen = history.elements(start, len);
                    let grown = base.is_none_or(|base| seen.len() == base.len() + own.len() && seen.starts_with(base));
                    if !grown || !seen.ends_with(&own) {
                        self.findings.add(Anomaly::Internal, || explain::internal(history, id, key));
                        return;
                    }
                    (base, own) = (Some(seen), Vec::new());
                }
                Op::Value { .. } => {}
            }
        }
    }

    /// The appends of a key, one after the other.
    fn order(&mut self, key: usize, edges: &mut Edges) {
        let Longest { start, len, is_order, .. } = self.longest[key];
        if !is_order {
            return;
        }
        let mut last = NONE;
        for &version in self.history.elements(start, len) {
            let writer = self.history.version_of(version).writer;
            if self.happened_at_all(writer) {
                if last != NONE {
                    edges.add(last, writer, reason::WW);
                }
                last = writer;
            }
        }
        if last == NONE {
            return;
        }
        let from = self.unread.partition_point(|(other, _)| (*other as usize) < key);
        for &(_, writer) in self.unread[from..].iter().take_while(|(other, _)| *other as usize == key) {
            edges.add(last, writer, reason::WW);
        }
    }

    fn find_lost_updates(&mut self) {
        let history = self.history;
        self.updates.sort_unstable();
        for same in
            self.updates.chunk_by(|one, other| (one.0, one.1) == (other.0, other.1)).filter(|same| same.len() > 1)
        {
            let (key, one, other) = (same[0].0, same[0].2, same[1].2);
            self.findings.add(Anomaly::LostUpdate, || explain::lost_update(history, key, one, other));
        }
    }
}
