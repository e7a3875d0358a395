use super::*;
use crate::{
    keys::{LOST_MAX, OPERATIONS_MAX, RECENT_MAX},
    testing::test,
};
use harness::history::Process;
use std::collections::{BTreeMap, BTreeSet};

const MILLISECOND: u64 = 1_000_000;

/// What the generator wants to be done by one of seven processes, in turn.
fn invoked(generator: &mut RegisterGenerator, now_ns: u64) -> Invocation {
    match generator.next(now_ns, now_ns % 7) {
        Next::Invoke(invocation) => invocation,
        other => panic!("there is always something to do, not {other:?}"),
    }
}

/// The completion event of an invocation.
fn event(invocation: &Invocation, completion: Completion, time: u64) -> Event {
    let kind = completion.event_type();
    let Completion { value, error, found, .. } = completion;
    let (process, f) = (Process::Client(0), invocation.f.clone());
    Event { index: 0, time, process, kind, f, value, error, found, node: None }
}

/// Correct registers that understand the commands of the workload, as a node would.
#[derive(Default)]
struct Node(BTreeMap<Vec<u8>, Vec<u8>>);

impl Node {
    fn execute(&mut self, command: &Command) -> Reply {
        let words: Vec<&[u8]> = command.words().iter().map(Vec::as_slice).collect();
        let bulk = |value: Option<Vec<u8>>| value.map_or(Reply::Nil, Reply::Bulk);
        match words[..] {
            [b"GET", key] => bulk(self.0.get(key).cloned()),
            [b"SET", key, value] => {
                self.0.insert(key.to_vec(), value.to_vec());
                Reply::Simple("OK".to_string())
            }
            [b"SET", key, value, b"IFEQ", old, b"GET"] => {
                let before = self.0.get(key).cloned();
                if before.as_deref() == Some(old) {
                    self.0.insert(key.to_vec(), value.to_vec());
                }
                bulk(before)
            }
            _ => panic!("not a command of this workload: {command:?}"),
        }
    }
}

/// So many operations, one after the other, on a correct node.
fn run(generator: &mut RegisterGenerator, operations: u64) -> Vec<(Invocation, Completion)> {
    let mut node = Node::default();
    let run = (0..operations).map(|number| {
        let time = number * MILLISECOND;
        let invocation = invoked(generator, time);
        let reply = node.execute(&Register.command(&invocation));
        let completion = Register.completion(&invocation, &reply);
        generator.complete(&event(&invocation, completion.clone(), time));
        (invocation, completion)
    });
    run.collect()
}

#[test]
fn a_correct_node_gives_a_correct_history() {
    let mut registers: BTreeMap<String, Value> = BTreeMap::new();
    let (mut swapped, mut mismatched) = (0, 0);
    for (invocation, completion) in run(&mut RegisterGenerator::new(&test(1)), 5_000) {
        let key = invocation.value[0].as_str().expect("a key").to_string();
        let now = registers.get(&key).cloned().unwrap_or(Value::Null);
        let (old, new) = (&invocation.value[1][0], &invocation.value[1][1]);
        match (invocation.f.as_str(), completion.event_type()) {
            (READ, EventType::Ok) => assert_eq!(completion.value, json!([key, now])),
            (WRITE, EventType::Ok) => drop(registers.insert(key, invocation.value[1].clone())),
            (CAS, EventType::Ok) => {
                assert_eq!(*old, now);
                registers.insert(key, new.clone());
                swapped += 1;
            }
            (CAS, EventType::Fail) => {
                assert_ne!(*old, now);
                assert_eq!(completion.error.as_deref(), Some("mismatch"));
                assert_eq!(completion.found, Some(now));
                mismatched += 1;
            }
            other => panic!("{other:?}"),
        }
    }
    assert!(swapped > 500 && mismatched > 50, "{swapped} compare-and-sets matched, {mismatched} did not");
}

#[test]
fn the_same_seed_and_answers_give_the_same_operations() {
    let operations = |seed| run(&mut RegisterGenerator::new(&test(seed)), 1_000);
    assert_eq!(operations(5), operations(5));
    assert_ne!(operations(5), operations(6));
}

#[test]
fn every_written_value_is_unique() {
    let mut values = BTreeSet::new();
    for (invocation, _) in run(&mut RegisterGenerator::new(&test(2)), 5_000) {
        let value = match invocation.f.as_str() {
            WRITE => &invocation.value[1],
            CAS => &invocation.value[1][1],
            _ => continue,
        };
        assert!(values.insert(value.as_u64().expect("a number")), "{value} is written twice");
    }
}

