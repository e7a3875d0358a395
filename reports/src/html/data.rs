//! The numbers that the page's charts are drawn from, in the page itself, written short: times are whole multiples of
//! 10 µs, and those of operations are differences, so that 100,000 operations take about a megabyte and a half.

use crate::{
    fault_row::FaultRow,
    lane::State,
    operation::{Buckets, Fate, Functions, fate},
    palette,
    run::Run,
    service::{self, Service},
};
use harness::history::{Operation, Outcome};
use maud::{Markup, PreEscaped, html};
use serde::Serialize;

/// More operations than this make a page slow to open: then every n-th success is shown, and everything else.
const OPERATIONS_MAX: usize = 150_000;
/// Nanoseconds of the unit of time.
const UNIT: u64 = 10_000;

#[derive(Serialize)]
struct Data<'a> {
    end: u64,
    workload_end: u64,
    violation: Option<u64>,
    functions: Vec<Named<'a>>,
    outcomes: Vec<Named<'a>>,
    operations: Operations,
    buckets: Rates,
    service: Vec<(u64, u64, bool)>,
    faults: Vec<FaultData<'a>>,
    states: Vec<Named<'a>>,
    lanes: Vec<LaneData<'a>>,
    paused: String,
}

#[derive(Serialize)]
struct Named<'a> {
    name: &'a str,
    color: String,
}

/// Columns, because names repeated 100,000 times are most of a page.
#[derive(Default, Serialize)]
struct Operations {
    /// Invocation, as the difference to the one before.
    time: Vec<u64>,
    /// Microseconds that it took.
    micros: Vec<u64>,
    /// Four times the function's position, plus 0 for ok, 1 for fail, 2 for info.
    kind: Vec<u8>,
    process: Vec<u64>,
    /// How many there are in the history.
    total: usize,
}

#[derive(Serialize)]
struct Rates {
    width: u64,
    /// Widths as a fraction of a second, to get rates.
    seconds: f64,
    ok: Vec<u64>,
    fail: Vec<u64>,
    info: Vec<u64>,
}

#[derive(Serialize)]
struct FaultData<'a> {
    label: String,
    color: String,
    windows: Vec<(u64, u64, &'a str, &'a str)>,
}

#[derive(Serialize)]
struct LaneData<'a> {
    node: &'a str,
    /// From, to, position of the state, term.
    spans: Vec<(u64, u64, usize, u64)>,
    paused: Vec<(u64, u64)>,
}

/// The data as a script element that no value in it can close.
pub fn script(run: &Run) -> Markup {
    let json = serde_json::to_string(&data(run)).unwrap_or_else(|_| "null".into());
    html! { script #data type="application/json" { (PreEscaped(escape(&json))) } }
}

/// `<` and `&` mean something to HTML, the line separators to old JavaScript. Inside JSON they occur only within strings.
fn escape(json: &str) -> String {
    let mut text = String::with_capacity(json.len() + 64);
    for letter in json.chars() {
        match letter {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => text.push_str(&format!("\\u{:04x}", letter as u32)),
            other => text.push(other),
        }
    }
    text
}

fn data(run: &Run) -> Data<'_> {
    let functions = Functions::of(&run.operations);
    let counted = Buckets::of(&run.operations, run.end);
    let column = |value: fn(&crate::operation::Bucket) -> u64| counted.buckets.iter().map(value).collect();
    let named = |(position, name)| Named { name, color: palette::function(position).hex() };
    let outcome = |(name, outcome)| Named { name, color: palette::outcome(outcome).hex() };
    Data {
        end: unit(run.end).max(1),
        workload_end: unit(run.workload_end),
        violation: run.first_violation().map(unit),
        functions: functions.names().enumerate().map(named).collect(),
        outcomes: [("ok", Outcome::Ok), ("fail", Outcome::Fail), ("info", Outcome::Info)].map(outcome).into(),
        operations: operations(run, &functions),
        buckets: Rates {
            width: unit(counted.width),
            seconds: counted.width as f64 / 1e9,
            ok: column(|bucket| bucket.ok),
            fail: column(|bucket| bucket.fail),
            info: column(|bucket| bucket.info),
        },
        service: service::stretches(run)
            .iter()
            .map(|stretch| (unit(stretch.start), unit(stretch.end), stretch.service == Service::Served))
            .collect(),
        faults: FaultRow::of(&run.faults, run.end).into_iter().map(fault).collect(),
        states: State::ALL
            .iter()
            .map(|&state| Named { name: state.name(), color: palette::state(state).hex() })
            .collect(),
        lanes: run.lanes.iter().map(lane).collect(),
        paused: palette::PAUSED.hex(),
    }
}

fn unit(ns: u64) -> u64 {
    ns / UNIT
}

fn operations(run: &Run, functions: &Functions) -> Operations {
    let mut columns = Operations { total: run.operations.len(), ..Operations::default() };
    let keep_every = run.operations.len().div_ceil(OPERATIONS_MAX).max(1);
    let kept = run
        .operations
        .iter()
        .enumerate()
        .filter(|(position, operation)| position.is_multiple_of(keep_every) || fate(operation) != Fate::Ok);
    let mut last = 0;
    for (_, operation) in kept {
        let time = unit(operation.call_time);
        columns.time.push(time - last);
        last = time;
        let end = operation.end_time.unwrap_or(run.end);
        columns.micros.push(end.saturating_sub(operation.call_time) / 1000);
        columns.kind.push(kind(operation, functions));
        columns.process.push(operation.process);
    }
    columns
}

fn kind(operation: &Operation, functions: &Functions) -> u8 {
    let outcome = match fate(operation) {
        Fate::Ok => 0,
        Fate::Fail => 1,
        Fate::Info => 2,
    };
    // More functions than this share the last place.
    (functions.position(&operation.f).min(60) * 4) as u8 + outcome
}

fn fault(row: FaultRow<'_>) -> FaultData<'_> {
    let windows = row.windows.iter().map(|window| {
        let fault = window.fault;
        (unit(window.start), unit(window.end), fault.summary.as_str(), fault.evidence.note.as_str())
    });
    FaultData { label: row.label(), color: row.color.hex(), windows: windows.collect() }
}

fn lane(lane: &crate::lane::Lane) -> LaneData<'_> {
    let position = |state| State::ALL.iter().position(|&known| known == state).unwrap_or(0);
    let spans = lane.spans.iter().map(|span| (unit(span.start), unit(span.end), position(span.state), span.term));
    let paused = lane.paused.iter().map(|&(start, end)| (unit(start), unit(end)));
    LaneData { node: &lane.node, spans: spans.collect(), paused: paused.collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_closes_the_script() {
        let hostile = serde_json::to_string("</script><script>alert(1)</script>\u{2028}").expect("JSON");
        let text = escape(&hostile);
        assert!(!text.contains('<') && !text.contains('\u{2028}'));
        let back: String = serde_json::from_str(&text).expect("still JSON");
        assert_eq!(back, "</script><script>alert(1)</script>\u{2028}");
    }
}
