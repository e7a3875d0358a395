//! What is done to a world: a plan for the whole run, drawn from its seed, and within it one thing after another. In the end
//! everything is mended, and the cluster has to come to rest.

use crate::{
    checks::{Check, is_quorum},
    world::World,
};
use ::node::raft::{Bug, Configuration, EntryId, LogIndex, NodeId, Payload, Raft, ReadMode};
use rand::{RngExt, SeedableRng, rngs::Xoshiro256PlusPlus};

/// What a world is like.
#[derive(Clone, Debug)]
pub struct Plan {
    /// How many founders there are.
    pub size: u64,
    pub bugs: Vec<Bug>,
    pub reads: ReadMode,
    /// By how many thousandths a clock may run fast or slow.
    pub drift: u64,
    /// The shortest and the longest election timeout.
    pub election_timeout: (u64, u64),
    /// How long a disk takes less than, at first.
    pub disk_delay: u64,
    pub log_bytes_kept: usize,
    pub chunk_bytes: usize,
    pub promotion_lag_max: u64,
    /// How long a message takes at most, where messages are lost.
    pub slowest: u64,
    /// How probable these are in a millisecond.
    pub faults: f64,
    pub snapshots: f64,
    pub changes: f64,
    pub transfers: f64,
    /// Whether more is checked than what comes of a mistake: see [`crate::checks::History`].
    pub has_rules: bool,
}

impl Plan {
    /// Equal clocks, no faults, a log that is kept whole and a cluster that stays as it is.
    pub fn calm(size: u64) -> Plan {
        Plan {
            size,
            bugs: Vec::new(),
            reads: ReadMode::Index,
            drift: 0,
            election_timeout: (150, 300),
            disk_delay: 12,
            log_bytes_kept: usize::MAX,
            chunk_bytes: 20,
            promotion_lag_max: 1000,
            slowest: 120,
            faults: 0.0,
            snapshots: 0.0,
            changes: 0.0,
            transfers: 0.0,
            has_rules: true,
        }
    }

    /// Faults, but neither snapshots nor changes of the configuration.
    pub fn rough(size: u64) -> Plan {
        Plan { faults: 0.1, transfers: 0.02, ..Plan::calm(size) }
    }

    /// Fewer faults, but disks that are slow, and messages that take as long as several elections.
    pub fn slow(size: u64) -> Plan {
        Plan { faults: 0.02, slowest: 1_000, disk_delay: 60, ..Plan::rough(size) }
    }

    /// All that can end a lease, and many reads that rest on one.
    pub fn leased(size: u64) -> Plan {
        let (drift, slowest, faults, transfers) = (40, 600, 0.02, 0.002);
        // Compared with the timeout, an election takes no time: a lease that is a little too long is seen to be.
        let (election_timeout, disk_delay) = ((600, 660), 2);
        let plan = Plan { drift, slowest, faults, transfers, election_timeout, disk_delay, ..Plan::calm(size) };
        Plan { reads: ReadMode::Lease, ..plan }
    }

    /// Anything.
    pub fn drawn(seed: u64) -> Plan {
        let rng = &mut Xoshiro256PlusPlus::seed_from_u64(!seed);
        let mut any = |values: [f64; 4]| values[rng.random_range(0..4)];
        let (faults, snapshots) = (any([0.0, 0.005, 0.03, 0.1]), any([0.0, 0.002, 0.01, 0.05]));
        let (changes, transfers) = (any([0.0, 0.003, 0.02, 0.1]), any([0.0, 0.0, 0.002, 0.02]));
        Plan {
            size: rng.random_range(1..=5),
            bugs: Vec::new(),
            reads: [ReadMode::Index, ReadMode::Lease, ReadMode::Log][rng.random_range(0..3)],
            drift: [0, 40][rng.random_range(0..2)],
            election_timeout: (150, 300),
            disk_delay: 12,
            log_bytes_kept: [0, 300, 3000][rng.random_range(0..3)],
            chunk_bytes: [10, 40, 1000][rng.random_range(0..3)],
            promotion_lag_max: [5, 1000][rng.random_range(0..2)],
            slowest: [120, 600][rng.random_range(0..2)],
            faults,
            snapshots,
            changes,
            transfers,
            has_rules: true,
        }
    }
}

impl World {
    fn any(&mut self, ids: &[NodeId]) -> Option<NodeId> {
        (!ids.is_empty()).then(|| ids[self.rng.random_range(0..ids.len())])
    }

    /// The nodes that are there, alive or not.
    pub fn present(&self) -> Vec<NodeId> {
        self.nodes.iter().filter(|(_, node)| !node.is_retired).map(|(&id, _)| id).collect()
    }

