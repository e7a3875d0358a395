//! The form of a snapshot's file, and how it is read.
//!
//! | bytes | field |
//! | --- | --- |
//! | 0..8 | magic, `whitesnp` |
//! | 8..12 | format version |
//! | 12..28 | index and term of the last entry that the snapshot holds |
//! | 28..32 | CRC-32C of the 28 bytes above |
//! | 32.. | chunks: 4 bytes of length, a CRC-32C, and up to 64 KiB of the content; all but the last are full |
//! | the last 24 | magic, `snp ends`; length of the content; CRC-32C of the content; CRC-32C of all this |
//!
//! Numbers are little-endian. The checksums of a chunk and of the end also cover which snapshot and which position they belong
//! to. As all chunks but the last are full, any position of the content is found without an index.

use super::disk::DiskFile;
use super::error::StorageError;
use crate::raft::types::{EntryId, LogIndex, Term};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The most content that a chunk holds.
pub const CHUNK_BYTES: usize = 64 << 10;
/// The length of a file's header.
pub const HEADER_BYTES: usize = 32;
/// The length of what stands before a chunk's content.
pub const CHUNK_HEADER_BYTES: usize = 8;
/// The length of the end.
pub const END_BYTES: usize = 24;
const MAGIC: [u8; 8] = *b"whitesnp";
const END_MAGIC: [u8; 8] = *b"snp ends";
const VERSION: u32 = 1;

/// Which snapshot. Two that are equal have the same content, whoever made them, so that a part of one can be put to a part of
/// the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotMeta {
    /// The last entry whose effect it holds.
    pub last: EntryId,
    /// The length of the content.
    pub bytes: u64,
    /// The CRC-32C of the content.
    pub checksum: u32,
}

/// The bytes that begin a file.
pub fn header(last: EntryId) -> [u8; HEADER_BYTES] {
    let mut bytes = [0; HEADER_BYTES];
    bytes[..8].copy_from_slice(&MAGIC);
    bytes[8..12].copy_from_slice(&VERSION.to_le_bytes());
    bytes[12..20].copy_from_slice(&last.index.0.to_le_bytes());
    bytes[20..28].copy_from_slice(&last.term.0.to_le_bytes());
    let crc = crc32c::crc32c(&bytes[..28]);
    bytes[28..].copy_from_slice(&crc.to_le_bytes());
    bytes
}

/// A chunk, with this content of this position.
pub fn chunk(last: EntryId, position: u64, content: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(CHUNK_HEADER_BYTES + content.len());
    bytes.extend_from_slice(&(content.len() as u32).to_le_bytes());
    bytes.extend_from_slice(&checksum(last, position, content).to_le_bytes());
    bytes.extend_from_slice(content);
    bytes
}

/// The bytes that end a file.
pub fn end(meta: &SnapshotMeta) -> [u8; END_BYTES] {
    let mut bytes = [0; END_BYTES];
    bytes[..8].copy_from_slice(&END_MAGIC);
    bytes[8..16].copy_from_slice(&meta.bytes.to_le_bytes());
    bytes[16..20].copy_from_slice(&meta.checksum.to_le_bytes());
    let crc = checksum(meta.last, u64::MAX, &bytes[..20]);
    bytes[20..].copy_from_slice(&crc.to_le_bytes());
    bytes
}

/// Where the chunk begins that holds this position.
pub fn chunk_offset(position: u64) -> u64 {
    HEADER_BYTES as u64 + position / CHUNK_BYTES as u64 * (CHUNK_HEADER_BYTES + CHUNK_BYTES) as u64
}

/// How long a file with so much content is.
fn file_bytes(bytes: u64) -> u64 {
    bytes + HEADER_BYTES as u64 + bytes.div_ceil(CHUNK_BYTES as u64) * CHUNK_HEADER_BYTES as u64 + END_BYTES as u64
}

fn checksum(last: EntryId, position: u64, bytes: &[u8]) -> u32 {
    let crc = crc32c::crc32c(&last.index.0.to_le_bytes());
    let crc = crc32c::crc32c_append(crc, &last.term.0.to_le_bytes());
    let crc = crc32c::crc32c_append(crc, &position.to_le_bytes());
    crc32c::crc32c_append(crc, bytes)
}

/// A snapshot, open for reading. It can be read although it is removed meanwhile.
pub struct SnapshotReader {
    file: Box<dyn DiskFile>,
    path: PathBuf,
    meta: SnapshotMeta,
    /// The chunk that was read last, by its position, and its content: whoever reads in small pieces reads each chunk once.
    latest: Option<(u64, Vec<u8>)>,
}

