//! The receiving end of all links.

use super::{
    frame::{Frame, FrameError, decode, encode_refusal},
    passport::{OwnStamp, Refusal, Stamp},
};
use crate::raft::NodeId;
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

/// What becomes of a frame, and of its connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It was taken, and so may be the next.
    Taken,
    /// It was not, and the sender is to know why.
    Refused(Refusal),
    /// It was not, and no other will be.
    End,
}

/// Accepts peers for ever, and passes on whatever they send. A peer that sends anything else is cut off, after `rejected` was called.
pub async fn receive<F, D, R>(listener: TcpListener, own: Arc<OwnStamp>, deliver: D, rejected: R)
where
    D: Fn(Stamp, Frame) -> F + Clone + Send + 'static,
    F: Future<Output = Verdict> + Send,
    R: Fn() + Clone + Send + 'static,
{
    let places = Arc::new(tokio::sync::Semaphore::new(CONNECTIONS_MAX));
    loop {
        let Ok(place) = places.clone().acquire_owned().await else { return };
        match listener.accept().await {
            Ok((mut stream, from)) => {
                let (own, deliver, rejected) = (own.clone(), deliver.clone(), rejected.clone());
                tokio::spawn(async move {
                    match read(&mut stream, deliver).await {
                        Ok(None) => {}
                        Ok(Some((peer, refusal))) => {
                            tracing::warn!(%from, %peer, reason = %refusal.reason, "peer refused");
                            let _ = timeout(REFUSAL_TIMEOUT, refuse(&mut stream, own.get(), &refusal)).await;
                        }
                        Err(error) => {
                            if error.is::<FrameError>() {
                                rejected();
                            }
                            tracing::warn!(%from, %error, "peer connection closed");
                        }
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

/// Reads until the end, or until a frame is refused: then it says whose.
async fn read<F, D>(
    stream: &mut TcpStream,
    deliver: D,
) -> Result<Option<(NodeId, Refusal)>, Box<dyn std::error::Error + Send + Sync>>
where
    D: Fn(Stamp, Frame) -> F,
    F: Future<Output = Verdict>,
{
    stream.set_nodelay(true)?;
    let mut buffer = BytesMut::with_capacity(64 << 10);
    loop {
        while let Some((stamp, frame)) = decode(&mut buffer)? {
            let peer = frame.from();
            match deliver(stamp, frame).await {
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

/// Tells the sender, and waits until it has gone: were the connection closed while more of its frames arrive, the system would
/// reset it, and the refusal might be lost.
async fn refuse(stream: &mut TcpStream, own: Stamp, refusal: &Refusal) -> io::Result<()> {
    let mut frame = BytesMut::new();
    encode_refusal(own, refusal, &mut frame);
    stream.write_all(&frame).await?;
    stream.shutdown().await?;
    let mut rest = vec![0; 64 << 10];
    while stream.read(&mut rest).await? > 0 {}
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        raft::{Body, Incarnation, Message, Term},
        transport::{Passport, Reason, Sender, encode},
    };
    use tokio::sync::mpsc;

    fn message() -> Message {
        Message { from: NodeId(1), to: NodeId(2), term: Term(1), body: Body::VoteResponse { granted: true } }
    }

    /// The refusals that a sender to n2 hears of, where this node refuses it; for as long as it takes to be refused twice.
    async fn refusals_by(by: NodeId) -> Vec<Refusal> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (refusals, mut heard) = mpsc::unbounded_channel();
        let passport = Passport { refusals, ..Passport::any() };
        let expected = passport.stamp.get();
        let (arrivals, mut arrived) = mpsc::unbounded_channel();
        let deliver = move |stamp: Stamp, frame| {
            assert_eq!(stamp, expected);
            let _ = arrivals.send(frame);
            let reason = Reason::Incarnation { known: Incarnation(1), theirs: stamp.incarnation };
            async move { Verdict::Refused(Refusal { by, reason }) }
        };
        tokio::spawn(receive(listener, Passport::any().stamp, deliver, || panic!("every frame is whole")));
        let sender = Sender::start(NodeId(2), address, &passport, None, Arc::default());
        for _ in 0..2 {
            // What is sent before there is a connection is lost.
            while arrived.try_recv().is_err() {
                sender.add(&message());
                sender.flush();
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
        drop((sender, passport));
        std::iter::from_fn(|| heard.try_recv().ok()).collect()
    }

    #[tokio::test]
    async fn damaged_frame_is_rejected_and_ends_its_connection() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (arrivals, mut arrived) = mpsc::unbounded_channel();
        let deliver = move |_, frame| {
            let _ = arrivals.send(frame);
            async { Verdict::Taken }
        };
        let (rejections, mut rejected) = mpsc::unbounded_channel();
        let reject = move || assert!(rejections.send(()).is_ok());
        tokio::spawn(receive(listener, Passport::any().stamp, deliver, reject));
        let mut frames = BytesMut::new();
        for _ in 0..3 {
            encode(Passport::any().stamp.get(), &message(), &mut frames);
        }
        // A bit of the second one's payload.
        let length = frames.len() / 3;
        frames[2 * length - 1] ^= 1;
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(&frames).await.unwrap();
        assert_eq!(rejected.recv().await, Some(()));
        assert_eq!(arrived.recv().await, Some(Frame::Message(message())));
        assert!(matches!(stream.read(&mut [0]).await, Ok(0) | Err(_)), "the connection is over");
        assert!(arrived.try_recv().is_err() && rejected.try_recv().is_err());
    }

    #[tokio::test]
    async fn sender_hears_why_it_is_refused_but_from_its_peer_only() {
        let reason = Reason::Incarnation { known: Incarnation(1), theirs: Passport::any().stamp.get().incarnation };
        assert_eq!(refusals_by(NodeId(2)).await.first(), Some(&Refusal { by: NodeId(2), reason }));
        assert_eq!(refusals_by(NodeId(3)).await, []);
    }
}
