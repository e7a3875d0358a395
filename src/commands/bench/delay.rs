//! `whitewater bench delay`: what the network's delay costs. A slow minority should cost nothing, since the others are a quorum;
//! and where every message takes a while, a commit should take one round trip.

use super::{
    options::DelayOptions,
    place::Place,
    plan,
    speed::{ELECTION_TIMEOUT, HEARTBEAT, KEYS},
    table::spread,
};
use crate::{Failure, cli::Format, commands::print, config::Span, exit::Exit};
use harness::bench::{BenchError, Ground, Load, Measurement, Operation, Standing, Target};
use serde::Serialize;
use std::time::Duration;
use tokio::time::sleep;

/// Everything that was measured, as `--format json` prints it.
#[derive(Debug, Serialize)]
struct Report {
    /// The version of this format: 1.
    version: u32,
    host: String,
    filesystem: String,
    nodes: usize,
    value_bytes: usize,
    clients: usize,
    duration_ms: u64,
    minority: Minority,
    everywhere: Vec<Everywhere>,
}

/// Puts, while a minority is slow and while it is not, in turns.
#[derive(Debug, Serialize)]
struct Minority {
    slow_nodes: usize,
    slow_by_ms: f64,
    undisturbed: Vec<Measurement>,
    with_slow_nodes: Vec<Measurement>,
}

/// One client, while every message takes this much longer.
#[derive(Debug, Serialize)]
struct Everywhere {
    operation: Operation,
    delay_ms: f64,
    measured: Measurement,
}

/// Measures, and prints two tables.
pub async fn run(options: &DelayOptions) -> Result<Exit, Failure> {
    options.check().map_err(Failure::bad_input)?;
    let test = plan(options.nodes, ELECTION_TIMEOUT, HEARTBEAT, options.common.seed)?;
    let place = Place::make(&options.common.data)?;
    let run = place.of("whitewater");
    let ground = Ground { keys: KEYS, value_bytes: options.value_bytes, has_proxies: true };
    let standing = Standing::start(Target::Raft, &test, &run, ground).await.map_err(Failure::trouble)?;
    let minority = minority(options, test.seed, &standing).await.map_err(Failure::trouble)?;
    let everywhere = everywhere(options, test.seed, &standing).await.map_err(Failure::trouble)?;
    standing.stop().await;
    let report = Report {
        version: 1,
        host: test.host,
        filesystem: place.filesystem().to_owned(),
        nodes: options.nodes,
        value_bytes: options.value_bytes,
        clients: options.clients,
        duration_ms: options.duration.0.as_millis() as u64,
        minority,
        everywhere,
    };
    match options.common.format {
        Format::Human => print(&report.tables()),
        Format::Json => print(&serde_json::to_string(&report).map_err(Failure::trouble)?),
    }
    Ok(Exit::Valid)
}

async fn minority(options: &DelayOptions, seed: u64, standing: &Standing) -> Result<Minority, BenchError> {
    let (slow_nodes, slow_by) = ((options.nodes - 1) / 2, options.slow_by.0);
    let (mut undisturbed, mut with_slow_nodes) = (Vec::new(), Vec::new());
    for round in 1..=options.rounds {
        let load = load(options, Operation::Put, options.clients, seed.wrapping_add(round as u64));
        undisturbed.push(load.drive(standing).await?);
        let followers = standing.followers().await?;
        let delay = standing.delay(&followers[..slow_nodes], slow_by);
        // Until what was on its way at the beginning has arrived.
        sleep(2 * slow_by).await;
        with_slow_nodes.push(load.drive(standing).await?);
        standing.undo(delay);
        sleep(2 * slow_by).await;
        let p99 = |measured: &[Measurement]| measured.last().map_or(f64::NAN, |measured| measured.latency_ms_p99);
        let (before, after) = (p99(&undisturbed), p99(&with_slow_nodes));
        eprintln!("round {round}/{}  p99 {before:.2} ms  with {slow_nodes} slow nodes {after:.2} ms", options.rounds);
    }
    Ok(Minority { slow_nodes, slow_by_ms: ms(slow_by), undisturbed, with_slow_nodes })
}

