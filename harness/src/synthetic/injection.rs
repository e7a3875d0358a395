//! What can be wrong with a register. Each is a few operations of one client on one key, one after the other, with values that
//! nobody else writes and with nobody else's event between them; so the proof needs only them.

use super::{Deed, Synthetic};
use crate::history::{EventType, ProcessId};

/// Something that is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Injection {
    /// Two writes are acknowledged, one after the other, and then the first one's value is read, although the second took
    /// effect.
    StaleRead,
    /// The same, but it was the second write that went lost: all who read see the first.
    LostWrite,
    /// A value is read that nobody wrote.
    PhantomRead,
    /// A value is read before anybody begins to write it.
    FutureRead,
    /// Two compare-and-sets from one value succeed.
    DoubleCas,
}

impl Injection {
    /// All of them.
    pub const ALL: [Injection; 5] = [
        Injection::StaleRead,
        Injection::LostWrite,
        Injection::PhantomRead,
        Injection::FutureRead,
        Injection::DoubleCas,
    ];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Injection::StaleRead => "stale-read",
            Injection::LostWrite => "lost-write",
            Injection::PhantomRead => "phantom-read",
            Injection::FutureRead => "future-read",
            Injection::DoubleCas => "double-cas",
        }
    }

    /// How many operations it takes.
    pub fn operations(self) -> u64 {
        match self {
            Injection::PhantomRead => 1,
            Injection::FutureRead => 2,
            Injection::StaleRead | Injection::LostWrite | Injection::DoubleCas => 3,
        }
    }
}

impl Synthetic {
    /// Lets `process` do the operations, and the register hold what they leave.
    pub(super) fn inject(&mut self, injection: Injection, process: ProcessId, key: u32) {
        let (first, second, third) = (self.fresh_value(), self.fresh_value(), self.fresh_value());
        let cas = |new: u64| Deed::Cas { old: first, new, found: None };
        let before = self.registers[key as usize];
        let (deeds, after): (Vec<Deed>, u64) = match injection {
            Injection::StaleRead => (vec![Deed::Write(first), Deed::Write(second), Deed::Read(first)], second),
            Injection::LostWrite => (vec![Deed::Write(first), Deed::Write(second), Deed::Read(first)], first),
            Injection::PhantomRead => (vec![Deed::Read(first)], before),
            Injection::FutureRead => (vec![Deed::Read(first), Deed::Write(first)], first),
            Injection::DoubleCas => (vec![Deed::Write(first), cas(second), cas(third)], third),
        };
        self.registers[key as usize] = after;
        let events = deeds.into_iter().flat_map(|deed| [EventType::Invoke, EventType::Ok].map(|kind| (kind, deed)));
        self.script.extend(events.map(|(kind, deed)| (process, key, kind, deed)));
    }
}
