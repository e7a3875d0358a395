//! The keys in use: a window that slides over `k1`, `k2`, …

use serde_json::Value;
use std::collections::VecDeque;

/// After so many operations a key is given up.
pub(crate) const OPERATIONS_MAX: u32 = 120;
/// After so many writes and compare-and-sets of unknown outcome a key is given up: each may take effect at any later time.
pub(crate) const LOST_MAX: u32 = 12;
/// How many values of a key are remembered.
const SEEN_MAX: usize = 4;
/// How long a key that was given up is worth a final read: what was in flight then is decided by the end of this time.
const RECENT_NS: u64 = 30_000_000_000;
/// How many keys are worth a final read at most.
pub(crate) const RECENT_MAX: usize = 1_000;

/// The keys in use, and those lately given up.
pub(crate) struct Keys {
    active: Vec<Key>,
    /// With the time at which they were given up, oldest first.
    retired: VecDeque<(u64, String)>,
    /// The number of the newest key.
    newest: u64,
}

struct Key {
    name: String,
    operations: u32,
    lost: u32,
    /// The values that completed operations saw, newest last.
    seen: Vec<Value>,
}

impl Key {
    fn new(number: u64) -> Key {
        Key { name: format!("k{number}"), operations: 0, lost: 0, seen: Vec::new() }
    }
}

impl Keys {
    /// So many keys at a time.
    pub(crate) fn new(active: usize) -> Keys {
        let active: Vec<_> = (1..=active as u64).map(Key::new).collect();
        Keys { newest: active.len() as u64, active, retired: VecDeque::new() }
    }

    /// How many keys are in use.
    pub(crate) fn active(&self) -> usize {
        self.active.len()
    }

    /// The values lately seen in the key at this place, newest last.
    pub(crate) fn seen(&self, slot: usize) -> &[Value] {
        &self.active[slot].seen
    }

    /// The name of the key at this place, for one more operation.
    pub(crate) fn take(&mut self, slot: usize, now_ns: u64) -> String {
        let key = &mut self.active[slot];
        key.operations += 1;
        let name = key.name.clone();
        if key.operations == OPERATIONS_MAX {
            self.retire(slot, now_ns);
        }
        name
    }

    /// A completed operation saw this value in the key.
    pub(crate) fn saw(&mut self, name: &str, value: &Value) {
        // Of absent values there is nothing to expect; of a key that was given up nobody wants to know.
        let Some(key) = self.active.iter_mut().find(|key| key.name == name).filter(|_| !value.is_null()) else {
            return;
        };
        key.seen.retain(|seen| seen != value);
        if key.seen.len() == SEEN_MAX {
            key.seen.remove(0);
        }
        key.seen.push(value.clone());
    }

    /// An operation that may have changed the key, or may yet, ended without an answer.
    pub(crate) fn lost(&mut self, name: &str, now_ns: u64) {
        let Some(slot) = self.active.iter().position(|key| key.name == name) else { return };
        self.active[slot].lost += 1;
        if self.active[slot].lost == LOST_MAX {
            self.retire(slot, now_ns);
        }
    }

    /// Nobody can do anything with the key any more.
    pub(crate) fn give_up(&mut self, name: &str, now_ns: u64) {
        if let Some(slot) = self.active.iter().position(|key| key.name == name) {
            self.retire(slot, now_ns);
        }
    }

    fn retire(&mut self, slot: usize, now_ns: u64) {
        self.newest += 1;
        let key = std::mem::replace(&mut self.active[slot], Key::new(self.newest));
        self.retired.push_back((now_ns, key.name));
        if self.retired.len() > RECENT_MAX {
            self.retired.pop_front();
        }
    }

    /// The keys that were in use lately, newest first.
    pub(crate) fn recent(&self, now_ns: u64) -> Vec<String> {
        let used = self.active.iter().filter(|key| key.operations > 0).map(|key| &key.name);
        let since = now_ns.saturating_sub(RECENT_NS);
        let retired = self.retired.iter().rev().take_while(|(time, _)| *time >= since).map(|(_, name)| name);
        used.chain(retired).take(RECENT_MAX).cloned().collect()
    }
}
