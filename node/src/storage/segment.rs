//! A segment: one file of the log.
//!
//! | bytes | field |
//! | --- | --- |
//! | 0..8 | magic, `whitewtr` |
//! | 8..12 | format version |
//! | 12..20 | sequence of the first record, as in the file's name |
//! | 20..24 | CRC-32C of the 20 bytes above |
//! | 24..32 | the oldest segment that is still needed, by its first sequence |
//! | 32..40 | term |
//! | 40..48 | vote, `u64::MAX` for none |
//! | 48..56 | index of the log's last entry |
//! | 56..72 | index and term of the last entry of the snapshot that the log begins after, 0 for none |
//! | 72..76 | CRC-32C of the 72 bytes above |
//! | 76..80 | zeros |
//! | 80.. | records, then zeros or the rest of what the file was before |
//!
//! The first 24 bytes keep their form in every version, so that a flipped bit in the version is damage and not a version. What
//! follows them is the [`Base`]: whatever the records build upon, so that older segments can go.

use super::disk::{Disk, DiskFile};
use super::error::StorageError;
use super::wal::Layout;
use crate::crash_point::{CrashPoint, reach};
use crate::raft::{
    Bug,
    types::{EntryId, HardState, LogIndex, NodeId, Term},
};
use std::path::{Path, PathBuf};

/// The length of a segment's header.
pub const HEADER_BYTES: usize = 80;
const MAGIC: [u8; 8] = *b"whitewtr";
const VERSION: u32 = 2;
const NO_VOTE: u64 = u64::MAX;
const SUFFIX_BEING_MADE: &str = ".tmp";
const SUFFIX_SPARE: &str = ".spare";

/// What was known when a segment was begun.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Base {
    /// The oldest segment that is still needed. Older ones may be there or not.
    pub oldest_segment: u64,
    /// The term and vote.
    pub hard_state: HardState,
    /// The index of the log's last entry.
    pub last: LogIndex,
    /// The entry that the log begins after; the default if it begins with entry 1.
    pub snapshot: EntryId,
}

/// A segment that is being written.
pub struct Segment {
    file: Box<dyn DiskFile>,
    /// Its file.
    pub path: PathBuf,
    /// The sequence of its first record.
    pub first_sequence: u64,
    /// Where its records end; the next batch goes here.
    pub length: u64,
    /// How long the file is. The bytes behind the records have their place on the disk already, so that to sync a batch there
    /// changes nothing about the file but these bytes.
    allocated: u64,
}

impl Segment {
    /// Makes a segment with nothing but a header, from a file that is no longer needed if there is one. It is durable when this
    /// returns.
    ///
    /// The header is synced under another name first: a file that has a segment's name always has a whole header.
    pub fn create(
        disk: &mut dyn Disk,
        dir: &Path,
        first_sequence: u64,
        base: &Base,
        spare: Option<&Path>,
        layout: Layout,
    ) -> Result<Segment, StorageError> {
        let path = dir.join(name(first_sequence));
        let path_being_made = match spare {
            Some(spare) => spare.to_owned(),
            None => dir.join(name(first_sequence) + SUFFIX_BEING_MADE),
        };
        let mut file = match spare {
            Some(spare) => disk.open(spare).map_err(StorageError::io("open", spare))?,
            None => disk.create(&path_being_made).map_err(StorageError::io_or_full("create", &path_being_made))?,
        };
        let allocated = file.length().map_err(StorageError::io("read", &path_being_made))?;
        file.write_at(0, &header(first_sequence, base)).map_err(StorageError::io_or_full("write", &path_being_made))?;
        let length = HEADER_BYTES as u64;
        let mut segment =
            Segment { file, path: path_being_made, first_sequence, length, allocated: allocated.max(length) };
        segment.reserve(0, layout.step_bytes)?;
        segment.file.sync().map_err(StorageError::io("sync", &segment.path))?;
        reach(CrashPoint::AfterSegmentSync);
        disk.rename(&segment.path, &path).map_err(StorageError::io_or_full("rename", &segment.path))?;
        reach(CrashPoint::AfterSegmentRename);
        if !layout.bugs.has(Bug::NoDirectorySync) {
            disk.sync_dir(dir).map_err(StorageError::io("sync", dir))?;
        }
        reach(CrashPoint::AfterSegmentDirSync);
        Ok(Segment { path, ..segment })
    }

