//! Operations in lanes, each with its label above its bar, as many beside each other as there is room for.

use super::{Arrow, BAR, Bar, Evidence, PADDING, ProcessLane, Text, Timeline, axis};
use crate::text::clip;
use harness::checker::{Precedence, WitnessEdge, WitnessOperation, WitnessOrder};
use std::collections::BTreeMap;

/// Height of one row within a lane: a label above its bar.
const ROW: f64 = 34.0;
/// The most operations drawn as evidence: beyond this nobody follows, and a picture has to end somewhere.
const ACCUSED: usize = 60;
/// The most rows of a lane that operations given for context may ask for.
const CONTEXT_ROWS: usize = 3;
/// The most lanes that hold nothing but context.
const CONTEXT_LANES: usize = 5;
/// The most letters of what an operation did, and of why it is impossible.
const LETTERS: usize = 60;

/// Lays out evidence between `left` and `right`.
pub fn lay_out<'a>(
    evidence: Evidence<'a>,
    run_end: u64,
    (left, right): (f64, f64),
    measure: impl Fn(&str) -> f64,
) -> Timeline<'a> {
    let Evidence { operations, context, order } = evidence;
    let axis = axis(operations.iter(), run_end, left, right);
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
    let mut timeline = Timeline { left_out, ..Timeline::empty(axis) };
    for (process, operations) in lanes {
        timeline.add_lane(process, operations, order, &measure);
    }
    timeline.bars.sort_by_key(|bar| bar.accused);
    timeline.add_arrows(order);
    timeline
}

