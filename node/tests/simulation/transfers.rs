//! Leadership transfers in an undisturbed world.

use crate::{faults::Plan, world::World};
use ::node::raft::{Body, Message, NodeId, ProposeError, Role, Term, TransferError};
use bytes::Bytes;

/// A cluster that has run for a second, its leader, and another node.
fn settled(seed: u64) -> (World, NodeId, NodeId) {
    let mut world = World::new(seed, Plan::calm(5));
    for _ in 0..1_000 {
        world.tick().unwrap();
    }
    let leader = *world.history.leaders.last_key_value().unwrap().1;
    let other = world.ids().into_iter().find(|&id| id != leader).unwrap();
    (world, leader, other)
}

/// X1, X2, X10, X12: the target leads within a few round trips, with the whole log, and proposals are refused meanwhile.
#[test]
fn leadership_goes_to_the_target_once_it_has_the_log() {
    for seed in 0..20 {
        let (mut world, leader, target) = settled(seed);
        for _ in 0..50 {
            world.propose(leader).unwrap();
        }
        world.ask(leader).transfer(target).unwrap();
        assert_eq!(world.ask(leader).propose(Bytes::new()), Err(ProposeError::Transferring));
        world.run(290); // Small appends, four at a time, and a slow disk: but within an election timeout.
        assert_eq!(*world.history.leaders.last_key_value().unwrap().1, target, "seed {seed}");
        assert_eq!(world.ask(leader).status().leader, Some(target));
        assert!(world.ask(leader).transfer_target().is_none());
        world.propose(target).unwrap();
        world.run(50);
        assert!(world.history.committed.len() >= 53, "what the old leader took, and the new one's");
    }
}

/// X4, X5, X9: a transfer to itself is done, one to a stranger is refused, and so is a second one elsewhere.
#[test]
fn transfers_that_make_no_sense_are_refused() {
    let (mut world, leader, target) = settled(1);
    let third = world.ids().into_iter().find(|&id| id != leader && id != target).unwrap();
    assert_eq!(world.ask(leader).transfer(leader), Ok(()));
    assert_eq!(world.ask(leader).transfer_target(), None);
    assert_eq!(world.ask(leader).transfer(NodeId(9)), Err(TransferError::NoVoter(NodeId(9))));
    assert!(matches!(world.ask(target).transfer(third), Err(TransferError::NotLeader(_))));
    world.ask(leader).transfer(target).unwrap();
    assert_eq!(world.ask(leader).transfer(third), Err(TransferError::Pending(target)));
    assert_eq!(world.ask(leader).transfer(target), Ok(()));
}

/// X8: a dead target costs an election timeout, and the leader goes on.
#[test]
fn a_transfer_to_a_dead_node_is_given_up() {
    let (mut world, leader, target) = settled(2);
    world.crash(target);
    world.propose(leader).unwrap();
    world.ask(leader).transfer(target).unwrap();
    world.run(299);
    assert_eq!(world.ask(leader).transfer_target(), Some(target));
    world.run(2);
    assert_eq!(world.ask(leader).transfer_target(), None);
    let before = world.history.committed.len();
    world.propose(leader).unwrap();
    world.run(50);
    assert!(world.history.committed.len() > before, "it leads on");
}

/// X14: who was asked to stand in an earlier term, or by somebody who does not lead, does not.
#[test]
fn a_late_request_to_stand_does_nothing() {
    let (mut world, leader, target) = settled(3);
    let third = world.ids().into_iter().find(|&id| id != leader && id != target).unwrap();
    let term = world.ask(leader).status().term;
    for (from, term) in [(leader, Term(term.0 - 1)), (third, term)] {
        world.ask(target).step(Message { from, to: target, term, body: Body::TimeoutNow });
        assert_eq!(world.ask(target).status().role, Role::Follower);
    }
}
