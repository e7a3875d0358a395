//! Delays: each message takes longer, by a time that varies, and none overtakes another.
//!
//! They impair links from a quarter of the shortest election timeout on, taken by the longest delay that the distribution gives.

use super::{
    Aims, Domain, Kind, Parameter, PlannedFault,
    rule::{self, Felt, PROXIES, Ruling, SHAPES},
    run::Scene,
};
use crate::{
    history::Fault,
    net::{Distribution, Rule},
    span::Span,
};
use std::time::Duration;

const DISTRIBUTIONS: Domain = Domain::Words(&[
    Distribution::Uniform.name(),
    Distribution::Normal.name(),
    Distribution::Exponential.name(),
    Distribution::Pareto.name(),
]);

pub(super) static DELAY: Kind = Kind {
    name: "delay",
    summary: "hand messages on later, in the order in which they came",
    needs: PROXIES,
    parameters: &[
        Parameter {
            name: "delay",
            summary: "how much later",
            allowed: Domain::Time(Duration::ZERO, Duration::from_secs(60)),
            drawn: Domain::Time(Duration::from_millis(1), Duration::from_millis(200)),
        },
        Parameter {
            name: "jitter",
            summary: "how much that varies",
            allowed: Domain::Time(Duration::ZERO, Duration::from_secs(60)),
            drawn: Domain::Time(Duration::from_millis(1), Duration::from_millis(50)),
        },
        Parameter {
            name: "distribution",
            summary: "how it varies: around the delay, uniform or normal; or beyond it, exponential or pareto",
            allowed: DISTRIBUTIONS,
            drawn: DISTRIBUTIONS,
        },
    ],
    aims: Aims::Links(SHAPES),
    inject: |scene, planned, fault| Box::pin(inject(scene, planned, fault)),
};

async fn inject(scene: &Scene<'_>, planned: &PlannedFault, fault: &mut Fault) {
    let given = &planned.parameters;
    let (delay, jitter, name) = (given.time("delay"), given.time("jitter"), given.word("distribution"));
    let distribution = Distribution::ALL.into_iter().find(|distribution| distribution.name() == name);
    let distribution = distribution.unwrap_or(Distribution::Uniform);
    let ruling = Ruling {
        rule: Rule::Delay { delay, jitter, distribution },
        phrase: format!("delay {} ± {} {name}", Span(delay), Span(jitter)),
        felt: Felt { what: "messages", how: "delayed", count: |link| link.messages_delayed },
        impairs: rule::is_late(scene, delay + jitter * distribution.jitters_max()),
    };
    rule::inject(scene, planned, fault, ruling).await;
}