impl<'a> Timeline<'a> {
    /// Rows fill up from above; the accused choose first.
    fn add_lane(
        &mut self,
        process: u64,
        mut operations: Vec<(bool, &'a WitnessOperation)>,
        order: &WitnessOrder,
        measure: impl Fn(&str) -> f64,
    ) {
        let top = self.height;
        operations.sort_by_key(|(accused, operation)| (!accused, operation.start));
        let mut rows: Vec<Vec<(f64, f64)>> = Vec::new();
        for (accused, operation) in operations {
            let (text, impossible) = label(accused, operation, order);
            let mut bar = Bar { accused, impossible, ..Bar::new(operation, self.axis) };
            let width = measure(&text);
            let left = bar.left.min(self.axis.right - width).max(self.axis.left);
            let taken = (bar.left.min(left) - 5.0, bar.right.max(left + width) + 5.0);
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
            bar.texts.push(Text { text, left, middle: row_top + 8.0 });
            bar.top = row_top + 18.0;
            self.bars.push(bar);
        }
        let height = rows.len().max(1) as f64 * ROW + 2.0 * PADDING;
        self.lanes.push(ProcessLane { process, top, height, name_middle: top + height / 2.0 });
        self.height += height;
    }

    /// The order in real time: from the end of a bar to the beginning of another.
    fn add_arrows(&mut self, order: &WitnessOrder) {
        let bar = |index: u64| self.bars.iter().find(|bar| bar.accused && bar.operation.index == index);
        let arrow = |edge: &WitnessEdge| {
            let (one, other) = (bar(edge.from)?, bar(edge.to)?);
            let (from, to) = ((one.right, one.top + BAR / 2.0), (other.left, other.top + BAR / 2.0));
            let reach = ((to.0 - from.0) / 2.0).max(14.0);
            let curve = [from, (from.0 + reach, from.1), (to.0 - reach, to.1), to];
            Some(Arrow::along(&curve, Some(edge.by), edge.because.clone(), None))
        };
        let in_time = order.edges.iter().filter(|edge| edge.by == Precedence::RealTime);
        self.arrows = in_time.filter_map(arrow).collect();
    }
}

/// What is written above a bar, and whether it cannot come next where the longest order ends.
fn label(accused: bool, operation: &WitnessOperation, order: &WitnessOrder) -> (String, bool) {
    let mut label = clip(&operation.text, LETTERS);
    match operation.outcome.as_str() {
        "ok" => {}
        "info" => label += " · unknown",
        other => label += &format!(" · {other}"),
    }
    if let (true, Some(node)) = (accused, &operation.node) {
        label += &format!(" · {node}");
    }
    let Some(dead_end) = order.dead_ends.first().filter(|_| accused) else { return (label, false) };
    if let Some(place) = dead_end.order.iter().position(|&index| index == operation.index) {
        return (format!("{}. {label}", place + 1), false);
    }
    match dead_end.impossible.iter().find(|impossible| impossible.index == operation.index) {
        Some(impossible) => (format!("✗ {label}: {}", clip(&impossible.because, LETTERS)), true),
        None => (label, false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use harness::checker::{DeadEnd, Impossible};

    fn operation(process: u64, index: u64, start: u64, end: Option<u64>) -> WitnessOperation {
        let outcome = if end.is_some() { "ok" } else { "info" }.to_owned();
        WitnessOperation { process, index, name: None, text: format!("write {index}"), outcome, start, end, node: None }
    }

    fn timeline<'a>(
        operations: &'a [WitnessOperation],
        context: &'a [WitnessOperation],
        order: &'a WitnessOrder,
    ) -> Timeline<'a> {
        Timeline::new(Evidence { operations, context, order }, 20_000_000, (0.0, 400.0), measure)
    }

    fn measure(text: &str) -> f64 {
        text.chars().count() as f64 * 7.0
    }

    #[test]
    fn labels_and_bars_of_a_lane_never_overlap() {
        let operations: Vec<_> =
            (0..20).map(|n| operation(n % 2, n, n * 1_000_000, Some(n * 1_000_000 + 900_000))).collect();
        let order = WitnessOrder::default();
        let timeline = timeline(&operations, &[], &order);
        assert_eq!(timeline.bars.len(), 20);
        for (position, bar) in timeline.bars.iter().enumerate() {
            let label = &bar.texts[0];
            let end = |text: &Text| text.left + measure(&text.text);
            assert!(label.left >= 0.0 && end(label) <= 400.0);
            for other in &timeline.bars[..position] {
                let other = &other.texts[0];
                let apart = label.left > end(other) || other.left > end(label);
                assert!(apart || (label.middle - other.middle).abs() >= ROW, "{label:?} over {other:?}");
            }
        }
    }

    #[test]
    fn an_operation_of_unknown_outcome_reaches_the_edge() {
        let operations = [operation(1, 0, 5_000_000, None), operation(2, 1, 8_000_000, Some(9_000_000))];
        let order = WitnessOrder::default();
        let timeline = timeline(&operations, &[], &order);
        let open = timeline.bars.iter().find(|bar| bar.open).expect("the open operation");
        assert_eq!(open.right, 400.0);
        assert_eq!(timeline.lanes.len(), 2);
    }

    #[test]
    fn context_never_displaces_the_accused() {
        let accused = [operation(1, 0, 5_000_000, Some(6_000_000))];
        let context: Vec<_> = (1..500).map(|n| operation(n % 40, n, 5_000_000, Some(6_000_000))).collect();
        let order = WitnessOrder::default();
        let timeline = timeline(&accused, &context, &order);
        assert!(timeline.height < 2_000.0);
        assert!(timeline.bars.iter().any(|bar| bar.accused));
        assert!(timeline.lanes.len() <= 1 + CONTEXT_LANES);
        assert_eq!(timeline.bars.len() - 1 + timeline.left_out, 499);
    }

    #[test]
    fn a_witness_without_end_makes_no_picture_without_end() {
        let accused: Vec<_> = (0..5_000).map(|n| operation(n, n, 5_000_000, Some(6_000_000))).collect();
        let order = WitnessOrder::default();
        let timeline = timeline(&accused, &[], &order);
        assert_eq!(timeline.left_out, 5_000 - ACCUSED);
        assert!(timeline.height < 4_000.0);
    }

    #[test]
    fn the_longest_order_is_numbered_and_what_cannot_come_next_is_marked() {
        let operations = [
            operation(1, 0, 1_000_000, Some(2_000_000)),
            operation(2, 1, 3_000_000, None),
            operation(1, 2, 4_000_000, Some(5_000_000)),
        ];
        let edge = |from, to| WitnessEdge { from, to, by: Precedence::RealTime, key: None, because: "over".into() };
        let impossible = vec![Impossible { index: 2, because: "it saw 0 and not 1".into() }];
        let dead_ends = vec![DeadEnd { order: vec![0, 1], state: "1".into(), impossible }];
        let order = WitnessOrder { edges: vec![edge(0, 1), edge(0, 2), edge(0, 99)], dead_ends };
        let timeline = timeline(&operations, &[], &order);
        let text = |index: u64| {
            let bar = timeline.bars.iter().find(|bar| bar.operation.index == index).expect("a bar");
            (bar.texts[0].text.as_str(), bar.impossible)
        };
        assert_eq!(text(0), ("1. write 0", false));
        assert_eq!(text(1), ("2. write 1 · unknown", false));
        assert_eq!(text(2), ("✗ write 2: it saw 0 and not 1", true));
        assert_eq!(timeline.arrows.len(), 2, "none to what is not drawn");
        let bar = |index: usize| &timeline.bars[index];
        assert_eq!(timeline.arrows[0].points[0].0, bar(0).right);
        assert!(timeline.arrows.iter().all(|arrow| arrow.head[1].0 > arrow.points[0].0), "time goes to the right");
    }
}
