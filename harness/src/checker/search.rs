//! The search for a linearization: Wing and Gong's, with the memory that Lowe gave it, over an explicit stack.
//!
//! Events are positions in the history. The *frontier* is the first return of an operation that has no place in the order
//! yet. Whatever was called before that return is *open*; nothing called after it can come before the operation that
//! returns there, so the next operation in the order is always an open one. A configuration is the frontier, which of the
//! open operations have a place already, and the state: two orders that lead to the same configuration have the same future.
//!
//! **Cuts.** Let `u` be the state, `Z` the operation that returns at the frontier. A *completion* is an order of what is
//! still to be placed; it must contain every required operation, and any of the others. All of this needs the
//! kinds of [`OpKind`] and nothing else of the model. Each cut keeps a completion if there is one (2–4 speak of models without
//! general operations; where there are any, all but the pure ones are moves at any time, and 1 and 5 remain):
//!
//! 1. *A pure operation that is open and possible is placed at once.* It changes nothing, and nothing must come before it:
//!    in any completion it can be moved to the front.
//! 2. *Vanishing.* If `Z` is an overwrite that was open when the last overwrite `P` was placed, it may be placed directly
//!    under `P`, where nobody sees it: the state stays. So a configuration also remembers how far the frontier was at the
//!    last overwrite; of two that differ only there, the later one can do all that the earlier one can.
//! 3. *Other overwrites only if they are useful now*: an open operation is impossible in `u` and possible after it, or it
//!    writes `u` itself again (which moves the last overwrite forward, and is a place for the operation itself).
//! 4. *Conditional operations that may be left out, only if they are useful* in the first sense of 3.
//! 5. *Of equal operations only the one that must finish first*, required before those of unknown outcome.
//!
//! *Proof of 2–4.* Assume that no pure operation is open and possible, and take a completion. If it leaves out `Z`, or hides
//! it under `P`, that is a move of ours. Otherwise `Z` is in it, and all that stands before `Z` is open. Let the completion
//! begin with a run of overwrites (perhaps empty), followed by `Y`. (a) `Z` in the run: place `Z` now; those before it in
//! the run are open, so they can vanish under it later; of those that may be left out, leave them out. (b) The run is not
//! empty and does not contain `Z`: then `Y` exists and is open. Let `X` be the last of the run, leaving state `v`; the
//! others can vanish under it. If `v = u`, `X` is a move of ours. Else, if `Y` is impossible in `u`, `X` is useful. Else `Y`
//! is possible in two states, so not conditional; not an overwrite, for the run ended; so it is pure, open and possible,
//! which was excluded. (c) The run is empty, and the first operation is `X ≠ Z`, which is conditional. If it is required,
//! it is a move of ours. Else let `Y` be the one after it, which is open: if it is impossible in `u`, `X` is useful; if it
//! is an overwrite, leave out `X`; else it is possible in `u` and in another state: pure, which was excluded. ∎
//!
//! *Proof of 5.* Let `A` and `B` be equal and open, `A` returning first, and a completion begin with `B`. If `A` is required or
//! both may be left out: exchange them where both occur (`A` may be early, and `B`, which returns later, may be late); if `A`
//! was hidden under `P`, hide `B` under `A`, which leaves the same state; if `A` was left out, leave out `B`. An operation
//! that may be left out is only passed over for an equal required one if it never returns, so that it may be late. ∎
//!
//! Orders of more than a thousand events that end in a contradiction far from its cause are still exponential in the number
//! of operations open at once; that is what the budget is for.

use super::Budget;
use super::model::{Model, OpKind};
use super::problem::Problem;
pub use super::problem::{Entry, NEVER};
use rustc_hash::FxHashMap;

/// What the search found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// An order, as positions in the entries. Those that are not in it did not take effect.
    Order(Vec<u32>),
    /// There is none: no order gets past the return at this position.
    Nothing {
        /// The position in the history.
        at: u64,
    },
    /// The budget ran out first.
    GaveUp {
        /// How many returns some order got past.
        passed: usize,
        /// Of how many.
        returns: usize,
        /// Configurations remembered at the end.
        configurations: usize,
        /// Which part of the budget: `steps`, `bytes` or `open operations`.
        limit: &'static str,
    },
}

