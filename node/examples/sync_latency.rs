//! How long one small batch takes to be durable, with segments that grow ahead of the records and without.
//!
//! `cargo run --release -p node --example sync_latency [DIRECTORY]`

use node::{
    raft::types::{Entry, EntryId, LogIndex, Payload, Term},
    storage::{Layout, OsDisk, StorageError, Wal, Write},
};
use std::{
    path::Path,
    time::{Duration, Instant},
};

const ROUNDS: u64 = 7;
const SYNCS: u64 = 1000;
const VALUE_BYTES: usize = 300;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let parent = std::env::args().nth(1).unwrap_or_else(|| ".".to_owned());
    let steps = [("growing with each batch", 0), ("growing ahead, 1 MiB", 1 << 20)];
    let mut times = [const { Vec::new() }; 2];
    // In turns, so that a change of the disk's mood does not look like a difference.
    for _ in 0..ROUNDS {
        for ((_, step_bytes), times) in steps.iter().zip(&mut times) {
            let dir = tempfile::tempdir_in(&parent)?;
            times.extend(measure(dir.path(), *step_bytes)?);
        }
    }
    for ((name, _), times) in steps.iter().zip(&mut times) {
        times.sort();
        let at = |percent: usize| times[times.len() * percent / 100].as_micros();
        println!("{name:<26} p50 {:>5} µs   p90 {:>5} µs   p99 {:>5} µs", at(50), at(90), at(99));
    }
    Ok(())
}

fn measure(dir: &Path, step_bytes: u64) -> Result<Vec<Duration>, StorageError> {
    let layout = Layout { step_bytes, ..Layout::default() };
    let (mut wal, _) = Wal::open_with(Box::new(OsDisk::new()), dir, layout)?;
    (1..=SYNCS)
        .map(|index| {
            let id = EntryId { term: Term(1), index: LogIndex(index) };
            let entries = vec![Entry { id, payload: Payload::Command(vec![7; VALUE_BYTES].into()) }];
            let start = Instant::now();
            wal.append(&Write { entries, ..Write::default() })?;
            wal.sync()?;
            Ok(start.elapsed())
        })
        .collect()
}
