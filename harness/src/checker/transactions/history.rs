//! A history of transactions in compact form: keys, versions and transactions are numbers.

use super::kind::Kind;
use crate::checker::values::Values;
use crate::history::{Outcome, ProcessId};
use rustc_hash::FxHashMap;
use serde_json::Value;

/// The completion of a transaction of which nobody knows when, or whether, it ended.
pub const NEVER: u64 = u64::MAX;
/// No transaction, or no version.
pub const NONE: u32 = u32::MAX;
/// The version that a register has before anybody writes it.
pub const INITIAL: u32 = u32::MAX - 1;

/// What a transaction did at one place. Of a transaction of unknown outcome only what it meant to write is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// It made this version: put an element at the end of a list, or a value into a register.
    Write {
        /// Of which key.
        key: u32,
        /// The element or the value.
        version: u32,
    },
    /// It saw this list: a range of [`History::elements`].
    List {
        /// Of which key.
        key: u32,
        /// Where it begins.
        start: u32,
        /// How many elements it has.
        len: u32,
    },
    /// It saw this version of a register.
    Value {
        /// Of which key.
        key: u32,
        /// Which, or [`INITIAL`].
        version: u32,
    },
}

impl Op {
    /// The key it is about.
    pub fn key(self) -> u32 {
        match self {
            Op::Write { key, .. } | Op::List { key, .. } | Op::Value { key, .. } => key,
        }
    }

    /// Whether it changes nothing.
    pub fn is_read(self) -> bool {
        !matches!(self, Op::Write { .. })
    }
}

/// A transaction.
#[derive(Clone, Copy, Debug)]
pub struct Transaction {
    /// Who called.
    pub process: ProcessId,
    /// How it ended.
    pub outcome: Outcome,
    /// Position of its invocation.
    pub call: u64,
    /// Position of its completion, or [`NEVER`].
    pub ret: u64,
    first: u32,
    end: u32,
}

/// What was written, or only seen, under one key.
#[derive(Clone, Copy, Debug)]
pub struct Version {
    /// The key.
    pub key: u32,
    /// The number of the value.
    value: u32,
    /// Who wrote it, or [`NONE`].
    pub writer: u32,
    /// Whether it is the last that its writer wrote under the key.
    pub is_last: bool,
}

/// The transactions, in the order of their invocations.
#[derive(Debug, Default)]
pub struct History {
    kind: Kind,
    transactions: Vec<Transaction>,
    ops: Vec<Op>,
    elements: Vec<u32>,
    versions: Vec<Version>,
    numbers: FxHashMap<(u32, u32), u32>,
    keys: Values,
    values: Values,
}

impl History {
    /// No transactions yet, on keys of this kind.
    pub fn new(kind: Kind) -> History {
        History { kind, ..History::default() }
    }

    /// What its keys hold.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The number of a key.
    pub fn key(&mut self, key: &Value) -> u32 {
        self.keys.number(key)
    }

    /// The number of a value under a key.
    pub fn version(&mut self, key: u32, value: &Value) -> u32 {
        let value = self.values.number(value);
        *self.numbers.entry((key, value)).or_insert_with(|| {
            self.versions.push(Version { key, value, writer: NONE, is_last: false });
            u32::try_from(self.versions.len() - 1).unwrap_or(NONE)
        })
    }

    /// The reading of these versions as a list.
    pub fn list(&mut self, key: u32, versions: impl IntoIterator<Item = u32>) -> Op {
        let start = self.elements.len();
        self.elements.extend(versions);
        let number = |count| u32::try_from(count).unwrap_or(NONE);
        Op::List { key, start: number(start), len: number(self.elements.len() - start) }
    }

    /// Adds a transaction; they come in the order of their invocations.
    ///
    /// # Errors
    /// A version that was written before.
    pub fn push(
        &mut self,
        process: ProcessId,
        outcome: Outcome,
        (call, ret): (u64, u64),
        ops: &[Op],
    ) -> Result<(), u32> {
        let number = |count| u32::try_from(count).unwrap_or(NONE);
        let (id, first) = (number(self.transactions.len()), number(self.ops.len()));
        self.ops.extend_from_slice(ops);
        let end = number(self.ops.len());
        self.transactions.push(Transaction { process, outcome, call, ret, first, end });
        for (at, op) in ops.iter().enumerate() {
            let Op::Write { key, version } = *op else { continue };
            let is_again = |later: &Op| !later.is_read() && later.key() == key;
            let is_last = !ops[at + 1..].iter().any(is_again);
            let known = &mut self.versions[version as usize];
            if known.writer != NONE {
                return Err(version);
            }
            (known.writer, known.is_last) = (id, is_last);
        }
        Ok(())
    }

