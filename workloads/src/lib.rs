//! What clients do to a system under test: one file a workload, with its operations, its generator, how they are said to
//! a node, and who judges them.

mod additions;
pub mod append;
pub mod bank;
pub mod counter;
pub mod follower_reads;
mod keys;
pub mod lock;
pub mod long_fork;
mod part;
pub mod queue;
pub mod register;
mod reply;
pub mod rw_register;
pub mod session;
pub mod set;
pub mod stale_read;
#[cfg(test)]
mod testing;
mod transactions;
pub mod unique_ids;

pub use append::Append;
pub use bank::Bank;
pub use counter::Counter;
pub use follower_reads::FollowerReads;
pub use lock::Lock;
pub use long_fork::LongFork;
pub use queue::Queue;
pub use register::Register;
pub use rw_register::RwRegister;
pub use session::Session;
pub use set::Set;
pub use stale_read::StaleRead;
pub use unique_ids::UniqueIds;
