//! What happened in a run, as data: the client [`Event`]s and the [`Operation`]s they pair into, the [`Fault`]s that were
//! injected, and the [`trace`] that each node kept of its own protocol. Everything here is a value or a function of
//! values: reading and writing files is [`crate::store`]'s affair.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod event;
mod fault;
mod operation;
pub mod trace;

/// The key of a history without keys.
pub const ONLY_KEY: &str = "register";

pub use event::{Event, EventIndex, EventType, Process, ProcessId};
pub use fault::{Effect, Evidence, Fault, Link};
pub use operation::{Operation, Outcome, Pairing, RecordError, pair};
