//! Tests of the workloads against the correct node.

use super::{latest, results, run, stderr, stdout, whitewater};

#[test]
fn each_ends_valid_and_its_history_is_judged_again_by_its_model() {
    let workloads = [
        ("set", "linearizability", Some("set")),
        ("counter", "linearizability", Some("counter")),
        ("append", "transactions", Some("list-append")),
        ("rw-register", "transactions", Some("rw-register")),
        ("queue", "linearizability", Some("queue")),
        ("unique-ids", "unique-ids", None),
        ("bank", "bank", Some("bank")),
        ("lock", "fencing", None),
        ("long-fork", "long-fork", Some("long-fork")),
    ];
    for (workload, checker, model) in workloads {
        let out = tempfile::tempdir().unwrap();
        let options =
            format!("test --workload {workload} --nemesis kill --time-limit 4s --nemesis-interval 1s --seed 41");
        let output = run(&options, out.path());
        assert_eq!(output.status.code(), Some(0), "{workload}: {}\n{}", stdout(&output), stderr(&output));
        let results = results(&latest(out.path()));
        assert_eq!(results["checkers"][checker]["verdict"], "valid", "{workload}");
        let served = results["stats"]["operations"].as_object().unwrap().values().filter_map(|f| f["ok"].as_u64());
        assert!(served.sum::<u64>() > 0, "{workload}: {}", results["stats"]);
        let Some(model) = model else { continue };
        let history = latest(out.path()).join("history.jsonl");
        let output = whitewater().arg("check").arg(history).args(["--model", model]).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{workload}: {}\n{}", stdout(&output), stderr(&output));
    }
}

#[test]
fn reads_of_followers_are_stale_behind_a_partition_which_breaks_no_promise() {
    let out = tempfile::tempdir().unwrap();
    let options = "test --workload stale-read --nemesis partition --time-limit 5s --nemesis-interval 2s --seed 42";
    let output = run(options, out.path());
    assert_eq!(output.status.code(), Some(0), "{}\n{}", stdout(&output), stderr(&output));
    let results = results(&latest(out.path()));
    let [guarantees, staleness] = ["session-guarantees", "staleness"].map(|name| &results["checkers"][name]);
    assert_eq!(guarantees["verdict"], "valid", "{guarantees}");
    assert!(guarantees["counts"]["operations"].as_u64() > Some(100), "{guarantees}");
    assert!(staleness["counts"]["stale_reads"].as_u64() > Some(0), "{staleness}");
    // Who asks for more than was promised is told that it was not kept.
    let history = latest(out.path()).join("history.jsonl");
    let output = whitewater().arg("check").arg(history).args(["--model", "counter"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}\n{}", stdout(&output), stderr(&output));
}
