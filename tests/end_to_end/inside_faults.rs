//! Faults that the nodes carry out themselves: each kind strikes, is felt, is healed, and a correct node survives it.

use super::{latest, results, run, stderr, stdout};
use serde_json::{Value, json};
use std::{fs, path::Path};

/// Carries out these faults, one after the other, and returns what came of each. The run is valid.
fn carry_out(faults: &[Value], options: &str, out: &Path) -> Vec<Value> {
    let file = out.join("schedule.json");
    let scheduled: Vec<Value> = (0..)
        .zip(faults)
        .map(|(number, fault)| {
            let mut fault = fault.clone();
            fault["start"] = json!(format!("{}ms", 300 + 1500 * number));
            if fault["duration"].is_null() {
                fault["duration"] = json!("1s");
            }
            fault
        })
        .collect();
    fs::write(&file, json!({"version": 1, "faults": scheduled}).to_string()).unwrap();
    let limit = 1500 * faults.len() + 500;
    let output = run(&format!("test --schedule {} --time-limit {limit}ms --seed 3 {options}", file.display()), out);
    assert_eq!(output.status.code(), Some(0), "{}\n{}", stdout(&output), stderr(&output));
    let run = latest(out);
    assert_eq!(results(&run)["verdict"], "valid");
    let written: Value = serde_json::from_str(&fs::read_to_string(run.join("schedule.json")).unwrap()).unwrap();
    let outcomes: Vec<Value> =
        written["faults"].as_array().unwrap().iter().map(|fault| fault["outcome"].clone()).collect();
    for outcome in &outcomes {
        assert_eq!(outcome["evidence"]["effect"], "installed", "{outcome:#}");
        assert!(outcome["healed"].is_number(), "{outcome:#}");
    }
    outcomes
}

fn number(outcome: &Value, name: &str) -> u64 {
    outcome["evidence"]["numbers"][name].as_u64().unwrap_or_else(|| panic!("{name} of {outcome:#}"))
}

#[test]
fn clocks_jump_drift_strobe_and_freeze() {
    let out = tempfile::tempdir().unwrap();
    let outcomes = carry_out(
        &[
            json!({"nemesis": "clock", "kind": "jump", "target": "leader", "by": "2s", "direction": "ahead"}),
            json!({"nemesis": "clock", "kind": "jump", "target": "minority", "by": "400ms", "direction": "back"}),
            json!({"nemesis": "clock", "kind": "drift", "target": "leader", "rate": 3}),
            json!({"nemesis": "clock", "kind": "strobe", "target": "one", "by": "200ms", "period": "10ms"}),
            json!({"nemesis": "clock", "kind": "freeze", "target": "leader"}),
        ],
        "",
        out.path(),
    );
    // What was measured is what was asked for; of a clock that runs three times as fast, twice what the fault took.
    for (outcome, ms_min) in outcomes.iter().zip([2000, 400, 1900, 200, 900]) {
        assert!(number(outcome, "ms_strayed") >= ms_min, "{outcome:#}");
    }
}

#[test]
fn power_fails_and_takes_all_the_end_or_a_part() {
    let out = tempfile::tempdir().unwrap();
    let outcomes = carry_out(
        &[
            json!({"nemesis": "power", "kind": "whole", "target": "leader"}),
            json!({"nemesis": "power", "kind": "torn", "target": "minority", "sync": 3}),
            json!({"nemesis": "power", "kind": "subset", "target": "all", "sync": 1}),
        ],
        "",
        out.path(),
    );
    for (outcome, failures) in outcomes.iter().zip([1, 2, 5]) {
        assert_eq!(number(outcome, "power_failures"), failures, "{outcome:#}");
        assert!(number(outcome, "bytes_not_synced") > 0, "it struck where there was something to lose: {outcome:#}");
        assert_eq!(number(outcome, "answering_again"), failures);
    }
}

#[test]
fn nodes_crash_at_the_step_that_is_named() {
    let out = tempfile::tempdir().unwrap();
    let outcomes = carry_out(
        &[
            json!({"nemesis": "crash", "target": "minority", "point": "after-log-write", "passing": 1}),
            json!({"nemesis": "crash", "target": "leader", "point": "before-apply", "passing": 3}),
            json!({"nemesis": "crash", "target": "all", "point": "after-append-sync", "passing": 1}),
        ],
        "",
        out.path(),
    );
    assert_eq!(number(&outcomes[0], "crashes"), 2, "{:#}", outcomes[0]);
    assert_eq!(number(&outcomes[1], "crashes"), 1);
    assert!(number(&outcomes[2], "crashes") >= 3, "{:#}", outcomes[2]);
    assert!(outcomes[1]["summary"].as_str().unwrap().ends_with(" at before-apply"));
}

#[test]
fn disks_are_slow_fail_and_are_full() {
    let out = tempfile::tempdir().unwrap();
    let outcomes = carry_out(
        &[
            json!({"nemesis": "disk", "kind": "slow-sync", "target": "minority", "delay": "50ms"}),
            json!({"nemesis": "disk", "kind": "fail-sync", "target": "minority", "syncs": 1}),
            json!({"nemesis": "disk", "kind": "full", "target": "minority", "refuses": "every-write"}),
            json!({"nemesis": "disk", "kind": "full", "target": "leader", "refuses": "every-write"}),
        ],
        "",
        out.path(),
    );
    assert!(number(&outcomes[0], "syncs_delayed") > 2);
    assert!(number(&outcomes[1], "nodes_ended") + number(&outcomes[1], "syncs_survived") == 2, "{:#}", outcomes[1]);
    // It is tried again and again.
    assert!(number(&outcomes[2], "writes_refused") > 4 && number(&outcomes[3], "writes_refused") > 2);
}

