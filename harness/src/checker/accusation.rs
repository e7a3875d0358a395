//! A violation of linearizability in one sentence: who saw what, and why it cannot have been so.

use super::cas_register::{CasRegister, RegisterOp, ValueId};
use super::explain::Story;
use super::model::{Model, Object};

impl<O: Object> Story<'_, O> {
    /// The violation in one sentence, whatever the object is.
    pub fn general_accusation(&self, accused: usize) -> String {
        let (name, key, end) = (self.name(accused), self.key(), self.ended(accused));
        match self.entries.len() {
            1 => format!("{name} at {end} is impossible, whatever else happened to {key}"),
            2..=8 => format!("{name}, over at {end}, has no place in any order with {} on {key}", self.others(accused)),
            count => format!("{name}, over at {end}, has no place in any order with {} others on {key}", count - 1),
        }
    }

    fn others(&self, accused: usize) -> String {
        let names: Vec<String> = (0..self.entries.len()).filter(|&i| i != accused).map(|i| self.name(i)).collect();
        if names.is_empty() { "the operations".into() } else { names.join(", ") }
    }
}

impl Story<'_, CasRegister> {
    /// The violation in one sentence.
    pub fn register_accusation(&self, accused: usize) -> String {
        let (process, key) = (self.operations[accused].process, &self.key);
        let end = self.ended(accused);
        let (deed, value) = match self.entries[accused].op {
            RegisterOp::Read(v) => (format!("process {process} read {} from `{key}` at {end}", self.value(v)), v),
            RegisterOp::Cas { old, new } => {
                let (from, to) = (self.value(old), self.value(new));
                (format!("process {process}'s compare-and-set of `{key}` from {from} to {to} succeeded at {end}"), old)
            }
            RegisterOp::Met { old, found, .. } => {
                let (met, wanted) = (self.value(found), self.value(old));
                let deed = format!("process {process}'s compare-and-set of `{key}` from {wanted} met {met} at {end}");
                if old == found {
                    return format!("{deed} and failed, although that is the very value it expected");
                }
                (deed, found)
            }
            RegisterOp::Mismatch { old, .. } => {
                let other = self.others(accused);
                let old = self.value(old);
                return format!(
                    "process {process}'s compare-and-set of `{key}` met another value than {old} at {end}, although \
                     {other} leave no moment at which it held one"
                );
            }
            RegisterOp::Write(v) => {
                let (value, other) = (self.value(v), self.others(accused));
                return format!(
                    "process {process}'s write of {value} to `{key}`, acknowledged at {end}, has no place among {other}"
                );
            }
        };
        format!("{deed} although {}", self.objection(accused, value))
    }

    /// Why the accused cannot have seen `value`.
    fn objection(&self, accused: usize, value: ValueId) -> String {
        let model = &self.history.model;
        let writers: Vec<usize> = (0..self.history.entries.len())
            .filter(|&i| model.makes(&self.history.entries[i].op) == Some(value))
            .collect();
        let text = self.value(value);
        if value != model.initial() {
            let Some(first) = writers.iter().copied().min_by_key(|&i| self.history.entries[i].call) else {
                return format!("nobody ever wrote {text}");
            };
            if self.history.entries[first].call > self.entries[accused].ret {
                let writer = self.all[self.history.sources[first]];
                let began = self.time(writer.call_time);
                return format!(
                    "nobody had begun to write {text} by then: process {} was the first, at {began}",
                    writer.process
                );
            }
        }
        // The last thing that was over before it began and speaks of another value.
        let speaks = |i: usize| match (model.makes(&self.entries[i].op), model.needs(&self.entries[i].op)) {
            (Some(made), _) => Some(made),
            (None, seen) => seen,
        };
        let against = (0..self.entries.len())
            .filter(|&i| self.precedes(i, accused) && speaks(i).is_some_and(|spoken| spoken != value))
            .max_by_key(|&i| self.entries[i].ret);
        let Some(against) = against else {
            return format!("{} leave no moment at which it held {text}", self.others(accused));
        };
        let mut words = self.fact(against);
        let source = (0..self.entries.len()).find(|&i| model.makes(&self.entries[i].op) == Some(value));
        match source {
            Some(i) if self.precedes(i, against) => {
                words += &format!(", and {} before that, at {}", self.deed(i), self.ended(i));
            }
            Some(i) if i != accused => words += &format!(", and {} began at {}", self.name(i), self.began(i)),
            _ if value == model.initial() => words += &format!(", and nobody wrote {text} after it"),
            _ => {}
        }
        let rest: Vec<String> = (0..self.entries.len())
            .filter(|&i| i != accused && i != against && Some(i) != source)
            .map(|i| self.name(i))
            .collect();
        if !rest.is_empty() {
            words += &format!(" (with {})", rest.join(", "));
        }
        words
    }

    /// `process 1's write of 21 had been acknowledged at 4.180 s`.
    fn fact(&self, i: usize) -> String {
        format!("{} at {}", self.deed(i), self.ended(i))
    }

    fn deed(&self, i: usize) -> String {
        let process = self.operations[i].process;
        match self.entries[i].op {
            RegisterOp::Read(value) => format!("process {process} had read {}", self.value(value)),
            RegisterOp::Write(value) => {
                format!("process {process}'s write of {} had been acknowledged", self.value(value))
            }
            RegisterOp::Cas { old, new } => {
                let (old, new) = (self.value(old), self.value(new));
                format!("process {process}'s compare-and-set from {old} to {new} had succeeded")
            }
            RegisterOp::Met { found, .. } => {
                format!("process {process}'s compare-and-set had met {}", self.value(found))
            }
            RegisterOp::Mismatch { old, .. } => {
                format!("process {process}'s compare-and-set had met another value than {}", self.value(old))
            }
        }
    }
}
