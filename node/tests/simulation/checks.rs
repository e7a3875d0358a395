//! What was ever true of a world, and what therefore must not happen in it any more: the properties of Figure 3, and what
//! snapshots and membership add. It follows the events of the cores, and looks at their disks.

use crate::node::{Applied, Disk, Node, print};
use ::node::raft::{Body, Configuration, Entry, EntryId, Event, LogIndex, Message, NodeId, Payload, Role, Term};
use std::collections::{BTreeMap, BTreeSet};

pub type Check = Result<(), String>;

/// What a node has said of itself since it started.
struct View {
    role: Role,
    term: Term,
    commit: LogIndex,
    base: EntryId,
    /// The log behind the base: each entry, and a number for what it says.
    log: Vec<(EntryId, u64)>,
    /// The configuration at the base, and those in the log.
    configurations: Vec<(LogIndex, Configuration)>,
}

impl View {
    fn last(&self) -> EntryId {
        self.log.last().map_or(self.base, |(id, _)| *id)
    }

    fn at(&self, index: LogIndex) -> Option<(EntryId, u64)> {
        let behind = index.0.checked_sub(self.base.index.0 + 1)?;
        self.log.get(behind as usize).copied()
    }

    /// Whether a committed entry, or what it did, is in the log.
    fn contains(&self, id: EntryId) -> bool {
        id.index < self.base.index || id == self.base || self.at(id.index).is_some_and(|(own, _)| own == id)
    }

    fn in_force(&self) -> &(LogIndex, Configuration) {
        self.configurations.last().expect("there is one at the base")
    }

    fn push(&mut self, entry: &Entry) {
        self.log.push((entry.id, print(&entry.payload)));
        if let Payload::Configuration(configuration) = &entry.payload {
            self.configurations.push((entry.id.index, (**configuration).clone()));
        }
    }
}

/// Whether those of whom something is true are a majority of the voters, and of the outgoing ones if there are any. Counted here,
/// since the core's own arithmetic is among what is checked.
pub fn is_quorum(configuration: &Configuration, is_true: impl Fn(NodeId) -> bool) -> bool {
    let Configuration { voters, outgoing, .. } = configuration;
    let is_majority = |side: &BTreeSet<NodeId>| side.iter().filter(|&&id| is_true(id)).count() * 2 > side.len();
    is_majority(voters) && (outgoing.is_empty() || is_majority(outgoing))
}

#[derive(Default)]
pub struct History {
    /// Whether the rules are checked as well by which nodes keep the properties: what is durable before it is said, who counts
    /// for what. Without them, a mistake is seen by what comes of it.
    has_rules: bool,
    pub leaders: BTreeMap<Term, NodeId>,
    votes: BTreeMap<(Term, NodeId), NodeId>,
    /// By induction, entries with the same identity have the same logs before them: so the entry before is enough.
    made: BTreeMap<EntryId, (EntryId, u64)>,
    /// The state of the state machine after each committed entry.
    pub committed: Vec<Applied>,
    /// The term of the leader that committed each entry. It never decreases.
    committed_in: Vec<Term>,
    /// The founders' configuration, and those that were committed.
    pub configurations: Vec<(LogIndex, Configuration)>,
    views: BTreeMap<NodeId, View>,
}

impl History {
    pub fn new(founders: Configuration, has_rules: bool) -> History {
        History { has_rules, configurations: vec![(LogIndex(0), founders)], ..History::default() }
    }

    /// The last committed position.
    pub fn end(&self) -> LogIndex {
        LogIndex(self.committed.len() as u64)
    }

    pub fn has_committed(&self, id: EntryId) -> bool {
        self.state_at(id.index).last == id
    }

    /// The newest configuration that is committed, and where it stands.
    pub fn configuration(&self) -> &(LogIndex, Configuration) {
        self.configurations.last().expect("the founders' is there")
    }

    fn state_at(&self, index: LogIndex) -> Applied {
        let position = (index.0 as usize).checked_sub(1);
        position.map(|position| self.committed.get(position).copied().unwrap_or_default()).unwrap_or_default()
    }

    fn configuration_at(&self, index: LogIndex) -> &Configuration {
        let count = self.configurations.partition_point(|(at, _)| *at <= index);
        &self.configurations[count - 1].1
    }

