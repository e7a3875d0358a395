//! The thread that writes snapshots, and removes those that they replace.

use super::{
    Report,
    content::{self, Preamble},
};
use crate::{
    kv,
    raft::{EntryId, Snapshot},
    storage::{SnapshotStore, StorageError},
};
use std::{
    io,
    sync::mpsc::{Receiver, Sender, channel},
    time::Duration,
};
use tokio::sync::mpsc::UnboundedSender;

/// How long to wait after a snapshot that could not be written: a full disk is not emptied by trying.
const RETRY: Duration = Duration::from_secs(1);

/// What the thread is asked for.
pub enum Request {
    /// Write this state, which is that after the entry.
    Take {
        /// The last entry that it holds.
        last: EntryId,
        /// What else belongs to it.
        preamble: Preamble,
        /// The state.
        state: Box<kv::Snapshot>,
    },
    /// The log begins after this snapshot now: older ones are not needed.
    RemoveOlder(EntryId),
}

/// Starts the thread. It ends when the sender is dropped.
pub fn start(store: SnapshotStore, reports: UnboundedSender<Report>) -> io::Result<Sender<Request>> {
    let (sender, requests) = channel();
    std::thread::Builder::new().name("take-snapshots".to_owned()).spawn(move || run(&store, &requests, &reports))?;
    Ok(sender)
}

fn run(store: &SnapshotStore, requests: &Receiver<Request>, reports: &UnboundedSender<Report>) {
    while let Ok(request) = requests.recv() {
        let report = match request {
            Request::Take { last, preamble, state } => take(store, last, preamble, &state),
            Request::RemoveOlder(last) => {
                if let Err(error) = store.remove_older(last) {
                    tracing::warn!(%error, "a snapshot that was replaced takes up space until the next start");
                }
                continue;
            }
        };
        // After the state is dropped, which is shared with the driver's and would make it copy what it changes.
        if matches!(report, Report::NotTaken) {
            std::thread::sleep(RETRY);
        }
        if reports.send(report).is_err() {
            return;
        }
    }
}

/// Writes a snapshot. A failure loses nothing, whatever it was: the file does not count before the log says that it begins after
/// it, and the whole log is still there. So unlike the log, which must not go on after a failed sync, this is begun again
/// later, with a new file, whose bytes are all written anew.
fn take(store: &SnapshotStore, last: EntryId, preamble: Preamble, state: &kv::Snapshot) -> Report {
    match store.create(last).and_then(|writer| content::write(&preamble, state, writer)) {
        Ok(meta) => {
            tracing::info!(%last, bytes = meta.bytes, "snapshot taken");
            Report::Taken { snapshot: Snapshot { last, configuration: preamble.configuration }, bytes: meta.bytes }
        }
        Err(error @ StorageError::Full { .. }) => {
            tracing::warn!(%last, %error, "no snapshot for now");
            Report::NotTaken
        }
        Err(error) => {
            tracing::error!(%last, %error, "no snapshot for now");
            Report::NotTaken
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        server::snapshot::tests::{disk_and_store, example, id},
        storage::SimDisk,
    };
    use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

    fn thread() -> (SimDisk, SnapshotStore, Sender<Request>, UnboundedReceiver<Report>) {
        let (disk, store) = disk_and_store();
        let (reports, reported) = unbounded_channel();
        let requests = start(store.clone(), reports).unwrap();
        (disk, store, requests, reported)
    }

    fn take_at(index: u64) -> Request {
        let (preamble, state) = example(index);
        Request::Take { last: id(index), preamble, state: Box::new(state.snapshot()) }
    }

    #[test]
    fn snapshot_is_durable_when_it_is_reported() {
        let (disk, _, requests, mut reported) = thread();
        requests.send(take_at(7)).unwrap();
        let Some(Report::Taken { snapshot, bytes }) = reported.blocking_recv() else { panic!("it is taken") };
        let (preamble, state) = example(7);
        assert_eq!(snapshot, Snapshot { last: id(7), configuration: preamble.configuration.clone() });
        let found = SnapshotStore::open(Box::new(disk.kill()), std::path::Path::new("data")).unwrap();
        let reader = found.read(id(7)).unwrap();
        assert_eq!(reader.meta().bytes, bytes);
        assert_eq!(content::read(reader).unwrap(), (preamble, state));
    }

    #[test]
    fn older_ones_are_removed_when_the_log_begins_after_it() {
        let (_, store, requests, mut reported) = thread();
        for request in [take_at(3), take_at(5)] {
            requests.send(request).unwrap();
            assert!(matches!(reported.blocking_recv(), Some(Report::Taken { .. })));
        }
        assert_eq!(store.list().unwrap(), [id(3), id(5)]);
        requests.send(Request::RemoveOlder(id(5))).unwrap();
        drop(requests);
        assert!(reported.blocking_recv().is_none(), "the thread has ended");
        assert_eq!(store.list().unwrap(), [id(5)]);
    }

    #[test]
    fn full_disk_and_failed_sync_leave_nothing_and_the_next_one_succeeds() {
        let (disk, store, requests, mut reported) = thread();
        let names = disk.paths();
        disk.set_full(true);
        requests.send(take_at(3)).unwrap();
        assert!(matches!(reported.blocking_recv(), Some(Report::NotTaken)));
        disk.set_full(false);
        assert_eq!(disk.paths(), names);
        // It is made, then a header, a chunk and an end are written, and then it is synced.
        disk.fail_at(disk.operations() + 4);
        requests.send(take_at(4)).unwrap();
        assert!(matches!(reported.blocking_recv(), Some(Report::NotTaken)));
        assert_eq!(disk.paths(), names);
        requests.send(take_at(5)).unwrap();
        assert!(matches!(reported.blocking_recv(), Some(Report::Taken { .. })));
        assert_eq!(store.list().unwrap(), [id(5)]);
    }
}
