//! A cluster that stands ready to be measured.

use super::{BenchError, CallError, Connection, Operation, cpu_time};
use crate::{
    cluster::Cluster,
    net::ProxyThread,
    seed,
    store::RunDir,
    system::{System, etcd::EtcdSystem, raft::RaftSystem},
    test::Test,
};
use rand::Rng;
use std::{
    cell::Cell,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{task::JoinSet, time::sleep};

/// How many clients write them.
const LOADERS: u32 = 64;
/// How many keys a second they write at the very least.
const KEYS_PER_SECOND_MIN: u64 = 500;
/// How long a cluster may take to agree on a leader.
const LEADER_TIMEOUT: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(20);

/// What can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Our own node.
    Raft,
    /// etcd.
    Etcd,
}

impl Target {
    /// Its name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Target::Raft => "whitewater",
            Target::Etcd => "etcd",
        }
    }

    fn system(self) -> Arc<dyn System> {
        match self {
            Target::Raft => Arc::new(RaftSystem),
            Target::Etcd => Arc::new(EtcdSystem),
        }
    }
}

/// What a cluster holds while it is measured, and what is between its nodes.
#[derive(Clone, Copy, Debug)]
pub struct Ground {
    /// How many keys there are. All are written before anything is measured, so that every read finds one.
    pub keys: u32,
    /// The length of their values.
    pub value_bytes: usize,
    /// Whether there are proxies, for delays.
    pub has_proxies: bool,
}

/// A cluster of the target, without traces. Dropping it kills its nodes.
pub struct Standing {
    /// What it is a cluster of.
    pub target: Target,
    /// What every put writes.
    pub(super) value: Vec<u8>,
    /// How many keys there are.
    pub(super) keys: u32,
    pub(super) cluster: Cluster,
    /// Where the leader is, as far as known.
    pub(super) leader: Cell<SocketAddr>,
    /// The clients keep the time, and proxies on their thread would keep them from it.
    _proxies: Option<ProxyThread>,
}

impl Standing {
    /// Starts the nodes, waits for a leader, and writes every key once.
    ///
    /// # Errors
    /// If the cluster does not come up.
    pub async fn start(target: Target, test: &Test, run: &RunDir, ground: Ground) -> Result<Standing, BenchError> {
        let Ground { keys, value_bytes, has_proxies } = ground;
        // Bytes that no system can make shorter.
        let mut value = vec![0; value_bytes];
        seed::rng(test.seed, "bench/value").fill_bytes(&mut value);
        let proxies = has_proxies.then(ProxyThread::start).transpose().map_err(BenchError::Thread)?;
        let cluster = match &proxies {
            Some(proxies) => Cluster::start_untraced(proxies, target.system(), test, run).await?,
            None => Cluster::start_direct(target.system(), test, run).await?,
        };
        let leader = Cell::new(cluster.client_address(&cluster.nodes()[0]));
        let standing = Standing { target, value, keys, cluster, leader, _proxies: proxies };
        standing.find_leader().await?;
        standing.write_all_keys().await?;
        Ok(standing)
    }

    /// Asks the nodes who leads. Clients of our own node would find it by `MOVED` as well; those of etcd are served by every
    /// node, more slowly by followers.
    pub(super) async fn find_leader(&self) -> Result<(), BenchError> {
        let start = Instant::now();
        while start.elapsed() < LEADER_TIMEOUT {
            if let Some((leader, _)) = self.cluster.leader().await {
                self.leader.set(self.cluster.client_address(&leader));
                return Ok(());
            }
            sleep(POLL).await;
        }
        Err(BenchError::NoLeader { system: self.target.name(), limit: LEADER_TIMEOUT })
    }

    /// How to connect to the leader, also after this value is gone.
    pub(super) fn connector(&self) -> Connector {
        Connector { target: self.target, address: self.leader.get(), value: self.value.clone() }
    }

    /// What all nodes together have used of the processors.
    pub(super) fn cpu_time(&self) -> Result<Duration, BenchError> {
        let pids = self.cluster.nodes().iter().filter_map(|node| self.cluster.pid(node));
        pids.map(|pid| cpu_time(pid).map_err(|source| BenchError::Cpu { pid, source })).sum()
    }

    /// Ends all nodes.
    pub async fn stop(self) {
        self.cluster.stop().await;
    }

    async fn write_all_keys(&self) -> Result<(), BenchError> {
        let keys = self.keys;
        let mut loaders = JoinSet::new();
        for loader in 0..LOADERS {
            let mut connector = self.connector();
            loaders.spawn_local(async move {
                let mut connection = None;
                for key in (loader..keys).step_by(LOADERS as usize) {
                    while connector.call(&mut connection, Operation::Put, key).await.is_err() {
                        sleep(POLL).await;
                    }
                }
            });
        }
        let all = async { while loaders.join_next().await.is_some() {} };
        let limit = 2 * LEADER_TIMEOUT + Duration::from_secs(u64::from(keys) / KEYS_PER_SECOND_MIN);
        let no_leader = |_| BenchError::NoLeader { system: self.target.name(), limit };
        tokio::time::timeout(limit, all).await.map_err(no_leader)
    }
}

/// A client's way to the leader.
pub(super) struct Connector {
    target: Target,
    address: SocketAddr,
    value: Vec<u8>,
}

impl Connector {
    /// Calls over the connection, or over a new one if there is none. A connection that is of no more use is dropped; one to a
    /// node that leads no longer is replaced, by the next call, by one to the node that it named.
    pub async fn call(
        &mut self,
        connection: &mut Option<Connection>,
        operation: Operation,
        key: u32,
    ) -> Result<(), CallError> {
        let open = match connection {
            Some(open) => open,
            None => connection.insert(Connection::open(self.target, self.address, &self.value).await?),
        };
        let result = open.call(operation, key).await;
        match &result {
            Ok(()) | Err(CallError::Refused(_)) => {}
            Err(CallError::Moved(leader)) => {
                self.address = *leader;
                *connection = None;
            }
            Err(_) => *connection = None,
        }
        result
    }
}
