//! Log compaction: section 7 of the paper. What a snapshot *is* only the state machine knows; here it is the last entry whose effect
//! it holds, and the configuration that was in force there.
//!
//! A node takes snapshots when it likes ([`Raft::compact`]). A leader sends its newest one to a follower that lacks entries which are
//! no longer in the log, a chunk at a time, each after the answer to the one before; a chunk that is not answered is sent again. The
//! follower's storage puts them together and says where the next one has to begin, so that chunks may be lost, repeated, or come from a
//! leader that is none any more. When the whole is durable, [`Raft::install`] puts it in the place of the log.
//!
//! The state machine's content never passes through here: parts of it that are to be sent are asked for ([`ChunkRequest`]), parts that
//! came in are handed on ([`ReceivedChunk`]).

use super::{
    bug::Bug,
    configuration::{Configurations, Placed},
    core::Raft,
    message::Body,
    ready::{ChunkRequest, Event, ReceivedChunk},
    state::State,
    types::{EntryId, LogIndex, NodeId, Snapshot, Term},
};

impl Raft {
    /// The node took a snapshot, and it is durable: the log may begin after it.
    ///
    /// One that is not newer than the newest means nothing: while it was being written, a leader's was installed. Neither does one
    /// in which nobody votes: a node that joined has not come to the first configuration in its log, and does not know the founders'.
    ///
    /// # Panics
    /// If it holds more than was handed out to be applied.
    pub fn compact(&mut self, snapshot: Snapshot) {
        let last = snapshot.last;
        if last.index <= self.snapshot_index() || snapshot.configuration.voters.is_empty() {
            return;
        }
        assert!(last.index <= self.handed_out, "a snapshot holds what was applied, and nothing else");
        self.ready.events.push(Event::Compact { last });
        self.unwritten_snapshot = Some(last);
        self.configurations.compact(last.index);
        self.log.compact(last.index, self.config.log_bytes_kept);
        self.snapshot = Some(snapshot);
    }

    fn snapshot_index(&self) -> LogIndex {
        self.snapshot.as_ref().map(|snapshot| snapshot.last.index).unwrap_or_default()
    }

    /// Asks for the chunk that a follower needs now.
    pub(super) fn request_chunk(&mut self, to: NodeId) {
        let (now, term, patience) = (self.now, self.term(), self.config.election_timeout.1);
        let State::Leader(leadership) = &mut self.state else { return };
        let Some(progress) = leadership.followers.get_mut(&to) else { return };
        if let Some((last, offset)) = progress.take_chunk(now, patience) {
            self.ready.chunks.push(ChunkRequest { to, term, last, offset });
        }
    }

    /// A follower answered a chunk.
    pub(super) fn take_chunk_taken(&mut self, from: NodeId, last: EntryId, offset: u64, next: u64) {
        let State::Leader(leadership) = &mut self.state else { return };
        let Some(progress) = leadership.followers.get_mut(&from) else { return };
        progress.heard = self.now;
        progress.chunk_taken(last, offset, next);
    }

    /// The chunk that was asked for cannot be had: the follower gets the newest snapshot, from the beginning, after a while.
    pub fn chunk_failed(&mut self, to: NodeId, last: EntryId) {
        let Some(newest) = self.snapshot.as_ref().map(|snapshot| snapshot.last) else { return };
        let State::Leader(leadership) = &mut self.state else { return };
        let Some(progress) = leadership.followers.get_mut(&to) else { return };
        progress.restart_snapshot(last, newest);
    }

    /// The follower's side: a part of a snapshot of the leader of the current term.
    pub(super) fn answer_chunk(&mut self, chunk: ReceivedChunk) {
        if !self.hear_leader(chunk.from) {
            return;
        }
        if self.has(chunk.last) {
            self.accept_snapshot(chunk.from, chunk.last);
        } else {
            self.ready.received.push(chunk);
        }
    }

    /// Whether what a snapshot holds is in this node's log, or applied already. A snapshot that ends before the commit index has
    /// nothing to say, not even if it claims another term there.
    fn has(&self, last: EntryId) -> bool {
        let is_in_log = if self.config.bugs.has(Bug::SnapshotKeepsConflict) {
            last.index <= self.log.last().index
        } else {
            self.log.contains(last) && !self.config.bugs.has(Bug::SnapshotDropsTail)
        };
        last.index <= self.commit || is_in_log
    }

    /// The node needs no snapshot up to `last`: it has all that this one holds. What stands behind it in the log stays (section 7).
    fn accept_snapshot(&mut self, from: NodeId, last: EntryId) {
        // Only what is committed is ever in a snapshot.
        self.commit_to(last.index);
        self.send_dependent(from, Body::AppendAccepted { matched: self.commit, round: 0 });
    }

    /// The server dealt with a chunk, and wants the one at `next`: of what it was told is needed, it lost nothing it has not said.
    pub fn chunk_stored(&mut self, from: NodeId, term: Term, last: EntryId, offset: u64, next: u64) {
        if term == self.term() && self.leader() == Some(from) {
            self.send_dependent(from, Body::ChunkTaken { last, offset, next });
        }
    }

    /// A snapshot came in whole, and is durable. Returns whether it takes the place of the log: then the state machine must be
    /// replaced now. It does not if the node has got so far by other means.
    ///
    /// It does not matter whether its sender still leads: only what is committed is ever in a snapshot.
    pub fn install(&mut self, from: NodeId, term: Term, snapshot: Snapshot) -> bool {
        let last = snapshot.last;
        let is_wanted = !self.has(last) && !matches!(self.state, State::Leader(_));
        if is_wanted {
            let committed = self.commit;
            if self.config.bugs.has(Bug::SnapshotDropsTail) && self.log.contains(last) {
                self.truncate(last.index.next());
            }
            self.clamp_pending(committed);
            self.log.replace(last, committed);
            self.unwritten_snapshot = Some(last);
            let configuration = match self.config.bugs.has(Bug::SnapshotWithoutConfiguration) {
                true => self.configuration().clone(),
                false => snapshot.configuration.clone(),
            };
            self.configurations = Configurations::new(Placed { index: last.index, configuration });
            self.snapshot = Some(snapshot);
            self.ready.events.push(Event::Install { last });
            self.trace_configuration();
            (self.commit, self.handed_out) = (last.index, last.index);
        }
        if term == self.term() && self.leader() == Some(from) {
            self.accept_snapshot(from, last);
        }
        is_wanted
    }
}
