//! What a node's log must look like, by its own account.

use crate::history::trace::Hash;

/// An entry: its term, the running hash at it, and the line of the trace that brought it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item {
    /// The term of the leader that created it.
    pub term: u64,
    /// The running hash.
    pub hash: Hash,
    /// The number of the line in the node's trace.
    pub line: u64,
}

/// A log as the lines so far describe it. It begins behind the last installed snapshot: what that covers, this node never said.
/// The node's own snapshots take nothing away here.
///
/// Truncations, snapshots and appends reach the disk some time after their lines, so a node that is killed may recover what
/// stood there before. What was replaced is therefore kept until an acknowledgement shows that the disk has something else
/// in its place.
#[derive(Clone, Debug, Default)]
pub struct ShadowLog {
    content: Content,
    /// In the order in which it was replaced.
    replaced: Vec<Replaced>,
}

/// A run of entries.
#[derive(Clone, Debug, Default)]
struct Content {
    /// The last entry that the installed snapshot covers, with its log index.
    snapshot: Option<(u64, Item)>,
    items: Vec<Item>,
}

/// What may still be on the disk.
#[derive(Clone, Debug)]
enum Replaced {
    /// Entries from this log index on.
    Suffix(u64, Vec<Item>),
    /// The whole log, in favour of a snapshot that ends at this log index.
    Log(u64, Content),
}

/// What a node recovered, compared with what it can have had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recovered {
    /// One of the logs that the disk may have held.
    Known,
    /// A last entry that never stood there.
    Differs,
    /// More entries than were ever there.
    Longer,
    /// Fewer entries than its snapshot covers.
    Shorter,
}

impl Content {
    fn start(&self) -> u64 {
        self.snapshot.map_or(0, |(index, _)| index)
    }

    fn last(&self) -> u64 {
        self.start() + self.items.len() as u64
    }

    fn item(&self, index: u64) -> Option<&Item> {
        match &self.snapshot {
            Some((covered, item)) if index == *covered => Some(item),
            _ => self.items.get(usize::try_from(index.checked_sub(self.start() + 1)?).ok()?),
        }
    }

    fn hash(&self, index: u64) -> Option<Hash> {
        if index == 0 && self.snapshot.is_none() { Some(Hash(0)) } else { self.item(index).map(|item| item.hash) }
    }

    /// Removes the entries from `from` on (but never what the snapshot covers), and returns them.
    fn split_off(&mut self, from: u64) -> Vec<Item> {
        let at = usize::try_from(from.saturating_sub(self.start() + 1)).unwrap_or(usize::MAX);
        self.items.split_off(at.min(self.items.len()))
    }
}

impl ShadowLog {
    /// The last log index, 0 if there is none.
    pub fn last(&self) -> u64 {
        self.content.last()
    }

    /// The last log index that the installed snapshot covers, 0 if there is none; and the line that says so.
    pub fn snapshot(&self) -> (u64, Option<u64>) {
        self.content.snapshot.map_or((0, None), |(index, item)| (index, Some(item.line)))
    }

    /// The entry at `index`, if it is known. Of those that the installed snapshot covers, only the last one is.
    pub fn item(&self, index: u64) -> Option<&Item> {
        self.content.item(index)
    }

    /// The running hash at `index`, if it is known: that of the empty log is 0.
    pub fn hash(&self, index: u64) -> Option<Hash> {
        self.content.hash(index)
    }

    /// Adds an entry at the end.
    pub fn push(&mut self, item: Item) {
        self.content.items.push(item);
    }

    /// Removes the entries from `from` on.
    pub fn truncate(&mut self, from: u64) {
        let suffix = self.content.split_off(from);
        self.replaced.push(Replaced::Suffix(from, suffix));
    }

    /// A snapshot that ends with `item` at `index` takes the place of the whole log.
    pub fn install(&mut self, index: u64, item: Item) {
        let old = std::mem::replace(&mut self.content, Content { snapshot: Some((index, item)), items: Vec::new() });
        self.replaced.push(Replaced::Log(index, old));
    }

    /// The log up to `index` is on the disk: what stood there before is gone.
    pub fn settle(&mut self, index: u64) {
        let is_done = |replaced: &Replaced| match replaced {
            Replaced::Suffix(since, _) | Replaced::Log(since, _) => *since <= index,
        };
        // The disk does things in order: with a truncation or a snapshot, all before it has been done too.
        if let Some(done) = self.replaced.iter().rposition(is_done) {
            self.replaced.drain(..=done);
        }
    }

    /// The process was killed and found a log that ends at `last` with `hash`.
    pub fn recover(&mut self, last: u64, hash: Hash) -> Recovered {
        let (mut longest, mut shortest) = (0, u64::MAX);
        let mut candidate = self.content.clone();
        let mut replaced = std::mem::take(&mut self.replaced);
        // Backwards in time: undoing one change after the other gives every log that was there since.
        loop {
            (longest, shortest) = (longest.max(candidate.last()), shortest.min(candidate.start()));
            if candidate.hash(last) == Some(hash) {
                candidate.split_off(last + 1);
                self.content = candidate;
                return Recovered::Known;
            }
            match replaced.pop() {
                Some(Replaced::Suffix(from, suffix)) => {
                    candidate.split_off(from);
                    candidate.items.extend(suffix);
                }
                Some(Replaced::Log(_, before)) => candidate = before,
                None if last > longest => return Recovered::Longer,
                None if last < shortest => return Recovered::Shorter,
                None => return Recovered::Differs,
            }
        }
    }
}
