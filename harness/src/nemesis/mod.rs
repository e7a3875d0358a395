//! Faults. What will be done is known before the run, as data: drawn from the seed ([`plan`]), or read ([`Schedule`]); to whom,
//! where that depends on who leads, is decided at the moment ([`run`]), from a number that was drawn with it. Each [`Kind`] has
//! its file, with what it does, how it is undone, and what counts as evidence that anybody felt it; and it stands in the table of
//! [`FAMILIES`], and nowhere else.

mod at_rest;
mod clients;
mod clock;
mod contract;
mod core;
mod corrupt;
mod crash;
mod delay;
mod disk;
mod duplicate;
mod family;
mod flap;
mod hold;
mod inside;
mod join;
mod kill;
mod kind;
mod links;
mod loss;
mod membership;
mod parameter;
mod partition;
mod pause;
mod plan;
mod power;
mod rate;
mod reorder;
mod reset;
mod restart;
mod rule;
mod run;
mod schedule;
mod starve;
mod swarm;
mod target;
mod wait;

pub(crate) use corrupt::UNEXPLAINED;
pub use family::{FAMILIES, Family};
pub use kind::{Aim, Aims, Kind};
pub use parameter::{Domain, Parameter, Parameters, Value};
pub use plan::{PlannedFault, plan};
pub use run::{Sink, run};
pub use schedule::{Number, Schedule, ScheduledFault, Targets};
pub use swarm::swarm;
pub use target::Target;
pub use wait::Wait;