    /// What happens in a millisecond from outside.
    pub fn disturb(&mut self) -> Check {
        let ids = self.present();
        let id = self.any(&ids).expect("somebody is there");
        match self.rng.random_range(0..100) {
            0..50 => drop(self.propose(id)),
            50..70 => self.read(id),
            // Of those who take themselves for the leader, at most one is right.
            70..90 => self.leaders().into_iter().for_each(|leader| self.read(leader)),
            _ => {}
        }
        if self.rng.random_bool(self.plan.snapshots) {
            self.take_snapshot(id)?;
        }
        if self.rng.random_bool(self.plan.transfers) {
            // Whoever leads is asked to give the leadership to somebody, dead or alive.
            for leader in self.leaders() {
                let _ = self.ask(leader).transfer(id);
            }
        }
        if self.rng.random_bool(self.plan.changes) {
            self.change();
        }
        // Whoever is down comes up again some time.
        if self.nodes[&id].raft.is_none() && self.rng.random_bool(0.03) {
            self.start(id);
        }
        if self.rng.random_bool(self.plan.faults) {
            self.fault(id, &ids);
        }
        Ok(())
    }

    fn fault(&mut self, id: NodeId, ids: &[NodeId]) {
        let now = self.now;
        match self.rng.random_range(0..100) {
            0..10 => self.crash(id),
            10..25 => {
                // Whoever leads now dies: the hour of whatever was promised too early.
                if let Some(leader) = self.any(&self.leaders()) {
                    self.crash(leader);
                }
            }
            25..40 => self.cut.clear(),
            40..55 => {
                // Somebody alone, perhaps the leader, or any two sides; and not always both ways.
                let alone = self.any(&self.leaders()).filter(|_| self.rng.random_bool(0.5)).unwrap_or(id);
                let is_alone = self.rng.random_bool(0.5);
                let mut is_there = |&id: &NodeId| if is_alone { id == alone } else { self.rng.random_bool(0.5) };
                let side: Vec<bool> = ids.iter().map(&mut is_there).collect();
                for (&from, &one) in ids.iter().zip(&side) {
                    for (&to, &other) in ids.iter().zip(&side) {
                        if one != other && self.rng.random_bool(0.9) {
                            self.cut.push((from, to));
                        }
                    }
                }
            }
            55..65 => self.loss = if self.rng.random_bool(0.5) { 0.0 } else { 0.15 },
            65..75 => self.node(id).paused_until = now + self.rng.random_range(20..600),
            75..82 => {
                if let Some(leader) = self.any(&self.leaders()) {
                    self.node(leader).paused_until = now + self.rng.random_range(20..600);
                }
            }
            82..90 => {
                // Perhaps because it is full for a while.
                let delay = [2, 12, 60, 300][self.rng.random_range(0..4)];
                let node = self.node(id);
                node.disk_delay = delay;
                if let Some(raft) = node.raft.as_mut().filter(|_| delay == 300) {
                    raft.storage_full();
                }
            }
            90..93 => {
                // Its snapshots cannot be read any more, but for the one that its log begins after: without that it could not start.
                let disk = &mut self.node(id).disk;
                let begin = disk.begin;
                disk.snapshots.retain(|last, _| last.index >= begin.index);
            }
            _ => self.retire(id),
        }
    }

    /// Somebody asks a leader for another configuration.
    fn change(&mut self) {
        let Some(leader) = self.any(&self.leaders()) else { return };
        let mut target = self.raft(leader).configuration().clone();
        target.outgoing.clear();
        for _ in 0..self.rng.random_range(1..=3) {
            let members: Vec<NodeId> = target.members().into_iter().collect();
            let Some(member) = self.any(&members) else { break };
            target = match self.rng.random_range(0..10) {
                0..2 => self.with_somebody(&target),
                2..6 => match self.any(&target.learners.iter().copied().collect::<Vec<_>>()) {
                    Some(learner) => target.promoted(learner),
                    None => self.with_somebody(&target),
                },
                6 => target.demoted(member),
                7 => target.without(leader),
                _ => target.without(member),
            };
        }
        let _ = self.ask(leader).change(&target);
    }

    /// A learner more: one that was removed, or a new one.
    fn with_somebody(&mut self, target: &Configuration) -> Configuration {
        let present = self.present();
        let outside: Vec<NodeId> = present.iter().copied().filter(|id| !target.is_member(*id)).collect();
        let is_full = present.len() as u64 >= self.plan.size + 4;
        let somebody = match self.any(&outside) {
            Some(id) if is_full || self.rng.random_bool(0.5) => id,
            _ if is_full => return target.clone(),
            _ => {
                let id = NodeId(self.nodes.keys().last().map_or(1, |last| last.0 + 1));
                self.add(id, false);
                id
            }
        };
        target.with_learner(somebody, format!("{somebody}.example"))
    }

