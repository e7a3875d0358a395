//! Failed compare-and-sets that do not say what they met: each needs one moment at which the register holds something else.
//!
//! **Certainly wrong**: something that returned before the call shows that the value was there already, and something called
//! after the return shows that it still was. Otherwise moments are sought at which every period begins.
//!
//! **Moments of a given order of periods.** Period `i` may begin from `lo(i)`, the last call of those that must be over (the
//! sources up to `i`, and who saw a value before it), to `hi(i)`, the first return of those from its source on. A failed
//! compare-and-set of value `i`, called at `c` and returning at `r`, is satisfied exactly if `T(i) ≥ c` or `T(i+1) ≤ r`. Take each
//! `T(i)` as late as possible: at `hi(i)`, or at the *deadline*, the first `r` of those that `T(i-1)` left unsatisfied. If
//! that does not succeed, nothing does: a later `T(i)` leaves fewer unsatisfied, hence a later deadline, which is never
//! before `T(i)` itself; and it forbids nothing, for `T(i) ≤ hi(i) ≤ hi(i+1)`.
//!
//! **The order of periods.** Blocks stand as late as they can: a forward one at `f`, a backward one at its `f`, or directly
//! before the forward block in whose zone that lies. Where a deadline cannot be kept, and the block is at its end, something is
//! put in between: a backward block that has been called, or something of unknown outcome that had been left out. This does
//! no harm: all that is still to come returns after the deadline (`hi` is at least `lo`, and that is after it), and so need
//! not come before what is called before it.
//!
//! Which of several to take is a guess. If it does not succeed, the search decides; if it does, the order is proof enough.

use super::Stop;
use super::blocks::{Block, Blocks};
use super::table::{NONE, Role, Table};

/// The periods in an order in which every failed compare-and-set has a place, which it is given.
pub fn schedule(table: &mut Table, blocks: &Blocks) -> Result<Vec<u32>, Stop> {
    certainties(table, blocks)?;
    let mut schedule = Schedule::new(table, blocks);
    schedule.run()?;
    let Schedule { placed, .. } = schedule;
    admit(table, &placed);
    Ok(placed.into_iter().map(|(period, _)| period).collect())
}

/// Refuses what is certainly wrong.
fn certainties(table: &Table, blocks: &Blocks) -> Result<(), Stop> {
    // For each period: its block, from when on it has certainly begun, and until when it certainly lasts.
    let mut known: Vec<Option<(u32, u64, u64)>> = vec![None; table.periods.len()];
    for block in &blocks.0 {
        let chain: Vec<u32> = table.chain(block.root).collect();
        let mut until = 0;
        for (&number, next) in chain.iter().zip(chain.iter().skip(1).map(Some).chain([None])) {
            let period = &table.periods[number as usize];
            until = until.max(table.source_times(number).0).max(period.last_call);
            let next = next.map_or(0, |&next| table.source_times(next).0);
            known[number as usize] = Some((block.root, u64::MAX, until.max(next)));
        }
        let mut since = u64::MAX;
        for &number in chain.iter().rev() {
            since = since.min(table.source_times(number).1).min(table.periods[number as usize].first_return);
            if let Some((_, begun, _)) = &mut known[number as usize] {
                *begun = since;
            }
        }
    }
    for &miss in &table.misses {
        let period = missed(table, miss);
        if let Some((root, since, until)) = known[period as usize]
            && since < table.call(miss)
            && table.ret(miss) < until
        {
            return Err(table.constant(miss, root, period));
        }
    }
    Ok(())
}

/// The period in which a failed compare-and-set cannot be.
fn missed(table: &Table, miss: u32) -> u32 {
    match Role::of(&table.entries[miss as usize].op) {
        Role::Misses(value) => value,
        _ => NONE,
    }
}

