//! Reading the log back after a restart. The module above explains when a broken record is dropped and when it is refused.

use super::disk::Disk;
use super::record::{self, Broken, Header, Place};
use super::segment::{self, Segment};
use super::wal::StorageError;
use super::write::Recovered;
use std::path::Path;

/// The log as it was found.
pub struct Recovery {
    /// The segment to go on with; none in an empty directory.
    pub segment: Option<Segment>,
    /// The sequence of the next record.
    pub next_sequence: u64,
    /// What the records said.
    pub state: Recovered,
}

/// Reads all segments, cuts a torn tail off and makes durable what is kept.
pub fn recover(disk: &mut dyn Disk, dir: &Path) -> Result<Recovery, StorageError> {
    let paths = segment::list(disk, dir)?;
    let mut replay = Replay { next_sequence: 1, batch: None, state: Recovered::default() };
    let mut last = None;
    for (position, (first_sequence, path)) in paths.iter().enumerate() {
        if *first_sequence != replay.next_sequence {
            let reason =
                format!("it begins with record {first_sequence}, but record {} comes next", replay.next_sequence);
            return Err(StorageError::damaged(path, 0, reason));
        }
        let mut file = disk.open(path).map_err(StorageError::io("open", path))?;
        let bytes = file.read_all().map_err(StorageError::io("read", path))?;
        segment::check_header(&bytes, *first_sequence, path)?;
        let is_last = position + 1 == paths.len();
        let length = replay.segment(&bytes, *first_sequence, path, is_last)?;
        if is_last {
            let torn_bytes = bytes.len() - length;
            if torn_bytes > 0 {
                tracing::warn!(file = %path.display(), offset = length, torn_bytes, "dropping a torn tail");
            }
            last = Some(Segment::resume(file, path.clone(), *first_sequence, length as u64, torn_bytes > 0)?);
        }
    }
    // The newest segment may have got its name just before the process was killed.
    disk.sync_dir(dir).map_err(StorageError::io("sync", dir))?;
    Ok(Recovery { segment: last, next_sequence: replay.next_sequence, state: replay.state })
}

struct Replay {
    next_sequence: u64,
    /// The batch of the segment's last record so far; none before its first.
    batch: Option<u64>,
    state: Recovered,
}

impl Replay {
    /// Replays one segment. Returns how many of its bytes are good; fewer than there are only in the last segment.
    fn segment(&mut self, bytes: &[u8], segment: u64, path: &Path, is_last: bool) -> Result<usize, StorageError> {
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
                Err(broken) => {
                    self.check_torn(broken, bytes, place, is_last)
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
        self.state.apply(header.decode(body)?).map_err(|gap| gap.to_string())?;
        self.batch = Some(header.batch);
        self.next_sequence += 1;
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
        let after = place.offset as usize + 1;
        for (offset, rest) in (after..).zip((after..bytes.len()).map(|offset| &bytes[offset..])) {
            let Some(header) = Header::read(rest, Place { offset: offset as u64, ..place }) else { continue };
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
    use crate::raft::types::{Entry, EntryId, LogIndex, Payload, Term};
    use crate::storage::{SimDisk, Wal, Write};

    /// A segment of whole records with these sequences and batches, each with one entry of this index.
    fn reason(records: &[(u64, u64, u64)]) -> Option<String> {
        let (mut disk, dir) = (SimDisk::new(), Path::new("/data"));
        Segment::create(&mut disk, dir, 1).unwrap();
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
}
