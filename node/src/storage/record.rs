//! The form of a record.
//!
//! | bytes | field |
//! | --- | --- |
//! | 0..3 | magic, `WWR` |
//! | 3 | kind; there is one so far, a step of the core |
//! | 4..8 | length of the body |
//! | 8..12 | CRC-32C of the body |
//! | 12..20 | sequence: 1, 2, 3, … through all segments |
//! | 20..28 | batch: the sequence of the first record that was synced together with this one |
//! | 28..32 | CRC-32C of the record's place and of the 28 bytes above |
//! | 32.. | body: a [`Write`] in postcard's format |
//!
//! Numbers are little-endian. The header has its own checksum so that it can be believed where the body is lost: a header
//! alone proves that its batch was written. The place (segment and offset) is part of the checksum but is not stored: bytes
//! that are a good record somewhere else are none here.

use super::write::Write;

/// The length of a record's header.
pub const HEADER_BYTES: usize = 32;
const MAGIC: [u8; 3] = *b"WWR";
const KIND_STEP: u8 = 1;

/// Where a record stands.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// The segment, by the sequence of its first record.
    pub segment: u64,
    /// The position in the segment's file.
    pub offset: u64,
}

/// A header that passed its checksum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    kind: u8,
    length: u32,
    body_crc: u32,
    /// Which record this is.
    pub sequence: u64,
    /// The sequence of its batch's first record.
    pub batch: u64,
}

/// Why there is no record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    #[error("the header of a record is not whole")]
    Header,
    #[error("a record is cut off")]
    Short,
    #[error("the body of a record fails its checksum")]
    Body,
}

/// A write whose encoding does not fit the length field.
#[derive(Debug)]
pub struct TooLong {
    pub bytes: usize,
}

/// Appends a record to `out`.
pub fn encode(write: &Write, place: Place, sequence: u64, batch: u64, out: &mut Vec<u8>) -> Result<(), TooLong> {
    let start = out.len();
    out.resize(start + HEADER_BYTES, 0);
    // Writing into memory fails only for want of it, which aborts; postcard refuses no value of these types.
    *out = postcard::to_extend(write, std::mem::take(out)).map_err(|_| TooLong { bytes: usize::MAX })?;
    let body = &out[start + HEADER_BYTES..];
    let Ok(length) = u32::try_from(body.len()) else {
        let bytes = body.len();
        out.truncate(start);
        return Err(TooLong { bytes });
    };
    let header = Header { kind: KIND_STEP, length, body_crc: crc32c::crc32c(body), sequence, batch };
    out[start..start + HEADER_BYTES].copy_from_slice(&header.encode(place));
    Ok(())
}

/// Reads the record at the start of `bytes`: its header and its body.
pub fn read(bytes: &[u8], place: Place) -> Result<(Header, &[u8]), Broken> {
    let header = Header::read(bytes, place).ok_or(Broken::Header)?;
    let body = bytes.get(HEADER_BYTES..header.record_bytes()).ok_or(Broken::Short)?;
    if crc32c::crc32c(body) != header.body_crc {
        return Err(Broken::Body);
    }
    Ok((header, body))
}

/// The positions from `from` on at which a header may begin.
pub fn candidates(bytes: &[u8], from: usize) -> impl Iterator<Item = usize> {
    let mut next = from;
    std::iter::from_fn(move || {
        // There may be many megabytes of zeros.
        let found = next + bytes.get(next..)?.iter().position(|byte| *byte == MAGIC[0])?;
        next = found + 1;
        Some(found)
    })
}

impl Header {
    /// The header at the start of `bytes`, if there is one and it belongs in this place.
    pub fn read(bytes: &[u8], place: Place) -> Option<Header> {
        let (fields, crc) = bytes.get(..HEADER_BYTES)?.split_at(HEADER_BYTES - 4);
        if fields[..3] != MAGIC || u32::from_le_bytes(crc.try_into().ok()?) != checksum(fields, place) {
            return None;
        }
        Some(Header {
            kind: fields[3],
            length: u32::from_le_bytes(fields[4..8].try_into().ok()?),
            body_crc: u32::from_le_bytes(fields[8..12].try_into().ok()?),
            sequence: u64::from_le_bytes(fields[12..20].try_into().ok()?),
            batch: u64::from_le_bytes(fields[20..28].try_into().ok()?),
        })
    }

