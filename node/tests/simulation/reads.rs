//! Reads that must not be stale.

use crate::{checks::Check, faults::Plan, world::World};
use ::node::raft::{
    Body, Config, Entry, EntryId, LogIndex, Message, NodeId, Payload, Raft, ReadMode, Ready, Start, Term, Ticks,
};

/// A leader is cut off, and goes on answering reads while its lease holds, as others elect another one and write. Its clock makes
/// `rate` ticks in the time in which the others make a thousand.
fn read_from_a_leader_of_the_past(seed: u64, rate: u64) -> Check {
    let mut world = World::new(seed, Plan { drift: 0, faults: 0.0, transfers: 0.0, ..Plan::leased(5) });
    let old = NodeId(1);
    world.node(old).rate = rate;
    world.run(3_000);
    for leader in world.leaders() {
        world.ask(leader).transfer(old).expect("it votes");
    }
    world.run(1_000);
    assert_eq!(world.leaders(), [old]);
    for other in world.ids() {
        world.cut.extend([(old, other), (other, old)]);
    }
    for _ in 0..3_000 {
        for id in world.ids() {
            world.propose(id);
        }
        world.read(old);
        world.tick()?;
    }
    assert_ne!(world.history.leaders.last_key_value().map(|(_, leader)| *leader), Some(old), "there is another leader");
    Ok(())
}

/// A lease rests on clocks: where they run about as fast as each other, all reads are right, and where one lies, they are not.
#[test]
fn only_a_clock_that_lies_makes_stale_reads() {
    for rate in [930, 1000, 1070] {
        (0..10).for_each(|seed| read_from_a_leader_of_the_past(seed, rate).unwrap());
    }
    let found = (0..10).find_map(|seed| read_from_a_leader_of_the_past(seed, 500).err());
    let violation = found.expect("a stale read");
    assert!(violation.starts_with("stale read"), "{violation}");
}

/// A node of three by itself, which hears its leader, n1, at tick 1000.
fn follower(reads: ReadMode) -> Raft {
    let mut config = Config::new(NodeId(2), (1..=3).map(NodeId));
    config.reads = reads;
    let mut follower = Raft::new(config, Start::default(), Ticks(0));
    follower.tick(Ticks(1_000));
    tell(&mut follower, 1, 1, append(0));
    follower
}

/// An append of the first entry, which says how much is committed.
fn append(commit: u64) -> Body {
    let id = EntryId { term: Term(1), index: LogIndex(1) };
    let entries = vec![Entry { id, payload: Payload::Noop }];
    Body::Append { prev: EntryId::default(), entries, commit: LogIndex(commit), round: 0 }
}

/// Gives a node a message; what it writes is durable at once.
fn tell(raft: &mut Raft, from: u64, term: u64, body: Body) -> Vec<Ready> {
    raft.step(Message { from: NodeId(from), to: NodeId(2), term: Term(term), body });
    let mut done = Vec::new();
    while let Some(ready) = raft.ready() {
        if let Some(write) = &ready.write {
            raft.persisted(write.number);
        }
        done.push(ready);
    }
    done
}

/// A leader may count on it that who answered it votes for nobody else for an election timeout. That holds in a later term too, of
/// which anybody may tell: a candidate of that term could have stood before the leader was heard.
#[test]
fn a_promise_to_a_leader_outlives_its_term() {
    for (reads, at, is_granted) in
        [(ReadMode::Lease, 1_149, false), (ReadMode::Lease, 1_150, true), (ReadMode::Index, 1_001, true)]
    {
        let mut follower = follower(reads);
        tell(&mut follower, 3, 2, Body::PreVoteResponse { next: Term(1), granted: false });
        assert_eq!(follower.term(), Term(2));
        follower.tick(Ticks(at));
        let last = EntryId { term: Term(1), index: LogIndex(1) };
        let done = tell(&mut follower, 3, 2, Body::Vote { last, by_transfer: false });
        let mut messages = done.iter().flat_map(|ready| &ready.messages);
        let vote = Body::VoteResponse { granted: true };
        assert_eq!(messages.any(|message| message.body == vote), is_granted, "{reads:?} at {at}");
    }
}

/// The leader answered a question of the node's life before, and the answer comes when it has asked again.
#[test]
fn an_answer_to_a_question_from_before_a_restart_does_not_count() {
    let ask = |seed| {
        let mut config = Config::new(NodeId(2), (1..=3).map(NodeId));
        config.seed = seed;
        let mut follower = Raft::new(config, Start::default(), Ticks(0));
        tell(&mut follower, 1, 1, append(1));
        follower.read_index_anywhere(7).unwrap();
        let question = follower.ready().unwrap().messages.pop().unwrap().body;
        let Body::ReadIndex { number } = question else { panic!("a question, and not {question:?}") };
        (follower, number)
    };
    let ((_, earlier), (mut follower, number)) = (ask(1), ask(2));
    let is_answered = |follower: &mut Raft, number| {
        let answer = Body::ReadIndexResponse { number, index: Some(LogIndex(1)) };
        tell(follower, 1, 1, answer).iter().any(|ready| !ready.reads.is_empty())
    };
    assert!(!is_answered(&mut follower, earlier));
    assert!(is_answered(&mut follower, number));
}

/// A node that was restarted does not know what it has promised.
#[test]
fn who_was_restarted_is_bound_as_if_it_had_just_heard_a_leader() {
    for (reads, at, is_granted) in
        [(ReadMode::Lease, 149, false), (ReadMode::Lease, 150, true), (ReadMode::Index, 0, true)]
    {
        let mut config = Config::new(NodeId(2), (1..=3).map(NodeId));
        config.reads = reads;
        let mut node = Raft::new(config, Start::default(), Ticks(0));
        node.tick(Ticks(at));
        let done = tell(&mut node, 3, 1, Body::Vote { last: EntryId::default(), by_transfer: false });
        let mut messages = done.iter().flat_map(|ready| &ready.messages);
        let vote = Body::VoteResponse { granted: true };
        assert_eq!(messages.any(|message| message.body == vote), is_granted, "{reads:?} at {at}");
    }
}

/// Whoever was told to stand may do so at any later time: from then on, the leader that told it asks a quorum about each read.
#[test]
fn a_lease_ends_with_a_transfer_even_if_that_fails() {
    for is_transferred in [false, true] {
        let mut world = World::new(1, Plan { drift: 0, faults: 0.0, transfers: 0.0, ..Plan::leased(5) });
        world.run(3_000);
        let leader = world.leaders()[0];
        let target = world.ids().into_iter().find(|&id| id != leader).unwrap();
        world.crash(target);
        if is_transferred {
            world.ask(leader).transfer(target).unwrap();
        }
        world.run(2_000);
        assert_eq!((world.leaders(), world.ask(leader).transfer_target()), (vec![leader], None));
        for other in world.ids() {
            world.cut.extend([(leader, other), (other, leader)]);
        }
        world.read(leader);
        world.run(1);
        assert_eq!(world.nodes[&leader].reads.len(), usize::from(is_transferred), "reads that wait");
    }
}
