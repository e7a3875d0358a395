//! What a leader knows of a follower (Figure 2, nextIndex and matchIndex).

use super::{
    config::Ticks,
    types::{EntryId, LogIndex},
};
use std::collections::VecDeque;

/// A follower, as its leader sees it. Invariant: `matched < next`.
#[derive(Clone, Debug)]
pub struct Progress {
    /// The last position known to be the same in both logs and durable there.
    pub matched: LogIndex,
    /// The next position to send.
    pub next: LogIndex,
    /// How much may be sent without an answer.
    pub pace: Pace,
    /// When the follower last answered in this term.
    pub heard: Ticks,
    /// The last round of read confirmation that was sent.
    pub round_sent: u64,
    /// The last round that the follower answered: it took this node for the leader after that round began.
    pub round_answered: u64,
    /// The highest commit index that the follower was sent.
    pub commit_sent: LogIndex,
}

/// Into how many appends at least what is under way to a follower is divided. The more is under way, the further away the follower
/// is, and the longer a few entries may wait for others to go with them: at most for this share of the way there and back. So a
/// follower that is far away costs a leader, itself and their disk a steady few messages, not one for each batch of the others.
const SHARES_IN_FLIGHT: u64 = 256;

/// How much may be under way to a follower that replicates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// How many appends.
    pub appends: usize,
    /// About how many bytes of entries.
    pub bytes: usize,
}

/// How a leader sends to a follower.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pace {
    /// It is not known where the logs part: one append at a time, and the next one after an answer or a heartbeat interval.
    Probe {
        /// Whether one is under way.
        waiting: bool,
    },
    /// The logs agree: appends are pipelined, each behind the one before, without waiting.
    Replicate {
        /// What is under way.
        in_flight: InFlight,
    },
    /// It lacks entries that are no longer in the leader's log, and gets a snapshot, a chunk at a time (section 7).
    Snapshot {
        /// The snapshot's last entry.
        last: EntryId,
        /// Where the chunk begins that is next, or under way.
        offset: u64,
        /// When that chunk was asked for; `None` if it was not.
        asked: Option<Ticks>,
    },
}

/// The appends that are under way to a follower. What an answer covers no longer is, however many answers were lost; a bare
/// count would leak.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InFlight {
    /// The last position of each, and its bytes.
    appends: VecDeque<(LogIndex, usize)>,
    /// The sum of the bytes.
    bytes: usize,
}

impl InFlight {
    fn fits(&self, window: Window) -> bool {
        self.appends.len() < window.appends && self.bytes < window.bytes
    }

    fn push(&mut self, last: LogIndex, bytes: usize) {
        self.appends.push_back((last, bytes));
        self.bytes += bytes;
    }

    fn answered(&mut self, matched: LogIndex) {
        while let Some(&(_, bytes)) = self.appends.front().filter(|(last, _)| *last <= matched) {
            self.appends.pop_front();
            self.bytes -= bytes;
        }
    }
}

impl Progress {
    /// A follower of whom nothing is known at the beginning of a term: try right behind the leader's last entry.
    pub fn new(next: LogIndex, now: Ticks) -> Progress {
        let pace = Pace::Probe { waiting: false };
        Progress {
            matched: LogIndex(0),
            next,
            pace,
            heard: now,
            round_sent: 0,
            round_answered: 0,
            commit_sent: LogIndex(0),
        }
    }

    /// Whether an append with entries may be sent now, where `last` is the end of the leader's log.
    pub fn is_ready(&self, window: Window, last: LogIndex) -> bool {
        let waiting_entries = (last.0 + 1).saturating_sub(self.next.0);
        match &self.pace {
            Pace::Probe { waiting } => !waiting && waiting_entries > 0,
            Pace::Replicate { in_flight } => {
                let entries_in_flight = self.next.0 - self.matched.0 - 1;
                let worth_an_append = (entries_in_flight / SHARES_IN_FLIGHT).max(1);
                in_flight.fits(window) && waiting_entries >= worth_an_append
            }
            Pace::Snapshot { .. } => false,
        }
    }

    /// An append with entries up to `last` was sent.
    pub fn sent(&mut self, last: LogIndex, bytes: usize) {
        match &mut self.pace {
            Pace::Probe { waiting } => *waiting = true,
            Pace::Replicate { in_flight } => {
                in_flight.push(last, bytes);
                self.next = last.next();
            }
            Pace::Snapshot { .. } => debug_assert!(false, "whoever gets a snapshot gets no entries"),
        }
        debug_assert!(self.is_sound(), "{self:?}");
    }

