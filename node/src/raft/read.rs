//! Linearizable reads (section 8 of the paper; dissertation 6.4).
//!
//! A read may see the state as of the commit index at its arrival, provided that this node was still the leader after the
//! read arrived, and knew the commit index. The second is true once an entry of the leader's own term is committed. The first can
//! be shown in three ways, of which [`ReadMode`] chooses one.

use super::{
    bug::Bug,
    config::Ticks,
    core::{NotLeader, Raft},
    message::Body,
    quorum,
    state::State,
    types::{LogIndex, NodeId, Payload},
};
use std::collections::VecDeque;

/// How reads are made linearizable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReadMode {
    /// A quorum confirms, after the read arrived, that this node leads: appends carry the number of a round, and the answers return it.
    /// Many reads share a round. Assumes nothing of clocks.
    #[default]
    Index,
    /// A leader answers by itself for as long as a quorum cannot have elected another one (dissertation 6.4.1): voters that hear a
    /// leader vote for nobody else for the shortest election timeout. It counts from the moment at which the heartbeats were *sent* that
    /// a quorum answered, and takes off a tenth.
    ///
    /// Assumes that the clocks of all nodes run at rates that differ by less than a tenth, that they count the time for which a
    /// machine was suspended, and that all nodes have the same election timeout. A clock that lies beyond that makes reads stale.
    Lease,
    /// A read is an entry of the log. Assumes nothing, and costs a write to disk, which reads that arrive together share.
    Log,
}

/// A read that may be answered from the state machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadState {
    /// What [`Raft::read_index`] was given.
    pub context: u64,
    /// Everything up to here must have been applied.
    pub index: LogIndex,
}

/// Who wants to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reader {
    /// A client of this node, by its context.
    Own(u64),
    /// A follower, by the number of its question.
    Follower(NodeId, u64),
}

/// A read that waits.
#[derive(Clone, Copy, Debug)]
pub(super) struct PendingRead {
    pub reader: Reader,
    /// What it must see; not known before the leader committed an entry of its term.
    pub index: Option<LogIndex>,
    /// The round that confirms it: one that began after it arrived.
    pub round: u64,
}

/// For how long nobody else can be the leader.
#[derive(Debug, Default)]
pub(super) struct Lease {
    /// When each round began that is not confirmed yet.
    begun: VecDeque<(u64, Ticks)>,
    until: Option<Ticks>,
    is_void: bool,
}

impl Lease {
    /// What was promised was promised to the leader of another configuration: only rounds that begin from now on count.
    pub fn restart(&mut self) {
        self.begun.clear();
        self.until = None;
    }

    /// There may be another leader at any time, until the end of this leadership.
    pub fn void(&mut self) {
        self.is_void = true;
    }

    fn confirm(&mut self, round: u64, length: u64) {
        let count = self.begun.partition_point(|(begun, _)| *begun <= round);
        if let Some((_, at)) = self.begun.drain(..count).next_back() {
            self.until = Some(at + length);
        }
    }

    fn holds(&self, now: Ticks) -> bool {
        !self.is_void && self.until.is_some_and(|until| now < until)
    }
}

/// The reads of a follower, about which it asks its leader: one question at a time, for all that came since the one before.
#[derive(Debug)]
pub(super) struct Forwarded {
    /// The question's. The upper half is drawn when the node starts: what answers a question of its life before knows too little.
    number: u64,
    asked: Vec<u64>,
    /// When the question is repeated, which may have been lost.
    repeat: Option<Ticks>,
    waiting: Vec<u64>,
}

impl Forwarded {
    pub fn new(life: u32) -> Forwarded {
        Forwarded { number: u64::from(life) << 32, asked: Vec::new(), repeat: None, waiting: Vec::new() }
    }

    pub fn due(&self) -> Option<Ticks> {
        self.repeat
    }
}

impl Raft {
    /// Asks this leader for leave to read. It comes as a [`ReadState`] with the same context, or the context among
    /// [`super::Ready::reads_refused`].
    ///
    /// With [`ReadMode::Lease`], [`Raft::tick`] must have been told the time just before.
    ///
    /// # Errors
    /// If this node is not the leader.
    pub fn read_index(&mut self, context: u64) -> Result<(), NotLeader> {
        let leader = self.leader();
        if !matches!(self.state, State::Leader(_)) {
            return Err(NotLeader { leader });
        }
        if self.config.bugs.has(Bug::StaleRead) {
            self.allowed_reads.push(ReadState { context, index: self.commit });
            return Ok(());
        }
        self.read(Reader::Own(context));
        Ok(())
    }

