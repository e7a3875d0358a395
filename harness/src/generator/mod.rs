//! What to do next: pure functions of a seed, of the time they are told, and of the completions they are shown. The same
//! seed and the same sequence of calls give the same operations; a whole run is not repeatable to the letter, because
//! the answers of a real cluster are not.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod pace;
mod sequence;

pub use pace::{Stagger, TimeLimit};
pub use sequence::Sequence;

use crate::history::{Event, ProcessId};
use rand::{SeedableRng, rngs::Xoshiro256PlusPlus};
use serde_json::Value;

/// A source of operations.
pub trait Generator: Send {
    /// What `process`, which is idle at `now_ns` (since the start of the run), shall do.
    fn next(&mut self, now_ns: u64, process: ProcessId) -> Next;

    /// Shows a completion (`ok`, `fail` or `info`), so that later operations can build on what is known.
    fn complete(&mut self, completion: &Event);

    /// What to ask once the cluster has recovered, so that operations of unknown outcome are settled by an observation.
    fn final_operations(&mut self, _now_ns: u64) -> Vec<Invocation> {
        Vec::new()
    }
}

/// A generator's answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    /// Call this.
    Invoke(Invocation),
    /// Nobody has anything to do before this time (ns since the start of the run): ask again then.
    Wait(u64),
    /// There is nothing more to do, for anybody.
    Done,
}

/// An operation to call.
#[derive(Clone, Debug, PartialEq)]
pub struct Invocation {
    /// The function: `read`, `write`, `cas`, ...
    pub f: String,
    /// Its argument, as [`Event::value`] describes it.
    pub value: Value,
}

impl Invocation {
    /// The call of `f` with `value`.
    pub fn new(f: impl Into<String>, value: Value) -> Invocation {
        Invocation { f: f.into(), value }
    }
}

/// The random stream called `stream` of a run with this seed. Every user draws from a stream of its own, so that one more
/// draw in one place does not change what happens in another.
pub fn rng(seed: u64, stream: &str) -> Xoshiro256PlusPlus {
    // FNV-1a: stable across platforms and versions, which a stored seed relies on, and for one stream a bijection of seeds.
    let bytes = seed.to_le_bytes();
    let hash = bytes
        .iter()
        .chain(stream.as_bytes())
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    Xoshiro256PlusPlus::seed_from_u64(hash)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::Rng;

    fn draws(seed: u64, stream: &str) -> [u64; 4] {
        let mut rng = rng(seed, stream);
        std::array::from_fn(|_| rng.next_u64())
    }

    #[test]
    fn streams_are_repeatable_and_differ_by_seed_and_by_name() {
        assert_eq!(draws(7, "register"), draws(7, "register"));
        assert_ne!(draws(7, "register"), draws(8, "register"));
        assert_ne!(draws(7, "register"), draws(7, "stagger"));
    }

    #[test]
    fn a_stored_seed_keeps_its_meaning() {
        assert_eq!(draws(1, "register")[0], 17_574_181_300_776_015_486);
    }
}
