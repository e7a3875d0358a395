//! The keys and their values.

use super::{
    chunked_map::ChunkedMap,
    command::{Change, Command, Condition, End, Operation, Transaction, Work},
    key::{Key, KeyBytes},
    query::Query,
    reply::Reply,
    session::Sessions,
    text::Text,
    value::{List, Set, Value},
};
use bytes::Bytes;
use std::sync::Arc;

/// The longest value that APPEND may make. It decides what a command does, so it must be the same on every replica and for
/// every entry of the log: a constant, not a setting.
const VALUE_BYTES_MAX: usize = 16 << 20;

const NOT_AN_INTEGER: &str = "ERR value is not an integer or out of range";
const SUM_OVERFLOWS: &str = "ERR increment or decrement would overflow";
const VALUE_TOO_LONG: &str = "ERR string exceeds maximum allowed size";
const WRONG_TYPE: &str = "WRONGTYPE Operation against a key holding the wrong kind of value";

/// The state that is replicated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Store {
    /// Ordered, so that whatever walks over it does so in the same order on every replica.
    pub(super) entries: ChunkedMap<Key, Entry>,
    /// How many commands were applied, the one under way included. It serves as the version of what that one changes.
    pub(super) commands: u64,
    /// The last command that removed a key, by a hash of the key. A missing key has this for its version, so that one that came
    /// and went does not look untouched. Keys share a place, so that now and then one looks touched that is not; to remember
    /// every key that ever was would have no end.
    pub(super) removals: ChunkedMap<u16, u64>,
    pub(super) sessions: Sessions,
}

/// How many places there are for removals.
pub(super) const REMOVALS_MAX: u32 = 1024;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) value: Value,
    /// The last command that changed it.
    pub(super) version: u64,
}

/// A reply, or the error that stands for it.
type Outcome = Result<Reply, &'static str>;

impl Store {
    /// An empty store.
    pub fn new() -> Store {
        Store::default()
    }

    /// Carries a command out. One that is answered by an error has changed nothing.
    pub fn apply(&mut self, command: &Command) -> Reply {
        self.commands += 1;
        match command {
            Command::Work(work) => self.work(work),
            Command::OpenSession => {
                self.sessions.open(self.commands);
                Reply::Integer(self.commands as i64)
            }
            Command::InSession { session, sequence, work } => {
                let answer = self.sessions.answer(*session, *sequence, self.commands);
                answer.unwrap_or_else(|| {
                    let reply = self.work(work);
                    self.sessions.keep(*session, *sequence, reply.clone());
                    reply
                })
            }
            Command::CloseSession { session } => Reply::count(usize::from(self.sessions.close(*session))),
        }
    }

    /// How many client sessions are open.
    pub fn sessions(&self) -> usize {
        self.sessions.count()
    }

    /// Answers a question.
    pub fn query(&self, query: &Query) -> Reply {
        or_error(self.answer(query))
    }

    fn work(&mut self, work: &Work) -> Reply {
        match work {
            Work::Change(change) => self.change(change),
            Work::Transaction(transaction) => self.transact(transaction),
        }
    }

    fn transact(&mut self, transaction: &Transaction) -> Reply {
        if transaction.watched.iter().any(|(key, version)| self.version(key) != *version) {
            return Reply::NilArray;
        }
        let replies = transaction.operations.iter().map(|operation| match operation {
            Operation::Change(change) => self.change(change),
            Operation::Query(query) => self.query(query),
        });
        Reply::Array(replies.collect())
    }

    fn change(&mut self, change: &Change) -> Reply {
        or_error(match change {
            Change::Set { key, value, condition, get } => self.set(key, value, condition, *get),
            Change::Del { keys } => Ok(Reply::count(keys.iter().filter(|key| self.remove(key)).count())),
            Change::IncrBy { key, by } => self.increment(key, *by),
            Change::Append { key, value } => self.append(key, value),
            Change::Mset { pairs } => {
                pairs.iter().for_each(|(key, value)| self.put(key, Value::String(value.into())));
                Ok(Reply::Ok)
            }
            Change::Push { key, end, elements } => self.push(key, *end, elements),
            Change::Pop { key, end, count } => self.pop(key, *end, *count),
            Change::Sadd { key, members } => self.add_members(key, members),
            Change::Srem { key, members } => self.remove_members(key, members),
        })
    }

