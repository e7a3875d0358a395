//! A counter: numbers are added, and the sum is read.

use crate::checker::model::{Deed, Model, Object, OpKind};
use crate::checker::monitor::Answer;
use crate::checker::monitors::counter;
use crate::checker::search::Entry;
use serde_json::Value;

/// An operation on a counter, with its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CounterOp {
    /// Added this.
    Add(i64),
    /// Added this, and was told the sum.
    AddAndGet {
        /// What was added.
        delta: i64,
        /// The sum after it.
        sum: i64,
    },
    /// Saw this sum.
    Read(i64),
}

/// A counter. Its sum has room for any number of 64-bit numbers.
#[derive(Clone, Debug)]
pub struct Counter {
    initial: i64,
}

impl Object for Counter {
    const NOUN: &'static str = "counter";

    fn new(initial: &Value) -> Result<Counter, String> {
        match initial {
            Value::Null => Ok(Counter { initial: 0 }),
            other => match other.as_i64() {
                Some(initial) => Ok(Counter { initial }),
                None => Err(format!("a counter holds a whole number at first, and not {other}")),
            },
        }
    }

    fn op(&mut self, deed: &Deed) -> Result<Option<CounterOp>, String> {
        // Without a number it is one that is added.
        let amount = || match deed.argument {
            Value::Null => Ok(1),
            other => other.as_i64().ok_or_else(|| "does not have a whole number of 64 bits".to_owned()),
        };
        let negative = || amount()?.checked_neg().ok_or_else(|| "has a number that is too large".to_owned());
        match deed.f {
            "read" if !deed.is_ok() => Ok(None),
            "read" => match deed.answered()?.as_i64() {
                Some(sum) => Ok(Some(CounterOp::Read(sum))),
                None => Err("completed without a whole number".into()),
            },
            "add" | "increment" => Ok(Some(CounterOp::Add(amount()?)).filter(|_| deed.may_count())),
            "decrement" => Ok(Some(CounterOp::Add(negative()?)).filter(|_| deed.may_count())),
            "add-and-get" => {
                let delta = amount()?;
                if !deed.is_ok() {
                    return Ok(Some(CounterOp::Add(delta)).filter(|_| deed.may_count()));
                }
                let sum = match deed.answered()?.as_array().map(Vec::as_slice) {
                    Some([added, sum]) if added.as_i64() == Some(delta) => sum.as_i64(),
                    _ => None,
                };
                sum.map(|sum| Some(CounterOp::AddAndGet { delta, sum }))
                    .ok_or_else(|| format!("completed without [{delta} sum]"))
            }
            _ => Err("is not an operation of a counter (add, increment, decrement, add-and-get, read)".into()),
        }
    }

    fn monitor(&self, entries: &[Entry<CounterOp>]) -> Option<Answer> {
        counter::decide(self, entries)
    }
}

impl Model for Counter {
    type State = i128;
    type Op = CounterOp;

    fn initial(&self) -> i128 {
        self.initial.into()
    }

    fn step(&self, state: i128, op: &CounterOp) -> Option<i128> {
        match *op {
            CounterOp::Read(sum) => (state == sum.into()).then_some(state),
            CounterOp::Add(delta) => Some(state + i128::from(delta)),
            CounterOp::AddAndGet { delta, sum } => Some(state + i128::from(delta)).filter(|after| *after == sum.into()),
        }
    }

    fn kind(&self, op: &CounterOp) -> OpKind {
        match *op {
            CounterOp::Read(_) | CounterOp::Add(0) | CounterOp::AddAndGet { delta: 0, .. } => OpKind::Pure,
            _ => OpKind::General,
        }
    }

    fn needs(&self, op: &CounterOp) -> Option<i128> {
        match *op {
            CounterOp::Read(sum) => Some(sum.into()),
            CounterOp::AddAndGet { delta, sum } => Some(i128::from(sum) - i128::from(delta)),
            CounterOp::Add(_) => None,
        }
    }

    fn needs_all_changes(&self) -> bool {
        true
    }

    fn describe_op(&self, op: &CounterOp) -> String {
        match *op {
            CounterOp::Read(sum) => format!("read → {sum}"),
            CounterOp::Add(delta) => format!("add {delta}"),
            CounterOp::AddAndGet { delta, sum } => format!("add {delta} → {sum}"),
        }
    }

    fn describe_state(&self, state: i128) -> String {
        state.to_string()
    }
}
