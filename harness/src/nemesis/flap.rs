//! Flapping links: cut and restored, again and again. The undo is to restore them once more; the evidence is what was dropped.
//!
//! They are impaired all the time: a link that works for a moment carries some messages, and nobody can rely on it.

use super::{
    Aims, Domain, Kind, Parameter, PlannedFault,
    rule::{self, Felt, PROXIES, SHAPES},
    run::Scene,
};
use crate::{history::Fault, span::Span};
use std::time::Duration;

const TIMES: Domain = Domain::Time(Duration::from_millis(1), Duration::from_secs(3600));
const SHORT: Duration = Duration::from_millis(20);
const LONG: Duration = Duration::from_secs(1);

pub(super) static FLAP: Kind = Kind {
    name: "flap",
    summary: "cut links and restore them, again and again",
    needs: PROXIES,
    parameters: &[
        Parameter { name: "down", summary: "how long they are cut", allowed: TIMES, drawn: Domain::Time(SHORT, LONG) },
        Parameter {
            name: "up",
            summary: "how long they work in between",
            allowed: TIMES,
            drawn: Domain::Time(LONG, SHORT),
        },
    ],
    aims: Aims::Links(SHAPES),
    inject: |scene, planned, fault| Box::pin(inject(scene, planned, fault)),
};

async fn inject(scene: &Scene<'_>, planned: &PlannedFault, fault: &mut Fault) {
    let network = scene.cluster.network();
    let (down, up) = (planned.parameters.time("down"), planned.parameters.time("up"));
    let phrase = format!("flap {} down {} up", Span(down), Span(up));
    let Some((note, planned)) = rule::begin(scene, planned, fault, &phrase, true).await else { return };
    let before = network.counters();
    scene.tell(fault);
    let mut cuts = 0;
    let wait = |time: Duration| scene.wait_until(planned.end_ns.min(scene.now() + time.as_nanos() as u64));
    while scene.now() < planned.end_ns {
        network.cut(&fault.links);
        cuts += 1;
        let goes_on = wait(down).await;
        network.restore(&fault.links);
        if !goes_on || !wait(up).await {
            break;
        }
    }
    fault.healed = Some(scene.now());
    let felt = Felt { what: "messages", how: "dropped", count: |link| link.messages_dropped };
    rule::weigh(scene, fault, &felt, &before);
    fault.evidence.numbers.insert("cuts".to_owned(), cuts);
    fault.evidence.note += &format!(", cut {cuts} times{note}");
}
