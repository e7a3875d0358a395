//! Reading RESP replies (version 2 of the protocol) from whatever a node sends.

use crate::outcome::ErrorReply;

/// The longest reply that is read, in bytes. No workload asks for anything near it.
const REPLY_BYTES_MAX: usize = 16 << 20;
/// The longest line: the header of a bulk string or an array, a simple string, an error.
const LINE_BYTES_MAX: usize = 64 << 10;
/// How deep arrays may be nested.
const DEPTH_MAX: usize = 8;

/// A reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// `+OK`
    Simple(String),
    /// `-ERR …`
    Error(ErrorReply),
    /// `:7`
    Integer(i64),
    /// `$3` and three bytes
    Bulk(Vec<u8>),
    /// `$-1` or `*-1`: nothing
    Nil,
    /// `*2` and two replies
    Array(Vec<Reply>),
}

/// What stands there is not a reply, or one beyond all bounds.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Garbled(pub String);

/// Collects bytes until they make up a reply. It keeps its own stack, and each byte counts against a bound, so that
/// nothing a node sends can exhaust the harness.
#[derive(Debug, Default)]
pub struct ReplyReader {
    buffer: Vec<u8>,
    /// Where the next unread item of the current reply begins.
    position: usize,
    /// The arrays that are not complete yet, outermost first.
    open: Vec<OpenArray>,
}

#[derive(Debug)]
struct OpenArray {
    missing: u64,
    items: Vec<Reply>,
}

/// What begins at the current position.
enum Item {
    Whole(Reply),
    Array(u64),
}

impl ReplyReader {
    /// Adds what was received.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// Whether nothing is left over from, or has arrived besides, the replies taken so far.
    pub fn is_empty(&self) -> bool {
        self.buffer.is_empty()
    }

    /// Takes the first complete reply; `None` if more bytes are needed.
    ///
    /// # Errors
    /// If the bytes cannot become a reply. The reader is of no use after that.
    pub fn take(&mut self) -> Result<Option<Reply>, Garbled> {
        while let Some(item) = self.item()? {
            let mut value = match item {
                Item::Array(missing) if missing > 0 => {
                    if self.open.len() == DEPTH_MAX {
                        return Err(Garbled(format!("arrays nested deeper than {DEPTH_MAX}")));
                    }
                    self.open.push(OpenArray { missing, items: Vec::new() });
                    continue;
                }
                Item::Array(_) => Reply::Array(Vec::new()),
                Item::Whole(reply) => reply,
            };
            // Put the value where it belongs; an array that it completes is a value in turn.
            loop {
                let Some(array) = self.open.last_mut() else {
                    self.buffer.drain(..self.position);
                    self.position = 0;
                    return Ok(Some(value));
                };
                array.items.push(value);
                array.missing -= 1;
                if array.missing > 0 {
                    break;
                }
                value = Reply::Array(std::mem::take(&mut array.items));
                self.open.pop();
            }
        }
        if self.buffer.len() > REPLY_BYTES_MAX {
            return Err(Garbled(format!("a reply of more than {REPLY_BYTES_MAX} bytes")));
        }
        Ok(None)
    }

    /// The next item, if all of it is there; the position is then behind it.
    fn item(&mut self) -> Result<Option<Item>, Garbled> {
        let rest = &self.buffer[self.position..];
        let Some(length) = rest.iter().take(LINE_BYTES_MAX).position(|&byte| byte == b'\n') else {
            if rest.len() >= LINE_BYTES_MAX {
                return Err(Garbled(format!("a line of more than {LINE_BYTES_MAX} bytes")));
            }
            // Only complete lines are looked at, but nonsense need not be waited for.
            return rest.first().map_or(Ok(None), |&kind| known(kind).map(|()| None));
        };
        let Some((&kind, line)) = rest[..length].strip_suffix(b"\r").and_then(<[u8]>::split_first) else {
            return Err(Garbled(format!("not a reply: {:?}", String::from_utf8_lossy(&rest[..length.min(60)]))));
        };
        known(kind)?;
        let after_line = self.position + length + 1;
        let text = || String::from_utf8_lossy(line).into_owned();
        let item = match kind {
            b'+' => Item::Whole(Reply::Simple(text())),
            b'-' => Item::Whole(Reply::Error(ErrorReply::parse(text()))),
            b':' => Item::Whole(Reply::Integer(number(line)?)),
            b'*' => match number(line)? {
                -1 => Item::Whole(Reply::Nil),
                count => Item::Array(size(count)? as u64),
            },
            _ => {
                let count = number(line)?;
                if count == -1 {
                    Item::Whole(Reply::Nil)
                } else {
                    let Some(bytes) = self.bulk(after_line, size(count)?)? else { return Ok(None) };
                    self.position = after_line + bytes.len() + 2;
                    return Ok(Some(Item::Whole(Reply::Bulk(bytes))));
                }
            }
        };
        self.position = after_line;
        Ok(Some(item))
    }

