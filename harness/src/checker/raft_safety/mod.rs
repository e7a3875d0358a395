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
//! Each line is looked at once and not kept. What is known of every entry is its term, its hash and where it was named; what a
//! violation is told with is read again.
//!
//! So a run can be judged while it goes on, cut by cut. A cut is a moment from before the files were read, and of each trace the
//! lines up to it are judged. A node may have noted a line's time before the cut and be stopped before it wrote the line: that
//! line comes late, and is judged with the next cut. Nobody is accused for it. Who acts on a line does so after it was
//! written, hence after the cut; so whatever rests on a late line is judged behind it, and no cause behind its effect.
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
mod merge;
mod parse;
mod property;
mod quorum;
mod recovery;
mod replay;
mod snapshot;

pub use parse::{Reader, parse, parse_line};
pub use property::{Property, Spot};

use super::{CheckResult, NodeTrace, Verdict};
use crate::history::trace::TraceEvent;
use merge::Merge;
use replay::Replay;
use std::collections::{BTreeMap, BTreeSet};

/// The checker's name.
pub const NAME: &str = "raft-safety";

/// Judges the traces of a Raft system while they grow.
#[derive(Debug)]
pub struct RaftSafety {
    merge: Merge,
    replay: Replay,
    lines: u64,
}

impl RaftSafety {
    /// Nothing read yet. Traces may come from these nodes, and `founders` are those of whom there must be one. They are also the
    /// voters, where nobody names any.
    pub fn new<'a>(nodes: impl Iterator<Item = &'a str>, founders: &[String]) -> RaftSafety {
        let nodes: Vec<_> = nodes.map(Into::into).collect();
        RaftSafety { merge: Merge::new(nodes.len()), replay: Replay::new(nodes, founders), lines: 0 }
    }

    /// The next line of a trace: what it says, or what is wrong with it.
    pub fn line(&mut self, spot: Spot, line: Result<TraceEvent, String>) {
        let wrong = match line {
            Err(error) => format!("is not of the documented form: {error}"),
            Ok(event) => {
                let t = event.t;
                let Err(before) = self.merge.push(spot, event) else { return };
                format!("has the time {t}, before that of the line above it, {before}")
            }
        };
        self.close(spot.node, format!("line {} {wrong}", spot.line));
    }

    /// What follows in a trace is not known, or cannot be trusted.
    pub fn close(&mut self, node: usize, why: String) {
        self.merge.close(node);
        self.replay.distrust(node, why);
    }

    /// Judges all lines up to the time `until`. Those that are still to come must not be the cause of any of them.
    pub fn advance(&mut self, until: u64) {
        while let Some((spot, event)) = self.merge.pop(until) {
            self.lines += 1;
            if let Err(contradiction) = self.replay.line(spot, event) {
                self.merge.forget(spot.node);
                self.replay.distrust(spot.node, format!("line {} {contradiction}", spot.line));
            }
        }
        self.replay.settle(until.saturating_add(1));
    }

    /// A violation, if what was judged so far shows one: what comes later excuses none of them.
    pub fn violation(&self) -> Option<String> {
        self.replay.outcome().findings.first().map(Into::into)
    }

    /// The judgement, with times since `epoch`. `again` reads lines for a second time; those that it cannot find are missing from
    /// what the violations show.
    pub fn result(&self, epoch: u64, again: impl FnOnce(&BTreeSet<Spot>) -> BTreeMap<Spot, TraceEvent>) -> CheckResult {
        let outcome = self.replay.outcome();
        let mut counts: BTreeMap<String, u64> =
            outcome.tally.iter().map(|(name, n)| ((*name).to_owned(), *n)).collect();
        counts.insert("lines".into(), self.lines);
        let spots = outcome.findings.spots();
        let events = if spots.is_empty() { BTreeMap::new() } else { again(&spots) };
        let (broken, violations) = outcome.findings.into_parts(&events, epoch);
        counts.insert("violations".into(), broken.values().sum::<usize>() as u64);
        let (verdict, summary) = if let Some(first) = violations.first() {
            let names: Vec<String> = broken.iter().map(|(property, n)| format!("{} ({n})", property.name())).collect();
            (Verdict::Invalid, format!("{} broken: {}", names.join(", "), first.summary))
        } else if let Some(first) = outcome.distrust.first() {
            let more = outcome.distrust.len() - 1;
            let more = if more > 0 { format!(" (and {more} more)") } else { String::new() };
            (Verdict::Unknown, format!("the traces cannot be judged: {first}{more}"))
        } else {
            (Verdict::Valid, format!("every property of Raft holds in {}", examined(&counts)))
        };
        CheckResult { verdict, summary, violations, counts }
    }
}

/// What a judgement rests on.
fn examined(counts: &BTreeMap<String, u64>) -> String {
    let [lines, nodes, leaders, entries] = ["lines", "nodes", "leaders", "entries"].map(|name| counts[name]);
    let mut what = format!("{lines} lines of {nodes} nodes, with {leaders} leaders and {entries} entries");
    let (installs, configurations) = (counts["installs"], counts["configurations"]);
    if installs > 0 {
        what.push_str(&format!(", {installs} installed snapshots"));
    }
    if configurations > 1 {
        what.push_str(&format!(", {configurations} configurations"));
    }
    what
}

/// Judges traces that lie in memory as a whole.
pub fn judge(traces: &[NodeTrace], founders: &[String], epoch: u64) -> CheckResult {
    let mut safety = RaftSafety::new(traces.iter().map(|trace| trace.node.as_str()), founders);
    for (node, trace) in traces.iter().enumerate() {
        let broken = trace.broken.first();
        let is_trusted = |line: &u64| broken.is_none_or(|(broken, _)| line <= broken);
        for (line, event) in trace.lines.iter().filter(|(line, _)| is_trusted(line)) {
            safety.line(Spot { node, line: *line }, Ok(event.clone()));
        }
        if let Some((line, error)) = broken {
            safety.line(Spot { node, line: *line }, Err(error.clone()));
        }
    }
    safety.advance(u64::MAX);
    safety.result(epoch, |spots| {
        let find = |spot: &Spot| traces[spot.node].lines.iter().find(|(line, _)| *line == spot.line);
        spots.iter().filter_map(|spot| find(spot).map(|(_, event)| (*spot, event.clone()))).collect()
    })
}
