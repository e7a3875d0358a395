//! Making a run smaller that shows a violation, as long as it still shows it: delta debugging (A. Zeller, R. Hildebrandt,
//! "Simplifying and Isolating Failure-Inducing Input", 2002) of something that reproduces only sometimes.
//!
//! The steps, in order: what was done after the violation cannot have caused it and goes first; then as many faults as possible;
//! then time; then nodes, clients and operations (and with them keys). Each candidate is tried until [`Sequential`] is sure that
//! it shows the violation about as often as the start does, or at most a quarter as often; luck alone is not enough. Where the start
//! shows it seldom, or not again, few faults before each moment at which it was seen are tried before all that. In the end
//! the smallest is tried again: its rate comes from trials that had no part in choosing it.
//!
//! Nothing here starts a cluster or looks at a clock. Whoever does is the [`Laboratory`], and says what each trial cost.
//!
//! [`Sequential`]: crate::statistics::Sequential
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod laboratory;
mod removal;
mod scenario;
mod search;
mod suspects;

pub use laboratory::{Batch, Laboratory, RECOVERY, Step, Symptom, Trial};
pub use scenario::Scenario;
pub use search::{Ending, Settings, Shrunk, shrink};

/// A scenario of ten seconds with kills at these times, in ms.
#[cfg(test)]
fn scene(times_ms: &[(u64, u64)]) -> Scenario {
    use crate::nemesis::{PlannedFault, plan};
    let kill = plan(&crate::test::Test { nemesis: vec!["kill".to_owned()], ..crate::test::example() }).remove(0);
    let faults = times_ms.iter().enumerate().map(|(place, &(start, end))| PlannedFault {
        id: place as u64,
        start_ns: start * 1_000_000,
        end_ns: end * 1_000_000,
        random: 100 + place as u64,
        ..kill.clone()
    });
    Scenario { faults: faults.collect(), nodes: 5, clients: 10, rate: Some(500.0), time_limit_ns: 10_000_000_000 }
}

#[cfg(test)]
mod tests;
