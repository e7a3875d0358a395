//! A given list of operations.

use super::{Generator, Invocation, Next};
use crate::history::{Event, ProcessId};
use std::collections::VecDeque;

/// Hands out a list, in order, to whoever asks.
#[derive(Clone, Debug, Default)]
pub struct Sequence(VecDeque<Invocation>);

impl Sequence {
    /// These operations, each once.
    pub fn new(invocations: impl IntoIterator<Item = Invocation>) -> Sequence {
        Sequence(invocations.into_iter().collect())
    }
}

impl Generator for Sequence {
    fn next(&mut self, _now_ns: u64, _process: ProcessId) -> Next {
        self.0.pop_front().map_or(Next::Done, Next::Invoke)
    }

    fn complete(&mut self, _completion: &Event) {}
}
