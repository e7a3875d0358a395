//! Reports of made-up runs, looked at: not whether a file is there, but whether it shows what the run was.

mod synthetic;

use harness::{
    checker::{CheckResult, Results, Verdict, Witness},
    history::Effect,
    store::RunDir,
};
use std::{collections::BTreeSet, fs, path::Path, time::Instant};
use synthetic::{SECOND, Synthetic, circle, fault, invalid, stale_read, two_leaders, valid};

struct Looked {
    /// Kept, so that the directory lives as long as its reports are looked at.
    _home: tempfile::TempDir,
    dir: RunDir,
    html: String,
    junit: String,
    warnings: Vec<String>,
}

/// Renders a run and reads the reports.
fn look(run: &Synthetic) -> Looked {
    let home = tempfile::tempdir().expect("a directory");
    let dir = run.write(&home.path().join("run"));
    look_again(home, dir)
}

fn look_again(home: tempfile::TempDir, dir: RunDir) -> Looked {
    let rendered = reports::render(&dir).expect("reports");
    let html = fs::read_to_string(dir.report()).expect("a page");
    let junit = fs::read_to_string(dir.junit()).expect("a JUnit file");
    keep(&dir);
    Looked { _home: home, dir, html, junit, warnings: rendered.warnings }
}

/// With WHITEWATER_REPORTS_KEEP set to a folder, the reports of each test stay there to be looked at by eye.
fn keep(dir: &RunDir) {
    let Some(folder) = std::env::var_os("WHITEWATER_REPORTS_KEEP") else { return };
    let thread = std::thread::current();
    let folder = Path::new(&folder).join(thread.name().unwrap_or("run"));
    fs::create_dir_all(&folder).expect("a folder");
    for entry in fs::read_dir(dir.path()).expect("a run").flatten().filter(|entry| entry.path().is_file()) {
        fs::copy(entry.path(), folder.join(entry.file_name())).expect("a copy");
    }
}

/// Width, height, and the colours of a picture.
fn picture(dir: &RunDir, name: &str) -> (u32, u32, BTreeSet<[u8; 3]>) {
    let file = std::io::BufReader::new(fs::File::open(dir.picture(name)).expect("a picture"));
    let mut reader = png::Decoder::new(file).read_info().expect("a PNG");
    let mut pixels = vec![0; reader.output_buffer_size().expect("a size")];
    let frame = reader.next_frame(&mut pixels).expect("pixels");
    let colours = pixels.chunks_exact(3).map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
    (frame.width, frame.height, colours)
}

fn contains_all(text: &str, wanted: &[&str]) {
    for wanted in wanted {
        assert!(text.contains(wanted), "{wanted:?} is missing");
    }
}

const GREEN: [u8; 3] = [0x00, 0x9e, 0x73];
const BLUE: [u8; 3] = [0x00, 0x72, 0xb2];
const VERMILION: [u8; 3] = [0xd5, 0x5e, 0x00];

#[test]
fn a_valid_run_shows_its_verdict_and_what_it_rests_on() {
    let looked = look(&valid(10_000));
    assert_eq!(looked.warnings, Vec::<String>::new());
    contains_all(
        &looked.html,
        &[
            "</span> VALID</h1>",
            "every checker is satisfied, and every gate was met",
            "raft · register · partition, kill, pause · 5 nodes · 10 clients · 20 s",
            "<code>4211</code>",
            "whitewater test --workload register --nemesis partition,kill,pause --seed 4211",
            "every one of 64 keys is linearizable",
            "1 of 2 faults took effect",
            "no leader was known",
            "98.2 %",
            "550 ms",
            "no leader is known (CLUSTERDOWN)",
            "the clock of n2 could not be read once",
            "data-chart=\"roles\"",
        ],
    );
    assert!(!looked.html.contains("What was violated"));
    for name in ["latency", "throughput", "roles"] {
        let (width, height, colours) = picture(&looked.dir, name);
        assert_eq!(width, 2200, "{name}");
        assert!((600..2000).contains(&height), "{name}: {height}");
        assert!(colours.len() > 50, "{name}: {} colours", colours.len());
    }
    assert!(picture(&looked.dir, "roles").2.contains(&GREEN), "somebody leads");
    assert!(!looked.dir.picture("violation").exists());
}

