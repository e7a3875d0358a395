//! What must hold after every step, in the whole state, which only a test can see. A violation is a panic that names it.

use crate::cluster::Node;
use node::raft::{
    Body, Entry, EntryId, Event, HardState, LogIndex, Message, NodeId, Payload, Raft, ReadState, Role, Term, quorum,
};
use std::collections::{BTreeMap, BTreeSet};

type Nodes = BTreeMap<NodeId, Node>;

/// What was ever true, to compare the present with.
#[derive(Default)]
pub struct Invariants {
    leaders: BTreeMap<Term, NodeId>,
    votes: BTreeMap<(Term, NodeId), NodeId>,
    /// What each entry ever made says, and the term of the entry before it.
    made: BTreeMap<EntryId, (Term, Payload)>,
    /// Every committed entry, with the least term in which anybody knew.
    committed: Vec<(EntryId, Term)>,
    lives: BTreeMap<NodeId, Life>,
    durable: BTreeMap<NodeId, HardState>,
    /// What each leader was told of each follower's log.
    matched: BTreeMap<(Term, NodeId), LogIndex>,
    /// What each read must see.
    reads: BTreeMap<u64, LogIndex>,
    answered: BTreeSet<u64>,
}

/// A node between its start and its crash.
#[derive(Default)]
struct Life {
    hard_state: HardState,
    role: Option<(Role, Term)>,
    commit: LogIndex,
    applied: LogIndex,
    /// The log as its events tell it.
    log: Vec<EntryId>,
}

impl Invariants {
    pub fn started(&mut self, id: NodeId, node: &Node) {
        let log: Vec<EntryId> = node.disk.entries.iter().map(|entry| entry.id).collect();
        for (at, entry) in node.disk.entries.iter().enumerate() {
            self.make(id, at.checked_sub(1).map(|at| log[at].term).unwrap_or_default(), entry);
        }
        let hard_state = node.disk.hard_state;
        self.lives
            .insert(id, Life { hard_state, role: Some((Role::Follower, hard_state.term)), log, ..Life::default() });
    }

    /// Log Matching, by induction: an entry says the same wherever it stands, and the same entry stands before it.
    fn make(&mut self, id: NodeId, before: Term, entry: &Entry) {
        let made = self.made.entry(entry.id).or_insert_with(|| (before, entry.payload.clone()));
        assert_eq!(*made, (before, entry.payload.clone()), "Log Matching: {id} has another {}", entry.id);
    }

    pub fn events(&mut self, id: NodeId, events: &[Event], nodes: &Nodes) {
        for event in events {
            self.event(id, event, nodes);
        }
        let raft = nodes[&id].raft.as_ref().expect("a running node");
        assert_eq!(self.lives[&id].log, memory(raft), "the events of {id} tell its log");
    }

    fn event(&mut self, id: NodeId, event: &Event, nodes: &Nodes) {
        let disk = &nodes[&id].disk;
        match event {
            Event::Role { role, term } => {
                self.lives.get_mut(&id).expect("alive").role = Some((*role, *term));
                if *role == Role::Leader {
                    let leader = *self.leaders.entry(*term).or_insert(id);
                    assert_eq!(leader, id, "Election Safety: two leaders in term {term}");
                    let own = HardState { term: *term, vote: Some(id) };
                    assert_eq!(disk.hard_state, own, "{id} leads before its own vote is durable");
                    let votes = self.votes.iter().filter(|&(&(at, _), &vote)| at == *term && vote == id).count();
                    assert!(votes >= quorum::size(nodes.len()), "{id} leads with {votes} votes");
                }
            }
            Event::Vote { term, candidate } => {
                let durable = HardState { term: *term, vote: Some(*candidate) };
                assert_eq!(disk.hard_state, durable, "a vote is durable before it is known");
                let vote = *self.votes.entry((*term, id)).or_insert(*candidate);
                assert_eq!(vote, *candidate, "{id} has one vote in term {term}");
            }
            Event::Append { entries } => {
                for entry in entries {
                    let life = self.lives.get_mut(&id).expect("alive");
                    assert_eq!(entry.id.index.0, life.log.len() as u64 + 1, "{id} appends at the end");
                    let before = life.log.last().map(|last| last.term).unwrap_or_default();
                    life.log.push(entry.id);
                    self.make(id, before, entry);
                }
            }
            Event::Truncate { from } => {
                let life = self.lives.get_mut(&id).expect("alive");
                assert!(!matches!(life.role, Some((Role::Leader, _))), "Leader Append-Only: {id} truncates");
                assert!(*from > life.commit, "{id} removes {from}, which is committed");
                life.log.truncate(from.previous().0 as usize);
            }
            Event::Ack { term, index } => {
                let log = memory(nodes[&id].raft.as_ref().expect("a running node"));
                let is_durable = log[..index.0 as usize].iter().all(|&entry| disk.holds(entry));
                assert!(is_durable, "{id} acknowledges {index} in term {term}, but its disk does not hold it");
            }
            Event::Commit { term, index } => self.commit(id, *term, *index, nodes),
            Event::Configuration { .. } | Event::Compact { .. } | Event::Install { .. } => {}
        }
    }

