//! Duplicates: messages arrive twice. They never impair links: twice the messages are no burden.

use super::{
    Aims, Domain, Kind, Parameter, PlannedFault,
    rule::{self, Felt, PROXIES, Ruling, SHAPES},
    run::Scene,
};
use crate::{history::Fault, net::Rule};

pub(super) static DUPLICATE: Kind = Kind {
    name: "duplicate",
    summary: "send messages twice; the copy goes its own way",
    needs: PROXIES,
    parameters: &[Parameter {
        name: "probability",
        summary: "how likely each message is",
        allowed: Domain::Number(0.0, 1.0),
        drawn: Domain::Number(0.05, 1.0),
    }],
    aims: Aims::Links(SHAPES),
    inject: |scene, planned, fault| Box::pin(inject(scene, planned, fault)),
};

async fn inject(scene: &Scene<'_>, planned: &PlannedFault, fault: &mut Fault) {
    let probability = planned.parameters.number("probability");
    let ruling = Ruling {
        rule: Rule::Duplicate { probability },
        phrase: format!("duplicate {} %", probability * 100.0),
        felt: Felt { what: "messages", how: "duplicated", count: |link| link.messages_duplicated },
        impairs: false,
    };
    rule::inject(scene, planned, fault, ruling).await;
}