#[test]
fn the_page_loads_nothing() {
    let looked = look(&valid(500));
    for attribute in ["src=", "href=", "url(", "@import", "fetch(", "XMLHttpRequest", "sendBeacon"] {
        for (position, _) in looked.html.match_indices(attribute) {
            let target: String = looked.html[position..].chars().take(40).collect();
            let is_inner = ["href=\"#", "href=\"data:,\"", "url(#"].iter().any(|inner| target.starts_with(inner));
            assert!(is_inner, "{target}");
        }
    }
    assert!(!looked.html.contains("http://") && !looked.html.contains("https://"));
}

#[test]
fn a_stale_read_is_told_drawn_and_handed_to_ci() {
    let looked = look(&invalid("linearizability", stale_read()));
    contains_all(
        &looked.html,
        &[
            "</span> INVALID</h1>",
            "key 17: process 4 read 3 from n1 after process 3 had read 5 from n4",
            "No write of 3 is left that could explain it.",
            "None of these operations is superfluous",
            "<svg class=\"timeline\"",
            "read → 5 · n4",
            "write 5 · unknown · n4",
            "process 20",
            "1. write 3 · n1",
            "✗ read → 3 · n1: it saw 3 and not 5",
            "<g class=\"arrow real-time\"><title>the one was over before the other</title><polyline",
            "<a href=\"#violation-1\">the first one: Linearizability, at 3.407 s</a>",
            "<article class=\"violation\" id=\"violation-1\">",
            "<td class=\"number\">3120</td>",
            "around the first violation",
        ],
    );
    let violations = looked.html.find("What was violated").expect("the section");
    assert!(violations < looked.html.find("What was checked").expect("the section"), "violations come first");
    let (width, height, colours) = picture(&looked.dir, "violation");
    assert!(width == 2200 && height > 600, "{width}×{height}");
    assert!(colours.contains(&BLUE) && colours.contains(&VERMILION));
    contains_all(
        &looked.junit,
        &[
            "<failure message=\"key 17: process 4 read 3",
            "type=\"Linearizability\"",
            "1. Process 2 wrote 3",
            "reproduce with: whitewater test",
            "failures=\"1\"",
        ],
    );
    let report = quick_junit::Report::deserialize_from_str(&looked.junit).expect("JUnit");
    let names: Vec<_> = report.test_suites[0].test_cases.iter().map(|case| case.name.as_str()).collect();
    assert_eq!(names, ["linearizability", "raft-safety", "gate: availability and recovery", "gate: evidence"]);
}

#[test]
fn transactions_in_a_circle_are_drawn_with_what_holds_it_together() {
    let looked = look(&invalid("transactions", circle()));
    assert_eq!(looked.warnings, Vec::<String>::new());
    contains_all(
        &looked.html,
        &[
            "<g class=\"arrow wr\"><title>T2 read 5 from k7, which T1 wrote</title>",
            "<g class=\"arrow real-time\">",
            "<g class=\"arrow rw\">",
            ">wr k7</text>",
            ">real time</text>",
            ">rw k7</text>",
            ">T3</text>",
            ">read k7 → nil, write k2 1,</text>",
            ">outcome unknown, at n1</text>",
            "wr: the other read what it wrote",
            "<strong>T1</strong>",
        ],
    );
    let picture_of = |html: &str| html.split("<svg class=\"timeline\"").nth(1).expect("a picture").to_owned();
    assert_eq!(
        picture_of(&looked.html).split("</svg>").next().map(|svg| svg.matches("<g class=\"arrow").count()),
        Some(3)
    );
    assert_eq!(looked.html.matches(">process 3</text>").count(), 1, "one lane for both");
    let (width, height, colours) = picture(&looked.dir, "violation");
    assert!(width == 2200 && height > 400, "{width}×{height}");
    assert!(colours.contains(&BLUE) && colours.contains(&[0x00, 0x70, 0x4f]), "a bar, and the arrow of wr");
    let text = reports::summary(looked_results(&looked.dir).as_ref().expect("results"), Path::new("runs/x"));
    contains_all(&text, &["evidence: 3 transactions (violation.png)"]);
}

fn looked_results(dir: &RunDir) -> Option<Results> {
    serde_json::from_slice(&fs::read(dir.results()).ok()?).ok()
}

#[test]
fn results_from_before_there_were_arrows_are_still_shown() {
    let home = tempfile::tempdir().expect("a directory");
    let dir = invalid("transactions", circle()).write(&home.path().join("run"));
    let mut results: serde_json::Value =
        serde_json::from_slice(&fs::read(dir.results()).expect("results")).expect("JSON");
    let witness = &mut results["checkers"]["transactions"]["violations"][0]["witness"];
    assert!(witness.as_object_mut().expect("a witness").remove("order").is_some());
    for operation in witness["operations"].as_array_mut().expect("operations") {
        assert!(operation.as_object_mut().expect("an operation").remove("name").is_some());
    }
    fs::write(dir.results(), results.to_string()).expect("results");
    let looked = look_again(home, dir);
    assert_eq!(looked.warnings, Vec::<String>::new());
    contains_all(&looked.html, &["<svg class=\"timeline\"", "read k7 → 5 · n1"]);
    assert!(!looked.html.contains("<g class=\"arrow"));
    assert_eq!(picture(&looked.dir, "violation").0, 2200);
}

