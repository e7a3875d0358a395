//! What a node keeps: its disk, and the snapshots on it.

use bytes::Bytes;
use node::raft::{Configuration, Entry, EntryId, HardState, LogIndex, ReceivedChunk, Snapshot, Start, Write};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is on a node's disk.
#[derive(Clone, Default)]
pub struct Disk {
    pub hard_state: HardState,
    /// The log begins after this entry: the marker of a snapshot, or 0@0.
    pub base: EntryId,
    pub entries: Vec<Entry>,
    /// By their last entries. A snapshot is durable before the marker of it is.
    pub snapshots: BTreeMap<EntryId, Content>,
}

/// What a snapshot holds. The state machine of this world is the list of everything that was applied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    pub configuration: Configuration,
    pub applied: Vec<Entry>,
}

impl Disk {
    pub fn write(&mut self, write: &Write) {
        self.hard_state = write.hard_state.unwrap_or(self.hard_state);
        if let Some(from) = write.truncate_from {
            let kept = from.previous().0.saturating_sub(self.base.index.0);
            self.entries.truncate(kept as usize);
        }
        if let Some(last) = write.snapshot {
            assert!(self.snapshots.contains_key(&last), "the marker of {last} comes before the snapshot");
            if self.holds(last) {
                self.entries.retain(|entry| entry.id.index > last.index);
            } else {
                self.entries.clear();
            }
            self.base = last;
            self.snapshots.retain(|&id, _| id.index >= last.index);
        }
        for entry in &write.entries {
            assert_eq!(entry.id.index, self.last().next(), "what is written continues what is there");
            self.entries.push(entry.clone());
        }
    }

    pub fn last(&self) -> LogIndex {
        LogIndex(self.base.index.0 + self.entries.len() as u64)
    }

    /// Every entry whose effect is on the disk, those in the snapshot included.
    pub fn log(&self) -> impl Iterator<Item = &Entry> {
        let before = self.snapshots.get(&self.base).map_or(&[][..], |content| &content.applied);
        before.iter().chain(&self.entries)
    }

    pub fn holds(&self, id: EntryId) -> bool {
        let Some(position) = id.index.0.checked_sub(1) else { return true };
        self.log().nth(position as usize).is_some_and(|entry| entry.id == id)
    }

    /// What a node finds when it starts, and the state machine that it has then. A snapshot whose marker was not written is of no use.
    pub fn recover(&mut self) -> (Start, Vec<Entry>) {
        let base = self.base;
        self.snapshots.retain(|&id, _| id == base);
        let found = self.snapshots.get(&base);
        let snapshot = found.map(|content| Snapshot { last: base, configuration: content.configuration.clone() });
        let start = Start { hard_state: self.hard_state, snapshot, entries: self.entries.clone() };
        (start, found.map(|content| content.applied.clone()).unwrap_or_default())
    }
}

impl Content {
    pub fn bytes(&self) -> Bytes {
        postcard::to_stdvec(self).expect("a list can be written down").into()
    }
}

/// Puts the chunks of a snapshot together. It is in memory: a crash loses it.
pub struct Receiver {
    last: EntryId,
    checksum: u32,
    bytes: Vec<u8>,
}

impl Receiver {
    /// Takes a chunk; what comes of another snapshot makes it begin anew. Returns the content if it is whole; otherwise where the
    /// next chunk has to begin.
    pub fn take(receiver: &mut Option<Receiver>, chunk: &ReceivedChunk) -> Result<Content, u64> {
        let ReceivedChunk { last, checksum, .. } = *chunk;
        let mut taken = receiver.take().filter(|receiver| (receiver.last, receiver.checksum) == (last, checksum));
        let Receiver { bytes, .. } = taken.get_or_insert_with(|| Receiver { last, checksum, bytes: Vec::new() });
        if chunk.offset == bytes.len() as u64 {
            bytes.extend_from_slice(&chunk.data);
        }
        let next = bytes.len() as u64;
        if next < chunk.size {
            *receiver = taken;
            return Err(next);
        }
        assert_eq!(crc32c::crc32c(bytes), checksum, "what was put together is what was sent");
        Ok(postcard::from_bytes(bytes).expect("it can be read"))
    }
}
