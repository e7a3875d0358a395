//! The snapshots in a directory.

use super::disk::{Disk, DiskFile};
use super::error::StorageError;
use super::snapshot_file::{self, CHUNK_BYTES, SnapshotMeta, SnapshotReader};
use crate::crash_point::{CrashPoint, reach};
use crate::raft::types::EntryId;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

const PREFIX: &str = "snapshot-";
const SUFFIX_BEING_MADE: &str = ".tmp";
/// After so much content a snapshot is synced, lest the log's next sync wait for all of it.
const SYNC_BYTES: u64 = 4 << 20;

/// The snapshots in a directory. Clones are the same store, for threads that write and read at the same time.
///
/// A snapshot is written under another name and gets its own when it is whole and durable. It counts once the log begins after
/// it ([`Wal::start_after`](super::Wal::start_after)); only then may older ones be removed.
#[derive(Clone)]
pub struct SnapshotStore {
    shared: Arc<Mutex<Shared>>,
    dir: PathBuf,
}

struct Shared {
    disk: Box<dyn Disk>,
    /// So that no two files that are being made have the same name.
    made: u64,
}

impl SnapshotStore {
    /// Opens the store in a directory that exists and that no other process uses. Files that were never finished are removed.
    pub fn open(mut disk: Box<dyn Disk>, dir: &Path) -> Result<SnapshotStore, StorageError> {
        for file in disk.list(dir).map_err(StorageError::io("list", dir))? {
            if file.starts_with(PREFIX) && file.ends_with(SUFFIX_BEING_MADE) {
                let path = dir.join(&file);
                disk.remove(&path).map_err(StorageError::io("remove", &path))?;
            }
        }
        Ok(SnapshotStore { shared: Arc::new(Mutex::new(Shared { disk, made: 0 })), dir: dir.to_owned() })
    }

    /// The last entries of the snapshots that are there, in the order of their indexes.
    pub fn list(&self) -> Result<Vec<EntryId>, StorageError> {
        let mut found = Vec::new();
        for file in self.shared().disk.list(&self.dir).map_err(StorageError::io("list", &self.dir))? {
            if !file.starts_with(PREFIX) || file.ends_with(SUFFIX_BEING_MADE) {
                continue;
            }
            let Some(last) = snapshot_file::parse_name(&file) else {
                return Err(StorageError::damaged(&self.dir.join(file), 0, "its name is not that of a snapshot"));
            };
            found.push(last);
        }
        found.sort_by_key(|last| last.index);
        Ok(found)
    }

