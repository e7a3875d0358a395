//! `whitewater bench restart`: how long a follower that was killed takes to be back, and how much memory nodes hold.

use super::{
    options::RestartOptions,
    place::Place,
    plan,
    speed::{ELECTION_TIMEOUT, HEARTBEAT, systems},
    table::spread,
};
use crate::{Failure, cli::Format, commands::print, exit::Exit};
use harness::bench::{Ground, Restart, Standing};
use serde::Serialize;

/// Everything that was measured, as `--format json` prints it.
#[derive(Debug, Serialize)]
struct Report {
    /// The version of this format: 1.
    version: u32,
    host: String,
    filesystem: String,
    nodes: usize,
    keys: u32,
    value_bytes: usize,
    systems: Vec<Row>,
}

/// One system.
#[derive(Debug, Serialize)]
struct Row {
    system: String,
    version: String,
    /// Restarts, round by round. Rounds of several systems belong together.
    restarts: Vec<Restart>,
}

/// Fills clusters, kills followers, and prints a table.
pub async fn run(options: &RestartOptions) -> Result<Exit, Failure> {
    options.check().map_err(Failure::bad_input)?;
    let test = plan(options.nodes, ELECTION_TIMEOUT, HEARTBEAT, options.common.seed)?;
    let place = Place::make(&options.common.data)?;
    let (mut standing, mut rows) = (Vec::new(), Vec::new());
    let ground = Ground { keys: options.keys, value_bytes: options.value_bytes, has_proxies: false };
    for (target, version) in systems(&test, options.against)? {
        let system = target.name().to_owned();
        eprintln!("{system}: writing {} keys", options.keys);
        let started = Standing::start(target, &test, &place.of(&system), ground).await;
        standing.push(started.map_err(Failure::trouble)?);
        rows.push(Row { system, version, restarts: Vec::new() });
    }
    for round in 1..=options.rounds {
        for (standing, row) in standing.iter().zip(&mut rows) {
            let restart = standing.restart_follower().await.map_err(Failure::trouble)?;
            let (time, memory) = (restart.time_ms, mib(restart.resident_bytes_after));
            eprintln!("round {round}/{}  {:<10}  {time:>8.0} ms  {memory:.0} MiB", options.rounds, row.system);
            row.restarts.push(restart);
        }
    }
    for standing in standing {
        standing.stop().await;
    }
    let report = Report {
        version: 1,
        host: test.host,
        filesystem: place.filesystem().to_owned(),
        nodes: options.nodes,
        keys: options.keys,
        value_bytes: options.value_bytes,
        systems: rows,
    };
    match options.common.format {
        Format::Human => print(&report.table()),
        Format::Json => print(&serde_json::to_string(&report).map_err(Failure::trouble)?),
    }
    Ok(Exit::Valid)
}

fn mib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

impl Report {
    fn table(&self) -> String {
        let Report { host, filesystem, nodes, keys, value_bytes, .. } = self;
        let systems: Vec<String> = self.systems.iter().map(|row| format!("{} {}", row.system, row.version)).collect();
        let mut text = format!(
            "time from the start of a follower that was killed until it serves a linearizable read\n{}\n\
             {nodes} nodes on {filesystem}, {keys} keys with values of {value_bytes} bytes; {host}\n\n{:<12}{:>32}{:>14}{:>14}\n",
            systems.join(" and "),
            "",
            "restart ms (lowest–highest)",
            "MiB before",
            "MiB after",
        );
        for row in &self.systems {
            let of = |number: fn(&Restart) -> f64| spread(row.restarts.iter().map(number));
            let [low, median, high] = of(|restart| restart.time_ms);
            let [_, before, _] = of(|restart| mib(restart.resident_bytes_before));
            let [_, after, _] = of(|restart| mib(restart.resident_bytes_after));
            let time = format!("{median:.0} ({low:.0}–{high:.0})");
            text += &format!("{:<12}{time:>32}{before:>14.0}{after:>14.0}\n", row.system);
        }
        if let [ours, theirs] = &self.systems[..] {
            let pairs = ours.restarts.iter().zip(&theirs.restarts);
            let [low, median, high] = spread(pairs.map(|(ours, theirs)| ours.time_ms / theirs.time_ms));
            let ratio = format!("{median:.2}× ({low:.2}–{high:.2})");
            text += &format!("{:<12}{ratio:>32}\n", "ratio");
        }
        text + "\nmemory: what the follower held (VmRSS) before it was killed, and when it served the read\n"
    }
}
