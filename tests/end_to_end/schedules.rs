//! A schedule is data: it is read, carried out, left behind, and carried out again.

use super::{alone, latest, results, run, stderr, stdout, whitewater};
use serde_json::Value;
use std::{collections::BTreeSet, fs, path::Path};

/// The faults of a run's schedule.
fn faults(run: &Path) -> Vec<Value> {
    let text = fs::read_to_string(run.join("schedule.json")).expect("the run has a schedule");
    let schedule: Value = serde_json::from_str(&text).expect("the schedule is JSON");
    schedule["faults"].as_array().expect("a list").clone()
}

/// What was planned of a fault, without what came of it.
fn planned(fault: &Value) -> Value {
    let mut fault = fault.clone();
    fault.as_object_mut().expect("a fault").remove("outcome");
    fault
}

fn fields(faults: &[Value], field: &str) -> Vec<Value> {
    faults.iter().map(|fault| fault["outcome"][field].clone()).collect()
}

const TOML: &str = r#"
version = 1

[[faults]]
nemesis = "pause"
nodes = ["n2"]
start = 2
duration = "500ms"

[[faults]]
nemesis = "kill"
target = "minority"
start = "500ms"
duration = "1s"

[[faults]]
nemesis = "partition"
nodes = ["n3", "n1"]
start = "2.5"
duration = "500ms"
"#;

#[test]
fn a_schedule_in_toml_is_carried_out_and_what_it_leaves_is_a_schedule_too() {
    let out = tempfile::tempdir().unwrap();
    let file = out.path().join("by-hand.toml");
    fs::write(&file, TOML).unwrap();
    let test = |file: &Path| {
        let options = format!("test --schedule {} --time-limit 4s --seed 3", file.display());
        let output = run(&options, out.path());
        assert_eq!(output.status.code(), Some(0), "{}\n{}", stdout(&output), stderr(&output));
        latest(out.path())
    };
    let first = test(&file);
    let written = faults(&first);
    assert_eq!(fields(&written, "nemesis"), ["kill", "pause", "partition"]);
    assert!(written.iter().all(|fault| fault["outcome"]["evidence"]["effect"] == "installed"), "{written:#?}");
    assert_eq!(fields(&written, "target"), ["minority", "named", "named"]);
    assert_eq!(written[0]["outcome"]["nodes"].as_array().unwrap().len(), 2);
    assert_eq!(written[1]["outcome"]["summary"], "pause n2");
    assert_eq!(written[2]["outcome"]["summary"], "n1 n3 | n2 n4 n5");
    assert_eq!(written[2]["outcome"]["links_cut"].as_array().unwrap().len(), 12);
    assert!(results(&first)["reproduce"].as_str().unwrap().contains("by-hand.toml"));

    // The same seed, and the schedule as the run left it: the same faults, of whom no role depends on who leads.
    let again = faults(&test(&first.join("schedule.json")));
    assert!(again.iter().map(planned).eq(written.iter().map(planned)), "{again:#?}");
    for field in ["kind", "planned", "target", "nodes", "links_cut"] {
        assert_eq!(fields(&again, field), fields(&written, field), "{field}");
    }
}