async fn everywhere(options: &DelayOptions, seed: u64, standing: &Standing) -> Result<Vec<Everywhere>, BenchError> {
    let mut rows = Vec::new();
    for operation in [Operation::Put, Operation::Get] {
        for Span(delay) in [Span(Duration::ZERO)].iter().chain(&options.delays) {
            let rule = standing.delay(standing.nodes(), *delay);
            sleep(2 * *delay).await;
            let measured = load(options, operation, 1, seed).drive(standing).await?;
            standing.undo(rule);
            let (delay_ms, p50) = (ms(*delay), measured.latency_ms_p50);
            eprintln!("{operation}  delay {delay_ms} ms  p50 {p50:.2} ms");
            rows.push(Everywhere { operation, delay_ms, measured });
        }
    }
    Ok(rows)
}

fn load(options: &DelayOptions, operation: Operation, connections: usize, seed: u64) -> Load {
    let duration = options.duration.0;
    Load { operation, connections, warm_up: duration / 5, duration, seed }
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

impl Report {
    fn tables(&self) -> String {
        let Report { host, filesystem, nodes, value_bytes, clients, minority, .. } = self;
        let Minority { slow_nodes, slow_by_ms, undisturbed, with_slow_nodes } = minority;
        let seconds = self.duration_ms as f64 / 1e3;
        let mut text = format!(
            "{nodes} nodes on {filesystem}, reached through proxies, values of {value_bytes} bytes; {host}\n\n\
             puts by {clients} clients; every message from or to {slow_nodes} of {nodes} nodes takes {slow_by_ms} ms longer\n\
             medians of {} rounds of {seconds} s each; in parentheses the lowest and the highest\n\n{:<12}{:>26}{:>26}{:>26}\n",
            undisturbed.len(),
            "",
            "ops/s",
            "p50 ms",
            "p99 ms",
        );
        type Number = fn(&Measurement) -> f64;
        let numbers: [(Number, usize); 3] =
            [(|of| of.throughput, 0), (|of| of.latency_ms_p50, 2), (|of| of.latency_ms_p99, 2)];
        let cell = |[low, median, high]: [f64; 3], digits: usize, unit: &str| {
            format!("{:>26}", format!("{median:.digits$}{unit} ({low:.digits$}–{high:.digits$})"))
        };
        for (name, measured) in [("undisturbed", undisturbed), ("slow nodes", with_slow_nodes)] {
            let cells = numbers.map(|(number, digits)| cell(spread(measured.iter().map(number)), digits, ""));
            text += &format!("{name:<12}{}\n", cells.concat());
        }
        let ratios = numbers.map(|(number, _)| {
            let pairs = with_slow_nodes.iter().zip(undisturbed);
            cell(spread(pairs.map(|(with, without)| number(with) / number(without))), 2, "×")
        });
        text += &format!("{:<12}{}\n", "ratio", ratios.concat());

        text += "\none client; every message between nodes takes longer by the delay\n";
        text += &format!("\n{:<12}{:>12}{:>12}{:>16}\n", "", "delay ms", "p50 ms", "round trips");
        let mut without = f64::NAN;
        for Everywhere { operation, delay_ms, measured } in &self.everywhere {
            let p50 = measured.latency_ms_p50;
            let trips = match *delay_ms == 0.0 {
                true => {
                    without = p50;
                    "–".to_owned()
                }
                false => format!("{:.2}", (p50 - without) / (2.0 * delay_ms)),
            };
            text += &format!("{:<12}{delay_ms:>12}{p50:>12.2}{trips:>16}\n", operation.to_string());
        }
        text + "\nround trips: what the p50 is more than without a delay, in units of two delays\n"
    }
}
