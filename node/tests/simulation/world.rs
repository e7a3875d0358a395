//! The world: time, the network, and what happens in a millisecond.

use crate::{
    checks::{Check, History},
    faults::Plan,
    node::{Applied, Disk, File, Intake, Job, Node, print},
};
use ::node::raft::{
    Body, Bug, ChunkRequest, Config, Configuration, EntryId, LogIndex, Message, NodeId, Raft, Ready, Role, Snapshot,
    Window,
};
use bytes::Bytes;
use rand::{RngExt, SeedableRng, rngs::Xoshiro256PlusPlus};
use std::collections::{BTreeMap, BTreeSet};

pub struct World {
    pub rng: Xoshiro256PlusPlus,
    pub plan: Plan,
    pub now: u64,
    pub nodes: BTreeMap<NodeId, Node>,
    /// By time of arrival; the number keeps the order stable.
    network: BTreeMap<(u64, u64), Message>,
    pub sent: u64,
    /// Appends to nodes that are no members.
    pub wasted: u64,
    pub cut: Vec<(NodeId, NodeId)>,
    pub loss: f64,
    /// Nodes that lost their disks. The others know them by the ones that they had, and take nothing from them.
    wiped: BTreeSet<NodeId>,
    contexts: u64,
    jobs: u64,
    commands: u64,
    pub history: History,
}

impl World {
    pub fn new(seed: u64, plan: Plan) -> World {
        let founders = (1..=plan.size).map(NodeId);
        let mut world = World {
            rng: Xoshiro256PlusPlus::seed_from_u64(seed),
            history: History::new(Configuration::of(founders.clone()), plan.has_rules),
            plan,
            now: 0,
            nodes: BTreeMap::new(),
            network: BTreeMap::new(),
            sent: 0,
            wasted: 0,
            cut: Vec::new(),
            loss: 0.0,
            wiped: BTreeSet::new(),
            contexts: 0,
            jobs: 0,
            commands: 0,
        };
        for id in founders {
            world.add(id, true);
        }
        world
    }

    /// Every node that ever was.
    pub fn ids(&self) -> Vec<NodeId> {
        self.nodes.keys().copied().collect()
    }

    pub fn node(&mut self, id: NodeId) -> &mut Node {
        self.nodes.get_mut(&id).unwrap()
    }

    pub fn raft(&mut self, id: NodeId) -> &mut Raft {
        self.node(id).raft.as_mut().expect("it is alive")
    }

    /// A core that somebody turns to, at the time of now.
    pub fn ask(&mut self, id: NodeId) -> &mut Raft {
        let clock = self.nodes[&id].clock(self.now);
        let raft = self.raft(id);
        raft.tick(clock);
        raft
    }

    /// A new node, with an empty disk. Unless it is one of the founders, it waits to be told who is in the cluster.
    pub fn add(&mut self, id: NodeId, is_founder: bool) {
        let rate = 1000 + self.rng.random_range(0..=2 * self.plan.drift) - self.plan.drift;
        self.nodes.insert(id, Node { is_founder, rate, disk_delay: self.plan.disk_delay, ..Node::default() });
        self.start(id);
    }

    pub fn start(&mut self, id: NodeId) {
        let founders = match self.nodes[&id].is_founder {
            true => self.history.configurations[0].1.clone(),
            false => Configuration::default(),
        };
        let (plan, now) = (self.plan.clone(), self.now);
        let node = self.nodes.get_mut(&id).unwrap();
        node.starts += 1;
        let mut config = Config::new(id, []);
        config.founders = founders.clone();
        config.seed = id.0 * 1000 + node.starts;
        config.election_timeout = plan.election_timeout;
        config.append_bytes_max = 200;
        config.window = Window { appends: 4, bytes: 1000 };
        config.committed_bytes_max = 500;
        config.log_bytes_kept = plan.log_bytes_kept;
        config.promotion_lag_max = plan.promotion_lag_max;
        config.reads = plan.reads;
        config.bugs = plan.bugs.iter().copied().collect();
        self.history.start(id, &node.disk, &founders);
        let (start, applied) = node.disk.recover();
        node.applied = applied;
        node.raft = Some(Raft::new(config, start, node.clock(now)));
    }

