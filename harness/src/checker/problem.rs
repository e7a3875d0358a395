//! A history arranged for the search: what is open when, and which bit stands for whom.

use super::model::Model;
use rustc_hash::FxHashMap;

/// The return of an operation that may take effect at any later time.
pub const NEVER: u64 = u64::MAX;

/// An operation as the search sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<O> {
    /// What it did.
    pub op: O,
    /// Position of its invocation.
    pub call: u64,
    /// Position of its return, or [`NEVER`].
    pub ret: u64,
    /// Whether it certainly took effect.
    pub required: bool,
}

/// The entries, arranged for the search.
pub struct Problem<'a, M: Model> {
    /// The specification.
    pub model: &'a M,
    /// The entries: a number in what follows is a position in here.
    pub entries: &'a [Entry<M::Op>],
    /// Those that return, by return: the frontier is a position in here.
    pub returns: Vec<u32>,
    /// Those open at each frontier that return some time, by return; `open[from[f]..from[f + 1]]` belongs to frontier `f`.
    open: Vec<u32>,
    from: Vec<usize>,
    /// Those that never return, in groups of equals, by call.
    pub crashed: Vec<Vec<u32>>,
    /// Each entry's bit in the mask. Bits of operations that return are used again after the return.
    pub slot: Vec<u16>,
    /// How many bits the mask needs.
    pub slots: usize,
    /// The last return of an operation that needs the state an entry makes: only a hint for the order of trying.
    pub wanted_until: Vec<u64>,
}

impl<'a, M: Model> Problem<'a, M> {
    /// Arranges the entries.
    pub fn new(model: &'a M, entries: &'a [Entry<M::Op>]) -> Self {
        let ids = || 0..u32::try_from(entries.len()).unwrap_or(u32::MAX);
        let mut returns: Vec<u32> = ids().filter(|&id| entries[id as usize].ret != NEVER).collect();
        returns.sort_by_key(|&id| entries[id as usize].ret);
        let mut calls = returns.clone();
        calls.sort_by_key(|&id| entries[id as usize].call);

        let mut problem = Problem {
            model,
            entries,
            returns,
            open: Vec::new(),
            from: vec![0],
            crashed: Vec::new(),
            slot: vec![0; entries.len()],
            slots: 0,
            wanted_until: Self::wanted(model, entries),
        };
        problem.sweep(&calls);
        for id in ids().filter(|&id| entries[id as usize].ret == NEVER) {
            let equal = |group: &&mut Vec<u32>| entries[group[0] as usize].op == entries[id as usize].op;
            match problem.crashed.iter_mut().find(equal) {
                Some(group) => group.push(id),
                None => problem.crashed.push(vec![id]),
            }
            problem.slot[id as usize] = u16::try_from(problem.slots).unwrap_or(u16::MAX);
            problem.slots += 1;
        }
        for group in &mut problem.crashed {
            group.sort_by_key(|&id| entries[id as usize].call);
        }
        problem
    }

    /// Walks along the returns and notes what is open at each, giving every operation a bit that nobody open has.
    fn sweep(&mut self, calls: &[u32]) {
        let (mut next, mut active, mut free) = (0, Vec::<u32>::new(), Vec::<u16>::new());
        for f in 0..self.returns.len() {
            let returning = self.returns[f];
            let position = self.entries[returning as usize].ret;
            while next < calls.len() && self.entries[calls[next] as usize].call < position {
                let id = calls[next];
                let ret = self.entries[id as usize].ret;
                active.insert(active.partition_point(|&other| self.entries[other as usize].ret < ret), id);
                self.slot[id as usize] = free.pop().unwrap_or_else(|| {
                    self.slots += 1;
                    u16::try_from(self.slots - 1).unwrap_or(u16::MAX)
                });
                next += 1;
            }
            self.open.extend(&active);
            self.from.push(self.open.len());
            active.retain(|&id| id != returning);
            free.push(self.slot[returning as usize]);
        }
    }

    fn wanted(model: &M, entries: &[Entry<M::Op>]) -> Vec<u64> {
        let mut last: FxHashMap<M::State, u64> = FxHashMap::default();
        for entry in entries.iter().filter(|entry| entry.required) {
            if let Some(state) = model.needs(&entry.op) {
                let until = last.entry(state).or_default();
                *until = entry.ret.max(*until);
            }
        }
        let of = |entry: &Entry<M::Op>| model.makes(&entry.op).and_then(|state| last.get(&state).copied());
        entries.iter().map(|entry| of(entry).unwrap_or(0)).collect()
    }

    /// The entry with this number.
    pub fn entry(&self, id: u32) -> &Entry<M::Op> {
        &self.entries[id as usize]
    }

    /// The state after it, if it is possible.
    pub fn step(&self, state: M::State, id: u32) -> Option<M::State> {
        self.model.step(state, &self.entry(id).op)
    }

    /// The operations that are open at a frontier and return some time, by return: first the one that returns there.
    pub fn open(&self, frontier: u32) -> &[u32] {
        let f = frontier as usize;
        &self.open[self.from[f]..self.from[f + 1]]
    }
}
