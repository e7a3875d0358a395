//! A run from its plan to its verdict, in order.

use super::{
    Clients, Clock, Counts, Observer, Phase, RunEvent,
    clients::told,
    early::Early,
    judging::{self, Facts, Sources},
    recovery::wait_for_service,
    watch::{FaultLog, Watchers, watch},
};
use crate::{
    checker::{Aftermath, Results, judge::message},
    client::Endpoint,
    cluster::{Cluster, ClusterError},
    generator::{Generator, Sequence, Stagger, TimeLimit},
    history::{Fault, ProcessId},
    nemesis::{self, PlannedFault},
    net::{ProxyCost, measure_cost},
    store::{HistoryWriter, RunDir, reserve, save_json},
    system::System,
    test::Test,
    workload::Workload,
};
use nix::sys::statvfs::statvfs;
use serde::Serialize;
use std::{
    convert::Infallible,
    future::{Future, pending, poll_fn},
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    pin::pin,
    sync::Arc,
    task::Poll,
    time::{Duration, Instant, SystemTime},
};
use tokio::{
    sync::watch as flag,
    task::{JoinError, spawn_blocking},
    time::{sleep, timeout},
};

/// How long a cluster may take to elect its first leader, at least.
const SETUP_MIN: Duration = Duration::from_secs(10);
/// How long an interrupted run waits for the cluster to serve again.
const INTERRUPTED_RECOVERY_MAX: Duration = Duration::from_secs(3);

/// Room for the verdict, set aside while there is some.
const RESULTS_BYTES: usize = 256 << 10;
/// A disk with less room than this is full.
const DISK_FREE_MIN: u64 = 1 << 20;

/// Why a run has no results, or they are those of a part of it only: the harness, or the machine, failed.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A file or directory of the run cannot be written.
    #[error("{path}: {error}")]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The nodes cannot be started.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    /// There is no clock.
    #[error("the machine's monotonic clock cannot be read: {0}")]
    Clock(nix::Error),
    /// Something inside the harness panicked.
    #[error("the harness panicked: {0}")]
    Panic(String),
    /// A checker panicked.
    #[error("judging failed: {0}")]
    Judging(JoinError),
}

/// Runs a test: starts the system, lets clients work on it under the faults of the plan, heals it, and judges what
/// happened. When `interrupt` becomes true, the workload ends early and everything after it is kept short.
///
/// A system that breaks its promises is a result, not an error. Where the harness or the machine fails while clients work, what is
/// recorded until then is judged, and the results say so.
///
/// # Errors
/// If the harness or the machine failed before or after that. The nodes are stopped then, too.
pub async fn run(
    test: Test,
    system: Arc<dyn System>,
    workload: Box<dyn Workload>,
    plan: Vec<PlannedFault>,
    observers: &[Arc<dyn Observer>],
    interrupt: flag::Receiver<bool>,
) -> Result<(Results, RunDir), RunError> {
    let watchers = Watchers::new(observers);
    let run =
        RunDir::create(&test, SystemTime::now()).map_err(|error| RunError::Io { path: test.out.clone(), error })?;
    save(run.test(), &test)?;
    reserve(&run.results(), RESULTS_BYTES).map_err(|error| RunError::Io { path: run.results(), error })?;
    if let Err(error) = run.link_latest() {
        watchers.warn(format!("no link to the latest run was made: {error}"));
    }
    watchers.tell(&RunEvent::Started {
        summary: summary(&test),
        seed: test.seed,
        directory: run.path().to_path_buf(),
        time_limit: Duration::from_millis(test.time_limit_ms),
    });
    watchers.phase(Phase::Setup);
    // Before there are nodes that take the processors for themselves.
    let proxies = match measure_cost().await {
        Ok(cost) => Some(cost),
        Err(error) => {
            watchers.warn(format!("what the proxies cost could not be measured: {error}"));
            None
        }
    };
    let cluster = Cluster::start(Arc::clone(&system), &test, &run).await?;
    let nodes = cluster.endpoints().into();
    let life = Life {
        test: &test,
        system: &*system,
        workload: workload.into(),
        cluster: &cluster,
        proxies,
        nodes,
        run: &run,
        watchers: &watchers,
        interrupt,
    };
    let results = Box::pin(life.live(plan)).await;
    watchers.phase(Phase::Teardown);
    cluster.stop().await;
    let results = results?;
    watchers.tell(&RunEvent::Finished { results: Box::new(results.clone()), directory: run.path().to_path_buf() });
    Ok((results, run))
}

fn save(path: PathBuf, value: &impl Serialize) -> Result<(), RunError> {
    save_json(&path, value).map_err(|error| RunError::Io { path, error })
}

