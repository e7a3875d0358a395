//! The checker's verdicts and cores against the oracle's.

use crate::oracle::{Deed, Fact, fact, orderable, without_phantoms};
use crate::random::{Random, Shape, play, shape};
use harness::checker::cas_register::CasRegister;
use harness::checker::linearizability::{KeyVerdict, check_key};
use harness::checker::minimal::certify;
use harness::checker::model::{Model, OpKind};
use harness::checker::search::{Found, search};
use harness::checker::{Budget, Violation, Witness};
use harness::history::Operation;
use serde_json::Value;
use std::collections::BTreeSet;

#[derive(Debug, Default)]
struct Tally {
    histories: u64,
    violated: u64,
    not_minimal: u64,
}

fn core(violation: &Violation) -> (BTreeSet<u64>, bool) {
    match &violation.witness {
        Witness::Operations { operations, minimal, .. } => (operations.iter().map(|o| o.index).collect(), *minimal),
        other => panic!("not operations: {other:?}"),
    }
}

fn compare(seed: u64, operations_max: u64, tally: &mut Tally) {
    let mut random = Random(seed);
    let shape = shape(&mut random, operations_max);
    let operations = play(&mut random, shape);
    let facts: Vec<Fact> = operations.iter().filter_map(fact).collect();
    let expected = orderable(&facts);
    assert!(expected || shape.corrupt, "seed {seed}: a correct register was simulated wrongly");
    tally.histories += 1;
    match check_key(&operations, Budget::default()) {
        KeyVerdict::Linearizable { .. } => assert!(expected, "seed {seed}: missed\n{facts:#?}"),
        KeyVerdict::Unknown { reason, .. }
        | KeyVerdict::Contradiction { reason, .. }
        | KeyVerdict::Unfit { reason } => {
            panic!("seed {seed}: {reason}")
        }
        KeyVerdict::Violated { violation, .. } => {
            assert!(!expected, "seed {seed}: false alarm: {}\n{facts:#?}", violation.summary);
            tally.violated += 1;
            check_core(seed, &facts, &violation, shape, tally);
        }
    }
    check_excused(seed, &mut random, &operations);
    // Who did it does not matter: processes only serve to be named.
    if seed.is_multiple_of(16) {
        let mut renamed = operations;
        renamed.iter_mut().for_each(|operation| operation.process = 1_000 - operation.process);
        let valid = matches!(check_key(&renamed, Budget::default()), KeyVerdict::Linearizable { .. });
        assert_eq!(valid, expected, "seed {seed}: renaming processes changes the verdict");
    }
}

/// The search with some operations excused: they may have taken effect between call and return, or not at all. This is what
/// shrinking a violation asks of it.
fn check_excused(seed: u64, random: &mut Random, operations: &[Operation]) {
    let mut register = CasRegister::new(&Value::Null);
    let (mut entries, mut facts) = (Vec::new(), Vec::new());
    for operation in operations {
        let (Some(mut entry), Some(mut fact)) = (register.entry(operation).unwrap(), fact(operation)) else { continue };
        if register.kind(&entry.op) != OpKind::Pure && random.chance(40) {
            (entry.required, fact.certain) = (false, false);
        }
        entries.push(entry);
        facts.push(fact);
    }
    let (found, _) = search(&register, &entries, Budget::default());
    match found {
        Found::Order(order) => assert!(certify(&register, &entries, &order), "seed {seed}: {order:?} is no order"),
        Found::Nothing { .. } => assert!(!orderable(&facts), "seed {seed}: the search missed an order\n{facts:#?}"),
        Found::GaveUp { .. } => panic!("seed {seed}: gave up"),
    }
}

fn check_core(seed: u64, facts: &[Fact], violation: &Violation, shape: Shape, tally: &mut Tally) {
    let (indices, minimal) = core(violation);
    let members: Vec<Fact> = facts.iter().filter(|fact| indices.contains(&fact.call)).copied().collect();
    assert_eq!(members.len(), indices.len(), "seed {seed}");
    assert!(!orderable(&members), "seed {seed}: the core has an order\n{members:#?}");
    // It is a core of this history, not just of itself: it has no order even if all else may or may not have happened.
    let excused = facts.iter().map(|f| Fact { certain: f.certain && indices.contains(&f.call), ..*f });
    let excused: Vec<Fact> = excused
        .filter(|f| f.certain || !matches!(f.deed, Deed::Saw(_) | Deed::MetOther(_) | Deed::Impossible))
        .collect();
    assert!(!orderable(&excused), "seed {seed}: the rest of the history excuses the core\n{members:#?}\n{facts:#?}");
    let irreducible = (0..members.len()).all(|i| {
        let mut rest = members.clone();
        rest.remove(i);
        orderable(&without_phantoms(rest, facts))
    });
    assert_eq!(irreducible, minimal, "seed {seed}: minimality is claimed wrongly\n{members:#?}");
    // What met "another value" may have met anybody's; then the fair core and the smallest one can differ.
    let vague = members.iter().any(|fact| matches!(fact.deed, Deed::MetOther(_)));
    assert!(minimal || vague || !shape.unique, "seed {seed}: with unique values every core is minimal\n{members:#?}");
    tally.not_minimal += u64::from(!minimal);
}

#[test]
fn agrees_with_brute_force() {
    let mut tally = Tally::default();
    (0..30_000).for_each(|seed| compare(seed, 7, &mut tally));
    (1_000_000..1_004_000).for_each(|seed| compare(seed, 11, &mut tally));
    assert!(tally.violated > tally.histories / 20, "too few violations to mean anything: {tally:?}");
    assert!(tally.not_minimal * 20 < tally.violated, "{tally:?}");
    println!("{tally:?}");
}

/// `CHECKER_HISTORIES=1000000 cargo test --release -- --ignored agrees_at_length --nocapture`
#[test]
#[ignore = "takes minutes"]
fn agrees_at_length() {
    let histories = std::env::var("CHECKER_HISTORIES").ok().and_then(|n| n.parse().ok()).unwrap_or(1_000_000);
    let mut tally = Tally::default();
    for seed in 0..histories {
        compare(seed << 20, [7, 9, 12][(seed % 3) as usize], &mut tally);
    }
    println!("{tally:?}");
}
