//! The net catches fish: each seeded bug is found, by the checker that should find it, within a bounded number of runs. The
//! options for each are those with which its mistake shows soonest; the README's track record names seeds that showed it.

use super::{latest, results, run, stderr, stdout};

/// Runs the harness on a node with this bug until the checker sees it.
fn is_caught(bug: &str, checker: &str, options: &str, runs_max: u64) {
    for seed in 1..=runs_max {
        let out = tempfile::tempdir().unwrap();
        let output = run(&format!("test --bug {bug} {options} --seed {seed}"), out.path());
        let code = output.status.code();
        assert!(matches!(code, Some(0..=4)), "{bug}, seed {seed}: {}\n{}", stdout(&output), stderr(&output));
        if code != Some(1) {
            continue;
        }
        let run = latest(out.path());
        let results = results(&run);
        if results["checkers"][checker]["verdict"] != "invalid" {
            continue;
        }
        let violation = &results["checkers"][checker]["violations"][0];
        let summary = violation["summary"].as_str().expect("a violation is put in words");
        println!("{bug}: seed {seed}: {}: {summary}", violation["property"]);
        let report = std::fs::read_to_string(run.join("report.html")).unwrap();
        assert!(report.contains("INVALID") || report.contains("VIOLATION"), "{bug}: the report says so");
        assert!(stdout(&output).trim_end().ends_with(&format!("--seed {seed}")), "the last line reproduces it");
        return;
    }
    panic!("{bug} was not caught by {checker} in {runs_max} runs");
}

#[test]
fn vote_not_persisted() {
    is_caught("vote-not-persisted", "raft-safety", "--nemesis kill --time-limit 4s --nemesis-interval 1s", 10);
}

#[test]
fn vote_twice() {
    let options = "--nemesis kill --time-limit 6s --nemesis-interval 1s --election-timeout 150ms..155ms";
    is_caught("vote-twice", "raft-safety", options, 15);
}

#[test]
fn commit_older_term() {
    let options = "--nemesis kill --time-limit 8s --nemesis-interval 800ms --rate 0 --concurrency 30";
    is_caught("commit-older-term", "raft-safety", options, 30);
}

#[test]
fn truncate_always() {
    let options = "--nemesis partition,kill,pause --time-limit 6s --nemesis-interval 2s";
    is_caught("truncate-always", "raft-safety", options, 10);
}

#[test]
fn skip_log_check() {
    let options = "--nemesis partition,kill,pause --time-limit 8s --nemesis-interval 2s";
    is_caught("skip-log-check", "raft-safety", options, 30);
}

#[test]
fn ack_before_fsync() {
    is_caught("ack-before-fsync", "raft-safety", "--nemesis kill --time-limit 4s --nemesis-interval 1s", 10);
}

#[test]
fn ack_before_quorum() {
    is_caught("ack-before-quorum", "linearizability", "--nemesis partition --time-limit 6s --nemesis-interval 2s", 15);
}

#[test]
fn stale_read() {
    let options = "--nemesis partition --time-limit 8s --nemesis-interval 1500ms --concurrency 30";
    is_caught("stale-read", "linearizability", options, 30);
}

#[test]
fn forget_term() {
    is_caught("forget-term", "raft-safety", "--nemesis kill --time-limit 4s --nemesis-interval 1s", 10);
}

#[test]
fn leader_ack_early() {
    let options = "--nemesis kill --time-limit 5s --nemesis-interval 800ms --rate 0 --concurrency 30";
    is_caught("leader-ack-early", "raft-safety", options, 10);
}

#[test]
fn reply_before_io() {
    let options = "--nemesis kill --time-limit 5s --nemesis-interval 800ms --rate 0 --concurrency 30";
    is_caught("reply-before-io", "raft-safety", options, 10);
}

#[test]
fn stale_match() {
    is_caught("stale-match", "raft-safety", "--nemesis partition,kill --time-limit 6s --nemesis-interval 1s", 10);
}

#[test]
fn half_quorum() {
    let options = "--nodes 4 --nemesis partition,kill --time-limit 4s --nemesis-interval 1s";
    is_caught("half-quorum", "raft-safety", options, 10);
}

#[test]
fn ack_own_last() {
    is_caught("ack-own-last", "raft-safety", "--nemesis partition,kill --time-limit 6s --nemesis-interval 1s", 10);
}

#[test]
fn no_directory_sync() {
    let options = "--nemesis power --time-limit 6s --nemesis-interval 1s --rate 0 --concurrency 30";
    is_caught("no-directory-sync", "raft-safety", options, 10);
}

#[test]
fn reuse_index() {
    is_caught("reuse-index", "raft-safety", "--nemesis disk --time-limit 6s --nemesis-interval 1s", 10);
}
