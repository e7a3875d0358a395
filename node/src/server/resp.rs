//! RESP, the Redis protocol: bytes to requests, replies to bytes.
//!
//! A request is an array of byte strings (`*2\r\n$3\r\nGET\r\n$1\r\nk\r\n`) or, for people who type, a line of words. Nothing
//! else is understood. That is the reason for a parser of our own: one for all of RESP recurses into nested arrays, as deep as
//! the peer pleases, and buffers whatever length a peer announces. This one has no recursion, refuses a length as soon as it is
//! announced, and never looks at a byte twice, however small the pieces in which a request arrives.

use crate::kv::{Reply, parse_integer};
use bytes::{Buf, Bytes, BytesMut};
use std::fmt::Write as _;

/// What fits in a line that announces a length: a sign, the digits of a number, and the end of the line.
const LENGTH_LINE_BYTES_MAX: usize = 32;
/// What fits in a request that is a line of words.
const INLINE_BYTES_MAX: usize = 64 << 10;

/// How much a client may send in one request.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The longest argument.
    pub argument_bytes_max: usize,
    /// The sum of a request's arguments.
    pub request_bytes_max: usize,
    /// How many arguments a request has, the command's name included.
    pub arguments_max: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { argument_bytes_max: 1 << 20, request_bytes_max: 4 << 20, arguments_max: 1024 }
    }
}

/// Bytes that are no request. Where the next request begins is unknown then, so the connection must be closed, after the client
/// has been told with these words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProtocolError {
    /// The number of arguments is none, or too large.
    #[error("ERR Protocol error: invalid multibulk length '{announced}', at most {max} arguments are allowed")]
    ArgumentCount {
        /// What was announced.
        announced: String,
        /// What is allowed.
        max: usize,
    },
    /// The length of an argument is none, or too large.
    #[error("ERR Protocol error: invalid bulk length '{announced}', at most {max} bytes are allowed")]
    ArgumentLength {
        /// What was announced.
        announced: String,
        /// What is allowed.
        max: usize,
    },
    /// The arguments are too long in sum.
    #[error("ERR Protocol error: the request is longer than {max} bytes")]
    RequestLength {
        /// What is allowed.
        max: usize,
    },
    /// Something else stands where an argument has to begin.
    #[error("ERR Protocol error: expected '$', got '{}'", .found.escape_ascii())]
    NotAnArgument {
        /// What stands there.
        found: u8,
    },
    /// An argument, or the line with its length, goes on where it has to end.
    #[error("ERR Protocol error: expected a carriage return and a line feed")]
    NotALineEnd,
    /// A line goes on for too long.
    #[error("ERR Protocol error: too big a line, at most {max} bytes are allowed")]
    LineLength {
        /// What is allowed.
        max: usize,
    },
    /// A web browser speaks, perhaps on behalf of a page that would like to reach a server on this machine.
    #[error("ERR Protocol error: this is not a web server")]
    Http,
}

/// Bytes that arrived from a client, and the requests in them.
#[derive(Debug)]
pub struct RequestBuffer {
    limits: Limits,
    bytes: BytesMut,
    /// How many of the bytes are known to have no line end among them.
    scanned: usize,
    partial: Option<Partial>,
    failure: Option<ProtocolError>,
}

/// A request of which some has arrived.
#[derive(Debug)]
struct Partial {
    arguments: Vec<Bytes>,
    missing: usize,
    /// The announced lengths, in sum.
    request_bytes: usize,
    /// The announced length of the argument that comes next.
    argument_bytes: Option<usize>,
}

impl RequestBuffer {
    /// An empty buffer.
    pub fn new(limits: Limits) -> RequestBuffer {
        RequestBuffer { limits, bytes: BytesMut::new(), scanned: 0, partial: None, failure: None }
    }

    /// Where to put what arrives: behind what is there. Call [`next`](RequestBuffer::next) until there is no request left
    /// before reading more; then the buffer stays as small as its limits say.
    pub fn bytes_mut(&mut self) -> &mut BytesMut {
        &mut self.bytes
    }