#[test]
fn what_a_slow_disk_did_is_known_even_if_its_node_is_killed_before_it_is_mended() {
    let out = tempfile::tempdir().unwrap();
    let outcomes = carry_out(
        &[
            json!({"nemesis": "disk", "kind": "slow-sync", "nodes": ["n1"], "delay": "100ms", "duration": "2500ms"}),
            json!({"nemesis": "kill", "nodes": ["n1"]}),
        ],
        "",
        out.path(),
    );
    assert!(number(&outcomes[0], "syncs_delayed") > 0, "{:#}", outcomes[0]);
    let note = outcomes[0]["evidence"]["note"].as_str().unwrap();
    assert!(note.contains("n1 was started anew"), "{note}");
}

#[test]
fn of_two_faults_that_end_a_node_either_may_come_first() {
    let out = tempfile::tempdir().unwrap();
    let file = out.path().join("schedule.json");
    let at_once = |fault: &str, kind: &str, start: &str| json!({"nemesis": fault, "kind": kind, "nodes": ["n2"], "start": start, "duration": "1s"});
    let faults = [
        at_once("power", "whole", "500ms"),
        at_once("disk", "fail-sync", "500ms"),
        at_once("disk", "fail-sync", "2s"),
        at_once("power", "whole", "2s"),
    ];
    fs::write(&file, json!({"version": 1, "faults": faults}).to_string()).unwrap();
    let output = run(&format!("test --schedule {} --time-limit 3500ms --seed 3", file.display()), out.path());
    // Whether both took effect is chance; that nobody is accused of their end is not.
    assert!([Some(0), Some(4)].contains(&output.status.code()), "{}\n{}", stdout(&output), stderr(&output));
    assert_eq!(results(&latest(out.path()))["checkers"]["processes"]["verdict"], "valid");
}

#[test]
fn data_that_is_damaged_or_gone_is_refused_until_it_is_put_back() {
    let out = tempfile::tempdir().unwrap();
    let outcomes = carry_out(
        &[
            json!({"nemesis": "disk", "kind": "wipe", "target": "minority"}),
            json!({"nemesis": "disk", "kind": "bit-flip", "target": "minority", "file": "snapshot"}),
            json!({"nemesis": "disk", "kind": "bit-flip", "target": "one", "file": "identity"}),
            json!({"nemesis": "disk", "kind": "truncate", "target": "minority", "file": "header"}),
            json!({"nemesis": "disk", "kind": "truncate", "target": "one", "file": "identity"}),
        ],
        "",
        out.path(),
    );
    for (outcome, refused) in outcomes.iter().zip([2, 2, 1, 2, 1]) {
        assert_eq!(number(outcome, "starts_refused"), refused, "{outcome:#}");
        assert_eq!(number(outcome, "answering_again"), refused);
    }
}

#[test]
fn a_node_that_needs_longer_than_the_fault_lasts_to_refuse_its_data_gets_it_back_all_the_same() {
    let out = tempfile::tempdir().unwrap();
    let outcomes = carry_out(
        &[
            json!({"nemesis": "disk", "kind": "bit-flip", "target": "one", "file": "identity", "duration": "1ms"}),
            json!({"nemesis": "disk", "kind": "truncate", "target": "minority", "file": "header", "duration": "1ms"}),
        ],
        "",
        out.path(),
    );
    for (outcome, refused) in outcomes.iter().zip([1, 2]) {
        assert_eq!(number(outcome, "starts_refused"), refused, "{outcome:#}");
    }
}

/// The leader's clock stands still; then the leader is cut off, and goes on answering reads, if it trusts its clock.
const LYING_CLOCK: &str = r#"{"version": 1, "faults": [
    {"nemesis": "clock", "kind": "freeze", "target": "leader", "start": "1s", "duration": "2s"},
    {"nemesis": "partition", "shape": "leader", "start": "1.5", "duration": "1500ms"},
    {"nemesis": "clock", "kind": "freeze", "target": "leader", "start": "4s", "duration": "2s"},
    {"nemesis": "partition", "shape": "leader", "start": "4.5", "duration": "1500ms"}
]}"#;

#[test]
fn reads_by_lease_are_stale_where_a_clock_lies_and_reads_by_index_are_not() {
    let out = tempfile::tempdir().unwrap();
    let file = out.path().join("lying-clock.json");
    fs::write(&file, LYING_CLOCK).unwrap();
    let test = |reads: &str, seed: u32| {
        let options = format!(
            "test --schedule {} --reads {reads} --seed {seed} --concurrency 30 --rate 500 --time-limit 6500ms",
            file.display()
        );
        let output = run(&options, out.path());
        (output.status.code(), stdout(&output))
    };
    let (code, text) = test("index", 1);
    assert_eq!(code, Some(0), "{text}");
    // It takes a client who asks the old leader for what was written elsewhere.
    let found = (1..=5).map(|seed| test("lease", seed)).find(|(code, _)| *code == Some(1));
    let (_, text) = found.expect("a stale read in one of five runs");
    assert!(text.contains("linearizability"), "{text}");
}
