//! The receiving end of all links.

use super::frame::{Frame, decode};
use bytes::BytesMut;
use std::future::Future;
use tokio::{
    io::AsyncReadExt,
    net::{TcpListener, TcpStream},
};

/// How many peer connections may be open: some for each member, since old ones linger until they are noticed.
const CONNECTIONS_MAX: usize = 256;

/// Accepts peers for ever, and passes on whatever they send. A peer that sends anything else is cut off.
pub async fn receive<F, D>(listener: TcpListener, deliver: D)
where
    D: Fn(Frame) -> F + Clone + Send + 'static,
    F: Future<Output = bool> + Send,
{
    let places = std::sync::Arc::new(tokio::sync::Semaphore::new(CONNECTIONS_MAX));
    loop {
        let Ok(place) = places.clone().acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, from)) => {
                let deliver = deliver.clone();
                tokio::spawn(async move {
                    if let Err(error) = read(stream, deliver).await {
                        tracing::warn!(%from, %error, "peer connection closed");
                    }
                    drop(place);
                });
            }
            Err(error) => {
                // Out of descriptors, most likely: it passes.
                tracing::warn!(%error, "cannot accept a peer");
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
        }
    }
}

async fn read<F, D>(mut stream: TcpStream, deliver: D) -> Result<(), Box<dyn std::error::Error + Send + Sync>>
where
    D: Fn(Frame) -> F,
    F: Future<Output = bool>,
{
    stream.set_nodelay(true)?;
    let mut buffer = BytesMut::with_capacity(64 << 10);
    loop {
        while let Some(frame) = decode(&mut buffer)? {
            if !deliver(frame).await {
                return Ok(());
            }
        }
        if stream.read_buf(&mut buffer).await? == 0 {
            return Ok(());
        }
    }
}
