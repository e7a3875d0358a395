//! Lists: the versions of a key are in the order of its longest list that was read (Elle, section 3).
//!
//! **Which transactions happened.** Those that were answered, and those of unknown outcome of which somebody read something. All
//! others of unknown outcome say nothing.
//!
//! **The order.** A list only grows, so in any serial order each list that was read is the beginning of all later ones; the longest
//! tells the order of what it has. What a transaction that happened appended, and the longest list does not have, was appended
//! after it, in an order that nobody knows. A key with lists that do not begin with each other, or with an element twice, has no
//! order, and no ww or rw.
//!
//! **Dependencies.** ww: from each append to the next. wr: from the append of the last element of a list to who read it. rw: from who
//! read a list to who appended the next element. Of a transaction's reads of a key only the first counts, and only if it comes
//! before all its appends: the others must follow from that and from the transaction itself.

mod depend;
mod fates;
mod why;

use super::anomaly::Anomaly;
use super::findings::{Finding, Findings};
use super::history::{History, NONE, Op};
use crate::history::Outcome;

/// What the lists say.
#[derive(Debug)]
pub struct Lists<'a> {
    history: &'a History,
    longest: Vec<Longest>,
    /// The place of each version in the longest list; `NONE`: nobody read it.
    place: Vec<u32>,
    /// Which transactions happened.
    there: Vec<bool>,
    findings: Findings,
    /// Who read the longest list of a key, and who appended what it does not have.
    last_readers: Vec<(u32, u32)>,
    unread: Vec<(u32, u32)>,
    /// Key, length of the list that was read, and who read it and appended.
    updates: Vec<(u32, u32, u32)>,
}

/// The longest list of a key that was read.
#[derive(Clone, Copy, Debug)]
struct Longest {
    start: u32,
    len: u32,
    reader: u32,
    /// Whether it is the order of the key.
    is_order: bool,
}

impl<'a> Lists<'a> {
    /// Finds the order of each key, and who happened.
    pub fn new(history: &'a History) -> Lists<'a> {
        let none = Longest { start: 0, len: 0, reader: NONE, is_order: true };
        let there = history.ids().map(|id| history.transaction(id).outcome == Outcome::Ok).collect();
        let mut lists = Lists {
            history,
            longest: vec![none; history.keys()],
            place: vec![NONE; history.versions()],
            there,
            findings: Findings::default(),
            last_readers: Vec::new(),
            unread: Vec::new(),
            updates: Vec::new(),
        };
        lists.find_longest();
        lists.find_orders();
        lists.find_fates();
        lists
    }

    /// Every list that was read: who, which key, and the range.
    fn reads(&self) -> impl Iterator<Item = (u32, u32, u32, u32)> + use<'a> {
        let history = self.history;
        history.ids().filter(move |&id| history.transaction(id).outcome == Outcome::Ok).flat_map(move |id| {
            history.ops(id).iter().filter_map(move |op| match *op {
                Op::List { key, start, len } => Some((id, key, start, len)),
                _ => None,
            })
        })
    }

    fn find_longest(&mut self) {
        for (reader, key, start, len) in self.reads() {
            let longest = &mut self.longest[key as usize];
            if longest.reader == NONE || len > longest.len {
                *longest = Longest { start, len, reader, is_order: true };
            }
        }
    }

    fn find_orders(&mut self) {
        let history = self.history;
        for key in 0..self.longest.len() {
            let Longest { start, len, reader, .. } = self.longest[key];
            for (at, &version) in (0..).zip(history.elements(start, len)) {
                if self.place[version as usize] != NONE {
                    self.longest[key].is_order = false;
                    self.duplicate(reader, key as u32, version);
                }
                self.place[version as usize] = at;
            }
        }
        for (id, key, start, len) in self.reads() {
            let longest = self.longest[key as usize];
            let (here, there) = (history.elements(start, len), history.elements(longest.start, len));
            if here == there {
                continue;
            }
            self.longest[key as usize].is_order = false;
            let mut sorted = here.to_vec();
            sorted.sort_unstable();
            match sorted.windows(2).find(|pair| pair[0] == pair[1]) {
                Some(twice) => self.duplicate(id, key, twice[0]),
                None => self.incompatible(id, key, here),
            }
        }
    }

    fn duplicate(&mut self, id: u32, key: u32, version: u32) {
        let history = self.history;
        self.findings.add(Anomaly::DuplicateElements, || {
            let (name, element) = (history.key_text(key), history.version_text(version));
            Finding {
                anomaly: Anomaly::DuplicateElements,
                keys: vec![key],
                transactions: vec![id],
                summary: format!("T1 read {element} twice in {name}"),
                because: vec![format!("At most one transaction appended {element} to {name}, and once.")],
                edges: Vec::new(),
            }
        });
    }

    fn incompatible(&mut self, id: u32, key: u32, here: &[u32]) {
        let (history, longest) = (self.history, self.longest[key as usize]);
        self.findings.add(Anomaly::IncompatibleOrder, || {
            let there = history.elements(longest.start, longest.len);
            let at = here.iter().zip(there).position(|(one, other)| one != other).unwrap_or(0);
            let [one, other] = [here[at], there[at]].map(|version| history.version_text(version));
            let name = history.key_text(key);
            Finding {
                anomaly: Anomaly::IncompatibleOrder,
                keys: vec![key],
                // Both may be of the same transaction.
                transactions: if id == longest.reader { vec![id] } else { vec![id, longest.reader] },
                summary: format!("two reads of {name} have {one} and {other} at the same place"),
                because: vec![
                    format!(
                        "Place {} of a list that was read of {name} holds {one}, and of another one {other}.",
                        at + 1
                    ),
                    "A list only grows at its end, so that one of two lists begins with the other.".to_owned(),
                ],
                edges: Vec::new(),
            }
        });
    }

    /// Who happened.
    pub fn is_there(&self, id: u32) -> bool {
        self.there[id as usize]
    }

    fn happened_at_all(&self, writer: u32) -> bool {
        writer != NONE && self.there[writer as usize]
    }

    /// What was found so far.
    pub fn into_findings(self) -> Findings {
        self.findings
    }
}
