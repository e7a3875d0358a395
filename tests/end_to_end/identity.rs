//! A name is not enough: a node that lost its data directory, or has another one's, is not taken for the one that it was.

use super::{
    alone,
    nodes::{Node, Reply, ask_leader, eventually, free_address, leader},
};
use std::path::Path;

fn three(folder: &Path, options: &str) -> Vec<Node> {
    let mut nodes = Node::founders(3, folder, options);
    nodes.iter_mut().for_each(Node::start);
    for node in &nodes {
        // Everybody has met everybody: whoever has applied something has heard the leader, and answered it.
        assert_eq!(ask_leader(&nodes, &["SET", "k", "v"]), Reply::text("OK"));
        eventually("everybody follows", || (node.number("applied") >= 2).then_some(()));
    }
    nodes
}

/// The names and positions of a leader and of two others.
fn follower(nodes: &[Node]) -> usize {
    let leader = leader(nodes).name.clone();
    nodes.iter().position(|node| node.name != leader).expect("there are three")
}

#[test]
fn a_node_that_lost_its_directory_is_refused_and_the_others_go_on() {
    let (_alone, folder) = (alone(), tempfile::tempdir().unwrap());
    let mut nodes = three(folder.path(), "");
    let wiped = follower(&nodes);
    nodes[wiped].kill();
    nodes[wiped].replace_data(None);
    nodes[wiped].start();
    assert_eq!(nodes[wiped].wait(), Some(255), "{}", nodes[wiped].log());
    let (name, log) = (nodes[wiped].name.clone(), nodes[wiped].log());
    let sentence = log.lines().find(|line| line.starts_with("error: ")).expect("it says why");
    assert!(sentence.starts_with(&format!("error: {name} was known to n")), "{sentence}");
    assert!(sentence.contains("with another data directory (incarnation "), "{sentence}");
    let advice = format!("remove {name} from the cluster and add it again under a new name, or restore its directory");
    assert!(sentence.ends_with(&advice), "{sentence}");
    // It does not help to try again; and the others serve without it.
    nodes[wiped].start();
    assert_eq!(nodes[wiped].wait(), Some(255));
    assert_eq!(ask_leader(&nodes, &["SET", "k", "w"]), Reply::text("OK"));
    assert_eq!(ask_leader(&nodes, &["GET", "k"]), Reply::text("w"));
    assert!(nodes.iter().filter(|node| node.name != name).all(|node| !node.status("role").is_empty()));
}

#[test]
fn a_node_that_lost_its_directory_is_refused_by_a_newcomer_that_never_met_it() {
    let (_alone, folder) = (alone(), tempfile::tempdir().unwrap());
    let mut nodes = three(folder.path(), "");
    let peers: Vec<String> = nodes.iter().map(Node::as_peer).collect();
    // There is no way between n2 and n4: each of them has an address for the other at which nobody is.
    let nowhere = |name: &str| format!("{name}={}/{}", free_address(), free_address());
    nodes[1].kill();
    assert_ne!(leader(&nodes).name, "n2");
    nodes[1].add_options(&format!("--route {}", nowhere("n4")));
    nodes[1].start();
    let mut fourth = Node::new(4, folder.path());
    fourth.set_options([peers[0].as_str(), &nowhere("n2"), &peers[2]], "--join");
    fourth.start();
    let (peer, client) = (fourth.peer.to_string(), fourth.client.to_string());
    assert_eq!(ask_leader(&nodes, &["RAFT", "ADD", "n4", &peer, &client]), Reply::text("OK"));
    assert_eq!(ask_leader(&nodes, &["RAFT", "PROMOTE", "n4"]), Reply::text("OK"));
    nodes.push(fourth);
    nodes[1].kill();
    assert_eq!(ask_leader(&nodes, &["SET", "k", "w"]), Reply::text("OK"));
    nodes.iter_mut().for_each(Node::kill);
    let identity = std::fs::read_to_string(nodes[3].data().join("identity")).unwrap();
    assert!(identity.contains("\nnode n4\n") && !identity.contains("peer n2 "), "{identity}");

    // Only the newcomer is there when n2 comes back with nothing.
    nodes[3].set_options(peers.iter().map(String::as_str), "--join");
    nodes[3].start();
    nodes[1].replace_data(None);
    nodes[1].set_options([peers[0].as_str(), &peers[2]], "");
    nodes[1].start();
    assert_eq!(nodes[1].wait(), Some(255), "{}", nodes[1].log());
    assert!(nodes[1].log().contains("error: n2 was known to n4 with another data directory"), "{}", nodes[1].log());
    nodes[0].start();
    nodes[2].start();
    assert_eq!(ask_leader(&nodes, &["GET", "k"]), Reply::text("w"));
}

