//! A piece of the history, what the words mean, the plan, and the warnings.

use crate::{
    operation::{latency_ms, sentence},
    run::Run,
    text::{at, clip, count, millis},
};
use harness::history::Outcome;
use maud::{Markup, html};

/// Operations in the excerpt.
const EXCERPT: usize = 30;

/// Some operations as they stand in the history: those around the first violation, or else the first ones.
pub fn excerpt(run: &Run) -> Markup {
    let time = run.first_violation();
    let middle = time.map_or(0, |time| run.operations.partition_point(|operation| operation.call_time < time));
    let start = middle.saturating_sub(EXCERPT / 2).min(run.operations.len().saturating_sub(EXCERPT));
    let shown = &run.operations[start..run.operations.len().min(start + EXCERPT)];
    html! {
        section #excerpt {
            h2 { "From the history" }
            @if shown.is_empty() {
                p { "The history holds no operation." }
            } @else {
                details {
                    summary { (shown.len()) " of " (count(run.operations.len() as u64)) " operations, "
                        @if time.is_some() { "around the first violation" } @else { "the first ones" }
                        "; all are in history.jsonl" }
                    div.scroll { table {
                        thead { tr { th.number { "Event" } th.number { "Invoked" } th.number { "Took" } th.number { "Process" }
                            th { "Operation" } th { "Outcome" } th { "Node" } } }
                        tbody { @for operation in shown { tr {
                            td.number { (operation.call) }
                            td.number { (at(operation.call_time)) }
                            td.number { (millis(latency_ms(operation, run.end))) small { " ms" } }
                            td.number { (operation.process) }
                            td { code { (clip(&sentence(operation), 80)) } }
                            td { (outcome(operation.outcome)) @if let Some(error) = &operation.error { ": " (clip(error, 60)) } }
                            td { (operation.node.as_deref().unwrap_or("–")) }
                        } } }
                    } }
                }
            }
        }
    }
}

fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Ok => "ok",
        Outcome::Fail => "fail",
        Outcome::Info => "info",
    }
}

/// The words of the page.
pub fn how_to_read() -> Markup {
    let terms = [
        (
            "valid",
            "no checker found a violation in this record. It is evidence, not a proof: another seed may show more.",
        ),
        ("invalid", "a property is broken, and the violation above follows from the record alone."),
        ("unknown", "a checker ran out of its budget before it could decide."),
        (
            "ok, fail, info",
            "the operation happened; it certainly did not; nobody knows. An operation of unknown outcome may take \
            effect at any later time, or never, and its process is retired.",
        ),
        (
            "linearizable",
            "all operations of a key can be put in one order that respects real time and in which every read sees the \
            latest write.",
        ),
        (
            "ww, wr, rw",
            "why one transaction comes before another: it wrote a version and the other a later one; the other read what it \
            wrote; it read a version and the other wrote a later one. A circle of these, of the orders of processes and of \
            real time, is a proof that there is no order.",
        ),
        ("minimal set", "the operations of a violation, reduced until each one is needed for the contradiction."),
        (
            "installed, skipped, not shown",
            "a fault that was felt, with numbers to show it; one that was not attempted; one that \
            nothing shows anybody to have felt. A run is not called valid on the strength of faults that were not felt.",
        ),
        (
            "gap",
            "a stretch of time without a single success. While no majority of nodes is alive and connected, there must be one.",
        ),
        ("nodes/n1/trace.jsonl:7", "line 7 of the trace that node n1 kept of its own protocol."),
    ];
    html! {
        section #reading {
            h2 { "How to read this page" }
            details {
                summary { "The words, one by one" }
                dl.terms { @for (term, meaning) in terms { dt { (term) } dd { (meaning) } } }
                p { "Times are counted from the start of the run. This page shows results.json, history.jsonl and the nodes' traces; "
                    "it judges nothing itself." }
            }
        }
    }
}

/// The plan, as it stands in `test.json`.
pub fn plan(run: &Run) -> Markup {
    let plan = run.test.as_ref().and_then(|test| serde_json::to_value(test).ok());
    let fields = plan.as_ref().and_then(serde_json::Value::as_object);
    html! {
        section #plan {
            h2 { "The plan" }
            @match fields {
                Some(fields) => details {
                    summary { "Everything that decided what this run did (test.json)" }
                    div.scroll { table { tbody { @for (name, value) in fields { tr {
                        th { (name) }
                        td { code { @match value { serde_json::Value::String(text) => (text), other => (other.to_string()) } } }
                    } } } } }
                },
                None => p { "The plan is missing." },
            }
        }
    }
}

/// What did not work as it should, in the run and in this report.
pub fn warnings(run: &Run) -> Markup {
    let of_run = run.results.iter().flat_map(|results| &results.warnings);
    let all: Vec<&String> = of_run.chain(&run.notes).collect();
    html! {
        section #warnings {
            h2 { "Warnings" }
            @if all.is_empty() {
                p { "None." }
            } @else {
                ul { @for warning in all { li { (warning) } } }
            }
        }
    }
}
