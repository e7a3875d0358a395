//! The log after damage: what a crash can leave is mended, everything else is refused.

use node::raft::types::{Entry, EntryId, HardState, LogIndex, NodeId, Payload, Term};
use node::storage::{Layout, Loss, Recovered, SimDisk, StorageError, Wal, Write};
use proptest::prelude::*;
use std::path::{Path, PathBuf};

const DIR: &str = "/data";
const SEGMENT_HEADER_BYTES: usize = 80;
const SECTOR_BYTES: usize = 512;

fn open(disk: &SimDisk) -> Result<(Wal, Recovered), StorageError> {
    open_with(disk, 1 << 20)
}

/// Without zeros ahead, so that a file ends where its records do.
fn open_with(disk: &SimDisk, segment_bytes: u64) -> Result<(Wal, Recovered), StorageError> {
    let layout = Layout { segment_bytes, step_bytes: 0, ..Layout::default() };
    Wal::open_with(Box::new(disk.clone()), Path::new(DIR), layout)
}

fn segment(first_sequence: u64) -> PathBuf {
    Path::new(DIR).join(format!("wal-{first_sequence:020}.log"))
}

/// A write of one entry.
fn write(index: u64, command: impl Into<Vec<u8>>) -> Write {
    let id = EntryId { term: Term(1), index: LogIndex(index) };
    let entries = vec![Entry { id, payload: Payload::Command(command.into().into()) }];
    Write { hard_state: Some(HardState { term: Term(index), vote: Some(NodeId(1)) }), truncate_from: None, entries }
}

/// A log in one segment, and what is known of it.
struct Log {
    /// Where each record begins, and the end.
    starts: Vec<usize>,
    /// The state before the first record, and after each.
    states: Vec<Recovered>,
    bytes: Vec<u8>,
}

/// Writes batches of commands of these lengths, each batch with one sync.
fn log(batches: &[&[usize]]) -> Log {
    let disk = SimDisk::new();
    let (mut wal, mut state) = open(&disk).unwrap();
    let (mut starts, mut states) = (vec![SEGMENT_HEADER_BYTES], vec![state.clone()]);
    for batch in batches {
        let start = starts[starts.len() - 1];
        for length in *batch {
            let index = state.last_index().next().0;
            let write = write(index, vec![index as u8; *length]);
            wal.append(&write).unwrap();
            state.apply(write).unwrap();
            starts.push(start + wal.unsynced_bytes());
            states.push(state.clone());
        }
        wal.sync().unwrap();
    }
    let bytes = disk.read(&segment(1)).unwrap();
    assert_eq!(bytes.len(), starts[starts.len() - 1]);
    Log { starts, states, bytes }
}

/// A disk with this as its only segment.
fn disk_with(bytes: Vec<u8>) -> SimDisk {
    let disk = SimDisk::new();
    disk.put(&segment(1), bytes);
    disk
}

#[track_caller]
fn recover(disk: &SimDisk) -> Recovered {
    open(disk).map(|(_, recovered)| recovered).unwrap_or_else(|error| panic!("{error}"))
}

/// Checks that the log is refused, for damage in this file at this byte.
#[track_caller]
fn check_damaged(disk: &SimDisk, in_file: &Path, at: usize) {
    match open(disk).map(|(_, recovered)| recovered) {
        Err(StorageError::Damaged { file, offset, reason }) => {
            assert_eq!((file.as_path(), offset), (in_file, at as u64), "{reason}");
        }
        other => panic!("should be damaged at {at}, but is {other:?}"),
    }
}

#[test]
fn empty_directory_is_an_empty_log() {
    let disk = SimDisk::new();
    assert_eq!(recover(&disk), Recovered::default());
    assert_eq!(recover(&disk), Recovered::default());
}

#[test]
fn last_record_cut_at_every_byte_is_dropped() {
    let log = log(&[&[5, 700], &[40, 60]]);
    for length in log.starts[3]..log.bytes.len() {
        let disk = disk_with(log.bytes[..length].to_vec());
        let (mut wal, recovered) = open(&disk).unwrap();
        assert_eq!(recovered, log.states[3], "length {length}");
        assert_eq!(disk.read(&segment(1)).unwrap().len(), log.starts[3], "the tail is cut off");
        wal.append(&write(4, "again")).unwrap();
        wal.sync().unwrap();
        let again = recover(&disk.crash(Loss::Everything, 0));
        assert_eq!(again.entries[3..], write(4, "again").entries);
    }
}

