//! The wire format: `[length of the payload, u32 LE][CRC-32C of the payload, u32 LE][payload]`, where the payload is a byte that says what it is
//! and in which version, the sender's [stamp](Stamp) in 16 bytes, and then a message, a greeting or an introduction, or on the way back a
//! refusal, in postcard's encoding.
//!
//! The stamp is in each frame, not at the beginning of a connection, so that each frame stands for itself.

use super::passport::{Refusal, Stamp};
use crate::raft::{Incarnation, Message, NodeId};
use bytes::{Buf, BufMut, Bytes, BytesMut};
use serde::{Deserialize, Serialize};

/// No frame's payload is longer than this.
pub const PAYLOAD_BYTES_MAX: usize = 64 << 20;

const HEADER_BYTES: usize = 8;
// 1 and 2 were messages and greetings without a stamp.
const MESSAGE: u8 = 3;
const GREETING: u8 = 4;
const REFUSAL: u8 = 5;
const INTRODUCTION: u8 = 6;

/// What comes over a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// A message.
    Message(Message),
    /// What a connection begins with.
    Greeting(Greeting),
    /// What founders tell each other.
    Introduction(Introduction),
    /// What comes back instead of nothing, if the receiver does not take the others.
    Refusal(Refusal),
}

/// Who has dialled, and where it is reached itself. Whoever does not know the sender yet could not answer it otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Greeting {
    /// Who.
    pub from: NodeId,
    /// Where, in the words of the cluster's configuration.
    pub address: String,
}

/// What founders tell each other before the first of them takes part.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Introduction {
    /// Who.
    pub from: NodeId,
    /// Whether the sender waits for the receiver's word.
    pub asks: bool,
    /// The word: what the sender knows of the receiver.
    pub knows: Option<Knowledge>,
}

/// What a node knows of another one's data directory, whatever happens to its own machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Knowledge {
    /// Which one that is.
    pub incarnation: Incarnation,
    /// Whether a committed configuration says so.
    pub is_recorded: bool,
}

impl Frame {
    /// Who it is from.
    pub fn from(&self) -> NodeId {
        match self {
            Frame::Message(message) => message.from,
            Frame::Greeting(greeting) => greeting.from,
            Frame::Introduction(introduction) => introduction.from,
            Frame::Refusal(refusal) => refusal.by,
        }
    }
}

/// Why a stream of frames cannot be read on.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// The announced length is not one that a node sends.
    #[error("a frame of {0} bytes; at most {PAYLOAD_BYTES_MAX} are allowed")]
    Length(usize),
    /// The payload was damaged on its way.
    #[error("a frame's checksum is {found:08x}, its payload's {computed:08x}")]
    Checksum {
        /// As sent.
        found: u32,
        /// As it should be.
        computed: u32,
    },
    /// Another version of this protocol.
    #[error(
        "a frame of kind {0:?}; this node knows {MESSAGE}, a message, {GREETING}, a greeting, {REFUSAL}, a refusal, and {INTRODUCTION}, an introduction"
    )]
    Kind(Option<u8>),
    /// The payload is not what it says.
    #[error("a frame that cannot be read: {0}")]
    Payload(#[from] postcard::Error),
}

/// Adds a message to what is to be sent.
pub fn encode(stamp: Stamp, message: &Message, out: &mut BytesMut) {
    put(MESSAGE, stamp, message, out);
}

/// Adds a greeting.
pub fn encode_greeting(stamp: Stamp, greeting: &Greeting, out: &mut BytesMut) {
    put(GREETING, stamp, greeting, out);
}

/// Adds an introduction.
pub fn encode_introduction(stamp: Stamp, introduction: &Introduction, out: &mut BytesMut) {
    put(INTRODUCTION, stamp, introduction, out);
}

/// Adds a refusal.
pub fn encode_refusal(stamp: Stamp, refusal: &Refusal, out: &mut BytesMut) {
    put(REFUSAL, stamp, refusal, out);
}

fn put(kind: u8, stamp: Stamp, what: &impl Serialize, out: &mut BytesMut) {
    let start = out.len();
    out.put_bytes(0, HEADER_BYTES);
    out.put_u8(kind);
    out.put_u64_le(stamp.cluster);
    out.put_u64_le(stamp.incarnation.0);
    let end = postcard::serialize_with_flavor(what, Payload(out));
    debug_assert!(end.is_ok(), "writing to memory succeeds");
    let payload = &out[start + HEADER_BYTES..];
    let (length, checksum) = (payload.len() as u32, crc32c::crc32c(payload));
    out[start..start + 4].copy_from_slice(&length.to_le_bytes());
    out[start + 4..start + HEADER_BYTES].copy_from_slice(&checksum.to_le_bytes());
}

/// What postcard writes to. It can write to anything that can be extended, but does so byte by byte.
struct Payload<'a>(&'a mut BytesMut);

