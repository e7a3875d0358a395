//! What is under a key.

use super::{chunked_map::ChunkedMap, command::End, text::Text};
use std::sync::Arc;

/// A value. Lists and sets are never empty: a key whose last element goes, goes with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Bytes.
    String(Text),
    /// Elements in the order in which they were put there.
    List(Arc<List>),
    /// Elements that differ.
    Set(Arc<Set>),
}

impl Value {
    /// What `TYPE` calls it.
    pub fn type_name(&self) -> &'static str {
        match self {
            Value::String(_) => "string",
            Value::List(_) => "list",
            Value::Set(_) => "set",
        }
    }
}

/// Elements in the order of their bytes. Redis promises no order; replicas have to agree on one.
pub type Set = ChunkedMap<Text, ()>;

/// Elements in a row.
#[derive(Clone, Debug, Default)]
pub struct List {
    /// By position. The positions are consecutive, and begin anywhere.
    items: ChunkedMap<i64, Text>,
}

impl PartialEq for List {
    fn eq(&self, other: &List) -> bool {
        self.len() == other.len() && self.iter().eq(other.iter())
    }
}

impl Eq for List {}

impl List {
    /// How many elements there are.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// All elements, from left to right.
    pub fn iter(&self) -> impl Iterator<Item = &Text> {
        self.items.iter().map(|(_, element)| element)
    }

    /// Adds an element at one end.
    pub fn push(&mut self, end: End, element: Text) {
        let position = match end {
            End::Left => self.items.first().map_or(0, |(first, _)| first - 1),
            End::Right => self.items.last().map_or(0, |(last, _)| last + 1),
        };
        self.items.insert(position, element);
    }

    /// Takes an element from one end.
    pub fn pop(&mut self, end: End) -> Option<Text> {
        let item = match end {
            End::Left => self.items.pop_first(),
            End::Right => self.items.pop_last(),
        };
        item.map(|(_, element)| element)
    }

    /// The elements from one index to another, both included, as `LRANGE` counts: from 0 on the left, from -1 on the right.
    pub fn range(&self, start: i64, stop: i64) -> impl Iterator<Item = &Text> {
        let len = self.len() as i64;
        let from_left = |index: i64| if index < 0 { index.saturating_add(len).max(0) } else { index };
        let start = from_left(start);
        // One that is still left of the list ends before its first element.
        let stop = if stop < 0 { stop.saturating_add(len) } else { stop.min(len - 1) };
        let count = usize::try_from(stop.saturating_sub(start).saturating_add(1)).unwrap_or(0);
        let first = self.items.first().map_or(0, |(first, _)| *first);
        self.items.iter_from(&first.saturating_add(start)).take(count).map(|(_, element)| element)
    }
}