    /// Goes on with a segment whose first `length` bytes are good, and makes it durable so.
    ///
    /// It is synced even when nothing is cut off: a process that was killed may have written these bytes and not synced them,
    /// and what follows relies on them.
    pub fn resume(
        mut file: Box<dyn DiskFile>,
        path: PathBuf,
        first_sequence: u64,
        length: u64,
        has_tail: bool,
    ) -> Result<Segment, StorageError> {
        if has_tail {
            file.set_len(length).map_err(StorageError::io("truncate", &path))?;
        }
        file.sync().map_err(StorageError::io("sync", &path))?;
        Ok(Segment { file, path, first_sequence, length, allocated: length })
    }

    /// Writes a batch and makes it durable. If there is no space, nothing has changed, and the same batch may be written again.
    pub fn append(&mut self, batch: &[u8], layout: Layout) -> Result<(), StorageError> {
        if self.reserve(batch.len() as u64, layout.step_bytes)? {
            // All zeros at once, with the new length: otherwise each batch would make its own block durable, and its place.
            self.file.sync().map_err(StorageError::io("sync", &self.path))?;
        }
        // Where a file system copies on write, space can run out here too. What was written of the batch is then like a torn
        // tail: nothing was promised about it, and the next attempt writes it over.
        let (file, path) = (&mut self.file, &self.path);
        if !file.append_durably(self.length, batch).map_err(StorageError::io_or_full("write", path))? {
            file.write_at(self.length, batch).map_err(StorageError::io_or_full("write", path))?;
            reach(CrashPoint::AfterLogWrite);
            let synced = match file.sync() {
                Err(_) if layout.bugs.has(Bug::RetryFsync) => file.sync(),
                synced => synced,
            };
            synced.map_err(StorageError::io("sync", path))?;
        }
        self.length += batch.len() as u64;
        self.allocated = self.allocated.max(self.length);
        Ok(())
    }

    /// Whether it has no records.
    pub fn is_empty(&self) -> bool {
        self.length == HEADER_BYTES as u64
    }

    /// Makes the file long enough for this many more bytes, in whole steps. Zeros are written, because a file system that only
    /// notes an area as reserved has to note again, in its journal, that it came into use.
    /// Returns whether that changed the file.
    fn reserve(&mut self, bytes: u64, step_bytes: u64) -> Result<bool, StorageError> {
        let needed = self.length + bytes;
        if step_bytes == 0 || needed <= self.allocated {
            return Ok(false);
        }
        let allocated = needed.next_multiple_of(step_bytes);
        let zeros = vec![0; (allocated - self.allocated) as usize];
        self.file.write_at(self.allocated, &zeros).map_err(StorageError::io_or_full("extend", &self.path))?;
        self.allocated = allocated;
        Ok(true)
    }
}

fn name(first_sequence: u64) -> String {
    // Twenty digits hold every u64, so that the order of names is the order of segments.
    format!("wal-{first_sequence:020}.log")
}

/// The log's files in a directory.
#[derive(Default)]
pub struct Files {
    /// The segments, in order, by the sequence of their first record.
    pub segments: Vec<(u64, PathBuf)>,
    /// Files that were segments, and may become segments again.
    pub spares: Vec<PathBuf>,
}

