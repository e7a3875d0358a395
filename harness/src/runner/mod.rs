//! The life of a test: plan → cluster up → workload under faults → heal → wait for recovery → final reads → stop → check our
//! own record → checkers → verdict saved. Reports and the exit code come after it, and are others' affair.

mod event;
mod test;

pub use event::{Observer, Phase, Progress, RunEvent};
pub use test::Test;
#[cfg(test)]
pub(crate) use test::example;
