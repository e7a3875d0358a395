//! The linearizability checker against a brute-force oracle, on small random histories, and on histories made by hand.

use harness::checker::cas_register::CasRegister;
use harness::checker::linearizability::{KeyVerdict, check_key};
use harness::checker::minimal::certify;
use harness::checker::model::{Model, OpKind};
use harness::checker::search::{Found, search};
use harness::checker::{Budget, Checker, Linearizability, Record, Verdict, Violation, Witness};
use harness::history::{Operation, Outcome};
use serde_json::{Value, json};
use std::collections::BTreeSet;

// ---------------------------------------------------------------------------------------------------------------------
// An oracle that shares nothing with the checker

/// What an operation did, in the oracle's own words. Values are small numbers, 0 is nil.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Deed {
    Saw(u8),
    Set(u8),
    Swapped(u8, u8),
    MetOther(u8),
    Impossible,
}

/// An operation for the oracle: the deed, call, return (`None`: never), and whether it certainly happened.
#[derive(Clone, Copy, Debug)]
struct Fact {
    deed: Deed,
    call: u64,
    ret: Option<u64>,
    certain: bool,
}

fn number(value: &Value) -> u8 {
    value.as_u64().map_or(0, |n| u8::try_from(n).unwrap())
}

/// Reads an operation as a history writes it; `None` if it says nothing.
fn fact(operation: &Operation) -> Option<Fact> {
    let argument = &operation.input[1];
    let deed = match (operation.f.as_str(), operation.outcome) {
        ("read", Outcome::Ok) => Deed::Saw(number(&operation.output[1])),
        ("write", Outcome::Ok | Outcome::Info) => Deed::Set(number(argument)),
        ("cas", Outcome::Ok | Outcome::Info) => Deed::Swapped(number(&argument[0]), number(&argument[1])),
        ("cas", Outcome::Fail) if operation.error.as_deref() == Some("mismatch") => match &operation.found {
            Some(found) if *found == argument[0] => Deed::Impossible,
            Some(found) => Deed::Saw(number(found)),
            None => Deed::MetOther(number(&argument[0])),
        },
        _ => return None,
    };
    let certain = operation.outcome != Outcome::Info;
    Some(Fact { deed, call: operation.call, ret: operation.ret.filter(|_| certain), certain })
}

/// Whether there is an order: tries every one, with every subset of the uncertain operations. (It remembers where it has
/// been, or seven operations would be the most that can be asked of it.)
fn orderable(facts: &[Fact]) -> bool {
    let mut seen = BTreeSet::new();
    let mut todo = vec![(0u32, 0u8)];
    while let Some((placed, state)) = todo.pop() {
        if !seen.insert((placed, state)) {
            continue;
        }
        if facts.iter().enumerate().all(|(i, fact)| placed >> i & 1 == 1 || !fact.certain) {
            return true;
        }
        for (i, fact) in facts.iter().enumerate().filter(|(i, _)| placed >> i & 1 == 0) {
            let overdue = |j: usize, other: &Fact| {
                placed >> j & 1 == 0 && other.certain && other.ret.is_some_and(|ret| ret < fact.call)
            };
            // An uncertain operation that has a return (an excused one) must not come after what began later.
            let too_late = fact
                .ret
                .is_some_and(|ret| facts.iter().enumerate().any(|(j, other)| placed >> j & 1 == 1 && other.call > ret));
            if too_late || facts.iter().enumerate().any(|(j, other)| overdue(j, other)) {
                continue;
            }
            let after = match fact.deed {
                Deed::Saw(v) if v == state => state,
                Deed::Set(v) => v,
                Deed::Swapped(old, new) if old == state => new,
                Deed::MetOther(old) if old != state => state,
                _ => continue,
            };
            todo.push((placed | 1 << i, after));
        }
    }
    false
}

