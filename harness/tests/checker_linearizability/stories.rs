//! Histories made by hand, with what is to be said of them.

use crate::random::operation;
use harness::checker::cas_register::CasRegister;
use harness::checker::linearizability::{KeyVerdict, check_key};
use harness::checker::search::{Found, search};
use harness::checker::{Budget, Checker, Linearizability, Record, Verdict, Violation, Witness};
use harness::history::{Operation, Outcome};
use serde_json::{Value, json};

/// `(process, f, argument, answer, call, return)`: an answer of `"?"` is an unknown outcome.
fn history(lines: &[(u64, &str, Value, Value, u64, u64)]) -> Vec<Operation> {
    let mut operations: Vec<Operation> = Vec::new();
    for (process, f, argument, answer, call, ret) in lines {
        let mut it = operation(*process, f, argument.clone(), *call);
        it.end_time = Some(ret * 1_000_000);
        if *answer != json!("?") {
            (it.ret, it.outcome) = (Some(*ret), Outcome::Ok);
            it.output = json!(["k", if *f == "read" { answer } else { argument }]);
        }
        if let Some(found) = answer.get("met") {
            (it.outcome, it.error, it.found) = (Outcome::Fail, Some("mismatch".into()), Some(found.clone()));
        }
        operations.push(it);
    }
    operations
}

fn violation(operations: &[Operation]) -> Violation {
    match check_key(operations, Budget::default()) {
        KeyVerdict::Violated { violation, .. } => *violation,
        other => panic!("expected a violation, not {other:?}"),
    }
}

fn texts(violation: &Violation) -> Vec<String> {
    match &violation.witness {
        Witness::Operations { operations, .. } => operations.iter().map(|o| o.text.clone()).collect(),
        other => panic!("not operations: {other:?}"),
    }
}

#[test]
fn stale_read_is_told_as_a_story() {
    let operations = history(&[
        (0, "write", json!(17), json!(null), 0, 1),
        (2, "read", json!(null), json!(17), 2, 3),
        (1, "write", json!(21), json!(null), 4, 5),
        (2, "read", json!(null), json!(21), 6, 7),
        (3, "read", json!(null), json!(17), 8, 9),
        (2, "read", json!(null), json!(21), 10, 11),
    ]);
    let violation = violation(&operations);
    assert_eq!(texts(&violation), ["write 17", "write 21", "read → 17"]);
    assert_eq!(
        violation.summary,
        "process 3 read 17 from `k` at 0.009 s although process 1's write of 21 had been acknowledged at 0.005 s, and \
         process 0's write of 17 had been acknowledged before that, at 0.001 s"
    );
    assert_eq!(violation.time, Some(9_000_000));
    assert!(violation.explanation.iter().any(|s| s.contains("because it saw 17 and not 21")), "{violation:#?}");
    assert!(violation.explanation.last().unwrap().contains("without any one of them"));
    let Witness::Operations { context, minimal, order, .. } = violation.witness else { panic!() };
    assert!(minimal);
    assert_eq!(context.len(), 3);
    let edges: Vec<(u64, u64)> = order.edges.iter().map(|edge| (edge.from, edge.to)).collect();
    assert_eq!(edges, [(0, 4), (4, 8)], "what follows from two others is left out");
    let [dead_end] = &order.dead_ends[..] else { panic!("{order:?}") };
    assert_eq!((&dead_end.order[..], dead_end.state.as_str()), (&[0, 4][..], "21"));
    let impossible: Vec<(u64, &str)> =
        dead_end.impossible.iter().map(|one| (one.index, one.because.as_str())).collect();
    assert_eq!(impossible, [(8, "it saw 17 and not 21")]);
}

#[test]
fn phantom_read_stands_alone() {
    let operations = history(&[
        (0, "write", json!(1), json!(null), 0, 1),
        (1, "read", json!(null), json!(9), 2, 3),
        (0, "write", json!(2), json!(null), 4, 5),
    ]);
    let violation = violation(&operations);
    assert_eq!(texts(&violation), ["read → 9"]);
    assert_eq!(violation.summary, "process 1 read 9 from `k` at 0.003 s although nobody ever wrote 9");
}

#[test]
fn read_from_the_future_names_the_write() {
    let operations = history(&[(1, "read", json!(null), json!(5), 0, 1), (0, "write", json!(5), json!(null), 2, 3)]);
    let summary = violation(&operations).summary;
    assert!(summary.ends_with("nobody had begun to write 5 by then: process 0 was the first, at 0.002 s"), "{summary}");
}

#[test]
fn unknown_write_may_take_effect_late_or_never() {
    let late = history(&[
        (0, "write", json!(1), json!("?"), 0, 1),
        (1, "write", json!(2), json!(null), 2, 3),
        (2, "read", json!(null), json!(2), 4, 5),
        (2, "read", json!(null), json!(1), 6, 7),
    ]);
    assert!(matches!(check_key(&late, Budget::default()), KeyVerdict::Linearizable { .. }));
    // But not twice.
    let mut twice = late;
    twice.extend(history(&[(2, "read", json!(null), json!(2), 8, 9)]));
    let violation = violation(&twice);
    assert_eq!(texts(&violation), ["write 1", "write 2", "read → 1", "read → 2"], "{violation:#?}");
}