    /// The bulk string of `length` bytes that begins at `start`, if all of it is there.
    fn bulk(&self, start: usize, length: usize) -> Result<Option<Vec<u8>>, Garbled> {
        let Some(bytes) = self.buffer.get(start..start + length + 2) else { return Ok(None) };
        match bytes.strip_suffix(b"\r\n") {
            Some(bytes) => Ok(Some(bytes.to_vec())),
            None => Err(Garbled(format!("a bulk string of {length} bytes does not end there"))),
        }
    }
}

fn known(kind: u8) -> Result<(), Garbled> {
    if b"+-:$*".contains(&kind) { Ok(()) } else { Err(Garbled(format!("a reply cannot begin with byte {kind}"))) }
}

fn number(line: &[u8]) -> Result<i64, Garbled> {
    let text = String::from_utf8_lossy(line);
    text.parse().map_err(|_| Garbled(format!("not a number: {:?}", text.chars().take(60).collect::<String>())))
}

fn size(count: i64) -> Result<usize, Garbled> {
    // Every item of an array has a byte at least, so one bound serves both.
    usize::try_from(count)
        .ok()
        .filter(|&count| count <= REPLY_BYTES_MAX)
        .ok_or_else(|| Garbled(format!("a length of {count}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<Vec<Reply>, Garbled> {
        let mut reader = ReplyReader::default();
        reader.push(bytes);
        let mut replies = Vec::new();
        while let Some(reply) = reader.take()? {
            replies.push(reply);
        }
        Ok(replies)
    }

    const ALL: &[u8] = b"+OK\r\n-ERR no\r\n:-7\r\n$5\r\na\r\nbc\r\n$-1\r\n*-1\r\n*0\r\n*2\r\n*1\r\n:1\r\n$0\r\n\r\n";

    fn all() -> Vec<Reply> {
        vec![
            Reply::Simple("OK".to_string()),
            Reply::Error(ErrorReply::Refused("ERR no".to_string())),
            Reply::Integer(-7),
            Reply::Bulk(b"a\r\nbc".to_vec()),
            Reply::Nil,
            Reply::Nil,
            Reply::Array(vec![]),
            Reply::Array(vec![Reply::Array(vec![Reply::Integer(1)]), Reply::Bulk(vec![])]),
        ]
    }

    #[test]
    fn every_kind_of_reply_is_read() {
        assert_eq!(read(ALL), Ok(all()));
    }

    #[test]
    fn replies_may_arrive_a_byte_at_a_time() {
        let (mut reader, mut replies) = (ReplyReader::default(), Vec::new());
        for byte in ALL {
            reader.push(&[*byte]);
            replies.extend(reader.take().expect("well formed"));
        }
        assert_eq!(replies, all());
        assert!(reader.is_empty());
    }

    #[test]
    fn nonsense_is_an_error_and_not_awaited() {
        let nested = b"*1\r\n".repeat(9);
        let endless = [b"+".as_slice(), &vec![b'x'; LINE_BYTES_MAX]].concat();
        let table: [&[u8]; 9] = [
            b"HTTP/1.1 400",
            b"OK\r\n",
            b"+OK\n",
            b"\r\n",
            b":seven\r\n",
            b"$-2\r\n",
            b"$99999999999\r\n",
            b"$2\r\nabc\r\n",
            &nested,
        ];
        for bytes in table.into_iter().chain([endless.as_slice()]) {
            assert!(read(bytes).is_err(), "{:?}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn a_reply_beyond_all_bounds_is_an_error() {
        let mut reader = ReplyReader::default();
        reader.push(b"*9999\r\n");
        let item = [b"$60000\r\n".as_slice(), &vec![b'x'; 60_000], b"\r\n"].concat();
        let error = (0..9999).find_map(|_| {
            reader.push(&item);
            reader.take().err()
        });
        assert!(error.is_some());
        assert!(reader.buffer.len() < REPLY_BYTES_MAX + 2 * item.len(), "it stops at the bound");
    }
}
