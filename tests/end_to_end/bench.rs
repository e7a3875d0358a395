//! Measurements are made, printed, and leave nothing behind.

use super::{alone, processes_of, stderr, stdout, whitewater};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use std::{
    path::Path,
    process::{Output, Stdio},
    time::{Duration, Instant},
};

fn bench(arguments: &str, data: &Path) -> Output {
    let _alone = alone();
    whitewater().arg("bench").args(arguments.split_whitespace()).arg("--data").arg(data).output().expect("it starts")
}

fn left_in(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("the folder is there").flatten();
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

#[test]
fn puts_and_gets_are_measured_at_each_number_of_clients() {
    let data = tempfile::tempdir().unwrap();
    let output = bench("--clients 1,8 --duration 500ms --rounds 2 --format json --seed 5", data.path());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let report: serde_json::Value = serde_json::from_str(&stdout(&output)).expect("standard output is JSON");
    assert_eq!((&report["nodes"], &report["value_bytes"]), (&3.into(), &256.into()));
    let rows = report["rows"].as_array().unwrap();
    let loads: Vec<_> = rows.iter().map(|row| (row["operation"].as_str(), row["connections"].as_u64())).collect();
    let expected = [("put", 1), ("put", 8), ("get", 1), ("get", 8)];
    assert_eq!(loads, expected.map(|(operation, clients)| (Some(operation), Some(clients))));
    for found in rows.iter().flat_map(|row| row["rounds"].as_array().unwrap()) {
        let number = |name: &str| found[name].as_f64().unwrap();
        assert!(number("operations") > 10.0 && number("throughput") > 10.0, "{found}");
        assert!(number("latency_ms_p50") > 0.0 && number("latency_ms_p50") <= number("latency_ms_p99"), "{found}");
        assert!(number("latency_ms_p99") <= number("latency_ms_max"), "{found}");
    }
    assert_eq!(processes_of(data.path()), Vec::<String>::new());
    assert_eq!(left_in(data.path()), Vec::<String>::new());
}

#[test]
fn delays_are_put_on_a_minority_and_on_all() {
    let data = tempfile::tempdir().unwrap();
    let arguments =
        "delay --nodes 3 --slow-by 100ms --delays 20ms --clients 4 --duration 500ms --rounds 1 --format json";
    let output = bench(arguments, data.path());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let report: serde_json::Value = serde_json::from_str(&stdout(&output)).expect("standard output is JSON");
    let minority = &report["minority"];
    assert_eq!(minority["slow_nodes"], 1);
    for measured in [&minority["undisturbed"], &minority["with_slow_nodes"]] {
        assert!(measured[0]["operations"].as_u64().unwrap() > 10, "{measured}");
    }
    let rows = report["everywhere"].as_array().unwrap();
    let rows: Vec<_> = rows.iter().map(|row| (row["operation"].as_str(), row["delay_ms"].as_f64())).collect();
    let (put, get) = (Some("put"), Some("get"));
    assert_eq!(rows, [(put, Some(0.0)), (put, Some(20.0)), (get, Some(0.0)), (get, Some(20.0))]);
    for row in report["everywhere"].as_array().unwrap() {
        // There and back; whether it is not twice that is for the table to say.
        let p50 = row["measured"]["latency_ms_p50"].as_f64().unwrap();
        assert!(p50 >= 2.0 * row["delay_ms"].as_f64().unwrap(), "{row}");
    }
    let output = bench("delay --slow-by 1s", data.path());
    assert_eq!(output.status.code(), Some(254));
    assert!(stderr(&output).contains("--slow-by 1s is more than 500ms"), "{}", stderr(&output));
    assert_eq!(left_in(data.path()), Vec::<String>::new());
}

#[test]
fn an_interrupted_measurement_leaves_nothing_behind() {
    let (_alone, data) = (alone(), tempfile::tempdir().unwrap());
    let mut command = whitewater();
    command.args(["bench", "--clients", "4", "--duration", "60s", "--data"]).arg(data.path());
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    let start = Instant::now();
    while processes_of(data.path()).len() < 3 {
        assert!(start.elapsed() < Duration::from_secs(60), "the nodes start");
        std::thread::sleep(Duration::from_millis(20));
    }
    kill(Pid::from_raw(child.id() as i32), Signal::SIGINT).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", stderr(&output));
    assert_eq!(stdout(&output), "", "half a measurement is none");
    assert_eq!(processes_of(data.path()), Vec::<String>::new());
    assert_eq!(left_in(data.path()), Vec::<String>::new());
}

#[test]
fn without_etcd_one_sentence_says_how_to_get_it() {
    let data = tempfile::tempdir().unwrap();
    let mut command = whitewater();
    command.args(["bench", "--against", "etcd", "--data"]).arg(data.path());
    let output = command.env("PATH", data.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(254), "{}", stderr(&output));
    assert!(stderr(&output).contains("no program `etcd`") && stderr(&output).contains("etcd-server"));
    assert_eq!(left_in(data.path()), Vec::<String>::new());
}

#[test]
fn etcd_is_measured_beside_ours() {
    // Debian's package `etcd-server` has it; without it this test fails, lest nobody notices that nothing was compared.
    let data = tempfile::tempdir().unwrap();
    let output = bench("--against etcd --clients 4 --duration 500ms --rounds 2", data.path());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let table = stdout(&output);
    for start in ["whitewater", "etcd", "ratio"] {
        let lines = table.lines().filter(|line| line.trim_start_matches([' ', '4']).starts_with(start));
        assert!(lines.count() >= 2, "puts and gets of {start}: {table}");
    }
    assert_eq!(left_in(data.path()), Vec::<String>::new());
}

#[test]
fn crashed_leaders_are_replaced_and_the_curves_drawn() {
    let data = tempfile::tempdir().unwrap();
    let picture = tempfile::tempdir().unwrap();
    let path = picture.path().join("election.png");
    let options = format!("election --nodes 3 --trials 3 --spread 100ms..200ms,150ms..300ms --out {}", path.display());
    let output = bench(&format!("{options} --format json"), data.path());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let report: serde_json::Value = serde_json::from_str(&stdout(&output)).expect("standard output is JSON");
    for spread in report["spreads"].as_array().unwrap() {
        assert_eq!(spread["times_ms"].as_array().unwrap().len(), 3, "each leader was replaced: {spread}");
        assert_eq!(spread["heartbeat_ms"].as_u64().unwrap(), spread["timeout_ms_min"].as_u64().unwrap() / 2);
    }
    assert!(std::fs::read(&path).unwrap().starts_with(b"\x89PNG"));
    assert_eq!(processes_of(data.path()), Vec::<String>::new());
    assert_eq!(left_in(data.path()), Vec::<String>::new());
}

#[test]
fn killed_follower_comes_back_with_all_that_it_had() {
    let data = tempfile::tempdir().unwrap();
    let output = bench("restart --keys 3000 --rounds 2 --format json", data.path());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let report: serde_json::Value = serde_json::from_str(&stdout(&output)).expect("standard output is JSON");
    let restarts = report["systems"][0]["restarts"].as_array().unwrap();
    assert_eq!((restarts.len(), &report["keys"]), (2, &3000.into()));
    for restart in restarts {
        assert!(restart["time_ms"].as_f64().unwrap() > 0.0, "{restart}");
        let bytes = |name: &str| restart[name].as_u64().unwrap();
        // No fewer than the values, which are all in memory.
        let least = 3000 * 256;
        assert!(bytes("resident_bytes_before") > least && bytes("resident_bytes_after") > least, "{restart}");
    }
    assert_eq!(processes_of(data.path()), Vec::<String>::new());
    assert_eq!(left_in(data.path()), Vec::<String>::new());
}

#[test]
fn measurements_that_cannot_be_are_refused() {
    let data = tempfile::tempdir().unwrap();
    for (arguments, word) in [
        ("--clients 0", "--clients 0"),
        ("--value-bytes 0", "--value-bytes 0"),
        ("--rounds 0", "--rounds 0"),
        ("--duration 1ms", "--duration 1ms"),
        ("--nodes 0", "--nodes 0"),
        ("--against zookeeper", "zookeeper"),
        ("election --trials 0", "--trials 0"),
        ("election --nodes 2", "--nodes 2"),
        ("election --spread 150", "150ms..300ms"),
        ("election --heartbeat 1s", "--heartbeat 1s"),
        ("restart --keys 0", "--keys 0"),
        ("restart --value-bytes 0", "--value-bytes 0"),
        ("restart --rounds 0", "--rounds 0"),
        ("restart --nodes 2", "--nodes 2"),
    ] {
        let output = bench(arguments, data.path());
        assert_eq!(output.status.code(), Some(254), "{arguments}: {}", stderr(&output));
        assert!(stderr(&output).contains(word), "{arguments}: {}", stderr(&output));
        assert_eq!(stdout(&output), "");
        assert_eq!(left_in(data.path()), Vec::<String>::new());
    }
}
