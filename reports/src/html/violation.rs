//! The violations: what is claimed, the argument, and the evidence drawn and in numbers.

use super::timeline::{gradients, timeline};
use crate::{
    run::Run,
    text::{at, at_exactly, clip, duration},
    timeline::Evidence,
};
use harness::checker::{Violation, Witness, WitnessEvent, WitnessOperation};
use maud::{Markup, html};

/// How many are shown at once; the others unfold.
const UNFOLDED: usize = 3;
/// The most letters of a key, or of the keys of a circle.
const KEY: usize = 120;
/// Rows of a table of evidence.
const ROWS: usize = 200;

/// The section; nothing at all if nothing is violated.
pub fn section(run: &Run) -> Markup {
    let violations = run.violations();
    html! {
        @if !violations.is_empty() {
            section #violations {
                h2 { "What was violated" }
                (gradients())
                @for (position, (checker, violation)) in violations.iter().enumerate() {
                    @if position < UNFOLDED {
                        article.violation id=(anchor(position)) { (one(run, checker, violation)) }
                    } @else {
                        details.violation id=(anchor(position)) {
                            summary { (violation.property) ": " (violation.summary) }
                            (one(run, checker, violation))
                        }
                    }
                }
            }
        } @else if run.is_invalid() {
            section #violations {
                h2 { "What was violated" }
                p { "A checker found a violation but kept no witness; its summary is below." }
            }
        }
    }
}

/// Where the violation at this position begins on the page.
pub fn anchor(position: usize) -> String {
    format!("violation-{}", position + 1)
}

fn one(run: &Run, checker: &str, violation: &Violation) -> Markup {
    html! {
        h3 { "✗ " (violation.property) " " small { "found by " (checker)
            @if let Some(time) = violation.time { ", at " (at(time)) } } }
        p.accusation { (violation.summary) }
        @if !violation.explanation.is_empty() {
            ol { @for sentence in &violation.explanation { li { (sentence) } } }
        }
        @match &violation.witness {
            Witness::Operations { key, initial, minimal, operations, order, .. } => {
                p.hint { "Key " code { (clip(key, KEY)) } ", at first " code { (initial) } ". "
                    @if *minimal { "None of these operations is superfluous: without any one of them, the others can be ordered." }
                    @else if order.edges.is_empty() { "Whether each of these operations is needed was not established." } }
                @if let Some(evidence) = Evidence::of(&violation.witness) { (timeline(run, evidence)) }
                (operation_table(operations))
            }
            Witness::Nodes { events } => (event_table(events)),
            Witness::None => {}
        }
    }
}

fn operation_table(operations: &[WitnessOperation]) -> Markup {
    let named = operations.iter().any(|operation| operation.name.is_some());
    html! {
        div.scroll { table {
            thead { tr { @if named { th { "Name" } } th.number { "Event" } th.number { "Process" } th { "Operation" } th { "Outcome" }
                th.number { "Invoked" } th.number { "Completed" } th.number { "Took" } th { "Node" } } }
            tbody { @for operation in operations.iter().take(ROWS) { tr {
                @if named { td { strong { (operation.name.as_deref().unwrap_or("–")) } } }
                td.number { (operation.index) }
                td.number { (operation.process) }
                td { code { (operation.text) } }
                td { (operation.outcome) }
                td.number { (at_exactly(operation.start)) }
                td.number { @match operation.end { Some(end) => (at_exactly(end)), None => "never" } }
                td.number { @match operation.end { Some(end) => (duration(end.saturating_sub(operation.start))), None => "–" } }
                td { (operation.node.as_deref().unwrap_or("–")) }
            } } }
        } }
        @if operations.len() > ROWS { p.hint { (operations.len() - ROWS) " more operations are in results.json." } }
    }
}

fn event_table(events: &[WitnessEvent]) -> Markup {
    html! {
        div.scroll { table {
            thead { tr { th.number { "Time" } th { "Node" } th { "Says" } th { "Where" } } }
            tbody { @for event in events.iter().take(ROWS) { tr {
                td.number { (at_exactly(event.time)) }
                td { strong { (event.node) } }
                td { (event.text) }
                td { code { "nodes/" (event.node) "/trace.jsonl:" (event.line) } }
            } } }
        } }
        @if events.len() > ROWS { p.hint { (events.len() - ROWS) " more lines are in results.json." } }
    }
}
