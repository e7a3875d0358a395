//! A set: `add` and `remove` of an element, `read` of all elements.

use crate::checker::interner::Interner;
use crate::checker::model::{Deed, Model, Object, OpKind};
use crate::checker::monitor::Answer;
use crate::checker::monitors::set;
use crate::checker::search::Entry;
use crate::checker::values::Values;
use serde_json::Value;
use std::collections::BTreeSet;
use std::rc::Rc;

/// An operation on a set, with its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetOp {
    /// Put this element in, if it was not there.
    Add(u32),
    /// Took this element out, if it was there.
    Remove(u32),
    /// Saw the elements of this state.
    Read(u32),
}

/// A set of any values. A state is the number of its elements' numbers, in order.
#[derive(Debug, Default)]
pub struct Set {
    values: Values,
    states: Interner<[u32]>,
}

impl Set {
    /// The elements of a state, by number, ascending.
    pub fn elements(&self, state: u32) -> Rc<[u32]> {
        self.states.get(state)
    }

    /// The state with these elements. One that is named twice is kept twice: no set answers so.
    fn state(&mut self, elements: &Value) -> Result<u32, String> {
        let elements = match elements {
            Value::Null => &[],
            Value::Array(elements) => elements.as_slice(),
            _ => return Err("does not have a set of elements".into()),
        };
        let mut numbers: Vec<u32> = elements.iter().map(|element| self.values.number(element)).collect();
        numbers.sort_unstable();
        Ok(self.states.number(&numbers))
    }
}

impl Object for Set {
    const NOUN: &'static str = "set";

    fn new(initial: &Value) -> Result<Set, String> {
        let mut set = Set::default();
        set.state(initial).map_err(|_| "a set holds a list of elements at first, or null".to_owned())?;
        Ok(set)
    }

    fn op(&mut self, deed: &Deed) -> Result<Option<SetOp>, String> {
        match deed.f {
            "add" => Ok(deed.may_count().then(|| SetOp::Add(self.values.number(deed.argument)))),
            "remove" => Ok(deed.may_count().then(|| SetOp::Remove(self.values.number(deed.argument)))),
            "read" if deed.is_ok() => self.state(deed.answered()?).map(|state| Some(SetOp::Read(state))),
            "read" => Ok(None),
            _ => Err("is not an operation of a set (add, remove, read)".into()),
        }
    }

    fn monitor(&self, entries: &[Entry<SetOp>]) -> Option<Answer> {
        set::decide(self, entries)
    }
}

impl Model for Set {
    type State = u32;
    type Op = SetOp;

    fn initial(&self) -> u32 {
        0
    }

    fn step(&self, state: u32, op: &SetOp) -> Option<u32> {
        let elements = || self.states.get(state);
        match *op {
            SetOp::Read(seen) => (seen == state).then_some(state),
            SetOp::Add(element) => Some(match elements().binary_search(&element) {
                Ok(_) => state,
                Err(at) => {
                    let mut after = elements().to_vec();
                    after.insert(at, element);
                    self.states.number(&after)
                }
            }),
            SetOp::Remove(element) => Some(match elements().binary_search(&element) {
                Err(_) => state,
                Ok(at) => {
                    let mut after = elements().to_vec();
                    after.remove(at);
                    self.states.number(&after)
                }
            }),
        }
    }

    fn replays(&self, mut ops: impl Iterator<Item = SetOp>) -> bool {
        let mut elements: BTreeSet<u32> = self.elements(self.initial()).iter().copied().collect();
        ops.all(|op| match op {
            SetOp::Add(element) => {
                elements.insert(element);
                true
            }
            SetOp::Remove(element) => {
                elements.remove(&element);
                true
            }
            SetOp::Read(seen) => self.elements(seen).iter().eq(&elements),
        })
    }

    fn kind(&self, op: &SetOp) -> OpKind {
        if matches!(op, SetOp::Read(_)) { OpKind::Pure } else { OpKind::General }
    }

    fn needs(&self, op: &SetOp) -> Option<u32> {
        if let SetOp::Read(seen) = *op { Some(seen) } else { None }
    }

    fn brings(&self, op: &SetOp) -> Option<u32> {
        if let SetOp::Add(element) = *op { Some(element) } else { None }
    }

    fn sees(&self, op: &SetOp) -> Vec<u32> {
        if let SetOp::Read(seen) = *op { self.elements(seen).to_vec() } else { Vec::new() }
    }

    fn founders(&self) -> Option<Vec<u32>> {
        Some(self.elements(self.initial()).to_vec())
    }

    fn project(&self, op: &SetOp, elements: &[u32]) -> SetOp {
        let SetOp::Read(seen) = *op else { return *op };
        let part: Vec<u32> = self.elements(seen).iter().copied().filter(|element| elements.contains(element)).collect();
        SetOp::Read(self.states.number(&part))
    }

    fn bytes(&self) -> usize {
        self.states.bytes()
    }

    fn describe_op(&self, op: &SetOp) -> String {
        match *op {
            SetOp::Add(element) => format!("add {}", self.values.text(element)),
            SetOp::Remove(element) => format!("remove {}", self.values.text(element)),
            SetOp::Read(seen) => format!("read → {}", self.describe_state(seen)),
        }
    }

    fn describe_elements(&self, elements: &[u32]) -> String {
        self.values.list(elements)
    }

    fn describe_state(&self, state: u32) -> String {
        format!("{{{}}}", self.values.list(&self.elements(state)))
    }
}
