//! Nodes start, are killed, stopped and started again, and none is left behind.

use crate::{
    eventually,
    node::{Oddity, TestSystem, test},
};
use harness::{
    cluster::{Cluster, ClusterError, ProcessState},
    history::Link,
    store::RunDir,
};
use std::{
    fs,
    os::unix::process::ExitStatusExt,
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
    time::Duration,
};
use tempfile::TempDir;

/// Longer than anything takes.
const LONG: Duration = Duration::from_secs(60);

pub async fn start(system: TestSystem, nodes: usize) -> (Cluster, TempDir) {
    let directory = TempDir::new().expect("a directory");
    let (test, run) = (test(nodes, &[]), RunDir::new(directory.path()));
    (Cluster::start(Arc::new(system), &test, &run).await.expect("a cluster"), directory)
}

/// Whether a process is there and not just a name that its parent has not asked about yet.
pub fn is_alive(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(')').is_some_and(|(_, rest)| !rest.trim_start().starts_with(['Z', 'X']))
}

fn pids(cluster: &Cluster) -> Vec<u32> {
    cluster.nodes().iter().filter_map(|node| cluster.pid(node)).collect()
}

fn signal(pid: u32, signal: nix::sys::signal::Signal) {
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid.cast_signed()), signal).expect("a process of ours");
}

#[tokio::test]
async fn nodes_that_talk_past_the_proxies_are_found_out() {
    let (cluster, _directory) = start(TestSystem::default(), 3).await;
    let sent =
        |cluster: &Cluster| cluster.network().counters().values().map(|link| link.messages_forwarded).sum::<u64>();
    eventually("they talk", || sent(&cluster) >= 10).await;
    assert!(cluster.leaks().expect("a list").is_empty());

    let (directory, system) = (TempDir::new().expect("a directory"), Arc::new(TestSystem::default()));
    let direct = Cluster::start_direct(system, &test(3, &[]), &RunDir::new(directory.path())).await;
    let direct = direct.expect("a cluster");
    eventually("they are all connected", || direct.leaks().expect("a list").len() == 6).await;
}

#[tokio::test]
async fn a_killed_node_is_gone_and_comes_back_where_it_was() {
    let (cluster, directory) = start(TestSystem { leader: Some("n2"), ..TestSystem::default() }, 3).await;
    assert_eq!(cluster.leader().await, Some(("n2".to_owned(), 1)));
    let (before, address) = (cluster.pid("n2").expect("a process"), cluster.client_address("n2"));

    let ended = cluster.kill("n2").await.expect("killed");
    assert_eq!((ended.pid, ended.status.signal()), (before, Some(9)));
    assert!(!Path::new(&format!("/proc/{before}")).exists(), "and reaped");
    assert_eq!(cluster.state("n2"), ProcessState::Dead);
    assert_eq!(cluster.leader().await, None);
    let statuses = cluster.statuses().await;
    assert_eq!(statuses.iter().map(|(_, status)| status.is_ok()).collect::<Vec<_>>(), [true, false, true]);
    for refused in [cluster.kill("n2").await.err(), cluster.pause("n2").await.err()] {
        assert!(matches!(refused, Some(ClusterError::State { state: ProcessState::Dead, .. })), "{refused:?}");
    }
    assert!(matches!(cluster.wait_answering("n2", LONG).await, Err(ClusterError::Ended { .. })));

    let after = cluster.restart("n2").expect("started");
    cluster.wait_answering("n2", LONG).await.expect("an answer");
    assert_ne!(before, after);
    assert_eq!(cluster.client_address("n2"), address);
    assert!(matches!(cluster.restart("n2"), Err(ClusterError::State { state: ProcessState::Running, .. })));
    assert_eq!(cluster.unexpected_exits(), [], "it was asked to");
    let stderr = fs::read_to_string(RunDir::new(directory.path()).node_stderr("n2")).expect("its standard error");
    assert_eq!(stderr.matches("n2 begins").count(), 2, "both starts are in one file");
}

#[tokio::test]
async fn nodes_talk_through_the_network_also_after_a_restart() {
    let (cluster, _directory) = start(TestSystem::default(), 3).await;
    let forwarded = |from: &str, to: &str| {
        cluster.network().counters()[&Link { from: from.to_owned(), to: to.to_owned() }].messages_forwarded
    };
    for (from, to) in [("n1", "n2"), ("n2", "n1"), ("n3", "n1")] {
        eventually("a message passes", || forwarded(from, to) > 0).await;
    }
    cluster.kill("n1").await.expect("killed");
    cluster.restart("n1").expect("started");
    let (to, from) = (forwarded("n2", "n1"), forwarded("n1", "n2"));
    eventually("messages reach it again", || forwarded("n2", "n1") > to + 2).await;
    eventually("it sends again", || forwarded("n1", "n2") > from + 2).await;
}

#[tokio::test]
async fn a_paused_node_stands_still_until_it_is_resumed() {
    let (cluster, _directory) = start(TestSystem { leader: Some("n1"), ..TestSystem::default() }, 2).await;
    let pid = cluster.pause("n1").await.expect("stopped");
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).expect("its state");
    assert!(stat.contains(") T "), "{stat}");
    assert_eq!(cluster.state("n1"), ProcessState::Stopped);
    assert_eq!(cluster.leader().await, None, "who stands still is not asked");
    assert_eq!(cluster.resume("n1").await.expect("running"), pid);
    assert_eq!(cluster.state("n1"), ProcessState::Running);
    cluster.wait_answering("n1", LONG).await.expect("an answer");

    cluster.pause("n1").await.expect("stopped");
    assert_eq!(cluster.kill("n1").await.expect("a stopped node can be killed").status.signal(), Some(9));
}

