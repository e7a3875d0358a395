//! Systems under test: how a node is started and asked how it is. One file each.

pub mod etcd;
pub mod raft;

use crate::{client::Command as Request, test::Test};
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
    /// What an operator asks a node for, as a client, in order to change the members. `None`: nobody can change them.
    fn change(&self, change: &Change<'_>) -> Option<Request> {
        let _ = change;
        None
    }
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

/// A change of the members. Each says how it shall be, so that it may be asked for again by one who lost the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change<'a> {
    /// A new member, without a vote, with its addresses for peers and for clients.
    Add(&'a str, SocketAddr, SocketAddr),
    /// A member that votes.
    Promote(&'a str),
    /// No member.
    Remove(&'a str),
    /// The leader.
    Transfer(&'a str),
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
    /// The other founders of the cluster.
    pub peers: Vec<PeerSpec>,
    /// Whether it joins the cluster of its peers, and is not one of its founders.
    pub joins: bool,
    /// Nodes that may be added later.
    pub spares: Vec<PeerSpec>,
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
    /// Who votes, by the configuration in force; also who does not any more when a change that is under way is over.
    pub voters: Vec<String>,
    /// Members that do not vote.
    pub learners: Vec<String>,
    /// Whether a change of the members is under way.
    pub is_joint: bool,
    /// How many messages of other nodes it has rejected since its process began, because their checksum was wrong; `None`: it
    /// does not say.
    pub frames_rejected: Option<u64>,
}
