//! A cluster of real processes behind real proxies, and what the tests do to it.

use harness::{
    checker::{CheckResult, NodeTrace, Verdict, raft_safety},
    client::{Client, Command, Endpoint, Reply},
    cluster::{Cluster, OwnEnd},
    history::Link,
    net::LinkCounters,
    outcome::CallError,
    store::RunDir,
    system::{NodeStatus, raft::RaftSystem},
    test::Test,
};
use std::{
    collections::BTreeMap,
    os::unix::process::ExitStatusExt,
    path::Path,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};
use tempfile::TempDir;
use tokio::sync::{Semaphore, SemaphorePermit};

/// Longer than anything takes that happens at all.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long one request waits for its answer. Longer than an election.
const REQUEST: Duration = Duration::from_millis(1500);
/// How long a request waits that nobody can answer.
const VAIN_REQUEST: Duration = Duration::from_millis(300);

/// So many clusters at a time: more would take the processors from each other.
static MACHINE: Semaphore = Semaphore::const_new(2);

/// A cluster of nodes named `n1`, `n2`, …
pub struct Group {
    cluster: Arc<Cluster>,
    endpoints: Arc<[Endpoint]>,
    run: RunDir,
    _folder: TempDir,
    _permit: SemaphorePermit<'static>,
}

/// What a test of such a cluster asks for.
pub fn test(nodes: usize, snapshot_bytes: u64, out: &Path) -> Test {
    Test {
        version: 1,
        system: "raft".into(),
        workload: "register".into(),
        nemesis: Vec::new(),
        nodes,
        concurrency: 1,
        rate: None,
        time_limit_ms: 1_000,
        operation_timeout_ms: 1_000,
        swarm: false,
        nemesis_interval_ms: 1_000,
        nemesis_duration_ms: None,
        nemesis_intensity: None,
        beyond_contract: false,
        leave_broken: false,
        fail_fast: false,
        recovery_ms: 30_000,
        election_timeout_ms_min: 200,
        election_timeout_ms_max: 400,
        heartbeat_ms: 50,
        snapshot_bytes: Some(snapshot_bytes),
        reads: None,
        elections_max: None,
        seed: 7,
        bugs: Vec::new(),
        out: out.to_owned(),
        program: env!("CARGO_BIN_EXE_whitewater").into(),
        program_version: String::new(),
        reproduce: String::new(),
        host: String::new(),
    }
}

/// Waits for the turn of a cluster.
pub async fn permit() -> SemaphorePermit<'static> {
    MACHINE.acquire().await.expect("it is never closed")
}

impl Group {
    /// Nodes that keep their whole log.
    pub async fn start(nodes: usize) -> Group {
        Group::with_snapshots(nodes, 1 << 30).await
    }

    /// Nodes that take a snapshot after so many bytes of log.
    pub async fn with_snapshots(nodes: usize, snapshot_bytes: u64) -> Group {
        Group::with(nodes, |test| test.snapshot_bytes = Some(snapshot_bytes)).await
    }

    /// Nodes of a test that differs from the usual one.
    pub async fn with(nodes: usize, change: impl FnOnce(&mut Test)) -> Group {
        let permit = permit().await;
        let folder = tempfile::tempdir().unwrap();
        let mut test = test(nodes, 1 << 30, folder.path());
        change(&mut test);
        let run = RunDir::create(&test, SystemTime::now()).unwrap();
        let cluster = Cluster::start(Arc::new(RaftSystem), &test, &run).await.unwrap();
        let endpoint = |name: &String| Endpoint { name: name.clone(), address: cluster.client_address(name) };
        let endpoints = cluster.nodes().iter().map(endpoint).collect();
        Group { cluster: Arc::new(cluster), endpoints, run, _folder: folder, _permit: permit }
    }

    /// The names of all nodes.
    pub fn all(&self) -> Vec<String> {
        self.cluster.nodes().to_vec()
    }

    /// All nodes but these.
    pub fn without(&self, nodes: &[impl AsRef<str>]) -> Vec<String> {
        let is_named = |node: &String| nodes.iter().any(|name| name.as_ref() == node);
        self.all().into_iter().filter(|node| !is_named(node)).collect()
    }

    pub fn cluster(&self) -> &Arc<Cluster> {
        &self.cluster
    }

    pub fn endpoints(&self) -> Arc<[Endpoint]> {
        Arc::clone(&self.endpoints)
    }

    // ---- the network

    /// All links between a node and the others, in both directions.
    fn links(&self, node: &str) -> Vec<Link> {
        let others = self.without(&[node]);
        let both = |other: String| {
            [(node.to_owned(), other.clone()), (other, node.to_owned())].map(|(from, to)| Link { from, to })
        };
        others.into_iter().flat_map(both).collect()
    }

