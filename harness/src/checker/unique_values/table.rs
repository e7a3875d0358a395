//! Whose value is whose: for each value, who brought it, who saw it, who took it away.

use super::period::{FOREVER, Moment, NONE, Period, START};
use super::role::Role;
use crate::checker::cas_register::{RegisterOp, ValueId};
use crate::checker::search::{Entry, NEVER};

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
    /// How many must have a place in a block: entries, and the start.
    pub effective: usize,
    /// The failed compare-and-sets that do not say what they met.
    pub misses: Vec<u32>,
    /// The entries of unknown outcome that are left out.
    pub spares: Vec<u32>,
}

impl<'a> Table<'a> {
    /// Puts each entry into its period; `None` if that leaves a choice.
    pub fn new(entries: &'a [Entry<RegisterOp>], initial: ValueId) -> Option<Table<'a>> {
        if entries.len() >= START as usize {
            return None;
        }
        let first = initial.number();
        let mut table = Table {
            entries,
            periods: Vec::new(),
            first,
            place: Vec::with_capacity(entries.len()),
            roots: vec![first],
            effective: 1,
            misses: Vec::new(),
            spares: Vec::new(),
        };
        table.period(first).source = START;
        // Those that bring a value that another has brought, and those of unknown outcome.
        let mut open: Vec<u32> = Vec::new();
        for (id, entry) in (0..).zip(entries) {
            if !is_clear(entry) {
                return None;
            }
            let times = (table.call(id), table.ret(id));
            let place = match Role::of(&entry.op) {
                Role::Brings { from, to } => {
                    if let Some(from) = from {
                        table.period(from).needed |= entry.required;
                    }
                    let period = table.period(to);
                    period.ambiguous = period.source != NONE;
                    if !period.ambiguous {
                        (period.source, period.source_times) = (id, times);
                    }
                    if period.ambiguous || !entry.required {
                        open.push(id);
                        NONE
                    } else {
                        table.link(from, to);
                        to
                    }
                }
                _ if !entry.required => NONE,
                Role::Sees(value) => {
                    table.period(value).see(times);
                    value
                }
                Role::Misses(value) => {
                    table.period(value).missed = true;
                    table.misses.push(id);
                    NONE
                }
                Role::Impossible => {
                    table.effective += 1;
                    NONE
                }
            };
            table.effective += usize::from(place != NONE);
            table.place.push(place);
        }
        table.need(&open);
        table.settle(&open)?;
        Some(table)
    }

    /// What a compare-and-set of unknown outcome expected is needed if what it brings is.
    fn need(&mut self, open: &[u32]) {
        let mut unknown: Vec<u32> = open.iter().copied().filter(|&id| !self.entries[id as usize].required).collect();
        while let Some(id) = unknown.pop() {
            let Role::Brings { from: Some(from), to } = Role::of(&self.entries[id as usize].op) else { continue };
            if !self.periods[to as usize].needed || std::mem::replace(&mut self.periods[from as usize].needed, true) {
                continue;
            }
            // Its source may have been passed over before.
            let source = self.periods[from as usize].source();
            unknown.extend(source.filter(|&source| !self.entries[source as usize].required));
        }
    }

    /// Lets each of these begin a period, or be left out.
    fn settle(&mut self, open: &[u32]) -> Option<()> {
        for &id in open {
            let entry = &self.entries[id as usize];
            let Role::Brings { from, to } = Role::of(&entry.op) else { continue };
            let period = &self.periods[to as usize];
            if period.ambiguous && (period.needed || period.missed) {
                return None;
            }
            if self.is_effective(entry, to) {
                let to = self.begin(id, to);
                self.link(from, to);
            } else {
                self.spares.push(id);
            }
        }
        Some(())
    }

    /// Lets `to` begin a block, or come behind another; not if something else does. Then it stays without a block.
    fn link(&mut self, from: Option<u32>, to: u32) {
        match from.map(|from| &mut self.periods[from as usize].next) {
            None => self.roots.push(to),
            Some(next) if *next == NONE => *next = to,
            Some(_) => {}
        }
    }

    fn period(&mut self, value: u32) -> &mut Period {
        let index = value as usize;
        if index >= self.periods.len() {
            self.periods.resize(index + 1, Period::EMPTY);
        }
        &mut self.periods[index]
    }

    /// Whether an entry that brings this value certainly happened.
    pub fn is_effective(&self, entry: &Entry<RegisterOp>, value: u32) -> bool {
        entry.required || self.periods[value as usize].needed
    }

    /// The period that entry `id` begins by bringing `value`: of values that nobody needs there may be several.
    pub fn begin(&mut self, id: u32, value: u32) -> u32 {
        let mut period = value;
        if self.periods[value as usize].source != id {
            period = u32::try_from(self.periods.len()).unwrap_or(NONE);
            let source_times = (self.call(id), self.ret(id));
            self.periods.push(Period { source: id, source_times, ..Period::EMPTY });
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
    pub fn call(&self, id: u32) -> Moment {
        moment(self.entries[id as usize].call)
    }

    /// When it returned.
    pub fn ret(&self, id: u32) -> Moment {
        moment(self.entries[id as usize].ret)
    }

    /// Call and return of the entry that begins a period.
    pub fn source_times(&self, period: u32) -> (Moment, Moment) {
        self.periods[period as usize].source_times
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
    pub fn order(&self, sequence: impl IntoIterator<Item = u32>) -> Vec<u32> {
        // Where the next who sees a period goes.
        let mut free = vec![0; self.periods.len()];
        let mut order = vec![0; self.entries.len() + 1];
        let mut end = 0;
        for number in sequence {
            let period = &self.periods[number as usize];
            if let Some(source) = period.source() {
                order[end] = source;
                end += 1;
            }
            free[number as usize] = end;
            end += period.seen as usize;
        }
        let behind_all = self.entries.len();
        for (id, &place) in (0..).zip(&self.place) {
            let Some(free) = free.get_mut(place as usize) else { continue };
            // Whether it is a source cannot be foretold: what is written twice costs less than a wrong guess.
            let is_source = self.periods[place as usize].source == id;
            order[if is_source { behind_all } else { *free }] = id;
            *free += usize::from(!is_source);
        }
        order.truncate(end);
        order
    }
}

/// Whether it is one of those that this engine knows: what is of unknown outcome never returns.
fn is_clear(entry: &Entry<RegisterOp>) -> bool {
    let has_moment = |position: u64| position < u64::from(FOREVER) - 1;
    match entry.ret {
        NEVER => has_moment(entry.call),
        ret => entry.required && has_moment(ret) && has_moment(entry.call),
    }
}

fn moment(position: u64) -> Moment {
    Moment::try_from(position.saturating_add(1)).unwrap_or(FOREVER)
}
