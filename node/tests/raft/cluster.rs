//! A cluster in which nothing happens by itself.

use crate::invariants::Invariants;
use bytes::Bytes;
use node::raft::{
    Config, Entry, EntryId, Event, HardState, LogIndex, Message, NodeId, Payload, ProposeError, Raft, Ready, Role,
    Start, Status, Ticks, Write,
};
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    fmt,
};

/// What is on a node's disk.
#[derive(Clone, Default)]
pub struct Disk {
    pub hard_state: HardState,
    pub entries: Vec<Entry>,
}

impl Disk {
    fn write(&mut self, write: &Write) {
        self.hard_state = write.hard_state.unwrap_or(self.hard_state);
        if let Some(from) = write.truncate_from {
            self.entries.truncate(from.previous().0 as usize);
        }
        self.entries.extend(write.entries.iter().cloned());
    }

    pub fn holds(&self, id: EntryId) -> bool {
        id.index.0.checked_sub(1).is_none_or(|at| self.entries.get(at as usize).is_some_and(|entry| entry.id == id))
    }
}

/// A member, with the world around its core.
pub struct Node {
    pub disk: Disk,
    /// `None`: crashed.
    pub raft: Option<Raft>,
    /// Each node has its own clock.
    pub clock: u64,
    /// Writes that have not reached the disk.
    pub writes: VecDeque<Write>,
    /// Whether writes stay under way until they are asked to complete. Otherwise they complete at once.
    pub is_held: bool,
    /// How many entries were applied in this life.
    pub applied: usize,
    starts: u64,
}

/// How much of what happens is told.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// All of it.
    Full,
    /// A message is told when it arrives and not when it is sent.
    Deliveries,
    /// Only roles, with the time.
    Roles,
}

pub struct Cluster {
    pub nodes: BTreeMap<NodeId, Node>,
    /// What is on its way, in the order of sending.
    pub network: VecDeque<Message>,
    /// Directed links that lose everything.
    pub cut: BTreeSet<(NodeId, NodeId)>,
    /// What happened, to be taken by whoever tells it.
    pub trace: Vec<String>,
    pub detail: Detail,
    /// What the nodes were allowed to answer, as the read's number and the index.
    pub reads: Vec<(u64, LogIndex)>,
    pub reads_refused: Vec<u64>,
    pub template: Config,
    invariants: Invariants,
    contexts: u64,
    /// The time since a run began.
    elapsed: Option<u64>,
}

impl Cluster {
    /// A cluster of nodes n1, n2, …, all of them followers with empty disks.
    pub fn new(size: u64) -> Cluster {
        Cluster::with(size, |_| {})
    }

    pub fn with(size: u64, settings: impl FnOnce(&mut Config)) -> Cluster {
        let voters: Vec<NodeId> = (1..=size).map(NodeId).collect();
        let mut template = Config::new(NodeId(1), voters.clone());
        settings(&mut template);
        let mut cluster = Cluster {
            nodes: BTreeMap::new(),
            network: VecDeque::new(),
            cut: BTreeSet::new(),
            trace: Vec::new(),
            detail: Detail::Full,
            reads: Vec::new(),
            reads_refused: Vec::new(),
            template,
            invariants: Invariants::default(),
            contexts: 0,
            elapsed: None,
        };
        for &id in &voters {
            let (disk, writes) = (Disk::default(), VecDeque::new());
            let node = Node { disk, raft: None, clock: 0, writes, is_held: false, applied: 0, starts: 0 };
            cluster.nodes.insert(id, node);
        }
        voters.iter().for_each(|&id| cluster.start(id));
        cluster
    }

    pub fn ids(&self) -> Vec<NodeId> {
        self.nodes.keys().copied().collect()
    }

    pub fn node(&mut self, id: NodeId) -> &mut Node {
        self.nodes.get_mut(&id).expect("a node of the cluster")
    }

