use super::server::{Act, Place, endpoints, places, send};
use harness::{
    checker::Checker,
    client::{Command, Endpoint, Reply},
    generator::{Generator, Invocation, Next, Sequence, TimeLimit},
    history::{Event, Outcome, Process, ProcessId, pair},
    outcome::Completion,
    runner::{Clients, Clock, Counts, wait_for_service},
    store::{HistoryWriter, read_events},
    test::Test,
    workload::Workload,
};
use serde_json::json;
use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::sync::watch;

/// `PING` with a number, and the same number back.
struct Ping;

impl Workload for Ping {
    fn name(&self) -> &'static str {
        "ping"
    }
    fn summary(&self) -> &'static str {
        "numbers to and fro"
    }
    fn generator(&self, _test: &Test) -> Box<dyn Generator> {
        Box::new(Sequence::default())
    }
    fn command(&self, invocation: &Invocation) -> Command {
        Command::new(["PING".to_string(), invocation.value.to_string()])
    }
    fn completion(&self, invocation: &Invocation, reply: &Reply) -> Completion {
        match reply {
            Reply::Simple(text) => Completion::ok(json!(text)),
            other => Completion::unexpected(invocation.value.clone(), other),
        }
    }
    fn checkers(&self) -> Vec<Box<dyn Checker>> {
        Vec::new()
    }
}

fn pings(count: u64) -> Box<dyn Generator> {
    Box::new(Sequence::new((0..count).map(|number| Invocation::new("ping", json!(number)))))
}

struct Bench {
    _directory: tempfile::TempDir,
    path: PathBuf,
    clients: Arc<Clients>,
    stop: watch::Sender<bool>,
}

impl Bench {
    fn new(nodes: Arc<[Endpoint]>) -> Bench {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("history.jsonl");
        let clock = Clock::start().expect("a clock");
        let history = HistoryWriter::create(&path, move || clock.now()).expect("a file");
        let clients = Clients {
            homes: nodes.len(),
            nodes,
            workload: Arc::new(Ping),
            history: Arc::new(history),
            counts: Arc::new(Counts::default()),
            clock,
            concurrency: 4,
            timeout: Duration::from_secs(60),
        };
        Bench { _directory: directory, path, clients: Arc::new(clients), stop: watch::channel(false).0 }
    }

    async fn run(&self, generator: Box<dyn Generator>, first: ProcessId) -> ProcessId {
        self.clients.run(generator, first, &self.stop.subscribe()).await.expect("a history").1
    }

    fn history(&self) -> Vec<Event> {
        let mut events = Vec::new();
        let read = read_events(&self.path, |event| {
            events.push(event);
            Ok(())
        });
        read.expect("whole");
        events
    }
}

fn serve_all(places: Vec<Place>, act: impl Fn(&[String]) -> Act + Clone + Send + Sync + 'static) {
    for place in places {
        place.serve(act.clone());
    }
}

#[tokio::test]
async fn every_operation_is_recorded_and_the_work_is_spread_evenly() {
    let places = places(2).await;
    let bench = Bench::new(endpoints(&places));
    serve_all(places, |words| send(format!("+{}\r\n", words[1])));
    assert_eq!(bench.run(pings(400), 0).await, 4);
    let operations = pair(bench.history()).expect("a consistent record");
    assert_eq!(operations.len(), 400);
    assert_eq!(bench.clients.counts.read(), (400, 0, 0));
    let mut by_process = BTreeMap::new();
    for operation in &operations {
        assert_eq!(operation.outcome, Outcome::Ok);
        assert_eq!(operation.output, json!(operation.input.to_string()));
        *by_process.entry(operation.process).or_insert(0) += 1;
    }
    assert_eq!(by_process.keys().copied().collect::<Vec<_>>(), [0, 1, 2, 3]);
    assert!(by_process.values().all(|&count| count > 50), "{by_process:?}");
}

#[tokio::test]
async fn a_process_is_retired_after_an_unknown_outcome() {
    let places = places(3).await;
    let bench = Bench::new(endpoints(&places));
    let requests = Arc::new(AtomicU64::new(0));
    serve_all(places, move |words| match requests.fetch_add(1, Ordering::Relaxed) % 10 {
        9 => Act::SendAndClose(Vec::new()),
        _ => send(format!("+{}\r\n", words[1])),
    });
    let next = bench.run(pings(200), 8).await;
    let (ok, fail, info) = bench.clients.counts.read();
    assert_eq!((ok, fail, info), (180, 0, 20));
    // `pair` refuses a record in which a retired process acts again.
    let events = bench.history();
    let operations = pair(events.clone()).expect("a consistent record");
    let processes = operations.iter().map(|operation| operation.process);
    assert!(processes.clone().all(|process| (8..next).contains(&process)));
    assert!(next.is_multiple_of(4));
    let retired = events.iter().filter_map(|event| match event.process {
        Process::Client(process) if event.kind == harness::history::EventType::Info => Some(process),
        _ => None,
    });
    // A slot's last process may have ended with its last operation.
    let successors = retired.filter(|process| processes.clone().any(|other| other == process + 4)).count();
    assert!(successors >= 16, "{successors}");
}

#[tokio::test]
async fn a_cluster_that_is_down_costs_only_a_few_events() {
    let places = places(2).await;
    let bench = Bench::new(endpoints(&places));
    serve_all(places, |_| send("-CLUSTERDOWN no leader is known\r\n"));
    let forever = Sequence::new((0..100_000).map(|number| Invocation::new("ping", json!(number))));
    bench.run(Box::new(TimeLimit::new(forever, 200_000_000)), 0).await;
    let (ok, fail, info) = bench.clients.counts.read();
    assert_eq!((ok, info), (0, 0));
    // Four processes, each pausing for 20 ms after each of its refusals; a slow machine makes them fewer still.
    assert!(fail <= 44, "{fail}");
}

/// Nothing to do until the end of time.
struct Idle;

impl Generator for Idle {
    fn next(&mut self, _now_ns: u64, _process: ProcessId) -> Next {
        Next::Wait(u64::MAX / 2)
    }
    fn complete(&mut self, _completion: &Event) {}
}

#[tokio::test]
async fn processes_that_wait_can_be_stopped() {
    let places = places(1).await;
    let bench = Bench::new(endpoints(&places));
    let run = bench.run(Box::new(Idle), 0);
    let stop = async {
        tokio::task::yield_now().await;
        bench.stop.send_replace(true);
    };
    assert_eq!(tokio::join!(run, stop).0, 4);
    assert_eq!(bench.history(), []);
}

#[tokio::test]
async fn service_is_found_where_it_is() {
    let mut places = places(3).await;
    let nodes = endpoints(&places);
    places.remove(2).serve(|_| send("+OK\r\n"));
    places.remove(0).serve(|_| send("-CLUSTERDOWN no leader is known\r\n"));
    drop(places);
    let timeout = Duration::from_secs(60);
    wait_for_service(&nodes, nodes.len(), timeout, timeout).await.expect("n3 serves");
    let error =
        wait_for_service(&nodes[..1].into(), 1, timeout, Duration::from_millis(100)).await.expect_err("n1 does not");
    assert!(error.contains("n1") && error.contains("CLUSTERDOWN"), "{error}");
}