/// Searches for an order of `entries`. The second result is the number of steps taken.
pub fn search<M: Model>(model: &M, entries: &[Entry<M::Op>], budget: Budget) -> (Found, u64) {
    let problem = Problem::new(model, entries);
    // The mask's width is a constant of the inner loop; nearly every history needs a single word.
    match problem.slots {
        0..=64 => Search::<M, 1>::new(problem, budget).run(),
        65..=128 => Search::<M, 2>::new(problem, budget).run(),
        129..=512 => Search::<M, 8>::new(problem, budget).run(),
        513..=4096 => Search::<M, 64>::new(problem, budget).run(),
        _ => {
            let returns = problem.returns.len();
            (Found::GaveUp { passed: 0, returns, configurations: 0, limit: "open operations" }, 0)
        }
    }
}

/// Which operations have a place: a bit for each slot.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Mask<const W: usize>([u64; W]);

impl<const W: usize> Mask<W> {
    fn has(&self, slot: u16) -> bool {
        self.0[usize::from(slot) / 64] >> (slot % 64) & 1 == 1
    }
    fn flip(&mut self, slot: u16) {
        self.0[usize::from(slot) / 64] ^= 1 << (slot % 64);
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Configuration<S, const W: usize> {
    frontier: u32,
    state: S,
    placed: Mask<W>,
}

/// A move that is still to be tried: where it leads, and how it is taken back.
struct Move<S, const W: usize> {
    to: Configuration<S, W>,
    /// The frontier at the last overwrite, plus one; 0 if there was none.
    overwritten: u32,
    /// How long the order was before the move.
    depth: usize,
    placed: Option<Placed>,
}

/// An element of the order.
#[derive(Clone, Copy)]
enum Placed {
    /// Here.
    Here(u32),
    /// Directly under the last overwrite before here.
    Under(u32),
}

struct Search<'a, M: Model, const W: usize> {
    problem: Problem<'a, M>,
    budget: Budget,
    stack: Vec<Move<M::State, W>>,
    order: Vec<Placed>,
    /// The configurations that have been explored, each with the best [`Move::overwritten`].
    seen: FxHashMap<Configuration<M::State, W>, u32>,
    steps: u64,
    /// The furthest frontier of all.
    furthest: u32,
}

impl<'a, M: Model, const W: usize> Search<'a, M, W> {
    fn new(problem: Problem<'a, M>, budget: Budget) -> Self {
        let state = problem.model.initial();
        let to = Configuration { frontier: 0, state, placed: Mask([0; W]) };
        let stack = vec![Move { to, overwritten: 0, depth: 0, placed: None }];
        Search { problem, budget, stack, order: Vec::new(), seen: FxHashMap::default(), steps: 0, furthest: 0 }
    }

    fn run(mut self) -> (Found, u64) {
        let returns = self.problem.returns.len();
        while let Some(Move { mut to, overwritten, depth, placed }) = self.stack.pop() {
            self.order.truncate(depth);
            self.order.extend(placed);
            self.settle(&mut to);
            self.furthest = self.furthest.max(to.frontier);
            if to.frontier as usize == returns {
                return (Found::Order(self.flatten()), self.steps);
            }
            match self.seen.get_mut(&to) {
                Some(best) if *best >= overwritten => continue,
                Some(best) => *best = overwritten,
                None => drop(self.seen.insert(to, overwritten)),
            }
            self.steps += 1;
            if let Some(limit) = self.over_budget() {
                let (passed, configurations) = (self.furthest as usize, self.seen.len());
                return (Found::GaveUp { passed, returns, configurations, limit }, self.steps);
            }
            self.expand(to, overwritten);
        }
        let at = self.problem.entry(self.problem.returns[self.furthest as usize]).ret;
        (Found::Nothing { at }, self.steps)
    }

    fn over_budget(&self) -> Option<&'static str> {
        // What is counted is the tables, not the process: the answer must not depend on who else lives in it.
        let bytes = self.seen.capacity() * (size_of::<(Configuration<M::State, W>, u32)>() + 1)
            + self.stack.capacity() * size_of::<Move<M::State, W>>()
            + self.problem.model.bytes();
        match () {
            () if self.steps > self.budget.steps => Some("steps"),
            () if bytes > self.budget.bytes => Some("bytes"),
            () => None,
        }
    }

    /// What needs no decision: moves the frontier past operations that have a place, and places pure ones (cut 1).
    fn settle(&mut self, c: &mut Configuration<M::State, W>) {
        let problem = &self.problem;
        while (c.frontier as usize) < problem.returns.len() {
            let before = c.frontier;
            for &id in problem.open(c.frontier) {
                let pure = || problem.model.kind(&problem.entry(id).op) == OpKind::Pure;
                if !c.placed.has(problem.slot[id as usize]) && pure() && problem.step(c.state, id).is_some() {
                    c.placed.flip(problem.slot[id as usize]);
                    self.order.push(Placed::Here(id));
                }
            }
            while let Some(&id) = problem.returns.get(c.frontier as usize) {
                let slot = problem.slot[id as usize];
                if !c.placed.has(slot) {
                    break;
                }
                c.placed.flip(slot); // The next owner of the bit finds it clear.
                c.frontier += 1;
            }
            if c.frontier == before {
                return;
            }
        }
    }

