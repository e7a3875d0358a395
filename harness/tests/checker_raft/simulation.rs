//! A correct protocol at random: elections, conflicts, lost disks, snapshots and changes of membership.

use crate::script::*;
use harness::checker::Verdict;
use harness::history::trace::{Hash, Kind, Role};
use std::collections::BTreeMap;

pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    pub fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }
    pub fn chance(&mut self, percent: u64) -> bool {
        self.next() % 100 < percent
    }
}

/// Who votes.
#[derive(Clone, Default, PartialEq)]
struct Group {
    voters: Vec<usize>,
    outgoing: Vec<usize>,
    learners: Vec<usize>,
}

impl Group {
    fn votes(&self, node: usize) -> bool {
        self.voters.contains(&node) || self.outgoing.contains(&node)
    }

    fn has_quorum(&self, agrees: impl Fn(usize) -> bool) -> bool {
        let majority = |of: &[usize]| of.iter().filter(|&&node| agrees(node)).count() > of.len() / 2;
        majority(&self.voters) && (self.outgoing.is_empty() || majority(&self.outgoing))
    }
}

/// A member of the simulated cluster. Its whole log is in the script, also what its trace does not show.
#[derive(Clone, Default)]
struct Member {
    term: u64,
    vote: Option<usize>,
    leads: bool,
    commit: u64,
    applied: u64,
    /// For a leader: what everybody acknowledged.
    matched: Vec<u64>,
    /// What is on the disk: a log, whose first `synced` entries it will not lose.
    disk: Vec<(u64, Hash)>,
    synced: usize,
    /// Where the installed snapshot ends with which the log begins, and that on the disk.
    base: u64,
    disk_base: u64,
    /// What it knew to be committed when it installed a snapshot that is not on its disk yet.
    kept: usize,
    /// Where its own last snapshot ends.
    compacted: u64,
    /// Where the snapshot ends with which this process began.
    begins: u64,
    /// The configuration that its trace named last.
    told: (u64, Group),
}

/// Raft with instant requests and slow answers: each step is one thing that one node does.
pub struct Simulation {
    random: Random,
    script: Script,
    members: Vec<Member>,
    /// Acknowledgements on their way: to whom, from whom, term, index.
    answers: Vec<(usize, usize, u64, u64)>,
    payload: u64,
    /// A node that seldom gets entries, and so needs snapshots.
    slow: usize,
    /// Whether the traces name configurations; otherwise everybody votes.
    names_groups: bool,
    founders: Group,
    /// The configurations in logs, by log index and hash.
    groups: BTreeMap<(u64, Hash), Group>,
}

impl Simulation {
    pub fn run(seed: u64, steps: usize) -> Script {
        let mut random = Random(seed);
        let names_groups = random.chance(60);
        let nodes = if names_groups { 3 + random.below(4) } else { [3, 3, 5][random.below(3)] };
        let founders = if names_groups { 1 + random.below(nodes) } else { nodes };
        let founders = Group { voters: (0..founders).collect(), ..Group::default() };
        let (script, members) = (Script::new(nodes), vec![Member::default(); nodes]);
        let slow = random.below(nodes);
        let mut simulation = Simulation {
            random,
            script,
            members,
            answers: Vec::new(),
            payload: 0,
            slow,
            names_groups,
            founders,
            groups: BTreeMap::new(),
        };
        for node in 0..nodes {
            simulation.tell(node, true);
        }
        for _ in 0..steps {
            simulation.step();
        }
        simulation.script
    }

    fn log(&self, node: usize) -> &Vec<(u64, Hash)> {
        &self.script.logs[&name(node)]
    }

