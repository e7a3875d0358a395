//! What can be asked of the state machine without changing it.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// A question to the store.
///
/// It goes through the log only as part of a transaction; for the sake of those, its encoding is as fixed as that of a
/// [`Command`](super::Command).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Query {
    /// A key's string.
    Get {
        /// The key.
        key: Bytes,
    },
    /// How many of these keys are there. One that is named twice counts twice.
    Exists {
        /// The keys.
        keys: Vec<Bytes>,
    },
    /// The strings of these keys; nil for those that have none.
    Mget {
        /// The keys.
        keys: Vec<Bytes>,
    },
    /// The length of a key's string, 0 if it is missing.
    Strlen {
        /// The key.
        key: Bytes,
    },
    /// How many keys there are.
    Dbsize,
    /// What kind of value a key has.
    Type {
        /// The key.
        key: Bytes,
    },
    /// Some elements of a list.
    Lrange {
        /// The key.
        key: Bytes,
        /// The first one's index; below 0 it counts from the right end, where -1 is the last.
        start: i64,
        /// The last one's index.
        stop: i64,
    },
    /// The length of a list, 0 if it is missing.
    Llen {
        /// The key.
        key: Bytes,
    },
    /// The elements of a set, in the order of their bytes.
    Smembers {
        /// The key.
        key: Bytes,
    },
    /// Whether a set has this element: 1 or 0.
    Sismember {
        /// The key.
        key: Bytes,
        /// The element.
        member: Bytes,
    },
    /// How many elements a set has, 0 if it is missing.
    Scard {
        /// The key.
        key: Bytes,
    },
    /// The versions of these keys: numbers that differ whenever a key has changed in between, even if it is as it was again.
    Versions {
        /// The keys.
        keys: Vec<Bytes>,
    },
}
