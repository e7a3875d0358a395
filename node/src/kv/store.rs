//! The keys and their values.

use super::command::{Command, Condition};
use super::reply::Reply;
use bytes::{Bytes, BytesMut};
use std::collections::BTreeMap;

/// The longest value that APPEND may make. It decides what a command does, so it must be the same on every replica and for
/// every entry of the log: a constant, not a setting.
const VALUE_BYTES_MAX: usize = 16 << 20;

const NOT_AN_INTEGER: &str = "ERR value is not an integer or out of range";
const SUM_OVERFLOWS: &str = "ERR increment or decrement would overflow";
const VALUE_TOO_LONG: &str = "ERR string exceeds maximum allowed size";

/// The state that is replicated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Store {
    /// Ordered, so that whatever walks over it does so in the same order on every replica.
    values: BTreeMap<Bytes, Bytes>,
}

/// A question to the store, which changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Query {
    /// A key's value.
    Get {
        /// The key.
        key: Bytes,
    },
    /// How many of these keys are there. One that is named twice counts twice.
    Exists {
        /// The keys.
        keys: Vec<Bytes>,
    },
    /// The values of these keys.
    Mget {
        /// The keys.
        keys: Vec<Bytes>,
    },
    /// The length of a key's value, 0 if it is missing.
    Strlen {
        /// The key.
        key: Bytes,
    },
    /// How many keys there are.
    Dbsize,
}

impl Store {
    /// An empty store.
    pub fn new() -> Store {
        Store::default()
    }

    /// Carries a command out. One that is answered by an error has changed nothing.
    pub fn apply(&mut self, command: &Command) -> Reply {
        match command {
            Command::Set { key, value, condition, get } => self.set(key, value, condition, *get),
            Command::Del { keys } => Reply::count(keys.iter().filter(|key| self.values.remove(*key).is_some()).count()),
            Command::IncrBy { key, by } => self.increment(key, *by),
            Command::Append { key, value } => self.append(key, value),
        }
    }

    /// Answers a question.
    pub fn query(&self, query: &Query) -> Reply {
        match query {
            Query::Get { key } => Reply::value(self.values.get(key)),
            Query::Exists { keys } => Reply::count(keys.iter().filter(|key| self.values.contains_key(*key)).count()),
            Query::Mget { keys } => Reply::Array(keys.iter().map(|key| Reply::value(self.values.get(key))).collect()),
            Query::Strlen { key } => Reply::count(self.values.get(key).map_or(0, Bytes::len)),
            Query::Dbsize => Reply::count(self.values.len()),
        }
    }

    fn set(&mut self, key: &Bytes, value: &Bytes, condition: &Condition, get: bool) -> Reply {
        let old = self.values.get(key);
        let holds = match condition {
            Condition::Always => true,
            Condition::IfAbsent => old.is_none(),
            Condition::IfPresent => old.is_some(),
            Condition::IfEqual(expected) => old == Some(expected),
        };
        let reply = match (get, holds) {
            (true, _) => Reply::value(old),
            (false, true) => Reply::Ok,
            (false, false) => Reply::Nil,
        };
        if holds {
            self.values.insert(key.clone(), value.clone());
        }
        reply
    }

    fn increment(&mut self, key: &Bytes, by: i64) -> Reply {
        let Some(old) = self.values.get(key).map_or(Some(0), |value| parse_integer(value)) else {
            return Reply::Error(NOT_AN_INTEGER.into());
        };
        let Some(sum) = old.checked_add(by) else {
            return Reply::Error(SUM_OVERFLOWS.into());
        };
        self.values.insert(key.clone(), sum.to_string().into());
        Reply::Integer(sum)
    }

