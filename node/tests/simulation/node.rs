//! A node of the simulated world: a core, and what a server has around it. Its disk keeps what a crash leaves.

use ::node::raft::{
    Configuration, Entry, EntryId, HardState, LogIndex, Message, NodeId, Payload, Raft, ReceivedChunk, Snapshot, Start,
    Term, Ticks, Write,
};
use bytes::Bytes;
use std::collections::{BTreeMap, VecDeque};

/// A state machine: all that was applied, in its order, as one number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    pub last: EntryId,
    pub hash: u64,
}

impl Applied {
    pub fn apply(&mut self, id: EntryId, print: u64) {
        self.last = id;
        self.hash = mix(mix(mix(self.hash, id.index.0), id.term.0), print);
    }
}

fn mix(hash: u64, value: u64) -> u64 {
    (hash ^ value).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29)
}

/// A number for what an entry says.
pub fn print(payload: &Payload) -> u64 {
    let digest = |text: &[u8]| text.iter().fold(text.len() as u64, |hash, &byte| mix(hash, u64::from(byte)));
    match payload {
        Payload::Noop => 0,
        Payload::Command(command) => digest(command),
        Payload::Configuration(configuration) => digest(configuration.to_string().as_bytes()),
    }
}

/// A snapshot's file: the state, the configuration, and bytes that differ from node to node.
#[derive(Clone, Debug)]
pub struct File(Bytes);

impl File {
    pub fn new(hash: u64, configuration: &Configuration, padding: &[u8]) -> File {
        File(postcard::to_stdvec(&(hash, configuration, padding)).unwrap().into())
    }

    pub fn read(&self) -> (u64, Configuration) {
        let (hash, configuration, _): (u64, Configuration, Vec<u8>) = postcard::from_bytes(&self.0).unwrap();
        (hash, configuration)
    }

    pub fn content(&self) -> &Bytes {
        &self.0
    }

    pub fn checksum(&self) -> u32 {
        crc32c::crc32c(&self.0)
    }
}

/// What is on a node's disk.
#[derive(Clone, Default)]
pub struct Disk {
    pub hard_state: HardState,
    /// The log begins after the snapshot that ends here, if it is not 0@0.
    pub begin: EntryId,
    pub entries: Vec<Entry>,
    pub snapshots: BTreeMap<EntryId, File>,
}

impl Disk {
    /// Carries out the first `steps` of the four steps of a write.
    pub fn write(&mut self, write: &Write, steps: usize) {
        if steps > 0 {
            self.hard_state = write.hard_state.unwrap_or(self.hard_state);
        }
        if let Some(from) = write.truncate_from.filter(|_| steps > 1) {
            assert!(from > self.begin.index, "what the snapshot holds is not removed");
            self.entries.truncate((from.0 - self.begin.index.0) as usize - 1);
        }
        if let Some(last) = write.snapshot.filter(|_| steps > 2) {
            assert!(self.snapshots.contains_key(&last), "a snapshot counts once its file is durable");
            match self.holds(last) {
                true => drop(self.entries.drain(..(last.index.0 - self.begin.index.0) as usize)),
                false => self.entries.clear(),
            }
            self.begin = last;
        }
        if steps > 3 {
            for entry in &write.entries {
                assert_eq!(entry.id.index, self.last().index.next(), "the log on disk has no gaps");
                self.entries.push(entry.clone());
            }
        }
    }

    pub fn last(&self) -> EntryId {
        self.entries.last().map_or(self.begin, |entry| entry.id)
    }

    /// Whether this entry, which is committed or in the node's log, is on disk, or in the snapshot.
    pub fn holds(&self, id: EntryId) -> bool {
        let Some(behind) = id.index.0.checked_sub(self.begin.index.0) else { return true };
        match behind {
            0 => id == self.begin,
            _ => self.entries.get(behind as usize - 1).is_some_and(|entry| entry.id == id),
        }
    }

