//! The thread that takes in snapshots from the leader.

use super::{
    Report,
    content::{self, Preamble},
};
use crate::{
    kv,
    raft::{ReceivedChunk, Snapshot},
    storage::{Chunk, SnapshotMeta, SnapshotReceiver, SnapshotStore, StorageError},
};
use std::{
    io,
    sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    time::Duration,
};
use tokio::sync::mpsc::UnboundedSender;

/// How long a part of a snapshot is kept that does not go on.
const IDLE: Duration = Duration::from_secs(60);

/// What the thread is asked for.
pub enum Request {
    /// Take in a chunk.
    Take(ReceivedChunk),
    /// Free the memory of a state that was replaced, which takes a while.
    Drop(kv::Store),
}

/// Starts the thread. It ends when the sender is dropped.
pub fn start(store: SnapshotStore, reports: UnboundedSender<Report>) -> io::Result<Sender<Request>> {
    let (sender, requests) = channel();
    let mut intake = Intake { store, incoming: None, complaint: String::new() };
    std::thread::Builder::new().name("receive-snaps".to_owned()).spawn(move || intake.run(&requests, &reports))?;
    Ok(sender)
}

struct Intake {
    store: SnapshotStore,
    /// The snapshot that is coming in.
    incoming: Option<SnapshotReceiver>,
    /// What was wrong the last time.
    complaint: String,
}

/// What a chunk has led to.
enum Step {
    /// The next one is to begin here.
    Next(u64),
    /// The snapshot is there, and durable, and this is what it holds.
    Whole(Preamble, Box<kv::Store>),
}

/// Why a snapshot that is coming in is given up.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Storage(#[from] StorageError),
    #[error(transparent)]
    Content(#[from] content::ContentError),
    #[error("it is not what was announced")]
    Spoiled,
}

impl Intake {
    fn run(&mut self, requests: &Receiver<Request>, reports: &UnboundedSender<Report>) {
        loop {
            match requests.recv_timeout(IDLE) {
                Ok(Request::Take(chunk)) => {
                    if let Some(report) = self.take(chunk)
                        && reports.send(report).is_err()
                    {
                        return;
                    }
                }
                Ok(Request::Drop(state)) => drop(state),
                Err(RecvTimeoutError::Timeout) => self.incoming = None,
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// What is to be said of a chunk. Of one that could not be taken nothing is said, as if it had been lost on its way: the leader sends
    /// it again after a while, which keeps a full disk from being tried without a pause. Nothing of the snapshot counts yet, so that
    /// it can be received anew.
    fn take(&mut self, chunk: ReceivedChunk) -> Option<Report> {
        let ReceivedChunk { from, term, last, size, checksum, offset, data } = chunk;
        match self.put(SnapshotMeta { last, bytes: size, checksum }, offset, &data) {
            Ok(Step::Next(next)) => Some(Report::Stored { from, term, last, offset, next }),
            Ok(Step::Whole(preamble, state)) => {
                self.complaint.clear();
                let snapshot = Snapshot { last, configuration: preamble.configuration };
                Some(Report::Whole { from, term, snapshot, hash: preamble.hash, state, bytes: size })
            }
            Err(error) => {
                self.incoming = None;
                let complaint = format!("the snapshot up to {last} from {from} is of no use: {error}");
                // It is going to be the same again and again.
                if complaint != self.complaint {
                    tracing::error!("{complaint}");
                    self.complaint = complaint;
                }
                None
            }
        }
    }

    /// Puts a chunk to what is here of its snapshot. The one that was asked for last wins: the leader that sends it is the latest.
    fn put(&mut self, meta: SnapshotMeta, offset: u64, data: &[u8]) -> Result<Step, Failure> {
        if self.incoming.as_ref().is_none_or(|incoming| incoming.meta() != meta) {
            if offset > 0 {
                return Ok(Step::Next(0));
            }
            self.incoming = Some(self.store.receive(meta)?);
            tracing::info!(last = %meta.last, bytes = meta.bytes, "a snapshot is coming in");
        }
        let Some(incoming) = &mut self.incoming else { unreachable!("one was begun") };
        match incoming.take(meta, offset, data)? {
            Chunk::Taken { next } | Chunk::OutOfOrder { next } => Ok(Step::Next(next)),
            Chunk::Last(_) => {
                self.incoming = None;
                let (preamble, state) = content::read(self.store.read(meta.last)?)?;
                Ok(Step::Whole(preamble, Box::new(state)))
            }
            Chunk::Spoiled | Chunk::Foreign { .. } => Err(Failure::Spoiled),
        }
    }
}
