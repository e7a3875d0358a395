//! Transactions, a row each: on the left what it did, on the right when, and between the bars arrows that say what must come before
//! what. Between two rows lies as much free space as the words on the arrows need, so that no text ever meets another.

use super::{
    Arrow, BAR, Bar, Evidence, PADDING, ProcessLane, Text, Timeline,
    arrow::{bent, crossing},
    axis,
    words::{Link, WORDS, places},
};
use crate::text::{clip, count};
use harness::checker::{Precedence, WitnessOperation};
use std::collections::BTreeMap;

/// Width of the column with what the transactions did.
const COLUMN: f64 = 300.0;
/// Height of a line in it.
const LINE: f64 = 15.0;
/// The most lines of a transaction.
const LINES: usize = 4;
/// Free space between a bar and such words.
const CLEAR: f64 = 14.0;
/// How far two arrows that go to and fro keep from the straight way, so that they are two.
const ASIDE: f64 = 9.0;
/// How far an arrow over several rows keeps from the straight way, so as to go round the bars between.
const FAR_ASIDE: f64 = 36.0;
/// The most of a bar that arrows use, on each side of its middle.
const REACH: f64 = 60.0;
/// Of a long circle, this many transactions of its beginning are drawn, …
const FIRST: usize = 8;
/// … and this many of its end.
const LAST: usize = 4;
/// The most letters of a key on an arrow, and of a transaction's name.
const LETTERS: usize = 20;
/// The most letters of one operation of a transaction.
const PART: usize = 80;

/// Lays out transactions between `left` and `right`.
pub fn lay_out<'a>(
    evidence: Evidence<'a>,
    run_end: u64,
    (left, right): (f64, f64),
    measure: impl Fn(&str) -> f64,
) -> Timeline<'a> {
    let mut shown = in_order(evidence);
    let left_out = shown.len().saturating_sub(FIRST + LAST);
    shown.drain(FIRST.min(shown.len())..FIRST.min(shown.len()) + left_out);
    let axis = axis(shown.iter().copied(), run_end, left + COLUMN, right);
    // A lane a process, in the order in which the circle comes to them.
    let mut processes: Vec<u64> = Vec::new();
    shown.iter().for_each(|operation| {
        if !processes.contains(&operation.process) {
            processes.push(operation.process);
        }
    });
    let mut rows = shown.clone();
    rows.sort_by_key(|operation| processes.iter().position(|process| *process == operation.process));

    let links = links(evidence, &rows, (left_out > 0).then(|| (shown[FIRST - 1], shown[FIRST], left_out)));
    let mut timeline = Timeline { left_out, ..Timeline::empty(axis) };
    timeline.bars = rows.iter().map(|operation| Bar::new(operation, axis)).collect();
    let ports = ports(&timeline.bars, &links);
    let places = places(&links, rows.len());
    for (row, operation) in rows.iter().enumerate() {
        let name = clip(operation.name.as_deref().unwrap_or_default(), LETTERS);
        let indent = measure(&name) + measure("  ");
        let texts = texts(operation, COLUMN - 24.0 - indent, &measure);
        let lines = places.iter().filter(|(gap, _)| *gap == row).count();
        timeline.add_row(row, (name, left + 8.0), (texts, left + 8.0 + indent), lines);
    }
    timeline.arrows = (0..links.len()).map(|at| timeline.arrow(&links, at, ports[at], places[at], &measure)).collect();
    timeline
}

/// The transactions in the order in which the edges come to them: that of the circle, if it is one.
fn in_order<'a>(evidence: Evidence<'a>) -> Vec<&'a WitnessOperation> {
    let along = evidence.order.edges.iter().flat_map(|edge| [edge.from, edge.to]);
    let mut place: BTreeMap<u64, usize> = BTreeMap::new();
    along.enumerate().for_each(|(at, index)| {
        place.entry(index).or_insert(at);
    });
    let mut all: Vec<&WitnessOperation> = evidence.operations.iter().collect();
    all.sort_by_key(|operation| place.get(&operation.index).copied().unwrap_or(usize::MAX));
    all
}

