//! What must hold after every step, in the whole state, which only a test can see. A violation is a panic that names it.

use crate::cluster::Node;
use node::raft::{
    Body, Configuration, Entry, EntryId, Event, HardState, LogIndex, Message, NodeId, Payload, Raft, ReadState, Role,
    Term,
};
use std::collections::{BTreeMap, BTreeSet};

type Nodes = BTreeMap<NodeId, Node>;

/// What was ever true, to compare the present with.
#[derive(Default)]
pub struct Invariants {
    /// The configuration of the founders, which stands in no log.
    founders: Configuration,
    leaders: BTreeMap<Term, NodeId>,
    votes: BTreeMap<(Term, NodeId), NodeId>,
    /// What each entry ever made says, and the term of the entry before it.
    made: BTreeMap<EntryId, (Term, Payload)>,
    /// Every committed entry, with the least term in which anybody knew.
    committed: Vec<(EntryId, Term)>,
    /// The configuration by which the last of them was committed.
    committed_by: Configuration,
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
    /// The log as its events tell it, with all that is in a snapshot.
    log: Vec<EntryId>,
    /// Where the node's newest snapshot ends.
    snapshot: LogIndex,
    /// The configuration in force and its position, as its events tell it.
    configuration: (LogIndex, Configuration),
}

impl Invariants {
    pub fn new(founders: Configuration) -> Invariants {
        Invariants { founders, ..Invariants::default() }
    }