#[test]
fn unknown_write_of_the_current_value_hides_another() {
    // The case that simple rules for crashed writes forget: 2 is written again by the unknown write, above the write of 1.
    let operations = history(&[
        (0, "write", json!(2), json!(null), 0, 1),
        (3, "write", json!(2), json!("?"), 2, 3),
        (1, "write", json!(1), json!(null), 4, 7),
        (2, "read", json!(null), json!(2), 5, 6),
        (2, "read", json!(null), json!(2), 8, 9),
    ]);
    assert!(matches!(check_key(&operations, Budget::default()), KeyVerdict::Linearizable { .. }));
}

#[test]
fn mismatched_cas_is_a_read() {
    let operations =
        history(&[(0, "write", json!(6), json!(null), 0, 1), (1, "cas", json!([5, 7]), json!({"met": 6}), 2, 3)]);
    assert!(matches!(check_key(&operations, Budget::default()), KeyVerdict::Linearizable { .. }));
    let operations =
        history(&[(0, "write", json!(6), json!(null), 0, 1), (1, "cas", json!([5, 7]), json!({"met": 4}), 2, 3)]);
    assert_eq!(texts(&violation(&operations)), ["cas 5 → 7 met 4"]);
    let operations =
        history(&[(0, "write", json!(5), json!(null), 0, 1), (1, "cas", json!([5, 7]), json!({"met": 5}), 2, 3)]);
    let summary = violation(&operations).summary;
    assert!(summary.ends_with("failed, although that is the very value it expected"), "{summary}");
}

#[test]
fn two_cas_from_one_value_cannot_both_succeed() {
    let operations = history(&[
        (0, "write", json!(1), json!(null), 0, 1),
        (1, "cas", json!([1, 2]), json!(null), 2, 5),
        (2, "cas", json!([1, 3]), json!(null), 3, 4),
    ]);
    assert_eq!(texts(&violation(&operations)), ["write 1", "cas 1 → 2", "cas 1 → 3"]);
}

#[test]
fn excused_operation_does_not_stand_in_for_an_equal_required_one() {
    let operations = history(&[
        (0, "cas", json!([null, 1]), json!(null), 0, 8),
        (1, "cas", json!([null, 1]), json!(null), 1, 9),
        (2, "read", json!(null), json!(1), 2, 3),
    ]);
    let mut register = CasRegister::new(&Value::Null);
    let mut entries: Vec<_> = operations.iter().map(|o| register.entry(o).unwrap().unwrap()).collect();
    assert!(matches!(search(&register, &entries, Budget::default()).0, Found::Nothing { at: 9 }));
    entries[0].required = false;
    assert_eq!(search(&register, &entries, Budget::default()).0, Found::Order(vec![1, 2]));
}

#[test]
fn small_budget_is_unknown_and_says_why() {
    // Thirty unknown writes of as many values, all of which are read, and then a value that is gone.
    let mut operations = Vec::new();
    for n in 1..=15u64 {
        operations.push((n, "write", json!(n), json!("?"), n, 100 + n));
    }
    for n in 1..=15u64 {
        let at = 200 + 10 * n;
        operations.push((100 + n, "read", json!(null), json!(16 - n), at, at + 5));
        operations.push((200 + n, "cas", json!([n, 50 + n]), json!("?"), at + 1, at + 6));
    }
    // One value is written twice, so that it takes a search.
    operations.push((299, "write", json!(5), json!("?"), 0, 99));
    operations.push((300, "read", json!(null), json!(3), 900, 901));
    let record = Record { operations: history(&operations), ..Record::default() };
    let budget = Budget { steps: 20, ..Budget::default() };
    let result = Linearizability::default().check(&record, budget);
    assert_eq!(result.verdict, Verdict::Unknown);
    assert!(result.summary.contains("key `k`") && result.summary.contains("steps"), "{}", result.summary);
    let budget = Budget { bytes: 100, ..Budget::default() };
    let result = Linearizability::default().check(&record, budget);
    assert_eq!(result.verdict, Verdict::Unknown);
    assert!(result.summary.contains("bytes"), "{}", result.summary);
    assert_eq!(Linearizability::default().check(&record, Budget::default()).verdict, Verdict::Invalid);
}

#[test]
fn foreign_operation_is_unknown_not_valid() {
    let record = Record { operations: vec![operation(0, "append", json!(1), 0)], ..Record::default() };
    assert_eq!(Linearizability::default().check(&record, Budget::default()).verdict, Verdict::Unknown);
}

#[test]
fn keys_are_judged_apart() {
    let mut operations = history(&[(0, "write", json!(1), json!(null), 0, 1)]);
    operations.extend(history(&[(0, "read", json!(null), json!(1), 2, 3)]));
    operations[1].input = json!(["other", null]);
    operations[1].output = json!(["other", 1]);
    let record = Record { operations, ..Record::default() };
    let result = Linearizability::default().check(&record, Budget::default());
    assert_eq!(result.verdict, Verdict::Invalid);
    assert!(result.summary.starts_with("1 of 2 keys not linearizable"), "{}", result.summary);
    assert!(result.summary.contains("`other`"), "{}", result.summary);
}
