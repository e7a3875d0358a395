//! The replicated state machine: strings, lists and sets under keys, with the meaning that Redis gives them.
//!
//! Every replica applies the same [`Command`]s in the same order, and must come to the same [`Store`] and give the same
//! [`Reply`]. So a command that cannot be done is answered by an error and changes nothing, and nothing here asks for the time,
//! for randomness, or for the order of a hash table. A [`Query`] changes nothing and does not go through the log.
//!
//! Left out: the other types of Redis, and keys that expire, since replicas do not share a clock.

mod chunked_map;
pub mod command;
mod key;
pub mod query;
pub mod reply;
pub mod session;
pub mod snapshot;
pub mod store;
mod text;
mod value;

pub use command::{Change, Command, Condition, DecodeError, End, Operation, Transaction, Work};
pub use query::Query;
pub use reply::Reply;
pub use snapshot::{RestoreError, Snapshot};
pub use store::{Store, parse_integer};
