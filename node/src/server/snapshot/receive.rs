//! The thread that takes in snapshots from the leader.

use super::{Report, content};
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
    let mut intake = Intake { store, incoming: None };
    std::thread::Builder::new().name("receive-snaps".to_owned()).spawn(move || intake.run(&requests, &reports))?;
    Ok(sender)
}

struct Intake {
    store: SnapshotStore,
    /// The snapshot that is coming in.
    incoming: Option<SnapshotReceiver>,
}

impl Intake {
    fn run(&mut self, requests: &Receiver<Request>, reports: &UnboundedSender<Report>) {
        loop {
            match requests.recv_timeout(IDLE) {
                Ok(Request::Take(chunk)) => {
                    if reports.send(self.take(chunk)).is_err() {
                        return;
                    }
                }
                Ok(Request::Drop(state)) => drop(state),
                Err(RecvTimeoutError::Timeout) => self.incoming = None,
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn take(&mut self, chunk: ReceivedChunk) -> Report {
        let ReceivedChunk { from, term, last, size, checksum, offset, data } = chunk;
        let stored = |next| Report::Stored { from, term, last, offset, next };
        let meta = SnapshotMeta { last, bytes: size, checksum };
        match self.put(meta, offset, &data) {
            Ok(Chunk::Taken { next } | Chunk::OutOfOrder { next }) => stored(next),
            Ok(Chunk::Last(_)) => match self.restore(meta) {
                Ok((snapshot, hash, state)) => {
                    Report::Whole { from, term, snapshot, hash, state: Box::new(state), bytes: size }
                }
                Err(error) => {
                    tracing::error!(%from, %last, %error, "a snapshot from the leader is of no use");
                    stored(0)
                }
            },
            Ok(Chunk::Spoiled | Chunk::Foreign { .. }) => {
                tracing::error!(%from, %last, offset, "a snapshot from the leader is not what it was announced to be");
                self.incoming = None;
                stored(0)
            }
            // Nothing of it counts yet, so that it can be received again.
            Err(error) => {
                tracing::error!(%from, %last, offset, %error, "cannot store a snapshot from the leader");
                self.incoming = None;
                stored(0)
            }
        }
    }

    /// Puts a chunk to what is here of its snapshot. The one that was asked for last wins: the leader that sends it is the latest.
    fn put(&mut self, meta: SnapshotMeta, offset: u64, data: &[u8]) -> Result<Chunk, StorageError> {
        if self.incoming.as_ref().is_none_or(|incoming| incoming.meta() != meta) {
            if offset > 0 {
                return Ok(Chunk::OutOfOrder { next: 0 });
            }
            self.incoming = Some(self.store.receive(meta)?);
            tracing::info!(last = %meta.last, bytes = meta.bytes, "a snapshot is coming in");
        }
        match &mut self.incoming {
            Some(incoming) => incoming.take(meta, offset, data),
            None => unreachable!("one was begun"),
        }
    }

    /// Reads the snapshot that is whole now.
    fn restore(&mut self, meta: SnapshotMeta) -> Result<(Snapshot, u64, kv::Store), content::ContentError> {
        self.incoming = None;
        let reader = self.store.read(meta.last).map_err(io::Error::other)?;
        let (preamble, state) = content::read(reader)?;
        Ok((Snapshot { last: meta.last, configuration: preamble.configuration }, preamble.hash, state))
    }
}
