//! The Raft key-value node of this project, as one system under test among others: it is met through its command line and
//! its client protocol only.

use super::{BoxFuture, Change, NodeSpec, NodeStatus, System};
use crate::{client::Command, test::Test};
use std::{collections::BTreeMap, io, net::SocketAddr, process, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// `RAFT STATUS`, in RESP.
const STATUS_REQUEST: &[u8] = b"*2\r\n$4\r\nRAFT\r\n$6\r\nSTATUS\r\n";
/// More than a node could have to say about itself.
const STATUS_BYTES_MAX: usize = 64 << 10;

/// The steps at which a node can be told to die. What each of them is, the node itself knows.
pub const CRASH_POINTS: &[&str] = &[
    "before-vote-sync",
    "after-vote-sync",
    "before-truncate-sync",
    "after-truncate-sync",
    "before-append-sync",
    "after-append-sync",
    "after-log-write",
    "after-segment-sync",
    "after-segment-rename",
    "after-segment-dir-sync",
    "before-vote-answer",
    "after-vote-answer",
    "before-append-answer",
    "after-append-answer",
    "before-apply",
    "after-apply",
    "after-snapshot-write",
    "after-snapshot-sync",
    "after-snapshot-rename",
    "after-snapshot-dir-sync",
    "before-install",
    "after-install",
    "before-cut",
    "after-cut",
    "after-retire",
    "before-snapshot-remove",
    "after-snapshot-remove",
];

/// Whitewater's own node.
#[derive(Clone, Copy, Debug, Default)]
pub struct RaftSystem;

impl System for RaftSystem {
    fn name(&self) -> &'static str {
        "raft"
    }

    fn summary(&self) -> &'static str {
        "Whitewater's own replicated key-value server"
    }

    fn command(&self, test: &Test, node: &NodeSpec) -> process::Command {
        let mut command = process::Command::new(&test.program);
        command.args(["node", "--name", &node.name]);
        command.arg("--data").arg(&node.data);
        command.args(["--listen", &node.listen.to_string(), "--client", &node.client.to_string()]);
        for peer in &node.peers {
            command.args(["--peer", &format!("{}={}/{}", peer.name, peer.address, peer.client)]);
        }
        for spare in &node.spares {
            command.args(["--route", &format!("{}={}/{}", spare.name, spare.address, spare.client)]);
        }
        if node.joins {
            command.arg("--join");
        }
        let timeout = format!("{}ms..{}ms", test.election_timeout_ms_min, test.election_timeout_ms_max);
        command.args(["--election-timeout", &timeout, "--heartbeat", &format!("{}ms", test.heartbeat_ms)]);
        if let Some(bytes) = test.snapshot_bytes {
            command.args(["--snapshot-bytes", &bytes.to_string()]);
        }
        if let Some(reads) = &test.reads {
            command.args(["--reads", reads]);
        }
        command.args(["--seed", &node.seed.to_string()]);
        if let Some(trace) = &node.trace {
            command.arg("--trace").arg(trace);
        }
        if node.allows_faults {
            command.arg("--allow-faults");
        }
        for bug in &test.bugs {
            command.args(["--bug", bug]);
        }
        command
    }

    fn change(&self, change: &Change<'_>) -> Option<Command> {
        let words = match change {
            Change::Add(node, peer, client) => {
                vec!["ADD".to_owned(), node.to_string(), peer.to_string(), client.to_string()]
            }
            Change::Promote(node) => vec!["PROMOTE".to_owned(), node.to_string()],
            Change::Remove(node) => vec!["REMOVE".to_owned(), node.to_string()],
            Change::Transfer(node) => vec!["TRANSFER".to_owned(), node.to_string()],
        };
        Some(Command::new(std::iter::once("RAFT".to_owned()).chain(words)))
    }

    fn status(&self, client: SocketAddr, limit: Duration) -> BoxFuture<'static, io::Result<NodeStatus>> {
        Box::pin(async move {
            let fields =
                timeout(limit, ask(client, STATUS_REQUEST.to_vec())).await.map_err(|_| io::ErrorKind::TimedOut)?;
            status(&fields?)
        })
    }

    fn fault(
        &self,
        client: SocketAddr,
        words: &str,
        limit: Duration,
    ) -> BoxFuture<'static, io::Result<BTreeMap<String, i64>>> {
        let request = Command::new(std::iter::once("FAULT").chain(words.split(' '))).encode();
        Box::pin(async move {
            let fields = timeout(limit, ask(client, request)).await.map_err(|_| io::ErrorKind::TimedOut)?;
            numbers(&fields?)
        })
    }
}

