//! A single core, alone in the hands of a test.

use node::raft::{
    Body, Config, Configuration, Entry, EntryId, HardState, LogIndex, Message, NodeId, Payload, Raft, Role, Start,
    Term, Ticks, quorum,
};
use std::collections::BTreeSet;

pub const N1: NodeId = NodeId(1);
pub const N2: NodeId = NodeId(2);
pub const N3: NodeId = NodeId(3);

pub fn id(index: u64, term: u64) -> EntryId {
    EntryId { term: Term(term), index: LogIndex(index) }
}

pub fn entry(index: u64, term: u64) -> Entry {
    Entry { id: id(index, term), payload: Payload::Noop }
}

pub fn log(terms: &[u64]) -> Vec<Entry> {
    (1..).zip(terms).map(|(index, &term)| entry(index, term)).collect()
}

/// n1 of a cluster, alone in the hands of the test, with a prompt disk.
pub struct Alone(pub Raft);

impl Alone {
    pub fn new(size: u64, term: u64, terms: &[u64]) -> Alone {
        Alone::with(Configuration::of((1..=size).map(NodeId)), term, terms, |_| {})
    }

    pub fn with(founders: Configuration, term: u64, terms: &[u64], settings: impl FnOnce(&mut Config)) -> Alone {
        let mut config = Config::new(N1, []);
        config.founders = founders;
        settings(&mut config);
        let hard_state = HardState { term: Term(term), vote: None };
        Alone(Raft::new(config, Start { hard_state, snapshot: None, entries: log(terms) }, Ticks(0)))
    }

    /// Makes it the leader of the next term, with the votes of all others that it asks.
    pub fn lead(&mut self) {
        let next = self.0.term().next();
        for question in self.time_out() {
            let term = self.term();
            self.hear(question.to, term, Body::PreVoteResponse { next, granted: true });
        }
        for voter in self.0.configuration().members() {
            self.hear(voter, next.0, Body::VoteResponse { granted: true });
        }
        assert_eq!(self.role(), Role::Leader);
    }

    /// A leader of `term` that has sent its first entry, and had no answer.
    pub fn leader(size: u64, term: u64, terms: &[u64]) -> Alone {
        let mut alone = Alone::candidate(size, term, terms);
        for peer in 2..=quorum::size(size as usize) as u64 {
            alone.hear(NodeId(peer), term, Body::VoteResponse { granted: true });
        }
        assert_eq!(alone.role(), Role::Leader);
        alone
    }

    pub fn candidate(size: u64, term: u64, terms: &[u64]) -> Alone {
        let mut alone = Alone::new(size, term - 1, terms);
        alone.time_out();
        for peer in 2..=quorum::size(size as usize) as u64 {
            alone.hear(NodeId(peer), term - 1, Body::PreVoteResponse { next: Term(term), granted: true });
        }
        assert!(size == 1 || alone.role() == Role::Candidate);
        alone
    }

    pub fn role(&self) -> Role {
        self.0.status().role
    }

    pub fn term(&self) -> u64 {
        self.0.status().term.0
    }

    pub fn terms(&self) -> Vec<u64> {
        (1..=self.0.log().last().index.0).map(|at| self.0.log().term(LogIndex(at)).unwrap().0).collect()
    }

    /// Lets time pass until something is due; returns what is sent.
    pub fn time_out(&mut self) -> Vec<Message> {
        self.0.tick(self.0.deadline());
        self.sent()
    }

    /// Takes a message; returns what is sent.
    pub fn hear(&mut self, from: NodeId, term: u64, body: Body) -> Vec<Message> {
        self.0.step(Message { from, to: N1, term: Term(term), body });
        self.sent()
    }

    pub fn append(&mut self, from: NodeId, term: u64, prev: EntryId, entries: &[Entry], commit: u64) -> Vec<Message> {
        let commit = LogIndex(commit);
        self.hear(from, term, Body::Append { prev, entries: entries.to_vec(), commit, round: 0 })
    }

    pub fn sent(&mut self) -> Vec<Message> {
        let mut messages = Vec::new();
        while let Some(ready) = self.0.ready() {
            messages.extend(ready.messages);
            if let Some(write) = ready.write {
                self.0.persisted(write.number);
            }
        }
        messages
    }
}

pub fn receivers(messages: &[Message]) -> BTreeSet<u64> {
    messages.iter().map(|message| message.to.0).collect()
}
