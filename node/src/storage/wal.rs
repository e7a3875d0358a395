//! The write-ahead log.

use super::disk::Disk;
use super::record::{self, Place};
use super::recovery;
use super::segment::{self, Segment};
use super::write::{EntryGap, Recovered, Write};
use crate::raft::types::LogIndex;
use std::io;
use std::path::{Path, PathBuf};

const SEGMENT_BYTES: u64 = 64 << 20;
/// What an empty buffer may keep, so that one large batch does not hold its memory for ever.
const BUFFER_BYTES_KEPT: usize = 1 << 20;

/// A write-ahead log, open for appending.
///
/// [`append`](Wal::append) gathers and [`sync`](Wal::sync) stores, so that many steps share one fsync. What was appended and
/// not synced is in this process's own memory: a killed process loses exactly what a power failure would have taken.
pub struct Wal {
    disk: Box<dyn Disk>,
    dir: PathBuf,
    /// A batch that finds the segment this long or longer goes to a new one. A record is thus never split, however long.
    segment_bytes: u64,
    segment: Option<Segment>,
    next_sequence: u64,
    last_index: LogIndex,
    /// The batch that the next sync will write, and the sequence of its first record.
    batch_bytes: Vec<u8>,
    batch: u64,
    /// What failed. Then the log says no more: how much reached the disk is unknown, and a second fsync would report success
    /// although the first one lost the pages.
    failure: Option<String>,
}

/// Why the log cannot be opened or written.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// The operating system refused.
    #[error("cannot {action} `{}`: {error}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// With which file or directory.
        path: PathBuf,
        /// Its answer.
        error: io::Error,
    },
    /// Another process uses this directory.
    #[error("another process is using the data directory `{}`", dir.display())]
    Locked {
        /// The directory.
        dir: PathBuf,
    },
    /// Something that had been stored is not there any more. A node that went on could break a promise it gave.
    #[error("`{}` is damaged at byte {offset}: {reason}", file.display())]
    Damaged {
        /// The segment.
        file: PathBuf,
        /// Where in it.
        offset: u64,
        /// What is wrong.
        reason: String,
    },
    /// Another version of this program wrote the file.
    #[error("`{}` has format version {found}, and only version {known} can be read", file.display())]
    UnknownVersion {
        /// The segment.
        file: PathBuf,
        /// Its version.
        found: u32,
        /// Ours.
        known: u32,
    },
    /// The write would have left a gap in the log; it was not taken.
    #[error("cannot append to the log: {0}")]
    Gap(#[from] EntryGap),
    /// The write is longer than a record can be; it was not taken.
    #[error("cannot append {bytes} bytes in one record")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// The log had failed before.
    #[error("the log failed earlier and takes no more: {cause}")]
    Failed {
        /// What happened then.
        cause: String,
    },
}

impl Wal {
    /// Opens the log in this directory, which is made if it is missing, and reads it. What it returns is durable.
    pub fn open(disk: Box<dyn Disk>, dir: &Path) -> Result<(Wal, Recovered), StorageError> {
        Wal::open_with_segment_bytes(disk, dir, SEGMENT_BYTES)
    }

    /// As [`open`](Wal::open), with segments of about this length instead of 64 MiB.
    pub fn open_with_segment_bytes(
        mut disk: Box<dyn Disk>,
        dir: &Path,
        segment_bytes: u64,
    ) -> Result<(Wal, Recovered), StorageError> {
        disk.create_dir(dir).map_err(StorageError::io("create", dir))?;
        disk.lock(&dir.join("lock")).map_err(|error| match error.kind() {
            io::ErrorKind::WouldBlock => StorageError::Locked { dir: dir.to_owned() },
            _ => StorageError::io("lock", dir)(error),
        })?;
        let recovery = recovery::recover(disk.as_mut(), dir)?;
        let wal = Wal {
            disk,
            dir: dir.to_owned(),
            segment_bytes,
            segment: recovery.segment,
            next_sequence: recovery.next_sequence,
            last_index: recovery.state.last_index(),
            batch_bytes: Vec::new(),
            batch: recovery.next_sequence,
            failure: None,
        };
        Ok((wal, recovery.state))
    }

    /// Takes a write into this process's memory, without any system call. It is not stored before [`sync`](Wal::sync).
    pub fn append(&mut self, write: &Write) -> Result<(), StorageError> {
        self.check_not_failed()?;
        let last_index = write.last_index_after(self.last_index)?;
        let (segment, start) = match self.segment_with_room() {
            Some(segment) => (segment.first_sequence, segment.length),
            None => (self.batch, segment::HEADER_BYTES as u64),
        };
        let place = Place { segment, offset: start + self.batch_bytes.len() as u64 };
        record::encode(write, place, self.next_sequence, self.batch, &mut self.batch_bytes)
            .map_err(|error| StorageError::TooLong { bytes: error.bytes })?;
        self.next_sequence += 1;
        self.last_index = last_index;
        Ok(())
    }

    /// Stores what was appended: when this returns, it survives a power failure. An error ends this log for good.
    pub fn sync(&mut self) -> Result<(), StorageError> {
        self.check_not_failed()?;
        if self.batch_bytes.is_empty() {
            return Ok(());
        }
        let result = self.write_batch();
        match &result {
            Ok(()) => {
                self.batch = self.next_sequence;
                self.batch_bytes.clear();
                self.batch_bytes.shrink_to(BUFFER_BYTES_KEPT);
            }
            Err(error) => self.failure = Some(error.to_string()),
        }
        result
    }

    /// How much was appended and not synced.
    pub fn unsynced_bytes(&self) -> usize {
        self.batch_bytes.len()
    }

    fn write_batch(&mut self) -> Result<(), StorageError> {
        // If a new segment is due, all older batches are synced by now: its existence proves the earlier segments to be whole.
        let segment = match self.segment.take().filter(|segment| segment.length < self.segment_bytes) {
            Some(segment) => segment,
            None => Segment::create(self.disk.as_mut(), &self.dir, self.batch)?,
        };
        self.segment.insert(segment).append(&self.batch_bytes)
    }

    /// The segment that takes the next batch; none if it needs a new one. It stays the same from a batch's first record to its
    /// sync, which is why a record can know its place before it is written.
    fn segment_with_room(&self) -> Option<&Segment> {
        self.segment.as_ref().filter(|segment| segment.length < self.segment_bytes)
    }

    fn check_not_failed(&self) -> Result<(), StorageError> {
        match &self.failure {
            Some(cause) => Err(StorageError::Failed { cause: cause.clone() }),
            None => Ok(()),
        }
    }
}
