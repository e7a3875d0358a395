//! Nodes as local processes: spawned, signalled, watched, and never left behind.
//!
//! Every claim about a process is read back: that it is gone, from its wait status; that it is stopped, from `/proc`. A
//! node's ports are its own for the whole run (`port.rs`), and its peers reach it only through the [`Network`]'s proxies.
//! Nodes run in process groups of their own, so that Ctrl-C in a terminal reaches the harness alone, which can then heal,
//! judge and stop them; they die with the harness however it ends (`launcher.rs`).

mod error;
mod launcher;
mod leak;
mod member;
mod port;
mod process;

pub use error::ClusterError;
pub use port::Port;
pub use process::{Ended, OwnEnd, ProcessState, UnexpectedExit};

use crate::{
    client::Endpoint,
    history::Link,
    net::{Doors, Network, ProxyThread},
    seed,
    store::RunDir,
    system::{NodeSpec, NodeStatus, PeerSpec, System},
    test::Test,
};
use launcher::Launcher;
use leak::Suspect;
use member::Member;
use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::time::{sleep, timeout};

/// How long the nodes may take to answer for the first time.
const START_TIMEOUT: Duration = Duration::from_secs(20);
/// How long a node has to answer how it is. It is asked on loopback; who takes longer is stopped or overwhelmed.
const STATUS_TIMEOUT: Duration = Duration::from_millis(300);
/// How long a node has to obey when it is told to let something go wrong. It may be busy with that.
const FAULT_TIMEOUT: Duration = Duration::from_secs(1);
/// How long a node has to end by itself when it is told to.
const STOP_TIMEOUT: Duration = Duration::from_secs(2);
/// The nemesis that acts between clients and nodes.
const NEEDS_DOORS: &str = "clients";
/// How often to look for a change that nobody announces.
const POLL: Duration = Duration::from_millis(10);

/// The nodes of a run. Dropping it kills them all.
pub struct Cluster {
    system: Arc<dyn System>,
    test: Test,
    names: Vec<String>,
    spares: Vec<String>,
    members: Vec<Member>,
    network: Network,
    doors: Doors,
    launcher: Launcher,
}

/// What stands between the nodes, and what they write down.
struct Form {
    has_proxies: bool,
    has_traces: bool,
}

impl Cluster {
    /// Opens the network, starts every node and waits until each of them answers.
    pub async fn start(system: Arc<dyn System>, test: &Test, run: &RunDir) -> Result<Cluster, ClusterError> {
        let network = Network::start(&all_names(test), test.seed).await?;
        Cluster::start_over(network, Form { has_proxies: true, has_traces: true }, system, test, run).await
    }

    /// As [`Cluster::start`], but the nodes write no trace, and the proxies run on a thread of their own.
    pub(crate) async fn start_untraced(
        proxies: &ProxyThread,
        system: Arc<dyn System>,
        test: &Test,
        run: &RunDir,
    ) -> Result<Cluster, ClusterError> {
        let network = proxies.network(all_names(test), test.seed).await?;
        Cluster::start_over(network, Form { has_proxies: true, has_traces: false }, system, test, run).await
    }

    /// As [`Cluster::start`], but the nodes dial each other directly and write no trace: nothing stands between them and what
    /// they can do, and nothing can be cut. For measurements of speed.
    pub async fn start_direct(system: Arc<dyn System>, test: &Test, run: &RunDir) -> Result<Cluster, ClusterError> {
        let network = Network::start(&[], test.seed).await?;
        Cluster::start_over(network, Form { has_proxies: false, has_traces: false }, system, test, run).await
    }

    async fn start_over(
        network: Network,
        Form { has_proxies, has_traces }: Form,
        system: Arc<dyn System>,
        test: &Test,
        run: &RunDir,
    ) -> Result<Cluster, ClusterError> {
        let (names, spares) = (test.node_names(), test.spare_names());
        let mut ports = Vec::new();
        for node in names.iter().chain(&spares) {
            let reserve = || Port::reserve().map_err(|source| ClusterError::Port { node: node.clone(), source });
            let (listen, client) = (reserve()?, reserve()?);
            if has_proxies {
                network.set_target(node, listen.address());
            }
            ports.push((node, listen, client));
        }
        // They cost latency, and so are there only if they are needed.
        let needs_doors = has_proxies && test.nemesis.iter().any(|nemesis| nemesis == NEEDS_DOORS);
        let fronts = ports.iter().filter(|_| needs_doors).map(|(name, _, client)| ((*name).clone(), client.address()));
        let doors = Doors::open(fronts.collect()).await.map_err(ClusterError::Doors)?;
        let peers = |of: &str, among: &[String]| {
            let others = ports.iter().filter(|(name, ..)| *name != of && among.contains(name));
            others
                .map(|(name, listen, client)| PeerSpec {
                    name: (*name).clone(),
                    address: if has_proxies { network.address(of, name) } else { listen.address() },
                    client: doors.address(name).unwrap_or(client.address()),
                })
                .collect()
        };
        let specs: Vec<NodeSpec> = ports
            .iter()
            .map(|(name, listen, client)| NodeSpec {
                name: (*name).clone(),
                data: run.node_data(name),
                trace: has_traces.then(|| run.node_trace(name)),
                listen: listen.address(),
                client: client.address(),
                peers: peers(name, &names),
                joins: spares.contains(name),
                spares: peers(name, &spares),
                seed: seed::derive(test.seed, &format!("node/{name}")),
                // What is measured is what people run.
                allows_faults: has_traces,
            })
            .collect();
        let members =
            specs.into_iter().zip(ports).map(|(spec, (_, listen, client))| Member::new(spec, run, [listen, client]));
        let members = members.collect();
        let launcher = Launcher::start()?;
        let cluster =
            Cluster { system, test: test.clone(), names: names.clone(), spares, members, network, doors, launcher };
        for node in &names {
            cluster.restart(node)?;
        }
        let start = Instant::now();
        for node in &names {
            cluster.wait_answering(node, START_TIMEOUT.saturating_sub(start.elapsed())).await?;
        }
        Ok(cluster)
    }

