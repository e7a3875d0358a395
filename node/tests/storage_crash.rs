//! The log after a crash: at every operation on the disk, with every kind of loss, also while it recovers from another crash.

use node::raft::types::{Entry, EntryId, HardState, LogIndex, NodeId, Payload, Term};
use node::storage::{Cut, Layout, Loss, OsDisk, Recovered, SimDisk, StorageError, Wal, Write};
use proptest::prelude::*;
use std::path::Path;

const DIR: &str = "/data";

#[derive(Clone, Debug)]
enum Step {
    Append(Write),
    Sync,
    /// A snapshot takes the place of the log's beginning.
    StartAfter(EntryId),
    /// From now on the disk is full, or is not.
    SetFull(bool),
}

fn open(disk: &SimDisk, segment_bytes: u64) -> Result<(Wal, Recovered), StorageError> {
    Wal::open_with(Box::new(disk.clone()), Path::new(DIR), layout(segment_bytes))
}

/// Segments of about this length, which grow in a few steps; those of one byte do not grow ahead.
fn layout(segment_bytes: u64) -> Layout {
    Layout { segment_bytes, step_bytes: segment_bytes / 4, ..Layout::default() }
}

fn entry(index: u64, term: u64, command: impl Into<Vec<u8>>) -> Entry {
    let id = EntryId { term: Term(term), index: LogIndex(index) };
    Entry { id, payload: Payload::Command(command.into().into()) }
}

/// A write of entries alone.
fn entries(entries: impl IntoIterator<Item = Entry>) -> Write {
    Write { entries: entries.into_iter().collect(), ..Write::default() }
}

/// The state before the first change, and after each.
fn states(steps: &[Step]) -> Vec<Recovered> {
    let mut states = vec![Recovered::default()];
    for step in steps {
        let mut state = states.last().unwrap().clone();
        match step {
            Step::Append(write) => state.apply(write.clone()).unwrap(),
            Step::StartAfter(snapshot) => drop(state.start_after(*snapshot)),
            Step::Sync | Step::SetFull(_) => continue,
        }
        states.push(state);
    }
    states
}

/// How many changes were begun, and how many of them are durable.
#[derive(Debug, Default)]
struct Progress {
    appended: usize,
    synced: usize,
}

/// Carries out the steps until one fails.
fn run(disk: &SimDisk, segment_bytes: u64, steps: &[Step]) -> Progress {
    let mut progress = Progress::default();
    let Ok((mut wal, _)) = open(disk, segment_bytes) else { return progress };
    for step in steps {
        match step {
            Step::Append(write) => match wal.append(write) {
                Ok(()) => progress.appended += 1,
                Err(_) => return progress,
            },
            Step::Sync => match wal.sync() {
                Ok(()) => progress.synced = progress.appended,
                Err(StorageError::Full { .. }) => {}
                Err(_) => return progress,
            },
            Step::StartAfter(snapshot) => {
                progress.appended += 1;
                let mut result = wal.start_after(*snapshot);
                if let Err(StorageError::Full { .. }) = result {
                    disk.set_full(false);
                    result = wal.start_after(*snapshot);
                }
                if result.is_err() {
                    return progress;
                }
                progress.synced = progress.appended;
            }
            Step::SetFull(is_full) => disk.set_full(*is_full),
        }
    }
    progress
}

/// Ends the process or the machine at every operation, and checks what is found: all that was synced, and of the rest a prefix.
fn check_every_crash(segment_bytes: u64, steps: &[Step]) {
    let states = states(steps);
    let whole = SimDisk::new();
    assert_eq!(run(&whole, segment_bytes, steps).appended + 1, states.len());
    // Without a loss only the process ends, and the machine stays up.
    let powers = [Loss::Everything, Loss::Tail, Loss::Tail, Loss::Sectors, Loss::Sectors];
    let losses: Vec<Option<Loss>> = powers.into_iter().map(Some).chain([None]).collect();
    for operation in 0..=whole.operations() {
        for (number, loss) in losses.iter().copied().enumerate() {
            let seed = (operation * losses.len() + number) as u64;
            let disk = SimDisk::new();
            disk.power_off_at(operation);
            let progress = run(&disk, segment_bytes, steps);
            let crash = Crash {
                segment_bytes,
                loss,
                seed,
                allowed: &states[progress.synced..=progress.appended],
                context: format!("end at operation {operation}, loss {loss:?}, seed {seed}, {progress:?}"),
            };
            let found = end(&disk, loss, seed);
            crash.check_crash_during_recovery(&found);
            crash.check_recovery(&found, "");
        }
    }
}

