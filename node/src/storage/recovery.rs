//! Reading the log back after a restart. The module above explains when a broken record is dropped and when it is refused.

use super::disk::Disk;
use super::error::StorageError;
use super::record::{self, Broken, Header, Place};
use super::segment::{self, Base, Segment};
use super::write::{Recovered, Write, WriteError};
use crate::raft::{
    Bug, Bugs,
    types::{EntryId, LogIndex},
};
use std::path::{Path, PathBuf};

/// The log as it was found.
pub struct Recovery {
    /// The segment to go on with; none in an empty directory.
    pub segment: Option<Segment>,
    /// The segments before it.
    pub sealed: Vec<Sealed>,
    /// The segments that are not needed any more, and whose removal a crash prevented.
    pub leftovers: Vec<PathBuf>,
    /// Files that may become segments.
    pub spares: Vec<PathBuf>,
    /// The sequence of the next record.
    pub next_sequence: u64,
    /// What the records said.
    pub state: Recovered,
}

/// A segment to which nothing is added any more.
pub struct Sealed {
    /// The sequence of its first record.
    pub first_sequence: u64,
    /// Its file.
    pub path: PathBuf,
    /// The index of the log's last entry when it was ended.
    pub last: LogIndex,
}

/// Reads all segments that are needed, cuts off what stands behind the last record and makes durable what is kept.
pub fn recover(disk: &mut dyn Disk, dir: &Path, bugs: Bugs) -> Result<Recovery, StorageError> {
    let files = segment::list(disk, dir)?;
    let (leftovers, needed, snapshot) = needed(disk, files.segments)?;
    let mut replay = Replay::new(needed.first().map_or(1, |(first, _)| *first), snapshot, bugs);
    let (mut sealed, mut last) = (Vec::new(), None);
    for (position, (first_sequence, path)) in needed.iter().enumerate() {
        if *first_sequence != replay.next_sequence {
            let reason =
                format!("it begins with record {first_sequence}, but record {} comes next", replay.next_sequence);
            return Err(StorageError::damaged(path, 0, reason));
        }
        // While one is read and looked through, the next comes from the disk.
        if let Some((_, next)) = needed.get(position + 1) {
            disk.prefetch(next);
        }
        let mut file = disk.open(path).map_err(StorageError::io("open", path))?;
        let bytes = file.read_all().map_err(StorageError::io("read", path))?;
        let base = segment::read_header(&bytes, *first_sequence, path)?;
        replay.begin_segment(&base, position == 0).map_err(|reason| StorageError::damaged(path, 0, reason))?;
        let next_segment = needed.get(position + 1).map(|(first, _)| *first);
        let length = replay.segment(&bytes, *first_sequence, path, next_segment)?;
        if next_segment.is_none() {
            let dropped = bytes.len() - length;
            tracing::debug!(file = %path.display(), offset = length, dropped, "end of the log");
            last = Some(Segment::resume(file, path.clone(), *first_sequence, length as u64, dropped > 0)?);
        } else {
            sealed.push(Sealed { first_sequence: *first_sequence, path: path.clone(), last: replay.last });
        }
    }
    if let Some((_, path)) = needed.last() {
        replay.check_complete().map_err(|reason| StorageError::damaged(path, 0, reason))?;
    }
    // The newest segment may have got its name just before the process was killed.
    disk.sync_dir(dir).map_err(StorageError::io("sync", dir))?;
    Ok(Recovery {
        segment: last,
        sealed,
        leftovers,
        spares: files.spares,
        next_sequence: replay.next_sequence,
        state: replay.state,
    })
}

type Segments = Vec<(u64, PathBuf)>;

/// Divides the segments into those that a crash left over and those that are needed; and says which snapshot the log begins
/// after. The newest segment knows.
fn needed(disk: &mut dyn Disk, segments: Segments) -> Result<(Vec<PathBuf>, Segments, EntryId), StorageError> {
    let Some((newest, path)) = segments.last() else { return Ok((Vec::new(), segments, EntryId::default())) };
    let mut file = disk.open(path).map_err(StorageError::io("open", path))?;
    let bytes = file.read_at(0, segment::HEADER_BYTES).map_err(StorageError::io("read", path))?;
    let base = segment::read_header(&bytes, *newest, path)?;
    let (leftovers, needed): (Segments, Segments) =
        segments.into_iter().partition(|(first, _)| *first < base.oldest_segment);
    match needed.first() {
        Some((first, _)) if *first == base.oldest_segment => {}
        Some((_, path)) => {
            let reason = format!("it is the first segment, but the log begins with record {}", base.oldest_segment);
            return Err(StorageError::damaged(path, 0, reason));
        }
        None => {
            let path = leftovers.last().map_or(Path::new(""), |(_, path)| path);
            return Err(StorageError::damaged(path, 24, "its header says that it is not needed"));
        }
    }
    Ok((leftovers.into_iter().map(|(_, path)| path).collect(), needed, base.snapshot))
}

