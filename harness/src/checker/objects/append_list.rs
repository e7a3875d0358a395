//! A list to which elements are appended, and which is read as a whole.

use crate::checker::model::{Deed, Model, Object, OpKind};
use crate::checker::monitor::Answer;
use crate::checker::monitors::list;
use crate::checker::search::Entry;
use crate::checker::values::Values;
use rustc_hash::FxHashMap;
use serde_json::Value;
use std::cell::RefCell;

/// An operation on a list, with its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListOp {
    /// Put this element at the end.
    Append(u32),
    /// Saw this state.
    Read(u32),
}

/// A list of any values. A state is a node of the tree of all lists that occur: the list without its last element, and this.
#[derive(Clone, Debug, Default)]
pub struct AppendList {
    values: Values,
    tree: RefCell<Tree>,
    initial: u32,
}

#[derive(Clone, Debug, Default)]
struct Tree {
    /// Node `n` is at position `n - 1`; node 0 is the empty list.
    nodes: Vec<(u32, u32)>,
    longer: FxHashMap<(u32, u32), u32>,
}

impl AppendList {
    /// The list `state` with `element` behind it.
    fn append(&self, state: u32, element: u32) -> u32 {
        let Tree { nodes, longer } = &mut *self.tree.borrow_mut();
        *longer.entry((state, element)).or_insert_with(|| {
            nodes.push((state, element));
            u32::try_from(nodes.len()).unwrap_or(u32::MAX)
        })
    }

    /// The list with these elements; nil is the empty one.
    fn state(&mut self, list: &Value) -> Result<u32, String> {
        let elements = match list {
            Value::Null => &[],
            Value::Array(elements) => elements.as_slice(),
            _ => return Err("does not have a list of elements".into()),
        };
        Ok(elements.iter().fold(0, |state, element| {
            let element = self.values.number(element);
            self.append(state, element)
        }))
    }

    /// The list without its last element, and this; `None` if it is empty.
    pub fn last(&self, state: u32) -> Option<(u32, u32)> {
        (state > 0).then(|| self.tree.borrow().nodes[state as usize - 1])
    }

    /// How many elements a list has.
    pub fn len(&self, state: u32) -> usize {
        std::iter::successors(self.last(state), |(rest, _)| self.last(*rest)).count()
    }

    /// The elements of a list, by number.
    pub fn elements(&self, state: u32) -> Vec<u32> {
        let mut elements: Vec<u32> =
            std::iter::successors(self.last(state), |(rest, _)| self.last(*rest)).map(|(_, element)| element).collect();
        elements.reverse();
        elements
    }
}

impl Object for AppendList {
    const NOUN: &'static str = "list";

    fn new(initial: &Value) -> Result<AppendList, String> {
        let mut list = AppendList::default();
        list.initial = list.state(initial).map_err(|_| format!("a list is a list at first, and not {initial}"))?;
        Ok(list)
    }

    fn op(&mut self, deed: &Deed) -> Result<Option<ListOp>, String> {
        match deed.f {
            "append" => Ok(deed.may_count().then(|| ListOp::Append(self.values.number(deed.argument)))),
            "read" if deed.is_ok() => self.state(deed.answered()?).map(|state| Some(ListOp::Read(state))),
            "read" => Ok(None),
            _ => Err("is not an operation of a list (append, read)".into()),
        }
    }

    fn monitor(&self, entries: &[Entry<ListOp>]) -> Option<Answer> {
        list::decide(self, entries)
    }
}

impl Model for AppendList {
    type State = u32;
    type Op = ListOp;

    fn initial(&self) -> u32 {
        self.initial
    }

    fn step(&self, state: u32, op: &ListOp) -> Option<u32> {
        match *op {
            ListOp::Append(element) => Some(self.append(state, element)),
            ListOp::Read(seen) => (seen == state).then_some(state),
        }
    }

    fn kind(&self, op: &ListOp) -> OpKind {
        if matches!(op, ListOp::Read(_)) { OpKind::Pure } else { OpKind::General }
    }

    fn needs(&self, op: &ListOp) -> Option<u32> {
        if let ListOp::Read(seen) = *op { Some(seen) } else { None }
    }

    fn brings(&self, op: &ListOp) -> Option<u32> {
        if let ListOp::Append(element) = *op { Some(element) } else { None }
    }

    fn sees(&self, op: &ListOp) -> Vec<u32> {
        if let ListOp::Read(seen) = *op { self.elements(seen) } else { Vec::new() }
    }

    fn founders(&self) -> Option<Vec<u32>> {
        Some(self.elements(self.initial()))
    }

    fn project(&self, op: &ListOp, elements: &[u32]) -> ListOp {
        let ListOp::Read(seen) = *op else { return *op };
        let part = self.elements(seen).into_iter().filter(|element| elements.contains(element));
        ListOp::Read(part.fold(0, |state, element| self.append(state, element)))
    }

    fn bytes(&self) -> usize {
        // A node in the list of nodes, and again as a key with its number.
        self.tree.borrow().nodes.len() * (2 * size_of::<(u32, u32)>() + size_of::<u32>() + 1)
    }

    fn describe_op(&self, op: &ListOp) -> String {
        match *op {
            ListOp::Append(element) => format!("append {}", self.values.text(element)),
            ListOp::Read(seen) => format!("read → {}", self.describe_state(seen)),
        }
    }

    fn describe_elements(&self, elements: &[u32]) -> String {
        self.values.list(elements)
    }

    fn describe_state(&self, state: u32) -> String {
        format!("[{}]", self.values.list(&self.elements(state)))
    }
}
