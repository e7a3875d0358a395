//! Pauses. The undo is to let the process go on. The evidence is the process state that the kernel reports: stopped, when
//! it begins and still when it ends, and running afterwards.

use super::{Aims, Kind, PlannedFault, Target, hold::Grip, join::join_all, run::Scene};
use crate::{
    cluster::ProcessState,
    history::{Effect, Fault},
};

pub(super) static PAUSE: Kind = Kind {
    name: "pause",
    summary: "stop all threads of nodes with SIGSTOP, and let them go on with SIGCONT",
    needs: "nodes that are processes of ours",
    parameters: &[],
    aims: Aims::Nodes(&{
        use Target::{Leader, Majority, Minority, One};
        [Leader, Leader, Leader, One, One, Minority, Majority]
    }),
    inject: |scene, planned, fault| Box::pin(inject(scene, planned, fault)),
};

async fn inject(scene: &Scene<'_>, planned: &PlannedFault, fault: &mut Fault) {
    let cluster = scene.cluster;
    let mut notes = Vec::new();
    let Some((planned, nodes)) = &scene.choose_living(planned, fault, &mut notes).await else { return };

    fault.started = Some(scene.now());
    nodes.iter().for_each(|node| scene.holds.take(node, Grip::Paused));
    let pauses = join_all(nodes.iter().map(|node| cluster.pause(node))).await;
    let mut stopped = Vec::new();
    for (node, outcome) in nodes.iter().zip(pauses) {
        match outcome {
            Ok(pid) => {
                fault.evidence.numbers.insert(format!("{node} pid"), pid.into());
                stopped.push((node, pid));
            }
            Err(error) => notes.push(error.to_string()),
        }
    }
    fault.nodes_down = stopped.iter().map(|(node, _)| (*node).clone()).collect();
    fault.evidence.effect = if stopped.is_empty() { Effect::Indeterminate } else { Effect::Installed };
    fault.evidence.note = format!("{} of {} processes read back as stopped", stopped.len(), nodes.len());
    fault.evidence.numbers.insert("processes_stopped".to_owned(), stopped.len() as u64);
    scene.endure(planned, fault).await;

    let is_still = |node: &str, pid| cluster.pid(node) == Some(pid) && cluster.state(node) == ProcessState::Stopped;
    let still = stopped.iter().filter(|(node, pid)| is_still(node, *pid)).count() as u64;
    let resumes = join_all(nodes.iter().map(|node| bring_back(scene, node))).await;
    let (mut running, mut is_healed) = (0, true);
    for outcome in resumes {
        match outcome {
            Ok(None) => running += 1,
            Ok(Some(why)) => notes.push(why),
            Err(error) => {
                is_healed = false;
                notes.push(error);
            }
        }
    }
    fault.healed = is_healed.then(|| scene.now());
    fault.evidence.numbers.insert("still_stopped_at_the_end".to_owned(), still);
    fault.evidence.numbers.insert("running_again".to_owned(), running);
    fault.evidence.note += &format!(", {still} still stopped at the end, {running} running again");
    notes.iter().for_each(|note| fault.evidence.note += &format!("; {note}"));
}

/// Lets a node go on if no other fault keeps it stopped. `Some`: it does not, and that is as it should be.
async fn bring_back(scene: &Scene<'_>, node: &str) -> Result<Option<String>, String> {
    let cluster = scene.cluster;
    if !scene.mends(node) {
        return Err(format!("{node} is left {}", cluster.state(node)));
    }
    if !scene.holds.release(node, Grip::Paused) {
        return Ok(Some(format!("{node} stays stopped for another fault")));
    }
    let resumed = match cluster.state(node) {
        ProcessState::Running => return Ok(None),
        ProcessState::Stopped => cluster.resume(node).await,
        ProcessState::Dead | ProcessState::NotStarted => return Ok(Some(format!("{node} was dead by then"))),
    };
    match resumed {
        Ok(_) => Ok(None),
        // A kill does not wait for a pause to end.
        Err(_) if scene.holds.is_held(node, Grip::Killed) => Ok(Some(format!("{node} was killed at that moment"))),
        Err(error) => Err(error.to_string()),
    }
}
