//! When clients were served, as stretches of time: the windows of the results, joined.

use crate::{operation::Buckets, run::Run};

/// Whether anybody was served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// At least one operation succeeded.
    Served,
    /// None did.
    Unserved,
}

/// A stretch of windows that are alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// From, in ns.
    pub start: u64,
    /// To.
    pub end: u64,
    /// What it was like.
    pub service: Service,
}

/// The stretches of the workload phase. A run without results is counted from its history, in the throughput's steps.
pub fn stretches(run: &Run) -> Vec<Stretch> {
    let availability = run.results.as_ref().map(|results| &results.availability);
    let windows: Vec<(u64, u64, u64)> = match availability {
        Some(availability) if !availability.windows.is_empty() => availability
            .windows
            .iter()
            .map(|window| (window.start, window.start.saturating_add(availability.window), window.ok))
            .collect(),
        _ => {
            let counted = Buckets::of(&run.operations, run.end);
            let width = counted.width;
            (0..).zip(&counted.buckets).map(|(n, bucket)| (n * width, (n + 1) * width, bucket.ok)).collect()
        }
    };
    // Where the record ends, nobody knows whether anybody was served.
    let recorded = run.operations.iter().filter_map(|operation| operation.end_time).max().unwrap_or(0);
    let recorded = if run.results.is_some() { run.end } else { recorded };
    let limit = if run.workload_end > 0 { run.workload_end.min(run.end) } else { run.end };
    let limit = limit.min(recorded);
    let mut stretches: Vec<Stretch> = Vec::new();
    for (start, end, ok) in windows {
        let (start, end) = (start.min(limit), end.min(limit));
        let service = if ok > 0 { Service::Served } else { Service::Unserved };
        match stretches.last_mut() {
            Some(last) if last.service == service && last.end == start => last.end = end,
            _ if end > start => stretches.push(Stretch { start, end, service }),
            _ => {}
        }
    }
    stretches
}
