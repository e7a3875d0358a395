//! The state of a node and the rules that hold in every role (Figure 2, "State" and "Rules for Servers").

use super::{
    bug::Bug,
    config::{Config, Start, Ticks},
    configuration::{Configurations, Placed},
    durability::Pending,
    log::Log,
    message::{Body, Message},
    read::{Forwarded, ReadMode, ReadState},
    ready::{Event, Ready, ReceivedChunk},
    state::{Role, State, Status},
    types::{Entry, EntryId, HardState, LogIndex, NodeId, Payload, Snapshot, Term},
};
use bytes::Bytes;
use rand::{RngExt, SeedableRng, rngs::Xoshiro256PlusPlus};
use std::collections::VecDeque;

/// The request has to go to the leader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the leader")]
pub struct NotLeader {
    /// Who that is, as far as this node knows.
    pub leader: Option<NodeId>,
}

/// Why a proposal was not taken. It is certain that it will not take effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProposeError {
    /// Only a leader takes proposals.
    #[error(transparent)]
    NotLeader(#[from] NotLeader),
    /// The leadership is being given to another node.
    #[error("the leadership is being transferred")]
    Transferring,
    /// Too much is waiting to be committed.
    #[error("{uncommitted_bytes} bytes are waiting to be committed already")]
    Busy {
        /// How much.
        uncommitted_bytes: usize,
    },
}

/// A node's consensus core. See the [module](super) for its use.
#[derive(Debug)]
pub struct Raft {
    pub(super) config: Config,
    pub(super) hard_state: HardState,
    pub(super) log: Log,
    /// The newest snapshot, if there is one.
    pub(super) snapshot: Option<Snapshot>,
    pub(super) configurations: Configurations,
    /// The commit index. Monotonic while the process lives (Figure 2).
    pub(super) commit: LogIndex,
    /// The last position handed out to be applied; at most `commit`.
    pub(super) handed_out: LogIndex,
    pub(super) state: State,
    pub(super) now: Ticks,
    pub(super) election_due: Ticks,
    /// When a leader of the current term was last heard of.
    pub(super) leader_heard: Option<Ticks>,
    /// Until then a leader may answer reads by itself because this node has promised to vote for nobody else ([`ReadMode::Lease`]):
    /// whatever it has heard since, of whatever term. It does not know what it had promised before it was restarted.
    pub(super) bound_until: Ticks,
    pub(super) forwarded: Forwarded,
    /// Reads that may be answered as soon as enough is applied.
    pub(super) allowed_reads: Vec<ReadState>,
    rng: Xoshiro256PlusPlus,
    /// The hard state as storage was last told.
    pub(super) written: HardState,
    pub(super) pending: VecDeque<Pending>,
    /// The snapshot of which storage has to be told that the log begins after it.
    pub(super) unwritten_snapshot: Option<EntryId>,
    pub(super) last_number: u64,
    /// The role and the term that the trace was last told.
    told: (Role, Term),
    pub(super) ready: Ready,
    /// Messages that must wait for everything handed to storage so far and in this step.
    pub(super) dependent: Vec<Message>,
}

impl Raft {
    /// A node as it starts, with what it recovered from stable storage.
    ///
    /// # Panics
    /// If the log has gaps.
    pub fn new(config: Config, start: Start, now: Ticks) -> Raft {
        let Start { hard_state, snapshot, entries } = start;
        let base = snapshot.as_ref().map(|snapshot| snapshot.last).unwrap_or_default();
        let founding = snapshot.as_ref().map_or(&config.founders, |snapshot| &snapshot.configuration).clone();
        let is_skipped = config.bugs.has(Bug::SkipBehindSnapshot) && snapshot.is_some();
        let bound = if config.reads == ReadMode::Lease { config.election_timeout.0 } else { 0 };
        let rng = Xoshiro256PlusPlus::seed_from_u64(config.seed);
        let mut raft = Raft {
            forwarded: Forwarded::new(rng.clone().random()),
            rng,
            config,
            hard_state,
            written: hard_state,
            configurations: Configurations::new(Placed { index: base.index, configuration: founding }),
            log: Log::new(base, Vec::new()),
            snapshot,
            commit: base.index,
            handed_out: if is_skipped { base.index.next() } else { base.index },
            state: State::Follower { leader: None },
            now,
            election_due: now,
            leader_heard: None,
            bound_until: now + bound,
            allowed_reads: Vec::new(),
            pending: VecDeque::new(),
            unwritten_snapshot: None,
            last_number: 0,
            told: (Role::Follower, hard_state.term),
            ready: Ready::default(),
            dependent: Vec::new(),
        };
        raft.note_configurations(&entries);
        raft.log = Log::new(base, entries);
        raft.trace_configuration();
        raft.restart_election_timer();
        if raft.config.bugs.has(Bug::ResumeSameTerm) && hard_state.vote == Some(raft.config.id) {
            raft.stand(false);
        }
        raft
    }