#[test]
fn two_leaders_are_shown_with_the_lines_of_their_traces() {
    let looked = look(&invalid("raft-safety", two_leaders()));
    contains_all(
        &looked.html,
        &["n1 and n4 were both leader of term 3", "nodes/n4/trace.jsonl:6", "3.700000 s", "became leader of term 3"],
    );
    assert!(!looked.dir.picture("violation").exists(), "there are no operations to draw");
}

#[test]
fn an_empty_history_proves_nothing_and_is_still_shown() {
    let mut run = valid(0);
    run.faults.clear();
    run.traces.clear();
    run.results = Some(Results {
        exit_code: 4,
        reason: "no operation succeeded".into(),
        reproduce: "whitewater test --seed 1".into(),
        ..Results::default()
    });
    let looked = look(&run);
    contains_all(&looked.html, &["PROVED NOTHING", "no operation succeeded", "No fault was injected."]);
    contains_all(&looked.junit, &["gate: evidence", "<failure message=\"no operation succeeded\""]);
    assert_eq!(picture(&looked.dir, "latency").0, 2200);
    assert!(!looked.dir.picture("roles").exists());
}

#[test]
fn an_unknown_verdict_is_neither_a_pass_nor_a_failure() {
    let mut run = valid(1_000);
    let results = run.results.as_mut().expect("results");
    (results.verdict, results.exit_code) = (Verdict::Unknown, 2);
    results.reason = "linearizability is unknown".into();
    let summary = "the budget of 50,000,000 steps ran out at key 9".to_owned();
    results
        .checkers
        .insert("linearizability".into(), CheckResult { verdict: Verdict::Unknown, summary, ..CheckResult::default() });
    let looked = look(&run);
    contains_all(&looked.html, &["</span> UNKNOWN</h1>", "the budget of 50,000,000 steps ran out at key 9"]);
    contains_all(
        &looked.junit,
        &["<error message=\"the budget of 50,000,000 steps ran out", "errors=\"1\"", "failures=\"0\""],
    );
}

#[test]
fn a_killed_run_is_shown_as_far_as_it_got() {
    let home = tempfile::tempdir().expect("a directory");
    let mut run = valid(1_000);
    run.results = None;
    let dir = run.write(&home.path().join("run"));
    let history = fs::read(dir.history()).expect("a history");
    fs::write(dir.history(), &history[..history.len() * 2 / 3 + 7]).expect("a torn history");
    let trace = fs::read(dir.node_trace("n2")).expect("a trace");
    fs::write(dir.node_trace("n2"), &trace[..trace.len() - 9]).expect("a torn trace");
    let looked = look_again(home, dir);
    contains_all(&looked.html, &["NO VERDICT", "it ended before it was judged", "n1 n3 | n2 n4 n5"]);
    contains_all(&looked.junit, &["<error message=\"the run left no results.json"]);
    assert!(looked.warnings.iter().any(|warning| warning.contains("cut off in the middle")), "{:?}", looked.warnings);
    assert_eq!(picture(&looked.dir, "roles").0, 2200);
}

#[test]
fn hostile_values_stay_text() {
    let mut violation = stale_read();
    violation.summary = "</script><img src=x onerror=alert(1)>".into();
    let mut run = invalid("linearizability", violation);
    run.faults[0].summary = "</script><script>alert(2)</script>".into();
    run.results.as_mut().expect("results").faults[0].summary.clone_from(&run.faults[0].summary);
    let looked = look(&run);
    assert!(!looked.html.contains("<img") && !looked.html.contains("<script>alert"));
    assert_eq!(looked.html.matches("</script>").count(), 2, "the data and the code");
    assert!(looked.junit.contains("&lt;/script&gt;&lt;img"));
}

