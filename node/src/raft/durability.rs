//! What has to be durable before what (Figure 2: "updated on stable storage before responding"), with writes that take their time.
//!
//! Storage is told what to write and reports later what is durable ([`Raft::persisted`]); the node goes on meanwhile. What others may
//! rely on, a vote, an acknowledgement, a candidacy, is kept back until all that the node had decided by then is durable.

use super::{
    bug::Bug,
    core::Raft,
    message::{Body, Message},
    ready::{Event, Write},
    state::State,
    types::{HardState, LogIndex, NodeId},
};

/// A write on its way to the disk, and what waits for it.
#[derive(Debug)]
pub(super) struct Pending {
    number: u64,
    /// The log is durable up to here once it is done, unless it is truncated before.
    pub through: LogIndex,
    has_hard_state: bool,
    messages: Vec<Message>,
}

impl Raft {
    /// Storage reports that the write with this number, and all before it, are durable.
    pub fn persisted(&mut self, number: u64) {
        while self.pending.front().is_some_and(|pending| pending.number <= number) {
            let Some(pending) = self.pending.pop_front() else { break };
            self.log.persisted(pending.through);
            for message in pending.messages {
                self.release(message);
            }
        }
        self.acknowledge_own();
    }

    /// Sends something that others may rely on: it leaves once everything that this node decided so far is durable.
    pub(super) fn send_dependent(&mut self, to: NodeId, body: Body) {
        let message = self.message(to, body);
        let is_candidacy = to == self.config.id || matches!(message.body, Body::Vote { .. });
        if self.config.bugs.has(if is_candidacy { Bug::SelfVoteEarly } else { Bug::ReplyBeforeIo }) {
            return self.release(message);
        }
        wait(&mut self.dependent, message);
    }

    /// Sends something that rests on nothing but what is durable already.
    pub(super) fn send_now(&mut self, to: NodeId, body: Body) {
        let message = self.message(to, body);
        self.ready.messages.push(message);
    }

    /// Whether the current term and vote are on disk.
    pub(super) fn is_term_durable(&self) -> bool {
        self.written == self.stored_hard_state() && !self.pending.iter().any(|pending| pending.has_hard_state)
    }

    /// Makes one write of all that storage has to be told, and ties to it what depends on it.
    pub(super) fn gather_write(&mut self) {
        let stored = self.stored_hard_state();
        let hard_state = (stored != self.written).then_some(stored);
        if hard_state.is_none() && self.unwritten_snapshot.is_none() && !self.log.has_unwritten() {
            let messages = std::mem::take(&mut self.dependent);
            // Nothing to add to the writes under way: when the last of them is done, all is durable that the messages rest upon.
            match self.pending.back_mut() {
                Some(last) => messages.into_iter().for_each(|message| wait(&mut last.messages, message)),
                None => messages.into_iter().for_each(|message| self.release(message)),
            }
            return;
        }
        self.written = stored;
        self.last_number += 1;
        let (truncate_from, entries) = self.log.take_unwritten();
        self.pending.push_back(Pending {
            number: self.last_number,
            through: self.log.last().index,
            has_hard_state: hard_state.is_some(),
            messages: std::mem::take(&mut self.dependent),
        });
        let snapshot = self.unwritten_snapshot.take();
        self.ready.write = Some(Write { number: self.last_number, hard_state, truncate_from, snapshot, entries });
        if self.config.bugs.has(Bug::LeaderAckEarly) {
            self.acknowledge_own();
        }
    }

    /// The hard state as it is stored: as it is, in a node without seeded bugs.
    fn stored_hard_state(&self) -> HardState {
        let HardState { term, vote } = self.hard_state;
        if self.config.bugs.has(Bug::ForgetTerm) {
            HardState::default()
        } else if self.config.bugs.has(Bug::VoteNotPersisted) {
            HardState { term, vote: None }
        } else {
            HardState { term, vote }
        }
    }

    /// Removes the log from a position on.
    pub(super) fn truncate(&mut self, from: LogIndex) {
        self.log.truncate(from);
        // What the writes under way bring to disk from here on is going to be removed again. It must not be taken for the
        // entries that come in its place: those are durable only once their own write is.
        self.clamp_pending(from.previous());
        self.ready.events.push(Event::Truncate { from });
        if !self.config.bugs.has(Bug::KeepTruncatedConfiguration) && self.configurations.truncate(from) {
            self.trace_configuration();
        }
    }

    /// The writes under way say nothing of what stands behind a position.
    pub(super) fn clamp_pending(&mut self, through: LogIndex) {
        for pending in &mut self.pending {
            pending.through = pending.through.min(through);
        }
    }

    /// Lets a message go on which others will rely, if it still belongs to the present: what was true of an earlier term need
    /// not be true of the log any more, and nobody needs it.
    pub(super) fn release(&mut self, mut message: Message) {
        if message.term < self.term() {
            match &mut message.body {
                Body::AppendAccepted { round, .. } if self.config.bugs.has(Bug::AckAfterRevert) => *round = 0,
                _ => return,
            }
            message.term = self.term();
        }
        match message.body {
            Body::AppendAccepted { matched, .. } => {
                self.ready.events.push(Event::Ack { term: message.term, index: matched });
            }
            // An election that ended while the vote was being written needs no more votes.
            Body::Vote { .. } if !matches!(self.state, State::Candidate { .. }) => return,
            Body::VoteResponse { granted: true } => {
                self.ready.events.push(Event::Vote { term: message.term, candidate: message.to });
            }
            _ => {}
        }
        if message.to == self.config.id {
            // The vote for itself: it counts like any other, and like any other only once it is durable.
            self.take_vote(message.to, true);
        } else {
            self.ready.messages.push(message);
        }
    }
}

/// Puts a message to those that wait for a write. An answer to a leader says what all earlier ones said, and more: a disk that
/// hangs must not gather answers to heartbeats without end.
fn wait(messages: &mut Vec<Message>, message: Message) {
    if let Body::AppendAccepted { matched, round } = message.body {
        messages.retain(|earlier| {
            let is_covered =
                matches!(earlier.body, Body::AppendAccepted { matched: m, round: r } if m <= matched && r <= round);
            !(is_covered && earlier.to == message.to && earlier.term == message.term)
        });
    }
    messages.push(message);
}
