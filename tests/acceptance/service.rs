//! The key-value service under everything at once: each key's history must be linearizable.

use crate::group::{permit, test};
use harness::{
    checker::{Results, Verdict},
    nemesis, runner,
    system::raft::RaftSystem,
};
use std::sync::Arc;
use tokio::sync::watch;
use workloads::Register;

/// So many clients, under kills, partitions and snapshots.
async fn serve(clients: usize, seed: u64) -> Results {
    let _permit = permit().await;
    let folder = tempfile::tempdir().unwrap();
    let test = harness::test::Test {
        nodes: 5,
        nemesis: vec!["kill".into(), "partition".into()],
        concurrency: clients,
        rate: None,
        time_limit_ms: 6_000,
        nemesis_interval_ms: 1_500,
        operation_timeout_ms: 500,
        seed,
        ..test(5, 4 << 10, folder.path())
    };
    let plan = nemesis::plan(&test);
    let (_sender, interrupt) = watch::channel(false);
    let ran = runner::run(test, Arc::new(RaftSystem), Box::new(Register), plan, &[], interrupt).await;
    let (results, _) = ran.unwrap();
    assert_eq!(results.verdict, Verdict::Valid, "seed {seed}: {results:#?}");
    assert!(results.checkers["linearizability"].counts["operations"] > 100, "{results:#?}");
    for nemesis in ["kill", "partition"] {
        assert!(results.faults.iter().any(|fault| fault.nemesis == nemesis && fault.started.is_some()), "{nemesis}");
    }
    results
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_client_is_served_under_kills_partitions_and_snapshots() {
    serve(1, 31).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_clients_are_served_under_kills_partitions_and_snapshots() {
    let results = serve(15, 32).await;
    let counts = &results.checkers["raft-safety"].counts;
    assert!(counts["snapshots"] > 0, "{counts:?}");
}