    /// How the node is.
    pub fn status(&self) -> Status {
        Status {
            role: self.role(),
            term: self.term(),
            leader: self.leader(),
            commit: self.commit,
            last: self.log.last(),
            snapshot: self.snapshot.as_ref().map(|snapshot| snapshot.last.index).unwrap_or_default(),
            configuration: self.configuration().clone(),
        }
    }

    /// Its log.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// When [`Raft::tick`] is needed next, if nothing else happens before.
    pub fn deadline(&self) -> Ticks {
        match &self.state {
            State::Leader(leadership) => {
                let due = leadership.heartbeat_due.min(leadership.quorum_due);
                leadership.transfer.map_or(due, |transfer| due.min(transfer.due))
            }
            _ => self.forwarded.due().map_or(self.election_due, |due| due.min(self.election_due)),
        }
    }

    /// Time has passed. It never goes back: an earlier `now` than before is taken for the same.
    pub fn tick(&mut self, now: Ticks) {
        self.now = self.now.max(now);
        match &mut self.state {
            State::Leader(leadership) => {
                let quorum_due = leadership.quorum_due <= self.now;
                if leadership.heartbeat_due <= self.now {
                    self.heartbeat();
                }
                self.expire_transfer();
                if quorum_due {
                    self.check_quorum();
                }
            }
            _ if self.election_due <= self.now => self.start_pre_vote(),
            _ => self.repeat_forwarded(),
        }
    }

    /// Takes a message from another node.
    ///
    /// Messages to somebody else are passed over. Those of strangers are not: the configuration that makes the sender a member may
    /// not have come here yet, or may have been one that this node forgot with its log (section 6; dissertation 4.2.3 says how
    /// removed nodes are kept from disturbing). What a stranger says is not counted where members are counted.
    pub fn step(&mut self, message: Message) {
        if message.to != self.config.id || message.from == self.config.id {
            return;
        }
        // Pre-vote asks about a future; it must change nothing here, not even the term.
        if let Body::PreVote { next, last } = message.body {
            return self.answer_pre_vote(message.from, next, last);
        }
        // A voter that hears its leader does not let itself be talked into an election: a node that was cut off, or cannot hear,
        // would otherwise depose leader after leader (dissertation 6.2 and 9.6; the end of section 6 of the paper).
        let disturbs =
            matches!(message.body, Body::Vote { by_transfer: false, .. }) && !self.config.bugs.has(Bug::PlainElections);
        if disturbs && (message.term > self.term() && self.hears_leader() || self.now < self.bound_until) {
            return;
        }
        // Rules for all servers: a higher term is adopted at once, whoever mentions it (section 5.1).
        if message.term > self.term() {
            self.become_follower(message.term, None);
        }
        let current = message.term == self.term();
        let from = message.from;
        match message.body {
            Body::PreVote { .. } => {}
            Body::PreVoteResponse { next, granted } => self.take_pre_vote(from, next, granted),
            Body::Vote { last, .. } if current => self.answer_vote(from, last),
            Body::Vote { .. } => self.send_dependent(from, Body::VoteResponse { granted: false }),
            Body::VoteResponse { granted } if current || self.config.bugs.has(Bug::CountLateVotes) => {
                self.take_vote(from, granted);
            }
            Body::Append { prev, entries, commit, round } if current => {
                if continues(prev, &entries, message.term) || self.takes_unseen(prev, &entries) {
                    self.answer_append(from, prev, &entries, commit, round);
                }
            }
            // The answer's term tells a leader of the past that its time is over.
            Body::Append { prev, round, .. } => {
                self.send_dependent(from, Body::AppendRejected { prev: prev.index, hint: EntryId::default(), round });
            }
            Body::AppendAccepted { matched, round } if current => self.take_accepted(from, matched, round),
            Body::AppendRejected { prev, hint, round } if current => self.take_rejected(from, prev, hint, round),
            Body::TimeoutNow if current => self.take_timeout_now(from),
            Body::Chunk { last, size, checksum, offset, data } if current => {
                let term = message.term;
                self.answer_chunk(ReceivedChunk { from, term, last, size, checksum, offset, data });
            }
            Body::Chunk { last, offset, .. } => {
                self.send_dependent(from, Body::ChunkTaken { last, offset, next: offset });
            }
            Body::ChunkTaken { last, offset, next } if current => self.take_chunk_taken(from, last, offset, next),
            Body::ReadIndex { number } => self.take_forwarded_read(from, number),
            Body::ReadIndexResponse { number, index } if current => self.take_read_index(from, number, index),
            // Messages of earlier terms say nothing about this one.
            Body::VoteResponse { .. }
            | Body::AppendAccepted { .. }
            | Body::AppendRejected { .. }
            | Body::TimeoutNow
            | Body::ChunkTaken { .. }
            | Body::ReadIndexResponse { .. } => {}
        }
    }

