//! Fewer faults.

use super::{
    Laboratory, Scenario,
    search::{Demand, Search},
};
use std::collections::BTreeSet;

/// So many faults are few: below that, none is to go at the price that the violation shows more seldom.
const FEW: usize = 3;
/// So many faults are not suspected to stand there for the time alone that they take.
const SPACED_MIN: usize = 2;

impl<L: Laboratory> Search<'_, L> {
    /// Removes as many faults as possible: in the end, none of those that are left can go.
    ///
    /// The culprits are mostly among the last faults before the violation, and trials of few faults are short. So the last
    /// 0, 1, 2, 4, … faults are tried first, and what then shows the symptom is thinned out, first in large pieces and then in
    /// small ones. If the start has many occasions for the violation, no few of them show it as often. Then groups of faults before
    /// each moment at which it was seen are enough that show it about as often in the same time. The time that a fault leaves behind is saved at once; what is left because of the time that it takes is then
    /// tried without, but with every other fault at its time.
    pub(super) fn remove_faults(&mut self) -> Result<(), L::Error> {
        let mut is_tight = true;
        loop {
            let whole = self.current().clone();
            let all: Vec<usize> = (0..whole.faults.len()).collect();
            let mut removal = Removal { whole: &whole, is_tight, tried: BTreeSet::from([all.clone()]) };
            let mut kept = all.clone();
            if is_tight && all.len() > FEW {
                kept = removal.keep_the_last(self, &kept)?;
                if kept.len() > FEW.max(all.len() - 1)
                    && let Some(group) = removal.keep_a_group(self, &kept)?
                {
                    kept = group;
                }
            }
            removal.thin_out(self, kept)?;
            if !is_tight || self.current().faults.len() <= SPACED_MIN {
                return Ok(());
            }
            is_tight = false;
        }
    }
}

/// Which faults of a scenario are needed.
struct Removal<'a> {
    whole: &'a Scenario,
    is_tight: bool,
    /// The sets of faults, by place, that need not be tried again.
    tried: BTreeSet<Vec<usize>>,
}

impl Removal<'_> {
    fn keep_the_last<L: Laboratory>(
        &mut self,
        search: &mut Search<'_, L>,
        all: &[usize],
    ) -> Result<Vec<usize>, L::Error> {
        let mut count = 0;
        while count < all.len() && !search.is_over() {
            let last = &all[all.len() - count..];
            let change = match count {
                0 => "without faults".to_owned(),
                1 => "with the last fault alone".to_owned(),
                _ => format!("with the last {count} of {} faults", all.len()),
            };
            if self.attempt(search, &change, last)? {
                return Ok(last.to_vec());
            }
            count = (2 * count).max(1);
        }
        Ok(all.to_vec())
    }

    /// Small groups of faults, each the last before a moment at which the violation was seen.
    fn keep_a_group<L: Laboratory>(
        &self,
        search: &mut Search<'_, L>,
        kept: &[usize],
    ) -> Result<Option<Vec<usize>>, L::Error> {
        let starts: Vec<u64> = search.current().faults.iter().map(|fault| fault.start_ns).collect();
        let before = |seen_ns: &u64| starts.iter().filter(|start_ns| *start_ns <= seen_ns).count();
        let mut ends: Vec<usize> = search.last().seen_ns.iter().map(before).chain([kept.len()]).collect();
        ends.sort_unstable();
        ends.dedup();
        for count in [2, 4] {
            for &end in ends.iter().rev().filter(|end| **end >= count) {
                if search.is_over() || count >= kept.len() {
                    return Ok(None);
                }
                let group = &kept[end - count..end];
                let candidate = self.whole.keeping(|place| group.contains(&place)).tightened();
                let change = format!("with faults {} to {end} alone", end - count + 1);
                if search.attempt_with(Demand::AsOftenPerTime, &change, candidate)? {
                    return Ok(Some(group.to_vec()));
                }
            }
        }
        Ok(None)
    }

    fn thin_out<L: Laboratory>(&mut self, search: &mut Search<'_, L>, mut kept: Vec<usize>) -> Result<(), L::Error> {
        let mut piece = (kept.len() / 2).max(1);
        loop {
            let (before, mut from) = (kept.len(), 0);
            while from < kept.len() && !search.is_over() {
                let to = (from + piece).min(kept.len());
                let rest = [&kept[..from], &kept[to..]].concat();
                let change = match to - from {
                    1 => format!("without fault {} of {}", from + 1, kept.len()),
                    _ => format!("without faults {} to {to} of {}", from + 1, kept.len()),
                };
                if self.attempt(search, &change, &rest)? {
                    kept = rest;
                } else {
                    from = to;
                }
            }
            if search.is_over() || piece == 1 && kept.len() == before {
                return Ok(());
            }
            piece = (piece / 2).max(1);
        }
    }

    fn attempt<L: Laboratory>(
        &mut self,
        search: &mut Search<'_, L>,
        change: &str,
        kept: &[usize],
    ) -> Result<bool, L::Error> {
        if !self.tried.insert(kept.to_vec()) {
            return Ok(false);
        }
        let candidate = self.whole.keeping(|place| kept.contains(&place));
        search.attempt(change, if self.is_tight { candidate.tightened() } else { candidate })
    }
}
