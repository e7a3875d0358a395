//! Client sessions: what makes a command that is sent twice happen once.
//!
//! A client that lost the answer to a command cannot know whether it was executed, and sending it again might execute it twice.
//! So it opens a session and numbers its commands; the state machine keeps its latest replies, and answers a number that it has
//! seen with the reply that it gave, without executing anything (section 6.3 of the dissertation).
//!
//! Sessions are part of the replicated state, and nothing but the log decides when one expires: there is a limit to how many
//! there are and to what their replies take, and the one that was not used for the longest stretch of the log goes first. A
//! command in an expired session is refused: whether it was executed before is not known any more. It is never executed on
//! suspicion.

use super::{chunked_map::ChunkedMap, reply::Reply};
use std::{collections::BTreeMap, sync::Arc};

/// How many sessions there may be. All three limits decide what a command does, and so are the same on every replica.
const SESSIONS_MAX: usize = 10_000;
/// How many replies a session keeps, those with the greatest numbers: how many commands a client may have under way at once.
pub const REPLIES_MAX: usize = 16;
/// How long the replies may be that are kept for all sessions.
const REPLY_BYTES_MAX: usize = 64 << 20;

/// All sessions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sessions {
    sessions: ChunkedMap<u64, Session>,
    /// Each session under the command that used it last.
    by_use: ChunkedMap<u64, u64>,
    reply_bytes: usize,
}

/// A client's session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The number of the command that used it last.
    pub used: u64,
    /// Numbers up to here have no reply any more.
    pub forgotten: u64,
    /// Replies by number.
    pub replies: Arc<BTreeMap<u64, Reply>>,
}

impl Sessions {
    /// Opens a session for the client of the command with this number, which becomes the session's.
    pub fn open(&mut self, now: u64) {
        self.restore(now, Session { used: now, forgotten: 0, replies: Arc::default() });
        while self.sessions.len() > SESSIONS_MAX {
            self.expire_one();
        }
    }

    /// Puts a session in its place as it was. Fails if another one was used by the same command, which cannot be.
    pub fn restore(&mut self, id: u64, session: Session) -> bool {
        if self.by_use.insert(session.used, id).is_some() {
            return false;
        }
        self.reply_bytes += session.replies.values().map(Reply::bytes).sum::<usize>();
        self.sessions.insert(id, session);
        true
    }

    /// What the command with this number is to be answered in place of being executed, if it must not be.
    pub fn answer(&mut self, id: u64, sequence: u64, now: u64) -> Option<Reply> {
        let Some(session) = self.sessions.get_mut(&id) else {
            return Some(Reply::Error(format!(
                "SESSIONEXPIRED session {id} is unknown or has expired; not executed now"
            )));
        };
        self.by_use.remove(&session.used);
        self.by_use.insert(now, id);
        session.used = now;
        match session.replies.get(&sequence) {
            Some(reply) => Some(reply.clone()),
            None if sequence > session.forgotten => None,
            None => Some(Reply::Error(format!(
                "SEQUENCEEXPIRED number {sequence} of session {id} is too old for its reply to be kept; not executed now"
            ))),
        }
    }

