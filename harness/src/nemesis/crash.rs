//! Crashes at a named step: a node dies just before or after what must never be half done. The undo is to start it again. The evidence is the wait
//! status of the process, and its last words, which name the step. A fault whose step is not reached in time never was.

use super::{
    Aims, Domain, Kind, Parameter, PlannedFault, Target, hold::Grip, inside::Victim, join::join_all,
    kill::bring_all_back, run::Scene,
};
use crate::{
    cluster::{Cluster, OwnEnd},
    history::{Effect, Fault},
    system::raft::CRASH_POINTS,
};
use std::{os::unix::process::ExitStatusExt, time::Duration};

/// The steps of every write, at whoever stores it.
const OF_WRITES: &[&str] =
    &["before-append-sync", "after-append-sync", "after-log-write", "before-apply", "after-apply"];
/// Those of a node's own snapshots, which come now and then.
const OF_SNAPSHOTS: &[&str] = &[
    "after-segment-sync",
    "after-segment-rename",
    "after-segment-dir-sync",
    "after-snapshot-write",
    "after-snapshot-sync",
    "after-snapshot-rename",
    "after-snapshot-dir-sync",
    "before-cut",
    "after-cut",
    "after-retire",
    "before-snapshot-remove",
    "after-snapshot-remove",
];

/// All of them: but half of the faults are at a write, and only one in eight waits for an election, a fork, or a leader's snapshot.
/// Where nothing of that comes up, such a fault is in vain.
const DEALT: [&[&str]; 8] =
    [CRASH_POINTS, OF_SNAPSHOTS, OF_WRITES, OF_WRITES, OF_WRITES, OF_WRITES, OF_WRITES, OF_WRITES];
const DRAWN: [&str; CRASH_POINTS.len() + OF_SNAPSHOTS.len() + 6 * OF_WRITES.len()] = {
    let mut drawn = [""; CRASH_POINTS.len() + OF_SNAPSHOTS.len() + 6 * OF_WRITES.len()];
    let (mut hand, mut card, mut position) = (0, 0, 0);
    while position < drawn.len() {
        if card == DEALT[hand].len() {
            (hand, card) = (hand + 1, 0);
        }
        drawn[position] = DEALT[hand][card];
        (card, position) = (card + 1, position + 1);
    }
    drawn
};

pub(super) static CRASH: Kind = Kind {
    name: "crash",
    summary: "nodes die when they reach a named step, and are started again from stable storage",
    needs: "nodes that obey FAULT CRASH",
    parameters: &[
        Parameter {
            name: "point",
            summary: "the step; `whitewater list crash-points` names them",
            allowed: Domain::Words(CRASH_POINTS),
            drawn: Domain::Words(&DRAWN),
        },
        Parameter {
            name: "passing",
            summary: "which passing of the step, counted from the fault's beginning",
            allowed: Domain::Count(1, 1_000_000),
            drawn: Domain::Count(1, 2),
        },
    ],
    aims: Aims::Nodes(&{
        use Target::{All, Leader, Majority, Minority, One};
        [Leader, Leader, One, One, Minority, Majority, All]
    }),
    inject: |scene, planned, fault| Box::pin(inject(scene, planned, fault)),
};

async fn inject(scene: &Scene<'_>, planned: &PlannedFault, fault: &mut Fault) {
    let mut notes = Vec::new();
    let Some((planned, nodes)) = scene.choose_listeners(planned, fault, &mut notes).await else { return };
    let cluster = scene.cluster;
    let (point, passing) = (planned.parameters.word("point"), planned.parameters.count("passing"));
    fault.summary += &format!(" at {point}");
    let armed = scene.now();
    // Held already, though they live: no other fault that ends nodes shall choose them, too.
    for node in &nodes {
        scene.holds.take(node, Grip::Killed);
        cluster.expect(node, OwnEnd::Killed);
    }
    let living = nodes.iter().filter_map(|node| Some(Victim { node: node.clone(), pid: cluster.pid(node)? }));
    let living: Vec<Victim> = living.collect();
    let mut victims = scene.command(&nodes, &format!("CRASH {point} {passing}"), &mut notes).await;
    // One that reached the step at once has died before it could say that it obeys.
    let obeys = |node: &str| victims.iter().any(|victim| victim.node == node);
    let silent = living.into_iter().filter(|it| !obeys(&it.node) && cluster.pid(&it.node) != Some(it.pid));
    let silent: Vec<Victim> = silent.collect();
    victims.extend(silent);
    // The others have as long as the first to get there.
    let limit = Duration::from_nanos(planned.end_ns.saturating_sub(scene.now())) * 2 / 3;
    let deaths = join_all(victims.iter().map(|victim| dies(cluster, victim, limit, point))).await;
    let mut dead = Vec::new();
    for (victim, has_died) in victims.iter().zip(deaths) {
        match has_died {
            Ok(true) => dead.push(victim.node.clone()),
            Ok(false) => {
                // Or it dies now, or later, if it cannot be told.
                let is_off = scene.take_back(victim, "CRASH OFF").await.is_ok();
                if cluster.pid(&victim.node) != Some(victim.pid) {
                    dead.push(victim.node.clone());
                } else if is_off {
                    cluster.no_longer_expect(&victim.node, OwnEnd::Killed);
                }
            }
            Err(note) => notes.push(note),
        }
    }
    fault.evidence.numbers.insert("crashes".to_owned(), dead.len() as u64);
    fault.evidence.note = format!("{} of {} nodes died at {point}", dead.len(), nodes.len());
    if !dead.is_empty() {
        // Each may have been dead since then.
        fault.started = Some(armed);
        fault.evidence.effect = Effect::Installed;
        fault.nodes_down.clone_from(&dead);
        scene.endure(&planned, fault).await;
    }
    bring_all_back(scene, &nodes, fault, &mut notes).await;
    // What never began cannot be over.
    fault.healed = fault.healed.filter(|_| fault.started.is_some());
    notes.iter().for_each(|note| fault.evidence.note += &format!("; {note}"));
}

/// Whether it died of that within this time.
///
/// # Errors
/// If it died of something else.
async fn dies(cluster: &Cluster, victim: &Victim, limit: Duration, point: &str) -> Result<bool, String> {
    let Victim { node, pid } = victim;
    let Some(ended) = cluster.await_own_end(node, *pid, limit).await else { return Ok(false) };
    let is_crash = cluster.stderr_tail(node).contains(&format!("crash point {point}"));
    match ended.status.signal() {
        Some(9) if is_crash => Ok(true),
        _ => Err(format!("{node} ended otherwise ({})", ended.status)),
    }
}