struct Schedule<'t, 'a> {
    table: &'t mut Table<'a>,
    /// The periods of all blocks, as late as they can stand, each with the last moment at which it may begin.
    late: Vec<(u32, u64)>,
    /// How many of those are placed.
    done: usize,
    /// The backward blocks, by last call, and how many of them have been called.
    backward: Vec<Block>,
    called: usize,
    /// Those that have been called, and perhaps not been placed.
    available: Vec<Block>,
    /// Left-out writes of unknown outcome, by call, and how many are used.
    writes: Vec<u32>,
    used: usize,
    /// A left-out compare-and-set of unknown outcome from each period.
    swaps: Vec<u32>,
    /// The failed compare-and-sets by the period that they must not be in: those of period `p` are
    /// `misses[first_miss[p]..first_miss[p + 1]]`.
    misses: Vec<u32>,
    first_miss: Vec<usize>,
    is_placed: Vec<bool>,
    /// The periods that are placed, with the moments at which they begin.
    placed: Vec<(u32, u64)>,
    /// When the next period must have begun.
    deadline: u64,
    /// When it may begin: the last call of all that is placed.
    ready: u64,
}

impl<'t, 'a> Schedule<'t, 'a> {
    fn new(table: &'t mut Table<'a>, blocks: &Blocks) -> Self {
        let mut late: Vec<(u32, u64)> = latest(blocks).flat_map(|root| table.chain(root)).map(|p| (p, 0)).collect();
        let mut end = u64::MAX;
        for (number, last) in late.iter_mut().rev() {
            end = end.min(table.source_times(*number).1).min(table.periods[*number as usize].first_return);
            *last = end;
        }
        let is_swap =
            |id: &u32| matches!(Role::of(&table.entries[*id as usize].op), Role::Brings { from: Some(_), .. });
        let (spare_swaps, writes): (Vec<u32>, Vec<u32>) = table.spares.iter().partition(|id| is_swap(id));
        let mut swaps = vec![NONE; table.periods.len()];
        for &id in spare_swaps.iter().rev() {
            if let Role::Brings { from: Some(from), .. } = Role::of(&table.entries[id as usize].op) {
                swaps[from as usize] = id; // The first one called.
            }
        }
        let mut misses = table.misses.clone();
        misses.sort_by_key(|&id| missed(table, id));
        let mut first_miss = vec![0; table.periods.len() + 1];
        for &id in &misses {
            first_miss[missed(table, id) as usize + 1] += 1;
        }
        for i in 1..first_miss.len() {
            first_miss[i] += first_miss[i - 1];
        }
        Schedule {
            late,
            done: 0,
            backward: blocks
                .0
                .iter()
                .filter(|block| !block.is_forward() && block.root != table.first)
                .copied()
                .collect(),
            called: 0,
            available: Vec::new(),
            writes,
            used: 0,
            swaps,
            misses,
            first_miss,
            is_placed: vec![false; table.periods.len()],
            placed: Vec::new(),
            deadline: u64::MAX,
            ready: 0,
            table,
        }
    }

    fn run(&mut self) -> Result<(), Stop> {
        loop {
            while self.late.get(self.done).is_some_and(|&(period, _)| self.is_placed[period as usize]) {
                self.done += 1;
            }
            match self.late.get(self.done).copied() {
                Some((period, last)) if self.ready.max(self.table.source_times(period).0) <= self.deadline => {
                    self.place(period, last);
                }
                None if self.deadline == u64::MAX => return Ok(()),
                next => {
                    let last = next.map_or(u64::MAX, |(_, last)| last);
                    if !self.is_at_end() || self.ready > self.deadline || !self.put_between(last) {
                        return Err(Stop::Unfit);
                    }
                }
            }
        }
    }

    /// Whether the block that is current is complete.
    fn is_at_end(&self) -> bool {
        self.placed.last().is_none_or(|&(period, _)| self.table.periods[period as usize].next == NONE)
    }

