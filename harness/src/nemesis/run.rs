//! Carries a plan out. Each fault lives its own life (wait, choose, inject, wait, heal, gather the evidence), and all of
//! them live at the same time within one task, so that one that takes long to heal delays no other.

use super::{Action, PlannedFault, Target, hold::Holds, join::join_all, kill, partition, pause};
use crate::{
    cluster::Cluster,
    history::{Effect, Evidence, Fault},
};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};
use tokio::{sync::watch, time::sleep_until};

/// How often to look whether a node has come back.
const VICTIM_POLL_NS: u64 = 20_000_000;

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
}

/// Injects the faults of a plan, and heals each of them when its time is over or, all at once, as soon as `stop` turns true
/// (or its sender is gone). When it returns everything is healed, or cannot be; the faults come in the order of the plan.
/// Times count from `epoch`. If the future is dropped before, nothing is healed.
pub async fn run(
    plan: Vec<PlannedFault>,
    cluster: &Cluster,
    epoch: Instant,
    stop: watch::Receiver<bool>,
    sink: &dyn Sink,
) -> Vec<Fault> {
    let scene = Scene { cluster, epoch, stop, sink, holds: Holds::default() };
    let scene = &scene;
    join_all(plan.iter().map(|planned| scene.live(planned))).await
}

/// What the faults of a run have in common.
pub(super) struct Scene<'a> {
    pub cluster: &'a Cluster,
    pub holds: Holds,
    epoch: Instant,
    stop: watch::Receiver<bool>,
    sink: &'a dyn Sink,
}

impl Scene<'_> {
    async fn live(&self, planned: &PlannedFault) -> Fault {
        let family = planned.action.family().name().to_owned();
        let mut fault = Fault {
            id: planned.id,
            nemesis: family.clone(),
            kind: family.clone(),
            summary: family,
            target: String::new(),
            nodes: Vec::new(),
            nodes_down: Vec::new(),
            links_cut: Vec::new(),
            parameters: BTreeMap::new(),
            planned: (planned.start_ns, planned.end_ns),
            started: None,
            healed: None,
            evidence: Evidence { effect: Effect::Skipped, note: String::new(), numbers: BTreeMap::new() },
        };
        if self.wait_until(planned.start_ns).await {
            match planned.action {
                Action::Partition(shape) => partition::inject(self, Some(shape), planned, &mut fault).await,
                Action::Cut => partition::inject(self, None, planned, &mut fault).await,
                Action::Kill(target) => kill::inject(self, target, planned, &mut fault).await,
                Action::Pause(target) => pause::inject(self, target, planned, &mut fault).await,
            }
        } else {
            fault.evidence.note = "the workload was over before it began".to_owned();
        }
        if fault.started.is_some() {
            self.sink.healed(&fault)
        } else {
            self.sink.skipped(&fault)
        }
        fault
    }

    /// Resolves a target at this moment, unless the plan names the nodes, and enters it in the fault. What is to be said about it goes to the notes.
    pub async fn choose(
        &self,
        target: Target,
        is_eligible: impl Fn(&str) -> bool,
        planned: &PlannedFault,
        fault: &mut Fault,
        notes: &mut Vec<String>,
    ) -> Vec<String> {
        let leader = match target {
            Target::Leader if planned.nodes.is_empty() => self.cluster.leader().await.map(|(node, _)| node),
            _ => None,
        };
        let (chosen, nodes) = if planned.nodes.is_empty() {
            target.choose(self.cluster.nodes(), is_eligible, leader.as_deref(), planned.random)
        } else {
            (Target::Named, planned.nodes.clone())
        };
        if target == Target::Leader && chosen == Target::One {
            notes.push("no leader was known, so a random node was chosen".to_owned());
        }
        let names = if nodes.is_empty() { "nobody".to_owned() } else { nodes.join(" ") };
        fault.target = chosen.name().to_owned();
        fault.summary = format!("{} {names}", fault.nemesis);
        fault.nodes = nodes.clone();
        nodes
    }

    /// Tells that a fault is in force, and waits for as long as it shall be.
    pub async fn endure(&self, planned: &PlannedFault, fault: &Fault) {
        self.sink.started(fault);
        self.wait_until(planned.end_ns).await;
    }

    /// Waits until there is a node that a fault can do anything to: where another fault has killed them all, this one begins when
    /// the first comes back, and lasts as long as it was to. `None`: the run was told to stop before.
    pub async fn await_victim(&self, planned: &PlannedFault, is_victim: impl Fn(&str) -> bool) -> Option<PlannedFault> {
        let mut planned = planned.clone();
        let length = planned.end_ns.saturating_sub(planned.start_ns);
        while !self.cluster.nodes().iter().any(|node| is_victim(node)) {
            let next = self.now() + VICTIM_POLL_NS;
            if !self.wait_until(next).await {
                return None;
            }
            planned.end_ns = next + length;
        }
        Some(planned)
    }

    /// The time, in ns since the start of the run.
    pub fn now(&self) -> u64 {
        self.epoch.elapsed().as_nanos() as u64
    }

    /// Whether the time was reached before the run was told to stop.
    async fn wait_until(&self, time_ns: u64) -> bool {
        let mut stop = self.stop.clone();
        tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop) => false,
            () = sleep_until((self.epoch + Duration::from_nanos(time_ns)).into()) => true,
        }
    }
}
