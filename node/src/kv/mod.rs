//! The replicated state machine: strings under keys, with the meaning that Redis gives them.
//!
//! Every replica applies the same [`Command`]s in the same order, and must come to the same [`Store`] and give the same
//! [`Reply`]. So a command that cannot be done is answered by an error and changes nothing, and nothing here asks for the time,
//! for randomness, or for the order of a hash table. A [`Query`] changes nothing and does not go through the log.
//!
//! Left out: other types than strings, and keys that expire, since replicas do not share a clock.

pub mod command;
pub mod reply;
pub mod store;

pub use command::{Command, Condition, DecodeError};
pub use reply::Reply;
pub use store::{Query, Store, parse_integer};
