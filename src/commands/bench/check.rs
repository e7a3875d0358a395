//! `whitewater bench check`: how long the checkers of linearizability and of transactions take, by the size and the sort of the
//! history.

use super::{
    histories::{self, Group},
    options::CheckOptions,
    table::spread,
};
use crate::{Failure, cli::Format, commands::print, exit::Exit, plan};
use harness::{
    bench::{Judging, forget_peak, peak_bytes},
    checker::{Budget, Verdict, transactions::judge},
    store::read_history,
    synthetic::{Injection, Recipe, Synthetic, TransactionRecipe, transactions},
};
use serde::Serialize;
use std::{io::Write as _, time::Instant};

/// Clients at a time.
const CLIENTS: u32 = 20;
/// The length of the history that is read from a file.
const READ_OPERATIONS: u64 = 100_000;

/// A sort of history.
struct Sort {
    name: &'static str,
    keys: u32,
    unknown: f64,
    cas: f64,
    values: Option<u64>,
    found: bool,
    injection: Option<Injection>,
    /// How many operations, if not as many as asked for.
    operations: Option<u64>,
}

const PLAIN: Sort = Sort {
    name: "reads and writes",
    keys: 100,
    unknown: 0.0,
    cas: 0.0,
    values: None,
    found: true,
    injection: None,
    operations: None,
};

const SORTS: [Sort; 11] = [
    PLAIN,
    Sort { name: "reads and writes", keys: 1, ..PLAIN },
    Sort { name: "5 % of unknown outcome", keys: 100, unknown: 0.05, ..PLAIN },
    Sort { name: "5 % of unknown outcome", keys: 1, unknown: 0.05, ..PLAIN },
    Sort { name: "20 % compare-and-sets", keys: 100, cas: 0.2, ..PLAIN },
    Sort { name: "20 % compare-and-sets", keys: 1, cas: 0.2, ..PLAIN },
    Sort { name: "the same, failures not saying what they met", keys: 1, cas: 0.2, found: false, ..PLAIN },
    Sort { name: "reads and writes, one stale read", keys: 100, injection: Some(Injection::StaleRead), ..PLAIN },
    Sort { name: "reads and writes of five values", keys: 100, values: Some(5), ..PLAIN },
    Sort { name: "reads and writes of five values", keys: 1, values: Some(5), operations: Some(1_000), ..PLAIN },
    // What stays hard.
    Sort {
        name: "five values, 5 % of unknown outcome",
        keys: 1,
        values: Some(5),
        unknown: 0.05,
        operations: Some(100_000),
        ..PLAIN
    },
];

/// The transactions: what Elle's own generator makes by default.
const KEYS: u32 = 10;
const APPENDS: usize = 32;
/// More of them would take minutes, and gigabytes.
const TRANSACTIONS_MAX: u64 = 1_000_000;

/// Everything that was measured, as `--format json` prints it.
#[derive(Debug, Serialize)]
struct Report {
    /// The version of this format: 1.
    version: u32,
    host: String,
    rounds: usize,
    clients: u32,
    rows: Vec<Row>,
    /// Histories that others recorded.
    recorded: Vec<Group>,
    /// JSON lines read per second.
    events_per_second_read: f64,
}

/// A history.
#[derive(Debug, Serialize)]
struct Row {
    sort: &'static str,
    keys: u32,
    /// Those that say something.
    operations: usize,
    verdict: Verdict,
    /// Why there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// Of each round.
    ms: Vec<f64>,
    /// What the process held at most while it judged, the history included.
    peak_bytes: u64,
}

/// Judges histories of each sort, and prints a table.
pub fn run(options: &CheckOptions) -> Result<Exit, Failure> {
    options.check().map_err(Failure::bad_input)?;
    let recorded = match &options.histories {
        Some(folder) => histories::measure(folder, options.rounds)?,
        None => Vec::new(),
    };
    let mut rows = Vec::new();
    for sort in &SORTS {
        for operations in sort.operations.map_or_else(|| options.operations.clone(), |operations| vec![operations]) {
            eprintln!("{operations} operations: {}, keys: {}", sort.name, sort.keys);
            rows.push(measure(sort, operations, options)?);
        }
    }
    for &count in options.operations.iter().filter(|count| **count <= TRANSACTIONS_MAX) {
        eprintln!("{count} transactions on lists, keys at a time: {KEYS}");
        rows.push(measure_transactions(count, options)?);
    }
    let report = Report {
        version: 1,
        host: plan::host(),
        rounds: options.rounds,
        clients: CLIENTS,
        rows,
        recorded,
        events_per_second_read: reading(options.seed)?,
    };
    match options.format {
        Format::Human => print(&report.table()),
        Format::Json => print(&serde_json::to_string(&report).map_err(Failure::trouble)?),
    }
    Ok(Exit::Valid)
}

fn recipe(sort: &Sort, operations: u64, seed: u64) -> Recipe {
    let Sort { keys, unknown, cas, values, found, injection, .. } = *sort;
    Recipe { operations, keys, clients: CLIENTS, unknown, reads: 0.5, cas, values, found, injection, seed }
}

