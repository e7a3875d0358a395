//! A name is not enough: a node that lost its data directory, or has another one's, is not taken for the one that it was.

use super::{
    alone,
    nodes::{Node, Reply, ask_leader, eventually, leader},
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
