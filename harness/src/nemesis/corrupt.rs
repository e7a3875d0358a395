//! Corruption: a bit of a message is flipped on its way. The undo is to take the rule back. The evidence is twofold: how many messages
//! the links have corrupted, and how many their receivers say that they have rejected. It must be the same number, for a node that
//! takes a corrupted message for a good one has a checksum that does not work.
//!
//! What a receiver has counted is lost when its process ends, and what it has not read yet when the connection is reset. Such messages
//! are unaccounted for, and nobody is accused of them. A difference that none of this explains is said to be unexplained.
//!
//! A connection ends with a corrupted message, so that it costs those on their way, too. Links are impaired if more than one in a
//! hundred is corrupted.

use super::{
    Aims, Domain, Kind, Parameter, PlannedFault,
    rule::{self, Felt, SHAPES},
    run::Scene,
};
use crate::{
    history::Fault,
    net::{LinkCounters, Rule},
};
use std::{collections::BTreeMap, time::Duration};
use tokio::time::{Instant, sleep};

/// Up to here, connections are made again as fast as they end.
const IMPAIRS_ABOVE: f64 = 0.01;
/// How long receivers may take to read what has reached their kernels.
const READ_TIMEOUT: Duration = Duration::from_secs(2);
/// The same where nothing else would explain what is missing: the machine may be overwhelmed.
const LAST_TIMEOUT: Duration = Duration::from_secs(10);
const READ_POLL: Duration = Duration::from_millis(20);

/// The number under which the messages stand that were corrupted, and not rejected, and nothing explains it.
pub(crate) const UNEXPLAINED: &str = "corruptions_unexplained";

pub(super) static CORRUPT: Kind = Kind {
    name: "corrupt",
    summary: "flip a bit of messages; their receivers have to reject them",
    needs: "nodes that reach each other through our proxies, and say how many messages they have rejected",
    parameters: &[Parameter {
        name: "probability",
        summary: "how likely each message is",
        allowed: Domain::Number(0.0, 1.0),
        drawn: Domain::Number(0.005, 0.1),
    }],
    aims: Aims::Links(SHAPES),
    inject: |scene, planned, fault| Box::pin(inject(scene, planned, fault)),
};

/// What is known of a receiver at a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Reading {
    /// Messages corrupted on the links to it.
    corrupted: u64,
    /// Connections reset on them.
    resets: u64,
    /// Its process, and how many messages that says it has rejected; `None` if it does not answer.
    rejected: Option<(u32, u64)>,
}

/// What became of the messages to one receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Balance {
    rejected: u64,
    /// Of as many nobody knows.
    unaccounted: u64,
    /// As many are missing, or too many.
    unexplained: u64,
}

impl Balance {
    fn of(before: Reading, after: Reading) -> Balance {
        let corrupted = after.corrupted - before.corrupted;
        let rejected = match (before.rejected, after.rejected) {
            (Some((process, before)), Some((same, after))) if process == same => after.saturating_sub(before),
            _ => return Balance { rejected: 0, unaccounted: corrupted, unexplained: 0 },
        };
        let missing = corrupted.saturating_sub(rejected);
        let unaccounted = missing.min(after.resets - before.resets);
        Balance { rejected, unaccounted, unexplained: corrupted.abs_diff(rejected) - unaccounted }
    }

    fn is_settled(self) -> bool {
        self.unaccounted == 0 && self.unexplained == 0
    }
}

