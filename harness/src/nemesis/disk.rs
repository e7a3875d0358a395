//! Disks that are slow, fail, or are full. The undo is that they work again; and a node that ended because of it is started again. The
//! evidence is what the node counted: syncs that were delayed or failed, writes that were refused; or that it is gone.

use super::{
    Aims, Domain, Kind, Parameter, PlannedFault, Target, hold::Grip, inside::Victim, join::join_all,
    kill::bring_all_back, run::Scene,
};
use crate::{
    cluster::OwnEnd,
    history::{Effect, Fault},
};
use std::{collections::BTreeMap, convert::Infallible, time::Duration};
use tokio::time::sleep;

const NEEDS: &str = "nodes that obey FAULT DISK";
/// How often a node is asked whether it has felt anything yet.
const STEP: Duration = Duration::from_millis(50);

pub(super) static SLOW_SYNC: Kind = Kind {
    name: "slow-sync",
    summary: "each sync of nodes' disks takes longer",
    needs: NEEDS,
    parameters: &[Parameter {
        name: "delay",
        summary: "how much longer",
        allowed: Domain::Time(Duration::from_millis(1), Duration::from_secs(60)),
        drawn: Domain::Time(Duration::from_millis(5), Duration::from_millis(500)),
    }],
    aims: Aims::Nodes(&{
        use Target::{All, Leader, Majority, Minority, One};
        [Leader, Leader, One, Minority, Majority, All]
    }),
    inject: |scene, planned, fault| {
        let words = format!("DISK SLOW {}ns", planned.parameters.time("delay").as_nanos());
        Box::pin(inject(scene, planned, fault, words, "syncs_delayed"))
    },
};

pub(super) static FULL: Kind = Kind {
    name: "full",
    summary: "there is no space left on nodes' disks",
    needs: NEEDS,
    parameters: &[Parameter {
        name: "refuses",
        summary: "what finds no space: what makes a file longer, or every write, as where a file system copies on write",
        allowed: Domain::Words(&["growth", "every-write"]),
        drawn: Domain::Words(&["growth", "every-write"]),
    }],
    aims: Aims::Nodes(&{
        use Target::{All, Leader, Majority, Minority, One};
        [Leader, Leader, One, Minority, Majority, All]
    }),
    inject: |scene, planned, fault| {
        let words = format!("DISK FULL {}", planned.parameters.word("refuses"));
        Box::pin(inject(scene, planned, fault, words, "writes_refused"))
    },
};

pub(super) static FAIL_SYNC: Kind = Kind {
    name: "fail-sync",
    summary: "syncs of nodes' disks fail, which a node must not survive",
    needs: NEEDS,
    parameters: &[Parameter {
        name: "syncs",
        summary: "how many fail",
        allowed: Domain::Count(1, 1_000_000),
        drawn: Domain::Count(1, 3),
    }],
    aims: Aims::Nodes(&{
        use Target::{Leader, Majority, Minority, One};
        [Leader, Leader, One, Minority, Majority]
    }),
    inject: |scene, planned, fault| Box::pin(fail(scene, planned, fault)),
};

/// A fault with which a node lives on; what it does is counted under this name.
async fn inject(scene: &Scene<'_>, planned: &PlannedFault, fault: &mut Fault, words: String, counted: &str) {
    let mut notes = Vec::new();
    let Some((planned, nodes)) = scene.choose_listeners(planned, fault, &mut notes).await else { return };
    let before = counts(scene, &nodes, counted).await;
    fault.started = Some(scene.now());
    let victims = scene.command(&nodes, &words, &mut notes).await;
    fault.evidence.effect = Effect::Indeterminate;
    fault.evidence.note = format!("{} of {} nodes were told", victims.len(), nodes.len());
    // A node that another fault ends before this one takes what it has counted with it.
    let mut seen = BTreeMap::new();
    tokio::select! {
        () = scene.endure(&planned, fault) => {}
        never = watch(scene, &victims, counted, &before, &mut seen) => match never {},
    }

    let after = join_all(victims.iter().map(|victim| scene.ask(victim, "DISK"))).await;
    let taken_back = join_all(victims.iter().map(|victim| scene.mend(victim, "DISK RESET"))).await;
    let mut sum = 0;
    for (Victim { node, .. }, numbers) in victims.iter().zip(after) {
        let count = match numbers {
            Some(numbers) => since(node, &numbers, counted, &before),
            None => {
                notes.push(format!("{node} was started anew, with a disk that works"));
                seen.get(node).copied().unwrap_or_default()
            }
        };
        fault.evidence.numbers.insert(format!("{node} {counted}"), count);
        sum += count;
    }
    if sum > 0 {
        fault.evidence.effect = Effect::Installed;
    }
    fault.evidence.numbers.insert(counted.to_owned(), sum);
    fault.evidence.note += &format!(", {sum} {}", counted.replace('_', " "));
    let failed: Vec<String> = taken_back.into_iter().filter_map(Result::err).collect();
    fault.healed = failed.is_empty().then(|| scene.now());
    notes.iter().chain(&failed).for_each(|note| fault.evidence.note += &format!("; {note}"));
}

