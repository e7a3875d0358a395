//! What clients are promised, whatever becomes of the leader: a command that is sent twice happens once, what is said not to have
//! happened never does, and a reply is that of one's own command. And that each mistake that breaks one of these is seen.

use super::driver::{Answer, Handle, Input, tests::start_on};
use crate::{
    kv::{Change, Command, Query, Reply, Work},
    raft::{Body, Bugs, Config, Entry, EntryId, Incarnation, LogIndex, Message, NodeId, Payload, Role, Status, Term},
    storage::{self, Layout, SimDisk},
};
use std::path::Path;

async fn status(handle: &Handle) -> Status {
    handle.ask(Input::Status).await.await.unwrap().raft
}

/// Waits for something to be true of a node's core.
async fn until(handle: &Handle, is_so: impl Fn(&Status) -> bool) {
    while !is_so(&status(handle).await) {
        tokio::task::yield_now().await;
    }
}

fn increment(by: i64) -> Work {
    Work::Change(Change::IncrBy { key: "n".into(), by })
}

/// What the node has applied, without asking anybody.
async fn counted(handle: &Handle) -> Reply {
    let read = |answer| Input::StaleRead(Query::Get { key: "n".into() }, answer);
    match handle.ask(read).await.await.unwrap() {
        Answer::Reply(reply) => reply,
        other => panic!("{other:?}"),
    }
}

/// A cluster of one node.
async fn alone(disk: &SimDisk, bugs: Bugs, snapshot_bytes: u64) -> Handle {
    let config = Config { election_timeout: (1, 2), heartbeat: 1, bugs, ..Config::new(NodeId(1), [NodeId(1)]) };
    let handle = start_on(disk, config, snapshot_bytes, None);
    until(&handle, |status| status.role == Role::Leader && status.commit == status.last.index).await;
    handle
}

async fn write(handle: &Handle, command: Command) -> Reply {
    match handle.ask(|answer| Input::Write(command, answer)).await.await.unwrap() {
        Answer::Reply(reply) => reply,
        other => panic!("{other:?}"),
    }
}

/// The snapshot that a node would begin with if it were started now. The core counts one as soon as it is durable; for the next
/// start it counts only once the log begins after it, and until then the entries are executed again.
fn found_snapshot(disk: &SimDisk) -> Option<EntryId> {
    let found = disk.kill_copy();
    let disks = || Box::new(found.clone());
    let (_, _, recovered) = storage::open(disks(), disks(), Path::new("data"), Layout::default()).unwrap();
    recovered.snapshot
}

/// A client increments, and does not hear the answer; sends the same again, and hears this. In between the node may be started anew,
/// from a snapshot. What the second answer was, and what became of the number.
async fn incremented_twice(bugs: Bugs, is_restarted: bool) -> (Reply, Reply) {
    let disk = SimDisk::new();
    let mut node = alone(&disk, bugs, if is_restarted { 1 } else { u64::MAX }).await;
    let Reply::Integer(session) = write(&node, Command::OpenSession).await else { panic!("a session") };
    let command = Command::InSession { session: session as u64, sequence: 1, work: increment(1) };
    assert_eq!(write(&node, command.clone()).await, Reply::Integer(1));
    if is_restarted {
        let last = status(&node).await.last;
        while found_snapshot(&disk) != Some(last) {
            tokio::task::yield_now().await;
        }
        node = alone(&disk.kill(), bugs, u64::MAX).await;
    }
    (write(&node, command).await, counted(&node).await)
}

/// A node of three, and what the others tell it, who are the test.
struct Trio {
    node: Handle,
    inputs: tokio::sync::mpsc::Sender<Input>,
}

impl Trio {
    async fn tell(&self, term: u64, body: Body) {
        let message = Message { from: NodeId(2), to: NodeId(1), term: Term(term), body };
        self.inputs.send(Input::Message(message, Incarnation(9))).await.unwrap();
    }

    async fn append(&self, term: u64, prev: EntryId, entries: Vec<Entry>, commit: u64) {
        self.tell(term, Body::Append { prev, entries, commit: LogIndex(commit), round: 0 }).await;
    }
}

