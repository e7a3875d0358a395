//! How well clients were served: availability, counts, latencies.

use crate::{
    fault_row::named,
    operation::is_mismatch,
    run::Run,
    summary::{median_recovery, percentile_rank},
    text::{at, count, duration, millis, percent},
};
use harness::{
    checker::{Availability, Stats},
    history::{Fault, Outcome},
};
use maud::{Markup, html};
use std::collections::{BTreeMap, BTreeSet};

const ROWS: usize = 300;
const ERRORS: usize = 20;

/// When clients were served.
pub fn availability(run: &Run) -> Markup {
    let Some(results) = &run.results else { return html! {} };
    let availability = &results.availability;
    if availability.windows.is_empty() {
        return html! { section #availability { h2 { "Availability" } p { "The results hold no windows of time to speak of." } } };
    }
    let longest = availability.gaps.iter().map(|gap| gap.end.saturating_sub(gap.start)).max();
    let tile = |value: String, about: String| html! { div.tile { b { (value) } span { (about) } } };
    html! {
        section #availability {
            h2 { "Availability" }
            div.tiles {
                (tile(percent(availability.success), "of operations succeeded".into()))
                (tile(longest.map_or_else(|| "none".into(), duration), format!("longest gap without a success (of {})", availability.gaps.len())))
                (tile(median_recovery(availability).map_or_else(|| "–".into(), duration), "median wait for a success after a fault or its heal".into()))
                (tile(count(results.stats.rate.round() as u64), "completed operations a second".into()))
            }
            (gaps(availability))
            (recoveries(availability, &run.faults))
        }
    }
}

fn gaps(availability: &Availability) -> Markup {
    html! {
        @if !availability.gaps.is_empty() {
            h3 { "Stretches longer than " (duration(availability.window)) " without a success" }
            div.scroll { table.narrow {
                thead { tr { th.number { "From" } th.number { "To" } th.number { "Length" } th.number { "With a healthy majority" } } }
                tbody { @for gap in availability.gaps.iter().take(ROWS) { tr {
                    td.number { (at(gap.start)) }
                    td.number { (at(gap.end)) }
                    td.number { (duration(gap.end.saturating_sub(gap.start))) }
                    td.number { (duration(gap.majority)) }
                } } }
            } }
            p.hint { "Only time in which a majority of nodes was alive and connected can be held against the cluster." }
        }
    }
}

fn recoveries(availability: &Availability, faults: &[Fault]) -> Markup {
    let name = |id: u64| faults.iter().find(|fault| fault.id == id).map(named);
    html! {
        @if !availability.recoveries.is_empty() {
            details open[availability.recoveries.len() <= 6] {
                summary { "Time to the next success after each fault and each heal" }
                div.scroll { table {
                    thead { tr { th.number { "At" } th { "Edge" } th { "Fault" } th.number { "Next success after" } } }
                    tbody { @for recovery in availability.recoveries.iter().take(ROWS) { tr {
                        td.number { (at(recovery.time)) }
                        td { (recovery.edge) }
                        td { (name(recovery.fault).unwrap_or_else(|| format!("fault {}", recovery.fault))) }
                        td.number { (recovery.wait.map_or_else(|| "never".to_owned(), duration)) }
                    } } }
                } }
            }
        }
    }
}

/// Counts, latencies and errors.
pub fn operations(run: &Run) -> Markup {
    let Some(results) = &run.results else { return html! {} };
    let stats = &results.stats;
    html! {
        section #operations {
            h2 { "Operations and latency" }
            @if stats.operations.is_empty() {
                p { "No operation was recorded." }
            } @else {
                (latency_table(stats))
                p.hint { "Latencies are those of ok operations. Fail: certainly did not happen. Info: nobody knows whether it happened." }
            }
            (errors(run))
        }
    }
}

fn latency_table(stats: &Stats) -> Markup {
    let names: BTreeSet<&String> = stats.latency_ms.values().flat_map(BTreeMap::keys).collect();
    let mut names: Vec<&String> = names.into_iter().collect();
    names.sort_by(|a, b| percentile_rank(a).total_cmp(&percentile_rank(b)));
    let number =
        |f: &str, outcome: &str| count(stats.operations.get(f).and_then(|f| f.get(outcome)).copied().unwrap_or(0));
    html! {
        div.scroll { table {
            thead { tr { th { "Function" } th.number { "ok" } th.number { "fail" } th.number { "info" }
                @for name in &names { th.number { (name) } } } }
            tbody { @for f in stats.operations.keys() { tr {
                td { code { (f) } }
                td.number { (number(f, "ok")) }
                td.number { (number(f, "fail")) }
                td.number { (number(f, "info")) }
                @for name in &names { td.number {
                    @match stats.latency_ms.get(f).and_then(|f| f.get(*name)) {
                        Some(ms) => { (millis(*ms)) small { " ms" } }
                        None => "–",
                    }
                } }
            } } }
        } }
    }
}

/// The errors that clients met, each once: a run full of one error looks different from a run full of many.
fn errors(run: &Run) -> Markup {
    let mut errors: BTreeMap<(&str, &str, &str), u64> = BTreeMap::new();
    for operation in &run.operations {
        let (outcome, unnamed) = match operation.outcome {
            Outcome::Ok => continue,
            Outcome::Fail if is_mismatch(operation) => ("fail", "mismatch"),
            Outcome::Fail => ("fail", "no reason given"),
            Outcome::Info => ("info", "the record ends before an answer"),
        };
        let error = match operation.error.as_deref().unwrap_or(unnamed) {
            "mismatch" => "mismatch: it met another value. The client was served, and the charts count it as ok",
            error => error,
        };
        *errors.entry((outcome, &operation.f, error)).or_default() += 1;
    }
    let mut errors: Vec<_> = errors.into_iter().collect();
    errors.sort_by_key(|(_, times)| std::cmp::Reverse(*times));
    html! {
        @if !errors.is_empty() {
            details open[errors.len() <= 8] {
                summary { "Errors that clients met (" (errors.len()) " kinds)" }
                div.scroll { table {
                    thead { tr { th.number { "Times" } th { "Outcome" } th { "Function" } th { "Error" } } }
                    tbody { @for ((outcome, f, error), times) in errors.iter().take(ERRORS) { tr {
                        td.number { (count(*times)) }
                        td { (outcome) }
                        td { code { (f) } }
                        td { (error) }
                    } } }
                } }
            }
        }
    }
}
