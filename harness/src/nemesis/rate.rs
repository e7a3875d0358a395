//! Rate limits: links carry only so much, and what is more has to wait.
//!
//! They impair links below a million bytes a second: a busy leader sends each follower a few hundred thousand, and snapshots too.

use super::{
    Aims, Domain, Kind, Parameter, PlannedFault,
    rule::{self, Felt, PROXIES, Ruling, SHAPES},
    run::Scene,
};
use crate::{history::Fault, net::Rule};
use std::num::NonZeroU64;

/// With this much, the clients of a test are served as without a limit. What is drawn is far below, so that it is felt: at 500
/// operations a second a leader sends each follower some 30 kB.
const IMPAIRS_BELOW: u64 = 1_000_000;

pub(super) static RATE: Kind = Kind {
    name: "rate",
    summary: "limit what links carry; what is more waits, and holds its sender up in the end",
    needs: PROXIES,
    parameters: &[Parameter {
        name: "bytes_per_second",
        summary: "how much, headers included",
        allowed: Domain::Count(1, 1 << 40),
        drawn: Domain::Count(30_000, 2_000),
    }],
    aims: Aims::Links(SHAPES),
    inject: |scene, planned, fault| Box::pin(inject(scene, planned, fault)),
};

async fn inject(scene: &Scene<'_>, planned: &PlannedFault, fault: &mut Fault) {
    let limit = planned.parameters.count("bytes_per_second");
    let ruling = Ruling {
        rule: Rule::Rate { bytes_per_second: NonZeroU64::new(limit).unwrap_or(NonZeroU64::MIN) },
        phrase: format!("rate {limit} bytes/s"),
        felt: Felt { what: "messages", how: "throttled", count: |link| link.messages_throttled },
        impairs: limit < IMPAIRS_BELOW,
    };
    rule::inject(scene, planned, fault, ruling).await;
}