    /// Opens the snapshot up to this entry.
    pub fn read(&self, last: EntryId) -> Result<SnapshotReader, StorageError> {
        let path = self.path(last);
        let file = self.shared().disk.open(&path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => StorageError::MissingSnapshot { snapshot: last, dir: self.dir.clone() },
            _ => StorageError::io("open", &path)(error),
        })?;
        SnapshotReader::open(file, &path, last)
    }

    /// Begins a snapshot of the state after this entry.
    pub fn create(&self, last: EntryId) -> Result<SnapshotWriter, StorageError> {
        let mut shared = self.shared();
        shared.made += 1;
        let path = self.dir.join(format!("{}.{}{SUFFIX_BEING_MADE}", snapshot_file::name(last), shared.made));
        let mut file = shared.disk.create(&path).map_err(StorageError::io_or_full("create", &path))?;
        drop(shared);
        let header = snapshot_file::header(last);
        let written = file.write_at(0, &header).map_err(StorageError::io_or_full("write", &path));
        let writer = SnapshotWriter {
            store: self.clone(),
            file,
            path,
            meta: SnapshotMeta { last, bytes: 0, checksum: 0 },
            offset: header.len() as u64,
            written: 0,
            pending: Vec::new(),
            failure: None,
            is_finished: false,
        };
        // The writer removes the file if it cannot be begun.
        written.map(|()| writer)
    }

    /// Begins to take in a snapshot from elsewhere, from its first byte on.
    pub fn receive(&self, meta: SnapshotMeta) -> Result<SnapshotReceiver, StorageError> {
        Ok(SnapshotReceiver { writer: Some(self.create(meta.last)?), is_whole: false, meta })
    }

    /// Removes all snapshots but the one up to this entry, and those that are being made.
    pub fn remove_others(&self, kept: Option<EntryId>) -> Result<(), StorageError> {
        self.remove_if(|last| Some(last) != kept)
    }

    /// Removes the snapshots before the one up to this entry, once the log begins after that.
    pub fn remove_older(&self, than: EntryId) -> Result<(), StorageError> {
        self.remove_if(|last| last.index < than.index)
    }

    fn remove_if(&self, is_unneeded: impl Fn(EntryId) -> bool) -> Result<(), StorageError> {
        for last in self.list()?.into_iter().filter(|last| is_unneeded(*last)) {
            let path = self.path(last);
            reach(CrashPoint::BeforeSnapshotRemove);
            self.shared().disk.remove(&path).map_err(StorageError::io("remove", &path))?;
            reach(CrashPoint::AfterSnapshotRemove);
        }
        Ok(())
    }

    fn path(&self, last: EntryId) -> PathBuf {
        self.dir.join(snapshot_file::name(last))
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A snapshot that is being written. One that is dropped before it is finished leaves nothing.
pub struct SnapshotWriter {
    store: SnapshotStore,
    file: Box<dyn DiskFile>,
    path: PathBuf,
    meta: SnapshotMeta,
    /// Where the next chunk goes in the file, and how much content there is before it.
    offset: u64,
    written: u64,
    /// The content that does not fill a chunk yet.
    pending: Vec<u8>,
    failure: Option<String>,
    is_finished: bool,
}

impl SnapshotWriter {
    /// Adds to the content. After an error, also [`StorageError::Full`], the snapshot must be begun again.
    pub fn write(&mut self, mut bytes: &[u8]) -> Result<(), StorageError> {
        self.check_not_failed()?;
        self.meta.bytes += bytes.len() as u64;
        self.meta.checksum = crc32c::crc32c_append(self.meta.checksum, bytes);
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(CHUNK_BYTES - self.pending.len()));
            self.pending.extend_from_slice(now);
            bytes = later;
            if self.pending.len() == CHUNK_BYTES {
                self.write_chunk()?;
            }
        }
        Ok(())
    }

    /// How much content there is so far.
    pub fn bytes(&self) -> u64 {
        self.meta.bytes
    }

    /// Ends the content. When this returns, the snapshot is there, and survives a power failure.
    pub fn finish(mut self) -> Result<SnapshotMeta, StorageError> {
        self.check_not_failed()?;
        if !self.pending.is_empty() {
            self.write_chunk()?;
        }
        self.write_next(&snapshot_file::end(&self.meta))?;
        reach(CrashPoint::AfterSnapshotWrite);
        self.file.sync().map_err(StorageError::io("sync", &self.path))?;
        reach(CrashPoint::AfterSnapshotSync);
        let path = self.store.path(self.meta.last);
        let mut shared = self.store.shared();
        shared.disk.rename(&self.path, &path).map_err(StorageError::io_or_full("rename", &self.path))?;
        self.is_finished = true;
        reach(CrashPoint::AfterSnapshotRename);
        shared.disk.sync_dir(&self.store.dir).map_err(StorageError::io("sync", &self.store.dir))?;
        reach(CrashPoint::AfterSnapshotDirSync);
        drop(shared);
        Ok(self.meta)
    }

    fn write_chunk(&mut self) -> Result<(), StorageError> {
        debug_assert_eq!(self.offset, snapshot_file::chunk_offset(self.written));
        let chunk = snapshot_file::chunk(self.meta.last, self.written, &self.pending);
        self.write_next(&chunk)?;
        self.written += self.pending.len() as u64;
        self.pending.clear();
        if self.written.is_multiple_of(SYNC_BYTES) {
            let synced = self.file.sync().map_err(StorageError::io("sync", &self.path));
            self.note_failure(synced)?;
        }
        Ok(())
    }

    fn write_next(&mut self, bytes: &[u8]) -> Result<(), StorageError> {
        let written = self.file.write_at(self.offset, bytes).map_err(StorageError::io_or_full("write", &self.path));
        self.offset += bytes.len() as u64;
        self.note_failure(written)
    }

    fn note_failure(&mut self, result: Result<(), StorageError>) -> Result<(), StorageError> {
        if let Err(error) = &result {
            self.failure = Some(error.to_string());
        }
        result
    }

    fn check_not_failed(&self) -> Result<(), StorageError> {
        match &self.failure {
            Some(cause) => Err(StorageError::Failed { cause: cause.clone() }),
            None => Ok(()),
        }
    }
}

