//! The life of a test: plan → cluster up → workload under faults → heal → wait for recovery → final reads → check our own
//! record → checkers → verdict saved → nodes stop. Reports come after it, and are others' affair.
//!
//! The verdict is saved while the cluster still stands, so that whatever goes wrong in taking it down cannot cost it.

mod clients;
mod clock;
mod early;
mod event;
mod exit;
mod judging;
mod life;
mod recovery;
mod traces;
mod watch;

pub use clients::{Clients, Counts};
pub use clock::Clock;
pub use event::{Observer, Phase, Progress, RunEvent};
pub use exit::{Findings, exit_code};
pub use life::{RunError, run};
pub use recovery::wait_for_service;
