//! What a correct object does, one operation at a time: the sequential specification that a history is held against.

use std::{fmt::Debug, hash::Hash};

/// A sequential specification whose operations are each of one of the three [`OpKind`]s.
///
/// The restriction is what the cuts of [`super::search`] are proved from. Registers, compare-and-set registers and locks
/// fit (taking a lock is a compare-and-set from *free* to *held*); counters, queues and sets do not.
pub trait Model {
    /// Everything the object remembers.
    type State: Copy + Eq + Ord + Hash + Debug;
    /// An operation together with the answer it got.
    type Op: Copy + Eq + Debug;

    /// The state before the first operation.
    fn initial(&self) -> Self::State;
    /// The state after `op`, or `None` if it could not have ended as it did in this state.
    fn step(&self, state: Self::State, op: &Self::Op) -> Option<Self::State>;
    /// What sort of operation it is.
    fn kind(&self, op: &Self::Op) -> OpKind;
    /// The only state in which `op` is possible, if there is exactly one.
    fn needs(&self, op: &Self::Op) -> Option<Self::State>;
    /// The state that `op` leaves behind, if it is one that the operation itself brings about.
    fn makes(&self, op: &Self::Op) -> Option<Self::State>;
    /// The operation as a person writes it: `read → 5`.
    fn describe_op(&self, op: &Self::Op) -> String;
    /// The state as a person writes it: `5`.
    fn describe_state(&self, state: Self::State) -> String;
}

/// The three sorts of operation that a [`Model`] may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpKind {
    /// Never changes the state, in whatever state it is possible: a read.
    Pure,
    /// Possible in every state, and always with the same state after it: a plain write.
    Overwrite,
    /// Possible in one state only, which it changes: a successful compare-and-set.
    Conditional,
}
