//! How fast a system is: a closed loop of clients against a cluster that nothing is done to, the time in which a cluster replaces a
//! leader that crashed, the time in which a node that crashed is back, and what delays between nodes cost.
//!
//! A measurement is only worth as much as what it leaves out. There are no traces, and no proxies between the nodes, unless for
//! delays; the clients
//! share one thread and do nothing but ask and count; each measurement is preceded by a warm-up that is not counted; and what the
//! clients themselves cost is measured too, so that one can see when they, and not the servers, were the limit.
//!
//! Everything here runs in a `tokio::task::LocalSet`: its tasks are the clients.

mod connection;
mod cpu;
mod delay;
mod election;
mod judging;
mod load;
mod memory;
mod restart;
mod standing;

pub use connection::{Connection, Operation};
pub use cpu::cpu_time;
pub use election::{Electorate, Replacement};
pub use judging::{Judged, Judging};
pub use load::{Load, Measurement};
pub use memory::{forget_peak, peak_bytes};
pub use restart::Restart;
pub use standing::{Ground, Standing, Target};

use crate::{client::Garbled, cluster::ClusterError, system::etcd::grpc};
use std::{io, net::SocketAddr, time::Duration};

/// Why something could not be measured.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// The cluster did not come up, or something could not be done to it.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    /// No thread for the proxies.
    #[error("no thread for the proxies: {0}")]
    Thread(io::Error),
    /// No leader was found.
    #[error("{system}: no leader that all nodes agree on within {limit:?}")]
    NoLeader {
        /// Of which system.
        system: &'static str,
        /// How long it was waited for.
        limit: Duration,
    },
    /// Nothing was served while it was measured.
    #[error("{system}: not one {operation} succeeded with {connections} connections; the last error: {last}")]
    NotServed {
        /// Which system.
        system: &'static str,
        /// What it was asked.
        operation: Operation,
        /// By how many.
        connections: usize,
        /// What it said last.
        last: String,
    },
    /// The time that a process used cannot be read.
    #[error("process {pid}: its processor time cannot be read: {source}")]
    Cpu {
        /// Which.
        pid: u32,
        /// What the kernel said.
        source: io::Error,
    },
    /// The memory that a process holds cannot be read.
    #[error("process {pid}: the memory that it holds cannot be read: {source}")]
    Memory {
        /// Which.
        pid: u32,
        /// What the kernel said.
        source: io::Error,
    },
}

/// Why one call brought no result.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The leader is elsewhere.
    #[error("the leader is at {0}")]
    Moved(SocketAddr),
    /// The node refused, in its own words.
    #[error("{0}")]
    Refused(String),
    /// The connection failed.
    #[error(transparent)]
    Connection(#[from] io::Error),
    /// The reply cannot be understood.
    #[error(transparent)]
    Garbled(#[from] Garbled),
    /// As [`CallError::Refused`] and [`CallError::Connection`], of etcd.
    #[error(transparent)]
    Etcd(#[from] grpc::CallError),
}
