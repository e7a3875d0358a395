use super::*;
use crate::testing::{Mistake, check, right_and_wrong, run};
use harness::{
    checker::Verdict,
    history::{Event, EventType},
};
use serde_json::{Value, json};

#[test]
fn correct_lists_are_right_and_others_are_not() {
    use Mistake::{Denies, Doubles, Loses, Restores, Splits, Stale};
    right_and_wrong(&Append, &[Stale, Loses, Doubles, Restores, Denies, Splits]);
}

#[test]
fn a_list_in_another_order_is_found() {
    let mut events = run(&Append, Mistake::None, 3);
    let long = |event: &&mut Event| {
        let seen = event.value[0][2].as_array();
        event.kind == EventType::Ok && seen.is_some_and(|seen| seen.len() > 1)
    };
    let read = events.iter_mut().rfind(long).expect("a read");
    read.value[0][2].as_array_mut().expect("a list").swap(0, 1);
    let result = check(&Append, events);
    assert_eq!(result.verdict, Verdict::Invalid);
    assert!(result.summary.contains("incompatible-order (1)"), "{}", result.summary);
}

fn txn(value: Value) -> Invocation {
    Invocation::new("txn", value)
}

#[test]
fn a_transaction_is_said_as_one_and_a_single_command_as_itself() {
    let both = Append.command(&txn(json!([["append", "k1", 7], ["r", "k2", null]])));
    let parts = [Command::new(["RPUSH", "k1", "7"]), Command::new(["LRANGE", "k2", "0", "-1"])];
    assert_eq!(both, Command::transaction(parts.clone()));
    assert_eq!(Append.command(&txn(json!([["r", "k2", null]]))), parts[1]);
}

#[test]
fn replies_that_make_no_sense_are_neither_taken_nor_hidden() {
    let list = |texts: &[&str]| Reply::Array(texts.iter().map(|text| Reply::Bulk(text.as_bytes().to_vec())).collect());
    let both = txn(json!([["append", "k1", 7], ["r", "k2", null]]));
    let read = txn(json!([["r", "k1", null]]));
    let done = |replies: &[Reply]| Append.completion(&both, &Reply::Array(replies.to_vec()));
    let seen = json!([["append", "k1", 7], ["r", "k2", []]]);
    assert_eq!(done(&[Reply::Integer(3), list(&[])]), Completion::ok(seen));
    // An element that nobody appended is for the checker to see.
    let strange = Completion::ok(json!([["r", "k1", [9, "x", 7]]]));
    assert_eq!(Append.completion(&read, &list(&["9", "x", "7"])), strange);
    let odd = [
        done(&[Reply::Integer(3)]),
        done(&[Reply::Integer(0), list(&[])]),
        done(&[Reply::Integer(3), Reply::Nil]),
        Append.completion(&both, &Reply::Nil),
        Append.completion(&read, &Reply::Nil),
    ];
    for completion in odd {
        assert_eq!(completion.event_type(), EventType::Info, "{completion:?}");
    }
}
