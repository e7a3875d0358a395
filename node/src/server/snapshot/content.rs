//! What a snapshot's file holds: a preamble, and behind it the state as [`kv::Snapshot::write`] writes it.
//!
//! The preamble is what the node needs besides the state to go on from there, in postcard's encoding behind its length in 4
//! bytes (little-endian): the version of this form, the configuration in force, and the trace's running hash.

use crate::{
    kv::{self, RestoreError, Store},
    raft::Configuration,
    storage::{SnapshotMeta, SnapshotReader, SnapshotWriter, StorageError},
};
use std::io::{self, BufRead, BufReader, Read, Write};

const VERSION: u32 = 1;
/// More than the largest cluster's configuration takes. A length beyond it is damage, and no reason to ask for memory.
const PREAMBLE_BYTES_MAX: u32 = 1 << 20;
const BUFFER_BYTES: usize = 64 << 10;

/// What stands before the state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preamble {
    /// The configuration in force at the snapshot's last entry.
    pub configuration: Configuration,
    /// The running hash of the trace there; 0 if the node that took the snapshot keeps no trace.
    pub hash: u64,
}

/// Why there is no state to be had from a snapshot's content.
#[derive(Debug, thiserror::Error)]
pub enum ContentError {
    /// It cannot be read, or ends too early.
    #[error("the snapshot cannot be read: {0}")]
    Read(#[from] io::Error),
    /// It is from another time.
    #[error("the snapshot's preamble has version {0}, and only version {VERSION} is understood")]
    Version(u32),
    /// It contradicts itself.
    #[error("the snapshot's content is damaged: {0}")]
    Damaged(String),
    /// Its state does.
    #[error(transparent)]
    State(#[from] RestoreError),
}

/// Writes a snapshot. When this returns, it is there and durable.
pub fn write(
    preamble: &Preamble,
    state: &kv::Snapshot,
    snapshot: SnapshotWriter,
) -> Result<SnapshotMeta, StorageError> {
    let bytes = postcard::to_stdvec(&(VERSION, &preamble.configuration, preamble.hash));
    let bytes = bytes.expect("a configuration is plain data");
    let mut output = Output { snapshot, failure: None };
    let written = output
        .write_all(&(bytes.len() as u32).to_le_bytes())
        .and_then(|()| output.write_all(&bytes))
        .and_then(|()| state.write(&mut output));
    match (written, output.failure) {
        (Ok(()), None) => output.snapshot.finish(),
        (_, Some(error)) => Err(error),
        (Err(error), None) => unreachable!("the output fails only with an error of storage: {error}"),
    }
}

/// Reads a snapshot, without having all of its bytes in memory at once.
pub fn read(snapshot: SnapshotReader) -> Result<(Preamble, Store), ContentError> {
    let mut input = BufReader::with_capacity(BUFFER_BYTES, Input { snapshot, position: 0 });
    let mut length = [0; 4];
    input.read_exact(&mut length)?;
    let length = u32::from_le_bytes(length);
    if length > PREAMBLE_BYTES_MAX {
        return Err(ContentError::Damaged(format!("a preamble of {length} bytes")));
    }
    let mut bytes = vec![0; length as usize];
    input.read_exact(&mut bytes)?;
    let damaged = |error: postcard::Error| ContentError::Damaged(format!("the preamble: {error}"));
    let (version, rest) = postcard::take_from_bytes(&bytes).map_err(damaged)?;
    if version != VERSION {
        return Err(ContentError::Version(version));
    }
    let (configuration, hash) = postcard::from_bytes(rest).map_err(damaged)?;
    let store = Store::restore(&mut input)?;
    match input.fill_buf()?.is_empty() {
        true => Ok((Preamble { configuration, hash }, store)),
        false => Err(ContentError::Damaged("it goes on behind the state".to_owned())),
    }
}

/// A snapshot's writer as something that bytes can be written to. It keeps the error of storage, which says more than one of I/O.
struct Output {
    snapshot: SnapshotWriter,
    failure: Option<StorageError>,
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.snapshot.write(bytes).map_err(|error| {
            self.failure = Some(error);
            io::Error::other("the snapshot's file failed")
        })?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Input {
    snapshot: SnapshotReader,
    position: u64,
}

impl Read for Input {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let found = self.snapshot.read(self.position, bytes.len()).map_err(io::Error::other)?;
        bytes[..found.len()].copy_from_slice(&found);
        self.position += found.len() as u64;
        Ok(found.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::snapshot::tests::{example, id, store};

    /// Writes a snapshot with this content, and reads it.
    fn read_back(content: &[u8]) -> Result<(Preamble, Store), ContentError> {
        let (snapshots, last) = (store(), id(7));
        let mut writer = snapshots.create(last).unwrap();
        writer.write(content).unwrap();
        writer.finish().unwrap();
        read(snapshots.read(last).unwrap())
    }

    fn content() -> Vec<u8> {
        let (snapshots, last, (preamble, state)) = (store(), id(7), example(3));
        write(&preamble, &state.snapshot(), snapshots.create(last).unwrap()).unwrap();
        snapshots.read(last).unwrap().read_all().unwrap()
    }

    #[test]
    fn what_is_written_is_read() {
        // More than fits in one of the file's chunks.
        let (snapshots, last, (preamble, state)) = (store(), id(7), example(10_000));
        let meta = write(&preamble, &state.snapshot(), snapshots.create(last).unwrap()).unwrap();
        assert!(meta.bytes > 128 << 10);
        assert_eq!(read(snapshots.read(last).unwrap()).unwrap(), (preamble, state));
    }

    #[test]
    fn content_that_is_cut_off_or_goes_on_is_refused() {
        let whole = content();
        read_back(&whole).unwrap();
        for length in 0..whole.len() {
            assert!(read_back(&whole[..length]).is_err(), "{length} of {} bytes", whole.len());
        }
        let longer = [whole, vec![0]].concat();
        assert!(matches!(read_back(&longer), Err(ContentError::Damaged(_))));
    }

    #[test]
    fn another_version_and_a_length_that_cannot_be_are_named() {
        let mut content = content();
        content[4] = 9;
        let error = read_back(&content).unwrap_err().to_string();
        assert_eq!(error, "the snapshot's preamble has version 9, and only version 1 is understood");
        content[..4].copy_from_slice(&u32::MAX.to_le_bytes());
        let error = read_back(&content).unwrap_err().to_string();
        assert_eq!(error, "the snapshot's content is damaged: a preamble of 4294967295 bytes");
    }
}
