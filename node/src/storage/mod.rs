//! Stable storage: what a node must still know after a crash (the Raft paper, Figure 2, "persistent state").
//!
//! It is one write-ahead log, in which each record is one atomic step of the core: perhaps a new term and vote, perhaps the
//! removal of the log's suffix, perhaps new entries, in this order. Removing a suffix is itself a record, so that no byte is
//! ever written twice and a crash can only tear the end of the newest file.
//!
//! # Files
//!
//! The log is cut into segments, `wal-<sequence of the first record>.log`. A segment is a header (magic, format version, the
//! sequence of the first record, checksum) and records; a record is a header (length, checksums, sequence, batch) and a body.
//! A batch is what one [`Wal::sync`] made durable; it never spans two segments.
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
//! Recovery cuts a torn tail off and syncs what it kept before anything is written behind it, which keeps the rule true.
//!
//! # Limits
//!
//! - Damage inside the last synced batch cannot be told from a torn tail, since nothing stands behind it. The same is true of
//!   a file that ends too early exactly there. Only a second copy elsewhere could tell (Alagappan et al., "Protocol-Aware
//!   Recovery for Consensus-Based Storage", 2018).
//! - After a failed fsync Linux may mark pages clean that never reached the disk. A [`Wal`] therefore never tries again; but a
//!   process that restarts on the same machine reads those pages as if they were stored, until they leave the page cache.
//! - There are no snapshots yet: the log begins at entry 1, and no segment is ever removed.

pub mod disk;
pub mod os_disk;
mod record;
mod recovery;
mod segment;
pub mod sim_disk;
pub mod wal;
pub mod write;

pub use disk::{Disk, DiskFile};
pub use os_disk::OsDisk;
pub use sim_disk::{Loss, SimDisk};
pub use wal::{StorageError, Wal};
pub use write::{EntryGap, Recovered, Write};