    /// How many transactions there are.
    pub fn len(&self) -> usize {
        self.transactions.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.transactions.is_empty()
    }

    /// How many keys there are.
    pub fn keys(&self) -> usize {
        self.keys.len()
    }

    /// How many versions there are.
    pub fn versions(&self) -> usize {
        self.versions.len()
    }

    /// How many operations there are in all transactions.
    pub fn operations(&self) -> usize {
        self.ops.len()
    }

    /// The numbers of all transactions.
    pub fn ids(&self) -> std::ops::Range<u32> {
        0..u32::try_from(self.transactions.len()).unwrap_or(NONE)
    }

    /// The transaction with this number.
    pub fn transaction(&self, id: u32) -> &Transaction {
        &self.transactions[id as usize]
    }

    /// What it did, in its order.
    pub fn ops(&self, id: u32) -> &[Op] {
        let Transaction { first, end, .. } = self.transactions[id as usize];
        &self.ops[first as usize..end as usize]
    }

    /// The version with this number.
    pub fn version_of(&self, version: u32) -> &Version {
        &self.versions[version as usize]
    }

    /// The list in a range of elements.
    pub fn elements(&self, start: u32, len: u32) -> &[u32] {
        &self.elements[start as usize..(start + len) as usize]
    }

    /// How the writer of a version ended; none if nobody wrote it.
    pub fn fate(&self, version: u32) -> Option<Outcome> {
        let writer = self.versions.get(version as usize)?.writer;
        Some(self.transactions.get(writer as usize)?.outcome)
    }

    /// Bytes of it all, about.
    pub fn bytes(&self) -> usize {
        self.transactions.len() * size_of::<Transaction>()
            + self.ops.len() * size_of::<Op>()
            + self.elements.len() * size_of::<u32>()
            + self.versions.len() * (size_of::<Version>() + 2 * size_of::<(u32, u32, u32)>())
    }

    /// The key as a person writes it.
    pub fn key_text(&self, key: u32) -> String {
        self.keys.word(key)
    }

    /// The version as a person writes it.
    pub fn version_text(&self, version: u32) -> String {
        match self.versions.get(version as usize) {
            Some(known) => self.values.text(known.value),
            None => "nil".to_owned(),
        }
    }

    /// An operation as a person writes it.
    pub fn op_text(&self, op: Op) -> String {
        let key = self.key_text(op.key());
        match op {
            Op::Write { version, .. } => {
                let f = if self.kind == Kind::ListAppend { "append" } else { "write" };
                format!("{f} {key} {}", self.version_text(version))
            }
            Op::List { start, len, .. } => format!("read {key} → {}", self.list_text(self.elements(start, len))),
            Op::Value { version, .. } => format!("read {key} → {}", self.version_text(version)),
        }
    }

    /// A list as a person writes it; of a long one only the end, where something happens.
    pub fn list_text(&self, elements: &[u32]) -> String {
        const SHOWN: usize = 8;
        let shown = &elements[elements.len().saturating_sub(SHOWN)..];
        let words: Vec<String> = shown.iter().map(|&version| self.version_text(version)).collect();
        let left_out = if shown.len() < elements.len() { "… " } else { "" };
        format!("[{left_out}{}]", words.join(" "))
    }
}

/// Gives `each` what a transaction did to each of its keys, in its order there.
pub fn by_key(ops: &[Op], scratch: &mut Vec<Op>, mut each: impl FnMut(u32, &[Op])) {
    scratch.clear();
    scratch.extend_from_slice(ops);
    // A stable sort: under a key the order stays.
    scratch.sort_by_key(|op| op.key());
    for of_key in scratch.chunk_by(|one, other| one.key() == other.key()) {
        each(of_key[0].key(), of_key);
    }
}
