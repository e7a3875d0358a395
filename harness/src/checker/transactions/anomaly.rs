//! What can be wrong with a history of transactions, by the names that Adya (*Weak Consistency*, MIT 1999) and Elle (Kingsbury and
//! Alvaro, VLDB 2020) gave it.

use super::models::Model;

/// A phenomenon that some models of consistency rule out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Anomaly {
    /// A read saw an element twice that was appended once.
    DuplicateElements,
    /// Two reads saw lists of which neither begins with the other.
    IncompatibleOrder,
    /// One version came before another, and that one before the first.
    CyclicVersions(Order),
    /// A read saw what nobody ever wrote.
    GarbageRead,
    /// A read saw what its own transaction wrote only later.
    FutureRead,
    /// A read contradicts what its own transaction did or saw before.
    Internal,
    /// G1a: a read saw what a transaction wrote that did not happen.
    AbortedRead,
    /// G1b: a read saw what another transaction wrote and then replaced itself.
    IntermediateRead,
    /// A transaction that happened built on the write of one that did not.
    DirtyUpdate,
    /// Two transactions read the same version, and both replaced it.
    LostUpdate,
    /// Transactions that depend on each other in a circle.
    Cycle(Class, Order),
}

/// Which dependencies a circle has: writes over writes (ww), reads of writes (wr), and writes over what was read (rw).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// G0, dirty write: ww only.
    G0,
    /// G1c, circular information flow: ww and wr.
    G1c,
    /// G-single, read skew: one rw.
    GSingle,
    /// G-nonadjacent: several rw, but no two of them next to each other.
    GNonadjacent,
    /// G2-item, write skew: two rw next to each other.
    G2Item,
}

/// What besides dependencies holds a circle together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Order {
    /// Nothing.
    Plain,
    /// That a process does one thing after the other.
    Process,
    /// That one transaction was over before another began.
    RealTime,
}

impl Order {
    fn suffix(self) -> &'static str {
        match self {
            Order::Plain => "",
            Order::Process => "-process",
            Order::RealTime => "-realtime",
        }
    }
}

impl Anomaly {
    /// Its name, as Elle has it.
    pub fn name(self) -> String {
        let (name, order) = match self {
            Anomaly::DuplicateElements => ("duplicate-elements", Order::Plain),
            Anomaly::IncompatibleOrder => ("incompatible-order", Order::Plain),
            Anomaly::CyclicVersions(order) => ("cyclic-versions", order),
            Anomaly::GarbageRead => ("garbage-read", Order::Plain),
            Anomaly::FutureRead => ("future-read", Order::Plain),
            Anomaly::Internal => ("internal", Order::Plain),
            Anomaly::AbortedRead => ("G1a", Order::Plain),
            Anomaly::IntermediateRead => ("G1b", Order::Plain),
            Anomaly::DirtyUpdate => ("dirty-update", Order::Plain),
            Anomaly::LostUpdate => ("lost-update", Order::Plain),
            Anomaly::Cycle(Class::G0, order) => ("G0", order),
            Anomaly::Cycle(Class::G1c, order) => ("G1c", order),
            Anomaly::Cycle(Class::GSingle, order) => ("G-single", order),
            Anomaly::Cycle(Class::GNonadjacent, order) => ("G-nonadjacent", order),
            Anomaly::Cycle(Class::G2Item, order) => ("G2-item", order),
        };
        format!("{name}{}", order.suffix())
    }

    /// The weakest models that rule it out. `inferred`: whether the order of versions was inferred from transactions that read one
    /// version and wrote the next, as it is for registers. That is sure from read-committed on: were the read version later than
    /// the written one, its writer and this transaction would be a circle of ww and wr.
    pub fn breaks(self, inferred: bool) -> &'static [Model] {
        use Model::*;
        match self {
            Anomaly::Cycle(Class::G0, Order::Plain) if inferred => &[ReadCommitted],
            Anomaly::DuplicateElements | Anomaly::Cycle(Class::G0, Order::Plain) => &[ReadUncommitted],
            Anomaly::IncompatibleOrder
            | Anomaly::CyclicVersions(Order::Plain)
            | Anomaly::GarbageRead
            | Anomaly::FutureRead
            | Anomaly::AbortedRead
            | Anomaly::IntermediateRead
            | Anomaly::DirtyUpdate
            | Anomaly::Cycle(Class::G1c, Order::Plain) => &[ReadCommitted],
            Anomaly::Internal => &[RepeatableRead, SnapshotIsolation],
            // Of the two versions one comes first; the other's writer has then overlooked it, which is a G-single.
            Anomaly::LostUpdate | Anomaly::Cycle(Class::GSingle, Order::Plain) => &[ConsistentView, RepeatableRead],
            Anomaly::Cycle(Class::GNonadjacent, Order::Plain) => &[RepeatableRead, SnapshotIsolation],
            Anomaly::Cycle(Class::G2Item, Order::Plain) => &[RepeatableRead],
            Anomaly::Cycle(Class::G2Item, Order::Process) => &[StrongSessionSerializable],
            // Between transactions that are not two rw in a row apart, commits of snapshot isolation come one after the other.
            Anomaly::Cycle(_, Order::Process) => &[StrongSessionSnapshotIsolation],
            Anomaly::Cycle(Class::G2Item, Order::RealTime)
            | Anomaly::CyclicVersions(Order::Process | Order::RealTime) => &[StrictSerializable],
            Anomaly::Cycle(_, Order::RealTime) if inferred => &[StrictSerializable],
            Anomaly::Cycle(_, Order::RealTime) => &[StrongSnapshotIsolation],
        }
    }
}