    /// The test that they are part of.
    pub fn test(&self) -> &Test {
        &self.test
    }

    /// The names of the nodes.
    pub fn nodes(&self) -> &[String] {
        &self.names
    }

    /// The names of the nodes that are not there at the beginning, and may be added.
    pub fn spares(&self) -> &[String] {
        &self.spares
    }

    /// All nodes, as clients know them: those that are there from the beginning come first.
    pub fn endpoints(&self) -> Vec<Endpoint> {
        let names = self.names.iter().chain(&self.spares);
        names.map(|name| Endpoint { name: name.clone(), address: self.client_address(name) }).collect()
    }

    /// The system that the nodes are of.
    pub fn system(&self) -> &dyn System {
        &*self.system
    }

    /// Where a node listens to its peers, behind the proxies.
    pub fn peer_address(&self, node: &str) -> SocketAddr {
        self.member(node).spec.listen
    }

    /// Where clients reach a node, for the whole run.
    pub fn client_address(&self, node: &str) -> SocketAddr {
        self.doors.address(node).unwrap_or(self.member(node).spec.client)
    }

    /// What stands between the clients and the nodes.
    pub fn doors(&self) -> &Doors {
        &self.doors
    }

    /// The file to which a node writes its trace, if it writes one.
    pub fn trace(&self, node: &str) -> Option<&Path> {
        self.member(node).spec.trace.as_deref()
    }

    /// The links between the nodes.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// What a node's process is doing, as the kernel says.
    pub fn state(&self, node: &str) -> ProcessState {
        self.member(node).state()
    }

    /// The number of a node's process, while it has one.
    pub fn pid(&self, node: &str) -> Option<u32> {
        self.member(node).pid()
    }

    /// Starts a node that is not running: with the same data, at the same addresses. It need not answer yet.
    pub fn restart(&self, node: &str) -> Result<u32, ClusterError> {
        let member = self.member(node);
        member.spawn(&self.launcher, self.system.command(&self.test, &member.spec), None)
    }

    /// As [`Cluster::restart`], for a node whose data was damaged: it may fail. One that will be given its data back later writes no
    /// trace without it, as it is another than the one whose trace that would be.
    pub fn restart_damaged(&self, node: &str, has_trace: bool) -> Result<u32, ClusterError> {
        let member = self.member(node);
        let mut spec = member.spec.clone();
        spec.trace = spec.trace.filter(|_| has_trace);
        member.spawn(&self.launcher, self.system.command(&self.test, &spec), Some(OwnEnd::Failed))
    }

    /// Where a node's data is.
    pub fn data(&self, node: &str) -> PathBuf {
        self.member(node).spec.data.clone()
    }

    /// Kills a node with SIGKILL, whether it runs or is stopped, and waits until its process is gone.
    pub async fn kill(&self, node: &str) -> Result<Ended, ClusterError> {
        self.member(node).kill().await
    }

    /// Tells a node to let something go wrong inside of it, or asks what came of that.
    pub async fn fault(&self, node: &str, words: &str) -> io::Result<BTreeMap<String, i64>> {
        let member = self.member(node);
        match member.state() {
            ProcessState::Running => self.system.fault(member.spec.client, words, FAULT_TIMEOUT).await,
            state => Err(io::Error::new(io::ErrorKind::NotConnected, format!("{node} is {state}"))),
        }
    }

    /// Says that a node's process may end like this by itself from now on, until it is started again: a fault makes it do so.
    pub fn expect(&self, node: &str, end: OwnEnd) {
        self.member(node).expect(end);
    }

    /// Takes that back, once.
    pub fn no_longer_expect(&self, node: &str, end: OwnEnd) {
        self.member(node).no_longer_expect(end);
    }

    /// Waits for the end of a node's process by itself. `None` if it is still there when this much time has passed.
    pub async fn await_own_end(&self, node: &str, pid: u32, limit: Duration) -> Option<Ended> {
        self.member(node).await_own_end(pid, limit).await
    }

