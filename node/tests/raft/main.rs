//! The consensus core, told as stories and held to its paper.
//!
//! [`cluster`] is a cluster of cores of which every step is a command: time passes, a message arrives, a write reaches the disk
//! only when the test says so. After each step [`invariants`] checks the whole state. On it stand the three kinds of tests:
//! - [`stories`]: text files of commands with the trace that they must give, written in the [`language`];
//! - [`paper`] and [`paper_later`]: one test per claim of the paper;
//! - [`properties`]: random inputs against a naive model; [`chance`]: whole clusters in the hands of chance.

mod alone;
mod chance;
mod cluster;
mod disk;
mod invariants;
mod language;
mod log_model;
mod paper;
mod paper_later;
mod properties;
mod requests;
mod stories;
mod table;
mod tell;
mod traffic;
