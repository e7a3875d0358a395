//! Changes of the membership in an undisturbed world.

use crate::{faults::Plan, world::World};
use ::node::raft::{Configuration, NodeId, Role};

/// A world of `founders` and one learner more, all of whom have all that the leader has, and the leader.
fn with_learner(founders: u64, learner: NodeId) -> (World, NodeId) {
    let mut world = World::new(1, Plan::calm(founders));
    world.run(1_000);
    let leader = *world.history.leaders.last_key_value().unwrap().1;
    world.add(learner, false);
    let target = world.ask(leader).configuration().with_learner(learner, "somewhere".to_owned());
    world.ask(leader).change(&target).unwrap();
    world.run(200);
    assert_eq!(world.commit(learner), world.commit(leader));
    (world, leader)
}

/// The only new voter has the joint configuration, and the only old one, which has gone on to the new one, does not lead any more:
/// the first needs a vote that the second must refuse. So the second has to stand, although it has no vote by its own log.
#[test]
fn who_has_no_vote_by_an_uncommitted_configuration_may_be_needed_as_leader() {
    let (old, new) = (NodeId(1), NodeId(2));
    let (mut world, _) = with_learner(1, new);
    let joint = world.ask(old).change(&Configuration::of([new])).unwrap();
    while !world.nodes[&new].disk.holds(joint) {
        world.run(1);
    }
    world.cut.push((old, new));
    while world.ask(old).role() == Role::Leader {
        world.run(1);
    }
    assert!(!world.ask(old).configuration().is_voter(old), "it has gone on to the new configuration");
    assert!(world.ask(new).configuration().is_joint(), "and nobody else has");
    world.cut.clear();
    world.run(3_000);
    assert_eq!(world.ask(new).role(), Role::Leader);
    assert_eq!(*world.ask(new).configuration(), Configuration::of([new]));
}