    /// A crash keeps some of the writes that were under way, the last of them perhaps in part: they reach the disk in order.
    pub fn crash(&mut self, id: NodeId) {
        let node = self.nodes.get_mut(&id).unwrap();
        if node.raft.is_none() {
            return;
        }
        let kept = self.rng.random_range(0..=node.writes.len());
        let steps = self.rng.random_range(0..=4);
        for (position, (_, write)) in node.writes.drain(..).take(kept).enumerate() {
            node.disk.write(&write, if position + 1 == kept { steps } else { 4 });
        }
        // A snapshot of its own may have got its name, and count for nothing yet.
        let taken = node.jobs.values().find_map(|job| match job {
            Job::Take(last, file) => Some((*last, file.clone())),
            _ => None,
        });
        node.disk.snapshots.extend(taken.filter(|_| self.rng.random_bool(0.5)));
        node.forget();
    }

    /// A node stops, and has an empty disk when it starts again.
    #[cfg(feature = "seeded-bugs")]
    pub fn wipe(&mut self, id: NodeId) {
        self.crash(id);
        self.node(id).disk = Disk::default();
        self.wiped.insert(id);
    }

    /// One millisecond.
    pub fn tick(&mut self) -> Check {
        self.now += 1;
        while let Some((&key, _)) = self.network.first_key_value()
            && key.0 <= self.now
        {
            let message = self.network.remove(&key).unwrap();
            self.node(message.to).inbox.push_back(message);
        }
        for id in self.ids() {
            self.work(id)?;
        }
        Ok(())
    }

    /// What one node does in this millisecond. Its core is told the time before anything that came in until now.
    fn work(&mut self, id: NodeId) -> Check {
        let now = self.now;
        let node = self.nodes.get_mut(&id).unwrap();
        if node.raft.is_none() {
            node.inbox.clear();
            return Ok(());
        }
        if node.paused_until > now {
            node.missed += u64::from(self.plan.bugs.contains(&Bug::LeaseByTicks));
            return Ok(());
        }
        let clock = node.clock(now);
        while let Some(message) = self.node(id).inbox.pop_front() {
            let raft = self.raft(id);
            raft.tick(clock);
            raft.step(message);
            // Sometimes several inputs meet in one Ready, sometimes each has its own.
            if self.rng.random_bool(0.7) {
                self.drain(id)?;
            }
        }
        while let Some(key) = self.nodes[&id].jobs.keys().next().copied().filter(|key| key.0 <= now) {
            let job = self.node(id).jobs.remove(&key).unwrap();
            self.finish(id, job)?;
        }
        let is_early = self.plan.bugs.contains(&Bug::AckBeforeFsync);
        while self.nodes[&id].writes.front().is_some_and(|(due, _)| *due <= now) {
            let is_tidy = self.rng.random_bool(0.5);
            let node = self.node(id);
            let (_, write) = node.writes.pop_front().unwrap();
            node.disk.write(&write, 4);
            if let Some(last) = write.snapshot.filter(|_| is_tidy) {
                node.disk.snapshots.retain(|id, _| id.index >= last.index);
            }
            if !is_early {
                self.raft(id).persisted(write.number);
            }
        }
        let raft = self.raft(id);
        if raft.deadline() <= clock {
            raft.tick(clock);
        }
        self.drain(id)
    }

    /// Does what the core wants done.
    fn drain(&mut self, id: NodeId) -> Check {
        while let Some(ready) = self.raft(id).ready() {
            for event in &ready.events {
                self.history.note(id, event, &self.nodes)?;
            }
            self.execute(id, ready)?;
        }
        self.history.check_view(id, &self.nodes[&id])?;
        self.history.check_matches(id, &self.nodes)
    }

