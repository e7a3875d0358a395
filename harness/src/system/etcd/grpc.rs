//! As much of gRPC as calls of etcd need: one message there, one back, over an HTTP/2 connection without encryption; and as much
//! of Protocol Buffers as its messages need.

use bytes::{BufMut, Bytes, BytesMut};
use h2::client::SendRequest;
use http::{HeaderMap, Method, Request, Uri, Version, header};
use std::{io, net::SocketAddr};
use tokio::{net::TcpStream, task::AbortHandle};

/// A message's frame: whether it is compressed, and its length.
const PREFIX_BYTES: usize = 5;

/// Why a call brought no answer.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The connection failed.
    #[error(transparent)]
    Http(#[from] h2::Error),
    /// The server answered with a status other than 0.
    #[error("gRPC status {code}: {message}")]
    Status {
        /// The status, as the server wrote it.
        code: String,
        /// Its explanation.
        message: String,
    },
    /// The answer is not a gRPC message.
    #[error("the answer is no gRPC message: {0}")]
    Garbled(&'static str),
}

/// An HTTP/2 connection to a server.
pub struct Channel {
    requests: SendRequest<Bytes>,
    authority: String,
    /// What moves the connection's bytes; it ends with the channel.
    connection: AbortHandle,
}

impl Channel {
    /// Connects. Must be called within a runtime.
    ///
    /// # Errors
    /// If nobody is there who speaks HTTP/2.
    pub async fn open(address: SocketAddr) -> io::Result<Channel> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (requests, connection) = h2::client::handshake(stream).await.map_err(io::Error::other)?;
        let connection = tokio::spawn(async move {
            // What went wrong is told to whoever waits for an answer.
            let _ = connection.await;
        });
        Ok(Channel { requests, authority: address.to_string(), connection: connection.abort_handle() })
    }

    /// Calls a method, named `/package.Service/Method`, with an encoded message, and waits for its answer.
    ///
    /// # Errors
    /// If there is no answer, or it is an error.
    pub async fn call(&mut self, method: &str, message: &[u8]) -> Result<Vec<u8>, CallError> {
        let uri = Uri::builder().scheme("http").authority(self.authority.as_str()).path_and_query(method).build();
        let uri = uri.map_err(|_| CallError::Garbled("the method has no proper name"))?;
        let mut request = Request::new(());
        *request.method_mut() = Method::POST;
        *request.version_mut() = Version::HTTP_2;
        *request.uri_mut() = uri;
        request.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/grpc"));
        request.headers_mut().insert(header::TE, header::HeaderValue::from_static("trailers"));

        ready(&mut self.requests).await?;
        let (response, mut body) = self.requests.send_request(request, false)?;
        let mut frame = BytesMut::with_capacity(PREFIX_BYTES + message.len());
        frame.put_u8(0);
        frame.put_u32(message.len() as u32);
        frame.put_slice(message);
        body.send_data(frame.freeze(), true)?;

        let (head, mut body) = response.await?.into_parts();
        let mut answer = Vec::new();
        while let Some(chunk) = body.data().await {
            let chunk = chunk?;
            body.flow_control().release_capacity(chunk.len())?;
            answer.extend_from_slice(&chunk);
        }
        // A server that has nothing but an error to say puts the status into the head.
        match body.trailers().await? {
            Some(trailers) => check_status(&trailers)?,
            None => check_status(&head.headers)?,
        }
        unframe(&mut answer)?;
        Ok(answer)
    }
}

impl Drop for Channel {
    fn drop(&mut self) {
        self.connection.abort();
    }
}

/// Waits until the connection takes one more request.
async fn ready(requests: &mut SendRequest<Bytes>) -> Result<(), h2::Error> {
    std::future::poll_fn(|context| requests.poll_ready(context)).await
}

fn check_status(headers: &HeaderMap) -> Result<(), CallError> {
    let text = |name| headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    match text("grpc-status") {
        Some(code) if code == "0" => Ok(()),
        Some(code) => Err(CallError::Status { code, message: text("grpc-message").unwrap_or_default() }),
        None => Err(CallError::Garbled("it has no status")),
    }
}

/// Takes the frame off a message.
fn unframe(answer: &mut Vec<u8>) -> Result<(), CallError> {
    let Some(&[compressed, a, b, c, d]) = answer.first_chunk::<PREFIX_BYTES>() else {
        return Err(CallError::Garbled("it is cut off"));
    };
    let length = u32::from_be_bytes([a, b, c, d]) as usize;
    if compressed != 0 || answer.len() != PREFIX_BYTES + length {
        return Err(CallError::Garbled("it is compressed, or not one message"));
    }
    answer.drain(..PREFIX_BYTES);
    Ok(())
}

/// The value of a field of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field<'a> {
    /// A number.
    Number(u64),
    /// Bytes, text, or a message in the message.
    Bytes(&'a [u8]),
}

/// A message's fields with their numbers, in the order in which they stand there. `None` stands for the place from which on it
/// is not understood.
pub fn fields(mut message: &[u8]) -> impl Iterator<Item = Option<(u64, Field<'_>)>> {
    std::iter::from_fn(move || {
        if message.is_empty() {
            return None;
        }
        let field = take_field(&mut message);
        if field.is_none() {
            message = &[];
        }
        Some(field)
    })
}

fn take_field<'a>(message: &mut &'a [u8]) -> Option<(u64, Field<'a>)> {
    let key = take_number(message)?;
    let field = match key & 7 {
        0 => Field::Number(take_number(message)?),
        2 => {
            let length = usize::try_from(take_number(message)?).ok()?;
            let (bytes, rest) = message.split_at_checked(length)?;
            *message = rest;
            Field::Bytes(bytes)
        }
        // etcd's messages have no fields of fixed length.
        _ => return None,
    };
    Some((key >> 3, field))
}

fn take_number(message: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = message.split_first()?;
        *message = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(number);
        }
    }
    None
}

/// Appends a field of bytes to a message.
pub fn put_bytes(message: &mut Vec<u8>, number: u64, bytes: &[u8]) {
    put_number(message, number << 3 | 2);
    put_number(message, bytes.len() as u64);
    message.extend_from_slice(bytes);
}

fn put_number(message: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        message.push(number as u8 | 0x80);
        number >>= 7;
    }
    message.push(number as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        for length in [0, 1, 127, 128, 300, 20_000] {
            let bytes = vec![7; length];
            let mut message = Vec::new();
            put_bytes(&mut message, 1, b"key");
            put_bytes(&mut message, 20, &bytes);
            let read: Option<Vec<_>> = fields(&message).collect();
            assert_eq!(read, Some(vec![(1, Field::Bytes(b"key")), (20, Field::Bytes(&bytes))]));
            let torn: Option<Vec<_>> = fields(&message[..message.len() - 1]).collect();
            assert_eq!(torn, None);
        }
    }

    #[test]
    fn a_frame_holds_exactly_one_message() {
        let frame = |bytes: &[u8]| {
            let mut bytes = bytes.to_vec();
            unframe(&mut bytes).map(|()| bytes).map_err(|error| error.to_string())
        };
        assert_eq!(frame(b"\0\0\0\0\x02hi"), Ok(b"hi".to_vec()));
        assert!(frame(b"\0\0\0\0\x02h").is_err());
        assert!(frame(b"\x01\0\0\0\x02hi").is_err());
        assert!(frame(b"\0\0").is_err());
    }
}
