//! Carries a plan out. Each fault lives its own life (wait, choose, inject, wait, heal, gather the evidence), and all of
//! them live at the same time within one task, so that one that takes long to heal delays no other.

use super::{
    Aim, PlannedFault, Target, Wait,
    hold::{Grip, Holds},
    join::join_all,
    links::NAMED,
    wait::{Lookout, Stage},
};
use crate::{
    cluster::{Cluster, ProcessState},
    history::Fault,
};
use std::{
    collections::BTreeSet,
    sync::OnceLock,
    time::{Duration, Instant},
};
use tokio::{
    sync::{Mutex, watch},
    time::sleep_until,
};

/// How often to look whether a node has come back, or what a fault waits for has happened.
const POLL_NS: u64 = 20_000_000;

/// Who is told of the faults, as they come and go. It must return quickly.
pub trait Sink: Send + Sync {
    /// A fault is in force. Its evidence is what can be known by now.
    fn started(&self, fault: &Fault);
    /// A fault is over: healed, or what kept it from being healed is in its note. Its evidence is complete.
    fn healed(&self, fault: &Fault);
    /// A fault never came into force; the note says why.
    fn skipped(&self, fault: &Fault) {
        let _ = fault;
    }
    /// Only these nodes are healed in the end.
    fn core_chosen(&self, core: &[String]) {
        let _ = core;
    }
}

/// Injects the faults of a plan, and heals each of them when its time is over or, all at once, as soon as `stop` turns true
/// (or its sender is gone); then, if the test says so, only among a core of the nodes. When it returns everything else is healed, or cannot be; the faults come in the order of the plan.
/// Times count from `epoch`. If the future is dropped before, nothing is healed.
pub async fn run(
    plan: Vec<PlannedFault>,
    cluster: &Cluster,
    epoch: Instant,
    stop: watch::Receiver<bool>,
    sink: &dyn Sink,
) -> Vec<Fault> {
    let stages = watch::Sender::new(vec![Stage::Waiting; plan.len()]);
    let (holds, core) = (Holds::default(), OnceLock::new());
    let voters = std::sync::Mutex::new(vec![cluster.nodes().iter().cloned().collect()]);
    let scene = &Scene { cluster, core, voters, epoch, stop, sink, holds, stages, operator: Mutex::default() };
    let faults = join_all(plan.iter().map(|planned| scene.live(planned))).await;
    if cluster.test().leave_broken {
        scene.core();
    }
    faults
}

/// What the faults of a run have in common.
pub(super) struct Scene<'a> {
    pub cluster: &'a Cluster,
    pub holds: Holds,
    /// There is one operator: who changes the members waits until the change before is undone. He knows whether it could not be.
    pub operator: Mutex<bool>,
    /// Who is healed in the end, if not everybody is.
    pub(super) core: OnceLock<Vec<String>>,
    /// Every set of voters that may be in force.
    pub(super) voters: std::sync::Mutex<Vec<BTreeSet<String>>>,
    epoch: Instant,
    stop: watch::Receiver<bool>,
    pub(super) sink: &'a dyn Sink,
    /// How far each fault has come, by its number.
    stages: watch::Sender<Vec<Stage>>,
}

