//! The net catches fish, continued: bugs of membership, snapshots and reads. Where no world that is drawn at random shows one soon, it is
//! led to the place.

use crate::{
    bugs::{Hunt, assert_all_found, rough},
    checks::Check,
    faults::Plan,
    node::Job,
    outcome,
    world::World,
};
use ::node::raft::{Bug, NodeId, Role};

pub const MEMBERSHIP: &[Hunt] = &[
    Hunt { bug: Bug::ChangeTooEarly, property: "Leader Completeness", world: two_changes_by_two_leaders },
    Hunt { bug: Bug::JointUnion, property: "without a quorum of", world: changing },
    Hunt { bug: Bug::KeepTruncatedConfiguration, property: "in force, not", world: changing },
    Hunt { bug: Bug::SnapshotWithoutConfiguration, property: "in force, not", world: changing },
];

pub const SNAPSHOTS: &[Hunt] = &[
    Hunt { bug: Bug::SnapshotKeepsConflict, property: "State Machine Safety", world: compacting },
    Hunt { bug: Bug::SnapshotDropsTail, property: "which is committed", world: restored_too_late },
    Hunt { bug: Bug::SkipBehindSnapshot, property: "behind", world: compacting },
];

pub const LATER_READS: &[Hunt] = &[
    Hunt { bug: Bug::ReadBeforeNoop, property: "stale read", world: rough },
    Hunt { bug: Bug::ReadAnswerReused, property: "stale read", world: late_answers },
    Hunt { bug: Bug::ReadQuorumOffByOne, property: "stale read", world: two_of_five },
    Hunt { bug: Bug::LeaseByTicks, property: "stale read", world: paused_with_a_lease },
    Hunt { bug: Bug::LeaseOutlivesTransfer, property: "stale read", world: transferred_with_a_lease },
];

/// Found by what clients are promised: `src/server/promises.rs`.
pub const IN_THE_SERVER: &[Bug] =
    &[Bug::SnapshotWithoutReplies, Bug::NoDeduplication, Bug::UnknownIsFailure, Bug::WrongWaiter];

/// Members come and go.
fn changing(seed: u64, bugs: Vec<Bug>) -> Check {
    let plan = Plan { changes: 0.1, snapshots: 0.01, log_bytes_kept: 0, faults: 0.05, ..Plan::rough(4) };
    outcome(seed, &Plan { bugs, ..plan })
}

/// Logs are short, and who was away for a moment needs a snapshot.
fn compacting(seed: u64, bugs: Vec<Bug>) -> Check {
    outcome(seed, &Plan { bugs, snapshots: 0.05, log_bytes_kept: 0, slowest: 600, faults: 0.05, ..Plan::rough(5) })
}

/// A follower gets a snapshot, and takes long to restore it. Meanwhile it gets the entries that the snapshot holds, and some behind it:
/// their messages were late.
fn restored_too_late(seed: u64, bugs: Vec<Bug>) -> Check {
    let mut world = World::new(seed, Plan { bugs, log_bytes_kept: 0, ..Plan::calm(3) });
    world.advance(1_000)?;
    let leader = world.newest_leader();
    let slow = world.others(&[leader])[0];
    let before = world.commit(leader);
    for _ in 0..10 {
        world.propose(leader).expect("it leads");
    }
    world.advance(1)?;
    let late = world.intercept(slow);
    world.part(&[leader], &[slow]);
    while world.nodes[&leader].applied.last.index == before {
        world.advance(1)?;
    }
    world.take_snapshot(leader)?;
    world.advance(200)?;
    world.cut.clear();
    while !world.nodes[&slow].jobs.values().any(|job| matches!(job, Job::Whole { .. })) {
        world.advance(1)?;
    }
    world.delay_jobs(slow, u64::MAX);
    world.part(&[leader], &[slow]);
    world.node(slow).inbox.extend(late);
    world.advance(50)?;
    world.delay_jobs(slow, world.now);
    world.advance(5)?;
    world.recover()
}