async fn inject(scene: &Scene<'_>, planned: &PlannedFault, fault: &mut Fault) {
    let network = scene.cluster.network();
    let probability = planned.parameters.number("probability");
    let phrase = format!("corrupt {} %", probability * 100.0);
    let (impairs, before) = (probability > IMPAIRS_ABOVE, read(scene).await);
    let Some((note, planned)) = rule::begin(scene, planned, fault, &phrase, impairs).await else { return };
    let counters = network.counters();
    let rule = network.add_rule(&fault.links, Rule::Corrupt { probability });
    scene.endure(&planned, fault).await;
    network.remove_rule(rule);
    fault.healed = Some(scene.now());

    let balances = settle(scene, &before).await;
    let felt = Felt { what: "messages", how: "corrupted", count: |link| link.messages_corrupted };
    rule::weigh(scene, fault, &felt, &counters);
    let sum = |part: fn(&Balance) -> u64| balances.values().map(part).sum::<u64>();
    let (rejected, unaccounted) = (sum(|balance| balance.rejected), sum(|balance| balance.unaccounted));
    let unexplained = sum(|balance| balance.unexplained);
    let evidence = &mut fault.evidence;
    evidence.numbers.insert("messages_rejected".to_owned(), rejected);
    evidence.numbers.insert("corruptions_unaccounted".to_owned(), unaccounted);
    evidence.numbers.insert(UNEXPLAINED.to_owned(), unexplained);
    evidence.note += &format!(", {rejected} rejected by their receivers");
    if unaccounted > 0 {
        evidence.note += &format!(", {unaccounted} unknown since a receiver or its connection was gone");
    }
    for (node, balance) in balances.iter().filter(|(_, balance)| balance.unexplained > 0) {
        evidence.note += &format!("; at {node} the numbers differ by {}, which nothing explains", balance.unexplained);
    }
    evidence.note += &note;
}

/// Waits until the receivers have read what was on its way, or long enough. Then what is still missing is missing.
async fn settle(scene: &Scene<'_>, before: &BTreeMap<String, Reading>) -> BTreeMap<String, Balance> {
    let start = Instant::now();
    loop {
        let after = read(scene).await;
        // A node that was only there for a time has no message corrupted: the links are those between the others.
        let both = before.iter().filter_map(|(node, before)| Some((node, *before, *after.get(node)?)));
        let balances = both.map(|(node, before, after)| (node.clone(), Balance::of(before, after)));
        let balances: BTreeMap<String, Balance> = balances.collect();
        let limit = if balances.values().all(|balance| balance.unexplained == 0) { READ_TIMEOUT } else { LAST_TIMEOUT };
        if balances.values().all(|balance| balance.is_settled()) || start.elapsed() > limit {
            return balances;
        }
        sleep(READ_POLL).await;
    }
}

/// How it stands with every node.
async fn read(scene: &Scene<'_>) -> BTreeMap<String, Reading> {
    let (cluster, counters) = (scene.cluster, scene.cluster.network().counters());
    let statuses = cluster.statuses().await.into_iter();
    let reading = statuses.map(|(node, status)| {
        let sum = |count: fn(&LinkCounters) -> u64| {
            counters.iter().filter(|(link, _)| link.to == node).map(|(_, counters)| count(counters)).sum()
        };
        let said = status.ok().and_then(|status| status.frames_rejected);
        let reading = Reading {
            corrupted: sum(|link| link.messages_corrupted),
            resets: sum(|link| link.resets),
            rejected: cluster.pid(&node).zip(said),
        };
        (node, reading)
    });
    reading.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn difference_is_excused_by_what_can_explain_it_and_by_nothing_else() {
        let before = Reading { corrupted: 5, resets: 2, rejected: Some((77, 10)) };
        let balance = |corrupted, resets, rejected| {
            let Balance { rejected, unaccounted, unexplained } =
                Balance::of(before, Reading { corrupted, resets, rejected });
            (rejected, unaccounted, unexplained)
        };
        assert_eq!(balance(8, 2, Some((77, 13))), (3, 0, 0), "as many as were corrupted");
        assert_eq!(balance(8, 2, Some((77, 12))), (2, 0, 1), "one was taken for a good one");
        assert_eq!(balance(8, 2, Some((77, 14))), (4, 0, 1), "one was rejected that nobody corrupted");
        assert_eq!(balance(8, 4, Some((77, 10))), (0, 2, 1), "two may have been lost with their connections");
        assert_eq!(balance(8, 2, Some((78, 1))), (0, 3, 0), "another process does not know what the first rejected");
        assert_eq!(balance(8, 2, None), (0, 3, 0), "who does not answer cannot be asked");
    }
}
