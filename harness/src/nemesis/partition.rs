//! Partitions. The undo is to restore the links; the evidence is what was dropped on them meanwhile.

use super::{PlannedFault, Target, run::Scene};
use crate::{
    cluster::ProcessState,
    history::{Effect, Fault, Link},
    net::{
        LinkCounters,
        grudge::{self, Grudge, Shape},
    },
};
use std::collections::{BTreeMap, BTreeSet};

pub(super) async fn inject(scene: &Scene<'_>, shape: Option<Shape>, planned: &PlannedFault, fault: &mut Fault) {
    let (cluster, network) = (scene.cluster, scene.cluster.network());
    // While nobody lives, nobody sends, and nothing would show that a link is cut.
    let lives = |node: &str| matches!(cluster.state(node), ProcessState::Running | ProcessState::Stopped);
    let Some(planned) = &scene.await_victim(planned, lives).await else {
        fault.evidence.note = "every node was dead until the end".to_owned();
        return;
    };
    let (links, substitute) = match shape {
        Some(shape) if planned.links.is_empty() => choose(scene, shape, planned, fault).await,
        _ => (named(shape, cluster.nodes(), planned, fault), String::new()),
    };
    if links.is_empty() {
        fault.evidence.note = "there is no link to cut".to_owned();
        return;
    }

    let before = network.counters();
    fault.started = Some(scene.now());
    network.cut(&links);
    fault.links_cut = links;
    fault.evidence.effect = Effect::Indeterminate;
    fault.evidence.note = format!("{} links cut{substitute}", fault.links_cut.len());
    scene.endure(planned, fault).await;
    network.restore(&fault.links_cut);
    fault.healed = Some(scene.now());

    let after = network.counters();
    weigh(fault, &before, &after);
    fault.evidence.note += &substitute;
}

/// Draws the links of a shape at this moment, and enters them in the fault. What is to be said about it is returned, too.
async fn choose(scene: &Scene<'_>, shape: Shape, planned: &PlannedFault, fault: &mut Fault) -> (Vec<Link>, String) {
    let cluster = scene.cluster;
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
    fault.target = grudge.target.to_owned();
    (enter(grudge, fault), substitute)
}

/// The links that the plan names, or those between the nodes that it names and all others, entered in the fault.
fn named(shape: Option<Shape>, nodes: &[String], planned: &PlannedFault, fault: &mut Fault) -> Vec<Link> {
    fault.target = Target::Named.name().to_owned();
    let part = &planned.nodes;
    let mut links = planned.links.clone();
    if links.is_empty() {
        let pairs = nodes.iter().flat_map(|from| nodes.iter().map(move |to| (from, to)));
        let parted = pairs.filter(|(from, to)| part.contains(from) != part.contains(to));
        links.extend(parted.map(|(from, to)| Link { from: from.clone(), to: to.clone() }));
    }
    links.sort();
    // What an earlier run drew has a name and a phrase: of whichever draw cuts just these links.
    let leaders = || nodes.iter().map(|node| Some(node.as_str())).chain([None]);
    let mut draws = shape
        .into_iter()
        .flat_map(|shape| leaders().map(move |leader| grudge::draw(shape, nodes, leader, planned.random)));
    if let Some(grudge) = draws.find(|grudge| grudge.links == links) {
        return enter(grudge, fault);
    }
    fault.kind = Target::Named.name().to_owned();
    if planned.links.is_empty() {
        let others: Vec<&str> = nodes.iter().filter(|node| !part.contains(node)).map(String::as_str).collect();
        fault.summary = format!("{} | {}", part.join(" "), others.join(" "));
        fault.nodes = part.clone();
    } else {
        let phrases: Vec<String> = links.iter().map(|link| format!("{}→{}", link.from, link.to)).collect();
        fault.summary = phrases.join(" ");
        let about: BTreeSet<&String> = links.iter().map(|link| &link.from).collect();
        fault.nodes = about.into_iter().cloned().collect();
    }
    links
}

fn enter(grudge: Grudge, fault: &mut Fault) -> Vec<Link> {
    fault.kind = grudge.shape.name().to_owned();
    fault.summary = grudge.phrase;
    fault.nodes = grudge.nodes;
    grudge.links
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
