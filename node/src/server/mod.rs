//! The shell around the consensus core: a process with a disk, a network and a clock.
//!
//! ```text
//! clients ──RESP──▶ client ──Input──▶ driver ──Ready──▶ trace, disk thread, senders, state machine
//! peers ──frames──▶ transport ─────────▲  ▲
//! disk thread ──a write is durable────────┤
//! snapshot threads ──taken, come in whole─┘
//! ```
//!
//! The driver alone owns the core and the state machine. It executes each [`crate::raft::Ready`] in the order that its fields
//! state. Writes go to a thread of their own, so that a slow disk delays what depends on it and nothing else; and so does
//! whatever has to do with the files of snapshots.
//!
//! A founder that is new waits before the driver begins, until the others know it: see `founding.rs`.

mod address;
mod arguments;
mod byte_size;
mod client;
mod clock;
#[cfg(feature = "fault-injection")]
mod distortion;
mod driver;
#[cfg(feature = "fault-injection")]
mod fault;
mod founding;
mod identity;
mod info;
mod introductions;
mod log;
mod membership;
mod metrics;
mod metrics_http;
mod open_files;
mod output;
mod peers;
#[cfg(test)]
mod promises;
pub mod request;
pub mod resp;
mod snapshot;
mod stable;
mod ticker;
mod trace;

pub use address::{Address, Peer};
pub use arguments::{Arguments, read_mode};
pub use byte_size::ByteSize;
pub use log::{LogFormat, log_to_stderr};

use crate::{
    kv::Store,
    raft::{Config, EntryId, Incarnation, NodeId, Raft, Snapshot, Start, Term},
    storage::{self, Disk, Layout, OsDisk, SnapshotStore, StorageError},
    transport::{self, Frame, Passport, Reason, Refusal, Verdict},
};
use client::Clients;
use clock::Clock;
use driver::{Driver, Handle, Input, Parts, Reports};
use identity::{ClusterId, Identity, IdentityError};
use introductions::{End, Newcomer};
use metrics::Metrics;
use metrics_http::Source;
use output::OutputLimits;
use peers::Peers;
use snapshot::{Preamble, Schedule, Snapshots};
use stable::Stable;
use std::{future::Future, io, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};
use tokio::{
    net::{TcpListener, TcpSocket},
    sync::mpsc,
};
use trace::Tracer;

/// How long a client for whom too much waits may read nothing.
const CLIENT_PATIENCE: Duration = Duration::from_secs(10);
/// How many connections may wait to be accepted. With the usual 128, some of 256 clients that came at once were dropped, and their
/// first request took the second after which the kernel tries again.
const LISTEN_BACKLOG: u32 = 1024;