    fn step(&mut self) {
        let node = self.random.below(self.members.len());
        let other = self.random.below(self.members.len());
        let leads = self.members[node].leads;
        match self.random.below(100) {
            0..2 => self.campaign(node),
            2 => self.crash(node),
            3..8 => self.compact(node),
            8..14 if leads => self.change(node),
            14..30 if leads => self.propose(node),
            30..34 if leads && self.slow != node => self.send_snapshot(node, self.slow),
            34..36 if leads && other != node => self.send_snapshot(node, other),
            36..75 if leads && other != node && (other != self.slow || self.random.chance(10)) => {
                self.replicate(node, other);
            }
            _ if !self.answers.is_empty() => {
                let at = self.random.below(self.answers.len());
                let (to, from, term, index) = self.answers.swap_remove(at);
                self.answered(to, from, term, index);
            }
            _ => {}
        }
    }

    fn enter(&mut self, node: usize, term: u64) {
        let member = &mut self.members[node];
        if term > member.term {
            (member.term, member.vote, member.leads) = (term, None, false);
            self.script.role(&name(node), Role::Follower, term);
        }
    }

    fn campaign(&mut self, node: usize) {
        let (_, group) = self.in_force(node);
        if !group.votes(node) {
            return;
        }
        let term = self.members[node].term + 1;
        let own = (self.log(node).last().map_or(0, |(term, _)| *term), self.log(node).len());
        (self.members[node].term, self.members[node].leads) = (term, false);
        self.script.role(&name(node), Role::Candidate, term);
        let mut votes = Vec::new();
        for voter in 0..self.members.len() {
            if voter != node && self.random.chance(40) {
                continue;
            }
            self.enter(voter, term);
            let theirs = (self.log(voter).last().map_or(0, |(term, _)| *term), self.log(voter).len());
            let member = &mut self.members[voter];
            if member.term == term && theirs <= own && (voter == node || member.vote.is_none_or(|vote| vote == node)) {
                member.vote = Some(node);
                self.script.vote(&name(voter), term, &name(node));
                votes.push(voter);
            }
        }
        if group.has_quorum(|voter| votes.contains(&voter)) {
            let count = self.members.len();
            (self.members[node].leads, self.members[node].matched) = (true, vec![0; count]);
            self.script.role(&name(node), Role::Leader, term);
            self.propose(node);
        }
    }

    fn propose(&mut self, node: usize) {
        self.append(node, None);
    }

    fn append(&mut self, node: usize, group: Option<Group>) {
        self.payload += 1;
        let term = self.members[node].term;
        self.script.append(&name(node), term, self.payload);
        let index = self.log(node).len() as u64;
        if let Some(group) = group {
            let hash = self.script.hash(&name(node), index);
            self.groups.insert((index, hash), group);
        }
        self.tell(node, false);
        if self.random.chance(70) {
            self.sync(node, term, index);
            self.answered(node, node, term, index);
        }
    }

    /// The log up to `index` reaches the disk (in passing, what comes after it may too), and an acknowledgement is written.
    fn sync(&mut self, node: usize, term: u64, index: u64) {
        let log = self.log(node).clone();
        let member = &mut self.members[node];
        let shared = member.disk.iter().zip(&log).take_while(|(a, b)| a == b).count();
        (member.disk, member.disk_base) = (log, member.base);
        member.synced = member.synced.min(shared).max(index as usize);
        self.script.ack(&name(node), term, index);
    }

    fn replicate(&mut self, leader: usize, to: usize) {
        let term = self.members[leader].term;
        if self.members[to].term > term {
            return;
        }
        self.enter(to, term);
        let theirs = self.log(leader).clone();
        let count = self.random.below(theirs.len() + 1);
        // The leader probes with a prefix that the follower shares; entries that match are never removed.
        for (at, entry) in theirs.iter().enumerate().take(count) {
            match self.log(to).get(at).copied() {
                Some(own) if own == *entry => continue,
                Some(_) => {
                    self.script.truncate(&name(to), at as u64 + 1);
                    self.tell(to, false);
                }
                None => {}
            }
            self.script.logs.get_mut(&name(to)).unwrap().push(*entry);
            let (first, terms, hashes) = (at as u64 + 1, vec![(entry.0, 1)], vec![entry.1]);
            self.script.say(&name(to), Kind::Append { first, terms, hashes });
            self.tell(to, false);
        }
        if self.random.chance(80) {
            self.sync(to, term, count as u64);
            self.answers.push((leader, to, term, count as u64));
        }
        let commit = self.members[leader].commit.min(count as u64);
        self.commit(to, commit);
    }

