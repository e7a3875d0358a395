//! Changes of the members and of the leader, as an operator makes them. The undo is to bring back the members of the beginning, unless
//! what is broken is left so in the end. The
//! evidence is the configuration that a leader tells of when it was asked, or who leads.
//!
//! A change is asked for until it is so: with other faults about, an answer may be lost, and a leader too. If it never is so, it is
//! not known whether anybody felt it.
//!
//! A node that is removed goes on running, and comes back with the data that it had. The node that is added has a process only while
//! it is wanted; the first time its data directory is empty.

use super::{Aims, Kind, PlannedFault, Target, run::Scene};
use crate::{
    client::{Client, Reply},
    cluster::ProcessState,
    history::{Effect, Fault},
    system::{Change, NodeStatus},
};
use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};
use tokio::time::sleep;

/// How long a request of the operator may take: a change is answered when it is committed.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(1);
/// From one attempt to the next.
const PAUSE: Duration = Duration::from_millis(50);
/// How long the undo may take: nodes that other faults had killed have to come back first.
const UNDO_TIMEOUT: Duration = Duration::from_secs(20);
const NEEDS: &str = "a system whose members can be changed, and nodes that are processes of ours";

pub(super) static KINDS: [&Kind; 5] = [
    &Kind {
        name: "grow",
        summary: "add a node that was not there at the beginning, and let it vote",
        needs: NEEDS,
        parameters: &[],
        // Which one is not left to choice: there is one.
        aims: Aims::Nodes(&[Target::One]),
        inject: |scene, planned, fault| Box::pin(change_members(scene, Wish::Grow, planned, fault)),
    },
    &Kind {
        name: "shrink",
        summary: "remove a node from the members",
        needs: NEEDS,
        parameters: &[],
        aims: Aims::Nodes(&[Target::One]),
        inject: |scene, planned, fault| Box::pin(change_members(scene, Wish::Shrink, planned, fault)),
    },
    &Kind {
        name: "replace",
        summary: "remove a node from the members, and let one vote that was not there at the beginning",
        needs: NEEDS,
        parameters: &[],
        aims: Aims::Nodes(&[Target::One]),
        inject: |scene, planned, fault| Box::pin(change_members(scene, Wish::Replace, planned, fault)),
    },
    &Kind {
        name: "remove-leader",
        summary: "remove the leader from the members",
        needs: NEEDS,
        parameters: &[],
        aims: Aims::Nodes(&[Target::Leader]),
        inject: |scene, planned, fault| Box::pin(change_members(scene, Wish::Shrink, planned, fault)),
    },
    &Kind {
        name: "transfer",
        summary: "ask the leader to let another node lead",
        needs: NEEDS,
        parameters: &[],
        aims: Aims::Nodes(&[Target::One]),
        inject: |scene, planned, fault| Box::pin(transfer(scene, planned, fault)),
    },
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Wish {
    Grow,
    Shrink,
    Replace,
}

type Members = BTreeSet<String>;

async fn change_members(scene: &Scene<'_>, wish: Wish, planned: &PlannedFault, fault: &mut Fault) {
    let (mut are_changed, cluster) = (scene.operator.lock().await, scene.cluster);
    let founders: Members = cluster.nodes().iter().cloned().collect();
    let mut wanted = founders.clone();
    let mut notes = Vec::new();
    if let Some(reason) = obstacle(scene, planned, if wish == Wish::Grow { 1 } else { 3 }) {
        fault.evidence.note = reason;
        return;
    }
    if wish != Wish::Grow {
        for node in scene.choose(|_| true, planned, fault, &mut notes).await {
            wanted.remove(&node);
        }
    }
    if wish != Wish::Shrink {
        let spare = &cluster.spares()[0];
        wanted.insert(spare.clone());
        fault.summary += &format!(" +{spare}");
    }

    fault.started = Some(scene.now());
    let mut operator = Operator::new(scene);
    let left = Duration::from_nanos(planned.end_ns.saturating_sub(scene.now()));
    let reached = operator.reach(&wanted, left).await;
    fault.evidence.effect = if reached.is_ok() { Effect::Installed } else { Effect::Indeterminate };
    fault.evidence.note = told("voters", &wanted, &reached);
    fault.evidence.numbers.insert("requests".to_owned(), operator.requests);
    scene.endure(planned, fault).await;
    if scene.leaves() {
        fault.evidence.note += "; left so";
        notes.iter().for_each(|note| fault.evidence.note += &format!("; {note}"));
        return;
    }

    let restored = operator.reach(&founders, UNDO_TIMEOUT).await;
    *are_changed = restored.is_err();
    fault.healed = restored.is_ok().then(|| scene.now());
    fault.evidence.numbers.insert("requests until undone".to_owned(), operator.requests);
    fault.evidence.note += &format!("; then {}", told("voters", &founders, &restored));
    if restored.is_ok() && operator.stop_spares().await {
        notes.push("the process of who was added is gone".to_owned());
    }
    notes.iter().for_each(|note| fault.evidence.note += &format!("; {note}"));
}

/// Over as soon as it is done: whoever leads then may do so for ever.
async fn transfer(scene: &Scene<'_>, planned: &PlannedFault, fault: &mut Fault) {
    let (_turn, mut notes) = (scene.operator.lock().await, Vec::new());
    if let Some(reason) = obstacle(scene, planned, 2) {
        fault.evidence.note = reason;
        return;
    }
    let before = scene.cluster.leader().await.map(|(leader, _)| leader);
    let nodes = scene.choose(|node| before.as_deref() != Some(node), planned, fault, &mut notes).await;
    let Some(target) = nodes.first() else {
        fault.evidence.note = "there is nobody else to lead".to_owned();
        return;
    };
    fault.started = Some(scene.now());
    let mut operator = Operator::new(scene);
    let mut leader = before.clone();
    let mut outcome = Err("there was no time to ask".to_owned());
    while leader.as_ref() != Some(target) && scene.now() < planned.end_ns {
        outcome = match &leader {
            Some(_) => operator.ask(&Change::Transfer(target)).await,
            None => Err("nobody leads".to_owned()),
        };
        // The answer comes from the old leader as soon as it follows; the new one may need a moment to know that it leads.
        sleep(PAUSE).await;
        leader = scene.cluster.leader().await.map(|(leader, _)| leader);
    }
    if leader.as_ref() == Some(target) {
        outcome = Ok(());
    } else if outcome.is_ok() {
        outcome = Err(format!("{} leads", leader.as_deref().unwrap_or("nobody")));
    }
    // Who is named may lead already; that is what the schedule asks for.
    let is_named = !planned.nodes.is_empty();
    let is_taken = outcome.is_ok() && (is_named || leader != before);
    fault.evidence.effect = if is_taken { Effect::Installed } else { Effect::Indeterminate };
    fault.evidence.numbers.insert("requests".to_owned(), operator.requests);
    let before = before.as_deref().unwrap_or("nobody");
    fault.evidence.note = format!("{before} led; {}", told("leader", &[target.clone()].into(), &outcome));
    fault.healed = Some(scene.now());
}

/// What keeps a change from being made, if anything does.
fn obstacle(scene: &Scene<'_>, planned: &PlannedFault, nodes_min: usize) -> Option<String> {
    let cluster = scene.cluster;
    if cluster.system().change(&Change::Promote("")).is_none() {
        return Some(format!("the members of {} cannot be changed", cluster.system().name()));
    }
    if cluster.nodes().len() < nodes_min {
        return Some(format!("{} nodes are too few", cluster.nodes().len()));
    }
    (scene.now() >= planned.end_ns).then(|| "the change before was under way until the end".to_owned())
}

/// `voters n1 n2, read back`, or how it failed.
fn told(what: &str, wanted: &Members, outcome: &Result<(), String>) -> String {
    let names = wanted.iter().cloned().collect::<Vec<_>>().join(" ");
    match outcome {
        Ok(()) => format!("{what} {names}, read back"),
        Err(error) => format!("{what} {names} wanted and not seen: {error}"),
    }
}

/// Who asks for changes.
struct Operator<'a> {
    scene: &'a Scene<'a>,
    client: Client,
    requests: u64,
}