fn id(index: u64, term: u64) -> EntryId {
    EntryId { term: Term(term), index: LogIndex(index) }
}

/// The node leads term 2, and takes an increment by 10 as entry 2. Then n2 leads term 3, with another entry 2 or with this one, and
/// commits it. What the client is told, and what becomes of the number.
async fn leader_replaced(bugs: Bugs, is_overwritten: bool) -> (Answer, Reply) {
    let config = Config { election_timeout: (60_000, 90_000), bugs, ..Config::new(NodeId(1), (1..=3).map(NodeId)) };
    let node = start_on(&SimDisk::new(), config, u64::MAX, None);
    let trio = Trio { inputs: node.inputs(), node };
    // The leader of term 1 wants it to lead.
    trio.append(1, EntryId::default(), Vec::new(), 0).await;
    trio.tell(1, Body::TimeoutNow).await;
    trio.tell(2, Body::VoteResponse { granted: true }).await;
    until(&trio.node, |status| status.role == Role::Leader).await;

    let command = Command::Work(increment(10));
    let answer = trio.node.ask(|answer| Input::Write(command, answer)).await;
    until(&trio.node, |status| status.last.index == LogIndex(2)).await;
    let (prev, entries) = if is_overwritten {
        let other = Payload::Command(Command::Work(increment(1)).encode());
        (id(1, 2), vec![Entry { id: id(2, 3), payload: other }])
    } else {
        (id(2, 2), vec![Entry { id: id(3, 3), payload: Payload::Noop }])
    };
    let end = entries[0].id;
    trio.append(3, prev, entries, 1).await;
    until(&trio.node, |status| status.role == Role::Follower && status.last == end).await;
    trio.append(3, end, Vec::new(), end.index.0).await;
    until(&trio.node, |status| status.commit == end.index).await;
    (answer.await.unwrap(), counted(&trio.node).await)
}

fn number(number: &'static str) -> Reply {
    Reply::Bulk(number.into())
}

#[tokio::test]
async fn command_that_is_sent_again_is_executed_once_also_by_a_node_that_was_restored() {
    for is_restarted in [false, true] {
        assert_eq!(incremented_twice(Bugs::default(), is_restarted).await, (Reply::Integer(1), number("1")));
    }
}

#[tokio::test]
async fn who_lost_its_leader_is_told_that_the_outcome_is_unknown() {
    assert_eq!(leader_replaced(Bugs::default(), false).await, (Answer::Unknown, number("10")));
    assert_eq!(leader_replaced(Bugs::default(), true).await, (Answer::Unknown, number("1")));
}

#[cfg(feature = "seeded-bugs")]
mod broken {
    use super::*;
    use crate::raft::Bug;

    #[tokio::test]
    async fn without_deduplication_it_is_executed_twice() {
        let outcome = incremented_twice(Bugs::from_iter([Bug::NoDeduplication]), false).await;
        assert_eq!(outcome, (Reply::Integer(2), number("2")));
    }

    #[tokio::test]
    async fn without_replies_in_the_snapshot_it_is_executed_twice() {
        let bugs = Bugs::from_iter([Bug::SnapshotWithoutReplies]);
        assert_eq!(incremented_twice(bugs, false).await, (Reply::Integer(1), number("1")), "without a snapshot");
        assert_eq!(incremented_twice(bugs, true).await, (Reply::Integer(2), number("2")));
    }

    #[tokio::test]
    async fn what_was_said_to_have_failed_happened() {
        let outcome = leader_replaced(Bugs::from_iter([Bug::UnknownIsFailure]), false).await;
        assert_eq!(outcome, (Answer::NotLeader(None), number("10")));
    }

    #[tokio::test]
    async fn who_waits_for_a_place_gets_the_reply_to_what_stands_there() {
        let outcome = leader_replaced(Bugs::from_iter([Bug::WrongWaiter]), true).await;
        assert_eq!(outcome, (Answer::Reply(Reply::Integer(1)), number("1")));
    }
}
