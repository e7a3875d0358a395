use super::*;
use crate::testing::test;
use harness::{
    checker::{Budget, CheckResult, Record, Verdict},
    history::{Process, pair},
};
use std::collections::{BTreeMap, BTreeSet};

/// Three nodes, each behind by another number of writes. The last has two writes in the other order, if it `swaps` them.
struct Nodes {
    log: Vec<(String, Value)>,
    swaps: bool,
}

impl Nodes {
    fn read(&self, node: usize, key: &str) -> Value {
        let mut log = self.log.clone();
        let places = log.len();
        // Of the two latest writes it has the later one alone.
        let has = places.saturating_sub([0, 2, 1][node]);
        if self.swaps && node == 2 && places > 1 && places.is_multiple_of(7) {
            log.swap(places - 2, places - 1);
        }
        let found = log[..has].iter().find(|(written, _)| written == key);
        found.map_or(Value::Null, |(_, value)| value.clone())
    }
}

/// The history of so many operations of nine processes, and of the final reads.
fn run(swaps: bool, seed: u64) -> Vec<Event> {
    let (mut generator, mut nodes) = (Groups::new(&test(seed)), Nodes { log: Vec::new(), swaps });
    let (mut events, mut rng) = (Vec::new(), rng(seed, "nodes"));
    let mut execute = |generator: &mut Groups, process: u64, invocation: Invocation, is_lost: bool| {
        let steps = invocation.value.as_array().expect("steps");
        let completion = match invocation.f.as_str() {
            _ if is_lost => Completion::error(invocation.value.clone(), &harness::outcome::CallError::MovedOften(5)),
            WRITE => {
                nodes.log.push((steps[0][1].as_str().expect("a key").to_owned(), steps[0][2].clone()));
                LongFork.completion(&invocation, &Reply::Simple("OK".to_owned()))
            }
            _ => {
                let seen = steps.iter().map(|step| nodes.read(process as usize % 3, step[1].as_str().expect("a key")));
                let bulk = |value: Value| match value {
                    Value::Null => Reply::Nil,
                    value => Reply::Bulk(value.to_string().into()),
                };
                LongFork.completion(&invocation, &Reply::Array(seen.map(bulk).collect()))
            }
        };
        let invoked = Completion::ok(invocation.value.clone());
        for (kind, completion) in [(EventType::Invoke, invoked), (completion.event_type(), completion)] {
            let Completion { value, error, found, .. } = completion;
            let (index, f, process) = (events.len() as u64, invocation.f.clone(), Process::Client(process));
            events.push(Event { index, time: index, process, kind, f, value, error, found, node: None });
        }
        generator.complete(events.last().expect("an event"));
    };
    for _ in 0..5_000 {
        let process = rng.random_range(0..9);
        let Next::Invoke(invocation) = generator.next(0, process) else { panic!("always something") };
        execute(&mut generator, process, invocation, rng.random_bool(0.05));
    }
    for (process, invocation) in (0..).zip(generator.final_operations(0)) {
        execute(&mut generator, process % 9, invocation, false);
    }
    events
}

fn check(events: Vec<Event>) -> CheckResult {
    let record = Record { operations: pair(events).expect("a history"), ..Record::default() };
    LongFork.checkers()[0].check(&record, Budget::default())
}

#[test]
fn nodes_that_are_behind_fork_nothing_and_one_with_another_past_does() {
    for seed in 0..5 {
        let result = check(run(false, seed));
        assert_eq!(result.verdict, Verdict::Valid, "{}", result.summary);
        assert!(result.counts["telling_reads"] > 500, "{:?}", result.counts);
        let result = check(run(true, seed));
        assert_eq!(result.verdict, Verdict::Invalid, "{}", result.summary);
    }
}

#[test]
fn every_key_is_written_once_at_most_and_every_group_is_given_up() {
    let (mut written, mut operations) = (BTreeSet::new(), BTreeMap::<String, u32>::new());
    let events = run(false, 7);
    for completed in events.chunks(2) {
        let step = &completed[0].value[0];
        let group = step[1].as_str().and_then(|key| key.split(':').next()).expect("a group");
        *operations.entry(group.to_owned()).or_default() += 1;
        let may_be = completed[0].f == WRITE && completed[1].kind != EventType::Fail;
        assert!(!may_be || written.insert(step[1].to_string()), "{step}");
    }
    assert!(written.len() > 200, "{}", written.len());
    // With two final reads.
    assert!(operations.values().all(|&count| count <= OPERATIONS_MAX + 2), "{operations:?}");
}

#[test]
fn commands_and_replies_are_those_of_the_keys() {
    let group = read(4);
    assert_eq!(LongFork.command(&group), Command::new(["MGET", "g4:0", "g4:1", "g4:2"]));
    let write = Invocation::new(WRITE, json!([["w", "g4:1", 13]]));
    assert_eq!(LongFork.command(&write), Command::new(["SET", "g4:1", "13"]));
    let reply = Reply::Array(vec![Reply::Nil, Reply::Bulk(b"13".to_vec()), Reply::Nil]);
    let seen = json!([["r", "g4:0", null], ["r", "g4:1", 13], ["r", "g4:2", null]]);
    assert_eq!(LongFork.completion(&group, &reply), Completion::ok(seen));
    for reply in [Reply::Nil, Reply::Array(vec![Reply::Nil]), Reply::Array(vec![Reply::Integer(1); 3])] {
        assert_eq!(LongFork.completion(&group, &reply).event_type(), EventType::Info, "{reply:?}");
    }
}