    /// The same on any node: one that follows asks its leader, and answers when it has applied as much (dissertation 6.4).
    ///
    /// # Errors
    /// If this node knows no leader.
    pub fn read_index_anywhere(&mut self, context: u64) -> Result<(), NotLeader> {
        match self.state {
            State::Leader(_) => self.read_index(context),
            State::Follower { leader: Some(_) } => {
                self.forwarded.waiting.push(context);
                Ok(())
            }
            _ => Err(NotLeader { leader: None }),
        }
    }

    /// A read begins on the leader.
    fn read(&mut self, reader: Reader) {
        let (commit, now, mode, bugs) = (self.commit, self.now, self.config.reads, self.config.bugs);
        let State::Leader(leadership) = &mut self.state else { return };
        let index = (commit >= leadership.noop || bugs.has(Bug::ReadBeforeNoop)).then_some(commit);
        let is_transferred = leadership.transfer.is_some() && !bugs.has(Bug::LeaseOutlivesTransfer);
        match (mode, index) {
            (ReadMode::Log, _) => leadership.unlogged_reads.push(reader),
            (ReadMode::Lease, Some(index)) if leadership.lease.holds(now) && !is_transferred => {
                self.allow(reader, index);
            }
            // The current round may have been answered already: the answer would not show that this node leads *now*.
            _ => leadership.reads.push_back(PendingRead { reader, index, round: leadership.round + 1 }),
        }
    }

    fn allow(&mut self, reader: Reader, index: LogIndex) {
        match reader {
            Reader::Own(context) => self.allowed_reads.push(ReadState { context, index }),
            Reader::Follower(to, number) => self.send_now(to, Body::ReadIndexResponse { number, index: Some(index) }),
        }
    }

    /// Makes the entry for which the reads wait that came since the last one.
    pub(super) fn log_reads(&mut self) {
        let State::Leader(leadership) = &mut self.state else { return };
        let readers = std::mem::take(&mut leadership.unlogged_reads);
        if readers.is_empty() {
            return;
        }
        let index = self.append_own(Payload::Noop).index;
        let State::Leader(leadership) = &mut self.state else { return };
        leadership.logged_reads.extend(readers.into_iter().map(|reader| (index, reader)));
    }

    /// The last round that a quorum has answered.
    pub(super) fn confirmed_round(&self) -> Option<u64> {
        let State::Leader(leadership) = &self.state else { return None };
        if self.config.bugs.has(Bug::ReadQuorumOffByOne) {
            let answered = |id| leadership.followers.get(id).map_or(leadership.round, |peer| peer.round_answered);
            let rounds: Vec<u64> = self.configuration().voters.iter().map(answered).collect();
            let count = quorum::size(rounds.len()) - 1;
            return Some(quorum::reached_by(rounds, count.max(1)));
        }
        self.reached(leadership.round, |progress| progress.round_answered)
    }

    /// Begins the round that reads wait for, if they do.
    pub(super) fn begin_round(&mut self) {
        if let State::Leader(leadership) = &mut self.state
            && leadership.awaits_round()
        {
            leadership.round += 1;
        }
    }

    /// A round of confirmation for the lease's sake, at each heartbeat.
    pub(super) fn begin_lease_round(&mut self) {
        let now = self.now;
        if let State::Leader(leadership) = &mut self.state
            && self.config.reads == ReadMode::Lease
        {
            leadership.round += 1;
            leadership.lease.begun.push_back((leadership.round, now));
        }
    }

    /// The first entry of the leader's term may have been committed: reads that waited for it learn what they must see. And
    /// those that wait for an entry of their own may be answered when it is applied.
    pub(super) fn index_reads(&mut self) {
        let commit = self.commit;
        let State::Leader(leadership) = &mut self.state else { return };
        if commit >= leadership.noop {
            for read in leadership.reads.iter_mut().filter(|read| read.index.is_none()) {
                read.index = Some(commit);
            }
        }
        let committed = leadership.logged_reads.partition_point(|(index, _)| *index <= commit);
        let logged: Vec<_> = leadership.logged_reads.drain(..committed).collect();
        for (index, reader) in logged {
            self.allow(reader, index);
        }
        self.confirm_reads();
    }

