//! What can be asked of the state machine through the log.

use super::query::Query;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// What an entry of the log asks for.
///
/// Its encoding is in every log: variants and fields may be added at the end, and are never reordered or removed. That holds for
/// all types in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    /// Do this, each time that it is in the log.
    Work(Work),
    /// Opens a [session](super::session), and replies with its number.
    OpenSession,
    /// Do this, but only once, however often it is in the log under the same number.
    InSession {
        /// The client's session.
        session: u64,
        /// The client's number for this command. It counts from 1, and uses each number for one command only.
        sequence: u64,
        /// What to do.
        work: Work,
    },
    /// Ends a session, and replies with 1; or with 0 if there is none of this number.
    CloseSession {
        /// The session.
        session: u64,
    },
}

/// What a command does to the keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Work {
    /// One change.
    Change(Change),
    /// Several, with nothing in between.
    Transaction(Transaction),
}

/// Changes and questions that happen together, if the keys that they rest on are as they were.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transaction {
    /// Keys, and the version of each that the client has seen, as [`Query::Versions`] told it. If one differs by now, nothing is
    /// done, and the reply is [`Reply::NilArray`](super::Reply::NilArray).
    pub watched: Vec<(Bytes, u64)>,
    /// What to do. The reply is an array with the reply to each. One that is answered by an error does not stop the others.
    pub operations: Vec<Operation>,
}

/// A part of a transaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Operation {
    /// A change.
    Change(Change),
    /// A question, which is answered when its turn comes.
    Query(Query),
}

/// A change of the store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Change {
    /// Gives a key a string, if the condition holds.
    Set {
        /// The key.
        key: Bytes,
        /// Its new value.
        value: Bytes,
        /// When.
        condition: Condition,
        /// Whether to reply with the old value, set or not, instead of saying whether it was set.
        get: bool,
    },
    /// Removes keys, and replies how many there were.
    Del {
        /// The keys.
        keys: Vec<Bytes>,
    },
    /// Adds to a string that is a decimal number, and replies with the sum. A missing key counts as 0.
    IncrBy {
        /// The key.
        key: Bytes,
        /// What to add.
        by: i64,
    },
    /// Appends to a string, and replies with its new length. A missing key counts as empty.
    Append {
        /// The key.
        key: Bytes,
        /// What to append.
        value: Bytes,
    },
    /// Gives keys strings, all at once.
    Mset {
        /// Keys and their new values.
        pairs: Vec<(Bytes, Bytes)>,
    },
    /// Adds elements at one end of a list, one after the other, and replies with its new length.
    Push {
        /// The key.
        key: Bytes,
        /// Where.
        end: End,
        /// The elements.
        elements: Vec<Bytes>,
    },
    /// Takes elements from one end of a list, and replies with them.
    Pop {
        /// The key.
        key: Bytes,
        /// Where.
        end: End,
        /// How many at most, to be replied as an array; or just one, replied as it is.
        count: Option<u64>,
    },
    /// Adds elements to a set, and replies how many it did not have.
    Sadd {
        /// The key.
        key: Bytes,
        /// The elements.
        members: Vec<Bytes>,
    },
    /// Removes elements from a set, and replies how many it had.
    Srem {
        /// The key.
        key: Bytes,
        /// The elements.
        members: Vec<Bytes>,
    },
}

/// When a [`Change::Set`] takes effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Condition {
    /// In any case.
    Always,
    /// If the key is missing (`NX`).
    IfAbsent,
    /// If the key is there (`XX`).
    IfPresent,
    /// If the key is there with exactly this value (`IFEQ`): compare-and-set.
    IfEqual(Bytes),
}

/// An end of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum End {
    /// Where index 0 is.
    Left,
    /// Where index -1 is.
    Right,
}

/// Bytes that are no command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a log entry of {bytes} bytes is not a command")]
pub struct DecodeError {
    /// How many there are.
    pub bytes: usize,
}

impl From<Change> for Command {
    fn from(change: Change) -> Command {
        Command::Work(Work::Change(change))
    }
}