#[test]
fn any_sectors_of_the_last_batch_may_be_lost() {
    // Records that end within a sector, span several, and begin where another ends.
    let log = log(&[&[100], &[300, 900, 10, 30, 1200, 5]]);
    let sectors = log.bytes.len().div_ceil(SECTOR_BYTES);
    assert!(sectors >= 6);
    for lost in 0..1u32 << sectors {
        let mut bytes = log.bytes.clone();
        for (position, byte) in bytes.iter_mut().enumerate().skip(log.starts[1]) {
            if lost >> (position / SECTOR_BYTES) & 1 == 1 {
                *byte = 0;
            }
        }
        let intact = bytes.iter().zip(&log.bytes).position(|(new, old)| new != old).unwrap_or(bytes.len());
        let records = log.starts.iter().filter(|end| **end <= intact).count() - 1;
        assert_eq!(recover(&disk_with(bytes)), log.states[records], "lost sectors {lost:b}");
    }
}

#[test]
fn zeros_or_rubbish_behind_the_last_record_are_dropped() {
    let log = log(&[&[5], &[5]]);
    for tail in [vec![0; 1], vec![0; 31], vec![0; 5000], b"WWR\x01".repeat(300), vec![0xff; 100]] {
        let disk = disk_with([&log.bytes[..], &tail].concat());
        assert_eq!(recover(&disk), log.states[2]);
        assert_eq!(disk.read(&segment(1)).unwrap(), log.bytes);
    }
}

#[test]
fn every_flipped_bit_in_an_earlier_batch_is_refused() {
    let log = log(&[&[3, 40], &[20, 10, 600], &[15]]);
    for record in 0..5 {
        for position in log.starts[record]..log.starts[record + 1] {
            for bit in 0..8 {
                let mut bytes = log.bytes.clone();
                bytes[position] ^= 1 << bit;
                check_damaged(&disk_with(bytes), &segment(1), log.starts[record]);
            }
        }
    }
}

#[test]
fn damage_before_a_torn_batch_is_still_refused() {
    let log = log(&[&[10], &[10], &[800]]);
    let mut bytes = log.bytes[..log.starts[2] + 40].to_vec();
    assert_eq!(recover(&disk_with(bytes.clone())), log.states[2]);
    bytes[log.starts[1] + 35] ^= 1;
    check_damaged(&disk_with(bytes), &segment(1), log.starts[1]);
}

#[test]
fn record_in_the_place_of_another_is_refused() {
    let log = log(&[&[10], &[10], &[10]]);
    let first = &log.bytes[log.starts[0]..log.starts[1]];
    let bytes = [&log.bytes[..log.starts[1]], first, &log.bytes[log.starts[2]..]].concat();
    check_damaged(&disk_with(bytes), &segment(1), log.starts[1]);
}

#[test]
fn stored_value_that_looks_like_a_log_proves_nothing() {
    let disk = SimDisk::new();
    let (mut wal, _) = open(&disk).unwrap();
    wal.append(&write(1, "synced")).unwrap();
    wal.sync().unwrap();
    let torn_at = disk.read(&segment(1)).unwrap().len();
    wal.append(&write(2, log(&[&[10], &[10], &[10]]).bytes.repeat(3))).unwrap();
    wal.sync().unwrap();
    let mut bytes = disk.read(&segment(1)).unwrap();
    bytes[torn_at] ^= 1;
    assert_eq!(recover(&disk_with(bytes)).entries, write(1, "synced").entries);
}

#[test]
fn broken_segment_header_is_refused() {
    let log = log(&[&[10]]);
    for bit in 0..SEGMENT_HEADER_BYTES * 8 {
        let mut bytes = log.bytes.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        check_damaged(&disk_with(bytes), &segment(1), 0);
    }
    for length in 0..SEGMENT_HEADER_BYTES {
        check_damaged(&disk_with(log.bytes[..length].to_vec()), &segment(1), 0);
    }
}

#[test]
fn segment_of_an_unknown_version_is_named() {
    let mut bytes = log(&[&[10]]).bytes;
    bytes[8] = 7;
    let crc = crc32c::crc32c(&bytes[..20]);
    bytes[20..24].copy_from_slice(&crc.to_le_bytes());
    let error = open(&disk_with(bytes)).err().unwrap();
    assert!(matches!(error, StorageError::UnknownVersion { found: 7, known: 2, .. }), "{error}");
    assert!(error.to_string().contains("wal-00000000000000000001.log"), "{error}");
}

/// Five batches of one record, each in a segment of its own.
fn segments() -> SimDisk {
    let disk = SimDisk::new();
    let (mut wal, _) = open_with(&disk, 1).unwrap();
    for index in 1..=5 {
        wal.append(&write(index, "x")).unwrap();
        wal.sync().unwrap();
    }
    assert_eq!(disk.paths(), (1..=5).map(segment).collect::<Vec<_>>());
    disk
}

