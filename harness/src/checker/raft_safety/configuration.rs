//! Who decides: the voters of a configuration, and what is a majority of them.

use std::collections::BTreeSet;
use std::sync::Arc;

/// A configuration as a node named it.
#[derive(Clone, Debug)]
pub struct Configuration {
    /// The voters.
    pub voters: Vec<String>,
    /// In a joint configuration, those of the old one.
    pub outgoing: Vec<String>,
    /// Those who only listen.
    pub learners: Vec<String>,
}

/// Nodes of which a majority is needed.
#[derive(Clone, Copy, Debug)]
pub struct Majority<'a> {
    /// All of them.
    pub of: &'a [String],
    /// How many of them are a majority.
    pub needed: usize,
}

impl Configuration {
    /// All of these are voters.
    pub fn of(voters: &[String]) -> Configuration {
        Configuration { voters: voters.to_vec(), outgoing: Vec::new(), learners: Vec::new() }
    }

    /// Those whose votes count.
    pub fn deciders(&self) -> impl Iterator<Item = &String> {
        self.voters.iter().chain(&self.outgoing)
    }

    /// Whether it is between two others, and needs a majority of both.
    pub fn is_joint(&self) -> bool {
        !self.outgoing.is_empty()
    }

    /// The majorities that are all needed for a decision.
    pub fn majorities(&self) -> impl Iterator<Item = Majority<'_>> {
        let outgoing = self.is_joint().then_some(&self.outgoing);
        [&self.voters].into_iter().chain(outgoing).map(|of| Majority { of, needed: of.len() / 2 + 1 })
    }

    /// Whether both have the same voters, in whatever order.
    pub fn same_voters(&self, other: &Configuration) -> bool {
        set(&self.voters) == set(&other.voters)
    }

    /// Whether both say the same.
    pub fn agrees(&self, other: &Configuration) -> bool {
        self.same_voters(other)
            && set(&self.outgoing) == set(&other.outgoing)
            && set(&self.learners) == set(&other.learners)
    }

    /// Whether no decision of one can be taken without somebody who takes part in every decision of the other.
    pub fn overlaps(&self, other: &Configuration) -> bool {
        self.majorities().any(|one| other.majorities().any(|two| one.overlaps(&two)))
    }
}

impl Majority<'_> {
    /// How many of `names` belong to it.
    pub fn count(&self, names: &[Arc<str>]) -> usize {
        self.of.iter().filter(|name| names.iter().any(|other| **other == ***name)).count()
    }

    /// Whether any two majorities have a node in common: even if each takes in first whom the other does not know, what both
    /// still need is more than there is. Of nobody there is no majority.
    fn overlaps(&self, other: &Majority<'_>) -> bool {
        let (one, two) = (set(self.of), set(other.of));
        let shared = one.intersection(&two).count();
        let still = |majority: &Majority<'_>| majority.needed.saturating_sub(majority.of.len() - shared);
        shared > 0 && still(self) + still(other) > shared
    }
}

impl std::fmt::Display for Configuration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names = |names: &[String]| if names.is_empty() { "nobody".to_owned() } else { names.join(", ") };
        write!(f, "voters {}", names(&self.voters))?;
        if self.is_joint() {
            write!(f, " (jointly with the old voters {})", names(&self.outgoing))?;
        }
        if !self.learners.is_empty() {
            write!(f, ", learners {}", names(&self.learners))?;
        }
        Ok(())
    }
}

fn set(names: &[String]) -> BTreeSet<&str> {
    names.iter().map(String::as_str).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        text.split_whitespace().map(Into::into).collect()
    }

    fn overlap(one: (&str, &str), two: (&str, &str)) -> bool {
        let [one, two] = [one, two].map(|(voters, outgoing)| Configuration {
            voters: names(voters),
            outgoing: names(outgoing),
            learners: Vec::new(),
        });
        assert_eq!(one.overlaps(&two), two.overlaps(&one));
        one.overlaps(&two)
    }

    #[test]
    fn majorities_of_neighbours_overlap_and_those_of_strangers_do_not() {
        assert!(overlap(("a b c", ""), ("a b c", "")));
        assert!(overlap(("a b c", ""), ("a b c d", "")));
        assert!(overlap(("a b c d", ""), ("a b c", "")));
        assert!(overlap(("a", ""), ("a b", "")));
        assert!(!overlap(("a b c", ""), ("a b d", "")));
        assert!(!overlap(("a b c", ""), ("a b c d e", "")));
        assert!(!overlap(("a", ""), ("b", "")));
        assert!(!overlap(("a b c", ""), ("", "")));
        assert!(overlap(("a b c", ""), ("d e f", "a b c")));
        assert!(overlap(("d e f", "a b c"), ("d e f", "")));
        assert!(!overlap(("d e f", "a b c"), ("x y z", "")));
    }

    #[test]
    fn majority_is_more_than_half() {
        for (count, needed) in [(0, 1), (1, 1), (2, 2), (3, 2), (4, 3), (5, 3)] {
            let of = vec![String::new(); count];
            assert_eq!(Configuration::of(&of).majorities().next().unwrap().needed, needed);
        }
    }
}
