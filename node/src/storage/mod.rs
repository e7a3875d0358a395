//! Stable storage: what a node must still know after a crash (the Raft paper, Figure 2, "persistent state", and section 7).
//!
//! It is the newest snapshot and one write-ahead log, in which each record is one atomic step of the core: perhaps a new term and vote, perhaps the
//! removal of the log's suffix, perhaps new entries, in this order. Removing a suffix is itself a record, so that no byte is
//! ever written twice and a crash can only tear the end of the newest file.
//!
//! # Files
//!
//! The log is cut into segments, `wal-<sequence of the first record>.log`. A segment is a header and records; a record is a
//! header (length, checksums, sequence, batch) and a body. A batch is what one [`Wal::sync`] made durable; it never spans two
//! segments.
//!
//! A segment's header says what the records build upon: the term and vote, the log's last index, the snapshot that the log
//! begins after, and the oldest segment that is still needed. So [`Wal::start_after`] begins the log after a snapshot by making
//! one new segment, which either has its name or has not; older segments are removed afterwards, and those that a crash left
//! are removed by the next start. Where entries were replaced across segments, nothing but the order of the records counts.
//!
//! Segments grow in steps of zeros, ahead of the records, and the files of removed segments become new ones, so that most syncs
//! change nothing but bytes that are there: the file system has no length and no place to note in its journal. Behind the last
//! record there may thus be zeros, or records of another segment. Then a batch is written and synced in one step, past the page cache,
//! where the file system can do that. Neither passes for a record (see below), and recovery cuts
//! them off.
//!
//! # Snapshots
//!
//! A snapshot is one file, `snapshot-<index>-<term of its last entry>.snap`, which holds whatever bytes it was given, in
//! chunks with checksums ([`SnapshotStore`]). It is made under another name; the order in which it takes the place of the log's
//! beginning is this, and a crash between any two of these steps leaves a state that is right:
//!
//! 1. the snapshot is synced and gets its name, and that is durable: [`SnapshotWriter::finish`] or [`SnapshotReceiver::take`];
//! 2. the log says that it begins after it: [`Wal::start_after`], which then removes what is in the snapshot;
//! 3. older snapshots are removed: [`SnapshotStore::remove_older`].
//!
//! A snapshot counts from the second step on. [`open()`] removes one that got no further than the first.
//!
//! # Torn or damaged
//!
//! After a crash the last batch may be there in part, and *any* part: a disk may have kept its last sector and lost its first.
//! No promise has been given about it, so it may be dropped from its first broken record on. A broken record that had once
//! been synced, though, is damage: this node has perhaps answered for it (a vote, a positive acknowledgement), and to forget it
//! quietly could elect a second leader or lose a committed entry. Such a node must not start.
//!
//! What tells them apart is this rule: batch N+1 is written only after batch N was synced. So every record names its batch, by
//! the sequence of the batch's first record. Say that the record with sequence *s* is broken, and look for any header behind it
//! that is whole. If one says that its batch began after *s*, then *s* had been synced: damage. If all of them belong to a
//! batch that *s* itself can belong to, or there is none, then *s* belongs to the last batch: a torn tail. The search looks at
//! each byte position, because the length of a broken record cannot be believed; it can be trusted, because a header's checksum
//! also covers the place where it stands, so that neither old bytes nor a record that a client stored as a value pass for one.
//!
//! Recovery cuts off whatever stands behind the last good record and syncs what it kept before anything is written there, which
//! keeps the rule true.
//!
//! # Limits
//!
//! - Damage inside the last synced batch cannot be told from a torn tail, since nothing stands behind it. The same is true of
//!   a file that ends too early exactly there. Only a second copy elsewhere could tell (Alagappan et al., "Protocol-Aware
//!   Recovery for Consensus-Based Storage", 2018).
//! - After a failed fsync Linux may mark pages clean that never reached the disk. A [`Wal`] therefore never tries again; but a
//!   process that restarts on the same machine reads those pages as if they were stored, until they leave the page cache.
//! - A node that was stopped cleanly loses the zeros ahead of its records at the next start, and writes them again.

mod direct;
pub mod disk;
pub mod error;
#[cfg(feature = "fault-injection")]
pub mod held_disk;
mod open;
pub mod os_disk;
mod record;
mod recovery;
mod segment;
pub mod sim_disk;
pub mod snapshot_file;
pub mod snapshot_store;
mod terms;
mod unsynced;
pub mod wal;
pub mod write;

pub use disk::{Disk, DiskFile};
pub use error::StorageError;
#[cfg(feature = "fault-injection")]
pub use held_disk::HeldDisk;
pub use open::open;
pub use os_disk::OsDisk;
pub use sim_disk::SimDisk;
pub use snapshot_file::{SnapshotMeta, SnapshotReader};
pub use snapshot_store::{Chunk, SnapshotReceiver, SnapshotStore, SnapshotWriter};
pub use unsynced::Loss;
pub use wal::{Layout, Wal};
pub use write::{Cut, Recovered, Write, WriteError};