    pub fn started(&mut self, id: NodeId, node: &Node) {
        let mut log: Vec<EntryId> = Vec::new();
        for entry in node.disk.log() {
            self.make(id, log.last().map(|last| last.term).unwrap_or_default(), entry);
            log.push(entry.id);
        }
        let (hard_state, snapshot) = (node.disk.hard_state, node.disk.base.index);
        let compacted = &log[..snapshot.0 as usize];
        // A past that a node was given may have commits that nobody saw.
        for &entry in &compacted[self.committed.len().min(compacted.len())..] {
            self.committed.push((entry, hard_state.term));
        }
        let role = Some((Role::Follower, hard_state.term));
        let (commit, applied) = (snapshot, snapshot);
        let configuration = Default::default();
        self.lives.insert(id, Life { hard_state, role, commit, applied, log, snapshot, configuration });
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
        let (raft, log) = (nodes[&id].raft.as_ref().expect("a running node"), &self.lives[&id].log);
        let base = raft.log().base();
        assert!(base.index.0 == 0 || log[base.index.0 as usize - 1] == base, "the events of {id} tell its log");
        assert_eq!(log[base.index.0 as usize..], memory(raft), "the events of {id} tell its log");
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
                    let configuration = &self.lives[&id].configuration.1;
                    let is_won = is_quorum(configuration, |voter| self.votes.get(&(*term, voter)) == Some(&id));
                    assert!(is_won, "{id} leads term {term} without a quorum of {configuration}");
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
                let log = &self.lives[&id].log;
                let is_durable = log[..index.0 as usize].iter().all(|&entry| disk.holds(entry));
                assert!(is_durable, "{id} acknowledges {index} in term {term}, but its disk does not hold it");
            }
            Event::Commit { term, index } => self.commit(id, *term, *index, nodes),
            Event::Configuration { index, configuration } => {
                self.lives.get_mut(&id).expect("alive").configuration = (*index, configuration.clone());
            }
            Event::Compact { last } => {
                let life = self.lives.get_mut(&id).expect("alive");
                assert_eq!(life.log[last.index.0 as usize - 1], *last, "{id} compacts what it has");
                assert!(life.snapshot < last.index && last.index <= life.applied, "{id} compacts what it applied");
                life.snapshot = last.index;
            }
            Event::Install { last } => {
                let through = last.index.0 as usize;
                assert_eq!(self.committed[through - 1].0, *last, "what {id} installs is committed");
                let life = self.lives.get_mut(&id).expect("alive");
                assert!(!matches!(life.role, Some((Role::Leader, _))), "Leader Append-Only: {id} installs {last}");
                assert!(last.index > life.commit, "{id} installs {last}, and has committed more");
                life.log = self.committed[..through].iter().map(|(id, _)| *id).collect();
                (life.snapshot, life.commit, life.applied) = (last.index, last.index, last.index);
            }
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
                assert!(is_leader, "{id} follows, and is the first to commit {entry}");
                self.committed.push((entry, term));
                self.committed_by = life.configuration.1.clone();
            }
        }
        self.is_on_quorum(nodes);
    }

    /// The last committed entry is on the disks of a quorum, by the configuration of the leader that committed it.
    fn is_on_quorum(&self, nodes: &Nodes) {
        let Some(&(last, _)) = self.committed.last() else { return };
        let is_durable = is_quorum(&self.committed_by, |id| nodes[&id].disk.holds(last));
        // What was committed in a past that nodes were given nobody knows.
        let is_given = self.committed_by == Configuration::default();
        assert!(is_durable || is_given, "{last} is committed without a quorum of {}", self.committed_by);
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
        // Pre-votes and questions bind nobody: their term may be one that is being written.
        let binds_nobody = matches!(
            message.body,
            Body::PreVote { .. }
                | Body::PreVoteResponse { .. }
                | Body::ReadIndex { .. }
                | Body::ReadIndexResponse { index: None, .. }
        );
        if !binds_nobody {
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
            Body::Append { prev, entries, .. } => {
                assert_eq!(self.leaders.get(&term), Some(&from), "{message}: only the leader appends");
                let matched = self.matched.get(&(term, message.to)).copied().unwrap_or_default();
                // A heartbeat to a follower that gets a snapshot fits any log.
                let fits_any = prev.index.0 == 0 && entries.is_empty();
                assert!(fits_any || prev.index >= matched, "{message}: next > match, and {matched} matches");
            }
            Body::AppendAccepted { matched, .. } => {
                assert!(disk.last() >= *matched, "{message}: what is acknowledged is durable");
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

    pub fn answered(&mut self, id: NodeId, read: ReadState) {
        let least = self.reads[&read.context];
        assert!(read.index <= self.lives[&id].applied, "{id} answers a read at {}, and has not got there", read.index);
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
                self.check_configuration(id, raft);
            }
        }
        let logs: Vec<(NodeId, Vec<EntryId>)> = nodes.iter().flat_map(|(&id, node)| self.logs(id, node)).collect();
        for (one, log) in &logs {
            for (other, peer) in &logs {
                let same = log.iter().zip(peer).rposition(|(a, b)| a == b).map_or(0, |at| at + 1);
                assert_eq!(log[..same], peer[..same], "Log Matching: {one} and {other}");
            }
            let changes = log.iter().skip(self.committed.len()).filter(|id| self.configures(**id).is_some());
            assert!(changes.count() <= 1, "{one} has two configurations that are not committed");
        }
        self.is_on_quorum(nodes);
    }

    /// The configuration that an entry holds.
    fn configures(&self, id: EntryId) -> Option<&Configuration> {
        match &self.made[&id].1 {
            Payload::Configuration(configuration) => Some(configuration),
            _ => None,
        }
    }

    /// The node's log in memory and on disk.
    fn logs(&self, id: NodeId, node: &Node) -> impl Iterator<Item = (NodeId, Vec<EntryId>)> {
        let disk = node.disk.log().map(|entry| entry.id).collect();
        let memory = node.raft.is_some().then(|| self.lives[&id].log.clone());
        memory.into_iter().chain([disk]).map(move |log| (id, log))
    }

    /// The configuration in force is the last in the log.
    fn check_configuration(&self, id: NodeId, raft: &Raft) {
        let life = &self.lives[&id];
        let (index, configuration) = &life.configuration;
        assert_eq!(raft.configuration(), configuration, "the events of {id} tell its configuration");
        assert_eq!(raft.configuration_index(), *index, "the events of {id} tell its configuration");
        let last = life.log.iter().rev().find_map(|&entry| Some((entry.index, self.configures(entry)?)));
        if let Some((at, last)) = last {
            assert_eq!(configuration, last, "{id} goes by the last configuration of its log");
            assert!(at == *index || at <= *index && *index <= life.snapshot, "{id}: it stands at {at}, not at {index}");
        } else {
            // Who joins knows nobody before it comes to the first configuration in the log, or gets a snapshot.
            let is_newcomer = !self.founders.is_member(id) && *configuration == Configuration::default();
            let is_first = *configuration == self.founders || is_newcomer;
            assert!(is_first, "{id} goes by {configuration}, which is in no log");
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
        assert_eq!(status.snapshot, life.snapshot, "the events of {id} tell its snapshots");
        let begins = raft.log().base().index.max(node.disk.base.index);
        assert!(begins <= life.snapshot && life.snapshot <= life.applied, "{id}: purged ≤ snapshot ≤ applied");
        let applied = node.applied.iter().map(|entry| (entry.id, &entry.payload));
        let committed = self.committed.iter().map(|(id, _)| (*id, &self.made[id].1));
        assert!(
            applied.eq(committed.take(life.applied.0 as usize)),
            "State Machine Safety: {id} has applied other things"
        );
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
    let log = raft.log();
    log.slice(log.base().index.next(), log.last().index, usize::MAX).iter().map(|entry| entry.id).collect()
}

/// Whether a quorum of a configuration is such, counted out: of each side, if there are two.
fn is_quorum(configuration: &Configuration, is_such: impl Fn(NodeId) -> bool) -> bool {
    let is_majority = |side: &BTreeSet<NodeId>| 2 * side.iter().filter(|&&id| is_such(id)).count() > side.len();
    is_majority(&configuration.voters) && (configuration.outgoing.is_empty() || is_majority(&configuration.outgoing))
}
