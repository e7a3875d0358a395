use super::{check, operation, shown};
use harness::{
    checker::{SetFull, Verdict},
    history::Operation,
};
use serde_json::{Value, json};

fn add(element: u64, call: u64, ret: Option<u64>) -> Operation {
    operation(element, "add", json!(["k", element]), json!(["k", element]), call, ret)
}

fn read(elements: &[u64], at: u64) -> Operation {
    operation(90, "read", json!(["k", null]), json!(["k", elements]), at, Some(at + 1))
}

#[test]
fn every_history_of_four_reads_of_an_element_is_counted_right() {
    // The addition is called at 1 and returns at 4, between the second and the third read, or nobody knows.
    for (number, is_acknowledged) in (0..16).flat_map(|number: u64| [(number, true), (number, false)]) {
        let shows = [0, 1, 2, 3].map(|read| number >> read & 1 == 1);
        let reads = (0..).zip(shows).map(|(at, shows)| read(if shows { &[7] } else { &[] }, [0, 2, 5, 7][at]));
        let result = check(&SetFull, [add(7, 1, is_acknowledged.then_some(4))].into_iter().chain(reads).collect());
        // The first read from which on it is known.
        let first = shows.iter().position(|shows| *shows).map(|at| at + 1);
        let since = [first, is_acknowledged.then_some(2)].into_iter().flatten().min();
        let after = since.map(|since| &shows[since..]).unwrap_or_default();
        let absent = after.iter().rposition(|shows| !shows);
        let is_lost = absent.is_some_and(|absent| absent + 1 == after.len());
        let counted = ["lost", "stale", "never_read"].map(|name| result.counts[name]);
        let is_never_read = since.is_none();
        let expected = [is_lost, absent.is_some() && !is_lost, is_never_read].map(u64::from);
        assert_eq!(counted, expected, "{shows:?}, acknowledged: {is_acknowledged}: {}", result.summary);
        assert_eq!(result.verdict, if is_lost { Verdict::Invalid } else { Verdict::Valid });
    }
}

#[test]
fn a_lost_element_is_told_with_who_knew_it_and_who_missed_it() {
    let result = check(&SetFull, vec![add(1, 0, Some(1)), read(&[1], 2), read(&[], 4), read(&[], 9)]);
    assert_eq!(result.summary, "element 1 of `k` was there at 0.001000 s, and the read at 0.009000 s does not show it");
    assert_eq!(shown(&result), ["add 1", "read without 1"]);
    assert_eq!((result.counts["lost"], result.counts["lost_us_max"]), (1, 8_000));
    let result = check(&SetFull, vec![add(1, 0, None), read(&[1], 2), read(&[], 4)]);
    assert_eq!(shown(&result), ["read with 1", "read without 1"]);
}

#[test]
fn an_element_that_is_there_twice_or_late_or_not_looked_for_is_counted() {
    let mut twice = read(&[1], 4);
    twice.output[1] = json!([1, 1]);
    let result = check(&SetFull, vec![add(1, 0, Some(1)), read(&[], 2), twice, add(2, 6, Some(7))]);
    let counted = ["elements", "duplicated", "stale", "stale_us_max", "never_read", "lost"];
    assert_eq!(counted.map(|name| result.counts[name]), [2, 1, 1, 1_000, 1, 0]);
    assert_eq!(result.violations[0].property, "Duplicated Element");
    let other = operation(0, "cas", json!(["k", 1]), Value::Null, 0, Some(1));
    assert_eq!(check(&SetFull, vec![other]).verdict, Verdict::Unknown);
}
