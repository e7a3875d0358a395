//! What the core wants done.

use super::{
    core::Role,
    message::Message,
    read::ReadState,
    types::{Entry, HardState, LogIndex, NodeId, Term},
};

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
    /// Then add these.
    pub entries: Vec<Entry>,
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
