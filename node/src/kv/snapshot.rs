//! The state in bytes, for a snapshot.
//!
//! A [`Snapshot`] is a copy of the store that shares everything with it, and so is taken between two commands without anybody
//! noticing (see [`chunked_map`](super::chunked_map)); another thread may then write it down, while the node goes on. Equal
//! states have equal bytes on every replica: everything is written in order, and nothing of how it lies in memory.
//!
//! The format, all numbers little-endian, bytes behind their length in 4 bytes, and repetitions behind their count in 8:
//!
//! ```text
//! "WWKV" version:1                       what this is
//! commands:8                             how many commands were applied
//! {place:2 command:8}                    removals
//! {id:8 used:8 forgotten:8 {sequence:8 reply}}  sessions
//! {key version:8 value}                  keys, in the order of their CRC-32C, and of their bytes where that is the same; a value is
//!                                        0 and bytes, or 1 or 2 and {element} for a list or a set
//! ```
//!
//! It has no checksum: whoever stores it or sends it has one.

use super::{
    key::Key,
    reply::Reply,
    session::Session,
    store::{Entry, REMOVALS_MAX, Store},
    text::Text,
    value::{List, Set, Value},
};
use bytes::Bytes;
use std::{
    collections::BTreeMap,
    io::{self, BufRead, Read as _, Write},
    sync::Arc,
};

const MAGIC: &[u8; 4] = b"WWKV";
const VERSION: u8 = 1;
/// How much is put together before it is written.
const PIECE_BYTES: usize = 64 << 10;
/// Replies in replies: a transaction's array of arrays, and more than that.
const DEPTH_MAX: usize = 8;

/// The state at some moment.
#[derive(Clone, Debug)]
pub struct Snapshot(Store);

/// Why there is no state to be had from some bytes.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// They cannot be read, or end too early.
    #[error("the snapshot cannot be read: {0}")]
    Read(#[from] io::Error),
    /// They are something else.
    #[error("this is not a snapshot of the key-value state")]
    NotASnapshot,
    /// They are from another time.
    #[error("the snapshot has version {0} of its format, and only {VERSION} is understood")]
    Version(u8),
    /// They contradict themselves.
    #[error("the snapshot is damaged: {0}")]
    Damaged(&'static str),
}

impl Store {
    /// The state as it is now. It costs a reference for each few dozen keys, and no copying.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot(self.clone())
    }

    /// The state that was written down. It reads to the end of the snapshot and no further.
    ///
    /// # Errors
    /// If these bytes are not what [`Snapshot::write`] wrote.
    pub fn restore(input: &mut impl BufRead) -> Result<Store, RestoreError> {
        let mut decoder = Decoder { input, scratch: Vec::new() };
        if decoder.array()? != *MAGIC {
            return Err(RestoreError::NotASnapshot);
        }
        match decoder.u8()? {
            VERSION => decoder.store(),
            other => Err(RestoreError::Version(other)),
        }
    }
}

impl Snapshot {
    /// The same without what client sessions were answered, for a mistake that is made on purpose.
    pub fn without_replies(mut self) -> Snapshot {
        self.0.sessions.forget_replies();
        self
    }

    /// Writes it down, in pieces of some size.
    ///
    /// # Errors
    /// If the output cannot be written to.
    pub fn write(&self, output: &mut impl Write) -> io::Result<()> {
        let Snapshot(store) = self;
        let mut encoder = Encoder { output, piece: Vec::with_capacity(PIECE_BYTES) };
        encoder.piece.extend_from_slice(MAGIC);
        encoder.u8(VERSION);
        encoder.u64(store.commands);
        encoder.count(store.removals.len());
        for (place, command) in store.removals.iter() {
            encoder.piece.extend_from_slice(&place.to_le_bytes());
            encoder.u64(*command);
        }
        encoder.count(store.sessions.count());
        for (id, session) in store.sessions.iter() {
            encoder.session(id, session)?;
        }
        encoder.count(store.entries.len());
        for (key, entry) in store.entries.iter() {
            encoder.bytes(key.as_ref());
            encoder.u64(entry.version);
            encoder.value(&entry.value)?;
        }
        encoder.finish()
    }
}

struct Encoder<'a, W> {
    output: &'a mut W,
    piece: Vec<u8>,
}

