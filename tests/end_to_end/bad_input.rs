//! Bad input gets one clear sentence that names the thing, and the documented exit code.

use super::{stderr, stdout, whitewater};
use std::{net::TcpListener, process::Output};

fn try_out(arguments: &[&str]) -> Output {
    whitewater().args(arguments).output().expect("the program starts")
}

#[track_caller]
pub fn refused(arguments: &[&str], code: i32, words: &[&str]) {
    let output = try_out(arguments);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
    assert!(stdout(&output).is_empty(), "{arguments:?}: results only go to standard output");
    for word in words {
        assert!(said.contains(word), "{arguments:?} should mention `{word}`: {said}");
    }
    assert!(!said.contains("panicked"), "{said}");
}

#[test]
fn wrong_names_are_answered_with_the_nearest() {
    refused(&["test", "--nemesis", "partitoin"], 254, &["nemesis", "`partitoin`", "did you mean `partition`"]);
    refused(&["test", "--nemesis", "partition,kil"], 254, &["`kil`", "did you mean `kill`"]);
    refused(&["test", "--nemesis", "none,kill"], 254, &["none", "combined"]);
    refused(&["test", "--nemesis", "kill,swarm"], 254, &["swarm", "combined"]);
    refused(&["test", "--nemesis-intensity", "1.5"], 254, &["--nemesis-intensity 1.5", "between 0 and 1"]);
    refused(&["test", "--workload", "regster"], 254, &["workload", "`regster`", "`register`"]);
    refused(&["test", "--system", "etcd"], 254, &["system", "`etcd`", "raft"]);
    refused(&["test", "--bug", "vote-twicee"], 254, &["bug", "`vote-twicee`", "`vote-twice`"]);
    refused(&["bugs", "--bug", "vote-twicee"], 254, &["bug", "`vote-twicee`", "`vote-twice`"]);
    refused(&["list", "nemesises"], 254, &["`nemesises`", "nemeses"]);
    refused(&["check", "--model", "cas-registr", "x"], 254, &["`cas-registr`", "`cas-register`"]);
    refused(&["check", "--model", "mutx", "x"], 254, &["`mutx`", "`mutex`"]);
}

#[test]
fn wrong_options_and_values_are_refused() {
    refused(&["test", "--nemesys", "kill"], 254, &["--nemesys", "--nemesis"]);
    refused(&["tset"], 254, &["tset", "test"]);
    refused(&["test", "--time-limit", "ten parsecs"], 254, &["--time-limit", "ten parsecs", "30s"]);
    refused(&["test", "--time-limit", "-5"], 254, &["--time-limit"]);
    refused(&["test", "--time-limit", "0"], 254, &["--time-limit", "between"]);
    refused(&["test", "--nodes", "0"], 254, &["--nodes 0", "between 1 and"]);
    refused(&["test", "--nodes", "many"], 254, &["--nodes", "many"]);
    refused(&["test", "--rate", "-1"], 254, &["--rate"]);
    refused(&["test", "--rate", "NaN"], 254, &["--rate"]);
    refused(&["test", "--election-timeout", "300ms"], 254, &["300ms", "150ms..300ms"]);
    refused(&["test", "--election-timeout", "300ms..150ms"], 254, &["300ms..150ms"]);
    refused(&["test", "--heartbeat", "1s"], 254, &["--heartbeat 1s", "election timeout"]);
    refused(&["test", "--snapshot-bytes", "64MB"], 254, &["--snapshot-bytes", "`64MB`", "64MiB"]);
    refused(&["test", "--reads", "leas"], 254, &["--reads", "`leas`", "index, lease, log"]);
}

#[test]
fn bad_files_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    refused(&["test", "--config", &path("none.toml")], 254, &["none.toml", "No such file"]);
    std::fs::write(path("typo.toml"), "tiem_limit = \"3s\"").unwrap();
    refused(&["test", "--config", &path("typo.toml")], 254, &["typo.toml", "`tiem_limit`", "`time_limit`"]);
    std::fs::write(path("torn.toml"), "nodes = ").unwrap();
    refused(&["test", "--config", &path("torn.toml")], 254, &["torn.toml"]);
    std::fs::write(path("type.toml"), "nodes = \"five\"").unwrap();
    refused(&["test", "--config", &path("type.toml")], 254, &["type.toml", "nodes"]);
    std::fs::write(path("file"), "").unwrap();
    refused(&["test", "--out", &path("file/runs")], 254, &["--out", "file/runs"]);
    refused(&["test", "--out", "/proc/whitewater"], 254, &["--out /proc/whitewater"]);
    refused(&["report", &path("none")], 254, &["none", "not a run"]);
    refused(&["replay", &path("none")], 254, &["none", "not a run"]);
    refused(&["replay", &folder.path().to_string_lossy()], 254, &["not a run", "test.json"]);
    refused(&["replay", "latest", "--times", "0"], 254, &["--times", "1..=1000"]);
    refused(&["shrink", &path("none")], 254, &["none", "not a run"]);
    refused(&["shrink", "latest", "--budget", "1s"], 254, &["--budget 1s", "5s"]);
}