struct Replay {
    bugs: Bugs,
    next_sequence: u64,
    /// The batch of the segment's last record so far; none before its first.
    batch: Option<u64>,
    /// The snapshot that the log began after at this point of its history.
    snapshot: EntryId,
    /// The index of the log's last entry at this point.
    last: LogIndex,
    /// What is left of the log so far, seen from its end: entries that are in its newest snapshot are passed over.
    state: Recovered,
}

impl Replay {
    fn new(first_sequence: u64, newest_snapshot: EntryId, bugs: Bugs) -> Replay {
        let snapshot = Some(newest_snapshot).filter(|snapshot| *snapshot != EntryId::default());
        Replay {
            bugs,
            next_sequence: first_sequence,
            batch: None,
            snapshot: EntryId::default(),
            last: LogIndex(0),
            state: Recovered { snapshot, ..Recovered::default() },
        }
    }

    /// Compares what a segment builds upon with what the segments before it left.
    fn begin_segment(&mut self, base: &Base, is_first: bool) -> Result<(), String> {
        if is_first {
            self.state.hard_state = base.hard_state;
        } else if base.hard_state != self.state.hard_state {
            return Err("the header has another term or vote than the records before it".to_owned());
        } else if base.last != self.last {
            // A snapshot replaced the whole log.
            if base.snapshot == self.snapshot || base.last != base.snapshot.index {
                return Err(format!("the log ends at entry {} here, but at {} before", base.last, self.last));
            }
            self.state.remove_from(base.last.next());
        }
        self.last = base.last;
        self.snapshot = base.snapshot;
        Ok(())
    }

    /// Replays one segment. Returns where its records end.
    fn segment(
        &mut self,
        bytes: &[u8],
        segment: u64,
        path: &Path,
        next_segment: Option<u64>,
    ) -> Result<usize, StorageError> {
        // A batch never spans two segments.
        self.batch = None;
        let mut offset = segment::HEADER_BYTES;
        while offset < bytes.len() {
            let place = Place { segment, offset: offset as u64 };
            match record::read(&bytes[offset..], place) {
                Ok((header, body)) => {
                    self.record(header, body).map_err(|reason| StorageError::damaged(path, offset, reason))?;
                    offset += header.record_bytes();
                }
                Err(_) if next_segment == Some(self.next_sequence) => return Ok(offset),
                Err(broken) => {
                    self.check_torn(broken, bytes, place, next_segment.is_none())
                        .map_err(|reason| StorageError::damaged(path, offset, reason))?;
                    return Ok(offset);
                }
            }
        }
        Ok(offset)
    }

    fn record(&mut self, header: Header, body: &[u8]) -> Result<(), String> {
        // A tear leaves bytes that were written here, or zeros; never another whole record.
        if header.sequence != self.next_sequence {
            return Err(format!("record {} stands where record {} belongs", header.sequence, self.next_sequence));
        }
        if !self.may_share_batch(header.batch) {
            return Err(format!("record {} cannot be of batch {}", header.sequence, header.batch));
        }
        self.apply(header.decode(body)?).map_err(|error| error.to_string())?;
        self.batch = Some(header.batch);
        self.next_sequence += 1;
        Ok(())
    }

    fn apply(&mut self, write: Write) -> Result<(), WriteError> {
        let last = write.last_index_behind(self.snapshot, self.last)?;
        if let Some(hard_state) = write.hard_state {
            self.state.hard_state = hard_state;
        }
        if let Some(from) = write.truncate_from {
            self.state.remove_from(from);
        }
        let begin = self.state.begin().index;
        self.state.entries.extend(write.entries.into_iter().filter(|entry| entry.id.index > begin));
        self.last = last;
        Ok(())
    }

    /// Whether every entry behind the snapshot was found.
    fn check_complete(&self) -> Result<(), String> {
        let begin = self.state.begin();
        if self.last.0 != begin.index.0 + self.state.entries.len() as u64 || self.state.last_index() != self.last {
            return Err(format!("entries between {begin} and {} are missing", self.last));
        }
        Ok(())
    }

    /// Whether the next record can belong to this batch: it begins one, or it continues that of the record before it.
    fn may_share_batch(&self, batch: u64) -> bool {
        batch == self.next_sequence || Some(batch) == self.batch
    }

