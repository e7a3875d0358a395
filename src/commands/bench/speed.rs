//! `whitewater bench`: puts and linearizable gets, at each number of clients; in turns with another system, if there is one.

use super::{
    options::{Rival, SpeedOptions},
    place::Place,
    plan, table,
};
use crate::{Failure, cli::Format, commands::print, config::SpanRange, exit::Exit};
use harness::{
    bench::{Ground, Load, Measurement, Operation, Standing, Target},
    system::etcd::EtcdSystem,
    test::Test,
};
use serde::Serialize;
use std::{io, time::Duration};

/// etcd's own defaults: a busy machine must not be taken for a dead leader while speed is measured.
pub const HEARTBEAT: Duration = Duration::from_millis(100);
/// Likewise.
pub const ELECTION_TIMEOUT: SpanRange = SpanRange(Duration::from_millis(1000), Duration::from_millis(2000));
/// So many that every client has its own, mostly, and so few that they are all there in a moment.
pub const KEYS: u32 = 10_000;
const ROUNDS: usize = 1;
const ROUNDS_BESIDE: usize = 3;

/// Everything that was measured, as `--format json` prints it.
#[derive(Debug, Serialize)]
pub struct Report {
    /// The version of this format: 1.
    version: u32,
    /// The machine.
    pub host: String,
    /// The file system of the nodes' data.
    pub filesystem: String,
    /// What was measured, with its version.
    pub systems: Vec<(String, String)>,
    pub nodes: usize,
    pub value_bytes: usize,
    pub duration_ms: u64,
    pub rounds: usize,
    seed: u64,
    pub rows: Vec<Row>,
}

/// One system at one load.
#[derive(Debug, Serialize)]
pub struct Row {
    pub operation: Operation,
    pub connections: usize,
    pub system: String,
    /// What was measured, round by round. Rounds of several systems belong together.
    pub rounds: Vec<Measurement>,
}

/// Measures, and prints a table.
pub async fn run(options: &SpeedOptions) -> Result<Exit, Failure> {
    options.check().map_err(Failure::bad_input)?;
    let test = plan(options.nodes, ELECTION_TIMEOUT, HEARTBEAT, options.common.seed)?;
    let systems = systems(&test, options.against)?;
    let rounds = options.rounds.unwrap_or(if systems.len() > 1 { ROUNDS_BESIDE } else { ROUNDS });

    let place = Place::make(&options.common.data)?;
    let mut standing = Vec::new();
    let ground = Ground { keys: KEYS, value_bytes: options.value_bytes, has_proxies: false };
    for (target, _) in &systems {
        let run = place.of(target.name());
        let started = Standing::start(*target, &test, &run, ground).await;
        standing.push(started.map_err(Failure::trouble)?);
    }
    let rows = measure(options, rounds, test.seed, &standing).await?;
    for standing in standing {
        standing.stop().await;
    }

    let report = Report {
        version: 1,
        host: test.host,
        filesystem: place.filesystem().to_owned(),
        systems: systems.into_iter().map(|(target, version)| (target.name().to_owned(), version)).collect(),
        nodes: options.nodes,
        value_bytes: options.value_bytes,
        duration_ms: options.duration.0.as_millis() as u64,
        rounds,
        seed: test.seed,
        rows,
    };
    match options.common.format {
        Format::Human => print(&table::speed(&report)),
        Format::Json => print(&serde_json::to_string(&report).map_err(Failure::trouble)?),
    }
    Ok(Exit::Valid)
}

/// All rounds. The systems take turns at every single load, so that whatever else the machine does hits them all.
async fn measure(options: &SpeedOptions, rounds: usize, seed: u64, standing: &[Standing]) -> Result<Vec<Row>, Failure> {
    let mut rows = Vec::new();
    for operation in [Operation::Put, Operation::Get] {
        for &connections in &options.clients {
            rows.extend(standing.iter().map(|standing| Row {
                operation,
                connections,
                system: standing.target.name().to_owned(),
                rounds: Vec::new(),
            }));
        }
    }
    for round in 1..=rounds {
        for (turn, row) in rows.iter_mut().enumerate() {
            let standing = &standing[turn % standing.len()];
            let Row { operation, connections, .. } = *row;
            let duration = options.duration.0;
            let load =
                Load { operation, connections, warm_up: duration / 5, duration, seed: seed.wrapping_add(round as u64) };
            let found = load.drive(standing).await.map_err(Failure::trouble)?;
            let (throughput, p50, cpu) = (found.throughput, found.latency_ms_p50, found.server_cpu_us);
            eprintln!(
                "round {round}/{rounds}  {operation}  {connections:>4} clients  {:<10}  {throughput:>7.0}/s  p50 {p50:.3} ms  {cpu:.0} µs",
                row.system
            );
            row.rounds.push(found);
        }
    }
    Ok(rows)
}

/// What is to be measured, with its version: ours, and the other one if there is one.
pub fn systems(test: &Test, against: Option<Rival>) -> Result<Vec<(Target, String)>, Failure> {
    let mut systems = vec![(Target::Raft, test.program_version.clone())];
    if against == Some(Rival::Etcd) {
        systems.push((Target::Etcd, etcd_version()?));
    }
    Ok(systems)
}

fn etcd_version() -> Result<String, Failure> {
    EtcdSystem::version().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Failure::bad_input(
            "--against etcd: there is no program `etcd` in the PATH; Debian's package `etcd-server` has it",
        ),
        _ => Failure::bad_input(format!("--against etcd: `etcd --version`: {error}")),
    })
}