/// Why a node does not start, or ends.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// A bad option.
    #[error("{0}")]
    Arguments(String),
    /// Stable storage cannot be read, or cannot be trusted any more.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The data directory is somebody else's, or nobody knows whose.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The cluster knows this node with another data directory.
    #[error(
        "{own} was known to {by} with another data directory (incarnation {known}): this one ({own_incarnation}) is empty or foreign; \
         remove {own} from the cluster and add it again under a new name, or restore its directory"
    )]
    Refused {
        /// This node.
        own: NodeId,
        /// A member, or the cluster's configuration.
        by: String,
        /// What it knows.
        known: Incarnation,
        /// What this node has.
        own_incarnation: Incarnation,
    },
    /// The snapshot that the log begins after cannot be understood.
    #[error("{path}: the snapshot of entry {last}, after which the log begins, cannot be used: {source}", path = path.display())]
    Snapshot {
        /// The data directory.
        path: PathBuf,
        /// The snapshot's last entry.
        last: EntryId,
        /// Why not.
        source: snapshot::content::ContentError,
    },
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
    let (path, bugs) = (&arguments.data, arguments.bugs());
    let metrics = Arc::<Metrics>::default();
    let real_disk = || {
        let metrics = metrics.clone();
        OsDisk::observed(Arc::new(move |duration| metrics.syncs.observe(duration)))
    };
    #[cfg(feature = "fault-injection")]
    let faults = arguments.allow_faults.then(|| fault::Faults::over(real_disk()));
    let disk = || -> Box<dyn Disk> {
        #[cfg(feature = "fault-injection")]
        if let Some(faults) = &faults {
            return Box::new(faults.disk.clone());
        }
        Box::new(real_disk())
    };
    #[cfg(feature = "fault-injection")]
    let clock = faults.as_ref().map_or_else(Clock::start, |faults| faults.clock.clone());
    #[cfg(not(feature = "fault-injection"))]
    let clock = Clock::start();
    let (wal, snapshots, recovered) = storage::open(disk(), disk(), path, Layout { bugs, ..Layout::default() })?;
    // The last entry may be in the snapshot.
    let last = recovered.last();
    let forgets = bugs.has(crate::raft::Bug::ForgetTerm);
    if last.term > recovered.hard_state.term && !forgets {
        return Err(ServeError::LostTerm { path: path.clone(), log: last.term, stored: recovered.hard_state.term });
    }
    let has_log = recovered != storage::Recovered::default();
    let cluster = (!arguments.join).then(|| ClusterId::of(&arguments.cluster, &arguments.founders()));
    let identity = Arc::new(Identity::open(disk(), path, arguments.name, cluster, has_log, bugs)?);
    let begin = restore(path, &snapshots, recovered.snapshot)?;
    let mut tracer = match &arguments.trace {
        Some(path) => Some(Tracer::open(path, begin.last.index, begin.hash, &recovered.entries)?),
        None => None,
    };
    if let Some(tracer) = &mut tracer {
        tracer.start(arguments.name, recovered.hard_state, last.index)?;
    }
    tracing::info!(name = %arguments.name, term = %recovered.hard_state.term, %last, snapshot = %begin.last, "recovered");
    let stamp = identity.stamp().get();
    tracing::info!(cluster = %ClusterId::from(stamp), incarnation = %stamp.incarnation, "identity");

    let peers_listener = listen(arguments.listen, "peers")?;
    let clients_listener = listen(arguments.client, "clients")?;
    let metrics_listener = match arguments.metrics {
        Some(address) => Some(listen(address, "metrics")?),
        None => None,
    };
    let (inputs, mut inbox) = mpsc::channel(driver::INBOX_MAX);
    let deliver = {
        let (inputs, identity) = (inputs.clone(), identity.clone());
        move |stamp, frame: Frame| {
            let (inputs, identity) = (inputs.clone(), identity.clone());
            async move {
                match identity.admit(frame.from(), stamp) {
                    Ok(None) => {}
                    Ok(Some(refusal)) => return Verdict::Refused(refusal),
                    Err(error) => {
                        tracing::error!(peer = %frame.from(), %error, "a first meeting cannot be kept");
                        return Verdict::End;
                    }
                }
                let input = match frame {
                    Frame::Message(message) => Input::Message(message, stamp.incarnation),
                    Frame::Introduction(introduction) => Input::Introduction(introduction, stamp.incarnation),
                    Frame::Greeting(greeting) => Input::Greeting(greeting),
                    Frame::Refusal(_) => return Verdict::End,
                };
                inputs.send(input).await.map_or(Verdict::End, |()| Verdict::Taken)
            }
        }
    };
    let rejected = {
        let metrics = metrics.clone();
        move || metrics.frames_rejected.add_one()
    };
    tokio::spawn(transport::receive(peers_listener, identity.stamp(), deliver, rejected));
    let (refusals, refused) = mpsc::unbounded_channel();
    let passport = Passport { stamp: identity.stamp(), refusals };
    let (report, reports) = mpsc::unbounded_channel();
    let stable = Stable::start(wal, report, bugs)?;
    let (report, snapshot_reports) = mpsc::unbounded_channel();
    let snapshots = Snapshots::start(arguments.name, snapshots, report)?;
    let (own, handle) = (arguments.name, Handle::new(inputs));
    if let Some(listener) = metrics_listener {
        let source = Source { own, handle: handle.clone(), metrics: metrics.clone() };
        tokio::spawn(metrics_http::serve(listener, source));
    }
    let output = OutputLimits { bytes_max: arguments.client_output_bytes_max.0 as usize, patience: CLIENT_PATIENCE };
    let clients = Clients {
        own,
        handle,
        connections_max: arguments.clients_max as usize,
        output,
        metrics,
        #[cfg(feature = "fault-injection")]
        faults,
    };
    tokio::spawn(client::accept(clients_listener, Arc::new(clients)));

    let config = Config {
        election_timeout: arguments.election_timeout.in_ms(),
        heartbeat: arguments.heartbeat.as_millis() as u64,
        seed: arguments.seed.unwrap_or_else(|| arguments.own_seed()),
        // A follower that is further behind gets the snapshot instead.
        log_bytes_kept: (arguments.snapshot_bytes.0 / 8) as usize,
        reads: arguments.reads,
        bugs,
        is_traced: tracer.is_some(),
        ..Config::new(arguments.name, arguments.founders())
    };
    let start = Start { hard_state: recovered.hard_state, snapshot: begin.snapshot, entries: recovered.entries };
    let mut peers = Peers::new(own, arguments.given(), passport);
    let stop = stop_signal()?;
    let is_new = !arguments.join && !identity.is_founded();
    let running = async move {
        tokio::pin!(stop);
        if is_new {
            let founders = &config.founders;
            let newcomer = Newcomer::new(own, &identity, &mut peers, founders, arguments.reads);
            if newcomer.wait(&mut inbox, stop.as_mut()).await? == End::Stopped {
                tracing::info!("stopping");
                return tracer.as_mut().map_or(Ok(()), Tracer::stop);
            }
        }
        let driver = Driver::new(Parts {
            id: own,
            raft: Raft::new(config, start, clock.now()),
            store: begin.store,
            applied: begin.last,
            tracer,
            stable,
            snapshots,
            schedule: Schedule::new(arguments.snapshot_bytes.0, begin.bytes),
            peers,
            identity,
            reads: arguments.reads,
            bugs,
            clock,
        });
        let reports = Reports { disk: reports, snapshots: snapshot_reports };
        driver.run(inbox, reports, stop).await
    };
    // A task like the others: the runtime polls the future that it was given to begin with only after it has asked the operating
    // system for events, which would be once more for each message.
    tokio::select! {
        ended = tokio::spawn(running) => match ended {
            Ok(ended) => ended,
            Err(panicked) => std::panic::resume_unwind(panicked.into_panic()),
        },
        refused = unwelcome(own, refused) => Err(refused),
    }
}

