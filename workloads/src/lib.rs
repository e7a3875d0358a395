//! What clients do to a system under test: one file a workload, with its operations, its generator, how they are said to
//! a node, and who judges them.

pub mod follower_reads;
pub mod register;
pub mod session;

pub use follower_reads::FollowerReads;
pub use register::Register;
pub use session::Session;
