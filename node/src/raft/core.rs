//! The state of a node and the rules that hold in every role (Figure 2, "State" and "Rules for Servers").

use super::{
    bug::{Bug, Bugs},
    configuration::{Configuration, Configurations, Placed},
    log::Log,
    message::{Body, Message},
    progress::{Progress, Window},
    read::{Forwarded, Lease, PendingRead, ReadMode, ReadState, Reader},
    ready::{Event, Ready, ReceivedChunk, Write},
    transfer::Transfer,
    types::{Entry, EntryId, HardState, LogIndex, NodeId, Payload, Snapshot, Term},
};
use bytes::Bytes;
use rand::{RngExt, SeedableRng, rngs::Xoshiro256PlusPlus};
use std::collections::{BTreeMap, VecDeque};

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
            append_bytes_max: 1 << 20,
            window: Window { appends: 128, bytes: 16 << 20 },
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

/// What a node is at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Follows a leader, or waits for one.
    Follower,
    /// Asks whether it could win an election.
    PreCandidate,
    /// Stands for election.
    Candidate,
    /// Leads its term.
    Leader,
}

impl Role {
    /// As it is written: `pre-candidate`.
    pub fn name(self) -> &'static str {
        match self {
            Role::Follower => "follower",
            Role::PreCandidate => "pre-candidate",
            Role::Candidate => "candidate",
            Role::Leader => "leader",
        }
    }
}

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

/// How a node is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Its role.
    pub role: Role,
    /// Its current term.
    pub term: Term,
    /// The leader it knows of.
    pub leader: Option<NodeId>,
    /// Its commit index.
    pub commit: LogIndex,
    /// Its last entry.
    pub last: EntryId,
    /// The position up to which a snapshot holds the effect of the log; 0 if there is none.
    pub snapshot: LogIndex,
    /// The configuration in force.
    pub configuration: Configuration,
}

/// What a node knows on account of its role.
#[derive(Debug)]
pub(super) enum State {
    Follower { leader: Option<NodeId> },
    PreCandidate { votes: Votes },
    Candidate { votes: Votes },
    Leader(Box<Leadership>),
}

/// Who answered, and how.
pub(super) type Votes = BTreeMap<NodeId, bool>;

/// A leader's volatile state (Figure 2), and its reads.
#[derive(Debug)]
pub(super) struct Leadership {
    /// All other members; and those that were removed, until they know it.
    pub followers: BTreeMap<NodeId, Progress>,
    pub heartbeat_due: Ticks,
    pub quorum_due: Ticks,
    /// The first entry of this term.
    pub noop: LogIndex,
    /// The latest round of read confirmation.
    pub round: u64,
    /// Up to where its own copy is durable and counted.
    pub matched: LogIndex,
    pub reads: VecDeque<PendingRead>,
    /// Reads that wait for an entry to be applied ([`ReadMode::Log`]): for the next one that is made, and for those that were made.
    pub unlogged_reads: Vec<Reader>,
    pub logged_reads: VecDeque<(LogIndex, Reader)>,
    pub lease: Lease,
    pub transfer: Option<Transfer>,
    pub uncommitted_bytes: usize,
}

impl Leadership {
    /// Whether there are reads whose round has not begun.
    pub fn awaits_round(&self) -> bool {
        self.reads.back().is_some_and(|read| read.round > self.round)
    }
}

/// A write on its way to the disk, and what waits for it.
#[derive(Debug)]
pub(super) struct Pending {
    number: u64,
    /// The log is durable up to here once it is done, unless it is truncated before.
    pub through: LogIndex,
    has_hard_state: bool,
    messages: Vec<Message>,
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
    written: HardState,
    pub(super) pending: VecDeque<Pending>,
    /// The snapshot of which storage has to be told that the log begins after it.
    pub(super) unwritten_snapshot: Option<EntryId>,
    last_number: u64,
    /// The role and the term that the trace was last told.
    told: (Role, Term),
    pub(super) ready: Ready,
    /// Messages that must wait for everything handed to storage so far and in this step.
    dependent: Vec<Message>,
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
            handed_out: base.index,
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
        let disturbs = matches!(message.body, Body::Vote { by_transfer: false, .. });
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
            Body::VoteResponse { granted } if current => self.take_vote(from, granted),
            Body::Append { prev, entries, commit, round } if current => {
                if continues(prev, &entries, message.term) {
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

    /// Sends something that others may rely on: it leaves once everything that this node decided so far is durable.
    pub(super) fn send_dependent(&mut self, to: NodeId, body: Body) {
        let message = self.message(to, body);
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
    fn gather_write(&mut self) {
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
        if self.configurations.truncate(from) {
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
    pub(super) fn release(&mut self, message: Message) {
        if message.term < self.term() {
            return;
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

    /// Raises the commit index.
    pub(super) fn commit_to(&mut self, index: LogIndex) {
        if index > self.commit {
            self.commit = index;
            self.ready.events.push(Event::Commit { term: self.term(), index });
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
