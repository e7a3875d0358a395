//! The network's faults: each is felt, and says so.

use super::{latest, results, run, stderr, stdout};
use serde_json::Value;
use std::fs;

const TOML: &str = r#"
version = 1

[[faults]]
nemesis = "delay"
shape = "all"
start = "300ms"
duration = "500ms"
delay = "10ms"
jitter = "5ms"
distribution = "exponential"

[[faults]]
nemesis = "loss"
shape = "all"
start = "900ms"
duration = "500ms"
probability = 0.05

[[faults]]
nemesis = "duplicate"
nodes = ["n1", "n2", "n3"]
start = "1500ms"
duration = "500ms"

[[faults]]
nemesis = "reorder"
shape = "all"
start = "2100ms"
duration = "500ms"
probability = 0.3
within = "20ms"

[[faults]]
nemesis = "corrupt"
shape = "all"
start = "2700ms"
duration = "700ms"
probability = 0.05

[[faults]]
nemesis = "rate"
shape = "leader"
start = "3500ms"
duration = "500ms"
bytes_per_second = 20000

[[faults]]
nemesis = "reset"
shape = "all"
start = "4100ms"
duration = "500ms"
every = "100ms"

[[faults]]
nemesis = "flap"
shape = "leader"
start = "4700ms"
duration = "600ms"
down = "100ms"
up = "50ms"

[[faults]]
nemesis = "partition"
shape = "leader-minority"
start = "5400ms"
duration = "600ms"

[[faults]]
nemesis = "clients"
target = "leader"
start = "6100ms"
duration = "600ms"
"#;

#[test]
fn every_fault_of_the_network_is_felt_and_every_corrupted_message_is_rejected() {
    let out = tempfile::tempdir().unwrap();
    let file = out.path().join("network.toml");
    fs::write(&file, TOML).unwrap();
    let output = run(&format!("test --schedule {} --time-limit 8s --seed 3", file.display()), out.path());
    assert_eq!(output.status.code(), Some(0), "{}\n{}", stdout(&output), stderr(&output));
    let text = fs::read_to_string(latest(out.path()).join("schedule.json")).unwrap();
    let schedule: Value = serde_json::from_str(&text).unwrap();
    let faults = schedule["faults"].as_array().unwrap();
    assert_eq!(faults.len(), 10);
    for (number, fault) in faults[..9].iter().enumerate() {
        let (outcome, evidence) = (&fault["outcome"], &fault["outcome"]["evidence"]);
        assert_eq!(evidence["effect"], "installed", "{fault:#}");
        let sum = ["delayed", "lost", "duplicated", "reordered", "corrupted", "throttled", "", "dropped", "dropped"];
        let name = if number == 6 { "connections_reset".to_owned() } else { format!("messages_{}", sum[number]) };
        assert!(evidence["numbers"][&name].as_u64().unwrap() > 0, "{fault:#}");
        assert!(!outcome["links"].as_array().unwrap().is_empty(), "{fault:#}");
    }
    let cut_off = &faults[9]["outcome"]["evidence"];
    assert_eq!(cut_off["effect"], "installed", "{cut_off:#}");
    assert!(cut_off["numbers"]["client_connections_cut"].as_u64().unwrap() > 0, "{cut_off:#}");
    let parameter = |fault: usize, name: &str| faults[fault][name].clone();
    assert_eq!(parameter(0, "distribution"), "exponential");
    assert_eq!(parameter(3, "within"), "20ms");
    assert!((0.05..=1.0).contains(&parameter(2, "probability").as_f64().unwrap()), "what is left out is drawn");
    let mild = |fault: usize| faults[fault]["outcome"]["links_impaired"].is_null();
    assert_eq!([0, 1, 2, 3, 4, 5].map(mild), [false, true, true, true, false, false]);

    let numbers = &faults[4]["outcome"]["evidence"]["numbers"];
    assert_eq!(numbers["corruptions_unexplained"], 0, "{numbers:#}");
    let accounted =
        numbers["messages_rejected"].as_u64().unwrap() + numbers["corruptions_unaccounted"].as_u64().unwrap();
    assert_eq!(numbers["messages_corrupted"], accounted, "{numbers:#}");
    assert_eq!(results(&latest(out.path()))["checkers"]["network"]["verdict"], "valid");
}

#[test]
fn wrong_parameter_is_answered_with_what_is_allowed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("wrong.toml");
    let refused = |parameter: &str, said: &[&str]| {
        let fault = "nemesis = \"loss\"\nshape = \"all\"\nstart = 1\nduration = 1";
        fs::write(&file, format!("version = 1\n[[faults]]\n{fault}\n{parameter}\n")).unwrap();
        super::bad_input::refused(&["test", "--schedule", &file.to_string_lossy()], 254, said);
    };
    refused("probability = 1.5", &["fault 1", "`probability` is 1.5", "from 0 to 1"]);
    refused("probabilty = 0.5", &["fault 1", "`probabilty`", "did you mean `probability`?"]);
    refused("jitter = \"1ms\"", &["fault 1", "`jitter`"]);
}
