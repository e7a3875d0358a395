//! Clocks that lie: the clock of a node, by which it holds elections and leases, shows another time than the true one. The undo is that it
//! runs as it should again. The evidence is what the node says: how far its clock has strayed.
//!
//! A clock that is ahead afterwards stays ahead: nodes count durations only, and none of them knows what time it is elsewhere.

use super::{Aims, Domain, Kind, Parameter, Parameters, PlannedFault, Target, join::join_all, run::Scene};
use crate::history::{Effect, Fault};
use std::time::Duration;

const MS: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);
const NEEDS: &str = "nodes that obey FAULT CLOCK";
const AIMS: Aims = Aims::Nodes(&{
    use Target::{All, Leader, Majority, Minority, One};
    [Leader, Leader, Leader, One, One, Minority, Majority, All]
});

pub(super) static JUMP: Kind = Kind {
    name: "jump",
    summary: "the clocks of nodes jump ahead or back",
    needs: NEEDS,
    parameters: &[
        Parameter {
            name: "by",
            summary: "how far",
            allowed: Domain::Time(MS, HOUR),
            drawn: Domain::Time(Duration::from_millis(20), Duration::from_secs(5)),
        },
        Parameter {
            name: "direction",
            summary: "which way",
            allowed: Domain::Words(&["ahead", "back"]),
            drawn: Domain::Words(&["ahead", "back"]),
        },
    ],
    aims: AIMS,
    inject: |scene, planned, fault| Box::pin(inject(scene, planned, fault, jump)),
};

pub(super) static DRIFT: Kind = Kind {
    name: "drift",
    summary: "the clocks of nodes run too fast or too slow",
    needs: NEEDS,
    parameters: &[Parameter {
        name: "rate",
        summary: "how fast, by the true time",
        allowed: Domain::Number(0.001, 1000.0),
        drawn: Domain::Number(0.1, 10.0),
    }],
    aims: AIMS,
    inject: |scene, planned, fault| Box::pin(inject(scene, planned, fault, drift)),
};

pub(super) static STROBE: Kind = Kind {
    name: "strobe",
    summary: "the clocks of nodes jump ahead and back all the time",
    needs: NEEDS,
    parameters: &[
        Parameter {
            name: "by",
            summary: "how far",
            allowed: Domain::Time(MS, HOUR),
            drawn: Domain::Time(Duration::from_millis(20), SECOND),
        },
        Parameter {
            name: "period",
            summary: "how long until it jumps the other way",
            allowed: Domain::Time(MS, HOUR),
            drawn: Domain::Time(Duration::from_millis(200), MS),
        },
    ],
    aims: AIMS,
    inject: |scene, planned, fault| Box::pin(inject(scene, planned, fault, strobe)),
};

pub(super) static FREEZE: Kind = Kind {
    name: "freeze",
    summary: "the clocks of nodes stand still",
    needs: NEEDS,
    parameters: &[],
    aims: AIMS,
    inject: |scene, planned, fault| Box::pin(inject(scene, planned, fault, |_| "CLOCK FREEZE".to_owned())),
};

fn jump(parameters: &Parameters) -> String {
    let sign = if parameters.word("direction") == "back" { "-" } else { "" };
    format!("CLOCK JUMP {sign}{}ns", parameters.time("by").as_nanos())
}

fn drift(parameters: &Parameters) -> String {
    format!("CLOCK RATE {}", parameters.number("rate"))
}

fn strobe(parameters: &Parameters) -> String {
    format!("CLOCK STROBE {}ns {}ns", parameters.time("by").as_nanos(), parameters.time("period").as_nanos())
}

async fn inject(scene: &Scene<'_>, planned: &PlannedFault, fault: &mut Fault, words: fn(&Parameters) -> String) {
    let mut notes = Vec::new();
    let Some((planned, nodes)) = scene.choose_listeners(planned, fault, &mut notes).await else { return };
    fault.started = Some(scene.now());
    let victims = scene.command(&nodes, &words(&planned.parameters), &mut notes).await;
    fault.evidence.effect = Effect::Indeterminate;
    fault.evidence.note = format!("{} of {} nodes were told", victims.len(), nodes.len());
    scene.endure(&planned, fault).await;

    let strayed = join_all(victims.iter().map(|victim| scene.ask(victim, "CLOCK"))).await;
    let taken_back = join_all(victims.iter().map(|victim| scene.mend(victim, "CLOCK RESET"))).await;
    let mut farthest = 0;
    for (victim, numbers) in victims.iter().zip(strayed) {
        let Some(numbers) = numbers else {
            notes.push(format!("{} was started anew, with a clock that is right", victim.node));
            continue;
        };
        let strayed = numbers.get("strayed_us").copied().unwrap_or_default().unsigned_abs();
        fault.evidence.numbers.insert(format!("{} strayed us", victim.node), strayed);
        farthest = farthest.max(strayed);
    }
    // A clock is right to the millisecond, which is the unit of the node's time.
    if farthest >= 1000 {
        fault.evidence.effect = Effect::Installed;
    }
    fault.evidence.numbers.insert("ms_strayed".to_owned(), farthest / 1000);
    fault.evidence.note += &format!(", and their clocks strayed by up to {} ms", farthest / 1000);
    let failed: Vec<String> = taken_back.into_iter().filter_map(Result::err).collect();
    fault.healed = failed.is_empty().then(|| scene.now());
    notes.iter().chain(&failed).for_each(|note| fault.evidence.note += &format!("; {note}"));
}
