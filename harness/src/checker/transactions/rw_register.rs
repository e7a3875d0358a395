//! Registers: the order of their versions, as far as it can be known (Elle, section 4.2).
//!
//! **Which transactions happened.** Those that were answered, and those of unknown outcome of which somebody read something.
//!
//! **The order.** No value is written twice, so a value that was read tells who wrote it. Nil comes before all versions. A version
//! that a transaction reads comes right before the last one that it writes to the same register: nobody can come between. More is
//! known from real time (see [`super::zones`]); what rests on that counts only against models that keep real time.
//!
//! **Dependencies.** ww: from who wrote a version to who wrote a later one. wr: from who wrote a version to who read it. rw: from
//! who read a version to who wrote a later one. Of a transaction's reads of a key only the first counts, and only if it comes before
//! all its writes.

mod why;

use super::anomaly::{Anomaly, Order};
use super::findings::{Edge, Finding, Findings};
use super::graph::{Edges, reason};
use super::history::{History, INITIAL, NONE, Op, by_key};
use super::zones::{self, Zone};
use crate::checker::Precedence;
use crate::history::Outcome;

/// What the registers say.
#[derive(Debug)]
pub struct Registers<'a> {
    history: &'a History,
    there: Vec<bool>,
    findings: Findings,
    /// The version that its writer read before it wrote this one; `NONE`: it read none.
    before: Vec<u32>,
    /// Whether the versions of a key have an order.
    has_order: Vec<bool>,
    /// Each version that was read with its readers: key, version, reader.
    reads: Vec<(u32, u32, u32)>,
    /// When a version was certainly there; of those that are last of a transaction that happened.
    zones: Vec<Zone>,
}

