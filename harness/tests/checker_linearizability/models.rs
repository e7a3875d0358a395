//! Each model as others write its operations, with a history that it allows and one that it does not.

use harness::checker::objects::Kind;
use harness::checker::{Budget, CheckResult, Checker, Linearizability, Record, Verdict};
use harness::store::read_any_history;
use serde_json::{Value, json};

fn check(kind: Kind, initial: Value, text: &str) -> CheckResult {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("history");
    std::fs::write(&path, text).expect("written");
    let recorded = read_any_history(&path, &initial);
    assert!(recorded.error.is_none(), "{:?}", recorded.error);
    let record = Record { operations: recorded.operations, ..Record::default() };
    Linearizability { initial, kind }.check(&record, Budget::default())
}

/// One operation after the other, each by a process of its own: function, argument, answer.
fn sequence(operations: &[(&str, &str, &str)]) -> String {
    let event = |(process, (f, argument, answer)): (usize, &(&str, &str, &str))| {
        format!(
            "{{:process {process}, :type :invoke, :f :{f}, :value {argument}}}\n\
             {{:process {process}, :type :ok, :f :{f}, :value {answer}}}\n"
        )
    };
    operations.iter().enumerate().map(event).collect()
}

#[test]
fn each_model_allows_and_forbids() {
    type Step = (&'static str, &'static str, &'static str);
    type Case = (Kind, Value, &'static [Step], Step);
    let cases: [Case; 7] = [
        (
            Kind::Set,
            Value::Null,
            &[("add", "1", "1"), ("add", "[2 3]", "[2 3]"), ("read", "nil", "#{1 [2 3]}")],
            ("read", "nil", "#{1}"),
        ),
        (
            Kind::Set,
            json!([1]),
            &[("add", "2", "2"), ("remove", "1", "1"), ("read", "nil", "[2]")],
            ("read", "nil", "[1 2]"),
        ),
        (
            Kind::Counter,
            json!(5),
            &[("add", "2", "2"), ("decrement", "1", "1"), ("add-and-get", "3", "[3 9]"), ("read", "nil", "9")],
            ("read", "nil", "10"),
        ),
        (
            Kind::Queue,
            Value::Null,
            &[("dequeue", "nil", "nil"), ("enqueue", "1", "1"), ("enqueue", "2", "2"), ("dequeue", "nil", "1")],
            ("dequeue", "nil", "nil"),
        ),
        (
            Kind::AppendList,
            Value::Null,
            &[("read", "nil", "nil"), ("append", "1", "1"), ("append", "2", "2"), ("read", "nil", "[1 2]")],
            ("read", "nil", "[2 1]"),
        ),
        (
            Kind::Kv,
            Value::Null,
            &[("put", "\"a\"", "\"a\""), ("append", "\"b\"", "\"b\""), ("get", "nil", "\"ab\"")],
            ("get", "nil", "\"b\""),
        ),
        (
            Kind::MultiRegister,
            json!({"x": 0, "y": 0}),
            &[("txn", "[[:write :x 1] [:read :y nil]]", "[[:write :x 1] [:read :y 0]]")],
            ("txn", "[[:read :x nil] [:read :y nil]]", "[[:read :x 0] [:read :y 0]]"),
        ),
    ];
    for (kind, initial, allowed, forbidden) in cases {
        let result = check(kind, initial.clone(), &sequence(allowed));
        assert_eq!(result.verdict, Verdict::Valid, "{kind:?}: {}", result.summary);
        let result = check(kind, initial, &sequence(&[allowed, &[forbidden]].concat()));
        assert_eq!(result.verdict, Verdict::Invalid, "{kind:?}: {}", result.summary);
    }
}

#[test]
fn two_processes_do_not_hold_a_lock() {
    let lock = "{:process 0, :type :invoke, :f :acquire, :value nil}
                {:process 0, :type :ok, :f :acquire, :value nil}
                {:process 1, :type :invoke, :f :acquire, :value nil}
                {:process 0, :type :invoke, :f :release, :value nil}
                {:process 0, :type :ok, :f :release, :value nil}
                {:process 1, :type :ok, :f :acquire, :value nil}\n";
    assert_eq!(check(Kind::Mutex, Value::Null, lock).verdict, Verdict::Valid);
    let never = lock.lines().filter(|line| !line.contains("release")).collect::<Vec<_>>().join("\n");
    let result = check(Kind::Mutex, Value::Null, &never);
    assert_eq!(result.verdict, Verdict::Invalid);
    assert!(result.summary.contains("on the lock"), "{}", result.summary);
    let words = &result.violations[0].explanation;
    assert!(words.iter().any(|sentence| sentence == "The lock holds nobody at first."), "{words:#?}");
}

#[test]
fn keys_are_judged_apart_whatever_is_behind_them() {
    let keyed = "{:process 0, :type :invoke, :f :append, :key \"x\", :value \"a\"}
                 {:process 0, :type :ok, :f :append, :key \"x\", :value \"a\"}
                 {:process 0, :type :invoke, :f :get, :key \"y\", :value nil}
                 {:process 0, :type :ok, :f :get, :key \"y\", :value \"\"}";
    let result = check(Kind::Kv, Value::Null, keyed);
    assert_eq!((result.verdict, result.counts["keys"]), (Verdict::Valid, 2), "{}", result.summary);
    let wrong = keyed.replace("\"y\", :value \"\"", "\"y\", :value \"a\"");
    let result = check(Kind::Kv, Value::Null, &wrong);
    assert_eq!(result.verdict, Verdict::Invalid);
    assert!(result.summary.contains("`y`"), "{}", result.summary);
}

#[test]
fn json_lines_may_do_without_keys() {
    let lines = |value: &str| {
        let event = |(index, (kind, f, value)): (usize, (&str, &str, &str))| {
            format!(r#"{{"index":{index},"time":{index},"process":0,"type":"{kind}","f":"{f}","value":{value}}}"#)
                + "\n"
        };
        let add = [("invoke", "add", "[1,2]"), ("ok", "add", "[1,2]")];
        add.into_iter()
            .chain([("invoke", "read", "null"), ("ok", "read", value)])
            .enumerate()
            .map(event)
            .collect::<String>()
    };
    assert_eq!(check(Kind::Set, Value::Null, &lines("[[1,2]]")).verdict, Verdict::Valid);
    assert_eq!(check(Kind::Set, Value::Null, &lines("[]")).verdict, Verdict::Invalid);
}

#[test]
fn what_does_not_fit_is_named() {
    let write = sequence(&[("add", "1", "1"), ("write", "3", "3")]);
    let result = check(Kind::Set, Value::Null, &write);
    assert_eq!((result.verdict, result.counts["keys_unfit"]), (Verdict::Unknown, 1));
    assert!(result.summary.contains("event 2: `write` is not an operation of a set"), "{}", result.summary);
    let result = check(Kind::Counter, json!("five"), &sequence(&[("add", "1", "1")]));
    assert!(result.summary.contains("a counter holds a whole number at first"), "{}", result.summary);
}

#[test]
fn a_lost_element_is_told_without_the_others() {
    let adds: Vec<String> = (0..2_000).map(|n| n.to_string()).collect();
    let mut operations: Vec<_> = adds.iter().map(|n| ("add", n.as_str(), n.as_str())).collect();
    let seen = format!("[{}]", adds.iter().filter(|n| *n != "77").cloned().collect::<Vec<_>>().join(" "));
    operations.push(("read", "nil", &seen));
    let result = check(Kind::Set, Value::Null, &sequence(&operations));
    assert_eq!(result.verdict, Verdict::Invalid);
    assert_eq!(
        result.violations[0].summary,
        "process 2000's read → {} (as to 77), over at 0.000004001 s, has no place in any order with process 77's add 77 on the set"
    );
}