/// Notes for each victim the first effect that is seen.
async fn watch(
    scene: &Scene<'_>,
    victims: &[Victim],
    counted: &str,
    before: &BTreeMap<String, i64>,
    seen: &mut BTreeMap<String, u64>,
) -> Infallible {
    loop {
        sleep(STEP).await;
        for Victim { node, pid } in victims {
            if seen.contains_key(node) || scene.cluster.pid(node) != Some(*pid) {
                continue;
            }
            let Ok(numbers) = scene.cluster.fault(node, "DISK").await else { continue };
            let count = since(node, &numbers, counted, before);
            if count > 0 && scene.cluster.pid(node) == Some(*pid) {
                seen.insert(node.clone(), count);
            }
        }
    }
}

/// How much a node has counted since then.
fn since(node: &str, numbers: &BTreeMap<String, i64>, counted: &str, before: &BTreeMap<String, i64>) -> u64 {
    let count = numbers.get(counted).copied().unwrap_or_default();
    (count - before.get(node).copied().unwrap_or_default()).max(0).unsigned_abs()
}

/// What these nodes have counted under this name by now.
async fn counts(scene: &Scene<'_>, nodes: &[String], counted: &str) -> BTreeMap<String, i64> {
    let asked = join_all(nodes.iter().map(|node| scene.cluster.fault(node, "DISK"))).await;
    let count = |numbers: BTreeMap<String, i64>| numbers.get(counted).copied();
    nodes.iter().cloned().zip(asked).filter_map(|(node, numbers)| Some((node, numbers.ok().and_then(count)?))).collect()
}

/// A fault of which a node dies: what it tried to make durable is lost, and it must not go on as if it were not. A snapshot may fail
/// without harm, though; then the node lives.
async fn fail(scene: &Scene<'_>, planned: &PlannedFault, fault: &mut Fault) {
    let mut notes = Vec::new();
    let Some((planned, nodes)) = scene.choose_listeners(planned, fault, &mut notes).await else { return };
    let cluster = scene.cluster;
    fault.started = Some(scene.now());
    // Held from the moment of the choice on: no other fault that ends nodes shall choose them, too.
    for node in &nodes {
        scene.holds.take(node, Grip::Killed);
        cluster.expect(node, OwnEnd::Failed);
    }
    let before = counts(scene, &nodes, "syncs_failed").await;
    let words = format!("DISK FAIL-SYNC {}", planned.parameters.count("syncs"));
    let victims = scene.command(&nodes, &words, &mut notes).await;
    scene.endure(&planned, fault).await;

    let (mut ended, mut failed) = (0, 0);
    for victim in &victims {
        let Victim { node, pid } = victim;
        match scene.ask(victim, "DISK").await {
            Some(numbers) => failed += since(node, &numbers, "syncs_failed", &before),
            None => match cluster.await_own_end(node, *pid, Duration::ZERO).await {
                Some(end) if end.status.code().is_some_and(|code| code != 0) => ended += 1,
                Some(end) => notes.push(format!("{node} ended otherwise ({})", end.status)),
                None => notes.push(format!("{node} does not answer")),
            },
        }
        // It may die of the rest until then.
        if scene.take_back(victim, "DISK RESET").await.is_ok() && cluster.pid(node) == Some(*pid) {
            cluster.no_longer_expect(node, OwnEnd::Failed);
        }
    }
    fault.evidence.effect = if ended + failed > 0 { Effect::Installed } else { Effect::Indeterminate };
    fault.evidence.numbers.insert("nodes_ended".to_owned(), ended);
    fault.evidence.numbers.insert("syncs_survived".to_owned(), failed);
    fault.evidence.note = format!("{ended} of {} nodes ended because a sync failed", nodes.len());
    if failed > 0 {
        fault.evidence.note += &format!(", {failed} syncs of snapshots failed");
    }
    bring_all_back(scene, &nodes, fault, &mut notes).await;
    notes.iter().for_each(|note| fault.evidence.note += &format!("; {note}"));
}
