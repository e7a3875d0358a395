//! What keys hold.

/// What keys hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// Lists that are appended to, and read as a whole. They tell the order in which they were made.
    #[default]
    ListAppend,
    /// Registers that are written and read. They tell only what was written last.
    RwRegister,
}

impl Kind {
    /// Both.
    pub const ALL: [Kind; 2] = [Kind::ListAppend, Kind::RwRegister];

    /// Its name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::ListAppend => "list-append",
            Kind::RwRegister => "rw-register",
        }
    }

    /// Its operations, in a sentence.
    pub const fn summary(self) -> &'static str {
        match self {
            Kind::ListAppend => "`txn` of [[append k v] [r k list] …], each element appended once; strict-serializable",
            Kind::RwRegister => "`txn` of [[w k v] [r k v] …], each value written once; strict-serializable",
        }
    }

    /// Its micro-operations.
    pub(super) const fn functions(self) -> &'static str {
        match self {
            Kind::ListAppend => "append, r",
            Kind::RwRegister => "w, r",
        }
    }

    /// What a key holds at first, as a person writes it.
    pub(super) const fn initial(self) -> &'static str {
        match self {
            Kind::ListAppend => "[]",
            Kind::RwRegister => "nil",
        }
    }
}