impl<'a> Registers<'a> {
    /// Finds out who happened.
    pub fn new(history: &'a History) -> Registers<'a> {
        let mut there: Vec<bool> = history.ids().map(|id| history.transaction(id).outcome == Outcome::Ok).collect();
        for id in history.ids() {
            for op in history.ops(id) {
                if let Op::Value { version, .. } = *op
                    && history.fate(version) == Some(Outcome::Info)
                {
                    there[history.version_of(version).writer as usize] = true;
                }
            }
        }
        Registers {
            history,
            there,
            findings: Findings::default(),
            before: vec![NONE; history.versions()],
            has_order: vec![true; history.keys()],
            reads: Vec::new(),
            zones: vec![Zone::default(); history.versions()],
        }
    }

    /// Who happened.
    pub fn is_there(&self, id: u32) -> bool {
        self.there[id as usize]
    }

    /// What was found so far.
    pub fn into_findings(self) -> Findings {
        self.findings
    }

    /// Looks at each transaction, and adds the dependencies.
    pub fn depend(&mut self, edges: &mut Edges) {
        let (history, mut scratch) = (self.history, Vec::new());
        for id in history.ids() {
            if self.there[id as usize] {
                by_key(history.ops(id), &mut scratch, |key, ops| self.access(id, key, ops, edges));
            }
        }
        self.find_circles();
        self.reads.sort_unstable();
        let reads = std::mem::take(&mut self.reads);
        // The last versions of those who happened, by key, and by what each of them replaced.
        let mut written: Vec<(u32, u32, u32)> = (0..self.before.len() as u32)
            .filter(|&version| self.counts(version))
            .map(|version| (history.version_of(version).key, self.before[version as usize], version))
            .collect();
        written.sort_unstable();
        for of_key in written.chunk_by(|one, other| one.0 == other.0) {
            let key = of_key[0].0;
            if !self.has_order[key as usize] {
                continue;
            }
            self.first_versions(key, of_key, &reads, edges);
            for same in of_key.chunk_by(|one, other| one.1 == other.1) {
                self.replaced(key, same, &reads, edges);
            }
            self.in_real_time(key, of_key, &reads, edges);
        }
        self.reads = reads;
    }

    /// Whether it is the last version of a transaction that happened.
    fn counts(&self, version: u32) -> bool {
        let version = self.history.version_of(version);
        version.is_last && self.there[version.writer as usize]
    }

    fn writer(&self, version: u32) -> u32 {
        self.history.version_of(version).writer
    }

    /// Who read a version.
    fn readers(reads: &[(u32, u32, u32)], key: u32, version: u32) -> Vec<u32> {
        let from = reads.partition_point(|read| (read.0, read.1) < (key, version));
        reads[from..].iter().take_while(|read| (read.0, read.1) == (key, version)).map(|read| read.2).collect()
    }

    /// What a transaction did to one key.
    fn access(&mut self, id: u32, key: u32, ops: &[Op], edges: &mut Edges) {
        let history = self.history;
        let mut known = None;
        for &op in ops {
            match op {
                Op::Write { version, .. } => known = Some(version),
                Op::Value { version, .. } => {
                    if known.is_some_and(|known| known != version) {
                        self.findings.add(Anomaly::Internal, || super::explain::internal(history, id, key));
                    }
                    known = Some(version);
                }
                Op::List { .. } => {}
            }
        }
        let last = ops.iter().rev().find_map(|op| match *op {
            Op::Write { version, .. } => Some(version),
            _ => None,
        });
        if let Some(last) = last {
            self.zones[last as usize].meet(history, id);
        }
        let Some(&Op::Value { version, .. }) = ops.first() else { return };
        if version == INITIAL {
            self.reads.push((key, version, id));
            if let Some(last) = last {
                self.before[last as usize] = INITIAL;
            }
            return;
        }
        match history.fate(version) {
            None => {
                let garbage = Anomaly::GarbageRead;
                return self.findings.add(garbage, || super::explain::read_of_nothing(history, garbage, id, version));
            }
            Some(Outcome::Fail) => {
                let aborted = Anomaly::AbortedRead;
                return self.findings.add(aborted, || super::explain::read_of_nothing(history, aborted, id, version));
            }
            Some(_) => {}
        }
        let writer = self.writer(version);
        if writer == id {
            return self.findings.add(Anomaly::FutureRead, || super::explain::future_read(history, id, version));
        }
        edges.add(writer, id, reason::WR);
        if !history.version_of(version).is_last {
            return self.findings.add(Anomaly::IntermediateRead, || super::explain::intermediate(history, id, version));
        }
        self.reads.push((key, version, id));
        self.zones[version as usize].meet(history, id);
        if let Some(last) = last {
            self.before[last as usize] = version;
        }
    }

    /// Versions each of which replaced the one before, in a circle.
    fn find_circles(&mut self) {
        // Each version has one before it at most, so that every version leads to one end, or to one circle.
        let mut looked = vec![NONE; self.before.len()];
        for first in 0..self.before.len() as u32 {
            let mut at = first;
            while (at as usize) < looked.len() && looked[at as usize] == NONE {
                looked[at as usize] = first;
                at = self.before[at as usize];
            }
            if (at as usize) < looked.len() && looked[at as usize] == first {
                self.circle(at);
            }
        }
    }

    fn circle(&mut self, first: u32) {
        let history = self.history;
        let key = history.version_of(first).key;
        self.has_order[key as usize] = false;
        let before = &self.before;
        self.findings.add(Anomaly::CyclicVersions(Order::Plain), || {
            let mut versions = vec![first];
            let mut at = before[first as usize];
            while at != first {
                versions.push(at);
                at = before[at as usize];
            }
            versions.reverse();
            let text: Vec<String> = versions.iter().map(|&version| history.version_text(version)).collect();
            let name = history.key_text(key);
            let before = |at: usize| (at + text.len() - 1) % text.len();
            let replaced =
                |at: usize| format!("T{} read {} from {name} and wrote {}", at + 1, text[before(at)], text[at]);
            let writer = |at: usize| history.version_of(versions[at]).writer;
            let edge = |at: usize| {
                let (from, to) = (writer(before(at)), writer(at));
                Edge { from, to, by: Precedence::Ww, key: Some(key), because: replaced(at) }
            };
            Finding {
                anomaly: Anomaly::CyclicVersions(Order::Plain),
                keys: vec![key],
                transactions: (0..text.len()).map(writer).collect(),
                summary: format!("each of the values {} of {name} replaced another of them", text.join(", ")),
                because: (0..text.len()).map(|at| replaced(at) + ".").collect(),
                edges: (0..text.len()).map(edge).collect(),
            }
        });
    }

    /// Nil comes before everything.
    fn first_versions(&self, key: u32, of_key: &[(u32, u32, u32)], reads: &[(u32, u32, u32)], edges: &mut Edges) {
        let mut writers: Vec<u32> = of_key.iter().map(|&(_, _, version)| self.writer(version)).collect();
        writers.sort_unstable();
        edges.all_before_all(&Self::readers(reads, key, INITIAL), &writers, reason::RW);
    }

    /// Versions that replaced the same one.
    fn replaced(&mut self, key: u32, same: &[(u32, u32, u32)], reads: &[(u32, u32, u32)], edges: &mut Edges) {
        let (history, before) = (self.history, same[0].1);
        if before == NONE {
            return;
        }
        let mut writers: Vec<u32> = same.iter().map(|&(_, _, version)| self.writer(version)).collect();
        writers.sort_unstable();
        if let [one, other, ..] = writers[..] {
            self.findings.add(Anomaly::LostUpdate, || super::explain::lost_update(history, key, one, other));
        }
        if before != INITIAL {
            writers.iter().for_each(|&writer| edges.add(self.writer(before), writer, reason::WW));
            edges.all_before_all(&Self::readers(reads, key, before), &writers, reason::RW);
        }
    }

    /// The order that follows from real time.
    fn in_real_time(&mut self, key: u32, of_key: &[(u32, u32, u32)], reads: &[(u32, u32, u32)], edges: &mut Edges) {
        let history = self.history;
        let versions: Vec<(u32, Zone)> =
            of_key.iter().map(|&(_, _, version)| (version, self.zones[version as usize])).collect();
        let pairs = match zones::order(&versions) {
            Ok(pairs) => pairs,
            Err((one, other)) => {
                let [one, other] = [(one, self.zones[one as usize]), (other, self.zones[other as usize])];
                let anomaly = Anomaly::CyclicVersions(Order::RealTime);
                return self.findings.add(anomaly, || zones::contradiction(history, one, other));
            }
        };
        for (before, after) in pairs {
            // What is known without real time need not be said again.
            if self.before[after as usize] != before {
                let (why, writer) = (reason::REALTIME, self.writer(after));
                edges.add(self.writer(before), writer, reason::WW | why);
                Self::readers(reads, key, before).iter().for_each(|&id| edges.add(id, writer, reason::RW | why));
            }
        }
    }
}