    fn answer(&self, query: &Query) -> Outcome {
        Ok(match query {
            Query::Get { key } => self.string(key)?.map_or(Reply::Nil, bulk),
            Query::Exists { keys } => Reply::count(keys.iter().filter(|key| self.value(key).is_some()).count()),
            Query::Mget { keys } => {
                Reply::Array(keys.iter().map(|key| self.string(key).ok().flatten().map_or(Reply::Nil, bulk)).collect())
            }
            Query::Strlen { key } => Reply::count(self.string(key)?.map_or(0, |value| value.len())),
            Query::Dbsize => Reply::count(self.entries.len()),
            Query::Type { key } => Reply::Simple(self.value(key).map_or("none", Value::type_name).to_owned()),
            Query::Lrange { key, start, stop } => {
                Reply::Array(self.list(key)?.into_iter().flat_map(|list| list.range(*start, *stop)).map(bulk).collect())
            }
            Query::Llen { key } => Reply::count(self.list(key)?.map_or(0, List::len)),
            Query::Smembers { key } => Reply::Array(
                self.members(key)?.into_iter().flat_map(Set::iter).map(|(member, ())| bulk(member)).collect(),
            ),
            Query::Sismember { key, member } => {
                Reply::count(usize::from(self.members(key)?.is_some_and(|set| set.contains_key(member.as_ref()))))
            }
            Query::Scard { key } => Reply::count(self.members(key)?.map_or(0, Set::len)),
            Query::Versions { keys } => {
                Reply::Array(keys.iter().map(|key| Reply::Integer(self.version(key) as i64)).collect())
            }
        })
    }

    fn value(&self, key: &[u8]) -> Option<&Value> {
        self.entries.get(&KeyBytes::from(key)).map(|entry| &entry.value)
    }

    /// See [`Query::Versions`].
    fn version(&self, key: &[u8]) -> u64 {
        let key = KeyBytes::from(key);
        match self.entries.get(&key) {
            Some(entry) => entry.version,
            None => self.removals.get(&removal_place(&key)).copied().unwrap_or_default(),
        }
    }

