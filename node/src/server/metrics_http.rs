//! The metrics over HTTP: as much of HTTP/1.1 as it takes to answer `GET /metrics`, and no more.

use super::{
    driver::{Handle, Input},
    metrics::{self, Metrics},
};
use crate::raft::NodeId;
use std::{fmt::Write as _, io, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    time::timeout,
};

/// How many connections are served at a time; the others wait.
const CONNECTIONS_MAX: usize = 16;
/// How long a request's line and headers may be.
const HEAD_BYTES_MAX: usize = 8 << 10;
/// How long a connection may take from its beginning to its end.
const PATIENCE: Duration = Duration::from_secs(10);

/// What the page is made from.
#[derive(Clone, Debug)]
pub struct Source {
    /// This node.
    pub own: NodeId,
    /// The way to the driver.
    pub handle: Handle,
    /// All other counters.
    pub metrics: Arc<Metrics>,
}

/// A response's status and body.
type Response = (&'static str, String);

/// Answers for ever.
pub async fn serve(listener: TcpListener, source: Source) {
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let Ok(place) = places.clone().acquire_owned().await else { return };
        match listener.accept().await {
            Ok((mut stream, from)) => {
                let source = source.clone();
                tokio::spawn(async move {
                    match timeout(PATIENCE, answer(&mut stream, &source)).await {
                        Ok(Ok(())) => {}
                        Ok(Err(error)) => tracing::debug!(%from, %error, "metrics connection lost"),
                        Err(_) => tracing::debug!(%from, "metrics connection closed: it took too long"),
                    }
                    drop(place);
                });
            }
            Err(error) => {
                // Out of descriptors, most likely: it passes.
                tracing::warn!(%error, "cannot accept a request for metrics");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

async fn answer(stream: &mut TcpStream, source: &Source) -> io::Result<()> {
    let mut head = Vec::new();
    let (status, body) = loop {
        let end = head.windows(4).position(|bytes| bytes == b"\r\n\r\n");
        if end.unwrap_or(head.len()) > HEAD_BYTES_MAX {
            let body = format!("a request's line and headers may have {HEAD_BYTES_MAX} bytes\n");
            break ("431 Request Header Fields Too Large", body);
        }
        if let Some(end) = end {
            break respond(&head[..end], source).await;
        }
        if stream.read_buf(&mut head).await? == 0 {
            return Ok(());
        }
    };
    let content_type = if status == OK { metrics::CONTENT_TYPE } else { "text/plain; charset=utf-8" };
    let mut response =
        format!("HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n", body.len());
    if status == METHOD {
        response.push_str("Allow: GET, HEAD\r\n");
    }
    response.push_str("Connection: close\r\n\r\n");
    if !head.starts_with(b"HEAD ") {
        let _ = write!(response, "{body}");
    }
    stream.write_all(response.as_bytes()).await?;
    stream.shutdown().await?;
    // What is still on its way, a body perhaps, would make the system reset the connection, and the response be lost.
    let mut rest = [0; 1024];
    while stream.read(&mut rest).await? > 0 {}
    Ok(())
}

const OK: &str = "200 OK";
const METHOD: &str = "405 Method Not Allowed";

/// The response to a request with this line and these headers.
async fn respond(head: &[u8], source: &Source) -> Response {
    let line = head.split(|byte| *byte == b'\r').next().unwrap_or_default();
    let words: Vec<&[u8]> = line.split(|byte| *byte == b' ').collect();
    let [method, target, version] = words[..] else {
        return ("400 Bad Request", "this is no request of HTTP/1.1\n".to_owned());
    };
    if !version.starts_with(b"HTTP/1.") {
        return ("505 HTTP Version Not Supported", "only HTTP/1.1 is spoken here\n".to_owned());
    }
    if target.split(|byte| *byte == b'?').next() != Some(b"/metrics") {
        return ("404 Not Found", "there is nothing here but /metrics\n".to_owned());
    }
    if !matches!(method, b"GET" | b"HEAD") {
        return (METHOD, "the metrics can only be read\n".to_owned());
    }
    match source.handle.ask(Input::Status).await.await {
        Ok(status) => (OK, metrics::page(source.own, &status, &source.metrics)),
        Err(_) => ("503 Service Unavailable", "the node is stopping\n".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        kv::{Query, Reply},
        raft::{Body, Message, Term},
        server::{
            address::{Address, Peer},
            driver::{Answer, tests as driver},
            metrics::tests::{Parsed, parse},
        },
        transport::{LinkCounts, Passport, Sender},
    };
    use std::net::SocketAddr;
    use tokio::net::TcpSocket;

    struct Node {
        source: Source,
        address: SocketAddr,
        _silent: TcpSocket,
    }

    impl Node {
        /// A node that leads, as the only voter; and another one of which it knows, but which nobody ever heard of.
        async fn start() -> Node {
            // It does not listen, and nobody else can at its address.
            let silent = TcpSocket::new_v4().unwrap();
            silent.bind("127.0.0.1:0".parse().unwrap()).unwrap();
            let nobody = silent.local_addr().unwrap();
            let nobody = Peer { name: NodeId(3), address: Address { peer: nobody, client: nobody } };
            let handle = driver::start(Some(nobody));
            let source = Source { own: NodeId(1), handle, metrics: Arc::default() };
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            tokio::spawn(serve(listener, source.clone()));
            Node { source, address, _silent: silent }
        }

        /// Sends these pieces, one after the other, and reads the response to its end.
        async fn talk(&self, pieces: &[&[u8]]) -> String {
            let mut stream = TcpStream::connect(self.address).await.unwrap();
            for piece in pieces {
                stream.write_all(piece).await.unwrap();
                tokio::task::yield_now().await;
            }
            let mut response = String::new();
            stream.read_to_string(&mut response).await.unwrap();
            response
        }

        async fn scrape(&self) -> Parsed {
            let response = self.talk(&[b"GET /metrics HTTP/1.1\r\nHost: node\r\n\r\n"]).await;
            let (head, body) = response.split_once("\r\n\r\n").unwrap();
            assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
            assert!(head.contains("\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"), "{head}");
            assert!(head.contains(&format!("\r\nContent-Length: {}\r\n", body.len())), "{head}");
            parse(body)
        }

        async fn set(&self) -> Answer {
            self.source.handle.ask(|answer| Input::Write(driver::set(1), answer)).await.await.unwrap()
        }
    }

    #[tokio::test]
    async fn page_is_well_formed_and_its_counters_count() {
        let node = Node::start().await;
        driver::settled(&node.source.handle).await;
        assert_eq!(node.set().await, Answer::Reply(Reply::Ok));
        let before = node.scrape().await;
        for _ in 0..10 {
            node.set().await;
        }
        let ask = |input: fn(Query, tokio::sync::oneshot::Sender<Answer>) -> Input| {
            node.source.handle.ask(move |answer| input(Query::Dbsize, answer))
        };
        ask(Input::Read).await.await.unwrap();
        ask(Input::StaleRead).await.await.unwrap();
        node.source.metrics.count_request(&Reply::Ok);
        node.source.metrics.syncs.observe(Duration::from_millis(3));
        let after = node.scrape().await;

        for ((name, labels), value) in &before.samples {
            let later = after.samples[&(name.clone(), labels.clone())];
            if before.types[before.family(name)] != "gauge" {
                assert!(later >= *value, "{name} {labels:?} went from {value} to {later}");
            }
        }
        let grown = |name: &str, labels: &[&str]| after.value(name, labels) - before.value(name, labels);
        assert_eq!(grown("raft_entries_applied_total", &[]), 10.0);
        assert_eq!(grown("raft_applied_index", &[]), 10.0);
        assert_eq!(grown("raft_elections_total", &[]), 0.0);
        assert_eq!(grown("reads_total", &["linearizable"]), 1.0);
        assert_eq!(grown("reads_total", &["stale"]), 1.0);
        assert_eq!(grown("requests_total", &["ok"]), 1.0);
        assert_eq!(grown("disk_sync_seconds_count", &[]), 1.0);
        assert!(after.value("raft_elections_total", &[]) >= 1.0);
        assert_eq!(after.value("raft_leader_changes_total", &[]), 1.0);
        assert_eq!(after.value("raft_has_leader", &[]), 1.0);
        assert_eq!(after.value("raft_role", &["leader"]), 1.0);
        assert_eq!(after.value("raft_role", &["follower"]), 0.0);
        assert_eq!(after.value("keys", &[]), 1.0);
        assert_eq!(after.value("peer_connected", &["n3"]), 0.0);
    }

    #[tokio::test]
    async fn other_requests_are_refused_with_their_status() {
        let node = Node::start().await;
        let long = vec![b'x'; HEAD_BYTES_MAX];
        let rows: [(&[&[u8]], &str); 8] = [
            (&[b"GET / HTTP/1.1\r\n\r\n"], "404 "),
            (&[b"GET /metrics/ HTTP/1.1\r\n\r\n"], "404 "),
            (&[b"POST /metrics HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc"], "405 "),
            (&[b"GET /metrics SMTP\r\n\r\n"], "505 "),
            (&[b"\r\n\r\n"], "400 "),
            (&[b"GET  /metrics HTTP/1.1\r\n\r\n"], "400 "),
            (&[b"GET /metrics HTTP/1.1\r\nX: ", &long, b"\r\n\r\n"], "431 "),
            (&[b"GET /met", b"rics?name=x HTTP/1.0\r\n", b"\r", b"\n"], "200 "),
        ];
        for (pieces, status) in rows {
            let response = node.talk(pieces).await;
            assert!(response.starts_with(&format!("HTTP/1.1 {status}")), "{pieces:?}: {response}");
            assert_eq!(response.contains("\r\nAllow: GET, HEAD\r\n"), status == "405 ", "{response}");
        }
        let head = node.talk(&[b"HEAD /metrics HTTP/1.1\r\n\r\n"]).await;
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n") && head.ends_with("\r\n\r\n"), "{head}");
        // Who goes away without a word is no reason to stop.
        drop(TcpStream::connect(node.address).await.unwrap());
        node.scrape().await;
    }

    #[tokio::test]
    async fn messages_without_a_connection_are_counted_as_dropped() {
        let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let counts = Arc::<LinkCounts>::default();
        let sender = Sender::start(NodeId(2), nobody, &Passport::any(), None, counts.clone());
        let body = Body::VoteResponse { granted: false };
        sender.add(&Message { from: NodeId(1), to: NodeId(2), term: Term(1), body });
        while counts.dropped() == 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!((counts.sent(), counts.dropped(), counts.connected()), (0, 1, 0));
    }
}