    /// The follower's log matches up to here. Answers may come late or twice: what is known never shrinks. `base` is the end of
    /// what the leader's own log no longer has.
    pub fn accepted(&mut self, matched: LogIndex, base: LogIndex) {
        self.matched = self.matched.max(matched);
        self.next = self.next.max(self.matched.next());
        match &mut self.pace {
            Pace::Probe { .. } => {
                self.next = self.matched.next();
                self.pace = Pace::Replicate { in_flight: InFlight::default() };
            }
            Pace::Replicate { in_flight } => in_flight.answered(self.matched),
            // However it got there, it is far enough for entries. Or it has the snapshot, but the leader took a newer one meanwhile:
            // then the first entry that it lacks is missing, and that begins the newer one.
            Pace::Snapshot { last, .. } if self.matched >= base.min(last.index) => {
                self.next = self.matched.next();
                self.pace = Pace::Replicate { in_flight: InFlight::default() };
            }
            // The answer to a heartbeat.
            Pace::Snapshot { .. } => {}
        }
        debug_assert!(self.is_sound(), "{self:?}");
    }

    /// What is under way stands behind what matches, in order, and ends right before what is next.
    fn is_sound(&self) -> bool {
        let Pace::Replicate { in_flight } = &self.pace else { return self.matched < self.next };
        let mut before = self.matched;
        let InFlight { appends, bytes } = in_flight;
        let is_ordered = appends.iter().all(|&(last, _)| std::mem::replace(&mut before, last) < last);
        is_ordered
            && before < self.next
            && appends.back().is_none_or(|&(last, _)| last.next() == self.next)
            && appends.iter().map(|(_, bytes)| bytes).sum::<usize>() == *bytes
    }

    /// The follower needs a snapshot, beginning with its first chunk.
    pub fn begin_snapshot(&mut self, last: EntryId) {
        self.pace = Pace::Snapshot { last, offset: 0, asked: None };
    }

    /// The follower dealt with the chunk at `offset`, and wants the one at `next`: usually the one behind it, the first one if it
    /// restarted in between. Any other answer is a late one.
    pub fn chunk_taken(&mut self, of: EntryId, answered: u64, next: u64) {
        if let Pace::Snapshot { last, offset, asked } = &mut self.pace
            && *last == of
            && *offset == answered
        {
            (*offset, *asked) = (next, None);
        }
    }

    /// The chunk that is to be sent now, if any: of which snapshot, and where it begins. One that was not answered for `patience`
    /// ticks is sent again.
    pub fn take_chunk(&mut self, now: Ticks, patience: u64) -> Option<(EntryId, u64)> {
        let Pace::Snapshot { last, offset, asked } = &mut self.pace else { return None };
        if asked.is_some_and(|asked| now < asked + patience) {
            return None;
        }
        *asked = Some(now);
        Some((*last, *offset))
    }

    /// The snapshot that is being sent cannot be read any more: another one takes its place, after the usual wait.
    pub fn restart_snapshot(&mut self, of: EntryId, newest: EntryId) {
        if let Pace::Snapshot { last, offset, .. } = &mut self.pace
            && *last == of
        {
            (*last, *offset) = (newest, 0);
        }
    }