/// `raft · register · partition · 5 nodes · 10 clients · 20s`
fn summary(test: &Test) -> String {
    let nemesis = match test.nemesis.join(",") {
        names if test.swarm => format!("swarm of {names}"),
        _ if test.has_all_nemeses() => "all".to_string(),
        names if names.is_empty() => "none".to_string(),
        names => names,
    };
    let limit = humantime::format_duration(Duration::from_millis(test.time_limit_ms));
    let (system, workload, nodes, clients) = (&test.system, &test.workload, test.nodes, test.concurrency);
    format!("{system} · {workload} · {nemesis} · {nodes} nodes · {clients} clients · {limit}")
}

/// From one look for a violation to the next, at least; and by how much longer than a look.
const EARLY_INTERVAL: Duration = Duration::from_millis(500);
const EARLY_PAUSE: u32 = 10;

/// What the phases of a run have in common.
struct Life<'a> {
    test: &'a Test,
    system: &'a dyn System,
    workload: Arc<dyn Workload>,
    cluster: &'a Cluster,
    proxies: Option<ProxyCost>,
    nodes: Arc<[Endpoint]>,
    run: &'a RunDir,
    watchers: &'a Watchers<'a>,
    interrupt: flag::Receiver<bool>,
}

/// What is known of a run, as far as it has come.
#[derive(Default)]
struct Story {
    faults: Vec<Fault>,
    /// When the workload phase ended.
    workload_end: Option<u64>,
    not_recovered: Option<String>,
    aftermath: Option<Aftermath>,
}

/// What the phases after the workload go on from.
struct Worked {
    generator: Box<dyn Generator>,
    next_process: ProcessId,
    core: Core,
}

/// Who has to serve in the end.
struct Core {
    names: Vec<String>,
    /// All nodes, these first.
    nodes: Arc<[Endpoint]>,
}

