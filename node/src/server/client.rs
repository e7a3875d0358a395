//! Connections of clients: requests in, replies out, in order.

use super::{
    driver::{Answer, Handle, Input, NodeStatus},
    info,
    metrics::Metrics,
    output::{Closed, Output, OutputLimits},
    request::{self, Request},
    resp::{Limits, RequestBuffer},
};
use crate::{
    kv::{Command, Operation, Query, Reply, Transaction, Work},
    raft::NodeId,
};
use bytes::Bytes;
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{Semaphore, oneshot},
};

/// How much is read at a time.
const READ_BYTES: usize = 16 << 10;
/// How many requests of a connection may be under way.
const PIPELINE_MAX: usize = 256;
/// How much a transaction may contain, in requests and in bytes: it becomes one entry of the log.
const TRANSACTION_REQUESTS_MAX: usize = 4096;
const TRANSACTION_BYTES_MAX: usize = 4 << 20;
/// How many keys a connection may watch, and how long they may be in sum: they go into the log with the transaction.
const WATCHED_MAX: usize = 1024;
const WATCHED_BYTES_MAX: usize = 1 << 20;

const NOT_IN_TRANSACTION: &str = "ERR Command not allowed inside a transaction";
const TRANSACTION_BROKEN: &str = "EXECABORT Transaction discarded because of previous errors.";

/// What all clients have in common.
#[derive(Debug)]
pub struct Clients {
    /// This node.
    pub own: NodeId,
    /// The way to the driver.
    pub handle: Handle,
    /// How many may be connected.
    pub connections_max: usize,
    /// How much may wait for each.
    pub output: OutputLimits,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// What can go wrong here at a client's word.
    #[cfg(feature = "fault-injection")]
    pub faults: Option<super::fault::Faults>,
}

