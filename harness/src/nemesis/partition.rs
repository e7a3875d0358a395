//! Partitions. The undo is to restore the links; the evidence is what was dropped on them meanwhile.

use super::{
    Aims, Kind, PlannedFault,
    rule::{PROXIES, left_note},
    run::Scene,
};
use crate::{
    history::{Effect, Fault, Link},
    net::{LinkCounters, grudge::Shape},
};
use std::collections::BTreeMap;

pub(super) static PARTITION: Kind = Kind {
    name: "partition",
    summary: "cut directed links between nodes, so that what is sent on them is dropped",
    needs: PROXIES,
    parameters: &[],
    aims: Aims::Links(&{
        use Shape::{Bridge, Halves, Leader, LeaderMinority, MajoritiesRing, One, OneWay, Pair};
        [Halves, One, Leader, OneWay, Bridge, MajoritiesRing, LeaderMinority, Pair]
    }),
    inject: |scene, planned, fault| Box::pin(inject(scene, planned, fault)),
};

async fn inject(scene: &Scene<'_>, planned: &PlannedFault, fault: &mut Fault) {
    let network = scene.cluster.network();
    let (chosen, planned) = match scene.choose_links(planned, fault).await {
        Ok(chosen) => chosen,
        Err(why) => {
            fault.evidence.note = why.to_owned();
            return;
        }
    };
    fault.kind = chosen.shape.to_owned();

    let before = network.counters();
    fault.started = Some(scene.now());
    network.cut(&chosen.links);
    fault.links_cut = chosen.links;
    fault.evidence.effect = Effect::Indeterminate;
    fault.evidence.note = format!("{} links cut{}", fault.links_cut.len(), chosen.note);
    scene.endure(&planned, fault).await;
    let (mended, left): (Vec<Link>, Vec<Link>) =
        fault.links_cut.iter().cloned().partition(|link| scene.mends_link(link));
    network.restore(&mended);
    fault.healed = left.is_empty().then(|| scene.now());

    let after = network.counters();
    weigh(fault, &before, &after);
    fault.evidence.note += &left_note(&left);
    fault.evidence.note += &chosen.note;
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
        numbers.insert(format!("{link} dropped"), dropped);
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
