//! What clients do to a system under test: one file a workload, with its operations, its generator, how they are said to
//! a node, and who judges them.

pub mod register;

pub use register::Register;