#[tokio::test]
async fn an_exit_that_nobody_asked_for_is_told_once() {
    let (cluster, _directory) = start(TestSystem::default(), 2).await;
    assert_eq!(cluster.unexpected_exits(), []);
    signal(cluster.pid("n2").expect("a process"), nix::sys::signal::Signal::SIGKILL);
    eventually("it is noticed", || !cluster.unexpected_exits().is_empty()).await;
    let exits = cluster.unexpected_exits();
    assert_eq!((exits.len(), exits[0].node.as_str(), exits[0].status.signal()), (1, "n2", Some(9)));
    assert!(exits[0].stderr_tail.contains("n2 begins"), "{}", exits[0].stderr_tail);
    cluster.restart("n2").expect("started");
    cluster.wait_answering("n2", LONG).await.expect("an answer");
    assert_eq!(cluster.unexpected_exits(), exits);
}

#[tokio::test]
async fn a_cluster_that_cannot_start_says_which_node_and_why() {
    let directory = TempDir::new().expect("a directory");
    let system = TestSystem { oddity: Oddity::ExitsAtOnce, ..TestSystem::default() };
    let outcome = Cluster::start(Arc::new(system), &test(3, &[]), &RunDir::new(directory.path())).await;
    let error = outcome.err().expect("no cluster").to_string();
    assert!(error.starts_with("n1: ended (exit status: 3)"), "{error}");
    assert!(error.contains("n1 has no wish to live"), "{error}");
}

#[tokio::test]
async fn stopping_ends_all_whether_they_run_or_stand_still_or_will_not_listen() {
    for (oddity, is_killed) in [(Oddity::None, false), (Oddity::IgnoresSigterm, true)] {
        let (cluster, _directory) = start(TestSystem { oddity, ..TestSystem::default() }, 3).await;
        let pids = pids(&cluster);
        cluster.kill("n1").await.expect("killed");
        cluster.pause("n2").await.expect("stopped");
        let ended = cluster.stop().await;
        let nodes: Vec<(&str, bool)> = ended.iter().map(|ended| (ended.node.as_str(), ended.is_killed)).collect();
        assert_eq!(nodes, [("n2", is_killed), ("n3", is_killed)]);
        assert!(pids.iter().all(|pid| !is_alive(*pid)));
        assert_eq!(cluster.unexpected_exits(), []);
    }
}

#[tokio::test]
async fn dropping_a_cluster_leaves_no_process_behind() {
    let (cluster, _directory) = start(TestSystem { oddity: Oddity::IgnoresSigterm, ..TestSystem::default() }, 3).await;
    let pids = pids(&cluster);
    cluster.pause("n3").await.expect("stopped");
    assert!(pids.len() == 3 && pids.iter().all(|pid| is_alive(*pid)));
    drop(cluster);
    assert!(pids.iter().all(|pid| !is_alive(*pid)));
}

/// Says that this program is to be a harness, and where it writes the numbers of its nodes' processes.
const HARNESS: &str = "WHITEWATER_TEST_HARNESS";

/// Not a test, but what the harness of the next one does: it starts a cluster, stops a node, and waits to be killed. Its
/// runtime's threads come and go meanwhile, which must not concern the nodes.
#[test]
fn harness_process() {
    let Ok(path) = std::env::var(HARNESS) else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let (cluster, _directory) = tokio::spawn(start(TestSystem::default(), 3)).await.expect("a cluster");
        let started = std::thread::spawn(move || {
            // A thread that starts a node and ends.
            tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(async {
                cluster.kill("n1").await.expect("killed");
                cluster.restart("n1").expect("started");
            });
            cluster
        });
        let cluster = started.join().expect("a cluster");
        cluster.wait_answering("n1", LONG).await.expect("it survives the thread");
        cluster.pause("n3").await.expect("stopped");
        let pids: Vec<String> = pids(&cluster).iter().map(u32::to_string).collect();
        fs::write(format!("{path}.new"), pids.join(" ")).expect("written");
        fs::rename(format!("{path}.new"), &path).expect("complete");
        std::future::pending::<()>().await;
    });
}

#[tokio::test]
async fn a_harness_killed_by_sigkill_leaves_no_process_behind() {
    let directory = TempDir::new().expect("a directory");
    let path = directory.path().join("pids");
    let mut harness = Command::new(std::env::current_exe().expect("the name of this program"))
        .args(["process::harness_process", "--exact", "--nocapture", "--test-threads=1"])
        .env(HARNESS, &path)
        // It will have no time to tidy up.
        .env("TMPDIR", directory.path())
        .stdout(Stdio::null())
        .spawn()
        .expect("a harness");
    eventually("its cluster runs", || path.exists()).await;
    let pids: Vec<u32> =
        fs::read_to_string(&path).expect("pids").split(' ').map(|pid| pid.parse().expect("a pid")).collect();
    assert!(pids.len() == 3 && pids.iter().all(|pid| is_alive(*pid)));

    harness.kill().expect("SIGKILL");
    harness.wait().expect("its end");
    eventually("all nodes are gone, also the stopped one", || pids.iter().all(|pid| !is_alive(*pid))).await;
}
