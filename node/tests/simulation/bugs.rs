//! The net catches fish: each seeded bug that lives in the core, or can be acted out around it, is found by the checks that should
//! find it, within a bounded number of worlds. In the same worlds, nothing is found in a core without it.

use crate::{
    bugs_later::{IN_THE_SERVER, LATER_READS, MEMBERSHIP, SNAPSHOTS},
    checks::Check,
    faults::Plan,
    guarded, outcome,
    world::World,
};
use ::node::raft::{Bug, NodeId};

/// In how many worlds a bug is looked for.
const SEEDS: u64 = 400;

/// How a bug is found.
pub struct Hunt {
    pub bug: Bug,
    /// What the violation is of: part of what the check says.
    pub property: &'static str,
    /// A run of a world that is drawn from a seed, with these bugs.
    pub world: fn(u64, Vec<Bug>) -> Check,
}

const DURABILITY: &[Hunt] = &[
    Hunt { bug: Bug::VoteNotPersisted, property: "of its vote", world: rough },
    Hunt { bug: Bug::ForgetTerm, property: "of its vote", world: rough },
    Hunt { bug: Bug::AckBeforeFsync, property: "of its vote", world: rough },
    Hunt { bug: Bug::LeaderAckEarly, property: "Leader Completeness", world: consequences },
    Hunt { bug: Bug::ReplyBeforeIo, property: "Leader Completeness", world: consequences },
    Hunt { bug: Bug::SelfVoteEarly, property: "Election Safety", world: consequences },
    Hunt { bug: Bug::ResumeSameTerm, property: "Log Matching", world: consequences },
    Hunt { bug: Bug::ReuseIndex, property: "Leader Append-Only", world: consequences },
    Hunt { bug: Bug::AdmitWiped, property: "Leader Completeness", world: wiped },
];

const REPLICATION: &[Hunt] = &[
    Hunt { bug: Bug::AckBeforeQuorum, property: "not on the disks of a quorum", world: rough },
    Hunt { bug: Bug::CommitOlderTerm, property: "section 5.4.2", world: rough },
    Hunt { bug: Bug::TruncateAlways, property: "which is committed", world: rough },
    Hunt { bug: Bug::CommitOwnTail, property: "State Machine Safety", world: consequences },
    Hunt { bug: Bug::StaleMatch, property: "not on the disks of a quorum", world: slow },
    Hunt { bug: Bug::AckAfterRevert, property: "acknowledges", world: reverted },
    Hunt { bug: Bug::CommitOnNack, property: "Match", world: slow },
    Hunt { bug: Bug::AckOwnLast, property: "Match", world: slow },
    Hunt { bug: Bug::HalfQuorum, property: "not on the disks of a quorum", world: even },
    Hunt { bug: Bug::AcceptPrevZero, property: "Log Matching", world: compacted },
];

const ELECTIONS: &[Hunt] = &[
    Hunt { bug: Bug::VoteTwice, property: "One Vote per Term", world: rough },
    Hunt { bug: Bug::SkipLogCheck, property: "Leader Completeness", world: rough },
    Hunt { bug: Bug::CountLateVotes, property: "without a quorum", world: slow },
    Hunt { bug: Bug::PlainElections, property: "no leader lasts", world: ring },
    Hunt { bug: Bug::NoPreVote, property: "no leader lasts", world: coming_and_going },
    Hunt { bug: Bug::NoQuorumCheck, property: "no progress", world: deaf_leader },
    Hunt { bug: Bug::LearnerStands, property: "Voters Lead", world: changing },
];

const READS: &[Hunt] = &[Hunt { bug: Bug::StaleRead, property: "stale read", world: rough }];

/// Found elsewhere: in the log on disk.
const ELSEWHERE: &[Bug] = &[Bug::RetryFsync, Bug::TruncateAtDamage, Bug::NoDirectorySync];

/// Faults of all kinds among five nodes.
pub fn rough(seed: u64, bugs: Vec<Bug>) -> Check {
    outcome(seed, &Plan { bugs, ..Plan::rough(5) })
}

/// The same among three, where only what comes of a mistake is seen.
fn consequences(seed: u64, bugs: Vec<Bug>) -> Check {
    outcome(seed, &Plan { bugs, has_rules: false, ..Plan::rough(3) })
}

/// An even number of nodes.
fn even(seed: u64, bugs: Vec<Bug>) -> Check {
    outcome(seed, &Plan { bugs, ..Plan::rough(4) })
}

/// Slow disks and late messages.
fn slow(seed: u64, bugs: Vec<Bug>) -> Check {
    outcome(seed, &Plan { bugs, ..Plan::slow(3 + seed % 2 * 2) })
}

/// Logs that begin after a snapshot.
fn compacted(seed: u64, bugs: Vec<Bug>) -> Check {
    outcome(seed, &Plan { bugs, snapshots: 0.02, log_bytes_kept: 0, ..Plan::slow(5) })
}

/// Members that come and go.
fn changing(seed: u64, bugs: Vec<Bug>) -> Check {
    outcome(seed, &Plan { bugs, changes: 0.05, ..Plan::slow(3) })
}

/// A cluster that has run for a second, and its leader.
fn settled(seed: u64, size: u64, bugs: Vec<Bug>) -> (World, NodeId) {
    let mut world = World::new(seed, Plan { bugs, ..Plan::calm(size) });
    world.run(1_000);
    let leader = *world.history.leaders.last_key_value().expect("there is a leader").1;
    (world, leader)
}

