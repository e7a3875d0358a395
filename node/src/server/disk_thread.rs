//! The thread that writes to stable storage: it gathers whatever writes are waiting, and one `fdatasync` serves them all (group
//! commit).

use crate::{
    raft::{Bug, Bugs, Entry, EntryId, Write},
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
    /// The log begins after this snapshot now, durably.
    BeginsAfter(EntryId),
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
        let mut batch = Batch::default();
        batch.add(wal, write)?;
        loop {
            while batch.cut.is_none()
                && let Ok(write) = writes.try_recv()
            {
                batch.add(wal, write)?;
            }
            match batch.store(wal) {
                Ok(()) => break,
                // Until there is space again. What is appended meanwhile is stored along.
                Err(full @ StorageError::Full { .. }) => {
                    if reports.send(Report::Full(full)).is_err() {
                        return Ok(());
                    }
                }
                Err(error) => return Err(error),
            }
            std::thread::sleep(FULL_RETRY);
        }
        if !batch.report(reports) {
            break;
        }
    }
    Ok(())
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
                let mut batch = Batch::default();
                batch.add(wal, write)?;
                flush_due.get_or_insert_with(|| Instant::now() + LAZY);
                // What is behind a snapshot is another log: there is no being lazy about it.
                if batch.cut.is_some() {
                    batch.store(wal)?;
                }
                if !batch.report(reports) {
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

/// Writes that are made durable together. A snapshot ends a batch: what follows builds on a log that begins after it.
#[derive(Default)]
struct Batch {
    /// The number of the last write.
    number: u64,
    /// What the log is to begin after, and the entries behind it.
    cut: Option<(EntryId, Vec<Entry>)>,
    /// What it begins after now.
    begins_after: Option<EntryId>,
}

impl Batch {
    /// Adds a write. Of one with a snapshot, the log gets what comes before that.
    fn add(&mut self, wal: &mut Wal, write: Write) -> Result<(), StorageError> {
        let Write { number, hard_state, truncate_from, snapshot, mut entries } = write;
        self.number = number;
        self.cut = snapshot.map(|last| (last, std::mem::take(&mut entries)));
        append(wal, storage::Write { hard_state, truncate_from, entries })
    }

    /// Makes it durable. A batch without bytes keeps its place in the order, and costs no sync.
    fn store(&mut self, wal: &mut Wal) -> Result<(), StorageError> {
        if let Some((last, _)) = &self.cut {
            wal.start_after(*last)?;
        }
        if let Some((last, entries)) = self.cut.take() {
            self.begins_after = Some(last);
            append(wal, storage::Write { entries, ..storage::Write::default() })?;
        }
        wal.sync()
    }

    /// Says that it is durable. False if nobody listens any more.
    fn report(&self, reports: &UnboundedSender<Report>) -> bool {
        let begins_after = self.begins_after.map(Report::BeginsAfter);
        let mut all = std::iter::once(Report::Durable(self.number)).chain(begins_after);
        all.all(|report| reports.send(report).is_ok())
    }
}

fn append(wal: &mut Wal, write: storage::Write) -> Result<(), StorageError> {
    if write == storage::Write::default() { Ok(()) } else { wal.append(&write) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        raft::{HardState, LogIndex, Payload, Term},
        storage::SimDisk,
    };
    use std::path::Path;
    use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

    fn write(number: u64) -> Write {
        let hard_state = Some(HardState { term: Term(number), vote: None });
        Write { number, hard_state, truncate_from: None, snapshot: None, entries: Vec::new() }
    }

    fn id(index: u64) -> EntryId {
        EntryId { index: LogIndex(index), term: Term(1) }
    }

    fn entry(index: u64) -> Entry {
        Entry { id: id(index), payload: Payload::Noop }
    }

    /// What is reported up to the durability of the write with this number.
    fn reported_until(number: u64, reported: &mut UnboundedReceiver<Report>) -> Vec<EntryId> {
        let mut begins = Vec::new();
        loop {
            match reported.blocking_recv() {
                Some(Report::Durable(durable)) if durable == number => return begins,
                Some(Report::BeginsAfter(last)) => begins.push(last),
                Some(Report::Durable(_) | Report::Full(_)) => {}
                other => panic!("{other:?}"),
            }
        }
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
            Report::Durable(_) | Report::BeginsAfter(_) | Report::Full(_) => None,
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
    #[test]
    fn log_begins_after_a_snapshot_in_the_order_of_the_writes() {
        let disk = SimDisk::new();
        let (wal, _) = Wal::open(Box::new(disk.clone()), Path::new("data")).unwrap();
        let (reports, mut reported) = unbounded_channel();
        let writes = start(wal, reports, Bugs::default()).unwrap();
        // The second snapshot is of another log, and what follows it stands behind its last entry.
        disk.set_full(true);
        writes.send(Write { entries: (1..=5).map(entry).collect(), ..write(1) }).unwrap();
        writes.send(Write { snapshot: Some(id(3)), ..write(2) }).unwrap();
        writes.send(Write { entries: vec![entry(6)], ..write(3) }).unwrap();
        writes.send(Write { snapshot: Some(id(9)), entries: vec![entry(10)], ..write(4) }).unwrap();
        writes.send(Write { entries: vec![entry(11)], ..write(5) }).unwrap();
        assert!(matches!(reported.blocking_recv(), Some(Report::Full(_))));
        disk.set_full(false);
        assert_eq!(reported_until(5, &mut reported), [id(3), id(9)]);
        let (_, recovered) = Wal::open(Box::new(disk.kill()), Path::new("data")).unwrap();
        assert_eq!((recovered.snapshot, recovered.entries), (Some(id(9)), vec![entry(10), entry(11)]));
    }

    #[test]
    fn log_that_cannot_begin_after_a_snapshot_ends_the_thread() {
        let disk = SimDisk::new();
        let (wal, _) = Wal::open(Box::new(disk.clone()), Path::new("data")).unwrap();
        let (reports, mut reported) = unbounded_channel();
        let writes = start(wal, reports, Bugs::default()).unwrap();
        writes.send(Write { entries: (1..=5).map(entry).collect(), ..write(1) }).unwrap();
        assert_eq!(reported_until(1, &mut reported), []);
        disk.fail_at(disk.operations());
        writes.send(Write { snapshot: Some(id(3)), ..write(2) }).unwrap();
        assert!(matches!(reported.blocking_recv(), Some(Report::Failed(_))));
        assert!(reported.blocking_recv().is_none());
    }
}
