use super::*;
use crate::testing::{Mistake, right_and_wrong};
use harness::history::EventType;
use serde_json::json;

#[test]
fn correct_registers_are_right_and_others_are_not() {
    use Mistake::{Denies, Loses, Restores, Splits, Stale};
    right_and_wrong(&RwRegister, &[Stale, Loses, Restores, Denies, Splits]);
}

#[test]
fn replies_that_make_no_sense_are_neither_taken_nor_hidden() {
    let both = Invocation::new("txn", json!([["w", "k1", 7], ["r", "k2", null]]));
    let done = |written: Reply, read: Reply| RwRegister.completion(&both, &Reply::Array(vec![written, read]));
    let (ok, bulk) = (|| Reply::Simple("OK".to_owned()), |text: &str| Reply::Bulk(text.as_bytes().to_vec()));
    assert_eq!(done(ok(), bulk("5")), Completion::ok(json!([["w", "k1", 7], ["r", "k2", 5]])));
    assert_eq!(done(ok(), Reply::Nil), Completion::ok(json!([["w", "k1", 7], ["r", "k2", null]])));
    for completion in [done(Reply::Nil, Reply::Nil), done(ok(), Reply::Integer(3)), done(bulk("7"), ok())] {
        assert_eq!(completion.event_type(), EventType::Info, "{completion:?}");
    }
}
