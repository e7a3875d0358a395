//! When to take a snapshot.

/// The log that is applied before a snapshot takes its place is this part of the size of the last one. Dissertation 5.1.3 weighs what
/// that costs: for each byte of the log, so many bytes of snapshots are written; and the log is in memory beside the state.
const LOG_PART: u64 = 4;

/// Counts what is applied, and says when a snapshot is due: when the log behind the last one is long, by bytes, and also in
/// proportion to the last one. Otherwise a large state would be written again and again for a few changes of it. One is taken at a
/// time.
#[derive(Debug)]
pub struct Schedule {
    log_bytes_min: u64,
    /// The size of the last snapshot.
    last_bytes: u64,
    /// How much was applied since it was begun.
    applied_bytes: u64,
    is_taking: bool,
}

impl Schedule {
    /// A schedule for a node that starts from a snapshot of this size, or from none.
    pub fn new(log_bytes_min: u64, last_bytes: u64) -> Schedule {
        Schedule { log_bytes_min, last_bytes, applied_bytes: 0, is_taking: false }
    }

    /// So much of the log was applied.
    pub fn applied(&mut self, bytes: usize) {
        self.applied_bytes += bytes as u64;
    }

    /// Whether a snapshot is to be begun now.
    pub fn is_due(&self) -> bool {
        !self.is_taking && self.applied_bytes > 0 && self.applied_bytes >= self.log_bytes()
    }

    fn log_bytes(&self) -> u64 {
        self.log_bytes_min.max(self.last_bytes / LOG_PART)
    }

    /// One is being taken, of all that was applied.
    pub fn begin(&mut self) {
        self.is_taking = true;
        self.applied_bytes = 0;
    }

    /// It was taken, and has this size.
    pub fn taken(&mut self, bytes: u64) {
        self.is_taking = false;
        self.last_bytes = bytes;
    }

    /// It could not be taken: the next one is due at once.
    pub fn failed(&mut self) {
        self.is_taking = false;
        self.hurry();
    }

    /// One is due, however little was applied.
    pub fn hurry(&mut self) {
        self.applied_bytes = self.applied_bytes.max(self.log_bytes()).max(1);
    }

    /// A snapshot of this size came from elsewhere, in place of all that was applied.
    pub fn installed(&mut self, bytes: u64) {
        self.last_bytes = bytes;
        self.applied_bytes = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_due_after_so_much_log_and_not_while_another_is_taken() {
        let mut schedule = Schedule::new(100, 0);
        schedule.applied(99);
        assert!(!schedule.is_due());
        schedule.applied(1);
        assert!(schedule.is_due());
        schedule.begin();
        schedule.applied(100);
        assert!(!schedule.is_due());
        schedule.taken(10);
        assert!(schedule.is_due(), "what was applied meanwhile counts");
    }

    #[test]
    fn large_state_is_written_less_often() {
        let mut schedule = Schedule::new(100, 1000);
        schedule.applied(1000 / LOG_PART as usize - 1);
        assert!(!schedule.is_due());
        schedule.applied(1);
        assert!(schedule.is_due());
    }

    #[test]
    fn one_that_failed_is_due_again_and_one_from_elsewhere_begins_anew() {
        let mut schedule = Schedule::new(100, 0);
        schedule.applied(100);
        schedule.begin();
        schedule.failed();
        assert!(schedule.is_due());
        schedule.installed(10);
        schedule.applied(99);
        assert!(!schedule.is_due());
    }

    #[test]
    fn nothing_is_due_where_nothing_was_applied() {
        assert!(!Schedule::new(0, 0).is_due());
    }
}
