//! The monitors of sets, counters, locks, queues and lists against the search, and both against brute force.

use crate::objects::{Simulation, corrupt, orderable, orderable_but_for};
use crate::random::Random;
use harness::checker::linearizability::{KeyVerdict, Linearizability, entry};
use harness::checker::minimal::certify;
use harness::checker::model::Object;
use harness::checker::monitor::Answer;
use harness::checker::objects::{
    Kind, append_list::AppendList, counter::Counter, mutex::Mutex, queue::Queue, set::Set,
};
use harness::checker::search::{Entry, Found, search};
use harness::checker::{Budget, Witness};
use harness::history::Operation;
use serde_json::Value;

#[derive(Debug, Default)]
struct Tally {
    histories: u64,
    violated: u64,
    /// Left to the search.
    unfit: u64,
}

fn compare<O: Object>(kind: Kind, seed: u64, operations_max: u64, tally: &mut Tally) {
    let mut random = Random(seed);
    let (operations, is_correct) = Simulation::history(&mut random, kind, operations_max);
    let mut object = O::new(&Value::Null).expect("an empty object");
    let entries: Vec<_> =
        operations.iter().filter_map(|operation| entry(&mut object, operation).expect("an operation")).collect();
    let expected = orderable(kind, &operations);
    let told = || format!("{kind:?}, seed {seed}\n{}", text(&operations));
    assert!(expected || !is_correct, "simulated wrongly: {}", told());
    let found = |entries: &[_]| match search(&object, entries, Budget::default()).0 {
        Found::Order(order) => {
            assert!(certify(&object, entries, &order), "the search found no order: {}", told());
            true
        }
        Found::Nothing { .. } => false,
        Found::GaveUp { limit, .. } => panic!("out of {limit}: {}", told()),
    };
    assert_eq!(found(&entries), expected, "the search is wrong: {}", told());
    tally.histories += 1;
    tally.violated += u64::from(!expected);
    match object.monitor(&entries) {
        None => tally.unfit += 1,
        Some(Answer::Order(order)) => {
            assert!(expected, "a violation was missed: {}", told());
            assert!(certify(&object, &entries, &order), "{order:?} is no order: {}", told());
        }
        Some(Answer::NothingOf { suspects, elements }) => {
            assert!(!expected, "a false alarm, {suspects:?}: {}", told());
            let of_these = |&i: &usize| Entry { op: object.project(&entries[i].op, &elements), ..entries[i] };
            let alone: Vec<_> = suspects.iter().map(of_these).collect();
            assert!(alone.len() < 5 && !found(&alone), "{suspects:?} have an order: {}", told());
        }
        Some(Answer::Nothing(suspects)) => {
            assert!(!expected, "a false alarm, {suspects:?}: {}", told());
            assert!(suspects.is_sorted_by(|a, b| a < b), "{suspects:?}: {}", told());
            let alone: Vec<_> = suspects.iter().map(|&i| entries[i]).collect();
            assert!(!found(&alone), "{suspects:?} have an order: {}", told());
        }
    }
    let verdict = Linearizability { kind, ..Linearizability::default() }.check_key(&operations, Budget::default());
    match verdict {
        KeyVerdict::Linearizable { .. } => assert!(expected, "{}", told()),
        KeyVerdict::Violated { violation, .. } => {
            assert!(!expected, "{}", told());
            let Witness::Operations { operations: members, .. } = &violation.witness else { panic!("{}", told()) };
            let is_member = |operation: &&Operation| members.iter().any(|member| member.index == operation.call);
            let core: Vec<Operation> = operations.iter().filter(is_member).cloned().collect();
            assert_eq!(core.len(), members.len(), "{}", told());
            // Of sets and lists only some elements are looked at.
            let is_whole = !matches!(kind, Kind::Set | Kind::AppendList);
            // It is a core of this history: it has no order even if all else may or may not have happened.
            let excused = |operation: &Operation| !is_member(&operation);
            assert!(!(is_whole && orderable(kind, &core)), "the core has an order: {}\nof {}", text(&core), told());
            let is_excused = is_whole && orderable_but_for(kind, &operations, excused);
            assert!(!is_excused, "the rest excuses the core: {}\nof {}", text(&core), told());
        }
        other => panic!("{other:?}: {}", told()),
    }
}

fn text(operations: &[Operation]) -> String {
    let line = |o: &Operation| {
        format!("{:?}–{:?} p{} {} {} {:?} {}\n", o.call, o.ret, o.process, o.f, o.input, o.outcome, o.output)
    };
    operations.iter().map(line).collect()
}

