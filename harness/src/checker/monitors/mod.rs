//! Objects that are judged without a search, each in a file of its own with its proof: what [`super::unique_values`] is for
//! registers.
//!
//! Each monitor says for which histories it has an answer; all others are left to the search. `X` must come before `Y` if it
//! returned before `Y` was called. An operation of unknown outcome never returns. An order is made by giving every operation a
//! moment between its call and its return: if there are such moments, ordering by them agrees with real time.

pub mod counter;
pub mod levels;
pub mod list;
pub mod mutex;
pub mod queue;
pub mod set;