impl Drop for SnapshotWriter {
    fn drop(&mut self) {
        if !self.is_finished {
            // What cannot be removed now is removed by the next start.
            let _ = self.store.shared().disk.remove(&self.path);
        }
    }
}

/// A snapshot that comes in chunks, which may be lost, repeated, or come in another order.
pub struct SnapshotReceiver {
    /// None when the snapshot is whole, or cannot become so.
    writer: Option<SnapshotWriter>,
    is_whole: bool,
    meta: SnapshotMeta,
}

/// What became of a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chunk {
    /// It was taken. The next one is to begin at this position.
    Taken {
        /// How much there is.
        next: u64,
    },
    /// It was taken and was the last: the snapshot is there and durable.
    Last(SnapshotMeta),
    /// It was not taken, because another position comes next: it is a repeated one, or others before it were lost.
    OutOfOrder {
        /// How much there is.
        next: u64,
    },
    /// It was not taken, because it belongs to another snapshot than the one that is coming in.
    Foreign {
        /// The one that is coming in.
        expected: SnapshotMeta,
    },
    /// The content is not what was announced, or an earlier chunk met with an error. Nothing was kept: the snapshot must be
    /// received anew, with another [`SnapshotStore::receive`].
    Spoiled,
}

impl SnapshotReceiver {
    /// Which snapshot is coming in.
    pub fn meta(&self) -> SnapshotMeta {
        self.meta
    }

    /// How much of it is here: the position at which the next chunk is to begin.
    pub fn next(&self) -> u64 {
        match &self.writer {
            Some(writer) => writer.bytes(),
            None if self.is_whole => self.meta.bytes,
            None => 0,
        }
    }

    /// Takes in a part of the content that begins at this position. After an error the snapshot must be received anew.
    pub fn take(&mut self, meta: SnapshotMeta, position: u64, bytes: &[u8]) -> Result<Chunk, StorageError> {
        if meta != self.meta {
            return Ok(Chunk::Foreign { expected: self.meta });
        }
        let next = self.next();
        if self.writer.is_none() && !self.is_whole {
            return Ok(Chunk::Spoiled);
        }
        // Until this chunk is taken in well, the receiver is left without a writer, and is spoiled.
        let Some(mut writer) = self.writer.take_if(|_| position == next) else {
            return Ok(Chunk::OutOfOrder { next });
        };
        if bytes.len() as u64 > meta.bytes - next {
            return Ok(Chunk::Spoiled);
        }
        writer.write(bytes)?;
        if writer.bytes() < meta.bytes {
            let next = writer.bytes();
            self.writer = Some(writer);
            return Ok(Chunk::Taken { next });
        }
        if writer.meta != meta {
            return Ok(Chunk::Spoiled);
        }
        writer.finish()?;
        self.is_whole = true;
        Ok(Chunk::Last(meta))
    }
}
