//! Small random histories, of systems that are correct and of others, compared with brute force: whatever is accused has no order.

use super::oracle::{Keeps, has_order};
use super::{judged, txn};
use harness::checker::Verdict;
use harness::checker::transactions::{Kind, models::Model};
use harness::history::{Operation, Outcome};
use harness::seed::rng;
use rand::{RngExt, rngs::Xoshiro256PlusPlus};
use serde_json::{Value, json};
use std::collections::BTreeMap;

type State = BTreeMap<usize, Vec<u64>>;

/// How a system reads.
#[derive(Clone, Copy, Debug)]
enum System {
    Correct,
    /// Each read sees the state at any time so far.
    Loose,
    /// Each transaction sees the state at any time so far, and its own writes.
    Snapshot,
    /// What is read is a random beginning of what there is in the end.
    Wild,
}

/// Transactions of two or three operations on two keys, and in the end a read of each key.
fn history(kind: Kind, system: System, random: &mut Xoshiro256PlusPlus) -> Vec<Operation> {
    let count = random.random_range(2..6_usize);
    let mut states = vec![State::new()];
    let mut written = 0;
    // Each takes effect at a moment of its own, between its beginning and its end.
    let mut done = Vec::new();
    for at in 0..count {
        let moment = 100 * (at as u64 + 1);
        let call = moment - random.random_range(1..250).min(moment);
        let ret = moment + random.random_range(1..250);
        let fate = random.random_range(0..10);
        let base = states[random.random_range(0..states.len())].clone();
        let mut now = states.last().cloned().unwrap_or_default();
        let mut own = State::new();
        let parts: Vec<Value> = (0..random.random_range(1..4))
            .map(|_| {
                let key = random.random_range(0..2);
                if random.random_bool(0.5) {
                    written += 1;
                    for state in [&mut now, &mut own] {
                        let values = state.entry(key).or_default();
                        if kind == Kind::RwRegister {
                            values.clear();
                        }
                        values.push(written);
                    }
                    return json!([if kind == Kind::ListAppend { "append" } else { "w" }, key, written]);
                }
                let any = states[random.random_range(0..states.len())].get(&key).cloned().unwrap_or_default();
                let seen = match system {
                    System::Correct => now.get(&key).cloned().unwrap_or_default(),
                    System::Loose => any,
                    System::Snapshot => {
                        let (mut seen, own) = (base.get(&key).cloned().unwrap_or_default(), own.get(&key));
                        if kind == Kind::RwRegister && own.is_some() {
                            seen.clear();
                        }
                        seen.extend(own.into_iter().flatten());
                        seen
                    }
                    System::Wild => {
                        let mut all = now.get(&key).cloned().unwrap_or_default();
                        all.truncate(random.random_range(0..=all.len()));
                        if random.random_bool(0.1) && !all.is_empty() {
                            all.remove(0);
                        }
                        all
                    }
                };
                match kind {
                    Kind::ListAppend => json!(["r", key, seen]),
                    Kind::RwRegister => json!(["r", key, seen.last()]),
                }
            })
            .collect();
        // Some of those that failed, or that nobody heard of again, took effect.
        let (outcome, happens) = match (fate, system) {
            (0, _) => (Outcome::Info, false),
            (1, _) => (Outcome::Info, true),
            (2, System::Correct | System::Snapshot) => (Outcome::Fail, false),
            (2, _) => (Outcome::Fail, true),
            _ => (Outcome::Ok, true),
        };
        if happens {
            states.push(now);
        }
        done.push((call, ret, outcome, json!(parts)));
    }
    let last = states.last().cloned().unwrap_or_default();
    if random.random_bool(0.7) {
        let read = |key: usize| {
            let seen = last.get(&key).cloned().unwrap_or_default();
            if kind == Kind::ListAppend { json!(["r", key, seen]) } else { json!(["r", key, seen.last()]) }
        };
        done.push((10_000, 10_001, Outcome::Ok, json!([read(0), read(1)])));
    }
    places(done)
}

/// Numbers the events in the order of their times, and gives a process to each transaction that it is free for.
fn places(mut done: Vec<(u64, u64, Outcome, Value)>) -> Vec<Operation> {
    done.sort_by_key(|(call, ..)| *call);
    let mut events: Vec<(u64, usize, bool)> =
        (0..done.len()).flat_map(|at| [(done[at].0, at, false), (done[at].1, at, true)]).collect();
    events.sort_unstable();
    let place =
        |at: usize, end: bool| events.iter().position(|event| (event.1, event.2) == (at, end)).unwrap_or(0) as u64;
    let (mut busy, mut operations) = (Vec::<u64>::new(), Vec::new());
    for (at, (_, _, outcome, value)) in done.iter().enumerate() {
        let (call, ret) = (place(at, false), place(at, true));
        let process = busy.iter().position(|until| *until < call).unwrap_or(busy.len());
        busy.resize(busy.len().max(process + 1), 0);
        busy[process] = if *outcome == Outcome::Info { u64::MAX } else { ret };
        operations.push(txn(process as u64, value.clone(), *outcome, (call, ret)));
    }
    operations
}

/// So many histories of each kind of system: of those without an order, how many of how many were found.
fn compare(kind: Kind, count: usize) -> (usize, usize) {
    let (mut found, mut wrong) = (0, 0);
    for system in [System::Correct, System::Loose, System::Snapshot, System::Wild] {
        let mut random = rng(7, &format!("transactions/{kind:?}/{system:?}"));
        for _ in 0..count {
            let operations = history(kind, system, &mut random);
            let judgement = judged(kind, &operations);
            let told = || format!("{system:?}: {:?}\n{operations:#?}", judgement.anomalies());
            let is_strict = has_order(&operations, Keeps::RealTime);
            if let System::Correct = system {
                assert!(is_strict, "{operations:#?}");
            }
            assert_ne!(judgement.verdict(), Verdict::Unknown, "{}", told());
            if judgement.verdict() == Verdict::Valid {
                wrong += usize::from(!is_strict);
                continue;
            }
            assert!(!is_strict, "{}", told());
            (found, wrong) = (found + 1, wrong + 1);
            let models = [(Model::Serializable, Keeps::Nothing), (Model::StrongSessionSerializable, Keeps::Processes)];
            for (model, keeps) in models {
                assert!(!(judgement.broken().has(model) && has_order(&operations, keeps)), "{model:?} {}", told());
            }
        }
    }
    (found, wrong)
}

#[test]
fn lists_are_accused_only_if_they_have_no_order_and_nearly_always_then() {
    let (found, wrong) = compare(Kind::ListAppend, 3_000);
    println!("{found} of {wrong} found");
    assert!(wrong > 1_000 && found * 100 >= wrong * 95, "{found} of {wrong}");
}

#[test]
fn registers_are_accused_only_if_they_have_no_order_and_mostly_then() {
    let (found, wrong) = compare(Kind::RwRegister, 3_000);
    println!("{found} of {wrong} found");
    assert!(wrong > 1_000 && found * 100 >= wrong * 80, "{found} of {wrong}");
}

#[test]
#[ignore = "takes minutes; TRANSACTION_HISTORIES says how many"]
fn at_length() {
    let count = std::env::var("TRANSACTION_HISTORIES").ok().and_then(|text| text.parse().ok()).unwrap_or(100_000);
    println!("{:?} and {:?}", compare(Kind::ListAppend, count), compare(Kind::RwRegister, count));
}
