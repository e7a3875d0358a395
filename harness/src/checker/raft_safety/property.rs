//! The properties by their names, and what a violation of each looks like.

use super::configuration::Configuration;
use crate::checker::{Violation, Witness, WitnessEvent};
use crate::history::trace::{Kind, Role, TraceEvent};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

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
    /// The node's position among those whose traces are judged.
    pub node: usize,
    /// The line's number in the file, from 1.
    pub line: u64,
}

/// A line as a place: `n1 line 17`.
pub struct Place(Arc<str>, u64);

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} line {}", self.0, self.1)
    }
}

/// The violations found so far.
#[derive(Clone, Debug)]
pub struct Findings {
    nodes: Vec<Arc<str>>,
    found: Vec<Finding>,
    counts: BTreeMap<Property, usize>,
}

/// A violation; what its lines say is read when it is told.
#[derive(Clone, Debug)]
struct Finding {
    property: Property,
    summary: String,
    spots: Vec<Spot>,
    argument: Vec<String>,
}

impl Findings {
    /// None yet.
    pub fn new(nodes: Vec<Arc<str>>) -> Findings {
        Findings { nodes, found: Vec::new(), counts: BTreeMap::new() }
    }

    /// The name of a spot's node.
    pub fn node(&self, spot: Spot) -> Arc<str> {
        Arc::clone(&self.nodes[spot.node])
    }

    /// A line as a place.
    pub fn place(&self, spot: Spot) -> Place {
        Place(self.node(spot), spot.line)
    }

    /// Notes that the lines at `spots` contradict each other; the last of them in time is when it showed.
    pub fn add(&mut self, property: Property, summary: String, spots: Vec<Spot>, argument: Vec<String>) {
        let count = self.counts.entry(property).or_default();
        *count += 1;
        if *count <= EACH_MAX {
            self.found.push(Finding { property, summary, spots, argument });
        }
    }

    /// What the first violation is that was found.
    pub fn first(&self) -> Option<&str> {
        self.found.first().map(|finding| finding.summary.as_str())
    }

    /// The lines by which the violations are shown.
    pub fn spots(&self) -> BTreeSet<Spot> {
        self.found.iter().flat_map(|finding| finding.spots.iter().copied()).collect()
    }

    /// Forgets the violations of one property.
    pub fn drop_all(&mut self, property: Property) {
        self.found.retain(|finding| finding.property != property);
        self.counts.remove(&property);
    }

    /// How many violations there were of each property, and those that were kept, earliest first: what comes later may
    /// be a consequence.
    pub fn into_parts(
        mut self,
        lines: &BTreeMap<Spot, TraceEvent>,
        epoch: u64,
    ) -> (BTreeMap<Property, usize>, Vec<Violation>) {
        let found = std::mem::take(&mut self.found).into_iter();
        let mut told: Vec<_> = found.map(|finding| (finding.property, self.violation(finding, lines, epoch))).collect();
        told.sort_by_key(|(property, violation)| (violation.time, *property));
        (self.counts, told.into_iter().map(|(_, violation)| violation).collect())
    }

    fn violation(&self, finding: Finding, lines: &BTreeMap<Spot, TraceEvent>, epoch: u64) -> Violation {
        let mut shown: Vec<_> = finding.spots.into_iter().filter_map(|spot| Some((lines.get(&spot)?, spot))).collect();
        shown.sort_by_key(|(event, spot)| (event.t, *spot));
        shown.dedup_by_key(|(_, spot)| *spot);
        let witness = |(event, spot): (&TraceEvent, Spot)| WitnessEvent {
            node: self.node(spot).to_string(),
            line: spot.line,
            time: event.t.saturating_sub(epoch),
            text: describe(&event.kind),
        };
        let events: Vec<WitnessEvent> = shown.into_iter().map(witness).collect();
        Violation {
            property: finding.property.name().to_owned(),
            summary: finding.summary,
            explanation: finding.argument.into_iter().chain([finding.property.rule().to_owned()]).collect(),
            time: events.last().map(|event| event.time),
            witness: Witness::Nodes { events },
        }
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
            let [voters, outgoing, learners] = [voters, outgoing, learners].map(Clone::clone);
            format!("went by the configuration of index {index}: {}", Configuration { voters, outgoing, learners })
        }
        Kind::Stop {} => "stopped".into(),
    }
}
