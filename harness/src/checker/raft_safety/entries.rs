//! The lines that speak of entries: appended, removed, acknowledged, committed, applied.

use super::log::Item;
use super::property::{Property, Spot};
use super::replay::{Contradiction, Replay};
use crate::history::trace::{Hash, Role};
use std::sync::Arc;

impl Replay {
    pub(super) fn append(
        &mut self,
        spot: Spot,
        first: u64,
        terms: &[(u64, u64)],
        hashes: &[Hash],
    ) -> Result<(), Contradiction> {
        let node = &mut self.nodes[spot.node];
        if first != node.log.last() + 1 {
            return Err(format!("appends at index {first} to a log that ends at {}", node.log.last()));
        }
        let counted = terms.iter().try_fold(0u64, |sum, (_, count)| sum.checked_add(*count));
        if counted != Some(hashes.len() as u64) {
            return Err(format!("has terms for {} entries and {} hashes", counted.unwrap_or(u64::MAX), hashes.len()));
        }
        let terms = terms.iter().flat_map(|&(term, count)| (0..count).map(move |_| term));
        for (term, &hash) in terms.zip(hashes) {
            let last = node.log.last();
            let before = node.log.hash(last).unwrap_or_default();
            self.cluster.append(&mut self.findings, spot, last + 1, term, hash, before);
            node.log.push(Item { term, hash, line: spot.line });
        }
        Ok(())
    }

    pub(super) fn truncate(&mut self, spot: Spot, from: u64) -> Result<(), Contradiction> {
        *self.tally.entry("truncations").or_default() += 1;
        let node = &mut self.nodes[spot.node];
        let (name, term) = (self.findings.node(spot), node.term.0);
        if from == 0 || from > node.log.last() {
            return Err(format!("removes entries from {from} on of a log that ends at {}", node.log.last()));
        }
        let (commit, known_since) = node.committed(spot);
        let removed = format!("{name} removed its entries from index {from} on ({}).", self.findings.place(spot));
        if node.role.0 == Role::Leader {
            let spots = node.role.1.into_iter().chain([spot]).collect();
            let argument = vec![format!("{name} was leader of term {term}."), removed.clone()];
            let summary = format!("{name} removed entries from index {from} on while it was leader of term {term}");
            self.findings.add(Property::LeaderAppendOnly, summary, spots, argument);
        }
        if from <= commit {
            let spots = known_since.into_iter().chain([spot]).collect();
            let argument = vec![format!("{name} knew its log to be committed up to index {commit}."), removed.clone()];
            let summary = format!("{name} removed entry {from} although it knew it to be committed");
            self.findings.add(Property::CommittedIsImmutable, summary, spots, argument);
        }
        let (acked_term, acked, acked_at) = node.acked;
        if acked_term == term && from <= acked {
            let spots = acked_at.into_iter().chain([spot]).collect();
            let argument = vec![
                format!("{name} acknowledged its log up to index {acked} to the leader of term {term}."),
                removed,
                format!("It was still in term {term}, whose leader has exactly these entries."),
            ];
            let summary =
                format!("{name} removed entry {from}, which it had acknowledged to the leader of the same term {term}");
            self.findings.add(Property::AcknowledgedPrefix, summary, spots, argument);
        }
        if from <= node.log.snapshot().0 {
            return Err(format!("removes entries from {from} on, which its snapshot covers"));
        }
        node.log.truncate(from);
        if node.durable.0 >= from {
            node.durable.0 = from - 1;
        }
        Ok(())
    }

