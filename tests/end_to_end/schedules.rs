//! A schedule is data: it is read, carried out, left behind, and carried out again.

use super::{latest, results, run, stderr, stdout};
use serde_json::Value;
use std::{fs, path::Path};

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