    /// Asks for a command to be replicated and applied. Returns the entry that it will be, if this leader stays; another
    /// entry in its place means that this one never takes effect.
    ///
    /// # Errors
    /// If this node is not the leader, or too much is waiting already.
    pub fn propose(&mut self, command: Bytes) -> Result<EntryId, ProposeError> {
        let leader = self.leader();
        let State::Leader(leadership) = &mut self.state else { return Err(NotLeader { leader }.into()) };
        if leadership.transfer.is_some() {
            return Err(ProposeError::Transferring);
        }
        let uncommitted_bytes = leadership.uncommitted_bytes;
        if uncommitted_bytes > self.config.uncommitted_bytes_max {
            return Err(ProposeError::Busy { uncommitted_bytes });
        }
        Ok(self.append_own(Payload::Command(command)))
    }

    /// What is to be done now; `None` if nothing. To be asked for after every input, until it is `None`.
    pub fn ready(&mut self) -> Option<Ready> {
        self.log_reads();
        self.send_appends();
        self.ask_leader();
        self.gather_write();
        if self.handed_out < self.commit {
            let entries = self.log.slice(self.handed_out.next(), self.commit, self.config.committed_bytes_max);
            self.ready.committed.extend_from_slice(entries);
            self.handed_out = entries.last().map_or(self.handed_out, |last| last.id.index);
        }
        self.hand_out_reads();
        (!self.ready.is_empty()).then(|| std::mem::take(&mut self.ready))
    }

    /// The current term.
    pub fn term(&self) -> Term {
        self.hard_state.term
    }

    /// What it is at the moment.
    pub fn role(&self) -> Role {
        match self.state {
            State::Follower { .. } => Role::Follower,
            State::PreCandidate { .. } => Role::PreCandidate,
            State::Candidate { .. } => Role::Candidate,
            State::Leader(_) => Role::Leader,
        }
    }

    /// The leader of the current term, as far as this node knows.
    pub fn leader(&self) -> Option<NodeId> {
        match self.state {
            State::Follower { leader } => leader,
            State::Leader(_) => Some(self.config.id),
            State::PreCandidate { .. } | State::Candidate { .. } => None,
        }
    }

    /// Goes to a term, in which nobody has this node's vote yet, or stays in the current one with the vote it has.
    pub(super) fn enter_term(&mut self, term: Term) {
        assert!(term >= self.term(), "terms never go back (Figure 2)");
        if term > self.term() {
            self.hard_state = HardState { term, vote: None };
            self.leader_heard = None;
        }
    }

    pub(super) fn transition(&mut self, state: State) {
        let before = std::mem::replace(&mut self.state, state);
        self.refuse_reads(before);
        let (role, term) = (self.role(), self.term());
        if self.told != (role, term) {
            self.told = (role, term);
            self.ready.events.push(Event::Role { role, term });
        }
    }

    pub(super) fn restart_election_timer(&mut self) {
        let (shortest, longest) = self.config.election_timeout;
        self.election_due = self.now + self.rng.random_range(shortest..=longest);
    }

    pub(super) fn message(&self, to: NodeId, body: Body) -> Message {
        Message { from: self.config.id, to, term: self.term(), body }
    }

    /// Raises the commit index.
    pub(super) fn commit_to(&mut self, index: LogIndex) {
        if index > self.commit {
            self.commit = index;
            self.ready.events.push(Event::Commit { term: self.term(), index });
        }
    }
}

/// Whether entries stand right behind `prev`, in order, with terms that a leader of `term` can have in its log. Anything else
/// is not the message of a Raft leader.
fn continues(prev: EntryId, entries: &[Entry], term: Term) -> bool {
    let mut before = prev;
    entries.iter().all(|entry| {
        let fits = entry.id.index == before.index.next() && entry.id.term >= before.term;
        before = entry.id;
        fits
    }) && before.term <= term
}
