//! What an operation has to do with values.

use crate::checker::cas_register::RegisterOp;

/// What an operation has to do with values.
pub enum Role {
    /// Sees this one.
    Sees(u32),
    /// Brings a value, if it is a compare-and-set in place of another.
    Brings {
        /// What a compare-and-set takes away.
        from: Option<u32>,
        /// What it brings.
        to: u32,
    },
    /// Met something else than this one.
    Misses(u32),
    /// Is possible in no state.
    Impossible,
}

impl Role {
    pub fn of(op: &RegisterOp) -> Role {
        match *op {
            RegisterOp::Read(value) => Role::Sees(value.number()),
            RegisterOp::Write(value) => Role::Brings { from: None, to: value.number() },
            RegisterOp::Cas { old, new } if old == new => Role::Sees(old.number()),
            RegisterOp::Cas { old, new } => Role::Brings { from: Some(old.number()), to: new.number() },
            RegisterOp::Met { old, found, .. } if old == found => Role::Impossible,
            RegisterOp::Met { found, .. } => Role::Sees(found.number()),
            RegisterOp::Mismatch { old, .. } => Role::Misses(old.number()),
        }
    }
}