/// A follower loses its disk after what only the leader and it have was committed, and before anybody else has it.
fn wiped(seed: u64, bugs: Vec<Bug>) -> Check {
    let (mut world, leader) = settled(seed, 3, bugs);
    let [one, other] = world.ids().into_iter().filter(|&id| id != leader).collect::<Vec<_>>()[..] else {
        unreachable!()
    };
    part(&mut world, other, &[leader, one]);
    world.propose(leader).expect("it leads");
    world.run(100);
    world.wipe(one);
    world.crash(leader);
    world.start(one);
    world.cut.clear();
    work(&mut world, 2_000)?;
    world.start(leader);
    goes_on(&mut world)
}

/// A follower's disk takes long over what only a leader and it have. Meanwhile another leader, whose disk is quick, has it cut.
fn reverted(seed: u64, bugs: Vec<Bug>) -> Check {
    let (mut world, leader) = settled(seed, 5, bugs);
    let others: Vec<NodeId> = world.ids().into_iter().filter(|&id| id != leader).collect();
    part(&mut world, leader, &others[1..]);
    world.node(others[0]).disk_delay = 3_000;
    world.propose(leader).expect("it leads");
    world.run(20);
    part(&mut world, leader, &others[..1]);
    work(&mut world, 3_000)?;
    world.node(others[0]).disk_delay = 12;
    world.cut.clear();
    goes_on(&mut world)
}

/// Everybody reaches two others: a majority, but for each node another one.
fn ring(seed: u64, bugs: Vec<Bug>) -> Check {
    let (mut world, _) = settled(seed, 5, bugs);
    let ids = world.ids();
    for position in 0..5 {
        part(&mut world, ids[position], &[ids[(position + 2) % 5]]);
    }
    is_stable(&mut world, |world| work(world, 20 * TIMEOUT))
}

/// A follower is cut off for a while, again and again.
fn coming_and_going(seed: u64, bugs: Vec<Bug>) -> Check {
    let (mut world, leader) = settled(seed, 5, bugs);
    let ids = world.ids();
    let one = ids.iter().copied().find(|&id| id != leader).expect("there are five");
    is_stable(&mut world, |world| {
        (0..10).try_fold(0, |sum, _| {
            part(world, one, &ids);
            let cut_off = work(world, 2 * TIMEOUT)?;
            world.cut.clear();
            Ok(sum + cut_off + work(world, 2 * TIMEOUT)?)
        })
    })
}

/// A leader that can send and not hear.
fn deaf_leader(seed: u64, bugs: Vec<Bug>) -> Check {
    let (mut world, leader) = settled(seed, 5, bugs);
    world.cut = world.ids().into_iter().map(|peer| (peer, leader)).collect();
    goes_on(&mut world)
}

/// The longest election timeout.
const TIMEOUT: u64 = 300;

/// Cuts all links between a node and others.
fn part(world: &mut World, one: NodeId, others: &[NodeId]) {
    world.cut.extend(others.iter().flat_map(|&other| [(one, other), (other, one)]));
}

/// Everybody is asked to take commands; how many entries are committed meanwhile.
fn work(world: &mut World, ticks: u64) -> Result<u64, String> {
    let before = world.history.end().0;
    for _ in 0..ticks {
        for id in world.ids() {
            world.propose(id);
        }
        world.tick()?;
    }
    Ok(world.history.end().0 - before)
}

/// A majority that can work does, sooner or later.
fn goes_on(world: &mut World) -> Check {
    work(world, 10 * TIMEOUT)?;
    match work(world, 10 * TIMEOUT)? {
        0 => Err("no progress for ten election timeouts".to_owned()),
        _ => Ok(()),
    }
}

/// A majority that hears its leader keeps it.
fn is_stable(world: &mut World, run: impl FnOnce(&mut World) -> Result<u64, String>) -> Check {
    let before = world.history.leaders.len();
    run(world)?;
    match world.history.leaders.len() - before {
        0..=3 => Ok(()),
        count => Err(format!("no leader lasts: there were {count}")),
    }
}

/// Looks for each bug, and passes over worlds in which something else breaks first.
pub fn assert_all_found(hunts: &[Hunt]) {
    let mut missed = Vec::new();
    for &Hunt { bug, property, world } in hunts {
        let violation = |seed| guarded(|| world(seed, vec![bug])).err().filter(|said| said.contains(property));
        let Some((seed, said)) = (0..SEEDS).find_map(|seed| Some((seed, violation(seed)?))) else {
            missed.push(bug.name());
            continue;
        };
        println!("{:20} seed {seed:3}: {said}", bug.name());
        for seed in 0..=seed {
            assert_eq!(guarded(|| world(seed, Vec::new())), Ok(()), "{}, seed {seed}, without the bug", bug.name());
        }
    }
    assert_eq!(missed, Vec::<&str>::new(), "they stay unnoticed");
}

#[test]
fn bugs_of_durability_are_found() {
    assert_all_found(DURABILITY);
}

#[test]
fn bugs_of_replication_are_found() {
    assert_all_found(REPLICATION);
}

#[test]
fn bugs_of_elections_are_found() {
    assert_all_found(ELECTIONS);
}

#[test]
fn bugs_of_reads_are_found() {
    assert_all_found(READS);
}

#[test]
fn every_bug_is_looked_for() {
    let hunts = [DURABILITY, REPLICATION, ELECTIONS, READS, MEMBERSHIP, SNAPSHOTS, LATER_READS].into_iter().flatten();
    let found: Vec<Bug> =
        hunts.map(|hunt| hunt.bug).chain([ELSEWHERE, IN_THE_SERVER].into_iter().flatten().copied()).collect();
    for bug in Bug::ALL {
        assert!(found.contains(bug), "nobody looks for {}", bug.name());
    }
}