    fn answered(&mut self, leader: usize, from: usize, term: u64, index: u64) {
        if !self.members[leader].leads || self.members[leader].term != term {
            return;
        }
        self.members[leader].matched[from] = self.members[leader].matched[from].max(index);
        let matched = &self.members[leader].matched;
        let (_, group) = self.in_force(leader);
        let agreed = matched.iter().copied().filter(|&index| group.has_quorum(|node| matched[node] >= index)).max();
        let agreed = agreed.unwrap_or(0);
        if agreed > 0 && self.log(leader)[agreed as usize - 1].0 == term {
            self.commit(leader, agreed);
        }
    }

    fn commit(&mut self, node: usize, index: u64) {
        let member = &mut self.members[node];
        if index > member.commit {
            member.commit = index;
            self.script.commit(&name(node), member.term, index);
        }
        if self.members[node].applied < self.members[node].commit && self.random.chance(60) {
            self.members[node].applied = self.members[node].commit;
            self.script.apply(&name(node), self.members[node].applied);
        }
    }

    /// Killed and restarted: the disk has what was synced, and perhaps more; of what came after, perhaps something.
    fn crash(&mut self, node: usize) {
        let memory = self.log(node).clone();
        let member = &mut self.members[node];
        let shared = member.disk.iter().zip(&memory).take_while(|(a, b)| a == b).count();
        let differs = shared < member.disk.len().min(memory.len()) || member.base != member.disk_base;
        let (recovered, base) = if differs && self.random.chance(50) {
            (member.disk.clone(), member.disk_base) // The truncation, or the snapshot, has not reached the disk.
        } else {
            (memory, member.base)
        };
        // What was synced and truncated since is not lost, but superseded. For a snapshot all that is not known to be committed
        // is cut off first, which may reach the disk alone.
        let kept = if base == member.base { usize::MAX } else { member.kept };
        let least = member.synced.min(shared).min(kept).min(recovered.len()).max(base as usize);
        let last = least + self.random.below(recovered.len() - least + 1);
        (member.disk, member.synced) = (recovered[..last].to_vec(), least);
        (member.base, member.disk_base) = (base, base);
        member.begins = base.max([0, member.compacted][self.random.below(2)]);
        (member.leads, member.commit, member.applied) = (false, member.begins, member.begins);
        member.compacted = member.begins;
        let (term, vote) = (member.term, member.vote.map(name));
        if self.random.chance(20) {
            self.script.say(&name(node), Kind::Stop {});
        }
        self.script.logs.insert(name(node), recovered);
        self.script.restart(&name(node), term, vote.as_deref(), last as u64);
        self.tell(node, true);
    }

    // ---- snapshots

    fn compact(&mut self, node: usize) {
        let memory = self.log(node);
        let member = &self.members[node];
        let shared = member.disk.iter().zip(memory).take_while(|(a, b)| a == b).count();
        let most = member.applied.min(member.synced.min(shared) as u64);
        let least = member.compacted.max(member.base);
        if member.base == member.disk_base && least < most {
            let index = least + 1 + self.random.below((most - least) as usize) as u64;
            self.members[node].compacted = index;
            self.script.compact(&name(node), index);
        }
    }

    fn send_snapshot(&mut self, leader: usize, to: usize) {
        let term = self.members[leader].term;
        let index = self.members[leader].compacted.max(self.members[leader].base);
        if index == 0 || self.members[to].term > term {
            return;
        }
        self.enter(to, term);
        let theirs = self.log(leader)[..index as usize].to_vec();
        if self.members[to].commit >= index {
            return;
        }
        if self.log(to).get(index as usize - 1) == theirs.last() {
            return self.commit(to, index); // It has all of it, and keeps what follows.
        }
        self.script.install(&name(to), &name(leader), index);
        let member = &mut self.members[to];
        let known = member.commit.max(member.disk_base) as usize;
        member.kept = if member.base == member.disk_base { known } else { member.kept.min(known) };
        (member.commit, member.applied, member.base, member.begins) = (index, index, index, index);
        self.tell(to, true);
        if self.random.chance(50) {
            self.sync(to, term, index);
            self.answers.push((leader, to, term, index));
        }
    }

