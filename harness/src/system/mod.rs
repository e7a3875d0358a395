//! Systems under test: how a node is started and asked how it is. One file each.

pub mod etcd;
pub mod raft;

use crate::test::Test;
use std::{
    collections::BTreeMap, future::Future, io, net::SocketAddr, path::PathBuf, pin::Pin, process::Command,
    time::Duration,
};

/// A future that a trait object can return.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Something that can be tested.
pub trait System: Send + Sync {
    /// Its name on the command line.
    fn name(&self) -> &'static str;
    /// What it is, in a sentence.
    fn summary(&self) -> &'static str;
    /// The command that starts a node, without redirections: the cluster sees to those, and to the process's end.
    fn command(&self, test: &Test, node: &NodeSpec) -> Command;
    /// Asks a node how it is.
    fn status(&self, client: SocketAddr, timeout: Duration) -> BoxFuture<'static, io::Result<NodeStatus>>;
    /// Tells a node to let something go wrong inside of it, in its own words, or asks what came of that. Only a node that was built for
    /// it can: one whose [`NodeSpec::allows_faults`] was heeded.
    fn fault(
        &self,
        client: SocketAddr,
        words: &str,
        timeout: Duration,
    ) -> BoxFuture<'static, io::Result<BTreeMap<String, i64>>> {
        let _ = (client, timeout);
        let error = io::Error::new(
            io::ErrorKind::Unsupported,
            format!("{} has no faults inside of a node: {words}", self.name()),
        );
        Box::pin(async { Err(error) })
    }
    /// Whether its nodes write a trace of their protocol (see [`crate::history::trace`]), which is then judged as well.
    fn has_trace(&self) -> bool {
        true
    }
}

/// What a node is told of itself and its peers.
#[derive(Clone, Debug)]
pub struct NodeSpec {
    /// `n1`, ...
    pub name: String,
    /// Its data directory, which exists.
    pub data: PathBuf,
    /// Where it writes its trace, if it is to write one.
    pub trace: Option<PathBuf>,
    /// Where it listens to its peers.
    pub listen: SocketAddr,
    /// Where it listens to clients.
    pub client: SocketAddr,
    /// Everybody else.
    pub peers: Vec<PeerSpec>,
    /// Its own random seed.
    pub seed: u64,
    /// Whether it is to obey when it is told to let something go wrong.
    pub allows_faults: bool,
}

/// What a node is told of a peer.
#[derive(Clone, Debug)]
pub struct PeerSpec {
    /// `n2`, ...
    pub name: String,
    /// Where to send to it: the proxy of the link from the node to this peer, or the peer itself if there are no proxies.
    pub address: SocketAddr,
    /// Where the peer listens to clients, for redirections.
    pub client: SocketAddr,
}

/// How a node says it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeStatus {
    /// `follower`, `pre-candidate`, `candidate` or `leader`.
    pub role: String,
    /// Its current term.
    pub term: u64,
    /// The leader it knows of.
    pub leader: Option<String>,
    /// Its commit index.
    pub commit: u64,
    /// Its applied index.
    pub applied: u64,
    /// How many messages of other nodes it has rejected since its process began, because their checksum was wrong; `None`: it
    /// does not say.
    pub frames_rejected: Option<u64>,
}