/// The arrows between these rows, and the one over those that are left out.
fn links(
    evidence: Evidence,
    rows: &[&WitnessOperation],
    left_out: Option<(&WitnessOperation, &WitnessOperation, usize)>,
) -> Vec<Link> {
    let row = |index: u64| rows.iter().position(|operation| operation.index == index);
    let mut links: Vec<Link> = Vec::new();
    for edge in &evidence.order.edges {
        let (Some(from), Some(to)) = (row(edge.from), row(edge.to)) else { continue };
        let label = match &edge.key {
            Some(key) => format!("{} {}", edge.by.name(), clip(key, LETTERS)),
            None => edge.by.name().to_owned(),
        };
        links.push(Link { from, to, by: Some(edge.by), label, because: edge.because.clone() });
    }
    if let Some((one, other, more)) = left_out
        && let (Some(from), Some(to), false) = (row(one.index), row(other.index), links.is_empty())
    {
        let label = format!("… and {} more", count(more as u64));
        let because = "Those are in results.json.".to_owned();
        links.push(Link { from, to, by: None, label, because });
    }
    links.retain(|link| link.from != link.to);
    links
}

/// The middle of a bar, or where an open one begins.
fn middle(bar: &Bar) -> f64 {
    if bar.open { bar.left } else { (bar.left + bar.right) / 2.0 }
}

/// Where each arrow leaves its first bar and reaches its second.
fn ports(bars: &[Bar], links: &[Link]) -> Vec<(f64, f64)> {
    let is_in_time = |link: &Link| matches!(link.by, Some(Precedence::Process | Precedence::RealTime));
    // What a transaction did, it did somewhere between its call and its return. The arrows share that stretch, those on the left that
    // come from the left.
    let place = |row: usize, at: usize| {
        let mut ends: Vec<(f64, usize)> = Vec::new();
        for (number, link) in links.iter().enumerate().filter(|(_, link)| !is_in_time(link)) {
            match row {
                row if row == link.from => ends.push((middle(&bars[link.to]), number)),
                row if row == link.to => ends.push((middle(&bars[link.from]), number)),
                _ => {}
            }
        }
        ends.sort_by(|one, other| one.0.total_cmp(&other.0).then(one.1.cmp(&other.1)));
        let position = ends.iter().position(|end| end.1 == at).unwrap_or(0);
        let bar = &bars[row];
        let center = middle(bar);
        let (from, to) = match bar.open {
            true => (bar.left, bar.right.min(bar.left + REACH)),
            false => (bar.left.max(center - REACH), bar.right.min(center + REACH)),
        };
        from + (to - from) * (position as f64 + 1.0) / (ends.len() as f64 + 1.0)
    };
    let ends = links.iter().enumerate().map(|(number, link)| match is_in_time(link) {
        // It was over before the other began.
        true => (bars[link.from].right, bars[link.to].left),
        false => (place(link.from, number), place(link.to, number)),
    });
    ends.collect()
}

/// What a transaction did, in lines of this width at most.
fn texts(operation: &WitnessOperation, width: f64, measure: impl Fn(&str) -> f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let fits = |text: &str| measure(text) <= width;
    let parts = operation.text.split(", ").count();
    for (number, part) in operation.text.split(", ").enumerate() {
        let comma = if number + 1 < parts { "," } else { "" };
        let longest = (1..=PART).rev().map(|length| clip(part, length) + comma).find(|part| fits(part));
        let part = longest.unwrap_or_else(|| "…".to_owned());
        match lines.last_mut() {
            Some(line) if fits(&format!("{line} {part}")) => *line = format!("{line} {part}"),
            _ => lines.push(part),
        }
    }
    if lines.len() > LINES {
        lines.truncate(LINES - 1);
        lines.push("…".to_owned());
    }
    let outcome = match operation.outcome.as_str() {
        "ok" => None,
        "info" => Some("outcome unknown".to_owned()),
        "fail" => Some("failed: it did not happen".to_owned()),
        other => Some(clip(other, LETTERS)),
    };
    let node = operation.node.as_deref().map(|node| format!("at {}", clip(node, LETTERS)));
    let rest: Vec<String> = outcome.into_iter().chain(node).collect();
    lines.extend((!rest.is_empty()).then(|| rest.join(", ")));
    lines
}

