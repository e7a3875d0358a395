//! The operations of a violation on a true time axis: where each bar and each label goes. The picture and the page draw
//! the same layout.

use crate::axis::TimeAxis;
use harness::checker::WitnessOperation;
use std::collections::BTreeMap;

/// Height of one row within a lane: a label above its bar.
const ROW: f64 = 34.0;
/// Height of a bar.
pub const BAR: f64 = 11.0;
/// Free space around a lane's rows.
const PADDING: f64 = 7.0;
/// The most operations drawn as evidence: beyond this nobody follows, and a picture has to end somewhere.
const ACCUSED: usize = 60;
/// The most rows of a lane that operations given for context may ask for.
const CONTEXT_ROWS: usize = 3;
/// The most lanes that hold nothing but context.
const CONTEXT_LANES: usize = 5;

/// A laid-out timeline.
#[derive(Debug)]
pub struct Timeline<'a> {
    /// Time.
    pub axis: TimeAxis,
    /// A lane a process, from above.
    pub lanes: Vec<ProcessLane>,
    /// The bars, those of context first.
    pub bars: Vec<Bar<'a>>,
    /// The height of all lanes.
    pub height: f64,
    /// Operations for which there was no room.
    pub left_out: usize,
}

/// The lane of a process.
#[derive(Debug, PartialEq)]
pub struct ProcessLane {
    /// Whose.
    pub process: u64,
    /// Its upper edge.
    pub top: f64,
    /// Its height.
    pub height: f64,
}

/// An operation, laid out.
#[derive(Debug)]
pub struct Bar<'a> {
    /// Which.
    pub operation: &'a WitnessOperation,
    /// Whether it is one of those that cannot be ordered, rather than context.
    pub accused: bool,
    /// The bar's left end.
    pub left: f64,
    /// The bar's right end.
    pub right: f64,
    /// The bar's upper edge.
    pub top: f64,
    /// Whether it has no end: its effect may come at any later time.
    pub open: bool,
    /// What is written above it.
    pub label: String,
    /// Where the label begins.
    pub label_left: f64,
    /// The middle of the label's line.
    pub label_middle: f64,
}