/// Lists the log's files, and removes those that were never finished.
pub fn list(disk: &mut dyn Disk, dir: &Path) -> Result<Files, StorageError> {
    let mut files = Files::default();
    for file in disk.list(dir).map_err(StorageError::io("list", dir))? {
        let path = dir.join(&file);
        let Some(middle) = file.strip_prefix("wal-") else { continue };
        if middle.ends_with(SUFFIX_BEING_MADE) {
            disk.remove(&path).map_err(StorageError::io("remove", &path))?;
            continue;
        }
        if middle.ends_with(SUFFIX_SPARE) {
            files.spares.push(path);
            continue;
        }
        // A name that is nearly right may be a segment that someone renamed; to start without it could lose entries.
        match middle.strip_suffix(".log").and_then(|digits| digits.parse().ok()) {
            Some(first) if name(first) == file => files.segments.push((first, path)),
            _ => return Err(StorageError::damaged(&path, 0, "its name is not that of a segment")),
        }
    }
    files.segments.sort();
    files.spares.sort();
    Ok(files)
}

/// Takes a segment out of the log, which no longer needs it, and keeps its file.
pub fn retire(disk: &mut dyn Disk, path: &Path) -> Result<PathBuf, StorageError> {
    let spare = path.with_extension(&SUFFIX_SPARE[1..]);
    disk.rename(path, &spare).map_err(StorageError::io("rename", path))?;
    reach(CrashPoint::AfterRetire);
    Ok(spare)
}

fn header(first_sequence: u64, base: &Base) -> [u8; HEADER_BYTES] {
    let mut bytes = [0; HEADER_BYTES];
    bytes[..8].copy_from_slice(&MAGIC);
    bytes[8..12].copy_from_slice(&VERSION.to_le_bytes());
    bytes[12..20].copy_from_slice(&first_sequence.to_le_bytes());
    seal(&mut bytes, 20);
    let numbers = [
        base.oldest_segment,
        base.hard_state.term.0,
        base.hard_state.vote.map_or(NO_VOTE, |node| node.0),
        base.last.0,
        base.snapshot.index.0,
        base.snapshot.term.0,
    ];
    for (position, number) in numbers.into_iter().enumerate() {
        bytes[24 + 8 * position..][..8].copy_from_slice(&number.to_le_bytes());
    }
    seal(&mut bytes, 72);
    bytes
}

/// Puts the checksum of the bytes before this position there.
fn seal(bytes: &mut [u8; HEADER_BYTES], at: usize) {
    let crc = crc32c::crc32c(&bytes[..at]);
    bytes[at..at + 4].copy_from_slice(&crc.to_le_bytes());
}

/// Reads the header of the segment at `path`.
pub fn read_header(bytes: &[u8], first_sequence: u64, path: &Path) -> Result<Base, StorageError> {
    let damaged = |offset, reason: &str| Err(StorageError::damaged(path, offset, reason));
    let Some(found) = bytes.first_chunk::<HEADER_BYTES>() else {
        return damaged(0, "the header of the segment is cut off");
    };
    if found[..8] != MAGIC {
        return damaged(0, "the file does not begin as a segment does");
    }
    if found[20..24] != crc32c::crc32c(&found[..20]).to_le_bytes() {
        return damaged(0, "the header of the segment fails its checksum");
    }
    let version = u32::from_le_bytes([found[8], found[9], found[10], found[11]]);
    if version != VERSION {
        return Err(StorageError::UnknownVersion { file: path.to_owned(), found: version, known: VERSION });
    }
    let number =
        |position: usize| found[position..position + 8].iter().rev().fold(0, |n, byte| n << 8 | u64::from(*byte));
    let base = Base {
        oldest_segment: number(24),
        hard_state: HardState {
            term: Term(number(32)),
            vote: Some(number(40)).filter(|id| *id != NO_VOTE).map(NodeId),
        },
        last: LogIndex(number(48)),
        snapshot: EntryId { index: LogIndex(number(56)), term: Term(number(64)) },
    };
    // What is left is what was written, or it is not whole.
    let expected = header(number(12), &base);
    if *found != expected {
        return damaged(0, "the header of the segment fails its second checksum");
    }
    if number(12) != first_sequence {
        return damaged(12, "the header belongs to a segment of another name");
    }
    Ok(base)
}
