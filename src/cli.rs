//! The command line, as clap sees it.

use crate::{
    config::{self, Span, SpanRange},
    exit::Exit,
    registry,
};
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use harness::{checker::Budget, nemesis::Targets};
use node::server::ByteSize;
use std::path::PathBuf;

/// Takes a replicated system through the rapids: starts a real cluster on this machine, injects faults, and proves from what
/// clients saw whether it kept its promises.
#[derive(Debug, Parser)]
#[command(name = "whitewater", version, after_help = Exit::table(), max_term_width = 120)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

/// The command line, with what only other files know: the default of each setting, and the names that can be chosen.
pub fn command() -> clap::Command {
    let names = registry::kinds()
        .into_iter()
        .filter(|(kind, _)| !["shapes", "targets", "checkers", "models"].contains(kind))
        .map(|(kind, names)| {
            let names: Vec<_> = names.iter().map(|(name, _)| name).collect();
            format!("  {kind}: {}\n", names.join(", "))
        });
    let names = format!("Names (`whitewater list` says more):\n{}\n{}", names.collect::<String>(), Exit::table());
    let models: String = registry::models().iter().map(|(name, summary)| format!("  {name:14}  {summary}\n")).collect();
    let models = format!("Models:\n{models}\n{}", Exit::table());
    let command = Cli::command().mut_subcommand("check", |check| check.after_help(models));
    command.mut_subcommand("test", |test| {
        config::defaults()
            .into_iter()
            .filter(|(_, default)| default != "false")
            .fold(test, |test, (setting, default)| {
                test.mut_arg(setting, |option| {
                    let help = option.get_help().map(ToString::to_string).unwrap_or_default();
                    option.help(format!("{help} [default: {default}]"))
                })
            })
            .after_help(names)
    })
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a test: a cluster, clients, faults, a verdict, a report
    Test(TestOptions),
    /// Measure speed, alone or beside etcd, and the time to replace a crashed leader
    Bench(crate::commands::bench::BenchOptions),
    /// Judge recorded histories, without a cluster
    Check(CheckOptions),
    /// Write a history down in another form, for other checkers to judge
    Export(ExportOptions),
    /// Make a history of registers, correct or provably wrong, so that checkers can be compared
    GenerateHistory(GenerateOptions),
    /// Do what a run did again, to see how often its verdict comes back
    Replay(ReplayOptions),
    /// Find a smallest schedule that still shows a run's violation
    Shrink(ShrinkOptions),
    /// Run the seeded bugs: how often, how soon and by whom each is found, beside the correct node
    Bugs(BugsOptions),
    /// Render a run's report again
    Report(ReportOptions),
    /// Show what can be chosen: workloads, nemeses, shapes, targets, systems, checkers, models, bugs
    List(ListOptions),
    /// Print every setting with its default, as a file for --config
    Config,
    /// Run one node
    #[command(hide = true)]
    Node(node::server::Arguments),
}

