//! etcd, the neighbour that speed is measured against: met through its command line and its gRPC interface.
//!
//! Its nodes must reach each other directly. An etcd member's identity is made of the addresses that everybody, itself included,
//! knows it by; proxies that give it another address for each of its peers do not fit that.

pub mod grpc;

use super::{BoxFuture, NodeSpec, NodeStatus, System};
use crate::test::Test;
use grpc::{Channel, Field, fields};
use std::{io, net::SocketAddr, process::Command, time::Duration};
use tokio::time::timeout;

/// The program, as Debian's package `etcd-server` installs it.
const PROGRAM: &str = "etcd";
/// Room for long measurements: etcd refuses writes once its database has more bytes than this.
const QUOTA_BYTES: u64 = 8 << 30;

/// A cluster of etcd members.
#[derive(Clone, Copy, Debug, Default)]
pub struct EtcdSystem;

impl EtcdSystem {
    /// Which etcd there is: `3.4.23`.
    ///
    /// # Errors
    /// If there is none, or it cannot be run.
    pub fn version() -> io::Result<String> {
        let output = Command::new(PROGRAM).arg("--version").output()?;
        let text = String::from_utf8_lossy(&output.stdout);
        // Its first line reads `etcd Version: 3.4.23`.
        let line = text.lines().next().unwrap_or_default();
        Ok(line.rsplit(' ').next().unwrap_or_default().to_owned())
    }
}

impl System for EtcdSystem {
    fn name(&self) -> &'static str {
        "etcd"
    }

    fn summary(&self) -> &'static str {
        "etcd, with links that nothing stands in"
    }

    fn command(&self, test: &Test, node: &NodeSpec) -> Command {
        let mut command = Command::new(PROGRAM);
        let url = |address: SocketAddr| format!("http://{address}");
        let peers = node.peers.iter().map(|peer| format!("{}={}", peer.name, url(peer.address)));
        let own = std::iter::once(format!("{}={}", node.name, url(node.listen)));
        let members: Vec<String> = own.chain(peers).collect();
        command.args(["--name", &node.name]).arg("--data-dir").arg(&node.data);
        for option in ["--listen-peer-urls", "--initial-advertise-peer-urls"] {
            command.args([option, &url(node.listen)]);
        }
        for option in ["--listen-client-urls", "--advertise-client-urls"] {
            command.args([option, &url(node.client)]);
        }
        command.args(["--initial-cluster", &members.join(","), "--initial-cluster-state", "new"]);
        command.args(["--heartbeat-interval", &test.heartbeat_ms.to_string()]);
        command.args(["--election-timeout", &test.election_timeout_ms_min.to_string()]);
        command.args(["--quota-backend-bytes", &QUOTA_BYTES.to_string(), "--log-level", "warn"]);
        command
    }

    fn status(&self, client: SocketAddr, limit: Duration) -> BoxFuture<'static, io::Result<NodeStatus>> {
        Box::pin(async move { timeout(limit, ask(client)).await.map_err(|_| io::ErrorKind::TimedOut)? })
    }

    fn has_trace(&self) -> bool {
        false
    }
}

async fn ask(client: SocketAddr) -> io::Result<NodeStatus> {
    let mut channel = Channel::open(client).await?;
    let answer = channel.call("/etcdserverpb.Maintenance/Status", b"").await.map_err(io::Error::other)?;
    status(&answer).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "the answer to Status is no message"))
}

/// Reads a `StatusResponse`; `None` if it is not well-formed. The numbers are those of etcd's `rpc.proto`.
fn status(answer: &[u8]) -> Option<NodeStatus> {
    let (mut own, mut leader, mut status) = (0, 0, NodeStatus::default());
    for field in fields(answer) {
        match field? {
            (1, Field::Bytes(header)) => {
                for field in fields(header) {
                    if let (2, Field::Number(member)) = field? {
                        own = member;
                    }
                }
            }
            (4, Field::Number(member)) => leader = member,
            (5, Field::Number(index)) => status.commit = index,
            (6, Field::Number(term)) => status.term = term,
            (7, Field::Number(index)) => status.applied = index,
            _ => {}
        }
    }
    status.role = if leader != 0 && leader == own { "leader" } else { "follower" }.to_owned();
    status.leader = (leader != 0).then(|| format!("{leader:x}"));
    Some(status)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leader_is_the_member_that_it_names() {
        // header { member_id: 9, raft_term: 3 }, version "3", leader 9, index 300, term 3, applied 299
        let answer = b"\x0a\x04\x10\x09\x20\x03\x12\x013\x20\x09\x28\xac\x02\x30\x03\x38\xab\x02";
        let known = status(answer).expect("a message");
        let leader = Some("9".to_owned());
        assert_eq!(
            known,
            NodeStatus {
                role: "leader".to_owned(),
                term: 3,
                leader,
                commit: 300,
                applied: 299,
                ..NodeStatus::default()
            }
        );
        assert_eq!(status(b"\x0a\x02\x10\x09\x20\x08").expect("a message").role, "follower");
        assert_eq!(status(b"").expect("a message").leader, None);
        assert_eq!(status(&answer[..4]), None, "and what is cut off is nothing");
    }
}
