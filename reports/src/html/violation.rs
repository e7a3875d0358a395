//! The violations: what is claimed, the argument, and the evidence drawn and in numbers.

use crate::{
    fault_row::{FaultRow, named},
    run::Run,
    text::{at, at_exactly, duration, plural},
    timeline::{BAR, Bar, Timeline},
};
use harness::checker::{Violation, Witness, WitnessEvent, WitnessOperation};
use maud::{Markup, html};

/// How many are shown at once; the others unfold.
const UNFOLDED: usize = 3;
const LEFT: f64 = 96.0;
const RIGHT: f64 = 988.0;
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
                        article.violation { (one(run, checker, violation)) }
                    } @else {
                        details.violation {
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

fn one(run: &Run, checker: &str, violation: &Violation) -> Markup {
    html! {
        h3 { "✗ " (violation.property) " " small { "found by " (checker)
            @if let Some(time) = violation.time { ", at " (at(time)) } } }
        p.accusation { (violation.summary) }
        @if !violation.explanation.is_empty() {
            ol { @for sentence in &violation.explanation { li { (sentence) } } }
        }
        @match &violation.witness {
            Witness::Operations { key, initial, minimal, operations, context } => {
                p.hint { "Key " code { (key) } ", at first " code { (initial) } ". "
                    @if *minimal { "None of these operations is superfluous: without any one of them, the others can be ordered." }
                    @else { "Whether each of these operations is needed was not established." } }
                (timeline(run, operations, context))
                (operation_table(operations))
            }
            Witness::Nodes { events } => (event_table(events)),
            Witness::None => {}
        }
    }
}

fn timeline(run: &Run, operations: &[WitnessOperation], context: &[WitnessOperation]) -> Markup {
    // The browser chooses the font, so that widths are estimated on the safe side.
    let measure = |text: &str| text.chars().count() as f64 * 6.9;
    let timeline = Timeline::new(operations, context, run.end, (LEFT, RIGHT), measure);
    let (bottom, height) = (timeline.height, timeline.height + 30.0);
    let view = format!("0 0 1000 {height}");
    let (windows, names) = faults(run, &timeline);
    html! {
        div.scroll {
            svg.timeline viewBox=(view) role="img" aria-label="The operations on a time axis, a lane for each process" {
                @for (start, end, color) in &windows {
                    rect.fault x=(start) y="0" width=(end - start) height=(bottom) fill=(color) {}
                }
                @for (time, label) in timeline.axis.ticks(7) {
                    @let x = round(timeline.axis.x(time));
                    line.grid x1=(x) x2=(x) y1="0" y2=(bottom) {}
                    text.tick x=(x) y=(bottom + 18.0) { (label) }
                }
                @for lane in &timeline.lanes {
                    line.lane x1="0" x2=(RIGHT) y1=(lane.top) y2=(lane.top) {}
                    text.process x=(LEFT - 10.0) y=(lane.top + lane.height / 2.0 + 4.0) { "process " (lane.process) }
                }
                line.axis x1=(LEFT) x2=(RIGHT) y1=(bottom) y2=(bottom) {}
                @for bar in &timeline.bars { (svg_bar(bar)) }
            }
        }
        p.hint { "Blue: ok. Orange: fail. Vermilion, fading to an arrow: unknown, it may take effect at any later time or never. "
            "Grey: other operations of the key."
            @if !names.is_empty() { " Shaded: " (names.join("; ")) "." }
            @if timeline.left_out > 0 { " For " (plural(timeline.left_out as u64, "more operation", "more operations")) " there was no room." } }
    }
}

/// The faults in force while the accused operations ran: stretches of the picture with their colours, and names.
fn faults(run: &Run, timeline: &Timeline) -> (Vec<(f64, f64, String)>, Vec<String>) {
    let axis = timeline.axis;
    let (mut windows, mut names) = (Vec::new(), Vec::new());
    for row in FaultRow::of(&run.faults, run.end) {
        for &(start, end) in row.merged.iter().filter(|(start, end)| axis.shows(*start, *end)) {
            windows.push((round(axis.x(start)), round(axis.x(end)), row.color.hex()));
        }
        let visible = row.windows.iter().filter(|window| axis.shows(window.start, window.end));
        names.extend(visible.take(3).map(|window| named(window.fault)));
    }
    (windows, names)
}

/// The fading of bars without an end, once for all pictures.
fn gradients() -> Markup {
    html! {
        svg.gradients width="0" height="0" aria-hidden="true" {
            defs { @for name in ["info", "context"] {
                linearGradient id={ "fading-" (name) } {
                    stop offset="0" style={ "stop-color: var(--" (name) ")" } {}
                    stop offset="1" style={ "stop-color: var(--" (name) "); stop-opacity: .25" } {}
                }
            } }
        }
    }
}

fn svg_bar(bar: &Bar) -> Markup {
    let (x, y, width) = (round(bar.left), round(bar.top), round(bar.right - bar.left));
    let class = match (bar.accused, bar.operation.outcome.as_str()) {
        (false, _) => "context",
        (true, "ok") => "ok",
        (true, "fail") => "fail",
        (true, _) => "info",
    };
    let operation = bar.operation;
    let tip = format!(
        "process {}: {} ({}), {} to {}",
        operation.process,
        operation.text,
        operation.outcome,
        at(operation.start),
        operation.end.map_or_else(|| "the end".to_owned(), at)
    );
    html! {
        g class=(class) {
            title { (tip) }
            @if bar.open {
                // It fades, and an arrow says: and beyond.
                rect.fading x=(x) y=(y) width=((width - 10.0).max(3.0)) height=(BAR) {}
                @let head = x + width - 10.0;
                polygon points=(format!("{head},{} {},{} {head},{}", y - 2.0, x + width, y + BAR / 2.0, y + BAR + 2.0)) opacity="0.6" {}
            } @else {
                rect x=(x) y=(y) width=(width) height=(BAR) rx="1.5" {}
            }
            text x=(round(bar.label_left)) y=(round(bar.label_middle + 4.0)) { (bar.label) }
        }
    }
}

/// Tenths of a point are fine enough, and short.
fn round(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

fn operation_table(operations: &[WitnessOperation]) -> Markup {
    html! {
        div.scroll { table {
            thead { tr { th.number { "Event" } th.number { "Process" } th { "Operation" } th { "Outcome" }
                th.number { "Invoked" } th.number { "Completed" } th.number { "Took" } th { "Node" } } }
            tbody { @for operation in operations.iter().take(ROWS) { tr {
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