/// The facts without those that see a value which none of them writes (though somebody in `all` had begun to).
fn without_phantoms(mut facts: Vec<Fact>, all: &[Fact]) -> Vec<Fact> {
    let makes = |fact: &Fact| match fact.deed {
        Deed::Set(v) => Some(v),
        Deed::Swapped(old, new) if old != new => Some(new),
        _ => None,
    };
    loop {
        let begun = |among: &[Fact], seen: &Fact, fits: &dyn Fn(u8) -> bool| {
            among.iter().any(|w| makes(w).is_some_and(fits) && seen.ret.is_none_or(|ret| w.call < ret))
        };
        let (before, here) = (facts.len(), facts.clone());
        facts.retain(|fact| {
            let fits = |v| match fact.deed {
                Deed::Saw(seen) | Deed::Swapped(seen, _) => v == seen,
                Deed::MetOther(expected) => v != expected,
                Deed::Set(_) => true,
                Deed::Impossible => false,
            };
            fits(0) || begun(&here, fact, &fits) || !begun(all, fact, &fits)
        });
        if facts.len() == before {
            return facts;
        }
    }
}

// ---------------------------------------------------------------------------------------------------------------------
// Random histories

/// SplitMix64: small, and the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

/// What kind of history.
#[derive(Clone, Copy)]
struct Shape {
    operations: usize,
    processes: usize,
    values: u64,
    unknown: u64,
    unique: bool,
    found: u64,
    corrupt: bool,
}

fn operation(process: u64, f: &str, input: Value, call: u64) -> Operation {
    Operation {
        process,
        f: f.into(),
        input: json!(["k", input]),
        outcome: Outcome::Info,
        output: Value::Null,
        error: None,
        found: None,
        node: None,
        call,
        ret: None,
        call_time: call * 1_000_000,
        end_time: None,
    }
}

fn value(n: u64) -> Value {
    if n == 0 { Value::Null } else { json!(n) }
}

/// Plays clients against a register that is correct: each operation takes effect at some moment between call and return (an
/// unknown one at any later moment or never).
fn play(random: &mut Random, shape: Shape) -> Vec<Operation> {
    let (mut operations, mut clock, mut state, mut fresh) = (Vec::<Operation>::new(), 0, 0, 0);
    // Each slot: the open operation, and what came of it once it has taken effect.
    let mut open: Vec<Option<(usize, Option<bool>)>> = vec![None; shape.processes];
    let mut names: Vec<u64> = (0..shape.processes as u64).collect();
    let mut adrift: Vec<usize> = Vec::new();
    let mut seen: Vec<u64> = Vec::new();
    while operations.len() < shape.operations || open.iter().any(Option::is_some) {
        if !adrift.is_empty() && random.chance(20) {
            let at = adrift.swap_remove(random.below(adrift.len() as u64) as usize);
            state = effect(&operations[at], state).map_or(state, |(after, _)| after);
        }
        let slot = random.below(shape.processes as u64) as usize;
        match open[slot] {
            None if operations.len() < shape.operations => {
                let mut pick = |random: &mut Random| {
                    fresh += 1;
                    if shape.unique { fresh } else { 1 + random.below(shape.values) }
                };
                let (f, input) = match random.below(10) {
                    0..4 => ("read", Value::Null),
                    4..7 => ("write", value(pick(random))),
                    _ => {
                        let old = if shape.unique { state } else { random.below(shape.values + 1) };
                        ("cas", json!([value(old), value(pick(random))]))
                    }
                };
                open[slot] = Some((operations.len(), None));
                operations.push(operation(names[slot], f, input, clock));
                clock += 1;
            }
            None => {}
            Some((at, None)) if random.chance(shape.unknown) => {
                // The client gives up; what it began is still on its way. A new process takes the slot.
                operations[at].end_time = Some(clock * 1_000_000);
                clock += 1;
                adrift.push(at);
                names[slot] += shape.processes as u64;
                open[slot] = None;
            }
            Some((at, None)) => {
                let after = effect(&operations[at], state);
                if operations[at].f == "read" {
                    operations[at].output = json!(["k", value(state)]);
                }
                seen.push(state);
                let mismatched = operations[at].f == "cas" && after.is_none();
                if mismatched && random.chance(shape.found) {
                    operations[at].found = Some(value(state));
                }
                state = after.map_or(state, |(after, _)| after);
                open[slot] = Some((at, Some(!mismatched)));
            }
            Some((at, Some(ok))) => {
                let it = &mut operations[at];
                (it.ret, it.end_time) = (Some(clock), Some(clock * 1_000_000));
                it.outcome = if ok { Outcome::Ok } else { Outcome::Fail };
                it.error = (!ok).then(|| "mismatch".into());
                clock += 1;
                open[slot] = None;
            }
        }
    }
    if shape.corrupt {
        corrupt(random, &mut operations, shape, fresh);
    }
    operations
}

