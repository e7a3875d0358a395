//! What a node is told when it is made.

use super::{
    bug::Bugs,
    configuration::Configuration,
    progress::Window,
    read::ReadMode,
    types::{Entry, HardState, NodeId, Snapshot},
};

/// A point in time, counted in whatever unit the timeouts of the [`Config`] have (the server's unit is the millisecond).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticks(pub u64);

impl std::ops::Add<u64> for Ticks {
    type Output = Ticks;
    fn add(self, ticks: u64) -> Ticks {
        Ticks(self.0.saturating_add(ticks))
    }
}

/// What a node is told when it is made.
#[derive(Clone, Debug)]
pub struct Config {
    /// Who it is.
    pub id: NodeId,
    /// The cluster's first configuration. A node that is to join a cluster later has an empty one, and waits to be told.
    pub founders: Configuration,
    /// The shortest and the longest election timeout, in ticks. Each timeout is drawn anew between them (section 5.2).
    pub election_timeout: (u64, u64),
    /// The time between a leader's heartbeats, in ticks.
    pub heartbeat: u64,
    /// What its random timeouts come from. Nodes need different seeds, or their votes split for ever.
    pub seed: u64,
    /// About how many bytes of entries an append may carry.
    pub append_bytes_max: usize,
    /// How much may be under way to a follower.
    pub window: Window,
    /// How many bytes of entries the leader accepts beyond the commit index; further proposals are refused.
    pub uncommitted_bytes_max: usize,
    /// About how many bytes of entries are handed out at a time to be applied.
    pub committed_bytes_max: usize,
    /// About how many bytes of entries stay in memory although a snapshot holds their effect, for followers that are a little behind.
    pub log_bytes_kept: usize,
    /// By how many entries a learner may be behind that is to become a voter.
    pub promotion_lag_max: u64,
    /// How reads are made linearizable.
    pub reads: ReadMode,
    /// Whether somebody wants [`Event::Append`]s: they cost a copy of every entry.
    pub is_traced: bool,
    /// Mistakes to make.
    pub bugs: Bugs,
}

impl Config {
    /// The usual settings: timeouts of 150–300 ticks, a heartbeat every 50.
    pub fn new(id: NodeId, voters: impl IntoIterator<Item = NodeId>) -> Config {
        Config {
            id,
            founders: Configuration::of(voters),
            election_timeout: (150, 300),
            heartbeat: 50,
            seed: id.0,
            // So little that to make one message does not hold up the others: whoever is behind gets many of them.
            append_bytes_max: 128 << 10,
            // Well more than the appends that a follower who is far away gets at a time, and the bytes of a second.
            window: Window { appends: 1024, bytes: 16 << 20 },
            uncommitted_bytes_max: 64 << 20,
            committed_bytes_max: 16 << 20,
            log_bytes_kept: 8 << 20,
            promotion_lag_max: 1000,
            reads: ReadMode::Index,
            is_traced: true,
            bugs: Bugs::default(),
        }
    }
}

/// What a node has recovered from stable storage.
#[derive(Clone, Debug, Default)]
pub struct Start {
    /// Its term and vote.
    pub hard_state: HardState,
    /// The snapshot that its log begins after. The state machine has been restored from it.
    pub snapshot: Option<Snapshot>,
    /// Its log behind that.
    pub entries: Vec<Entry>,
}
