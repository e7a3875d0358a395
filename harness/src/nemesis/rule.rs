//! Faults that are a [rule](Rule) of the network on some links. The undo is to take the rule back; the evidence is what the links
//! counted meanwhile.
//!
//! Such a fault takes from the cluster something between nothing and everything. The availability gate needs to know on which side
//! it is: a link is impaired, and service over it is not demanded, from a threshold that each kind states. Below it the cluster has
//! to serve as if nothing were.

use super::{PlannedFault, run::Scene};
use crate::{
    history::{Effect, Fault, Link},
    net::{LinkCounters, Rule, grudge::Shape},
};
use std::{collections::BTreeMap, time::Duration};

/// What all faults of links need.
pub(super) const PROXIES: &str = "nodes that reach each other through our proxies";
/// Where a fault hits that leaves its links in place: mostly everywhere, and around the leader.
pub(super) const SHAPES: &[Shape] =
    &[Shape::All, Shape::All, Shape::Leader, Shape::Leader, Shape::One, Shape::Halves, Shape::OneWay];

/// What a fault does to its links.
pub(super) struct Ruling {
    pub rule: Rule,
    /// The fault in a phrase, to which is added where: `delay 20ms ± 5ms`.
    pub phrase: String,
    pub felt: Felt,
    /// Whether that is so much that no service can be demanded.
    pub impairs: bool,
}

/// What shows that a fault of links was felt.
pub(super) struct Felt {
    /// `messages`
    pub what: &'static str,
    /// `delayed`
    pub how: &'static str,
    /// How many of them a link has counted.
    pub count: fn(&LinkCounters) -> u64,
}

/// How late a message may be before elections are in danger: a quarter of the shortest election timeout. A round trip then takes
/// half of it, and between two heartbeats that are sent a third of it apart not much more than half of it passes.
pub(super) fn is_late(scene: &Scene<'_>, time: Duration) -> bool {
    time > Duration::from_millis(scene.cluster.test().election_timeout_ms_min) / 4
}

pub(super) async fn inject(scene: &Scene<'_>, planned: &PlannedFault, fault: &mut Fault, ruling: Ruling) {
    let network = scene.cluster.network();
    let Some((note, planned)) = begin(scene, planned, fault, &ruling.phrase, ruling.impairs).await else { return };
    let before = network.counters();
    let rule = network.add_rule(&fault.links, ruling.rule);
    scene.endure(&planned, fault).await;
    let left: Vec<Link> = fault.links.iter().filter(|link| !scene.mends_link(link)).cloned().collect();
    network.remove_rule_from(rule, |link| !left.contains(link));
    fault.healed = left.is_empty().then(|| scene.now());
    weigh(scene, fault, &ruling.felt, &before);
    fault.evidence.note += &note;
    fault.evidence.note += &left_note(&left);
}

/// What is to be said about links that stay as they are in the end.
pub(super) fn left_note(links: &[Link]) -> String {
    if links.is_empty() { String::new() } else { format!("; {} links are left so", links.len()) }
}

/// Chooses the links, and enters in the fault that it begins now. Returns what is to be said about the choice, and until when the
/// fault lasts; nothing if there are no links.
pub(super) async fn begin(
    scene: &Scene<'_>,
    planned: &PlannedFault,
    fault: &mut Fault,
    phrase: &str,
    impairs: bool,
) -> Option<(String, PlannedFault)> {
    let (chosen, planned) = match scene.choose_links(planned, fault).await {
        Ok(chosen) => chosen,
        Err(why) => {
            fault.evidence.note = why.to_owned();
            return None;
        }
    };
    fault.summary = format!("{phrase} on {}", chosen.phrase);
    if impairs {
        fault.links_impaired.clone_from(&chosen.links);
    }
    fault.started = Some(scene.now());
    fault.evidence.effect = Effect::Indeterminate;
    fault.evidence.note = format!("in force on {} links{}", chosen.links.len(), chosen.note);
    Some((chosen.note, planned))
}

/// What the links have counted since `before`.
pub(super) fn weigh(scene: &Scene<'_>, fault: &mut Fault, felt: &Felt, before: &BTreeMap<Link, LinkCounters>) {
    let Felt { what, how, count } = felt;
    let after = scene.cluster.network().counters();
    let numbers = &mut fault.evidence.numbers;
    let (mut sum, mut links) = (0, 0);
    for link in &fault.links {
        let number = count(&after[link]) - count(&before[link]);
        sum += number;
        links += usize::from(number > 0);
        numbers.insert(format!("{link} {how}"), number);
    }
    numbers.insert(format!("{what}_{how}"), sum);
    let all = fault.links.len();
    (fault.evidence.effect, fault.evidence.note) = if sum > 0 {
        (Effect::Installed, format!("{sum} {what} {how} on {links} of {all} links"))
    } else {
        (Effect::Indeterminate, format!("no {what} {how} on {all} links"))
    };
}