struct Crash<'a> {
    segment_bytes: u64,
    loss: Option<Loss>,
    seed: u64,
    allowed: &'a [Recovered],
    context: String,
}

impl Crash<'_> {
    /// Lets the power go again at each operation of the recovery.
    fn check_crash_during_recovery(&self, found: &SimDisk) {
        for operation in 0.. {
            let disk = found.kill();
            disk.power_off_at(operation);
            if open(&disk, self.segment_bytes).is_ok() {
                break;
            }
            let found = end(&disk, self.loss, self.seed + 1);
            self.check_recovery(&found, &format!(", again at {operation} of the recovery"));
        }
    }

    fn check_recovery(&self, found: &SimDisk, when: &str) {
        let (allowed, context) = (self.allowed, &self.context);
        let opened = found.kill();
        let (_, recovered) =
            open(&opened, self.segment_bytes).unwrap_or_else(|error| panic!("{context}{when}: {error}"));
        assert!(allowed.contains(&recovered), "{context}{when}: {recovered:?} is none of {allowed:?}");

        // A node acts upon what it has read of its log, so that a second power failure must not take it away.
        let found_again = opened.crash(Loss::Everything, 0);
        let (_, again) = open(&found_again, self.segment_bytes).unwrap();
        assert_eq!(again, recovered, "{context}{when}: forgotten after a second crash");

        let last = recovered.last_index();
        let truncate_from = (!recovered.entries.is_empty()).then_some(last);
        let index = truncate_from.unwrap_or(last.next()).0;
        let write = Write {
            hard_state: Some(HardState { term: Term(99), vote: None }),
            truncate_from,
            entries: vec![entry(index, 99, "after the crash")],
        };
        let mut expected = recovered;
        expected.apply(write.clone()).unwrap();
        for found in [found, &found_again] {
            let found = found.kill();
            let (mut wal, _) = open(&found, self.segment_bytes).unwrap();
            wal.append(&write).unwrap();
            wal.sync().unwrap();
            let (_, again) = open(&found.crash(Loss::Everything, 0), self.segment_bytes).unwrap();
            assert_eq!(again, expected, "{context}{when}: what was written after the crash");
        }
    }
}

/// Ends the process, and the machine with it if there is a loss.
fn end(disk: &SimDisk, loss: Option<Loss>, seed: u64) -> SimDisk {
    match loss {
        Some(loss) => disk.crash(loss, seed),
        None => disk.kill(),
    }
}

/// A write that is still without indexes: these depend on the writes before it.
type Draft = (Option<(u64, Option<u64>)>, Option<u64>, Vec<(u64, Vec<u8>)>);

fn draft() -> impl Strategy<Value = Draft> {
    let command = prop_oneof![
        4 => prop::collection::vec(any::<u8>(), 0..40),
        1 => prop::collection::vec(any::<u8>(), 400..1800),
        1 => Just(vec![0; 600]),
    ];
    (
        prop::option::of((0..5u64, prop::option::of(1..4u64))),
        prop::option::weighted(0.3, any::<u64>()),
        prop::collection::vec((1..5u64, command), 0..4),
    )
}

fn write(draft: Draft, state: &Recovered) -> Write {
    let (hard_state, truncate_from, commands) = draft;
    let removable = state.entries.len() as u64;
    let from = |number| LogIndex(state.last_index().0 - number % removable);
    let truncate_from = truncate_from.filter(|_| removable > 0).map(from);
    let first = truncate_from.unwrap_or(state.last_index().next()).0;
    Write {
        hard_state: hard_state.map(|(term, vote)| HardState { term: Term(term), vote: vote.map(NodeId) }),
        truncate_from,
        entries: (first..).zip(commands).map(|(index, (term, command))| entry(index, term, command)).collect(),
    }
}

