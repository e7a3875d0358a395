//! What can go wrong with processes.

use super::ProcessState;
use crate::net::NetError;
use std::{io, net::SocketAddr, path::PathBuf, process::ExitStatus, time::Duration};

/// Why something could not be done to a cluster or one of its nodes.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// There is no network.
    #[error(transparent)]
    Net(#[from] NetError),
    /// A proxy between clients and nodes could not listen.
    #[error("the proxies for clients cannot listen on the loopback address: {0}")]
    Doors(#[source] io::Error),
    /// A port could not be reserved.
    #[error("{node}: cannot reserve a port on the loopback address: {source}")]
    Port {
        /// For whom.
        node: String,
        /// What the kernel said.
        source: io::Error,
    },
    /// The thread that starts processes does not.
    #[error("cannot start the thread that starts the nodes: {0}")]
    Launcher(#[source] io::Error),
    /// A file or directory of a node cannot be made or opened.
    #[error("{node}: cannot open {path}: {source}", path = .path.display())]
    File {
        /// Whose.
        node: String,
        /// Which.
        path: PathBuf,
        /// What the kernel said.
        source: io::Error,
    },
    /// A node's command could not be run.
    #[error("{node}: cannot run {program}: {source}")]
    Spawn {
        /// Which node.
        node: String,
        /// The program.
        program: String,
        /// What the kernel said.
        source: io::Error,
    },
    /// The node is in a state in which this cannot be done to it.
    #[error("{node}: cannot {action} it: it is {state}")]
    State {
        /// Which node.
        node: String,
        /// What was to be done.
        action: &'static str,
        /// Its state.
        state: ProcessState,
    },
    /// A signal could not be sent, or had no effect that could be read back.
    #[error("{node}: {signal} to process {pid} had no effect: {reason}")]
    Signal {
        /// Which node.
        node: String,
        /// The signal's name.
        signal: &'static str,
        /// The process.
        pid: u32,
        /// What was seen instead.
        reason: String,
    },
    /// The node ended while it was waited for.
    #[error("{node}: ended ({}); its last words:\n{stderr}", .status.map_or("unknown".to_owned(), |status| status.to_string()))]
    Ended {
        /// Which node.
        node: String,
        /// How.
        status: Option<ExitStatus>,
        /// The end of its standard error.
        stderr: String,
    },
    /// The node did not answer in time.
    #[error("{node}: no answer at {address} within {limit:?} ({error}); its last words:\n{stderr}")]
    NotAnswering {
        /// Which node.
        node: String,
        /// Its client address.
        address: SocketAddr,
        /// How long it was given.
        limit: Duration,
        /// What came of the last attempt.
        error: io::Error,
        /// The end of its standard error.
        stderr: String,
    },
}