/// Accepts clients for ever.
pub async fn accept(listener: TcpListener, clients: Arc<Clients>) {
    let places = Arc::new(Semaphore::new(clients.connections_max));
    let (mut connections, mut refuses) = (0, false);
    loop {
        match listener.accept().await {
            Ok((mut stream, from)) => {
                let Ok(place) = places.clone().try_acquire_owned() else {
                    if !std::mem::replace(&mut refuses, true) {
                        let max = clients.connections_max;
                        tracing::warn!(%from, max, "client refused, as others will be: too many are connected");
                    }
                    clients.metrics.clients_refused.add_one();
                    let _ = stream.try_write(b"-ERR max number of clients reached\r\n");
                    let _ = stream.shutdown().await;
                    continue;
                };
                refuses = false;
                connections += 1;
                clients.metrics.clients_accepted.add_one();
                let mut connection = Connection::new(connections, clients.clone());
                tokio::spawn(async move {
                    match connection.serve(stream).await {
                        Ok(()) => {}
                        Err(Closed::Lost(error)) => tracing::debug!(%from, %error, "client connection lost"),
                        Err(error @ Closed::NotReading { .. }) => {
                            connection.clients.metrics.clients_cut_off.add_one();
                            tracing::warn!(%from, %error, "client disconnected");
                        }
                    }
                    connection.clients.metrics.clients_gone.add_one();
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
    clients: Arc<Clients>,
    /// Where the client's reads are answered, and how fresh they are.
    reads: Reads,
    /// The client said `MULTI`.
    queue: Option<Queue>,
    /// The keys that the client watches, and the version of each that it saw.
    watched: BTreeMap<Bytes, u64>,
}

/// Where reads are answered.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reads {
    /// By the leader.
    AtLeader,
    /// By this node, once it has all that was committed when the read arrived: the client said `READONLY LINEARIZABLE`.
    Here,
    /// By this node, from whatever state it has: the client said `READONLY`.
    Stale,
}

/// A transaction that a client is putting together.
#[derive(Default)]
struct Queue {
    operations: Vec<Operation>,
    /// For each request the reply, if it is there already; the others get theirs from the operations, in turn.
    replies: Vec<Option<Reply>>,
    bytes: usize,
    /// A request was refused, so that the whole is not to be done.
    is_broken: bool,
}

/// A reply that is there, or will be.
enum Pending {
    Reply(Reply),
    Answer(oneshot::Receiver<Answer>),
    /// The answer to a question. It is the first of those that are pending: whatever follows it waits for it.
    Read(oneshot::Receiver<Answer>),
    /// The answer to a transaction, and the replies in it that are there already.
    Transaction(oneshot::Receiver<Answer>, Vec<Option<Reply>>),
}

impl Connection {
    fn new(id: i64, clients: Arc<Clients>) -> Connection {
        let (name, watched) = (Bytes::new(), BTreeMap::new());
        Connection { id, name, clients, reads: Reads::AtLeader, queue: None, watched }
    }

    /// Serves until the client goes, or says something that is not the protocol.
    async fn serve(&mut self, mut stream: TcpStream) -> Result<(), Closed> {
        stream.set_nodelay(true)?;
        let (mut reader, writer) = stream.split();
        let mut input = RequestBuffer::new(Limits::default());
        let mut output = Output::new(writer, self.clients.output);
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
                        Ok(request) if self.is_queued(&request) => {
                            let bytes = arguments.iter().map(Bytes::len).sum();
                            pending.push(Pending::Reply(self.enqueue(request, bytes)));
                        }
                        Ok(request) => self.start(request, &mut pending, &mut output).await?,
                        Err(refusal) => {
                            self.queue.iter_mut().for_each(|queue| queue.is_broken = true);
                            pending.push(Pending::Reply(Reply::Error(refusal)));
                        }
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
            self.finish(&mut pending, &mut output).await?;
            if is_over {
                return output.end().await;
            }
            output.send()?;
            if was_full {
                continue;
            }
            // Room for many requests at once: a buffer that grows by a few bytes a time takes several reads for one request.
            input.bytes_mut().reserve(READ_BYTES);
            let read = loop {
                tokio::select! {
                    read = reader.read_buf(input.bytes_mut()) => break read?,
                    sent = output.send_some(), if !output.is_empty() => sent?,
                }
            };
            if read == 0 {
                // It may have said all that it wanted to, and read on.
                return output.end().await;
            }
        }
    }

    /// Sets a request to work.
    async fn start(
        &mut self,
        request: Request,
        pending: &mut Vec<Pending>,
        output: &mut Output<'_>,
    ) -> Result<(), Closed> {
        // The requests of a connection happen in their order: a client that writes and then reads means to read what it wrote,
        // and one that reads and then writes does not.
        if matches!(request, Request::Read(_) | Request::Watch(_)) || matches!(pending.first(), Some(Pending::Read(_)))
        {
            self.finish(pending, output).await?;
        }
        let next = match request {
            Request::Write(change) => {
                Pending::Answer(self.clients.handle.ask(|answer| Input::Write(change.into(), answer)).await)
            }
            Request::Read(query) => {
                let input = match self.reads {
                    Reads::AtLeader => Input::Read,
                    Reads::Here => Input::ReadHere,
                    Reads::Stale => Input::StaleRead,
                };
                Pending::Read(self.clients.handle.ask(|answer| input(query, answer)).await)
            }
            Request::Watch(keys) => Pending::Reply(self.watch(keys).await),
            Request::Exec => self.execute(Command::Work).await,
            Request::OpenSession => {
                Pending::Answer(self.clients.handle.ask(|answer| Input::Write(Command::OpenSession, answer)).await)
            }
            Request::CloseSession(session) => {
                let command = Command::CloseSession { session };
                Pending::Answer(self.clients.handle.ask(|answer| Input::Write(command, answer)).await)
            }
            Request::InSession { session, sequence, request } => {
                let numbered = |work| Command::InSession { session, sequence, work };
                match *request {
                    Request::Write(change) => {
                        let command = numbered(Work::Change(change));
                        Pending::Answer(self.clients.handle.ask(|answer| Input::Write(command, answer)).await)
                    }
                    // There is nothing else that takes a number.
                    _ => self.execute(numbered).await,
                }
            }
            Request::RaftTransfer(target) => {
                Pending::Answer(self.clients.handle.ask(|answer| Input::Transfer(target, answer)).await)
            }
            Request::RaftChange(wish) => {
                Pending::Answer(self.clients.handle.ask(|answer| Input::Change(wish, answer)).await)
            }
            Request::RaftConfig => Pending::Reply(self.status(info::raft_config).await),
            Request::RaftStatus => Pending::Reply(self.status(info::raft_status).await),
            #[cfg(feature = "fault-injection")]
            Request::Fault(fault) => Pending::Reply(super::fault::inject(self.clients.faults.as_ref(), &fault)),
            Request::Info(_) => Pending::Reply(self.status(info::info).await),
            other => Pending::Reply(self.converse(other)),
        };
        pending.push(next);
        Ok(())
    }

    /// Whether a request has to wait for `EXEC`.
    fn is_queued(&self, request: &Request) -> bool {
        use Request::{Discard, Exec, InSession, Multi, Watch};
        let is_immediate = match request {
            Multi | Exec | Discard | Watch(_) => true,
            InSession { request, .. } => **request == Exec,
            _ => false,
        };
        self.queue.is_some() && !is_immediate
    }

    /// Keeps a request back until `EXEC`.
    fn enqueue(&mut self, request: Request, bytes: usize) -> Reply {
        let (operation, reply) = match request {
            Request::Write(change) => (Some(Operation::Change(change)), None),
            Request::Read(query) => (Some(Operation::Query(query)), None),
            // What is watched is forgotten by the transaction in any case.
            Request::Unwatch => (None, Some(Reply::Ok)),
            Request::Ping(_) | Request::Echo(_) | Request::Select => (None, Some(self.converse(request))),
            _ => return self.break_transaction(NOT_IN_TRANSACTION.to_owned()),
        };
        let Some(queue) = &mut self.queue else { return Reply::Error(NOT_IN_TRANSACTION.to_owned()) };
        queue.bytes += bytes;
        if queue.replies.len() == TRANSACTION_REQUESTS_MAX || queue.bytes > TRANSACTION_BYTES_MAX {
            return self.break_transaction(format!(
                "ERR the transaction has more than {TRANSACTION_REQUESTS_MAX} requests or {TRANSACTION_BYTES_MAX} bytes"
            ));
        }
        // One that will not be done need not be kept.
        if !queue.is_broken {
            queue.operations.extend(operation);
            queue.replies.push(reply);
        }
        Reply::Simple("QUEUED".to_owned())
    }

    fn break_transaction(&mut self, refusal: String) -> Reply {
        self.queue = Some(Queue { is_broken: true, ..Queue::default() });
        Reply::Error(refusal)
    }

    /// Makes what was kept back one command.
    async fn execute(&mut self, command: impl FnOnce(Work) -> Command) -> Pending {
        let Some(queue) = self.queue.take() else {
            return Pending::Reply(Reply::Error("ERR EXEC without MULTI".to_owned()));
        };
        let watched = std::mem::take(&mut self.watched);
        if queue.is_broken {
            return Pending::Reply(Reply::Error(TRANSACTION_BROKEN.to_owned()));
        }
        if watched.is_empty() && queue.operations.is_empty() {
            return Pending::Reply(Reply::Array(queue.replies.into_iter().flatten().collect()));
        }
        let transaction = Transaction { watched: watched.into_iter().collect(), operations: queue.operations };
        let command = command(Work::Transaction(transaction));
        let answer = self.clients.handle.ask(|answer| Input::Write(command, answer)).await;
        Pending::Transaction(answer, queue.replies)
    }

    /// Notes the versions of these keys. They are read as any other value is; but not from whatever state this node has, even if
    /// the client would be content with that.
    async fn watch(&mut self, mut keys: Vec<Bytes>) -> Reply {
        if self.queue.is_some() {
            return Reply::Error("ERR WATCH inside MULTI is not allowed".to_owned());
        }
        // What is watched already is to be as it was then.
        keys.retain(|key| !self.watched.contains_key(key));
        let bytes: usize = self.watched.keys().chain(&keys).map(Bytes::len).sum();
        if self.watched.len() + keys.len() > WATCHED_MAX || bytes > WATCHED_BYTES_MAX {
            return Reply::Error(format!(
                "ERR more than {WATCHED_MAX} keys or {WATCHED_BYTES_MAX} bytes of keys would be watched; not executed"
            ));
        }
        let query = Query::Versions { keys: keys.clone() };
        let reply = match self.clients.handle.ask(|answer| Input::Read(query, answer)).await.await {
            Ok(answer) => self.reply(answer),
            Err(_) => ending(),
        };
        let Reply::Array(versions) = reply else { return reply };
        for (key, version) in keys.into_iter().zip(versions) {
            if let Reply::Integer(version) = version {
                // A piece of what has arrived, which is not to be kept for its sake.
                self.watched.insert(Bytes::copy_from_slice(&key), version.unsigned_abs());
            }
        }
        Reply::Ok
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
            Request::ReadOnly { is_linearizable } => {
                self.reads = if is_linearizable { Reads::Here } else { Reads::Stale };
                Reply::Ok
            }
            Request::ReadWrite => {
                self.reads = Reads::AtLeader;
                Reply::Ok
            }
            Request::Multi if self.queue.is_some() => Reply::Error("ERR MULTI calls can not be nested".to_owned()),
            Request::Multi => {
                self.queue = Some(Queue::default());
                Reply::Ok
            }
            Request::Discard if self.queue.is_none() => Reply::Error("ERR DISCARD without MULTI".to_owned()),
            Request::Discard | Request::Unwatch => {
                self.queue = None;
                self.watched.clear();
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

    async fn status(&self, show: fn(&str, &NodeStatus, &Metrics) -> Reply) -> Reply {
        match self.clients.handle.ask(Input::Status).await.await {
            Ok(status) => show(&self.clients.own.to_string(), &status, &self.clients.metrics),
            Err(_) => ending(),
        }
    }

    /// Waits for the replies to all that is under way, and passes them on.
    async fn finish(&self, pending: &mut Vec<Pending>, output: &mut Output<'_>) -> Result<(), Closed> {
        for next in pending.drain(..) {
            let reply = match next {
                Pending::Reply(reply) => reply,
                Pending::Answer(answer) | Pending::Read(answer) => match answer.await {
                    Ok(answer) => self.reply(answer),
                    Err(_) => ending(),
                },
                Pending::Transaction(answer, replies) => match answer.await {
                    Ok(answer) => merge(self.reply(answer), replies),
                    Err(_) => ending(),
                },
            };
            self.clients.metrics.count_request(&reply);
            output.add(&reply).await?;
        }
        Ok(())
    }

    fn reply(&self, answer: Answer) -> Reply {
        match answer {
            Answer::Reply(reply) => reply,
            // As in Redis Cluster; there are no slots here, so that the slot is always 0.
            Answer::NotLeader(Some(address)) => Reply::Error(format!("MOVED 0 {address}")),
            Answer::NotLeader(None) => Reply::Error("CLUSTERDOWN no leader is known; not executed".to_owned()),
            Answer::NotFounded(missing) => {
                Reply::Error(format!("CLUSTERDOWN the cluster is not founded yet: waiting for {missing}; not executed"))
            }
            Answer::TooLong => {
                Reply::Error("ERR the command is longer than an entry of the log may be; not executed".to_owned())
            }
            Answer::Full => Reply::Error("ERR no space is left on this node's disk; not executed".to_owned()),
            Answer::Busy => Reply::Error("ERR too many writes are waiting to be committed; not executed".to_owned()),
            Answer::Unknown => Reply::Error(
                "UNKNOWN the leadership was lost before the outcome was known; it may take effect".to_owned(),
            ),
        }
    }
}

/// Puts the replies that were there before in their places among those that the state machine gave.
fn merge(reply: Reply, replies: Vec<Option<Reply>>) -> Reply {
    match reply {
        Reply::Array(from_state) => {
            let mut from_state = from_state.into_iter();
            Reply::Array(replies.into_iter().filter_map(|reply| reply.or_else(|| from_state.next())).collect())
        }
        reply => reply,
    }
}

/// The driver is gone: whatever was asked may have gone into the log before.
fn ending() -> Reply {
    Reply::Error("UNKNOWN the node is stopping".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kv::Store;
    use std::sync::Mutex;
    use tokio::sync::mpsc;

    /// A node that commits at once and reads late.
    struct Node(std::net::SocketAddr);

    const OUTPUT: OutputLimits = OutputLimits { bytes_max: 64 << 20, patience: Duration::from_secs(60) };

    impl Node {
        async fn start() -> Node {
            Node::start_with(16, OUTPUT).await
        }

        async fn start_with(connections_max: usize, output: OutputLimits) -> Node {
            let (inputs, mut inbox) = mpsc::channel(16);
            tokio::spawn(async move {
                let store = Arc::new(Mutex::new(Store::new()));
                while let Some(input) = inbox.recv().await {
                    match input {
                        Input::Write(command, client) => {
                            let _ = client.send(Answer::Reply(store.lock().unwrap().apply(&command)));
                        }
                        Input::Read(query, client) => {
                            let store = store.clone();
                            tokio::spawn(async move {
                                // Until the node knows that it still leads.
                                tokio::time::sleep(Duration::from_millis(5)).await;
                                let _ = client.send(Answer::Reply(store.lock().unwrap().query(&query)));
                            });
                        }
                        other => panic!("{other:?}"),
                    }
                }
            });
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let (handle, metrics) = (Handle::new(inputs), Arc::default());
            let clients = Clients {
                own: NodeId(1),
                handle,
                connections_max,
                output,
                metrics,
                #[cfg(feature = "fault-injection")]
                faults: None,
            };
            tokio::spawn(accept(listener, Arc::new(clients)));
            Node(address)
        }

        async fn connect(&self) -> Client {
            Client(TcpStream::connect(self.0).await.unwrap())
        }
    }

    struct Client(TcpStream);

    impl Client {
        /// Sends lines, and compares what comes back with these lines.
        async fn says(&mut self, lines: &str, expected: &str) {
            self.0.write_all(lines.replace("; ", "\r\n").as_bytes()).await.unwrap();
            self.0.write_all(b"\r\n").await.unwrap();
            let expected = format!("{}\r\n", expected.replace(' ', "\r\n").replace('_', " "));
            let mut reply = vec![0; expected.len()];
            let read = tokio::time::timeout(Duration::from_secs(10), self.0.read_exact(&mut reply)).await;
            let reply = String::from_utf8_lossy(&reply).into_owned();
            assert!(read.is_ok_and(|read| read.is_ok()) && reply == expected, "{lines}: {reply:?}, not {expected:?}");
        }
    }

    #[tokio::test]
    async fn requests_of_a_connection_happen_in_their_order() {
        let mut client = Node::start().await.connect().await;
        client.says("get k; set k 1; get k; incr k; ping; get k", "$-1 +OK $1 1 :2 +PONG $1 2").await;
        client.says("get k; raft session new; get k; multi; incr k; exec", "$1 2 :3 $1 2 +OK +QUEUED *1 :3").await;
    }

    #[tokio::test]
    async fn transaction_replies_to_each_request_in_its_place() {
        let mut client = Node::start().await.connect().await;
        client
            .says("multi; set k 1; ping; incr k; select 0; get k", "+OK +QUEUED +QUEUED +QUEUED +QUEUED +QUEUED")
            .await;
        client.says("exec", "*5 +OK +PONG :2 +OK $1 2").await;
        client.says("exec", "-ERR_EXEC_without_MULTI").await;
        client.says("multi; ping; exec; multi; exec", "+OK +QUEUED *1 +PONG +OK *0").await;
        client.says("multi; set k 9; discard; get k; discard", "+OK +QUEUED +OK $1 2 -ERR_DISCARD_without_MULTI").await;
    }

    #[tokio::test]
    async fn refused_request_breaks_the_transaction() {
        let mut client = Node::start().await.connect().await;
        let aborted = "-EXECABORT_Transaction_discarded_because_of_previous_errors.";
        let arity = "-ERR_wrong_number_of_arguments_for_'get'_command";
        client
            .says("multi; set k 1; get; set k 2; exec; get k", &format!("+OK +QUEUED {arity} +QUEUED {aborted} $-1"))
            .await;
        let refused = "-ERR_Command_not_allowed_inside_a_transaction";
        client.says("multi; set k 1; raft status; exec; get k", &format!("+OK +QUEUED {refused} {aborted} $-1")).await;
        let [nested, watch] = ["-ERR_MULTI_calls_can_not_be_nested", "-ERR_WATCH_inside_MULTI_is_not_allowed"];
        client.says("multi; multi; watch k; set k 1; exec", &format!("+OK {nested} {watch} +QUEUED *1 +OK")).await;
        client
            .says(
                "watch w; multi; set w 1; get; exec; multi; get w; exec",
                &format!("+OK +OK +QUEUED {arity} {aborted} +OK +QUEUED *1 $-1"),
            )
            .await;
    }

    #[tokio::test]
    async fn watched_key_that_changed_stops_the_transaction() {
        let node = Node::start().await;
        let (mut one, mut other) = (node.connect().await, node.connect().await);
        one.says("watch k l; get k; multi; set k mine", "+OK $-1 +OK +QUEUED").await;
        other.says("set l 1; del l", "+OK :1").await;
        one.says("exec; get k", "*-1 $-1").await;
        one.says("multi; set k mine; exec", "+OK +QUEUED *1 +OK").await;
        one.says("watch k; set k again; watch k; multi; get k; exec", "+OK +OK +OK +OK +QUEUED *-1").await;
        one.says("watch k; set k third; unwatch; multi; get k; exec", "+OK +OK +OK +OK +QUEUED *1 $5 third").await;
        one.says("watch k; multi; discard; set k v; multi; get k; exec", "+OK +OK +OK +OK +OK +QUEUED *1 $1 v").await;
        one.says("watch k; multi; ping; exec", "+OK +OK +QUEUED *1 +PONG").await;
        one.says("watch k; set k 1; multi; ping; exec", "+OK +OK +OK +QUEUED *-1").await;
    }

    #[tokio::test]
    async fn request_in_a_session_is_executed_once() {
        let node = Node::start().await;
        let mut client = node.connect().await;
        client.says("raft session new", ":1").await;
        client.says("raft session 1 1 incr k; raft session 1 1 incr k; raft session 1 2 incr k", ":1 :1 :2").await;
        client.says("multi; incr k; ping; raft session 1 3 exec", "+OK +QUEUED +QUEUED *2 :3 +PONG").await;
        let mut again = node.connect().await;
        again.says("multi; incr k; ping; raft session 1 3 exec; get k", "+OK +QUEUED +QUEUED *2 :3 +PONG $1 3").await;
        let expired = "-SESSIONEXPIRED_session_9_is_unknown_or_has_expired;_not_executed_now";
        again.says("raft session 9 1 incr k; get k", &format!("{expired} $1 3")).await;
        let refused = "-ERR_Command_not_allowed_inside_a_transaction";
        again.says("multi; raft session 1 4 incr k; discard; get k", &format!("+OK {refused} +OK $1 3")).await;
        again.says("raft session 1 4 exec", "-ERR_EXEC_without_MULTI").await;
        again.says("raft session close 1; raft session close 1", ":1 :0").await;
        let expired = expired.replace('9', "1");
        client.says("raft session 1 3 incr k; get k", &format!("{expired} $1 3")).await;
    }

    #[tokio::test]
    async fn transaction_has_a_limit() {
        let mut client = Node::start().await.connect().await;
        client.says("multi", "+OK").await;
        let (requests, replies) = (vec!["ping"; TRANSACTION_REQUESTS_MAX], vec!["+QUEUED"; TRANSACTION_REQUESTS_MAX]);
        client.says(&requests.join("; "), &replies.join(" ")).await;
        let refused = format!(
            "-ERR_the_transaction_has_more_than_{TRANSACTION_REQUESTS_MAX}_requests_or_{TRANSACTION_BYTES_MAX}_bytes"
        );
        client
            .says("ping; exec", &format!("{refused} {}", TRANSACTION_BROKEN.replace(' ', "_").replace("EXEC", "-EXEC")))
            .await;
    }

    #[tokio::test]
    async fn client_too_many_is_told_so_and_another_may_come_when_one_goes() {
        let node = Node::start_with(2, OUTPUT).await;
        let (mut one, mut other) = (node.connect().await, node.connect().await);
        one.says("ping", "+PONG").await;
        other.says("ping", "+PONG").await;
        let mut refusal = String::new();
        node.connect().await.0.read_to_string(&mut refusal).await.unwrap();
        assert_eq!(refusal, "-ERR max number of clients reached\r\n");
        one.says("ping", "+PONG").await;
        drop(one);
        // The node notices some time later.
        loop {
            let mut third = node.connect().await.0;
            let mut mark = [0];
            if third.write_all(b"ping\r\n").await.is_ok() && third.read_exact(&mut mark).await.is_ok() && mark == *b"+"
            {
                break;
            }
        }
        other.says("ping", "+PONG").await;
    }

    /// Requests with long replies.
    fn echoes(count: usize) -> Vec<u8> {
        let word = vec![b'x'; 64 << 10];
        [format!("*2\r\n$4\r\necho\r\n${}\r\n", word.len()).as_bytes(), &word, b"\r\n"].concat().repeat(count)
    }

    #[tokio::test]
    async fn client_may_send_a_long_pipeline_before_it_reads() {
        let mut client = Node::start().await.connect().await.0;
        // Far more than the network keeps for either side.
        let requests = echoes(512);
        let mut replies = vec![0; 512 * (8 + (64 << 10) + 2)];
        let talk = async {
            client.write_all(&requests).await.unwrap();
            client.read_exact(&mut replies).await.unwrap();
        };
        tokio::time::timeout(Duration::from_secs(60), talk).await.expect("neither side waits for the other");
    }

    #[tokio::test]
    async fn client_that_never_reads_is_disconnected() {
        let output = OutputLimits { bytes_max: 1 << 20, patience: Duration::from_millis(50) };
        let mut client = Node::start_with(16, output).await.connect().await.0;
        let requests = echoes(16);
        let cut_off = async { while client.write_all(&requests).await.is_ok() {} };
        tokio::time::timeout(Duration::from_secs(60), cut_off).await.expect("the connection ends");
    }

    #[tokio::test]
    async fn watched_keys_have_a_limit() {
        let mut client = Node::start().await.connect().await;
        let key = |letter: &str| letter.repeat(WATCHED_BYTES_MAX / 2);
        let watch = |letter| format!("*2\r\n$5\r\nwatch\r\n${}\r\n{}", WATCHED_BYTES_MAX / 2, key(letter));
        client.says(&watch("a"), "+OK").await;
        client.says(&watch("b"), "+OK").await;
        // Watching again what is watched takes nothing more.
        client.says(&watch("a"), "+OK").await;
        let refused = format!(
            "-ERR_more_than_{WATCHED_MAX}_keys_or_{WATCHED_BYTES_MAX}_bytes_of_keys_would_be_watched;_not_executed"
        );
        client.says("watch c", &refused).await;
        client.says("unwatch; watch c; multi; exec", "+OK +OK +OK *0").await;
    }
}
