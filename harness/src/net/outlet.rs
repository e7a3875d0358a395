//! The receiver's side of a connection through a proxy.

use super::proxy::{LinkState, Proxy};
use std::{future::pending, io, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    io::AsyncReadExt,
    net::TcpStream,
    sync::watch,
    time::{error::Elapsed, timeout},
};

/// On loopback a connection is there at once, or refused at once, unless a stopped receiver's queue is full.
const DIAL_TIMEOUT: Duration = Duration::from_secs(1);

/// More than a receiver has to say that does not take what it gets.
const ANSWER_BYTES_MAX: usize = 1 << 10;

/// Why a connection through the proxy ends. Both sides of it are closed in every case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The sender closed it.
    Source,
    /// The receiver is down; the sender is to learn it as it would from the receiver's kernel.
    Target,
    /// It is to be reset; or a cut met a write that could not go on: what the kernel still holds must not arrive later.
    Reset,
    /// What arrives are no frames of ours.
    Malformed,
}

/// Where frames are handed on.
pub(super) struct Outlet {
    proxy: Arc<Proxy>,
    /// Dialled when there is something to forward: nobody is disturbed for a connection that carries nothing.
    stream: Option<TcpStream>,
    state: watch::Receiver<LinkState>,
    /// How often the link had been reset when this connection began.
    resets: u64,
    /// What the receiver said on this connection.
    answer: Vec<u8>,
}

impl Outlet {
    pub fn new(proxy: Arc<Proxy>) -> Outlet {
        let state = proxy.state.subscribe();
        let resets = state.borrow().resets;
        Outlet { proxy, stream: None, state, resets, answer: Vec::new() }
    }

    /// Disposes of some frames, of which it is told where each one ends: forwards them, or drops them from the moment the link
    /// is cut. Returns how many were forwarded.
    pub async fn deliver(&mut self, bytes: &[u8], ends: &[usize]) -> Result<usize, End> {
        if ends.is_empty() {
            return Ok(0);
        }
        if self.stream.is_none() && !self.is_cut() {
            match self.dial().await {
                Ok(stream) => self.stream = stream,
                Err(_) => {
                    self.proxy.counters.undeliverable(ends.len());
                    return Err(End::Target);
                }
            }
        }
        let mut written = 0;
        let result = self.write(bytes, ends, &mut written).await;

        let forwarded = ends.partition_point(|end| *end <= written);
        let bytes_forwarded = forwarded.checked_sub(1).map_or(0, |last| ends[last]);
        let lost = ends.len() - forwarded;
        self.proxy.counters.forwarded(forwarded, bytes_forwarded);
        match result {
            Err(End::Target) => self.proxy.counters.undeliverable(lost),
            _ => self.proxy.counters.dropped(lost, bytes.len() - bytes_forwarded),
        }
        result.map(|()| forwarded)
    }

    /// Waits until the receiver closes. It has nothing to say on this connection but why.
    pub async fn closed(&mut self) {
        let Some(stream) = &mut self.stream else { return pending().await };
        let mut scratch = [0; 512];
        while let Ok(count @ 1..) = stream.read(&mut scratch).await {
            let room = ANSWER_BYTES_MAX - self.answer.len();
            self.answer.extend_from_slice(&scratch[..count.min(room)]);
        }
        self.stream = None;
    }

    /// Takes what the receiver said before it closed.
    pub fn take_answer(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.answer)
    }

    /// Throws away what was not sent yet, where there is a connection, and tells the receiver so at once.
    pub fn reset(&mut self) {
        self.stream.take().inspect(reset_on_close);
    }

    pub fn is_cut(&self) -> bool {
        self.state.borrow().cuts > 0
    }

    /// Whether this connection is to be reset.
    pub fn is_reset(&self) -> bool {
        self.state.borrow().resets != self.resets
    }

    /// Connects to the receiver. `None`: the link was cut, or reset, meanwhile.
    async fn dial(&mut self) -> io::Result<Option<TcpStream>> {
        let address: Option<SocketAddr> = *self.proxy.target.lock().expect("no panic while a target is set");
        let address = address.ok_or(io::ErrorKind::AddrNotAvailable)?;
        tokio::select! {
            biased;
            () = cut(&mut self.state, self.resets) => Ok(None),
            stream = timeout(DIAL_TIMEOUT, TcpStream::connect(address)) => {
                let stream = stream.map_err(|_: Elapsed| io::ErrorKind::TimedOut)??;
                stream.set_nodelay(true)?;
                Ok(Some(stream))
            }
        }
    }

    /// Writes the frames, as many at a time as the kernel takes, for as long as the link is not cut. A frame that
    /// was begun when the cut came is completed if the kernel takes it at once; a write that is blocked then is given up.
    async fn write(&mut self, bytes: &[u8], ends: &[usize], written: &mut usize) -> Result<(), End> {
        let Some(target) = &self.stream else { return Ok(()) };
        while *written < bytes.len() {
            let is_cut = self.state.borrow().cuts > 0;
            let limit = if is_cut { frame_in_progress(ends, *written) } else { bytes.len() };
            if limit == *written {
                return Ok(());
            }
            match target.try_write(&bytes[*written..limit]) {
                Ok(0) => return Err(End::Target),
                Ok(count) => *written += count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    tokio::select! {
                        biased;
                        () = cut(&mut self.state, self.resets) => return Err(End::Reset),
                        writable = target.writable() => writable.map_err(|_| End::Target)?,
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return Err(End::Target),
            }
        }
        Ok(())
    }
}

/// The end of the frame of which a part is written; `written` itself if it is the end of a frame.
fn frame_in_progress(ends: &[usize], written: usize) -> usize {
    if written == 0 { 0 } else { ends[ends.partition_point(|end| *end < written)] }
}

/// Waits until the link is cut, or reset once more.
async fn cut(state: &mut watch::Receiver<LinkState>, resets: u64) {
    // The sender lives in the proxy, which this connection keeps alive.
    let _ = state.wait_for(|state| state.cuts > 0 || state.resets != resets).await;
}

/// With a linger of zero, closing throws away what was not sent yet and tells the other side at once.
pub(super) fn reset_on_close(stream: &TcpStream) {
    stream.set_zero_linger().ok();
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