    /// Serves the reads whose round a quorum has answered, in order of arrival.
    pub(super) fn confirm_reads(&mut self) {
        let length = self.config.election_timeout.0 * 9 / 10;
        let State::Leader(leadership) = &self.state else { return };
        if leadership.reads.is_empty() && leadership.lease.begun.is_empty() {
            return;
        }
        let Some(confirmed) = self.confirmed_round() else { return };
        let State::Leader(leadership) = &mut self.state else { return };
        leadership.lease.confirm(confirmed, length);
        let is_confirmed = |read: &PendingRead| read.index.is_some() && read.round <= confirmed;
        let count = leadership.reads.iter().take_while(|read| is_confirmed(read)).count();
        let reads: Vec<PendingRead> = leadership.reads.drain(..count).collect();
        for PendingRead { reader, index, .. } in reads {
            self.allow(reader, index.unwrap_or_default());
        }
    }

    /// Hands out the reads whose entries have been handed out.
    pub(super) fn hand_out_reads(&mut self) {
        let handed_out = self.handed_out;
        self.ready.reads.extend(self.allowed_reads.extract_if(.., |read| read.index <= handed_out));
    }

    /// The role changed: nobody confirms any more what this node was waiting for.
    pub(super) fn refuse_reads(&mut self, before: State) {
        if let State::Leader(leadership) = before {
            let leadership = *leadership;
            let waiting = leadership.reads.into_iter().map(|read| read.reader);
            let waiting = waiting.chain(leadership.logged_reads.into_iter().map(|(_, reader)| reader));
            for reader in waiting.chain(leadership.unlogged_reads) {
                // A follower notices the new leader, or repeats its question to nobody's harm.
                if let Reader::Own(context) = reader {
                    self.ready.reads_refused.push(context);
                }
            }
        } else if let State::Follower { leader: Some(leader) } = before
            && self.leader() != Some(leader)
        {
            self.refuse_forwarded();
        }
    }

    fn refuse_forwarded(&mut self) {
        let Forwarded { asked, waiting, repeat, .. } = &mut self.forwarded;
        // Those that may see more than this node knows of may wait for it for ever: it may have been removed from the cluster.
        let commit = self.commit;
        let ahead = self.allowed_reads.extract_if(.., |read| read.index > commit).map(|read| read.context);
        self.ready.reads_refused.extend(asked.drain(..).chain(waiting.drain(..)).chain(ahead));
        *repeat = None;
    }

    /// The follower's side: asks about the reads that came since the last question, if that has been answered.
    pub(super) fn ask_leader(&mut self) {
        let repeat = self.now + self.config.heartbeat;
        let State::Follower { leader: Some(leader) } = self.state else { return };
        let forwarded = &mut self.forwarded;
        if forwarded.repeat.is_some() || forwarded.waiting.is_empty() {
            return;
        }
        forwarded.number += 1;
        forwarded.asked.append(&mut forwarded.waiting);
        forwarded.repeat = Some(repeat);
        let number = forwarded.number;
        self.send_now(leader, Body::ReadIndex { number });
    }

    /// A question, or its answer, may have been lost. It is asked anew, under another number: the answer to the first must not do
    /// for reads that came after it.
    pub(super) fn repeat_forwarded(&mut self) {
        if self.forwarded.repeat.is_some_and(|repeat| repeat <= self.now) {
            let Forwarded { number, asked, waiting, repeat } = &mut self.forwarded;
            waiting.append(asked);
            *repeat = None;
            if self.config.bugs.has(Bug::ReadAnswerReused) {
                *number -= 1;
            }
        }
    }

    /// The leader's side of a follower's question.
    pub(super) fn take_forwarded_read(&mut self, from: NodeId, number: u64) {
        if matches!(self.state, State::Leader(_)) {
            self.read(Reader::Follower(from, number));
        } else {
            self.send_now(from, Body::ReadIndexResponse { number, index: None });
        }
    }

    /// The leader's answer.
    pub(super) fn take_read_index(&mut self, from: NodeId, number: u64, index: Option<LogIndex>) {
        if number != self.forwarded.number || self.leader() != Some(from) {
            return;
        }
        match index {
            Some(index) => {
                let reads = self.forwarded.asked.drain(..);
                self.allowed_reads.extend(reads.map(|context| ReadState { context, index }));
                self.forwarded.repeat = None;
            }
            None => self.refuse_forwarded(),
        }
    }
}
