//! How keys are found.

use super::{chunked_map::Sought, text::Text};
use std::cmp::Ordering;

/// A key with its hash. Keys are in the order of their hashes, and only keys of the same hash in that of their bytes: to find one
/// among a million is to compare twenty numbers that lie side by side, and not twenty keys that lie all over the memory. The hash
/// is the same on every replica and in every version, and so is the order. Somebody who makes keys of equal hashes on purpose
/// gains nothing but a comparison of bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    hash: u32,
    text: Text,
}

/// A key that is looked for.
pub struct KeyBytes<'a> {
    hash: u32,
    bytes: &'a [u8],
}

impl<'a> From<&'a [u8]> for KeyBytes<'a> {
    fn from(bytes: &'a [u8]) -> KeyBytes<'a> {
        KeyBytes { hash: crc32c::crc32c(bytes), bytes }
    }
}

impl KeyBytes<'_> {
    /// The same for all replicas.
    pub fn hash(&self) -> u32 {
        self.hash
    }
}

impl Sought<Key> for KeyBytes<'_> {
    fn compare(&self, key: &Key) -> Ordering {
        self.hash.cmp(&key.hash).then_with(|| self.bytes.cmp(&key.text))
    }
}

impl From<&KeyBytes<'_>> for Key {
    fn from(key: &KeyBytes) -> Key {
        Key { hash: key.hash, text: key.bytes.into() }
    }
}

impl From<Text> for Key {
    fn from(text: Text) -> Key {
        Key { hash: crc32c::crc32c(&text), text }
    }
}

impl AsRef<[u8]> for Key {
    fn as_ref(&self) -> &[u8] {
        &self.text
    }
}
