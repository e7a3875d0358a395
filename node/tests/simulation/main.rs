//! A cluster of cores in a simulated world: messages are lost, repeated, delayed and reordered, links are cut, nodes crash and
//! lose what was not synced. After every step the properties of Figure 3 are checked against the whole state, which only a
//! simulation can see. Each run is a function of its seed.

use bytes::Bytes;
use node::raft::{
    Body, Bug, Config, Entry, EntryId, Event, HardState, LogIndex, Message, NodeId, ProposeError, Raft, Role, Start,
    Term, Ticks, TransferError, Write, quorum,
};
use rand::{RngExt, SeedableRng, rngs::Xoshiro256PlusPlus};
use std::collections::{BTreeMap, VecDeque};

/// What is on a node's disk.
#[derive(Clone, Default)]
struct Disk {
    hard_state: HardState,
    entries: Vec<Entry>,
}

impl Disk {
    fn write(&mut self, write: &Write) {
        self.hard_state = write.hard_state.unwrap_or(self.hard_state);
        if let Some(from) = write.truncate_from {
            self.entries.truncate(from.0 as usize - 1);
        }
        self.entries.extend(write.entries.iter().cloned());
    }

    fn holds(&self, id: EntryId) -> bool {
        id.index.0 == 0 || self.entries.get(id.index.0 as usize - 1).is_some_and(|entry| entry.id == id)
    }
}

struct Node {
    disk: Disk,
    /// Writes under way, with the time at which they will be durable.
    writes: VecDeque<(u64, Write)>,
    /// `None`: crashed.
    raft: Option<Raft>,
    role: Role,
    starts: u64,
    /// Reads under way, with the least index that they must see.
    reads: BTreeMap<u64, LogIndex>,
}

struct World {
    rng: Xoshiro256PlusPlus,
    bugs: Vec<Bug>,
    now: u64,
    nodes: BTreeMap<NodeId, Node>,
    /// By time of arrival; the number keeps the order stable.
    network: BTreeMap<(u64, u64), Message>,
    sent: u64,
    cut: Vec<(NodeId, NodeId)>,
    loss: f64,
    contexts: u64,
    // What was ever true.
    leaders: BTreeMap<Term, NodeId>,
    votes: BTreeMap<(Term, NodeId), NodeId>,
    made: BTreeMap<EntryId, (Term, Entry)>,
    committed: Vec<EntryId>,
    commands: u64,
}

type Check = Result<(), String>;

impl World {
    fn new(seed: u64, size: u64, bugs: &[Bug]) -> World {
        let mut world = World {
            rng: Xoshiro256PlusPlus::seed_from_u64(seed),
            bugs: bugs.to_vec(),
            now: 0,
            nodes: BTreeMap::new(),
            network: BTreeMap::new(),
            sent: 0,
            cut: Vec::new(),
            loss: 0.0,
            contexts: 0,
            leaders: BTreeMap::new(),
            votes: BTreeMap::new(),
            made: BTreeMap::new(),
            committed: Vec::new(),
            commands: 0,
        };
        for id in (1..=size).map(NodeId) {
            let node = Node {
                disk: Disk::default(),
                writes: VecDeque::new(),
                raft: None,
                role: Role::Follower,
                starts: 0,
                reads: BTreeMap::new(),
            };
            world.nodes.insert(id, node);
        }
        for id in world.ids() {
            world.start(id);
        }
        world
    }

    fn ids(&self) -> Vec<NodeId> {
        self.nodes.keys().copied().collect()
    }

    fn start(&mut self, id: NodeId) {
        let voters = self.ids();
        let node = self.nodes.get_mut(&id).unwrap();
        node.starts += 1;
        let mut config = Config::new(id, voters);
        config.seed = id.0 * 1000 + node.starts;
        config.append_bytes_max = 200;
        config.window.appends = 4;
        config.bugs = self.bugs.iter().copied().collect();
        let Disk { hard_state, entries } = node.disk.clone();
        node.role = Role::Follower;
        node.reads.clear();
        node.raft = Some(Raft::new(config, Start { hard_state, entries, snapshot: None }, Ticks(self.now)));
    }

    /// A crash keeps some of the writes that were under way: they reach the disk in order.
    fn crash(&mut self, id: NodeId) {
        let node = self.nodes.get_mut(&id).unwrap();
        if node.raft.take().is_none() {
            return;
        }
        let kept = self.rng.random_range(0..=node.writes.len());
        for (_, write) in node.writes.drain(..).take(kept) {
            node.disk.write(&write);
        }
    }

