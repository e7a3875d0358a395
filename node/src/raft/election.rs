//! Leader election: sections 5.2 and 5.4.1 of the paper, with pre-vote and check-quorum from the dissertation.

use super::{
    bug::Bug,
    configuration::{Configuration, Outcome},
    core::Raft,
    message::Body,
    read::Lease,
    state::{Leadership, State, Votes},
    types::{EntryId, LogIndex, NodeId, Payload, Term},
};
use std::collections::{BTreeMap, VecDeque};

impl Raft {
    /// The election timeout ran out: before this node disturbs anybody with a higher term, it asks whether it could win
    /// (dissertation 9.6).
    pub(super) fn start_pre_vote(&mut self) {
        self.restart_election_timer();
        if !self.may_lead() {
            return self.become_follower(self.term(), None);
        }
        if self.config.bugs.has(Bug::NoPreVote) || self.config.bugs.has(Bug::PlainElections) {
            return self.start_election(false);
        }
        let votes = Votes::from([(self.config.id, true)]);
        self.transition(State::PreCandidate { votes });
        let body = Body::PreVote { next: self.term().next(), last: self.log.last() };
        for peer in self.other_voters() {
            // Nothing rests on the answer, so nothing has to be durable for the question.
            self.send_now(peer, body.clone());
        }
        self.count_pre_votes();
    }

    /// Whether this node is to stand for election at all. Who has no vote is nobody's leader: a learner waits, and so does a node that
    /// was removed or is not a member yet. But as long as the configuration that takes its vote away may not be committed, the others
    /// may not have it, and may be bound to refuse anybody who has not: so it stands, without a vote of its own (dissertation 4.2.2).
    pub(super) fn may_lead(&self) -> bool {
        let has_vote = |configuration: &Configuration| configuration.is_voter(self.config.id);
        let before = self.configurations.before_last().filter(|_| self.configuration_index() > self.commit);
        has_vote(self.configuration()) || before.is_some_and(has_vote) || self.config.bugs.has(Bug::LearnerStands)
    }

    /// Would this node vote for the asker? The answer binds nobody.
    pub(super) fn answer_pre_vote(&mut self, from: NodeId, next: Term, last: EntryId) {
        let granted = next > self.term() && !self.hears_leader() && self.is_up_to_date(last);
        self.send_now(from, Body::PreVoteResponse { next, granted });
    }

    pub(super) fn take_pre_vote(&mut self, from: NodeId, next: Term, granted: bool) {
        // An answer to an earlier round, or after the round was decided, says nothing about this one.
        if next != self.term().next() {
            return;
        }
        if let State::PreCandidate { votes } = &mut self.state {
            votes.insert(from, granted);
            self.count_pre_votes();
        }
    }

    fn count_pre_votes(&mut self) {
        let State::PreCandidate { votes } = &self.state else { return };
        if self.tally(votes) == Outcome::Won {
            self.start_election(false);
        }
    }

    fn tally(&self, votes: &Votes) -> Outcome {
        self.electorate().tally(|id| votes.get(&id).copied())
    }

    fn other_voters(&self) -> Vec<NodeId> {
        let (configuration, own) = (self.configuration(), self.config.id);
        configuration.voters.union(&configuration.outgoing).copied().filter(|&id| id != own).collect()
    }

    /// Stands for election in a new term (section 5.2): votes for itself and asks everybody else.
    pub(super) fn start_election(&mut self, by_transfer: bool) {
        self.enter_term(self.term().next());
        self.stand(by_transfer);
    }

    /// Asks for votes in the current term.
    pub(super) fn stand(&mut self, by_transfer: bool) {
        self.hard_state.vote = Some(self.config.id);
        self.transition(State::Candidate { votes: Votes::new() });
        self.restart_election_timer();
        let last = self.log.last();
        // All of it waits until the term and the vote are durable, the vote for itself too: a candidate that forgot, in a
        // restart, in which term it stood and with which log could be elected on the strength of a log that it lost.
        self.send_dependent(self.config.id, Body::VoteResponse { granted: true });
        for peer in self.other_voters() {
            self.send_dependent(peer, Body::Vote { last, by_transfer });
        }
    }