#[test]
fn a_schedule_that_makes_no_sense_is_refused_with_the_fault_and_the_field() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let refused = |name: &str, text: &str, words: &[&str]| {
        std::fs::write(path(name), text).unwrap();
        refused(&["test", "--schedule", &path(name)], 254, &[&[name], words].concat());
    };
    refused("torn.toml", "version = 1\nfaults = [", &["line 2"]);
    refused("torn.json", "{\"version\": 1,", &["line 1"]);
    refused("name.txt", "", &[".json", ".toml"]);
    let kill = "version = 1\n[[faults]]\nnemesis = \"kill\"\nstart = 1\n";
    refused("typo.toml", &format!("{kill}duraton = 1"), &["fault 1", "`duraton`", "`duration`"]);
    refused("role.toml", &format!("{kill}duration = 1\ntarget = \"leadr\""), &["fault 1", "`leadr`", "`leader`"]);
    refused("node.toml", &format!("{kill}duration = 1\nnodes = [\"n6\"]"), &["fault 1", "`n6`", "did you mean `n"]);
    let schedule = ["test", "--schedule", &path("none.json")];
    super::bad_input::refused(&schedule, 254, &["none.json", "No such file"]);
    super::bad_input::refused(&[&schedule[..], &["--nemesis", "kill"]].concat(), 254, &["--nemesis", "--schedule"]);
}

#[test]
fn a_history_that_cannot_be_trusted_is_refused_with_the_line() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("history.jsonl");
    let name = file.to_string_lossy().into_owned();
    let whole = [
        r#"{"index":0,"time":1,"process":0,"type":"invoke","f":"write","value":["k",1]}"#,
        r#"{"index":1,"time":2,"process":0,"type":"ok","f":"write","value":["k",1]}"#,
        r#"{"index":2,"time":3,"process":1,"type":"invoke","f":"read","value":["k",null]}"#,
    ];
    let write = |lines: &[&str]| std::fs::write(&file, lines.join("\n")).unwrap();
    write(&[whole[0], whole[1], &whole[2][..30]]);
    refused(&["check", &name], 254, &["history.jsonl", "line 3"]);
    write(&[whole[0], "nonsense", whole[2]]);
    refused(&["check", &name], 254, &["history.jsonl", "line 2"]);
    write(&[whole[0], whole[2]]);
    refused(&["check", &name], 254, &["history.jsonl", "index"]);
    write(&whole);
    refused(&["check", "--model", "queue", &name], 254, &["--model queue", "event 0", "`write`"]);
    write(&[&whole[1].replace("\"index\":1", "\"index\":0")]);
    refused(&["check", &name], 254, &["history.jsonl", "never began"]);
    write(&[]);
    refused(&["check", &name], 254, &["history.jsonl", "no operations"]);
    refused(&["check", "/nonexistent.jsonl"], 254, &["/nonexistent.jsonl"]);
    refused(&["check", "--initial", "nil", &name], 254, &["--initial nil", "null"]);
}

#[test]
fn a_node_says_what_it_cannot_have() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data").to_string_lossy().into_owned();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let node = |more: &[&str], code, words: &[&str]| {
        let arguments = [&["node", "--name", "n1", "--data", &data, "--listen", "127.0.0.1:0"], more].concat();
        let output = try_out(&arguments);
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        assert!(words.iter().all(|word| said.contains(word)), "{arguments:?}: {said}");
    };
    node(&["--client", &address], 255, &[&address, "clients"]);
    node(&["--client", "127.0.0.1:0", "--bug", "vote-twicee"], 254, &["vote-twicee"]);
    node(&["--client", "127.0.0.1:0", "--peer", "n2"], 254, &["`n2`"]);
    node(&["--client", "127.0.0.1:0", "--heartbeat", "1s"], 254, &["--heartbeat"]);
    node(&["--client", "127.0.0.1:0", "--data", "/proc/none"], 254, &["--data"]);
}

#[test]
fn lists_are_for_people_and_for_programs() {
    let output = try_out(&["list"]);
    assert_eq!(output.status.code(), Some(0));
    for name in ["partition", "register", "raft", "linearizability", "stale-read"] {
        assert!(stdout(&output).contains(name), "{name}");
    }
    let output = try_out(&["list", "bugs", "--format", "json"]);
    let bugs: Vec<serde_json::Value> = serde_json::from_str(&stdout(&output)).unwrap();
    assert!(bugs.len() >= 9);
    assert!(bugs.iter().all(|bug| bug["name"].is_string() && bug["summary"].is_string()));
}

#[test]
fn every_fault_is_listed_with_what_it_does_what_it_needs_and_whom_it_hits() {
    let output = try_out(&["list", "nemeses", "--format", "json"]);
    let nemeses: Vec<serde_json::Value> = serde_json::from_str(&stdout(&output)).unwrap();
    assert!(nemeses.iter().take(3).map(|nemesis| &nemesis["name"]).eq(["none", "all", "swarm"]));
    for nemesis in &nemeses[3..] {
        let faults = nemesis["faults"].as_array().unwrap();
        assert!(!faults.is_empty(), "{nemesis}");
        for fault in faults {
            for field in ["name", "summary", "needs", "hits"] {
                assert!(fault[field].is_string(), "{fault}");
                assert!(field == "hits" || stdout(&try_out(&["list"])).contains(fault[field].as_str().unwrap()));
            }
            for parameter in fault["parameters"].as_array().unwrap() {
                assert!(["name", "summary", "allowed", "drawn"].iter().all(|field| parameter[field].is_string()));
            }
        }
    }
}

#[test]
fn the_printed_settings_are_a_config_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("whitewater.toml");
    std::fs::write(&path, try_out(&["config"]).stdout).unwrap();
    // It is read and accepted; what is refused is the option behind it.
    refused(&["test", "--config", &path.to_string_lossy(), "--nodes", "0"], 254, &["--nodes 0"]);
}