#[test]
fn hostile_transactions_stay_text() {
    let mut violation = circle();
    let evil = "</svg></script><img src=x onerror=alert(1)>".to_owned();
    violation.property.clone_from(&evil);
    let Witness::Operations { key, operations, order, .. } = &mut violation.witness else { panic!("operations") };
    key.clone_from(&evil);
    for operation in operations {
        (operation.name, operation.text, operation.outcome) = (Some(evil.clone()), evil.repeat(50), evil.clone());
    }
    for edge in &mut order.edges {
        (edge.key, edge.because) = (Some(evil.clone()), evil.clone());
    }
    let looked = look(&invalid("transactions", violation));
    assert_eq!(looked.warnings, Vec::<String>::new());
    assert!(!looked.html.contains("<img"));
    assert_eq!(looked.html.matches("</script>").count(), 2, "the data and the code");
    assert_eq!(looked.html.matches("</svg>").count(), 2, "the gradients and the picture");
    assert_eq!(picture(&looked.dir, "violation").0, 2200);
}

#[test]
fn odd_lengths_and_many_faults_are_drawn() {
    for (length, count) in [(1, 0), (30_000, 3), (40 * 86_400 * SECOND, 50)] {
        let mut run = valid(0);
        run.events = synthetic::events(count, length);
        run.faults = (0..5_000)
            .map(|n| {
                fault(
                    n,
                    ["partition", "kill", "clock"][n as usize % 3],
                    "x",
                    &["n1"],
                    (length / 5_000 * n, Some(length / 4_000 * n)),
                )
            })
            .collect();
        let mut operations = stale_read();
        if let Witness::Operations { operations, .. } = &mut operations.witness {
            operations
                .iter_mut()
                .for_each(|operation| (operation.start, operation.end) = (length / 2, Some(length / 2)));
        }
        let mut results = synthetic::results(&run.events, &run.faults, length);
        results
            .checkers
            .insert("linearizability".into(), CheckResult { violations: vec![operations], ..CheckResult::default() });
        run.results = Some(results);
        let looked = look(&run);
        assert_eq!(looked.warnings, Vec::<String>::new(), "length {length}");
        for name in ["latency", "throughput", "roles", "violation"] {
            assert_eq!(picture(&looked.dir, name).0, 2200, "{name}, length {length}");
        }
        contains_all(&looked.html, &["4,500 more faults are in schedule.json"]);
    }
}

#[test]
fn a_hundred_thousand_operations_are_no_trouble() {
    let run = valid(100_000);
    let home = tempfile::tempdir().expect("a directory");
    let dir = run.write(&home.path().join("run"));
    let begun = Instant::now();
    let looked = look_again(home, dir);
    // Some two seconds on an idle machine; the bound only catches what grows faster than the history.
    assert!(begun.elapsed().as_secs() < 60, "{:?}", begun.elapsed());
    eprintln!("rendered in {:?}, {} bytes of page", begun.elapsed(), looked.html.len());
    assert!(looked.html.len() < 4_000_000, "{}", looked.html.len());
}

#[test]
fn the_summary_ends_with_the_command_that_does_it_again() {
    let run = invalid("linearizability", stale_read());
    let results = run.results.expect("results");
    let text = reports::summary(&results, Path::new("runs/x"));
    assert!(!text.contains('\x1b'));
    contains_all(
        &text,
        &[
            "✗ INVALID  Linearizability was violated",
            "✓ raft-safety",
            "    4. Process 4 began its read after that",
            "evidence: 4 operations, none of them superfluous (violation.png)",
            "partition: 2 faults took effect · 2,412 messages dropped",
            "kill: 1 of 2 faults took effect · 1,205 messages dropped · no leader was known",
            "98.2 % of operations succeeded",
            "p50 0.84 · p90 1.7 · p99 8.1 · max 1,204 ms",
            "runs/x/report.html",
        ],
    );
    assert_eq!(text.lines().last(), Some(results.reproduce.as_str()));
    assert_eq!(reports::verdict_line(&results, Path::new("runs/x")), "INVALID  Linearizability was violated · runs/x");

    let valid = valid(100).results.expect("results");
    assert!(!reports::summary(&valid, Path::new("runs/x")).contains("reproduce with"));
}

#[test]
fn a_fault_without_effect_is_never_shown_as_felt() {
    let mut run = valid(500);
    for fault in &mut run.results.as_mut().expect("results").faults {
        fault.evidence.effect = Effect::Indeterminate;
        fault.evidence.note = "no message was on its way".into();
    }
    let looked = look(&run);
    contains_all(&looked.html, &["0 of 2 faults took effect", "? not shown", "2 × no message was on its way"]);
}

#[test]
fn a_missing_run_is_an_error_that_names_it() {
    let error = reports::render(&RunDir::new("/nowhere/run")).expect_err("there is nothing");
    assert_eq!(error.to_string(), "/nowhere/run: no such run directory");
}
