//! Stable storage, as the driver sees it: each write goes to a thread of its own, unless the driver has nothing better to do than
//! to wait for it.
//!
//! The thread gathers whatever writes are waiting, and one `fdatasync` serves them all (group commit), while the driver sends to
//! peers and hears from clients. But to wake a thread and to be woken by it takes about a third as long as the sync of a good
//! disk. So a follower stores a small write by itself if nothing else is under way and the last write was quick: whoever sends to
//! it waits for nothing but its answer, and what arrives meanwhile shares the next sync. If its disk becomes slow, it is deaf for
//! one write, and then leaves the next ones to the thread until they are quick again. A leader has clients to hear and followers to
//! reassure, and does not need its own disk for a commit: it does the same only while it seems to have one client, who waits for this
//! very write.

use crate::{
    crash_point::{CrashPoint, reach},
    raft::{Bug, Bugs, Entry, EntryId, Write},
    storage::{self, StorageError, Wal},
};
use std::{
    io,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    time::{Duration, Instant},
};
use tokio::sync::mpsc::UnboundedSender;

/// What became of writes.
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

/// A write that took no longer was quick.
const QUICK: Duration = Duration::from_millis(1);
/// A write with more bytes of entries is a sign of many clients, for whom there is something to do meanwhile.
const SMALL_BYTES: usize = 4096;
/// So many entries in a row that came alone, each after the one before was durable, are those of a lone client. Among many clients
/// there is hardly such a row.
const LONE_ROW: u32 = 16;
/// How long `ack-before-fsync` leaves a write in memory.
const LAZY: Duration = Duration::from_millis(100);
/// How long to wait before a full disk is tried again.
const FULL_RETRY: Duration = Duration::from_millis(100);

/// See the [module](self).
pub struct Stable {
    wal: Arc<Mutex<Wal>>,
    thread: Sender<Write>,
    /// The thread does not keep the log for itself.
    is_shared: bool,
    /// The last write that the thread was given, and when.
    sent: (u64, Instant),
    /// It has reported all writes up to this one.
    stored: u64,
    /// The last one that it reported, or that was stored without it, was quick.
    is_quick: bool,
    /// How many entries in a row came alone.
    lone: u32,
}

impl Stable {
    /// Starts the thread. It ends when this is dropped, or at the first failure: after a failed write or sync nobody knows what is
    /// on the disk, and a second try may claim success for bytes that were dropped.
    pub fn start(wal: Wal, reports: UnboundedSender<Report>, bugs: Bugs) -> io::Result<Stable> {
        let wal = Arc::new(Mutex::new(wal));
        let (thread, writes) = channel();
        let is_lazy = bugs.has(Bug::AckBeforeFsync);
        let shared = wal.clone();
        std::thread::Builder::new().name("disk".to_owned()).spawn(move || {
            let ended = if is_lazy {
                write_lazily(&mut lock(&shared), &writes, &reports)
            } else {
                write_all(&shared, &writes, &reports)
            };
            if let Err(error) = ended {
                // If nobody listens, the node is ending anyway.
                let _ = reports.send(Report::Failed(error));
            }
        })?;
        Ok(Stable { wal, thread, is_shared: !is_lazy, sent: (0, Instant::now()), stored: 0, is_quick: false, lone: 0 })
    }

    /// Sees to it that a write becomes durable. If it is already, the report is returned; if not, the thread will make it.
    pub fn store(&mut self, write: Write, is_leader: bool) -> Option<Report> {
        let is_idle = self.stored >= self.sent.0;
        let is_small = write.entries.iter().map(Entry::bytes).sum::<usize>() <= SMALL_BYTES;
        let is_lone = is_idle && write.entries.len() <= 1;
        self.lone = if is_lone { self.lone.saturating_add(1) } else { 0 };
        if is_leader && self.lone < LONE_ROW
            || !self.is_shared
            || !self.is_quick
            || !is_idle
            || !is_small
            || write.snapshot.is_some()
        {
            self.send(write);
            return None;
        }
        let began = Instant::now();
        let mut batch = Batch::default();
        let stored = {
            let mut wal = lock(&self.wal);
            batch.add(&mut wal, write).and_then(|()| batch.store(&mut wal))
        };
        self.is_quick = began.elapsed() <= QUICK;
        match stored {
            Ok(()) => Some(Report::Durable(batch.number)),
            // The log has it, in memory. The thread is to try again.
            Err(StorageError::Full { .. }) => {
                self.send(nothing(batch.number));
                None
            }
            Err(error) => Some(Report::Failed(error)),
        }
    }

