//! A client's connection: it asks, waits for the answer, and is made to cost little.

use super::{CallError, Target};
use crate::{
    client::{Reply, ReplyReader},
    system::etcd::grpc::{Channel, put_bytes},
};
use serde::Serialize;
use std::{fmt, io, io::Write as _, net::SocketAddr};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Digits of a key's number: all keys have the same length.
const KEY_DIGITS: usize = 8;
const READ_BYTES: usize = 4096;

/// What a client asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Operation {
    /// Write a value.
    Put,
    /// Read a value that is the latest at some moment of the call.
    Get,
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Operation::Put => "put",
            Operation::Get => "get",
        })
    }
}

/// A connection to one node of a system.
pub enum Connection {
    /// Of ours, in the Redis protocol.
    Raft(RaftConnection),
    /// Of etcd: a gRPC channel of its own for each client, as etcd's own benchmark has with as many `--conns` as `--clients`.
    Etcd(EtcdConnection),
}

impl Connection {
    /// Connects to a node. Every put will write this value.
    ///
    /// # Errors
    /// If that fails.
    pub async fn open(target: Target, address: SocketAddr, value: &[u8]) -> io::Result<Connection> {
        Ok(match target {
            Target::Raft => Connection::Raft(RaftConnection::open(address, value).await?),
            Target::Etcd => Connection::Etcd(EtcdConnection::open(address, value).await?),
        })
    }

    /// Connects to a node that is to serve reads itself, whether it leads or not.
    ///
    /// # Errors
    /// If that fails.
    pub async fn open_for_reads(target: Target, address: SocketAddr) -> Result<Connection, CallError> {
        let mut connection = Connection::open(target, address, b"").await?;
        if let Connection::Raft(connection) = &mut connection {
            connection.ask(b"READONLY LINEARIZABLE\r\n").await?;
        }
        Ok(connection)
    }

    /// Asks, and waits for the answer.
    ///
    /// # Errors
    /// If the answer is not that it was done. After anything but [`CallError::Moved`] and [`CallError::Refused`] the connection is
    /// of no more use.
    pub async fn call(&mut self, operation: Operation, key: u32) -> Result<(), CallError> {
        match self {
            Connection::Raft(connection) => connection.call(operation, key).await,
            Connection::Etcd(connection) => connection.call(operation, key).await,
        }
    }
}

/// See [`Connection::Raft`].
pub struct RaftConnection {
    stream: TcpStream,
    put: Request,
    get: Request,
    reader: ReplyReader,
    bytes: Box<[u8]>,
}

/// A request that is encoded once; only the digits of the key change.
struct Request {
    bytes: Vec<u8>,
    digits_at: usize,
}

impl Request {
    fn new(before_digits: &str, after_digits: &[u8]) -> Request {
        let mut bytes = before_digits.as_bytes().to_vec();
        let digits_at = bytes.len();
        bytes.extend_from_slice(&[b'0'; KEY_DIGITS]);
        bytes.extend_from_slice(after_digits);
        Request { bytes, digits_at }
    }

    fn of(&mut self, key: u32) -> &[u8] {
        write_digits(&mut self.bytes[self.digits_at..][..KEY_DIGITS], key);
        &self.bytes
    }
}

fn write_digits(mut place: &mut [u8], key: u32) {
    // The place is as long as what is written; keys have fewer digits than that.
    let _ = write!(place, "{:0width$}", key, width = KEY_DIGITS);
}

impl RaftConnection {
    async fn open(address: SocketAddr, value: &[u8]) -> io::Result<RaftConnection> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let key_length = KEY_DIGITS + 1;
        let value = [format!("\r\n${}\r\n", value.len()).as_bytes(), value, b"\r\n"].concat();
        Ok(RaftConnection {
            stream,
            put: Request::new(&format!("*3\r\n$3\r\nSET\r\n${key_length}\r\nk"), &value),
            get: Request::new(&format!("*2\r\n$3\r\nGET\r\n${key_length}\r\nk"), b"\r\n"),
            reader: ReplyReader::default(),
            bytes: vec![0; READ_BYTES].into_boxed_slice(),
        })
    }

    async fn call(&mut self, operation: Operation, key: u32) -> Result<(), CallError> {
        let request = match operation {
            Operation::Put => self.put.of(key),
            Operation::Get => self.get.of(key),
        };
        match exchange(&mut self.stream, &mut self.reader, &mut self.bytes, request).await? {
            Reply::Nil => Err(CallError::Refused(format!("key {key} is gone"))),
            _ => Ok(()),
        }
    }

    async fn ask(&mut self, request: &[u8]) -> Result<Reply, CallError> {
        exchange(&mut self.stream, &mut self.reader, &mut self.bytes, request).await
    }
}

/// Sends a request and waits for its reply, which is no error.
async fn exchange(
    stream: &mut TcpStream,
    reader: &mut ReplyReader,
    bytes: &mut [u8],
    request: &[u8],
) -> Result<Reply, CallError> {
    stream.write_all(request).await?;
    loop {
        match reader.take()? {
            None => {}
            Some(Reply::Error(error)) => {
                let moved = error.moved_to().and_then(|to| to.parse().ok());
                return Err(moved.map_or_else(|| CallError::Refused(error.to_string()), CallError::Moved));
            }
            Some(reply) => return Ok(reply),
        }
        match stream.read(bytes).await? {
            0 => return Err(CallError::Connection(io::ErrorKind::UnexpectedEof.into())),
            count => reader.push(&bytes[..count]),
        }
    }
}

/// See [`Connection::Etcd`].
pub struct EtcdConnection {
    channel: Channel,
    key: Vec<u8>,
    value: Vec<u8>,
    message: Vec<u8>,
}

impl EtcdConnection {
    async fn open(address: SocketAddr, value: &[u8]) -> io::Result<EtcdConnection> {
        let channel = Channel::open(address).await?;
        let key = [b"k", &[b'0'; KEY_DIGITS][..]].concat();
        Ok(EtcdConnection { channel, key, value: value.to_vec(), message: Vec::new() })
    }

    async fn call(&mut self, operation: Operation, key: u32) -> Result<(), CallError> {
        write_digits(&mut self.key[1..], key);
        self.message.clear();
        // PutRequest and RangeRequest both begin with the key. A range of one key is linearizable unless it says that it is not.
        put_bytes(&mut self.message, 1, &self.key);
        let method = match operation {
            Operation::Put => {
                put_bytes(&mut self.message, 2, &self.value);
                "/etcdserverpb.KV/Put"
            }
            Operation::Get => "/etcdserverpb.KV/Range",
        };
        let answer = self.channel.call(method, &self.message).await?;
        if operation == Operation::Get && answer.len() < self.value.len() {
            return Err(CallError::Refused(format!("key {key} is gone")));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_changes_only_in_the_digits_of_its_key() {
        let mut request = Request::new("GET k", b"\r\n");
        assert_eq!(request.of(42), b"GET k00000042\r\n");
        assert_eq!(request.of(99_999_999), b"GET k99999999\r\n");
        assert_eq!(request.of(0), b"GET k00000000\r\n");
    }
}
