//! One connection through a proxy. A message is forwarded when it has arrived whole and the link is not cut at that moment;
//! so the receiver gets whole messages or none, and a message that was late does not slip through a cut.

use super::{frame::Frames, proxy::Proxy};
use bytes::{Buf, BytesMut};
use std::{future::pending, io, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    io::AsyncReadExt,
    net::TcpStream,
    sync::watch,
    time::{error::Elapsed, timeout},
};

/// How much to read at a time, at least.
const READ_BYTES: usize = 64 << 10;
/// A buffer that one long message made larger than this is let go afterwards.
const BUFFER_BYTES_KEPT: usize = 1 << 20;
/// On loopback a connection is there at once, or refused at once, unless a stopped receiver's queue is full.
const DIAL_TIMEOUT: Duration = Duration::from_secs(1);

/// Why a connection through the proxy ends. Both sides of it are closed in every case.
#[derive(Debug, PartialEq, Eq)]
enum End {
    /// The sender closed it.
    Source,
    /// The receiver is down; the sender is to learn it as it would from the receiver's kernel.
    Target,
    /// A cut met a write that could not go on. What the kernel still holds must not arrive later.
    Reset,
    /// What arrives are no frames of ours.
    Malformed,
}

/// Relays until one of the two sides ends.
pub(super) async fn run(proxy: Arc<Proxy>, source: TcpStream) {
    let cuts = proxy.cuts.subscribe();
    let mut relay = Relay {
        proxy,
        source,
        target: None,
        cuts,
        buffer: BytesMut::with_capacity(READ_BYTES),
        frames: Frames::default(),
    };
    let end = relay.relay().await;
    match end {
        End::Source | End::Target => {}
        End::Malformed => relay.proxy.counters.malformed(),
        End::Reset => {
            relay.proxy.counters.reset();
            // With a linger of zero, closing throws away what was not sent yet and tells the other side at once.
            for stream in relay.target.iter().chain([&relay.source]) {
                stream.set_zero_linger().ok();
            }
        }
    }
}

struct Relay {
    proxy: Arc<Proxy>,
    source: TcpStream,
    /// Dialled when there is something to forward: nobody is disturbed for a connection that carries nothing.
    target: Option<TcpStream>,
    cuts: watch::Receiver<u32>,
    /// What was read and not yet disposed of: at most a message and a read.
    buffer: BytesMut,
    frames: Frames,
}

impl Relay {
    async fn relay(&mut self) -> End {
        self.source.set_nodelay(true).ok();
        loop {
            self.buffer.reserve(READ_BYTES);
            tokio::select! {
                read = self.source.read_buf(&mut self.buffer) => match read {
                    Ok(0) | Err(_) => return End::Source,
                    Ok(_) => {}
                },
                () = closed(self.target.as_mut()) => {
                    self.target = None;
                    // The news of the receiver's end does not cross a cut either.
                    if self.is_cut() { continue } else { return End::Target }
                }
            }
            self.frames.scan(&self.buffer);
            if let Err(end) = self.deliver().await {
                return end;
            }
            if self.frames.malformed {
                return End::Malformed;
            }
            self.buffer.advance(self.frames.bytes());
            if self.buffer.is_empty() && self.buffer.capacity() > BUFFER_BYTES_KEPT {
                self.buffer = BytesMut::with_capacity(READ_BYTES);
            }
        }
    }

    /// Disposes of the complete frames in the buffer: forwards them, or drops them from the moment the link is cut.
    async fn deliver(&mut self) -> Result<(), End> {
        if self.frames.ends.is_empty() {
            return Ok(());
        }
        if self.target.is_none() && !self.is_cut() {
            match self.dial().await {
                Ok(target) => self.target = target,
                Err(_) => {
                    self.proxy.counters.undeliverable(self.frames.ends.len());
                    return Err(End::Target);
                }
            }
        }
        let mut written = 0;
        let result = self.write(&mut written).await;

        let forwarded = self.frames.ends.partition_point(|end| *end <= written);
        let bytes_forwarded = forwarded.checked_sub(1).map_or(0, |last| self.frames.ends[last]);
        let lost = self.frames.ends.len() - forwarded;
        self.proxy.counters.forwarded(forwarded, bytes_forwarded);
        match result {
            Err(End::Target) => self.proxy.counters.undeliverable(lost),
            _ => self.proxy.counters.dropped(lost, self.frames.bytes() - bytes_forwarded),
        }
        result
    }

    /// Connects to the receiver. `None`: the link was cut meanwhile.
    async fn dial(&mut self) -> io::Result<Option<TcpStream>> {
        let address: Option<SocketAddr> = *self.proxy.target.lock().expect("no panic while a target is set");
        let address = address.ok_or(io::ErrorKind::AddrNotAvailable)?;
        tokio::select! {
            biased;
            () = cut(&mut self.cuts) => Ok(None),
            stream = timeout(DIAL_TIMEOUT, TcpStream::connect(address)) => {
                let stream = stream.map_err(|_: Elapsed| io::ErrorKind::TimedOut)??;
                stream.set_nodelay(true)?;
                Ok(Some(stream))
            }
        }
    }

    /// Writes the complete frames, as many at a time as the kernel takes, for as long as the link is not cut. A frame that
    /// was begun when the cut came is completed if the kernel takes it at once; a write that is blocked then is given up.
    async fn write(&mut self, written: &mut usize) -> Result<(), End> {
        let Some(target) = &self.target else { return Ok(()) };
        let total = self.frames.bytes();
        while *written < total {
            let is_cut = *self.cuts.borrow() > 0;
            let limit = if is_cut { frame_in_progress(&self.frames.ends, *written) } else { total };
            if limit == *written {
                return Ok(());
            }
            match target.try_write(&self.buffer[*written..limit]) {
                Ok(0) => return Err(End::Target),
                Ok(count) => *written += count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    tokio::select! {
                        biased;
                        () = cut(&mut self.cuts) => return Err(End::Reset),
                        writable = target.writable() => writable.map_err(|_| End::Target)?,
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return Err(End::Target),
            }
        }
        Ok(())
    }

    fn is_cut(&self) -> bool {
        *self.cuts.borrow() > 0
    }
}

/// The end of the frame of which a part is written; `written` itself if it is the end of a frame.
fn frame_in_progress(ends: &[usize], written: usize) -> usize {
    if written == 0 { 0 } else { ends[ends.partition_point(|end| *end < written)] }
}

/// Waits until the link is cut.
async fn cut(cuts: &mut watch::Receiver<u32>) {
    // The sender lives in the proxy, which this connection keeps alive.
    let _ = cuts.wait_for(|cuts| *cuts > 0).await;
}

/// Waits until the receiver closes. It has nothing to say on this connection; if it does, nobody listens.
async fn closed(target: Option<&mut TcpStream>) {
    let Some(target) = target else { return pending().await };
    let mut scratch = [0; 512];
    while let Ok(1..) = target.read(&mut scratch).await {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_lets_no_further_frame_begin() {
        let ends = [10, 20, 30];
        assert_eq!(frame_in_progress(&ends, 0), 0);
        assert_eq!(frame_in_progress(&ends, 1), 10);
        assert_eq!(frame_in_progress(&ends, 10), 10);
        assert_eq!(frame_in_progress(&ends, 29), 30);
        assert_eq!(frame_in_progress(&ends, 30), 30);
    }
}