    /// The length of the whole record.
    pub fn record_bytes(&self) -> usize {
        HEADER_BYTES.saturating_add(usize::try_from(self.length).unwrap_or(usize::MAX))
    }

    /// What a body says, or why it says nothing that this program understands.
    pub fn decode(&self, body: &[u8]) -> Result<Write, String> {
        if self.kind != KIND_STEP {
            return Err(format!("a record is of the unknown kind {}", self.kind));
        }
        match postcard::take_from_bytes(body) {
            Ok((write, [])) => Ok(write),
            Ok((_, rest)) => Err(format!("a record has {} bytes too many", rest.len())),
            Err(error) => Err(format!("a record cannot be decoded: {error}")),
        }
    }

    fn encode(&self, place: Place) -> [u8; HEADER_BYTES] {
        let mut bytes = [0; HEADER_BYTES];
        bytes[..3].copy_from_slice(&MAGIC);
        bytes[3] = self.kind;
        bytes[4..8].copy_from_slice(&self.length.to_le_bytes());
        bytes[8..12].copy_from_slice(&self.body_crc.to_le_bytes());
        bytes[12..20].copy_from_slice(&self.sequence.to_le_bytes());
        bytes[20..28].copy_from_slice(&self.batch.to_le_bytes());
        let crc = checksum(&bytes[..HEADER_BYTES - 4], place);
        bytes[HEADER_BYTES - 4..].copy_from_slice(&crc.to_le_bytes());
        bytes
    }
}

fn checksum(fields: &[u8], place: Place) -> u32 {
    let crc = crc32c::crc32c(&place.segment.to_le_bytes());
    let crc = crc32c::crc32c_append(crc, &place.offset.to_le_bytes());
    crc32c::crc32c_append(crc, fields)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raft::types::{HardState, NodeId, Term};

    const PLACE: Place = Place { segment: 5, offset: 88 };

    fn record() -> (Write, Vec<u8>) {
        let hard_state = Some(HardState { term: Term(3), vote: Some(NodeId(2)) });
        let write = Write { hard_state, ..Write::default() };
        let mut bytes = Vec::new();
        encode(&write, PLACE, 7, 6, &mut bytes).unwrap();
        (write, bytes)
    }

    #[test]
    fn record_is_read_back() {
        let (write, bytes) = record();
        let (header, body) = read(&bytes, PLACE).unwrap();
        assert_eq!((header.sequence, header.batch, header.record_bytes()), (7, 6, bytes.len()));
        assert_eq!(header.decode(body).unwrap(), write);
    }

    #[test]
    fn record_in_another_place_is_none() {
        let (_, bytes) = record();
        assert_eq!(read(&bytes, Place { offset: 87, ..PLACE }), Err(Broken::Header));
        assert_eq!(read(&bytes, Place { segment: 6, ..PLACE }), Err(Broken::Header));
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        let (_, bytes) = record();
        for bit in 0..bytes.len() * 8 {
            let mut bytes = bytes.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let expected = if bit / 8 < HEADER_BYTES { Broken::Header } else { Broken::Body };
            assert_eq!(read(&bytes, PLACE), Err(expected), "bit {bit}");
        }
    }

    #[test]
    fn every_cut_is_noticed() {
        let (_, bytes) = record();
        for length in 0..bytes.len() {
            let expected = if length < HEADER_BYTES { Broken::Header } else { Broken::Short };
            assert_eq!(read(&bytes[..length], PLACE), Err(expected), "length {length}");
        }
    }

    #[test]
    fn body_of_an_unknown_kind_or_with_a_rest_is_refused() {
        let (_, bytes) = record();
        let (header, body) = read(&bytes, PLACE).unwrap();
        assert!(Header { kind: 9, ..header }.decode(body).unwrap_err().contains("kind 9"));
        let longer = [body, &[0]].concat();
        assert!(header.decode(&longer).unwrap_err().contains("1 bytes too many"));
        assert!(header.decode(&body[..1]).is_err());
    }
}
