//! The shell around the core.

pub mod resp;