    /// What a node finds when it starts. Snapshots that do not count are removed.
    pub fn recover(&mut self) -> (Start, Applied) {
        let begin = self.begin;
        self.snapshots.retain(|&last, _| last == begin);
        let content = self.snapshots.get(&begin).map(File::read);
        assert!(content.is_some() || begin == EntryId::default(), "the snapshot is there that the log begins after");
        let hash = content.as_ref().map(|(hash, _)| *hash).unwrap_or_default();
        let snapshot = content.map(|(_, configuration)| Snapshot { last: begin, configuration });
        let start = Start { hard_state: self.hard_state, snapshot, entries: self.entries.clone() };
        (start, Applied { last: begin, hash })
    }
}

/// A snapshot that is coming in.
struct Incoming {
    last: EntryId,
    size: u64,
    checksum: u32,
    content: Vec<u8>,
}

/// What the part of a node says that takes in snapshots.
pub enum Intake {
    Stored { next: u64 },
    Whole(File),
}

/// Takes in snapshots, as the server's does: the one that was begun last wins.
#[derive(Default)]
pub struct Receiver {
    incoming: Option<Incoming>,
}

impl Receiver {
    pub fn take(&mut self, chunk: &ReceivedChunk) -> Intake {
        let key = (chunk.last, chunk.size, chunk.checksum);
        if self.incoming.as_ref().is_none_or(|incoming| (incoming.last, incoming.size, incoming.checksum) != key) {
            if chunk.offset > 0 {
                return Intake::Stored { next: 0 };
            }
            let (last, size, checksum) = key;
            self.incoming = Some(Incoming { last, size, checksum, content: Vec::new() });
        }
        let incoming = self.incoming.as_mut().unwrap();
        if chunk.offset == incoming.content.len() as u64 {
            incoming.content.extend_from_slice(&chunk.data);
        }
        let next = incoming.content.len() as u64;
        if next < incoming.size {
            return Intake::Stored { next };
        }
        let file = File(self.incoming.take().unwrap().content.into());
        if file.checksum() == chunk.checksum { Intake::Whole(file) } else { Intake::Stored { next: 0 } }
    }
}

/// Something that a node does beside its core, which ends at a certain time.
pub enum Job {
    /// It writes a snapshot of its own.
    Take(EntryId, File),
    /// It reads a part of a snapshot, to be sent.
    Send { to: NodeId, term: Term, last: EntryId, offset: u64 },
    /// It has dealt with a part of a snapshot.
    Stored { chunk: ReceivedChunk, next: u64 },
    /// It has stored and read a whole snapshot.
    Whole { from: NodeId, term: Term, last: EntryId, file: File },
}

/// A node.
#[derive(Default)]
pub struct Node {
    pub disk: Disk,
    /// Writes under way, with the time at which they will be durable.
    pub writes: VecDeque<(u64, Write)>,
    /// `None`: crashed, or never started.
    pub raft: Option<Raft>,
    pub applied: Applied,
    pub receiver: Receiver,
    /// By the time at which they end; the number keeps the order stable.
    pub jobs: BTreeMap<(u64, u64), Job>,
    /// Reads under way, with the least index that they must see.
    pub reads: BTreeMap<u64, LogIndex>,
    /// How many ticks its clock makes in a thousand of the world's.
    pub rate: u64,
    /// How many ticks of the world its clock has missed.
    pub missed: u64,
    pub starts: u64,
    /// Until then it does nothing, and what comes in waits.
    pub paused_until: u64,
    pub inbox: VecDeque<Message>,
    /// How long its disk takes at most.
    pub disk_delay: u64,
    /// It is gone for ever: an operator has removed it.
    pub is_retired: bool,
    /// It was there when the cluster was founded.
    pub is_founder: bool,
}

impl Node {
    /// What its clock shows.
    pub fn clock(&self, now: u64) -> Ticks {
        Ticks((now - self.missed) * self.rate / 1000)
    }

    pub fn is_taking_snapshot(&self) -> bool {
        self.jobs.values().any(|job| matches!(job, Job::Take(..)))
    }

    /// What is in memory is lost.
    pub fn forget(&mut self) {
        self.raft = None;
        self.receiver = Receiver::default();
        self.jobs.clear();
        self.reads.clear();
        self.inbox.clear();
        self.paused_until = 0;
    }
}