    /// A node that takes no part any more is switched off for ever, and its disk with it.
    fn retire(&mut self, id: NodeId) {
        let is_needed = self.known_configurations().iter().any(|configuration| configuration.is_member(id));
        if !is_needed {
            self.crash(id);
            self.node(id).is_retired = true;
        }
    }

    /// The committed configuration, and all that may take its place: those in the nodes' logs.
    fn known_configurations(&self) -> Vec<Configuration> {
        let in_force = |raft: &Raft| raft.configuration().clone();
        let alive = self.nodes.values().filter_map(|node| node.raft.as_ref().map(in_force));
        let entries = self.nodes.values().flat_map(|node| &node.disk.entries);
        let stored = entries.filter(|entry| entry.id.index > self.history.end());
        let stored = stored.filter_map(|entry| match &entry.payload {
            Payload::Configuration(configuration) => Some((**configuration).clone()),
            _ => None,
        });
        alive.chain(stored).chain([self.history.configuration().1.clone()]).collect()
    }

    /// Everything is mended, save perhaps for a node that is not needed: in the end there is one leader, no change is under way,
    /// all members have everything, no read waits, and there is nothing more to say than that all is well.
    pub fn recover(&mut self) -> Check {
        self.cut.clear();
        self.loss = 0.0;
        let dead = self.any(&self.present()).filter(|&id| {
            let known = self.known_configurations();
            let goes_on = |known: &Configuration| known.voters.is_empty() || is_quorum(known, |voter| voter != id);
            known.iter().all(goes_on)
        });
        for id in self.present() {
            let node = self.node(id);
            (node.paused_until, node.disk_delay) = (0, 12);
            if Some(id) == dead {
                self.crash(id);
            } else if self.nodes[&id].raft.is_none() {
                self.start(id);
            }
        }
        let mut wanted: Option<EntryId> = None;
        let mut is_calm = false;
        for _ in 0..10_000 {
            self.tick()?;
            // What an old leader took may be lost with it: ask the next one then.
            let newest = self.history.leaders.keys().last().copied();
            if wanted.is_none_or(|id| Some(id.term) < newest) {
                wanted = self.leaders().into_iter().find_map(|id| self.propose(id));
            }
            if let Some(id) = wanted
                && self.history.has_committed(id)
                && self.is_settled(id.index, dead)
            {
                is_calm = true;
                break;
            }
        }
        match is_calm {
            true => self.rest(),
            false => {
                Err(format!("no progress within 10 s after the last fault without {dead:?}: {:#?}", self.summary()))
            }
        }
    }

    /// Whether all members know that everything up to `index` is committed, no change is under way, and no read waits.
    fn is_settled(&self, index: LogIndex, dead: Option<NodeId>) -> bool {
        let configuration = &self.history.configuration().1;
        let mut members = configuration.members().into_iter().filter(|&id| Some(id) != dead);
        !configuration.is_joint()
            && self.leaders().iter().all(|&leader| configuration.is_voter(leader))
            && members.all(|id| self.commit(id) >= index && self.nodes[&id].applied.last.index >= index)
            && self.nodes.values().all(|node| node.reads.is_empty())
    }

    /// Nothing is asked for: nothing happens, and little is said.
    fn rest(&mut self) -> Check {
        // What was said before everything was mended may still be on its way.
        for _ in 0..400 + self.plan.slowest {
            self.tick()?;
        }
        let (sent, wasted) = (self.sent, self.wasted);
        let (leaders, end) = (self.history.leaders.len(), self.history.end());
        let ticks = 1_000;
        for _ in 0..ticks {
            self.tick()?;
        }
        if (leaders, end) != (self.history.leaders.len(), self.history.end()) {
            return Err(format!("there is no rest after everything was mended: {:#?}", self.summary()));
        }
        for (id, node) in &self.nodes {
            if node.raft.as_ref().is_some_and(|raft| raft.status().snapshot != node.disk.begin.index) {
                return Err(format!("{id} has a snapshot, and its log on disk begins after {}", node.disk.begin));
            }
        }
        if self.wasted > wasted {
            return Err(format!("the leader sends to nodes that are no members: {:#?}", self.summary()));
        }
        // Each heartbeat is a message and its answer, and whoever is outside may ask everybody in vain whether it could win.
        let nodes = self.present().len() as u64;
        let most = 2 * nodes * (ticks / 45) + 2 * nodes * nodes * (ticks / 140);
        match self.sent - sent {
            said if said > most => Err(format!("{said} messages in {ticks} ticks of rest, and not at most {most}")),
            _ => Ok(()),
        }
    }
}