    /// Keeps the reply to a command that was executed.
    pub fn keep(&mut self, id: u64, sequence: u64, reply: Reply) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        self.reply_bytes += reply.bytes();
        let replies = Arc::make_mut(&mut session.replies);
        replies.insert(sequence, reply);
        while replies.len() > REPLIES_MAX
            && let Some((forgotten, reply)) = replies.pop_first()
        {
            session.forgotten = forgotten;
            self.reply_bytes -= reply.bytes();
        }
        // The session in use was used last, and so is the last to go.
        while self.reply_bytes > REPLY_BYTES_MAX && self.sessions.len() > 1 {
            self.expire_one();
        }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.sessions.len()
    }

    /// The greatest number of a session.
    pub fn last_id(&self) -> Option<u64> {
        self.sessions.last().map(|(id, _)| *id)
    }

    /// All sessions with their numbers, in order.
    pub fn iter(&self) -> impl Iterator<Item = (u64, &Session)> {
        self.sessions.iter().map(|(id, session)| (*id, session))
    }

    /// Ends a session whose client needs it no longer, and says whether there was one.
    pub fn close(&mut self, id: u64) -> bool {
        let Some(session) = self.sessions.remove(&id) else { return false };
        self.by_use.remove(&session.used);
        self.reply_bytes -= session.replies.values().map(Reply::bytes).sum::<usize>();
        true
    }

    /// Forgets what was answered in all of them, for a mistake that is made on purpose.
    pub fn forget_replies(&mut self) {
        let ids: Vec<u64> = self.iter().map(|(id, _)| id).collect();
        for session in ids {
            self.sessions.get_mut(&session).into_iter().for_each(|session| session.replies = Arc::default());
        }
        self.reply_bytes = 0;
    }

    /// Ends the session that was not used for the longest.
    fn expire_one(&mut self) {
        if let Some((_, id)) = self.by_use.first() {
            self.close(*id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kv::{Change, Command, Query, Store, Work};
    use proptest::prelude::*;

    fn increment(session: u64, sequence: u64) -> Command {
        let work = Work::Change(Change::IncrBy { key: "n".into(), by: 1 });
        Command::InSession { session, sequence, work }
    }

    fn open(store: &mut Store) -> u64 {
        match store.apply(&Command::OpenSession) {
            Reply::Integer(id) => id.unsigned_abs(),
            reply => panic!("{reply:?}"),
        }
    }

    fn is_refused(reply: &Reply, word: &str) -> bool {
        matches!(reply, Reply::Error(line) if line.split(' ').next() == Some(word))
    }

    fn get(store: &Store) -> Reply {
        store.query(&Query::Get { key: "n".into() })
    }

    #[test]
    fn command_that_is_sent_again_gets_its_reply_and_is_not_executed() {
        let mut store = Store::new();
        let (one, other) = (open(&mut store), open(&mut store));
        assert_ne!(one, other);
        assert_eq!(store.apply(&increment(one, 1)), Reply::Integer(1));
        assert_eq!(store.apply(&increment(other, 1)), Reply::Integer(2));
        assert_eq!(store.apply(&increment(one, 1)), Reply::Integer(1));
        assert_eq!(store.apply(&increment(one, 2)), Reply::Integer(3));
        assert_eq!(get(&store), Reply::Bulk("3".into()));
    }

    #[test]
    fn closed_session_is_gone_with_its_replies_and_no_other_is() {
        let mut store = Store::new();
        let (one, other) = (open(&mut store), open(&mut store));
        assert_eq!(store.apply(&increment(one, 1)), Reply::Integer(1));
        assert_eq!(store.apply(&increment(other, 1)), Reply::Integer(2));
        let close = |id| Command::CloseSession { session: id };
        assert_eq!(store.apply(&close(one)), Reply::Integer(1));
        // Sent again after a lost answer, or at a guess.
        assert_eq!(store.apply(&close(one)), Reply::Integer(0));
        assert_eq!(store.apply(&close(other + 9)), Reply::Integer(0));
        assert_eq!(store.sessions(), 1);
        assert!(is_refused(&store.apply(&increment(one, 1)), "SESSIONEXPIRED"));
        assert!(is_refused(&store.apply(&increment(one, 2)), "SESSIONEXPIRED"));
        assert_eq!(store.apply(&increment(other, 1)), Reply::Integer(2));
        assert_eq!(get(&store), Reply::Bulk("2".into()));
        // What the closed ones took is free again, and what is left can expire as ever.
        assert_eq!(store.apply(&close(other)), Reply::Integer(1));
        assert_eq!(store.sessions, Sessions::default());
    }

    #[test]
    fn number_whose_reply_is_gone_is_refused() {
        let mut store = Store::new();
        let id = open(&mut store);
        let last = 2 * REPLIES_MAX as u64;
        (1..=last).filter(|sequence| *sequence != 3).for_each(|sequence| drop(store.apply(&increment(id, sequence))));
        let before = get(&store);
        for sequence in 1..=last - REPLIES_MAX as u64 {
            assert!(is_refused(&store.apply(&increment(id, sequence)), "SEQUENCEEXPIRED"), "{sequence}");
        }
        assert_eq!(
            store.apply(&increment(id, last - REPLIES_MAX as u64 + 1)),
            Reply::Integer((last - REPLIES_MAX as u64) as i64)
        );
        assert_eq!(get(&store), before);
    }

    #[test]
    fn commands_may_arrive_out_of_order_within_the_window() {
        let mut store = Store::new();
        let id = open(&mut store);
        assert_eq!(store.apply(&increment(id, 5)), Reply::Integer(1));
        assert_eq!(store.apply(&increment(id, 2)), Reply::Integer(2));
        assert_eq!(store.apply(&increment(id, 5)), Reply::Integer(1));
        assert_eq!(store.apply(&increment(id, 2)), Reply::Integer(2));
    }

    #[test]
    fn session_that_was_not_used_for_the_longest_expires() {
        let mut store = Store::new();
        let ids: Vec<u64> = (0..SESSIONS_MAX).map(|_| open(&mut store)).collect();
        assert_eq!(store.apply(&increment(ids[0], 1)), Reply::Integer(1));
        let newest = open(&mut store);
        assert!(is_refused(&store.apply(&increment(ids[1], 1)), "SESSIONEXPIRED"));
        assert!(is_refused(&store.apply(&increment(newest + 1, 1)), "SESSIONEXPIRED"));
        assert_eq!(get(&store), Reply::Bulk("1".into()), "what is refused is not executed");
        // To be answered with an old reply is use, too.
        assert_eq!(store.apply(&increment(ids[0], 1)), Reply::Integer(1));
        for _ in 1..SESSIONS_MAX {
            open(&mut store);
        }
        assert_eq!(store.apply(&increment(ids[0], 1)), Reply::Integer(1));
        assert!(is_refused(&store.apply(&increment(newest, 1)), "SESSIONEXPIRED"));
    }

    #[test]
    fn long_replies_end_the_sessions_that_were_not_used() {
        let mut store = Store::new();
        let value = bytes::Bytes::from(vec![0; 1 << 20]);
        let change = Change::Set { key: "k".into(), value, condition: crate::kv::Condition::Always, get: true };
        store.apply(&change.clone().into());
        let set = |session, sequence| Command::InSession { session, sequence, work: Work::Change(change.clone()) };
        let ids: Vec<u64> = (0..65).map(|_| open(&mut store)).collect();
        for id in &ids[..64] {
            assert!(matches!(store.apply(&set(*id, 1)), Reply::Bulk(_)));
        }
        // The last of these replies was one too many. What was never used after it was opened went first, whatever it took.
        assert!(is_refused(&store.apply(&set(ids[64], 1)), "SESSIONEXPIRED"));
        assert!(is_refused(&store.apply(&set(ids[0], 1)), "SESSIONEXPIRED"));
        assert!(matches!(store.apply(&set(ids[1], 1)), Reply::Bulk(_)));
        assert!(matches!(store.apply(&set(ids[1], 2)), Reply::Bulk(_)));
        assert!(is_refused(&store.apply(&set(ids[2], 2)), "SESSIONEXPIRED"));
        for sequence in 3..100 {
            assert!(matches!(store.apply(&set(ids[1], sequence)), Reply::Bulk(_)));
        }
    }

    proptest! {
        #[test]
        fn each_number_is_executed_once(steps in prop::collection::vec((0..4usize, 1..8u64), 0..100)) {
            let mut store = Store::new();
            let ids: Vec<u64> = (0..4).map(|_| open(&mut store)).collect();
            let mut replies = BTreeMap::new();
            for (session, sequence) in steps {
                let reply = store.apply(&increment(ids[session], sequence));
                let executed = replies.len() as i64;
                let first = replies.entry((session, sequence)).or_insert(Reply::Integer(executed + 1));
                prop_assert_eq!(&reply, first);
            }
        }
    }
}