impl Life<'_> {
    /// Everything between the start of the nodes and their end.
    async fn live(&self, plan: Vec<PlannedFault>) -> Result<Results, RunError> {
        let not_recovered = self.wait_for_leader().await.err();
        let clock = Clock::start().map_err(RunError::Clock)?;
        let history = HistoryWriter::create(&self.run.history(), move || clock.now());
        let history = Arc::new(history.map_err(|error| self.history_error(error))?);
        let clients = Arc::new(Clients {
            nodes: Arc::clone(&self.nodes),
            homes: self.nodes.len(),
            workload: Arc::clone(&self.workload),
            history: Arc::clone(&history),
            counts: Arc::new(Counts::default()),
            clock,
            concurrency: self.test.concurrency as u64,
            timeout: Duration::from_millis(self.test.operation_timeout_ms),
        });
        let log = FaultLog::new(self.watchers, &history, self.run, clock.epoch(), &plan);
        let mut story = Story { not_recovered, ..Story::default() };
        let mut lived = Ok(());
        if story.not_recovered.is_none() {
            lived = Box::pin(unless_panic(self.act(&clients, &plan, &log, &mut story))).await;
        }
        let lived = lived.and(history.sync().map_err(|error| self.history_error(error)));
        if lived.is_err() {
            // Where a panic came before they were handed over.
            story.faults = log.known();
        }
        let trouble = lived.err().map(|error| error.to_string()).or_else(|| self.disk_trouble());

        self.watchers.phase(Phase::Check);
        self.ask_everybody(story.aftermath.as_ref()).await;
        let sources = Sources {
            test: self.test.clone(),
            run: self.run.clone(),
            epoch: clock.epoch(),
            trace_end: clock.epoch() + clock.now(),
        };
        let facts = Facts {
            sources,
            recorded: history.recorded(),
            checkers: judging::checkers(&*self.workload, self.test),
            has_trace: self.system.has_trace(),
            faults: story.faults,
            exits: self.cluster.unexpected_exits(),
            scans: self.watchers.scans(),
            workload_end: story.workload_end.unwrap_or_else(|| clock.now()),
            not_recovered: story.not_recovered,
            aftermath: story.aftermath,
            proxies: self.proxies,
            interrupted: self.is_interrupted(),
            trouble,
            warnings: self.watchers.warnings(),
        };
        let results = spawn_blocking(|| judging::judge(facts)).await.map_err(RunError::Judging)?;
        for (name, result) in &results.checkers {
            self.watchers.tell(&RunEvent::Judged { name: name.clone(), result: result.clone() });
        }
        save(self.run.results(), &results)?;
        Ok(results)
    }

    /// Everything between the first leader and the last answer. What is known of it by then is in the story, however it ends.
    async fn act(
        &self,
        clients: &Arc<Clients>,
        plan: &[PlannedFault],
        log: &FaultLog<'_>,
        story: &mut Story,
    ) -> Result<(), RunError> {
        let mut worked = self.work(clients, plan, log, story).await?;
        let served = self.recover(&worked.core).await;
        if served.is_ok() && !self.is_interrupted() {
            self.read_finally(clients, &mut worked).await?;
        }
        story.aftermath = Some(self.aftermath(&worked.core, served.as_ref().ok()));
        story.not_recovered = served.err();
        Ok(())
    }

    /// A node that cannot write may end by itself, and is not to blame.
    fn disk_trouble(&self) -> Option<String> {
        let disk = statvfs(self.run.path()).ok()?;
        let is_full = disk.blocks_available() as u64 * (disk.fragment_size() as u64) < DISK_FREE_MIN;
        is_full.then(|| format!("{}: the disk is full", self.run.path().display()))
    }

    /// A cluster that has not begun to work cannot be tested: faults and clients wait for its first leader.
    async fn wait_for_leader(&self) -> Result<(), String> {
        let limit = SETUP_MIN.max(Duration::from_millis(self.test.recovery_ms));
        let leader = async {
            while self.cluster.leader().await.is_none() {
                sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::select! {
            elected = timeout(limit, leader) => elected.map_err(|_elapsed| {
                format!("the cluster, unharmed, elected no leader within {}", humantime::format_duration(limit))
            }),
            () = told(&self.interrupt) => Ok(()),
        }
    }

    /// Clients work under faults until the time is up; then the faults are healed.
    async fn work(
        &self,
        clients: &Arc<Clients>,
        plan: &[PlannedFault],
        log: &FaultLog<'_>,
        story: &mut Story,
    ) -> Result<Worked, RunError> {
        self.watchers.phase(Phase::Workload);
        let (clock, limit) = (clients.clock, self.test.time_limit_ms * 1_000_000);
        let mut generator = self.workload.generator(self.test);
        if let Some(rate) = self.test.rate {
            generator = Box::new(Stagger::new(generator, rate, self.test.seed));
        }
        let generator = Box::new(TimeLimit::new(generator, limit));

        let (stop, stopped) = flag::channel(false);
        let (end_early, ended_early) = flag::channel(false);
        let work = async {
            let worked = clients.run(generator, 0, &ended_early).await;
            // Clients first, faults second: all that they did, they did under faults.
            self.watchers.phase(Phase::Heal);
            stop.send_replace(true);
            worked
        };
        let over = stopped.clone();
        let end = async {
            tokio::select! {
                () = tokio::time::sleep_until(clock.instant(limit).into()) => limit,
                () = told(&ended_early) => clock.now().min(limit),
                () = told(&over) => clock.now().min(limit),
            }
        };
        let early = async {
            tokio::select! {
                () = told(&self.interrupt) => {}
                found = self.find_violation(clients) => {
                    let now = clock.now() as f64 / 1e9;
                    self.watchers.warn(format!("the workload ends after {now:.1} s, as a violation was seen: {found}"));
                }
            }
            end_early.send_replace(true);
            pending::<Infallible>().await
        };
        let hurt = nemesis::run(plan.to_vec(), self.cluster, clock.instant(0), stopped, log);
        let (worked, faults, end) = tokio::select! {
            all = async { tokio::join!(work, hurt, end) } => all,
            never = watch(self.cluster, &clients.counts, clock, log) => match never {},
            never = early => match never {},
        };
        (story.faults, story.workload_end) = (faults, Some(end));
        let (generator, next_process) = worked.map_err(|error| self.history_error(error))?;
        let core = self.core(log.core());
        Ok(Worked { generator, next_process, core })
    }

    /// With `--fail-fast`: waits until what has happened so far shows a violation, and says which.
    async fn find_violation(&self, clients: &Clients) -> String {
        if !self.test.fail_fast {
            pending::<Infallible>().await;
        }
        let nobody = || Early::new(self.test, self.run, &*self.workload, self.system);
        let (mut pause, mut early) = (EARLY_INTERVAL, nobody());
        loop {
            sleep(pause).await;
            let begun = Instant::now();
            let now = clients.clock.epoch() + clients.clock.now();
            let operations = clients.history.so_far();
            let looked = spawn_blocking(move || {
                let found = early.look(now, operations);
                (early, found)
            });
            early = match looked.await {
                Ok((_, Some(found))) => return found,
                Ok((early, None)) => early,
                // It broke down; what it says counts for nothing.
                Err(_) => nobody(),
            };
            // The longer the run, the longer it takes: never more than a part of the time.
            pause = EARLY_INTERVAL.max(begun.elapsed() * EARLY_PAUSE);
        }
    }

    fn core(&self, chosen: Option<Vec<String>>) -> Core {
        let names = chosen.unwrap_or_else(|| self.cluster.nodes().to_vec());
        let mut nodes = self.nodes.to_vec();
        nodes.sort_by_key(|node| !names.contains(&node.name));
        Core { names, nodes: nodes.into() }
    }

    /// What has become of the cluster, read back from it.
    fn aftermath(&self, core: &Core, served: Option<&Duration>) -> Aftermath {
        let others = self.cluster.nodes().iter().filter(|node| !core.names.contains(node));
        Aftermath {
            core: core.names.clone(),
            served_after_ms: served.map(|time| time.as_millis() as u64),
            others: others.map(|node| (node.clone(), self.cluster.state(node))).collect(),
            links_cut: self.cluster.network().links_cut(),
        }
    }

    /// Waits until the cluster, or what was healed of it, serves. Returns how long that took.
    async fn recover(&self, core: &Core) -> Result<Duration, String> {
        self.watchers.phase(Phase::Recovery);
        let mut limit = Duration::from_millis(self.test.recovery_ms);
        if self.is_interrupted() {
            limit = limit.min(INTERRUPTED_RECOVERY_MAX);
        }
        let timeout = Duration::from_millis(self.test.operation_timeout_ms);
        tokio::select! {
            served = wait_for_service(&core.nodes, core.names.len(), timeout, limit) => served.map_err(|error| {
                let (limit, all) = (humantime::format_duration(limit), self.cluster.nodes().len());
                let healed = match core.names.len() {
                    healed if healed == all => "cluster".to_owned(),
                    _ => format!("majority, {},", core.names.join(" ")),
                };
                format!("the healed {healed} did not serve again within {limit}: {error}")
            }),
            // Whoever interrupts twice does not want to wait at all; whoever does it now has at most this long to wait.
            () = self.interrupted_for(INTERRUPTED_RECOVERY_MAX) => Err("interrupted while recovering".to_string()),
        }
    }

    async fn interrupted_for(&self, duration: Duration) {
        told(&self.interrupt).await;
        sleep(duration).await;
    }

    /// Fresh processes observe what has become of the operations that had no known outcome.
    async fn read_finally(&self, clients: &Arc<Clients>, worked: &mut Worked) -> Result<(), RunError> {
        self.watchers.phase(Phase::FinalReads);
        let now = clients.clock.now();
        let reads = Sequence::new(worked.generator.final_operations(now));
        let limit = now + self.test.recovery_ms * 1_000_000;
        let generator = Box::new(TimeLimit::new(reads, limit));
        let clients = Arc::new(Clients {
            nodes: Arc::clone(&worked.core.nodes),
            homes: worked.core.names.len(),
            workload: Arc::clone(&clients.workload),
            history: Arc::clone(&clients.history),
            counts: Arc::clone(&clients.counts),
            ..**clients
        });
        let run = clients.run(generator, worked.next_process, &self.interrupt).await;
        run.map(drop).map_err(|error| self.history_error(error))
    }

    /// A node that does not answer although it was healed is worth a word, whatever the clients saw.
    async fn ask_everybody(&self, aftermath: Option<&Aftermath>) {
        for (node, status) in self.cluster.statuses().await {
            let is_left = aftermath.is_some_and(|aftermath| aftermath.others.contains_key(&node));
            if let (Err(error), false) = (status, is_left) {
                self.watchers.warn(format!("node {node} does not answer after everything was healed: {error}"));
            }
        }
    }

    fn is_interrupted(&self) -> bool {
        *self.interrupt.borrow()
    }

    /// Why clients cannot go on: what they do cannot be written down, or one of them panicked.
    fn history_error(&self, error: io::Error) -> RunError {
        match error.get_ref().and_then(|inner| inner.downcast_ref::<JoinError>()) {
            Some(panicked) => RunError::Panic(panicked.to_string()),
            None => RunError::Io { path: self.run.history(), error },
        }
    }
}

/// Does work; a panic in it is an error as others are.
async fn unless_panic<T>(work: impl Future<Output = Result<T, RunError>>) -> Result<T, RunError> {
    let mut work = pin!(work);
    poll_fn(|context| {
        let polled = catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context)));
        polled.unwrap_or_else(|panic| Poll::Ready(Err(RunError::Panic(message(panic.as_ref())))))
    })
    .await
}