    /// One millisecond.
    fn tick(&mut self) -> Check {
        self.now += 1;
        while let Some((&key, _)) = self.network.first_key_value()
            && key.0 <= self.now
        {
            let message = self.network.remove(&key).unwrap();
            let to = message.to;
            if let Some(raft) = &mut self.nodes.get_mut(&to).unwrap().raft {
                raft.tick(Ticks(self.now));
                raft.step(message);
            }
            // Sometimes several inputs meet in one Ready, sometimes each has its own.
            if self.rng.random_bool(0.7) {
                self.drain(to)?;
            }
        }
        for id in self.ids() {
            let node = self.nodes.get_mut(&id).unwrap();
            let Some(raft) = &mut node.raft else { continue };
            raft.tick(Ticks(self.now));
            while node.writes.front().is_some_and(|(due, _)| *due <= self.now) {
                let (_, write) = node.writes.pop_front().unwrap();
                node.disk.write(&write);
                if !self.bugs.contains(&Bug::AckBeforeFsync) {
                    raft.persisted(write.number);
                }
            }
            self.drain(id)?;
        }
        Ok(())
    }

    fn drain(&mut self, id: NodeId) -> Check {
        loop {
            let Some(raft) = &mut self.nodes.get_mut(&id).unwrap().raft else { return Ok(()) };
            let Some(ready) = raft.ready() else { return Ok(()) };
            for event in &ready.events {
                self.check_event(id, event)?;
            }
            let node = self.nodes.get_mut(&id).unwrap();
            if let Some(write) = ready.write {
                let earliest = node.writes.back().map_or(self.now, |(due, _)| *due);
                let number = write.number;
                node.writes.push_back((earliest.max(self.now + self.rng.random_range(1..12)), write));
                if self.bugs.contains(&Bug::AckBeforeFsync) {
                    node.raft.as_mut().unwrap().persisted(number);
                }
            }
            for entry in &ready.committed {
                let at = entry.id.index.0 as usize - 1;
                match self.committed.get(at) {
                    Some(&id) if id == entry.id => {}
                    other => return Err(format!("{id} applies {} where {other:?} is committed", entry.id)),
                }
            }
            for read in ready.reads {
                let least = self.nodes.get_mut(&id).unwrap().reads.remove(&read.context).unwrap();
                if read.index < least {
                    return Err(format!("{id} reads at {} what was at {least} when it asked", read.index));
                }
            }
            for message in ready.messages {
                self.send(message);
            }
        }
    }

    fn send(&mut self, message: Message) {
        if self.cut.contains(&(message.from, message.to)) || self.rng.random_bool(self.loss) {
            return;
        }
        let copies = if self.rng.random_bool(self.loss / 2.0) { 2 } else { 1 };
        for _ in 0..copies {
            let slow = self.loss > 0.0 && self.rng.random_bool(0.1);
            let delay = if slow { self.rng.random_range(1..120) } else { self.rng.random_range(1..4) };
            self.sent += 1;
            self.network.insert((self.now + delay, self.sent), message.clone());
        }
    }

