//! The operations of a violation on a true time axis, with what must come before what, as SVG.

use crate::{
    fault_row::{FaultRow, named},
    run::Run,
    text::{at, plural},
    timeline::{Arrow, BAR, Bar, Evidence, Timeline},
};
use harness::checker::{Precedence, WitnessOrder};
use maud::{Markup, html};

const LEFT: f64 = 96.0;
const RIGHT: f64 = 988.0;

/// The picture with its legend.
pub fn timeline(run: &Run, evidence: Evidence) -> Markup {
    // The browser chooses the font, so that widths are estimated on the safe side.
    let measure = |text: &str| text.chars().count() as f64 * 6.9;
    let timeline = Timeline::new(evidence, run.end, (LEFT, RIGHT), measure);
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
                    text.process x=(LEFT - 10.0) y=(round(lane.name_middle + 4.0)) { "process " (lane.process) }
                }
                line.axis x1=(round(timeline.axis.left)) x2=(RIGHT) y1=(bottom) y2=(bottom) {}
                @for arrow in &timeline.arrows { (svg_arrow(arrow)) }
                @for bar in &timeline.bars { (svg_bar(bar)) }
                // Above all else, for the arrows go through their words.
                @for arrow in &timeline.arrows { @if let Some(words) = &arrow.label {
                    @let width = measure(&words.text);
                    rect.patch x=(round(words.left - 2.0)) y=(round(words.middle - 8.0)) width=(round(width + 4.0)) height="16" {}
                    text.words.{ (class(arrow)) } x=(round(words.left + width / 2.0)) y=(round(words.middle + 4.0)) { (words.text) }
                } }
            }
        }
        p.hint { "Blue: ok. Orange: fail. Vermilion, fading to an arrow: unknown, it may take effect at any later time or never. "
            @if !evidence.context.is_empty() { "Grey: other operations of the key. " }
            (arrows(evidence, &timeline))
            @if !names.is_empty() { " Shaded: " (names.join("; ")) "." }
            @if timeline.left_out > 0 { " " (plural(timeline.left_out as u64, "more is", "more are")) " not drawn; results.json has them." } }
    }
}

/// What the arrows and marks say.
fn arrows(evidence: Evidence, timeline: &Timeline) -> Markup {
    let has = |by: Precedence| timeline.arrows.iter().any(|arrow| arrow.by == Some(by));
    html! {
        @if has(Precedence::Ww) || has(Precedence::Wr) || has(Precedence::Rw) {
            "Arrows go from what must come before to what must come after"
            @if has(Precedence::Ww) { "; ww: it wrote a version, and the other wrote a later one" }
            @if has(Precedence::Wr) { "; wr: the other read what it wrote" }
            @if has(Precedence::Rw) { "; rw: it read a version, and the other wrote a later one" }
            @if has(Precedence::Process) { "; process: the same process did it before" }
            @if has(Precedence::RealTime) { "; real time: it was over before the other began" }
            ". "
        } @else if !timeline.arrows.is_empty() {
            "An arrow goes from what was over to what began only then. "
        }
        (dead_end(evidence.order))
    }
}

fn dead_end(order: &WitnessOrder) -> Markup {
    html! {
        @if let Some(dead_end) = order.dead_ends.first() {
            @if dead_end.order.is_empty() { "✗: cannot come first, and why. " }
            @else { "Numbers: an order than which none goes further. ✗: cannot come next in it, and why. " }
        }
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
pub fn gradients() -> Markup {
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
        g.{ (class) }.impossible[bar.impossible] {
            title { (tip) }
            @if bar.open {
                // It fades, and an arrow says: and beyond.
                rect.fading x=(x) y=(y) width=((width - 10.0).max(3.0)) height=(BAR) {}
                @let head = x + width - 10.0;
                polygon points=(format!("{head},{} {},{} {head},{}", y - 2.0, x + width, y + BAR / 2.0, y + BAR + 2.0)) opacity="0.6" {}
            } @else {
                rect x=(x) y=(y) width=(width) height=(BAR) rx="1.5" {}
            }
            @for (number, text) in bar.texts.iter().enumerate() {
                text.name[number == 0 && operation.name.is_some()] x=(round(text.left)) y=(round(text.middle + 4.0)) { (text.text) }
            }
        }
    }
}

fn class(arrow: &Arrow) -> &'static str {
    match arrow.by {
        Some(Precedence::Ww) => "ww",
        Some(Precedence::Wr) => "wr",
        Some(Precedence::Rw) => "rw",
        Some(Precedence::Process) => "process-order",
        Some(Precedence::RealTime) => "real-time",
        None => "left-out",
    }
}

fn svg_arrow(arrow: &Arrow) -> Markup {
    let points = |points: &[(f64, f64)]| {
        points.iter().map(|(x, y)| format!("{},{}", round(*x), round(*y))).collect::<Vec<_>>().join(" ")
    };
    html! {
        g.arrow.{ (class(arrow)) } {
            title { (arrow.because) }
            polyline points=(points(&arrow.points)) {}
            polygon points=(points(&arrow.head)) {}
        }
    }
}

/// Tenths of a point are fine enough, and short.
fn round(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}
