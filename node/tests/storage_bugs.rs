//! The seeded bugs of the log: each breaks its promise, that what was called durable is found again, in a story that ends well
//! without it.
#![cfg(feature = "seeded-bugs")]

use node::raft::types::{Entry, EntryId, LogIndex, Payload, Term};
use node::raft::{Bug, Bugs};
use node::storage::{Layout, Loss, Recovered, SimDisk, StorageError, Wal, Write};
use std::path::Path;

fn open(disk: &SimDisk, bugs: Bugs) -> Result<(Wal, Recovered), StorageError> {
    let layout = Layout { segment_bytes: 4096, step_bytes: 1024, bugs };
    Wal::open_with(Box::new(disk.clone()), Path::new("/data"), layout)
}

/// Stores an entry. Whether it is called durable.
fn store(wal: &mut Wal, index: u64) -> bool {
    let id = EntryId { term: Term(1), index: LogIndex(index) };
    let entries = vec![Entry { id, payload: Payload::Command(vec![0; 200].into()) }];
    wal.append(&Write { entries, ..Write::default() }).is_ok() && wal.sync().is_ok()
}

/// How many entries a node finds that starts after a power failure; none if it refuses to start.
fn found(disk: &SimDisk, bugs: Bugs) -> Option<u64> {
    let opened = open(&disk.crash(Loss::Everything, 0), bugs);
    opened.ok().map(|(_, recovered)| recovered.last_index().0)
}

/// What a story gives without a bug, and with it: how many entries were called durable, and how many are found.
fn tell(bug: Bug, story: impl Fn(Bugs) -> (u64, Option<u64>)) -> [(u64, Option<u64>); 2] {
    [story(Bugs::NONE), story(Bugs::from_iter([bug]))]
}

#[test]
fn fsync_that_is_tried_again_succeeds_without_the_data() {
    let told = tell(Bug::RetryFsync, |bugs| {
        let disk = SimDisk::new();
        let (mut wal, _) = open(&disk, bugs).unwrap();
        assert!(store(&mut wal, 1));
        // A write, and then the sync.
        disk.fail_at(disk.operations() + 1);
        let durable = 1 + u64::from(store(&mut wal, 2));
        (durable, found(&disk, bugs))
    });
    assert_eq!(told, [(1, Some(1)), (2, Some(1))]);
}

#[test]
fn segment_is_lost_whose_name_was_not_synced() {
    let told = tell(Bug::NoDirectorySync, |bugs| {
        let disk = SimDisk::new();
        let (mut wal, _) = open(&disk, bugs).unwrap();
        assert!(store(&mut wal, 1));
        drop(wal);
        // To open the log makes the name of its first segment durable. Those that follow depend on themselves.
        let (mut wal, _) = open(&disk, bugs).unwrap();
        let durable = (2..=60).take_while(|&index| store(&mut wal, index)).last().unwrap();
        assert!(disk.paths().len() > 3);
        (durable, found(&disk, bugs))
    });
    let [(60, Some(60)), (60, Some(lost @ 1..60))] = told else { panic!("{told:?}") };
    println!("{lost} of 60 are found");
}

#[test]
fn log_that_ends_at_a_damaged_record_is_short() {
    let told = tell(Bug::TruncateAtDamage, |bugs| {
        let disk = SimDisk::new();
        let (mut wal, _) = open(&disk, bugs).unwrap();
        let durable = (1..=9).take_while(|&index| store(&mut wal, index)).last().unwrap();
        let [path] = &disk.paths()[..] else { panic!("one segment") };
        let mut bytes = disk.read(path).unwrap();
        bytes[1000] ^= 1;
        disk.put(path, bytes);
        (durable, found(&disk, bugs))
    });
    let [(9, None), (9, Some(lost @ 1..9))] = told else { panic!("{told:?}") };
    println!("{lost} of 9 are found");
}
