//! What was measured, as text.

use super::speed::{Report, Row};
use harness::bench::Measurement;

/// A column: its head, its number, how it is written, and how the ratio of it is.
type Column = (&'static str, fn(&Measurement) -> f64, usize);

/// Columns with the number of their digits behind the point.
const COLUMNS: [Column; 7] = [
    ("ops/s", |found| found.throughput, 0),
    ("p50 ms", |found| found.latency_ms_p50, 2),
    ("p90 ms", |found| found.latency_ms_p90, 2),
    ("p99 ms", |found| found.latency_ms_p99, 2),
    ("max ms", |found| found.latency_ms_max, 1),
    ("CPU µs/op", |found| found.server_cpu_us, 0),
    ("client µs/op", |found| found.client_cpu_us, 0),
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
            text += &COLUMNS.map(|(head, ..)| format!("{head:>width$}", width = width(head, *rounds))).concat();
            text.push('\n');
        }
        for (position, row) in rows.iter().enumerate() {
            let clients = if position == 0 { row.connections.to_string() } else { String::new() };
            text += &line(&clients, &row.system, *rounds, |column| spread(row.rounds.iter().map(column)), "");
        }
        if let [ours, theirs] = rows {
            text += &line("", "ratio", *rounds, |column| spread(ratios(ours, theirs, column)), "×");
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

fn line(
    clients: &str,
    system: &str,
    rounds: usize,
    numbers: impl Fn(fn(&Measurement) -> f64) -> [f64; 3],
    unit: &str,
) -> String {
    let cells = COLUMNS.map(|(head, column, digits)| {
        let digits = if unit.is_empty() { digits } else { 2 };
        let [low, median, high] = numbers(column);
        let cell = match rounds {
            1 => format!("{median:.digits$}{unit}"),
            _ => format!("{median:.digits$}{unit} ({low:.digits$}–{high:.digits$})"),
        };
        format!("{cell:>width$}", width = width(head, rounds))
    });
    format!("{clients:>7} {system:12}{}\n", cells.concat())
}

fn width(head: &str, rounds: usize) -> usize {
    match (head, rounds) {
        (_, 1) => 14,
        ("ops/s", _) => 23,
        _ => 20,
    }
}

/// What ours is of theirs, round by round.
fn ratios(ours: &Row, theirs: &Row, column: fn(&Measurement) -> f64) -> impl Iterator<Item = f64> {
    ours.rounds.iter().zip(&theirs.rounds).map(move |(ours, theirs)| column(ours) / column(theirs))
}

/// The lowest, the median, the highest.
fn spread(numbers: impl Iterator<Item = f64>) -> [f64; 3] {
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
