//! The shell around the core.

pub mod request;
pub mod resp;
