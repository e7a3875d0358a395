//! Snapshots: written, sent and received beside the driver, which waits for none of it.
//!
//! Three threads, because each may be slow for a long time and none should wait for another: a node that writes a large snapshot
//! can still send the one before it, and one that restores the leader's state answers for nothing else meanwhile.

pub mod content;
mod receive;
mod schedule;
mod send;
mod take;

pub use content::Preamble;
pub use schedule::Schedule;

use crate::{
    kv::{self, Store},
    raft::{ChunkRequest, EntryId, NodeId, ReceivedChunk, Snapshot, Term},
    storage::SnapshotStore,
    transport,
};
use std::{io, sync::mpsc::Sender};
use tokio::sync::mpsc::UnboundedSender;

/// What the threads report.
#[derive(Debug)]
pub enum Report {
    /// The snapshot is there and durable.
    Taken {
        /// Which.
        snapshot: Snapshot,
        /// Its size.
        bytes: u64,
    },
    /// It could not be written. Some time has passed since: another one may be tried.
    NotTaken,
    /// A chunk cannot be read.
    Unreadable {
        /// For whom it was.
        to: NodeId,
        /// Of which snapshot.
        last: EntryId,
    },
    /// A chunk from the leader was dealt with.
    Stored {
        /// The leader.
        from: NodeId,
        /// Its term.
        term: Term,
        /// Which snapshot.
        last: EntryId,
        /// Where the chunk began.
        offset: u64,
        /// Where the next one is to begin.
        next: u64,
    },
    /// The leader's snapshot is here, durable, and its state is restored.
    Whole {
        /// The leader.
        from: NodeId,
        /// Its term.
        term: Term,
        /// Which snapshot.
        snapshot: Snapshot,
        /// The trace's running hash there.
        hash: u64,
        /// The state.
        state: Box<Store>,
        /// The snapshot's size.
        bytes: u64,
    },
}

/// Where the threads are asked. None of this waits. A thread that is gone says nothing any more, and the node goes on as one
/// whose snapshots fail.
#[derive(Clone)]
pub struct Snapshots {
    take: Sender<take::Request>,
    send: Sender<send::Request>,
    receive: Sender<receive::Request>,
}

impl Snapshots {
    /// Starts the threads. They end when this is dropped.
    ///
    /// # Errors
    /// If there are no threads to be had.
    pub fn start(own: NodeId, store: SnapshotStore, reports: UnboundedSender<Report>) -> io::Result<Snapshots> {
        Ok(Snapshots {
            take: take::start(store.clone(), reports.clone())?,
            send: send::start(own, store.clone(), reports.clone())?,
            receive: receive::start(store, reports)?,
        })
    }

    /// Writes a snapshot of this state, which is that after the entry.
    pub fn take(&self, last: EntryId, preamble: Preamble, state: kv::Snapshot) {
        let _ = self.take.send(take::Request::Take { last, preamble, state: Box::new(state) });
    }

    /// Removes what is older than this snapshot, once the log begins after it.
    pub fn remove_older(&self, last: EntryId) {
        let _ = self.take.send(take::Request::RemoveOlder(last));
    }

    /// Reads a chunk and sends it to this peer.
    pub fn send(&self, chunk: ChunkRequest, peer: transport::Sender) {
        let _ = self.send.send((chunk, peer));
    }

    /// Takes in a chunk from the leader.
    pub fn receive(&self, chunk: ReceivedChunk) {
        let _ = self.receive.send(receive::Request::Take(chunk));
    }

    /// Frees the memory of a state that was replaced.
    pub fn drop_state(&self, state: Store) {
        let _ = self.receive.send(receive::Request::Drop(state));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        kv::{Change, Condition},
        raft::{Body, Configuration, LogIndex, Message},
        storage::{SimDisk, SnapshotMeta},
    };
    use std::path::Path;
    use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

    pub fn id(index: u64) -> EntryId {
        EntryId { index: LogIndex(index), term: Term(1) }
    }