    /// The follower did not have the entry at `prev`. `retry` is the last entry that both may have.
    ///
    /// Returns whether the answer told anything: one that is older than what is known by now is passed over.
    pub fn rejected(&mut self, prev: LogIndex, retry: LogIndex) -> bool {
        let stale = match self.pace {
            Pace::Replicate { .. } => prev <= self.matched,
            Pace::Probe { .. } => prev != self.next.previous(),
            Pace::Snapshot { .. } => true,
        };
        if stale {
            return false;
        }
        // In a pipeline the follower may miss one message and refuse all those behind it: begin again where it last agreed.
        let known = if matches!(self.pace, Pace::Replicate { .. }) { self.matched } else { retry };
        self.next = known.min(prev.previous()).max(self.matched).next();
        self.pace = Pace::Probe { waiting: false };
        debug_assert!(self.is_sound(), "{self:?}");
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replicating(matched: u64, sent: &[u64]) -> Progress {
        let mut progress = Progress::new(LogIndex(matched + 1), Ticks(0));
        progress.accepted(LogIndex(matched), LogIndex(0));
        sent.iter().for_each(|&last| progress.sent(LogIndex(last), 100));
        progress
    }

    #[test]
    fn one_answer_frees_every_append_that_it_covers() {
        let mut progress = replicating(3, &[5, 7, 9]);
        let last = progress.next;
        assert!(!progress.is_ready(Window { appends: 3, bytes: 1000 }, last));
        assert!(!progress.is_ready(Window { appends: 4, bytes: 300 }, last));
        assert!(progress.is_ready(Window { appends: 4, bytes: 301 }, last));
        assert!(!progress.is_ready(Window { appends: 4, bytes: 301 }, last.previous()), "there is nothing to send");
        progress.accepted(LogIndex(7), LogIndex(0)); // the answer to 5 was lost
        assert_eq!(
            progress.pace,
            Pace::Replicate { in_flight: InFlight { appends: VecDeque::from([(LogIndex(9), 100)]), bytes: 100 } }
        );
        assert_eq!(progress.next, LogIndex(10));
    }

    #[test]
    fn who_is_far_away_gets_fewer_appends_and_larger_ones() {
        let window = Window { appends: 1000, bytes: 1 << 20 };
        let mut progress = replicating(1, &[2 * SHARES_IN_FLIGHT, 2 * SHARES_IN_FLIGHT + 2]);
        let next = progress.next;
        assert!(!progress.is_ready(window, next), "one entry, while two for each share are under way");
        assert!(progress.is_ready(window, next.next()), "two");
        progress.accepted(LogIndex(2 * SHARES_IN_FLIGHT), LogIndex(0));
        assert!(progress.is_ready(window, next), "one, as soon as little is under way");
    }

    #[test]
    fn a_late_answer_takes_nothing_back() {
        let mut progress = replicating(3, &[5, 7]);
        progress.accepted(LogIndex(7), LogIndex(0));
        progress.accepted(LogIndex(5), LogIndex(0));
        assert_eq!((progress.matched, progress.next), (LogIndex(7), LogIndex(8)));
        assert!(!progress.rejected(LogIndex(5), LogIndex(0)), "5 is known to match");
    }

    #[test]
    fn a_lost_append_sends_the_pipeline_back_to_where_it_agreed() {
        let mut progress = replicating(3, &[5, 7]);
        assert!(progress.rejected(LogIndex(5), LogIndex(3)));
        assert_eq!((progress.next, progress.pace.clone()), (LogIndex(4), Pace::Probe { waiting: false }));
        assert!(!progress.rejected(LogIndex(7), LogIndex(3)), "the second refusal says nothing new");
    }

    #[test]
    fn a_probe_goes_back_at_least_one_position_and_never_behind_the_match() {
        let mut progress = Progress::new(LogIndex(9), Ticks(0));
        assert!(progress.rejected(LogIndex(8), LogIndex(8)));
        assert_eq!(progress.next, LogIndex(8));
        assert!(progress.rejected(LogIndex(7), LogIndex(2)));
        assert_eq!(progress.next, LogIndex(3));
        assert!(!progress.rejected(LogIndex(7), LogIndex(1)), "repeated");
    }

    #[test]
    fn chunks_follow_their_answers_and_late_answers_mean_nothing() {
        let id = |index, term| EntryId { index: LogIndex(index), term: crate::raft::Term(term) };
        let mut progress = Progress::new(LogIndex(9), Ticks(0));
        progress.begin_snapshot(id(20, 2));
        assert_eq!(progress.take_chunk(Ticks(0), 300), Some((id(20, 2), 0)));
        assert_eq!(progress.take_chunk(Ticks(299), 300), None);
        progress.chunk_taken(id(20, 2), 0, 100);
        assert_eq!(progress.take_chunk(Ticks(299), 300), Some((id(20, 2), 100)));
        progress.chunk_taken(id(20, 2), 0, 100); // repeated
        progress.chunk_taken(id(19, 2), 100, 200); // of another snapshot
        assert_eq!(progress.take_chunk(Ticks(598), 300), None);
        assert_eq!(progress.take_chunk(Ticks(599), 300), Some((id(20, 2), 100)), "it was lost");
        progress.chunk_taken(id(20, 2), 100, 0); // it restarted
        assert_eq!(progress.take_chunk(Ticks(600), 300), Some((id(20, 2), 0)));
        progress.accepted(LogIndex(0), LogIndex(15));
        assert!(matches!(progress.pace, Pace::Snapshot { .. }), "a heartbeat was answered");
        progress.accepted(LogIndex(15), LogIndex(15));
        assert_eq!((progress.next, progress.pace), (LogIndex(16), Pace::Replicate { in_flight: InFlight::default() }));
    }

    #[test]
    fn a_snapshot_that_arrived_is_not_sent_again_although_the_log_begins_later_by_now() {
        let last = EntryId { index: LogIndex(20), term: crate::raft::Term(2) };
        let mut progress = Progress::new(LogIndex(9), Ticks(0));
        progress.begin_snapshot(last);
        progress.take_chunk(Ticks(0), 300);
        progress.accepted(LogIndex(20), LogIndex(25));
        assert_eq!((progress.next, progress.pace), (LogIndex(21), Pace::Replicate { in_flight: InFlight::default() }));
    }
}