/// A leader that is cut off with a fifth node makes it a voter. The next leader, which a third node elected that does not hear from it,
/// removes the first one at once; and then the third meets the first and the fifth (Ongaro on raft-dev, 2015).
fn two_changes_by_two_leaders(seed: u64, bugs: Vec<Bug>) -> Check {
    let mut world = World::new(seed, Plan { bugs, ..Plan::calm(4) });
    world.advance(1_000)?;
    let (first, fifth) = (world.newest_leader(), NodeId(5));
    let others = world.others(&[first]);
    world.add(fifth, false);
    let target = world.ask(first).configuration().with_learner(fifth, "fifth.example".to_owned());
    world.ask(first).change(&target).expect("it has committed an entry of its own");
    world.advance(200)?;
    world.part(&[first, fifth], &others);
    let target = world.ask(first).configuration().promoted(fifth);
    world.ask(first).change(&target).expect("it has caught up");
    // Whoever stands among the others, and who votes for it.
    let (second, third) = loop {
        world.advance(1)?;
        let status = |id: NodeId| world.nodes[&id].raft.as_ref().expect("nobody crashes").status();
        let Some(second) = others.iter().copied().find(|&id| status(id).role == Role::Candidate) else { continue };
        let follows = |id: NodeId| id != second && status(id).term == status(second).term;
        if let Some(third) = others.iter().copied().find(|&id| follows(id)) {
            break (second, third);
        }
    };
    world.cut.push((second, third));
    while world.newest_leader() == first {
        world.advance(1)?;
    }
    let target = world.ask(second).configuration().without(first);
    let _ = world.ask(second).change(&target);
    world.advance(200)?;
    world.cut.clear();
    world.part(&[first, third, fifth], &world.others(&[first, third, fifth]));
    world.advance(3_000)?;
    world.recover()
}

/// Many messages come late, or never.
fn late_answers(seed: u64, bugs: Vec<Bug>) -> Check {
    let mut world = World::new(seed, Plan { bugs, slowest: 600, ..Plan::calm(3) });
    world.loss = 0.2;
    for _ in 0..3_000 {
        world.disturb()?;
        world.tick()?;
    }
    world.recover()
}

/// Everybody is asked to write, and this node to read.
fn work_on(world: &mut World, reader: NodeId, ticks: u64) -> Check {
    for _ in 0..ticks {
        for id in world.ids() {
            world.propose(id);
        }
        world.read(reader);
        world.tick()?;
    }
    Ok(())
}

/// A leader is cut off with one follower of four.
fn two_of_five(seed: u64, bugs: Vec<Bug>) -> Check {
    let mut world = World::new(seed, Plan { bugs, ..Plan::calm(5) });
    world.advance(1_000)?;
    let leader = world.newest_leader();
    let others = world.others(&[leader]);
    world.part(&[leader, others[0]], &others[1..]);
    work_on(&mut world, leader, 1_000)?;
    world.recover()
}

/// A world of leases, and its leader.
fn leased(seed: u64, bugs: Vec<Bug>) -> Result<(World, NodeId), String> {
    let plan = Plan { bugs, drift: 0, faults: 0.0, transfers: 0.0, ..Plan::leased(3) };
    let mut world = World::new(seed, plan);
    world.advance(3_000)?;
    let leader = world.newest_leader();
    Ok((world, leader))
}

/// A leader that answers by its lease is cut off and stopped, for so long that there is another one.
fn paused_with_a_lease(seed: u64, bugs: Vec<Bug>) -> Check {
    let (mut world, leader) = leased(seed, bugs)?;
    world.part(&[leader], &world.others(&[leader]));
    world.node(leader).paused_until = world.now + 2_000;
    work_on(&mut world, leader, 3_000)?;
    world.recover()
}

/// A leader that answers by its lease gives its leadership away, and does not hear that it was taken.
fn transferred_with_a_lease(seed: u64, bugs: Vec<Bug>) -> Check {
    let (mut world, leader) = leased(seed, bugs)?;
    let target = world.others(&[leader])[0];
    world.ask(leader).transfer(target).expect("it votes");
    while world.ask(target).role() == Role::Follower {
        world.advance(1)?;
    }
    world.part(&[leader], &world.others(&[leader]));
    work_on(&mut world, leader, 1_500)?;
    world.recover()
}

#[test]
fn bugs_of_membership_are_found() {
    assert_all_found(MEMBERSHIP);
}

#[test]
fn bugs_of_snapshots_are_found() {
    assert_all_found(SNAPSHOTS);
}

#[test]
fn later_bugs_of_reads_are_found() {
    assert_all_found(LATER_READS);
}
