//! The write-ahead log.

use super::disk::Disk;
use super::error::StorageError;
use super::record::{self, Place};
use super::recovery::{self, Sealed};
use super::segment::{self, Base, Segment};
use super::terms::Terms;
use super::write::{Cut, Recovered, Write};
use crate::crash_point::{CrashPoint, reach};
use crate::raft::{
    Bugs,
    types::{EntryId, HardState, LogIndex},
};
use std::io;
use std::path::{Path, PathBuf};

/// What an empty buffer may keep, so that one large batch does not hold its memory for ever.
const BUFFER_BYTES_KEPT: usize = 1 << 20;
/// How many files that are no longer needed are kept to be written again.
const SPARES_MAX: usize = 2;

/// How the log is laid out in files.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// A batch that finds the segment this long or longer goes to a new one. A record is thus never split, however long.
    pub segment_bytes: u64,
    /// A segment grows in steps of this many zeros, ahead of the records; 0 if each batch makes the file longer.
    pub step_bytes: u64,
    /// Mistakes to make.
    pub bugs: Bugs,
}

impl Default for Layout {
    fn default() -> Layout {
        Layout { segment_bytes: 16 << 20, step_bytes: 256 << 10, bugs: Bugs::NONE }
    }
}

/// A write-ahead log, open for appending.
///
/// [`append`](Wal::append) gathers and [`sync`](Wal::sync) stores, so that many steps share one fsync. What was appended and
/// not synced is in this process's own memory: a killed process loses exactly what a power failure would have taken.
///
/// # When the disk is full
///
/// [`StorageError::Full`] is the one error after which the log can be used: what was appended stays in memory and is not durable,
/// more may be appended, and the same call may be made again, until there is space. As segments grow ahead of the records, it
/// comes before anything of the batch is written, on file systems that write in place.
pub struct Wal {
    disk: Box<dyn Disk>,
    dir: PathBuf,
    layout: Layout,
    segment: Option<Segment>,
    /// The segments before that one which are still needed.
    sealed: Vec<Sealed>,
    /// Files to make new segments from.
    spares: Vec<PathBuf>,
    next_sequence: u64,
    hard_state: HardState,
    terms: Terms,
    /// What the batch builds upon: the term and vote, and the last index, without what is not synced.
    synced: (HardState, LogIndex),
    /// The batch that the next sync will write, and the sequence of its first record.
    batch_bytes: Vec<u8>,
    batch: u64,
    /// What failed. Then the log says no more: how much reached the disk is unknown, and a second fsync would report success
    /// although the first one lost the pages.
    failure: Option<String>,
}

impl Wal {
    /// Opens the log in this directory, which is made if it is missing, and reads it. What it returns is durable.
    ///
    /// Whether the snapshot is there that it begins after, the log does not know: see [`open`](super::open()).
    pub fn open(disk: Box<dyn Disk>, dir: &Path) -> Result<(Wal, Recovered), StorageError> {
        Wal::open_with(disk, dir, Layout::default())
    }

    /// As [`open`](Wal::open), with another layout for what is written from now on.
    pub fn open_with(mut disk: Box<dyn Disk>, dir: &Path, layout: Layout) -> Result<(Wal, Recovered), StorageError> {
        disk.create_dir(dir).map_err(StorageError::io("create", dir))?;
        disk.lock(&dir.join("lock")).map_err(|error| match error.kind() {
            io::ErrorKind::WouldBlock => StorageError::Locked { dir: dir.to_owned() },
            _ => StorageError::io("lock", dir)(error),
        })?;
        let recovery = recovery::recover(disk.as_mut(), dir, layout.bugs)?;
        let state = recovery.state;
        let mut wal = Wal {
            disk,
            dir: dir.to_owned(),
            layout,
            segment: recovery.segment,
            sealed: recovery.sealed,
            spares: recovery.spares,
            next_sequence: recovery.next_sequence,
            hard_state: state.hard_state,
            terms: Terms::new(&state),
            synced: (state.hard_state, state.last_index()),
            batch_bytes: Vec::new(),
            batch: recovery.next_sequence,
            failure: None,
        };
        wal.retire(recovery.leftovers)?;
        Ok((wal, state))
    }

    /// Takes a write into this process's memory, without any system call. It is not stored before [`sync`](Wal::sync).
    pub fn append(&mut self, write: &Write) -> Result<(), StorageError> {
        self.check_not_failed()?;
        write.last_index_behind(self.terms.begin(), self.terms.last())?;
        let (segment, start) = match self.segment_with_room() {
            Some(segment) => (segment.first_sequence, segment.length),
            None => (self.batch, segment::HEADER_BYTES as u64),
        };
        let place = Place { segment, offset: start + self.batch_bytes.len() as u64 };
        record::encode(write, place, self.next_sequence, self.batch, &mut self.batch_bytes)
            .map_err(|error| StorageError::TooLong { bytes: error.bytes })?;
        self.next_sequence += 1;
        self.hard_state = write.hard_state.unwrap_or(self.hard_state);
        self.terms.apply(write);
        Ok(())
    }

    /// Stores what was appended: when this returns, it survives a power failure. An error ends this log for good, unless it is
    /// [`StorageError::Full`].
    pub fn sync(&mut self) -> Result<(), StorageError> {
        self.check_not_failed()?;
        if self.batch_bytes.is_empty() {
            return Ok(());
        }
        let written = self.write_batch();
        self.note_failure(written)?;
        self.synced = (self.hard_state, self.terms.last());
        self.batch = self.next_sequence;
        self.batch_bytes.clear();
        self.batch_bytes.shrink_to(BUFFER_BYTES_KEPT);
        Ok(())
    }

