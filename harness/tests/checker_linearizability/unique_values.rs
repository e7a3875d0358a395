//! The engine for unique values against the search and the oracle.

use crate::oracle::{fact, orderable};
use crate::random::{Random, Shape, play};
use harness::checker::Budget;
use harness::checker::cas_register::{CasRegister, RegisterOp};
use harness::checker::minimal::{certify, relevant};
use harness::checker::model::Model;
use harness::checker::search::{Entry, Found, search};
use harness::checker::unique_values::{Decision, decide};
use harness::history::pair;
use harness::synthetic::{Recipe, Synthetic};
use serde_json::Value;

#[derive(Debug, Default)]
struct Tally {
    histories: u64,
    violated: u64,
    /// Left to the search: by a failed compare-and-set, or because a value was written twice.
    unfit: u64,
}

fn compare(seed: u64, shape: Shape, tally: &mut Tally) {
    let mut random = Random(seed);
    let operations = play(&mut random, shape);
    let facts: Vec<_> = operations.iter().filter_map(fact).collect();
    let mut register = CasRegister::new(&Value::Null);
    let entries: Vec<_> = operations.iter().filter_map(|operation| register.entry(operation).unwrap()).collect();
    tally.histories += 1;
    let Some(decision) = decide(&entries, register.initial()) else {
        tally.unfit += 1;
        return;
    };
    let expected = orderable(&facts);
    let found = search(&register, &relevant(&register, &entries), Budget::default()).0;
    assert_eq!(matches!(found, Found::Order(_)), expected, "seed {seed}: the search is wrong\n{facts:#?}");
    match decision {
        Decision::Order(order) => {
            assert!(expected, "seed {seed}: a violation was missed\n{facts:#?}");
            assert!(certify(&register, &entries, &order), "seed {seed}: {order:?} is no order\n{facts:#?}");
        }
        Decision::NothingOf { .. } => panic!("seed {seed}: a register has no elements"),
        Decision::Nothing(suspects) => {
            assert!(!expected, "seed {seed}: a false alarm, {suspects:?}\n{facts:#?}");
            tally.violated += 1;
            let is_suspect = |call: u64| suspects.iter().any(|&i| entries[i].call == call);
            let alone: Vec<_> = facts.iter().filter(|fact| is_suspect(fact.call)).copied().collect();
            assert!(!orderable(&alone), "seed {seed}: {suspects:?} have an order\n{facts:#?}");
            is_first(seed, &register, &entries, &suspects);
        }
    }
}

/// What was found is the first that is wrong: the search gets as far, and no further.
fn is_first(seed: u64, register: &CasRegister, entries: &[Entry<RegisterOp>], suspects: &[usize]) {
    let at = |entries: &[Entry<RegisterOp>]| match search(register, entries, Budget::default()).0 {
        Found::Nothing { at } => Some(at),
        _ => None,
    };
    let alone: Vec<_> = suspects.iter().map(|&i| entries[i]).collect();
    // With failed compare-and-sets the search decides some prefixes that the engine cannot.
    let is_vague = entries.iter().any(|entry| matches!(entry.op, RegisterOp::Mismatch { .. }));
    assert!(is_vague || at(&alone) == at(entries), "seed {seed}: {suspects:?} is not the first\n{entries:#?}");
}

fn shape(random: &mut Random, operations_max: u64) -> Shape {
    Shape {
        operations: 2 + random.below(operations_max - 1) as usize,
        processes: 2 + random.below(4) as usize,
        // Few values now and then: the engine may only take what it can decide.
        values: 3 + random.below(6),
        unknown: random.below(4) * 10,
        unique: random.chance(85),
        found: [0, 50, 100][random.below(3) as usize],
        corrupt: random.chance(60),
    }
}

fn run(seeds: impl Iterator<Item = u64>, operations_max: u64) -> Tally {
    let mut tally = Tally::default();
    for seed in seeds {
        compare(seed, shape(&mut Random(!seed), operations_max), &mut tally);
    }
    println!("{tally:?}");
    tally
}

#[test]
fn agrees_with_the_search_and_with_brute_force() {
    let tally = run(0..40_000, 8);
    assert!(tally.violated > tally.histories / 10, "too few violations to mean anything: {tally:?}");
    assert!(tally.unfit < tally.histories / 10, "too much is left to the search: {tally:?}");
}

/// Many clients at a time, as they work on a cluster, and failures that do not say what they met: nothing is left to the search.
#[test]
fn failed_compare_and_sets_of_many_clients_find_their_moments() {
    for seed in 0..60 {
        let clients = [3, 8, 20, 60][seed as usize % 4];
        let unknown = [0.0, 0.05, 0.3][seed as usize % 3];
        let (operations, found) = (2_000, false);
        let recipe = Recipe {
            operations,
            keys: 1,
            clients,
            unknown,
            reads: 0.5,
            cas: 0.2,
            values: None,
            found,
            injection: None,
            seed,
        };
        let operations = pair(Synthetic::new(recipe).map(|step| step.event())).expect("a record in order");
        let mut register = CasRegister::new(&Value::Null);
        let entries: Vec<_> = operations.iter().filter_map(|operation| register.entry(operation).unwrap()).collect();
        let misses = entries.iter().filter(|entry| matches!(entry.op, RegisterOp::Mismatch { .. })).count();
        assert!(misses > 20, "seed {seed}: only {misses} failed compare-and-sets");
        match decide(&entries, register.initial()) {
            Some(Decision::Order(order)) => assert!(certify(&register, &entries, &order), "seed {seed}"),
            other => panic!("seed {seed}: {other:?}"),
        }
    }
}

/// `CHECKER_HISTORIES=1000000 cargo test -p harness --release -- --ignored unique_values --nocapture`
#[test]
#[ignore = "takes minutes"]
fn agrees_at_length() {
    let histories = std::env::var("CHECKER_HISTORIES").ok().and_then(|n| n.parse().ok()).unwrap_or(1_000_000);
    run((0..histories).map(|seed| seed << 20), 8);
    run((0..histories / 10).map(|seed| (seed << 20) + 1), 12);
}
