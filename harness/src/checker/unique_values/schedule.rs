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
//! before the forward block in whose zone that lies. At the end of a block something else may come before its turn: a backward
//! block that has been called, or something of unknown outcome that had been left out. This does no harm as long as its last call
//! is before the first return of all that is still to come, which then need not come before it: it begins early, and is current
//! for longer. A forward block never comes before the turn of another, which would have to wait until its zone is over.
//!
//! Which of several comes next is a guess, and the first one is to keep the turns as long as the deadline can be kept. Where
//! there is no way on, the last guess is taken back: the block that is current too early, or too long, then changes places with
//! one of those directly before it, so that few guesses have to be taken back. What matters for all that is still to come is
//! what has been placed, in whatever order, what came last and the deadline; where that once led nowhere, it is not tried again.
//! If an order is found it is proof enough; if the retries run out, or all that was tried leads nowhere, the search decides.

use super::Stop;
use super::blocks::{Block, Blocks};
use super::period::{FOREVER, Moment, NONE};
use super::role::Role;
use super::table::Table;
use rustc_hash::FxHashSet;
use std::collections::BTreeSet;

/// How often guesses are taken back, at least, and for each period.
const RETRIES: (usize, usize) = (10_000, 8);
/// How many blocks are tried before their turn at each moment.
const EARLY_MAX: usize = 32;

/// The periods in an order in which every failed compare-and-set has a place, which it is given.
pub fn schedule(table: &mut Table, blocks: &Blocks) -> Result<Vec<u32>, Stop> {
    certainties(table, blocks)?;
    let mut schedule = Schedule::new(table, blocks);
    schedule.run()?;
    let mut placed = Vec::with_capacity(schedule.placed.len());
    for Placed { period, spare, moment } in std::mem::take(&mut schedule.placed) {
        let period = match table.brought(spare) {
            Some(to) => table.begin(spare, to),
            None => period,
        };
        placed.push((period, moment));
    }
    admit(table, &placed);
    Ok(placed.into_iter().map(|(period, _)| period).collect())
}