    /// The next request, or `None` if more has to arrive first. It has one argument at least. After an error there is nothing
    /// but the same error.
    #[expect(clippy::should_implement_trait, reason = "an iterator that has ended does not go on when more arrives")]
    pub fn next(&mut self) -> Result<Option<Vec<Bytes>>, ProtocolError> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        self.parse().inspect_err(|failure| {
            self.failure = Some(failure.clone());
            self.bytes = BytesMut::new();
            self.partial = None;
        })
    }

    fn parse(&mut self) -> Result<Option<Vec<Bytes>>, ProtocolError> {
        loop {
            let mut partial = match self.partial.take() {
                Some(partial) => partial,
                None => match self.bytes.first() {
                    None => return Ok(None),
                    Some(b'*') => match self.begin()? {
                        Some(partial) => partial,
                        None => return Ok(None),
                    },
                    Some(_) => match self.inline()? {
                        // An empty line asks for nothing, and gets no reply.
                        Some(words) if words.is_empty() => continue,
                        words => return Ok(words),
                    },
                },
            };
            while partial.missing > 0 {
                if !self.argument(&mut partial)? {
                    self.partial = Some(partial);
                    return Ok(None);
                }
            }
            if !partial.arguments.is_empty() {
                return Ok(Some(partial.arguments));
            }
        }
    }

    /// Takes the line that announces how many arguments there are, if it has arrived.
    fn begin(&mut self) -> Result<Option<Partial>, ProtocolError> {
        let Some(announced) = self.length_line()? else { return Ok(None) };
        let max = self.limits.arguments_max;
        // As Redis has it, a request with less than one argument is none.
        let missing = match parse_integer(&announced) {
            Some(..=0) => 0,
            Some(count) if count.unsigned_abs() <= max as u64 => count as usize,
            _ => return Err(ProtocolError::ArgumentCount { announced: announced.escape_ascii().to_string(), max }),
        };
        Ok(Some(Partial { arguments: Vec::with_capacity(missing), missing, request_bytes: 0, argument_bytes: None }))
    }

    /// Takes the next argument, if it has arrived.
    fn argument(&mut self, partial: &mut Partial) -> Result<bool, ProtocolError> {
        let length = match partial.argument_bytes {
            Some(length) => length,
            None => match self.argument_length(partial)? {
                Some(length) => length,
                None => return Ok(false),
            },
        };
        if self.bytes.len() < length + 2 {
            return Ok(false);
        }
        if self.bytes[length..length + 2] != *b"\r\n" {
            return Err(ProtocolError::NotALineEnd);
        }
        // This shares the buffer's memory. It may: an argument that is kept goes through the log, which copies it.
        partial.arguments.push(self.bytes.split_to(length).freeze());
        self.bytes.advance(2);
        partial.argument_bytes = None;
        partial.missing -= 1;
        Ok(true)
    }

    /// Takes the line that announces an argument's length, if it has arrived.
    fn argument_length(&mut self, partial: &mut Partial) -> Result<Option<usize>, ProtocolError> {
        match self.bytes.first() {
            None => return Ok(None),
            Some(b'$') => {}
            Some(found) => return Err(ProtocolError::NotAnArgument { found: *found }),
        }
        let Some(announced) = self.length_line()? else { return Ok(None) };
        let max = self.limits.argument_bytes_max;
        let length = match parse_integer(&announced) {
            Some(length @ 0..) if length.unsigned_abs() <= max as u64 => length as usize,
            _ => return Err(ProtocolError::ArgumentLength { announced: announced.escape_ascii().to_string(), max }),
        };
        partial.request_bytes += length;
        if partial.request_bytes > self.limits.request_bytes_max {
            return Err(ProtocolError::RequestLength { max: self.limits.request_bytes_max });
        }
        partial.argument_bytes = Some(length);
        Ok(Some(length))
    }

    /// Takes a line of words, if it has arrived.
    fn inline(&mut self) -> Result<Option<Vec<Bytes>>, ProtocolError> {
        let Some(line) = self.line(INLINE_BYTES_MAX)? else { return Ok(None) };
        let words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        let words: Vec<Bytes> = words.map(|word| line.slice_ref(word)).collect();
        // Otherwise the lines that follow, which a web page may choose, would be carried out. Redis does the same.
        if words.first().is_some_and(|word| word.eq_ignore_ascii_case(b"POST") || word.eq_ignore_ascii_case(b"Host:")) {
            return Err(ProtocolError::Http);
        }
        if words.len() > self.limits.arguments_max {
            let (announced, max) = (words.len().to_string(), self.limits.arguments_max);
            return Err(ProtocolError::ArgumentCount { announced, max });
        }
        Ok(Some(words))
    }

    /// Takes a line that begins with a mark and announces a number, without the mark.
    fn length_line(&mut self) -> Result<Option<Bytes>, ProtocolError> {
        let Some(line) = self.line(LENGTH_LINE_BYTES_MAX)? else { return Ok(None) };
        match line.strip_suffix(b"\r") {
            Some(line_without_end) => Ok(Some(line.slice_ref(&line_without_end[1..]))),
            None => Err(ProtocolError::NotALineEnd),
        }
    }

    /// Takes everything up to a line feed, without it.
    fn line(&mut self, max: usize) -> Result<Option<Bytes>, ProtocolError> {
        let end = self.bytes.len().min(max);
        match self.bytes[self.scanned..end].iter().position(|byte| *byte == b'\n') {
            Some(position) => {
                let line = self.bytes.split_to(self.scanned + position).freeze();
                self.bytes.advance(1);
                self.scanned = 0;
                Ok(Some(line))
            }
            None if end == max => Err(ProtocolError::LineLength { max }),
            None => {
                self.scanned = end;
                Ok(None)
            }
        }
    }
}

