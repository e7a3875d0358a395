//! What can be asked of the state machine through the log.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// A change of the store.
///
/// Its encoding is in every log: variants and fields may be added at the end, and are never reordered or removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    /// Gives a key a value, if the condition holds.
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
    /// Adds to a value that is a decimal number, and replies with the sum. A missing key counts as 0.
    IncrBy {
        /// The key.
        key: Bytes,
        /// What to add.
        by: i64,
    },
    /// Appends to a value, and replies with its new length. A missing key counts as empty.
    Append {
        /// The key.
        key: Bytes,
        /// What to append.
        value: Bytes,
    },
}

/// When a [`Command::Set`] takes effect.
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

/// Bytes that are no command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a log entry of {bytes} bytes is not a command")]
pub struct DecodeError {
    /// How many there are.
    pub bytes: usize,
}

impl Command {
    /// The command as an entry of the log carries it.
    pub fn encode(&self) -> Bytes {
        // Writing to memory can only fail for want of it, and postcard refuses no value of these types.
        postcard::to_stdvec(self).expect("a command has an encoding").into()
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
        Command::Set { key: "k".into(), value: "new".into(), condition, get: true }
    }

    #[test]
    fn encoding_is_the_one_in_existing_logs() {
        assert_eq!(&set().encode()[..], b"\x00\x01k\x03new\x03\x03old\x01");
        let del = Command::Del { keys: vec!["a".into(), "b".into()] };
        assert_eq!(&del.encode()[..], b"\x01\x02\x01a\x01b");
        assert_eq!(&Command::IncrBy { key: "n".into(), by: -3 }.encode()[..], b"\x02\x01n\x05");
        assert_eq!(&Command::Append { key: "k".into(), value: "v".into() }.encode()[..], b"\x03\x01k\x01v");
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
