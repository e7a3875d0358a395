//! Clusters whose members change while clients write.

use super::{
    alone,
    nodes::{Client, Node, Reply, ask_leader, assert_safe, eventually, leader},
};
use std::{
    sync::atomic::{AtomicBool, AtomicI64, Ordering},
    thread,
};

fn ok() -> Reply {
    Reply::text("OK")
}

/// `RAFT CONFIG`: names, and what they are.
fn members(nodes: &[Node]) -> Vec<(String, String)> {
    let Some(Reply::Array(members)) = leader(nodes).ask(&["RAFT", "CONFIG"]) else { panic!("an array") };
    let word = |reply: &Reply| match reply {
        Reply::Text(word) => word.clone(),
        other => panic!("{other:?}"),
    };
    let member = |member: &Reply| match member {
        Reply::Array(words) => (word(&words[0]), word(&words[1])),
        other => panic!("{other:?}"),
    };
    members.iter().map(member).collect()
}

fn voters(names: &[&str]) -> Vec<(String, String)> {
    names.iter().map(|name| ((*name).to_owned(), "voter".to_owned())).collect()
}

#[test]
fn members_join_and_leave_while_a_client_counts() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let mut nodes = Node::founders(3, folder.path(), "--snapshot-bytes 64KiB");
    let peers: Vec<String> = nodes.iter().map(Node::as_peer).collect();
    let mut fourth = Node::new(4, folder.path());
    fourth.set_options(peers.iter().map(String::as_str), "--join --snapshot-bytes 64KiB");
    nodes.push(fourth);
    nodes.iter_mut().for_each(Node::start);
    let Reply::Integer(session) = ask_leader(&nodes, &["RAFT", "SESSION", "NEW"]) else { panic!("a session") };
    let session = session.to_string();

    let (is_over, counted, nodes) = (AtomicBool::new(false), AtomicI64::new(0), nodes);
    let count = thread::scope(|scope| {
        let counter = scope.spawn(|| {
            let mut count = 0;
            while !is_over.load(Ordering::Relaxed) {
                count += 1;
                let increment = ["RAFT", "SESSION", &session, &count.to_string(), "INCR", "n"];
                assert_eq!(ask_leader(&nodes, &increment), Reply::Integer(count), "each once, in order");
                counted.store(count, Ordering::Relaxed);
            }
            count
        });
        change_members(&nodes, || {
            let before = counted.load(Ordering::Relaxed);
            eventually("the client counts on", || (counted.load(Ordering::Relaxed) >= before + 20).then_some(()));
        });
        is_over.store(true, Ordering::Relaxed);
        counter.join().unwrap()
    });
    assert_eq!(ask_leader(&nodes, &["GET", "n"]), Reply::Text(count.to_string()));

    // It leads a cluster whose other members never heard of it on their command lines, and they know where to send clients.
    assert_eq!(ask_leader(&nodes, &["RAFT", "TRANSFER", "n4"]), ok());
    eventually("n4 leads", || (leader(&nodes).name == "n4").then_some(()));
    let moved = Reply::Error(format!("MOVED 0 {}", nodes[3].client));
    let other = nodes[..3].iter().find(|node| members(&nodes).iter().any(|(name, _)| *name == node.name)).unwrap();
    eventually("a redirection", || (other.ask(&["SET", "k", "v"]) == Some(moved.clone())).then_some(()));
    // Reads need not go there.
    let mut reader = Client::connect(other.client).unwrap();
    assert_eq!(reader.ask(&["READONLY", "LINEARIZABLE"]), Some(ok()));
    assert_eq!(reader.ask(&["GET", "n"]), Some(Reply::Text(count.to_string())));
    assert_safe(nodes);
}

/// Changes the members step by step; after each, `work` goes on.
fn change_members(nodes: &[Node], work: impl Fn()) {
    work();
    let (peer, client) = (nodes[3].peer.to_string(), nodes[3].client.to_string());
    let add = ["RAFT", "ADD", "n4", &peer, &client];
    assert_eq!(ask_leader(nodes, &add), ok());
    assert!(members(nodes).contains(&("n4".to_owned(), "learner".to_owned())));
    work();
    assert_eq!(ask_leader(nodes, &["RAFT", "PROMOTE", "n4"]), ok());
    assert_eq!(members(nodes), voters(&["n1", "n2", "n3", "n4"]));
    work();
    // Whoever lost the answer may ask again.
    assert_eq!(ask_leader(nodes, &add), ok());
    assert_eq!(ask_leader(nodes, &["RAFT", "PROMOTE", "n4"]), ok());
    assert_eq!(members(nodes), voters(&["n1", "n2", "n3", "n4"]));

    // The leader itself goes, and the others go on.
    let gone = leader(nodes).name.clone();
    assert_eq!(ask_leader(nodes, &["RAFT", "REMOVE", &gone]), ok());
    let rest: Vec<&str> = ["n1", "n2", "n3", "n4"].into_iter().filter(|name| *name != gone).collect();
    assert_eq!(members(nodes), voters(&rest));
    work();
    assert_eq!(ask_leader(nodes, &["RAFT", "REMOVE", &gone]), ok());
    let old = nodes.iter().find(|node| node.name == gone).unwrap();
    eventually("it says so", || old.log().contains("this node was removed from the cluster").then_some(()));
    assert!(matches!(old.ask(&["SET", "k", "v"]), Some(Reply::Error(_))));
}

#[test]
fn a_member_that_was_away_follows_a_leader_that_it_never_heard_of() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let mut nodes = Node::founders(3, folder.path(), "");
    let peers: Vec<String> = nodes.iter().map(Node::as_peer).collect();
    let mut fourth = Node::new(4, folder.path());
    fourth.set_options(peers.iter().map(String::as_str), "--join");
    nodes.push(fourth);
    // It was there when the cluster was founded, and that is all that it knows.
    nodes[..3].iter_mut().for_each(Node::start);
    eventually("n3 takes part", || (nodes[2].status("founded") == "yes").then_some(()));
    nodes[2].kill();
    nodes[3].start();
    let (peer, client) = (nodes[3].peer.to_string(), nodes[3].client.to_string());
    assert_eq!(ask_leader(&nodes, &["RAFT", "ADD", "n4", &peer, &client]), ok());
    assert_eq!(ask_leader(&nodes, &["RAFT", "PROMOTE", "n4"]), ok());
    assert_eq!(ask_leader(&nodes, &["RAFT", "TRANSFER", "n4"]), ok());
    eventually("n4 leads", || (leader(&nodes).name == "n4").then_some(()));
    assert_eq!(ask_leader(&nodes, &["SET", "k", "v"]), ok());
    // The three that are there are enough, so that n4 leads on, whether n3 can answer it or not.
    nodes[2].start();
    let mut reader = Client::connect_eventually(nodes[2].client);
    assert_eq!(reader.ask(&["READONLY"]), Some(ok()));
    eventually("n3 has it all", || (reader.ask(&["GET", "k"]) == Some(Reply::text("v"))).then_some(()));
    assert_eq!(nodes[2].status("leader"), "n4");
    assert_safe(nodes);
}
