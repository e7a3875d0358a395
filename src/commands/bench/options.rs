//! The options of `bench`.

use crate::{
    cli::Format,
    config::{Span, SpanRange},
};
use clap::{Args, Subcommand, ValueEnum};
use std::{path::PathBuf, time::Duration};

/// Options of `bench`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct BenchOptions {
    #[command(subcommand)]
    pub experiment: Option<Experiment>,
    #[command(flatten)]
    pub speed: SpeedOptions,
}

/// What else can be measured.
#[derive(Debug, Subcommand)]
pub enum Experiment {
    /// Measure how long a cluster takes to replace a crashed leader, as Figure 16 of the Raft paper does
    Election(ElectionOptions),
    /// Measure how long a follower that was killed takes to serve linearizable reads again, and how much memory nodes hold
    Restart(RestartOptions),
}

/// How fast puts and linearizable gets are.
#[derive(Debug, Args)]
pub struct SpeedOptions {
    /// How many nodes
    #[arg(long, value_name = "N", default_value = "3")]
    pub nodes: usize,
    /// How many clients, each with a connection of its own; separated by commas, measured one after the other
    #[arg(long, value_name = "NUMBERS", value_delimiter = ',', default_value = "1,16,64,256")]
    pub clients: Vec<usize>,
    /// How long each measurement takes, after a warm-up of a fifth of it
    #[arg(long, value_name = "DURATION", default_value = "5s")]
    pub duration: Span,
    /// The length of the values
    #[arg(long, value_name = "N", default_value = "256")]
    pub value_bytes: usize,
    /// How often everything is measured; shown are medians [default: 1, or 3 beside another system]
    #[arg(long, value_name = "N")]
    pub rounds: Option<usize>,
    /// Another system to measure beside ours, in turns
    #[arg(long, value_name = "SYSTEM")]
    pub against: Option<Rival>,
    /// Where the nodes' data is, until the end; it decides which disk is measured
    #[arg(long, value_name = "DIR", default_value = "runs")]
    pub data: PathBuf,
    /// What keys are drawn from; drawn itself if left out
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// How to print the result
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: Format,
}

/// Other people's systems.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Rival {
    /// etcd, as Debian's package `etcd-server` installs it.
    Etcd,
}

/// Options of `bench election`.
#[derive(Debug, Args)]
pub struct ElectionOptions {
    /// How many nodes; the paper has five
    #[arg(long, value_name = "N", default_value = "5")]
    pub nodes: usize,
    /// How many crashes for each range of timeouts
    #[arg(long, value_name = "N", default_value = "100")]
    pub trials: usize,
    /// The ranges of election timeouts, separated by commas [default: those of Figure 16]
    #[arg(long, value_name = "MIN..MAX", value_delimiter = ',')]
    pub spread: Vec<SpanRange>,
    /// The time between heartbeats [default: half of the shortest timeout, as in the paper]
    #[arg(long, value_name = "DURATION")]
    pub heartbeat: Option<Span>,
    /// How long to wait for a new leader
    #[arg(long, value_name = "DURATION", default_value = "10s")]
    pub limit: Span,
    /// Where to draw the cumulative curves
    #[arg(long, value_name = "FILE", default_value = "election.png")]
    pub out: PathBuf,
    /// Where the nodes' data is, until the end
    #[arg(long, value_name = "DIR", default_value = "runs")]
    pub data: PathBuf,
    /// What timeouts and the moments of crashes are drawn from; drawn itself if left out
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// How to print the result
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: Format,
}

/// Options of `bench restart`.
#[derive(Debug, Args)]
pub struct RestartOptions {
    /// How many nodes
    #[arg(long, value_name = "N", default_value = "3")]
    pub nodes: usize,
    /// How many keys they hold
    #[arg(long, value_name = "N", default_value = "1000000")]
    pub keys: u32,
    /// The length of the values
    #[arg(long, value_name = "N", default_value = "256")]
    pub value_bytes: usize,
    /// How often a follower is killed; shown are medians
    #[arg(long, value_name = "N", default_value = "3")]
    pub rounds: usize,
    /// Another system to measure beside ours, in turns
    #[arg(long, value_name = "SYSTEM")]
    pub against: Option<Rival>,
    /// Where the nodes' data is, until the end; it decides which disk is measured
    #[arg(long, value_name = "DIR", default_value = "runs")]
    pub data: PathBuf,
    /// What the values are drawn from; drawn itself if left out
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// How to print the result
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: Format,
}

impl SpeedOptions {
    /// Why these options cannot be, in a sentence.
    pub fn check(&self) -> Result<(), String> {
        const CLIENTS_MAX: usize = 1024;
        if let Some(number) = self.clients.iter().find(|&&number| !(1..=CLIENTS_MAX).contains(&number)) {
            return Err(format!("--clients {number} is not between 1 and {CLIENTS_MAX}"));
        }
        check_value_bytes(self.value_bytes)?;
        if self.rounds == Some(0) {
            return Err("--rounds 0 measures nothing".to_owned());
        }
        // Processor time is counted in hundredths of a second: what is shorter measures that.
        at_least("--duration", self.duration.0, Duration::from_millis(100))
    }
}

impl ElectionOptions {
    /// Why these options cannot be, in a sentence.
    pub fn check(&self) -> Result<(), String> {
        if self.trials == 0 {
            return Err("--trials 0 measures nothing".to_owned());
        }
        if self.nodes < 3 {
            return Err(format!("--nodes {}: fewer than three nodes cannot replace their leader", self.nodes));
        }
        at_least("--limit", self.limit.0, Duration::from_millis(100))
    }
}

impl RestartOptions {
    /// Why these options cannot be, in a sentence.
    pub fn check(&self) -> Result<(), String> {
        // The numbers of keys have eight digits.
        const KEYS_MAX: u32 = 99_999_999;
        if !(1..=KEYS_MAX).contains(&self.keys) {
            return Err(format!("--keys {} is not between 1 and {KEYS_MAX}", self.keys));
        }
        check_value_bytes(self.value_bytes)?;
        if self.rounds == 0 {
            return Err("--rounds 0 measures nothing".to_owned());
        }
        if self.nodes < 3 {
            return Err(format!("--nodes {}: fewer than three nodes cannot do without one", self.nodes));
        }
        Ok(())
    }
}

fn check_value_bytes(value_bytes: usize) -> Result<(), String> {
    const VALUE_BYTES_MAX: usize = 512 << 10;
    match (1..=VALUE_BYTES_MAX).contains(&value_bytes) {
        true => Ok(()),
        false => Err(format!("--value-bytes {value_bytes} is not between 1 and {VALUE_BYTES_MAX}")),
    }
}

fn at_least(option: &str, given: Duration, least: Duration) -> Result<(), String> {
    if given >= least {
        return Ok(());
    }
    let (given, least) = (humantime::format_duration(given), humantime::format_duration(least));
    Err(format!("{option} {given} is less than {least}"))
}
