//! What was measured, as text.

use super::speed::{Report, Row};
use harness::bench::Measurement;

/// A column: its head, its number, how many digits that has behind the point, and whether its spread is shown as well.
struct Column {
    head: &'static str,
    number: fn(&Measurement) -> f64,
    digits: usize,
    has_spread: bool,
}

const COLUMNS: [Column; 7] = [
    Column { head: "ops/s", number: |found| found.throughput, digits: 0, has_spread: true },
    Column { head: "p50 ms", number: |found| found.latency_ms_p50, digits: 2, has_spread: true },
    Column { head: "p90 ms", number: |found| found.latency_ms_p90, digits: 2, has_spread: false },
    Column { head: "p99 ms", number: |found| found.latency_ms_p99, digits: 2, has_spread: false },
    Column { head: "max ms", number: |found| found.latency_ms_max, digits: 1, has_spread: false },
    Column { head: "CPU µs/op", number: |found| found.server_cpu_us, digits: 0, has_spread: true },
    Column { head: "client µs/op", number: |found| found.client_cpu_us, digits: 0, has_spread: false },
];

/// The table of `whitewater bench`.
pub fn speed(report: &Report) -> String {
    let Report { host, filesystem, nodes, value_bytes, rounds, .. } = report;
    let systems: Vec<String> = report.systems.iter().map(|(name, version)| format!("{name} {version}")).collect();
    let mut text = format!("{}\n", systems.join(" and "));
    let seconds = report.duration_ms as f64 / 1e3;
    text += &format!("{nodes} nodes on {filesystem}, values of {value_bytes} bytes; {host}\n");
    text += &match rounds {
        1 => format!("one round of {seconds} s each\n"),
        _ => format!("medians of {rounds} rounds of {seconds} s each; in parentheses the lowest and the highest\n"),
    };
    let mut last = None;
    for rows in report.rows.chunks(report.systems.len()) {
        if last.replace(rows[0].operation) != Some(rows[0].operation) {
            text += &format!("\n{:8}{:12}", format!("{}s", rows[0].operation), "clients");
            text += &COLUMNS.map(|column| format!("{:>width$}", column.head, width = column.width(*rounds))).concat();
            text.push('\n');
        }
        for (position, row) in rows.iter().enumerate() {
            let clients = if position == 0 { row.connections.to_string() } else { String::new() };
            let cell = |column: Column| column.cell(*rounds, spread(row.rounds.iter().map(column.number)), "");
            text += &line(&clients, &row.system, COLUMNS.map(cell));
        }
        if let [ours, theirs] = rows {
            let cell = |column: Column| column.cell(*rounds, spread(ratios(ours, theirs, column.number)), "×");
            text += &line("", "ratio", COLUMNS.map(cell));
        }
    }
    let errors: u64 = report.rows.iter().flat_map(|row| &row.rounds).map(|found| found.errors).sum();
    if errors > 0 {
        text += &format!("\n{errors} operations failed; they are in no other number\n");
    }
    text += "\nCPU: processor time of all nodes together; client: that of the load generator, which has one thread\n";
    if report.systems.len() > 1 {
        text += "ratio: of the two systems in the same round; they took turns at each load\n";
    }
    text
}

fn line(clients: &str, system: &str, cells: [String; COLUMNS.len()]) -> String {
    format!("{clients:>7} {system:12}{}\n", cells.concat())
}

impl Column {
    fn cell(&self, rounds: usize, [low, median, high]: [f64; 3], unit: &str) -> String {
        let digits = if unit.is_empty() { self.digits } else { 2 };
        let mut cell = format!("{median:.digits$}{unit}");
        if self.has_spread && rounds > 1 {
            cell += &format!(" ({low:.digits$}–{high:.digits$})");
        }
        format!("{cell:>width$}", width = self.width(rounds))
    }

    fn width(&self, rounds: usize) -> usize {
        if self.has_spread && rounds > 1 { 24 } else { 14 }
    }
}

/// What ours is of theirs, round by round.
fn ratios(ours: &Row, theirs: &Row, column: fn(&Measurement) -> f64) -> impl Iterator<Item = f64> {
    ours.rounds.iter().zip(&theirs.rounds).map(move |(ours, theirs)| column(ours) / column(theirs))
}

/// The lowest, the median, the highest.
pub fn spread(numbers: impl Iterator<Item = f64>) -> [f64; 3] {
    let mut numbers: Vec<f64> = numbers.collect();
    numbers.sort_by(f64::total_cmp);
    let last = numbers.len() - 1;
    let median = f64::midpoint(numbers[last / 2], numbers[last.div_ceil(2)]);
    [numbers[0], median, numbers[last]]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_lies_in_the_middle() {
        assert_eq!(spread([3.0].into_iter()), [3.0; 3]);
        assert_eq!(spread([3.0, 1.0].into_iter()), [1.0, 2.0, 3.0]);
        assert_eq!(spread([9.0, 1.0, 2.0].into_iter()), [1.0, 2.0, 9.0]);
    }
}
