//! Partitions. The undo is to restore the links; the evidence is what was dropped on them meanwhile.

use super::{PlannedFault, run::Scene};
use crate::{
    cluster::ProcessState,
    history::{Effect, Fault, Link},
    net::{LinkCounters, grudge, grudge::Shape},
};
use std::collections::BTreeMap;

pub(super) async fn inject(scene: &Scene<'_>, shape: Shape, planned: &PlannedFault, fault: &mut Fault) {
    let (cluster, network) = (scene.cluster, scene.cluster.network());
    // While nobody lives, nobody sends, and nothing would show that a link is cut.
    let lives = |node: &str| matches!(cluster.state(node), ProcessState::Running | ProcessState::Stopped);
    let Some(planned) = &scene.await_victim(planned, lives).await else {
        fault.evidence.note = "every node was dead until the end".to_owned();
        return;
    };
    let leader = match shape {
        Shape::Leader | Shape::OneWay => cluster.leader().await.map(|(node, _)| node),
        _ => None,
    };
    let grudge = grudge::draw(shape, cluster.nodes(), leader.as_deref(), planned.random);
    let substitute = if grudge.shape == shape {
        String::new()
    } else if shape == Shape::Leader {
        "; no leader was known, so a random node was parted".to_owned()
    } else {
        format!("; {} nodes are too few for {}", cluster.nodes().len(), shape.name())
    };
    fault.kind = grudge.shape.name().to_owned();
    fault.target = grudge.target.to_owned();
    fault.summary = grudge.phrase;
    fault.nodes = grudge.nodes;
    if grudge.links.is_empty() {
        fault.evidence.note = "there is no link to cut".to_owned();
        return;
    }

    let before = network.counters();
    fault.started = Some(scene.now());
    network.cut(&grudge.links);
    fault.links_cut = grudge.links;
    fault.evidence.effect = Effect::Indeterminate;
    fault.evidence.note = format!("{} links cut{substitute}", fault.links_cut.len());
    scene.endure(planned, fault).await;
    network.restore(&fault.links_cut);
    fault.healed = Some(scene.now());

    let after = network.counters();
    weigh(fault, &before, &after);
    fault.evidence.note += &substitute;
}

/// What was dropped while the links were cut.
fn weigh(fault: &mut Fault, before: &BTreeMap<Link, LinkCounters>, after: &BTreeMap<Link, LinkCounters>) {
    let numbers = &mut fault.evidence.numbers;
    let (mut messages, mut bytes, mut links) = (0, 0, 0);
    for link in &fault.links_cut {
        let dropped = after[link].messages_dropped - before[link].messages_dropped;
        messages += dropped;
        bytes += after[link].bytes_dropped - before[link].bytes_dropped;
        links += usize::from(dropped > 0);
        numbers.insert(format!("{}→{} dropped", link.from, link.to), dropped);
    }
    numbers.insert("messages_dropped".to_owned(), messages);
    numbers.insert("bytes_dropped".to_owned(), bytes);
    numbers.insert("links_cut".to_owned(), fault.links_cut.len() as u64);
    let cut = fault.links_cut.len();
    (fault.evidence.effect, fault.evidence.note) = if messages > 0 {
        (Effect::Installed, format!("{messages} messages dropped on {links} of {cut} links"))
    } else {
        (Effect::Indeterminate, format!("nobody sent anything on the {cut} links that were cut"))
    };
}