    fn commit(&mut self, id: NodeId, term: Term, index: LogIndex, nodes: &Nodes) {
        let life = self.lives.get_mut(&id).expect("alive");
        assert!(index > life.commit, "the commit index of {id} goes up");
        life.commit = index;
        let entries = &life.log[..index.0 as usize];
        let last = entries[entries.len() - 1];
        let is_leader = matches!(life.role, Some((Role::Leader, _)));
        assert!(!is_leader || last.term == term, "section 5.4.2: {id} commits {last} by counting in term {term}");
        for (at, &entry) in entries.iter().enumerate() {
            if let Some((committed, known)) = self.committed.get_mut(at) {
                assert_eq!(*committed, entry, "State Machine Safety: {id} commits another entry");
                *known = (*known).min(term);
            } else {
                self.committed.push((entry, term));
            }
        }
        self.is_on_quorum(last, nodes);
    }

    fn is_on_quorum(&self, id: EntryId, nodes: &Nodes) {
        let holders = nodes.values().filter(|node| node.disk.holds(id)).count();
        assert!(holders >= quorum::size(nodes.len()), "{id} is committed, and {holders} disks hold it");
    }

    pub fn applied(&mut self, id: NodeId, entries: &[Entry]) {
        let life = self.lives.get_mut(&id).expect("alive");
        for entry in entries {
            assert_eq!(entry.id.index, life.applied.next(), "{id} applies one entry after the other");
            life.applied = entry.id.index;
            let committed = self.committed[entry.id.index.previous().0 as usize].0;
            assert_eq!(entry.id, committed, "State Machine Safety: {id} applies another entry");
        }
    }

    /// Others rely on what a message says: it must be durable in its sender by then.
    pub fn sent(&self, message: &Message, node: &Node) {
        let (from, term) = (message.from, message.term);
        let disk = &node.disk;
        // Pre-votes bind nobody. In a read-only answer the term may be one that is being written.
        if !matches!(message.body, Body::PreVote { .. } | Body::PreVoteResponse { .. }) {
            assert_eq!(disk.hard_state.term, term, "{message}: the term is durable before it is known");
        }
        match &message.body {
            Body::Vote { last, .. } => {
                assert!(disk.holds(*last), "{message}: a candidate stands with a log that is durable");
                assert_eq!(disk.hard_state.vote, Some(from), "{message}: a candidate's own vote is durable");
            }
            Body::VoteResponse { granted: true } => {
                assert_eq!(disk.hard_state.vote, Some(message.to), "{message}: a vote is durable before it leaves");
            }
            Body::Append { prev, .. } => {
                assert_eq!(self.leaders.get(&term), Some(&from), "{message}: only the leader appends");
                let matched = self.matched.get(&(term, message.to)).copied().unwrap_or_default();
                assert!(prev.index >= matched, "{message}: next > match, and {matched} is known to match");
            }
            Body::AppendAccepted { matched, .. } => {
                assert!(disk.entries.len() as u64 >= matched.0, "{message}: what is acknowledged is durable");
            }
            _ => {}
        }
    }

