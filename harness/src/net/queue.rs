//! The messages of one connection that have arrived and are not due yet.

use super::{proxy::LinkState, rule::RuleId};
use std::{collections::BTreeMap, time::Duration};
use tokio::time::Instant;

/// When so many bytes wait, the proxy reads no more until some were handed on, and so the sender is held up in its turn.
pub(super) const WAITING_BYTES_MAX: usize = 16 << 20;

/// A rule's claim on a message, void when the rule is taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hold {
    pub rule: RuleId,
    /// How much later the message is to be handed on.
    pub time: Duration,
}

struct Message {
    bytes: Vec<u8>,
    arrived: Instant,
    holds: Vec<Hold>,
}

/// What waits, in the order in which it is due.
#[derive(Default)]
pub(super) struct Queue {
    /// By the time when it is due and its number in order of arrival.
    messages: BTreeMap<(Instant, u64), Message>,
    bytes: usize,
    /// How many ever were put here.
    pushed: u64,
    /// When the last of them is due that the next must not overtake.
    last_due: Option<Instant>,
    /// The link as it was when [`follow`](Queue::follow) last looked.
    cuts_made: u64,
    rules_removed: u64,
}

impl Queue {
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    pub fn len(&self) -> usize {
        self.messages.len()
    }

    pub fn bytes(&self) -> usize {
        self.bytes
    }

    pub fn has_room(&self) -> bool {
        self.bytes < WAITING_BYTES_MAX
    }

    /// When the first of them is due.
    pub fn next_due(&self) -> Option<Instant> {
        self.messages.first_key_value().map(|((due, _), _)| *due)
    }

    /// Puts a message behind those that came before.
    pub fn push(&mut self, bytes: Vec<u8>, arrived: Instant, holds: Vec<Hold>) {
        self.bytes += bytes.len();
        self.pushed += 1;
        self.place(self.pushed, Message { bytes, arrived, holds });
    }

    fn place(&mut self, number: u64, message: Message) {
        let time = message.holds.iter().fold(Duration::ZERO, |sum, hold| sum.saturating_add(hold.time));
        let due = self.last_due.max(Some(message.arrived + time));
        self.last_due = due;
        self.messages.extend(due.map(|due| ((due, number), message)));
    }

    /// Moves the messages that are due to the end of a buffer, and notes where each of them ends there.
    pub fn take_due(&mut self, now: Instant, buffer: &mut Vec<u8>, ends: &mut Vec<usize>) {
        while let Some(first) = self.messages.first_entry().filter(|first| first.key().0 <= now) {
            let message = first.remove();
            self.bytes -= message.bytes.len();
            buffer.extend_from_slice(&message.bytes);
            ends.push(buffer.len());
        }
    }

    /// Learns what has happened to the link. A cut drops all that waits, even if the link was restored since; a rule that was
    /// removed lets go of what it held. Returns how many messages and bytes were dropped.
    pub fn follow(&mut self, link: &LinkState) -> (usize, usize) {
        let mut dropped = (0, 0);
        if self.cuts_made != link.cuts_made {
            self.cuts_made = link.cuts_made;
            dropped = (self.len(), self.bytes);
            self.messages.clear();
            (self.bytes, self.last_due) = (0, None);
        }
        if self.rules_removed != link.rules_removed {
            self.rules_removed = link.rules_removed;
            self.last_due = None;
            let mut messages: Vec<_> = std::mem::take(&mut self.messages).into_iter().collect();
            messages.sort_by_key(|((_, number), _)| *number);
            for ((_, number), mut message) in messages {
                message.holds.retain(|hold| link.rules.iter().any(|rule| rule.id == hold.rule));
                self.place(number, message);
            }
        }
        dropped
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::rule::{ActiveRule, Rule};

    const FIRST: RuleId = RuleId(1);
    const SECOND: RuleId = RuleId(2);

    fn hold(rule: RuleId, millis: u64) -> Hold {
        Hold { rule, time: Duration::from_millis(millis) }
    }

    fn link(rules: &[RuleId], rules_removed: u64, cuts_made: u64) -> LinkState {
        let rule = Rule::Delay { delay: Duration::ZERO, jitter: Duration::ZERO };
        let rules = rules.iter().map(|id| ActiveRule::new(*id, rule, 0)).collect();
        LinkState { rules, rules_removed, cuts_made, ..LinkState::default() }
    }

    /// The messages, each a byte, that are due so many milliseconds after the start.
    fn due(queue: &mut Queue, start: Instant, millis: u64) -> Vec<u8> {
        let (mut bytes, mut ends) = (Vec::new(), Vec::new());
        queue.take_due(start + Duration::from_millis(millis), &mut bytes, &mut ends);
        assert_eq!(ends, (1..=bytes.len()).collect::<Vec<_>>());
        bytes
    }

    #[test]
    fn messages_are_due_in_the_order_in_which_they_arrived() {
        let (start, mut queue) = (Instant::now(), Queue::default());
        queue.push(vec![1], start, vec![hold(FIRST, 10)]);
        queue.push(vec![2], start, vec![hold(FIRST, 30)]);
        queue.push(vec![3], start, vec![hold(FIRST, 20)]);
        queue.push(vec![4], start, vec![]);
        assert!(due(&mut queue, start, 9).is_empty());
        assert_eq!(due(&mut queue, start, 10), [1]);
        assert!(due(&mut queue, start, 29).is_empty());
        assert_eq!(due(&mut queue, start, 30), [2, 3, 4]);
        assert!(queue.is_empty());
    }

    #[test]
    fn rule_that_is_removed_lets_go_and_the_others_do_not() {
        let (start, mut queue) = (Instant::now(), Queue::default());
        queue.push(vec![1], start, vec![hold(FIRST, 100)]);
        queue.push(vec![2], start, vec![hold(FIRST, 100), hold(SECOND, 50)]);
        queue.push(vec![3], start, vec![hold(FIRST, 100)]);
        assert!(due(&mut queue, start, 99).is_empty());
        assert_eq!(queue.follow(&link(&[SECOND], 1, 0)), (0, 0));
        assert_eq!(due(&mut queue, start, 49), [1]);
        assert_eq!(due(&mut queue, start, 50), [2, 3]);
    }

    #[test]
    fn cut_that_is_over_already_drops_what_waited_and_nothing_else() {
        let (start, mut queue) = (Instant::now(), Queue::default());
        queue.push(vec![1; 5], start, vec![hold(FIRST, 100)]);
        queue.push(vec![2; 6], start, vec![hold(FIRST, 100)]);
        assert_eq!(queue.follow(&link(&[FIRST], 0, 1)), (2, 11));
        queue.push(vec![3], start, vec![hold(FIRST, 50)]);
        assert_eq!(queue.follow(&link(&[FIRST], 0, 1)), (0, 0));
        assert_eq!(due(&mut queue, start, 50), [3]);
    }

    #[test]
    fn a_full_queue_has_room_again_when_something_was_taken() {
        let (start, mut queue) = (Instant::now(), Queue::default());
        queue.push(vec![0; WAITING_BYTES_MAX - 1], start, vec![]);
        assert!(queue.has_room());
        queue.push(vec![0], start, vec![hold(FIRST, 10)]);
        assert!(!queue.has_room());
        queue.take_due(start, &mut Vec::new(), &mut Vec::new());
        assert!(queue.has_room());
        assert_eq!((queue.len(), queue.bytes()), (1, 1));
    }
}
