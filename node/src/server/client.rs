//! Connections of clients: requests in, replies out, in order.

use super::{
    driver::{Answer, Handle, Input},
    info,
    request::{self, Request},
    resp::{self, Limits, RequestBuffer},
};
use crate::{kv::Reply, raft::NodeId};
use bytes::{Bytes, BytesMut};
use std::{collections::BTreeMap, io, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{Semaphore, oneshot},
};

/// How many clients may be connected.
const CONNECTIONS_MAX: usize = 4096;
/// How many requests of a connection may be under way.
const PIPELINE_MAX: usize = 256;

/// Who serves clients where, by node.
pub type Addresses = BTreeMap<NodeId, SocketAddr>;

/// Accepts clients for ever.
pub async fn accept(listener: TcpListener, own: NodeId, handle: Handle, addresses: Arc<Addresses>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut connections = 0;
    loop {
        match listener.accept().await {
            Ok((mut stream, from)) => {
                let Ok(place) = places.clone().try_acquire_owned() else {
                    let _ = stream.try_write(b"-ERR max number of clients reached\r\n");
                    let _ = stream.shutdown().await;
                    continue;
                };
                connections += 1;
                let (handle, addresses) = (handle.clone(), addresses.clone());
                let mut connection =
                    Connection { id: connections, name: Bytes::new(), own, handle, addresses, reads_stale: false };
                tokio::spawn(async move {
                    if let Err(error) = connection.serve(stream).await {
                        tracing::debug!(%from, %error, "client connection closed");
                    }
                    drop(place);
                });
            }
            Err(error) => {
                // Out of descriptors, most likely: it passes.
                tracing::warn!(%error, "cannot accept a client");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

struct Connection {
    /// Counted from 1 since the node started.
    id: i64,
    /// What the client calls itself.
    name: Bytes,
    own: NodeId,
    handle: Handle,
    addresses: Arc<Addresses>,
    /// The client said `READONLY`: it takes whatever state this node has.
    reads_stale: bool,
}

/// A reply that is there, or will be.
enum Pending {
    Reply(Reply),
    Answer(oneshot::Receiver<Answer>),
}

impl Connection {
    /// Serves until the client goes, or says something that is not the protocol.
    async fn serve(&mut self, mut stream: TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let mut input = RequestBuffer::new(Limits::default());
        let mut output = BytesMut::new();
        let mut pending: Vec<Pending> = Vec::new();
        loop {
            let mut is_over = false;
            // Everything that has arrived goes to work together; the replies go out together, in order.
            loop {
                match input.next() {
                    Ok(Some(arguments)) => match request::parse(&arguments) {
                        Ok(Request::Quit) => {
                            pending.push(Pending::Reply(Reply::Ok));
                            is_over = true;
                        }
                        Ok(request) => self.start(request, &mut pending, &mut output).await,
                        Err(refusal) => pending.push(Pending::Reply(Reply::Error(refusal))),
                    },
                    Ok(None) => break,
                    Err(error) => {
                        pending.push(Pending::Reply(Reply::Error(error.to_string())));
                        is_over = true;
                    }
                }
                if is_over || pending.len() >= PIPELINE_MAX {
                    break;
                }
            }
            let was_full = pending.len() >= PIPELINE_MAX;
            self.finish(&mut pending, &mut output).await;
            // Written before more is read: a client that does not read its replies is not given more of them.
            stream.write_all(&output).await?;
            output.clear();
            if is_over {
                return stream.shutdown().await;
            }
            if !was_full && stream.read_buf(input.bytes_mut()).await? == 0 {
                return Ok(());
            }
        }
    }

    /// Sets a request to work.
    async fn start(&mut self, request: Request, pending: &mut Vec<Pending>, output: &mut BytesMut) {
        let next = match request {
            Request::Write(change) => {
                Pending::Answer(self.handle.ask(|answer| Input::Write(change.into(), answer)).await)
            }
            Request::Read(query) if self.reads_stale => {
                self.finish(pending, output).await;
                Pending::Answer(self.handle.ask(|answer| Input::StaleRead(query, answer)).await)
            }
            Request::Read(query) => {
                // A client that writes and then reads means to read what it wrote.
                self.finish(pending, output).await;
                Pending::Answer(self.handle.ask(|answer| Input::Read(query, answer)).await)
            }
            Request::RaftStatus => Pending::Reply(self.status(info::raft_status).await),
            Request::Info(_) => Pending::Reply(self.status(info::info).await),
            other => Pending::Reply(self.converse(other)),
        };
        pending.push(next);
    }

    /// Replies to what concerns this connection alone.
    fn converse(&mut self, request: Request) -> Reply {
        match request {
            Request::Ping(None) => Reply::Simple("PONG".to_owned()),
            Request::Ping(Some(word)) | Request::Echo(word) => Reply::Bulk(word),
            Request::Hello(name) => {
                self.name = name.unwrap_or_else(|| self.name.clone());
                self.hello()
            }
            Request::ClientSetName(name) => {
                self.name = name;
                Reply::Ok
            }
            Request::ClientGetName if self.name.is_empty() => Reply::Nil,
            Request::ClientGetName => Reply::Bulk(self.name.clone()),
            Request::ClientId => Reply::Integer(self.id),
            Request::CommandTable => Reply::Array(Vec::new()),
            Request::ReadOnly | Request::ReadWrite => {
                self.reads_stale = matches!(request, Request::ReadOnly);
                Reply::Ok
            }
            // The others have nothing to say but that they were heard, or have been seen to before.
            _ => Reply::Ok,
        }
    }

    fn hello(&self) -> Reply {
        let bulk = |text: &'static str| Reply::Bulk(Bytes::from_static(text.as_bytes()));
        Reply::Array(vec![
            bulk("server"),
            bulk("whitewater"),
            bulk("version"),
            bulk(env!("CARGO_PKG_VERSION")),
            bulk("proto"),
            Reply::Integer(2),
            bulk("id"),
            Reply::Integer(self.id),
            bulk("mode"),
            bulk("cluster"),
        ])
    }

    async fn status(&self, show: fn(&str, &super::driver::NodeStatus) -> Reply) -> Reply {
        match self.handle.ask(Input::Status).await.await {
            Ok(status) => show(&self.own.to_string(), &status),
            Err(_) => ending(),
        }
    }

    /// Waits for the replies to all that is under way, and writes them down.
    async fn finish(&self, pending: &mut Vec<Pending>, output: &mut BytesMut) {
        for next in pending.drain(..) {
            let reply = match next {
                Pending::Reply(reply) => reply,
                Pending::Answer(answer) => match answer.await {
                    Ok(answer) => self.reply(answer),
                    Err(_) => ending(),
                },
            };
            resp::write(&reply, output);
        }
    }

    fn reply(&self, answer: Answer) -> Reply {
        match answer {
            Answer::Reply(reply) => reply,
            // As in Redis Cluster; there are no slots here, so that the slot is always 0.
            Answer::NotLeader(Some(leader)) => match self.addresses.get(&leader) {
                Some(address) if leader != self.own => Reply::Error(format!("MOVED 0 {address}")),
                _ => no_leader(),
            },
            Answer::NotLeader(None) => no_leader(),
            Answer::Busy => Reply::Error("ERR too many writes are waiting to be committed; not executed".to_owned()),
            Answer::Unknown => Reply::Error(
                "UNKNOWN the leadership was lost before the outcome was known; it may take effect".to_owned(),
            ),
        }
    }
}

fn no_leader() -> Reply {
    Reply::Error("CLUSTERDOWN no leader is known; not executed".to_owned())
}

/// The driver is gone: whatever was asked may have gone into the log before.
fn ending() -> Reply {
    Reply::Error("UNKNOWN the node is stopping".to_owned())
}