    fn append(&mut self, key: &Bytes, value: &Bytes) -> Reply {
        let old = self.values.get(key).map_or(&[][..], |old| old);
        let length = old.len() + value.len();
        if length > VALUE_BYTES_MAX {
            return Reply::Error(VALUE_TOO_LONG.into());
        }
        let mut new = BytesMut::with_capacity(length);
        new.extend_from_slice(old);
        new.extend_from_slice(value);
        self.values.insert(key.clone(), new.freeze());
        Reply::count(length)
    }
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
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn set(key: &'static str, value: &'static str, condition: Condition, get: bool) -> Command {
        Command::Set { key: key.into(), value: value.into(), condition, get }
    }

    fn bulk(value: &'static str) -> Reply {
        Reply::Bulk(value.into())
    }

    /// A store in which `k` has this value, or is missing.
    fn store(value: Option<&'static str>) -> Store {
        let values = value.map(|value| ("k".into(), value.into()));
        Store { values: values.into_iter().collect() }
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
                let reply = store.apply(&set("k", "new", condition.clone(), get_old));
                let expected = match (get_old, is_set) {
                    (true, _) => old.map_or(Reply::Nil, bulk),
                    (false, true) => Reply::Ok,
                    (false, false) => Reply::Nil,
                };
                assert_eq!(reply, expected, "{old:?} {condition:?} GET {get_old}");
                let after = if is_set { Some("new") } else { old };
                assert_eq!(get(&store, "k"), after.map_or(Reply::Nil, bulk), "{old:?} {condition:?}");
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
            let reply = store.apply(&Command::IncrBy { key: "k".into(), by });
            match expected {
                Ok(sum) => {
                    assert_eq!(reply, Reply::Integer(sum), "{old:?} + {by}");
                    assert_eq!(get(&store, "k"), Reply::Bulk(sum.to_string().into()));
                }
                Err(error) => {
                    assert_eq!(reply, Reply::Error(error.into()), "{old:?} + {by}");
                    assert_eq!(store, before, "an error changes nothing");
                }
            }
        }
    }

    #[test]
    fn append_makes_a_missing_key_and_has_a_limit() {
        let mut store = store(None);
        let append = |value: Bytes| Command::Append { key: "k".into(), value };
        assert_eq!(store.apply(&append("".into())), Reply::Integer(0));
        assert_eq!(get(&store, "k"), bulk(""));
        assert_eq!(store.apply(&append("ab".into())), Reply::Integer(2));
        assert_eq!(store.apply(&append("c".into())), Reply::Integer(3));
        assert_eq!(get(&store, "k"), bulk("abc"));
        assert_eq!(store.apply(&append(vec![0; VALUE_BYTES_MAX - 2].into())), Reply::Error(VALUE_TOO_LONG.into()));
        assert_eq!(get(&store, "k"), bulk("abc"));
        let full = store.apply(&append(vec![0; VALUE_BYTES_MAX - 3].into()));
        assert_eq!(full, Reply::count(VALUE_BYTES_MAX));
    }

    #[test]
    fn key_named_twice_is_removed_once_and_counted_twice() {
        let mut store = store(Some("v"));
        let keys = || vec!["k".into(), "k".into(), "missing".into()];
        assert_eq!(store.query(&Query::Exists { keys: keys() }), Reply::Integer(2));
        assert_eq!(store.query(&Query::Mget { keys: keys() }), Reply::Array(vec![bulk("v"), bulk("v"), Reply::Nil]));
        assert_eq!(store.query(&Query::Dbsize), Reply::Integer(1));
        assert_eq!(store.apply(&Command::Del { keys: keys() }), Reply::Integer(1));
        assert_eq!(store.query(&Query::Exists { keys: keys() }), Reply::Integer(0));
        assert_eq!(store.query(&Query::Dbsize), Reply::Integer(0));
    }

    #[test]
    fn length_of_a_missing_value_is_zero() {
        let strlen = Query::Strlen { key: "k".into() };
        assert_eq!(store(None).query(&strlen), Reply::Integer(0));
        assert_eq!(store(Some("four")).query(&strlen), Reply::Integer(4));
    }

    /// Another way to write the same: a list of pairs, wide arithmetic, numbers recognised by printing them again.
    #[derive(Default)]
    struct Model(Vec<(Bytes, Bytes)>);

    impl Model {
        fn find(&self, key: &Bytes) -> Option<Bytes> {
            self.0.iter().find(|(other, _)| other == key).map(|(_, value)| value.clone())
        }

        fn put(&mut self, key: &Bytes, value: Vec<u8>) {
            self.0.retain(|(other, _)| other != key);
            self.0.push((key.clone(), value.into()));
        }

        fn apply(&mut self, command: &Command) -> Reply {
            match command {
                Command::Set { key, value, condition, get } => {
                    let old = self.find(key);
                    let refused = match condition {
                        Condition::Always => false,
                        Condition::IfAbsent => old.is_some(),
                        Condition::IfPresent => old.is_none(),
                        Condition::IfEqual(expected) => old.as_ref() != Some(expected),
                    };
                    if !refused {
                        self.put(key, value.to_vec());
                    }
                    let old = old.map_or(Reply::Nil, Reply::Bulk);
                    if *get { old } else { [Reply::Ok, Reply::Nil][usize::from(refused)].clone() }
                }
                Command::Del { keys } => {
                    let before = self.0.len();
                    self.0.retain(|(key, _)| !keys.contains(key));
                    Reply::count(before - self.0.len())
                }
                Command::IncrBy { key, by } => {
                    let text = self.find(key).map_or("0".into(), |value| String::from_utf8_lossy(&value).into_owned());
                    match text.parse::<i128>() {
                        Ok(old) if old.to_string() == text && i64::try_from(old).is_ok() => {
                            let sum = old + i128::from(*by);
                            let Ok(reply) = i64::try_from(sum) else { return Reply::Error(SUM_OVERFLOWS.into()) };
                            self.put(key, sum.to_string().into_bytes());
                            Reply::Integer(reply)
                        }
                        _ => Reply::Error(NOT_AN_INTEGER.into()),
                    }
                }
                Command::Append { key, value } => {
                    let new = [self.find(key).unwrap_or_default(), value.clone()].concat();
                    self.put(key, new.clone());
                    Reply::count(new.len())
                }
            }
        }
    }

    fn key() -> impl Strategy<Value = Bytes> {
        "[abc]".prop_map(Bytes::from)
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

    fn command() -> impl Strategy<Value = Command> {
        let condition = prop_oneof![
            Just(Condition::Always),
            Just(Condition::IfAbsent),
            Just(Condition::IfPresent),
            value().prop_map(Condition::IfEqual),
        ];
        prop_oneof![
            (key(), value(), condition, any::<bool>()).prop_map(|(key, value, condition, get)| Command::Set {
                key,
                value,
                condition,
                get
            }),
            prop::collection::vec(key(), 1..4).prop_map(|keys| Command::Del { keys }),
            (key(), prop_oneof![-3..4i64, any::<i64>()]).prop_map(|(key, by)| Command::IncrBy { key, by }),
            (key(), value()).prop_map(|(key, value)| Command::Append { key, value }),
        ]
    }

    proptest! {
        #[test]
        fn store_does_as_the_model_does(commands in prop::collection::vec(command(), 0..60)) {
            let (mut store, mut model) = (Store::new(), Model::default());
            for command in commands {
                let decoded = Command::decode(&command.encode());
                prop_assert_eq!(decoded.as_ref(), Ok(&command));
                prop_assert_eq!(store.apply(&command), model.apply(&command), "{:?}", command);
                for key in ["a", "b", "c"].map(Bytes::from) {
                    let found = model.find(&key).map_or(Reply::Nil, Reply::Bulk);
                    prop_assert_eq!(store.query(&Query::Get { key }), found);
                }
                prop_assert_eq!(store.query(&Query::Dbsize), Reply::count(model.0.len()));
            }
        }
    }
}
