//! Whose value is whose: for each value, who brought it, who saw it, who took it away.

use super::Stop;
use crate::checker::cas_register::{RegisterOp, ValueId};
use crate::checker::search::{Entry, NEVER};

/// No entry, or no period.
pub const NONE: u32 = u32::MAX;
/// In place of an entry: the value was there from the start.
const START: u32 = u32::MAX - 1;

/// What an operation has to do with values.
pub enum Role {
    /// Sees this one.
    Sees(u32),
    /// Brings a value, if it is a compare-and-set in place of another.
    Brings {
        /// What a compare-and-set takes away.
        from: Option<u32>,
        /// What it brings.
        to: u32,
    },
    /// Met something else than this one.
    Misses(u32),
    /// Is possible in no state.
    Impossible,
}

impl Role {
    pub fn of(op: &RegisterOp) -> Role {
        match *op {
            RegisterOp::Read(value) => Role::Sees(value.number()),
            RegisterOp::Write(value) => Role::Brings { from: None, to: value.number() },
            RegisterOp::Cas { old, new } if old == new => Role::Sees(old.number()),
            RegisterOp::Cas { old, new } => Role::Brings { from: Some(old.number()), to: new.number() },
            RegisterOp::Met { old, found, .. } if old == found => Role::Impossible,
            RegisterOp::Met { found, .. } => Role::Sees(found.number()),
            RegisterOp::Mismatch { old, .. } => Role::Misses(old.number()),
        }
    }
}

/// The time in which the register holds one value.
///
/// Moments are positions plus one, so that 0 is before all of them; [`u64::MAX`] is never.
#[derive(Clone, Copy, Debug)]
pub struct Period {
    /// The entry that brought the value, [`START`] or [`NONE`].
    source: u32,
    /// The period that a compare-and-set from it begins, or [`NONE`].
    pub next: u32,
    /// How many saw it.
    seen: u32,
    /// Whether somebody effective needs it.
    needed: bool,
    /// Whether a failed compare-and-set asked for it.
    missed: bool,
    /// Whether there is more than one source.
    pub ambiguous: bool,
    /// The first return of those who saw it.
    pub first_return: u64,
    /// The last call of those who saw it.
    pub last_call: u64,
}

impl Period {
    const EMPTY: Period = Period {
        source: NONE,
        next: NONE,
        seen: 0,
        needed: false,
        missed: false,
        ambiguous: false,
        first_return: u64::MAX,
        last_call: 0,
    };

    /// The entry that brought the value; the initial one has none.
    pub fn source(&self) -> Option<u32> {
        (self.source < START).then_some(self.source)
    }
}

/// The entries, by the values that they have to do with.
pub struct Table<'a> {
    pub entries: &'a [Entry<RegisterOp>],
    /// By number: first those of the values, then those of values that nobody saw and several wrote.
    pub periods: Vec<Period>,
    /// The initial value's.
    pub first: u32,
    /// The period in which each entry has its place; [`NONE`] if it is left out, or has none yet.
    pub place: Vec<u32>,
    /// The periods that writes begin, the first one, too.
    pub roots: Vec<u32>,
    /// How many periods there are, those of entries that are left out not counted.
    pub effective: usize,
    /// The failed compare-and-sets that do not say what they met.
    pub misses: Vec<u32>,
    /// The entries of unknown outcome that are left out.
    pub spares: Vec<u32>,
}

