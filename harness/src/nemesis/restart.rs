//! Restarts again and again: one node after the other, as operators do it, or the same nodes in a loop, as a supervisor does with a
//! process that cannot live. Each is a kill and a start with the data that was there; the evidence is that of kills: wait statuses,
//! and answers of new processes. What is healed is the last restart.

use super::{
    Aims, Domain, Kind, Parameter, PlannedFault, Target,
    hold::Grip,
    join::join_all,
    kill::{Return, bring_back},
    run::Scene,
};
use crate::{
    cluster::ProcessState,
    history::{Effect, Fault},
};
use std::{os::unix::process::ExitStatusExt, time::Duration};

const MS: Duration = Duration::from_millis(1);

static PAUSES: [Parameter; 2] = [
    Parameter {
        name: "down",
        summary: "how long a node stays dead",
        allowed: Domain::Time(MS, Duration::from_secs(3600)),
        drawn: Domain::Time(Duration::from_millis(10), Duration::from_millis(500)),
    },
    Parameter {
        name: "up",
        summary: "how long it then lives, once it answers, before the next kill",
        allowed: Domain::Time(MS, Duration::from_secs(3600)),
        drawn: Domain::Time(Duration::from_millis(10), Duration::from_millis(1000)),
    },
];

pub(super) static ROLLING: Kind = Kind {
    name: "rolling-restart",
    summary: "kill nodes one after the other, round and round, each when the one before answers again",
    needs: "nodes that are processes of ours",
    parameters: &PAUSES,
    aims: Aims::Nodes(&[Target::All]),
    inject: |scene, planned, fault| Box::pin(inject(scene, planned, fault, true)),
};

pub(super) static CRASH_LOOP: Kind = Kind {
    name: "crash-loop",
    summary: "kill nodes again soon after each restart",
    needs: "nodes that are processes of ours",
    parameters: &PAUSES,
    aims: Aims::Nodes(&{
        use Target::{Leader, Minority, One};
        [Leader, One, Minority]
    }),
    inject: |scene, planned, fault| Box::pin(inject(scene, planned, fault, false)),
};

/// What came of the restarts of some nodes.
#[derive(Default)]
struct Tally {
    killed: u64,
    answering: u64,
    notes: Vec<String>,
    has_failed: bool,
}

async fn inject(scene: &Scene<'_>, planned: &PlannedFault, fault: &mut Fault, is_in_turn: bool) {
    let mut tally = Tally::default();
    let is_alive = |node: &str| !scene.holds.is_held(node, Grip::Killed);
    let nodes = scene.choose(is_alive, planned, fault, &mut tally.notes).await;
    if nodes.is_empty() {
        fault.evidence.note = "every node was dead already".to_owned();
        return;
    }
    // Who is down changes from moment to moment: of these nodes nothing can be demanded.
    fault.started = Some(scene.now());
    fault.evidence.effect = Effect::Indeterminate;
    fault.evidence.note = "under way".to_owned();
    scene.tell(fault);
    if is_in_turn {
        tally.add(restart_in_turn(scene, planned, &nodes).await);
    } else {
        let loops = nodes.iter().map(|node| restart_in_turn(scene, planned, std::slice::from_ref(node)));
        join_all(loops).await.into_iter().for_each(|one| tally.add(one));
    }

    fault.healed = (!tally.has_failed).then(|| scene.now());
    let numbers = &mut fault.evidence.numbers;
    numbers.insert("processes_killed".to_owned(), tally.killed);
    numbers.insert("answering_again".to_owned(), tally.answering);
    fault.evidence.effect = if tally.killed > 0 { Effect::Installed } else { Effect::Indeterminate };
    fault.evidence.note = format!("{} processes killed by SIGKILL, {} answering again", tally.killed, tally.answering);
    tally.notes.sort();
    tally.notes.dedup();
    tally.notes.iter().for_each(|note| fault.evidence.note += &format!("; {note}"));
}

/// Restarts one of the nodes after the other until the time is over. At least one is killed, and at the end all of them live.
async fn restart_in_turn(scene: &Scene<'_>, planned: &PlannedFault, nodes: &[String]) -> Tally {
    let cluster = scene.cluster;
    let (down, up) = (planned.parameters.time("down"), planned.parameters.time("up"));
    let mut tally = Tally::default();
    for node in nodes.iter().cycle() {
        // Who is dead for another fault has its turn again later.
        if matches!(cluster.state(node), ProcessState::Running | ProcessState::Stopped) {
            scene.holds.take(node, Grip::Killed);
            match cluster.kill(node).await {
                Ok(ended) if ended.status.signal() == Some(9) => tally.killed += 1,
                Ok(ended) => tally.notes.push(format!("{node} ended by itself at that moment ({})", ended.status)),
                Err(error) => tally.notes.push(error.to_string()),
            }
            scene.pass(planned, down).await;
            match bring_back(scene, node).await {
                Return::Answering { .. } => tally.answering += 1,
                Return::Held(why) => tally.notes.push(why),
                Return::Left(why) => {
                    tally.has_failed = true;
                    tally.notes.push(why);
                    return tally;
                }
                Return::Failed(error) => {
                    tally.has_failed = true;
                    tally.notes.push(error.to_string());
                    return tally;
                }
            }
        }
        if !scene.pass(planned, up).await {
            return tally;
        }
    }
    tally
}

impl Tally {
    fn add(&mut self, other: Tally) {
        self.killed += other.killed;
        self.answering += other.answering;
        self.notes.extend(other.notes);
        self.has_failed |= other.has_failed;
    }
}
