//! The Raft checker: each property broken by hand, random traces of a correct protocol, and mutations of those.

mod growing;
mod membership;
mod mutations;
mod properties;
mod script;
mod simulation;
mod snapshots;
mod trust;
