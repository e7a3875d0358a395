//! A replicated key-value server: Raft as its paper describes it.

pub mod raft;
pub mod transport;
