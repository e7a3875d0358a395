//! What nodes tell each other. The paper's three remote procedure calls are six messages here, since a request and its answer
//! travel independently; pre-vote, leadership transfer and the reads of followers add some.

use super::types::{Entry, EntryId, LogIndex, NodeId, Term};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A message. It may be lost, repeated, delayed or overtaken; it is never altered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// The sender.
    pub from: NodeId,
    /// The receiver.
    pub to: NodeId,
    /// The sender's current term.
    pub term: Term,
    /// What it says.
    pub body: Body,
}

/// The kinds of messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Body {
    /// Would you vote for me in `next`? Changes nothing in the receiver (dissertation 9.6).
    PreVote {
        /// The term that the sender would stand in.
        next: Term,
        /// The last entry of its log.
        last: EntryId,
    },
    /// The answer.
    PreVoteResponse {
        /// The term that was asked about, to tell rounds apart.
        next: Term,
        /// Whether the vote would be granted.
        granted: bool,
    },
    /// Vote for me in the message's term (Figure 2, RequestVote).
    Vote {
        /// The last entry of the candidate's log.
        last: EntryId,
        /// Whether the leader itself asked the candidate to stand (dissertation 3.10).
        by_transfer: bool,
    },
    /// The answer.
    VoteResponse {
        /// Whether it was granted.
        granted: bool,
    },
    /// Add these entries behind `prev`; without entries, a heartbeat (Figure 2, AppendEntries).
    Append {
        /// The entry before the first.
        prev: EntryId,
        /// The entries.
        entries: Vec<Entry>,
        /// The leader's commit index.
        commit: LogIndex,
        /// The leader's latest round of read confirmation; the answer returns it.
        round: u64,
    },
    /// The answer to an append that was accepted: the log up to `matched` is the leader's, and durable.
    AppendAccepted {
        /// The end of the checked and durable prefix; never more than the append covered.
        matched: LogIndex,
        /// The append's round.
        round: u64,
    },
    /// The answer to an append whose `prev` was not found.
    AppendRejected {
        /// The position of the `prev` that was not found, to tell stale answers apart.
        prev: LogIndex,
        /// The last entry of the follower that could match: at or before `prev`, of no later term than `prev`'s.
        hint: EntryId,
        /// The append's round.
        round: u64,
    },
    /// Stand for election at once: the leader wants to give its leadership to the receiver (dissertation 3.10).
    TimeoutNow,
    /// A part of a snapshot, for a follower that lacks entries which the leader has removed (Figure 13, InstallSnapshot).
    Chunk {
        /// The snapshot's last entry.
        last: EntryId,
        /// The length of the whole content, in bytes.
        size: u64,
        /// The CRC-32C of the whole content.
        checksum: u32,
        /// Where in the content the part begins.
        offset: u64,
        /// The part.
        data: Bytes,
    },
    /// The answer.
    ChunkTaken {
        /// Of which snapshot.
        last: EntryId,
        /// Which part is answered.
        offset: u64,
        /// Where the next part is to begin.
        next: u64,
    },
    /// What must a read of now see? Asked by a follower of its leader (dissertation 6.4, the last paragraph).
    ReadIndex {
        /// Which question. The upper half tells the asker's lives apart.
        number: u64,
    },
    /// The answer.
    ReadIndexResponse {
        /// Which question.
        number: u64,
        /// The position up to which everything must have been applied; `None`: the asked node is not the leader.
        index: Option<LogIndex>,
    },
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}→{} term {} ", self.from, self.to, self.term)?;
        match &self.body {
            Body::PreVote { next, last } => write!(f, "PreVote for {next} last {last}"),
            Body::PreVoteResponse { next, granted } => write!(f, "PreVoteResponse for {next} {}", word(*granted)),
            Body::Vote { last, by_transfer: false } => write!(f, "Vote last {last}"),
            Body::Vote { last, by_transfer: true } => write!(f, "Vote last {last} by transfer"),
            Body::VoteResponse { granted } => write!(f, "VoteResponse {}", word(*granted)),
            Body::Append { prev, entries, commit, round } => {
                write!(f, "Append prev {prev}, {} entries, commit {commit}, round {round}", entries.len())
            }
            Body::AppendAccepted { matched, round } => write!(f, "AppendAccepted {matched}, round {round}"),
            Body::AppendRejected { prev, hint, round } => {
                write!(f, "AppendRejected prev {prev} hint {hint}, round {round}")
            }
            Body::TimeoutNow => f.write_str("TimeoutNow"),
            Body::Chunk { last, size, offset, data, .. } => {
                write!(f, "Chunk of {last} at {offset}, {} of {size} bytes", data.len())
            }
            Body::ChunkTaken { last, offset, next } => write!(f, "ChunkTaken of {last} at {offset}, next {next}"),
            Body::ReadIndex { number } => write!(f, "ReadIndex {}", *number as u32),
            Body::ReadIndexResponse { number, index: Some(index) } => {
                write!(f, "ReadIndexResponse {} index {index}", *number as u32)
            }
            Body::ReadIndexResponse { number, index: None } => {
                write!(f, "ReadIndexResponse {} refused", *number as u32)
            }
        }
    }
}

fn word(granted: bool) -> &'static str {
    if granted { "granted" } else { "refused" }
}
