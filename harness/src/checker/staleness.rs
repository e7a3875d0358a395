//! How stale reads are: a measure, and no verdict.
//!
//! A read is stale if it saw a version that had certainly been replaced when it was called. It is stale *by* the time since then, and
//! by so many *versions* as were known to be newer: the Δ and the k of Golab, Li and Shah, "Analyzing consistency properties for
//! fun and profit" (2011), for each read by itself. What is not certain is not counted, so both are lower bounds.
//!
//! Who promises linearizable reads promises that none is stale: that is judged by [`super::Linearizability`]. Here nothing is
//! promised, so nothing is violated.

use super::explain::time;
use super::stats::percentile;
use super::versions::{self, Access, Seen, Version};
use super::{Budget, CheckResult, Checker, Record};
use crate::history::EventIndex;
use rustc_hash::FxHashMap;
use serde_json::Value;

/// Measures reads of registers with unique values, and of counters that tell the sum.
#[derive(Clone, Copy, Debug, Default)]
pub struct Staleness;

/// A stale read.
#[derive(Clone, Copy, Debug)]
struct Stale<'a> {
    key: &'a str,
    read: Seen<'a>,
    /// For how long there had been a newer version, in ns.
    by: u64,
    /// How many versions were newer.
    versions: u64,
}

impl Checker for Staleness {
    fn name(&self) -> &'static str {
        "staleness"
    }

    fn summary(&self) -> &'static str {
        "how far behind reads were, in time and in versions (a measure: nothing is demanded)"
    }

    fn check(&self, record: &Record, _budget: Budget) -> CheckResult {
        let keys = match versions::of(&record.operations) {
            Ok(keys) => keys,
            Err(reason) => return CheckResult::unfit(reason),
        };
        let reads = keys.values().flatten().filter(|seen| seen.access == Access::Read).count() as u64;
        let stale: Vec<Stale<'_>> = keys.iter().flat_map(|(key, seen)| stale_reads(key, seen)).collect();
        let mut by: Vec<u64> = stale.iter().map(|stale| stale.by).collect();
        by.sort_unstable();
        let microseconds = |percent| percentile(&by, percent) / 1_000;
        let counts = [
            ("reads", reads),
            ("stale_reads", stale.len() as u64),
            ("stale_us_p50", microseconds(50)),
            ("stale_us_p90", microseconds(90)),
            ("stale_us_p99", microseconds(99)),
            ("stale_us_max", microseconds(100)),
            ("versions_behind_max", stale.iter().map(|stale| stale.versions).max().unwrap_or_default()),
        ];
        let worst = stale.iter().max_by_key(|stale| (stale.by, stale.versions));
        CheckResult::of(Vec::new(), counts, || match worst {
            None => format!("none of {reads} reads was stale"),
            Some(worst) => {
                let (count, half) = (stale.len(), milliseconds(percentile(&by, 50)));
                format!("{count} of {reads} reads were stale, half of them by {half} or less; {}", worst.text())
            }
        })
    }
}

impl Stale<'_> {
    fn text(&self) -> String {
        let Stale { key, read, by, versions } = self;
        let (operation, by) = (read.operation, milliseconds(*by));
        let at = operation.node.as_deref().map_or_else(String::new, |node| format!(" at {node}"));
        let (process, called) = (operation.process, time(operation.call_time));
        let behind = if *versions == 1 { "1 version".to_owned() } else { format!("{versions} versions") };
        format!("the worst by {by} and {behind}: process {process} {} of `{key}`{at}, asked at {called}", read.text())
    }
}

fn milliseconds(ns: u64) -> String {
    format!("{}.{:03} ms", ns / 1_000_000, ns / 1_000 % 1_000)
}

/// When a version was first known to be there: the position and the time of the first completion that tells.
#[derive(Clone, Copy)]
struct Known {
    version: Version,
    ret: EventIndex,
    time: u64,
}

fn stale_reads<'a>(key: &'a str, seen: &[Seen<'a>]) -> Vec<Stale<'a>> {
    let mut first: FxHashMap<&Value, Known> = FxHashMap::default();
    for seen in seen {
        let (Some(ret), Some(time)) = (seen.operation.ret, seen.operation.end_time) else { continue };
        let known = Known { version: seen.version, ret, time };
        let earliest = first.entry(seen.value).or_insert(known);
        if ret < earliest.ret {
            *earliest = known;
        }
    }
    // Those that are newer than a version are the end of this list, from some place on.
    let mut known: Vec<Known> = first.into_values().collect();
    known.sort_unstable_by_key(|known| (known.version.earliest, known.ret));
    let mut told: Vec<usize> = (0..known.len()).collect();
    told.sort_unstable_by_key(|&place| known[place].ret);
    // The first to be known of all from this place on.
    let mut oldest = known.clone();
    for place in (1..oldest.len()).rev() {
        if oldest[place].ret < oldest[place - 1].ret {
            oldest[place - 1] = oldest[place];
        }
    }
    let mut told = told.into_iter().peekable();
    let mut sums = Sums(vec![0; known.len() + 1]);
    let mut stale = Vec::new();
    for read in seen.iter().filter(|seen| seen.access == Access::Read) {
        let call = read.operation.call;
        while let Some(place) = told.next_if(|&place| known[place].ret < call) {
            sums.add(place);
        }
        let newer = known.partition_point(|known| known.version.earliest <= read.version.latest);
        let Some(oldest) = oldest.get(newer).filter(|oldest| oldest.ret < call) else { continue };
        let by = read.operation.call_time.saturating_sub(oldest.time);
        stale.push(Stale { key, read: *read, by, versions: sums.from(newer) });
    }
    stale
}

/// How many of the places from some one on were counted, in logarithmic time (Fenwick 1994).
struct Sums(Vec<u64>);

impl Sums {
    /// Counts a place.
    fn add(&mut self, place: usize) {
        // Turned round, so that the sum over a beginning is that over an end.
        let mut at = self.0.len() - 1 - place;
        while at < self.0.len() {
            self.0[at] += 1;
            at += at & at.wrapping_neg();
        }
    }

    fn from(&self, place: usize) -> u64 {
        let mut at = self.0.len() - 1 - place;
        let mut sum = 0;
        while at > 0 {
            sum += self.0[at];
            at &= at - 1;
        }
        sum
    }
}