fn effect(operation: &Operation, state: u64) -> Option<(u64, ())> {
    let argument = &operation.input[1];
    match operation.f.as_str() {
        "write" => Some((argument.as_u64().unwrap(), ())),
        "cas" => (argument[0].as_u64().unwrap_or(0) == state).then(|| (argument[1].as_u64().unwrap_or(0), ())),
        _ => Some((state, ())),
    }
}

/// Makes one completed observation say something else.
fn corrupt(random: &mut Random, operations: &mut [Operation], shape: Shape, fresh: u64) {
    let top = if shape.unique { fresh + 1 } else { shape.values + 1 };
    let observations: Vec<usize> = (0..operations.len())
        .filter(|&i| operations[i].outcome == Outcome::Ok && operations[i].f == "read" || operations[i].found.is_some())
        .collect();
    if observations.is_empty() {
        return;
    }
    let at = observations[random.below(observations.len() as u64) as usize];
    let other = value(random.below(top + 1));
    match operations[at].found {
        Some(_) => operations[at].found = Some(other),
        None => operations[at].output = json!(["k", other]),
    }
}

fn shape(random: &mut Random, operations_max: u64) -> Shape {
    Shape {
        operations: 2 + random.below(operations_max - 1) as usize,
        processes: 2 + random.below(3) as usize,
        values: 2 + random.below(2),
        unknown: random.below(4) * 10,
        unique: random.chance(30),
        found: [0, 50, 100][random.below(3) as usize],
        corrupt: random.chance(50),
    }
}

// ---------------------------------------------------------------------------------------------------------------------
// The comparison

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
        KeyVerdict::Unknown { reason, .. } => panic!("seed {seed}: {reason}"),
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

// ---------------------------------------------------------------------------------------------------------------------
// By hand

/// `(process, f, argument, answer, call, return)`: an answer of `"?"` is an unknown outcome.
fn history(lines: &[(u64, &str, Value, Value, u64, u64)]) -> Vec<Operation> {
    let mut operations: Vec<Operation> = Vec::new();
    for (process, f, argument, answer, call, ret) in lines {
        let mut it = operation(*process, f, argument.clone(), *call);
        it.end_time = Some(ret * 1_000_000);
        if *answer != json!("?") {
            (it.ret, it.outcome) = (Some(*ret), Outcome::Ok);
            it.output = json!(["k", if *f == "read" { answer } else { argument }]);
        }
        if let Some(found) = answer.get("met") {
            (it.outcome, it.error, it.found) = (Outcome::Fail, Some("mismatch".into()), Some(found.clone()));
        }
        operations.push(it);
    }
    operations
}

fn violation(operations: &[Operation]) -> Violation {
    match check_key(operations, Budget::default()) {
        KeyVerdict::Violated { violation, .. } => *violation,
        other => panic!("expected a violation, not {other:?}"),
    }
}

fn texts(violation: &Violation) -> Vec<String> {
    match &violation.witness {
        Witness::Operations { operations, .. } => operations.iter().map(|o| o.text.clone()).collect(),
        other => panic!("not operations: {other:?}"),
    }
}

#[test]
fn stale_read_is_told_as_a_story() {
    let operations = history(&[
        (0, "write", json!(17), json!(null), 0, 1),
        (2, "read", json!(null), json!(17), 2, 3),
        (1, "write", json!(21), json!(null), 4, 5),
        (2, "read", json!(null), json!(21), 6, 7),
        (3, "read", json!(null), json!(17), 8, 9),
        (2, "read", json!(null), json!(21), 10, 11),
    ]);
    let violation = violation(&operations);
    assert_eq!(texts(&violation), ["write 17", "write 21", "read → 17"]);
    assert_eq!(
        violation.summary,
        "process 3 read 17 from `k` at 0.009 s although process 1's write of 21 had been acknowledged at 0.005 s, and \
         process 0's write of 17 had been acknowledged before that, at 0.001 s"
    );
    assert_eq!(violation.time, Some(9_000_000));
    assert!(violation.explanation.iter().any(|s| s.contains("because it saw 17 and not 21")), "{violation:#?}");
    assert!(violation.explanation.last().unwrap().contains("without any one of them"));
    let Witness::Operations { context, minimal, .. } = violation.witness else { panic!() };
    assert!(minimal);
    assert_eq!(context.len(), 3);
}