    pub fn disk_and_store() -> (SimDisk, SnapshotStore) {
        let disk = SimDisk::new();
        let store = SnapshotStore::open(Box::new(disk.clone()), Path::new("data")).unwrap();
        (disk, store)
    }

    pub fn store() -> SnapshotStore {
        disk_and_store().1
    }

    /// A state with so many keys, and a preamble that goes with it.
    pub fn example(keys: u64) -> (Preamble, Store) {
        let mut state = Store::new();
        for key in 0..keys {
            let (key, value) = (format!("key {key}").into(), format!("value {keys}").into());
            state.apply(&Change::Set { key, value, condition: Condition::Always, get: false }.into());
        }
        let configuration = Configuration::of([NodeId(1), NodeId(2)]).with_learner(NodeId(4), "there".to_owned());
        (Preamble { configuration, hash: keys * 7 }, state)
    }

    /// A node's threads, and what they report.
    fn node() -> (SimDisk, SnapshotStore, Snapshots, UnboundedReceiver<Report>) {
        let (disk, store) = disk_and_store();
        let (reports, reported) = unbounded_channel();
        let snapshots = Snapshots::start(NodeId(1), store.clone(), reports).unwrap();
        (disk, store, snapshots, reported)
    }

    /// The content of a snapshot of this state, and what it is called.
    fn snapshot_of(keys: u64) -> (SnapshotMeta, Vec<u8>) {
        let (store, (preamble, state)) = (store(), example(keys));
        let meta = content::write(&preamble, &state.snapshot(), store.create(id(keys)).unwrap()).unwrap();
        (meta, store.read(id(keys)).unwrap().read_all().unwrap())
    }

    fn chunk(meta: SnapshotMeta, offset: usize, data: &[u8]) -> ReceivedChunk {
        let SnapshotMeta { last, bytes, checksum } = meta;
        let data = data.to_vec().into();
        ReceivedChunk { from: NodeId(2), term: Term(3), last, size: bytes, checksum, offset: offset as u64, data }
    }

