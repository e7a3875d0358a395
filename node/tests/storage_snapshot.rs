//! Snapshots: crashes at every operation from the first byte to the removal of the old one, transfers in chunks, damage.

use node::raft::Bugs;
use node::raft::types::{Entry, EntryId, HardState, LogIndex, Payload, Term};
use node::storage::{
    Chunk, Cut, Layout, Loss, OsDisk, Recovered, SimDisk, SnapshotMeta, SnapshotStore, StorageError, Wal, Write, open,
};
use proptest::prelude::*;
use std::path::{Path, PathBuf};

const DIR: &str = "/data";
const CHUNK_BYTES: usize = 64 << 10;
const HEADER_BYTES: usize = 32;
const LAYOUT: Layout = Layout { segment_bytes: 300, step_bytes: 64, bugs: Bugs::NONE };

type Opened = (Wal, SnapshotStore, Recovered);

fn open_sim(disk: &SimDisk) -> Result<Opened, StorageError> {
    open(Box::new(disk.clone()), Box::new(disk.clone()), Path::new(DIR), LAYOUT)
}

fn store(disk: &SimDisk) -> SnapshotStore {
    SnapshotStore::open(Box::new(disk.clone()), Path::new(DIR)).unwrap()
}

fn id(index: u64, term: u64) -> EntryId {
    EntryId { term: Term(term), index: LogIndex(index) }
}

fn path(last: EntryId) -> PathBuf {
    Path::new(DIR).join(format!("snapshot-{:020}-{:020}.snap", last.index.0, last.term.0))
}

/// The names that end so.
fn count(disk: &SimDisk, suffix: &str) -> usize {
    disk.paths().iter().filter(|path| path.to_string_lossy().ends_with(suffix)).count()
}

fn write(first: u64, term: u64, count: u64) -> Write {
    let entries = (first..first + count).map(|index| {
        let command = format!("{index}@{term}").into_bytes();
        Entry { id: id(index, term), payload: Payload::Command(command.into()) }
    });
    Write {
        hard_state: Some(HardState { term: Term(term), vote: None }),
        truncate_from: None,
        entries: entries.collect(),
    }
}

/// What the state machine is after this entry, as it were.
fn content(last: EntryId, bytes: usize) -> Vec<u8> {
    (0..bytes as u64).map(|position| (position * 31 + position / 251 + last.index.0 * 7 + last.term.0) as u8).collect()
}

fn meta(last: EntryId, content: &[u8]) -> SnapshotMeta {
    SnapshotMeta { last, bytes: content.len() as u64, checksum: crc32c::crc32c(content) }
}

fn make(store: &SnapshotStore, last: EntryId, content: &[u8]) -> Result<SnapshotMeta, StorageError> {
    let mut writer = store.create(last)?;
    for piece in content.chunks(1000) {
        writer.write(piece)?;
    }
    writer.finish()
}

fn receive(store: &SnapshotStore, last: EntryId, content: &[u8]) -> Result<(), StorageError> {
    let meta = meta(last, content);
    let mut receiver = store.receive(meta)?;
    for piece in content.chunks(300) {
        receiver.take(meta, receiver.next(), piece)?;
    }
    assert_eq!(receiver.next(), meta.bytes);
    Ok(())
}

#[derive(Clone, Debug)]
enum Step {
    Append(u64),
    /// A snapshot of the log up to so many entries before its end.
    Own(u64),
    /// A leader's snapshot, up to so many entries behind the last one.
    Foreign(u64, u64),
}

const SNAPSHOT_BYTES: usize = 700;

/// Carries the steps out until one fails. Returns the states that may be found after a crash: the last that is durable for sure,
/// and perhaps one that was under way.
fn run(disk: &SimDisk, steps: &[Step]) -> Vec<Recovered> {
    let mut state = Recovered::default();
    let Ok((mut wal, store, _)) = open_sim(disk) else { return vec![state] };
    let mut term = 1;
    for step in steps {
        let before = state.clone();
        let done = match step {
            Step::Append(count) => {
                let write = write(state.last_index().0 + 1, term, *count);
                state.apply(write.clone()).unwrap();
                wal.append(&write).and_then(|()| wal.sync())
            }
            Step::Own(back) => {
                let position = (state.entries.len() as u64).checked_sub(back + 1);
                let Some(last) = position.map(|position| state.entries[position as usize].id) else { continue };
                assert_eq!(state.start_after(last), Cut::KeptSuffix);
                let snapshot = content(last, SNAPSHOT_BYTES);
                make(&store, last, &snapshot).and_then(|_| wal.start_after(last)).and_then(|_| store.remove_older(last))
            }
            Step::Foreign(ahead, later) => {
                term += later;
                let last = id(state.last_index().0 + ahead, term);
                if state.start_after(last) == Cut::Unchanged {
                    continue;
                }
                let snapshot = content(last, SNAPSHOT_BYTES);
                receive(&store, last, &snapshot)
                    .and_then(|()| wal.start_after(last))
                    .and_then(|_| store.remove_older(last))
            }
        };
        if done.is_err() {
            return vec![before, state];
        }
    }
    vec![state]
}

