//! What the core wants done.

use super::{
    configuration::Configuration,
    message::Message,
    read::ReadState,
    state::Role,
    types::{Entry, EntryId, HardState, LogIndex, NodeId, Term},
};
use bytes::Bytes;

/// What is to be done, in the order of the fields.
#[derive(Debug, Default)]
pub struct Ready {
    /// First: what happened, for the trace. To be written before anything below is done, so that whatever others may come to
    /// know of this node is in its trace.
    pub events: Vec<Event>,
    /// To be handed to storage, without waiting for it. Writes are carried out in the order of their numbers; when one is
    /// durable, [`super::Raft::persisted`] is told, and lets go the messages that depend on it.
    pub write: Option<Write>,
    /// To be sent now. Nothing in them depends on a write that is not durable yet, save for the entries of a leader's appends:
    /// it may send those while it writes them itself, since it counts its own copy only once that is durable (dissertation
    /// 10.2.1).
    pub messages: Vec<Message>,
    /// Parts of a snapshot to be read, and sent to followers as [`super::Body::Chunk`]. If one cannot be read,
    /// [`super::Raft::chunk_failed`] is told.
    pub chunks: Vec<ChunkRequest>,
    /// Parts of a snapshot that came from the leader, to be put together. Each of them ends in one call of
    /// [`super::Raft::chunk_stored`], or of [`super::Raft::install`] when the whole is durable; or it is passed over, and comes again.
    pub received: Vec<ReceivedChunk>,
    /// To be applied, in this order.
    pub committed: Vec<Entry>,
    /// Reads that may be answered now, after `committed` has been applied.
    pub reads: Vec<ReadState>,
    /// Reads that cannot be answered: this node stopped being the leader. They were not executed.
    pub reads_refused: Vec<u64>,
}

impl Ready {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
            && self.write.is_none()
            && self.messages.is_empty()
            && self.chunks.is_empty()
            && self.received.is_empty()
            && self.committed.is_empty()
            && self.reads.is_empty()
            && self.reads_refused.is_empty()
    }
}

/// One step for storage, atomic in the order of its fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    /// Counted from 1.
    pub number: u64,
    /// The new term and vote.
    pub hard_state: Option<HardState>,
    /// Remove the log from here on.
    pub truncate_from: Option<LogIndex>,
    /// Let the log begin after this snapshot, which is durable: it takes the place of the log's beginning or, if the log does not
    /// have that entry, of all of it. Once this write is durable, older snapshots are not needed any more.
    pub snapshot: Option<EntryId>,
    /// Then add these.
    pub entries: Vec<Entry>,
}

/// A part of a snapshot that a follower needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChunkRequest {
    /// Who.
    pub to: NodeId,
    /// The term of the message that carries it.
    pub term: Term,
    /// The snapshot's last entry.
    pub last: EntryId,
    /// Where the part begins.
    pub offset: u64,
}

/// A part of a snapshot that has come in. The fields are those of [`super::Body::Chunk`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct ReceivedChunk {
    /// Who sent it.
    pub from: NodeId,
    /// The term in which it was sent.
    pub term: Term,
    pub last: EntryId,
    pub size: u64,
    pub checksum: u32,
    pub offset: u64,
    pub data: Bytes,
}

/// Something that happened in the core.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The role or the term changed.
    Role {
        /// The new role.
        role: Role,
        /// The new term.
        term: Term,
    },
    /// A vote was granted, is durable, and is about to be made known.
    Vote {
        /// In this term.
        term: Term,
        /// To this candidate.
        candidate: NodeId,
    },
    /// Entries were added to the log in memory.
    Append {
        /// Those.
        entries: Vec<Entry>,
    },
    /// Entries were removed from the log in memory.
    Truncate {
        /// From here on.
        from: LogIndex,
    },
    /// Another configuration is in force, or the first one.
    Configuration {
        /// Where it stands in the log; if its entry is in the snapshot, or it is the founders', where the log begins.
        index: LogIndex,
        /// It.
        configuration: Configuration,
    },
    /// The node's own snapshot takes the place of the log's beginning.
    Compact {
        /// The snapshot's last entry.
        last: EntryId,
    },
    /// A snapshot from the leader takes the place of the log, which now ends there. All of it is committed and applied.
    Install {
        /// The snapshot's last entry.
        last: EntryId,
    },
    /// The log up to `index` is the leader's and durable, and the leader of `term` is about to learn it.
    Ack {
        /// The leader's term.
        term: Term,
        /// The end of the prefix.
        index: LogIndex,
    },
    /// The commit index rose.
    Commit {
        /// The current term.
        term: Term,
        /// To here.
        index: LogIndex,
    },
}
