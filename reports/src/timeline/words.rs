//! Where the words on arrows stand: in the gaps between rows, each on its arrow and none upon another.

use harness::checker::Precedence;

/// Height of a line of words on arrows.
pub const WORDS: f64 = 17.0;
/// An arrow, before it has a way.
pub struct Link {
    /// The row where it begins.
    pub from: usize,
    /// The row where it ends.
    pub to: usize,
    /// By what the one comes before the other; none: over what is left out.
    pub by: Option<Precedence>,
    /// The words on it.
    pub label: String,
    /// Why, in words.
    pub because: String,
}

/// The gap, by the row above it, in which the words on each arrow stand, and the line there. Each has a line of its own, in the
/// emptiest of the gaps that its arrow goes through, and of those in the one in the middle.
pub fn places(links: &[Link], rows: usize) -> Vec<(usize, usize)> {
    let mut lines = vec![0; rows];
    let place = |link: &Link| {
        let (upper, lower) = (link.from.min(link.to), link.from.max(link.to));
        let gap =
            (upper..lower).min_by_key(|&gap| (lines[gap], (2 * gap + 1).abs_diff(upper + lower))).unwrap_or(upper);
        lines[gap] += 1;
        (gap, lines[gap] - 1)
    };
    links.iter().map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_keep_to_their_arrow_and_none_shares_a_line() {
        let link = |from, to| Link { from, to, by: None, label: String::new(), because: String::new() };
        let links = [link(0, 1), link(1, 2), link(2, 3), link(3, 0), link(0, 3), link(1, 0)];
        assert_eq!(places(&links, 4), [(0, 0), (1, 0), (2, 0), (1, 1), (0, 1), (0, 2)]);
    }
}
