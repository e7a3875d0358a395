//! From a core to sentences: what a person needs to be told to see that there is no order.

use super::linearizability::{History, key_of};
use super::minimal::{Core, NAIVE_MAX, late_for, reach};
use super::model::{Object, OpKind};
use super::search::Entry;
use super::{DeadEnd, Impossible, Precedence, Violation, Witness, WitnessEdge, WitnessOperation, WitnessOrder};
use crate::history::{ONLY_KEY, Operation};

/// How many operations around the core are shown.
const CONTEXT_MAX: usize = 40;
/// How many of the longest beginnings of an order are spelt out.
const DEAD_ENDS_MAX: usize = 4;

/// Words for the violation that `core` is, found at the return at position `at`.
pub(super) fn explain<O: Object>(history: &History<O>, operations: &[&Operation], core: &Core, at: u64) -> Violation {
    let story = Story::new(history, operations, core);
    let accused = story.accused(at);
    let context = story.context(core, at);
    let shown = (0..story.entries.len()).map(|i| story.witness(story.operations[i], &story.entries[i].op)).collect();
    let beginnings = story.beginnings();
    Violation {
        property: "Linearizability".into(),
        summary: O::accusation(&story, accused),
        explanation: story.argument(core.minimal, &beginnings),
        time: story.operations[accused].end_time.or(Some(story.operations[accused].call_time)),
        witness: Witness::Operations {
            order: story.order(&beginnings),
            key: story.key,
            initial: history.model.describe_state(history.model.initial()),
            minimal: core.minimal,
            operations: shown,
            context,
        },
    }
}

/// A beginning of an order of the core than which none is longer.
struct Beginning<S> {
    /// The operations that have a place, as bits.
    placed: u32,
    /// The same in their order.
    order: Vec<usize>,
    /// What the object holds after them.
    state: S,
}

/// The core, with all that is needed to speak of it.
pub struct Story<'a, O: Object> {
    pub(super) history: &'a History<O>,
    pub(super) all: &'a [&'a Operation],
    /// The core's entries and operations, side by side.
    pub(super) entries: Vec<Entry<O::Op>>,
    pub(super) operations: Vec<&'a Operation>,
    pub(super) key: String,
    /// Digits after the point that tell the core's times apart.
    digits: usize,
    /// The elements that are looked at, if they are not all.
    elements: Option<Vec<u32>>,
}