impl<'a> Operator<'a> {
    fn new(scene: &'a Scene<'a>) -> Operator<'a> {
        Operator { scene, client: Client::new(scene.cluster.endpoints().into(), 0, 1), requests: 0 }
    }

    /// Asks, once. An error says that it is not known whether this is going to happen.
    async fn ask(&mut self, change: &Change<'_>) -> Result<(), String> {
        let request = self.scene.cluster.system().change(change).ok_or("nobody can ask for that")?;
        self.requests += 1;
        let answer = self.client.call(&request, ANSWER_TIMEOUT).await;
        match answer.result {
            Ok(Reply::Simple(_)) => Ok(()),
            Ok(reply) => Err(format!("{}: unexpected reply: {reply:?}", answer.node)),
            Err(error) => Err(format!("{}: {error}", answer.node)),
        }
    }

    /// Asks for one change after the other until these vote, and nobody else is a member. Who goes, goes first: so there never are more
    /// voters than there are going to be, and a majority of those who stay is always enough.
    async fn reach(&mut self, wanted: &Members, limit: Duration) -> Result<(), String> {
        let start = Instant::now();
        let mut last = "there was no time to ask".to_owned();
        while start.elapsed() < limit {
            if self.scene.leaves() {
                // The core is chosen, of those who may vote by now.
                return Err("the workload was over".to_owned());
            }
            match self.leaders_word().await {
                Some(status) if is_reached(&status, wanted) => {
                    self.scene.vote(wanted.clone());
                    return Ok(());
                }
                Some(status) => {
                    if let Err(error) = self.next_change(&status, wanted).await {
                        last = error;
                        sleep(PAUSE).await;
                    }
                }
                None => {
                    last = "nobody leads".to_owned();
                    sleep(PAUSE).await;
                }
            }
        }
        Err(last)
    }

    async fn next_change(&mut self, status: &NodeStatus, wanted: &Members) -> Result<(), String> {
        let (scene, cluster) = (self.scene, self.scene.cluster);
        let mut voters: Members = status.voters.iter().cloned().collect();
        let members = || status.voters.iter().chain(&status.learners);
        if let Some(extra) = members().find(|member| !wanted.contains(*member)) {
            voters.remove(extra);
            scene.may_vote(voters);
            return self.ask(&Change::Remove(extra)).await;
        }
        let Some(missing) = wanted.iter().find(|node| !status.voters.contains(node)) else { return Ok(()) };
        if status.learners.contains(missing) {
            voters.insert(missing.clone());
            scene.may_vote(voters);
            return self.ask(&Change::Promote(missing)).await;
        }
        if cluster.spares().contains(missing) && cluster.state(missing) != ProcessState::Running {
            cluster.restart(missing).map_err(|error| error.to_string())?;
        }
        self.ask(&Change::Add(missing, cluster.peer_address(missing), cluster.client_address(missing))).await
    }

    /// What the newest leader says.
    async fn leaders_word(&self) -> Option<NodeStatus> {
        let statuses = self.scene.cluster.statuses().await.into_iter().filter_map(|(_, status)| status.ok());
        statuses.filter(|status| status.role == "leader").max_by_key(|status| status.term)
    }

    /// Ends the processes of nodes that are no members any more.
    async fn stop_spares(&self) -> bool {
        let cluster = self.scene.cluster;
        let mut is_one_stopped = false;
        for spare in cluster.spares().iter().filter(|spare| cluster.state(spare) == ProcessState::Running) {
            is_one_stopped |= cluster.kill(spare).await.is_ok();
        }
        is_one_stopped
    }
}

fn is_reached(status: &NodeStatus, wanted: &Members) -> bool {
    let voters: Members = status.voters.iter().cloned().collect();
    voters == *wanted && status.learners.is_empty() && !status.is_joint
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_as_wanted_when_nothing_is_left_to_do() {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let wanted: Members = names(&["n1", "n2"]).into_iter().collect();
        let status = |voters: &[&str], learners: &[&str], is_joint| NodeStatus {
            voters: names(voters),
            learners: names(learners),
            is_joint,
            ..NodeStatus::default()
        };
        assert!(is_reached(&status(&["n2", "n1"], &[], false), &wanted));
        assert!(!is_reached(&status(&["n1", "n2", "n3"], &[], true), &wanted));
        assert!(!is_reached(&status(&["n1", "n2"], &["n3"], false), &wanted));
        assert!(!is_reached(&status(&["n1"], &["n2"], false), &wanted));
    }
}
