//! What the nodes must agree on: who leads a term, what an entry is, what is committed, what was applied.

use super::log::ShadowLog;
use super::property::{Findings, Property, Spot};
use crate::history::trace::Hash;
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;

/// A leader at the moment of its election.
#[derive(Debug)]
struct Elected {
    spot: Spot,
    last: u64,
    hash: Hash,
}

/// An entry as the first node appended it.
#[derive(Debug)]
struct Appended {
    term: u64,
    hash: Hash,
    /// The hash before it.
    before: Hash,
    spot: Spot,
}

/// A committed entry.
#[derive(Debug)]
struct Committed {
    hash: Hash,
    /// The lowest term in which a node took it for committed, and where.
    term: u64,
    spot: Spot,
}

/// Everything that concerns more than one node.
#[derive(Debug, Default)]
pub struct Cluster {
    leaders: BTreeMap<u64, Elected>,
    /// Position `i` holds the first entry that there was with log index `i + 1`: seldom is there another one.
    appended: Vec<Appended>,
    /// The other ones, by log index and term.
    others: FxHashMap<(u64, u64), (Hash, Spot)>,
    /// The hash before each of these, which is named by its index and hash. With the first ones, this is the tree of all logs that
    /// ever were.
    before: FxHashMap<(u64, Hash), Hash>,
    /// Position `i` holds log index `i + 1`.
    committed: Vec<Committed>,
    applied: Vec<(Hash, Spot)>,
}

