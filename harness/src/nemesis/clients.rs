//! Clients cut off from nodes, which still hear each other. The undo is to let them through again; the evidence are the connections
//! that carried nothing any more, and the bytes that were dropped.
//!
//! A leader that its clients do not reach still leads, for its peers do, and so nobody is served. Who leads may change at any time:
//! while such a fault is in force, nothing is demanded of anybody.

use super::{Aims, Kind, PlannedFault, Target, run::Scene};
use crate::{
    cluster::ProcessState,
    history::{Effect, Fault},
};

pub(super) static CLIENTS: Kind = Kind {
    name: "clients",
    summary: "cut all clients off from nodes that still hear each other",
    needs: "a proxy of ours before each node, which it brings along, and nodes that name their peers as they were told to",
    parameters: &[],
    aims: Aims::Nodes(&{
        use Target::{Leader, Majority, Minority, One};
        [Leader, Leader, Leader, One, Minority, Majority]
    }),
    inject: |scene, planned, fault| Box::pin(inject(scene, planned, fault)),
};

async fn inject(scene: &Scene<'_>, planned: &PlannedFault, fault: &mut Fault) {
    let (cluster, doors) = (scene.cluster, scene.cluster.doors());
    let lives = |node: &str| matches!(cluster.state(node), ProcessState::Running | ProcessState::Stopped);
    let mut notes = Vec::new();
    let Some((planned, nodes)) = &scene.choose_awaited("lived", lives, planned, fault, &mut notes).await else {
        return;
    };
    if nodes.iter().any(|node| doors.address(node).is_none()) {
        fault.evidence.note = "clients reach the nodes without a proxy of ours".to_owned();
        return;
    }
    fault.links_impaired = cluster.network().counters().into_keys().collect();
    let before = doors.counters(nodes);
    fault.started = Some(scene.now());
    doors.cut(nodes);
    fault.evidence.effect = Effect::Indeterminate;
    fault.evidence.note = format!("clients cut off from {} nodes", nodes.len());
    scene.endure(planned, fault).await;
    let (mended, left): (Vec<String>, Vec<String>) = nodes.iter().cloned().partition(|node| scene.mends(node));
    doors.restore(&mended);
    fault.healed = left.is_empty().then(|| scene.now());
    left.iter().for_each(|node| notes.push(format!("clients are left cut off from {node}")));

    let after = doors.counters(nodes);
    let connections = after.connections_cut - before.connections_cut;
    let bytes = after.bytes_dropped - before.bytes_dropped;
    fault.evidence.effect = if bytes > 0 { Effect::Installed } else { Effect::Indeterminate };
    fault.evidence.note = format!("{connections} connections of clients cut, {bytes} bytes dropped");
    notes.iter().for_each(|note| fault.evidence.note += &format!("; {note}"));
    fault.evidence.numbers.insert("client_connections_cut".to_owned(), connections);
    fault.evidence.numbers.insert("client_bytes_dropped".to_owned(), bytes);
}
