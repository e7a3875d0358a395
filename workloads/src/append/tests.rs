use super::*;
use crate::testing::{Mistake, check, right_and_wrong, run};
use harness::{checker::Verdict, history::EventType};

#[test]
fn correct_lists_are_right_and_others_are_not() {
    use Mistake::{Denies, Doubles, Loses, Restores, Stale};
    right_and_wrong(&Append, &[Stale, Loses, Doubles, Restores, Denies]);
}

#[test]
fn a_list_in_another_order_is_found() {
    let mut events = run(&Append, Mistake::None, 3);
    let long = |event: &&mut _| {
        let event: &&mut harness::history::Event = event;
        event.f == READ && event.value[1].as_array().is_some_and(|seen| seen.len() > 1)
    };
    let read = events.iter_mut().rfind(|event| long(event)).expect("a read");
    read.value[1].as_array_mut().expect("a list").swap(0, 1);
    let result = check(&Append, events);
    assert_eq!(result.verdict, Verdict::Invalid);
    assert!(result.summary.contains("'s read → ["), "{}", result.summary);
}

#[test]
fn replies_that_make_no_sense_are_neither_taken_nor_hidden() {
    let (append, read) = (Invocation::new(APPEND, json!(["k1", 7])), Invocation::new(READ, json!(["k1", null])));
    let list = |texts: &[&str]| Reply::Array(texts.iter().map(|text| Reply::Bulk(text.as_bytes().to_vec())).collect());
    assert_eq!(Append.completion(&append, &Reply::Integer(3)), Completion::ok(json!(["k1", 7])));
    // An element that nobody appended is for the checker to see.
    assert_eq!(Append.completion(&read, &list(&["9", "x", "7"])), Completion::ok(json!(["k1", [9, "x", 7]])));
    for (invocation, reply) in [(&append, Reply::Integer(0)), (&append, Reply::Nil), (&read, Reply::Nil)] {
        assert_eq!(Append.completion(invocation, &reply).event_type(), EventType::Info, "{reply:?}");
    }
}
