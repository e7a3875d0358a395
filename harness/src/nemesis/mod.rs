//! Faults. What will be done is known before the run, as data: drawn from the seed ([`plan`]), or read ([`Schedule`]); to whom, where that depends on who
//! leads, is decided at the moment ([`run`]), from a number that was drawn with it. Each family has its file, with what it
//! does, how it is undone, and what counts as evidence that anybody felt it: [`partition`](Family::Partition): messages
//! dropped; [`kill`](Family::Kill): the wait status; [`pause`](Family::Pause): the process state that the kernel reports.

mod family;
mod hold;
mod join;
mod kill;
mod partition;
mod pause;
mod plan;
mod run;
mod schedule;
mod target;

pub use family::{Action, Family};
pub use plan::{PlannedFault, plan};
pub use run::{Sink, run};
pub use schedule::{Schedule, ScheduledFault, Targets};
pub use target::Target;