    /// How much was appended and not synced.
    pub fn unsynced_bytes(&self) -> usize {
        self.batch_bytes.len()
    }

    /// Lets the log begin after the snapshot with this last entry, which must be durable, and removes what is no longer needed.
    /// What stands behind the entry stays if the log has the entry; if not, the snapshot is of another log, a leader's, and
    /// nothing stays. What was appended before is stored too.
    ///
    /// When this returns, it survives a power failure; until then the log begins where it did. Errors are those of
    /// [`sync`](Wal::sync).
    pub fn start_after(&mut self, snapshot: EntryId) -> Result<Cut, StorageError> {
        let known = self.terms.begin();
        if snapshot.index == known.index && snapshot != known {
            return Err(StorageError::OtherSnapshot { known, offered: snapshot });
        }
        self.sync()?;
        let mut terms = self.terms.clone();
        let cut = terms.start_after(snapshot);
        if cut != Cut::Unchanged {
            let done = self.cut(terms);
            self.note_failure(done)?;
        }
        Ok(cut)
    }

    /// Begins a segment that says that the log is now as `terms` say, and takes older ones away.
    fn cut(&mut self, terms: Terms) -> Result<(), StorageError> {
        // A segment is not needed if nothing of what was in the log at its end is behind the snapshot. Then the same is true of
        // all segments before it.
        let ends = self.sealed.iter().map(|sealed| (sealed.first_sequence, sealed.last));
        let ends = ends.chain(self.segment.as_ref().map(|segment| (segment.first_sequence, terms.last())));
        let needed = ends.rev().take_while(|(_, last)| *last > terms.begin().index).last();
        let base = Base {
            oldest_segment: needed.map_or(self.batch, |(first_sequence, _)| first_sequence),
            hard_state: self.hard_state,
            last: terms.last(),
            snapshot: terms.begin(),
        };
        reach(CrashPoint::BeforeCut);
        self.begin_segment(&base)?;
        reach(CrashPoint::AfterCut);
        self.synced.1 = terms.last();
        self.terms = terms;
        let unneeded = self.sealed.iter().take_while(|sealed| sealed.first_sequence < base.oldest_segment).count();
        let unneeded = self.sealed.drain(..unneeded).map(|sealed| sealed.path).collect();
        self.retire(unneeded)
    }

    fn write_batch(&mut self) -> Result<(), StorageError> {
        // If a new segment is due, all older batches are synced by now: its existence proves the earlier segments to be whole.
        if self.segment_with_room().is_none() {
            let (hard_state, last) = self.synced;
            let oldest = self.sealed.first().map(|sealed| sealed.first_sequence);
            let current = self.segment.as_ref().map(|segment| segment.first_sequence);
            let oldest_segment = oldest.or(current).unwrap_or(self.batch);
            self.begin_segment(&Base { oldest_segment, hard_state, last, snapshot: self.terms.begin() })?;
        }
        match &mut self.segment {
            Some(segment) => segment.append(&self.batch_bytes, self.layout),
            None => unreachable!("one was begun"),
        }
    }

    /// Makes the segment for the batch that comes next. If the present one has no records, the new one takes its place.
    fn begin_segment(&mut self, base: &Base) -> Result<(), StorageError> {
        let spare = self.spares.last().map(PathBuf::as_path);
        let disk = self.disk.as_mut();
        let segment = Segment::create(disk, &self.dir, self.batch, base, spare, self.layout)?;
        self.spares.pop();
        if let Some(ended) = self.segment.replace(segment)
            && ended.first_sequence != self.batch
        {
            let Segment { first_sequence, path, .. } = ended;
            self.sealed.push(Sealed { first_sequence, path, last: self.synced.1 });
        }
        Ok(())
    }

    /// Takes these segments out of the log: some files are kept to be used again, the others are removed. Nothing is synced: if a
    /// crash gives a file its old name back, be it with new bytes, the newest segment says that it is not needed.
    fn retire(&mut self, segments: Vec<PathBuf>) -> Result<(), StorageError> {
        for path in segments {
            self.spares.push(segment::retire(self.disk.as_mut(), &path)?);
        }
        for path in self.spares.drain(SPARES_MAX.min(self.spares.len())..) {
            self.disk.remove(&path).map_err(StorageError::io("remove", &path))?;
        }
        Ok(())
    }

    /// The segment that takes the next batch; none if it needs a new one. It stays the same from a batch's first record to its
    /// sync, which is why a record can know its place before it is written.
    fn segment_with_room(&self) -> Option<&Segment> {
        let has_room = |segment: &&Segment| segment.is_empty() || segment.length < self.layout.segment_bytes;
        self.segment.as_ref().filter(has_room)
    }

    fn check_not_failed(&self) -> Result<(), StorageError> {
        match &self.failure {
            Some(cause) => Err(StorageError::Failed { cause: cause.clone() }),
            None => Ok(()),
        }
    }

    fn note_failure(&mut self, result: Result<(), StorageError>) -> Result<(), StorageError> {
        if let Err(error) = &result
            && !matches!(error, StorageError::Full { .. })
        {
            self.failure = Some(error.to_string());
        }
        result
    }
}
