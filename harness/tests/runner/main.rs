//! Clients and the runner against real connections. The servers are made here; no cluster is needed.

mod client;
mod clients;
mod server;