    pub(super) fn ack(&mut self, spot: Spot, term: u64, index: u64) {
        *self.tally.entry("acks").or_default() += 1;
        let leader = self.cluster.leader(term).filter(|&leader| {
            leader != spot.node && self.nodes[leader].role.0 == Role::Leader && self.nodes[leader].term.0 == term
        });
        let of_leader =
            leader.and_then(|leader| self.nodes[leader].log.item(index).copied().map(|item| (leader, item)));
        let node = &mut self.nodes[spot.node];
        let (name, place) = (self.findings.node(spot), self.findings.place(spot));
        let own = node.log.item(index).copied();
        let claim =
            || format!("{name} acknowledged its log up to index {index} to the leader of term {term} ({place}).");
        if index > node.log.last() {
            let last = node.log.last();
            let argument = vec![claim(), format!("Its log ends at index {last}.")];
            let summary = format!("{name} acknowledged index {index} although its log ends at {last}");
            self.findings.add(Property::AcknowledgedPrefix, summary, vec![spot], argument);
        } else if let (Some(own), Some((leader, theirs))) = (own, of_leader)
            && own.hash != theirs.hash
        {
            let theirs_at = Spot { node: leader, line: theirs.line };
            let leads = self.findings.node(theirs_at);
            let argument = vec![
                claim(),
                format!("There its log has hash {}, and that of the leader, {leads}, has {}.", own.hash, theirs.hash),
            ];
            let summary =
                format!("{name} acknowledged index {index} to {leads}, leader of term {term}, whose log is another");
            let spots = vec![theirs_at, Spot { line: own.line, ..spot }, spot];
            self.findings.add(Property::AcknowledgedPrefix, summary, spots, argument);
        }
        let index = index.min(node.log.last());
        if term >= node.promised.0 {
            node.promised = (term, Some(spot));
        }
        if (term, index) >= (node.acked.0, node.acked.1) {
            node.acked = (term, index, Some(spot));
        }
        if index >= node.durable.0 {
            node.durable = (index, Some(spot));
        }
        node.log.settle(index);
        self.quorums.ack(spot, term, index);
    }

    pub(super) fn commit(&mut self, spot: Spot, t: u64, term: u64, index: u64) {
        let node = &mut self.nodes[spot.node];
        let (name, place) = (self.findings.node(spot), self.findings.place(spot));
        let (before, since) = node.commit;
        let claim = || format!("{name} took the log up to index {index} for committed ({place}).");
        if index < before {
            let summary = format!("{name} took its commit index back from {before} to {index}");
            let argument = vec![format!("The commit index of {name} was {before}."), claim()];
            let spots = since.into_iter().chain([spot]).collect();
            self.findings.add(Property::MonotonicCommit, summary, spots, argument);
            return;
        }
        if index > node.log.last() {
            let last = node.log.last();
            let summary = format!("{name} took index {index} for committed although its log ends at {last}");
            let argument = vec![claim(), format!("Its log ends at index {last}.")];
            self.findings.add(Property::MonotonicCommit, summary, vec![spot], argument);
            return;
        }
        if node.role.0 == Role::Leader && index > before {
            self.quorums.commit(spot, t, term, index, Arc::clone(&node.configuration.in_force));
            if let Some(item) = node.log.item(index).filter(|item| item.term != term) {
                let of = item.term;
                let summary = format!(
                    "{name}, leader of term {term}, committed entry {index}@{of} of an earlier term by counting"
                );
                let argument = vec![
                    format!("{name} was leader of term {term}."),
                    claim(),
                    format!(
                        "The entry at index {index} is of term {of}, and not of its own: a later leader may still replace it."
                    ),
                ];
                let spots = node.role.1.into_iter().chain([Spot { line: item.line, ..spot }, spot]).collect();
                self.findings.add(Property::CommitRule, summary, spots, argument);
            }
        }
        self.cluster.commit(&mut self.findings, spot, term, (before + 1, index), &node.log);
        node.commit = (index, Some(spot));
        node.highest = node.highest.max(node.commit);
    }

    pub(super) fn apply(&mut self, spot: Spot, index: u64, hash: Hash) {
        let node = &mut self.nodes[spot.node];
        let (name, place) = (self.findings.node(spot), self.findings.place(spot));
        let (before, since) = node.applied;
        let claim = || format!("{name} had applied the log up to index {index}, with hash {hash} ({place}).");
        let mut fault = |summary: String, other: Option<Spot>, because: String| {
            let spots = other.into_iter().chain([spot]).collect();
            self.findings.add(Property::StateMachineSafety, summary, spots, vec![because, claim()]);
        };
        if index < before {
            let because =
                format!("{name} had already applied the log up to index {before}: entries are applied in order, once.");
            return fault(format!("{name} applied index {index} after index {before}"), since, because);
        }
        let (commit, known_since) = node.committed(spot);
        if index > commit {
            let because =
                format!("The commit index of {name} was {commit}; what is not committed may still be replaced.");
            fault(
                format!("{name} applied index {index} although it knew only {commit} to be committed"),
                known_since,
                because,
            );
        }
        if let Some(item) = node.log.item(index).filter(|item| item.hash != hash) {
            let because = format!("The log of {name} has hash {} at index {index}.", item.hash);
            let appended = Some(Spot { line: item.line, ..spot });
            return fault(
                format!("{name} applied another entry at index {index} than its log holds"),
                appended,
                because,
            );
        }
        self.cluster.apply(&mut self.findings, spot, (before + 1, index), &node.log);
        node.applied = (index.min(node.log.last()), Some(spot));
    }
}
