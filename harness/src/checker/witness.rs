//! The evidence for a violation: what a person, and a picture, need to see that it is one.

use crate::history::{Operation, Outcome};
use serde::{Deserialize, Serialize};

/// The evidence for a violation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Witness {
    /// Client operations that cannot be ordered. Removing any one of them makes the rest orderable, unless `minimal` is
    /// false. (With a write go those that see a value which then nobody writes.)
    Operations {
        /// The key they act on, as text.
        key: String,
        /// The value before the first operation, as text.
        initial: String,
        /// Whether minimality was established.
        minimal: bool,
        /// The operations, by time of invocation.
        operations: Vec<WitnessOperation>,
        /// Other operations of the key near the violation, for context.
        #[serde(default)]
        context: Vec<WitnessOperation>,
        /// What must come before what, as far as that is the argument.
        #[serde(default, skip_serializing_if = "WitnessOrder::is_empty")]
        order: WitnessOrder,
    },
    /// Lines of node traces that contradict each other.
    Nodes {
        /// The lines, by time.
        events: Vec<WitnessEvent>,
    },
    /// Nothing more than the explanation.
    None,
}

/// An operation as a picture and a sentence need it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WitnessOperation {
    /// Who called.
    pub process: u64,
    /// Position of its invocation in the history.
    pub index: u64,
    /// What the argument calls it, if that is not what it did: `T1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// As a person writes it: `read → 5`, `write 7`, `cas 5 → 7`, `cas 5 → 7 met 6`.
    pub text: String,
    /// `ok`, `fail` or `info`.
    pub outcome: String,
    /// Invocation, ns.
    pub start: u64,
    /// Completion, ns; `None`: open to the end of the run.
    pub end: Option<u64>,
    /// The node that answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
}

impl WitnessOperation {
    /// An operation as evidence, in these words.
    pub fn of(operation: &Operation, text: String) -> WitnessOperation {
        let outcome = match operation.outcome {
            Outcome::Ok => "ok",
            Outcome::Fail => "fail",
            Outcome::Info => "info",
        };
        WitnessOperation {
            process: operation.process,
            index: operation.call,
            name: None,
            text,
            outcome: outcome.into(),
            start: operation.call_time,
            end: operation.end_time.filter(|_| operation.outcome != Outcome::Info),
            node: operation.node.clone(),
        }
    }
}

/// Why operations have no order: what must come before what, and how far an order of them gets. Operations go by the positions of
/// their invocations in the history.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct WitnessOrder {
    /// Which comes before which; what follows from two others is left out. Of a circle, in the order of the circle.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub edges: Vec<WitnessEdge>,
    /// The longest beginnings of an order, or some of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dead_ends: Vec<DeadEnd>,
}

impl WitnessOrder {
    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        self.edges.is_empty() && self.dead_ends.is_empty()
    }
}

/// One operation comes before another one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WitnessEdge {
    /// The one.
    pub from: u64,
    /// The other.
    pub to: u64,
    /// By what.
    pub by: Precedence,
    /// The key that shows it, as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Why, in words that follow from the history alone.
    pub because: String,
}

/// By what one operation, or transaction, comes before another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Precedence {
    /// It wrote a version, and the other wrote a later one.
    Ww,
    /// It wrote what the other read.
    Wr,
    /// It read a version, and the other wrote a later one.
    Rw,
    /// The same process did it before.
    Process,
    /// It was over before the other began.
    RealTime,
}

impl Precedence {
    /// As a person writes it.
    pub fn name(self) -> &'static str {
        match self {
            Precedence::Ww => "ww",
            Precedence::Wr => "wr",
            Precedence::Rw => "rw",
            Precedence::Process => "process",
            Precedence::RealTime => "real time",
        }
    }

    /// Whether it follows from what was read and written.
    pub fn is_dependency(self) -> bool {
        matches!(self, Precedence::Ww | Precedence::Wr | Precedence::Rw)
    }
}

/// A beginning of an order that goes no further.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeadEnd {
    /// The operations of it, in their order.
    pub order: Vec<u64>,
    /// What the object then holds, as text.
    pub state: String,
    /// All others, and why each of them cannot come next.
    pub impossible: Vec<Impossible>,
}

/// An operation that cannot come next.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Impossible {
    /// Which.
    pub index: u64,
    /// Why, in words: `it saw 1107 and not 1123`.
    pub because: String,
}

/// A line of a node's trace as evidence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WitnessEvent {
    /// Whose trace.
    pub node: String,
    /// Line number in the node's `trace.jsonl`, from 1.
    pub line: u64,
    /// When, in ns since the start of the run (a node that started earlier: 0).
    pub time: u64,
    /// What it says, in words: `became leader of term 4`.
    pub text: String,
}
