use super::*;
use crate::testing::{Mistake, check, right_and_wrong, run};
use harness::checker::Verdict;
use std::collections::BTreeSet;

#[test]
fn correct_queues_are_right_and_others_are_not() {
    right_and_wrong(&Queue, &[Mistake::Loses, Mistake::Doubles, Mistake::Restores, Mistake::Denies]);
}

#[test]
fn every_element_is_put_in_once_and_every_queue_is_emptied() {
    let events = run(&Queue, Mistake::None, 1);
    let put = events.iter().filter(|event| event.f == ENQUEUE && event.kind == EventType::Invoke);
    let elements: Vec<_> = put.map(|event| event.value[1].as_u64().expect("a number")).collect();
    assert!(elements.len() > 1_000);
    assert_eq!(elements.iter().collect::<BTreeSet<_>>().len(), elements.len());
    // Of each key the last thing that anybody saw is that it is empty.
    let mut last: BTreeMap<String, &Event> = BTreeMap::new();
    for event in events.iter().filter(|event| event.f == DEQUEUE && event.kind == EventType::Ok) {
        last.insert(event.value[0].to_string(), event);
    }
    assert!(last.len() > 20 && last.values().all(|event| event.value[1].is_null()), "{last:?}");
}

#[test]
fn a_violation_names_the_operations_in_words() {
    let mut events = run(&Queue, Mistake::None, 3);
    let taken = |event: &&mut Event| event.f == DEQUEUE && event.kind == EventType::Ok && event.value[1].is_u64();
    let dequeue = events.iter_mut().rfind(taken).expect("an element");
    dequeue.value[1] = json!(999_999);
    let result = check(&Queue, events);
    assert_eq!(result.verdict, Verdict::Invalid);
    assert!(result.summary.contains("'s dequeue → 999999"), "{}", result.summary);
}

#[test]
fn replies_that_make_no_sense_are_neither_taken_nor_hidden() {
    let (put, take) = (Invocation::new(ENQUEUE, json!(["k1", 7])), Invocation::new(DEQUEUE, json!(["k1", null])));
    let bulk = |text: &str| Reply::Bulk(text.as_bytes().to_vec());
    assert_eq!(Queue.completion(&put, &Reply::Integer(3)), Completion::ok(json!(["k1", 7])));
    assert_eq!(Queue.completion(&take, &bulk("7")), Completion::ok(json!(["k1", 7])));
    assert_eq!(Queue.completion(&take, &Reply::Nil), Completion::ok(json!(["k1", null])));
    // An element that nobody put in is for the checker to see.
    assert_eq!(Queue.completion(&take, &bulk("x")), Completion::ok(json!(["k1", "x"])));
    for (invocation, reply) in [(&put, Reply::Integer(0)), (&put, Reply::Nil), (&take, Reply::Integer(7))] {
        assert_eq!(Queue.completion(invocation, &reply).event_type(), EventType::Info, "{reply:?}");
    }
}
