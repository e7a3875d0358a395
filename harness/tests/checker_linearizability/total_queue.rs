//! What is said of the elements of queues, against brute force: whoever is accused has no order.

use crate::objects::{Simulation, orderable};
use crate::random::{Random, operation};
use harness::checker::objects::Kind;
use harness::checker::{Budget, CheckResult, Checker, Record, TotalQueue, Verdict};
use harness::history::{Operation, Outcome};
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn check(operations: &[Operation]) -> CheckResult {
    TotalQueue.check(&Record { operations: operations.to_vec(), ..Record::default() }, Budget::default())
}

/// An operation with an element, or on an empty queue, from one position to another; `None`: of unknown outcome.
fn act(f: &str, element: Option<u64>, call: u64, ret: Option<u64>) -> Operation {
    let mut it = operation(call, f, if f == "enqueue" { json!(element) } else { Value::Null }, call);
    it.outcome = if ret.is_some() { Outcome::Ok } else { Outcome::Info };
    (it.ret, it.end_time) = (ret, ret.map(|ret| ret * 1_000_000));
    it.output = json!(["k", element]);
    it
}

/// Who took one element took another, and the other way round.
fn exchange_two_answers(random: &mut Random, operations: &mut [Operation]) {
    let is_take = |operation: &Operation| operation.f == "dequeue" && operation.outcome == Outcome::Ok;
    let takes: Vec<usize> = (0..operations.len()).filter(|&i| is_take(&operations[i])).collect();
    if takes.len() > 1 {
        let [one, other] = [0; 2].map(|_| takes[random.below(takes.len() as u64) as usize]);
        let answer = operations[one].output.clone();
        operations[one].output = std::mem::replace(&mut operations[other].output, answer);
    }
}

#[test]
fn nobody_is_accused_who_has_an_order() {
    let (mut accused, mut violated) = (BTreeMap::<String, u64>::new(), 0);
    for seed in 0..20_000 {
        let mut random = Random(seed << 20);
        let (mut operations, _) = Simulation::history(&mut random, Kind::Queue, [6, 8, 10][(seed % 3) as usize]);
        if random.chance(30) {
            exchange_two_answers(&mut random, &mut operations);
        }
        let result = check(&operations);
        let is_orderable = orderable(Kind::Queue, &operations);
        violated += u64::from(!is_orderable);
        if result.verdict == Verdict::Invalid {
            assert!(!is_orderable, "seed {seed}: {}", result.summary);
            for violation in &result.violations {
                *accused.entry(violation.property.clone()).or_default() += 1;
            }
        }
    }
    println!("of {violated}: {accused:?}");
    let names = ["Duplicated Element", "First In First Out", "Lost Element", "Unexpected Element"];
    assert!(accused.keys().eq(names) && accused.values().all(|&count| count > 50), "of {violated}: {accused:?}");
}

#[test]
fn each_take_of_unknown_outcome_excuses_one_missing_element() {
    let missing = |unknown: &[u64]| {
        let put = (1..=3).map(|element| act("enqueue", Some(element), 2 * element, Some(2 * element + 1)));
        let empty = act("dequeue", None, 20, Some(21));
        let takes = unknown.iter().map(|&call| act("dequeue", None, call, None));
        let mut operations: Vec<Operation> = put.chain([empty]).chain(takes).collect();
        operations.sort_by_key(|operation| operation.call);
        check(&operations).counts["lost"]
    };
    // One that is called after the queue was found empty excuses nobody.
    assert_eq!([missing(&[]), missing(&[0]), missing(&[0, 10, 22]), missing(&[0, 10, 12])], [3, 2, 1, 0]);
}

#[test]
fn what_became_of_an_element_is_told_in_words() {
    let (first, second) = (act("enqueue", Some(1), 0, Some(1)), act("enqueue", Some(2), 2, Some(3)));
    let take = |element, at| act("dequeue", element, at, Some(at + 1));
    let told = |takes: &[Operation]| {
        let result = check(&[&[first.clone(), second.clone()], takes].concat());
        (result.violations[0].property.clone(), result.summary)
    };
    let said = |property: &str, summary: &str| (property.to_owned(), summary.to_owned());
    assert_eq!(
        told(&[take(Some(2), 4), take(Some(1), 6)]),
        said("First In First Out", "2 was put into `k` after 1, and taken before it")
    );
    assert_eq!(
        told(&[take(Some(1), 4), take(Some(1), 6)]),
        said("Duplicated Element", "element 1 of `k` was taken 2 times")
    );
    assert_eq!(
        told(&[take(Some(7), 4)]),
        said("Unexpected Element", "process 4 took 7 from `k`, which nobody had put in")
    );
    assert_eq!(
        told(&[take(Some(2), 4), take(None, 6)]),
        said(
            "Lost Element",
            "element 1 of `k` was in at 0.001000 s, the queue was empty at 0.006000 s, and nobody took it"
        )
    );
    let mut other = take(None, 8);
    other.f = "cas".into();
    assert_eq!(check(&[other]).verdict, Verdict::Unknown);
}
