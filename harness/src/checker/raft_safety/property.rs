//! The properties by their names, and what a violation of each looks like.

use super::configuration::Configuration;
use crate::checker::{NodeTrace, Violation, Witness, WitnessEvent};
use crate::history::trace::{Kind, Role, TraceEvent};
use std::collections::BTreeMap;

/// How many violations of one property are kept in full.
const EACH_MAX: usize = 5;

/// A promise of Raft. Sections and figures are those of the extended version of the paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Property {
    /// Figure 3.
    ElectionSafety,
    /// Figure 3.
    LeaderAppendOnly,
    /// Figure 3.
    LogMatching,
    /// Figure 3.
    LeaderCompleteness,
    /// Figure 3.
    StateMachineSafety,
    /// Section 5.2.
    OneVotePerTerm,
    /// Figure 2, "persistent state".
    Durability,
    /// Section 5.1.
    MonotonicTerm,
    /// Figure 2, "volatile state".
    MonotonicCommit,
    /// Section 5.4.2.
    CommitRule,
    /// Section 5.3.
    CommittedIsImmutable,
    /// Section 5.3.
    AcknowledgedPrefix,
    /// Section 5.3.
    CommitNeedsQuorum,
    /// Section 5.2.
    ElectionNeedsQuorum,
    /// Section 6.
    OneChangeAtATime,
    /// Sections 6 and 7.
    ConfigurationAgreement,
    /// Section 6.
    VotersLead,
}

impl Property {
    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Property::ElectionSafety => "Election Safety",
            Property::LeaderAppendOnly => "Leader Append-Only",
            Property::LogMatching => "Log Matching",
            Property::LeaderCompleteness => "Leader Completeness",
            Property::StateMachineSafety => "State Machine Safety",
            Property::OneVotePerTerm => "One Vote per Term",
            Property::Durability => "Durability",
            Property::MonotonicTerm => "Monotonic Term",
            Property::MonotonicCommit => "Monotonic Commit",
            Property::CommitRule => "Commit Rule",
            Property::CommittedIsImmutable => "Committed Is Immutable",
            Property::AcknowledgedPrefix => "Acknowledged Prefix",
            Property::CommitNeedsQuorum => "Commit Needs Quorum",
            Property::ElectionNeedsQuorum => "Election Needs Quorum",
            Property::OneChangeAtATime => "One Change at a Time",
            Property::ConfigurationAgreement => "Configuration Agreement",
            Property::VotersLead => "Voters Lead",
        }
    }

    /// What the paper says: the last sentence of every explanation.
    fn rule(self) -> &'static str {
        match self {
            Property::ElectionSafety => "At most one leader can be elected in a given term (Raft, Figure 3).",
            Property::LeaderAppendOnly => {
                "A leader never overwrites or deletes entries in its log; it only appends new entries (Raft, Figure 3)."
            }
            Property::LogMatching => {
                "If two logs contain an entry with the same index and term, then the logs are identical in all entries up \
                 through the given index (Raft, Figure 3)."
            }
            Property::LeaderCompleteness => {
                "If a log entry is committed in a given term, then it is present in the logs of the leaders of all \
                 higher-numbered terms (Raft, Figure 3)."
            }
            Property::StateMachineSafety => {
                "If a server has applied a log entry at a given index to its state machine, no other server will ever \
                 apply a different log entry for the same index (Raft, Figure 3)."
            }
            Property::OneVotePerTerm => {
                "Each server votes for at most one candidate in a given term (Raft, section 5.2)."
            }
            Property::Durability => {
                "The current term, the vote and the log are on stable storage before a server responds to anybody (Raft, \
                 Figure 2, persistent state), and so survive a crash."
            }
            Property::MonotonicTerm => "The current term increases monotonically (Raft, section 5.1 and Figure 2).",
            Property::MonotonicCommit => {
                "The commit index increases monotonically (Raft, Figure 2, volatile state), and never beyond the log."
            }
            Property::CommitRule => {
                "Only log entries from the leader's current term are committed by counting replicas (Raft, section 5.4.2; \
                 Figure 8 shows what happens otherwise)."
            }
            Property::CommittedIsImmutable => {
                "A committed entry is durable and will eventually be executed by all of the available state machines \
                 (Raft, section 5.3); it is never replaced."
            }
            Property::AcknowledgedPrefix => {
                "A follower answers for the entries that match its leader's log (Raft, section 5.3); the leader only \
                 appends, so in the same term nothing of it can come to conflict."
            }
            Property::CommitNeedsQuorum => {
                "An entry is committed once the leader that created it has replicated it on a majority of the servers \
                 (Raft, section 5.3), which the configuration in force names (section 6)."
            }
            Property::ElectionNeedsQuorum => {
                "A candidate wins an election if it receives votes from a majority of the servers (Raft, section 5.2), which \
                 the configuration in force names (section 6)."
            }
            Property::OneChangeAtATime => {
                "Membership changes go one after the other, each with majorities that overlap with those before it, so that \
                 two leaders of a term can never be elected (Raft, section 6)."
            }
            Property::ConfigurationAgreement => {
                "The configuration is an entry of the log like any other (Raft, section 6), and a snapshot holds the latest \
                 one up to the entry at which it ends (section 7)."
            }
            Property::VotersLead => {
                "Any server from either configuration may serve as leader, and nobody else: who was removed, or only listens, is to \
                 disrupt nobody (Raft, section 6)."
            }
        }
    }
}

