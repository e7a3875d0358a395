//! Traces that are not to be trusted.

use crate::script::*;
use harness::checker::{CheckResult, Verdict, parse};
use harness::history::trace::{Hash, Kind, VERSION};

#[track_caller]
fn is_unknown(result: &CheckResult, about: &str) {
    assert_eq!(result.verdict, Verdict::Unknown, "{result:#?}");
    assert!(result.summary.contains(about), "{}", result.summary);
}

#[test]
fn contradictory_trace_is_unknown() {
    let mut s = peaceful();
    s.say("n2", Kind::Append { first: 9, terms: vec![(1, 1)], hashes: vec![Hash(1)] });
    is_unknown(&s.check(), "n2 line 8 appends at index 9 to a log that ends at 2");

    let mut s = peaceful();
    s.say("n2", Kind::Append { first: 3, terms: vec![(1, 2)], hashes: vec![Hash(1)] });
    is_unknown(&s.check(), "terms for 2 entries and 1 hashes");

    let mut s = peaceful();
    s.say("n2", Kind::Truncate { from: 3 });
    is_unknown(&s.check(), "removes entries from 3 on of a log that ends at 2");

    let mut s = peaceful();
    s.say("n2", start("n2", 1, Some("n1"), 5, Hash(5)));
    is_unknown(&s.check(), "recovers entry 5");

    let mut s = peaceful();
    s.say("n2", start("n9", 1, Some("n1"), 2, Hash(5)));
    is_unknown(&s.check(), "says that it is n9");

    let mut record = peaceful().record();
    record.traces[1].lines.clear();
    is_unknown(&check(&record), "there is no trace of n2");
    record.traces.clear();
    is_unknown(&check(&record), "there is no trace of n1");

    let mut record = peaceful().record();
    record.traces[1].lines.remove(0);
    is_unknown(&check(&record), "n2 line 2 is the first of the trace");

    let mut record = peaceful().record();
    record.traces[1].lines[4].1.t = 1;
    is_unknown(&check(&record), "before that of the line above it");
}

#[test]
fn snapshots_and_configurations_that_cannot_be_are_unknown() {
    let mut s = peaceful();
    s.say("n2", Kind::Install { index: 0, term: 0, hash: Hash(0) });
    is_unknown(&s.check(), "n2 line 8 installs a snapshot of nothing");

    let mut s = peaceful();
    s.configuration("n2", 3, "n1 n2 n3", "");
    is_unknown(&s.check(), "n2 line 8 names the configuration of entry 3 of a log that ends at 2");

    // Who votes and keeps no trace may have acknowledged anything.
    let mut s = Script::new(3);
    s.configuration("n1", 0, "n1 n2 n4", "");
    s.elect(&["n1"], 1);
    is_unknown(&s.check(), "there is no trace of n4, which is a voter");
}

#[test]
fn earlier_versions_are_read_and_later_ones_are_not() {
    for version in [0, 1, VERSION, VERSION + 1] {
        let mut record = peaceful().record();
        for trace in &mut record.traces {
            let Kind::Start { version: written, .. } = &mut trace.lines[0].1.kind else { panic!() };
            *written = version;
        }
        let result = check(&record);
        match version {
            1 | VERSION => assert_eq!(result.verdict, Verdict::Valid, "{result:#?}"),
            _ => is_unknown(&result, &format!("is of version {version} of the format; the newest known one is 2")),
        }
    }
}

#[test]
fn missing_acknowledgements_accuse_nobody() {
    let mut record = peaceful().record();
    record.traces[1].broken.push((4, "cut".into()));
    record.traces[2].broken.push((4, "cut".into()));
    is_unknown(&check(&record), "n2 line 4");
}

#[test]
fn torn_line_is_left_out_only_where_a_kill_may_tear() {
    let begin =
        r#"{"t":1,"e":"start","version":1,"node":"n1","term":0,"vote":null,"last":0,"hash":"0000000000000000"}"#;
    let again = begin.replace("\"t\":1", "\"t\":9");
    let role = r#"{"t":3,"e":"role","role":"pre-candidate","term":0}"#;
    let torn = r#"{"t":4,"e":"vo"#;
    let numbers = |text: &str| {
        let trace = parse("n1", text);
        (trace.lines.iter().map(|(line, _)| *line).collect::<Vec<_>>(), trace.broken.len())
    };
    assert_eq!(numbers(&format!("{begin}\n{role}\n{torn}")), (vec![1, 2], 0));
    assert_eq!(numbers(&format!("{begin}\n{role}\n{torn}\n{again}\n{role}\n")), (vec![1, 2, 4, 5], 0));
    assert_eq!(numbers(&format!("{begin}\n{role}\n{torn}{again}\n")), (vec![1, 2, 3], 0));
    assert_eq!(numbers(&format!("{begin}\n{torn}\n{role}\n")), (vec![1, 3], 1));
    assert_eq!(numbers(&format!("{begin}\n{{\"t\":2,\"e\":\"snapshot\"}}\n{role}\n")), (vec![1, 3], 1));
}

#[test]
fn documented_example_parses() {
    let text = r#"{"t":81,"e":"start","version":2,"node":"n1","term":3,"vote":"n2","last":7,"hash":"00c0ffee00c0ffee"}
{"t":81,"e":"configuration","index":0,"voters":["n1","n2","n3"],"outgoing":[],"learners":[]}
{"t":82,"e":"role","role":"candidate","term":4}
{"t":83,"e":"vote","term":4,"for":"n1"}
{"t":84,"e":"role","role":"leader","term":4}
{"t":85,"e":"append","first":8,"terms":[[4,2]],"hashes":["8f00000000000000","a100000000000000"]}
{"t":86,"e":"truncate","from":9}
{"t":87,"e":"ack","term":4,"index":8}
{"t":88,"e":"commit","term":4,"index":8}
{"t":89,"e":"apply","index":8,"hash":"8f00000000000000"}
{"t":90,"e":"compact","index":8,"term":4,"hash":"8f00000000000000"}
{"t":91,"e":"install","index":20,"term":5,"hash":"3700000000000000"}
{"t":92,"e":"configuration","index":20,"voters":["n1","n4"],"outgoing":["n1","n2"],"learners":["n3"]}
{"t":93,"e":"stop"}
"#;
    let trace = parse("n1", text);
    assert!(trace.broken.is_empty(), "{:?}", trace.broken);
    assert_eq!(trace.lines.len(), 14);
    let again: String = trace.lines.iter().map(|(_, event)| serde_json::to_string(event).unwrap() + "\n").collect();
    assert_eq!(parse("n1", &again).lines, trace.lines);
}
