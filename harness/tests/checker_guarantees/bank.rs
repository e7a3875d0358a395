use super::{check, operation, shown};
use harness::{
    checker::{Bank, Verdict},
    history::{Operation, Outcome},
    seed::rng,
};
use rand::RngExt;
use serde_json::{Value, json};

fn transfer(process: u64, from: &str, to: &str, amount: i64, call: u64, ret: Option<u64>) -> Operation {
    let value = json!({"from": from, "to": to, "amount": amount});
    operation(process, "transfer", value.clone(), value, call, ret)
}

fn read(process: u64, a: i64, b: i64, call: u64, ret: u64) -> Operation {
    operation(process, "read", Value::Null, json!({"a": a, "b": b}), call, Some(ret))
}

fn open(ret: Option<u64>) -> Operation {
    operation(9, "open", json!({"a": 10}), json!({"a": 10}), 0, ret)
}

/// Up to seven transfers at random, of which some overlap and some have an unknown outcome, and a read that saw some of those that
/// it can have seen; the balance of `a` that it saw.
fn history(seed: u64) -> (Vec<Operation>, i64) {
    let mut rng = rng(seed, "bank");
    let mut operations = vec![open(Some(1))];
    let (call, ret) = (20, 26);
    let mut balance = 10;
    for process in 0..rng.random_range(1..8) {
        let begun = rng.random_range(2..30);
        let over = rng.random_bool(0.8).then(|| begun + rng.random_range(1..10));
        let amount = rng.random_range(1..4);
        let (from, to) = if rng.random_bool(0.5) { ("a", "b") } else { ("b", "a") };
        operations.push(transfer(process, from, to, amount, begun, over));
        let (is_sure, is_possible) = (over.is_some_and(|over| over < call), begun < ret);
        if is_sure || (is_possible && rng.random_bool(0.5)) {
            balance += if to == "a" { amount } else { -amount };
        }
    }
    operations.push(read(8, balance, 10 - balance, call, ret));
    (operations, balance)
}

/// The least and the greatest balance of `a` of all that the read can have seen.
fn bounds(operations: &[Operation], call: u64, ret: u64) -> (i64, i64) {
    let transfers: Vec<&Operation> = operations.iter().filter(|operation| operation.f == "transfer").collect();
    let sure = |transfer: &Operation| transfer.ret.is_some_and(|over| over < call);
    let balances = (0..1 << transfers.len()).filter_map(|chosen: u32| {
        let is_in = |at: usize| chosen >> at & 1 == 1;
        let fits = (0..).zip(&transfers).all(|(at, transfer)| match is_in(at) {
            true => transfer.call < ret,
            false => !sure(transfer),
        });
        let change = |transfer: &Operation| {
            let amount = transfer.input["amount"].as_i64().expect("a number");
            if transfer.input["to"] == "a" { amount } else { -amount }
        };
        let sum: i64 = (0..).zip(&transfers).filter(|(at, _)| is_in(*at)).map(|(_, transfer)| change(transfer)).sum();
        fits.then_some(10 + sum)
    });
    let balances: Vec<i64> = balances.collect();
    (*balances.iter().min().expect("one"), *balances.iter().max().expect("one"))
}

#[test]
fn a_balance_is_accused_exactly_beyond_what_any_choice_of_transfers_makes() {
    let bank = Bank { total: Some(10), may_overdraw: true };
    for seed in 0..2_000 {
        let (mut operations, balance) = history(seed);
        let result = check(&bank, operations.clone());
        assert_eq!(result.verdict, Verdict::Valid, "seed {seed}: {}", result.summary);
        let (least, most) = bounds(&operations, 20, 26);
        assert!((least..=most).contains(&balance));
        for (shown, expected) in [
            (least, Verdict::Valid),
            (most, Verdict::Valid),
            (least - 1, Verdict::Invalid),
            (most + 1, Verdict::Invalid),
        ] {
            *operations.last_mut().expect("a read") = read(8, shown, 10 - shown, 20, 26);
            let result = check(&bank, operations.clone());
            assert_eq!(result.verdict, expected, "seed {seed}, {shown}: {}", result.summary);
            assert!(result.violations.iter().all(|violation| violation.property == "Balance in Bounds"));
        }
    }
}

#[test]
fn a_total_that_differs_is_told_with_the_read_that_set_it() {
    let operations = vec![read(0, 10, 0, 0, 1), transfer(1, "a", "b", 3, 2, Some(3)), read(2, 7, 0, 4, 5)];
    let result = check(&Bank::default(), operations.clone());
    assert_eq!(result.verdict, Verdict::Invalid);
    assert_eq!(result.summary, "process 2 read balances that add up to 7 and not to 10");
    assert_eq!(shown(&result), ["read a: 10, b: 0", "read a: 7, b: 0"]);
    let result = check(&Bank { total: Some(7), may_overdraw: false }, operations);
    assert_eq!(result.summary, "process 0 read balances that add up to 10 and not to 7");
}

#[test]
fn a_balance_below_zero_is_accused_unless_it_is_allowed() {
    let operations = vec![read(0, 10, 0, 0, 1), read(2, 11, -1, 2, 3)];
    let result = check(&Bank::default(), operations.clone());
    assert_eq!((result.verdict, result.violations[0].property.as_str()), (Verdict::Invalid, "No Overdraft"));
    let result = check(&Bank { total: None, may_overdraw: true }, operations);
    assert_eq!(result.verdict, Verdict::Valid, "{}", result.summary);
}

#[test]
fn before_the_bank_is_open_it_may_be_empty() {
    let bank = Bank { total: None, may_overdraw: true };
    let verdict = |operations| check(&bank, operations).verdict;
    assert_eq!(verdict(vec![open(Some(4)), read(1, 0, 0, 1, 3), read(2, 10, 0, 1, 3)]), Verdict::Valid);
    assert_eq!(verdict(vec![open(None), read(1, 0, 0, 1, 3), read(2, 10, 0, 4, 5)]), Verdict::Valid);
    assert_eq!(verdict(vec![open(Some(4)), read(1, 0, 0, 5, 6)]), Verdict::Invalid);
    assert_eq!(verdict(vec![open(Some(4)), read(1, 3, 0, 1, 3)]), Verdict::Invalid);
}

#[test]
fn what_was_refused_did_not_happen_and_what_is_no_bank_is_not_judged() {
    let mut refused = transfer(1, "a", "b", 3, 2, Some(3));
    refused.outcome = Outcome::Fail;
    let bank = Bank { total: None, may_overdraw: true };
    let after = |read| check(&bank, vec![open(Some(1)), refused.clone(), read]).verdict;
    assert_eq!(after(read(2, 10, 0, 4, 5)), Verdict::Valid);
    assert_eq!(after(read(2, 7, 3, 4, 5)), Verdict::Invalid);
    for value in [Value::Null, json!({"a": "much"}), json!({"a": null})] {
        let operations = vec![operation(0, "read", Value::Null, value, 0, Some(1))];
        assert_eq!(check(&bank, operations).verdict, Verdict::Unknown);
    }
}