#[test]
fn phantom_read_stands_alone() {
    let operations = history(&[
        (0, "write", json!(1), json!(null), 0, 1),
        (1, "read", json!(null), json!(9), 2, 3),
        (0, "write", json!(2), json!(null), 4, 5),
    ]);
    let violation = violation(&operations);
    assert_eq!(texts(&violation), ["read → 9"]);
    assert_eq!(violation.summary, "process 1 read 9 from `k` at 0.003 s although nobody ever wrote 9");
}

#[test]
fn read_from_the_future_names_the_write() {
    let operations = history(&[(1, "read", json!(null), json!(5), 0, 1), (0, "write", json!(5), json!(null), 2, 3)]);
    let summary = violation(&operations).summary;
    assert!(summary.ends_with("nobody had begun to write 5 by then: process 0 was the first, at 0.002 s"), "{summary}");
}

#[test]
fn unknown_write_may_take_effect_late_or_never() {
    let late = history(&[
        (0, "write", json!(1), json!("?"), 0, 1),
        (1, "write", json!(2), json!(null), 2, 3),
        (2, "read", json!(null), json!(2), 4, 5),
        (2, "read", json!(null), json!(1), 6, 7),
    ]);
    assert!(matches!(check_key(&late, Budget::default()), KeyVerdict::Linearizable { .. }));
    // But not twice.
    let mut twice = late;
    twice.extend(history(&[(2, "read", json!(null), json!(2), 8, 9)]));
    let violation = violation(&twice);
    assert_eq!(texts(&violation), ["write 1", "write 2", "read → 1", "read → 2"], "{violation:#?}");
}

#[test]
fn unknown_write_of_the_current_value_hides_another() {
    // The case that simple rules for crashed writes forget: 2 is written again by the unknown write, above the write of 1.
    let operations = history(&[
        (0, "write", json!(2), json!(null), 0, 1),
        (3, "write", json!(2), json!("?"), 2, 3),
        (1, "write", json!(1), json!(null), 4, 7),
        (2, "read", json!(null), json!(2), 5, 6),
        (2, "read", json!(null), json!(2), 8, 9),
    ]);
    assert!(matches!(check_key(&operations, Budget::default()), KeyVerdict::Linearizable { .. }));
}

#[test]
fn mismatched_cas_is_a_read() {
    let operations =
        history(&[(0, "write", json!(6), json!(null), 0, 1), (1, "cas", json!([5, 7]), json!({"met": 6}), 2, 3)]);
    assert!(matches!(check_key(&operations, Budget::default()), KeyVerdict::Linearizable { .. }));
    let operations =
        history(&[(0, "write", json!(6), json!(null), 0, 1), (1, "cas", json!([5, 7]), json!({"met": 4}), 2, 3)]);
    assert_eq!(texts(&violation(&operations)), ["cas 5 → 7 met 4"]);
    let operations =
        history(&[(0, "write", json!(5), json!(null), 0, 1), (1, "cas", json!([5, 7]), json!({"met": 5}), 2, 3)]);
    let summary = violation(&operations).summary;
    assert!(summary.ends_with("failed, although that is the very value it expected"), "{summary}");
}

#[test]
fn two_cas_from_one_value_cannot_both_succeed() {
    let operations = history(&[
        (0, "write", json!(1), json!(null), 0, 1),
        (1, "cas", json!([1, 2]), json!(null), 2, 5),
        (2, "cas", json!([1, 3]), json!(null), 3, 4),
    ]);
    assert_eq!(texts(&violation(&operations)), ["write 1", "cas 1 → 2", "cas 1 → 3"]);
}

#[test]
fn excused_operation_does_not_stand_in_for_an_equal_required_one() {
    let operations = history(&[
        (0, "cas", json!([null, 1]), json!(null), 0, 8),
        (1, "cas", json!([null, 1]), json!(null), 1, 9),
        (2, "read", json!(null), json!(1), 2, 3),
    ]);
    let mut register = CasRegister::new(&Value::Null);
    let mut entries: Vec<_> = operations.iter().map(|o| register.entry(o).unwrap().unwrap()).collect();
    assert!(matches!(search(&register, &entries, Budget::default()).0, Found::Nothing { at: 9 }));
    entries[0].required = false;
    assert_eq!(search(&register, &entries, Budget::default()).0, Found::Order(vec![1, 2]));
}

