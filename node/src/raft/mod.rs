//! The consensus core: Raft as *In Search of an Understandable Consensus Algorithm (Extended Version)* describes it
//! (Ongaro and Ousterhout, 2014; "the paper"), with some additions from Ongaro's dissertation.
//!
//! [`Raft`] is a state machine without I/O, clock, threads or global randomness. It is told things ([`Raft::step`] a
//! message, [`Raft::tick`] the time, [`Raft::propose`] a command, [`Raft::read_index`] a wish to read,
//! [`Raft::persisted`] a finished disk write) and says in a [`Ready`] what is to be done about them. The same inputs give the
//! same outputs, always.
//!
//! Where to find the paper's sections:
//!
//! | section | what | file |
//! | --- | --- | --- |
//! | Figure 2, state | persistent and volatile state, the rule of terms | `core.rs`, `state.rs` |
//! | Figure 2, "stable storage" | what has to be durable before what | `durability.rs` |
//! | 5.2, 5.4.1 | leader election, the election restriction | `election.rs` |
//! | 5.3 | log replication | `replication.rs` (leader and follower), `progress.rs`, `log.rs` |
//! | 5.4.2 | committing entries of earlier terms | `replication.rs`, [`quorum`] |
//! | 6 | membership changes by joint consensus | `membership.rs`, `configuration.rs` |
//! | 7 | log compaction, snapshots for followers | `snapshot.rs` |
//! | 8 | the no-op at the start of a term, linearizable reads | `election.rs`, `read.rs` |
//! | dissertation 9.6 | pre-vote | `election.rs` |
//! | dissertation 6.2 | a leader without a quorum steps down | `election.rs` |
//! | dissertation 3.10 | leadership transfer | `transfer.rs` |
//! | dissertation 4.2.1 | members without a vote, who catch up first | `membership.rs` |
//! | dissertation 6.4 | reads without the log, on followers, by lease | `read.rs` |
//!
//! Pre-vote and the quorum check are here because plain Raft is safe but not live under partial partitions: a leader that can send but not
//! receive would hold the cluster for ever, and a node that can send but not hear would depose leader after leader.
//!
//! Left out: the changes of one server at a time (dissertation 4.1), since joint consensus does all that they do; rounds of
//! replication to tell whether a new server is fast enough (4.2.1), for which a bound on how far it lags stands in; incremental and
//! leader-made snapshots (5.2 to 5.4). Client sessions (section 8) are the state machine's affair.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod bug;
mod config;
pub mod configuration;
mod core;
mod durability;
mod election;
mod log;
mod membership;
pub mod message;
mod progress;
pub mod quorum;
mod read;
mod ready;
mod replication;
mod snapshot;
mod state;
mod transfer;
pub mod types;

pub use self::{
    bug::{Bug, Bugs},
    config::{Config, Start, Ticks},
    configuration::Configuration,
    core::{NotLeader, ProposeError, Raft},
    log::Log,
    membership::ChangeError,
    message::{Body, Message},
    progress::Window,
    read::{ReadMode, ReadState},
    ready::{ChunkRequest, Event, Ready, ReceivedChunk, Write},
    state::{Role, Status},
    transfer::TransferError,
    types::{Entry, EntryId, HardState, Incarnation, LogIndex, NodeId, Payload, Snapshot, Term},
};