#[test]
fn a_cluster_begins_when_all_of_its_founders_have_met() {
    let (_alone, folder) = (alone(), tempfile::tempdir().unwrap());
    let mut nodes = Node::founders(3, folder.path(), "");
    nodes[..2].iter_mut().for_each(Node::start);
    for (node, waits) in [(0, "waiting for n3"), (1, "waiting for n3")] {
        eventually("two have met", || (nodes[node].status("founded") == waits).then_some(()));
        let refusal = "CLUSTERDOWN the cluster is not founded yet: waiting for n3; not executed";
        assert_eq!(nodes[node].ask(&["SET", "k", "v"]), Some(Reply::Error(refusal.to_owned())));
        assert_eq!(nodes[node].status("role"), "follower");
    }
    nodes[2].start();
    assert_eq!(ask_leader(&nodes, &["SET", "k", "v"]), Reply::text("OK"));
    for node in &nodes {
        eventually("all take part", || (node.status("founded") == "yes").then_some(()));
    }
    // From now on a majority is enough, also after a restart.
    nodes.iter_mut().for_each(Node::kill);
    nodes[1..].iter_mut().for_each(Node::start);
    assert_eq!(ask_leader(&nodes, &["GET", "k"]), Reply::text("v"));
}

#[test]
fn directories_of_other_nodes_and_clusters_are_refused() {
    let (_alone, folder) = (alone(), tempfile::tempdir().unwrap());
    let mut nodes = three(folder.path(), "--cluster one");
    let (other, stolen) = (follower(&nodes), leader(&nodes).name.clone());
    nodes.iter_mut().for_each(Node::kill);
    let last_words = |node: &Node| {
        let log = node.log();
        log.lines().rfind(|line| line.starts_with("error: ")).map(str::to_owned).unwrap_or_default()
    };

    let node = &mut nodes[other];
    node.replace_option("one", "two");
    node.start();
    assert_eq!(node.wait(), Some(255));
    assert!(last_words(node).contains("belongs to cluster "), "{}", node.log());
    node.replace_option("two", "one");
    node.start();
    eventually("it starts with its own", || (!node.status("role").is_empty()).then_some(()));
    node.kill();

    // A log without a name; then the directory of another node.
    let identity = node.data().join("identity");
    let whole = std::fs::read(&identity).unwrap();
    std::fs::remove_file(&identity).unwrap();
    node.start();
    assert_eq!(node.wait(), Some(255));
    assert!(last_words(node).contains("has a log, but no file `identity`"), "{}", node.log());
    std::fs::write(&identity, &whole[..whole.len() / 2]).unwrap();
    node.start();
    assert_eq!(node.wait(), Some(255));
    assert!(last_words(node).contains("/identity` is damaged"), "{}", node.log());
    let from = nodes.iter().position(|node| node.name == stolen).expect("there is one");
    nodes[other].replace_data(Some(&nodes[from]));
    nodes[other].start();
    assert_eq!(nodes[other].wait(), Some(255));
    let sentence = format!("is the data directory of {stolen}, not of {}", nodes[other].name);
    assert!(last_words(&nodes[other]).ends_with(&sentence), "{}", nodes[other].log());
}
