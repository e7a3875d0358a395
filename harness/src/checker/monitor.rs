//! What is decided without a search.

/// What an engine without a search found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// An order, as positions in the entries. Those that are not in it did not take effect.
    Order(Vec<u32>),
    /// There is none, and already none of these, by their positions in the entries, ascending. They hold whoever brought what
    /// they saw.
    Nothing(Vec<usize>),
}
