//! `whitewater bench`: how fast the node is, alone or beside another system, how fast a crashed leader is replaced, how fast a
//! crashed node is back, what delays and our own proxies cost, and how fast the checker is. So a claim about speed is one command
//! that anyone can repeat.

mod check;
mod delay;
mod election;
mod histories;
mod options;
mod place;
mod proxies;
mod restart;
mod speed;
mod table;

pub use options::BenchOptions;

use crate::{
    Failure,
    cli::{Cli, Command},
    config::SpanRange,
    exit::Exit,
    plan,
};
use clap::Parser as _;
use harness::test::Test;
use options::Experiment;
use std::time::Duration;

/// Measures, and prints the result.
pub fn run(options: &BenchOptions) -> Result<Exit, Failure> {
    if cfg!(debug_assertions) {
        eprintln!("warning: this is a development build; for numbers that mean something, use `cargo run --release`");
    }
    // One thread for all clients: they shall leave the processors to the servers.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::trouble)?;
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, async {
        let work = async {
            match &options.experiment {
                None => speed::run(&options.speed).await,
                Some(Experiment::Election(options)) => election::run(options).await,
                Some(Experiment::Restart(options)) => restart::run(options).await,
                Some(Experiment::Check(options)) => check::run(options),
                Some(Experiment::Delay(options)) => delay::run(options).await,
                Some(Experiment::Proxies(options)) => proxies::run(options).await,
            }
        };
        // Whoever interrupts drops the work, and with it the nodes and their data.
        tokio::select! {
            outcome = work => outcome,
            () = interrupted() => Ok(Exit::Interrupted),
        }
    })
}

async fn interrupted() {
    use tokio::signal::unix::{SignalKind, signal};
    let wait = |kind| async move {
        match signal(kind) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        () = wait(SignalKind::interrupt()) => {}
        () = wait(SignalKind::terminate()) => {}
    }
    eprintln!("interrupted: ending the nodes");
}

/// The plan of a cluster that `whitewater test` would start with these options: so its rules and its words are the same.
fn plan(nodes: usize, timeout: SpanRange, heartbeat: Duration, seed: Option<u64>) -> Result<Test, Failure> {
    let ms = |duration: Duration| format!("{}ms", duration.as_millis());
    let (nodes, heartbeat) = (nodes.to_string(), ms(heartbeat));
    let timeout = format!("{}..{}", ms(timeout.0), ms(timeout.1));
    let mut words =
        vec!["whitewater", "test", "--nodes", &nodes, "--election-timeout", &timeout, "--heartbeat", &heartbeat];
    let seed = seed.map(|seed| seed.to_string());
    if let Some(seed) = &seed {
        words.extend(["--seed", seed]);
    }
    match Cli::try_parse_from(words) {
        // A test has its nodes take snapshots far more often than anybody else would.
        Ok(Cli { command: Command::Test(options) }) => {
            plan::test(&options).map(|test| Test { snapshot_bytes: None, ..test }).map_err(Failure::bad_input)
        }
        Ok(_) => Err(Failure::bad_input("these are not the options of a test")),
        Err(error) => Err(Failure::bad_input(error.to_string())),
    }
}
