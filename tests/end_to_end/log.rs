//! What a node says on standard error.

use super::{
    alone,
    nodes::{Node, Reply, ask_leader},
};

#[test]
fn the_log_can_be_read_by_programs() {
    let (_alone, folder) = (alone(), tempfile::tempdir().unwrap());
    let mut nodes = Node::founders(1, folder.path(), "--log-format json");
    nodes[0].start();
    assert_eq!(ask_leader(&nodes, &["SET", "k", "v"]), Reply::text("OK"));
    nodes[0].kill();
    let log = nodes[0].log();
    let events: Vec<serde_json::Value> =
        log.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect();
    for event in &events {
        for field in ["timestamp", "level", "target", "message"] {
            assert!(event[field].is_string(), "{field}: {event}");
        }
    }
    let leads = |event: &&serde_json::Value| event["message"] == "another role" && event["role"] == "leader";
    assert!(events.iter().any(|event| leads(&event) && event["term"] == "1"), "{log}");
    assert!(events.iter().any(|event| event["message"] == "identity" && event["incarnation"].is_string()), "{log}");
}