    /// The last lines of a node's standard error since it was started.
    pub fn stderr_tail(&self, node: &str) -> String {
        self.member(node).stderr_tail()
    }

    /// Stops a node with SIGSTOP, and returns its process's number when all of its threads stand still.
    pub async fn pause(&self, node: &str) -> Result<u32, ClusterError> {
        self.member(node).pause().await
    }

    /// Lets a stopped node go on with SIGCONT, and returns when it does.
    pub async fn resume(&self, node: &str) -> Result<u32, ClusterError> {
        self.member(node).resume().await
    }

    /// Waits until a node answers at its client address. An error as soon as its process has ended.
    pub async fn wait_answering(&self, node: &str, limit: Duration) -> Result<NodeStatus, ClusterError> {
        let member = self.member(node);
        let start = Instant::now();
        loop {
            if matches!(member.state(), ProcessState::Dead | ProcessState::NotStarted) {
                return Err(member.ended());
            }
            let error = match self.status(member).await {
                Ok(status) => return Ok(status),
                Err(error) => error,
            };
            if start.elapsed() >= limit {
                let (node, address, stderr) = (node.to_owned(), member.spec.client, member.stderr_tail());
                return Err(ClusterError::NotAnswering { node, address, limit, error, stderr });
            }
            sleep(POLL).await;
        }
    }

    /// How each node says it is; all are asked at the same time. Who does not run is not asked, and a spare one that does not run
    /// is passed over.
    pub async fn statuses(&self) -> Vec<(String, io::Result<NodeStatus>)> {
        let is_there =
            |member: &&Member| !self.spares.contains(&member.spec.name) || member.state() == ProcessState::Running;
        let members: Vec<&Member> = self.members.iter().filter(is_there).collect();
        let asked: Vec<_> = members
            .iter()
            .map(|member| match member.state() {
                ProcessState::Running => Ok(tokio::spawn(self.status(member))),
                state => Err(io::Error::new(io::ErrorKind::NotConnected, format!("{} is {state}", member.spec.name))),
            })
            .collect();
        let mut statuses = Vec::new();
        for (member, asked) in members.into_iter().zip(asked) {
            let status = match asked {
                Ok(task) => task.await.unwrap_or_else(|error| Err(io::Error::other(error))),
                Err(error) => Err(error),
            };
            statuses.push((member.spec.name.clone(), status));
        }
        statuses
    }

    /// The node that says of itself that it leads, and its term. Of several, the one with the highest term: the others
    /// have not heard of it yet.
    pub async fn leader(&self) -> Option<(String, u64)> {
        let statuses = self.statuses().await.into_iter();
        let leaders =
            statuses.filter_map(|(node, status)| status.ok().filter(|s| s.role == "leader").map(|s| (node, s.term)));
        leaders.max_by_key(|(_, term)| *term)
    }

    /// The nodes that are connected to each other past the proxies at this moment.
    ///
    /// # Errors
    /// If the machine does not list its connections.
    pub fn leaks(&self) -> io::Result<BTreeSet<Link>> {
        let suspects: Vec<Suspect<'_>> = (self.members.iter())
            .map(|member| Suspect {
                name: &member.spec.name,
                pid: member.pid(),
                addresses: [member.spec.listen, member.spec.client],
            })
            .collect();
        leak::find(&suspects)
    }

    /// The nodes that ended though nobody asked them to, in the order in which it was noticed within each node.
    pub fn unexpected_exits(&self) -> Vec<UnexpectedExit> {
        self.members.iter().flat_map(Member::unexpected_exits).collect()
    }

    /// Ends every node: resumes it if it is stopped, asks it to end, and kills it if it does not. Says how each one that
    /// was still alive ended.
    pub async fn stop(&self) -> Vec<Ended> {
        for member in &self.members {
            member.ask_to_end();
        }
        let start = Instant::now();
        let mut ended = Vec::new();
        for member in &self.members {
            let limit = STOP_TIMEOUT.saturating_sub(start.elapsed());
            ended.extend(member.await_end(limit).await);
        }
        ended
    }

    fn status(&self, member: &Member) -> impl Future<Output = io::Result<NodeStatus>> + Send + 'static {
        let answer = self.system.status(member.spec.client, STATUS_TIMEOUT);
        async {
            // Also against a system that does not keep to the limit.
            timeout(STATUS_TIMEOUT, answer).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
        }
    }

    fn member(&self, node: &str) -> &Member {
        let member = self.members.iter().find(|member| member.spec.name == node);
        member.unwrap_or_else(|| panic!("the cluster has no node {node}"))
    }
}

/// Of all nodes that there ever are.
fn all_names(test: &Test) -> Vec<String> {
    test.node_names().into_iter().chain(test.spare_names()).collect()
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // Signal all before waiting for any: they die at the same time.
        self.members.iter().for_each(Member::signal_kill);
        self.members.iter().for_each(Member::reap_killed);
    }
}