/// The same without some of its segments.
fn segments_without(missing: &[u64]) -> SimDisk {
    let (all, disk) = (segments(), SimDisk::new());
    for number in (1..=5).filter(|number| !missing.contains(number)) {
        disk.put(&segment(number), all.read(&segment(number)).unwrap());
    }
    disk
}

#[test]
fn missing_segment_is_refused_unless_it_is_the_last() {
    check_damaged(&segments_without(&[1]), &segment(2), 0);
    check_damaged(&segments_without(&[3]), &segment(4), 0);
    check_damaged(&segments_without(&[1, 2, 3, 4]), &segment(5), 0);
    // As with a file that ends too early, nothing is left that could tell.
    assert_eq!(recover(&segments_without(&[5])).entries.len(), 4);
    assert_eq!(recover(&segments_without(&[1, 2, 3, 4, 5])), Recovered::default());
}

#[test]
fn damage_in_a_segment_that_is_not_the_last_is_refused() {
    let whole = segments().read(&segment(3)).unwrap();
    for position in SEGMENT_HEADER_BYTES..whole.len() {
        let disk = segments();
        let mut bytes = whole.clone();
        bytes[position] ^= 0x10;
        disk.put(&segment(3), bytes);
        check_damaged(&disk, &segment(3), SEGMENT_HEADER_BYTES);
    }
    // Zeros, or what the file was before, may stand behind the last record of a segment.
    let longer = segments();
    longer.put(&segment(3), [&whole[..], &[0; 9], b"WWR\x01", &[3; 99]].concat());
    assert_eq!(recover(&longer).entries.len(), 5);
    let shorter = segments();
    shorter.put(&segment(3), whole[..SEGMENT_HEADER_BYTES].to_vec());
    check_damaged(&shorter, &segment(4), 0);
}

#[test]
fn segment_under_a_wrong_name_is_refused() {
    let copied = segments();
    copied.put(&segment(6), copied.read(&segment(5)).unwrap());
    check_damaged(&copied, &segment(6), 12);
    let overlapping = segments();
    overlapping.put(&segment(1), log(&[&[1], &[1], &[1], &[1], &[1]]).bytes);
    check_damaged(&overlapping, &segment(2), 0);
    let misnamed = segments();
    misnamed.put(Path::new("/data/wal-6.log"), vec![]);
    check_damaged(&misnamed, Path::new("/data/wal-6.log"), 0);
}

#[test]
fn files_that_are_not_segments_are_left_alone() {
    let disk = segments();
    let unfinished = Path::new("/data/wal-00000000000000000006.log.tmp");
    let foreign = Path::new("/data/trace.jsonl");
    disk.put(unfinished, vec![1; 10]);
    disk.put(foreign, vec![]);
    assert_eq!(recover(&disk).entries.len(), 5);
    assert_eq!(disk.read(unfinished), None, "a segment that never got its name is removed");
    assert!(disk.read(foreign).is_some());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_are_no_log(has_header: bool, bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        let header = log(&[&[1]]).bytes[..SEGMENT_HEADER_BYTES].to_vec();
        let disk = disk_with(if has_header { [header, bytes].concat() } else { bytes });
        match open(&disk) {
            Ok((_, recovered)) => prop_assert!(has_header && recovered == Recovered::default()),
            Err(error) => prop_assert!(!has_header && matches!(error, StorageError::Damaged { .. }), "{}", error),
        }
    }

    /// However the bytes are spoiled: what is accepted is what the log said at some time.
    #[test]
    fn spoiled_log_is_refused_or_is_an_earlier_one(
        spoils in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0..5u8, any::<u8>()), 1..4),
    ) {
        let log = log(&[&[3, 40], &[20, 10], &[600], &[15, 15]]);
        let mut bytes = log.bytes.clone();
        for (from, to, kind, byte) in spoils {
            let (from, to) = (from.index(bytes.len() + 1), to.index(bytes.len() + 1));
            let (start, end) = (from.min(to), from.max(to));
            match kind {
                0 => bytes[start..end].fill(byte),
                1 => bytes.truncate(end),
                2 => bytes.extend_from_within(start..end),
                3 => { bytes.splice(start..start, log.bytes.iter().copied()); }
                _ => { bytes.drain(start..end); }
            }
        }
        if let Ok((_, recovered)) = open(&disk_with(bytes)) {
            prop_assert!(log.states.contains(&recovered));
        }
    }
}