impl<W: Write> Encoder<'_, W> {
    fn u8(&mut self, number: u8) {
        self.piece.push(number);
    }

    fn u64(&mut self, number: u64) {
        self.piece.extend_from_slice(&number.to_le_bytes());
    }

    fn count(&mut self, count: usize) {
        self.u64(count as u64);
    }

    fn bytes(&mut self, bytes: &[u8]) {
        // Requests are limited to some megabytes, and the values that they make are, too.
        let length = u32::try_from(bytes.len()).expect("bytes of less than 4 GiB");
        self.piece.extend_from_slice(&length.to_le_bytes());
        self.piece.extend_from_slice(bytes);
    }

    fn session(&mut self, id: u64, session: &Session) -> io::Result<()> {
        self.u64(id);
        self.u64(session.used);
        self.u64(session.forgotten);
        self.count(session.replies.len());
        for (sequence, reply) in &*session.replies {
            self.u64(*sequence);
            self.reply(reply)?;
        }
        self.flush_if_full()
    }

    fn reply(&mut self, reply: &Reply) -> io::Result<()> {
        match reply {
            Reply::Ok => self.u8(0),
            Reply::Nil => self.u8(1),
            Reply::Integer(number) => {
                self.u8(2);
                self.u64(number.cast_unsigned());
            }
            Reply::Bulk(bytes) => {
                self.u8(3);
                self.bytes(bytes);
            }
            Reply::Simple(line) => {
                self.u8(4);
                self.bytes(line.as_bytes());
            }
            Reply::Error(line) => {
                self.u8(5);
                self.bytes(line.as_bytes());
            }
            Reply::Array(replies) => {
                self.u8(6);
                self.count(replies.len());
                replies.iter().try_for_each(|reply| self.reply(reply))?;
            }
            Reply::NilArray => self.u8(7),
        }
        self.flush_if_full()
    }

    fn value(&mut self, value: &Value) -> io::Result<()> {
        match value {
            Value::String(value) => {
                self.u8(0);
                self.bytes(value);
                self.flush_if_full()
            }
            Value::List(list) => {
                self.u8(1);
                self.elements(list.len(), list.iter())
            }
            Value::Set(set) => {
                self.u8(2);
                self.elements(set.len(), set.iter().map(|(member, ())| member))
            }
        }
    }

    fn elements<'t>(&mut self, count: usize, elements: impl Iterator<Item = &'t Text>) -> io::Result<()> {
        self.count(count);
        for element in elements {
            self.bytes(element);
            self.flush_if_full()?;
        }
        Ok(())
    }

    fn flush_if_full(&mut self) -> io::Result<()> {
        if self.piece.len() >= PIECE_BYTES {
            self.output.write_all(&self.piece)?;
            self.piece.clear();
        }
        Ok(())
    }

    fn finish(self) -> io::Result<()> {
        self.output.write_all(&self.piece)
    }
}

struct Decoder<'a, R> {
    input: &'a mut R,
    /// For what is copied at once to where it belongs.
    scratch: Vec<u8>,
}

