//! The time in which the register holds one value.

/// No entry, or no period.
pub const NONE: u32 = u32::MAX;
/// In place of an entry: the value was there from the start.
pub const START: u32 = u32::MAX - 1;

/// A position plus one, so that 0 is before all of them; [`FOREVER`] is after.
pub type Moment = u32;
/// When those return that never do.
pub const FOREVER: Moment = Moment::MAX;

/// The time in which the register holds one value.
#[derive(Clone, Copy, Debug)]
pub struct Period {
    /// The entry that brought the value, [`START`] or [`NONE`].
    pub source: u32,
    /// When that was called, and when it returned.
    pub source_times: (Moment, Moment),
    /// The period that a compare-and-set from it begins, or [`NONE`].
    pub next: u32,
    /// How many saw it.
    pub seen: u32,
    /// The first return of those who saw it.
    pub first_return: Moment,
    /// The last call of those who saw it.
    pub last_call: Moment,
    /// Whether somebody effective needs it.
    pub needed: bool,
    /// Whether a failed compare-and-set asked for it.
    pub missed: bool,
    /// Whether there is more than one source.
    pub ambiguous: bool,
}

impl Period {
    pub const EMPTY: Period = Period {
        source: NONE,
        source_times: (0, 0),
        next: NONE,
        seen: 0,
        first_return: FOREVER,
        last_call: 0,
        needed: false,
        missed: false,
        ambiguous: false,
    };

    /// The entry that brought the value; the initial one has none.
    pub fn source(&self) -> Option<u32> {
        (self.source < START).then_some(self.source)
    }

    /// Somebody certainly saw the value, who was called and returned at these times.
    pub fn see(&mut self, (call, ret): (Moment, Moment)) {
        self.seen += 1;
        self.needed = true;
        self.first_return = self.first_return.min(ret);
        self.last_call = self.last_call.max(call);
    }
}
