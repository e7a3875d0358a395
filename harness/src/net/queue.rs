//! The messages of one connection that have arrived and are not due yet.

use super::{fate::Fate, proxy::LinkState, rule::ActiveRule};
use std::{collections::BTreeMap, time::Duration};
use tokio::time::Instant;

/// When so many bytes wait, the proxy reads no more until some were handed on, and so the sender is held up in its turn.
pub(super) const WAITING_BYTES_MAX: usize = 16 << 20;

/// Messages that are handed on together.
#[derive(Default)]
pub(super) struct Batch {
    pub bytes: Vec<u8>,
    /// Where each of them ends.
    pub ends: Vec<usize>,
    /// How many of them were overtaken.
    pub reordered: usize,
    /// How many of them had to wait for the link to be free.
    pub throttled: usize,
    /// Whether the last of them, and no other, is corrupted.
    pub ends_corrupted: bool,
}

struct Message {
    bytes: Vec<u8>,
    arrived: Instant,
    fate: Fate,
}

/// What waits, in the order in which it is due.
#[derive(Default)]
pub(super) struct Queue {
    /// By the time when it is due and its number in order of arrival.
    messages: BTreeMap<(Instant, u64), Message>,
    bytes: usize,
    /// How many ever were put here.
    pushed: u64,
    /// The highest number of one that was taken.
    taken: u64,
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

    /// When the first of them is due and the link is free for it.
    pub fn next(&self, rules: &[ActiveRule]) -> Option<Instant> {
        let due = self.messages.first_key_value().map(|((due, _), _)| *due);
        due.max(busy_until(rules))
    }

    /// Puts a message behind those that came before.
    pub fn push(&mut self, bytes: Vec<u8>, arrived: Instant, fate: Fate) {
        self.bytes += bytes.len();
        self.pushed += 1;
        self.place(self.pushed, Message { bytes, arrived, fate });
    }

    fn place(&mut self, number: u64, message: Message) {
        let time = |is_overtaken| {
            let holds = message.fate.holds.iter().filter(|hold| hold.is_overtaken == is_overtaken);
            holds.fold(Duration::ZERO, |sum, hold| sum.saturating_add(hold.time))
        };
        let in_order = message.arrived + time(false);
        let in_order = self.last_due.map_or(in_order, |last| last.max(in_order));
        self.last_due = Some(in_order);
        self.messages.insert((in_order + time(true), number), message);
    }

    /// Takes the messages that are due and for which the link is free; if one of them is to be corrupted, and may be, those up
    /// to it.
    pub fn take_due(&mut self, now: Instant, rules: &[ActiveRule], may_corrupt: bool) -> Batch {
        let mut batch = Batch::default();
        while let Some(first) = self.messages.first_entry().filter(|first| first.key().0 <= now) {
            let busy_until = busy_until(rules);
            if busy_until > Some(now) {
                break;
            }
            let ((due, number), mut message) = first.remove_entry();
            self.bytes -= message.bytes.len();
            rules.iter().for_each(|rule| rule.carry(message.bytes.len(), now));
            batch.throttled += usize::from(busy_until > Some(due));
            batch.reordered += usize::from(number < self.taken);
            self.taken = self.taken.max(number);
            if let Some(flip) = message.fate.flip.filter(|_| may_corrupt) {
                flip.apply(&mut message.bytes);
                batch.ends_corrupted = true;
            }
            batch.bytes.extend_from_slice(&message.bytes);
            batch.ends.push(batch.bytes.len());
            if batch.ends_corrupted {
                break;
            }
        }
        batch
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
                let is_in_force = |id| link.rules.iter().any(|rule| rule.id == id);
                message.fate.holds.retain(|hold| is_in_force(hold.rule));
                message.fate.flip = message.fate.flip.filter(|flip| is_in_force(flip.rule));
                self.place(number, message);
            }
        }
        dropped
    }
}