#[test]
fn steps_wait_for_each_other_and_for_what_happens_in_the_nodes() {
    let out = tempfile::tempdir().unwrap();
    let file = out.path().join("steps.toml");
    let steps = r#"
version = 1

[[faults]]
nemesis = "partition"
nodes = ["n2"]
when = "there is a leader"
start = "200ms"
duration = "2s"

[[faults]]
nemesis = "kill"
nodes = ["n2"]
when = ["fault 1 is healed", "n2 has installed a snapshot"]
start = 0
duration = "300ms"

[[faults]]
nemesis = "pause"
target = "leader"
when = ["fault 2 is healed", "there is a leader"]
start = "100ms"
duration = "300ms"

[[faults]]
nemesis = "kill"
target = "one"
when = "fault 3 has begun"
start = "8s"
duration = "100ms"
"#;
    fs::write(&file, steps).unwrap();
    let options = format!("test --schedule {} --time-limit 9s --seed 3", file.display());
    let output = run(&options, out.path());
    assert_eq!(output.status.code(), Some(0), "{}\n{}", stdout(&output), stderr(&output));
    let run = latest(out.path());
    let faults = faults(&run);
    let by = |nemesis: &str, start: &str| {
        let mut found = faults.iter().filter(|fault| fault["nemesis"] == nemesis && fault["start"] == start);
        found.next().expect("the fault").clone()
    };
    let at = |fault: &Value, edge: &str| fault["outcome"][edge].as_u64().unwrap_or_else(|| panic!("{edge}: {fault:#}"));
    let (part, kill, pause) = (by("partition", "200ms"), by("kill", "0s"), by("pause", "100ms"));
    assert!(at(&part, "started") >= 200_000_000);
    assert!(at(&kill, "started") > at(&part, "healed"));
    assert!(at(&pause, "started") >= at(&kill, "healed") + 100_000_000);
    // What it waited for is what the node says of itself.
    let epoch =
        serde_json::from_str::<Value>(&fs::read_to_string(run.join("schedule.json")).unwrap()).unwrap()["epoch"]
            .as_u64();
    let trace = fs::read_to_string(run.join("nodes/n2/trace.jsonl")).unwrap();
    let lines = trace.lines().map(|line| serde_json::from_str::<Value>(line).expect("a line"));
    let installed = lines.filter(|line| line["e"] == "install").map(|line| line["t"].as_u64().unwrap()).next();
    assert!(installed.expect("a snapshot") - epoch.unwrap() < at(&kill, "started"));
    // Whose time never comes says why.
    let late = by("kill", "8s");
    assert_eq!(late["outcome"]["evidence"]["note"], "the workload was over before it began");
}

