//! The receiving end of all links.

use super::{
    frame::{decode, encode},
    passport::{OwnStamp, Refusal, Stamp},
};
use crate::raft::{Message, NodeId};
use bytes::BytesMut;
use std::{future::Future, io, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::timeout,
};

/// How many peer connections may be open: some for each member, since old ones linger until they are noticed.
const CONNECTIONS_MAX: usize = 256;
/// How long a sender that is refused has to hear of it.
const REFUSAL_TIMEOUT: Duration = Duration::from_secs(1);

/// What becomes of a message, and of its connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It was taken, and so may be the next.
    Taken,
    /// It was not, and the sender is to know why.
    Refused(Refusal),
    /// It was not, and no other will be.
    End,
}

/// Accepts peers for ever, and passes on whatever messages they send. A peer that sends anything else is cut off.
pub async fn receive<F, D>(listener: TcpListener, own: Arc<OwnStamp>, deliver: D)
where
    D: Fn(Stamp, Message) -> F + Clone + Send + 'static,
    F: Future<Output = Verdict> + Send,
{
    let places = Arc::new(tokio::sync::Semaphore::new(CONNECTIONS_MAX));
    loop {
        let Ok(place) = places.clone().acquire_owned().await else { return };
        match listener.accept().await {
            Ok((mut stream, from)) => {
                let (own, deliver) = (own.clone(), deliver.clone());
                tokio::spawn(async move {
                    match read(&mut stream, deliver).await {
                        Ok(None) => {}
                        Ok(Some((peer, refusal))) => {
                            tracing::warn!(%from, %peer, reason = %refusal.reason, "peer refused");
                            let _ = timeout(REFUSAL_TIMEOUT, refuse(&mut stream, own.get(), &refusal)).await;
                        }
                        Err(error) => tracing::warn!(%from, %error, "peer connection closed"),
                    }
                    drop(place);
                });
            }
            Err(error) => {
                // Out of descriptors, most likely: it passes.
                tracing::warn!(%error, "cannot accept a peer");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

/// Reads until the end, or until a message is refused: then it says whose.
async fn read<F, D>(
    stream: &mut TcpStream,
    deliver: D,
) -> Result<Option<(NodeId, Refusal)>, Box<dyn std::error::Error + Send + Sync>>
where
    D: Fn(Stamp, Message) -> F,
    F: Future<Output = Verdict>,
{
    stream.set_nodelay(true)?;
    let mut buffer = BytesMut::with_capacity(64 << 10);
    loop {
        while let Some((stamp, message)) = decode::<Message>(&mut buffer)? {
            let peer = message.from;
            match deliver(stamp, message).await {
                Verdict::Taken => {}
                Verdict::Refused(refusal) => return Ok(Some((peer, refusal))),
                Verdict::End => return Ok(None),
            }
        }
        if stream.read_buf(&mut buffer).await? == 0 {
            return Ok(None);
        }
    }
}

/// Tells the sender, and waits until it has gone: were the connection closed while more of its messages arrive, the system would
/// reset it, and the refusal might be lost.
async fn refuse(stream: &mut TcpStream, own: Stamp, refusal: &Refusal) -> io::Result<()> {
    let mut frame = BytesMut::new();
    encode(own, refusal, &mut frame);
    stream.write_all(&frame).await?;
    stream.shutdown().await?;
    let mut rest = vec![0; 64 << 10];
    while stream.read(&mut rest).await? > 0 {}
    Ok(())
}