fn check_recovery(found: &SimDisk, allowed: &[Recovered], context: &str) {
    let (mut wal, store, recovered) = open_sim(found).unwrap_or_else(|error| panic!("{context}: {error}"));
    assert!(allowed.contains(&recovered), "{context}: {recovered:?} is none of {allowed:?}");
    assert_eq!(store.list().unwrap(), Vec::from_iter(recovered.snapshot), "{context}");
    assert_eq!(count(found, ".tmp"), 0, "{context}");
    if let Some(last) = recovered.snapshot {
        let snapshot = store.read(last).unwrap().read_all().unwrap();
        assert_eq!(snapshot, content(last, SNAPSHOT_BYTES), "{context}");
    }
    // It goes on.
    let write = write(recovered.last_index().0 + 1, 99, 2);
    let mut expected = recovered;
    expected.apply(write.clone()).unwrap();
    wal.append(&write).unwrap();
    let last = id(expected.last_index().0 - 1, 99);
    make(&store, last, &content(last, SNAPSHOT_BYTES)).unwrap();
    assert_eq!(wal.start_after(last).unwrap(), expected.start_after(last));
    store.remove_older(last).unwrap();
    let (_, store, recovered) = open_sim(&found.crash(Loss::Everything, 0)).unwrap();
    assert_eq!(recovered, expected, "{context}");
    assert_eq!(store.read(last).unwrap().read_all().unwrap(), content(last, SNAPSHOT_BYTES));
}

fn check_every_crash(steps: &[Step]) {
    let whole = SimDisk::new();
    assert_eq!(run(&whole, steps).len(), 1);
    let losses = [None, Some(Loss::Everything), Some(Loss::Tail), Some(Loss::Sectors), Some(Loss::Sectors)];
    for operation in 0..=whole.operations() {
        let disk = SimDisk::new();
        disk.power_off_at(operation);
        let allowed = run(&disk, steps);
        for (number, loss) in losses.into_iter().enumerate() {
            let seed = (operation * losses.len() + number) as u64;
            let end = |disk: &SimDisk| loss.map_or_else(|| disk.kill(), |loss| disk.crash(loss, seed));
            let context = format!("end at operation {operation}, loss {loss:?}, seed {seed}");
            let found = end(&disk);
            for again in 0.. {
                let disk = found.kill_copy();
                disk.power_off_at(again);
                if open_sim(&disk).is_ok() {
                    break;
                }
                check_recovery(&end(&disk), &allowed, &format!("{context}, again at {again} of the recovery"));
            }
            check_recovery(&found, &allowed, &context);
        }
    }
}