/// Appends a reply, in version 2 of the protocol.
pub fn write(reply: &Reply, out: &mut BytesMut) {
    match reply {
        Reply::Ok => out.extend_from_slice(b"+OK\r\n"),
        Reply::Nil => out.extend_from_slice(b"$-1\r\n"),
        Reply::NilArray => out.extend_from_slice(b"*-1\r\n"),
        Reply::Integer(number) => write_number(b':', *number, out),
        Reply::Bulk(bytes) => {
            write_number(b'$', bytes.len() as i64, out);
            out.extend_from_slice(bytes);
            out.extend_from_slice(b"\r\n");
        }
        Reply::Simple(line) => write_line(b'+', line, out),
        Reply::Error(line) => write_line(b'-', line, out),
        Reply::Array(replies) => {
            write_number(b'*', replies.len() as i64, out);
            replies.iter().for_each(|reply| write(reply, out));
        }
    }
}

fn write_number(mark: u8, number: i64, out: &mut BytesMut) {
    out.extend_from_slice(&[mark]);
    // A BytesMut grows as needed, so that this cannot fail.
    let _ = write!(out, "{number}\r\n");
}

fn write_line(mark: u8, line: &str, out: &mut BytesMut) {
    out.extend_from_slice(&[mark]);
    // A line end inside, perhaps from the client's own words, would begin another reply.
    out.extend(line.bytes().map(|byte| if matches!(byte, b'\r' | b'\n') { b' ' } else { byte }));
    out.extend_from_slice(b"\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LIMITS: Limits = Limits { argument_bytes_max: 100, request_bytes_max: 250, arguments_max: 5 };

    /// All requests in these pieces, and the error that ended them.
    fn requests<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (Vec<Vec<Bytes>>, Option<ProtocolError>) {
        let mut buffer = RequestBuffer::new(LIMITS);
        let mut requests = Vec::new();
        for piece in pieces {
            buffer.bytes_mut().extend_from_slice(piece);
            loop {
                match buffer.next() {
                    Ok(Some(request)) => requests.push(request),
                    Ok(None) => break,
                    Err(error) => {
                        buffer.bytes_mut().extend_from_slice(b"PING\r\n");
                        assert_eq!(buffer.next(), Err(error.clone()), "an error is the end");
                        return (requests, Some(error));
                    }
                }
            }
        }
        (requests, None)
    }

    /// The error in these bytes, which has to be found before anything that they announce has arrived.
    fn error(bytes: &[u8]) -> String {
        let (requests, error) = requests([bytes]);
        assert_eq!(requests, Vec::<Vec<Bytes>>::new());
        error.expect("an error").to_string()
    }

    fn words(words: &[&'static str]) -> Vec<Bytes> {
        words.iter().map(|word| Bytes::from(*word)).collect()
    }

    #[test]
    fn arrays_and_lines_are_requests() {
        let bytes = b"*2\r\n$3\r\nGET\r\n$4\r\na\r\nb\r\n  set k\t v \r\n\r\n\n*0\r\n*-1\r\nPING\n*1\r\n$0\r\n\r\n*1\r\n$4\r\nPI";
        let expected = [words(&["GET", "a\r\nb"]), words(&["set", "k", "v"]), words(&["PING"]), words(&[""])];
        assert_eq!(requests([&bytes[..]]), (expected.to_vec(), None));
    }

    #[test]
    fn lengths_are_refused_when_they_are_announced() {
        let rows: [(&[u8], &str); 14] = [
            (b"*6\r\n", "invalid multibulk length '6', at most 5"),
            (b"*9223372036854775807\r\n", "invalid multibulk length"),
            (b"*99999999999999999999\r\n", "invalid multibulk length"),
            (b"*x\r\n", "invalid multibulk length 'x'"),
            (b"*\r\n", "invalid multibulk length ''"),
            (b"*+1\r\n", "invalid multibulk length '+1'"),
            (b"*1\r\n$101\r\n", "invalid bulk length '101', at most 100"),
            (b"*1\r\n$-1\r\n", "invalid bulk length '-1'"),
            (b"*1\r\n$9223372036854775807\r\n", "invalid bulk length"),
            (b"*1\r\n$\xff\r\n", "invalid bulk length '\\xff'"),
            (b"*1\r\n:", "expected '$', got ':'"),
            (b"*1\r\n*", "expected '$', got '*'"),
            (b"a b c d e f\n", "invalid multibulk length '6'"),
            (b"*1\n", "expected a carriage return"),
        ];
        for (bytes, expected) in rows {
            let error = error(bytes);
            assert!(error.starts_with(&format!("ERR Protocol error: {expected}")), "{}: {error}", bytes.escape_ascii());
        }
    }

    #[test]
    fn sum_of_the_arguments_is_limited() {
        let argument = [&b"$100\r\n"[..], &[b'x'; 100], b"\r\n"].concat();
        let within = [b"*3\r\n", &argument[..], &argument, b"$50\r\n", &[b'x'; 50], b"\r\n"].concat();
        assert_eq!(requests([&within[..]]).0[0].len(), 3);
        let beyond = [b"*3\r\n", &argument[..], &argument, b"$51\r\n"].concat();
        assert!(error(&beyond).contains("the request is longer than 250 bytes"));
    }

    #[test]
    fn line_without_an_end_is_refused() {
        assert!(error(&[b'*'; LENGTH_LINE_BYTES_MAX]).contains("too big a line, at most 32"));
        assert!(error(&[b'x'; INLINE_BYTES_MAX]).contains("too big a line, at most 65536"));
        assert_eq!(requests([&[b'x'; INLINE_BYTES_MAX - 1][..]]), (vec![], None));
        assert!(error(b"*1\r\n$2\r\nabc\r\n").contains("expected a carriage return"));
    }

    #[test]
    fn web_browser_is_sent_away() {
        let (requests, error) = requests([&b"POST / HTTP/1.1\r\nHost: localhost\r\n\r\nSET k v\r\n"[..]]);
        assert_eq!((requests, error), (vec![], Some(ProtocolError::Http)));
    }

    #[test]
    fn replies_are_encoded() {
        let array = Reply::Array(vec![Reply::Integer(-7), Reply::Array(vec![]), Reply::Nil]);
        let rows = [
            (Reply::Ok, "+OK\r\n"),
            (Reply::Nil, "$-1\r\n"),
            (Reply::NilArray, "*-1\r\n"),
            (Reply::Integer(i64::MIN), ":-9223372036854775808\r\n"),
            (Reply::Bulk("a\r\n".into()), "$3\r\na\r\n\r\n"),
            (Reply::Bulk("".into()), "$0\r\n\r\n"),
            (Reply::Simple("PONG".into()), "+PONG\r\n"),
            (Reply::Error("MOVED 0 127.0.0.1:7001".into()), "-MOVED 0 127.0.0.1:7001\r\n"),
            (Reply::Error("ERR 'a\r\n+OK'".into()), "-ERR 'a  +OK'\r\n"),
            (array, "*3\r\n:-7\r\n*0\r\n$-1\r\n"),
        ];
        for (reply, expected) in rows {
            let mut out = BytesMut::from("before");
            write(&reply, &mut out);
            assert_eq!(out, format!("before{expected}"), "{reply:?}");
        }
    }

    /// A request as a client would send it: an array, or a line if its words allow.
    fn encoded(request: &[Vec<u8>], as_line: bool) -> Vec<u8> {
        if as_line && request.iter().all(|word| !word.is_empty() && word.iter().all(u8::is_ascii_alphanumeric)) {
            return [request.join(&b' '), b"\r\n".to_vec()].concat();
        }
        let mut bytes = format!("*{}\r\n", request.len()).into_bytes();
        for argument in request {
            bytes.extend(format!("${}\r\n", argument.len()).bytes());
            bytes.extend_from_slice(argument);
            bytes.extend(b"\r\n");
        }
        bytes
    }

    /// Cuts bytes into pieces of these lengths, over and over.
    fn pieces<'a>(mut bytes: &'a [u8], lengths: &[usize]) -> Vec<&'a [u8]> {
        let mut pieces = Vec::new();
        for length in lengths.iter().cycle() {
            if bytes.is_empty() {
                break;
            }
            let (piece, rest) = bytes.split_at((*length).min(bytes.len()));
            pieces.push(piece);
            bytes = rest;
        }
        pieces
    }

    proptest! {
        #[test]
        fn requests_are_the_same_in_whatever_pieces_they_arrive(
            sent in prop::collection::vec(
                (
                    prop::collection::vec(prop_oneof!["[a-z]{1,8}".prop_map(String::into_bytes), prop::collection::vec(any::<u8>(), 0..40)], 1..5),
                    any::<bool>(),
                ),
                0..8,
            ),
            lengths in prop::collection::vec(1..30usize, 1..6),
        ) {
            let bytes: Vec<u8> = sent.iter().flat_map(|(request, as_line)| encoded(request, *as_line)).collect();
            // `post` alone in a line would be taken for a browser, and four letters can be just that.
            prop_assume!(!sent.iter().any(|(request, _)| request[0] == b"post"));
            let expected: Vec<Vec<Bytes>> =
                sent.iter().map(|(request, _)| request.iter().map(|word| word.clone().into()).collect()).collect();
            prop_assert_eq!(requests([&bytes[..]]), (expected.clone(), None));
            prop_assert_eq!(requests(pieces(&bytes, &lengths)), (expected, None));
        }

        #[test]
        fn any_bytes_mean_the_same_in_any_pieces(
            bytes in prop_oneof![
                prop::collection::vec(any::<u8>(), 0..300),
                prop::collection::vec(prop::sample::select(b"*$-0123\r\nx ".to_vec()), 0..300),
                prop::collection::vec(prop::sample::select(vec!["*1\r\n", "*2\r\n", "$1\r\n", "$0\r\n", "x\r\n", "\r\n", "*", "\n", "$-1\r\n"]), 0..40)
                    .prop_map(|parts| parts.concat().into_bytes()),
            ],
            lengths in prop::collection::vec(1..20usize, 1..6),
        ) {
            let (whole, in_pieces) = (requests([&bytes[..]]), requests(pieces(&bytes, &lengths)));
            prop_assert_eq!(&whole, &in_pieces);
            prop_assert!(whole.0.iter().all(|request| (1..=LIMITS.arguments_max).contains(&request.len())));
        }
    }
}