/// Options of `test`. What is left out comes from --config, or else from the defaults that `whitewater config` prints.
// A negative number is a bad value, and not an unknown option.
#[derive(Debug, Args)]
#[command(allow_negative_numbers = true)]
pub struct TestOptions {
    /// The system under test
    #[arg(long, value_name = "NAME")]
    pub system: Option<String>,
    /// What clients do
    #[arg(long, value_name = "NAME")]
    pub workload: Option<String>,
    /// The faults to inject, separated by commas; `none` for none, `all` for all, `swarm` for some that the seed draws
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub nemesis: Option<Vec<String>>,
    /// A schedule of faults, as JSON or TOML, to inject instead of those that a nemesis draws
    #[arg(long, value_name = "FILE")]
    pub schedule: Option<PathBuf>,
    /// How many nodes
    #[arg(long, value_name = "N")]
    pub nodes: Option<usize>,
    /// How many clients at a time
    #[arg(long, value_name = "N")]
    pub concurrency: Option<usize>,
    /// Operations a second to attempt, over all clients; 0: as many as they can
    #[arg(long, value_name = "N")]
    pub rate: Option<f64>,
    /// How long clients work under faults
    #[arg(long, value_name = "DURATION")]
    pub time_limit: Option<Span>,
    /// How long a client waits before an outcome counts as unknown
    #[arg(long, value_name = "DURATION")]
    pub operation_timeout: Option<Span>,
    /// The mean time from one fault of a nemesis to its next
    #[arg(long, value_name = "DURATION")]
    pub nemesis_interval: Option<Span>,
    /// How long a fault lasts on average; half of the interval if left out
    #[arg(long, value_name = "DURATION")]
    pub nemesis_duration: Option<Span>,
    /// How severe the faults are that are drawn, from 0, as mild as they can be, to 1, up to the most severe
    #[arg(long, value_name = "SHARE")]
    pub nemesis_intensity: Option<f64>,
    /// Allow faults that leave no good copy of what was committed, such as a majority that is wiped; losses are expected then
    #[arg(long)]
    pub beyond_contract: bool,
    /// Heal only a majority in the end, and leave everything else as broken as the last faults left it
    #[arg(long)]
    pub leave_broken: bool,
    /// Judge while clients work, and end the workload as soon as a violation is seen
    #[arg(long)]
    pub fail_fast: bool,
    /// How long the healed cluster may take to serve again
    #[arg(long, value_name = "DURATION")]
    pub recovery: Option<Span>,
    /// The range of the nodes' election timeouts
    #[arg(long, value_name = "MIN..MAX")]
    pub election_timeout: Option<SpanRange>,
    /// The time between a leader's heartbeats
    #[arg(long, value_name = "DURATION")]
    pub heartbeat: Option<Span>,
    /// How much log a node applies before a snapshot takes its place
    #[arg(long, value_name = "BYTES")]
    pub snapshot_bytes: Option<ByteSize>,
    /// How the nodes make reads linearizable: `index`, `lease` or `log`
    #[arg(long, value_name = "MODE")]
    pub reads: Option<String>,
    /// How many leaders may be elected while clients work; more fail a gate. As many as it takes if left out
    #[arg(long, value_name = "N")]
    pub max_elections: Option<u64>,
    /// What everything random comes from; drawn and printed if left out
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Mistakes to switch on in the nodes, separated by commas
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub bug: Option<Vec<String>>,
    /// A file of settings
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The folder in which run folders, and the link `latest`, are made
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// How to print the verdict
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: Format,
}

/// Options of `check`.
#[derive(Debug, Args)]
pub struct CheckOptions {
    /// Histories: JSON lines as runs write them, EDN, a JSON array of operation maps, or Jepsen's log lines
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// What the operations act on: one of the models below
    #[arg(long, value_name = "NAME", default_value = "cas-register")]
    pub model: String,
    /// What it holds at first, in JSON; `null` is no value, 0, free or empty
    #[arg(long, value_name = "VALUE", default_value = "null")]
    pub initial: String,
    /// How many search steps each key may take, a few million a second, before the verdict is `unknown`
    #[arg(long, value_name = "STEPS", default_value_t = Budget::default().steps, value_parser = clap::value_parser!(u64).range(1..))]
    pub budget: u64,
    /// How to print the verdict
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: Format,
}

/// Options of `export`.
#[derive(Debug, Args)]
pub struct ExportOptions {
    /// The run's folder, or a history
    #[arg(value_name = "RUN|FILE")]
    pub from: PathBuf,
    /// The form
    #[arg(long, value_name = "FORM", default_value = "edn")]
    pub format: ExportForm,
    /// Where to write it [default: standard output]
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Only the operations on this key, and without it: for checkers that know one register only
    #[arg(long, value_name = "KEY")]
    pub key: Option<String>,
}

/// A form that a history can be written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum ExportForm {
    /// Jepsen's operation maps, one a line, as Knossos and Elle read them.
    Edn,
}