#[test]
fn small_budget_is_unknown_and_says_why() {
    // Thirty unknown writes of as many values, all of which are read, and then a value that is gone.
    let mut operations = Vec::new();
    for n in 1..=15u64 {
        operations.push((n, "write", json!(n), json!("?"), n, 100 + n));
    }
    for n in 1..=15u64 {
        let at = 200 + 10 * n;
        operations.push((100 + n, "read", json!(null), json!(16 - n), at, at + 5));
        operations.push((200 + n, "cas", json!([n, 50 + n]), json!("?"), at + 1, at + 6));
    }
    operations.push((300, "read", json!(null), json!(3), 900, 901));
    let record = Record { operations: history(&operations), ..Record::default() };
    let budget = Budget { steps: 20, ..Budget::default() };
    let result = Linearizability::default().check(&record, budget);
    assert_eq!(result.verdict, Verdict::Unknown);
    assert!(result.summary.contains("key `k`") && result.summary.contains("steps"), "{}", result.summary);
    let budget = Budget { bytes: 100, ..Budget::default() };
    let result = Linearizability::default().check(&record, budget);
    assert_eq!(result.verdict, Verdict::Unknown);
    assert!(result.summary.contains("bytes"), "{}", result.summary);
    assert_eq!(Linearizability::default().check(&record, Budget::default()).verdict, Verdict::Invalid);
}

#[test]
fn foreign_operation_is_unknown_not_valid() {
    let record = Record { operations: vec![operation(0, "append", json!(1), 0)], ..Record::default() };
    assert_eq!(Linearizability::default().check(&record, Budget::default()).verdict, Verdict::Unknown);
}

#[test]
fn keys_are_judged_apart() {
    let mut operations = history(&[(0, "write", json!(1), json!(null), 0, 1)]);
    operations.extend(history(&[(0, "read", json!(null), json!(1), 2, 3)]));
    operations[1].input = json!(["other", null]);
    operations[1].output = json!(["other", 1]);
    let record = Record { operations, ..Record::default() };
    let result = Linearizability::default().check(&record, Budget::default());
    assert_eq!(result.verdict, Verdict::Invalid);
    assert!(result.summary.starts_with("1 of 2 keys not linearizable"), "{}", result.summary);
    assert!(result.summary.contains("`other`"), "{}", result.summary);
}

/// Prints figures; asserts verdicts only. `cargo test --release -- --ignored figures --nocapture`
#[test]
#[ignore = "prints figures"]
fn figures() {
    for (name, processes, keys, each, unknown, unique) in [
        ("500 keys × 120, 10 clients, unique values", 10, 500, 120, 1, true),
        ("500 keys × 120, 10 clients, 5 values", 10, 500, 120, 1, false),
        ("500 keys × 120, 10 clients, 5 values, 5 % unknown", 10, 500, 120, 5, false),
        ("1 key × 5,000, 10 clients, unique values", 10, 1, 5_000, 1, true),
        ("1 key × 5,000, 10 clients, 5 values", 10, 1, 5_000, 1, false),
        ("20 keys × 200, 10 clients, 5 values, 20 % unknown", 10, 20, 200, 20, false),
        ("1 key × 2,000, 10 clients, 5 values, 20 % unknown", 10, 1, 2_000, 20, false),
        ("1 key × 2,000, 30 clients, 5 values, 5 % unknown", 30, 1, 2_000, 5, false),
    ] {
        for corrupt in [false, true] {
            let mut operations = Vec::new();
            for key in 0..keys {
                let shape = Shape { operations: each, processes, values: 5, unknown, unique, found: 100, corrupt };
                let mut part = play(&mut Random(key), shape);
                for operation in &mut part {
                    operation.input[0] = json!(key);
                    if operation.outcome == Outcome::Ok && operation.f == "read" {
                        operation.output[0] = json!(key);
                    }
                }
                operations.extend(part);
            }
            let record = Record { operations, ..Record::default() };
            let start = std::time::Instant::now();
            let result = Linearizability::default().check(&record, Budget::default());
            println!("{name}, corrupt {corrupt}: {:?}, {} {:?}", start.elapsed(), result.verdict, result.counts);
            assert!(corrupt || result.verdict != Verdict::Invalid);
        }
    }
}
