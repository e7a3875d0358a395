//! The net catches fish: seeded bugs are found by the recipes that `whitewater bugs` has for them (`src/bugs.toml`), each by the checker that
//! should find it, within a bounded number of runs.

use super::{results, run, stderr, stdout};
use serde_json::Value;
use std::path::Path;

/// Looks for a bug with one seed after the other, until the checker sees it.
fn is_caught(bug: &str, checker: &str, runs_max: u64) {
    for seed in 1..=runs_max {
        let out = tempfile::tempdir().unwrap();
        let output = run(&format!("bugs --bug {bug} --seed {seed} --times 1 --format json"), out.path());
        let code = output.status.code();
        assert!(matches!(code, Some(0..=4)), "{bug}, seed {seed}: {}\n{}", stdout(&output), stderr(&output));
        let rows: Value = serde_json::from_str(&stdout(&output)).expect("JSON");
        let Some(folder) = rows[0]["runs"][0]["folder"].as_str() else { continue };
        let results = results(Path::new(folder));
        if results["checkers"][checker]["verdict"] != "invalid" {
            continue;
        }
        let violation = &results["checkers"][checker]["violations"][0];
        let summary = violation["summary"].as_str().expect("a violation is put in words");
        println!("{bug}: seed {seed}: {}: {summary}", violation["property"]);
        let command = rows[0]["reproduce"].as_str().expect("a command");
        assert!(command.contains(&format!("--seed {seed}")), "the command reproduces it: {command}");
        return;
    }
    panic!("{bug} was not caught by {checker} in {runs_max} runs");
}

/// Writes that were acknowledged and are gone are missed by whatever clients do.
#[test]
fn ack_before_quorum() {
    let mut judges = vec![
        ("register", "linearizability"),
        ("set", "set-full"),
        ("counter", "linearizability"),
        ("append", "transactions"),
        ("rw-register", "transactions"),
        ("queue", "total-queue"),
        ("unique-ids", "unique-ids"),
        ("bank", "bank"),
        ("lock", "mutual-exclusion"),
    ];
    for seed in 1..=50 {
        let out = tempfile::tempdir().unwrap();
        let workloads = judges.iter().map(|(workload, _)| *workload).collect::<Vec<_>>().join(",");
        let options =
            format!("bugs --bug ack-before-quorum --workload {workloads} --seed {seed} --times 1 --format json");
        let output = run(&options, out.path());
        assert!(matches!(output.status.code(), Some(0..=4)), "seed {seed}: {}\n{}", stdout(&output), stderr(&output));
        let rows: Vec<Value> = serde_json::from_str(&stdout(&output)).expect("JSON");
        assert_eq!(rows.len(), judges.len(), "{rows:?}");
        judges.retain(|(workload, checker)| {
            let row = rows.iter().find(|row| row["workload"] == *workload).expect("its row");
            let folder = row["runs"][0]["folder"].as_str();
            folder.is_none_or(|folder| results(Path::new(folder))["checkers"][checker]["verdict"] != "invalid")
        });
        if judges.is_empty() {
            return;
        }
    }
    panic!("not seen by {judges:?}");
}

macro_rules! caught {
    ($($test:ident $bug:literal $checker:literal $runs_max:literal;)*) => {
        $(#[test]
        fn $test() {
            is_caught($bug, $checker, $runs_max);
        })*
    };
}

caught! {
    vote_not_persisted "vote-not-persisted" "raft-safety" 50;
    vote_twice "vote-twice" "raft-safety" 50;
    commit_older_term "commit-older-term" "raft-safety" 50;
    truncate_always "truncate-always" "raft-safety" 50;
    skip_log_check "skip-log-check" "raft-safety" 50;
    ack_before_fsync "ack-before-fsync" "raft-safety" 50;
    stale_read "stale-read" "linearizability" 50;
    forget_term "forget-term" "raft-safety" 50;
    leader_ack_early "leader-ack-early" "raft-safety" 50;
    reply_before_io "reply-before-io" "raft-safety" 50;
    stale_match "stale-match" "raft-safety" 50;
    half_quorum "half-quorum" "raft-safety" 50;
    ack_own_last "ack-own-last" "raft-safety" 50;
    no_directory_sync "no-directory-sync" "raft-safety" 50;
    reuse_index "reuse-index" "raft-safety" 50;
    no_deduplication "no-deduplication" "exactly-once" 50;
    change_too_early "change-too-early" "raft-safety" 50;
    lease_outlives_transfer "lease-outlives-transfer" "linearizability" 50;
    read_answer_reused "read-answer-reused" "linearizability" 50;
}
