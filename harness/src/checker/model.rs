//! What a correct object does, one operation at a time: the sequential specification that a history is held against.

use super::explain::Story;
use super::monitor::Answer;
use super::search::Entry;
use crate::history::{Operation, Outcome};
use serde_json::Value;
use std::{fmt::Debug, hash::Hash};

/// A sequential specification.
///
/// Either its operations are of the first three [`OpKind`]s only, which is what most cuts of [`super::search`] are proved
/// from (registers, and locks: taking one is a compare-and-set from *free* to *held*), or they are pure or general.
pub trait Model {
    /// Everything the object remembers. States that do not fit in a few bytes are numbered: see [`super::interner`].
    type State: Copy + Eq + Ord + Hash + Debug;
    /// An operation together with the answer it got.
    type Op: Copy + Eq + Debug;

    /// The state before the first operation.
    fn initial(&self) -> Self::State;
    /// The state after `op`, or `None` if it could not have ended as it did in this state.
    fn step(&self, state: Self::State, op: &Self::Op) -> Option<Self::State>;
    /// Whether `ops` can follow each other from the first state on. Where every state is remembered by its number, this can be
    /// done with less.
    fn replays(&self, mut ops: impl Iterator<Item = Self::Op>) -> bool {
        ops.try_fold(self.initial(), |state, op| self.step(state, &op)).is_some()
    }
    /// What sort of operation it is.
    fn kind(&self, op: &Self::Op) -> OpKind;
    /// The only state in which `op` is possible, if there is exactly one.
    fn needs(&self, op: &Self::Op) -> Option<Self::State>;
    /// The state that `op` leaves behind, if it is one that the operation itself brings about whatever was before.
    fn makes(&self, _op: &Self::Op) -> Option<Self::State> {
        None
    }
    /// The element that a general operation puts in.
    fn brings(&self, _op: &Self::Op) -> Option<u32> {
        None
    }
    /// The elements that `op` saw: it is not fair to accuse it without those who brought them.
    fn sees(&self, _op: &Self::Op) -> Vec<u32> {
        Vec::new()
    }
    /// Whether `op` is pure and possible in several states, though not in all.
    fn is_vague(&self, _op: &Self::Op) -> bool {
        false
    }
    /// A state that no operation names.
    fn stranger(&self) -> Option<Self::State> {
        None
    }
    /// If an order of all is, without the operations that name other elements (by [`Model::brings`] or [`Model::sees`]), an
    /// order of the rest, as [`Model::project`] shows them: the elements that are there at first, and always looked at.
    fn founders(&self) -> Option<Vec<u32>> {
        None
    }
    /// Whether a violation must show every operation that changes the state, because which of them are needed cannot be said.
    fn needs_all_changes(&self) -> bool {
        false
    }
    /// The operation with what it saw of these elements only.
    fn project(&self, op: &Self::Op, _elements: &[u32]) -> Self::Op {
        *op
    }
    /// Bytes in which numbered states are remembered.
    fn bytes(&self) -> usize {
        0
    }
    /// The operation as a person writes it: `read → 5`.
    fn describe_op(&self, op: &Self::Op) -> String;
    /// Elements as a person writes them: `3 and 5`.
    fn describe_elements(&self, _elements: &[u32]) -> String {
        String::new()
    }
    /// The state as a person writes it: `5`.
    fn describe_state(&self, state: Self::State) -> String;
}

/// The sorts of operation that a [`Model`] may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpKind {
    /// Never changes the state, in whatever state it is possible: a read.
    Pure,
    /// Possible in every state, and always with the same state after it: a plain write.
    Overwrite,
    /// Possible in one state only, which it changes: a successful compare-and-set.
    Conditional,
    /// Anything else, such as adding to what is there.
    General,
}

/// A [`Model`] with all that it takes to judge a recorded history by it.
pub trait Object: Model + Sized {
    /// What it is called in a sentence: `the register holds 5`.
    const NOUN: &'static str;
    /// Whether there may be many of it, each with a key: the value of an operation is `[key, value]`.
    const HAS_KEYS: bool = true;

    /// The object as it is at first.
    ///
    /// # Errors
    /// A sentence that says what `initial` should be.
    fn new(initial: &Value) -> Result<Self, String>;

    /// What an operation says of the object; `None` if it says nothing.
    ///
    /// # Errors
    /// Why this is not an operation on such an object, as the end of a sentence that names the operation.
    fn op(&mut self, deed: &Deed) -> Result<Option<Self::Op>, String>;

    /// Decides without a search, where that is possible. The entries are given by call.
    fn monitor(&self, _entries: &[Entry<Self::Op>]) -> Option<Answer> {
        None
    }

    /// The violation in one sentence, given the operation whose return no order gets past.
    fn accusation(story: &Story<Self>, accused: usize) -> String {
        story.general_accusation(accused)
    }

    /// Why `op` is impossible in this state, after `process 3's read → 5 cannot come next, because`.
    fn obstacle(&self, state: Self::State, op: &Self::Op) -> String {
        match self.needs(op) {
            Some(needed) => {
                format!("it saw {} and not {}", self.describe_state(needed), self.describe_state(state))
            }
            None => format!("the {} holds {}", Self::NOUN, self.describe_state(state)),
        }
    }
}

/// An operation on one object, without its key.
#[derive(Clone, Copy, Debug)]
pub struct Deed<'a> {
    /// The function.
    pub f: &'a str,
    /// Its argument.
    pub argument: &'a Value,
    /// How it ended.
    pub outcome: Outcome,
    /// What it was answered, if it is ok; `None` if there is not even a key.
    pub answer: Option<&'a Value>,
    /// Everything else.
    pub operation: &'a Operation,
}

impl Deed<'_> {
    /// What it was answered.
    ///
    /// # Errors
    /// If it was not: an acknowledgement may leave out its value, an answer may not.
    pub fn answered(&self) -> Result<&Value, String> {
        self.answer.ok_or_else(|| "completed without a value [key, …]".to_owned())
    }

    /// Whether it may have changed something: it is ok, or its outcome is unknown.
    pub fn may_count(&self) -> bool {
        self.outcome != Outcome::Fail
    }

    /// Whether it has certainly happened.
    pub fn is_ok(&self) -> bool {
        self.outcome == Outcome::Ok
    }
}