/// A line of some node's trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot {
    /// Position of the node's trace in the record.
    pub node: usize,
    /// Position of the line in the trace.
    pub at: usize,
}

/// The violations found so far.
pub struct Findings<'a> {
    traces: &'a [NodeTrace],
    epoch: u64,
    found: Vec<(Property, Violation)>,
    counts: BTreeMap<Property, usize>,
}

impl<'a> Findings<'a> {
    /// None yet.
    pub fn new(traces: &'a [NodeTrace], epoch: u64) -> Findings<'a> {
        Findings { traces, epoch, found: Vec::new(), counts: BTreeMap::new() }
    }

    /// The line at a spot.
    pub fn event(&self, spot: Spot) -> &'a TraceEvent {
        &self.traces[spot.node].lines[spot.at].1
    }

    /// The name of a spot's node.
    pub fn node(&self, spot: Spot) -> &'a str {
        &self.traces[spot.node].node
    }

    /// A line as a place: `n1 line 17`.
    pub fn place(&self, spot: Spot) -> String {
        format!("{} line {}", self.node(spot), self.traces[spot.node].lines[spot.at].0)
    }

    /// Notes that the lines at `spots` contradict each other; the last of them in time is when it showed.
    pub fn add(&mut self, property: Property, summary: String, mut spots: Vec<Spot>, argument: Vec<String>) {
        let count = self.counts.entry(property).or_default();
        *count += 1;
        if *count > EACH_MAX {
            return;
        }
        spots.sort_by_key(|&spot| (self.event(spot).t, spot));
        spots.dedup();
        let events: Vec<WitnessEvent> = spots.iter().map(|&spot| self.witness(spot)).collect();
        let explanation = argument.into_iter().chain([property.rule().to_owned()]).collect();
        let time = events.last().map(|event| event.time);
        let witness = Witness::Nodes { events };
        let property_name = property.name().to_owned();
        self.found.push((property, Violation { property: property_name, summary, explanation, time, witness }));
    }

    fn witness(&self, spot: Spot) -> WitnessEvent {
        let (line, event) = &self.traces[spot.node].lines[spot.at];
        WitnessEvent {
            node: self.node(spot).to_owned(),
            line: *line,
            time: event.t.saturating_sub(self.epoch),
            text: describe(&event.kind),
        }
    }

    /// Forgets the violations of one property.
    pub fn drop_all(&mut self, property: Property) {
        self.found.retain(|(found, _)| *found != property);
        self.counts.remove(&property);
    }

    /// How many violations there were of each property, and those that were kept, earliest first: what comes later may
    /// be a consequence.
    pub fn into_parts(mut self) -> (BTreeMap<Property, usize>, Vec<Violation>) {
        self.found.sort_by_key(|(property, violation)| (violation.time, *property));
        (self.counts, self.found.into_iter().map(|(_, violation)| violation).collect())
    }
}

/// A line of a trace in words.
fn describe(kind: &Kind) -> String {
    match kind {
        Kind::Start { term, vote, last, hash, .. } => {
            let vote = vote.as_ref().map_or("no vote".into(), |vote| format!("a vote for {vote}"));
            format!(
                "started, having recovered term {term}, {vote} and a log that ends at index {last} with hash {hash}"
            )
        }
        Kind::Role { role, term } => {
            let role = match role {
                Role::Follower => "follower in",
                Role::PreCandidate => "pre-candidate in",
                Role::Candidate => "candidate in",
                Role::Leader => "leader of",
            };
            format!("became {role} term {term}")
        }
        Kind::Vote { term, candidate } => format!("granted its vote of term {term} to {candidate}"),
        Kind::Append { first, terms, hashes } => {
            let last = first + (hashes.len() as u64).saturating_sub(1);
            let of: Vec<String> = terms.iter().map(|(term, count)| format!("{count} of term {term}")).collect();
            match hashes.as_slice() {
                [hash] => format!("appended entry {first} with hash {hash} ({})", of.join(", ")),
                _ => format!("appended entries {first} to {last} ({})", of.join(", ")),
            }
        }
        Kind::Truncate { from } => format!("removed its entries from index {from} on"),
        Kind::Ack { term, index } => format!("acknowledged the log up to index {index} to the leader of term {term}"),
        Kind::Commit { term, index } => format!("took the log up to index {index} for committed, in term {term}"),
        Kind::Apply { index, hash } => format!("had applied the log up to index {index}, where its hash is {hash}"),
        Kind::Compact { index, hash, .. } => {
            format!("took a snapshot of the log up to index {index}, where its hash is {hash}")
        }
        Kind::Install { index, hash, .. } => {
            format!("replaced its log by a snapshot that ends at index {index} with hash {hash}")
        }
        Kind::Configuration { index, voters, outgoing, learners } => {
            format!("went by the configuration of index {index}: {}", Configuration { voters, outgoing, learners })
        }
        Kind::Stop {} => "stopped".into(),
    }
}