/// A step that is still without indexes.
#[derive(Clone, Debug)]
enum StepDraft {
    Append(Draft),
    Sync,
    /// A snapshot of what this log says, up to a random entry.
    OwnSnapshot(u64),
    /// A leader's snapshot, which may end before this log's end or behind it.
    ForeignSnapshot(u64, u64),
    SetFull(bool),
}

fn step_draft() -> impl Strategy<Value = StepDraft> {
    prop_oneof![
        8 => draft().prop_map(StepDraft::Append),
        4 => Just(StepDraft::Sync),
        2 => any::<u64>().prop_map(StepDraft::OwnSnapshot),
        1 => (0..8u64, 1..5u64).prop_map(|(ahead, term)| StepDraft::ForeignSnapshot(ahead, term)),
        1 => any::<bool>().prop_map(StepDraft::SetFull),
    ]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec(step_draft(), 1..16).prop_map(|drafts| {
        let mut state = Recovered::default();
        let step = |draft| match draft {
            StepDraft::Append(draft) => {
                let write = write(draft, &state);
                state.apply(write.clone()).unwrap();
                Some(Step::Append(write))
            }
            StepDraft::Sync => Some(Step::Sync),
            StepDraft::SetFull(is_full) => Some(Step::SetFull(is_full)),
            StepDraft::OwnSnapshot(number) => {
                let id = state.entries.get(number as usize % state.entries.len().max(1))?.id;
                assert_eq!(state.start_after(id), Cut::KeptSuffix);
                Some(Step::StartAfter(id))
            }
            StepDraft::ForeignSnapshot(ahead, term) => {
                let index = state.snapshot.unwrap_or_default().index.0 + 1 + ahead;
                let id = EntryId { term: Term(term), index: LogIndex(index) };
                state.start_after(id);
                Some(Step::StartAfter(id))
            }
        };
        drafts.into_iter().filter_map(step).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn crash_loses_nothing_synced_and_invents_nothing(
        segment_bytes in prop_oneof![Just(1u64), Just(300), Just(2000), Just(1 << 14)],
        steps in steps(),
    ) {
        check_every_crash(segment_bytes, &steps);
    }
}

#[test]
fn suffix_replaced_by_a_later_term_survives_a_crash_at_every_step() {
    let replace = Write {
        hard_state: Some(HardState { term: Term(2), vote: Some(NodeId(3)) }),
        truncate_from: Some(LogIndex(2)),
        entries: vec![entry(2, 2, "new"), entry(3, 2, "new")],
    };
    let steps = [
        Step::Append(entries((1..=4).map(|index| entry(index, 1, "old")))),
        Step::Sync,
        Step::Append(replace),
        Step::Append(entries([entry(4, 2, vec![7; 3000])])),
        Step::Sync,
        Step::Append(Write { truncate_from: Some(LogIndex(1)), ..Write::default() }),
        Step::Sync,
    ];
    for segment_bytes in [1, 200, 1 << 14] {
        check_every_crash(segment_bytes, &steps);
    }
}

/// Segments of one batch each, so that some go with each snapshot and their files come again.
#[test]
fn beginning_replaced_by_snapshots_survives_a_crash_at_every_step() {
    let id = |index, term| EntryId { term: Term(term), index: LogIndex(index) };
    let hard_state = Some(HardState { term: Term(1), vote: Some(NodeId(2)) });
    let mut steps = vec![Step::Append(Write { hard_state, ..Write::default() }), Step::Sync];
    for index in 1..=9 {
        steps.extend([Step::Append(entries([entry(index, 1, "x")])), Step::Sync]);
        if index % 3 == 0 {
            // At the last entry, before it, and the same once more.
            steps.extend([index - 1, index - 1].map(|index| Step::StartAfter(id(index, 1))));
        }
    }
    steps.extend([
        Step::StartAfter(id(9, 1)),
        Step::StartAfter(id(9, 1)),
        Step::Append(entries([entry(10, 1, "old"), entry(11, 1, "old")])),
        // From a leader with another log, then one that is far ahead.
        Step::StartAfter(id(10, 2)),
        Step::Append(entries([entry(11, 2, "new")])),
        Step::Sync,
        Step::StartAfter(id(50, 3)),
        Step::Append(entries([entry(51, 3, "newer")])),
        Step::Sync,
    ]);
    for segment_bytes in [1, 400, 1 << 12] {
        check_every_crash(segment_bytes, &steps);
    }
}

#[test]
fn failed_operation_ends_the_log() {
    let appends = |index| [Step::Append(entries([entry(index, 1, "x")])), Step::Sync];
    let mut steps: Vec<Step> = (1..=3).flat_map(appends).collect();
    steps.push(Step::StartAfter(EntryId { term: Term(1), index: LogIndex(2) }));
    steps.extend(appends(4));
    let states = states(&steps);
    let whole = SimDisk::new();
    run(&whole, 1, &steps);
    let fresh = SimDisk::new();
    open(&fresh, 1).unwrap();

    for operation in fresh.operations()..whole.operations() {
        let disk = SimDisk::new();
        disk.fail_at(operation);
        let (mut wal, _) = open(&disk, 1).unwrap();
        let mut synced = 0;
        let failed = steps.iter().find_map(|step| match step {
            Step::Append(write) => wal.append(write).err(),
            Step::Sync => wal.sync().map(|()| synced += 1).err(),
            Step::StartAfter(snapshot) => wal.start_after(*snapshot).map(|_| synced += 1).err(),
            Step::SetFull(_) => None,
        });
        assert!(matches!(failed, Some(StorageError::Io { .. })), "operation {operation}: {failed:?}");

        assert_eq!(disk.operations(), operation + 1);
        for _ in 0..2 {
            let error = wal.sync().unwrap_err();
            assert!(matches!(&error, StorageError::Failed { cause } if cause.contains("simulated")), "{error}");
            assert!(matches!(wal.append(&Write::default()), Err(StorageError::Failed { .. })));
        }
        assert_eq!(disk.operations(), operation + 1, "a log that has failed leaves the disk alone");
        for loss in [None, Some(Loss::Everything)] {
            let (_, recovered) = open(&end(&disk, loss, 0), 1).unwrap();
            assert!(states[synced..=synced + 1].contains(&recovered), "operation {operation}: {recovered:?}");
        }
    }
}

#[test]
fn what_is_not_synced_never_leaves_the_process() {
    let disk = SimDisk::new();
    let (mut wal, _) = open(&disk, 1 << 14).unwrap();
    let before = disk.operations();
    wal.sync().unwrap();
    for index in 1..=100 {
        wal.append(&entries([entry(index, 1, vec![0; 1000])])).unwrap();
    }
    assert!(wal.unsynced_bytes() > 100_000);
    assert_eq!(disk.operations(), before);
    let (_, recovered) = open(&disk.kill(), 1 << 14).unwrap();
    assert_eq!(recovered, Recovered::default());
}

#[test]
fn appends_share_one_sync() {
    let disk = SimDisk::new();
    let (mut wal, _) = open(&disk, 1 << 14).unwrap();
    wal.append(&entries([entry(1, 1, "a")])).unwrap();
    wal.sync().unwrap();
    let before = disk.operations();
    for index in 2..=50 {
        wal.append(&entries([entry(index, 1, "b")])).unwrap();
    }
    wal.sync().unwrap();
    assert_eq!(wal.unsynced_bytes(), 0);
    assert_eq!(disk.operations() - before, 2, "one write and one fdatasync");
}

#[test]
fn write_that_leaves_a_gap_is_not_taken() {
    let disk = SimDisk::new();
    let (mut wal, _) = open(&disk, 1 << 14).unwrap();
    wal.append(&entries([entry(1, 1, "a")])).unwrap();
    let bytes = wal.unsynced_bytes();
    let (skips, repeats) = (entries([entry(3, 1, "c")]), entries([entry(2, 1, "b"), entry(2, 1, "b")]));
    for bad in [skips, repeats, entries([entry(1, 1, "a")])] {
        let error = wal.append(&bad).unwrap_err();
        assert!(matches!(error, StorageError::Misfit(_)), "{error}");
        assert_eq!(wal.unsynced_bytes(), bytes);
    }
    wal.append(&entries([entry(2, 1, "b")])).unwrap();
    wal.sync().unwrap();
    let (_, recovered) = open(&disk.crash(Loss::Everything, 0), 1 << 14).unwrap();
    assert_eq!(recovered.entries, [entry(1, 1, "a"), entry(2, 1, "b")]);
}

#[test]
fn log_on_a_real_disk_survives_restarts() {
    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().join("a/b/c");
    let mut expected = Recovered::default();
    for round in 1..=4 {
        let (mut wal, recovered) = Wal::open_with(Box::new(OsDisk::new()), &dir, layout(5000)).unwrap();
        assert_eq!(recovered, expected, "round {round}");
        for step in 0..5 {
            let last = expected.last_index();
            let truncate_from = (step == 4).then_some(last);
            // The third is longer than a segment.
            let command = vec![step as u8; if step == 2 { 20_000 } else { 10 }];
            let write = Write {
                hard_state: Some(HardState { term: Term(round), vote: Some(NodeId(step)) }),
                truncate_from,
                entries: vec![entry(truncate_from.unwrap_or(last.next()).0, round, command)],
            };
            wal.append(&write).unwrap();
            wal.sync().unwrap();
            expected.apply(write).unwrap();
        }
        wal.append(&entries([entry(expected.last_index().next().0, 9, "never synced")])).unwrap();
    }
    let names = std::fs::read_dir(&dir).unwrap().map(|file| file.unwrap().file_name());
    assert!(names.filter(|name| name.to_string_lossy().starts_with("wal-")).count() >= 4);
}

#[test]
fn second_process_is_kept_out_of_the_directory() {
    let dir = tempfile::tempdir().unwrap();
    let first = Wal::open(Box::new(OsDisk::new()), dir.path()).unwrap();
    let error = Wal::open(Box::new(OsDisk::new()), dir.path()).err().unwrap();
    assert!(matches!(error, StorageError::Locked { .. }), "{error}");
    assert!(error.to_string().contains(&dir.path().display().to_string()));
    drop(first);
    Wal::open(Box::new(OsDisk::new()), dir.path()).unwrap();
}

/// A log of one batch and entry per segment.
fn segments(disk: &SimDisk, indexes: std::ops::RangeInclusive<u64>) -> Wal {
    let (mut wal, _) = open(disk, 1).unwrap();
    for index in indexes {
        wal.append(&entries([entry(index, 1, "x")])).unwrap();
        wal.sync().unwrap();
    }
    wal
}

fn names(disk: &SimDisk, suffix: &str) -> usize {
    disk.paths().iter().filter(|path| path.to_string_lossy().ends_with(suffix)).count()
}

#[test]
fn segments_before_a_snapshot_are_written_again_or_removed() {
    let disk = SimDisk::new();
    let mut wal = segments(&disk, 1..=9);
    assert_eq!(wal.start_after(EntryId { term: Term(1), index: LogIndex(7) }).unwrap(), Cut::KeptSuffix);
    assert_eq!((names(&disk, ".log"), names(&disk, ".spare")), (3, 2), "entries 8 and 9, and the new segment");
    for index in 10..=11 {
        wal.append(&entries([entry(index, 1, "y")])).unwrap();
        wal.sync().unwrap();
    }
    assert_eq!((names(&disk, ".log"), names(&disk, ".spare")), (4, 1));
    let (_, recovered) = open(&disk.crash(Loss::Everything, 0), 1).unwrap();
    assert_eq!(recovered.snapshot, Some(EntryId { term: Term(1), index: LogIndex(7) }));
    assert_eq!(recovered.entries, [entry(8, 1, "x"), entry(9, 1, "x"), entry(10, 1, "y"), entry(11, 1, "y")]);
}

#[test]
fn snapshot_contradicting_the_one_known_is_refused_and_an_older_one_ignored() {
    let disk = SimDisk::new();
    let mut wal = segments(&disk, 1..=4);
    let id = |index, term| EntryId { term: Term(term), index: LogIndex(index) };
    wal.start_after(id(3, 1)).unwrap();
    let before = disk.operations();
    assert!(matches!(wal.start_after(id(3, 2)), Err(StorageError::OtherSnapshot { .. })));
    for older in [id(3, 1), id(2, 1), id(1, 7)] {
        assert_eq!(wal.start_after(older).unwrap(), Cut::Unchanged);
    }
    assert_eq!(disk.operations(), before);
    let misfit = Write { truncate_from: Some(LogIndex(3)), ..Write::default() };
    assert!(matches!(wal.append(&misfit), Err(StorageError::Misfit(_))));
    let (_, recovered) = open(&disk.kill(), 1).unwrap();
    assert_eq!(recovered.entries, [entry(4, 1, "x")]);
}

/// Old records stand exactly where new ones end: same lengths, same offsets, in a file that was another segment.
#[test]
fn records_of_the_segment_that_a_file_was_before_never_come_back() {
    let segment_bytes = 1000;
    let disk = SimDisk::new();
    let (mut wal, _) = open(&disk, segment_bytes).unwrap();
    let mut expected = Recovered::default();
    for index in 1..=200 {
        let write = entries([entry(index, 1, vec![7; 60])]);
        wal.append(&write).unwrap();
        wal.sync().unwrap();
        expected.apply(write).unwrap();
        if index % 23 == 0 {
            let id = EntryId { term: Term(1), index: LogIndex(index - index % 5) };
            assert_eq!(wal.start_after(id).unwrap(), expected.start_after(id));
        }
        for found in [disk.kill_copy(), disk.crash_copy(Loss::Sectors, index)] {
            assert_eq!(open(&found, segment_bytes).unwrap().1, expected, "entry {index}");
        }
    }
    assert!(names(&disk, ".spare") > 0);
}

#[test]
fn full_disk_refuses_and_recovers() {
    for segment_bytes in [1, 300, 1 << 12] {
        let disk = SimDisk::new();
        let (mut wal, _) = open(&disk, segment_bytes).unwrap();
        let mut index = 0;
        for round in 1..=4 {
            // As long as there are bytes that have their place already, batches are stored.
            disk.set_full(true);
            let stored = loop {
                let stored = index;
                index += 1;
                wal.append(&entries([entry(index, round, vec![1; 100])])).unwrap();
                match wal.sync() {
                    Ok(()) => {}
                    Err(StorageError::Full { .. }) => break stored,
                    Err(error) => panic!("{error}"),
                }
            };
            // More may wait, and trying again does no harm.
            index += 1;
            wal.append(&entries([entry(index, round, "more")])).unwrap();
            assert!(matches!(wal.sync(), Err(StorageError::Full { .. })));
            let (_, recovered) = open(&disk.kill_copy(), segment_bytes).unwrap();
            // Where a file grows with each batch, a part of the batch may be there.
            let found_max = if layout(segment_bytes).step_bytes == 0 { index } else { stored };
            assert!((stored..=found_max).contains(&recovered.last_index().0));

            disk.set_full(false);
            wal.sync().unwrap();
            let (_, recovered) = open(&disk.crash_copy(Loss::Everything, round), segment_bytes).unwrap();
            assert_eq!(recovered.last_index().0, index);
        }
    }
}

#[test]
fn full_disk_leaves_the_log_where_it_begins() {
    let disk = SimDisk::new();
    let mut wal = segments(&disk, 1..=4);
    let last = EntryId { term: Term(1), index: LogIndex(3) };
    disk.set_full(true);
    for _ in 0..2 {
        assert!(matches!(wal.start_after(last), Err(StorageError::Full { .. })));
        assert_eq!(open(&disk.kill_copy(), 1).unwrap().1.entries.len(), 4);
    }
    disk.set_full(false);
    assert_eq!(wal.start_after(last).unwrap(), Cut::KeptSuffix);
    wal.append(&entries([entry(5, 1, "x")])).unwrap();
    wal.sync().unwrap();
    // The files that became free make room for the next two segments.
    disk.set_full(true);
    wal.append(&Write { hard_state: Some(HardState { term: Term(2), vote: None }), ..Write::default() }).unwrap();
    wal.sync().unwrap();
    assert_eq!(wal.start_after(EntryId { term: Term(1), index: LogIndex(4) }).unwrap(), Cut::KeptSuffix);
    let (_, recovered) = open(&disk.crash(Loss::Everything, 0), 1).unwrap();
    assert_eq!((recovered.entries, recovered.hard_state.term), (vec![entry(5, 1, "x")], Term(2)));
}
