//! How an operation reaches a system: a thin RESP client, one connection at a time.
//!
//! A client that tests must not retry and must not smooth anything over: each call is sent at most once, except that a
//! `MOVED` reply, which says that the request was *not* executed, is followed to the node it names. What went wrong is
//! reported as it is; [`crate::outcome`] decides what it means.

mod command;
mod reply;

pub use command::Command;
pub use reply::{Garbled, Reply, ReplyReader};

use crate::{history::ProcessId, outcome::CallError};
use std::{
    collections::{BTreeMap, btree_map::Entry},
    io,
    net::SocketAddr,
    sync::Arc,
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, timeout_at},
};

/// How often one call follows `MOVED`. Two hops are usual while a leader changes; more is a cycle.
const HOPS_MAX: u32 = 5;

/// A node, as clients know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// `n1`, ...
    pub name: String,
    /// Where it listens to clients.
    pub address: SocketAddr,
}

/// What came of a call.
#[derive(Debug)]
pub struct Answer {
    /// The node that answered, or was asked last.
    pub node: String,
    /// Its reply (never an error reply), or why there is none.
    pub result: Result<Reply, CallError>,
}

/// The client of one process.
///
/// It begins at its home node and goes where `MOVED` sends it. Half of the clients stay with a node that serves them: they
/// are the ones who still talk to a leader that has been cut off. The other half ask their home node first every time, and
/// so learn of a new leader as soon as that node does. Only both together can show that the old one serves stale data.
pub struct Client {
    nodes: Arc<[Endpoint]>,
    /// So many of them, the first, may be asked when no leader is known.
    homes: usize,
    /// The node to ask then.
    home: usize,
    stays: bool,
    /// The leader, as the last `MOVED` named it.
    leader: Option<usize>,
    /// Open connections, by node.
    connections: BTreeMap<usize, Connection>,
    /// What is said first on each of them.
    greeting: Option<Command>,
}

impl Client {
    /// The client of `process`, of which there are `concurrency` at a time. The home of a process's successor is the next
    /// node, so that a node that is cut off meets new clients again and again.
    ///
    /// # Panics
    /// If there are no nodes or no processes.
    pub fn new(nodes: Arc<[Endpoint]>, process: ProcessId, concurrency: u64) -> Client {
        let homes = nodes.len();
        Client::at_home(nodes, homes, process, concurrency)
    }

    /// As [`Client::new`], but only the first so many nodes are anybody's home: the others are asked where `MOVED` names them.
    ///
    /// # Panics
    /// If there are no homes or no processes.
    pub fn at_home(nodes: Arc<[Endpoint]>, homes: usize, process: ProcessId, concurrency: u64) -> Client {
        assert!((1..=nodes.len()).contains(&homes), "a client of no nodes");
        let home = (process + process / concurrency) % homes as u64;
        let stays = process.is_multiple_of(2);
        let (home, connections) = (home as usize, BTreeMap::new());
        Client { nodes, homes, home, stays, leader: None, connections, greeting: None }
    }

    /// The same client, but it says this first on each connection.
    pub fn with_greeting(self, greeting: Command) -> Client {
        Client { greeting: Some(greeting), ..self }
    }

    /// Sends a command once, and waits for the reply until the time is up.
    pub async fn call(&mut self, command: &Command, timeout: Duration) -> Answer {
        let deadline = Instant::now() + timeout;
        let mut at = self.leader.filter(|_| self.stays).unwrap_or(self.home);
        let mut hops = 0;
        let result = loop {
            let error = match self.ask(at, command, deadline).await {
                Ok(Reply::Error(error)) => error,
                result => break result,
            };
            let Some(destination) = error.moved_to() else { break Err(CallError::Reply(error)) };
            if hops == HOPS_MAX {
                break Err(CallError::MovedOften(hops));
            }
            let Some(node) = self.node_at(destination) else {
                break Err(CallError::MovedNowhere(error.to_string()));
            };
            (at, hops) = (node, hops + 1);
            self.leader = Some(node);
        };
        if let Err(error) = &result {
            self.learn(at, error);
        }
        Answer { node: self.nodes[at].name.clone(), result }
    }

