//! The lines that speak of snapshots: the node's own, and those that its leader sent.

use super::log::Item;
use super::property::{Property, Spot};
use super::replay::{Contradiction, Replay};
use crate::history::trace::{Hash, Role};

impl Replay {
    /// A snapshot of the node's own state.
    pub(super) fn compact(&mut self, spot: Spot, index: u64, term: u64, hash: Hash) {
        *self.tally.entry("snapshots").or_default() += 1;
        let node = &mut self.nodes[spot.node];
        let (name, place) = (self.findings.node(spot), self.findings.place(spot));
        let claim = format!("{name} took a snapshot that ends at index {index} with hash {hash} ({place}).");
        let (highest, since) = node.highest;
        if index > highest {
            let because = format!("It had never known more than the log up to index {highest} to be committed.");
            let summary =
                format!("{name} took a snapshot up to index {index} although it knew only {highest} to be committed");
            let spots = since.into_iter().chain([spot]).collect();
            self.findings.add(Property::StateMachineSafety, summary, spots, vec![claim, because]);
            return;
        }
        match node.log.item(index).copied() {
            Some(item) if item.hash != hash => {
                let because = format!("The log of {name} has hash {} at that index.", item.hash);
                let summary = format!("{name} took a snapshot of another state at index {index} than its log leads to");
                let spots = vec![Spot { line: item.line, ..spot }, spot];
                self.findings.add(Property::StateMachineSafety, summary, spots, vec![claim, because]);
            }
            _ => self.cluster.snapshot(&mut self.findings, spot, index, term, hash),
        }
        node.compacted = node.compacted.max((index, Some(spot)));
    }

    /// A snapshot of the leader's in the place of the log.
    pub(super) fn install(&mut self, spot: Spot, index: u64, term: u64, hash: Hash) -> Result<(), Contradiction> {
        *self.tally.entry("installs").or_default() += 1;
        if index == 0 {
            return Err("installs a snapshot of nothing".into());
        }
        let node = &mut self.nodes[spot.node];
        let (name, current) = (self.findings.node(spot), node.term.0);
        let claim = format!(
            "{name} replaced its log by a snapshot that ends at index {index} ({}).",
            self.findings.place(spot)
        );
        if node.role.0 == Role::Leader {
            let spots = node.role.1.into_iter().chain([spot]).collect();
            let argument = vec![format!("{name} was leader of term {current}."), claim.clone()];
            let summary = format!("{name} replaced its log by a snapshot while it was leader of term {current}");
            self.findings.add(Property::LeaderAppendOnly, summary, spots, argument);
        }
        let (acked_term, acked, acked_at) = node.acked;
        let (durable, durable_at) = node.durable;
        let keeps_prefix = node.log.hash(index) == Some(hash);
        let (commit, commit_at) = node.committed(spot);
        if index < commit {
            let argument = vec![format!("{name} knew its log to be committed up to index {commit}."), claim];
            let summary =
                format!("{name} went back to a snapshot that ends at index {index} from the commit index {commit}");
            let spots = commit_at.into_iter().chain([spot]).collect();
            self.findings.add(Property::MonotonicCommit, summary, spots, argument);
        } else if acked_term == current && index < acked {
            let argument = vec![
                format!("{name} acknowledged its log up to index {acked} to the leader of term {current}."),
                claim,
                format!("It was still in term {current}, whose leader has exactly these entries and counts on them."),
            ];
            let summary = format!(
                "{name} lost the entries from {} on to a snapshot, which it had acknowledged to the leader of the same \
                 term {current}",
                index + 1
            );
            let spots = acked_at.into_iter().chain([spot]).collect();
            self.findings.add(Property::AcknowledgedPrefix, summary, spots, argument);
        } else if keeps_prefix && index < durable {
            let argument = vec![
                format!("{name} acknowledged its log up to index {durable}."),
                claim,
                "Its log held the snapshot's last entry already, so that nothing behind it was known to conflict: an \
                 installed snapshot leaves such entries in place (Raft, section 7)."
                    .into(),
            ];
            let summary = format!(
                "{name} lost the entries from {} on, which it had acknowledged, to a snapshot of what is before them",
                index + 1
            );
            let spots = durable_at.into_iter().chain([spot]).collect();
            self.findings.add(Property::AcknowledgedPrefix, summary, spots, argument);
        }
        self.cluster.snapshot(&mut self.findings, spot, index, term, hash);
        // If the old log comes back, then perhaps without what was not known to be committed: a quorum has all that the snapshot
        // covers, and this node was not needed for it.
        node.durable.0 = durable.min(node.commit.0.max(node.log.snapshot().0));
        node.log.install(index, Item { term, hash, line: spot.line });
        (node.commit, node.applied) = ((index, Some(spot)), (index, Some(spot)));
        node.highest = node.highest.max(node.commit);
        Ok(())
    }
}
