use super::*;
use crate::testing::{Mistake, check, right_and_wrong, run};
use harness::{checker::Verdict, history::EventType};

#[test]
fn correct_counters_are_right_and_others_are_not() {
    use Mistake::{Denies, Doubles, Loses, Restores, Stale};
    right_and_wrong(&Counter, &[Stale, Loses, Doubles, Restores, Denies]);
}

#[test]
fn additions_are_told_the_sum() {
    let events = run(&Counter, Mistake::None, 1);
    let told = events.iter().filter(|event| event.f == ADD && event.kind == EventType::Ok);
    let sums: Vec<_> = told.map(|event| event.value[1][1].as_i64().expect("a sum")).collect();
    assert!(sums.len() > 1_000 && sums.iter().any(|&sum| sum > 40), "{sums:?}");
}

#[test]
fn a_violation_names_the_operations_in_words() {
    let mut events = run(&Counter, Mistake::None, 3);
    let read = events.iter_mut().rfind(|event| event.kind == EventType::Ok).expect("a read");
    read.value[1] = json!(999);
    let result = check(&Counter, events);
    assert_eq!(result.verdict, Verdict::Invalid);
    assert!(result.summary.contains("'s read → 999"), "{}", result.summary);
}

#[test]
fn replies_that_make_no_sense_are_neither_taken_nor_hidden() {
    let (add, read) = (Invocation::new(ADD, json!(["k1", 1])), Invocation::new(READ, json!(["k1", null])));
    let bulk = |text: &str| Reply::Bulk(text.as_bytes().to_vec());
    assert_eq!(Counter.completion(&add, &Reply::Integer(-3)), Completion::ok(json!(["k1", [1, -3]])));
    assert_eq!(Counter.completion(&read, &bulk("7")), Completion::ok(json!(["k1", 7])));
    assert_eq!(Counter.completion(&read, &Reply::Nil), Completion::ok(json!(["k1", 0])));
    for (invocation, reply) in [(&add, Reply::Nil), (&add, bulk("7")), (&read, bulk("x")), (&read, Reply::Integer(7))] {
        assert_eq!(Counter.completion(invocation, &reply).event_type(), EventType::Info, "{reply:?}");
    }
}