    fn node_at(&self, destination: &str) -> Option<usize> {
        let address: SocketAddr = destination.parse().ok()?;
        self.nodes.iter().position(|node| node.address == address)
    }

    /// Draws the consequences of an error for the next call.
    fn learn(&mut self, node: usize, error: &CallError) {
        if !matches!(error, CallError::Reply(_)) {
            // A late reply to this request must never be taken for the reply to the next one.
            self.connections.remove(&node);
        }
        if error.is_unavailable() && self.leader.take().is_none() {
            self.home = (self.home + 1) % self.homes;
        }
    }

    async fn ask(&mut self, node: usize, command: &Command, deadline: Instant) -> Result<Reply, CallError> {
        // A connection that the node has closed since the last call is of no use. Nothing was sent on it, so that a new one is
        // no second try.
        if self.connections.get(&node).is_some_and(|connection| !connection.is_quiet()) {
            self.connections.remove(&node);
        }
        let connection = match self.connections.entry(node) {
            Entry::Occupied(open) => open.into_mut(),
            Entry::Vacant(place) => {
                let opening =
                    timeout_at(deadline, Connection::open(self.nodes[node].address, self.greeting.as_ref())).await;
                place.insert(opening.map_err(|_elapsed| CallError::ConnectTimeout)?.map_err(CallError::NotConnected)?)
            }
        };
        timeout_at(deadline, connection.exchange(command)).await.unwrap_or(Err(CallError::Timeout))
    }
}

struct Connection {
    stream: TcpStream,
    reader: ReplyReader,
}

impl Connection {
    async fn open(address: SocketAddr, greeting: Option<&Command>) -> io::Result<Connection> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let mut connection = Connection { stream, reader: ReplyReader::default() };
        if let Some(greeting) = greeting {
            // Without an answer to it nothing is asked on this connection: it is of no use.
            if let Reply::Error(refusal) = connection.exchange(greeting).await.map_err(io::Error::other)? {
                return Err(io::Error::other(refusal));
            }
        }
        Ok(connection)
    }

    /// Whether the connection is as good as new: open, and without anything that nobody asked for. To find that out before
    /// anything is sent makes a definite error of what would be an indefinite one.
    fn is_quiet(&self) -> bool {
        let unread = self.stream.try_read(&mut [0]);
        self.reader.is_empty() && unread.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
    }

    /// Says a command, and hears what came of it.
    async fn exchange(&mut self, command: &Command) -> Result<Reply, CallError> {
        self.send(&command.encode()).await?;
        let mut replies = Vec::with_capacity(command.replies());
        while replies.len() < command.replies() {
            replies.push(self.receive().await?);
        }
        command.reply(replies).map_err(|Garbled(what)| CallError::Garbled(what))
    }

    async fn send(&mut self, request: &[u8]) -> Result<(), CallError> {
        let mut written = 0;
        while written < request.len() {
            match self.stream.write(&request[written..]).await {
                Ok(0) => return Err(CallError::Lost(io::ErrorKind::WriteZero.into())),
                Ok(count) => written += count,
                Err(error) if written == 0 => return Err(CallError::NotSent(error)),
                Err(error) => return Err(CallError::Lost(error)),
            }
        }
        Ok(())
    }

    async fn receive(&mut self) -> Result<Reply, CallError> {
        let mut bytes = [0; 4096];
        loop {
            if let Some(reply) = self.reader.take().map_err(|Garbled(what)| CallError::Garbled(what))? {
                return Ok(reply);
            }
            match self.stream.read(&mut bytes).await {
                Ok(0) => return Err(CallError::Lost(io::ErrorKind::UnexpectedEof.into())),
                Ok(count) => self.reader.push(&bytes[..count]),
                Err(error) => return Err(CallError::Lost(error)),
            }
        }
    }
}
