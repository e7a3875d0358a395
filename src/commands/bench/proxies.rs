//! `whitewater bench proxies`: what the proxies cost that stand between the nodes of a test, as long as they do no more than hand
//! messages on. Two clusters stand side by side, one with proxies and one without, and take turns at each load.

use super::{
    options::ProxiesOptions,
    place::Place,
    plan,
    speed::{ELECTION_TIMEOUT, HEARTBEAT, KEYS},
    table::spread,
};
use crate::{Failure, cli::Format, commands::print, exit::Exit};
use harness::bench::{Ground, Load, Measurement, Operation, Standing, Target};
use serde::Serialize;

/// Everything that was measured, as `--format json` prints it.
#[derive(Debug, Serialize)]
struct Report {
    /// The version of this format: 1.
    version: u32,
    host: String,
    filesystem: String,
    nodes: usize,
    value_bytes: usize,
    duration_ms: u64,
    rounds: usize,
    rows: Vec<Row>,
}

/// One load. Rounds with and without proxies belong together.
#[derive(Debug, Serialize)]
struct Row {
    operation: Operation,
    clients: usize,
    without_proxies: Vec<Measurement>,
    with_proxies: Vec<Measurement>,
}

/// Measures, and prints a table.
pub async fn run(options: &ProxiesOptions) -> Result<Exit, Failure> {
    options.check().map_err(Failure::bad_input)?;
    let test = plan(options.nodes, ELECTION_TIMEOUT, HEARTBEAT, options.common.seed)?;
    let place = Place::make(&options.common.data)?;
    let mut standing = Vec::new();
    for (folder, has_proxies) in [("without-proxies", false), ("with-proxies", true)] {
        let ground = Ground { keys: KEYS, value_bytes: options.value_bytes, has_proxies };
        let started = Standing::start(Target::Raft, &test, &place.of(folder), ground).await;
        standing.push(started.map_err(Failure::trouble)?);
    }
    let rows = measure(options, test.seed, &standing).await?;
    for standing in standing {
        standing.stop().await;
    }
    let report = Report {
        version: 1,
        host: test.host,
        filesystem: place.filesystem().to_owned(),
        nodes: options.nodes,
        value_bytes: options.value_bytes,
        duration_ms: options.duration.0.as_millis() as u64,
        rounds: options.rounds,
        rows,
    };
    match options.common.format {
        Format::Human => print(&report.table()),
        Format::Json => print(&serde_json::to_string(&report).map_err(Failure::trouble)?),
    }
    Ok(Exit::Valid)
}

async fn measure(options: &ProxiesOptions, seed: u64, standing: &[Standing]) -> Result<Vec<Row>, Failure> {
    let mut rows: Vec<Row> = [Operation::Put, Operation::Get]
        .into_iter()
        .flat_map(|operation| options.clients.iter().map(move |&clients| (operation, clients)))
        .map(|(operation, clients)| Row { operation, clients, without_proxies: vec![], with_proxies: vec![] })
        .collect();
    let (rounds, duration) = (options.rounds, options.duration.0);
    for round in 1..=rounds {
        for row in &mut rows {
            let (operation, connections) = (row.operation, row.clients);
            let seed = seed.wrapping_add(round as u64);
            let load = Load { operation, connections, warm_up: duration / 5, duration, seed };
            // Whoever comes first in one round comes last in the next: what changes slowly then hits both.
            for turn in 0..2 {
                let place = (round + turn) % 2;
                let found = load.drive(&standing[place]).await.map_err(Failure::trouble)?;
                if place == 0 { &mut row.without_proxies } else { &mut row.with_proxies }.push(found);
            }
            let last = |found: &[Measurement]| {
                found.last().map_or((0.0, 0.0), |found| (found.throughput, found.latency_ms_p50))
            };
            let ((without, without_p50), (with, with_p50)) = (last(&row.without_proxies), last(&row.with_proxies));
            eprintln!(
                "round {round}/{rounds}  {operation}  {connections:>4} clients  {without:.0}/s p50 {without_p50:.3} ms  with proxies {with:.0}/s p50 {with_p50:.3} ms"
            );
        }
    }
    Ok(rows)
}

impl Report {
    fn table(&self) -> String {
        let Report { host, filesystem, nodes, value_bytes, rounds, .. } = self;
        let seconds = self.duration_ms as f64 / 1e3;
        let mut text = format!(
            "what the proxies between {nodes} nodes cost without faults; {filesystem}, values of {value_bytes} bytes; {host}\n\
             medians of {rounds} rounds of {seconds} s each, in turns; in parentheses the lowest and the highest\n\n\
             {:<8}{:>8}{:>24}{:>24}{:>24}{:>26}{:>22}\n",
            "",
            "clients",
            "ops/s without",
            "ops/s with",
            "throughput lost %",
            "median latency more, µs",
            "CPU more, µs/op",
        );
        for Row { operation, clients, without_proxies, with_proxies } in &self.rows {
            let cell = |[low, median, high]: [f64; 3], width: usize, digits: usize| {
                format!("{:>width$}", format!("{median:.digits$} ({low:.digits$}–{high:.digits$})"))
            };
            let pairs = || without_proxies.iter().zip(with_proxies);
            let lost = spread(pairs().map(|(without, with)| 100.0 * (1.0 - with.throughput / without.throughput)));
            let more = spread(pairs().map(|(without, with)| 1e3 * (with.latency_ms_p50 - without.latency_ms_p50)));
            // The proxies run in the process of the clients.
            let cpu = |found: &Measurement| found.server_cpu_us + found.client_cpu_us;
            let spent = spread(pairs().map(|(without, with)| cpu(with) - cpu(without)));
            let throughput = |found: &[Measurement]| spread(found.iter().map(|found| found.throughput));
            text += &format!("{:<8}{clients:>8}", format!("{operation}s"));
            text += &cell(throughput(without_proxies), 24, 0);
            text += &cell(throughput(with_proxies), 24, 0);
            text += &format!("{}{}{}\n", cell(lost, 24, 1), cell(more, 26, 0), cell(spent, 22, 0));
        }
        text + "\nlost and more: of the two clusters in the same round; CPU: processor time of nodes, clients and proxies\n"
    }
}