    fn execute(&mut self, id: NodeId, ready: Ready) -> Check {
        let now = self.now;
        let node = self.nodes.get_mut(&id).unwrap();
        if let Some(write) = ready.write {
            let stored = node.writes.back().map(|(_, write)| write).and_then(|write| write.hard_state);
            let stored = stored.unwrap_or(node.disk.hard_state);
            if write.hard_state.is_some_and(|new| new.term < stored.term) && self.plan.bugs.is_empty() {
                return Err(format!("{id} stores {:?} after {stored:?}", write.hard_state));
            }
            let earliest = node.writes.back().map_or(now, |(due, _)| *due);
            let number = write.number;
            node.writes.push_back((earliest.max(now + self.rng.random_range(1..node.disk_delay)), write));
            if self.plan.bugs.contains(&Bug::AckBeforeFsync) {
                self.raft(id).persisted(number);
            }
        }
        for message in ready.messages {
            self.history.check_message(&message, &self.nodes[&id].disk)?;
            self.send(message);
        }
        for ChunkRequest { to, term, last, offset } in ready.chunks {
            self.begin(id, 5, Job::Send { to, term, last, offset });
        }
        for chunk in ready.received {
            let job = match self.node(id).receiver.take(&chunk) {
                Intake::Stored { next } => Job::Stored { chunk, next },
                Intake::Whole(file) => Job::Whole { from: chunk.from, term: chunk.term, last: chunk.last, file },
            };
            let delay = if matches!(job, Job::Whole { .. }) { 50 } else { 5 };
            self.begin(id, delay, job);
        }
        for entry in &ready.committed {
            let applied = &mut self.nodes.get_mut(&id).unwrap().applied;
            if entry.id.index != applied.last.index.next() {
                return Err(format!("{id} applies {} behind {}", entry.id, applied.last));
            }
            applied.apply(entry.id, print(&entry.payload));
            self.history.check_state(id, *applied)?;
        }
        let node = self.nodes.get_mut(&id).unwrap();
        for read in ready.reads {
            let asked = node.reads.remove(&read.context);
            let least = asked.ok_or(format!("{id} answers read {} for a second time", read.context))?;
            if read.index < least {
                return Err(format!("stale read: {id} reads at {} what was at {least} when it asked", read.index));
            }
            if node.applied.last.index < read.index {
                return Err(format!("{id} may read at {} when it has applied {}", read.index, node.applied.last));
            }
        }
        for context in ready.reads_refused {
            let asked = node.reads.remove(&context);
            asked.ok_or(format!("{id} refuses read {context}, which was answered"))?;
        }
        Ok(())
    }

    /// A job that takes some time.
    fn begin(&mut self, id: NodeId, longest: u64, job: Job) {
        self.jobs += 1;
        let key = (self.now + self.rng.random_range(0..longest), self.jobs);
        self.node(id).jobs.insert(key, job);
    }

    fn finish(&mut self, id: NodeId, job: Job) -> Check {
        let chunk_bytes = self.plan.chunk_bytes;
        let node = self.nodes.get_mut(&id).unwrap();
        let raft = node.raft.as_mut().expect("it is alive");
        match job {
            Job::Take(last, file) => {
                let (_, configuration) = file.read();
                node.disk.snapshots.insert(last, file);
                raft.compact(Snapshot { last, configuration });
            }
            Job::Send { to, term, last, offset } => match node.disk.snapshots.get(&last) {
                None => raft.chunk_failed(to, last),
                Some(file) => {
                    let (content, checksum) = (file.content(), file.checksum());
                    let start = content.len().min(offset as usize);
                    let data = content.slice(start..content.len().min(start + chunk_bytes));
                    let body = Body::Chunk { last, size: content.len() as u64, checksum, offset, data };
                    self.send(Message { from: id, to, term, body });
                }
            },
            Job::Stored { chunk, next } => raft.chunk_stored(chunk.from, chunk.term, chunk.last, chunk.offset, next),
            Job::Whole { from, term, last, file } => {
                let (hash, configuration) = file.read();
                let applied = Applied { last, hash };
                self.history.check_snapshot(id, applied, &configuration)?;
                node.disk.snapshots.insert(last, file);
                if raft.install(from, term, Snapshot { last, configuration }) {
                    node.applied = applied;
                }
            }
        }
        Ok(())
    }

    fn send(&mut self, message: Message) {
        let is_member = self.history.configuration().1.is_member(message.to);
        self.wasted += u64::from(!is_member && matches!(message.body, Body::Append { .. }));
        if self.wiped.contains(&message.from) && !self.plan.bugs.contains(&Bug::AdmitWiped) {
            return;
        }
        if self.cut.contains(&(message.from, message.to)) || self.rng.random_bool(self.loss) {
            return;
        }
        let copies = if self.rng.random_bool(self.loss / 2.0) { 2 } else { 1 };
        for _ in 0..copies {
            let slow = self.loss > 0.0 && self.rng.random_bool(0.1);
            let delay = if slow { self.rng.random_range(1..self.plan.slowest) } else { self.rng.random_range(1..4) };
            self.sent += 1;
            self.network.insert((self.now + delay, self.sent), message.clone());
        }
    }