impl<'a> Timeline<'a> {
    /// Lays out a witness between `left` and `right`. `measure` gives the width of a text.
    pub fn new(
        operations: &'a [WitnessOperation],
        context: &'a [WitnessOperation],
        run_end: u64,
        (left, right): (f64, f64),
        measure: impl Fn(&str) -> f64,
    ) -> Timeline<'a> {
        let axis = axis(operations, run_end, left, right);
        let accused: Vec<u64> = operations.iter().map(|operation| operation.index).collect();
        let nearby = context.iter().filter(|operation| {
            !accused.contains(&operation.index) && axis.shows(operation.start, operation.end.unwrap_or(u64::MAX))
        });
        let mut lanes: BTreeMap<u64, Vec<(bool, &WitnessOperation)>> = BTreeMap::new();
        for operation in operations.iter().take(ACCUSED) {
            lanes.entry(operation.process).or_default().push((true, operation));
        }
        let (mut left_out, mut context_lanes) = (operations.len().saturating_sub(ACCUSED), 0);
        for operation in nearby {
            let is_new = !lanes.contains_key(&operation.process);
            if is_new && context_lanes == CONTEXT_LANES {
                left_out += 1;
                continue;
            }
            context_lanes += usize::from(is_new);
            lanes.entry(operation.process).or_default().push((false, operation));
        }
        let mut timeline = Timeline { axis, lanes: Vec::new(), bars: Vec::new(), height: 0.0, left_out };
        for (process, operations) in lanes {
            timeline.add_lane(process, operations, &measure);
        }
        timeline.bars.sort_by_key(|bar| bar.accused);
        timeline
    }

    /// Rows fill up from above; the accused choose first.
    fn add_lane(
        &mut self,
        process: u64,
        mut operations: Vec<(bool, &'a WitnessOperation)>,
        measure: impl Fn(&str) -> f64,
    ) {
        let top = self.height;
        operations.sort_by_key(|(accused, operation)| (!accused, operation.start));
        let mut rows: Vec<Vec<(f64, f64)>> = Vec::new();
        for (accused, operation) in operations {
            let mut bar = self.bar(accused, operation, &measure);
            let width = measure(&bar.label);
            let taken = (bar.left.min(bar.label_left) - 5.0, bar.right.max(bar.label_left + width) + 5.0);
            let is_free = |row: &Vec<(f64, f64)>| row.iter().all(|&(from, to)| taken.1 < from || to < taken.0);
            let row = rows.iter().position(is_free).unwrap_or(rows.len());
            if !accused && row >= CONTEXT_ROWS {
                self.left_out += 1;
                continue;
            }
            if row == rows.len() {
                rows.push(Vec::new());
            }
            rows[row].push(taken);
            let row_top = top + PADDING + row as f64 * ROW;
            bar.label_middle = row_top + 8.0;
            bar.top = row_top + 18.0;
            self.bars.push(bar);
        }
        let height = rows.len().max(1) as f64 * ROW + 2.0 * PADDING;
        self.lanes.push(ProcessLane { process, top, height });
        self.height += height;
    }

    fn bar(&self, accused: bool, operation: &'a WitnessOperation, measure: impl Fn(&str) -> f64) -> Bar<'a> {
        // The effect of an operation of unknown outcome may come long after its client has given up.
        let open = operation.end.is_none() || operation.outcome == "info";
        let left = self.axis.x(operation.start);
        let right = if open { self.axis.right } else { self.axis.x(operation.end.unwrap_or(u64::MAX)) };
        let mut label = crate::text::clip(&operation.text, 60);
        match operation.outcome.as_str() {
            "ok" => {}
            "info" => label += " · unknown",
            other => label += &format!(" · {other}"),
        }
        if let (true, Some(node)) = (accused, &operation.node) {
            label += &format!(" · {node}");
        }
        let label_left = left.min(self.axis.right - measure(&label)).max(self.axis.left);
        Bar {
            operation,
            accused,
            left,
            right: right.max(left + 3.0),
            top: 0.0,
            open,
            label,
            label_left,
            label_middle: 0.0,
        }
    }
}

/// The stretch of time that the accused operations span, with a margin.
fn axis(operations: &[WitnessOperation], run_end: u64, left: f64, right: f64) -> TimeAxis {
    let start = operations.iter().map(|operation| operation.start).min().unwrap_or(0);
    let ends = operations.iter().map(|operation| match operation.end {
        Some(end) if operation.outcome != "info" => end,
        _ => operation.start,
    });
    let end = ends.max().unwrap_or(run_end).max(start);
    let margin = ((end - start) / 12).max(50_000);
    TimeAxis::new(start.saturating_sub(margin), end.saturating_add(margin), left, right)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operation(process: u64, index: u64, start: u64, end: Option<u64>) -> WitnessOperation {
        let outcome = if end.is_some() { "ok" } else { "info" }.to_owned();
        WitnessOperation { process, index, text: format!("write {index}"), outcome, start, end, node: None }
    }

    fn measure(text: &str) -> f64 {
        text.chars().count() as f64 * 7.0
    }

    #[test]
    fn labels_and_bars_of_a_lane_never_overlap() {
        let operations: Vec<_> =
            (0..20).map(|n| operation(n % 2, n, n * 1_000_000, Some(n * 1_000_000 + 900_000))).collect();
        let timeline = Timeline::new(&operations, &[], 1_000_000_000, (0.0, 400.0), measure);
        assert_eq!(timeline.bars.len(), 20);
        for (position, bar) in timeline.bars.iter().enumerate() {
            assert!(bar.label_left >= 0.0 && bar.label_left + measure(&bar.label) <= 400.0);
            for other in &timeline.bars[..position] {
                let apart = bar.label_left > other.label_left + measure(&other.label)
                    || other.label_left > bar.label_left + measure(&bar.label);
                assert!(apart || (bar.label_middle - other.label_middle).abs() >= ROW, "{bar:?} over {other:?}");
            }
        }
    }

    #[test]
    fn an_operation_of_unknown_outcome_reaches_the_edge() {
        let operations = [operation(1, 0, 5_000_000, None), operation(2, 1, 8_000_000, Some(9_000_000))];
        let timeline = Timeline::new(&operations, &[], 20_000_000, (0.0, 400.0), measure);
        let open = timeline.bars.iter().find(|bar| bar.open).expect("the open operation");
        assert_eq!(open.right, 400.0);
        assert_eq!(timeline.lanes.len(), 2);
    }

    #[test]
    fn context_never_displaces_the_accused() {
        let accused = [operation(1, 0, 5_000_000, Some(6_000_000))];
        let context: Vec<_> = (1..500).map(|n| operation(n % 40, n, 5_000_000, Some(6_000_000))).collect();
        let timeline = Timeline::new(&accused, &context, 20_000_000, (0.0, 400.0), measure);
        assert!(timeline.height < 2_000.0);
        assert!(timeline.bars.iter().any(|bar| bar.accused));
        assert!(timeline.lanes.len() <= 1 + CONTEXT_LANES);
        assert_eq!(timeline.bars.len() - 1 + timeline.left_out, 499);
    }

    #[test]
    fn a_witness_without_end_makes_no_picture_without_end() {
        let accused: Vec<_> = (0..5_000).map(|n| operation(n, n, 5_000_000, Some(6_000_000))).collect();
        let timeline = Timeline::new(&accused, &[], 20_000_000, (0.0, 400.0), measure);
        assert_eq!(timeline.left_out, 5_000 - ACCUSED);
        assert!(timeline.height < 4_000.0);
    }
}