#[test]
fn snapshots_own_and_foreign_survive_a_crash_at_every_step() {
    check_every_crash(&[
        Step::Append(3),
        Step::Own(1),
        Step::Append(4),
        Step::Own(0),
        // A follower that is behind, then one whose log another leader has overtaken.
        Step::Foreign(5, 1),
        Step::Append(2),
        Step::Foreign(0, 1),
        Step::Append(1),
        Step::Own(0),
        Step::Own(0),
    ]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn crash_leaves_a_log_and_the_snapshot_it_begins_after(
        steps in prop::collection::vec(prop_oneof![
            2 => (1..5u64).prop_map(Step::Append),
            2 => (0..3u64).prop_map(Step::Own),
            1 => (0..4u64, 0..2u64).prop_map(|(ahead, later)| Step::Foreign(ahead, later)),
        ], 1..7),
    ) {
        check_every_crash(&steps);
    }

    /// However the network treats the chunks.
    #[test]
    fn chunks_lost_repeated_and_reordered_make_the_same_snapshot(
        bytes in prop_oneof![Just(0), 1..3000usize, CHUNK_BYTES - 2..CHUNK_BYTES + 3, Just(3 * CHUNK_BYTES)],
        chunk_bytes in prop_oneof![1000..5000usize, Just(CHUNK_BYTES), Just(1 << 20)],
        deliveries in prop::collection::vec(any::<prop::sample::Index>(), 0..60),
    ) {
        let (source, target) = (SimDisk::new(), SimDisk::new());
        let (last, content) = (id(7, 2), content(id(7, 2), bytes));
        let meta = make(&store(&source), last, &content).unwrap();
        let mut reader = store(&source).read(last).unwrap();
        prop_assert_eq!(reader.meta(), meta);
        let target_store = store(&target);
        let mut receiver = target_store.receive(meta).unwrap();
        let chunks = bytes.div_ceil(chunk_bytes).max(1);
        // Any chunks in any order first; then each in turn, as a sender does that is told what comes next.
        let sent = deliveries.iter().map(|delivery| delivery.index(chunks)).chain(0..chunks);
        for number in sent {
            let position = (number * chunk_bytes) as u64;
            let piece = reader.read(position, chunk_bytes).unwrap();
            let (next, end) = (receiver.next(), position + piece.len() as u64);
            let was_whole = target_store.list().unwrap() == [last];
            let outcome = receiver.take(meta, position, &piece).unwrap();
            let expected = match () {
                _ if was_whole || position != next => Chunk::OutOfOrder { next },
                _ if end == meta.bytes => Chunk::Last(meta),
                _ => Chunk::Taken { next: end },
            };
            prop_assert_eq!(outcome, expected);
        }
        let found = target.crash(Loss::Everything, 0);
        prop_assert_eq!(store(&found).read(last).unwrap().read_all().unwrap(), content);
        prop_assert_eq!(count(&found, ".tmp"), 0);
    }

    #[test]
    fn any_part_is_read_as_it_was_written(
        bytes in 0..3 * CHUNK_BYTES,
        parts in prop::collection::vec((0..4 * CHUNK_BYTES, 0..2 * CHUNK_BYTES), 1..12),
    ) {
        let disk = SimDisk::new();
        let content = content(id(3, 1), bytes);
        make(&store(&disk), id(3, 1), &content).unwrap();
        let mut reader = store(&disk).read(id(3, 1)).unwrap();
        for (from, bytes_max) in parts {
            let from_within = from.min(bytes);
            let expected = &content[from_within..(from_within + bytes_max).min(bytes)];
            prop_assert_eq!(&reader.read(from as u64, bytes_max).unwrap()[..], expected);
        }
    }
}

#[test]
fn chunks_of_another_snapshot_are_refused() {
    let disk = SimDisk::new();
    let store = store(&disk);
    let content = content(id(7, 2), 3000);
    let meta = meta(id(7, 2), &content);
    let mut receiver = store.receive(meta).unwrap();
    assert_eq!(receiver.take(meta, 0, &content[..1000]).unwrap(), Chunk::Taken { next: 1000 });
    let others = [
        SnapshotMeta { last: id(8, 2), ..meta },
        SnapshotMeta { last: id(7, 3), ..meta },
        SnapshotMeta { checksum: !meta.checksum, ..meta },
        SnapshotMeta { bytes: 2999, ..meta },
    ];
    for other in others {
        let outcome = receiver.take(other, 1000, &content[1000..2000]).unwrap();
        assert_eq!(outcome, Chunk::Foreign { expected: meta });
    }
    // The later one is taken in beside it, and giving the first one up leaves nothing of it.
    let mut later = store.receive(others[0]).unwrap();
    assert_eq!(later.take(others[0], 0, &content).unwrap(), Chunk::Last(others[0]));
    drop(receiver);
    assert_eq!(disk.paths(), [path(id(8, 2))]);
}

#[test]
fn content_that_is_not_what_was_announced_is_not_kept() {
    let disk = SimDisk::new();
    let store = store(&disk);
    let content = content(id(7, 2), 3000);
    let meta = meta(id(7, 2), &content);
    let mut changed = content.clone();
    changed[2999] ^= 1;
    for wrong in [changed, [&content[..], &[0]].concat()] {
        let mut receiver = store.receive(meta).unwrap();
        receiver.take(meta, 0, &wrong[..1000]).unwrap();
        assert_eq!(receiver.take(meta, 1000, &wrong[1000..]).unwrap(), Chunk::Spoiled);
        assert_eq!(receiver.take(meta, 0, &content).unwrap(), Chunk::Spoiled);
        assert_eq!(receiver.next(), 0);
        assert!(disk.paths().is_empty());
    }
}

/// Transfers begin again after a restart of the receiver, and a snapshot that was not finished is gone.
#[test]
fn unfinished_snapshots_are_removed_at_start() {
    let disk = SimDisk::new();
    let content = content(id(7, 2), 3000);
    let meta = meta(id(7, 2), &content);
    let opened = store(&disk);
    let mut receiver = opened.receive(meta).unwrap();
    receiver.take(meta, 0, &content[..2000]).unwrap();
    let writer = opened.create(id(5, 2)).unwrap();
    let found = disk.kill();
    assert_eq!(count(&found, ".tmp"), 2);
    let (_, again, recovered) = open_sim(&found).unwrap();
    assert_eq!((count(&found, ".tmp"), recovered.snapshot), (0, None));
    assert_eq!(again.receive(meta).unwrap().next(), 0);
    drop((receiver, writer));
}

#[test]
fn snapshot_that_the_log_does_not_know_is_removed_at_start() {
    let disk = SimDisk::new();
    let (mut wal, store, _) = open_sim(&disk).unwrap();
    wal.append(&write(1, 1, 5)).unwrap();
    make(&store, id(3, 1), b"three").unwrap();
    wal.start_after(id(3, 1)).unwrap();
    make(&store, id(2, 1), b"older").unwrap();
    make(&store, id(5, 1), b"newer").unwrap();
    let (_, store, recovered) = open_sim(&disk.kill()).unwrap();
    assert_eq!((recovered.snapshot, recovered.last()), (Some(id(3, 1)), id(5, 1)));
    assert_eq!(store.list().unwrap(), [id(3, 1)]);
}

#[test]
fn log_without_its_snapshot_is_refused() {
    let disk = SimDisk::new();
    let (mut wal, store, _) = open_sim(&disk).unwrap();
    wal.append(&write(1, 1, 5)).unwrap();
    // Neither one of another term nor a later one will do.
    for other in [id(3, 2), id(4, 1)] {
        make(&store, other, b"other").unwrap();
    }
    wal.start_after(id(3, 1)).unwrap();
    let error = open_sim(&disk.kill()).err().unwrap();
    assert!(matches!(error, StorageError::MissingSnapshot { .. }), "{error}");
    assert!(error.to_string().contains("3@1") && error.to_string().contains(DIR), "{error}");
}

/// Reads everything, or says where the damage is.
fn read_spoiled(bytes: Vec<u8>) -> Result<Vec<u8>, (PathBuf, u64)> {
    let disk = SimDisk::new();
    disk.put(&path(id(7, 2)), bytes);
    store(&disk).read(id(7, 2)).and_then(|mut reader| reader.read_all()).map_err(|error| match error {
        StorageError::Damaged { file, offset, .. } => (file, offset),
        other => panic!("{other}"),
    })
}

#[test]
fn damaged_snapshot_is_refused_with_file_and_offset() {
    let disk = SimDisk::new();
    let content = content(id(7, 2), CHUNK_BYTES + 200);
    make(&store(&disk), id(7, 2), &content).unwrap();
    let whole = disk.read(&path(id(7, 2))).unwrap();
    assert_eq!(read_spoiled(whole.clone()), Ok(content));
    let second = HEADER_BYTES + 8 + CHUNK_BYTES;
    let end = whole.len() - 24;
    assert_eq!(end, second + 8 + 200);
    let near = |from: usize| from.saturating_sub(40)..(from + 40).min(whole.len());
    let positions = near(0).chain(near(second)).chain(near(end)).chain((0..whole.len()).step_by(997));
    for position in positions {
        let mut bytes = whole.clone();
        bytes[position] ^= 0x20;
        let at = [0, HEADER_BYTES, second, end].into_iter().rfind(|start| *start <= position).unwrap();
        assert_eq!(read_spoiled(bytes), Err((path(id(7, 2)), at as u64)), "position {position}");
        assert!(read_spoiled(whole[..position].to_vec()).is_err(), "cut at {position}");
    }
    assert!(read_spoiled([&whole[..], &[0]].concat()).is_err());
    // A chunk of another snapshot, or of another place, has a checksum, but not this one.
    let other = SimDisk::new();
    make(&store(&other), id(8, 2), &vec![0; CHUNK_BYTES + 200]).unwrap();
    let other = other.read(&path(id(8, 2))).unwrap();
    let mixed = [&whole[..second], &other[second..end], &whole[end..]].concat();
    assert_eq!(read_spoiled(mixed), Err((path(id(7, 2)), second as u64)));
    assert_eq!(read_spoiled(other), Err((path(id(7, 2)), 0)));
}

#[test]
fn snapshot_of_an_unknown_version_or_name_is_refused() {
    let disk = SimDisk::new();
    make(&store(&disk), id(7, 2), b"x").unwrap();
    let mut bytes = disk.read(&path(id(7, 2))).unwrap();
    bytes[8] = 9;
    let crc = crc32c::crc32c(&bytes[..28]);
    bytes[28..32].copy_from_slice(&crc.to_le_bytes());
    disk.put(&path(id(7, 2)), bytes);
    let error = store(&disk).read(id(7, 2)).err().unwrap();
    assert!(matches!(error, StorageError::UnknownVersion { found: 9, known: 1, .. }), "{error}");
    disk.put(Path::new("/data/snapshot-7-2.snap"), vec![]);
    assert!(matches!(open_sim(&disk), Err(StorageError::Damaged { .. })));
}

#[test]
fn failed_or_full_disk_leaves_the_older_snapshot() {
    let run = |disk: &SimDisk| {
        let store = store(disk);
        make(&store, id(7, 2), &content(id(7, 2), CHUNK_BYTES + 9))
    };
    let whole = SimDisk::new();
    run(&whole).unwrap();
    for operation in 0..whole.operations() {
        let disk = SimDisk::new();
        disk.put(&path(id(3, 1)), vec![1]);
        disk.fail_at(operation);
        assert!(matches!(run(&disk), Err(StorageError::Io { .. })), "operation {operation}");
        assert!(disk.read(&path(id(3, 1))).is_some());
        assert_eq!(count(&disk, ".tmp"), 0);
        // Only the very last operation comes when the name is there already.
        assert_eq!(count(&disk, ".snap"), if operation + 1 == whole.operations() { 2 } else { 1 });
    }

    let disk = SimDisk::new();
    let store = store(&disk);
    let mut writer = store.create(id(7, 2)).unwrap();
    disk.set_full(true);
    assert!(matches!(store.create(id(8, 2)), Err(StorageError::Full { .. })));
    let error = writer.write(&vec![0; 3 * CHUNK_BYTES]).unwrap_err();
    assert!(matches!(error, StorageError::Full { .. }), "{error}");
    assert!(matches!(writer.write(b"x"), Err(StorageError::Failed { .. })));
    assert!(matches!(writer.finish(), Err(StorageError::Failed { .. })));
    assert!(disk.paths().is_empty());
    disk.set_full(false);
    run(&disk).unwrap();
}

#[test]
fn snapshot_on_a_real_disk_survives_restarts() {
    let dir = tempfile::tempdir().unwrap();
    let open = || open(Box::new(OsDisk::new()), Box::new(OsDisk::new()), dir.path(), Layout::default());
    let mut expected = Recovered::default();
    for round in 1..=4 {
        let (mut wal, store, recovered) = open().unwrap();
        assert_eq!(recovered, expected, "round {round}");
        if let Some(last) = recovered.snapshot {
            let snapshot = store.read(last).unwrap().read_all().unwrap();
            assert_eq!(snapshot, content(last, 5 << 20));
        }
        let write = write(expected.last_index().0 + 1, round, 10);
        wal.append(&write).unwrap();
        expected.apply(write).unwrap();
        let last = id(10 * round - 3, round);
        // On another thread, while the log goes on.
        let maker = std::thread::spawn({
            let store = store.clone();
            move || make(&store, last, &content(last, 5 << 20)).unwrap()
        });
        wal.sync().unwrap();
        maker.join().unwrap();
        assert_eq!(wal.start_after(last).unwrap(), expected.start_after(last));
        store.remove_older(last).unwrap();
        assert_eq!(store.list().unwrap(), [last]);
    }
}