impl<R: BufRead> Decoder<'_, R> {
    fn store(&mut self) -> Result<Store, RestoreError> {
        let mut store = Store { commands: self.u64()?, ..Store::default() };
        for _ in 0..self.u64()? {
            let (place, command) = (u16::from_le_bytes(self.array()?), self.u64()?);
            is_sound(u32::from(place) < REMOVALS_MAX && command <= store.commands, "a removal that cannot be")?;
            is_sound(store.removals.last().is_none_or(|(last, _)| *last < place), "removals are not in order")?;
            store.removals.insert(place, command);
        }
        for _ in 0..self.u64()? {
            let (id, session) = (self.u64()?, self.session()?);
            is_sound(id <= session.used && session.used <= store.commands, "a session that cannot be")?;
            is_sound(store.sessions.last_id().is_none_or(|last| last < id), "sessions are not in order")?;
            is_sound(store.sessions.restore(id, session), "sessions of the same use")?;
        }
        for _ in 0..self.u64()? {
            let key = Key::from(self.text()?);
            let entry = Entry { version: self.u64()?, value: self.value()? };
            is_sound(entry.version <= store.commands, "a version that cannot be")?;
            is_sound(store.entries.last().is_none_or(|(last, _)| *last < key), "keys are not in order")?;
            store.entries.insert(key, entry);
        }
        Ok(store)
    }

    fn session(&mut self) -> Result<Session, RestoreError> {
        let (used, forgotten) = (self.u64()?, self.u64()?);
        let mut replies = BTreeMap::new();
        for _ in 0..self.u64()? {
            let sequence = self.u64()?;
            is_sound(replies.last_key_value().map_or(forgotten, |(last, _)| *last) < sequence, "replies out of order")?;
            replies.insert(sequence, self.reply(0)?);
        }
        Ok(Session { used, forgotten, replies: Arc::new(replies) })
    }

    fn reply(&mut self, depth: usize) -> Result<Reply, RestoreError> {
        is_sound(depth < DEPTH_MAX, "replies in replies")?;
        Ok(match self.u8()? {
            0 => Reply::Ok,
            1 => Reply::Nil,
            2 => Reply::Integer(self.u64()?.cast_signed()),
            3 => Reply::Bulk(Bytes::copy_from_slice(self.bytes()?)),
            4 => Reply::Simple(self.line()?),
            5 => Reply::Error(self.line()?),
            6 => Reply::Array((0..self.u64()?).map(|_| self.reply(depth + 1)).collect::<Result<_, _>>()?),
            7 => Reply::NilArray,
            _ => return Err(RestoreError::Damaged("an unknown kind of reply")),
        })
    }

    fn value(&mut self) -> Result<Value, RestoreError> {
        let kind = self.u8()?;
        if kind == 0 {
            return Ok(Value::String(self.text()?));
        }
        let count = self.u64()?;
        is_sound(count > 0, "a list or a set without elements")?;
        match kind {
            1 => {
                let mut list = List::default();
                for _ in 0..count {
                    list.push(super::End::Right, self.text()?);
                }
                Ok(Value::List(Arc::new(list)))
            }
            2 => {
                let mut set = Set::default();
                for _ in 0..count {
                    let member = self.text()?;
                    is_sound(set.last().is_none_or(|(last, ())| *last < member), "members are not in order")?;
                    set.insert(member, ());
                }
                Ok(Value::Set(Arc::new(set)))
            }
            _ => Err(RestoreError::Damaged("an unknown kind of value")),
        }
    }

    fn text(&mut self) -> Result<Text, RestoreError> {
        Ok(Text::from(self.bytes()?))
    }

    fn line(&mut self) -> Result<String, RestoreError> {
        let line = self.bytes()?.to_vec();
        String::from_utf8(line).map_err(|_| RestoreError::Damaged("a line that is no text"))
    }

    /// Bytes behind their length. Memory is taken for what there is, not for what is announced.
    fn bytes(&mut self) -> Result<&[u8], RestoreError> {
        let length = u32::from_le_bytes(self.array()?);
        self.scratch.clear();
        self.input.by_ref().take(u64::from(length)).read_to_end(&mut self.scratch)?;
        match self.scratch.len() == length as usize {
            true => Ok(&self.scratch),
            false => Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()),
        }
    }

    fn u8(&mut self) -> Result<u8, RestoreError> {
        Ok(u8::from_le_bytes(self.array()?))
    }

    fn u64(&mut self) -> Result<u64, RestoreError> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], RestoreError> {
        let mut bytes = [0; N];
        self.input.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}