impl Timeline<'_> {
    /// The arrow of one of the links, with its words in a line of a gap.
    fn arrow(
        &self,
        links: &[Link],
        at: usize,
        (from, to): (f64, f64),
        (gap, line): (usize, usize),
        measure: impl Fn(&str) -> f64,
    ) -> Arrow {
        let link = &links[at];
        let is_down = link.from < link.to;
        let edge = |row: usize, is_upper: bool| self.bars[row].top + if is_upper { BAR } else { 0.0 };
        let to_and_fro = links.iter().any(|other| (other.from, other.to) == (link.to, link.from));
        let (upper, lower) = (link.from.min(link.to), link.from.max(link.to));
        let aside = match (to_and_fro, lower - upper) {
            (true, _) => ASIDE,
            (false, 1) => 0.0,
            // On the side where the bars between are not; to the right of who goes down is the left of the picture.
            (false, rows) => {
                let way = |row: usize| from + (to - from) * row.abs_diff(link.from) as f64 / rows as f64;
                let off: f64 = (upper + 1..lower).map(|row| middle(&self.bars[row]) - way(row)).sum();
                if (off > 0.0) == is_down { FAR_ASIDE } else { -FAR_ASIDE }
            }
        };
        let curve = bent((from, edge(link.from, is_down)), (to, edge(link.to, !is_down)), aside);
        let height = self.bars[gap].top + BAR + CLEAR + (line as f64 + 0.5) * WORDS;
        let width = measure(&link.label);
        let left = crossing(&curve, height) - width / 2.0;
        let left = left.min(self.axis.right - width).max(self.axis.left);
        let label = Text { text: link.label.clone(), left, middle: height };
        Arrow::along(&curve, link.by, link.because.clone(), Some(label))
    }

    /// Gives a bar its row, below all rows so far: its name and its texts beside it, and lines for the words on arrows below it.
    fn add_row(&mut self, row: usize, (name, left): (String, f64), (texts, indent): (Vec<String>, f64), lines: usize) {
        let top = self.height;
        let below = if lines == 0 { PADDING } else { 2.0 * CLEAR + lines as f64 * WORDS };
        let text_height = 2.0 * PADDING + texts.len() as f64 * LINE;
        let bar = &mut self.bars[row];
        bar.top = top + PADDING + (LINE - BAR) / 2.0;
        let middle = |line: usize| top + PADDING + (line as f64 + 0.5) * LINE;
        let place = |(line, text): (usize, String)| Text { text, left: indent, middle: middle(line) };
        bar.texts = vec![Text { text: name, left, middle: middle(0) }];
        bar.texts.extend(texts.into_iter().enumerate().map(place));
        let (process, height) = (bar.operation.process, text_height.max(bar.top - top + BAR + below));
        self.height += height;
        match self.lanes.last_mut().filter(|lane| lane.process == process) {
            Some(lane) => lane.height += height,
            None => {
                self.lanes.push(ProcessLane { process, top, height, name_middle: top + PADDING + LINE / 2.0 });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use harness::checker::{WitnessEdge, WitnessOrder};

    fn measure(text: &str) -> f64 {
        text.chars().count() as f64 * 7.0
    }

    fn transaction(number: u64, process: u64) -> WitnessOperation {
        WitnessOperation {
            process,
            index: number,
            name: Some(format!("T{}", number + 1)),
            text: format!(
                "append k{number} 17, read k{} → [1 2 3 4 5 6 7 8], read a-key-with-a-name-without-end → 1",
                number + 1
            ),
            outcome: "ok".into(),
            start: 1_000_000 * (number % 7),
            end: Some(1_000_000 * (number % 7) + 400_000),
            node: None,
        }
    }

    fn circle(count: u64) -> WitnessOrder {
        let kinds = [Precedence::Rw, Precedence::Wr, Precedence::Ww, Precedence::RealTime, Precedence::Process];
        let edge = |at: u64| WitnessEdge {
            from: at,
            to: (at + 1) % count,
            by: kinds[at as usize % kinds.len()],
            key: Some(format!("k{at}")),
            because: "it did".into(),
        };
        WitnessOrder { edges: (0..count).map(edge).collect(), dead_ends: Vec::new() }
    }

    fn lay_out_all(count: u64, processes: u64, check: impl Fn(&Timeline)) {
        let operations: Vec<_> = (0..count).map(|number| transaction(number, number % processes)).collect();
        let order = circle(count);
        let evidence = Evidence { operations: &operations, context: &[], order: &order };
        check(&Timeline::new(evidence, 20_000_000, (90.0, 990.0), measure));
    }

    fn boxes(timeline: &Timeline) -> Vec<(f64, f64, f64, f64)> {
        let texts = timeline.bars.iter().flat_map(|bar| &bar.texts);
        let words = timeline.arrows.iter().filter_map(|arrow| arrow.label.as_ref());
        let of = |text: &Text| (text.left, text.left + measure(&text.text), text.middle - 7.0, text.middle + 7.0);
        texts.chain(words).map(of).collect()
    }

    #[test]
    fn no_text_meets_another_or_leaves_the_picture() {
        for (count, processes) in [(2, 2), (3, 1), (5, 3), (12, 12), (12, 5), (300, 7)] {
            lay_out_all(count, processes, |timeline| {
                let boxes = boxes(timeline);
                for (at, one) in boxes.iter().enumerate() {
                    assert!(one.0 >= 90.0 && one.1 <= 990.0 && one.2 >= 0.0 && one.3 <= timeline.height, "{one:?}");
                    for other in &boxes[..at] {
                        let apart = one.1 < other.0 || other.1 < one.0 || one.3 <= other.2 || other.3 <= one.2;
                        assert!(apart, "{one:?} over {other:?} of {count}");
                    }
                    for bar in &timeline.bars {
                        let apart = one.1 < bar.left || bar.right < one.0 || one.3 <= bar.top || bar.top + BAR <= one.2;
                        assert!(apart, "{one:?} over {bar:?} of {count}");
                    }
                }
            });
        }
    }

    #[test]
    fn every_edge_has_an_arrow_between_its_bars() {
        lay_out_all(5, 5, |timeline| {
            assert_eq!((timeline.lanes.len(), timeline.arrows.len()), (5, 5));
            for (at, arrow) in timeline.arrows.iter().enumerate() {
                let (from, to) = (&timeline.bars[at], &timeline.bars[(at + 1) % 5]);
                let touches = |bar: &Bar, (x, y): (f64, f64)| {
                    (bar.left - 0.1..=bar.right + 0.1).contains(&x) && (bar.top..=bar.top + BAR).contains(&y)
                };
                assert!(touches(from, arrow.points[0]) && touches(to, arrow.head[1]), "{at}: {arrow:?}");
            }
        });
    }

    #[test]
    fn of_a_long_circle_both_ends_are_drawn_and_the_rest_is_counted() {
        lay_out_all(1_000, 1_000, |timeline| {
            assert_eq!((timeline.bars.len(), timeline.left_out), (12, 988));
            let names: Vec<_> = timeline.bars.iter().filter_map(|bar| bar.operation.name.as_deref()).collect();
            assert_eq!(names, ["T1", "T2", "T3", "T4", "T5", "T6", "T7", "T8", "T997", "T998", "T999", "T1000"]);
            let over = timeline.arrows.iter().find(|arrow| arrow.by.is_none()).expect("an arrow over the rest");
            assert_eq!(over.label.as_ref().map(|label| label.text.as_str()), Some("… and 988 more"));
            assert_eq!(timeline.arrows.len(), 12, "it is still a circle");
        });
    }

    #[test]
    fn transactions_without_an_order_are_drawn_without_arrows() {
        let operations = [transaction(0, 3), transaction(1, 4)];
        let order = WitnessOrder::default();
        let evidence = Evidence { operations: &operations, context: &[], order: &order };
        let timeline = Timeline::new(evidence, 20_000_000, (90.0, 990.0), measure);
        assert_eq!((timeline.bars.len(), timeline.arrows.len()), (2, 0));
    }
}