    /// Lets a period begin, not after `last`.
    fn place(&mut self, number: u32, last: u64) {
        let moment = last.min(self.deadline);
        self.placed.push((number, moment));
        let index = number as usize;
        // Periods that are made here have a number beyond those that anybody missed.
        if index < self.is_placed.len() {
            self.is_placed[index] = true;
        }
        let from = |index: usize| self.first_miss.get(index).copied().unwrap_or(self.misses.len());
        let missed = &self.misses[from(index)..from(index + 1)];
        let table = &self.table;
        let open = missed.iter().filter(|&&id| table.call(id) > moment).map(|&id| table.ret(id));
        self.deadline = open.min().unwrap_or(u64::MAX);
        self.ready = self.ready.max(table.source_times(number).0).max(table.periods[index].last_call);
    }

    /// Ends the current period before the deadline with something that need not be there, or could come later.
    fn put_between(&mut self, last: u64) -> bool {
        // What can be used nowhere else comes first, what can always be used last.
        let current = self.placed.last().map_or(self.table.first, |&(period, _)| period);
        if let Some(swap) = self.swaps.get(current as usize).copied().filter(|&id| self.is_called(id)) {
            self.swaps[current as usize] = NONE;
            self.insert(swap, last);
            return true;
        }
        while self.backward.get(self.called).is_some_and(|block| block.last_call <= self.deadline) {
            self.available.push(self.backward[self.called]);
            self.called += 1;
        }
        self.available.retain(|block| !self.is_placed[block.root as usize]);
        let callable = self.available.iter().filter(|block| block.last_call <= self.deadline);
        if let Some(&block) = callable.min_by_key(|block| block.first_return) {
            let chain: Vec<u32> = self.table.chain(block.root).collect();
            for period in chain {
                // Somebody who missed the value of one period of the chain may not have waited until the next could begin.
                if self.ready.max(self.table.source_times(period).0) > self.deadline {
                    return false;
                }
                self.place(period, last.min(block.first_return));
            }
            return true;
        }
        match self.writes.get(self.used).copied().filter(|&id| self.is_called(id)) {
            Some(write) => {
                self.used += 1;
                self.insert(write, last);
                true
            }
            None => false,
        }
    }

    fn is_called(&self, id: u32) -> bool {
        id != NONE && self.table.call(id) <= self.deadline
    }

    fn insert(&mut self, spare: u32, last: u64) {
        let Role::Brings { to, .. } = Role::of(&self.table.entries[spare as usize].op) else { return };
        let period = self.table.begin(spare, to);
        self.place(period, last);
    }
}

/// The roots of the blocks, each as late as it can stand.
fn latest(blocks: &Blocks) -> impl Iterator<Item = u32> + use<> {
    let forward: Vec<(u64, u64)> =
        blocks.0.iter().filter(|block| block.is_forward()).map(|block| (block.first_return, block.last_call)).collect();
    let key = |block: &Block| {
        let at = block.first_return;
        let zone = forward[..forward.partition_point(|zone| zone.0 < at)].last();
        let within = zone.filter(|zone| !block.is_forward() && at < zone.1);
        (within.map_or(at, |zone| zone.0), block.is_forward(), at)
    };
    let mut roots: Vec<_> = blocks.0.iter().map(|block| (key(block), block.root)).collect();
    roots.sort_unstable();
    roots.into_iter().map(|(_, root)| root)
}

/// Gives each failed compare-and-set a place in a period that is not the one it must not be in.
fn admit(table: &mut Table, placed: &[(u32, u64)]) {
    let mut rank = vec![None; table.periods.len()];
    for (i, &(period, _)) in placed.iter().enumerate() {
        rank[period as usize] = Some(i);
    }
    for miss in table.misses.clone() {
        let (call, ret) = (table.call(miss), table.ret(miss));
        let at_call = placed.partition_point(|&(_, moment)| moment <= call).saturating_sub(1);
        let i = match rank[missed(table, miss) as usize] {
            None => at_call,
            // It is there before the period begins, or when the next has begun.
            Some(own) if placed[own].1 >= call => {
                if placed[own].1 <= ret {
                    own - 1
                } else {
                    at_call
                }
            }
            Some(own) => at_call.max(own + 1),
        };
        table.admit(miss, placed[i].0);
    }
}
