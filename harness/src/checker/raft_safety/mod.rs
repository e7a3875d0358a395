//! Raft's promises, checked line by line against what the nodes say they did.
//!
//! Clients see only what they asked for; a node that forgot its vote may go unpunished for hours. The traces show it at
//! once, and show where: the five properties of Figure 3 of the Raft paper over every entry of every log (running hashes
//! make an entry's whole prefix comparable in one step), and the rules from which the paper derives them.
//!
//! The lines of all nodes are gone through in order of time. They share one monotonic clock, and a line is written before
//! the node acts on it towards others; so a cause never has a later time than its effect. Where several lines have the very same
//! time, nothing is concluded from their order.
//!
//! A node whose log was replaced by a snapshot no longer says what its log held before. The committed history of the cluster
//! knows that, and what nobody knows is held against nobody.
//!
//! Nobody is accused on the strength of a trace that contradicts its own format: then the verdict is unknown.

mod cluster;
mod configuration;
mod entries;
mod log;
mod membership;
mod parse;
mod property;
mod quorum;
mod recovery;
mod replay;
mod snapshot;

pub use parse::parse;
pub use property::Property;

use super::{Budget, CheckResult, Checker, Record, Verdict};
use property::Spot;
use replay::Replay;
use std::collections::BTreeMap;

/// Checks the traces of a Raft system.
#[derive(Clone, Copy, Debug, Default)]
pub struct RaftSafety;

impl Checker for RaftSafety {
    fn name(&self) -> &'static str {
        "raft-safety"
    }

    fn summary(&self) -> &'static str {
        "the nodes' own traces keep the five properties of Figure 3 of the Raft paper, and the rules behind them"
    }

    /// One pass over the lines: the budget plays no part.
    fn check(&self, record: &Record, _budget: Budget) -> CheckResult {
        let mut replay = Replay::new(&record.traces, record.epoch, &record.nodes);
        for name in &record.nodes {
            if !record.traces.iter().any(|trace| trace.node == *name && !trace.lines.is_empty()) {
                replay.distrust(format!("there is no trace of {name}"));
            }
        }
        let mut lines = 0;
        while let Some(spot) = next(record, replay.positions()) {
            replay.line(spot);
            lines += 1;
        }
        conclude(replay, lines)
    }
}

/// The earliest line that has not been read.
fn next(record: &Record, positions: &[usize]) -> Option<Spot> {
    let heads = positions.iter().enumerate().filter_map(|(node, &at)| {
        let (_, event) = record.traces[node].lines.get(at)?;
        Some((event.t, Spot { node, at }))
    });
    heads.min().map(|(_, spot)| spot)
}

fn conclude(replay: Replay<'_>, lines: u64) -> CheckResult {
    let nodes = replay.positions().len();
    let outcome = replay.finish();
    let mut counts: BTreeMap<String, u64> = outcome.tally.iter().map(|(name, n)| ((*name).to_owned(), *n)).collect();
    counts.insert("lines".into(), lines);
    counts.insert("nodes".into(), nodes as u64);
    let (broken, violations) = outcome.findings.into_parts();
    counts.insert("violations".into(), broken.values().sum::<usize>() as u64);
    let (verdict, summary) = if let Some(first) = violations.first() {
        let names: Vec<String> = broken.iter().map(|(property, n)| format!("{} ({n})", property.name())).collect();
        (Verdict::Invalid, format!("{} broken: {}", names.join(", "), first.summary))
    } else if let Some(first) = outcome.distrust.first() {
        let more = outcome.distrust.len() - 1;
        let more = if more > 0 { format!(" (and {more} more)") } else { String::new() };
        (Verdict::Unknown, format!("the traces cannot be judged: {first}{more}"))
    } else {
        let (entries, leaders) = (counts["entries"], counts["leaders"]);
        let mut what = format!("{lines} lines of {nodes} nodes, with {leaders} leaders and {entries} entries");
        let (installs, configurations) = (counts["installs"], counts["configurations"]);
        if installs > 0 {
            what.push_str(&format!(", {installs} installed snapshots"));
        }
        if configurations > 1 {
            what.push_str(&format!(", {configurations} configurations"));
        }
        (Verdict::Valid, format!("every property of Raft holds in {what}"))
    };
    CheckResult { verdict, summary, violations, counts }
}