    /// Cuts nodes off from everybody, also from each other.
    pub fn disconnect(&self, nodes: &[impl AsRef<str>]) {
        nodes.iter().for_each(|node| self.cluster.network().cut(&self.links(node.as_ref())));
    }

    /// Takes that back.
    pub fn connect(&self, nodes: &[impl AsRef<str>]) {
        nodes.iter().for_each(|node| self.cluster.network().restore(&self.links(node.as_ref())));
    }

    pub fn counters(&self) -> BTreeMap<Link, LinkCounters> {
        self.cluster.network().counters()
    }

    // ---- the processes

    pub async fn kill(&self, nodes: &[impl AsRef<str>]) {
        for node in nodes {
            self.cluster.kill(node.as_ref()).await.unwrap();
        }
    }

    /// Starts nodes that were killed, and waits until they answer.
    pub async fn restart(&self, nodes: &[impl AsRef<str>]) {
        for node in nodes {
            self.cluster.restart(node.as_ref()).unwrap();
        }
        for node in nodes {
            self.cluster.wait_answering(node.as_ref(), PATIENCE).await.unwrap();
        }
    }

    /// Tells a node to let something go wrong.
    pub async fn fault(&self, node: &str, words: &str) {
        let words: Vec<&str> = ["FAULT"].into_iter().chain(words.split(' ')).collect();
        assert_eq!(self.ask(node, &words, REQUEST).await.unwrap(), Reply::Simple("OK".into()), "{words:?}");
    }

    /// Tells a node to let something go wrong by which it dies. Returns the process.
    pub async fn deadly_fault(&self, node: &str, words: &str) -> u32 {
        let pid = self.cluster.pid(node).unwrap();
        self.cluster.expect(node, OwnEnd::Killed);
        self.fault(node, words).await;
        pid
    }

    /// Waits until it has died of it, and checks that it was of that.
    pub async fn dies(&self, node: &str, pid: u32, of: &str) {
        let ended =
            self.cluster.await_own_end(node, pid, PATIENCE).await.unwrap_or_else(|| panic!("{node} lives: {of}"));
        assert_eq!(ended.status.signal(), Some(9), "{of}");
        assert!(self.cluster.stderr_tail(node).contains(of), "{}", self.cluster.stderr_tail(node));
    }

    // ---- what the nodes say

    async fn statuses(&self, nodes: &[String]) -> Vec<(String, NodeStatus)> {
        let asked = self.cluster.statuses().await.into_iter();
        asked.filter_map(|(node, status)| Some((node, status.ok()?))).filter(|(node, _)| nodes.contains(node)).collect()
    }

    /// Waits until these nodes all follow one of them in the same term, and says whom and in which.
    pub async fn leader_and_term(&self, nodes: &[String]) -> (String, u64) {
        eventually("a leader whom everybody follows", async || {
            let statuses = self.statuses(nodes).await;
            let (leader, status) = statuses.iter().find(|(_, status)| status.role == "leader")?;
            let follows =
                |(_, other): &(String, NodeStatus)| other.term == status.term && other.leader.as_ref() == Some(leader);
            let is_agreed = statuses.len() == nodes.len() && statuses.iter().all(follows);
            is_agreed.then(|| (leader.clone(), status.term))
        })
        .await
    }

    pub async fn leader(&self, nodes: &[String]) -> String {
        self.leader_and_term(nodes).await.0
    }

    /// The node that leads now, as far as anybody says so.
    pub async fn present_leader(&self) -> Option<String> {
        self.cluster.leader().await.map(|(leader, _)| leader)
    }

    /// Waits until none of these nodes leads.
    pub async fn nobody_leads(&self, nodes: &[String]) {
        eventually("nobody leads", async || {
            let statuses = self.statuses(nodes).await;
            let nobody = statuses.len() == nodes.len() && statuses.iter().all(|(_, status)| status.role != "leader");
            nobody.then_some(())
        })
        .await;
    }

    /// Waits until these nodes, a majority, have applied everything that was committed before.
    pub async fn agree(&self, nodes: &[String]) {
        let leader = self.leader(nodes).await;
        let commit = self.number(&leader, "commit").await;
        eventually("everybody has applied everything", async || {
            let statuses = self.statuses(nodes).await;
            let agree = statuses.len() == nodes.len() && statuses.iter().all(|(_, status)| status.applied >= commit);
            agree.then_some(())
        })
        .await;
    }