    fn check_event(&mut self, id: NodeId, event: &Event) -> Check {
        let size = self.nodes.len();
        let node = self.nodes.get_mut(&id).unwrap();
        let raft = node.raft.as_ref().unwrap();
        match event {
            Event::Role { role, term } => {
                node.role = *role;
                if *role == Role::Leader {
                    if let Some(other) = self.leaders.insert(*term, id)
                        && other != id
                    {
                        return Err(format!("Election Safety: {other} and {id} lead term {term}"));
                    }
                    if let Some(missing) = self.committed.iter().find(|&&committed| !raft.log().contains(committed)) {
                        return Err(format!("Leader Completeness: {id} leads term {term} without {missing}"));
                    }
                }
            }
            Event::Configuration { .. } | Event::Compact { .. } | Event::Install { .. } => {}
            Event::Vote { term, candidate } => {
                if let Some(other) = self.votes.insert((*term, id), *candidate)
                    && other != *candidate
                {
                    return Err(format!("One Vote per Term: {id} votes for {other} and {candidate} in {term}"));
                }
            }
            Event::Append { entries } => {
                for entry in entries {
                    // By induction, entries with the same identity have the same logs before them.
                    let before = raft.log().term(entry.id.index.previous());
                    let Some(before) = before else { continue }; // Truncated again in the same step.
                    if !raft.log().contains(entry.id) {
                        continue;
                    }
                    let made = self.made.entry(entry.id).or_insert_with(|| (before, entry.clone()));
                    if *made != (before, entry.clone()) {
                        return Err(format!("Log Matching: {id} has another {}", entry.id));
                    }
                }
            }
            Event::Truncate { from } => {
                if node.role == Role::Leader {
                    return Err(format!("Leader Append-Only: {id} truncates from {from}"));
                }
            }
            Event::Ack { .. } => {}
            Event::Commit { term, index } => {
                let known = self.committed.len() as u64;
                for index in known + 1..=index.0 {
                    let term =
                        raft.log().term(LogIndex(index)).ok_or(format!("{id} commits {index}, beyond its log"))?;
                    self.committed.push(EntryId { term, index: LogIndex(index) });
                }
                let last = self.committed[index.0 as usize - 1];
                if node.role == Role::Leader && last.term != *term {
                    return Err(format!("section 5.4.2: {id} commits {last} by counting in term {term}"));
                }
                let holders = self.nodes.values().filter(|node| node.disk.holds(last)).count();
                if holders < quorum::size(size) {
                    return Err(format!("{id} commits {last}, which only {holders} disks of {size} hold"));
                }
                if !self.nodes[&id].raft.as_ref().unwrap().log().contains(last) {
                    return Err(format!("State Machine Safety: {id} commits something else than {last}"));
                }
            }
        }
        Ok(())
    }

    fn propose(&mut self, id: NodeId) -> Option<EntryId> {
        self.commands += 1;
        let command = Bytes::from(format!("{:030}", self.commands));
        self.nodes.get_mut(&id).unwrap().raft.as_mut()?.propose(command).ok()
    }

    fn read(&mut self, id: NodeId) {
        self.contexts += 1;
        let least = LogIndex(self.committed.len() as u64);
        let node = self.nodes.get_mut(&id).unwrap();
        if let Some(raft) = &mut node.raft
            && raft.read_index(self.contexts).is_ok()
        {
            node.reads.insert(self.contexts, least);
        }
    }

    /// Something bad, or something to do.
    fn disturb(&mut self) {
        let ids = self.ids();
        let id = ids[self.rng.random_range(0..ids.len())];
        match self.rng.random_range(0..100) {
            0 => self.crash(id),
            1..4 if self.nodes[&id].raft.is_none() => self.start(id),
            4 => self.cut.clear(),
            5 => {
                let side: Vec<bool> = ids.iter().map(|_| self.rng.random_bool(0.5)).collect();
                for (&from, &one) in ids.iter().zip(&side) {
                    for (&to, &other) in ids.iter().zip(&side) {
                        if one != other && self.rng.random_bool(0.9) {
                            self.cut.push((from, to));
                        }
                    }
                }
            }
            6 => self.loss = if self.rng.random_bool(0.5) { 0.0 } else { 0.15 },
            7..10 => {
                // Whoever leads now dies: the hour of whatever was promised too early.
                if let Some(leader) = ids.iter().copied().find(|id| self.nodes[id].role == Role::Leader) {
                    self.crash(leader);
                }
            }
            10..60 => drop(self.propose(id)),
            60..80 => self.read(id),
            80..82 => {
                // Whoever leads is asked to give the leadership to somebody, dead or alive.
                for leader in ids {
                    if let Some(raft) = &mut self.nodes.get_mut(&leader).unwrap().raft {
                        let _ = raft.transfer(id);
                    }
                }
            }
            _ => {}
        }
    }

    /// Everything is mended; in the end there is one leader, and all logs are applied everywhere.
    fn recover(&mut self) -> Check {
        self.cut.clear();
        self.loss = 0.0;
        for id in self.ids() {
            if self.nodes[&id].raft.is_none() {
                self.start(id);
            }
        }
        let mut wanted: Option<EntryId> = None;
        for _ in 0..5_000 {
            self.tick()?;
            // What an old leader took may be lost with it: ask the next one then.
            let newest = self.leaders.keys().last().copied();
            if wanted.is_none_or(|id| Some(id.term) < newest) {
                wanted = self.ids().into_iter().find_map(|id| self.propose(id));
            }
            if let Some(id) = wanted
                && self.committed.get(id.index.0 as usize - 1) == Some(&id)
                && self.nodes.values().all(|node| node.raft.as_ref().unwrap().status().commit >= id.index)
            {
                return Ok(());
            }
        }
        Err(format!("no progress within 5 s after the last fault; terms and roles: {:?}", self.summary()))
    }

