//! The shell around the consensus core: a process with a disk, a network and a clock.
//!
//! ```text
//! clients ──RESP──▶ client ──Input──▶ driver ──Ready──▶ trace, disk thread, senders, state machine
//! peers ──frames──▶ transport ─────────▲  ▲
//! disk thread ──a write is durable────────┘
//! ```
//!
//! The driver alone owns the core and the state machine. It executes each [`crate::raft::Ready`] in the order that its fields
//! state. Writes go to a thread of their own, so that a slow disk delays what depends on it and nothing else.

mod arguments;
mod client;
mod disk_thread;
mod driver;
mod info;
mod metrics;
mod metrics_http;
mod open_files;
mod output;
pub mod request;
pub mod resp;
mod trace;

pub use arguments::{Arguments, Peer};

use crate::{
    raft::{Config, Raft, Start, Term, Ticks},
    storage::{OsDisk, StorageError, Wal},
    transport::{self, Sender},
};
use client::Clients;
use driver::{Driver, Handle, Input};
use metrics::Metrics;
use metrics_http::Source;
use output::OutputLimits;
use std::{collections::BTreeMap, future::Future, io, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};
use tokio::{net::TcpListener, sync::mpsc};
use trace::Tracer;

/// How long a client for whom too much waits may read nothing.
const CLIENT_PATIENCE: Duration = Duration::from_secs(10);

/// Why a node does not start, or ends.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// A bad option.
    #[error("{0}")]
    Arguments(String),
    /// Stable storage cannot be read, or cannot be trusted any more.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The log is from a later term than the hard state, which is written first.
    #[error("{path}: the log ends in term {log}, but the stored term is {stored}: the hard state was lost", path = path.display())]
    LostTerm {
        /// The data directory.
        path: PathBuf,
        /// The last entry's term.
        log: Term,
        /// The stored term.
        stored: Term,
    },
    /// An address cannot be listened on.
    #[error("cannot listen on {address} for {whom}: {source}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// `clients`, `peers` or `metrics`.
        whom: &'static str,
        /// Why not.
        source: io::Error,
    },
    /// The trace cannot be written. A node that was asked for a trace does not act without one.
    #[error("trace {path}: {source}", path = path.display())]
    Trace {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A thread or a signal handler cannot be had.
    #[error("{0}")]
    System(#[from] io::Error),
}

impl ServeError {
    /// The exit code: 254 for bad options, 255 for trouble of the machine.
    pub fn exit_code(&self) -> u8 {
        if matches!(self, ServeError::Arguments(_)) { 254 } else { 255 }
    }
}

/// Runs a node until it is told to stop (SIGTERM or SIGINT) or cannot go on.
///
/// # Errors
/// Why it did not start, or cannot go on.
pub fn run(arguments: Arguments) -> Result<(), ServeError> {
    // One thread for all but the disk: the core is sequential, and a node on a machine with others should not take more than
    // it needs.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(serve(arguments))
}

async fn serve(arguments: Arguments) -> Result<(), ServeError> {
    arguments.check().map_err(ServeError::Arguments)?;
    open_files::make_room_for(arguments.clients_max);
    let path = &arguments.data;
    let metrics = Arc::<Metrics>::default();
    let observer = {
        let metrics = metrics.clone();
        Arc::new(move |duration| metrics.syncs.observe(duration))
    };
    let (wal, recovered) = Wal::open(Box::new(OsDisk::observed(observer)), path)?;
    let last = recovered.entries.last().map(|entry| entry.id).unwrap_or_default();
    let forgets = arguments.bugs().has(crate::raft::Bug::ForgetTerm);
    if last.term > recovered.hard_state.term && !forgets {
        return Err(ServeError::LostTerm { path: path.clone(), log: last.term, stored: recovered.hard_state.term });
    }
    let mut tracer = match &arguments.trace {
        Some(path) => Some(Tracer::open(path, &recovered.entries)?),
        None => None,
    };
    if let Some(tracer) = &mut tracer {
        tracer.start(arguments.name, recovered.hard_state, last.index)?;
    }
    tracing::info!(name = %arguments.name, term = %recovered.hard_state.term, %last, "recovered");

    let peers_listener = listen(arguments.listen, "peers").await?;
    let clients_listener = listen(arguments.client, "clients").await?;
    let metrics_listener = match arguments.metrics {
        Some(address) => Some(listen(address, "metrics").await?),
        None => None,
    };
    let (inputs, inbox) = mpsc::channel(driver::INBOX_MAX);
    let deliver = {
        let inputs = inputs.clone();
        move |message| {
            let inputs = inputs.clone();
            async move { inputs.send(Input::Message(message)).await.is_ok() }
        }
    };
    tokio::spawn(transport::receive(peers_listener, deliver));
    let (report, reports) = mpsc::unbounded_channel();
    let disk = disk_thread::start(wal, report, arguments.bugs())?;

    let senders: BTreeMap<_, _> =
        arguments.peer.iter().map(|peer| (peer.name, Sender::start(peer.name, peer.address))).collect();
    let (own, handle) = (arguments.name, Handle::new(inputs));
    if let Some(listener) = metrics_listener {
        let links = Arc::new(senders.iter().map(|(peer, sender)| (*peer, sender.counts())).collect());
        let source = Source { own, handle: handle.clone(), links, metrics: metrics.clone() };
        tokio::spawn(metrics_http::serve(listener, source));
    }
    let clients = Clients {
        own,
        handle,
        addresses: arguments.client_addresses(),
        connections_max: arguments.clients_max as usize,
        output: OutputLimits { bytes_max: arguments.client_output_bytes_max, patience: CLIENT_PATIENCE },
        metrics,
    };
    tokio::spawn(client::accept(clients_listener, Arc::new(clients)));

    let config = Config {
        election_timeout: arguments.election_timeout.in_ms(),
        heartbeat: arguments.heartbeat.as_millis() as u64,
        seed: arguments.seed.unwrap_or_else(|| arguments.own_seed()),
        bugs: arguments.bugs(),
        is_traced: tracer.is_some(),
        ..Config::new(arguments.name, arguments.voters())
    };
    let start = Start { hard_state: recovered.hard_state, snapshot: None, entries: recovered.entries };
    let raft = Raft::new(config, start, Ticks(0));
    Driver::new(arguments.name, raft, tracer, disk, senders).run(inbox, reports, stop_signal()?).await
}

async fn listen(address: SocketAddr, whom: &'static str) -> Result<TcpListener, ServeError> {
    TcpListener::bind(address).await.map_err(|source| ServeError::Listen { address, whom, source })
}

/// Resolves when the process is asked to end.
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Sends this process's log to standard error: `info` and what is worse, unless `WHITEWATER_LOG` asks for `warn`, `debug`, ...
pub fn log_to_stderr() {
    let level =
        std::env::var("WHITEWATER_LOG").ok().and_then(|level| level.parse().ok()).unwrap_or(tracing::Level::INFO);
    // A second call finds the first one's subscriber in place.
    let _ = tracing_subscriber::fmt().with_max_level(level).with_writer(io::stderr).with_ansi(false).try_init();
}
