//! The consensus core.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod types;