    pub fn delivered(&mut self, message: &Message) {
        if let Body::AppendAccepted { matched, .. } = message.body
            && self.leaders.get(&message.term) == Some(&message.to)
        {
            let known = self.matched.entry((message.term, message.from)).or_default();
            *known = matched.max(*known);
        }
    }

    pub fn read(&mut self, context: u64) {
        self.reads.insert(context, LogIndex(self.committed.len() as u64));
    }

    pub fn answered(&mut self, read: ReadState) {
        let least = self.reads[&read.context];
        assert!(read.index >= least, "read {} sees {}, but {least} was committed", read.context, read.index);
        assert!(self.answered.insert(read.context), "read {} is answered once", read.context);
    }

    /// The state of all nodes at one moment.
    pub fn check(&mut self, nodes: &Nodes) {
        for (&id, node) in nodes {
            let before = self.durable.insert(id, node.disk.hard_state).unwrap_or_default();
            advances(id, "on disk", before, node.disk.hard_state);
            if let Some(raft) = &node.raft {
                self.check_node(id, node, raft);
            }
        }
        let logs: Vec<(NodeId, Vec<EntryId>)> = nodes.iter().flat_map(|(&id, node)| logs(id, node)).collect();
        for (one, log) in &logs {
            for (other, peer) in &logs {
                let same = log.iter().zip(peer).rposition(|(a, b)| a == b).map_or(0, |at| at + 1);
                assert_eq!(log[..same], peer[..same], "Log Matching: {one} and {other}");
            }
        }
        if let Some(&(last, _)) = self.committed.last() {
            self.is_on_quorum(last, nodes);
        }
    }

    fn check_node(&mut self, id: NodeId, node: &Node, raft: &Raft) {
        let status = raft.status();
        let life = self.lives.get_mut(&id).expect("alive");
        assert!(status.term >= life.hard_state.term, "{id}: the term goes up");
        life.hard_state.term = status.term;
        assert_eq!(life.role, Some((status.role, status.term)), "the events of {id} tell its role");
        assert_eq!(status.commit, life.commit, "the events of {id} tell its commit index");
        assert!(life.applied <= status.commit && status.commit <= status.last.index, "{id}: applied ≤ commit ≤ last");
        assert!(raft.log().durable() <= status.last.index, "{id}: durable ≤ last");
        for &entry in &life.log[..raft.log().durable().0 as usize] {
            assert!(node.disk.holds(entry), "{id} takes {entry} for durable, and it is not");
        }
        assert!(life.log.iter().all(|entry| entry.term <= status.term), "{id}: no entry is of a later term");
        if status.role == Role::Leader {
            for (committed, known) in &self.committed {
                let has = life.log.get(committed.index.previous().0 as usize) == Some(committed);
                assert!(has || *known > status.term, "Leader Completeness: {id} leads without {committed}");
            }
        }
    }
}

fn advances(id: NodeId, place: &str, before: HardState, after: HardState) {
    assert!(after.term >= before.term, "{id}: the term goes up {place}");
    let is_kept = after.term > before.term || before.vote.is_none() || after.vote == before.vote;
    assert!(is_kept, "{id}: the vote of term {} changes {place}", after.term);
}

fn memory(raft: &Raft) -> Vec<EntryId> {
    (1..=raft.log().last().index.0).filter_map(|at| raft.log().entry(LogIndex(at)).map(|entry| entry.id)).collect()
}

/// The node's log in memory and on disk.
fn logs(id: NodeId, node: &Node) -> impl Iterator<Item = (NodeId, Vec<EntryId>)> {
    let disk = node.disk.entries.iter().map(|entry| entry.id).collect();
    node.raft.as_ref().map(memory).into_iter().chain([disk]).map(move |log| (id, log))
}
