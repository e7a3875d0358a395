//! What is decided without a search.

/// What an engine without a search found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// An order, as positions in the entries. Those that are not in it did not take effect.
    Order(Vec<u32>),
    /// There is none, and already none of these, by their positions in the entries, ascending. They hold whoever brought what
    /// they saw.
    Nothing(Vec<usize>),
    /// There is none, and already none of these if only some elements are looked at: every order of the whole is one of any part of
    /// the elements, with what was seen of these.
    NothingOf {
        /// By their positions in the entries, ascending.
        suspects: Vec<usize>,
        /// By their numbers. Those that were there at first are among them.
        elements: Vec<u32>,
    },
}
