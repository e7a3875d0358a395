use super::*;
use crate::testing::test;
use harness::{
    checker::{Budget, CheckResult, Record, Verdict},
    history::pair,
    outcome::CallError,
};

/// What is wrong with a system, now and then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mistake {
    None,
    /// A lock is given to somebody although it is held.
    Grants,
    /// A lock is free although nobody released it.
    Frees,
    /// A token is drawn a second time.
    Repeats,
    /// What is written goes in front of what was written last.
    Reorders,
    /// What is written is acknowledged, and gone.
    Loses,
}

/// Locks, counters and lists that understand the commands of the workload.
#[derive(Default)]
struct Node {
    held: Vec<String>,
    counts: BTreeMap<String, i64>,
    lists: BTreeMap<String, Vec<String>>,
    steps: u32,
}

impl Node {
    fn execute(&mut self, mistake: Mistake, command: &Command) -> Reply {
        self.steps += 1;
        let is = |wanted| mistake == wanted && self.steps % 200 < 20;
        let words: Vec<&str> = command.words().iter().map(|word| str::from_utf8(word).expect("text")).collect();
        match words[..] {
            ["SET", key, "held", "NX"] => {
                if is(Mistake::Frees) {
                    self.held.retain(|held| held != key);
                }
                if self.held.iter().any(|held| held == key) && !is(Mistake::Grants) {
                    return Reply::Nil;
                }
                self.held.push(key.to_owned());
                Reply::Simple("OK".to_owned())
            }
            ["DEL", key] => {
                let before = self.held.len();
                self.held.retain(|held| held != key);
                Reply::Integer((self.held.len() < before).into())
            }
            ["INCR", key] => {
                let count = self.counts.entry(key.to_owned()).or_default();
                *count += i64::from(!is(Mistake::Repeats) || *count == 0);
                Reply::Integer(*count)
            }
            ["RPUSH", key, element] => {
                let list = self.lists.entry(key.to_owned()).or_default();
                match list.len() {
                    length if is(Mistake::Loses) => return Reply::Integer(length as i64 + 1),
                    length if is(Mistake::Reorders) && length > 0 => list.insert(length - 1, element.to_owned()),
                    _ => list.push(element.to_owned()),
                }
                Reply::Integer(list.len() as i64)
            }
            ["LRANGE", key, "0", "-1"] => {
                let list = self.lists.get(key).cloned().unwrap_or_default();
                Reply::Array(list.into_iter().map(|element| Reply::Bulk(element.into_bytes())).collect())
            }
            _ => panic!("not a command of this workload: {words:?}"),
        }
    }
}

/// The history of 5,000 operations of six clients, of which one in a hundred is never answered, and of the final reads.
fn run(mistake: Mistake, seed: u64) -> Vec<Event> {
    let (mut generator, mut node) = (LockGenerator::new(&test(seed)), Node::default());
    let (mut events, mut rng) = (Vec::<Event>::new(), rng(seed, "node"));
    let mut processes: Vec<u64> = (0..6).collect();
    let mut execute = |generator: &mut LockGenerator, process: u64, invocation: Invocation, fate: f64| {
        let reply = (fate > 0.005).then(|| node.execute(mistake, &Lock.command(&invocation)));
        let completion = match reply {
            Some(reply) if fate > 0.01 => Lock.completion(&invocation, &reply),
            _ => Completion::error(invocation.value.clone(), &CallError::Timeout),
        };
        let (ended, invoked) = (completion.event_type(), Completion::ok(invocation.value.clone()));
        for (kind, completion) in [(EventType::Invoke, invoked), (ended, completion)] {
            let Completion { value, error, found, .. } = completion;
            let (index, f, process) = (events.len() as u64, invocation.f.clone(), Process::Client(process));
            events.push(Event { index, time: index, process, kind, f, value, error, found, node: None });
        }
        generator.complete(events.last().expect("an event"));
        ended == EventType::Info
    };
    for _ in 0..5_000 {
        let slot = rng.random_range(0..processes.len());
        let Next::Invoke(invocation) = generator.next(0, processes[slot]) else { panic!("always something") };
        if execute(&mut generator, processes[slot], invocation, rng.random_range(0.0..1.0)) {
            processes[slot] += 6;
        }
    }
    for invocation in generator.final_operations(0) {
        execute(&mut generator, 1_000_000, invocation, 1.0);
    }
    events
}

