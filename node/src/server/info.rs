//! What `INFO` and `RAFT STATUS` say.

use super::{arguments::read_mode_name, driver::NodeStatus, metrics::Metrics};
use crate::{kv::Reply, raft::NodeId};
use bytes::Bytes;
use std::collections::BTreeSet;

/// `RAFT STATUS`: names and values in turn.
pub fn raft_status(name: &str, status: &NodeStatus, metrics: &Metrics) -> Reply {
    let fields = fields(name, status, metrics).into_iter();
    Reply::Array(fields.flat_map(|(field, value)| [bulk(field.to_owned()), bulk(value)]).collect())
}

/// `RAFT CONFIG`: for each member of the configuration in force its name, what it is, and its address if the configuration has one.
pub fn raft_config(_: &str, status: &NodeStatus, _: &Metrics) -> Reply {
    let configuration = &status.raft.configuration;
    let member = |id: NodeId| {
        let standing = match (configuration.voters.contains(&id), configuration.outgoing.contains(&id)) {
            (true, false) if configuration.is_joint() => "incoming voter",
            (true, _) => "voter",
            (false, true) => "outgoing voter",
            (false, false) => "learner",
        };
        let address = configuration.addresses.get(&id).cloned().unwrap_or_default();
        Reply::Array([id.to_string(), standing.to_owned(), address].map(bulk).into())
    };
    Reply::Array(configuration.members().into_iter().map(member).collect())
}

/// `INFO`: the same for people, in the form that Redis clients know.
pub fn info(name: &str, status: &NodeStatus, metrics: &Metrics) -> Reply {
    let mut text = format!(
        "# Server\r\nserver:whitewater\r\nversion:{}\r\nprocess_id:{}\r\n\r\n# Clients\r\nconnected_clients:{}\r\n\r\n# Raft\r\n",
        env!("CARGO_PKG_VERSION"),
        std::process::id(),
        metrics.clients()
    );
    for (field, value) in fields(name, status, metrics) {
        text.push_str(&format!("raft_{field}:{value}\r\n"));
    }
    if let Reply::Integer(keys) = status.keys {
        // Libraries tell a list of values by its commas; nothing ever expires here.
        let sessions = status.sessions;
        text.push_str(&format!("\r\n# Keyspace\r\ndb0:keys={keys},expires=0,avg_ttl=0\r\nsessions:{sessions}\r\n"));
    }
    bulk(text)
}

fn fields(name: &str, status: &NodeStatus, metrics: &Metrics) -> Vec<(&'static str, String)> {
    let raft = &status.raft;
    vec![
        ("id", name.to_owned()),
        ("role", raft.role.name().to_owned()),
        ("term", raft.term.to_string()),
        ("leader", raft.leader.map(|leader| leader.to_string()).unwrap_or_default()),
        ("commit", raft.commit.to_string()),
        ("applied", status.applied.to_string()),
        ("last", raft.last.index.to_string()),
        ("last_term", raft.last.term.to_string()),
        ("first", status.first.to_string()),
        ("snapshot", raft.snapshot.to_string()),
        (
            "founded",
            if status.waiting_for.is_empty() {
                "yes".to_owned()
            } else {
                format!("waiting for {}", names(&status.waiting_for))
            },
        ),
        ("voters", names(&raft.configuration.voters)),
        ("outgoing", names(&raft.configuration.outgoing)),
        ("learners", names(&raft.configuration.learners)),
        ("reads", read_mode_name(status.reads).to_owned()),
        ("frames_rejected", metrics.frames_rejected.get().to_string()),
    ]
}

fn names(nodes: &BTreeSet<NodeId>) -> String {
    nodes.iter().map(NodeId::to_string).collect::<Vec<_>>().join(",")
}

fn bulk(text: String) -> Reply {
    Reply::Bulk(Bytes::from(text))
}
