//! A replicated key-value server: Raft as its paper describes it.

pub mod crash_point;
pub mod kv;
pub mod raft;
pub mod server;
pub mod storage;
pub mod transport;