impl<'a> Table<'a> {
    /// Notes for each value who brings it and whether it is needed; `None` if that leaves a choice.
    pub fn new(entries: &'a [Entry<RegisterOp>], initial: ValueId) -> Option<Table<'a>> {
        if entries.len() >= START as usize || entries.iter().any(|entry| !entry.required && entry.ret != NEVER) {
            return None;
        }
        let mut periods: Vec<Period> = Vec::new();
        let mut unknown: Vec<u32> = Vec::new();
        period(&mut periods, initial.number()).source = START;
        for (id, entry) in (0..).zip(entries) {
            match Role::of(&entry.op) {
                Role::Sees(value) => period(&mut periods, value).needed |= entry.required,
                Role::Misses(value) => period(&mut periods, value).missed |= entry.required,
                Role::Impossible => {}
                Role::Brings { from, to } => {
                    let brought = period(&mut periods, to);
                    brought.ambiguous = brought.source != NONE;
                    if !brought.ambiguous {
                        brought.source = id;
                    }
                    if let Some(from) = from {
                        period(&mut periods, from).needed |= entry.required;
                        if !entry.required {
                            unknown.push(id);
                        }
                    }
                }
            }
        }
        // What a compare-and-set of unknown outcome expected is needed if what it brings is.
        while let Some(id) = unknown.pop() {
            let Role::Brings { from: Some(from), to } = Role::of(&entries[id as usize].op) else { continue };
            if !periods[to as usize].needed || std::mem::replace(&mut periods[from as usize].needed, true) {
                continue;
            }
            // Its source may have been passed over before.
            unknown.extend(periods[from as usize].source().filter(|&source| !entries[source as usize].required));
        }
        if periods.iter().any(|period| period.ambiguous && (period.needed || period.missed)) {
            return None;
        }
        let place = vec![NONE; entries.len()];
        let first = initial.number();
        let roots = vec![first];
        let (misses, spares) = (Vec::new(), Vec::new());
        Some(Table { entries, periods, first, place, roots, effective: 1, misses, spares })
    }

    /// Puts each entry into its period.
    pub fn fill(&mut self) -> Result<(), Stop> {
        for (id, entry) in (0..).zip(self.entries) {
            match Role::of(&entry.op) {
                Role::Impossible | Role::Sees(_) | Role::Misses(_) if !entry.required => {}
                Role::Impossible => return Err(Stop::Contradiction(vec![id])),
                Role::Sees(value) => {
                    self.place[id as usize] = value;
                    let period = &mut self.periods[value as usize];
                    if period.source == NONE {
                        return Err(Stop::Contradiction(vec![id]));
                    }
                    period.seen += 1;
                    period.first_return = period.first_return.min(entry.ret.saturating_add(1));
                    period.last_call = period.last_call.max(entry.call + 1);
                }
                Role::Misses(_) => self.misses.push(id),
                Role::Brings { from, to } => {
                    if !self.is_effective(entry, to) {
                        self.spares.push(id);
                        continue;
                    }
                    let to = self.begin(id, to);
                    let Some(from) = from else {
                        self.roots.push(to);
                        continue;
                    };
                    let next = std::mem::replace(&mut self.periods[from as usize].next, to);
                    if next != NONE {
                        return Err(Stop::Contradiction(vec![self.periods[next as usize].source, id]));
                    }
                    if self.periods[from as usize].source == NONE {
                        return Err(Stop::Contradiction(vec![id]));
                    }
                }
            }
        }
        Ok(())
    }

    /// Whether an entry that brings this value certainly happened.
    pub fn is_effective(&self, entry: &Entry<RegisterOp>, value: u32) -> bool {
        entry.required || self.periods[value as usize].needed
    }

    /// The period that entry `id` begins by bringing `value`: of values that nobody needs there may be several.
    pub fn begin(&mut self, id: u32, value: u32) -> u32 {
        let mut period = value;
        if self.periods[value as usize].ambiguous {
            period = u32::try_from(self.periods.len()).unwrap_or(NONE);
            self.periods.push(Period { source: id, ..Period::EMPTY });
        }
        self.effective += 1;
        self.place[id as usize] = period;
        period
    }

    /// The value that entry `id`, if it is one, brings.
    pub fn brought(&self, id: u32) -> Option<u32> {
        match Role::of(&self.entries.get(id as usize)?.op) {
            Role::Brings { to, .. } => Some(to),
            _ => None,
        }
    }

    /// When entry `id` was called.
    pub fn call(&self, id: u32) -> u64 {
        self.entries[id as usize].call + 1
    }

    /// When it returned.
    pub fn ret(&self, id: u32) -> u64 {
        self.entries[id as usize].ret.saturating_add(1)
    }

    /// Call and return of the entry that begins a period.
    pub fn source_times(&self, period: u32) -> (u64, u64) {
        self.periods[period as usize].source().map_or((0, 0), |id| (self.call(id), self.ret(id)))
    }

    /// The period and those that compare-and-sets begin after it.
    pub fn chain(&self, root: u32) -> impl Iterator<Item = u32> + '_ {
        std::iter::successors(Some(root), |&period| {
            Some(self.periods[period as usize].next).filter(|&next| next != NONE)
        })
    }

    /// The failed compare-and-set `id` has its place in this period.
    pub fn admit(&mut self, id: u32, period: u32) {
        self.place[id as usize] = period;
        self.periods[period as usize].seen += 1;
    }

    /// The entries, the periods being in this order. Within a period those who see it are ordered by call, as the entries are.
    pub fn order(&self, sequence: &[u32]) -> Vec<u32> {
        let mut free = vec![0; self.periods.len()];
        let mut order: Vec<u32> = Vec::with_capacity(self.entries.len());
        for &number in sequence {
            let period = &self.periods[number as usize];
            order.extend(period.source());
            free[number as usize] = order.len();
            order.resize(order.len() + period.seen as usize, NONE);
        }
        for (id, &place) in (0..).zip(&self.place) {
            if place != NONE && self.periods[place as usize].source != id {
                order[free[place as usize]] = id;
                free[place as usize] += 1;
            }
        }
        order
    }
}

fn period(periods: &mut Vec<Period>, value: u32) -> &mut Period {
    let index = value as usize;
    if index >= periods.len() {
        periods.resize(index + 1, Period::EMPTY);
    }
    &mut periods[index]
}
