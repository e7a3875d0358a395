//! Power failures: a node dies, and of what it had not synced nothing reaches the disk, or a part. They strike in the middle of a sync, when there
//! is something to lose. The undo is to start the node again. The evidence is the wait status of the process, and its last words: how
//! much there was to lose.

use super::{
    Aims, Domain, Kind, Parameter, PlannedFault, Target, hold::Grip, inside::Victim, join::join_all,
    kill::bring_all_back, run::Scene,
};
use crate::{
    cluster::{Cluster, Ended, OwnEnd},
    history::{Effect, Fault},
};
use std::{os::unix::process::ExitStatusExt, time::Duration};

const NEEDS: &str = "nodes that obey FAULT POWER, and hold what they have not synced";
const PARAMETERS: &[Parameter] = &[Parameter {
    name: "sync",
    summary: "which sync it strikes, counted from the fault's beginning",
    allowed: Domain::Count(1, 1_000_000),
    drawn: Domain::Count(1, 20),
}];
const AIMS: Aims = Aims::Nodes(&{
    use Target::{All, Leader, Majority, Minority, One};
    [Leader, Leader, One, One, Minority, Majority, All]
});
/// How long to wait for a node to sync so often. Then the power goes at once.
const SYNC_TIMEOUT: Duration = Duration::from_secs(1);
/// How long a node may take to die at once.
const DEATH_TIMEOUT: Duration = Duration::from_secs(10);

pub(super) static WHOLE: Kind = Kind {
    name: "whole",
    summary: "the power of nodes fails, and all is lost that was not synced",
    needs: NEEDS,
    parameters: PARAMETERS,
    aims: AIMS,
    inject: |scene, planned, fault| Box::pin(inject(scene, planned, fault, "WHOLE".to_owned())),
};

pub(super) static TORN: Kind = Kind {
    name: "torn",
    summary: "the power of nodes fails, and of what was not synced a beginning is kept",
    needs: NEEDS,
    parameters: PARAMETERS,
    aims: AIMS,
    inject: |scene, planned, fault| Box::pin(inject(scene, planned, fault, format!("TORN {}", planned.random))),
};

pub(super) static SUBSET: Kind = Kind {
    name: "subset",
    summary: "the power of nodes fails, and of what was not synced random sectors and names are kept",
    needs: NEEDS,
    parameters: PARAMETERS,
    aims: AIMS,
    inject: |scene, planned, fault| Box::pin(inject(scene, planned, fault, format!("SUBSET {}", planned.random))),
};

async fn inject(scene: &Scene<'_>, planned: &PlannedFault, fault: &mut Fault, loss: String) {
    let mut notes = Vec::new();
    let Some((planned, nodes)) = scene.choose_listeners(planned, fault, &mut notes).await else { return };
    let cluster = scene.cluster;
    fault.started = Some(scene.now());
    for node in &nodes {
        scene.holds.take(node, Grip::Killed);
        cluster.expect(node, OwnEnd::Killed);
    }
    let words = format!("POWER {loss} AT {}", planned.parameters.count("sync"));
    let victims = scene.command(&nodes, &words, &mut notes).await;
    let ends = join_all(victims.iter().map(|victim| die(cluster, victim, &loss))).await;
    let mut failures = 0;
    for (victim, end) in victims.iter().zip(ends) {
        match end {
            Some(Ended { status, .. }) if status.signal() == Some(9) => {
                failures += 1;
                enter_losses(cluster, &victim.node, fault);
                fault.nodes_down.push(victim.node.clone());
            }
            Some(Ended { status, .. }) => {
                notes.push(format!("{} ended by itself at that moment ({status})", victim.node))
            }
            None => notes.push(format!("{} lives", victim.node)),
        }
    }
    fault.evidence.effect = if failures > 0 { Effect::Installed } else { Effect::Indeterminate };
    fault.evidence.numbers.insert("power_failures".to_owned(), failures);
    let bytes: u64 =
        nodes.iter().filter_map(|node| fault.evidence.numbers.get(&format!("{node} bytes not synced"))).sum();
    fault.evidence.numbers.insert("bytes_not_synced".to_owned(), bytes);
    fault.evidence.note =
        format!("the power of {failures} of {} nodes failed, with {bytes} bytes not synced", nodes.len());
    scene.endure(&planned, fault).await;

    for node in &nodes {
        // One that never heard of it is not to die later.
        if !fault.nodes_down.contains(node) && cluster.fault(node, "DISK RESET").await.is_ok() {
            cluster.no_longer_expect(node, OwnEnd::Killed);
        }
    }
    bring_all_back(scene, &nodes, fault, &mut notes).await;
    notes.iter().for_each(|note| fault.evidence.note += &format!("; {note}"));
}

/// Waits until it has died of the sync; an idle node does not sync.
async fn die(cluster: &Cluster, victim: &Victim, loss: &str) -> Option<Ended> {
    let Victim { node, pid } = victim;
    if let Some(ended) = cluster.await_own_end(node, *pid, SYNC_TIMEOUT).await {
        return Some(ended);
    }
    // It does not answer: it dies.
    let _ = cluster.fault(node, &format!("POWER {loss}")).await;
    cluster.await_own_end(node, *pid, DEATH_TIMEOUT).await
}

/// Reads from a node's last words how much was not synced.
fn enter_losses(cluster: &Cluster, node: &str, fault: &mut Fault) {
    let stderr = cluster.stderr_tail(node);
    for (name, number) in losses(&stderr) {
        fault.evidence.numbers.insert(format!("{node} {name} not synced"), number);
    }
}

/// `power failure, 4096 bytes of 1 files and 0 names were not synced`
fn losses(stderr: &str) -> impl Iterator<Item = (&str, u64)> {
    let line = stderr.lines().rev().find(|line| line.contains("power failure, ")).unwrap_or_default();
    let words: Vec<&str> = line.split_whitespace().collect();
    let pairs: Vec<_> = words.windows(2).filter_map(|pair| Some((pair[1], pair[0].parse().ok()?))).collect();
    pairs.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_words_of_a_node_are_understood() {
        let stderr = "INFO recovered term=3\nfault injection: power failure, 4096 bytes of 1 files and 0 names were not synced\n";
        assert_eq!(losses(stderr).collect::<Vec<_>>(), [("bytes", 4096), ("files", 1), ("names", 0)]);
        assert_eq!(losses("INFO recovered term=3\n").count(), 0);
    }
}
