//! The sending end of a link.

use super::frame::encode;
use crate::raft::{Message, NodeId};
use bytes::BytesMut;
use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::mpsc,
    time::sleep,
};

/// How many messages may wait for a slow peer; more are dropped.
const QUEUE_MAX: usize = 4096;
/// How many bytes go out in one write, about.
const WRITE_BYTES: usize = 256 << 10;
const RETRY_MIN: Duration = Duration::from_millis(10);
const RETRY_MAX: Duration = Duration::from_millis(100);

/// What became of the messages to a peer.
#[derive(Debug, Default)]
pub struct LinkCounts {
    connected: AtomicU64,
    sent: AtomicU64,
    dropped: AtomicU64,
    bytes: AtomicU64,
}

impl LinkCounts {
    /// 1 while there is a connection, and 0 while there is none.
    pub fn connected(&self) -> u64 {
        self.connected.load(Ordering::Relaxed)
    }

    /// How many were handed to the network.
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// How many were not: too many waited, or there was no connection.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// How many bytes were handed to the network.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }
}

/// Where messages to one peer are put.
#[derive(Clone, Debug)]
pub struct Sender {
    queue: mpsc::Sender<Message>,
    counts: Arc<LinkCounts>,
}

impl Sender {
    /// Starts a task that keeps a connection to the peer and sends on it.
    pub fn start(peer: NodeId, address: SocketAddr, counts: Arc<LinkCounts>) -> Sender {
        let (queue, receiver) = mpsc::channel(QUEUE_MAX);
        tokio::spawn(keep_sending(peer, address, receiver, counts.clone()));
        Sender { queue, counts }
    }

    /// Sends a message, or drops it if too many are waiting.
    pub fn send(&self, message: Message) {
        // A full queue is a slow network, and a slow network may lose messages.
        if self.queue.try_send(message).is_err() {
            self.counts.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

async fn keep_sending(peer: NodeId, address: SocketAddr, mut queue: mpsc::Receiver<Message>, counts: Arc<LinkCounts>) {
    let drop_waiting = |queue: &mut mpsc::Receiver<Message>| {
        let dropped = std::iter::from_fn(|| queue.try_recv().ok()).count() as u64;
        counts.dropped.fetch_add(dropped, Ordering::Relaxed);
    };
    let mut retry = RETRY_MIN;
    loop {
        match TcpStream::connect(address).await {
            Ok(stream) => {
                retry = RETRY_MIN;
                tracing::debug!(%peer, %address, "connected");
                counts.connected.store(1, Ordering::Relaxed);
                let ended = send_all(stream, &mut queue, &counts).await;
                counts.connected.store(0, Ordering::Relaxed);
                match ended {
                    Ok(()) => return,
                    Err(error) => tracing::debug!(%peer, %address, %error, "connection lost"),
                }
            }
            Err(error) => tracing::debug!(%peer, %address, %error, "no connection"),
        }
        // What waited for the connection is old by now.
        drop_waiting(&mut queue);
        sleep(retry).await;
        retry = (retry * 2).min(RETRY_MAX);
        drop_waiting(&mut queue);
        if queue.is_closed() {
            return;
        }
    }
}

/// Sends until the queue ends or the connection does.
async fn send_all(
    mut stream: TcpStream,
    queue: &mut mpsc::Receiver<Message>,
    counts: &LinkCounts,
) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let (mut reader, mut writer) = stream.split();
    let mut buffer = BytesMut::new();
    let mut nothing = [0; 1];
    loop {
        // Nobody answers on this connection, so that a read ends only when the peer is gone. To learn that at once, and not from
        // the second write after it, saves the messages in between.
        let message = tokio::select! {
            message = queue.recv() => message,
            read = reader.read(&mut nothing) => {
                return Err(read.err().unwrap_or_else(|| std::io::ErrorKind::UnexpectedEof.into()));
            }
        };
        let Some(message) = message else { return Ok(()) };
        encode(&message, &mut buffer);
        let mut messages = 1;
        while buffer.len() < WRITE_BYTES {
            let Ok(message) = queue.try_recv() else { break };
            encode(&message, &mut buffer);
            messages += 1;
        }
        let written = writer.write_all(&buffer).await;
        if written.is_err() {
            counts.dropped.fetch_add(messages, Ordering::Relaxed);
            return written;
        }
        counts.sent.fetch_add(messages, Ordering::Relaxed);
        counts.bytes.fetch_add(buffer.len() as u64, Ordering::Relaxed);
        buffer.clear();
    }
}
