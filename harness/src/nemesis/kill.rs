//! Kills. The undo is to start the node again, with the data it had, and it is complete when the node answers. The evidence
//! is the wait status of the process, and that there is another one afterwards.

use super::{Aim, Aims, Kind, PlannedFault, Target, hold::Grip, join::join_all, run::Scene};
use crate::{
    cluster::{ClusterError, Ended, ProcessState},
    history::{Effect, Fault},
};
use std::{
    os::unix::process::ExitStatusExt,
    time::{Duration, Instant},
};

pub(super) static KILL: Kind = Kind {
    name: "kill",
    summary: "kill nodes with SIGKILL, and start them again from stable storage",
    needs: "nodes that are processes of ours",
    parameters: &[],
    aims: Aims::Nodes(&{
        use Target::{All, Leader, Majority, Minority, One};
        [Leader, Leader, One, One, Minority, Majority, All]
    }),
    inject: |scene, planned, fault| Box::pin(inject(scene, planned, fault)),
};

/// How long a restarted node may take to answer: it has its log to read first.
pub(super) const ANSWER_TIMEOUT: Duration = Duration::from_secs(15);
/// How long to wait for an answer before looking whether another fault has the node.
const ANSWER_STEP: Duration = Duration::from_millis(100);

/// How a node came back.
pub(super) enum Return {
    /// It answers, as this process, so long after it was started.
    Answering { pid: u32, after: Duration },
    /// Another fault has it; what is to be said about that.
    Held(String),
    /// It does not.
    Failed(ClusterError),
}

async fn inject(scene: &Scene<'_>, planned: &PlannedFault, fault: &mut Fault) {
    let cluster = scene.cluster;
    // A random target is one that lives; `all` means all, whoever else has killed some of them.
    let is_eligible = |node: &str| planned.aim == Aim::Nodes(Target::All) || !scene.holds.is_held(node, Grip::Killed);
    let mut notes = Vec::new();
    let nodes = scene.choose(is_eligible, planned, fault, &mut notes).await;
    if nodes.is_empty() {
        fault.evidence.note = "every node was dead already".to_owned();
        return;
    }

    fault.started = Some(scene.now());
    nodes.iter().for_each(|node| scene.holds.take(node, Grip::Killed));
    let kills = join_all(nodes.iter().map(|node| cluster.kill(node))).await;
    let killed = weigh(fault, kills, &mut notes);
    fault.nodes_down = nodes.iter().filter(|node| cluster.state(node) == ProcessState::Dead).cloned().collect();
    fault.evidence.effect = if killed > 0 { Effect::Installed } else { Effect::Indeterminate };
    fault.evidence.note = format!("{killed} of {} processes killed by SIGKILL", nodes.len());
    scene.endure(planned, fault).await;

    bring_all_back(scene, &nodes, fault, &mut notes).await;
    notes.iter().for_each(|note| fault.evidence.note += &format!("; {note}"));
}

/// Starts nodes again which this fault holds as killed, and heals it so.
pub(super) async fn bring_all_back(scene: &Scene<'_>, nodes: &[String], fault: &mut Fault, notes: &mut Vec<String>) {
    let returns = join_all(nodes.iter().map(|node| bring_back(scene, node))).await;
    let (mut answering, mut is_healed) = (0, true);
    for (node, outcome) in nodes.iter().zip(returns) {
        match outcome {
            Return::Answering { pid, after } => {
                answering += 1;
                fault.evidence.numbers.insert(format!("{node} pid after"), pid.into());
                fault.evidence.numbers.insert(format!("{node} answering after ms"), after.as_millis() as u64);
            }
            Return::Held(why) => notes.push(why),
            Return::Failed(error) => {
                is_healed = false;
                notes.push(error.to_string());
            }
        }
    }
    fault.healed = is_healed.then(|| scene.now());
    fault.evidence.numbers.insert("answering_again".to_owned(), answering);
    fault.evidence.note += &format!(", {answering} answering again");
}

/// What the kernel says of those that were to be killed. Returns how many of them SIGKILL has ended.
fn weigh(fault: &mut Fault, kills: Vec<Result<Ended, ClusterError>>, notes: &mut Vec<String>) -> u64 {
    let numbers = &mut fault.evidence.numbers;
    let mut killed = 0;
    for kill in kills {
        match kill {
            Ok(Ended { node, pid, status, .. }) => {
                numbers.insert(format!("{node} pid"), pid.into());
                match status.signal() {
                    Some(9) => killed += 1,
                    _ => notes.push(format!("{node} ended by itself at that moment ({status})")),
                }
                if let Some(signal) = status.signal() {
                    numbers.insert(format!("{node} signal"), signal.unsigned_abs().into());
                }
            }
            Err(error) => notes.push(error.to_string()),
        }
    }
    numbers.insert("processes_killed".to_owned(), killed);
    killed
}

/// Starts a node again if no other fault keeps it dead, and waits until it answers.
pub(super) async fn bring_back(scene: &Scene<'_>, node: &str) -> Return {
    let cluster = scene.cluster;
    if !scene.holds.release(node, Grip::Killed) {
        return Return::Held(format!("{node} stays dead for another fault"));
    }
    if cluster.state(node) == ProcessState::Dead
        && let Err(error) = cluster.restart(node)
    {
        return Return::Failed(error);
    }
    let start = Instant::now();
    loop {
        let answer = cluster.wait_answering(node, ANSWER_STEP).await;
        if let (Ok(_), Some(pid)) = (&answer, cluster.pid(node)) {
            return Return::Answering { pid, after: start.elapsed() };
        }
        if scene.holds.is_held(node, Grip::Killed) || cluster.state(node) == ProcessState::Stopped {
            return Return::Held(format!("{node} was hit by another fault before it answered"));
        }
        match answer {
            Err(error @ ClusterError::Ended { .. }) => return Return::Failed(error),
            Err(error) if start.elapsed() >= ANSWER_TIMEOUT => return Return::Failed(error),
            _ => {}
        }
    }
}
