//! A segment: one file of the log.
//!
//! | bytes | field |
//! | --- | --- |
//! | 0..8 | magic, `whitewtr` |
//! | 8..12 | format version |
//! | 12..20 | sequence of the first record, as in the file's name |
//! | 20..24 | CRC-32C of the 20 bytes above |
//! | 24.. | records |
//!
//! These 24 bytes keep their form in every version, so that a flipped bit in the version is damage and not a version.

use super::disk::{Disk, DiskFile};
use super::wal::StorageError;
use std::io;
use std::path::{Path, PathBuf};

/// The length of a segment's header.
pub const HEADER_BYTES: usize = 24;
const MAGIC: [u8; 8] = *b"whitewtr";
const VERSION: u32 = 1;
const SUFFIX_BEING_MADE: &str = ".tmp";

/// A segment that is being written.
pub struct Segment {
    file: Box<dyn DiskFile>,
    path: PathBuf,
    /// The sequence of its first record.
    pub first_sequence: u64,
    /// How many bytes it has; the next batch goes here.
    pub length: u64,
}

impl Segment {
    /// Makes a segment with nothing but a header. It is durable when this returns.
    ///
    /// The header is synced under another name first: a file that has a segment's name always has a whole header.
    pub fn create(disk: &mut dyn Disk, dir: &Path, first_sequence: u64) -> Result<Segment, StorageError> {
        let path = dir.join(name(first_sequence));
        let path_being_made = dir.join(name(first_sequence) + SUFFIX_BEING_MADE);
        let mut file = disk.create(&path_being_made).map_err(StorageError::io("create", &path_being_made))?;
        file.write_at(0, &header(first_sequence)).map_err(StorageError::io("write", &path_being_made))?;
        file.sync().map_err(StorageError::io("sync", &path_being_made))?;
        disk.rename(&path_being_made, &path).map_err(StorageError::io("rename", &path_being_made))?;
        disk.sync_dir(dir).map_err(StorageError::io("sync", dir))?;
        Ok(Segment { file, path, first_sequence, length: HEADER_BYTES as u64 })
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
        Ok(Segment { file, path, first_sequence, length })
    }

    /// Writes a batch and makes it durable.
    pub fn append(&mut self, batch: &[u8]) -> Result<(), StorageError> {
        self.file.write_at(self.length, batch).map_err(StorageError::io("write", &self.path))?;
        self.file.sync().map_err(StorageError::io("sync", &self.path))?;
        self.length += batch.len() as u64;
        Ok(())
    }
}

fn name(first_sequence: u64) -> String {
    // Twenty digits hold every u64, so that the order of names is the order of segments.
    format!("wal-{first_sequence:020}.log")
}

/// The segments in a directory, in order, by the sequence of their first record. Removes those that were never finished.
pub fn list(disk: &mut dyn Disk, dir: &Path) -> Result<Vec<(u64, PathBuf)>, StorageError> {
    let mut segments = Vec::new();
    for file in disk.list(dir).map_err(StorageError::io("list", dir))? {
        let path = dir.join(&file);
        let Some(middle) = file.strip_prefix("wal-") else { continue };
        if middle.ends_with(SUFFIX_BEING_MADE) {
            disk.remove(&path).map_err(StorageError::io("remove", &path))?;
            continue;
        }
        // A name that is nearly right may be a segment that someone renamed; to start without it could lose entries.
        match middle.strip_suffix(".log").and_then(|digits| digits.parse().ok()) {
            Some(first) if name(first) == file => segments.push((first, path)),
            _ => return Err(StorageError::damaged(&path, 0, "its name is not that of a segment")),
        }
    }
    segments.sort();
    Ok(segments)
}

fn header(first_sequence: u64) -> [u8; HEADER_BYTES] {
    let mut bytes = [0; HEADER_BYTES];
    bytes[..8].copy_from_slice(&MAGIC);
    bytes[8..12].copy_from_slice(&VERSION.to_le_bytes());
    bytes[12..20].copy_from_slice(&first_sequence.to_le_bytes());
    let crc = crc32c::crc32c(&bytes[..20]);
    bytes[20..].copy_from_slice(&crc.to_le_bytes());
    bytes
}

/// Checks the header of the segment at `path`.
pub fn check_header(bytes: &[u8], first_sequence: u64, path: &Path) -> Result<(), StorageError> {
    let expected = header(first_sequence);
    let Some(found) = bytes.get(..HEADER_BYTES) else {
        return Err(StorageError::damaged(path, 0, "the header of the segment is cut off"));
    };
    if found[..8] != MAGIC {
        return Err(StorageError::damaged(path, 0, "the file does not begin as a segment does"));
    }
    if found[20..] != crc32c::crc32c(&found[..20]).to_le_bytes() {
        return Err(StorageError::damaged(path, 0, "the header of the segment fails its checksum"));
    }
    if found[8..12] != expected[8..12] {
        let version = found[8..12].iter().rev().fold(0, |number, byte| number << 8 | u32::from(*byte));
        return Err(StorageError::UnknownVersion { file: path.to_owned(), found: version, known: VERSION });
    }
    if found != expected {
        return Err(StorageError::damaged(path, 12, "the header belongs to a segment of another name"));
    }
    Ok(())
}

impl StorageError {
    /// Turns the error of an operation on a file into ours; for `map_err`.
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> StorageError {
        move |error| StorageError::Io { action, path: path.to_owned(), error }
    }

    pub(super) fn damaged(file: &Path, offset: usize, reason: impl Into<String>) -> StorageError {
        StorageError::Damaged { file: file.to_owned(), offset: offset as u64, reason: reason.into() }
    }
}