    /// A node starts, with what is on its disk.
    pub fn start(&mut self, id: NodeId, disk: &Disk, founders: &Configuration) {
        let base = disk.snapshots.get(&disk.begin).map_or(founders.clone(), |file| file.read().1);
        let mut view = View {
            role: Role::Follower,
            term: disk.hard_state.term,
            commit: disk.begin.index,
            base: disk.begin,
            log: Vec::new(),
            configurations: vec![(disk.begin.index, base)],
        };
        disk.entries.iter().for_each(|entry| view.push(entry));
        self.views.insert(id, view);
    }

    /// A node's state machine is like everybody's at that position.
    pub fn check_state(&self, id: NodeId, applied: Applied) -> Check {
        match self.state_at(applied.last.index) {
            known if known == applied => Ok(()),
            known => Err(format!("State Machine Safety: {id} has applied {applied:?}, not {known:?}")),
        }
    }

    /// A node's snapshot holds what was committed, and the configuration of that position.
    pub fn check_snapshot(&self, id: NodeId, applied: Applied, configuration: &Configuration) -> Check {
        self.check_state(id, applied)?;
        match self.configuration_at(applied.last.index) {
            known if known == configuration => Ok(()),
            known => Err(format!("{id} has a snapshot of {} with {configuration}, not {known}", applied.last)),
        }
    }

    /// What the node's core shows agrees with what it told.
    pub fn check_view(&self, id: NodeId, node: &Node) -> Check {
        let (view, raft) = (&self.views[&id], node.raft.as_ref().expect("it is alive"));
        if view.last() != raft.log().last() || view.term != raft.term() || view.role != raft.role() {
            let (last, term, role) = (raft.log().last(), raft.term(), raft.role());
            let told = (view.last(), view.term, view.role);
            return Err(format!("{id} says that it is at {told:?}, and is at {:?}", (last, term, role)));
        }
        if view.in_force() != &(raft.configuration_index(), raft.configuration().clone()) {
            return Err(format!("{id} has {} in force, not {:?}", raft.configuration(), view.in_force()));
        }
        Ok(())
    }

    /// What a leader knows of its followers' logs is so: by Log Matching, one entry tells of all before it. Who has gone on to a
    /// later term may have another log since.
    pub fn check_matches(&self, id: NodeId, nodes: &BTreeMap<NodeId, Node>) -> Check {
        let raft = nodes[&id].raft.as_ref().expect("it is alive");
        for (peer, Node { disk, .. }) in nodes {
            let Some(index) = raft.matched(*peer).filter(|_| self.has_rules) else { continue };
            let Some(term) = raft.log().term(index) else { continue };
            let last = EntryId { index, term };
            if disk.hard_state.term <= raft.term() && !disk.holds(last) {
                return Err(format!("Match: {id} takes the log of {peer} for its own up to {last}"));
            }
        }
        Ok(())
    }

    /// Something happened in a node.
    pub fn note(&mut self, id: NodeId, event: &Event, nodes: &BTreeMap<NodeId, Node>) -> Check {
        match event {
            Event::Role { role, term } => self.note_role(id, *role, *term),
            Event::Vote { term, candidate } => self.note_vote(id, *term, *candidate, &nodes[&id].disk),
            Event::Append { entries } => entries.iter().try_for_each(|entry| self.note_append(id, entry)),
            Event::Truncate { from } => self.note_truncate(id, *from),
            Event::Configuration { index, configuration } => self.note_configuration(id, *index, configuration),
            Event::Compact { last } => self.note_compact(id, *last),
            Event::Install { last } => self.note_install(id, *last),
            Event::Ack { index, .. } => self.check_durable(id, *index, &nodes[&id].disk),
            Event::Commit { index, .. } => self.note_commit(id, *index, nodes),
        }
    }

    /// What others may rely on is durable when it is said.
    pub fn check_message(&self, message: &Message, disk: &Disk) -> Check {
        match message.body {
            Body::AppendAccepted { matched, .. } => self.check_durable(message.from, matched, disk),
            Body::VoteResponse { granted: true } => self.check_vote(message.from, message.term, message.to, disk),
            _ => Ok(()),
        }
    }

    fn view(&mut self, id: NodeId) -> &mut View {
        self.views.get_mut(&id).expect("it was started")
    }