impl Cluster {
    /// How many entries and how many leaders there have been.
    pub fn tally(&self) -> [(&'static str, u64); 3] {
        let (entries, leaders) = ((self.appended.len() + self.others.len()) as u64, self.leaders.len() as u64);
        [("entries", entries), ("leaders", leaders), ("committed", self.committed.len() as u64)]
    }

    /// The node that leads `term`, if any ever did.
    pub fn leader(&self, term: u64) -> Option<usize> {
        self.leaders.get(&term).map(|elected| elected.spot.node)
    }

    /// A node became leader.
    pub fn elect(&mut self, findings: &mut Findings, spot: Spot, term: u64, log: &ShadowLog) {
        let hash = log.hash(log.last()).unwrap_or_default();
        let elected = Elected { spot, last: log.last(), hash };
        match self.leaders.get(&term) {
            Some(first) if first.spot.node != spot.node => {
                let (one, two) = (findings.node(first.spot), findings.node(spot));
                let argument = vec![
                    format!("{one} became leader of term {term} ({}).", findings.place(first.spot)),
                    format!("{two} became leader of the same term ({}).", findings.place(spot)),
                    "Two majorities have a node in common, and a node has one vote in a term: both cannot have been elected."
                        .into(),
                ];
                let summary = format!("{one} and {two} both became leader of term {term}");
                findings.add(Property::ElectionSafety, summary, vec![first.spot, spot], argument);
            }
            Some(_) => {}
            None => drop(self.leaders.insert(term, elected)),
        }
    }

    /// A node appended an entry behind one with the hash `before`.
    pub fn append(&mut self, findings: &mut Findings, spot: Spot, index: u64, term: u64, hash: Hash, before: Hash) {
        let known = self.entry(index, term);
        if known.is_none() && position(index) == Some(self.appended.len()) {
            self.appended.push(Appended { term, hash, before, spot });
            return;
        }
        if self.first(index).is_none_or(|first| first.hash != hash) {
            self.before.entry((index, hash)).or_insert(before);
        }
        let Some((known, first)) = known else {
            self.others.insert((index, term), (hash, spot));
            return;
        };
        if known != hash {
            let (one, two) = (findings.node(first), findings.node(spot));
            let argument = vec![
                format!(
                    "{one} appended entry {index}@{term}, where its log has hash {known} ({}).",
                    findings.place(first)
                ),
                format!(
                    "{two} appended entry {index}@{term}, where its log has hash {hash} ({}).",
                    findings.place(spot)
                ),
                "A running hash covers an entry and all before it, so the two logs differ there or earlier.".into(),
            ];
            let summary =
                format!("the logs of {one} and {two} have different entries {index}@{term}, or differ before it");
            findings.add(Property::LogMatching, summary, vec![first, spot], argument);
        }
    }

    fn first(&self, index: u64) -> Option<&Appended> {
        self.appended.get(position(index)?)
    }

    /// The entry of a term, and where it was first appended.
    fn entry(&self, index: u64, term: u64) -> Option<(Hash, Spot)> {
        let first = self.first(index).filter(|first| first.term == term);
        first.map(|first| (first.hash, first.spot)).or_else(|| self.others.get(&(index, term)).copied())
    }

    /// The hash before an entry.
    fn before(&self, index: u64, hash: Hash) -> Option<Hash> {
        let first = self.first(index).filter(|first| first.hash == hash);
        first.map(|first| first.before).or_else(|| self.before.get(&(index, hash)).copied())
    }

    /// A node took the entries of `log` from `first` to `last` for committed. What its snapshot covers it cannot show.
    pub fn commit(
        &mut self,
        findings: &mut Findings,
        spot: Spot,
        term: u64,
        (first, last): (u64, u64),
        log: &ShadowLog,
    ) {
        let mut differs = false;
        for index in first..=last {
            let Some(hash) = log.hash(index) else { continue };
            let at = usize::try_from(index - 1).unwrap_or(usize::MAX);
            let next = self.committed.len();
            match self.committed.get_mut(at) {
                None if at == next => self.committed.push(Committed { hash, term, spot }),
                None => return,
                // All that follows differs too; one accusation is enough.
                Some(known) if known.hash != hash && differs => {}
                Some(known) if known.hash != hash => {
                    differs = true;
                    let (one, two) = (findings.node(known.spot), findings.node(spot));
                    let argument = vec![
                        format!(
                            "{one} took entry {index} with hash {} for committed ({}).",
                            known.hash,
                            findings.place(known.spot)
                        ),
                        format!("{two} took entry {index} with hash {hash} for committed ({}).", findings.place(spot)),
                    ];
                    let summary = format!("{one} and {two} took different entries at index {index} for committed");
                    findings.add(Property::CommittedIsImmutable, summary, vec![known.spot, spot], argument);
                }
                Some(known) if term < known.term => (known.term, known.spot) = (term, spot),
                Some(_) => {}
            }
        }
    }

    /// A node applied the entries of `log` from `first` to `last`.
    pub fn apply(&mut self, findings: &mut Findings, spot: Spot, (first, last): (u64, u64), log: &ShadowLog) {
        let mut differs = false;
        for index in first..=last {
            let Some(hash) = log.hash(index) else { continue };
            let at = usize::try_from(index - 1).unwrap_or(usize::MAX);
            let next = self.applied.len();
            match self.applied.get(at) {
                None if at == next => self.applied.push((hash, spot)),
                None => return,
                Some((known, _)) if *known != hash && differs => {}
                Some((known, other)) if *known != hash => {
                    differs = true;
                    let (one, two) = (findings.node(*other), findings.node(spot));
                    let argument = vec![
                        format!(
                            "{one} applied an entry at index {index} with hash {known} ({}).",
                            findings.place(*other)
                        ),
                        format!("{two} applied an entry at index {index} with hash {hash} ({}).", findings.place(spot)),
                    ];
                    let summary = format!("{one} and {two} applied different entries at index {index}");
                    findings.add(Property::StateMachineSafety, summary, vec![*other, spot], argument);
                }
                Some(_) => {}
            }
        }
    }

    /// A node has a snapshot that ends at this entry. It was applied before by whoever made it, so nothing new becomes known.
    pub fn snapshot(&self, findings: &mut Findings, spot: Spot, index: u64, term: u64, hash: Hash) {
        let Some(at) = position(index) else { return };
        let applied = self.applied.get(at).map(|(hash, spot)| (Property::StateMachineSafety, *hash, *spot, "applied"));
        let committed =
            self.committed.get(at).map(|known| (Property::CommittedIsImmutable, known.hash, known.spot, "committed"));
        let appended = self.entry(index, term).map(|(hash, spot)| (Property::LogMatching, hash, spot, "appended"));
        let differing = [applied, committed, appended].into_iter().flatten().find(|(_, known, ..)| *known != hash);
        let Some((property, known, other, what)) = differing else { return };
        let (one, two) = (findings.node(other), findings.node(spot));
        let argument = vec![
            format!("{one} {what} an entry at index {index} with hash {known} ({}).", findings.place(other)),
            format!("The snapshot of {two} ends at that index with hash {hash} ({}).", findings.place(spot)),
        ];
        let summary = format!("{two} has a snapshot of another state at index {index} than {one} had {what} there");
        findings.add(property, summary, vec![other, spot], argument);
    }

    /// Whether the committed log has this hash at this index.
    pub fn is_committed(&self, index: u64, hash: Hash) -> bool {
        let committed = position(index).and_then(|at| self.committed.get(at));
        committed.is_some_and(|committed| committed.hash == hash)
    }

    /// Leader Completeness, when everything is known.
    ///
    /// It does not matter whether the election or the line `commit` came first: the old leader may learn only later that a majority
    /// already had its entry. Those who gave the new leader their votes include one of that majority.
    pub fn complete(&self, findings: &mut Findings) {
        for (&term, elected) in &self.leaders {
            // In an order of indices the lowest terms of commitment never fall: who commits an index commits all below it.
            let count = self.committed.partition_point(|committed| committed.term < term) as u64;
            let (mut index, mut hash) = (elected.last, elected.hash);
            let mut first_missing = None;
            if index < count {
                first_missing = Some(index + 1);
            }
            while index > 0 {
                if index <= count && self.is_committed(index, hash) {
                    break; // The same from here down.
                }
                if index <= count {
                    first_missing = Some(index);
                }
                // A hash that was never appended: the chain is lost, and nothing can be said of what is below.
                let Some(previous) = self.before(index, hash) else { break };
                (index, hash) = (index - 1, previous);
            }
            if let Some(missing) = first_missing {
                self.incomplete(findings, term, elected, missing);
            }
        }
    }

    fn incomplete(&self, findings: &mut Findings, term: u64, elected: &Elected, missing: u64) {
        let committed = &self.committed[usize::try_from(missing - 1).unwrap_or(usize::MAX)];
        let (leader, witness) = (findings.node(elected.spot), findings.node(committed.spot));
        let has = if elected.last < missing { "ended before it" } else { "held another entry there" };
        let argument = vec![
            format!(
                "{witness} took index {missing} (hash {}) for committed in term {} ({}).",
                committed.hash,
                committed.term,
                findings.place(committed.spot)
            ),
            format!("{leader} became leader of term {term}, which is later ({}).", findings.place(elected.spot)),
            format!("Its log ended at index {} and {has}.", elected.last),
        ];
        let summary = format!(
            "{leader} became leader of term {term} without entry {missing}, which {witness} knew to be committed in term {}",
            committed.term
        );
        findings.add(Property::LeaderCompleteness, summary, vec![committed.spot, elected.spot], argument);
    }
}

/// Where the entry with a log index stands among all.
fn position(index: u64) -> Option<usize> {
    usize::try_from(index.checked_sub(1)?).ok()
}
