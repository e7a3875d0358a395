//! A cluster in which nothing happens by itself.

use crate::{
    disk::{Content, Disk, Receiver},
    invariants::Invariants,
    tell::List,
};
use bytes::Bytes;
use node::raft::{
    Body, ChunkRequest, Config, Configuration, Entry, EntryId, HardState, LogIndex, Message, NodeId, Payload, Raft,
    Ready, ReceivedChunk, Role, Snapshot, Status, Ticks, Write,
};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// A member, with the world around its core.
pub struct Node {
    pub disk: Disk,
    /// `None`: crashed.
    pub raft: Option<Raft>,
    /// Each node has its own clock.
    pub clock: u64,
    /// Writes that have not reached the disk.
    pub writes: VecDeque<Write>,
    /// Chunks of a snapshot that the disk has not dealt with, and what has come of the snapshot so far.
    pub received: VecDeque<ReceivedChunk>,
    receiver: Option<Receiver>,
    /// Whether writes and chunks stay under way until they are asked to complete. Otherwise they complete at once.
    pub is_held: bool,
    /// The state machine: all that was applied.
    pub applied: Vec<Entry>,
    /// The configuration that it was last said to go by.
    pub goes_by: Configuration,
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
    /// How many bytes of a snapshot a chunk carries.
    pub chunk_bytes: usize,
    pub invariants: Invariants,
    pub contexts: u64,
    /// The time since a run began.
    pub elapsed: Option<u64>,
}

impl Cluster {
    /// A cluster of nodes n1, n2, …, all of them followers with empty disks.
    pub fn new(size: u64) -> Cluster {
        Cluster::with(size, |_| {})
    }

    pub fn with(size: u64, settings: impl FnOnce(&mut Config)) -> Cluster {
        Cluster::with_spare(size, 0, settings)
    }

    /// The same, with nodes behind them that belong to no cluster yet.
    pub fn with_spare(size: u64, spare: u64, settings: impl FnOnce(&mut Config)) -> Cluster {
        let mut template = Config::new(NodeId(1), (1..=size).map(NodeId));
        settings(&mut template);
        let mut cluster = Cluster {
            nodes: BTreeMap::new(),
            network: VecDeque::new(),
            cut: BTreeSet::new(),
            trace: Vec::new(),
            detail: Detail::Full,
            reads: Vec::new(),
            reads_refused: Vec::new(),
            invariants: Invariants::new(template.founders.clone()),
            template,
            chunk_bytes: usize::MAX,
            contexts: 0,
            elapsed: None,
        };
        for id in (1..=size + spare).map(NodeId) {
            let node = Node {
                disk: Disk::default(),
                raft: None,
                clock: 0,
                writes: VecDeque::new(),
                received: VecDeque::new(),
                receiver: None,
                is_held: false,
                applied: Vec::new(),
                goes_by: Configuration::default(),
                starts: 0,
            };
            cluster.nodes.insert(id, node);
        }
        cluster.ids().into_iter().for_each(|id| cluster.start(id));
        cluster.trace.clear();
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
        if !config.founders.is_member(id) {
            config.founders = Configuration::default();
        }
        let node = self.node(id);
        assert!(node.raft.is_none(), "{id} runs already");
        node.starts += 1;
        config.id = id;
        config.seed += id.0 * 1000 + node.starts;
        let (start, applied) = node.disk.recover();
        node.applied = applied;
        node.raft = Some(Raft::new(config, start, Ticks(node.clock)));
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
        node.received.clear();
        node.receiver = None;
    }

    /// Gives a node a past: it stops, its disk is replaced, and it starts again. Its log has entries of these terms, the first
    /// `compacted` of which are in a snapshot.
    pub fn given(&mut self, id: NodeId, hard_state: HardState, terms: &[u64], compacted: usize) {
        let entries = (1..).zip(terms).map(|(index, &term)| {
            let id = EntryId { term: node::raft::Term(term), index: LogIndex(index) };
            Entry { id, payload: Payload::Command(Bytes::from(format!("e{index}.{term}"))) }
        });
        let mut applied: Vec<Entry> = entries.collect();
        let entries = applied.split_off(compacted);
        let mut disk = Disk { hard_state, entries, ..Disk::default() };
        if let Some(last) = applied.last() {
            disk.base = last.id;
            let content = Content { configuration: self.template.founders.clone(), applied };
            disk.snapshots.insert(disk.base, content);
        }
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

    /// The disk deals with the chunks that have come in.
    pub fn receive(&mut self, id: NodeId) {
        while let Some(chunk) = self.node(id).received.pop_front() {
            let ReceivedChunk { from, term, last, offset, .. } = chunk;
            let node = self.node(id);
            let Some(raft) = &mut node.raft else { return };
            match Receiver::take(&mut node.receiver, &chunk) {
                Err(next) => raft.chunk_stored(from, term, last, offset, next),
                Ok(Content { configuration, applied }) => {
                    let content = Content { configuration: configuration.clone(), applied: applied.clone() };
                    node.disk.snapshots.insert(last, content);
                    if raft.install(from, term, Snapshot { last, configuration }) {
                        node.applied = applied;
                    }
                }
            }
            self.drain(id);
        }
    }

    /// A chunk is read, and sent to who needs it.
    fn send_chunk(&mut self, from: NodeId, request: ChunkRequest) {
        let ChunkRequest { to, term, last, offset } = request;
        let Some(content) = self.nodes[&from].disk.snapshots.get(&last) else {
            self.tell(format!("  {from} has no snapshot of {last} any more"));
            return self.node(from).raft.as_mut().expect("a running node").chunk_failed(to, last);
        };
        let bytes = content.bytes();
        let end = bytes.len().min((offset as usize).saturating_add(self.chunk_bytes));
        let (size, checksum) = (bytes.len() as u64, crc32c::crc32c(&bytes));
        let data = bytes.slice(offset as usize..end);
        self.send(Message { from, to, term, body: Body::Chunk { last, size, checksum, offset, data } });
    }

    fn send(&mut self, message: Message) {
        if self.detail == Detail::Full {
            self.trace.push(format!("  sends {message}"));
        }
        self.network.push_back(message);
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
    pub fn drain(&mut self, id: NodeId) {
        while let Some(ready) = self.node(id).raft.as_mut().and_then(Raft::ready) {
            self.invariants.events(id, &ready.events, &self.nodes);
            let Ready { events, write, messages, chunks, received, committed, reads, reads_refused } = ready;
            self.tell_events(id, &events);
            let is_held = self.nodes[&id].is_held;
            let is_writing = write.is_some();
            if let Some(write) = write {
                if is_held {
                    self.tell_write(id, &write);
                }
                self.node(id).writes.push_back(write);
            }
            for message in messages {
                self.invariants.sent(&message, &self.nodes[&id]);
                self.send(message);
            }
            chunks.into_iter().for_each(|request| self.send_chunk(id, request));
            self.node(id).received.extend(received);
            self.invariants.applied(id, &committed);
            if !committed.is_empty() {
                self.tell(format!("  {id} applies {}", List(&committed)));
            }
            self.node(id).applied.extend(committed);
            for read in reads {
                self.invariants.answered(id, read);
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
        if !self.nodes[&id].is_held {
            self.receive(id);
        }
    }
}