/// Refuses what is certainly wrong.
fn certainties(table: &Table, blocks: &Blocks) -> Result<(), Stop> {
    // For each period: its block, from when on it has certainly begun, and until when it certainly lasts.
    let mut known: Vec<Option<(u32, Moment, Moment)>> = vec![None; table.periods.len()];
    for block in &blocks.0 {
        let chain: Vec<u32> = table.chain(block.root).collect();
        let mut until = 0;
        for (&number, next) in chain.iter().zip(chain.iter().skip(1).map(Some).chain([None])) {
            let period = &table.periods[number as usize];
            until = until.max(table.source_times(number).0).max(period.last_call);
            let next = next.map_or(0, |&next| table.source_times(next).0);
            known[number as usize] = Some((block.root, FOREVER, until.max(next)));
        }
        let mut since = FOREVER;
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

/// A period in its place.
#[derive(Clone, Copy)]
struct Placed {
    /// Its number; [`NONE`] if it is only to be made, for a value that several wrote and nobody saw.
    period: u32,
    /// The entry of unknown outcome that had been left out and now begins it, or [`NONE`].
    spare: u32,
    /// When it begins.
    moment: Moment,
}

/// What may come next at the end of a block.
#[derive(Clone, Copy)]
enum Move {
    /// That which stands here in the late order.
    Late,
    /// This one, earlier than it must be.
    Early(Block),
    /// An entry of unknown outcome that had been left out.
    Spare(u32),
}

/// A moment at which there was a choice: how things stood, and how many moves have been tried.
struct Choice {
    placed: usize,
    done: usize,
    deadline: Moment,
    ready: Moment,
    used: usize,
    tried: usize,
}

struct Schedule<'t, 'a> {
    table: &'t Table<'a>,
    /// The periods of all blocks, as late as they can stand, each with the last moment at which it may begin.
    late: Vec<(u32, Moment)>,
    /// How many of those are placed, those before their turn not counted.
    done: usize,
    /// The backward blocks, by call, and how many of them have been called at the latest moment so far.
    backward: Vec<Block>,
    called: usize,
    /// Those of them that are not placed, by first return, and their places among the backward ones.
    available: BTreeSet<(Moment, usize)>,
    /// The place among the backward blocks of that which a period begins.
    number: Vec<u32>,
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
    placed: Vec<Placed>,
    /// A fingerprint of what is placed, in whatever order.
    fingerprint: u64,
    /// When the next period must have begun.
    deadline: Moment,
    /// When it may begin: the last call of all that is placed.
    ready: Moment,
    choices: Vec<Choice>,
    /// How things have stood without a way on: what is placed, what came last, the deadline.
    dead: FxHashSet<(u64, u32, Moment)>,
    /// How often it may still be tried again.
    retries: usize,
}

impl<'t, 'a> Schedule<'t, 'a> {
    fn new(table: &'t Table<'a>, blocks: &Blocks) -> Self {
        let mut late: Vec<(u32, Moment)> = latest(blocks).flat_map(|root| table.chain(root)).map(|p| (p, 0)).collect();
        let mut end = FOREVER;
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
        let is_backward = |block: &&Block| !block.is_forward() && block.root != table.first;
        let mut backward: Vec<Block> = blocks.0.iter().filter(is_backward).copied().collect();
        backward.sort_unstable_by_key(|block| table.source_times(block.root).0);
        let mut number = vec![NONE; table.periods.len()];
        for (place, block) in (0..).zip(&backward) {
            number[block.root as usize] = place;
        }
        Schedule {
            retries: RETRIES.0 + RETRIES.1 * late.len(),
            late,
            done: 0,
            backward,
            called: 0,
            available: BTreeSet::new(),
            number,
            writes,
            used: 0,
            swaps,
            misses,
            first_miss,
            is_placed: vec![false; table.periods.len()],
            placed: Vec::new(),
            fingerprint: 0,
            deadline: FOREVER,
            ready: 0,
            choices: Vec::new(),
            dead: FxHashSet::default(),
            table,
        }
    }

    fn run(&mut self) -> Result<(), Stop> {
        loop {
            while self.late.get(self.done).is_some_and(|&(period, _)| self.is_placed[period as usize]) {
                self.done += 1;
            }
            let next = self.late.get(self.done).copied();
            if next.is_none() && self.deadline == FOREVER {
                return Ok(());
            }
            // Inside a block there is no choice.
            let went_on = match next.filter(|_| !self.is_at_end()) {
                Some((period, last)) => self.place(period, NONE, last),
                None => {
                    let Schedule { done, deadline, ready, used, .. } = *self;
                    let placed = self.placed.len();
                    self.choices.push(Choice { placed, done, deadline, ready, used, tried: 0 });
                    false
                }
            };
            if !went_on {
                self.choose()?;
            }
        }
    }

    /// Makes the next move of the last choice that has one left.
    fn choose(&mut self) -> Result<(), Stop> {
        while let Some(mut choice) = self.choices.pop() {
            self.take_back(&choice);
            let state = (self.fingerprint, self.placed.last().map_or(NONE, |last| last.period), self.deadline);
            let is_dead = choice.tried == 0 && !self.dead.is_empty() && self.dead.contains(&state);
            let it = if is_dead { None } else { self.nth_move(choice.tried) };
            let Some(it) = it else {
                self.dead.insert(state);
                continue;
            };
            if choice.tried > 0 {
                self.retries = self.retries.checked_sub(1).ok_or(Stop::Unfit)?;
            }
            choice.tried += 1;
            self.choices.push(choice);
            if self.make(it) {
                return Ok(());
            }
        }
        Err(Stop::Unfit)
    }

    /// Restores how things stood.
    fn take_back(&mut self, choice: &Choice) {
        for Placed { period, spare, .. } in self.placed.split_off(choice.placed) {
            self.fingerprint ^= fingerprint(period, spare);
            if period != NONE {
                self.is_placed[period as usize] = false;
                self.available.extend(self.among_called(period));
            }
        }
        (self.done, self.deadline, self.ready, self.used) = (choice.done, choice.deadline, choice.ready, choice.used);
    }

    /// The moves there are, the most promising first: by its turn what can keep the deadline; else what can be used nowhere
    /// else, and last what can always be used. `None` if there are not that many.
    fn nth_move(&mut self, n: usize) -> Option<Move> {
        let next = self.late.get(self.done).copied();
        let is_in_time =
            next.is_some_and(|(period, _)| self.ready.max(self.table.source_times(period).0) <= self.deadline);
        if is_in_time && n == 0 {
            return Some(Move::Late);
        }
        let last = next.map_or(FOREVER, |(_, last)| last);
        let until = last.min(self.deadline);
        let call = |block: &Block| self.table.source_times(block.root).0;
        while self.backward.get(self.called).is_some_and(|block| call(block) <= until) {
            let root = self.backward[self.called].root;
            self.called += 1;
            if !self.is_placed[root as usize] {
                self.available.extend(self.among_called(root));
            }
        }
        let current = self.placed.last().map_or(self.table.first, |last| last.period);
        let spare = |id: Option<&u32>| {
            let called = id.copied().filter(|&id| id != NONE && self.table.call(id) <= until);
            called.into_iter().map(Move::Spare)
        };
        let (swap, write) = (self.swaps.get(current as usize), self.writes.get(self.used));
        let is_late = |block: &Block| is_in_time && next.is_some_and(|(period, _)| period == block.root);
        let is_free = |block: &Block| call(block) <= until && block.last_call <= last && !is_late(block);
        let blocks = self.available.iter().map(|&(_, place)| self.backward[place]);
        let early = blocks.filter(is_free).take(EARLY_MAX).map(Move::Early);
        spare(swap).chain(early).chain(spare(write)).nth(n - usize::from(is_in_time))
    }

    /// The backward block that a period begins, as it is available if it has been called and is not placed.
    fn among_called(&self, root: u32) -> Option<(Moment, usize)> {
        let place = self.number[root as usize] as usize;
        (place < self.called).then(|| (self.backward[place].first_return, place))
    }

    /// Makes a move, if the deadlines allow it.
    fn make(&mut self, it: Move) -> bool {
        let next = self.late.get(self.done).copied();
        let last = next.map_or(FOREVER, |(_, last)| last);
        match it {
            Move::Late => next.is_some_and(|(period, last)| self.place(period, NONE, last)),
            Move::Early(block) => {
                let table = self.table;
                // Somebody who missed the value of one period of the chain may not wait until the next can begin.
                table.chain(block.root).all(|period| self.place(period, NONE, last.min(block.first_return)))
            }
            Move::Spare(id) => {
                let Some(to) = self.table.brought(id) else { return false };
                self.used += usize::from(self.writes.get(self.used) == Some(&id));
                let period = if self.table.periods[to as usize].ambiguous { NONE } else { to };
                self.place(period, id, last)
            }
        }
    }

    /// Whether the block that is current is complete.
    fn is_at_end(&self) -> bool {
        let next = |last: &Placed| self.table.periods.get(last.period as usize).map_or(NONE, |period| period.next);
        self.placed.last().is_none_or(|last| next(last) == NONE)
    }

    /// Lets a period begin, not after `last`. `false` if it cannot keep the deadline.
    fn place(&mut self, period: u32, spare: u32, last: Moment) -> bool {
        let index = period as usize;
        let begun = if spare == NONE { self.table.source_times(period).0 } else { self.table.call(spare) };
        self.ready = self.ready.max(begun);
        let moment = last.min(self.deadline);
        if self.ready > moment {
            return false;
        }
        self.placed.push(Placed { period, spare, moment });
        self.fingerprint ^= fingerprint(period, spare);
        if period != NONE {
            self.is_placed[index] = true;
            if let Some(available) = self.among_called(period) {
                self.available.remove(&available);
            }
        }
        // A period that is still to be made has a value that nobody missed.
        let missed =
            if period == NONE { &[] } else { &self.misses[self.first_miss[index]..self.first_miss[index + 1]] };
        let table = self.table;
        let open = missed.iter().filter(|&&id| table.call(id) > moment).map(|&id| table.ret(id));
        self.deadline = open.min().unwrap_or(FOREVER);
        self.ready = self.ready.max(table.periods.get(index).map_or(0, |period| period.last_call));
        true
    }
}

/// A number for a period, or for the entry that begins it (SplitMix64).
fn fingerprint(period: u32, spare: u32) -> u64 {
    let mut z = (u64::from(spare) << 32 | u64::from(period)).wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The roots of the blocks, each as late as it can stand.
fn latest(blocks: &Blocks) -> impl Iterator<Item = u32> + use<> {
    let forward: Vec<(Moment, Moment)> =
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
fn admit(table: &mut Table, placed: &[(u32, Moment)]) {
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
