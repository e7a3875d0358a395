//! The test library: knows how to hurt a cluster and how to judge it.

pub mod bench;
pub mod checker;
pub mod client;
pub mod cluster;
pub mod generator;
pub mod history;
mod nearest;
pub mod nemesis;
pub mod net;
pub mod outcome;
pub mod parallel;
pub mod runner;
pub mod seed;
pub mod shrink;
pub mod span;
pub mod statistics;
pub mod store;
pub mod synthetic;
pub mod system;
pub mod test;
pub mod workload;

pub use nearest::nearest;
