//! How long a node takes to come back after a crash, with all that it had, and how much memory it needs.
//!
//! It is a follower that crashes: the time is that of its own recovery, and not that of an election.

use super::{BenchError, CallError, Connection, Operation, Standing, memory::resident_bytes};
use serde::Serialize;
use std::{
    io,
    time::{Duration, Instant},
};
use tokio::time::{sleep, timeout};

/// How long a node may take to come back.
const RESTART_TIMEOUT: Duration = Duration::from_secs(600);
/// How long an attempt to read may take.
const READ_TIMEOUT: Duration = Duration::from_secs(10);
/// A node that does not answer yet is asked again after this time.
const POLL: Duration = Duration::from_millis(1);

/// What a restart took.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Restart {
    /// From the start of the process until it served a linearizable read, in ms.
    pub time_ms: f64,
    /// What the process held in memory before it was killed, in bytes.
    pub resident_bytes_before: u64,
    /// And what its successor held when it served the read.
    pub resident_bytes_after: u64,
}

impl Standing {
    /// Kills a follower with SIGKILL, starts it again, and waits until it serves a linearizable read itself.
    ///
    /// # Errors
    /// If there is no leader, or the node does not come back.
    pub async fn restart_follower(&self) -> Result<Restart, BenchError> {
        self.find_leader().await?;
        let is_leader = |node: &&String| self.cluster.client_address(node) == self.leader.get();
        let node = self.cluster.nodes().iter().rev().find(|node| !is_leader(node)).expect("there are several nodes");
        let resident = |pid| resident_bytes(pid).map_err(|source| BenchError::Memory { pid, source });
        let resident_bytes_before = resident(self.cluster.pid(node).unwrap_or_default())?;
        self.cluster.kill(node).await?;
        let start = Instant::now();
        let pid = self.cluster.restart(node)?;
        let mut last = CallError::Connection(io::ErrorKind::NotConnected.into());
        while start.elapsed() < RESTART_TIMEOUT {
            match timeout(READ_TIMEOUT, self.read_at(node)).await {
                Ok(Ok(())) => {
                    let time_ms = start.elapsed().as_secs_f64() * 1e3;
                    return Ok(Restart { time_ms, resident_bytes_before, resident_bytes_after: resident(pid)? });
                }
                Ok(Err(error)) => last = error,
                Err(_) => last = CallError::Connection(io::ErrorKind::TimedOut.into()),
            }
            sleep(POLL).await;
        }
        let (system, operation, last) = (self.target.name(), Operation::Get, last.to_string());
        Err(BenchError::NotServed { system, operation, connections: 1, last })
    }

    async fn read_at(&self, node: &str) -> Result<(), CallError> {
        let mut connection = Connection::open_for_reads(self.target, self.cluster.client_address(node)).await?;
        connection.call(Operation::Get, self.keys - 1).await
    }
}