/// Asks a node, and returns the elements of its answer; none if it only agrees.
async fn ask(client: SocketAddr, request: Vec<u8>) -> io::Result<Vec<String>> {
    let mut stream = TcpStream::connect(client).await?;
    stream.set_nodelay(true)?;
    stream.write_all(&request).await?;
    let mut answer = Vec::new();
    loop {
        if let Some(fields) = fields(&answer)? {
            return Ok(fields);
        }
        if answer.len() > STATUS_BYTES_MAX {
            return Err(invalid("it is too long".to_owned()));
        }
        if stream.read_buf(&mut answer).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
}

/// The elements of a flat array of bulk strings, simple strings and integers, as text; `None` while it is incomplete.
fn fields(mut answer: &[u8]) -> io::Result<Option<Vec<String>>> {
    let Some(head) = line(&mut answer) else { return Ok(None) };
    let count: usize = match head.split_at_checked(1) {
        Some(("+", "OK")) => 0,
        Some(("*", count)) => count.parse().map_err(|_| invalid(format!("it begins with {head}")))?,
        _ => return Err(invalid(format!("it begins with {head}"))),
    };
    let mut fields = Vec::new();
    while fields.len() < count {
        let Some(head) = line(&mut answer) else { return Ok(None) };
        match head.split_at_checked(1) {
            Some((":" | "+", value)) => fields.push(value.to_owned()),
            Some(("_", "")) | Some(("$", "-1")) => fields.push(String::new()),
            Some(("$", length)) => {
                let length: usize = length.parse().map_err(|_| invalid(format!("a field begins with {head}")))?;
                if length > STATUS_BYTES_MAX {
                    return Err(invalid(format!("a field has {length} bytes")));
                }
                let Some((value, rest)) = answer.split_at_checked(length + 2) else { return Ok(None) };
                fields.push(String::from_utf8_lossy(&value[..length]).into_owned());
                answer = rest;
            }
            _ => return Err(invalid(format!("a field begins with {head}"))),
        }
    }
    Ok(Some(fields))
}

/// Reads alternating names and numbers.
fn numbers(fields: &[String]) -> io::Result<BTreeMap<String, i64>> {
    let number = |pair: &[String]| match pair[1].parse() {
        Ok(number) => Ok((pair[0].clone(), number)),
        Err(_) => Err(invalid(format!("{} is {}", pair[0], pair[1]))),
    };
    fields.chunks_exact(2).map(number).collect()
}

/// Takes a line off the front, without its end.
fn line(answer: &mut &[u8]) -> Option<String> {
    let end = answer.windows(2).position(|pair| pair == b"\r\n")?;
    let line = String::from_utf8_lossy(&answer[..end]).into_owned();
    *answer = &answer[end + 2..];
    Some(line)
}

/// Reads alternating names and values; names that are not known here are the node's own affair.
fn status(fields: &[String]) -> io::Result<NodeStatus> {
    let field = |name: &str| {
        let pair = fields.chunks_exact(2).find(|pair| pair[0] == name);
        pair.map(|pair| pair[1].as_str()).ok_or_else(|| invalid(format!("it has no field {name}")))
    };
    let number = |name: &str| {
        let value = field(name)?;
        value.parse::<u64>().map_err(|_| invalid(format!("{name} is {value}")))
    };
    let names = |name: &str| -> Vec<String> {
        field(name)
            .into_iter()
            .flat_map(|names| names.split(','))
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let (voters, outgoing) = (names("voters"), names("outgoing"));
    Ok(NodeStatus {
        is_joint: !outgoing.is_empty(),
        voters: voters.iter().cloned().chain(outgoing.into_iter().filter(|name| !voters.contains(name))).collect(),
        learners: names("learners"),
        role: field("role")?.to_owned(),
        term: number("term")?,
        leader: Some(field("leader")?).filter(|leader| !leader.is_empty()).map(str::to_owned),
        commit: number("commit")?,
        applied: number("applied")?,
        frames_rejected: number("frames_rejected").ok(),
    })
}

fn invalid(what: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("the answer of a node cannot be understood: {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    const ANSWER: &str = "*16\r\n$2\r\nid\r\n:2\r\n$4\r\nrole\r\n$8\r\nfollower\r\n$4\r\nterm\r\n:7\r\n$6\r\nleader\r\n$2\r\nn1\r\n\
                          $6\r\ncommit\r\n$2\r\n41\r\n$7\r\napplied\r\n:40\r\n$4\r\nlast\r\n:42\r\n$6\r\nvoters\r\n$5\r\nn1,n2\r\n";

    #[test]
    fn a_status_is_understood_once_it_is_complete() {
        for length in 0..ANSWER.len() {
            assert_eq!(fields(&ANSWER.as_bytes()[..length]).expect("the beginning of an answer"), None);
        }
        let fields = fields(ANSWER.as_bytes()).expect("an answer").expect("a complete one");
        let leader = Some("n1".to_owned());
        let (role, voters) = ("follower".to_owned(), vec!["n1".to_owned(), "n2".to_owned()]);
        let expected = NodeStatus { role, term: 7, leader, commit: 41, applied: 40, voters, ..NodeStatus::default() };
        assert_eq!(status(&fields).expect("a status"), expected);
    }

    #[test]
    fn an_empty_leader_is_none_and_a_missing_field_or_an_error_is_named() {
        let text = ANSWER.replace("$2\r\nn1", "$0\r\n");
        let known = fields(text.as_bytes()).expect("an answer").expect("a complete one");
        assert_eq!(status(&known).expect("a status").leader, None);
        let error = status(&known[..6]).expect_err("incomplete");
        assert!(error.to_string().ends_with("it has no field leader"), "{error}");
        let error = fields(b"-ERR unknown command\r\n").expect_err("an error");
        assert!(error.to_string().contains("-ERR unknown command"), "{error}");
        assert!(fields("é\r\n".as_bytes()).is_err(), "and nothing that is not ASCII is a panic");
    }

    #[tokio::test]
    async fn a_node_is_asked_over_its_client_port() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a listener");
        let address = listener.local_addr().expect("an address");
        let node = async {
            let (mut stream, _) = listener.accept().await.expect("a client");
            let mut request = vec![0; STATUS_REQUEST.len()];
            stream.read_exact(&mut request).await.expect("a request");
            assert_eq!(request, STATUS_REQUEST);
            stream.write_all(ANSWER.as_bytes()).await.expect("answered");
        };
        let (status, ()) = tokio::join!(RaftSystem.status(address, Duration::from_secs(30)), node);
        assert_eq!(status.expect("a status").commit, 41);
        drop(listener);
        assert!(RaftSystem.status(address, Duration::from_secs(30)).await.is_err(), "nobody is there");
    }
}