    pub fn raft(&self, id: NodeId) -> &Raft {
        self.nodes[&id].raft.as_ref().expect("a running node")
    }

    pub fn status(&self, id: NodeId) -> Status {
        self.raft(id).status()
    }

    /// The one leader of the latest term, if there is one.
    pub fn leader(&self) -> Option<NodeId> {
        let running = self.nodes.iter().filter_map(|(&id, node)| Some((id, node.raft.as_ref()?.status())));
        let leaders = running.filter(|(_, status)| status.role == Role::Leader);
        leaders.max_by_key(|(_, status)| status.term).map(|(id, _)| id)
    }

    /// Starts a node with what is on its disk. Its random timeouts depend on its name and on how often it started.
    pub fn start(&mut self, id: NodeId) {
        let mut config = self.template.clone();
        let node = self.node(id);
        assert!(node.raft.is_none(), "{id} runs already");
        node.starts += 1;
        node.applied = 0;
        config.id = id;
        config.seed += id.0 * 1000 + node.starts;
        let Disk { hard_state, entries } = node.disk.clone();
        node.raft = Some(Raft::new(config, Start { hard_state, entries, snapshot: None }, Ticks(node.clock)));
        self.invariants.started(id, &self.nodes[&id]);
        self.drain(id);
    }

    /// A crash. Of the writes under way the first `kept` reach the disk, without anybody being told.
    pub fn crash(&mut self, id: NodeId, kept: usize) {
        let node = self.node(id);
        node.raft.take().expect("a running node");
        for write in std::mem::take(&mut node.writes).iter().take(kept) {
            node.disk.write(write);
        }
    }

    /// Gives a node a past: it stops, its disk is replaced, and it starts again.
    pub fn given(&mut self, id: NodeId, hard_state: HardState, terms: &[u64]) {
        let entries = (1..).zip(terms).map(|(index, &term)| {
            let id = EntryId { term: node::raft::Term(term), index: LogIndex(index) };
            Entry { id, payload: Payload::Command(Bytes::from(format!("e{index}.{term}"))) }
        });
        let disk = Disk { hard_state, entries: entries.collect() };
        let node = self.node(id);
        node.raft = None;
        node.writes.clear();
        node.disk = disk;
        self.start(id);
    }

    /// Lets time pass on a node, from one of its deadlines to the next.
    pub fn tick(&mut self, id: NodeId, ticks: u64) {
        let node = self.node(id);
        let end = node.clock + ticks;
        while let Some(raft) = &mut self.node(id).raft
            && raft.deadline().0 < end
        {
            let deadline = raft.deadline();
            raft.tick(deadline);
            assert!(raft.deadline() > deadline, "{id} has done what was due, and looks forward to the next");
            self.drain(id);
        }
        let node = self.node(id);
        node.clock = end;
        if let Some(raft) = &mut node.raft {
            raft.tick(Ticks(end));
            self.drain(id);
        }
    }

    /// Lets time pass on a node until its election timer, or a leader's next heartbeat, is due.
    pub fn time_out(&mut self, id: NodeId) {
        let ticks = self.raft(id).deadline().0 - self.nodes[&id].clock;
        self.tick(id, ticks);
    }

    pub fn propose(&mut self, id: NodeId, commands: &[&str]) -> Vec<Result<EntryId, ProposeError>> {
        let raft = self.node(id).raft.as_mut().expect("a running node");
        let results = commands.iter().map(|command| raft.propose(Bytes::from(command.to_string())));
        let results: Vec<_> = results.collect();
        for (command, result) in commands.iter().zip(&results) {
            match result {
                Ok(entry) => self.trace.push(format!("{id} takes {command} as {entry}")),
                Err(error) => self.trace.push(format!("{id} refuses {command}: {error}{}", whom(error))),
            }
        }
        self.drain(id);
        results
    }