#[test]
fn the_same_seed_gives_the_same_faults() {
    let out = tempfile::tempdir().unwrap();
    let test = || {
        let options = "test --nemesis partition,kill,pause --time-limit 5s --nemesis-interval 1s --seed 5";
        let output = run(options, out.path());
        assert!(matches!(output.status.code(), Some(0..=4)), "{}", stderr(&output));
        faults(&latest(out.path()))
    };
    let (first, second) = (test(), test());
    assert!(first.iter().map(planned).eq(second.iter().map(planned)), "{first:#?}\n{second:#?}");
    for field in ["id", "nemesis", "planned"] {
        assert_eq!(fields(&first, field), fields(&second, field), "{field}");
    }
    // These shapes do not depend on who leads.
    let parted = |faults: &[Value]| {
        let free = faults.iter().filter(|fault| {
            ["halves", "one", "bridge", "majorities-ring"].iter().any(|shape| fault["shape"] == *shape)
        });
        free.map(|fault| fault["outcome"]["links_cut"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(parted(&first), parted(&second));
    assert!(!parted(&first).is_empty());
}

#[test]
fn the_same_seed_gives_the_same_faults_of_all_nemeses() {
    let out = tempfile::tempdir().unwrap();
    let test = || {
        // What so many faults leave of a cluster in three seconds is not the question here.
        let output = run("test --nemesis all --time-limit 3s --nemesis-interval 2s --seed 6", out.path());
        assert!(matches!(output.status.code(), Some(0 | 3 | 4)), "{}\n{}", stdout(&output), stderr(&output));
        faults(&latest(out.path()))
    };
    let (first, second) = (test(), test());
    assert!(first.iter().map(planned).eq(second.iter().map(planned)), "{first:#?}\n{second:#?}");
    for field in ["id", "nemesis", "kind", "parameters", "planned"] {
        assert_eq!(fields(&first, field), fields(&second, field), "{field}");
    }
    let nemeses: BTreeSet<String> = first.iter().map(|fault| fault["nemesis"].to_string()).collect();
    assert!(nemeses.len() >= 19, "each has a fault at least: {nemeses:?}");
}

#[test]
fn a_run_with_a_seeded_bug_is_replayed_and_its_verdict_comes_back() {
    let out = tempfile::tempdir().unwrap();
    let options = "test --bug ack-before-fsync --nemesis kill --time-limit 4s --nemesis-interval 1s --seed 2";
    assert_eq!(run(options, out.path()).status.code(), Some(1), "each of ten seeds showed this bug");
    let recorded = latest(out.path());

    let output = run(&format!("replay {} --times 2", recorded.display()), out.path());
    assert_eq!(output.status.code(), Some(1), "{}\n{}", stdout(&output), stderr(&output));
    let said = stdout(&output);
    assert!(said.contains("1 of 2: ") && said.contains("2 of 2: "), "{said}");
    let last = said.trim_end().lines().last().unwrap();
    assert!(last.starts_with("the recorded verdict, invalid (raft-safety: "), "{last}");
    assert!(["came back in 1 of 2 runs", "came back in 2 of 2 runs"].iter().any(|end| last.ends_with(end)), "{last}");

    // Each replay is a run like others, and says where it is; nodes that were hit are named now, whatever their role.
    let replayed = latest(out.path());
    assert!(replayed != recorded && said.contains(&*replayed.to_string_lossy()), "{said}");
    assert!(results(&replayed)["reproduce"].as_str().unwrap().ends_with(&format!("replay {}", recorded.display())));
    assert!(replayed.join("report.html").is_file());
    let (before, after) = (faults(&recorded), faults(&replayed));
    for field in ["planned", "nemesis", "nodes"] {
        assert_eq!(fields(&after, field), fields(&before, field), "{field}");
    }
    assert!(after.iter().all(|fault| fault["outcome"]["target"] == "named" && fault["target"].is_string()));
}

#[test]
fn roles_are_resolved_anew_where_that_is_asked_for() {
    let out = tempfile::tempdir().unwrap();
    let output = run("test --nemesis partition --time-limit 4s --nemesis-interval 1s --seed 4", out.path());
    let recorded = latest(out.path());
    // Without --out, the replay lies beside what it replays.
    let alone = alone();
    let replay = whitewater().arg("replay").arg(&recorded).args(["--targets", "anew"]).output().unwrap();
    drop(alone);
    assert_eq!(replay.status.code(), output.status.code(), "{}\n{}", stdout(&replay), stderr(&replay));
    assert!(stdout(&replay).trim_end().ends_with("came back in 1 of 1 runs"), "{}", stdout(&replay));
    let replayed = latest(out.path());
    assert_ne!(replayed, recorded);
    let again = faults(&replayed);
    assert!(again.iter().map(planned).eq(faults(&recorded).iter().map(planned)), "{again:#?}");
    assert!(again.iter().all(|fault| fault["outcome"]["target"] != "named"), "{again:#?}");
}

const CHANGES: &str = r#"
version = 1
faults = [
    { nemesis = "membership", kind = "grow", target = "one", start = "300ms", duration = "700ms" },
    { nemesis = "membership", kind = "replace", nodes = ["n2"], start = "1s500ms", duration = "700ms" },
    { nemesis = "membership", kind = "remove-leader", target = "leader", start = "3s", duration = "700ms" },
    { nemesis = "membership", kind = "transfer", target = "one", start = "4s500ms", duration = "1s" },
]
"#;

#[test]
fn members_are_changed_and_brought_back_while_clients_work() {
    let out = tempfile::tempdir().unwrap();
    let file = out.path().join("changes.toml");
    fs::write(&file, CHANGES).unwrap();
    let output = run(&format!("test --nodes 3 --schedule {} --time-limit 7s", file.display()), out.path());
    assert_eq!(output.status.code(), Some(0), "{}\n{}", stdout(&output), stderr(&output));
    let left = latest(out.path());
    let faults = faults(&left);
    let effects = faults.iter().map(|fault| fault["outcome"]["evidence"]["effect"].clone());
    assert_eq!(effects.collect::<Vec<_>>(), ["installed"; 4], "{faults:#?}");
    assert!(fields(&faults, "healed").iter().all(|healed| !healed.is_null()), "{faults:#?}");
    // The fourth node came and went, and is judged like the others.
    let summary = results(&left)["checkers"]["raft-safety"]["summary"].clone();
    assert!(summary.as_str().unwrap().contains("of 4 nodes"), "{summary}");
}
