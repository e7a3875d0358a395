//! Losses: single messages do not arrive.
//!
//! They impair links if more than a tenth is lost: up to there, it takes three heartbeats in a row that are lost, one in a thousand,
//! for an election that nobody needs.

use super::{
    Aims, Domain, Kind, Parameter, PlannedFault,
    rule::{self, Felt, PROXIES, Ruling, SHAPES},
    run::Scene,
};
use crate::{history::Fault, net::Rule};

/// Up to here, what is lost is repeated in time.
const IMPAIRS_ABOVE: f64 = 0.1;

pub(super) static LOSS: Kind = Kind {
    name: "loss",
    summary: "take messages out, while those around them pass",
    needs: PROXIES,
    parameters: &[Parameter {
        name: "probability",
        summary: "how likely each message is",
        allowed: Domain::Number(0.0, 1.0),
        drawn: Domain::Number(0.01, 0.5),
    }],
    aims: Aims::Links(SHAPES),
    inject: |scene, planned, fault| Box::pin(inject(scene, planned, fault)),
};

async fn inject(scene: &Scene<'_>, planned: &PlannedFault, fault: &mut Fault) {
    let probability = planned.parameters.number("probability");
    let ruling = Ruling {
        rule: Rule::Loss { probability },
        phrase: format!("loss {} %", probability * 100.0),
        felt: Felt { what: "messages", how: "lost", count: |link| link.messages_lost },
        impairs: probability > IMPAIRS_ABOVE,
    };
    rule::inject(scene, planned, fault, ruling).await;
}
