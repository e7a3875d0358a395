//! Tests of the correct node: whatever is done to it, nothing is reported, and everything is there to be looked at.

use super::{latest, processes_of, results, run, stderr, stdout};

#[test]
fn the_main_job_ends_valid_with_a_report() {
    let out = tempfile::tempdir().unwrap();
    let output = run("test --nemesis partition --time-limit 6s --nemesis-interval 2s --seed 11", out.path());
    assert_eq!(output.status.code(), Some(0), "{}\n{}", stdout(&output), stderr(&output));
    assert!(stderr(&output).starts_with("seed 11"), "the seed is printed first: {}", stderr(&output));
    assert!(stdout(&output).contains("VALID"));
    let run = latest(out.path());
    let results = results(&run);
    assert_eq!(results["verdict"], "valid");
    for checker in ["linearizability", "raft-safety", "availability", "record", "processes"] {
        assert_eq!(results["checkers"][checker]["verdict"], "valid", "{checker}");
    }
    assert!(results["checkers"]["linearizability"]["counts"]["operations"].as_u64().unwrap() > 500);
    assert!(results["checkers"]["raft-safety"]["counts"]["entries"].as_u64().unwrap() > 100);
    let dropped = |fault: &serde_json::Value| fault["evidence"]["numbers"]["messages_dropped"].as_u64().unwrap_or(0);
    let faults = results["faults"].as_array().unwrap();
    assert!(faults.iter().any(|fault| fault["evidence"]["effect"] == "installed" && dropped(fault) > 0), "{faults:?}");
    for file in ["latency.png", "throughput.png", "roles.png"] {
        assert!(std::fs::read(run.join(file)).unwrap().starts_with(b"\x89PNG"), "{file}");
    }
    assert!(std::fs::read_to_string(run.join("report.html")).unwrap().contains("</html>"));
    assert!(std::fs::read_to_string(run.join("junit.xml")).unwrap().contains("<testsuites"));
    assert_eq!(processes_of(out.path()), Vec::<String>::new());
}

#[test]
fn all_faults_together_find_nothing_in_the_correct_node() {
    for seed in 21..24 {
        let out = tempfile::tempdir().unwrap();
        let options =
            format!("test --nemesis partition,kill,pause --time-limit 8s --nemesis-interval 2s --seed {seed}");
        let output = run(&options, out.path());
        assert_eq!(output.status.code(), Some(0), "seed {seed}: {}\n{}", stdout(&output), stderr(&output));
        let results = results(&latest(out.path()));
        for nemesis in ["partition", "kill", "pause"] {
            let took_effect = |fault: &&serde_json::Value| fault["evidence"]["effect"] == "installed";
            let faults = results["faults"].as_array().unwrap().iter().filter(took_effect);
            assert!(faults.clone().any(|fault| fault["nemesis"] == nemesis), "seed {seed}: no {nemesis} took effect");
        }
        assert_eq!(processes_of(out.path()), Vec::<String>::new());
    }
}

#[test]
fn reads_by_lease_and_through_the_log_are_linearizable() {
    for reads in ["lease", "log"] {
        let out = tempfile::tempdir().unwrap();
        let options = "test --nemesis partition,pause --time-limit 6s --nemesis-interval 2s --seed 31 --reads";
        let output = run(&format!("{options} {reads}"), out.path());
        assert_eq!(output.status.code(), Some(0), "{reads}: {}\n{}", stdout(&output), stderr(&output));
        assert!(results(&latest(out.path()))["checkers"]["linearizability"]["verdict"] == "valid", "{reads}");
    }
}

#[test]
fn a_recorded_history_is_judged_again_to_the_same_verdict() {
    let out = tempfile::tempdir().unwrap();
    let output = run("test --nemesis none --time-limit 2s", out.path());
    assert_eq!(output.status.code(), Some(0), "{}\n{}", stdout(&output), stderr(&output));
    let history = latest(out.path()).join("history.jsonl");
    let check = |path: &std::path::Path| super::whitewater().arg("check").arg(path).output().unwrap();
    assert_eq!(check(&history).status.code(), Some(0));
    let exported = out.path().join("history.edn");
    let export = |path: &std::path::Path| {
        let output = super::whitewater().arg("export").arg(path).arg("--out").arg(&exported).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    };
    export(&latest(out.path()));
    assert_eq!(check(&exported).status.code(), Some(0));

    // A read of a value that was overwritten before it began, put at the end of a history that was fine.
    let text = std::fs::read_to_string(&history).unwrap();
    let events: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (count, time) = (events.len(), events.last().unwrap()["time"].as_u64().unwrap());
    let extra = [
        (0, "invoke", "write", 1),
        (0, "ok", "write", 1),
        (0, "invoke", "write", 2),
        (0, "ok", "write", 2),
        (0, "invoke", "read", -1),
        (0, "ok", "read", 1),
    ];
    let lines: String = extra
        .into_iter()
        .enumerate()
        .map(|(number, (process, kind, f, value))| {
            let value = if value < 0 { serde_json::Value::Null } else { value.into() };
            let event = serde_json::json!({
                "index": count + number, "time": time + number as u64, "process": 1_000_000 + process, "type": kind,
                "f": f, "value": ["fresh", value],
            });
            format!("{event}\n")
        })
        .collect();
    let broken = out.path().join("broken.jsonl");
    std::fs::write(&broken, text + &lines).unwrap();
    let output = check(&broken);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(stdout(&output).contains("`fresh`"), "{}", stdout(&output));
    export(&broken);
    let output = super::whitewater().arg("check").args([&exported, &history]).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(stdout(&output).contains("2 files: 1 valid, 1 invalid"), "{}", stdout(&output));
}

#[test]
fn a_fault_that_cannot_take_effect_proves_nothing() {
    let out = tempfile::tempdir().unwrap();
    let output = run("test --nodes 1 --nemesis partition --time-limit 1s", out.path());
    assert_eq!(output.status.code(), Some(4), "{}\n{}", stdout(&output), stderr(&output));
    assert!(stdout(&output).contains("partition took effect"), "{}", stdout(&output));
    assert!(!stdout(&output).contains("VALID"), "it is not called valid: {}", stdout(&output));
}

#[test]
fn a_run_that_is_to_fail_fast_ends_as_soon_as_a_violation_is_seen_and_no_other_does() {
    let out = tempfile::tempdir().unwrap();
    let early = |results: &serde_json::Value| {
        let warnings = results["warnings"].as_array().cloned().unwrap_or_default();
        warnings.iter().any(|warning| warning.as_str().unwrap_or_default().contains("as a violation was seen: "))
    };
    let output =
        run("test --bug ack-before-quorum --nemesis partition --fail-fast --time-limit 2m --seed 1", out.path());
    assert_eq!(output.status.code(), Some(1), "{}\n{}", stdout(&output), stderr(&output));
    let found = results(&latest(out.path()));
    assert!(early(&found), "{}", found["warnings"]);
    assert_eq!(found["verdict"], "invalid", "all of it was judged again");
    assert!(stdout(&output).contains("--fail-fast"), "the same is done again: {}", stdout(&output));

    let output = run("test --nemesis partition --fail-fast --time-limit 3s --seed 1", out.path());
    assert_eq!(output.status.code(), Some(0), "{}\n{}", stdout(&output), stderr(&output));
    assert!(!early(&results(&latest(out.path()))), "nothing was seen, and the workload went on to its end");
}