impl From<Transaction> for Command {
    fn from(transaction: Transaction) -> Command {
        Command::Work(Work::Transaction(transaction))
    }
}

/// About how long an encoding is.
const ENCODING_BYTES: usize = 512;

impl Command {
    /// The command as an entry of the log carries it.
    pub fn encode(&self) -> Bytes {
        // Room for most, of which only what it takes is kept, for as long as the command is in the log.
        let bytes = Vec::with_capacity(ENCODING_BYTES);
        // Writing to memory can only fail for want of it, and postcard refuses no value of these types.
        let bytes = postcard::to_extend(self, bytes).expect("a command has an encoding");
        bytes.into_boxed_slice().into()
    }

    /// The command that was encoded.
    pub fn decode(bytes: &[u8]) -> Result<Command, DecodeError> {
        match postcard::take_from_bytes(bytes) {
            Ok((command, [])) => Ok(command),
            _ => Err(DecodeError { bytes: bytes.len() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn set() -> Command {
        let condition = Condition::IfEqual("old".into());
        Change::Set { key: "k".into(), value: "new".into(), condition, get: true }.into()
    }

    #[test]
    fn encoding_is_the_one_in_existing_logs() {
        let (key, two) = (|| Bytes::from("k"), || vec![Bytes::from("a"), Bytes::from("b")]);
        let rows: [(Change, &[u8]); 8] = [
            (Change::Del { keys: two() }, b"\x01\x02\x01a\x01b"),
            (Change::IncrBy { key: key(), by: -3 }, b"\x02\x01k\x05"),
            (Change::Append { key: key(), value: "v".into() }, b"\x03\x01k\x01v"),
            (Change::Mset { pairs: vec![(key(), "v".into())] }, b"\x04\x01\x01k\x01v"),
            (Change::Push { key: key(), end: End::Right, elements: two() }, b"\x05\x01k\x01\x02\x01a\x01b"),
            (Change::Pop { key: key(), end: End::Left, count: Some(2) }, b"\x06\x01k\x00\x01\x02"),
            (Change::Sadd { key: key(), members: two() }, b"\x07\x01k\x02\x01a\x01b"),
            (Change::Srem { key: key(), members: two() }, b"\x08\x01k\x02\x01a\x01b"),
        ];
        for (change, expected) in &rows {
            assert_eq!(Command::from(change.clone()).encode(), [b"\x00\x00", *expected].concat());
        }
        let operations = vec![Operation::Change(rows[0].0.clone()), Operation::Query(Query::Get { key: key() })];
        let transaction = Transaction { watched: vec![(key(), 300)], operations };
        let expected = b"\x00\x01\x01\x01k\xac\x02\x02\x00\x01\x02\x01a\x01b\x01\x00\x01k";
        assert_eq!(&Command::from(transaction).encode()[..], expected);
        assert_eq!(&Command::OpenSession.encode()[..], b"\x01");
        let numbered = Command::InSession { session: 7, sequence: 300, work: Work::Change(rows[0].0.clone()) };
        assert_eq!(&numbered.encode()[..], b"\x02\x07\xac\x02\x00\x01\x02\x01a\x01b");
        assert_eq!(&Command::CloseSession { session: 300 }.encode()[..], b"\x03\xac\x02");
        assert_eq!(&set().encode()[..], b"\x00\x00\x00\x01k\x03new\x03\x03old\x01");
    }

    #[test]
    fn command_is_decoded_only_whole() {
        let bytes = set().encode();
        assert_eq!(Command::decode(&bytes), Ok(set()));
        for length in 0..bytes.len() {
            assert_eq!(Command::decode(&bytes[..length]), Err(DecodeError { bytes: length }));
        }
        assert!(Command::decode(&[&bytes[..], b"!"].concat()).is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_are_decoded_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            // Numbers have more than one encoding, so that only the meaning comes back.
            if let Ok(command) = Command::decode(&bytes) {
                prop_assert_eq!(Command::decode(&command.encode()), Ok(command));
            }
        }
    }
}
