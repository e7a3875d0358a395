//! What a leader knows of a follower (Figure 2, nextIndex and matchIndex).

use super::{core::Ticks, types::LogIndex};
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
        /// The last position of each append that is under way. What an answer covers is no longer under way, however many
        /// answers were lost; a bare count would leak.
        in_flight: VecDeque<LogIndex>,
    },
}

impl Progress {
    /// A follower of whom nothing is known at the beginning of a term: try right behind the leader's last entry.
    pub fn new(next: LogIndex, now: Ticks) -> Progress {
        let pace = Pace::Probe { waiting: false };
        Progress { matched: LogIndex(0), next, pace, heard: now, round_sent: 0, round_answered: 0 }
    }

    /// Whether an append with entries may be sent now.
    pub fn is_ready(&self, in_flight_max: usize) -> bool {
        match &self.pace {
            Pace::Probe { waiting } => !waiting,
            Pace::Replicate { in_flight } => in_flight.len() < in_flight_max,
        }
    }

    /// An append with entries up to `last` was sent.
    pub fn sent(&mut self, last: LogIndex) {
        match &mut self.pace {
            Pace::Probe { waiting } => *waiting = true,
            Pace::Replicate { in_flight } => {
                in_flight.push_back(last);
                self.next = last.next();
            }
        }
    }

    /// The follower's log matches up to here. Answers may come late or twice: what is known never shrinks.
    pub fn accepted(&mut self, matched: LogIndex) {
        self.matched = self.matched.max(matched);
        self.next = self.next.max(self.matched.next());
        match &mut self.pace {
            Pace::Probe { .. } => {
                self.next = self.matched.next();
                self.pace = Pace::Replicate { in_flight: VecDeque::new() };
            }
            Pace::Replicate { in_flight } => {
                while in_flight.front().is_some_and(|&last| last <= self.matched) {
                    in_flight.pop_front();
                }
            }
        }
    }

    /// The follower did not have the entry at `prev`. `retry` is the last entry that both may have.
    ///
    /// Returns whether the answer told anything: one that is older than what is known by now is passed over.
    pub fn rejected(&mut self, prev: LogIndex, retry: LogIndex) -> bool {
        let stale = match self.pace {
            Pace::Replicate { .. } => prev <= self.matched,
            Pace::Probe { .. } => prev != self.next.previous(),
        };
        if stale {
            return false;
        }
        // In a pipeline the follower may miss one message and refuse all those behind it: begin again where it last agreed.
        let known = if matches!(self.pace, Pace::Replicate { .. }) { self.matched } else { retry };
        self.next = known.min(prev.previous()).max(self.matched).next();
        self.pace = Pace::Probe { waiting: false };
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replicating(matched: u64, sent: &[u64]) -> Progress {
        let mut progress = Progress::new(LogIndex(matched + 1), Ticks(0));
        progress.accepted(LogIndex(matched));
        sent.iter().for_each(|&last| progress.sent(LogIndex(last)));
        progress
    }

    #[test]
    fn one_answer_frees_every_append_that_it_covers() {
        let mut progress = replicating(3, &[5, 7, 9]);
        assert!(!progress.is_ready(3));
        progress.accepted(LogIndex(7)); // the answer to 5 was lost
        assert_eq!(progress.pace, Pace::Replicate { in_flight: VecDeque::from([LogIndex(9)]) });
        assert_eq!(progress.next, LogIndex(10));
    }

    #[test]
    fn a_late_answer_takes_nothing_back() {
        let mut progress = replicating(3, &[5, 7]);
        progress.accepted(LogIndex(7));
        progress.accepted(LogIndex(5));
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
}
