//! Who was asked: a commit needs acknowledgements, and an election votes, of a quorum of the configuration in force.

use super::configuration::Configuration;
use super::property::{Findings, Property, Spot};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a node says that it has a quorum for. It waits until all lines of its own moment have been read.
#[derive(Debug)]
struct Claim {
    t: u64,
    spot: Spot,
    term: u64,
    decision: Decision,
    configuration: Arc<Configuration>,
}

#[derive(Debug)]
enum Decision {
    /// It is leader.
    Election,
    /// The log up to this index is committed.
    Commit(u64),
}

/// All votes and acknowledgements so far, and what was claimed on their strength.
///
/// The judgement is sound. A leader counts a node when the node's acknowledgement reaches it (its own: when its disk is
/// done). The line `ack` was written before that message was sent, with one `write`, so that a kill cannot have lost it; and
/// its time was taken before that of the leader's `commit`. Acknowledgements to other terms' leaders never count: an
/// answer carries its term, and a leader ignores those of others. The same holds of the lines `vote` and `role`.
#[derive(Debug, Default)]
pub struct Quorums {
    /// The highest index that each node acknowledged in a term.
    acks: BTreeMap<u64, BTreeMap<usize, (u64, Spot)>>,
    /// Who voted in a term, and for whom.
    votes: BTreeMap<u64, Vec<(Spot, String)>>,
    claims: Vec<Claim>,
}

impl Quorums {
    /// A node acknowledged its log up to `index` to the leader of `term`.
    pub fn ack(&mut self, spot: Spot, term: u64, index: u64) {
        let highest = self.acks.entry(term).or_default().entry(spot.node).or_insert((index, spot));
        if index > highest.0 {
            *highest = (index, spot);
        }
    }

    /// A node voted.
    pub fn vote(&mut self, spot: Spot, term: u64, candidate: &str) {
        let votes = self.votes.entry(term).or_default();
        if !votes.iter().any(|(voter, other)| voter.node == spot.node && *other == candidate) {
            votes.push((spot, candidate.to_owned()));
        }
    }

    /// A leader's commit index reached `index` while this configuration was in force there.
    pub fn commit(&mut self, spot: Spot, t: u64, term: u64, index: u64, configuration: Arc<Configuration>) {
        self.claims.push(Claim { t, spot, term, decision: Decision::Commit(index), configuration });
    }

    /// A node won an election while this configuration was in force there.
    pub fn elect(&mut self, spot: Spot, t: u64, term: u64, configuration: Arc<Configuration>) {
        self.claims.push(Claim { t, spot, term, decision: Decision::Election, configuration });
    }

    /// All lines before the time `now` have been read.
    pub fn settle(&mut self, findings: &mut Findings, now: u64) {
        while let Some(claim) = self.claims.pop_if(|claim| claim.t < now) {
            self.judge(findings, &claim);
        }
    }

    fn judge(&self, findings: &mut Findings, claim: &Claim) {
        let Claim { spot, term, ref decision, ref configuration, .. } = *claim;
        let node = findings.node(spot);
        let supporters: Vec<Spot> = match *decision {
            Decision::Election => {
                let votes = self.votes.get(&term).into_iter().flatten();
                votes.filter(|(_, candidate)| **candidate == *node).map(|(vote, _)| *vote).collect()
            }
            Decision::Commit(index) => {
                let acks = self.acks.get(&term).into_iter().flat_map(BTreeMap::values);
                acks.filter(|(acked, _)| *acked >= index).map(|(_, ack)| *ack).collect()
            }
        };
        let names: Vec<Arc<str>> = supporters.iter().map(|&supporter| findings.node(supporter)).collect();
        let Some(missed) = configuration.majorities().find(|majority| majority.count(&names) < majority.needed) else {
            return;
        };
        let (place, needed, found) = (findings.place(spot), missed.needed, missed.count(&names));
        let names = if names.is_empty() { "nobody".into() } else { names.join(", ") };
        let (property, mut summary, claimed, counted) = match *decision {
            Decision::Election => (
                Property::ElectionNeedsQuorum,
                format!("{node} became leader of term {term} with {found} votes of the {needed} it needs"),
                format!("{node} became leader of term {term} ({place})."),
                format!("By then {names} had voted for it in term {term}."),
            ),
            Decision::Commit(index) => (
                Property::CommitNeedsQuorum,
                format!(
                    "{node} committed index {index} in term {term} with {found} acknowledgements of the {needed} it needs"
                ),
                format!("{node}, leader of term {term}, took the log up to index {index} for committed ({place})."),
                format!("By then {names} had acknowledged index {index} or more to the leader of term {term}."),
            ),
        };
        if configuration.is_joint() {
            let whose = if missed.of == configuration.outgoing { "old" } else { "new" };
            summary.push_str(&format!(" from the {whose} voters"));
        }
        let argument = vec![
            claimed,
            format!("Its configuration was: {configuration}."),
            counted,
            format!(
                "A majority of {} nodes is {needed}, and a node writes the line before it answers.",
                missed.of.len()
            ),
        ];
        let spots = supporters.into_iter().chain([spot]).collect();
        findings.add(property, summary, spots, argument);
    }
}
