//! Opening the log and the snapshots together.

use super::disk::Disk;
use super::error::StorageError;
use super::snapshot_store::SnapshotStore;
use super::wal::{Layout, Wal};
use super::write::Recovered;
use std::path::Path;

/// Opens the log and the snapshots in this directory, which is made if it is missing. `log` and `snapshots` are the same disk,
/// for two threads.
///
/// A snapshot counts once the log begins after it. One that a crash prevented from counting is removed, for nobody was told
/// about it, and so are those that were replaced. If the log begins after a snapshot, it is there and its frame is whole; its
/// content is checked where it is read.
pub fn open(
    log: Box<dyn Disk>,
    snapshots: Box<dyn Disk>,
    dir: &Path,
    layout: Layout,
) -> Result<(Wal, SnapshotStore, Recovered), StorageError> {
    // The log first: it holds the directory's lock.
    let (wal, recovered) = Wal::open_with(log, dir, layout)?;
    let store = SnapshotStore::open(snapshots, dir)?;
    if let Some(last) = recovered.snapshot {
        store.read(last)?;
    }
    store.remove_others(recovered.snapshot)?;
    Ok((wal, store, recovered))
}
