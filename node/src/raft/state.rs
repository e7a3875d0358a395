//! What a node is at the moment, and what it knows on account of that (Figure 2, "State"; Figure 4).

use super::{
    config::Ticks,
    configuration::Configuration,
    progress::Progress,
    read::{Lease, PendingRead, Reader},
    transfer::Transfer,
    types::{EntryId, LogIndex, NodeId, Term},
};
use std::collections::{BTreeMap, VecDeque};

/// What a node is at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Follows a leader, or waits for one.
    Follower,
    /// Asks whether it could win an election.
    PreCandidate,
    /// Stands for election.
    Candidate,
    /// Leads its term.
    Leader,
}

impl Role {
    /// As it is written: `pre-candidate`.
    pub fn name(self) -> &'static str {
        match self {
            Role::Follower => "follower",
            Role::PreCandidate => "pre-candidate",
            Role::Candidate => "candidate",
            Role::Leader => "leader",
        }
    }
}

/// How a node is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Its role.
    pub role: Role,
    /// Its current term.
    pub term: Term,
    /// The leader it knows of.
    pub leader: Option<NodeId>,
    /// Its commit index.
    pub commit: LogIndex,
    /// Its last entry.
    pub last: EntryId,
    /// The position up to which a snapshot holds the effect of the log; 0 if there is none.
    pub snapshot: LogIndex,
    /// The configuration in force.
    pub configuration: Configuration,
}

/// What a node knows on account of its role.
#[derive(Debug)]
pub(super) enum State {
    Follower { leader: Option<NodeId> },
    PreCandidate { votes: Votes },
    Candidate { votes: Votes },
    Leader(Box<Leadership>),
}

/// Who answered, and how.
pub(super) type Votes = BTreeMap<NodeId, bool>;

/// A leader's volatile state (Figure 2), and its reads.
#[derive(Debug)]
pub(super) struct Leadership {
    /// All other members; and those that were removed, until they know it.
    pub followers: BTreeMap<NodeId, Progress>,
    pub heartbeat_due: Ticks,
    pub quorum_due: Ticks,
    /// The first entry of this term.
    pub noop: LogIndex,
    /// The latest round of read confirmation.
    pub round: u64,
    /// Up to where its own copy is durable and counted.
    pub matched: LogIndex,
    pub reads: VecDeque<PendingRead>,
    /// Reads that wait for an entry to be applied ([`ReadMode::Log`]): for the next one that is made, and for those that were made.
    pub unlogged_reads: Vec<Reader>,
    pub logged_reads: VecDeque<(LogIndex, Reader)>,
    pub lease: Lease,
    pub transfer: Option<Transfer>,
    pub uncommitted_bytes: usize,
}

impl Leadership {
    /// Whether there are reads whose round has not begun.
    pub fn awaits_round(&self) -> bool {
        self.reads.back().is_some_and(|read| read.round > self.round)
    }
}
