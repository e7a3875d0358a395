//! A run with a violation is made smaller, and the bugs are found by their recipes.

use super::{alone, latest, run, stderr, stdout, whitewater};
use serde_json::Value;
use std::fs;

#[test]
fn a_run_with_many_faults_is_shrunk_to_few_and_the_command_shows_the_violation() {
    let out = tempfile::tempdir().unwrap();
    let options = "test --bug ack-before-fsync --nemesis kill,pause --time-limit 5s --nemesis-interval 600ms --seed 2";
    assert_eq!(run(options, out.path()).status.code(), Some(1), "this bug shows whenever a node dies");
    let recorded = latest(out.path());

    let output = run(&format!("shrink {} --budget 60s --format json", recorded.display()), out.path());
    assert_eq!(output.status.code(), Some(1), "{}\n{}", stdout(&output), stderr(&output));
    let shrunk: Value = serde_json::from_str(&stdout(&output)).expect("the result is JSON");
    let folder = out.path().join(format!("{}-shrunk", recorded.file_name().unwrap().display()));
    let text = fs::read_to_string(folder.join("shrunk.json")).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), shrunk);
    let before: Value = serde_json::from_slice(&fs::read(recorded.join("schedule.json")).unwrap()).unwrap();
    let faults = |schedule: &Value| schedule["faults"].as_array().expect("a list").len();
    assert!(faults(&before) >= 12 && faults(&shrunk["schedule"]) <= 3, "{before:#}\n{shrunk:#}");
    assert!(shrunk["rate"]["shown"].as_u64() > Some(0) && shrunk["rate"]["interval"][0].as_f64() > Some(0.0));
    assert!(folder.join("run").join("report.html").is_file() && !folder.join("trials").exists());

    // The command, as it was printed.
    let command = shrunk["reproduce"].as_str().unwrap();
    let arguments: Vec<&str> = command.split_whitespace().skip_while(|word| *word != "test").collect();
    assert!(arguments.contains(&folder.join("schedule.toml").to_str().unwrap()), "{command}");
    let wanted = (shrunk["symptom"]["checker"].as_str().unwrap(), shrunk["symptom"]["property"].as_str().unwrap());
    let shows = || {
        let _alone = alone();
        let output = whitewater().args(&arguments).arg("--out").arg(out.path()).arg("--format").arg("json").output();
        let results: Value = serde_json::from_str(&stdout(&output.unwrap())).expect("results");
        let violations = results["checkers"][wanted.0]["violations"].as_array().cloned().unwrap_or_default();
        violations.iter().any(|violation| violation["property"] == wanted.1)
    };
    assert!((0..20).any(|_| shows()), "{command} never shows {wanted:?}");
}

#[test]
fn a_valid_run_cannot_be_shrunk() {
    let out = tempfile::tempdir().unwrap();
    assert_eq!(run("test --nemesis none --time-limit 1s --seed 1", out.path()).status.code(), Some(0));
    let recorded = latest(out.path());
    let output = run(&format!("shrink {}", recorded.display()), out.path());
    assert_eq!(output.status.code(), Some(254), "{}\n{}", stdout(&output), stderr(&output));
    assert!(stderr(&output).contains("shows no violation"), "{}", stderr(&output));
    assert_eq!(fs::read_dir(out.path()).unwrap().count(), 2, "the run and `latest`");
}

#[test]
fn bugs_stand_in_a_table_with_the_correct_node() {
    let out = tempfile::tempdir().unwrap();
    let output = run("bugs --bug vote-not-persisted,forget-term --times 2", out.path());
    assert_eq!(output.status.code(), Some(0), "{}\n{}", stdout(&output), stderr(&output));
    let said = stdout(&output);
    let rows: Vec<Vec<&str>> = said.lines().map(|line| line.split('|').map(str::trim).collect()).collect();
    assert_eq!(rows[0][1..4], ["bug", "nemesis", "found in"]);
    assert_eq!([rows[2][1], rows[3][1], rows[4][1]], ["`vote-not-persisted`", "`forget-term`", "none (control)"]);
    for row in &rows[2..4] {
        assert!(row[3].contains(" of 2 (") && !row[3].starts_with('0') && row[5].contains("raft-safety: "), "{said}");
        assert!(row[6].starts_with("0 of 2") && row[7].is_empty(), "nothing was replayed: {said}");
        assert!(row[8].contains(&format!("--bug {}", row[1].trim_matches('`'))), "{said}");
    }
    // The two have the same recipe, which the correct node tried once.
    assert!(rows[4][3].starts_with("0 of 2"), "{said}");
    assert_eq!(stderr(&output).matches("the correct node, seed").count(), 2, "{}", stderr(&output));
}