/// Options of `generate-history`.
#[derive(Debug, Args)]
#[command(allow_negative_numbers = true)]
pub struct GenerateOptions {
    /// How many operations
    #[arg(long, value_name = "N", default_value = "1000")]
    pub ops: u64,
    /// Over how many keys
    #[arg(long, value_name = "N", default_value = "10", value_parser = clap::value_parser!(u32).range(1..=100_000_000))]
    pub keys: u32,
    /// By how many clients at a time
    #[arg(long, value_name = "N", default_value = "10", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub clients: u32,
    /// The share of operations of which nobody learns the outcome
    #[arg(long, value_name = "SHARE", default_value = "0")]
    pub unknown: f64,
    /// The share of reads
    #[arg(long, value_name = "SHARE", default_value = "0.5")]
    pub read_fraction: f64,
    /// The share of compare-and-sets; the rest are writes
    #[arg(long, value_name = "SHARE", default_value = "0")]
    pub cas_fraction: f64,
    /// Write so many values again and again; if left out, no value is written twice
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1_000_000_000))]
    pub values: Option<u64>,
    /// Let failed compare-and-sets not say what they met
    #[arg(long)]
    pub hide_found: bool,
    /// What shall be wrong, once: stale-read, lost-write, phantom-read, future-read or double-cas
    #[arg(long, value_name = "WHAT")]
    pub inject: Option<String>,
    /// What everything random comes from
    #[arg(long, value_name = "N", default_value = "1")]
    pub seed: u64,
    /// Where to write it; to standard output if left out
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// Options of `replay`.
#[derive(Debug, Args)]
#[command(after_help = format!("The exit code is the worst of the runs': the first of 1, 130, 255, 2, 3, 4, 0.\n\n{}", Exit::table()))]
pub struct ReplayOptions {
    /// The run's folder, or `latest`
    #[arg(value_name = "RUN")]
    pub run: PathBuf,
    /// How many times
    #[arg(long, value_name = "N", default_value = "1", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub times: u32,
    /// Whom the faults hit
    #[arg(long, value_name = "WHOM", default_value = "recorded")]
    pub targets: ReplayTargets,
    /// The folder in which run folders, and the link `latest`, are made; that of RUN if left out
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// Whom the faults of a replay hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ReplayTargets {
    /// Those who were hit in the run
    Recorded,
    /// Those who have the role at the moment, such as the leader
    Anew,
}

impl From<ReplayTargets> for Targets {
    fn from(targets: ReplayTargets) -> Targets {
        match targets {
            ReplayTargets::Recorded => Targets::Recorded,
            ReplayTargets::Anew => Targets::Anew,
        }
    }
}

/// Options of `shrink`.
#[derive(Debug, Args)]
#[command(after_help = format!(
    "The exit code is that of a run which shows the violation, 1 or 3; 4 if it did not come back.\n\n{}",
    Exit::table()
))]
pub struct ShrinkOptions {
    /// The run's folder, or `latest`
    #[arg(value_name = "RUN")]
    pub run: PathBuf,
    /// The violated property to look for, such as `Linearizability`; if left out, the one that comes back most often
    #[arg(long, value_name = "NAME")]
    pub property: Option<String>,
    /// How long to search
    #[arg(long, value_name = "DURATION", default_value = "3m")]
    pub budget: Span,
    /// How many trials go on at a time [default: two for each processor, or one if clients go as fast as they can]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    pub jobs: Option<u16>,
    /// The folder in which the folder with the result is made; that of RUN if left out
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// How to print the result
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: Format,
}

/// Options of `bugs`.
#[derive(Debug, Args)]
#[command(after_help = format!(
    "The exit code is 4 if a bug was never found, unless the correct node did worse.\n\n{}",
    Exit::table()
))]
pub struct BugsOptions {
    /// Which, separated by commas; all if left out
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub bug: Vec<String>,
    /// Only the recipes with these workloads, separated by commas; all if left out
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub workload: Vec<String>,
    /// How many runs of each, and of the correct node
    #[arg(long, value_name = "N", default_value = "10", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub times: u32,
    /// The seed of the first run; the next has the next
    #[arg(long, value_name = "N", default_value = "1")]
    pub seed: u64,
    /// How many times to replay the first run that shows each, with the faults that it had
    #[arg(long, value_name = "N", default_value = "0", value_parser = clap::value_parser!(u32).range(0..=1000))]
    pub replays: u32,
    /// How many runs go on at a time
    #[arg(long, value_name = "N", default_value = "1", value_parser = clap::value_parser!(u16).range(1..=64))]
    pub jobs: u16,
    /// The folder in which the folder with the runs is made
    #[arg(long, value_name = "DIR", default_value = "runs")]
    pub out: PathBuf,
    /// How to print the table
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: Format,
}

/// Options of `report`.
#[derive(Debug, Args)]
pub struct ReportOptions {
    /// The run's folder
    #[arg(value_name = "RUN", default_value = "runs/latest")]
    pub run: PathBuf,
}

/// Options of `list`.
#[derive(Debug, Args)]
pub struct ListOptions {
    /// Of what; everything if left out
    #[arg(value_name = "KIND")]
    pub kind: Option<String>,
    /// How to print it
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: Format,
}

/// How to print a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Human,
    /// For programs.
    Json,
}
