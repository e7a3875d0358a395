//! What the faults have in common that a node carries out itself, because it is told to.

use super::{PlannedFault, hold::Grip, join::join_all, run::Scene};
use crate::{cluster::ProcessState, history::Fault};
use std::{
    collections::BTreeMap,
    io,
    time::{Duration, Instant},
};
use tokio::time::sleep;

/// How long to try to take a fault back from a node that does not answer.
const PATIENCE: Duration = Duration::from_secs(15);
/// How long a node may take to listen that was just started.
const START_PATIENCE: Duration = Duration::from_secs(2);
/// How long to wait before it is tried again.
const STEP: Duration = Duration::from_millis(50);

/// A node that was told, and its process.
pub(super) struct Victim {
    pub node: String,
    pub pid: u32,
}

impl Scene<'_> {
    /// Whether a node can be told anything: it runs, and no fault is about to change that.
    pub fn listens(&self, node: &str) -> bool {
        let is_held = [Grip::Killed, Grip::Paused].into_iter().any(|grip| self.holds.is_held(node, grip));
        self.cluster.state(node) == ProcessState::Running && !is_held
    }

    /// As [`Scene::choose_awaited`], among the nodes that listen.
    pub async fn choose_listeners(
        &self,
        planned: &PlannedFault,
        fault: &mut Fault,
        notes: &mut Vec<String>,
    ) -> Option<(PlannedFault, Vec<String>)> {
        self.choose_awaited("ran", |node| self.listens(node), planned, fault, notes).await
    }

    /// Tells all of these nodes the same. Returns those who obeyed.
    pub async fn command(&self, nodes: &[String], words: &str, notes: &mut Vec<String>) -> Vec<Victim> {
        let told = join_all(nodes.iter().map(|node| self.tell_to(node, words))).await;
        let (obedient, others): (Vec<_>, Vec<_>) = told.into_iter().partition(Result::is_ok);
        notes.extend(others.into_iter().filter_map(Result::err));
        obedient.into_iter().filter_map(Result::ok).collect()
    }

    /// Tells a node something as soon as it listens: it may have been started at this moment.
    ///
    /// # Errors
    /// Why it does not obey.
    async fn tell_to(&self, node: &str, words: &str) -> Result<Victim, String> {
        let begun = Instant::now();
        loop {
            let pid = self.cluster.pid(node).ok_or_else(|| format!("{node} was dead"))?;
            let answer = self.cluster.fault(node, words).await;
            let is_same = self.cluster.pid(node) == Some(pid);
            match answer {
                Ok(_) if is_same => return Ok(Victim { node: node.to_owned(), pid }),
                Err(error) if is_same && error.kind() != io::ErrorKind::ConnectionRefused => {
                    return Err(format!("{node} did not obey: {error}"));
                }
                _ if begun.elapsed() >= START_PATIENCE => return Err(format!("{node} did not listen")),
                _ => sleep(STEP).await,
            }
        }
    }

    /// Asks a victim what came of it. `None` if the process is gone, or does not say.
    pub async fn ask(&self, victim: &Victim, words: &str) -> Option<BTreeMap<String, i64>> {
        let Victim { node, pid } = victim;
        let begun = Instant::now();
        while self.cluster.pid(node) == Some(*pid) && begun.elapsed() < PATIENCE {
            if let Ok(numbers) = self.cluster.fault(node, words).await {
                return Some(numbers);
            }
            // It may be stopped; then it goes on some time.
            sleep(STEP).await;
        }
        None
    }

    /// Takes the fault back. With its process it is gone as well.
    ///
    /// # Errors
    /// If the process is there, and does not answer.
    pub async fn take_back(&self, victim: &Victim, words: &str) -> Result<(), String> {
        let Victim { node, pid } = victim;
        match self.ask(victim, words).await {
            None if self.cluster.pid(node) == Some(*pid) => Err(format!("{node} cannot be told that it is over")),
            _ => Ok(()),
        }
    }
}