    /// A candidate of the current term asks for this node's vote.
    pub(super) fn answer_vote(&mut self, from: NodeId, last: EntryId) {
        // One vote per term, first come, first served; the same candidate may ask again (section 5.2).
        let is_free = self.hard_state.vote.is_none_or(|vote| vote == from) || self.config.bugs.has(Bug::VoteTwice);
        let granted = is_free && self.is_up_to_date(last);
        if granted {
            self.hard_state.vote = Some(from);
            self.restart_election_timer();
            if matches!(self.state, State::PreCandidate { .. }) {
                self.transition(State::Follower { leader: None });
            }
        }
        self.send_dependent(from, Body::VoteResponse { granted });
    }

    /// A vote of the current term; also the node's own, once it is durable.
    pub(super) fn take_vote(&mut self, from: NodeId, vote: bool) {
        let State::Candidate { votes } = &mut self.state else { return };
        votes.insert(from, vote);
        let State::Candidate { votes } = &self.state else { return };
        // Votes count by the candidate's own configuration, whatever those think who cast them (section 6).
        if self.tally(votes) == Outcome::Won {
            self.become_leader();
        }
    }

    /// Follows the leader of a term, or waits for one. The election timer runs on: only a vote granted or word from the leader
    /// starts it again (section 5.2). A leader has none running, so that it gets a new one.
    pub(super) fn become_follower(&mut self, term: Term, leader: Option<NodeId>) {
        let was_leader = matches!(self.state, State::Leader(_));
        self.enter_term(term);
        self.transition(State::Follower { leader });
        if was_leader {
            self.restart_election_timer();
        }
    }

    fn become_leader(&mut self) {
        assert!(matches!(self.state, State::Candidate { .. }), "only a candidate becomes leader (Figure 4)");
        let next = self.log.last().index.next();
        self.transition(State::Leader(Box::new(Leadership {
            followers: BTreeMap::new(),
            heartbeat_due: self.now + self.config.heartbeat,
            quorum_due: self.now + self.config.election_timeout.1,
            noop: next,
            round: 0,
            matched: LogIndex(0),
            reads: VecDeque::new(),
            unlogged_reads: Vec::new(),
            logged_reads: VecDeque::new(),
            lease: Lease::default(),
            transfer: None,
            uncommitted_bytes: 0,
        })));
        self.follow_members();
        // By committing an entry of its own term a leader learns what is committed (section 8): entries of earlier terms are
        // committed along with it, and never by counting (section 5.4.2).
        self.append_own(Payload::Noop);
        self.acknowledge_own();
    }

    /// A leader that a quorum has not answered for an election timeout steps down (dissertation 6.2): the others may have
    /// elected another one, and clients should not be kept waiting.
    pub(super) fn check_quorum(&mut self) {
        let (now, timeout) = (self.now, self.config.election_timeout.1);
        let heard = match self.config.bugs.has(Bug::NoQuorumCheck) {
            true => Some(now),
            false => self.reached(now, |progress| progress.heard),
        };
        let State::Leader(leadership) = &mut self.state else { return };
        match heard.map(|heard| heard + timeout) {
            Some(due) if due > now => leadership.quorum_due = due,
            _ => self.become_follower(self.term(), None),
        }
    }

    /// The election restriction (section 5.4.1): a log is at least as up to date as this node's if its last entry has a later
    /// term, or the same term and an index not smaller.
    fn is_up_to_date(&self, last: EntryId) -> bool {
        last >= self.log.last() || self.config.bugs.has(Bug::SkipLogCheck)
    }

    /// Whether there is a leader whom this node heard within the shortest election timeout. A leader hears itself, as long as
    /// the quorum check lets it be one.
    pub(super) fn hears_leader(&self) -> bool {
        if self.now < self.bound_until {
            return true;
        }
        match self.state {
            State::Leader(_) => true,
            State::Follower { leader: Some(_) } => {
                self.leader_heard.is_some_and(|heard| self.now < heard + self.config.election_timeout.0)
            }
            _ => false,
        }
    }
}