    /// The thread reported that everything up to this write is durable.
    pub fn stored(&mut self, number: u64) {
        self.stored = number;
        if number == self.sent.0 {
            self.is_quick = self.sent.1.elapsed() <= QUICK;
        }
    }

    fn send(&mut self, write: Write) {
        self.sent = (write.number, Instant::now());
        // The thread ends only after it has reported why; the report is taken up next.
        let _ = self.thread.send(write);
    }
}

/// A write that only has to wait for those before it.
fn nothing(number: u64) -> Write {
    Write { number, hard_state: None, truncate_from: None, snapshot: None, entries: Vec::new() }
}

fn lock(wal: &Mutex<Wal>) -> MutexGuard<'_, Wal> {
    wal.lock().unwrap_or_else(PoisonError::into_inner)
}

fn write_all(
    wal: &Mutex<Wal>,
    writes: &Receiver<Write>,
    reports: &UnboundedSender<Report>,
) -> Result<(), StorageError> {
    while let Ok(write) = writes.recv() {
        let wal = &mut lock(wal);
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
    /// Whether there is a new term or vote in it, the removal of a suffix, an entry.
    has: [bool; 3],
}

/// Where to die before and after each of these is stored.
const CRASH_POINTS: [[CrashPoint; 2]; 3] = [
    [CrashPoint::BeforeVoteSync, CrashPoint::AfterVoteSync],
    [CrashPoint::BeforeTruncateSync, CrashPoint::AfterTruncateSync],
    [CrashPoint::BeforeAppendSync, CrashPoint::AfterAppendSync],
];

impl Batch {
    /// Adds a write. Of one with a snapshot, the log gets what comes before that.
    fn add(&mut self, wal: &mut Wal, write: Write) -> Result<(), StorageError> {
        let Write { number, hard_state, truncate_from, snapshot, mut entries } = write;
        self.number = number;
        for (has, is_new) in
            self.has.iter_mut().zip([hard_state.is_some(), truncate_from.is_some(), !entries.is_empty()])
        {
            *has |= is_new;
        }
        self.cut = snapshot.map(|last| (last, std::mem::take(&mut entries)));
        append(wal, storage::Write { hard_state, truncate_from, entries })
    }

    /// Makes it durable. A batch without bytes keeps its place in the order, and costs no sync.
    fn store(&mut self, wal: &mut Wal) -> Result<(), StorageError> {
        self.reach(0);
        if let Some((last, _)) = &self.cut {
            wal.start_after(*last)?;
        }
        if let Some((last, entries)) = self.cut.take() {
            self.begins_after = Some(last);
            append(wal, storage::Write { entries, ..storage::Write::default() })?;
        }
        wal.sync()?;
        self.reach(1);
        Ok(())
    }

    /// Reaches the crash points of what is in it, before (0) or after (1) it is stored.
    fn reach(&self, when: usize) {
        let present = CRASH_POINTS.iter().zip(self.has).filter(|(_, has)| *has);
        present.for_each(|(points, _)| reach(points[when]));
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
        Write { hard_state: Some(HardState { term: Term(number), vote: None }), ..nothing(number) }
    }

    fn id(index: u64) -> EntryId {
        EntryId { index: LogIndex(index), term: Term(1) }
    }

    fn entry(index: u64) -> Entry {
        Entry { id: id(index), payload: Payload::Noop }
    }

    /// As a leader does, so that the thread sees to it.
    fn send(stable: &mut Stable, write: Write) {
        assert!(stable.store(write, true).is_none());
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
        let mut stable = Stable::start(wal, reports, Bugs::default()).unwrap();
        disk.set_full(true);
        send(&mut stable, write(1));
        assert!(matches!(reported.blocking_recv(), Some(Report::Full(_))));
        send(&mut stable, write(2));
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
        let mut stable = Stable::start(wal, reports, Bugs::default()).unwrap();
        disk.fail_at(disk.operations());
        send(&mut stable, write(1));
        assert!(matches!(reported.blocking_recv(), Some(Report::Failed(_))));
        assert!(reported.blocking_recv().is_none(), "nothing is durable any more");
    }

    #[test]
    fn a_follower_stores_by_itself_what_can_be_expected_to_be_quick() {
        let disk = SimDisk::new();
        let (wal, _) = Wal::open(Box::new(disk.clone()), Path::new("data")).unwrap();
        let (reports, mut reported) = unbounded_channel();
        let mut stable = Stable::start(wal, reports, Bugs::default()).unwrap();
        assert!(stable.store(write(1), false).is_none(), "nothing is known about this disk yet");
        reported_until(1, &mut reported);
        stable.stored(1);
        stable.is_quick = true;
        assert!(matches!(stable.store(write(2), false), Some(Report::Durable(2))));
        // As long as the thread has one, all go to the thread, in order.
        stable.is_quick = true;
        send(&mut stable, write(3));
        assert!(stable.store(write(4), false).is_none());
        reported_until(4, &mut reported);
        stable.stored(4);
        stable.is_quick = false;
        assert!(stable.store(write(5), false).is_none());
        reported_until(5, &mut reported);
        stable.stored(5);
        stable.is_quick = true;
        let large = Payload::Command(vec![0; SMALL_BYTES + 1].into());
        let entries = vec![Entry { id: id(1), payload: large }];
        assert!(stable.store(Write { entries, ..write(6) }, false).is_none());
        reported_until(6, &mut reported);
        let (_, recovered) = Wal::open(Box::new(disk.kill()), Path::new("data")).unwrap();
        assert_eq!(recovered.hard_state.term, Term(6));
    }

    #[test]
    fn leader_stores_by_itself_only_for_a_lone_client() {
        let disk = SimDisk::new();
        let (wal, _) = Wal::open(Box::new(disk), Path::new("data")).unwrap();
        let (reports, mut reported) = unbounded_channel();
        let mut stable = Stable::start(wal, reports, Bugs::default()).unwrap();
        let mut last = 0;
        // How many writes go to the thread before one does not.
        let mut row = |stable: &mut Stable, entries: u64| {
            for sent in 0..=u64::from(LONE_ROW) {
                stable.is_quick = true;
                let entries = (last + 1..=last + entries).map(entry).collect::<Vec<_>>();
                last += entries.len() as u64;
                match stable.store(Write { entries, ..write(last) }, true) {
                    None => reported_until(last, &mut reported),
                    Some(Report::Durable(number)) if number == last => return Some(sent),
                    Some(other) => panic!("{other:?}"),
                };
                stable.stored(last);
            }
            None
        };
        assert_eq!(row(&mut stable, 2), None, "entries that come together are of several clients");
        assert_eq!(row(&mut stable, 1), Some(u64::from(LONE_ROW) - 1));
        assert_eq!(row(&mut stable, 1), Some(0));
        assert_eq!(row(&mut stable, 2), None, "another client has come");
        assert_eq!(row(&mut stable, 1), Some(u64::from(LONE_ROW) - 1), "and has gone");
    }

    #[test]
    fn what_finds_the_disk_full_is_left_to_the_thread_and_a_failure_is_told() {
        let disk = SimDisk::new();
        let (wal, _) = Wal::open(Box::new(disk.clone()), Path::new("data")).unwrap();
        let (reports, mut reported) = unbounded_channel();
        let mut stable = Stable::start(wal, reports, Bugs::default()).unwrap();
        stable.is_quick = true;
        disk.set_full(true);
        assert!(stable.store(write(1), false).is_none());
        assert!(matches!(reported.blocking_recv(), Some(Report::Full(_))));
        disk.set_full(false);
        reported_until(1, &mut reported);
        stable.stored(1);
        stable.is_quick = true;
        disk.fail_at(disk.operations());
        assert!(matches!(stable.store(write(2), false), Some(Report::Failed(_))));
        let (_, recovered) = Wal::open(Box::new(disk.kill()), Path::new("data")).unwrap();
        assert_eq!(recovered.hard_state.term, Term(1));
    }

    #[test]
    fn log_begins_after_a_snapshot_in_the_order_of_the_writes() {
        let disk = SimDisk::new();
        let (wal, _) = Wal::open(Box::new(disk.clone()), Path::new("data")).unwrap();
        let (reports, mut reported) = unbounded_channel();
        let mut stable = Stable::start(wal, reports, Bugs::default()).unwrap();
        // The second snapshot is of another log, and what follows it stands behind its last entry.
        disk.set_full(true);
        send(&mut stable, Write { entries: (1..=5).map(entry).collect(), ..write(1) });
        send(&mut stable, Write { snapshot: Some(id(3)), ..write(2) });
        send(&mut stable, Write { entries: vec![entry(6)], ..write(3) });
        send(&mut stable, Write { snapshot: Some(id(9)), entries: vec![entry(10)], ..write(4) });
        send(&mut stable, Write { entries: vec![entry(11)], ..write(5) });
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
        let mut stable = Stable::start(wal, reports, Bugs::default()).unwrap();
        send(&mut stable, Write { entries: (1..=5).map(entry).collect(), ..write(1) });
        assert_eq!(reported_until(1, &mut reported), []);
        disk.fail_at(disk.operations());
        send(&mut stable, Write { snapshot: Some(id(3)), ..write(2) });
        assert!(matches!(reported.blocking_recv(), Some(Report::Failed(_))));
        assert!(reported.blocking_recv().is_none());
    }
}
