//! Linearizable reads without writing to the log (section 8 of the paper; dissertation 6.4, "ReadIndex").
//!
//! A read may see the state as of the commit index at its arrival, provided that this node was still the leader after the
//! read arrived, and knew the commit index. The first is shown by a quorum that answers an append sent after the arrival: appends
//! carry the number of a round, and the answers return it. The second is true once an entry of the leader's own term is
//! committed. Many reads share a round.

use super::{
    bug::Bug,
    core::{NotLeader, Raft, State},
    quorum,
    types::LogIndex,
};

/// A read that may be answered from the state machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadState {
    /// What [`Raft::read_index`] was given.
    pub context: u64,
    /// Everything up to here must have been applied.
    pub index: LogIndex,
}

/// A read that waits.
#[derive(Clone, Copy, Debug)]
pub(super) struct PendingRead {
    pub context: u64,
    /// What it must see; not known before the leader committed an entry of its term.
    pub index: Option<LogIndex>,
    /// The round that confirms it: one that began after it arrived.
    pub round: u64,
}

impl Raft {
    /// Asks for leave to read. It comes as a [`ReadState`] with the same context, or the context among
    /// [`super::Ready::reads_refused`].
    ///
    /// # Errors
    /// If this node is not the leader.
    pub fn read_index(&mut self, context: u64) -> Result<(), NotLeader> {
        let (commit, leader) = (self.commit, self.leader());
        let State::Leader(leadership) = &mut self.state else { return Err(NotLeader { leader }) };
        if self.config.bugs.has(Bug::StaleRead) {
            self.ready.reads.push(ReadState { context, index: commit });
            return Ok(());
        }
        let index = (commit >= leadership.noop).then_some(commit);
        // The current round may have been answered already: the answer would not show that this node leads *now*.
        leadership.reads.push_back(PendingRead { context, index, round: leadership.round + 1 });
        Ok(())
    }

    /// The first entry of the leader's term may have been committed: reads that waited for it learn what they must see.
    pub(super) fn index_reads(&mut self) {
        let commit = self.commit;
        let State::Leader(leadership) = &mut self.state else { return };
        if commit >= leadership.noop {
            for read in leadership.reads.iter_mut().filter(|read| read.index.is_none()) {
                read.index = Some(commit);
            }
            self.confirm_reads();
        }
    }

    /// Serves the reads whose round a quorum has answered, in order of arrival.
    pub(super) fn confirm_reads(&mut self) {
        let State::Leader(leadership) = &mut self.state else { return };
        if leadership.reads.is_empty() {
            return;
        }
        let mut rounds: Vec<u64> = leadership.followers.values().map(|progress| progress.round_answered).collect();
        rounds.push(leadership.round);
        let confirmed = quorum::reached(rounds);
        while let Some(&PendingRead { context, index: Some(index), round }) = leadership.reads.front() {
            if round > confirmed {
                break;
            }
            leadership.reads.pop_front();
            self.ready.reads.push(ReadState { context, index });
        }
    }
}
