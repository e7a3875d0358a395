//! What became of those whose appends were read.

use super::{Lists, Longest};
use crate::checker::Precedence;
use crate::checker::transactions::anomaly::Anomaly;
use crate::checker::transactions::explain;
use crate::checker::transactions::findings::{Edge, Finding};
use crate::checker::transactions::history::NONE;
use crate::history::Outcome;

impl Lists<'_> {
    /// What became of those whose appends were read.
    pub(super) fn find_fates(&mut self) {
        let history = self.history;
        // Where the first element stands that nobody appended, or one who failed; of a key with an order no read need be looked
        // at that does not go so far.
        let mut first_odd = vec![NONE; self.longest.len()];
        for (key, odd) in first_odd.iter_mut().enumerate() {
            let Longest { start, len, is_order, .. } = self.longest[key];
            for (at, &version) in (0..).zip(history.elements(start, len)) {
                self.happened(version);
                if *odd == NONE && !matches!(history.fate(version), Some(Outcome::Ok | Outcome::Info)) {
                    *odd = at;
                }
            }
            if is_order && *odd != NONE {
                self.find_dirty_update(key, *odd);
            }
        }
        for (id, key, start, len) in self.reads() {
            let has_order = self.longest[key as usize].is_order;
            if has_order && (first_odd[key as usize] == NONE || len <= first_odd[key as usize]) {
                continue;
            }
            for &version in history.elements(start, len) {
                self.happened(version);
                match history.fate(version) {
                    None => self.read_of_nothing(Anomaly::GarbageRead, id, version),
                    Some(Outcome::Fail) => self.read_of_nothing(Anomaly::AbortedRead, id, version),
                    Some(_) => {}
                }
            }
        }
    }

    /// The writer of a version that was read happened, if anybody knows nothing else of it.
    fn happened(&mut self, version: u32) {
        if self.history.fate(version) == Some(Outcome::Info) {
            self.there[self.history.version_of(version).writer as usize] = true;
        }
    }

    fn read_of_nothing(&mut self, anomaly: Anomaly, id: u32, version: u32) {
        let history = self.history;
        self.findings.add(anomaly, || explain::read_of_nothing(history, anomaly, id, version));
    }

    /// An append that failed, in front of one that happened.
    fn find_dirty_update(&mut self, key: usize, from: u32) {
        let (history, Longest { start, len, reader, .. }) = (self.history, self.longest[key]);
        let rest = &history.elements(start, len)[from as usize..];
        let failed = rest.iter().position(|&version| history.fate(version) == Some(Outcome::Fail));
        let Some((failed, behind)) = failed.map(|at| (rest[at], &rest[at..])) else { return };
        let Some(&built) = behind.iter().find(|&&version| history.fate(version) == Some(Outcome::Ok)) else { return };
        self.findings.add(Anomaly::DirtyUpdate, || {
            let [lost, kept] = [failed, built].map(|version| history.version_text(version));
            let [from, to] = [failed, built].map(|version| history.version_of(version).writer);
            let (key, name) = (key as u32, history.key_text(key as u32));
            let mut transactions = vec![from, to];
            if !transactions.contains(&reader) {
                transactions.push(reader);
            }
            let because = format!("T2 appended {kept} to {name} behind T1's {lost}");
            Finding {
                anomaly: Anomaly::DirtyUpdate,
                keys: vec![key],
                transactions,
                summary: format!("T2 appended {kept} behind {lost}, which T1 appended although it failed"),
                because: vec![format!("The longest list that was read of {name} has both.")],
                edges: vec![Edge { from, to, by: Precedence::Ww, key: Some(key), because }],
            }
        });
    }
}