impl<'a, O: Object> Story<'a, O> {
    fn new(history: &'a History<O>, all: &'a [&'a Operation], core: &Core) -> Story<'a, O> {
        let seen = |op: &O::Op| core.elements.as_ref().map_or(*op, |elements| history.model.project(op, elements));
        let entries: Vec<_> = core
            .members
            .iter()
            .map(|&i| &history.entries[i])
            .map(|entry| Entry { op: seen(&entry.op), ..*entry })
            .collect();
        let operations: Vec<&Operation> = core.members.iter().map(|&i| all[history.sources[i]]).collect();
        let key = operations.first().map_or_else(String::new, |operation| key_of(operation));
        let mut times: Vec<u64> = operations.iter().flat_map(|o| [Some(o.call_time), o.end_time]).flatten().collect();
        times.sort_unstable();
        times.dedup();
        let apart = |unit: u64| times.windows(2).all(|pair| pair[0] / unit != pair[1] / unit);
        let digits = [(1_000_000, 3), (1_000, 6)].into_iter().find(|(unit, _)| apart(*unit)).map_or(9, |(_, d)| d);
        Story { history, all, entries, operations, key, digits, elements: core.elements.clone() }
    }

    pub(super) fn time(&self, ns: u64) -> String {
        let fraction = ns % 1_000_000_000 / 10u64.pow(9 - u32::try_from(self.digits).unwrap_or(9));
        format!("{}.{fraction:0digits$} s", ns / 1_000_000_000, digits = self.digits)
    }

    pub(super) fn began(&self, i: usize) -> String {
        self.time(self.operations[i].call_time)
    }

    pub(super) fn ended(&self, i: usize) -> String {
        self.operations[i].end_time.map_or_else(|| "the end".into(), |ns| self.time(ns))
    }

    pub(super) fn value(&self, value: O::State) -> String {
        self.history.model.describe_state(value)
    }

    /// The object, by its key if it has one.
    pub(super) fn key(&self) -> String {
        if self.key == ONLY_KEY { format!("the {}", O::NOUN) } else { format!("`{}`", self.key) }
    }

    /// `process 3's read → 17`.
    pub(super) fn name(&self, i: usize) -> String {
        let (process, model, entry) = (self.operations[i].process, &self.history.model, &self.entries[i]);
        let unknown = if entry.required { "" } else { " (outcome unknown)" };
        let part = match &self.elements {
            Some(elements) if model.kind(&entry.op) == OpKind::Pure => {
                format!(" (as to {})", model.describe_elements(elements))
            }
            _ => String::new(),
        };
        format!("process {process}'s {}{part}{unknown}", model.describe_op(&entry.op))
    }

    pub(super) fn precedes(&self, i: usize, j: usize) -> bool {
        self.entries[i].ret < self.entries[j].call
    }

    /// The operation whose answer shows the violation: the one whose return no order gets past.
    fn accused(&self, at: u64) -> usize {
        let latest = || (0..self.entries.len()).max_by_key(|&i| self.entries[i].ret);
        self.entries.iter().position(|entry| entry.ret == at).or_else(latest).unwrap_or(0)
    }

    fn argument(&self, minimal: bool, beginnings: &[Beginning<O::State>]) -> Vec<String> {
        let model = &self.history.model;
        let mut words = self.constraints();
        if let Some(elements) = &self.elements {
            words.insert(0, format!("Of all elements these are looked at: {}.", model.describe_elements(elements)));
        }
        words.push(format!("{} holds {} at first.", capital(&self.key()), model.describe_state(model.initial())));
        words.extend(self.dead_ends(beginnings));
        let count = self.entries.len();
        words.push(match (count, minimal) {
            (1, _) => "So this operation alone is impossible.".into(),
            (_, true) => {
                format!(
                "So no order of these {count} operations exists; without any one of them (and what saw only its value) there is."
            )
            }
            (_, false) => format!("So no order of these {count} operations exists."),
        });
        words
    }

    /// What must come before what; pairs that follow from two others are left out.
    fn precedences(&self) -> Vec<(usize, usize)> {
        let count = self.entries.len();
        let mut pairs: Vec<(usize, usize)> = (0..count)
            .flat_map(|i| (0..count).map(move |j| (i, j)))
            .filter(|&(i, j)| self.precedes(i, j))
            .filter(|&(i, j)| !(0..count).any(|k| self.precedes(i, k) && self.precedes(k, j)))
            .collect();
        pairs.sort_by_key(|&(i, j)| (self.entries[i].ret, self.entries[j].call));
        pairs
    }

    /// Why operation `i` comes before operation `j`.
    fn was_over(&self, i: usize, j: usize) -> String {
        format!("{} was over at {}, before {} began at {}", self.name(i), self.ended(i), self.name(j), self.began(j))
    }

    fn constraints(&self) -> Vec<String> {
        self.precedences().into_iter().map(|(i, j)| format!("{}.", capital(&self.was_over(i, j)))).collect()
    }

    /// The longest beginnings of an order; none where there are too many to be looked at.
    fn beginnings(&self) -> Vec<Beginning<O::State>> {
        if self.entries.len() > NAIVE_MAX {
            return Vec::new();
        }
        let reach = reach(&self.history.model, &self.entries);
        let longest = reach.keys().map(|(placed, _)| placed.count_ones()).max().unwrap_or(0);
        let ends = reach.keys().filter(|(placed, _)| placed.count_ones() == longest);
        ends.map(|&(placed, state)| {
            let mut order = Vec::new();
            let mut here = (placed, state);
            while let Some(Some((before, state, i))) = reach.get(&here) {
                order.push(*i);
                here = (*before, *state);
            }
            order.reverse();
            Beginning { placed, order, state }
        })
        .collect()
    }

    /// Why each beginning goes no further.
    fn dead_ends(&self, beginnings: &[Beginning<O::State>]) -> Vec<String> {
        let Some(longest) = beginnings.first().map(|beginning| beginning.order.len()) else { return Vec::new() };
        let mut states: Vec<String> = beginnings.iter().map(|beginning| self.value(beginning.state)).collect();
        states.sort();
        states.dedup();
        let mut words = Vec::new();
        for beginning in beginnings.iter().take(DEAD_ENDS_MAX) {
            let holds = self.value(beginning.state);
            let names: Vec<String> = beginning.order.iter().map(|&i| self.name(i)).collect();
            words.push(match names.len() {
                0 => format!("Nothing can come first: the {} holds {holds}.", O::NOUN),
                _ => format!("An order can begin with {}; then the {} holds {holds}.", names.join(", "), O::NOUN),
            });
            let impossible = self.missing(beginning).map(|i| (self.name(i), self.obstacle(beginning, i)));
            words
                .extend(impossible.map(|(name, because)| format!("There {name} cannot come next, because {because}.")));
        }
        if beginnings.len() > DEAD_ENDS_MAX {
            words.push(format!("{} more orders end after as many operations.", beginnings.len() - DEAD_ENDS_MAX));
        }
        if longest > 0 {
            let states = states.join(" or ");
            let noun = O::NOUN;
            words.push(format!("No order gets further than {longest} operations; the {noun} then holds {states}."));
        }
        words
    }

    /// The operations that have no place in a beginning.
    fn missing(&self, beginning: &Beginning<O::State>) -> impl Iterator<Item = usize> {
        let placed = beginning.placed;
        (0..self.entries.len()).filter(move |i| placed >> i & 1 == 0)
    }

    /// The argument as data.
    fn order(&self, beginnings: &[Beginning<O::State>]) -> WitnessOrder {
        let index = |i: usize| self.operations[i].call;
        let edge = |(i, j): (usize, usize)| WitnessEdge {
            from: index(i),
            to: index(j),
            by: Precedence::RealTime,
            key: None,
            because: self.was_over(i, j),
        };
        let dead_end = |beginning: &Beginning<O::State>| DeadEnd {
            order: beginning.order.iter().map(|&i| index(i)).collect(),
            state: self.value(beginning.state),
            impossible: self
                .missing(beginning)
                .map(|i| Impossible { index: index(i), because: self.obstacle(beginning, i) })
                .collect(),
        };
        WitnessOrder {
            edges: self.precedences().into_iter().map(edge).collect(),
            dead_ends: beginnings.iter().take(DEAD_ENDS_MAX).map(dead_end).collect(),
        }
    }

    /// Why operation `i` cannot come next.
    fn obstacle(&self, beginning: &Beginning<O::State>, i: usize) -> String {
        match late_for(&self.entries, beginning.placed, i) {
            Some(first) => format!("{} was over before it began", self.name(first)),
            None => self.history.model.obstacle(beginning.state, &self.entries[i].op),
        }
    }

    /// Other operations of the key around the failing return.
    fn context(&self, core: &Core, at: u64) -> Vec<WitnessOperation> {
        let mut near: Vec<usize> = (0..self.history.entries.len()).filter(|i| !core.members.contains(i)).collect();
        near.sort_by_key(|&i| (self.history.entries[i].call.abs_diff(at), i));
        near.truncate(CONTEXT_MAX);
        near.sort_unstable();
        near.into_iter().map(|i| self.witness(self.all[self.history.sources[i]], &self.history.entries[i].op)).collect()
    }

    fn witness(&self, operation: &Operation, op: &O::Op) -> WitnessOperation {
        WitnessOperation::of(operation, self.history.model.describe_op(op))
    }
}

/// A moment of a run, to the microsecond: `5.773870 s`.
pub fn time(ns: u64) -> String {
    format!("{}.{:06} s", ns / 1_000_000_000, ns % 1_000_000_000 / 1_000)
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
