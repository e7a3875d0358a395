//! Starvation: a node gets a processor for a part of the time only, as beside a greedy neighbour. It is stopped and let go on in turn,
//! many times a second. The evidence is the share of the time in which it could run, by what was seen of it.

use super::{Aims, Domain, Kind, Parameter, PlannedFault, Target, hold::Grip, join::join_all, run::Scene};
use crate::{
    cluster::ProcessState,
    history::{Effect, Fault},
};
use std::time::{Duration, Instant};

pub(super) static STARVE: Kind = Kind {
    name: "starve",
    summary: "let nodes run for a share of the time only, stopping them many times a second",
    needs: "nodes that are processes of ours",
    parameters: &[
        Parameter {
            name: "share",
            summary: "the share of each period in which a node runs",
            allowed: Domain::Number(0.01, 0.99),
            drawn: Domain::Number(0.05, 0.6),
        },
        Parameter {
            name: "period",
            summary: "how long it takes from one stop to the next",
            allowed: Domain::Time(Duration::from_millis(10), Duration::from_secs(10)),
            drawn: Domain::Time(Duration::from_millis(30), Duration::from_millis(300)),
        },
    ],
    aims: Aims::Nodes(&{
        use Target::{All, Leader, Minority, One};
        [Leader, Leader, One, Minority, All]
    }),
    inject: |scene, planned, fault| Box::pin(inject(scene, planned, fault)),
};

/// How a node fared.
struct Starved {
    stops: u64,
    stopped: Duration,
    all: Duration,
    error: Option<String>,
}

async fn inject(scene: &Scene<'_>, planned: &PlannedFault, fault: &mut Fault) {
    let mut notes = Vec::new();
    let Some((planned, nodes)) = &scene.choose_living(planned, fault, &mut notes).await else { return };

    fault.started = Some(scene.now());
    fault.evidence.effect = Effect::Indeterminate;
    fault.evidence.note = "under way".to_owned();
    scene.tell(fault);
    let starved = join_all(nodes.iter().map(|node| starve(scene, planned, node))).await;

    let (mut stops, mut shares, mut is_healed) = (0, Vec::new(), true);
    for (node, one) in nodes.iter().zip(starved) {
        stops += one.stops;
        if one.stops > 0 {
            let percent = (100.0 * (1.0 - one.stopped.as_secs_f64() / one.all.as_secs_f64())).round() as u64;
            shares.push(format!("{node} {percent} %"));
            fault.evidence.numbers.insert(format!("{node} ran percent"), percent);
        }
        if let Some(error) = one.error {
            is_healed = false;
            notes.push(error);
        }
    }
    fault.healed = is_healed.then(|| scene.now());
    fault.evidence.numbers.insert("stops".to_owned(), stops);
    fault.evidence.effect = if stops > 0 { Effect::Installed } else { Effect::Indeterminate };
    let asked = (100.0 * planned.parameters.number("share")).round();
    fault.evidence.note =
        format!("{stops} stops; of the time, {asked} % were to be left, and were: {}", shares.join(", "));
    notes.iter().for_each(|note| fault.evidence.note += &format!("; {note}"));
}

/// Stops a node and lets it go on until the time is over. It runs at the end, unless another fault holds it.
async fn starve(scene: &Scene<'_>, planned: &PlannedFault, node: &str) -> Starved {
    let cluster = scene.cluster;
    let period = planned.parameters.time("period");
    let awake = period.mul_f64(planned.parameters.number("share"));
    let begin = Instant::now();
    let mut starved = Starved { stops: 0, stopped: Duration::ZERO, all: Duration::ZERO, error: None };
    let mut goes_on = true;
    while goes_on {
        // Another fault may have stopped or killed it: then this one has nothing to do for now.
        if cluster.state(node) == ProcessState::Running && !scene.holds.is_held(node, Grip::Paused) {
            scene.holds.take(node, Grip::Paused);
            let stopped = cluster.pause(node).await;
            let since = Instant::now();
            goes_on = scene.pass(planned, period - awake).await;
            let is_last = scene.holds.release(node, Grip::Paused);
            if stopped.is_ok() {
                starved.stops += 1;
                starved.stopped += since.elapsed();
            }
            if is_last
                && cluster.state(node) == ProcessState::Stopped
                && let Err(error) = cluster.resume(node).await
                && !scene.holds.is_held(node, Grip::Killed)
            {
                starved.error = Some(error.to_string());
                break;
            }
        }
        goes_on = goes_on && scene.pass(planned, awake).await;
    }
    starved.all = begin.elapsed();
    starved
}