impl SnapshotReader {
    /// Opens a file that should hold the snapshot up to this entry, and checks its frame: beginning, end and length. The
    /// content is checked where it is read.
    pub(super) fn open(
        mut file: Box<dyn DiskFile>,
        path: &Path,
        last: EntryId,
    ) -> Result<SnapshotReader, StorageError> {
        let damaged = |offset: u64, reason: &str| StorageError::damaged(path, offset as usize, reason);
        let found = file.read_at(0, HEADER_BYTES).map_err(StorageError::io("read", path))?;
        check_header(&found, last, path)?;
        let length = file.length().map_err(StorageError::io("read", path))?;
        let end_at = length.saturating_sub(END_BYTES as u64).max(HEADER_BYTES as u64);
        let found = file.read_at(end_at, END_BYTES).map_err(StorageError::io("read", path))?;
        let Some(found) = found.first_chunk::<END_BYTES>() else {
            return Err(damaged(end_at, "the snapshot is cut off"));
        };
        let number =
            |at: usize, bytes: usize| found[at..at + bytes].iter().rev().fold(0, |n, b| n << 8 | u64::from(*b));
        let meta = SnapshotMeta { last, bytes: number(8, 8), checksum: number(16, 4) as u32 };
        if *found != end(&meta) {
            return Err(damaged(end_at, "the end of the snapshot is not whole"));
        }
        if file_bytes(meta.bytes) != length {
            return Err(damaged(end_at, "the snapshot has another length than its end says"));
        }
        Ok(SnapshotReader { file, path: path.to_owned(), meta, latest: None })
    }

    /// Which snapshot.
    pub fn meta(&self) -> SnapshotMeta {
        self.meta
    }

    /// Its content from this position on, at most so many bytes; none at its end. What is returned was found whole.
    pub fn read(&mut self, position: u64, bytes_max: usize) -> Result<Vec<u8>, StorageError> {
        let end = self.meta.bytes.min(position.saturating_add(bytes_max as u64));
        let mut content = Vec::new();
        let mut at = position;
        while at < end {
            let (start, chunk) = self.chunk(at)?;
            let from = (at - start) as usize;
            let to = chunk.len().min((end - start) as usize);
            content.extend_from_slice(&chunk[from..to]);
            at = start + to as u64;
        }
        Ok(content)
    }

    /// All of its content, found whole.
    pub fn read_all(&mut self) -> Result<Vec<u8>, StorageError> {
        self.read(0, usize::MAX)
    }

    /// The chunk that holds this position, which is not behind the end: where it begins in the content, and what it holds.
    fn chunk(&mut self, position: u64) -> Result<(u64, &[u8]), StorageError> {
        let start = position - position % CHUNK_BYTES as u64;
        if self.latest.as_ref().is_none_or(|(latest, _)| *latest != start) {
            let content = self.read_chunk(start)?;
            self.latest = Some((start, content));
        }
        Ok(self.latest.as_ref().map_or((start, &[]), |(start, content)| (*start, content)))
    }

    fn read_chunk(&mut self, start: u64) -> Result<Vec<u8>, StorageError> {
        let (offset, path) = (chunk_offset(start), &self.path);
        let bytes = (self.meta.bytes - start).min(CHUNK_BYTES as u64) as usize;
        let mut found =
            self.file.read_at(offset, CHUNK_HEADER_BYTES + bytes).map_err(StorageError::io("read", path))?;
        let is_whole = found.len() == CHUNK_HEADER_BYTES + bytes
            && found[..4] == (bytes as u32).to_le_bytes()
            && found[4..8] == checksum(self.meta.last, start, &found[CHUNK_HEADER_BYTES..]).to_le_bytes();
        if !is_whole {
            return Err(StorageError::damaged(path, offset as usize, "a chunk of the snapshot is not whole"));
        }
        Ok(found.split_off(CHUNK_HEADER_BYTES))
    }
}

fn check_header(found: &[u8], last: EntryId, path: &Path) -> Result<(), StorageError> {
    let damaged = |reason: &str| Err(StorageError::damaged(path, 0, reason));
    let Some(found) = found.first_chunk::<HEADER_BYTES>() else {
        return damaged("the header of the snapshot is cut off");
    };
    if found[..8] != MAGIC {
        return damaged("the file does not begin as a snapshot does");
    }
    if found[28..] != crc32c::crc32c(&found[..28]).to_le_bytes() {
        return damaged("the header of the snapshot fails its checksum");
    }
    let version = u32::from_le_bytes([found[8], found[9], found[10], found[11]]);
    if version != VERSION {
        return Err(StorageError::UnknownVersion { file: path.to_owned(), found: version, known: VERSION });
    }
    if *found != header(last) {
        return damaged("the header belongs to a snapshot of another name");
    }
    Ok(())
}

/// The entry that a file's name speaks of, if it is the name of a snapshot.
pub fn parse_name(name: &str) -> Option<EntryId> {
    let (index, term) = name.strip_prefix("snapshot-")?.strip_suffix(".snap")?.split_once('-')?;
    let id = EntryId { index: LogIndex(index.parse().ok()?), term: Term(term.parse().ok()?) };
    (self::name(id) == name).then_some(id)
}

/// The name of the file of the snapshot up to this entry.
pub fn name(last: EntryId) -> String {
    format!("snapshot-{:020}-{:020}.snap", last.index.0, last.term.0)
}
