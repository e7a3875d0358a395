//! The arithmetic of majorities.

/// How many of `voters` nodes are a quorum: any two quorums share a node.
pub fn size(voters: usize) -> usize {
    voters / 2 + 1
}

/// The greatest value that a quorum of the voters has reached, given each voter's value.
///
/// # Panics
/// If there are no voters.
pub fn reached<T: Ord + Copy>(values: Vec<T>) -> T {
    assert!(!values.is_empty(), "a quorum of nobody");
    let count = size(values.len());
    reached_by(values, count)
}

/// The greatest value that so many nodes have reached, given each node's value.
///
/// # Panics
/// If there are fewer nodes, or none.
pub fn reached_by<T: Ord + Copy>(mut values: Vec<T>, count: usize) -> T {
    let position = values.len() - count;
    *values.select_nth_unstable(position).1
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn quorum_sizes() {
        assert_eq!((1..=7).map(size).collect::<Vec<_>>(), [1, 2, 2, 3, 3, 4, 4]);
    }

    proptest! {
        /// The definition, counted out: a quorum has at least this much, and no quorum has more.
        #[test]
        fn reached_agrees_with_counting(values in prop::collection::vec(0u64..6, 1..9)) {
            let answer = reached(values.clone());
            let having = |least: u64| values.iter().filter(|&&value| value >= least).count();
            prop_assert!(having(answer) >= size(values.len()));
            prop_assert!(having(answer + 1) < size(values.len()));
        }
    }
}