/// Until when the link is busy, if its rate is limited.
fn busy_until(rules: &[ActiveRule]) -> Option<Instant> {
    rules.iter().filter_map(ActiveRule::busy_until).max()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::{
        fate::{Flip, Hold},
        rule::{Rule, RuleId},
    };

    const FIRST: RuleId = RuleId(1);
    const SECOND: RuleId = RuleId(2);

    fn hold(rule: RuleId, millis: u64) -> Hold {
        Hold { rule, time: Duration::from_millis(millis), is_overtaken: false }
    }

    fn hold_back(rule: RuleId, millis: u64) -> Hold {
        Hold { is_overtaken: true, ..hold(rule, millis) }
    }

    fn held(holds: Vec<Hold>) -> Fate {
        Fate { holds, ..Fate::default() }
    }

    fn link(rules: &[RuleId], rules_removed: u64, cuts_made: u64) -> LinkState {
        let rule = Rule::Loss { probability: 0.0 };
        let rules = rules.iter().map(|id| ActiveRule::new(*id, rule, 0)).collect();
        LinkState { rules, rules_removed, cuts_made, ..LinkState::default() }
    }

    /// The messages, each a byte, that are due so many milliseconds after the start.
    fn due(queue: &mut Queue, start: Instant, millis: u64) -> Vec<u8> {
        let batch = queue.take_due(start + Duration::from_millis(millis), &[], true);
        assert_eq!(batch.ends, (1..=batch.bytes.len()).collect::<Vec<_>>());
        batch.bytes
    }

    #[test]
    fn messages_are_due_in_the_order_in_which_they_arrived() {
        let (start, mut queue) = (Instant::now(), Queue::default());
        queue.push(vec![1], start, held(vec![hold(FIRST, 10)]));
        queue.push(vec![2], start, held(vec![hold(FIRST, 30)]));
        queue.push(vec![3], start, held(vec![hold(FIRST, 20)]));
        queue.push(vec![4], start, Fate::default());
        assert!(due(&mut queue, start, 9).is_empty());
        assert_eq!(due(&mut queue, start, 10), [1]);
        assert!(due(&mut queue, start, 29).is_empty());
        assert_eq!(due(&mut queue, start, 30), [2, 3, 4]);
        assert!(queue.is_empty());
    }

    #[test]
    fn message_that_is_held_back_is_overtaken_and_holds_nobody_up() {
        let (start, mut queue) = (Instant::now(), Queue::default());
        queue.push(vec![1], start, held(vec![hold(FIRST, 10), hold_back(SECOND, 20)]));
        queue.push(vec![2], start, held(vec![hold(FIRST, 10)]));
        queue.push(vec![3], start, held(vec![hold(FIRST, 30)]));
        queue.push(vec![4], start, held(vec![hold(FIRST, 30), hold_back(SECOND, 20)]));
        assert_eq!(due(&mut queue, start, 10), [2]);
        let batch = queue.take_due(start + Duration::from_millis(30), &[], true);
        assert_eq!((batch.bytes, batch.reordered), (vec![1, 3], 1));
        assert!(due(&mut queue, start, 49).is_empty());
        queue.follow(&link(&[FIRST], 1, 0));
        assert_eq!(due(&mut queue, start, 30), [4]);
    }

    #[test]
    fn rule_that_is_removed_lets_go_and_the_others_do_not() {
        let (start, mut queue) = (Instant::now(), Queue::default());
        queue.push(vec![1], start, held(vec![hold(FIRST, 100)]));
        queue.push(vec![2], start, held(vec![hold(FIRST, 100), hold(SECOND, 50)]));
        queue.push(vec![3], start, held(vec![hold(FIRST, 100)]));
        assert!(due(&mut queue, start, 99).is_empty());
        assert_eq!(queue.follow(&link(&[SECOND], 1, 0)), (0, 0));
        assert_eq!(due(&mut queue, start, 49), [1]);
        assert_eq!(due(&mut queue, start, 50), [2, 3]);
    }

    #[test]
    fn cut_that_is_over_already_drops_what_waited_and_nothing_else() {
        let (start, mut queue) = (Instant::now(), Queue::default());
        queue.push(vec![1; 5], start, held(vec![hold(FIRST, 100)]));
        queue.push(vec![2; 6], start, held(vec![hold(FIRST, 100)]));
        assert_eq!(queue.follow(&link(&[FIRST], 0, 1)), (2, 11));
        queue.push(vec![3], start, held(vec![hold(FIRST, 50)]));
        assert_eq!(queue.follow(&link(&[FIRST], 0, 1)), (0, 0));
        assert_eq!(due(&mut queue, start, 50), [3]);
    }

    #[test]
    fn a_full_queue_has_room_again_when_something_was_taken() {
        let (start, mut queue) = (Instant::now(), Queue::default());
        queue.push(vec![0; WAITING_BYTES_MAX - 1], start, Fate::default());
        assert!(queue.has_room());
        queue.push(vec![0], start, held(vec![hold(FIRST, 10)]));
        assert!(!queue.has_room());
        queue.take_due(start, &[], true);
        assert!(queue.has_room());
        assert_eq!((queue.len(), queue.bytes()), (1, 1));
    }

    #[test]
    fn batch_ends_with_the_message_that_is_corrupted() {
        let corrupt = || Fate { flip: Some(Flip { rule: FIRST, random: 0 }), ..Fate::default() };
        let (start, mut queue) = (Instant::now(), Queue::default());
        queue.push(vec![0; 8], start, Fate::default());
        queue.push(vec![0; 8], start, corrupt());
        queue.push(vec![0; 8], start, corrupt());
        let batch = queue.take_due(start, &[], true);
        assert_eq!((batch.ends, batch.bytes[12], batch.ends_corrupted), (vec![8, 16], 1, true));
        let batch = queue.take_due(start, &[], false);
        assert_eq!((batch.bytes, batch.ends_corrupted), (vec![0; 8], false));

        queue.push(vec![0; 8], start, corrupt());
        queue.follow(&link(&[], 1, 0));
        assert_eq!(queue.take_due(start, &[], true).bytes, [0; 8], "the rule was taken back");
    }
}
