//! The sending end of a link.

use super::frame::encode;
use crate::raft::{Message, NodeId};
use bytes::BytesMut;
use std::{net::SocketAddr, time::Duration};
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

/// Where messages to one peer are put.
#[derive(Clone, Debug)]
pub struct Sender(mpsc::Sender<Message>);

impl Sender {
    /// Starts a task that keeps a connection to the peer and sends on it.
    pub fn start(peer: NodeId, address: SocketAddr) -> Sender {
        let (sender, receiver) = mpsc::channel(QUEUE_MAX);
        tokio::spawn(keep_sending(peer, address, receiver));
        Sender(sender)
    }

    /// Sends a message, or drops it if too many are waiting.
    pub fn send(&self, message: Message) {
        // A full queue is a slow network, and a slow network may lose messages.
        let _ = self.0.try_send(message);
    }
}

async fn keep_sending(peer: NodeId, address: SocketAddr, mut queue: mpsc::Receiver<Message>) {
    let mut retry = RETRY_MIN;
    loop {
        match TcpStream::connect(address).await {
            Ok(stream) => {
                retry = RETRY_MIN;
                tracing::debug!(%peer, %address, "connected");
                match send_all(stream, &mut queue).await {
                    Ok(()) => return,
                    Err(error) => tracing::debug!(%peer, %address, %error, "connection lost"),
                }
            }
            Err(error) => tracing::debug!(%peer, %address, %error, "no connection"),
        }
        // What waited for the connection is old by now.
        while queue.try_recv().is_ok() {}
        sleep(retry).await;
        retry = (retry * 2).min(RETRY_MAX);
        while queue.try_recv().is_ok() {}
        if queue.is_closed() {
            return;
        }
    }
}

/// Sends until the queue ends or the connection does.
async fn send_all(mut stream: TcpStream, queue: &mut mpsc::Receiver<Message>) -> std::io::Result<()> {
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
        while buffer.len() < WRITE_BYTES {
            let Ok(message) = queue.try_recv() else { break };
            encode(&message, &mut buffer);
        }
        writer.write_all(&buffer).await?;
        buffer.clear();
    }
}
