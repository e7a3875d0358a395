//! The operations that a contradiction consists of.

use super::Stop;
use super::blocks::Block;
use super::period::{Moment, NONE};
use super::role::Role;
use super::table::Table;
use std::collections::{BTreeMap, BTreeSet};

impl Table<'_> {
    /// Those entries, with those that wrote what they saw, and those that prove that they happened.
    pub fn suspects(&self, seeds: Vec<u32>) -> Vec<usize> {
        let mut proof = vec![NONE; self.periods.len()];
        let mut proves = |value: u32, id: u32| {
            let first = &mut proof[value as usize];
            *first = if *first == NONE { id } else { *first };
        };
        for (id, entry) in (0..).zip(self.entries) {
            if let (Role::Sees(value), true) = (Role::of(&entry.op), entry.required) {
                proves(value, id);
            }
        }
        for (id, entry) in (0..).zip(self.entries) {
            match Role::of(&entry.op) {
                Role::Brings { from: Some(from), to } if self.is_effective(entry, to) => proves(from, id),
                _ => {}
            }
        }
        let mut suspects = BTreeSet::new();
        let mut todo = seeds;
        while let Some(id) = todo.pop() {
            if !suspects.insert(id as usize) {
                continue;
            }
            let entry = &self.entries[id as usize];
            let (sees, brings) = match Role::of(&entry.op) {
                Role::Sees(value) | Role::Misses(value) => (Some(value), None),
                Role::Brings { from, to } => (from, Some(to)),
                Role::Impossible => (None, None),
            };
            todo.extend(sees.and_then(|value| self.periods[value as usize].source()));
            todo.extend(brings.filter(|_| !entry.required).map(|value| proof[value as usize]).filter(|&id| id != NONE));
        }
        suspects.into_iter().collect()
    }

    /// Two operations of a block: the later level's returned at `ret`, before the earlier level's was called.
    pub fn levels(&self, root: u32, period: u32, ret: Moment) -> Stop {
        let levels = self.levels_of(root);
        let level = |id: u32| levels.get(&self.place[id as usize]).map(|&level| (level, !self.is_source(id)));
        let last = level_of_period(&levels, period);
        let late = self.members(&levels).find(|&id| self.ret(id) == ret && level(id).is_some_and(|(l, _)| l == last));
        let early =
            self.members(&levels).filter(|&id| self.call(id) > ret && late.is_some_and(|late| level(id) < level(late)));
        let early = early.min_by_key(|&id| self.ret(id));
        Stop::Contradiction(late.into_iter().chain(early).collect())
    }

    /// The operations by which each of two blocks must come before the other.
    pub fn zones(&self, a: &Block, b: &Block) -> Stop {
        let (in_a, in_b) = (self.levels_of(a.root), self.levels_of(b.root));
        let mut seeds = Vec::new();
        for (block, other, members) in [(a, b, &in_a), (b, a, &in_b)] {
            seeds.extend(self.members(members).find(|&id| self.ret(id) == block.first_return));
            let after = self.members(members).filter(|&id| self.call(id) > other.first_return);
            seeds.extend(after.min_by_key(|&id| self.ret(id)));
        }
        Stop::Contradiction(seeds)
    }

    /// Why something has a place in no block: it is impossible, two compare-and-sets are from one value, nobody wrote what it saw, or
    /// compare-and-sets are in a ring, each from what the one before it brought.
    pub fn lost(&self) -> Stop {
        let ids = || (0..).zip(self.entries).map(|(id, _)| id);
        let role = |id: u32| Role::of(&self.entries[id as usize].op);
        let is_required = |id: u32| self.entries[id as usize].required;
        if let Some(id) = ids().find(|&id| is_required(id) && matches!(role(id), Role::Impossible)) {
            return Stop::Contradiction(vec![id]);
        }
        // Of two only one has its place behind the value. This comes before rings: what leaves a ring proves that it happened.
        let rival = |id: u32| match role(id) {
            Role::Brings { from: Some(from), .. } if self.is_source(id) => {
                let next = self.periods[from as usize].next;
                if next == self.place[id as usize] { None } else { self.periods.get(next as usize)?.source() }
            }
            _ => None,
        };
        if let Some((rival, id)) = ids().find_map(|id| Some((rival(id)?, id))) {
            return Stop::Contradiction(vec![rival, id]);
        }
        let mut reached = vec![false; self.periods.len()];
        for period in self.roots.iter().flat_map(|&root| self.chain(root)) {
            reached[period as usize] = true;
        }
        // Every lost one comes from a lost one, so that whoever goes back is at one that comes from nobody, or in the ring at last.
        let mut passed = BTreeSet::new();
        let mut here = ids().find(|&id| reached.get(self.place[id as usize] as usize) == Some(&false));
        while let Some(id) = here.filter(|&id| passed.insert(id)) {
            let from = match role(id) {
                Role::Sees(value) => Some(value),
                Role::Brings { from, .. } => from,
                Role::Misses(_) | Role::Impossible => None,
            };
            here = from.and_then(|from| self.periods[from as usize].source()).or(Some(id));
        }
        Stop::Contradiction(here.into_iter().collect())
    }

    /// A failed compare-and-set, and what shows that the register held all the time what it expected.
    pub fn constant(&self, miss: u32, root: u32, period: u32) -> Stop {
        let levels = self.levels_of(root);
        let here = level_of_period(&levels, period);
        let level = |id: u32| level_of_period(&levels, self.place[id as usize]);
        let before = self.members(&levels).filter(|&id| level(id) >= here && self.ret(id) < self.call(miss));
        let is_up_to = |id: u32| level(id) <= here || (level(id) == here + 1 && self.is_source(id));
        let after = self.members(&levels).filter(|&id| is_up_to(id) && self.call(id) > self.ret(miss));
        let (before, after) = (before.min_by_key(|&id| self.ret(id)), after.min_by_key(|&id| self.ret(id)));
        Stop::Contradiction([miss].into_iter().chain(before).chain(after).collect())
    }

    fn levels_of(&self, root: u32) -> BTreeMap<u32, usize> {
        self.chain(root).zip(0..).collect()
    }

    fn members<'s>(&'s self, levels: &'s BTreeMap<u32, usize>) -> impl Iterator<Item = u32> + 's {
        (0..).zip(&self.place).filter(|(_, place)| levels.contains_key(place)).map(|(id, _)| id)
    }

    fn is_source(&self, id: u32) -> bool {
        let place = self.place[id as usize];
        place != NONE && self.periods[place as usize].source() == Some(id)
    }
}

fn level_of_period(levels: &BTreeMap<u32, usize>, period: u32) -> usize {
    levels.get(&period).copied().unwrap_or(usize::MAX)
}
