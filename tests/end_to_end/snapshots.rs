//! Snapshots of nodes that are really killed: they are taken, sent to those that were away, and started from.

use super::{
    alone,
    nodes::{Client, Node, Reply, ask_leader, assert_safe, eventually, leader},
};

/// More than a leader keeps of the log that is in its snapshot.
const MUCH: usize = 4 << 20;
const VALUE: usize = 64 << 10;

/// Writes values under a few keys, so that the log is long and the state is not.
fn write_much(node: &Node) {
    let mut client = Client::connect(node.client).expect("the leader is there");
    let value = "v".repeat(VALUE);
    for number in 0..MUCH / VALUE {
        assert_eq!(client.ask(&["SET", &format!("k{}", number % 8), &value]), Some(Reply::text("OK")));
    }
}

fn start(nodes: &mut [Node]) {
    nodes.iter_mut().for_each(Node::start);
}

fn has_caught_up(node: &Node, other: &Node) -> bool {
    let applied = other.number("applied");
    applied > 0 && node.number("applied") >= applied
}

fn trace(node: &Node) -> String {
    std::fs::read_to_string(node.trace()).unwrap()
}

#[test]
fn a_node_that_was_away_gets_a_snapshot_and_all_start_from_theirs() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let mut nodes = Node::founders(3, folder.path(), "--snapshot-bytes 64KiB");
    start(&mut nodes);
    let Reply::Integer(session) = ask_leader(&nodes, &["RAFT", "SESSION", "NEW"]) else { panic!("a session") };
    let session = session.to_string();
    let increment = ["RAFT", "SESSION", &session, "1", "INCR", "n"];
    assert_eq!(ask_leader(&nodes, &increment), Reply::Integer(1));

    let leading = leader(&nodes).name.clone();
    let away = nodes.iter().position(|node| node.name != leading).unwrap();
    let had = nodes[away].number("last");
    nodes[away].kill();
    write_much(leader(&nodes));
    assert!(leader(&nodes).number("snapshot") > had, "snapshots were taken");

    nodes[away].start();
    eventually("the node that was away catches up", || has_caught_up(&nodes[away], leader(&nodes)).then_some(()));
    assert!(nodes[away].number("snapshot") > had, "the entries were gone: it got a snapshot");
    let installed = trace(&nodes[away]).lines().filter(|line| line.contains(r#""e":"install""#)).count();
    assert!(installed > 0, "{}", nodes[away].log());

    // Everybody starts again, from snapshots of which only the newest is kept.
    nodes.iter_mut().for_each(Node::kill);
    start(&mut nodes);
    assert_eq!(ask_leader(&nodes, &["STRLEN", "k7"]), Reply::Integer(VALUE as i64));
    assert_eq!(ask_leader(&nodes, &["DBSIZE"]), Reply::Integer(9));
    assert_eq!(
        ask_leader(&nodes, &increment),
        Reply::Integer(1),
        "the session is in the snapshot: it is not done twice"
    );
    for node in &nodes {
        assert!(node.number("snapshot") > had, "{}", node.name);
        eventually("only the newest snapshot is kept", || {
            let files = std::fs::read_dir(node.data()).unwrap().map(|entry| entry.unwrap().file_name());
            let count = files.filter(|name| name.to_string_lossy().starts_with("snapshot-")).count();
            (count == 1).then_some(())
        });
    }
    assert_safe(nodes);
}

#[test]
fn a_node_whose_snapshot_is_damaged_does_not_start() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let mut nodes = Node::founders(1, folder.path(), "--snapshot-bytes 64KiB");
    start(&mut nodes);
    write_much(leader(&nodes));
    eventually("a snapshot", || (nodes[0].number("snapshot") > 0).then_some(()));
    nodes[0].kill();
    // Behind the frame's beginning: what the frame holds is checked when it is read.
    for entry in std::fs::read_dir(nodes[0].data()).unwrap() {
        let path = entry.unwrap().path();
        if path.to_string_lossy().ends_with(".snap") {
            let mut bytes = std::fs::read(&path).unwrap();
            bytes[100] ^= 1;
            std::fs::write(&path, bytes).unwrap();
        }
    }
    nodes[0].start();
    assert_eq!(nodes[0].wait(), Some(255));
    let log = nodes[0].log();
    let last = log.lines().last().unwrap_or_default();
    assert!(
        last.contains("snapshot of entry") && last.contains("cannot be used") && last.contains("damaged"),
        "{last}"
    );
}
