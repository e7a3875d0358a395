//! What a replicated store has to go through before anybody trusts it: the scenarios of MIT's course on distributed systems (6.5840,
//! labs 3 and 4), retold for whole nodes, which are real processes with real disks and connections. `node/tests/README.md` says
//! which test is which scenario.
//!
//! Whatever a test looks at itself, each ends with a judgement of all traces: [`group::Group::finish`].

mod agreement;
mod churn;
mod crash_points;
mod elections;
mod faults;
mod group;
mod members;
mod persistence;
mod service;
mod snapshots;
mod wire;
