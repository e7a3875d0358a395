//! What became of the messages to a peer, for those who watch.

use std::sync::atomic::{AtomicU64, Ordering};

/// Numbers that only grow, except that there is a connection or none.
#[derive(Debug, Default)]
pub struct LinkCounts {
    connected: AtomicU64,
    sent: AtomicU64,
    dropped: AtomicU64,
    bytes: AtomicU64,
}

impl LinkCounts {
    /// 1 while there is a connection, and 0 while there is none.
    pub fn connected(&self) -> u64 {
        self.connected.load(Ordering::Relaxed)
    }

    /// How many messages were given to a connection. It may have ended before they arrived.
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// How many were not: too much waited, or there was no connection.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// How many bytes the network took.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    pub(super) fn set_connected(&self, is_connected: bool) {
        self.connected.store(u64::from(is_connected), Ordering::Relaxed);
    }

    pub(super) fn add_message(&self, is_sent: bool) {
        let counter = if is_sent { &self.sent } else { &self.dropped };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn add_bytes(&self, count: usize) {
        self.bytes.fetch_add(count as u64, Ordering::Relaxed);
    }
}