    /// Asks a node to take a command.
    pub fn propose(&mut self, id: NodeId) -> Option<EntryId> {
        self.commands += 1;
        let command = Bytes::from(format!("{:030}", self.commands));
        self.node(id).raft.as_mut()?.propose(command).ok()
    }

    /// Asks a node for a read of what is committed now.
    pub fn read(&mut self, id: NodeId) {
        self.contexts += 1;
        let (context, least, now) = (self.contexts, self.history.end(), self.now);
        let is_leaders_own = self.rng.random_bool(0.5);
        let node = self.nodes.get_mut(&id).unwrap();
        let clock = node.clock(now);
        let Some(raft) = node.raft.as_mut().filter(|_| node.paused_until <= now) else { return };
        raft.tick(clock);
        let asked = if is_leaders_own { raft.read_index(context) } else { raft.read_index_anywhere(context) };
        if asked.is_ok() {
            node.reads.insert(context, least);
        }
    }

    /// A node begins to write a snapshot of all that it has applied.
    pub fn take_snapshot(&mut self, id: NodeId) -> Check {
        let padding: Vec<u8> = (0..self.rng.random_range(0..100)).map(|_| self.rng.random()).collect();
        let node = &self.nodes[&id];
        let Some(raft) = node.raft.as_ref().filter(|_| !node.is_taking_snapshot()) else { return Ok(()) };
        let Applied { last, hash } = node.applied;
        if last.index <= raft.status().snapshot {
            return Ok(());
        }
        let configuration = raft.configuration_at(last.index);
        self.history.check_state(id, node.applied)?;
        self.begin(id, 150, Job::Take(last, File::new(hash, &configuration, &padding)));
        Ok(())
    }

    pub fn leaders(&self) -> Vec<NodeId> {
        let leads = |node: &Node| node.raft.as_ref().is_some_and(|raft| raft.role() == Role::Leader);
        self.nodes.iter().filter(|(_, node)| leads(node)).map(|(&id, _)| id).collect()
    }

    pub fn run(&mut self, ticks: u64) {
        self.advance(ticks).unwrap();
    }

    /// The same where something may be found.
    pub fn advance(&mut self, ticks: u64) -> Check {
        (0..ticks).try_for_each(|_| self.tick())
    }

    /// Who was elected last.
    pub fn newest_leader(&self) -> NodeId {
        *self.history.leaders.last_key_value().expect("there was one").1
    }

    /// All nodes but these.
    pub fn others(&self, than: &[NodeId]) -> Vec<NodeId> {
        self.ids().into_iter().filter(|id| !than.contains(id)).collect()
    }

    /// Takes what is under way to a node off the network.
    pub fn intercept(&mut self, to: NodeId) -> Vec<Message> {
        let network = std::mem::take(&mut self.network);
        let (taken, kept): (BTreeMap<_, _>, _) = network.into_iter().partition(|(_, message)| message.to == to);
        self.network = kept;
        taken.into_values().collect()
    }

    /// What a node does beside its core ends at this time.
    pub fn delay_jobs(&mut self, id: NodeId, until: u64) {
        let jobs = std::mem::take(&mut self.node(id).jobs);
        self.node(id).jobs = jobs.into_iter().map(|((_, number), job)| ((until, number), job)).collect();
    }

    /// Cuts all links between two sides.
    pub fn part(&mut self, one: &[NodeId], other: &[NodeId]) {
        let pairs = one.iter().flat_map(|&one| other.iter().map(move |&other| (one, other)));
        self.cut.extend(pairs.flat_map(|(one, other)| [(one, other), (other, one)]));
    }

    pub fn summary(&self) -> Vec<String> {
        self.nodes.iter().map(|(id, node)| format!("{id} {:?}", node.raft.as_ref().map(Raft::status))).collect()
    }

    /// How far a node's core has got.
    pub fn commit(&self, id: NodeId) -> LogIndex {
        self.nodes[&id].raft.as_ref().map(|raft| raft.status().commit).unwrap_or_default()
    }
}
