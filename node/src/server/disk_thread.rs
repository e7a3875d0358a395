//! The thread that writes to stable storage: it gathers whatever writes are waiting, and one `fdatasync` serves them all (group
//! commit).

use crate::{
    raft::{Bug, Bugs, Write},
    storage::{self, StorageError, Wal},
};
use std::{
    io,
    sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    time::{Duration, Instant},
};
use tokio::sync::mpsc::UnboundedSender;

/// What the thread reports.
#[derive(Debug)]
pub enum Report {
    /// Every write up to this number is durable.
    Durable(u64),
    /// There is no space left. What is waiting stays in memory, and is tried again; [`Report::Durable`] says when it succeeded.
    Full(StorageError),
    /// Nothing will be durable any more.
    Failed(StorageError),
}

/// How long `ack-before-fsync` leaves a write in memory.
const LAZY: Duration = Duration::from_millis(100);
/// How long to wait before a full disk is tried again.
const FULL_RETRY: Duration = Duration::from_millis(100);

/// Starts the thread. It ends when the sender of writes is dropped, or at the first failure: after a failed write or sync nobody
/// knows what is on the disk, and a second try may claim success for bytes that were dropped.
pub fn start(mut wal: Wal, reports: UnboundedSender<Report>, bugs: Bugs) -> io::Result<Sender<Write>> {
    let (sender, writes) = channel();
    std::thread::Builder::new().name("disk".to_owned()).spawn(move || {
        let ended = if bugs.has(Bug::AckBeforeFsync) {
            write_lazily(&mut wal, &writes, &reports)
        } else {
            write_all(&mut wal, &writes, &reports)
        };
        if let Err(error) = ended {
            // If nobody listens, the node is ending anyway.
            let _ = reports.send(Report::Failed(error));
        }
    })?;
    Ok(sender)
}

fn write_all(wal: &mut Wal, writes: &Receiver<Write>, reports: &UnboundedSender<Report>) -> Result<(), StorageError> {
    while let Ok(write) = writes.recv() {
        let mut number = append(wal, write)?;
        while let Ok(write) = writes.try_recv() {
            number = append(wal, write)?;
        }
        // Writes without bytes keep their place in the order, and cost no sync.
        if wal.unsynced_bytes() > 0 {
            number = sync(wal, writes, reports, number)?;
        }
        if reports.send(Report::Durable(number)).is_err() {
            break;
        }
    }
    Ok(())
}

/// Syncs, for as long as it takes until there is space. What is appended meanwhile is synced along. Returns the number of the
/// last durable write.
fn sync(
    wal: &mut Wal,
    writes: &Receiver<Write>,
    reports: &UnboundedSender<Report>,
    mut number: u64,
) -> Result<u64, StorageError> {
    loop {
        match wal.sync() {
            Ok(()) => return Ok(number),
            Err(full @ StorageError::Full { .. }) => {
                if reports.send(Report::Full(full)).is_err() {
                    return Ok(number);
                }
            }
            Err(error) => return Err(error),
        }
        std::thread::sleep(FULL_RETRY);
        while let Ok(write) = writes.try_recv() {
            number = append(wal, write)?;
        }
    }
}

/// The bug: a write is called durable when it is in this process's memory, and goes to disk some time later.
fn write_lazily(
    wal: &mut Wal,
    writes: &Receiver<Write>,
    reports: &UnboundedSender<Report>,
) -> Result<(), StorageError> {
    let mut flush_due: Option<Instant> = None;
    loop {
        let wait = flush_due.map_or(LAZY, |due| due.saturating_duration_since(Instant::now()));
        match writes.recv_timeout(wait) {
            Ok(write) => {
                let number = append(wal, write)?;
                flush_due.get_or_insert_with(|| Instant::now() + LAZY);
                if reports.send(Report::Durable(number)).is_err() {
                    return Ok(());
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
        }
        if flush_due.is_some_and(|due| due <= Instant::now()) {
            wal.sync()?;
            flush_due = None;
        }
    }
}

fn append(wal: &mut Wal, write: Write) -> Result<u64, StorageError> {
    let Write { number, hard_state, truncate_from, snapshot, entries } = write;
    debug_assert_eq!(snapshot, None, "nobody takes snapshots yet");
    if hard_state.is_some() || truncate_from.is_some() || !entries.is_empty() {
        wal.append(&storage::Write { hard_state, truncate_from, entries })?;
    }
    Ok(number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        raft::{HardState, Term},
        storage::SimDisk,
    };
    use std::path::Path;
    use tokio::sync::mpsc::unbounded_channel;

    fn write(number: u64) -> Write {
        let hard_state = Some(HardState { term: Term(number), vote: None });
        Write { number, hard_state, truncate_from: None, snapshot: None, entries: Vec::new() }
    }

    #[test]
    fn a_full_disk_is_reported_and_tried_until_there_is_space() {
        let disk = SimDisk::new();
        let (wal, _) = Wal::open(Box::new(disk.clone()), Path::new("data")).unwrap();
        let (reports, mut reported) = unbounded_channel();
        let writes = start(wal, reports, Bugs::default()).unwrap();
        disk.set_full(true);
        writes.send(write(1)).unwrap();
        assert!(matches!(reported.blocking_recv(), Some(Report::Full(_))));
        writes.send(write(2)).unwrap();
        disk.set_full(false);
        // However often it was tried in between: it ends with both writes durable.
        let durable = std::iter::from_fn(|| reported.blocking_recv()).find_map(|report| match report {
            Report::Durable(number @ 2..) => Some(number),
            Report::Durable(_) | Report::Full(_) => None,
            Report::Failed(error) => panic!("{error}"),
        });
        assert_eq!(durable, Some(2));
        let (_, recovered) = Wal::open(Box::new(disk.kill()), Path::new("data")).unwrap();
        assert_eq!(recovered.hard_state.term, Term(2));
    }

    #[test]
    fn a_failed_sync_ends_the_thread() {
        let disk = SimDisk::new();
        let (wal, _) = Wal::open(Box::new(disk.clone()), Path::new("data")).unwrap();
        let (reports, mut reported) = unbounded_channel();
        let writes = start(wal, reports, Bugs::default()).unwrap();
        disk.fail_at(disk.operations());
        writes.send(write(1)).unwrap();
        assert!(matches!(reported.blocking_recv(), Some(Report::Failed(_))));
        assert!(reported.blocking_recv().is_none(), "nothing is durable any more");
    }
}
