//! What goes wrong with storage.

use super::write::WriteError;
use crate::raft::types::EntryId;
use std::io;
use std::path::{Path, PathBuf};

/// Why something cannot be opened, stored or read.
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
    /// There is no space left. Nothing is lost: the same call may be made again, and succeeds when there is space.
    #[error("cannot {action} `{}`: no space left", path.display())]
    Full {
        /// What was tried.
        action: &'static str,
        /// With which file.
        path: PathBuf,
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
        /// The file.
        file: PathBuf,
        /// Where in it.
        offset: u64,
        /// What is wrong.
        reason: String,
    },
    /// The log begins after a snapshot that is not there.
    #[error("the log begins after the snapshot of entry {snapshot}, which is not in `{}`", dir.display())]
    MissingSnapshot {
        /// Its last entry.
        snapshot: EntryId,
        /// Where it should be.
        dir: PathBuf,
    },
    /// Another version of this program wrote the file.
    #[error("`{}` has format version {found}, and only version {known} can be read", file.display())]
    UnknownVersion {
        /// The file.
        file: PathBuf,
        /// Its version.
        found: u32,
        /// Ours.
        known: u32,
    },
    /// The write does not fit the log; it was not taken.
    #[error("cannot append to the log: {0}")]
    Misfit(#[from] WriteError),
    /// The snapshot's last entry stands where a committed entry of another term stands; it was not taken.
    #[error("a snapshot of entry {offered} contradicts the one of entry {known}")]
    OtherSnapshot {
        /// The snapshot that the log begins after.
        known: EntryId,
        /// The other one.
        offered: EntryId,
    },
    /// The write is longer than a record can be; it was not taken.
    #[error("cannot append {bytes} bytes in one record")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// The file being written had failed before.
    #[error("storage failed earlier and takes no more: {cause}")]
    Failed {
        /// What happened then.
        cause: String,
    },
}

impl StorageError {
    /// Turns the error of an operation on a file into ours; for `map_err`.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> StorageError {
        move |error| StorageError::Io { action, path: path.to_owned(), error }
    }

    /// The same for an operation that needs space and can be repeated. Not for a sync: one that failed must never be repeated.
    pub(super) fn io_or_full(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> StorageError {
        move |error| match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                StorageError::Full { action, path: path.to_owned() }
            }
            _ => StorageError::io(action, path)(error),
        }
    }

    pub(super) fn damaged(file: &Path, offset: usize, reason: impl Into<String>) -> StorageError {
        StorageError::Damaged { file: file.to_owned(), offset: offset as u64, reason: reason.into() }
    }
}
