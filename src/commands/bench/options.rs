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
    /// Measure how long the linearizability checker takes on histories of all sizes and sorts
    Check(CheckOptions),
    /// Measure what delays between nodes cost: those of a slow minority, and those of all
    Delay(DelayOptions),
    /// Measure what the proxies between the nodes of a test cost as long as they only hand messages on
    Proxies(ProxiesOptions),
}

/// Options of every measurement.
#[derive(Debug, Args)]
pub struct CommonOptions {
    /// Where the nodes' data is, until the end; it decides which disk is measured
    #[arg(long, value_name = "DIR", default_value = "runs")]
    pub data: PathBuf,
    /// What is drawn at random is drawn from this: keys, values, timeouts, the moments of crashes; drawn itself if left out
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// How to print the result
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: Format,
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
    #[command(flatten)]
    pub common: CommonOptions,
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
    #[command(flatten)]
    pub common: CommonOptions,
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
    #[command(flatten)]
    pub common: CommonOptions,
}

/// Options of `bench delay`.
#[derive(Debug, Args)]
pub struct DelayOptions {
    /// How many nodes; the largest minority of them is slow for a while
    #[arg(long, value_name = "N", default_value = "5")]
    pub nodes: usize,
    /// How much longer every message from or to a slow node takes
    #[arg(long, value_name = "DURATION", default_value = "500ms")]
    pub slow_by: Span,
    /// How many clients write while a minority is slow
    #[arg(long, value_name = "N", default_value = "16")]
    pub clients: usize,
    /// How much longer every message takes, afterwards, for a single client; separated by commas, measured one after the other
    #[arg(long, value_name = "DURATIONS", value_delimiter = ',', default_value = "10ms,25ms,50ms")]
    pub delays: Vec<Span>,
    /// How long each measurement takes, after a warm-up of a fifth of it
    #[arg(long, value_name = "DURATION", default_value = "5s")]
    pub duration: Span,
    /// The length of the values
    #[arg(long, value_name = "N", default_value = "256")]
    pub value_bytes: usize,
    /// How often a minority is slow; shown are medians
    #[arg(long, value_name = "N", default_value = "3")]
    pub rounds: usize,
    #[command(flatten)]
    pub common: CommonOptions,
}

/// Options of `bench proxies`.
#[derive(Debug, Args)]
pub struct ProxiesOptions {
    /// How many nodes
    #[arg(long, value_name = "N", default_value = "5")]
    pub nodes: usize,
    /// How many clients, each with a connection of its own; separated by commas, measured one after the other
    #[arg(long, value_name = "NUMBERS", value_delimiter = ',', default_value = "1,16")]
    pub clients: Vec<usize>,
    /// How long each measurement takes, after a warm-up of a fifth of it
    #[arg(long, value_name = "DURATION", default_value = "2s")]
    pub duration: Span,
    /// The length of the values
    #[arg(long, value_name = "N", default_value = "256")]
    pub value_bytes: usize,
    /// How often everything is measured; shown are medians
    #[arg(long, value_name = "N", default_value = "5")]
    pub rounds: usize,
    #[command(flatten)]
    pub common: CommonOptions,
}

/// Options of `bench check`.
#[derive(Debug, Args)]
pub struct CheckOptions {
    /// How many operations a history has; separated by commas, measured one after the other
    #[arg(long, value_name = "NUMBERS", value_delimiter = ',', default_value = "10000,100000,1000000")]
    pub operations: Vec<u64>,
    /// How often each history is judged; shown are medians
    #[arg(long, value_name = "N", default_value = "5")]
    pub rounds: usize,
    /// What the histories are drawn from
    #[arg(long, value_name = "N", default_value = "1")]
    pub seed: u64,
    /// Also judge the recorded histories that DIR/verdicts.tsv lists: file, form, model, initial value and verdict, tab-separated
    #[arg(long, value_name = "DIR")]
    pub histories: Option<PathBuf>,
    /// How to print the result
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: Format,
}

impl CheckOptions {
    /// Why these options cannot be, in a sentence.
    pub fn check(&self) -> Result<(), String> {
        const OPERATIONS_MAX: u64 = 100_000_000;
        if self.rounds == 0 {
            return Err("--rounds 0 measures nothing".to_owned());
        }
        match self.operations.iter().find(|number| !(1..=OPERATIONS_MAX).contains(*number)) {
            Some(number) => Err(format!("--operations {number} is not between 1 and {OPERATIONS_MAX}")),
            None => Ok(()),
        }
    }
}

impl SpeedOptions {
    /// Why these options cannot be, in a sentence.
    pub fn check(&self) -> Result<(), String> {
        self.clients.iter().try_for_each(|&number| check_clients(number))?;
        check_value_bytes(self.value_bytes)?;
        if self.rounds == Some(0) {
            return Err("--rounds 0 measures nothing".to_owned());
        }
        check_duration(self.duration)
    }
}

impl ProxiesOptions {
    /// Why these options cannot be, in a sentence.
    pub fn check(&self) -> Result<(), String> {
        self.clients.iter().try_for_each(|&number| check_clients(number))?;
        check_value_bytes(self.value_bytes)?;
        if self.rounds == 0 {
            return Err("--rounds 0 measures nothing".to_owned());
        }
        if self.nodes < 2 {
            return Err(format!("--nodes {}: there are no proxies between fewer than two nodes", self.nodes));
        }
        check_duration(self.duration)
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
        if let Some(&SpanRange(min, max)) = self.spread.iter().find(|SpanRange(_, max)| *max > self.limit.0) {
            let (spread, limit) = (format!("{}..{}", Span(min), Span(max)), self.limit);
            return Err(format!("--spread {spread}: nobody waits for an election longer than --limit {limit}"));
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

impl DelayOptions {
    /// Why these options cannot be, in a sentence.
    pub fn check(&self) -> Result<(), String> {
        // Who is slower than the shortest election timeout is not slow, but lost.
        const DELAY_MAX: Duration = Duration::from_millis(500);
        check_clients(self.clients)?;
        check_value_bytes(self.value_bytes)?;
        if self.rounds == 0 {
            return Err("--rounds 0 measures nothing".to_owned());
        }
        if self.nodes < 3 {
            return Err(format!("--nodes {}: of fewer than three nodes no minority can be slow", self.nodes));
        }
        let delays = self.delays.iter().map(|delay| ("--delays", delay)).chain([("--slow-by", &self.slow_by)]);
        for (option, &Span(delay)) in delays {
            at_least(option, delay, Duration::from_millis(1))?;
            if delay > DELAY_MAX {
                let (delay, most) = (humantime::format_duration(delay), humantime::format_duration(DELAY_MAX));
                return Err(format!("{option} {delay} is more than {most}"));
            }
        }
        check_duration(self.duration)
    }
}

fn check_clients(number: usize) -> Result<(), String> {
    const CLIENTS_MAX: usize = 1024;
    match (1..=CLIENTS_MAX).contains(&number) {
        true => Ok(()),
        false => Err(format!("--clients {number} is not between 1 and {CLIENTS_MAX}")),
    }
}

fn check_duration(duration: Span) -> Result<(), String> {
    // Processor time is counted in hundredths of a second: what is shorter measures that.
    at_least("--duration", duration.0, Duration::from_millis(100))
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