    fn string(&self, key: &[u8]) -> Result<Option<&Text>, &'static str> {
        match self.value(key) {
            None => Ok(None),
            Some(Value::String(value)) => Ok(Some(value)),
            Some(_) => Err(WRONG_TYPE),
        }
    }

    fn list(&self, key: &[u8]) -> Result<Option<&List>, &'static str> {
        match self.value(key) {
            None => Ok(None),
            Some(Value::List(list)) => Ok(Some(list)),
            Some(_) => Err(WRONG_TYPE),
        }
    }

    fn members(&self, key: &[u8]) -> Result<Option<&Set>, &'static str> {
        match self.value(key) {
            None => Ok(None),
            Some(Value::Set(set)) => Ok(Some(set)),
            Some(_) => Err(WRONG_TYPE),
        }
    }

    fn put(&mut self, key: &[u8], value: Value) {
        let (key, entry) = (KeyBytes::from(key), Entry { value, version: self.commands });
        match self.entries.get_mut(&key) {
            Some(old) => *old = entry,
            None => drop(self.entries.insert(Key::from(&key), entry)),
        }
    }

    fn remove(&mut self, key: &[u8]) -> bool {
        let key = KeyBytes::from(key);
        let was_there = self.entries.remove(&key).is_some();
        if was_there {
            self.removals.insert(removal_place(&key), self.commands);
        }
        was_there
    }

    /// The list under a key, to be changed; made if the key is missing.
    fn list_mut(&mut self, key: &[u8]) -> Result<&mut List, &'static str> {
        if self.list(key)?.is_none() {
            self.put(key, Value::List(Arc::default()));
        }
        match self.value_mut(key) {
            Some(Value::List(list)) => Ok(Arc::make_mut(list)),
            _ => unreachable!("the key has a list"),
        }
    }

    /// The set under a key, to be changed; made if the key is missing.
    fn members_mut(&mut self, key: &[u8]) -> Result<&mut Set, &'static str> {
        if self.members(key)?.is_none() {
            self.put(key, Value::Set(Arc::default()));
        }
        match self.value_mut(key) {
            Some(Value::Set(set)) => Ok(Arc::make_mut(set)),
            _ => unreachable!("the key has a set"),
        }
    }

    /// The value under a key, which is about to change.
    fn value_mut(&mut self, key: &[u8]) -> Option<&mut Value> {
        let entry = self.entries.get_mut(&KeyBytes::from(key))?;
        entry.version = self.commands;
        Some(&mut entry.value)
    }

    fn set(&mut self, key: &Bytes, value: &Bytes, condition: &Condition, get: bool) -> Outcome {
        let holds = match condition {
            Condition::Always => true,
            Condition::IfAbsent => self.value(key).is_none(),
            Condition::IfPresent => self.value(key).is_some(),
            Condition::IfEqual(expected) => self.string(key)?.is_some_and(|old| **old == **expected),
        };
        let reply = match (get, holds) {
            (true, _) => self.string(key)?.map_or(Reply::Nil, bulk),
            (false, true) => Reply::Ok,
            (false, false) => Reply::Nil,
        };
        if holds {
            self.put(key, Value::String(value.into()));
        }
        Ok(reply)
    }

    fn increment(&mut self, key: &Bytes, by: i64) -> Outcome {
        let old = self.string(key)?.map_or(Some(0), |value| parse_integer(value)).ok_or(NOT_AN_INTEGER)?;
        let sum = old.checked_add(by).ok_or(SUM_OVERFLOWS)?;
        self.put(key, Value::String(sum.to_string().as_str().into()));
        Ok(Reply::Integer(sum))
    }

    fn append(&mut self, key: &Bytes, value: &Bytes) -> Outcome {
        let old = self.string(key)?.map_or(&[][..], |old| old);
        let length = old.len() + value.len();
        if length > VALUE_BYTES_MAX {
            return Err(VALUE_TOO_LONG);
        }
        let new = Text::from(&[old, value].concat());
        self.put(key, Value::String(new));
        Ok(Reply::count(length))
    }

    fn push(&mut self, key: &Bytes, end: End, elements: &[Bytes]) -> Outcome {
        let list = self.list_mut(key)?;
        elements.iter().for_each(|element| list.push(end, element.into()));
        Ok(Reply::count(list.len()))
    }

    fn pop(&mut self, key: &Bytes, end: End, count: Option<u64>) -> Outcome {
        let Some(list) = self.list(key)? else {
            return Ok(if count.is_some() { Reply::NilArray } else { Reply::Nil });
        };
        let taken = usize::try_from(count.unwrap_or(1)).map_or(list.len(), |count| count.min(list.len()));
        if taken == 0 {
            return Ok(Reply::Array(Vec::new()));
        }
        let list = self.list_mut(key)?;
        let mut elements: Vec<Reply> =
            std::iter::from_fn(|| list.pop(end)).take(taken).map(|text| bulk(&text)).collect();
        if list.is_empty() {
            self.remove(key);
        }
        Ok(if count.is_some() { Reply::Array(elements) } else { elements.remove(0) })
    }

    fn add_members(&mut self, key: &Bytes, members: &[Bytes]) -> Outcome {
        let old = self.members(key)?;
        if old.is_some_and(|set| members.iter().all(|member| set.contains_key(member.as_ref()))) {
            return Ok(Reply::Integer(0));
        }
        let set = self.members_mut(key)?;
        Ok(Reply::count(members.iter().filter(|member| set.insert((*member).into(), ()).is_none()).count()))
    }

    fn remove_members(&mut self, key: &Bytes, members: &[Bytes]) -> Outcome {
        let old = self.members(key)?;
        if !old.is_some_and(|set| members.iter().any(|member| set.contains_key(member.as_ref()))) {
            return Ok(Reply::Integer(0));
        }
        let set = self.members_mut(key)?;
        let removed = members.iter().filter(|member| set.remove(member.as_ref()).is_some()).count();
        if set.is_empty() {
            self.remove(key);
        }
        Ok(Reply::count(removed))
    }
}

fn removal_place(key: &KeyBytes) -> u16 {
    (key.hash() % REMOVALS_MAX) as u16
}

fn or_error(outcome: Outcome) -> Reply {
    outcome.unwrap_or_else(|error| Reply::Error(error.into()))
}

fn bulk(text: &Text) -> Reply {
    Reply::Bulk(text.to_bytes())
}

