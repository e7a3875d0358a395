//! Connection resets. There is nothing to undo: nodes dial again. The evidence are the connections that were reset.
//!
//! They impair links if they come faster than elections: what was on its way is lost each time.

use super::{
    Aims, Domain, Kind, Parameter, PlannedFault,
    rule::{self, Felt, PROXIES, SHAPES},
    run::Scene,
};
use crate::{history::Fault, span::Span};
use std::time::Duration;

pub(super) static RESET: Kind = Kind {
    name: "reset",
    summary: "reset the connections of links, again and again; what is on its way is lost",
    needs: PROXIES,
    parameters: &[Parameter {
        name: "every",
        summary: "the time from one reset to the next",
        allowed: Domain::Time(Duration::from_millis(1), Duration::from_secs(3600)),
        drawn: Domain::Time(Duration::from_secs(1), Duration::from_millis(20)),
    }],
    aims: Aims::Links(SHAPES),
    inject: |scene, planned, fault| Box::pin(inject(scene, planned, fault)),
};

async fn inject(scene: &Scene<'_>, planned: &PlannedFault, fault: &mut Fault) {
    let network = scene.cluster.network();
    let every = planned.parameters.time("every");
    let impairs = every < Duration::from_millis(scene.cluster.test().election_timeout_ms_max);
    let phrase = format!("reset every {}", Span(every));
    let Some((note, planned)) = rule::begin(scene, planned, fault, &phrase, impairs).await else { return };
    let before = network.counters();
    network.reset(&fault.links);
    scene.tell(fault);
    while scene.wait_until(planned.end_ns.min(scene.now() + every.as_nanos() as u64)).await {
        if scene.now() >= planned.end_ns {
            break;
        }
        network.reset(&fault.links);
    }
    fault.healed = Some(scene.now());
    let felt = Felt { what: "connections", how: "reset", count: |link| link.resets };
    rule::weigh(scene, fault, &felt, &before);
    fault.evidence.note += &note;
}