    /// Asks for leave to read; the number identifies the answer.
    pub fn read(&mut self, id: NodeId) -> u64 {
        self.contexts += 1;
        let context = self.contexts;
        let raft = self.node(id).raft.as_mut().expect("a running node");
        match raft.read_index(context) {
            Ok(()) => {
                self.trace.push(format!("{id} takes read {context}"));
                self.invariants.read(context);
            }
            Err(error) => {
                self.trace.push(format!("{id} refuses read {context}: {error}{}", whom(&error.into())));
                self.reads_refused.push(context);
            }
        }
        self.drain(id);
        context
    }

    /// The first `count` writes reach the disk, and the node is told of the last of them.
    pub fn persist(&mut self, id: NodeId, count: usize) {
        if let Some(number) = self.reach_disk(id, count) {
            self.trace.push(format!("{id} has written {number}"));
            self.drain(id);
        }
    }

    /// Tells a node once more that a write is durable.
    pub fn report(&mut self, id: NodeId, number: u64) {
        self.node(id).raft.as_mut().expect("a running node").persisted(number);
        self.drain(id);
    }

    fn reach_disk(&mut self, id: NodeId, count: usize) -> Option<u64> {
        let node = self.node(id);
        let mut last = None;
        for _ in 0..count.min(node.writes.len()) {
            let write = node.writes.pop_front()?;
            node.disk.write(&write);
            last = Some(write.number);
        }
        node.raft.as_mut()?.persisted(last?);
        last
    }

    /// A message arrives. It does not, if its link is cut or its receiver crashed.
    pub fn deliver(&mut self, message: Message) {
        let (from, to) = (message.from, message.to);
        let is_lost = self.cut.contains(&(from, to)) || self.nodes[&to].raft.is_none();
        if self.detail != Detail::Roles {
            self.trace.push(format!("{message}{}", if is_lost { " is lost" } else { "" }));
        }
        if !is_lost {
            self.invariants.delivered(&message);
            self.node(to).raft.as_mut().expect("a running node").step(message);
            self.drain(to);
        }
    }

    /// Everything arrives, and so does what is said in answer, until nobody has anything to say.
    pub fn settle(&mut self) {
        let before = std::mem::replace(&mut self.detail, Detail::Roles);
        let mut count = 0;
        while let Some(message) = self.network.pop_front() {
            self.deliver(message);
            count += 1;
            assert!(count < 20_000, "the nodes do not stop talking");
        }
        self.detail = before;
    }

    /// Time passes everywhere, and messages take one tick.
    pub fn run(&mut self, ticks: u64) {
        let before = std::mem::replace(&mut self.detail, Detail::Roles);
        for elapsed in 1..=ticks {
            self.elapsed = Some(elapsed);
            for message in std::mem::take(&mut self.network) {
                self.deliver(message);
            }
            self.ids().into_iter().for_each(|id| self.tick(id, 1));
        }
        self.detail = before;
        self.elapsed = None;
    }

    /// Nobody hears from a leader for so long that this node, whose timer runs out first, is elected.
    pub fn elect(&mut self, id: NodeId) {
        let before = std::mem::replace(&mut self.detail, Detail::Roles);
        for other in self.ids() {
            let (clock, patience) = (self.nodes[&other].clock, self.template.election_timeout.0);
            if let Some(raft) = &self.nodes[&other].raft
                && raft.status().role != Role::Leader
            {
                let least = raft.deadline().0.saturating_sub(clock + 1);
                self.tick(other, least.min(patience));
            }
        }
        self.time_out(id);
        self.settle();
        self.detail = before;
        assert_eq!(self.status(id).role, Role::Leader, "{id} wins");
        self.trace = vec![format!("{id} leads term {}", self.status(id).term)];
    }

