//! Counts and latencies.

use super::{Record, Stats};
use crate::history::Outcome;
use std::collections::BTreeMap;

/// Counts every operation; rate and latencies are those of the workload phase.
pub fn stats(record: &Record) -> Stats {
    let duration = workload_end(record);
    let mut stats = Stats { duration, ..Stats::default() };
    let mut latencies: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    let mut completed = 0u64;
    for operation in &record.operations {
        let outcomes = stats.operations.entry(operation.f.clone()).or_default();
        for name in ["ok", "fail", "info"] {
            outcomes.entry(name.into()).or_default();
        }
        let name = match operation.outcome {
            Outcome::Ok => "ok",
            Outcome::Fail => "fail",
            Outcome::Info => "info",
        };
        *outcomes.entry(name.into()).or_default() += 1;
        let Some(end) = operation.end_time.filter(|end| *end <= duration) else { continue };
        completed += u64::from(operation.outcome != Outcome::Info);
        if operation.outcome == Outcome::Ok {
            latencies.entry(&operation.f).or_default().push(end - operation.call_time.min(end));
        }
    }
    stats.rate = if duration == 0 { 0.0 } else { completed as f64 * 1e9 / duration as f64 };
    for (f, mut sample) in latencies {
        // All of them are here, so the percentiles are exact: no histogram comes between.
        sample.sort_unstable();
        let of = |percent| percentile(&sample, percent) as f64 / 1e6;
        let values = [("p50", of(50)), ("p90", of(90)), ("p99", of(99)), ("max", of(100))];
        stats.latency_ms.insert(f.into(), values.map(|(name, ms)| (name.to_owned(), ms)).into());
    }
    stats
}

/// The end of the workload phase; of a record that has no phases (an imported history), its end.
pub(super) fn workload_end(record: &Record) -> u64 {
    let (_, last) = record.events;
    if record.workload_end == 0 { last } else { record.workload_end }
}

/// The smallest value that at least `percent` of the sorted sample do not exceed (nearest rank).
pub(super) fn percentile(sorted: &[u64], percent: usize) -> u64 {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or(0)
}