fn measure(sort: &Sort, operations: u64, options: &CheckOptions) -> Result<Row, Failure> {
    let judging = Judging::new(recipe(sort, operations, options.seed));
    let (mut ms, mut verdict, mut reason) = (Vec::new(), Verdict::Unknown, None);
    forget_peak().map_err(Failure::trouble)?;
    for _ in 0..options.rounds {
        let judged = judging.judge(Budget::default());
        let judged = judged.map_err(|reason| Failure::trouble(std::io::Error::other(reason)))?;
        ms.push(judged.taken.as_secs_f64() * 1e3);
        (verdict, reason) = (judged.verdict, judged.reason);
    }
    let peak_bytes = peak_bytes(std::process::id()).map_err(Failure::trouble)?;
    Ok(Row { sort: sort.name, keys: sort.keys, operations: judging.operations(), verdict, reason, ms, peak_bytes })
}

fn measure_transactions(count: u64, options: &CheckOptions) -> Result<Row, Failure> {
    let (clients, seed) = (CLIENTS, options.seed);
    let recipe = TransactionRecipe { transactions: count, keys: KEYS, appends: APPENDS, clients, unknown: 0.01, seed };
    let history = transactions(recipe);
    let (mut ms, mut verdict) = (Vec::new(), Verdict::Unknown);
    forget_peak().map_err(Failure::trouble)?;
    for _ in 0..options.rounds {
        let start = Instant::now();
        verdict = judge(&history, Budget::default()).verdict();
        ms.push(start.elapsed().as_secs_f64() * 1e3);
    }
    let peak_bytes = peak_bytes(std::process::id()).map_err(Failure::trouble)?;
    let sort = "transactions of 1 to 4 on lists, 1 % unknown";
    Ok(Row { sort, keys: KEYS, operations: history.len(), verdict, reason: None, ms, peak_bytes })
}

/// How fast a file is read: events per second.
fn reading(seed: u64) -> Result<f64, Failure> {
    let path = std::env::temp_dir().join(format!("whitewater-{}.jsonl", std::process::id()));
    let write = || -> std::io::Result<()> {
        let mut file = std::io::BufWriter::new(std::fs::File::create(&path)?);
        for step in Synthetic::new(recipe(&PLAIN, READ_OPERATIONS, seed)) {
            serde_json::to_writer(&mut file, &step.event())?;
            file.write_all(b"\n")?;
        }
        file.flush()
    };
    let written = write();
    let start = Instant::now();
    let recorded = read_history(&path);
    let taken = start.elapsed().as_secs_f64();
    let _ = std::fs::remove_file(&path);
    written.map_err(Failure::trouble)?;
    match recorded.error {
        Some(error) => Err(Failure::trouble(error)),
        None => Ok(recorded.events as f64 / taken),
    }
}

impl Report {
    fn table(&self) -> String {
        let Report { host, rounds, clients, .. } = self;
        let mut text = format!(
            "judging histories that lie in memory, {clients} clients, half of the operations reads; {host}\n\
             medians of {rounds} rounds; in parentheses the lowest and the highest\n\
             growth: the time by n·log n, compared with the first history of the sort\n\n\
             {:<46}{:>6}{:>12}{:>26}{:>8}{:>10}{:>8}  verdict\n",
            "", "keys", "operations", "ns/op", "growth", "ms", "MiB"
        );
        let sort = |row: &Row| (row.sort, row.keys);
        for rows in self.rows.chunk_by(|a, b| sort(a) == sort(b)) {
            let by_n_log_n = |row: &Row| {
                let n = row.operations as f64;
                spread(row.ms.iter().copied())[1] / (n * (n + 1.0).log2())
            };
            for (i, row) in rows.iter().enumerate() {
                let (sort, keys) = if i == 0 { (row.sort, row.keys.to_string()) } else { ("", String::new()) };
                let [low, median, high] = spread(row.ms.iter().copied());
                let each = |ms: f64| ms * 1e6 / row.operations as f64;
                let time = format!("{:.0} ({:.0}–{:.0})", each(median), each(low), each(high));
                let growth = by_n_log_n(row) / by_n_log_n(&rows[0]);
                let mib = row.peak_bytes as f64 / f64::from(1 << 20);
                text += &format!(
                    "{sort:<46}{keys:>6}{:>12}{time:>26}{growth:>8.2}{median:>10.1}{mib:>8.0}  {}\n",
                    row.operations, row.verdict
                );
            }
        }
        for (row, reason) in self.rows.iter().filter_map(|row| Some((row, row.reason.as_ref()?))) {
            text += &format!("\n{}, keys: {}, {} operations: {reason}\n", row.sort, row.keys, row.operations);
        }
        if !self.recorded.is_empty() {
            text += &format!(
                "\n{:<46}{:<20}{:>6}{:>12}{:>26}  verdict\n",
                "recorded", "model", "files", "operations", "µs/file"
            );
            text.extend(self.recorded.iter().map(Group::line));
        }
        text + &format!(
            "\nreading JSON lines: {:.0} events a second; it is in no other number\n",
            self.events_per_second_read
        )
    }
}
