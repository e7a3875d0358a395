//! Leadership transfer (dissertation 3.10): the leader takes no more proposals, brings the target's log up to its own, and
//! tells the target not to wait for its election timeout. The target then stands for election like any candidate; that voters
//! hear a leader does not keep them from answering, since the leader itself sent it.
//!
//! Nothing here bears on safety: the target is elected by votes, or not at all. A transfer that has not ended the leadership
//! within an election timeout is given up, so that a dead target costs no more than that.

use super::{
    bug::Bug,
    config::Ticks,
    core::{NotLeader, Raft},
    message::Body,
    state::State,
    types::{LogIndex, NodeId},
};

/// A transfer under way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Transfer {
    pub target: NodeId,
    /// When it is given up.
    pub due: Ticks,
    /// Whether the target has been told to stand.
    is_told: bool,
}

/// Why a transfer was not begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransferError {
    /// Only a leader can give the leadership away.
    #[error(transparent)]
    NotLeader(#[from] NotLeader),
    /// The target does not vote in this cluster, or not for much longer.
    #[error("{0} is not a voter of this cluster")]
    NoVoter(NodeId),
    /// It would be hard to say who should win.
    #[error("the leadership is being transferred to {0} already")]
    Pending(NodeId),
}

impl Raft {
    /// Asks this leader to make another node the leader. A transfer to itself is done already; one to the same target again
    /// changes nothing.
    ///
    /// # Errors
    /// If this node is not the leader, the target is no voter, or another transfer is under way.
    pub fn transfer(&mut self, target: NodeId) -> Result<(), TransferError> {
        let (leader, due) = (self.leader(), self.now + self.config.election_timeout.1);
        let State::Leader(leadership) = &mut self.state else { return Err(NotLeader { leader }.into()) };
        if target == self.config.id {
            return Ok(());
        }
        if !self.configurations.last().configuration.voters.contains(&target) {
            return Err(TransferError::NoVoter(target));
        }
        match leadership.transfer {
            Some(pending) if pending.target != target => return Err(TransferError::Pending(pending.target)),
            Some(_) => {}
            None => leadership.transfer = Some(Transfer { target, due, is_told: false }),
        }
        self.advance_transfer();
        Ok(())
    }

    /// The target of the transfer under way.
    pub fn transfer_target(&self) -> Option<NodeId> {
        let State::Leader(leadership) = &self.state else { return None };
        leadership.transfer.map(|transfer| transfer.target)
    }

    /// Tells the target to stand once it has the whole log: earlier it could not be elected, or would lack what others have.
    pub(super) fn advance_transfer(&mut self) {
        let last: LogIndex = self.log.last().index;
        let State::Leader(leadership) = &mut self.state else { return };
        let Some(transfer) = &mut leadership.transfer else { return };
        let target = transfer.target;
        if transfer.is_told || leadership.followers.get(&target).is_none_or(|progress| progress.matched < last) {
            return;
        }
        transfer.is_told = true;
        // From here on there may be another leader before anybody's promise to this one has run out.
        if !self.config.bugs.has(Bug::LeaseOutlivesTransfer) {
            leadership.lease.void();
        }
        self.send_now(target, Body::TimeoutNow);
    }

    /// Gives up a transfer that took too long: the target is dead, or cut off, or lost the election.
    pub(super) fn expire_transfer(&mut self) {
        let now = self.now;
        let State::Leader(leadership) = &mut self.state else { return };
        if leadership.transfer.is_some_and(|transfer| transfer.due <= now) {
            leadership.transfer = None;
        }
    }

    /// The leader of the current term wants this node to take its place. Whoever else says so is not believed, nor is the leader
    /// of an earlier term: that message was too long on its way.
    pub(super) fn take_timeout_now(&mut self, from: NodeId) {
        if self.may_lead() && self.leader() == Some(from) && !matches!(self.state, State::Leader(_)) {
            self.start_election(true);
        }
    }
}
