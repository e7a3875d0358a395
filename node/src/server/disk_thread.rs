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

/// What the thread reports: the number of the last durable write, or why there will be none any more.
pub type Completion = Result<u64, StorageError>;

/// How long `ack-before-fsync` leaves a write in memory.
const LAZY: Duration = Duration::from_millis(100);

/// Starts the thread. It ends when the sender of writes is dropped, or at the first failure: after a failed write or sync nobody
/// knows what is on the disk, and a second try may claim success for bytes that were dropped.
pub fn start(mut wal: Wal, durable: UnboundedSender<Completion>, bugs: Bugs) -> io::Result<Sender<Write>> {
    let (sender, writes) = channel();
    std::thread::Builder::new().name("disk".to_owned()).spawn(move || {
        let ended = if bugs.has(Bug::AckBeforeFsync) {
            write_lazily(&mut wal, &writes, &durable)
        } else {
            write_all(&mut wal, &writes, &durable)
        };
        if let Err(error) = ended {
            // If nobody listens, the node is ending anyway.
            let _ = durable.send(Err(error));
        }
    })?;
    Ok(sender)
}

fn write_all(
    wal: &mut Wal,
    writes: &Receiver<Write>,
    durable: &UnboundedSender<Completion>,
) -> Result<(), StorageError> {
    while let Ok(write) = writes.recv() {
        let mut number = append(wal, write)?;
        while let Ok(write) = writes.try_recv() {
            number = append(wal, write)?;
        }
        if wal.unsynced_bytes() > 0 {
            wal.sync()?;
        }
        if durable.send(Ok(number)).is_err() {
            break;
        }
    }
    Ok(())
}

/// The bug: a write is called durable when it is in this process's memory, and goes to disk some time later.
fn write_lazily(
    wal: &mut Wal,
    writes: &Receiver<Write>,
    durable: &UnboundedSender<Completion>,
) -> Result<(), StorageError> {
    let mut flush_due: Option<Instant> = None;
    loop {
        let wait = flush_due.map_or(LAZY, |due| due.saturating_duration_since(Instant::now()));
        match writes.recv_timeout(wait) {
            Ok(write) => {
                let number = append(wal, write)?;
                flush_due.get_or_insert_with(|| Instant::now() + LAZY);
                if durable.send(Ok(number)).is_err() {
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
    let Write { number, hard_state, truncate_from, entries } = write;
    if hard_state.is_some() || truncate_from.is_some() || !entries.is_empty() {
        wal.append(&storage::Write { hard_state, truncate_from, entries })?;
    }
    Ok(number)
}
