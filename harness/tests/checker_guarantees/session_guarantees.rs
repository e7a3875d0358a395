use super::{check, operation, random, shown};
use harness::{
    checker::{SessionGuarantees, Verdict, Witness},
    history::Operation,
};
use serde_json::{Value, json};

/// Whether two operations of one process meet versions in the wrong order, in whatever order the writes took effect.
fn is_broken(operations: &[Operation]) -> bool {
    let orders = random::orders(&random::writes(operations));
    assert!(!orders.is_empty(), "reads saw what was written by then");
    let is_pair = |one: &Operation, other: &Operation| one.process == other.process && one.call < other.call;
    let is_wrong = |one: u64, other: u64| {
        let place = |order: &[u64], value| order.iter().position(|written| *written == value);
        orders.iter().all(|order| place(order, other) < place(order, one))
    };
    operations.iter().any(|one| {
        let later = operations.iter().filter(|other| is_pair(one, other));
        let mut values = later.filter_map(|other| Some((random::value(one)?, random::value(other)?)));
        values.any(|(one, other)| is_wrong(one, other))
    })
}

#[test]
fn the_checker_agrees_with_trying_every_order_of_the_writes() {
    let mut broken = 0;
    for seed in 0..20_000 {
        let operations = random::history(seed);
        let expected = is_broken(&operations);
        broken += u32::from(expected);
        let result = check(&SessionGuarantees::default(), operations.clone());
        let verdict = if expected { Verdict::Invalid } else { Verdict::Valid };
        assert_eq!(result.verdict, verdict, "seed {seed}: {}\n{operations:?}", result.summary);
        // The two that are accused are of one process.
        for violation in &result.violations {
            let Witness::Operations { operations, .. } = &violation.witness else { panic!("{violation:?}") };
            assert!(operations.len() == 2 && operations[0].process == operations[1].process, "{violation:?}");
        }
    }
    assert!((2_000..18_000).contains(&broken), "{broken} of 20,000 are broken");
}

fn read(process: u64, value: Value, at: u64) -> Operation {
    operation(process, "read", json!(["k", null]), json!(["k", value]), at, Some(at + 1))
}

fn write(process: u64, value: u64, at: u64) -> Operation {
    operation(process, "write", json!(["k", value]), json!(["k", value]), at, Some(at + 1))
}

fn add(process: u64, sum: u64, at: u64) -> Operation {
    operation(process, "add-and-get", json!(["k", 1]), json!(["k", [1, sum]]), at, Some(at + 1))
}

#[test]
fn each_guarantee_is_named_with_the_two_operations() {
    let cases: [(&str, Vec<Operation>, [&str; 2]); 5] = [
        (
            "Monotonic Reads",
            vec![write(0, 1, 0), write(0, 2, 2), read(1, json!(2), 4), read(1, json!(1), 6)],
            ["read 2", "read 1"],
        ),
        ("Read Your Writes", vec![write(0, 1, 0), write(1, 2, 2), read(1, json!(1), 4)], ["wrote 2", "read 1"]),
        ("Read Your Writes", vec![write(0, 1, 0), read(0, Value::Null, 2)], ["wrote 1", "read nil"]),
        ("Monotonic Writes", vec![add(0, 2, 0), add(0, 1, 2)], ["wrote 2", "wrote 1"]),
        ("Writes Follow Reads", vec![read(0, json!(3), 0), add(0, 2, 2)], ["read 3", "wrote 2"]),
    ];
    for (property, operations, words) in cases {
        let result = check(&SessionGuarantees::default(), operations);
        let properties: Vec<&str> = result.violations.iter().map(|violation| violation.property.as_str()).collect();
        assert_eq!(properties, [property]);
        assert_eq!(shown(&result), words, "{property}");
        assert!(result.summary.contains(words[1]) && result.summary.contains(words[0]), "{}", result.summary);
    }
}

#[test]
fn what_others_have_met_and_what_is_not_certain_binds_nobody() {
    let fine = [
        // Stale, but never newer before.
        vec![write(0, 1, 0), write(0, 2, 2), read(1, json!(2), 4), read(2, Value::Null, 6), read(2, json!(1), 8)],
        // Two writes at the same time: either may be the newer.
        vec![
            operation(0, "write", json!(["k", 1]), json!(["k", 1]), 0, Some(2)),
            operation(1, "write", json!(["k", 2]), json!(["k", 2]), 1, Some(3)),
            read(2, json!(2), 4),
            read(2, json!(1), 6),
        ],
    ];
    // Of a counter to which nobody has added yet.
    let mut other = read(1, json!(0), 2);
    (other.input[0], other.output[0]) = (json!("other"), json!("other"));
    for operations in fine.into_iter().chain([vec![add(0, 1, 0), other]]) {
        let result = check(&SessionGuarantees::default(), operations);
        assert_eq!(result.verdict, Verdict::Valid, "{}", result.summary);
    }
}

#[test]
fn histories_of_something_else_are_not_judged() {
    for operations in [
        vec![write(0, 1, 0), write(1, 1, 2)],
        vec![read(0, json!(7), 0)],
        vec![operation(0, "enqueue", json!(["k", 1]), json!(["k", 1]), 0, Some(1))],
    ] {
        let result = check(&SessionGuarantees::default(), operations);
        assert_eq!(result.verdict, Verdict::Unknown, "{}", result.summary);
    }
}