/// Waits until a member says that this node is not the one that it knows. Another cluster's refusal is no reason to stop: its node
/// may have got the address of a member that is down.
async fn unwelcome(own: NodeId, mut refused: mpsc::UnboundedReceiver<Refusal>) -> ServeError {
    loop {
        match refused.recv().await {
            Some(Refusal { by, reason: Reason::Incarnation { known, theirs } }) => {
                return ServeError::Refused { own, by: by.to_string(), known, own_incarnation: theirs };
            }
            Some(Refusal { reason: Reason::Cluster { .. }, .. }) => {}
            None => std::future::pending().await,
        }
    }
}

/// What the log begins after: nothing at first, later a snapshot.
#[derive(Default)]
struct Begin {
    last: EntryId,
    snapshot: Option<Snapshot>,
    hash: u64,
    store: Store,
    bytes: u64,
}

fn restore(path: &std::path::Path, snapshots: &SnapshotStore, last: Option<EntryId>) -> Result<Begin, ServeError> {
    let Some(last) = last else { return Ok(Begin::default()) };
    let reader = snapshots.read(last)?;
    let bytes = reader.meta().bytes;
    let failed = |source| ServeError::Snapshot { path: path.to_owned(), last, source };
    let (Preamble { configuration, hash }, store) = snapshot::content::read(reader).map_err(failed)?;
    Ok(Begin { last, snapshot: Some(Snapshot { last, configuration }), hash, store, bytes })
}

fn listen(address: SocketAddr, whom: &'static str) -> Result<TcpListener, ServeError> {
    let bound = || {
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(LISTEN_BACKLOG)
    };
    bound().map_err(|source| ServeError::Listen { address, whom, source })
}

/// Resolves when the process is asked to end.
fn stop_signal() -> io::Result<impl Future<Output = ()> + Send> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
