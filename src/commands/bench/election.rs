//! `whitewater bench election`: Figure 16 of the Raft paper, on this machine.

use super::{options::ElectionOptions, place::Place, plan};
use crate::{
    Failure,
    cli::Format,
    commands::print,
    config::{Span, SpanRange},
    exit::Exit,
};
use harness::bench::{Electorate, Replacement};
use reports::{Curve, Panel, draw_elections};
use serde::Serialize;
use std::time::Duration;

/// The upper half of the figure: how much randomness it takes.
const BY_RANDOMNESS: [(u64, u64); 6] = [(150, 150), (150, 151), (150, 155), (150, 175), (150, 200), (150, 300)];
/// The lower half: how short timeouts may be.
const BY_SHORTEST: [(u64, u64); 5] = [(12, 24), (25, 50), (50, 100), (100, 200), (150, 300)];

/// Everything that was measured, as `--format json` prints it.
#[derive(Debug, Serialize)]
struct Report {
    /// The version of this format: 1.
    version: u32,
    host: String,
    filesystem: String,
    nodes: usize,
    limit_ms: u64,
    spreads: Vec<Elections>,
}

/// What came of the crashes with one range of timeouts.
#[derive(Debug, Serialize)]
struct Elections {
    timeout_ms_min: u64,
    timeout_ms_max: u64,
    heartbeat_ms: u64,
    trials: usize,
    /// How long it took each time that it came to an end, in order.
    times_ms: Vec<f64>,
}

/// Kills leaders, and prints a table and draws a picture of how long it took to replace them.
pub async fn run(options: &ElectionOptions) -> Result<Exit, Failure> {
    options.check().map_err(Failure::bad_input)?;
    let place = Place::make(&options.common.data)?;
    let spreads = match options.spread.is_empty() {
        // 150–300 ms stand in both halves and are measured once.
        true => BY_RANDOMNESS.iter().chain(&BY_SHORTEST[..4]).map(|&(min, max)| range(min, max)).collect(),
        false => options.spread.clone(),
    };
    let mut report = Report {
        version: 1,
        host: String::new(),
        filesystem: place.filesystem().to_owned(),
        nodes: options.nodes,
        limit_ms: options.limit.0.as_millis() as u64,
        spreads: Vec::new(),
    };
    for timeout in spreads {
        let heartbeat = options.heartbeat.map_or(timeout.0 / 2, |Span(heartbeat)| heartbeat);
        let test = plan(options.nodes, timeout, heartbeat, options.common.seed)?;
        report.host.clone_from(&test.host);
        let name = format!("{}-{}", test.election_timeout_ms_min, test.election_timeout_ms_max);
        let mut electorate = Electorate::start(&test, &place.of(&name)).await.map_err(Failure::trouble)?;
        let mut elections = Elections {
            timeout_ms_min: test.election_timeout_ms_min,
            timeout_ms_max: test.election_timeout_ms_max,
            heartbeat_ms: test.heartbeat_ms,
            trials: options.trials,
            times_ms: Vec::new(),
        };
        for _ in 0..options.trials {
            if let Replacement::After(time) = electorate.trial(options.limit.0).await.map_err(Failure::trouble)? {
                elections.times_ms.push(time.as_secs_f64() * 1e3);
            }
        }
        electorate.stop().await;
        elections.times_ms.sort_by(f64::total_cmp);
        eprintln!("{}", elections.row());
        report.spreads.push(elections);
    }
    match options.common.format {
        Format::Human => print(&report.table()),
        Format::Json => print(&serde_json::to_string(&report).map_err(Failure::trouble)?),
    }
    // The numbers first: a picture that cannot be drawn takes nothing from them.
    match draw_elections(&options.out, &report.subtitle(), &report.panels(options.spread.is_empty())) {
        Ok(()) => eprintln!("the curves are in {}", options.out.display()),
        Err(error) => eprintln!("warning: the curves were not drawn: {error}"),
    }
    Ok(Exit::Valid)
}

fn range(min: u64, max: u64) -> SpanRange {
    SpanRange(Duration::from_millis(min), Duration::from_millis(max))
}

impl Report {
    fn subtitle(&self) -> String {
        let trials = self.spreads.first().map_or(0, |elections| elections.trials);
        let Report { nodes, filesystem, host, .. } = self;
        format!("{nodes} nodes on {filesystem}, {trials} crashes for each range of timeouts; {host}")
    }

    fn table(&self) -> String {
        let rows: String = self.spreads.iter().map(|elections| elections.row() + "\n").collect();
        format!(
            "time from the SIGKILL of a leader to the first write that its successor acknowledged\n{}\n\n{}\n{rows}",
            self.subtitle(),
            "    timeout ms  heartbeat ms    median ms       p90 ms       max ms  replaced",
        )
    }

    /// The two halves of the paper's figure, or all in one.
    fn panels(&self, as_in_the_paper: bool) -> Vec<Panel> {
        let panel = |title: &str, holds: &dyn Fn((u64, u64)) -> bool| Panel {
            title: title.to_owned(),
            curves: self
                .spreads
                .iter()
                .filter(|elections| holds((elections.timeout_ms_min, elections.timeout_ms_max)))
                .map(Elections::curve)
                .collect(),
        };
        if !as_in_the_paper {
            return vec![panel("by the range of election timeouts", &|_| true)];
        }
        vec![
            panel("how much randomness it takes", &|range| BY_RANDOMNESS.contains(&range)),
            panel("how short the timeout may be", &|range| BY_SHORTEST.contains(&range)),
        ]
    }
}

impl Elections {
    fn row(&self) -> String {
        let range = format!("{}–{}", self.timeout_ms_min, self.timeout_ms_max);
        let of = |quantile: f64| match self.at(quantile) {
            Some(ms) => format!("{ms:.0}"),
            None => "–".to_owned(),
        };
        let (median, p90, max) = (of(0.5), of(0.9), of(1.0));
        let (heartbeat, replaced, trials) = (self.heartbeat_ms, self.times_ms.len(), self.trials);
        format!("{range:>14} {heartbeat:>13} {median:>12} {p90:>12} {max:>12}  {replaced} of {trials}")
    }

    /// The time within which this share of all crashes was over; `None` if so many never were.
    fn at(&self, quantile: f64) -> Option<f64> {
        let rank = (quantile * self.trials as f64).ceil() as usize;
        self.times_ms.get(rank.max(1) - 1).copied()
    }

    fn curve(&self) -> Curve {
        let label = format!("{}–{} ms", self.timeout_ms_min, self.timeout_ms_max);
        Curve { label, times_ms: self.times_ms.clone(), trials: self.trials }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crash_that_was_never_mended_counts_as_the_longest() {
        let times_ms = (1..=9).map(f64::from).collect();
        let elections = Elections { timeout_ms_min: 150, timeout_ms_max: 300, heartbeat_ms: 75, trials: 10, times_ms };
        assert_eq!([0.5, 0.9, 1.0].map(|quantile| elections.at(quantile)), [Some(5.0), Some(9.0), None]);
        assert!(elections.row().ends_with("9 of 10"), "{}", elections.row());
    }
}
