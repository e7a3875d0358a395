//! The sending end of a link.

use super::{
    counts::LinkCounts,
    frame::{Frame, Greeting, Introduction, decode, encode, encode_greeting, encode_introduction},
    passport::{OwnStamp, Passport, Refusal, Stamp},
};
use crate::raft::{Message, NodeId};
use bytes::{Buf, BytesMut};
use std::{
    io::{self, ErrorKind},
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{net::TcpStream, sync::mpsc, time::sleep};

/// How much may wait for a slow peer; what comes on top of that is dropped.
const WAITING_BYTES_MAX: usize = 16 << 20;
/// What an empty buffer may keep, so that one large message does not hold its memory for ever.
const BUFFER_BYTES_KEPT: usize = 1 << 20;
/// More than a refusal takes.
const ANSWER_BYTES_MAX: usize = 256;
const RETRY_MIN: Duration = Duration::from_millis(10);
const RETRY_MAX: Duration = Duration::from_millis(100);
/// Who was refused will be again, until an operator does something.
const RETRY_REFUSED: Duration = Duration::from_secs(1);

/// Where messages to one peer are put.
///
/// They are written to the connection by whoever puts them here. Only what the network does not take at once is left to a task,
/// since to wake a task for each message would take about as long as to send it.
#[derive(Clone, Debug)]
pub struct Sender {
    link: Arc<Mutex<Link>>,
    /// Tells the task that something was left, or that the peer is there. The task ends with this end of the channel.
    left: mpsc::Sender<()>,
}

#[derive(Debug)]
struct Link {
    stamp: Arc<OwnStamp>,
    /// None while there is no connection.
    stream: Option<Arc<TcpStream>>,
    /// Whole frames, except that the connection may have taken the beginning of the first.
    waiting: BytesMut,
    /// What each connection begins with.
    greeting: Option<Greeting>,
    counts: Arc<LinkCounts>,
}

impl Sender {
    /// Starts a task that keeps a connection to the peer. The greeting is for one that may not have heard of this node.
    pub fn start(
        peer: NodeId,
        address: SocketAddr,
        passport: &Passport,
        greeting: Option<Greeting>,
        counts: Arc<LinkCounts>,
    ) -> Sender {
        let Passport { stamp, refusals } = passport.clone();
        let link = Link { stamp, stream: None, waiting: BytesMut::new(), greeting, counts };
        let link = Arc::new(Mutex::new(link));
        let (left, lefts) = mpsc::channel(1);
        tokio::spawn(keep_connected(peer, address, link.clone(), refusals, lefts));
        Sender { link, left }
    }

    /// Puts a message behind those that [`flush`](Sender::flush) will send; or drops it, if too much is waiting.
    pub fn add(&self, message: &Message) {
        lock(&self.link).put(|stamp, waiting| encode(stamp, message, waiting));
    }

    /// The same with an introduction.
    pub fn add_introduction(&self, introduction: &Introduction) {
        lock(&self.link).put(|stamp, waiting| encode_introduction(stamp, introduction, waiting));
    }

    /// The peer has been heard: if there is no connection, it is worth trying again at once.
    pub fn hurry(&self) {
        let mut link = lock(&self.link);
        if link.stream.is_none() {
            // What waits there was for an attempt that failed.
            link.waiting.clear();
            let _ = self.left.try_send(());
        }
    }

    /// Sends what the network takes without waiting. The rest follows by itself; or is dropped, if there is no connection.
    pub fn flush(&self) {
        // If the connection is lost, the task that reads from it hears of it too.
        if let Ok(false) = lock(&self.link).write() {
            // If there is a note already, another one says nothing new.
            let _ = self.left.try_send(());
        }
    }
}

impl Link {
    fn put(&mut self, encode: impl FnOnce(Stamp, &mut BytesMut)) {
        // A connection that takes nothing is a slow network, and a slow network may lose messages.
        let has_room = self.waiting.len() < WAITING_BYTES_MAX;
        if has_room {
            encode(self.stamp.get(), &mut self.waiting);
        }
        self.counts.add_message(has_room && self.stream.is_some());
    }

    /// There is a connection now, or none.
    fn connect(&mut self, stream: Option<Arc<TcpStream>>) {
        self.counts.set_connected(stream.is_some());
        if stream.is_some()
            && let Some(greeting) = &self.greeting
        {
            // Before what has come to wait while the connection was made.
            let waiting = std::mem::take(&mut self.waiting);
            encode_greeting(self.stamp.get(), greeting, &mut self.waiting);
            self.waiting.extend_from_slice(&waiting);
        }
        self.stream = stream;
    }

    /// Writes what can be written now. Returns whether that was all.
    fn write(&mut self) -> io::Result<bool> {
        let Link { stream: Some(stream), waiting, counts, .. } = self else { return Ok(true) };
        while !waiting.is_empty() {
            match stream.try_write(waiting) {
                Ok(count) => {
                    waiting.advance(count);
                    counts.add_bytes(count);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
                Err(error) => return Err(error),
            }
        }
        waiting.clear();
        if waiting.capacity() > BUFFER_BYTES_KEPT {
            *waiting = BytesMut::new();
        }
        Ok(true)
    }
}

fn lock(link: &Mutex<Link>) -> MutexGuard<'_, Link> {
    link.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn keep_connected(
    peer: NodeId,
    address: SocketAddr,
    link: Arc<Mutex<Link>>,
    refusals: mpsc::UnboundedSender<Refusal>,
    mut lefts: mpsc::Receiver<()>,
) {
    let mut retry = RETRY_MIN;
    loop {
        match TcpStream::connect(address).await {
            Ok(stream) => {
                retry = RETRY_MIN;
                tracing::debug!(%peer, %address, "connected");
                let ended = keep_sending(stream, &link, &mut lefts).await;
                lock(&link).connect(None);
                match ended {
                    Ok(Ended::Dropped) => return,
                    Ok(Ended::Refused(refusal)) if refusal.by == peer => {
                        tracing::error!(%peer, %address, reason = %refusal.reason, "refused");
                        let _ = refusals.send(refusal);
                        retry = RETRY_REFUSED;
                    }
                    // Somebody else has got the address.
                    Ok(Ended::Refused(Refusal { by, reason })) => {
                        tracing::error!(%peer, %address, %by, %reason, "refused by another node than expected");
                        retry = RETRY_REFUSED;
                    }
                    Err(error) => tracing::debug!(%peer, %address, %error, "connection lost"),
                }
            }
            Err(error) => tracing::debug!(%peer, %address, %error, "no connection"),
        }
        // What waited for the connection is old by now.
        lock(&link).waiting.clear();
        tokio::select! {
            () = sleep(retry) => {
                retry = (retry * 2).min(RETRY_MAX);
                lock(&link).waiting.clear();
                if lefts.is_closed() {
                    return;
                }
            }
            left = lefts.recv() => match left {
                Some(()) => {}
                None => return,
            },
        }
    }
}

/// How a connection ended that was not lost.
enum Ended {
    /// The sender was dropped.
    Dropped,
    /// The peer does not take its messages.
    Refused(Refusal),
}

/// Sends what is left to it, until the sender is dropped or the connection ends.
async fn keep_sending(stream: TcpStream, link: &Mutex<Link>, lefts: &mut mpsc::Receiver<()>) -> io::Result<Ended> {
    stream.set_nodelay(true)?;
    let stream = Arc::new(stream);
    lock(link).connect(Some(stream.clone()));
    let mut is_left = true;
    let mut answer = BytesMut::new();
    loop {
        tokio::select! {
            left = lefts.recv() => match left {
                Some(()) => is_left = true,
                None => return Ok(Ended::Dropped),
            },
            writable = stream.writable(), if is_left => {
                writable?;
                is_left = !lock(link).write()?;
            }
            // Nobody answers on this connection, unless with a refusal, so that a read ends only when the peer is gone. To learn
            // that at once, and not from the second write after it, saves the messages in between.
            readable = stream.readable() => {
                readable?;
                match stream.try_read_buf(&mut answer) {
                    Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                    Ok(1..) => match decode(&mut answer) {
                        Ok(Some((_, Frame::Refusal(refusal)))) => return Ok(Ended::Refused(refusal)),
                        Ok(None) if answer.len() <= ANSWER_BYTES_MAX => {}
                        _ => return Err(ErrorKind::InvalidData.into()),
                    },
                    read => return Err(read.err().unwrap_or_else(|| ErrorKind::UnexpectedEof.into())),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        raft::{Body, Entry, EntryId, LogIndex, Payload, Term},
        transport::{Frame, decode},
    };
    use tokio::{io::AsyncReadExt, net::TcpListener};

    const COMMAND_BYTES: usize = 1 << 20;

    fn message(index: u64) -> Message {
        let id = EntryId { term: Term(1), index: LogIndex(index) };
        let entries = vec![Entry { id, payload: Payload::Command(vec![7; COMMAND_BYTES].into()) }];
        let body = Body::Append { prev: EntryId::default(), entries, commit: LogIndex(0), round: 0 };
        Message { from: NodeId(1), to: NodeId(2), term: Term(1), body }
    }

    /// A sender that is connected, and the other end of its connection.
    async fn connected(listener: &TcpListener, sender: &Sender) -> TcpStream {
        let (stream, _) = listener.accept().await.unwrap();
        while lock(&sender.link).stream.is_none() {
            tokio::task::yield_now().await;
        }
        stream
    }

    #[tokio::test]
    async fn what_the_network_does_not_take_at_once_follows_and_what_is_too_much_is_dropped() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let sender = Sender::start(NodeId(2), listener.local_addr().unwrap(), &Passport::any(), None, Arc::default());
        let mut stream = connected(&listener, &sender).await;
        // More than fits into any socket buffer, and into this one, too.
        let mut sent = Vec::new();
        for index in 1..=3 * (WAITING_BYTES_MAX / COMMAND_BYTES) as u64 {
            let waiting = lock(&sender.link).waiting.len();
            sender.add(&message(index));
            if lock(&sender.link).waiting.len() > waiting {
                sent.push(message(index));
            }
            sender.flush();
        }
        assert!(sent.len() < 3 * WAITING_BYTES_MAX / COMMAND_BYTES);
        let (mut buffer, mut received) = (BytesMut::new(), Vec::new());
        while received.len() < sent.len() {
            stream.read_buf(&mut buffer).await.unwrap();
            received.extend(std::iter::from_fn(|| decode(&mut buffer).unwrap()).map(|(_, frame)| frame));
        }
        let sent: Vec<Frame> = sent.into_iter().map(Frame::Message).collect();
        assert!(received == sent, "whole messages, in order");
        // Without its owner, it ends the connection.
        drop(sender);
        assert_eq!(stream.read_buf(&mut buffer).await.unwrap(), 0);
    }

    #[tokio::test]
    async fn a_lost_connection_is_replaced_and_nothing_old_is_sent_on_the_new_one() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let greeting = Greeting { from: NodeId(1), address: "here".to_owned() };
        let address = listener.local_addr().unwrap();
        let sender = Sender::start(NodeId(2), address, &Passport::any(), Some(greeting.clone()), Arc::default());
        drop(connected(&listener, &sender).await);
        while lock(&sender.link).stream.is_some() {
            tokio::task::yield_now().await;
        }
        sender.add(&message(1));
        let mut stream = connected(&listener, &sender).await;
        sender.add(&message(2));
        sender.flush();
        let (mut buffer, mut received) = (BytesMut::new(), Vec::new());
        while received.len() < 2 {
            stream.read_buf(&mut buffer).await.unwrap();
            received.extend(std::iter::from_fn(|| decode(&mut buffer).unwrap()).map(|(_, frame)| frame));
        }
        assert_eq!(received, [Frame::Greeting(greeting), Frame::Message(message(2))]);
    }
}