    /// A number in a node's `RAFT STATUS`.
    pub async fn number(&self, node: &str, field: &str) -> u64 {
        eventually(&format!("{field} of {node}"), async || {
            let Ok(Reply::Array(fields)) = self.ask(node, &["RAFT", "STATUS"], REQUEST).await else { return None };
            let value = fields.chunks(2).find(|pair| pair[0] == Reply::Bulk(field.into()))?[1].clone();
            match value {
                Reply::Integer(number) => u64::try_from(number).ok(),
                Reply::Bulk(digits) => String::from_utf8(digits).ok()?.parse().ok(),
                _ => None,
            }
        })
        .await
    }

    // ---- what clients say

    /// Asks this node and no other, once.
    pub async fn ask(&self, node: &str, words: &[&str], limit: Duration) -> Result<Reply, CallError> {
        let endpoint = self.endpoints.iter().find(|endpoint| endpoint.name == node).unwrap();
        let mut client = Client::new([endpoint.clone()].into(), 0, 1);
        client.call(&Command::new(words.iter().copied()), limit).await.result
    }

    /// Writes through whoever leads these nodes until it is acknowledged.
    pub async fn write(&self, nodes: &[String], key: &str, value: &str) {
        eventually(&format!("{key} is written"), async || {
            let leader = self.leader(nodes).await;
            let reply = self.ask(&leader, &["SET", key, value], REQUEST).await;
            reply.is_ok_and(|reply| reply == Reply::Simple("OK".into())).then_some(())
        })
        .await;
    }

    /// Asks a node once to write what it cannot commit.
    pub async fn write_in_vain(&self, node: &str, key: &str, value: &str) {
        let reply = self.ask(node, &["SET", key, value], VAIN_REQUEST).await;
        assert!(reply.is_err(), "{node} answered {reply:?} without a majority");
    }

    /// The same many times at once, so that much stands in the node's log that will never be committed.
    pub async fn pour(&self, node: &str, key: &str, count: usize) {
        let names: Vec<String> = (0..count).map(|number| format!("{key}-{number}")).collect();
        let writes = names.iter().map(|name| Box::pin(self.write_in_vain(node, name, "in vain")));
        all_of(writes.collect()).await;
    }

    /// What is stored here, asked until somebody who leads these nodes answers.
    pub async fn read(&self, nodes: &[String], key: &str) -> Option<String> {
        let reply = eventually(&format!("{key} is read"), async || {
            let leader = self.leader(nodes).await;
            self.ask(&leader, &["GET", key], REQUEST).await.ok()
        })
        .await;
        match reply {
            Reply::Bulk(value) => Some(String::from_utf8(value).unwrap()),
            Reply::Nil => None,
            other => panic!("{key}: {other:?}"),
        }
    }

    // ---- the end

    /// Stops the nodes and judges their traces: none of Raft's properties was broken, and nobody ended by itself.
    pub async fn finish(self) -> CheckResult {
        self.cluster.stop().await;
        let exits = self.cluster.unexpected_exits();
        assert!(exits.is_empty(), "{exits:?}");
        let trace = |node: String| -> NodeTrace {
            let text = std::fs::read_to_string(self.run.node_trace(&node)).unwrap();
            raft_safety::parse(&node, &text)
        };
        let traces: Vec<_> = self.all().into_iter().map(trace).collect();
        let result = raft_safety::judge(&traces, &self.all(), 0);
        assert_eq!(result.verdict, Verdict::Valid, "{result:#?}");
        result
    }
}

/// Tries until there is a result. Nothing is judged by the limit: it only keeps a broken test from hanging.
pub async fn eventually<T>(what: &str, mut attempt: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(result) = attempt().await {
            return result;
        }
        assert!(Instant::now() < deadline, "in vain: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Waits for all of these at the same time.
pub async fn all_of<F: Future<Output = ()> + Unpin>(mut futures: Vec<F>) {
    std::future::poll_fn(|context| {
        futures.retain_mut(|future| std::pin::Pin::new(future).poll(context).is_pending());
        if futures.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
}

/// Numbers that look random and are the same each time.
pub struct Dice {
    seed: u64,
    throws: u64,
}

impl Dice {
    pub fn new(seed: u64) -> Dice {
        Dice { seed, throws: 0 }
    }

    pub fn below(&mut self, bound: usize) -> usize {
        self.throws += 1;
        (harness::seed::derive(self.seed, &self.throws.to_string()) % bound as u64) as usize
    }

    /// So many of these, each at most once.
    pub fn pick(&mut self, nodes: &[String], count: usize) -> Vec<String> {
        let mut left = nodes.to_vec();
        (0..count).map(|_| left.swap_remove(self.below(left.len()))).collect()
    }
}