    /// Does what the core wants done, in the order of [`Ready`]'s fields.
    fn drain(&mut self, id: NodeId) {
        while let Some(ready) = self.node(id).raft.as_mut().and_then(Raft::ready) {
            self.invariants.events(id, &ready.events, &self.nodes);
            let Ready { events, write, messages, committed, reads, reads_refused, .. } = ready;
            events.iter().for_each(|event| self.tell_event(id, event));
            let is_held = self.nodes[&id].is_held;
            let is_writing = write.is_some();
            if let Some(write) = write {
                self.tell_write(id, &write, is_held);
                self.node(id).writes.push_back(write);
            }
            for message in messages {
                self.invariants.sent(&message, &self.nodes[&id]);
                if self.detail == Detail::Full {
                    self.trace.push(format!("  sends {message}"));
                }
                self.network.push_back(message);
            }
            self.node(id).applied += committed.len();
            self.invariants.applied(id, &committed);
            if !committed.is_empty() {
                self.tell(format!("  {id} applies {}", List(&committed)));
            }
            for read in reads {
                self.invariants.answered(read);
                self.tell(format!("  {id} may answer read {} at {}", read.context, read.index));
                self.reads.push((read.context, read.index));
            }
            for context in reads_refused {
                self.tell(format!("  {id} refuses read {context}"));
                self.reads_refused.push(context);
            }
            if is_writing && !is_held {
                self.reach_disk(id, usize::MAX);
            }
        }
        self.invariants.check(&self.nodes);
    }

    fn tell(&mut self, line: String) {
        if self.detail != Detail::Roles {
            self.trace.push(line);
        }
    }

    fn tell_event(&mut self, id: NodeId, event: &Event) {
        let is_held = self.nodes[&id].is_held;
        match event {
            Event::Role { role, term } => {
                let line = format!("{id} becomes {} in term {term}", role.name());
                let time = self.elapsed.map_or("  ".to_owned(), |elapsed| format!("{elapsed:5} "));
                self.trace.push(format!("{time}{line}"));
            }
            Event::Vote { term, candidate } => self.tell(format!("  {id} votes for {candidate} in term {term}")),
            Event::Append { entries } => self.tell(format!("  {id} appends {}", List(entries))),
            Event::Truncate { from } => self.tell(format!("  {id} removes its log from {from} on")),
            // With a prompt disk, it goes without saying.
            Event::Ack { index, .. } if is_held => self.tell(format!("  {id} counts its copy up to {index}")),
            Event::Ack { .. } => {}
            Event::Commit { index, .. } => self.tell(format!("  {id} commits {index}")),
            Event::Configuration { .. } | Event::Compact { .. } | Event::Install { .. } => {}
        }
    }

    fn tell_write(&mut self, id: NodeId, write: &Write, is_held: bool) {
        let mut parts = Vec::new();
        if let Some(HardState { term, vote }) = write.hard_state {
            parts.push(format!("term {term}, vote {}", vote.map_or("-".to_owned(), |vote| vote.to_string())));
        }
        parts.extend(write.truncate_from.map(|from| format!("cut from {from} on")));
        if !write.entries.is_empty() {
            parts.push(List(&write.entries).to_string());
        }
        if is_held {
            let what = if parts.is_empty() { "nothing".to_owned() } else { parts.join("; ") };
            self.tell(format!("  {id} begins write {}: {what}", write.number));
        }
    }
}

fn whom(error: &ProposeError) -> String {
    match error {
        ProposeError::NotLeader(node::raft::NotLeader { leader: Some(leader) }) => format!("; that is {leader}"),
        _ => String::new(),
    }
}

/// Entries as a story shows them: `2@1 x=1, 3@1 y=2`.
pub struct List<'a>(pub &'a [Entry]);

impl fmt::Display for List<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, entry) in self.0.iter().enumerate() {
            let comma = if position > 0 { ", " } else { "" };
            match &entry.payload {
                Payload::Noop => write!(f, "{comma}{} noop", entry.id)?,
                Payload::Configuration(configuration) => write!(f, "{comma}{} voters {configuration}", entry.id)?,
                Payload::Command(command) => write!(f, "{comma}{} {}", entry.id, String::from_utf8_lossy(command))?,
            }
        }
        Ok(())
    }
}