/// All kinds in turn.
fn compare_all(seed: u64, operations_max: u64, tallies: &mut [Tally; 5]) {
    compare::<Set>(Kind::Set, seed, operations_max, &mut tallies[0]);
    compare::<Counter>(Kind::Counter, seed, operations_max, &mut tallies[1]);
    compare::<Mutex>(Kind::Mutex, seed, operations_max, &mut tallies[2]);
    compare::<Queue>(Kind::Queue, seed, operations_max, &mut tallies[3]);
    compare::<AppendList>(Kind::AppendList, seed, operations_max, &mut tallies[4]);
}

#[test]
fn agree_with_the_search_and_with_brute_force() {
    let mut tallies = <[Tally; 5]>::default();
    for seed in 0..6_000 {
        compare_all(seed << 20, [6, 8, 11][(seed % 3) as usize], &mut tallies);
    }
    println!("{tallies:?}");
    for tally in &tallies {
        assert!(tally.violated * 10 > tally.histories, "too few violations to mean anything: {tallies:?}");
        assert!(tally.unfit * 2 < tally.histories, "too few answers to mean anything: {tallies:?}");
    }
}

/// `CHECKER_HISTORIES=1000000 cargo test --release -- --ignored monitors::agree_at_length --nocapture`
#[test]
#[ignore = "takes minutes"]
fn agree_at_length() {
    let histories = std::env::var("CHECKER_HISTORIES").ok().and_then(|n| n.parse().ok()).unwrap_or(1_000_000u64);
    let mut tallies = <[Tally; 5]>::default();
    for seed in 0..histories / 5 {
        compare_all((seed << 20) + 7, [6, 8, 10, 13][(seed % 4) as usize], &mut tallies);
    }
    println!("{tallies:?}");
}

/// Prints figures; asserts verdicts only. `cargo test --release -- --ignored monitors::figures --nocapture`
#[test]
#[ignore = "prints figures"]
fn figures() {
    measure::<Set>(Kind::Set, 2_000);
    measure::<Counter>(Kind::Counter, 100_000);
    measure::<Mutex>(Kind::Mutex, 100_000);
    measure::<Queue>(Kind::Queue, 100_000);
    measure::<AppendList>(Kind::AppendList, 2_000);
}

fn measure<O: Object>(kind: Kind, operations: usize) {
    let operations = Simulation::correct(&mut Random(1), kind, operations, 4, 8);
    let mut object = O::new(&Value::Null).expect("an empty object");
    let entries: Vec<_> =
        operations.iter().filter_map(|operation| entry(&mut object, operation).expect("an operation")).collect();
    let start = std::time::Instant::now();
    let answer = object.monitor(&entries);
    let taken = start.elapsed();
    let Some(Answer::Order(order)) = answer else { panic!("{kind:?}: {answer:?}") };
    assert!(certify(&object, &entries, &order), "{kind:?}");
    println!("{kind:?}, {} operations: decided in {taken:?}, with its proof in {:?}", entries.len(), start.elapsed());
}

/// Prints how queues with dequeues of unknown outcome are judged; asserts verdicts only.
/// `cargo test --release -- --ignored monitors::queues_of_unknown_outcome --nocapture`
#[test]
#[ignore = "prints figures"]
fn queues_of_unknown_outcome() {
    for (unknown, count) in [(1, 1_000), (5, 1_000), (1, 10_000), (5, 10_000)] {
        for is_corrupt in [false, true] {
            let (mut tally, mut slowest) = ([0; 3], std::time::Duration::ZERO);
            for seed in 0..20 {
                let mut random = Random(seed);
                let mut operations = Simulation::correct(&mut random, Kind::Queue, count, 10, unknown);
                if is_corrupt {
                    corrupt(&mut random, &mut operations);
                }
                let start = std::time::Instant::now();
                let queues = Linearizability { kind: Kind::Queue, ..Linearizability::default() };
                let budget = Budget { steps: 1_000_000, ..Budget::default() };
                let verdict = queues.check_key(&operations, budget);
                slowest = slowest.max(start.elapsed());
                tally[match verdict {
                    KeyVerdict::Linearizable { .. } => 0,
                    KeyVerdict::Unknown { .. } => 1,
                    KeyVerdict::Violated { .. } if is_corrupt => 2,
                    other => panic!("seed {seed}: {other:?}"),
                }] += 1;
            }
            let [valid, open, invalid] = tally;
            let made = if is_corrupt { "one answer changed" } else { "correct" };
            println!(
                "{count} operations, {unknown} % unknown, {made}: {valid} valid, {open} unknown, {invalid} invalid, {slowest:?} at most"
            );
        }
    }
}