#[test]
fn some_processes_read_most_of_the_time_and_none_only() {
    let mut generator = RegisterGenerator::new(&test(8));
    let mut reads = |process| {
        let read = |_: &u32| matches!(generator.next(0, process), Next::Invoke(invocation) if invocation.f == READ);
        (0..200).filter(read).count()
    };
    let reads: Vec<usize> = (0..60).map(&mut reads).collect();
    let readers = reads.iter().filter(|&&count| count > 150).count();
    assert!((5..=40).contains(&readers), "{reads:?}");
    assert!(reads.iter().all(|&count| (20..200).contains(&count)), "{reads:?}");
}

#[test]
fn few_keys_are_in_use_at_a_time_and_each_is_given_up() {
    let keys: Vec<String> = run(&mut RegisterGenerator::new(&test(3)), 5_000)
        .iter()
        .map(|(invocation, _)| invocation.value[0].as_str().expect("a key").to_string())
        .collect();
    let mut counts = BTreeMap::new();
    for key in &keys {
        *counts.entry(key).or_insert(0) += 1;
    }
    assert!(counts.len() > 5_000 / OPERATIONS_MAX as usize);
    assert!(counts.values().all(|&count| count <= OPERATIONS_MAX), "{counts:?}");
    for window in keys.windows(10) {
        // Ten processes at work, so about three to a key: at most three keys, or a few more where keys are given up.
        assert!(window.iter().collect::<BTreeSet<_>>().len() <= 6, "{window:?}");
    }
}

#[test]
fn a_key_with_many_unknown_outcomes_is_given_up() {
    let mut generator = RegisterGenerator::new(&test(4));
    let mut lost: BTreeMap<String, u32> = BTreeMap::new();
    for number in 0..2_000 {
        let invocation = invoked(&mut generator, number);
        let (value, f) = (invocation.value.clone(), &invocation.f);
        if f != READ {
            *lost.entry(value[0].as_str().expect("a key").to_string()).or_default() += 1;
        }
        let timeout = Completion::error(value, &harness::outcome::CallError::Timeout);
        generator.complete(&event(&invocation, timeout, number));
    }
    assert!(lost.len() > 50);
    assert!(lost.values().all(|&count| count <= LOST_MAX), "{lost:?}");
}

#[test]
fn the_keys_of_the_last_half_minute_are_read_twice_at_the_end() {
    let mut generator = RegisterGenerator::new(&test(5));
    let operations = run(&mut generator, 100_000);
    let last: BTreeSet<_> =
        operations[70_000..].iter().map(|(invocation, _)| invocation.value[0].to_string()).collect();
    let reads = generator.final_operations(100_000 * MILLISECOND);
    assert!(reads.iter().all(|read| read.f == READ && read.value[1].is_null()));
    let (first, second) = reads.split_at(reads.len() / 2);
    assert_eq!(first, second);
    let read: BTreeSet<_> = first.iter().map(|read| read.value[0].to_string()).collect();
    assert_eq!(read.len(), first.len(), "each key once, and then once more");
    assert!(read.is_superset(&last));
    assert!(read.len() < last.len() + 10, "nothing much older is read");
}

#[test]
fn final_reads_are_bounded_and_of_used_keys_only() {
    let mut generator = RegisterGenerator::new(&test(6));
    assert_eq!(generator.final_operations(0), []);
    for number in 0..200_000 {
        invoked(&mut generator, number);
    }
    assert_eq!(generator.final_operations(200_000).len(), 2 * RECENT_MAX);
}

#[test]
fn replies_that_make_no_sense_are_neither_taken_nor_hidden() {
    let read = Invocation::new(READ, json!(["k1", null]));
    let write = Invocation::new(WRITE, json!(["k1", 7]));
    let cas = Invocation::new(CAS, json!(["k1", [7, 8]]));
    let bulk = |text: &str| Reply::Bulk(text.as_bytes().to_vec());
    // A value that nobody wrote is for the checker to see.
    assert_eq!(Register.completion(&read, &bulk("seven")), Completion::ok(json!(["k1", "seven"])));
    assert_eq!(Register.completion(&cas, &bulk("7x")).found, Some(json!("7x")));
    for (invocation, reply) in [(&read, Reply::Integer(7)), (&write, Reply::Nil), (&cas, Reply::Simple("OK".into()))] {
        assert_eq!(Register.completion(invocation, &reply).event_type(), EventType::Info, "{reply:?}");
    }
}