fn check(events: Vec<Event>) -> BTreeMap<&'static str, CheckResult> {
    let record = Record { operations: pair(events).expect("a history"), ..Record::default() };
    Lock.checkers().iter().map(|checker| (checker.name(), checker.check(&record, Budget::default()))).collect()
}

#[test]
fn locks_that_lock_are_right() {
    for seed in 0..5 {
        let results = check(run(Mistake::None, seed));
        for (name, result) in &results {
            assert_eq!(result.verdict, Verdict::Valid, "{name}: {}", result.summary);
        }
        let counts = &results["fencing"].counts;
        assert!(counts["tokens"] > 300 && counts["writes"] > 300 && counts["locks"] > 20, "{counts:?}");
    }
}

#[test]
fn each_mistake_is_found_by_whom_it_concerns() {
    for (mistake, checker, property) in [
        (Mistake::Grants, "mutual-exclusion", "Linearizability"),
        (Mistake::Frees, "mutual-exclusion", "Linearizability"),
        (Mistake::Grants, "fencing", "Held until Released"),
        (Mistake::Repeats, "fencing", "Fencing Tokens Grow"),
        (Mistake::Reorders, "fencing", "Fenced Writes"),
        (Mistake::Loses, "linearizability", "Linearizability"),
    ] {
        for seed in 0..3 {
            let result = &check(run(mistake, seed))[checker];
            assert_eq!(result.verdict, Verdict::Invalid, "{mistake:?}, {checker}: {}", result.summary);
            let mut properties = result.violations.iter().map(|violation| violation.property.as_str());
            assert!(properties.any(|found| found == property), "{mistake:?}: {:?}", result.violations);
        }
    }
}

/// The history of these operations, each over before the next begins.
fn history(operations: &[(u64, &str, Value, Value, EventType)]) -> Vec<Event> {
    let both = |(process, f, input, output, kind): &(u64, &str, Value, Value, EventType)| {
        let event = |kind, value: &Value| Event {
            index: 0,
            time: 0,
            process: Process::Client(*process),
            kind,
            f: (*f).to_owned(),
            value: value.clone(),
            error: None,
            found: None,
            node: None,
        };
        [event(EventType::Invoke, input), event(*kind, output)]
    };
    let events = operations.iter().flat_map(both);
    (0..).zip(events).map(|(index, event)| Event { index, time: index, ..event }).collect()
}

#[test]
fn an_older_token_after_a_newer_one_is_told_with_both() {
    use EventType::{Info, Ok};
    let draw = |process, token: i64| (process, DRAW, json!(["k", null]), json!(["k", token]), Ok);
    let write = |process, element: &str, kind| (process, APPEND, json!(["k", element]), json!(["k", element]), kind);
    let told = |operations: &[_]| check(history(operations)).remove("fencing").expect("a result").summary;
    let drawn = told(&[draw(1, 7), draw(2, 6)]);
    assert_eq!(drawn, "k: process 2 drew the token 6 after process 1 had drawn 7");
    assert!(told(&[draw(1, 7), draw(2, 7)]).contains("drew the token 7 after process 1 had drawn 7"));
    let written = told(&[write(1, "7/0", Ok), write(1, "7/1", Ok), write(2, "6/0", Ok)]);
    assert_eq!(written, "k: process 2 wrote under the token 6 after process 1 had written under 7");
    let read = (3, READ, json!(["k", null]), json!(["k", ["7/0", "6/0"]]), Ok);
    let read = told(&[write(2, "6/0", Info), write(1, "7/0", Ok), read]);
    assert_eq!(read, "k: \"6/0\" was accepted after \"7/0\", which was written under a newer token");
    // Nobody knows whether it was accepted, or when.
    let unknown = told(&[write(1, "7/0", Ok), write(2, "6/0", Info)]);
    assert!(unknown.starts_with("0 tokens of 1 locks grew"), "{unknown}");
}

#[test]
fn replies_that_make_no_sense_are_unknown_outcomes() {
    let invocation = |f: &str| Invocation::new(f, json!(["k", null]));
    for (f, reply) in [
        (ACQUIRE, Reply::Integer(1)),
        (DRAW, Reply::Nil),
        (APPEND, Reply::Integer(0)),
        (RELEASE, Reply::Integer(2)),
        (READ, Reply::Nil),
    ] {
        assert_eq!(Lock.completion(&invocation(f), &reply).event_type(), EventType::Info, "{f}: {reply:?}");
    }
    assert_eq!(Lock.completion(&invocation(ACQUIRE), &Reply::Nil).event_type(), EventType::Fail);
}