    /// Decides whether the broken record at this place is a torn tail; if not, says why.
    fn check_torn(&self, broken: Broken, bytes: &[u8], place: Place, is_last: bool) -> Result<(), String> {
        if !is_last {
            return Err(format!("{broken}, and a later segment exists"));
        }
        if self.bugs.has(Bug::TruncateAtDamage) {
            return Ok(());
        }
        let after = place.offset as usize + 1;
        for offset in record::candidates(bytes, after) {
            let place = Place { offset: offset as u64, ..place };
            let Some(header) = Header::read(&bytes[offset..], place) else { continue };
            if header.sequence <= self.next_sequence || !self.may_share_batch(header.batch) {
                return Err(format!("{broken}, and a batch that was written later stands at byte {offset}"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raft::types::{Entry, Payload, Term};
    use crate::storage::{Layout, SimDisk, Wal};

    const LAYOUT: Layout = Layout { segment_bytes: 1 << 20, step_bytes: 0, bugs: Bugs::NONE };

    /// A segment of whole records with these sequences and batches, each with one entry of this index.
    fn reason(records: &[(u64, u64, u64)]) -> Option<String> {
        let (mut disk, dir) = (SimDisk::new(), Path::new("/data"));
        let base = Base { oldest_segment: 1, ..Base::default() };
        Segment::create(&mut disk, dir, 1, &base, None, LAYOUT).unwrap();
        let [path] = &disk.paths()[..] else { panic!("one file") };
        let mut bytes = disk.read(path).unwrap();
        for (sequence, batch, index) in records {
            let id = EntryId { term: Term(1), index: LogIndex(*index) };
            let write = Write { entries: vec![Entry { id, payload: Payload::Noop }], ..Write::default() };
            let place = Place { segment: 1, offset: bytes.len() as u64 };
            record::encode(&write, place, *sequence, *batch, &mut bytes).unwrap();
        }
        disk.put(path, bytes);
        match Wal::open(Box::new(disk), dir) {
            Ok(_) => None,
            Err(StorageError::Damaged { reason, .. }) => Some(reason),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn whole_records_that_contradict_each_other_are_refused() {
        assert_eq!(reason(&[(1, 1, 1), (2, 1, 2), (3, 3, 3)]), None);
        let rows = [
            (&[(1, 1, 1), (3, 1, 2)][..], "record 3 stands where record 2 belongs"),
            (&[(1, 1, 1), (1, 1, 2)], "record 1 stands where record 2 belongs"),
            (&[(2, 2, 1)], "record 2 stands where record 1 belongs"),
            (&[(1, 1, 1), (2, 2, 2), (3, 1, 3)], "record 3 cannot be of batch 1"),
            (&[(1, 1, 1), (2, 3, 2)], "record 2 cannot be of batch 3"),
            (&[(1, 0, 1)], "record 1 cannot be of batch 0"),
            (&[(1, 1, 1), (2, 1, 3)], "entry 3 stands where entry 2 belongs"),
            (&[(1, 1, 2)], "entry 2 stands where entry 1 belongs"),
        ];
        for (records, expected) in rows {
            assert_eq!(reason(records).as_deref(), Some(expected), "{records:?}");
        }
    }

    /// Opens a log of segments with these headers and no records.
    fn open_headers(headers: &[(u64, Base)]) -> Result<Recovered, StorageError> {
        let (mut disk, dir) = (SimDisk::new(), Path::new("/data"));
        for (first_sequence, base) in headers {
            Segment::create(&mut disk, dir, *first_sequence, base, None, LAYOUT).unwrap();
        }
        Wal::open(Box::new(disk), dir).map(|(_, recovered)| recovered)
    }

    #[test]
    fn headers_that_leave_out_a_part_of_the_log_are_refused() {
        let base = |oldest_segment, last, snapshot| Base {
            oldest_segment,
            last: LogIndex(last),
            snapshot: EntryId { term: Term(u64::from(snapshot > 0)), index: LogIndex(snapshot) },
            ..Base::default()
        };
        let recovered = open_headers(&[(4, base(4, 3, 3))]).unwrap();
        assert_eq!((recovered.snapshot, recovered.last_index()), (Some(base(0, 0, 3).snapshot), LogIndex(3)));
        // What a crash prevented from being removed does not matter, not even with a gap.
        let leftovers = [(1, base(1, 0, 0)), (2, base(1, 7, 0)), (4, base(4, 3, 3))];
        assert_eq!(open_headers(&leftovers).unwrap(), recovered);
        let rows = [
            (&[(4, base(4, 5, 3))][..], "entries between 3@1 and 5 are missing"),
            (&[(4, base(4, 2, 3))], "entries between 3@1 and 2 are missing"),
            (&[(4, base(1, 3, 3))], "it is the first segment, but the log begins with record 1"),
            (&[(4, base(5, 3, 3))], "its header says that it is not needed"),
            (&[(4, base(4, 3, 3)), (6, base(4, 3, 3))], "it begins with record 6, but record 4 comes next"),
        ];
        for (headers, expected) in rows {
            match open_headers(headers) {
                Err(StorageError::Damaged { reason, .. }) => assert_eq!(reason, expected),
                other => panic!("{other:?} instead of {expected}"),
            }
        }
    }
}