fn is_sound(holds: bool, otherwise: &'static str) -> Result<(), RestoreError> {
    if holds { Ok(()) } else { Err(RestoreError::Damaged(otherwise)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kv::{
        Command, Operation, Query, Transaction, Work,
        store::tests::{change, key},
    };
    use proptest::prelude::*;

    fn bytes(store: &Store) -> Vec<u8> {
        let mut bytes = Vec::new();
        store.snapshot().write(&mut bytes).unwrap();
        bytes
    }

    fn restored(mut bytes: &[u8]) -> Result<Store, RestoreError> {
        let store = Store::restore(&mut bytes)?;
        assert!(bytes.is_empty(), "the end was not reached");
        Ok(store)
    }

    fn command() -> impl Strategy<Value = Command> {
        let operation = || {
            prop_oneof![
                change().prop_map(Operation::Change),
                key().prop_map(|key| Operation::Query(Query::Get { key })),
                key().prop_map(|key| Operation::Query(Query::Smembers { key })),
            ]
        };
        let transaction = (prop::collection::vec((key(), 0..3u64), 0..2), prop::collection::vec(operation(), 0..4));
        let work = prop_oneof![
            change().prop_map(Work::Change),
            transaction.prop_map(|(watched, operations)| Work::Transaction(Transaction { watched, operations })),
        ];
        prop_oneof![
            1 => Just(Command::OpenSession),
            4 => work.clone().prop_map(Command::Work),
            4 => (1..6u64, 1..40u64, work)
                .prop_map(|(session, sequence, work)| Command::InSession { session, sequence, work }),
        ]
    }

    #[test]
    fn format_is_the_one_in_existing_snapshots() {
        let mut store = Store::new();
        let members = vec!["b".into(), "a".into()];
        store.apply(&Command::OpenSession);
        let work = Work::Change(super::super::Change::Sadd { key: "k".into(), members });
        store.apply(&Command::InSession { session: 1, sequence: 7, work });
        let number = |number: u8| [number, 0, 0, 0, 0, 0, 0, 0];
        let expected = [
            &b"WWKV\x01"[..],
            &number(2),
            &number(0),
            &number(1),
            &[number(1), number(2), number(0), number(1), number(7)].concat(),
            b"\x02",
            &number(2),
            &number(1),
            b"\x01\0\0\0k",
            &number(2),
            b"\x02",
            &number(2),
            b"\x01\0\0\0a\x01\0\0\0b",
        ];
        assert_eq!(bytes(&store), expected.concat());
    }

    #[test]
    fn damage_is_refused() {
        let mut store = Store::new();
        store.apply(&Command::OpenSession);
        for value in ["v", "w"] {
            let change = super::super::Change::Sadd { key: "k".into(), members: vec![value.into()] };
            store.apply(&Command::InSession { session: 1, sequence: 7, work: Work::Change(change.clone()) });
            store.apply(&change.into());
        }
        let sound = bytes(&store);
        assert_eq!(restored(&sound).unwrap(), store);
        for length in 0..sound.len() {
            assert!(matches!(restored(&sound[..length]), Err(RestoreError::Read(_))), "cut at {length}");
        }
        let with = |position: usize, byte: u8| {
            let mut bytes = sound.clone();
            bytes[position] = byte;
            restored(&bytes)
        };
        assert!(matches!(with(0, b'X'), Err(RestoreError::NotASnapshot)));
        assert!(matches!(with(4, 2), Err(RestoreError::Version(2))));
        assert!(matches!(with(sound.len() - 6, b'z'), Err(RestoreError::Damaged("members are not in order"))));
        // A length that nothing can have does not take memory for it.
        assert!(with(sound.len() - 2, 0xff).is_err());
    }

    #[test]
    fn snapshot_is_what_it_was_when_it_was_taken() {
        let mut store = Store::new();
        let change = |number: u32| super::super::Change::IncrBy { key: number.to_string().into(), by: 1 };
        (0..1000).for_each(|number| drop(store.apply(&change(number).into())));
        let (snapshot, before) = (store.snapshot(), bytes(&store));
        (500..1500).for_each(|number| drop(store.apply(&change(number).into())));
        let mut late = Vec::new();
        // In another thread, as it is meant to be.
        std::thread::scope(|scope| scope.spawn(|| snapshot.write(&mut late)).join()).unwrap().unwrap();
        assert_eq!(late, before);
        assert_ne!(bytes(&store), before);
    }

    proptest! {
        #[test]
        fn restored_state_is_the_same_and_goes_on_the_same(
            before in prop::collection::vec(command(), 0..60),
            after in prop::collection::vec(command(), 0..30),
        ) {
            let mut store = Store::new();
            before.iter().for_each(|command| drop(store.apply(command)));
            let mut other = restored(&bytes(&store)).unwrap();
            prop_assert_eq!(&other, &store);
            for command in &after {
                prop_assert_eq!(other.apply(command), store.apply(command));
                prop_assert_eq!(bytes(&other), bytes(&store), "equal states have equal bytes");
            }
            prop_assert_eq!(other, store);
        }

        #[test]
        fn any_bytes_are_restored_or_refused(
            before in prop::collection::vec(command(), 0..30),
            position in any::<prop::sample::Index>(),
            byte in any::<u8>(),
            rest in prop::collection::vec(any::<u8>(), 0..50),
        ) {
            let mut store = Store::new();
            before.iter().for_each(|command| drop(store.apply(command)));
            let mut sound = bytes(&store);
            let position = position.index(sound.len());
            sound[position] = byte;
            if let Ok(other) = Store::restore(&mut &sound[..]) {
                prop_assert_eq!(restored(&bytes(&other)).unwrap(), other);
            }
            sound.truncate(position);
            let _ = Store::restore(&mut &[sound, rest].concat()[..]);
        }
    }
}