    fn summary(&self) -> Vec<String> {
        self.nodes.values().map(|node| format!("{:?}", node.raft.as_ref().map(Raft::status))).collect()
    }
}

fn simulate(seed: u64, size: u64, steps: u64, bugs: &[Bug]) -> Check {
    let mut world = World::new(seed, size, bugs);
    for _ in 0..steps {
        world.disturb();
        world.tick()?;
    }
    world.recover()
}

/// Seeds in the normal run; `WHITEWATER_SIMULATION_SEEDS` asks for more.
fn seeds() -> u64 {
    std::env::var("WHITEWATER_SIMULATION_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(60)
}

#[test]
fn a_correct_cluster_keeps_every_property_and_recovers() {
    for size in [1, 2, 3, 4, 5, 7] {
        for seed in 0..seeds() {
            if let Err(violation) = simulate(seed, size, 3_000, &[]) {
                panic!("{size} nodes, seed {seed}: {violation}");
            }
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let trace = |seed| {
        let mut world = World::new(seed, 5, &[]);
        for _ in 0..2_000 {
            world.disturb();
            world.tick().unwrap();
        }
        (world.committed, world.sent, world.leaders)
    };
    assert_eq!(trace(7), trace(7));
    assert_ne!(trace(7).1, trace(8).1);
}

#[test]
fn undisturbed_nodes_elect_one_leader_and_keep_it() {
    for seed in 0..20 {
        let mut world = World::new(seed, 5, &[]);
        for _ in 0..1_000 {
            world.tick().unwrap();
        }
        let terms = world.leaders.len();
        for _ in 0..10_000 {
            world.tick().unwrap();
        }
        assert_eq!(world.leaders.len(), terms, "nobody campaigns against a healthy leader");
    }
}

/// Whoever can send but not hear, or hear but not send, does not keep the others from having a leader.
#[test]
fn one_deaf_or_dumb_node_does_not_stop_the_others() {
    for seed in 0..20 {
        for deaf in [true, false] {
            let mut world = World::new(seed, 5, &[]);
            for _ in 0..1_000 {
                world.tick().unwrap();
            }
            let leader = *world.leaders.last_key_value().unwrap().1;
            for peer in world.ids() {
                world.cut.push(if deaf { (peer, leader) } else { (leader, peer) });
            }
            for _ in 0..3_000 {
                world.tick().unwrap();
            }
            let terms = world.leaders.len();
            let before = world.committed.len();
            for _ in 0..3_000 {
                for id in world.ids() {
                    world.propose(id);
                }
                world.tick().unwrap();
            }
            assert!(world.committed.len() > before + 100, "seed {seed} deaf {deaf}: the majority is served");
            assert_eq!(world.leaders.len(), terms, "seed {seed} deaf {deaf}: and its leader stays");
        }
    }
}

/// A cluster that has run for a second, its leader, and another node.
fn settled(seed: u64) -> (World, NodeId, NodeId) {
    let mut world = World::new(seed, 5, &[]);
    for _ in 0..1_000 {
        world.tick().unwrap();
    }
    let leader = *world.leaders.last_key_value().unwrap().1;
    let other = world.ids().into_iter().find(|&id| id != leader).unwrap();
    (world, leader, other)
}

impl World {
    fn raft(&mut self, id: NodeId) -> &mut Raft {
        self.nodes.get_mut(&id).unwrap().raft.as_mut().expect("it is alive")
    }

    fn run(&mut self, ticks: u64) {
        for _ in 0..ticks {
            self.tick().unwrap();
        }
    }
}

/// X1, X2, X10, X12: the target leads within a few round trips, with the whole log, and proposals are refused meanwhile.
#[test]
fn leadership_goes_to_the_target_once_it_has_the_log() {
    for seed in 0..20 {
        let (mut world, leader, target) = settled(seed);
        for _ in 0..50 {
            world.propose(leader).unwrap();
        }
        world.raft(leader).transfer(target).unwrap();
        assert_eq!(world.raft(leader).propose(Bytes::new()), Err(ProposeError::Transferring));
        world.run(290); // Small appends, four at a time, and a slow disk: but within an election timeout.
        assert_eq!(*world.leaders.last_key_value().unwrap().1, target, "seed {seed}");
        assert_eq!(world.raft(leader).status().leader, Some(target));
        assert!(world.raft(leader).transfer_target().is_none());
        world.propose(target).unwrap();
        world.run(50);
        assert!(world.committed.len() >= 53, "what the old leader took, and the new one's");
    }
}

/// X4, X5, X9: a transfer to itself is done, one to a stranger is refused, and so is a second one elsewhere.
#[test]
fn transfers_that_make_no_sense_are_refused() {
    let (mut world, leader, target) = settled(1);
    let third = world.ids().into_iter().find(|&id| id != leader && id != target).unwrap();
    assert_eq!(world.raft(leader).transfer(leader), Ok(()));
    assert_eq!(world.raft(leader).transfer_target(), None);
    assert_eq!(world.raft(leader).transfer(NodeId(9)), Err(TransferError::NoVoter(NodeId(9))));
    assert!(matches!(world.raft(target).transfer(third), Err(TransferError::NotLeader(_))));
    world.raft(leader).transfer(target).unwrap();
    assert_eq!(world.raft(leader).transfer(third), Err(TransferError::Pending(target)));
    assert_eq!(world.raft(leader).transfer(target), Ok(()));
}

/// X8: a dead target costs an election timeout, and the leader goes on.
#[test]
fn a_transfer_to_a_dead_node_is_given_up() {
    let (mut world, leader, target) = settled(2);
    world.crash(target);
    world.propose(leader).unwrap();
    world.raft(leader).transfer(target).unwrap();
    world.run(299);
    assert_eq!(world.raft(leader).transfer_target(), Some(target));
    world.run(2);
    assert_eq!(world.raft(leader).transfer_target(), None);
    let before = world.committed.len();
    world.propose(leader).unwrap();
    world.run(50);
    assert!(world.committed.len() > before, "it leads on");
}

/// X14: who was asked to stand in an earlier term, or by somebody who does not lead, does not.
#[test]
fn a_late_request_to_stand_does_nothing() {
    let (mut world, leader, target) = settled(3);
    let third = world.ids().into_iter().find(|&id| id != leader && id != target).unwrap();
    let term = world.raft(leader).status().term;
    for (from, term) in [(leader, Term(term.0 - 1)), (third, term)] {
        world.raft(target).step(Message { from, to: target, term, body: Body::TimeoutNow });
        assert_eq!(world.raft(target).status().role, Role::Follower);
    }
}

#[test]
fn messages_to_others_and_nonsense_change_nothing() {
    let mut raft = Raft::new(Config::new(NodeId(1), (1..=3).map(NodeId)), Start::default(), Ticks(0));
    while raft.ready().is_some() {}
    let before = raft.status();
    let vote = Body::Vote { last: EntryId::default(), by_transfer: false };
    let gap = Body::Append {
        prev: EntryId::default(),
        entries: vec![Entry { id: EntryId { term: Term(9), index: LogIndex(7) }, payload: node::raft::Payload::Noop }],
        commit: LogIndex(7),
        round: 0,
    };
    for (from, to, term, body) in [(1, 1, 5, vote.clone()), (2, 3, 5, vote), (2, 1, 0, gap)] {
        raft.step(Message { from: NodeId(from), to: NodeId(to), term: Term(term), body });
        assert_eq!(raft.status(), before);
        assert!(raft.ready().is_none());
    }
}

/// The net catches fish: every bug that lives in the core is seen by the simulation's checks, or makes the core itself stop at a
/// broken invariant.
#[cfg(feature = "seeded-bugs")]
#[test]
fn every_seeded_bug_is_found() {
    for bug in Bug::ALL {
        let found = (0..400).find_map(|seed| {
            let run = std::panic::catch_unwind(|| simulate(seed, 5, 3_000, &[bug]));
            match run {
                Ok(Ok(())) => None,
                Ok(Err(violation)) => Some((seed, violation)),
                Err(_) => Some((seed, "an assertion of the core failed".to_owned())),
            }
        });
        let (seed, violation) = found.unwrap_or_else(|| panic!("{} stays unnoticed", bug.name()));
        println!("{:20} seed {seed:3}: {violation}", bug.name());
    }
}