impl Scene<'_> {
    async fn live(&self, planned: &PlannedFault) -> Fault {
        let (kind, family) = (planned.kind.name, planned.kind.family().name);
        let mut fault = Fault {
            id: planned.id,
            nemesis: family.to_owned(),
            kind: kind.to_owned(),
            summary: if kind == family { kind.to_owned() } else { format!("{family} {kind}") },
            parameters: planned.parameters.written(),
            planned: (planned.start_ns, planned.end_ns),
            ..Fault::default()
        };
        match self.await_turn(planned).await {
            Ok(planned) => {
                fault.planned = (planned.start_ns, planned.end_ns);
                (planned.kind.inject)(self, &planned, &mut fault).await;
            }
            Err(why) => fault.evidence.note = why,
        }
        self.reach(&fault, Stage::Over);
        if fault.started.is_some() {
            self.sink.healed(&fault)
        } else {
            self.sink.skipped(&fault)
        }
        fault
    }

    /// Waits for what a fault waits for, and then until its time has come. The plan that is returned has its times since the start
    /// of the run.
    ///
    /// # Errors
    /// Why its time has never come.
    async fn await_turn(&self, planned: &PlannedFault) -> Result<PlannedFault, String> {
        let mut planned = planned.clone();
        for wait in &planned.when {
            if !self.await_condition(wait).await {
                return Err(format!("the workload was over before this could be said: {wait}"));
            }
        }
        if !planned.when.is_empty() {
            let now = self.now();
            planned.start_ns += now;
            planned.end_ns += now;
        }
        let has_come = self.wait_until(planned.start_ns).await;
        has_come.then_some(planned).ok_or_else(|| "the workload was over before it began".to_owned())
    }

    /// Whether a condition was met before the run was told to stop.
    async fn await_condition(&self, wait: &Wait) -> bool {
        let needed = match wait {
            Wait::Begun(fault) => Some((*fault, Stage::Begun)),
            Wait::Healed(fault) => Some((*fault, Stage::Over)),
            Wait::Leader | Wait::Snapshot(_) => None,
        };
        if let Some((fault, stage)) = needed {
            let (mut stages, mut stop) = (self.stages.subscribe(), self.stop.clone());
            return tokio::select! {
                biased;
                _ = stop.wait_for(|stop| *stop) => false,
                _ = stages.wait_for(|stages| stages.get(fault as usize).is_none_or(|reached| *reached >= stage)) => true,
            };
        }
        let mut lookout = Lookout::new(self.cluster);
        while !lookout.is_met(wait).await {
            if !self.wait_until(self.now() + POLL_NS).await {
                return false;
            }
        }
        true
    }

    /// A fault has come so far.
    fn reach(&self, fault: &Fault, stage: Stage) {
        self.stages.send_modify(|stages| {
            if let Some(reached) = stages.get_mut(fault.id as usize) {
                *reached = stage;
            }
        });
    }

    /// Resolves a target at this moment, unless the plan names the nodes, and enters it in the fault. What is to be said about it goes to the notes.
    pub async fn choose(
        &self,
        is_eligible: impl Fn(&str) -> bool,
        planned: &PlannedFault,
        fault: &mut Fault,
        notes: &mut Vec<String>,
    ) -> Vec<String> {
        let (target, nodes) = match planned.aim {
            Aim::Nodes(target) if planned.nodes.is_empty() => {
                let leader = if target == Target::Leader { self.cluster.leader().await } else { None };
                let leader = leader.as_ref().map(|(node, _)| node.as_str());
                let (chosen, nodes) = target.choose(self.cluster.nodes(), is_eligible, leader, planned.random);
                if target == Target::Leader && chosen == Target::One {
                    notes.push("no leader was known, so a random node was chosen".to_owned());
                }
                (chosen.name(), nodes)
            }
            _ => (NAMED, planned.nodes.clone()),
        };
        let names = if nodes.is_empty() { "nobody".to_owned() } else { nodes.join(" ") };
        fault.target = target.to_owned();
        fault.summary += &format!(" {names}");
        fault.nodes.clone_from(&nodes);
        nodes
    }

    /// Waits until there is somebody to choose, chooses, and enters the choice in the fault. The plan that is returned says when the
    /// fault is over now. `None`: there was nobody who `lived`, or whatever was asked for, as the fault says then.
    pub async fn choose_awaited(
        &self,
        lived: &str,
        is_eligible: impl Fn(&str) -> bool,
        planned: &PlannedFault,
        fault: &mut Fault,
        notes: &mut Vec<String>,
    ) -> Option<(PlannedFault, Vec<String>)> {
        let Some(planned) = self.await_victim(planned, &is_eligible).await else {
            fault.evidence.note = format!("no node {lived} until the end");
            return None;
        };
        let nodes = self.choose(&is_eligible, &planned, fault, notes).await;
        if nodes.is_empty() {
            fault.evidence.note = format!("the last node that {lived} was hit by another fault at that moment");
            return None;
        }
        Some((planned, nodes))
    }

    /// The same among the nodes that live, be they stopped.
    pub async fn choose_living(
        &self,
        planned: &PlannedFault,
        fault: &mut Fault,
        notes: &mut Vec<String>,
    ) -> Option<(PlannedFault, Vec<String>)> {
        let is_alive = |node: &str| {
            let state = self.cluster.state(node);
            matches!(state, ProcessState::Running | ProcessState::Stopped) && !self.holds.is_held(node, Grip::Killed)
        };
        self.choose_awaited("lived", is_alive, planned, fault, notes).await
    }

    /// Tells that a fault is in force, and waits for as long as it shall be.
    pub async fn endure(&self, planned: &PlannedFault, fault: &Fault) {
        self.tell(fault);
        self.wait_until(planned.end_ns).await;
    }

    /// Tells that a fault is in force.
    pub fn tell(&self, fault: &Fault) {
        self.sink.started(fault);
        self.reach(fault, Stage::Begun);
    }

    /// Waits until there is a node that a fault can do anything to: where another fault has killed them all, this one begins when
    /// the first comes back, and lasts as long as it was to. `None`: the run was told to stop before.
    pub async fn await_victim(&self, planned: &PlannedFault, is_victim: impl Fn(&str) -> bool) -> Option<PlannedFault> {
        let mut planned = planned.clone();
        let length = planned.end_ns.saturating_sub(planned.start_ns);
        while !self.cluster.nodes().iter().any(|node| is_victim(node)) {
            let next = self.now() + POLL_NS;
            if !self.wait_until(next).await {
                return None;
            }
            planned.end_ns = next + length;
        }
        Some(planned)
    }

    /// Lets so much time pass, but no more than the fault has left. Whether it has any left then.
    pub async fn pass(&self, planned: &PlannedFault, time: Duration) -> bool {
        let until = self.now() + time.as_nanos() as u64;
        self.wait_until(until.min(planned.end_ns)).await && until < planned.end_ns
    }

    /// Whether the run was told to stop.
    pub fn is_over(&self) -> bool {
        *self.stop.borrow()
    }

    /// The time, in ns since the start of the run.
    pub fn now(&self) -> u64 {
        self.epoch.elapsed().as_nanos() as u64
    }

    /// Whether the time was reached before the run was told to stop.
    pub async fn wait_until(&self, time_ns: u64) -> bool {
        let mut stop = self.stop.clone();
        tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop) => false,
            () = sleep_until((self.epoch + Duration::from_nanos(time_ns)).into()) => true,
        }
    }
}
