use super::*;
use crate::{
    keys::OPERATIONS_MAX,
    testing::{Mistake, check, right_and_wrong, run},
};
use harness::{checker::Verdict, history::EventType};
use std::collections::{BTreeMap, BTreeSet};

#[test]
fn correct_sets_are_right_and_others_are_not() {
    right_and_wrong(&Set, &[Mistake::Stale, Mistake::Loses, Mistake::Restores, Mistake::Denies]);
}

#[test]
fn every_element_is_added_once_and_every_key_is_given_up() {
    let events = run(&Set, Mistake::None, 1);
    let invoked = events.iter().filter(|event| event.kind == EventType::Invoke);
    let (mut added, mut counts) = (BTreeSet::new(), BTreeMap::<&str, u32>::new());
    for event in invoked {
        *counts.entry(event.value[0].as_str().expect("a key")).or_default() += 1;
        assert!(event.f != ADD || added.insert(event.value[1].as_u64().expect("a number")));
    }
    assert!(added.len() > 1_000 && counts.len() > 20, "{} elements, {counts:?}", added.len());
    // With two final reads.
    assert!(counts.values().all(|&count| count <= OPERATIONS_MAX + 2), "{counts:?}");
}

#[test]
fn every_key_is_read_twice_at_the_end() {
    let events = run(&Set, Mistake::None, 2);
    let keys: BTreeSet<_> = events.iter().map(|event| event.value[0].to_string()).collect();
    let invoked: Vec<_> = events.iter().filter(|event| event.kind == EventType::Invoke).collect();
    let last = &invoked[invoked.len() - 2 * keys.len()..];
    assert!(last.iter().all(|event| event.f == READ));
    assert_eq!(last.iter().map(|event| event.value[0].to_string()).collect::<BTreeSet<_>>(), keys);
}

#[test]
fn a_violation_names_the_operations_in_words() {
    let mut events = run(&Set, Mistake::None, 3);
    let read = events.iter_mut().rfind(|event| event.kind == EventType::Ok).expect("a read");
    read.value[1] = json!([999_999]);
    let result = check(&Set, events);
    assert_eq!(result.verdict, Verdict::Invalid);
    assert!(result.summary.contains("'s read → {999999}"), "{}", result.summary);
}

#[test]
fn replies_that_make_no_sense_are_neither_taken_nor_hidden() {
    let (add, read) = (Invocation::new(ADD, json!(["k1", 7])), Invocation::new(READ, json!(["k1", null])));
    let members =
        |texts: &[&str]| Reply::Array(texts.iter().map(|text| Reply::Bulk(text.as_bytes().to_vec())).collect());
    // An element that nobody added is for the checker to see.
    assert_eq!(Set.completion(&read, &members(&["7", "x"])), Completion::ok(json!(["k1", [7, "x"]])));
    assert_eq!(Set.completion(&read, &members(&[])), Completion::ok(json!(["k1", []])));
    for (invocation, reply) in [(&add, Reply::Integer(0)), (&add, Reply::Nil), (&read, Reply::Array(vec![Reply::Nil]))]
    {
        assert_eq!(Set.completion(invocation, &reply).event_type(), EventType::Info, "{reply:?}");
    }
}