    /// Hands in a chunk, and returns what is wanted next.
    fn next(snapshots: &Snapshots, reported: &mut UnboundedReceiver<Report>, chunk: ReceivedChunk) -> u64 {
        let offset_sent = chunk.offset;
        snapshots.receive(chunk);
        match reported.blocking_recv() {
            Some(Report::Stored { from: NodeId(2), term: Term(3), offset, next, .. }) if offset == offset_sent => next,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn snapshot_comes_in_chunks_and_is_restored() {
        let (disk, _, snapshots, mut reported) = node();
        let (meta, content) = snapshot_of(5000);
        let middle = content.len() / 2;
        let (first, second) = (chunk(meta, 0, &content[..middle]), chunk(meta, middle, &content[middle..]));
        assert_eq!(next(&snapshots, &mut reported, second.clone()), 0, "it has to begin at the beginning");
        assert_eq!(next(&snapshots, &mut reported, first.clone()), middle as u64);
        assert_eq!(next(&snapshots, &mut reported, first), middle as u64, "a repeated one changes nothing");
        snapshots.receive(second);
        let Some(Report::Whole { from: NodeId(2), term: Term(3), snapshot, hash, state, bytes }) =
            reported.blocking_recv()
        else {
            panic!("it is whole")
        };
        let (preamble, expected) = example(5000);
        assert_eq!((snapshot.last, snapshot.configuration, hash), (id(5000), preamble.configuration, preamble.hash));
        assert!(*state == expected && bytes == meta.bytes);
        let found = SnapshotStore::open(Box::new(disk.kill()), Path::new("data")).unwrap();
        assert_eq!(found.read(id(5000)).unwrap().meta(), meta);
    }

    #[test]
    fn newer_snapshot_takes_the_place_of_one_that_is_coming_in() {
        let (_, store, snapshots, mut reported) = node();
        let ((old, old_content), (new, new_content)) = (snapshot_of(20), snapshot_of(30));
        assert_eq!(next(&snapshots, &mut reported, chunk(old, 0, &old_content[..9])), 9);
        assert_eq!(next(&snapshots, &mut reported, chunk(new, 0, &new_content[..5])), 5);
        assert_eq!(next(&snapshots, &mut reported, chunk(old, 9, &old_content[9..])), 0);
        snapshots.receive(chunk(new, 5, &new_content[5..]));
        assert!(matches!(reported.blocking_recv(), Some(Report::Whole { .. })));
        assert_eq!(store.list().unwrap(), [id(30)]);
    }

    #[test]
    fn nothing_is_said_of_a_chunk_that_is_of_no_use_and_the_snapshot_begins_anew() {
        let (disk, _, snapshots, mut reported) = node();
        let (meta, mut content) = snapshot_of(20);
        // Whatever it was that was passed over: the next one at the same place is told to begin again.
        let mut after = |useless| {
            snapshots.receive(useless);
            next(&snapshots, &mut reported, chunk(meta, 9, b"behind it"))
        };
        content[30] ^= 1;
        assert_eq!(after(chunk(meta, 0, &content)), 0, "another checksum was announced");
        let wrong = SnapshotMeta { checksum: crc32c::crc32c(b"?"), bytes: 1, ..meta };
        assert_eq!(after(chunk(wrong, 0, b"?")), 0, "it is whole, and nonsense");
        content[30] ^= 1;
        disk.set_full(true);
        assert_eq!(after(chunk(meta, 0, &content)), 0);
        disk.set_full(false);
        snapshots.receive(chunk(meta, 0, &content));
        assert!(matches!(reported.blocking_recv(), Some(Report::Whole { .. })));
    }

    #[test]
    fn chunks_that_are_sent_make_the_snapshot_although_it_is_replaced_meanwhile() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (_, store, snapshots, mut reported) = node();
            let (preamble, state) = example(30_000);
            let meta = content::write(&preamble, &state.snapshot(), store.create(id(9)).unwrap()).unwrap();
            let expected = store.read(id(9)).unwrap().read_all().unwrap();
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let (passport, address) = (transport::Passport::any(), listener.local_addr().unwrap());
            let peer = transport::Sender::start(NodeId(2), address, &passport, None, Default::default());
            let (messages, mut arrived) = unbounded_channel();
            let deliver = move |_, frame| {
                let verdict = messages.send(frame).map_or(transport::Verdict::End, |()| transport::Verdict::Taken);
                async move { verdict }
            };
            tokio::spawn(transport::receive(listener, passport.stamp, deliver, || panic!("every frame is whole")));
            let mut received = Vec::new();
            while received.len() < expected.len() {
                let request = ChunkRequest { to: NodeId(2), term: Term(3), last: id(9), offset: received.len() as u64 };
                snapshots.send(request.clone(), peer.clone());
                let Some(transport::Frame::Message(message)) = arrived.recv().await else { panic!("a message") };
                let Message { from: NodeId(1), to: NodeId(2), term: Term(3), body } = message else {
                    panic!("from the node to the follower")
                };
                let Body::Chunk { last, size, checksum, offset, data } = body else { panic!("a chunk") };
                assert_eq!((SnapshotMeta { last, bytes: size, checksum }, offset), (meta, request.offset));
                received.extend_from_slice(&data);
                store.remove_others(None).unwrap();
            }
            assert!(received == expected && expected.len() > 512 << 10);
            // To somebody else it is not being sent yet, and so is gone.
            let request = ChunkRequest { to: NodeId(3), term: Term(3), last: id(9), offset: 0 };
            snapshots.send(request, peer);
            let report = reported.recv().await;
            assert!(matches!(report, Some(Report::Unreadable { to: NodeId(3), last }) if last == id(9)), "{report:?}");
        });
    }
}