    fn note_role(&mut self, id: NodeId, role: Role, term: Term) -> Check {
        let view = self.view(id);
        if term < view.term {
            return Err(format!("{id} goes back from term {} to {term}", view.term));
        }
        (view.role, view.term) = (role, term);
        if role != Role::Leader {
            return Ok(());
        }
        if let Some(other) = self.leaders.insert(term, id)
            && other != id
        {
            return Err(format!("Election Safety: {other} and {id} lead term {term}"));
        }
        let view = &self.views[&id];
        let has_voted = |voter| self.votes.get(&(term, voter)) == Some(&id);
        if self.has_rules && !is_quorum(&view.in_force().1, has_voted) {
            return Err(format!("{id} leads term {term} without a quorum of {}", view.in_force().1));
        }
        // As long as it is open whether its vote is taken away, it may be needed (dissertation 4.2.2).
        let open = view.configurations.iter().rev().take_while(|(index, _)| *index > view.commit).count();
        if !view.configurations.iter().rev().take(open + 1).any(|(_, configuration)| configuration.is_voter(id)) {
            return Err(format!("Voters Lead: {id} leads term {term}, and has no vote in {}", view.in_force().1));
        }
        // A leader has what leaders of earlier terms committed: not more, for it may learn late that it was elected. By Log
        // Matching, whoever has the last of it has it all.
        let count = self.committed_in.partition_point(|&by| by < term);
        let last = self.state_at(LogIndex(count as u64)).last;
        match view.contains(last) {
            true => Ok(()),
            false => Err(format!("Leader Completeness: {id} leads term {term} without {last}")),
        }
    }

    fn note_vote(&mut self, id: NodeId, term: Term, candidate: NodeId, disk: &Disk) -> Check {
        if let Some(other) = self.votes.insert((term, id), candidate)
            && other != candidate
            && self.has_rules
        {
            return Err(format!("One Vote per Term: {id} votes for {other} and {candidate} in {term}"));
        }
        self.check_vote(id, term, candidate, disk)
    }

    fn note_append(&mut self, id: NodeId, entry: &Entry) -> Check {
        let (end, view) = (self.end(), self.views.get_mut(&id).expect("it was started"));
        let before = view.last();
        if entry.id.index != before.index.next() || entry.id.term < before.term {
            return Err(format!("{id} puts {} behind {before}", entry.id));
        }
        let known = self.made.get(&entry.id);
        let same = (before, print(&entry.payload));
        if let Payload::Configuration(to) = &entry.payload {
            let (index, from) = view.in_force();
            let keeps_majorities = match (from.is_joint(), to.is_joint()) {
                (true, true) => false,
                (true, false) => from.voters == to.voters,
                (false, true) => from.voters == to.outgoing,
                // One voter more or less leaves no two majorities that do not meet (dissertation 4.1).
                (false, false) => from.voters.symmetric_difference(&to.voters).count() <= 1,
            };
            // Who joins does not know the founders.
            if known.is_none() && !keeps_majorities {
                return Err(format!("{id} goes from {from} to {to} at {}", entry.id));
            }
            if known.is_none() && *index > view.commit {
                return Err(format!("{id} makes {to} at {} before {from} at {index} is committed", entry.id));
            }
            if *index > end {
                return Err(format!("{id} has two uncommitted configurations, at {index} and {}", entry.id));
            }
        }
        match known {
            Some(known) if *known != same => return Err(format!("Log Matching: {id} has another {}", entry.id)),
            None if view.role != Role::Leader || view.term != entry.id.term => {
                return Err(format!("{id} has {}, which no leader has made", entry.id));
            }
            _ => {}
        }
        self.made.insert(entry.id, same);
        self.view(id).push(entry);
        Ok(())
    }

    fn note_truncate(&mut self, id: NodeId, from: LogIndex) -> Check {
        let committed = self.state_at(from).last;
        let view = self.view(id);
        if view.role == Role::Leader {
            return Err(format!("Leader Append-Only: {id} truncates from {from}"));
        }
        if from <= view.commit || view.at(from).is_some_and(|(own, _)| own == committed) {
            return Err(format!("{id} removes {from}, which is committed"));
        }
        view.log.truncate((from.0 - view.base.index.0) as usize - 1);
        view.configurations.retain(|(index, _)| *index < from);
        Ok(())
    }

