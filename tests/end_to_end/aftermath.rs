//! What is left in the end: a cluster of which only a majority was healed, or one that has lost more than it can bear.

use super::{latest, results, run, stderr, stdout};
use serde_json::{Value, json};
use std::{collections::BTreeMap, fs, path::Path, process::Output};

/// Runs a test with these faults, each of which begins after a second.
fn carry_out(faults: &[Value], options: &str, out: &Path) -> Output {
    let file = out.join("schedule.json");
    let mut faults = faults.to_vec();
    for fault in &mut faults {
        fault["start"] = json!("1s");
    }
    fs::write(&file, json!({"version": 1, "faults": faults}).to_string()).unwrap();
    run(&format!("test --schedule {} --time-limit 3s --seed 5 {options}", file.display()), out)
}

/// The results of a valid run after which these nodes were left broken.
fn left_broken(faults: &[Value], out: &Path) -> (Value, BTreeMap<String, String>) {
    let output = carry_out(faults, "--leave-broken", out);
    assert_eq!(output.status.code(), Some(0), "{}\n{}", stdout(&output), stderr(&output));
    assert!(stdout(&output).contains("left broken"), "{}", stdout(&output));
    let results = results(&latest(out));
    let aftermath = &results["aftermath"];
    assert!(
        aftermath["served_after_ms"].is_number() && aftermath["core"].as_array().unwrap().len() == 3,
        "{aftermath}"
    );
    let others = serde_json::from_value(aftermath["others"].clone()).expect("nodes and their states");
    (results, others)
}

#[test]
fn a_healed_majority_serves_and_the_others_stay_as_they_are() {
    let out = tempfile::tempdir().unwrap();
    // Longer than the workload: they are in force when it ends.
    let (results, others) = left_broken(
        &[
            json!({"nemesis": "kill", "nodes": ["n4"], "duration": "1m"}),
            json!({"nemesis": "partition", "nodes": ["n5"], "duration": "1m"}),
            json!({"nemesis": "pause", "nodes": ["n1"], "duration": "500ms"}),
        ],
        out.path(),
    );
    let expected = [("n4", "dead"), ("n5", "running")].map(|(node, state)| (node.to_owned(), state.to_owned()));
    assert_eq!(others, expected.into());
    assert_eq!(results["aftermath"]["core"], json!(["n1", "n2", "n3"]));
    assert_eq!(results["aftermath"]["links_cut"].as_array().unwrap().len(), 8, "{}", results["aftermath"]);
    let healed: Vec<bool> =
        results["faults"].as_array().unwrap().iter().map(|fault| fault["healed"].is_number()).collect();
    assert_eq!(healed, [false, false, true]);
}

#[test]
fn of_a_cluster_that_is_dead_a_majority_is_revived() {
    let out = tempfile::tempdir().unwrap();
    let (_, others) = left_broken(&[json!({"nemesis": "kill", "target": "all", "duration": "1m"})], out.path());
    assert_eq!(others.len(), 2);
    assert!(others.values().all(|state| state == "dead"), "{others:?}");
}

#[test]
fn a_majority_of_those_who_vote_by_then_serves() {
    let out = tempfile::tempdir().unwrap();
    // Who is removed is not asked, and of the four who are left three have to be well, be they dead until then.
    let output = carry_out(
        &[
            json!({"nemesis": "membership", "kind": "shrink", "nodes": ["n2"], "duration": "1m"}),
            json!({"nemesis": "kill", "nodes": ["n4"], "duration": "1m"}),
        ],
        "--leave-broken",
        out.path(),
    );
    assert_eq!(output.status.code(), Some(0), "{}\n{}", stdout(&output), stderr(&output));
    let aftermath = results(&latest(out.path()))["aftermath"].clone();
    assert_eq!(aftermath["core"], json!(["n1", "n3", "n5"]), "{aftermath}");
    assert_eq!(aftermath["others"], json!({"n2": "running", "n4": "dead"}), "{aftermath}");

    let output = run("test --nemesis all --leave-broken --time-limit 6s --seed 3", out.path());
    assert_eq!(output.status.code(), Some(0), "{}\n{}", stdout(&output), stderr(&output));
}

#[test]
fn what_is_lost_beyond_the_contract_is_reported_as_expected_and_refused_within_it() {
    let wipe = |target: &str| json!({"nemesis": "disk", "kind": "wipe", "target": target, "duration": "500ms"});
    let out = tempfile::tempdir().unwrap();
    for target in ["majority", "all"] {
        let output = carry_out(&[wipe(target)], "", out.path());
        assert_eq!(output.status.code(), Some(254), "{}", stdout(&output));
        let said = stderr(&output);
        assert!(
            said.contains("leaves no good copy of what was committed; only --beyond-contract allows that"),
            "{said}"
        );
    }

    // All of it is gone, and the nodes begin anew: clients see it, and so do the traces.
    let output = carry_out(&[wipe("all")], "--beyond-contract", out.path());
    assert_eq!(output.status.code(), Some(1), "{}\n{}", stdout(&output), stderr(&output));
    assert!(stdout(&output).contains("beyond the contract: losses are expected. "), "{}", stdout(&output));
    let found = results(&latest(out.path()));
    for checker in ["linearizability", "raft-safety"] {
        assert_eq!(found["checkers"][checker]["verdict"], "invalid", "{checker}: {}", stdout(&output));
    }
    let page = fs::read_to_string(latest(out.path()).join("report.html")).unwrap();
    assert!(page.contains("beyond the contract: losses are expected"), "the report says so, too");

    // Those who kept their data do not take the others back: nobody serves any more.
    let output = carry_out(&[wipe("majority")], "--beyond-contract --recovery 2s", out.path());
    assert_eq!(output.status.code(), Some(1), "{}\n{}", stdout(&output), stderr(&output));
    assert!(stdout(&output).contains("beyond the contract: losses are expected. "), "{}", stdout(&output));
    let found = results(&latest(out.path()));
    let violations = found["checkers"]["raft-safety"]["violations"].as_array().cloned().unwrap_or_default();
    assert!(violations.iter().any(|violation| violation["property"] == "Durability"), "{}", stdout(&output));
    assert_eq!(found["checkers"]["processes"]["verdict"], "valid", "that they end is expected: {}", stdout(&output));
    assert!(found["aftermath"]["served_after_ms"].is_null(), "{}", found["aftermath"]);
}
