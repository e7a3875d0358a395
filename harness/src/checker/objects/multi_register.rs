//! Several registers that are read and written together: a `txn` is a list of `[read x v]` and `[write x v]`.
//!
//! A read of nil of a register that always holds something says nothing, as in Knossos.

use crate::checker::interner::Interner;
use crate::checker::model::{Deed, Model, Object, OpKind};
use crate::checker::values::Values;
use serde_json::Value;

/// A transaction, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transaction(u32);

/// One step of a transaction: the register, by its number, and a value, by its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Access {
    Read(usize, u32),
    Write(usize, u32),
}

/// Registers with names. A state is the number of their values' numbers, in the order of the names.
#[derive(Debug)]
pub struct MultiRegister {
    names: Vec<Value>,
    values: Values,
    states: Interner<[u32]>,
    transactions: Vec<(Vec<Access>, String)>,
}

impl Object for MultiRegister {
    const NOUN: &'static str = "registers";
    const HAS_KEYS: bool = false;

    fn new(initial: &Value) -> Result<MultiRegister, String> {
        let Value::Object(registers) = initial else {
            return Err("registers need their names and first values: --initial '{\"x\": 0, \"y\": 0}'".into());
        };
        let mut values = Values::default();
        let states: Interner<[u32]> = Interner::default();
        let first: Vec<u32> = registers.values().map(|value| values.number(value)).collect();
        states.number(&first);
        let names = registers.keys().map(|name| Value::from(name.as_str())).collect();
        Ok(MultiRegister { names, values, states, transactions: Vec::new() })
    }

    fn op(&mut self, deed: &Deed) -> Result<Option<Transaction>, String> {
        if deed.f != "txn" {
            return Err("is not an operation of registers (txn)".into());
        }
        let parts = if deed.is_ok() { deed.answered()? } else { deed.argument };
        let parts = parts.as_array().ok_or("does not have a list of reads and writes")?;
        let mut accesses = Vec::new();
        for part in parts {
            let wrong = || format!("has {part}, which is neither [read x v] nor [write x v]");
            let [f, name, value] = part.as_array().ok_or_else(wrong)?.as_slice() else { return Err(wrong()) };
            let at = self.names.iter().position(|known| known == name);
            let register = at.ok_or_else(|| format!("names the register {name}, which holds nothing at first"))?;
            match f.as_str() {
                Some("write" | "w") => accesses.push(Access::Write(register, self.values.number(value))),
                Some("read" | "r") if value.is_null() || !deed.is_ok() => {}
                Some("read" | "r") => accesses.push(Access::Read(register, self.values.number(value))),
                _ => return Err(wrong()),
            }
        }
        if !deed.may_count() || accesses.is_empty() {
            return Ok(None);
        }
        let text = accesses.iter().map(|access| match *access {
            Access::Read(register, value) => format!("read {} → {}", self.name(register), self.values.text(value)),
            Access::Write(register, value) => format!("write {} {}", self.name(register), self.values.text(value)),
        });
        let text = text.collect::<Vec<_>>().join(" and ");
        let id = Transaction(u32::try_from(self.transactions.len()).unwrap_or(u32::MAX));
        self.transactions.push((accesses, text));
        Ok(Some(id))
    }
}

impl MultiRegister {
    fn name(&self, register: usize) -> &str {
        self.names[register].as_str().unwrap_or_default()
    }

    fn transaction(&self, op: Transaction) -> &(Vec<Access>, String) {
        &self.transactions[op.0 as usize]
    }
}

impl Model for MultiRegister {
    type State = u32;
    type Op = Transaction;

    fn initial(&self) -> u32 {
        0
    }

    fn step(&self, state: u32, op: &Transaction) -> Option<u32> {
        let mut values = self.states.get(state).to_vec();
        for access in &self.transaction(*op).0 {
            match *access {
                Access::Read(register, seen) if values[register] != seen => return None,
                Access::Read(..) => {}
                Access::Write(register, value) => values[register] = value,
            }
        }
        Some(self.states.number(&values))
    }

    fn kind(&self, op: &Transaction) -> OpKind {
        let writes = |access: &Access| matches!(access, Access::Write(..));
        if self.transaction(*op).0.iter().any(writes) { OpKind::General } else { OpKind::Pure }
    }

    fn needs(&self, _op: &Transaction) -> Option<u32> {
        None
    }

    fn needs_all_changes(&self) -> bool {
        true
    }

    fn bytes(&self) -> usize {
        self.states.bytes()
    }

    fn describe_op(&self, op: &Transaction) -> String {
        self.transaction(*op).1.clone()
    }

    fn describe_state(&self, state: u32) -> String {
        let values = self.states.get(state);
        let each = values
            .iter()
            .enumerate()
            .map(|(register, &value)| format!("{} = {}", self.name(register), self.values.text(value)));
        each.collect::<Vec<_>>().join(", ")
    }
}