    // ---- membership

    /// The configuration in force in a node, and where it stands in its log.
    fn in_force(&self, node: usize) -> (u64, Group) {
        let log = self.log(node);
        let is_held = |index: u64, hash: Hash| log.get(index as usize - 1).is_some_and(|(_, own)| *own == hash);
        let latest = self.groups.iter().rev().find(|((index, hash), _)| is_held(*index, *hash));
        match latest {
            Some(((index, _), group)) => (*index, group.clone()),
            // Who joins later waits to be told, by an entry or by a snapshot.
            None if !self.founders.votes(node) && self.members[node].base == 0 => (0, Group::default()),
            None => (0, self.founders.clone()),
        }
    }

    /// The trace names the configuration in force if it is another one, or if it has to.
    fn tell(&mut self, node: usize, has_to: bool) {
        let (index, group) = self.in_force(node);
        let index = index.max(self.members[node].begins);
        let told = (index, group.clone());
        if self.names_groups && (has_to || self.members[node].told != told) {
            self.members[node].told = told;
            let names = |nodes: Vec<usize>| nodes.into_iter().map(name).collect();
            let (voters, outgoing, learners) = (names(group.voters), names(group.outgoing), names(group.learners));
            self.script.say(&name(node), Kind::Configuration { index, voters, outgoing, learners });
        }
    }

    fn change(&mut self, leader: usize) {
        let (index, group) = self.in_force(leader);
        let member = &self.members[leader];
        let is_settled = member.commit >= index && member.commit > 0;
        if !self.names_groups || !is_settled || self.log(leader)[member.commit as usize - 1].0 != member.term {
            return;
        }
        let node = self.random.below(self.members.len());
        let mut new = Group { outgoing: Vec::new(), ..group.clone() };
        if !group.outgoing.is_empty() {
            new.learners = group.outgoing.into_iter().filter(|node| !group.voters.contains(node)).collect();
        } else if self.random.chance(50) {
            new.voters = (0..self.members.len()).filter(|_| self.random.chance(50)).collect();
            (new.outgoing, new.learners) = (group.voters, Vec::new());
        } else if self.random.chance(50) {
            new.learners = if group.votes(node) { Vec::new() } else { vec![node] };
        } else {
            // One voter more or less needs no joint configuration.
            new.voters.retain(|voter| *voter != node);
            new.learners.retain(|learner| *learner != node);
            if !group.voters.contains(&node) {
                new.voters.push(node);
            }
        }
        if !new.voters.is_empty() {
            self.append(leader, Some(new));
        }
    }
}

#[test]
fn correct_protocol_is_never_accused() {
    let mut total: BTreeMap<String, u64> = BTreeMap::new();
    for seed in 0..6_000 {
        let record = Simulation::run(seed, 50 + (seed as usize % 10) * 80).record();
        let result = check(&record);
        assert_eq!(result.verdict, Verdict::Valid, "seed {seed}: {result:#?}");
        for (name, count) in result.counts {
            *total.entry(name).or_default() += count;
        }
    }
    // The simulation must be worth something: elections, commits, conflicts, snapshots, changes.
    let least = [
        ("committed", 20_000),
        ("truncations", 2_000),
        ("leaders", 10_000),
        ("snapshots", 4_000),
        ("installs", 1_000),
        ("configurations", 5_000),
    ];
    for (name, least) in least {
        assert!(total[name] > least, "{name}: {total:?}");
    }
}

#[test]
#[ignore = "takes a minute"]
fn correct_protocol_is_never_accused_at_length() {
    for seed in 10_000..110_000 {
        let result = check(&Simulation::run(seed << 8, 400).record());
        assert_eq!(result.verdict, Verdict::Valid, "seed {seed}: {result:#?}");
    }
}