    fn note_configuration(&mut self, id: NodeId, index: LogIndex, configuration: &Configuration) -> Check {
        match self.views[&id].in_force() {
            (at, known) if (*at, known) == (index, configuration) => Ok(()),
            known => Err(format!("{id} says that {configuration} at {index} is in force, not {known:?}")),
        }
    }

    fn note_compact(&self, id: NodeId, last: EntryId) -> Check {
        let view = &self.views[&id];
        if view.commit < last.index || !self.has_committed(last) {
            return Err(format!("{id} has a snapshot of {last}, which is not committed"));
        }
        match view.configurations.iter().rfind(|(index, _)| *index <= last.index) {
            Some((_, own)) if own == self.configuration_at(last.index) => Ok(()),
            own => Err(format!("{id} has a snapshot of {last} with {own:?}")),
        }
    }

    fn note_install(&mut self, id: NodeId, last: EntryId) -> Check {
        if !self.has_committed(last) {
            return Err(format!("{id} installs a snapshot of {last}, which is not committed"));
        }
        let configuration = self.configuration_at(last.index).clone();
        let view = self.view(id);
        if view.role == Role::Leader || last.index <= view.commit || view.contains(last) {
            return Err(format!("{id} installs a snapshot of {last}, which it does not need"));
        }
        (view.commit, view.base) = (last.index, last);
        view.log.clear();
        view.configurations = vec![(last.index, configuration)];
        Ok(())
    }

    /// A node's log up to a position is on its disk.
    fn check_durable(&self, id: NodeId, index: LogIndex, disk: &Disk) -> Check {
        let view = &self.views[&id];
        let is_durable = match view.at(index) {
            Some((own, _)) => disk.holds(own),
            None => index <= view.base.index && index <= disk.last().index,
        };
        match is_durable || !self.has_rules {
            true => Ok(()),
            false => Err(format!("{id} acknowledges {index} with a disk that ends at {}", disk.last())),
        }
    }

    fn note_commit(&mut self, id: NodeId, to: LogIndex, nodes: &BTreeMap<NodeId, Node>) -> Check {
        let end = self.end();
        let view = self.views.get_mut(&id).expect("it was started");
        if to <= view.commit || to > view.last().index {
            return Err(format!("{id} commits {to} from {} in a log that ends at {}", view.commit, view.last()));
        }
        let before = std::mem::replace(&mut view.commit, to);
        let view = &self.views[&id];
        let known = LogIndex(to.0.min(end.0));
        if known > before && !view.contains(self.state_at(known).last) {
            return Err(format!("State Machine Safety: {id} commits another {known}"));
        }
        if to <= end {
            return Ok(());
        }
        let last = view.at(to).ok_or(format!("{id} commits {to}, which is in its snapshot"))?.0;
        if self.has_rules && (view.role != Role::Leader || last.term != view.term) {
            return Err(format!(
                "section 5.4.2: {id}, {:?} of term {}, is the first to commit {last}",
                view.role, view.term
            ));
        }
        if self.has_rules && !is_quorum(&view.in_force().1, |id| nodes[&id].disk.holds(last)) {
            let in_force = &view.in_force().1;
            return Err(format!("{id} commits {last}, which is not on the disks of a quorum of {in_force}"));
        }
        let mut state = self.committed.last().copied().unwrap_or_default();
        let news: Vec<_> = (end.0 + 1..=to.0).filter_map(|index| view.at(LogIndex(index))).collect();
        let changes = view.configurations.iter().filter(|(index, _)| *index > end && *index <= to);
        self.configurations.extend(changes.cloned());
        for (entry, print) in news {
            state.apply(entry, print);
            self.committed.push(state);
            self.committed_in.push(view.term);
        }
        Ok(())
    }

    /// A vote is on disk, or was, in a term that is over.
    fn check_vote(&self, id: NodeId, term: Term, candidate: NodeId, disk: &Disk) -> Check {
        let stored = disk.hard_state;
        match !self.has_rules || stored.term > term || stored.term == term && stored.vote == Some(candidate) {
            true => Ok(()),
            false => Err(format!("{id} tells of its vote for {candidate} in {term} with {stored:?} on disk")),
        }
    }
}
