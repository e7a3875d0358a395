//! A queue, first in, first out: `enqueue` of an element, `dequeue` of the oldest one, or of nil if there is none.

use crate::checker::interner::Interner;
use crate::checker::model::{Deed, Model, Object, OpKind};
use crate::checker::monitor::Answer;
use crate::checker::monitors::queue;
use crate::checker::search::Entry;
use crate::checker::values::Values;
use crate::history::Outcome;
use serde_json::Value;
use std::collections::VecDeque;
use std::rc::Rc;

/// An operation on a queue, with its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueueOp {
    /// Put this element at the end.
    Enqueue(u32),
    /// Took this element from the front.
    Dequeue(u32),
    /// Found the queue empty.
    Empty,
    /// A dequeue of unknown outcome: if it took effect it took whatever was in front.
    TakeAny,
}

/// A queue of any values. A state is the number of its elements' numbers, the oldest first.
#[derive(Debug)]
pub struct Queue {
    values: Values,
    states: Interner<[u32]>,
    empty: u32,
}

impl Queue {
    /// The elements of a state, by number.
    pub fn elements(&self, state: u32) -> Rc<[u32]> {
        self.states.get(state)
    }
}

impl Object for Queue {
    const NOUN: &'static str = "queue";

    fn new(initial: &Value) -> Result<Queue, String> {
        let mut values = Values::default();
        let elements = match initial {
            Value::Null => Vec::new(),
            Value::Array(elements) => elements.iter().map(|element| values.number(element)).collect(),
            other => return Err(format!("a queue holds a list of elements at first, and not {other}")),
        };
        let states: Interner<[u32]> = Interner::default();
        states.number(&elements);
        let empty = states.number(&[]);
        Ok(Queue { values, states, empty })
    }

    fn op(&mut self, deed: &Deed) -> Result<Option<QueueOp>, String> {
        match (deed.f, deed.outcome) {
            ("enqueue" | "dequeue", Outcome::Fail) => Ok(None),
            ("enqueue", _) if deed.argument.is_null() => Err("does not have an element".into()),
            ("enqueue", _) => Ok(Some(QueueOp::Enqueue(self.values.number(deed.argument)))),
            ("dequeue", Outcome::Info) => Ok(Some(QueueOp::TakeAny)),
            ("dequeue", Outcome::Ok) => Ok(Some(match deed.answered()? {
                Value::Null => QueueOp::Empty,
                element => QueueOp::Dequeue(self.values.number(element)),
            })),
            _ => Err("is not an operation of a queue (enqueue, dequeue)".into()),
        }
    }

    fn monitor(&self, entries: &[Entry<QueueOp>]) -> Option<Answer> {
        queue::decide(self, entries)
    }
}

impl Model for Queue {
    type State = u32;
    type Op = QueueOp;

    fn initial(&self) -> u32 {
        0
    }

    fn step(&self, state: u32, op: &QueueOp) -> Option<u32> {
        let elements = self.elements(state);
        match *op {
            QueueOp::Empty => elements.is_empty().then_some(state),
            QueueOp::Enqueue(element) => {
                let mut after = elements.to_vec();
                after.push(element);
                Some(self.states.number(&after))
            }
            QueueOp::Dequeue(element) => {
                (elements.first() == Some(&element)).then(|| self.states.number(&elements[1..]))
            }
            QueueOp::TakeAny => (!elements.is_empty()).then(|| self.states.number(&elements[1..])),
        }
    }

    fn replays(&self, mut ops: impl Iterator<Item = QueueOp>) -> bool {
        let mut elements: VecDeque<u32> = self.elements(self.initial()).iter().copied().collect();
        ops.all(|op| match op {
            QueueOp::Enqueue(element) => {
                elements.push_back(element);
                true
            }
            QueueOp::Dequeue(element) => elements.pop_front() == Some(element),
            QueueOp::Empty => elements.is_empty(),
            QueueOp::TakeAny => elements.pop_front().is_some(),
        })
    }

    fn kind(&self, op: &QueueOp) -> OpKind {
        if matches!(op, QueueOp::Empty) { OpKind::Pure } else { OpKind::General }
    }

    fn needs(&self, op: &QueueOp) -> Option<u32> {
        if matches!(op, QueueOp::Empty) { Some(self.empty) } else { None }
    }

    fn brings(&self, op: &QueueOp) -> Option<u32> {
        if let QueueOp::Enqueue(element) = *op { Some(element) } else { None }
    }

    fn sees(&self, op: &QueueOp) -> Vec<u32> {
        if let QueueOp::Dequeue(element) = *op { vec![element] } else { Vec::new() }
    }

    fn founders(&self) -> Option<Vec<u32>> {
        Some(self.elements(self.initial()).to_vec())
    }

    fn bytes(&self) -> usize {
        self.states.bytes()
    }

    fn describe_op(&self, op: &QueueOp) -> String {
        match *op {
            QueueOp::Enqueue(element) => format!("enqueue {}", self.values.text(element)),
            QueueOp::Dequeue(element) => format!("dequeue → {}", self.values.text(element)),
            QueueOp::Empty => "dequeue → nil".into(),
            QueueOp::TakeAny => "dequeue".into(),
        }
    }

    fn describe_state(&self, state: u32) -> String {
        format!("[{}]", self.values.list(&self.elements(state)))
    }
}
