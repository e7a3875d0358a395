//! The operations of a violation on a true time axis: where each bar, each text and each arrow goes. The picture and the
//! page draw the same layout.

mod arrow;
mod lanes;
mod rows;
mod words;

pub use arrow::Arrow;

use crate::axis::TimeAxis;
use harness::checker::{Witness, WitnessOperation, WitnessOrder};

/// Height of a bar.
pub const BAR: f64 = 11.0;
/// Free space around a lane's rows.
const PADDING: f64 = 7.0;

/// What is drawn of a witness.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'a> {
    /// The accused.
    pub operations: &'a [WitnessOperation],
    /// Others, for context.
    pub context: &'a [WitnessOperation],
    /// Why the accused have no order.
    pub order: &'a WitnessOrder,
}

impl<'a> Evidence<'a> {
    /// Operations, if a witness consists of any.
    pub fn of(witness: &'a Witness) -> Option<Evidence<'a>> {
        match witness {
            Witness::Operations { operations, context, order, .. } if !operations.is_empty() => {
                Some(Evidence { operations, context, order })
            }
            _ => None,
        }
    }

    /// What the operations are: those that the argument gives a name are transactions.
    fn are_transactions(&self) -> bool {
        self.operations.iter().any(|operation| operation.name.is_some())
    }

    /// `4 operations`, `2 transactions`.
    pub fn counted(&self) -> String {
        let (one, many) =
            if self.are_transactions() { ("transaction", "transactions") } else { ("operation", "operations") };
        crate::text::plural(self.operations.len() as u64, one, many)
    }
}

/// A laid-out timeline.
#[derive(Debug)]
pub struct Timeline<'a> {
    /// Time.
    pub axis: TimeAxis,
    /// A lane a process, from above.
    pub lanes: Vec<ProcessLane>,
    /// The bars, those of context first.
    pub bars: Vec<Bar<'a>>,
    /// What comes before what.
    pub arrows: Vec<Arrow>,
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
    /// The middle of the line with its name.
    pub name_middle: f64,
}

/// An operation, laid out.
#[derive(Debug)]
pub struct Bar<'a> {
    /// Which.
    pub operation: &'a WitnessOperation,
    /// Whether it is one of those that cannot be ordered, rather than context.
    pub accused: bool,
    /// Whether it cannot come next where the longest order ends.
    pub impossible: bool,
    /// The bar's left end.
    pub left: f64,
    /// The bar's right end.
    pub right: f64,
    /// The bar's upper edge.
    pub top: f64,
    /// Whether it has no end: its effect may come at any later time.
    pub open: bool,
    /// What is written about it.
    pub texts: Vec<Text>,
}

/// A line of text.
#[derive(Clone, Debug, PartialEq)]
pub struct Text {
    /// What it says.
    pub text: String,
    /// Where it begins.
    pub left: f64,
    /// The middle of the line.
    pub middle: f64,
}

impl<'a> Timeline<'a> {
    /// Lays out evidence between `left` and `right`. `measure` gives the width of a text.
    pub fn new(evidence: Evidence<'a>, run_end: u64, sides: (f64, f64), measure: impl Fn(&str) -> f64) -> Timeline<'a> {
        if evidence.are_transactions() {
            rows::lay_out(evidence, run_end, sides, measure)
        } else {
            lanes::lay_out(evidence, run_end, sides, measure)
        }
    }

    fn empty(axis: TimeAxis) -> Timeline<'a> {
        let (lanes, bars, arrows) = (Vec::new(), Vec::new(), Vec::new());
        Timeline { axis, lanes, bars, arrows, height: 0.0, left_out: 0 }
    }
}

impl<'a> Bar<'a> {
    /// The bar of an operation, as yet without a height and without texts.
    fn new(operation: &'a WitnessOperation, axis: TimeAxis) -> Bar<'a> {
        // The effect of an operation of unknown outcome may come long after its client has given up.
        let open = operation.end.is_none() || operation.outcome == "info";
        let left = axis.x(operation.start);
        let right = if open { axis.right } else { axis.x(operation.end.unwrap_or(u64::MAX)) };
        let right = right.max(left + 3.0);
        Bar { operation, accused: true, impossible: false, left, right, top: 0.0, open, texts: Vec::new() }
    }
}

/// The stretch of time that operations span, with a margin.
fn axis<'a>(
    operations: impl Iterator<Item = &'a WitnessOperation> + Clone,
    run_end: u64,
    left: f64,
    right: f64,
) -> TimeAxis {
    let start = operations.clone().map(|operation| operation.start).min().unwrap_or(0);
    let ends = operations.map(|operation| match operation.end {
        Some(end) if operation.outcome != "info" => end,
        _ => operation.start,
    });
    let end = ends.max().unwrap_or(run_end).max(start);
    let margin = ((end - start) / 12).max(50_000);
    TimeAxis::new(start.saturating_sub(margin), end.saturating_add(margin), left, right)
}
