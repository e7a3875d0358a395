//! What waits to be sent to a client.
//!
//! Some clients send all of a long pipeline before they read the first reply. If their requests were left lying for that, both
//! sides would wait for ever; so replies may wait, up to a limit. Beyond it nothing more is done for the client until it has
//! taken some, and one that takes none is cut off: it has stopped reading, and what it holds is memory of this node.

use super::resp;
use crate::kv::Reply;
use bytes::{Buf, BytesMut};
use std::{io, time::Duration};
use tokio::{io::AsyncWriteExt, net::tcp::WriteHalf, time::timeout};

/// Replies are put together up to this length before they are offered to the network.
const SEND_BYTES: usize = 64 << 10;
/// What an empty buffer may keep, so that one large reply does not hold its memory for as long as the client is there.
const BUFFER_BYTES_KEPT: usize = 1 << 20;

/// How much may wait for a client, and for how long.
#[derive(Clone, Copy, Debug)]
pub struct OutputLimits {
    /// How many bytes, not counting a single reply that is longer.
    pub bytes_max: usize,
    /// For how long a client may take nothing while it has to.
    pub patience: Duration,
}

/// Why a client's connection ended early.
#[derive(Debug, thiserror::Error)]
pub enum Closed {
    /// The connection was lost.
    #[error(transparent)]
    Lost(#[from] io::Error),
    /// The client does not read.
    #[error("it does not read its replies, of which {waiting} bytes wait")]
    NotReading {
        /// How many.
        waiting: usize,
    },
}

/// The replies to a client, in order.
pub struct Output<'a> {
    writer: WriteHalf<'a>,
    waiting: BytesMut,
    limits: OutputLimits,
}

impl<'a> Output<'a> {
    /// An empty one.
    pub fn new(writer: WriteHalf<'a>, limits: OutputLimits) -> Output<'a> {
        Output { writer, waiting: BytesMut::new(), limits }
    }

    /// Adds a reply. It returns at once, unless too much is waiting.
    pub async fn add(&mut self, reply: &Reply) -> Result<(), Closed> {
        if self.waiting.len() >= SEND_BYTES {
            self.send()?;
            self.wait_until_at_most(self.limits.bytes_max).await?;
        }
        resp::write(reply, &mut self.waiting);
        Ok(())
    }

    /// Whether everything is with the client, or on its way.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Sends what the network takes without waiting.
    pub fn send(&mut self) -> io::Result<()> {
        while !self.waiting.is_empty() {
            match self.writer.try_write(&self.waiting) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(sent) => self.waiting.advance(sent),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        self.waiting.clear();
        if self.waiting.capacity() > BUFFER_BYTES_KEPT {
            self.waiting = BytesMut::new();
        }
        Ok(())
    }

    /// Waits until the network takes something, and sends it. May be dropped at any time.
    pub async fn send_some(&mut self) -> io::Result<()> {
        self.writer.writable().await?;
        self.send()
    }

    /// Sends everything, and that nothing will follow.
    pub async fn end(mut self) -> Result<(), Closed> {
        self.wait_until_at_most(0).await?;
        Ok(self.writer.shutdown().await?)
    }

    async fn wait_until_at_most(&mut self, bytes: usize) -> Result<(), Closed> {
        while self.waiting.len() > bytes {
            match timeout(self.limits.patience, self.send_some()).await {
                Ok(sent) => sent?,
                Err(_) => return Err(Closed::NotReading { waiting: self.waiting.len() }),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::{
        io::AsyncReadExt,
        net::{TcpListener, TcpStream},
    };

    const REPLY_BYTES: usize = 1 << 20;
    const LIMITS: OutputLimits = OutputLimits { bytes_max: 2 << 20, patience: Duration::from_millis(50) };

    /// Both ends of a connection: the client's first.
    async fn connection() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        (client, listener.accept().await.unwrap().0)
    }

    fn reply(number: u8) -> Reply {
        Reply::Bulk(vec![number; REPLY_BYTES].into())
    }

    #[tokio::test]
    async fn client_that_does_not_read_is_cut_off_when_too_much_waits() {
        let (_client, mut server) = connection().await;
        let (_, writer) = server.split();
        let mut output = Output::new(writer, LIMITS);
        let mut waiting_most = 0;
        let closed = loop {
            waiting_most = waiting_most.max(output.waiting.len());
            if let Err(closed) = output.add(&reply(1)).await {
                break closed;
            }
        };
        assert!(matches!(closed, Closed::NotReading { waiting } if waiting > LIMITS.bytes_max), "{closed}");
        // One reply may come on top of the limit, and so may its announcement.
        assert!(waiting_most <= LIMITS.bytes_max + REPLY_BYTES + 20, "{waiting_most}");
    }

    #[tokio::test]
    async fn client_that_reads_gets_any_amount_in_order() {
        let (mut client, mut server) = connection().await;
        let serve = async {
            let (_, writer) = server.split();
            // Patience plays no part: a busy machine may keep a good client waiting.
            let mut output = Output::new(writer, OutputLimits { patience: Duration::from_secs(60), ..LIMITS });
            for number in 0..32 {
                output.add(&reply(number)).await.unwrap();
            }
            output.end().await.unwrap();
        };
        let mut received = Vec::new();
        let (_, read) = tokio::join!(serve, client.read_to_end(&mut received));
        read.unwrap();
        let expected: Vec<u8> = (0..32)
            .flat_map(|number| [format!("${REPLY_BYTES}\r\n").as_bytes(), &vec![number; REPLY_BYTES], b"\r\n"].concat())
            .collect();
        assert!(received == expected, "{} bytes, not {}", received.len(), expected.len());
    }
}