    /// Puts all moves from here on the stack, the most promising on top.
    fn expand(&mut self, c: Configuration<M::State, W>, overwritten: u32) {
        let problem = &self.problem;
        let open = problem.open(c.frontier);
        let z = open[0]; // The one that returns here: they are in order of return.
        let position = problem.entry(z).ret;
        let unplaced = |id: &u32| !c.placed.has(problem.slot[*id as usize]);
        // Of each group of equals that never return, the first unplaced one (cut 5), if it has been called.
        let crashed = problem.crashed.iter().filter_map(|group| {
            let called = group.iter().take_while(|&&id| problem.entry(id).call < position);
            called.copied().find(unplaced)
        });
        let crashed: Vec<u32> = crashed.collect();
        let present = || open.iter().copied().filter(unplaced).chain(crashed.iter().copied());
        let useful = |x: u32, after: M::State| {
            present().any(|y| y != x && problem.step(c.state, y).is_none() && problem.step(after, y).is_some())
        };

        // Moves, each with its rank: the lower, the sooner it is tried.
        let mut moves: Vec<(u8, Move<M::State, W>)> = Vec::new();
        let depth = self.order.len();
        let mut add = |rank: u8, placed: Option<Placed>, id: u32, state: M::State, overwritten: u32| {
            let mut to = Configuration { state, ..c };
            to.placed.flip(problem.slot[id as usize]);
            moves.push((rank, Move { to, overwritten, depth, placed }));
        };
        let over = |id: u32| match problem.model.kind(&problem.entry(id).op) {
            OpKind::Overwrite => c.frontier + 1,
            _ => overwritten,
        };
        let z_entry = problem.entry(z);
        if let Some(state) = problem.step(c.state, z) {
            add(1, Some(Placed::Here(z)), z, state, over(z));
        }
        let hides = problem.model.kind(&z_entry.op) == OpKind::Overwrite
            && overwritten > 0
            && z_entry.call < problem.entry(problem.returns[overwritten as usize - 1]).ret;
        if hides {
            // Nobody will ask for its value any more: most likely it went unseen.
            let rank = if problem.wanted_until[z as usize] > position { 2 } else { 0 };
            add(rank, Some(Placed::Under(z)), z, c.state, overwritten);
        }
        if !z_entry.required {
            add(0, None, z, c.state, overwritten);
        }
        let mut tried: Vec<u32> = problem.step(c.state, z).map(|_| z).into_iter().collect();
        for x in present().filter(|&x| x != z) {
            let entry = problem.entry(x);
            let Some(state) = problem.step(c.state, x) else { continue };
            let worth = match problem.model.kind(&entry.op) {
                OpKind::Pure => false, // Impossible here, or it would have a place already.
                OpKind::Overwrite => state == c.state || useful(x, state),
                OpKind::Conditional => entry.required || useful(x, state),
                OpKind::General => true,
            };
            let same = |&y: &u32| {
                let other = problem.entry(y);
                other.op == entry.op && (other.required == entry.required || (other.required && entry.ret == NEVER))
            };
            if worth && !tried.iter().any(same) {
                tried.push(x);
                let helps = problem.step(c.state, z).is_none() && problem.step(state, z).is_some();
                add(if helps { 1 } else { 3 }, Some(Placed::Here(x)), x, state, over(x));
            }
        }
        moves.sort_by_key(|(rank, ..)| *rank);
        self.steps += moves.len() as u64;
        self.stack.extend(moves.into_iter().rev().map(|(_, it)| it));
    }

    /// The order as it is: the hidden ones moved to where they are hidden.
    fn flatten(&self) -> Vec<u32> {
        let overwrite = |id: u32| self.problem.model.kind(&self.problem.entry(id).op) == OpKind::Overwrite;
        let mut hidden: Vec<Vec<u32>> = vec![Vec::new(); self.order.len()];
        let mut last = 0;
        for (position, placed) in self.order.iter().enumerate() {
            match *placed {
                Placed::Here(id) if overwrite(id) => last = position,
                Placed::Here(_) => {}
                Placed::Under(id) => hidden[last].push(id),
            }
        }
        let mut order = Vec::with_capacity(self.order.len());
        for (placed, hidden) in self.order.iter().zip(hidden) {
            order.extend(hidden);
            if let Placed::Here(id) = *placed {
                order.push(id);
            }
        }
        order
    }
}