impl postcard::ser_flavors::Flavor for Payload<'_> {
    type Output = ();

    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        self.0.put_u8(byte);
        Ok(())
    }

    fn try_extend(&mut self, bytes: &[u8]) -> postcard::Result<()> {
        self.0.put_slice(bytes);
        Ok(())
    }

    fn finalize(self) -> postcard::Result<()> {
        Ok(())
    }
}

/// Takes the next frame, and its sender's stamp, from what was received; `None` if it is not complete yet.
///
/// # Errors
/// If what follows is no frame. The stream has to be closed then: nobody knows where the next frame begins.
pub fn decode(buffer: &mut BytesMut) -> Result<Option<(Stamp, Frame)>, FrameError> {
    if buffer.len() < HEADER_BYTES {
        return Ok(None);
    }
    let mut header = &buffer[..HEADER_BYTES];
    let (length, found) = (header.get_u32_le() as usize, header.get_u32_le());
    if length > PAYLOAD_BYTES_MAX {
        return Err(FrameError::Length(length));
    }
    if buffer.len() < HEADER_BYTES + length {
        buffer.reserve(HEADER_BYTES + length - buffer.len());
        return Ok(None);
    }
    buffer.advance(HEADER_BYTES);
    let mut payload: Bytes = buffer.split_to(length).freeze();
    let computed = crc32c::crc32c(&payload);
    if computed != found {
        return Err(FrameError::Checksum { found, computed });
    }
    let kind = payload.try_get_u8().ok();
    let Some(kind @ (MESSAGE | GREETING | REFUSAL | INTRODUCTION)) = kind else { return Err(FrameError::Kind(kind)) };
    let mut number = || payload.try_get_u64_le().map_err(|_| postcard::Error::DeserializeUnexpectedEnd);
    let stamp = Stamp { cluster: number()?, incarnation: Incarnation(number()?) };
    let frame = match kind {
        MESSAGE => Frame::Message(postcard::from_bytes(&payload)?),
        GREETING => Frame::Greeting(postcard::from_bytes(&payload)?),
        INTRODUCTION => Frame::Introduction(postcard::from_bytes(&payload)?),
        _ => Frame::Refusal(postcard::from_bytes(&payload)?),
    };
    Ok(Some((stamp, frame)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        raft::{Body, Entry, EntryId, LogIndex, NodeId, Payload, Term},
        transport::Reason,
    };
    use proptest::prelude::*;

    const STAMP: Stamp = Stamp { cluster: u64::MAX - 1, incarnation: Incarnation(3) };

    fn append(index: u64, command: Vec<u8>) -> Message {
        let id = EntryId { term: Term(3), index: LogIndex(index) };
        let entries = vec![Entry { id, payload: Payload::Command(command.into()) }];
        let body = Body::Append { prev: EntryId::default(), entries, commit: LogIndex(1), round: 7 };
        Message { from: NodeId(1), to: NodeId(2), term: Term(3), body }
    }

    proptest! {
        #[test]
        fn messages_survive_any_division_into_reads(
            commands in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 1..5),
            step in 1usize..64,
        ) {
            let messages: Vec<Message> = (1..).zip(commands).map(|(index, command)| append(index, command)).collect();
            let greeting = Greeting { from: NodeId(1), address: "here".to_owned() };
            let mut sent = BytesMut::new();
            encode_greeting(STAMP, &greeting, &mut sent);
            messages.iter().for_each(|message| encode(STAMP, message, &mut sent));
            let refusal = Refusal { by: NodeId(2), reason: Reason::Cluster { own: 1, theirs: u64::MAX } };
            encode_refusal(STAMP, &refusal, &mut sent);
            let knows = Some(Knowledge { incarnation: Incarnation(u64::MAX), is_recorded: true });
            let introduction = Introduction { from: NodeId(3), asks: false, knows };
            encode_introduction(STAMP, &introduction, &mut sent);
            let (mut buffer, mut received) = (BytesMut::new(), Vec::new());
            for part in sent.chunks(step) {
                buffer.extend_from_slice(part);
                while let Some((stamp, frame)) = decode(&mut buffer).unwrap() {
                    prop_assert_eq!(stamp, STAMP);
                    received.push(frame);
                }
            }
            let expected = std::iter::once(Frame::Greeting(greeting)).chain(messages.into_iter().map(Frame::Message));
            let expected = expected.chain([Frame::Refusal(refusal), Frame::Introduction(introduction)]);
            prop_assert_eq!(received, expected.collect::<Vec<_>>());
        }

        #[test]
        fn a_changed_byte_of_the_payload_is_noticed(command in prop::collection::vec(any::<u8>(), 0..64), at: usize, flip in 1u8..) {
            let mut buffer = BytesMut::new();
            encode(STAMP, &append(1, command), &mut buffer);
            let at = HEADER_BYTES + at % (buffer.len() - HEADER_BYTES);
            buffer[at] ^= flip;
            let is_noticed = matches!(decode(&mut buffer), Err(FrameError::Checksum { .. }));
            prop_assert!(is_noticed);
        }

        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut buffer = BytesMut::from(&bytes[..]);
            while let Ok(Some(_)) = decode(&mut buffer) {}
        }
    }
}
