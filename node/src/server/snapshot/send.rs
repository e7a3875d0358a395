//! The thread that reads snapshots for followers, chunk by chunk as the core asks for them.

use super::Report;
use crate::{
    raft::{Body, ChunkRequest, EntryId, Message, NodeId},
    storage::{SnapshotReader, SnapshotStore, StorageError},
    transport,
};
use std::{
    collections::BTreeMap,
    io,
    sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    time::{Duration, Instant},
};
use tokio::sync::mpsc::UnboundedSender;

/// How much goes in a message. A slow network should carry one within a heartbeat's interval, since it is sent again then.
const CHUNK_BYTES: usize = 256 << 10;
/// How long a snapshot is kept open for a follower that gets nothing.
const IDLE: Duration = Duration::from_secs(30);

/// A chunk to be read, and where it is to be put.
pub type Request = (ChunkRequest, transport::Sender);

/// Starts the thread. It ends when the sender is dropped.
pub fn start(own: NodeId, store: SnapshotStore, reports: UnboundedSender<Report>) -> io::Result<Sender<Request>> {
    let (sender, requests) = channel();
    let mut transfers = Transfers { own, store, open: BTreeMap::new() };
    std::thread::Builder::new().name("send-snapshots".to_owned()).spawn(move || transfers.run(&requests, &reports))?;
    Ok(sender)
}

struct Transfers {
    own: NodeId,
    store: SnapshotStore,
    /// The snapshot that each follower is getting, and when it got some of it. An open one stays readable when it is replaced, so
    /// that a transfer that takes longer than the time between two snapshots comes to an end.
    open: BTreeMap<NodeId, (SnapshotReader, Instant)>,
}

impl Transfers {
    fn run(&mut self, requests: &Receiver<Request>, reports: &UnboundedSender<Report>) {
        loop {
            match requests.recv_timeout(IDLE) {
                Ok((request, peer)) => match self.read(&request) {
                    Ok(message) => {
                        peer.add(&message);
                        peer.flush();
                    }
                    Err(error) => {
                        let ChunkRequest { to, last, .. } = request;
                        tracing::error!(%to, %last, %error, "cannot send a snapshot");
                        if reports.send(Report::Unreadable { to, last }).is_err() {
                            return;
                        }
                    }
                },
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            self.open.retain(|_, (_, used)| used.elapsed() < IDLE);
        }
    }

    fn read(&mut self, request: &ChunkRequest) -> Result<Message, StorageError> {
        let &ChunkRequest { to, term, last, offset } = request;
        let result = self.open(to, last).and_then(|reader| Ok((reader.meta(), reader.read(offset, CHUNK_BYTES)?)));
        let (meta, data) = result.inspect_err(|_| drop(self.open.remove(&to)))?;
        let body = Body::Chunk { last, size: meta.bytes, checksum: meta.checksum, offset, data: data.into() };
        Ok(Message { from: self.own, to, term, body })
    }

    /// The snapshot that this follower is getting from now on.
    fn open(&mut self, to: NodeId, last: EntryId) -> Result<&mut SnapshotReader, StorageError> {
        let now = Instant::now();
        if self.open.get(&to).is_none_or(|(reader, _)| reader.meta().last != last) {
            let reader = self.store.read(last)?;
            self.open.insert(to, (reader, now));
        }
        match self.open.get_mut(&to) {
            Some((reader, used)) => {
                *used = now;
                Ok(reader)
            }
            None => unreachable!("it is there, or was just opened"),
        }
    }
}