/// The number that these bytes are, if they are just as Redis would write it: no plus, no spaces, no leading zeros.
pub fn parse_integer(bytes: &[u8]) -> Option<i64> {
    let number: i64 = std::str::from_utf8(bytes).ok()?.parse().ok()?;
    // The shape is checked here rather than by printing the number again: this runs for every increment.
    match bytes {
        [b'0'] => Some(number),
        [b'+' | b'0', ..] | [b'-', b'0', ..] => None,
        _ => Some(number),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    fn run(store: &mut Store, change: Change) -> Reply {
        store.apply(&change.into())
    }

    fn text(value: &'static str) -> Reply {
        Reply::Bulk(value.into())
    }

    /// A store in which `k` has this value, or is missing.
    fn store(value: Option<&'static str>) -> Store {
        let mut store = Store::new();
        if let Some(value) = value {
            run(
                &mut store,
                Change::Set { key: "k".into(), value: value.into(), condition: Condition::Always, get: false },
            );
        }
        store
    }

    fn get(store: &Store, key: &'static str) -> Reply {
        store.query(&Query::Get { key: key.into() })
    }

    #[test]
    fn set_obeys_its_condition_and_tells_the_old_value_if_asked() {
        use Condition::{Always, IfAbsent, IfEqual, IfPresent};
        let rows = [
            (None, Always, true),
            (Some("old"), Always, true),
            (None, IfAbsent, true),
            (Some("old"), IfAbsent, false),
            (None, IfPresent, false),
            (Some("old"), IfPresent, true),
            (None, IfEqual("old".into()), false),
            (None, IfEqual("".into()), false),
            (Some("old"), IfEqual("old".into()), true),
            (Some("old"), IfEqual("ol".into()), false),
            (Some(""), IfEqual("".into()), true),
        ];
        for (old, condition, is_set) in rows {
            for get_old in [false, true] {
                let mut store = store(old);
                let reply = run(
                    &mut store,
                    Change::Set { key: "k".into(), value: "new".into(), condition: condition.clone(), get: get_old },
                );
                let expected = match (get_old, is_set) {
                    (true, _) => old.map_or(Reply::Nil, text),
                    (false, true) => Reply::Ok,
                    (false, false) => Reply::Nil,
                };
                assert_eq!(reply, expected, "{old:?} {condition:?} GET {get_old}");
                let after = if is_set { Some("new") } else { old };
                assert_eq!(get(&store, "k"), after.map_or(Reply::Nil, text), "{old:?} {condition:?}");
            }
        }
    }

    #[test]
    fn increment_takes_only_numbers_and_never_overflows() {
        let (not_integer, overflow) = (Err(NOT_AN_INTEGER), Err(SUM_OVERFLOWS));
        let rows = [
            (None, 5, Ok(5)),
            (Some("10"), -11, Ok(-1)),
            (Some("0"), i64::MAX, Ok(i64::MAX)),
            (Some("-9223372036854775808"), 0, Ok(i64::MIN)),
            (Some("9223372036854775807"), 1, overflow),
            (Some("-9223372036854775808"), -1, overflow),
            (Some("9223372036854775808"), 1, not_integer),
            (Some("-9223372036854775809"), 1, not_integer),
            (Some(""), 1, not_integer),
            (Some("-"), 1, not_integer),
            (Some("-0"), 1, not_integer),
            (Some("00"), 1, not_integer),
            (Some("01"), 1, not_integer),
            (Some("-01"), 1, not_integer),
            (Some("+1"), 1, not_integer),
            (Some(" 1"), 1, not_integer),
            (Some("1 "), 1, not_integer),
            (Some("1.0"), 1, not_integer),
            (Some("x"), 1, not_integer),
        ];
        for (old, by, expected) in rows {
            let mut store = store(old);
            let before = store.clone();
            let reply = run(&mut store, Change::IncrBy { key: "k".into(), by });
            match expected {
                Ok(sum) => {
                    assert_eq!(reply, Reply::Integer(sum), "{old:?} + {by}");
                    assert_eq!(get(&store, "k"), Reply::Bulk(sum.to_string().into()));
                }
                Err(error) => {
                    assert_eq!(reply, Reply::Error(error.into()), "{old:?} + {by}");
                    assert_eq!(store.entries, before.entries, "an error changes nothing");
                }
            }
        }
    }

    #[test]
    fn append_makes_a_missing_key_and_has_a_limit() {
        let mut store = store(None);
        let mut append = |value: Bytes| run(&mut store, Change::Append { key: "k".into(), value });
        assert_eq!(append("".into()), Reply::Integer(0));
        assert_eq!(append("ab".into()), Reply::Integer(2));
        assert_eq!(append("c".into()), Reply::Integer(3));
        assert_eq!(append(vec![0; VALUE_BYTES_MAX - 2].into()), Reply::Error(VALUE_TOO_LONG.into()));
        assert_eq!(append(vec![0; VALUE_BYTES_MAX - 3].into()), Reply::count(VALUE_BYTES_MAX));
        assert!(matches!(get(&store, "k"), Reply::Bulk(value) if value.starts_with(b"abc\0")));
    }

    #[test]
    fn key_named_twice_is_removed_once_and_counted_twice() {
        let mut store = store(Some("v"));
        let keys = || vec!["k".into(), "k".into(), "missing".into()];
        assert_eq!(store.query(&Query::Exists { keys: keys() }), Reply::Integer(2));
        assert_eq!(store.query(&Query::Mget { keys: keys() }), Reply::Array(vec![text("v"), text("v"), Reply::Nil]));
        assert_eq!(store.query(&Query::Dbsize), Reply::Integer(1));
        assert_eq!(run(&mut store, Change::Del { keys: keys() }), Reply::Integer(1));
        assert_eq!(store.query(&Query::Exists { keys: keys() }), Reply::Integer(0));
        assert_eq!(store.query(&Query::Dbsize), Reply::Integer(0));
    }

    #[test]
    fn length_of_a_missing_value_is_zero() {
        let strlen = Query::Strlen { key: "k".into() };
        assert_eq!(store(None).query(&strlen), Reply::Integer(0));
        assert_eq!(store(Some("four")).query(&strlen), Reply::Integer(4));
    }

    #[test]
    fn range_counts_from_either_end_and_stops_at_both() {
        let mut store = Store::new();
        let push = |end, elements: &[&'static str]| Change::Push {
            key: "k".into(),
            end,
            elements: elements.iter().map(|element| (*element).into()).collect(),
        };
        assert_eq!(run(&mut store, push(End::Right, &["c", "d"])), Reply::Integer(2));
        assert_eq!(run(&mut store, push(End::Left, &["b", "a"])), Reply::Integer(4));
        let rows: [(i64, i64, &[&'static str]); 12] = [
            (0, -1, &["a", "b", "c", "d"]),
            (0, 0, &["a"]),
            (1, 2, &["b", "c"]),
            (-2, -1, &["c", "d"]),
            (-100, 100, &["a", "b", "c", "d"]),
            (2, 1, &[]),
            (4, 9, &[]),
            (0, -5, &[]),
            (i64::MIN, i64::MAX, &["a", "b", "c", "d"]),
            (i64::MIN, i64::MIN, &[]),
            (i64::MAX, i64::MAX, &[]),
            (3, i64::MAX, &["d"]),
        ];
        for (start, stop, expected) in rows {
            let reply = store.query(&Query::Lrange { key: "k".into(), start, stop });
            assert_eq!(reply, Reply::Array(expected.iter().map(|element| text(element)).collect()), "{start} {stop}");
        }
    }

    #[test]
    fn pop_tells_a_missing_list_from_an_empty_answer() {
        let mut store = Store::new();
        let pop = |count| Change::Pop { key: "k".into(), end: End::Right, count };
        assert_eq!(run(&mut store, pop(None)), Reply::Nil);
        assert_eq!(run(&mut store, pop(Some(0))), Reply::NilArray);
        let elements = vec!["a".into(), "b".into(), "c".into()];
        run(&mut store, Change::Push { key: "k".into(), end: End::Right, elements });
        assert_eq!(run(&mut store, pop(Some(0))), Reply::Array(vec![]));
        assert_eq!(run(&mut store, pop(None)), text("c"));
        assert_eq!(run(&mut store, pop(Some(u64::MAX))), Reply::Array(vec![text("b"), text("a")]));
        assert_eq!(store.query(&Query::Dbsize), Reply::Integer(0), "a list goes with its last element");
    }

    fn versions(store: &Store, keys: &[&'static str]) -> Vec<(Bytes, u64)> {
        let keys: Vec<Bytes> = keys.iter().map(|key| Bytes::from(*key)).collect();
        match store.query(&Query::Versions { keys: keys.clone() }) {
            Reply::Array(versions) => keys
                .into_iter()
                .zip(versions.into_iter().map(|version| match version {
                    Reply::Integer(version) => version.unsigned_abs(),
                    reply => panic!("{reply:?}"),
                }))
                .collect(),
            reply => panic!("{reply:?}"),
        }
    }

    fn set(value: &'static str) -> Change {
        Change::Set { key: "k".into(), value: value.into(), condition: Condition::Always, get: false }
    }

    #[test]
    fn transaction_happens_as_a_whole_and_goes_on_after_an_error() {
        let mut store = store(None);
        let operations = vec![
            Operation::Query(Query::Get { key: "k".into() }),
            Operation::Change(set("x")),
            Operation::Change(Change::IncrBy { key: "k".into(), by: 1 }),
            Operation::Query(Query::Get { key: "k".into() }),
        ];
        let transaction = Transaction { watched: versions(&store, &["k", "l"]), operations };
        let replies = vec![Reply::Nil, Reply::Ok, Reply::Error(NOT_AN_INTEGER.into()), text("x")];
        assert_eq!(store.apply(&transaction.clone().into()), Reply::Array(replies));
        let before = store.entries.clone();
        assert_eq!(store.apply(&transaction.into()), Reply::NilArray, "it has changed the watched key itself");
        assert_eq!(store.entries, before);
    }

    #[test]
    fn key_that_changed_and_changed_back_does_not_look_untouched() {
        let del = || Change::Del { keys: vec!["k".into()] };
        let element = || vec!["e".into()];
        let (key, end) = (|| Bytes::from("k"), End::Left);
        let rows: [(&[Change], &[Change], bool); 12] = [
            (&[], &[set("v"), del()], true),
            (&[set("v")], &[del(), set("v")], true),
            (&[set("v")], &[set("v")], true),
            (&[set("1")], &[Change::IncrBy { key: key(), by: 0 }], true),
            (&[set("v"), del()], &[set("v"), del()], true),
            (
                &[Change::Sadd { key: key(), members: element() }],
                &[Change::Sadd { key: key(), members: element() }],
                false,
            ),
            (
                &[Change::Sadd { key: key(), members: element() }],
                &[Change::Srem { key: key(), members: vec!["f".into()] }],
                false,
            ),
            (
                &[Change::Sadd { key: key(), members: element() }],
                &[Change::Srem { key: key(), members: element() }],
                true,
            ),
            (
                &[],
                &[Change::Push { key: key(), end, elements: element() }, Change::Pop { key: key(), end, count: None }],
                true,
            ),
            (&[], &[Change::Pop { key: key(), end, count: Some(1) }, del()], false),
            (&[set("v")], &[Change::Push { key: key(), end, elements: element() }], false),
            (
                &[set("v")],
                &[Change::Set { key: key(), value: "w".into(), condition: Condition::IfAbsent, get: true }],
                false,
            ),
        ];
        for (before, after, is_touched) in rows {
            let mut store = Store::new();
            before.iter().for_each(|change| drop(run(&mut store, change.clone())));
            let seen = versions(&store, &["k"]);
            after.iter().for_each(|change| drop(run(&mut store, change.clone())));
            assert_eq!(versions(&store, &["k"]) != seen, is_touched, "{before:?} then {after:?}");
        }
    }

    /// Another way to write the same: a list of pairs, wide arithmetic, numbers recognised by printing them again, sets that are
    /// sorted lists.
    #[derive(Default)]
    struct Model(Vec<(Bytes, Held)>);

    #[derive(Clone, Debug, PartialEq)]
    enum Held {
        String(Bytes),
        List(Vec<Bytes>),
        Set(Vec<Bytes>),
    }

    impl Model {
        fn find(&self, key: &Bytes) -> Option<Held> {
            self.0.iter().find(|(other, _)| other == key).map(|(_, held)| held.clone())
        }

        fn string(&self, key: &Bytes) -> Result<Option<Bytes>, Reply> {
            self.find(key).map_or(Ok(None), |held| match held {
                Held::String(value) => Ok(Some(value)),
                _ => Err(Reply::Error(WRONG_TYPE.into())),
            })
        }

        fn list(&self, key: &Bytes) -> Result<Vec<Bytes>, Reply> {
            self.find(key).map_or(Ok(vec![]), |held| match held {
                Held::List(list) => Ok(list),
                _ => Err(Reply::Error(WRONG_TYPE.into())),
            })
        }

        fn set(&self, key: &Bytes) -> Result<Vec<Bytes>, Reply> {
            self.find(key).map_or(Ok(vec![]), |held| match held {
                Held::Set(set) => Ok(set),
                _ => Err(Reply::Error(WRONG_TYPE.into())),
            })
        }

        fn put(&mut self, key: &Bytes, held: Held) {
            self.0.retain(|(other, _)| other != key);
            if !matches!(&held, Held::List(elements) | Held::Set(elements) if elements.is_empty()) {
                self.0.push((key.clone(), held));
            }
        }

        fn apply(&mut self, change: &Change) -> Result<Reply, Reply> {
            match change {
                Change::Set { key, value, condition, get } => {
                    let refused = match condition {
                        Condition::Always => false,
                        Condition::IfAbsent => self.find(key).is_some(),
                        Condition::IfPresent => self.find(key).is_none(),
                        Condition::IfEqual(expected) => self.string(key)?.as_ref() != Some(expected),
                    };
                    let old = if *get { self.string(key)?.map_or(Reply::Nil, Reply::Bulk) } else { Reply::Nil };
                    if !refused {
                        self.put(key, Held::String(value.clone()));
                    }
                    Ok(if *get { old } else { [Reply::Ok, Reply::Nil][usize::from(refused)].clone() })
                }
                Change::Del { keys } => {
                    let before = self.0.len();
                    self.0.retain(|(key, _)| !keys.contains(key));
                    Ok(Reply::count(before - self.0.len()))
                }
                Change::IncrBy { key, by } => {
                    let text =
                        self.string(key)?.map_or("0".into(), |value| String::from_utf8_lossy(&value).into_owned());
                    match text.parse::<i128>() {
                        Ok(old) if old.to_string() == text && i64::try_from(old).is_ok() => {
                            let sum = old + i128::from(*by);
                            let reply = i64::try_from(sum).map_err(|_| Reply::Error(SUM_OVERFLOWS.into()))?;
                            self.put(key, Held::String(sum.to_string().into()));
                            Ok(Reply::Integer(reply))
                        }
                        _ => Err(Reply::Error(NOT_AN_INTEGER.into())),
                    }
                }
                Change::Append { key, value } => {
                    let new = [self.string(key)?.unwrap_or_default(), value.clone()].concat();
                    self.put(key, Held::String(new.clone().into()));
                    Ok(Reply::count(new.len()))
                }
                Change::Mset { pairs } => {
                    pairs.iter().for_each(|(key, value)| self.put(key, Held::String(value.clone())));
                    Ok(Reply::Ok)
                }
                Change::Push { key, end, elements } => {
                    let mut list = self.list(key)?;
                    for element in elements {
                        list.insert(if *end == End::Left { 0 } else { list.len() }, element.clone());
                    }
                    self.put(key, Held::List(list.clone()));
                    Ok(Reply::count(list.len()))
                }
                Change::Pop { key, end, count } => {
                    let mut list = self.list(key)?;
                    let mut popped = vec![];
                    while (popped.len() as u64) < count.unwrap_or(1) && !list.is_empty() {
                        popped.push(Reply::Bulk(list.remove(if *end == End::Left { 0 } else { list.len() - 1 })));
                    }
                    let missing = self.find(key).is_none();
                    self.put(key, Held::List(list));
                    Ok(match (count, missing) {
                        (None, true) => Reply::Nil,
                        (None, false) => popped[0].clone(),
                        (Some(_), true) => Reply::NilArray,
                        (Some(_), false) => Reply::Array(popped),
                    })
                }
                Change::Sadd { key, members } => {
                    let old = self.set(key)?;
                    let mut new = [&old[..], members].concat();
                    new.sort();
                    new.dedup();
                    self.put(key, Held::Set(new.clone()));
                    Ok(Reply::count(new.len() - old.len()))
                }
                Change::Srem { key, members } => {
                    let old = self.set(key)?;
                    let new: Vec<Bytes> = old.iter().filter(|member| !members.contains(member)).cloned().collect();
                    self.put(key, Held::Set(new.clone()));
                    Ok(Reply::count(old.len() - new.len()))
                }
            }
        }
    }

    /// What a store has under a key, asked of it in each way that there is.
    fn held(store: &Store, key: &Bytes) -> Option<Held> {
        let key = || key.clone();
        let elements = |reply| match reply {
            Reply::Array(replies) => replies
                .into_iter()
                .map(|reply| if let Reply::Bulk(bytes) = reply { bytes } else { panic!("{reply:?}") })
                .collect(),
            reply => panic!("{reply:?}"),
        };
        let length = |held: &Held| match held {
            Held::String(value) => store.query(&Query::Strlen { key: key() }) == Reply::count(value.len()),
            Held::List(list) => store.query(&Query::Llen { key: key() }) == Reply::count(list.len()),
            Held::Set(set) => {
                let contains = |member: &Bytes| store.query(&Query::Sismember { key: key(), member: member.clone() });
                store.query(&Query::Scard { key: key() }) == Reply::count(set.len())
                    && set.iter().all(|member| contains(member) == Reply::Integer(1))
                    && contains(&"no such member".into()) == Reply::Integer(0)
            }
        };
        let held = match store.query(&Query::Type { key: key() }) {
            Reply::Simple(name) => match name.as_str() {
                "string" => match store.query(&Query::Get { key: key() }) {
                    Reply::Bulk(value) => Held::String(value),
                    reply => panic!("{reply:?}"),
                },
                "list" => Held::List(elements(store.query(&Query::Lrange { key: key(), start: 0, stop: -1 }))),
                "set" => Held::Set(elements(store.query(&Query::Smembers { key: key() }))),
                _ => return None,
            },
            reply => panic!("{reply:?}"),
        };
        assert!(length(&held), "{held:?}");
        Some(held)
    }

    pub fn key() -> impl Strategy<Value = Bytes> {
        "[abcd]".prop_map(Bytes::from)
    }

    fn value() -> impl Strategy<Value = Bytes> {
        prop_oneof![
            Just("7".into()),
            Just("-3".into()),
            "-?[0-9]{0,3}".prop_map(Bytes::from),
            Just(i64::MAX.to_string().into()),
            Just(i64::MIN.to_string().into()),
            prop::collection::vec(any::<u8>(), 0..4).prop_map(Bytes::from),
        ]
    }

    pub fn change() -> impl Strategy<Value = Change> {
        let condition = prop_oneof![
            Just(Condition::Always),
            Just(Condition::IfAbsent),
            Just(Condition::IfPresent),
            value().prop_map(Condition::IfEqual),
        ];
        let end = || prop::sample::select(vec![End::Left, End::Right]);
        let values = || prop::collection::vec(value(), 1..5);
        prop_oneof![
            (key(), value(), condition, any::<bool>()).prop_map(|(key, value, condition, get)| Change::Set {
                key,
                value,
                condition,
                get
            }),
            prop::collection::vec(key(), 1..4).prop_map(|keys| Change::Del { keys }),
            (key(), prop_oneof![-3..4i64, any::<i64>()]).prop_map(|(key, by)| Change::IncrBy { key, by }),
            (key(), value()).prop_map(|(key, value)| Change::Append { key, value }),
            prop::collection::vec((key(), value()), 1..4).prop_map(|pairs| Change::Mset { pairs }),
            (key(), end(), values()).prop_map(|(key, end, elements)| Change::Push { key, end, elements }),
            (key(), end(), prop::option::of(0..4u64)).prop_map(|(key, end, count)| Change::Pop { key, end, count }),
            (key(), values()).prop_map(|(key, members)| Change::Sadd { key, members }),
            (key(), values()).prop_map(|(key, members)| Change::Srem { key, members }),
        ]
    }

    proptest! {
        #[test]
        fn store_does_as_the_model_does(changes in prop::collection::vec(change(), 0..60)) {
            let (mut store, mut model) = (Store::new(), Model::default());
            for change in changes {
                let command = Command::from(change.clone());
                prop_assert_eq!(Command::decode(&command.encode()), Ok(command.clone()));
                let keys = ["a", "b", "c", "d"];
                let (before, seen) = (keys.map(|key| model.find(&key.into())), versions(&store, &keys));
                let expected = model.apply(&change).unwrap_or_else(|error| error);
                prop_assert_eq!(store.apply(&command), expected, "{:?}", change);
                for (number, version) in versions(&store, &keys).into_iter().enumerate() {
                    let (key, is_same) = (version.0.clone(), model.find(&version.0) == before[number]);
                    prop_assert!(is_same || version != seen[number], "{:?} changed unnoticed", key);
                    prop_assert_eq!(held(&store, &key), model.find(&key), "{:?} after {:?}", key, change);
                }
                prop_assert_eq!(store.query(&Query::Dbsize), Reply::count(model.0.len()));
            }
        }
    }
}
