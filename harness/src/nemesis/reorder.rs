//! Reordering: messages arrive after those that were sent later on the same connection.
//!
//! It impairs links if messages may be held longer than a quarter of the shortest election timeout.

use super::{
    Aims, Domain, Kind, Parameter, PlannedFault,
    rule::{self, Felt, PROXIES, Ruling, SHAPES},
    run::Scene,
};
use crate::{history::Fault, net::Rule, span::Span};
use std::time::Duration;

pub(super) static REORDER: Kind = Kind {
    name: "reorder",
    summary: "hold messages back, so that later ones overtake them",
    needs: PROXIES,
    parameters: &[
        Parameter {
            name: "probability",
            summary: "how likely each message is",
            allowed: Domain::Number(0.0, 1.0),
            drawn: Domain::Number(0.05, 0.5),
        },
        Parameter {
            name: "within",
            summary: "for how long at most",
            allowed: Domain::Time(Duration::ZERO, Duration::from_secs(60)),
            drawn: Domain::Time(Duration::from_millis(1), Duration::from_millis(200)),
        },
    ],
    aims: Aims::Links(SHAPES),
    inject: |scene, planned, fault| Box::pin(inject(scene, planned, fault)),
};

async fn inject(scene: &Scene<'_>, planned: &PlannedFault, fault: &mut Fault) {
    let probability = planned.parameters.number("probability");
    let within = planned.parameters.time("within");
    let ruling = Ruling {
        rule: Rule::Reorder { probability, within },
        phrase: format!("reorder {} % within {}", probability * 100.0, Span(within)),
        felt: Felt { what: "messages", how: "reordered", count: |link| link.messages_reordered },
        impairs: rule::is_late(scene, within),
    };
    rule::inject(scene, planned, fault, ruling).await;
}
