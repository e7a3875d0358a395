//! How long a cluster takes to detect and replace a crashed leader: the experiment of section 9.3 of the Raft paper, whose
//! outcome is its Figure 16.
//!
//! As there, the leader crashes at a random moment between two heartbeats. The end of a trial is what a client sees of it: a new
//! leader acknowledges a write. So the times contain one replicated write more than the paper's. The paper also takes care that
//! some of the servers cannot win, because their logs are too short, which makes its elections harder than these.

use super::{BenchError, CallError, Connection, Operation, Target};
use crate::{cluster::Cluster, seed, store::RunDir, system::raft::RaftSystem, test::Test};
use rand::{RngExt, rngs::Xoshiro256PlusPlus};
use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    task::JoinSet,
    time::{sleep, timeout},
};

/// How long the restarted cluster may take to agree on a leader and to catch up.
const SETTLE_TIMEOUT: Duration = Duration::from_secs(60);
const SETTLE_POLL: Duration = Duration::from_millis(5);
/// How often each node that is alive is asked to write.
const ASK_INTERVAL: Duration = Duration::from_millis(1);
/// A trial in which somebody else led before the crash is no trial; so many of them in a row are a cluster without a leader.
const FALSE_STARTS_MAX: u32 = 50;

/// A cluster of our own node whose leaders are killed, again and again.
pub struct Electorate {
    cluster: Cluster,
    heartbeat: Duration,
    random: Xoshiro256PlusPlus,
}

/// What came of the crash of a leader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replacement {
    /// A new leader acknowledged a write after this time.
    After(Duration),
    /// None did in the time that it was given.
    NotWithin(Duration),
}

impl Electorate {
    /// Starts a cluster, without proxies and traces.
    ///
    /// # Errors
    /// If it does not come up.
    pub async fn start(test: &Test, run: &RunDir) -> Result<Electorate, BenchError> {
        let cluster = Cluster::start_direct(Arc::new(RaftSystem), test, run).await?;
        let heartbeat = Duration::from_millis(test.heartbeat_ms);
        Ok(Electorate { cluster, heartbeat, random: seed::rng(test.seed, "bench/election") })
    }

    /// Waits until everybody is up and agrees, kills the leader at a random moment, waits at most `limit` for another one to
    /// acknowledge a write, and restarts the killed one. To be called in a `LocalSet`.
    ///
    /// # Errors
    /// If the cluster does not settle, or a node cannot be killed or started.
    pub async fn trial(&mut self, limit: Duration) -> Result<Replacement, BenchError> {
        for _ in 0..FALSE_STARTS_MAX {
            let leader = self.settle().await?;
            let mut askers = self.ask_all_but(&leader);
            // The askers need a moment to connect; then any moment between two heartbeats is as likely as another.
            sleep(self.heartbeat + self.heartbeat.mul_f64(self.random.random::<f64>())).await;
            let crash = Instant::now();
            let (killed, acknowledged) = tokio::join!(self.cluster.kill(&leader), timeout(limit, askers.join_next()));
            killed?;
            self.cluster.restart(&leader)?;
            match acknowledged {
                // Somebody else led already.
                Ok(Some(Ok(at))) if at < crash => {}
                Ok(Some(Ok(at))) => return Ok(Replacement::After(at - crash)),
                Ok(_) | Err(_) => return Ok(Replacement::NotWithin(limit)),
            }
        }
        Err(BenchError::NoLeader { system: Target::Raft.name(), limit: SETTLE_TIMEOUT })
    }

    /// Ends all nodes.
    pub async fn stop(self) {
        self.cluster.stop().await;
    }

    /// Waits until all nodes name the same leader and have applied what it has committed.
    async fn settle(&self) -> Result<String, BenchError> {
        let start = Instant::now();
        while start.elapsed() < SETTLE_TIMEOUT {
            let statuses: Vec<_> = self
                .cluster
                .statuses()
                .await
                .into_iter()
                .filter_map(|(node, status)| Some((node, status.ok()?)))
                .collect();
            if let Some((leader, of_leader)) = statuses.iter().find(|(_, status)| status.role == "leader")
                && statuses.len() == self.cluster.nodes().len()
                && statuses.iter().all(|(_, status)| {
                    status.term == of_leader.term
                        && status.leader.as_ref() == Some(leader)
                        && status.applied >= of_leader.commit
                })
            {
                return Ok(leader.clone());
            }
            sleep(SETTLE_POLL).await;
        }
        Err(BenchError::NoLeader { system: Target::Raft.name(), limit: SETTLE_TIMEOUT })
    }

    /// A task for each other node that asks it to write until it says that it did, and ends with the time of that.
    fn ask_all_but(&self, leader: &str) -> JoinSet<Instant> {
        let mut askers = JoinSet::new();
        for node in self.cluster.nodes().iter().filter(|node| *node != leader) {
            askers.spawn_local(ask(self.cluster.client_address(node)));
        }
        askers
    }
}

async fn ask(node: SocketAddr) -> Instant {
    let mut connection = None;
    loop {
        let open = match &mut connection {
            Some(open) => open,
            None => match Connection::open(Target::Raft, node, b"election").await {
                Ok(open) => connection.insert(open),
                Err(_) => {
                    sleep(ASK_INTERVAL).await;
                    continue;
                }
            },
        };
        match open.call(Operation::Put, 0).await {
            Ok(()) => return Instant::now(),
            Err(CallError::Moved(_) | CallError::Refused(_)) => {}
            Err(_) => connection = None,
        }
        sleep(ASK_INTERVAL).await;
    }
}
