//! What a link counts.

use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// What a link did since the start of the run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkCounters {
    /// Messages handed whole to the receiver's kernel.
    pub messages_forwarded: u64,
    /// Their bytes, with headers.
    pub bytes_forwarded: u64,
    /// Messages dropped because the link was cut.
    pub messages_dropped: u64,
    /// Their bytes, with headers.
    pub bytes_dropped: u64,
    /// Messages lost because nobody listened at the receiver's address or its connection ended.
    pub messages_undeliverable: u64,
    /// Connections accepted from the sender.
    pub connections: u64,
    /// Connections reset: because a cut met a blocked write, or because a fault does just that.
    pub resets: u64,
    /// Connections closed because of a frame too long to be one of ours.
    pub malformed: u64,
    /// Messages held back by a delay.
    #[serde(default)]
    pub messages_delayed: u64,
    /// Messages that a rule took out.
    #[serde(default)]
    pub messages_lost: u64,
    /// Messages that a rule added, each a copy of one that was sent.
    #[serde(default)]
    pub messages_duplicated: u64,
    /// Messages handed on after one of the same connection that arrived later.
    #[serde(default)]
    pub messages_reordered: u64,
    /// Messages handed on with a bit flipped.
    #[serde(default)]
    pub messages_corrupted: u64,
    /// Messages that were due and had to wait, since the link had spent its rate.
    #[serde(default)]
    pub messages_throttled: u64,
}

/// The same, while it is being counted. Each number stands for itself, so relaxed ordering is enough.
#[derive(Default)]
pub(super) struct Counters {
    messages_forwarded: AtomicU64,
    bytes_forwarded: AtomicU64,
    messages_dropped: AtomicU64,
    bytes_dropped: AtomicU64,
    messages_undeliverable: AtomicU64,
    connections: AtomicU64,
    resets: AtomicU64,
    malformed: AtomicU64,
    messages_delayed: AtomicU64,
    messages_lost: AtomicU64,
    messages_duplicated: AtomicU64,
    messages_reordered: AtomicU64,
    messages_corrupted: AtomicU64,
    messages_throttled: AtomicU64,
}

impl Counters {
    pub fn forwarded(&self, messages: usize, bytes: usize) {
        self.messages_forwarded.fetch_add(messages as u64, Relaxed);
        self.bytes_forwarded.fetch_add(bytes as u64, Relaxed);
    }

    pub fn dropped(&self, messages: usize, bytes: usize) {
        self.messages_dropped.fetch_add(messages as u64, Relaxed);
        self.bytes_dropped.fetch_add(bytes as u64, Relaxed);
    }

    pub fn undeliverable(&self, messages: usize) {
        self.messages_undeliverable.fetch_add(messages as u64, Relaxed);
    }

    pub fn connection(&self) {
        self.connections.fetch_add(1, Relaxed);
    }

    pub fn reset(&self) {
        self.resets.fetch_add(1, Relaxed);
    }

    pub fn malformed(&self) {
        self.malformed.fetch_add(1, Relaxed);
    }

    pub fn delayed(&self, messages: usize) {
        self.messages_delayed.fetch_add(messages as u64, Relaxed);
    }

    pub fn lost(&self, messages: usize) {
        self.messages_lost.fetch_add(messages as u64, Relaxed);
    }

    pub fn duplicated(&self, messages: usize) {
        self.messages_duplicated.fetch_add(messages as u64, Relaxed);
    }

    pub fn reordered(&self, messages: usize) {
        self.messages_reordered.fetch_add(messages as u64, Relaxed);
    }

    pub fn corrupted(&self, messages: usize) {
        self.messages_corrupted.fetch_add(messages as u64, Relaxed);
    }

    pub fn throttled(&self, messages: usize) {
        self.messages_throttled.fetch_add(messages as u64, Relaxed);
    }

    pub fn read(&self) -> LinkCounters {
        LinkCounters {
            messages_forwarded: self.messages_forwarded.load(Relaxed),
            bytes_forwarded: self.bytes_forwarded.load(Relaxed),
            messages_dropped: self.messages_dropped.load(Relaxed),
            bytes_dropped: self.bytes_dropped.load(Relaxed),
            messages_undeliverable: self.messages_undeliverable.load(Relaxed),
            connections: self.connections.load(Relaxed),
            resets: self.resets.load(Relaxed),
            malformed: self.malformed.load(Relaxed),
            messages_delayed: self.messages_delayed.load(Relaxed),
            messages_lost: self.messages_lost.load(Relaxed),
            messages_duplicated: self.messages_duplicated.load(Relaxed),
            messages_reordered: self.messages_reordered.load(Relaxed),
            messages_corrupted: self.messages_corrupted.load(Relaxed),
            messages_throttled: self.messages_throttled.load(Relaxed),
        }
    }
}
