use super::*;
use harness::{
    checker::{Budget, CheckResult, Record, Verdict},
    history::pair,
    outcome::{CallError, ErrorReply},
};
use std::collections::BTreeSet;

/// What is wrong with a system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mistake {
    None,
    /// A command that is sent again is executed again.
    Repeats,
    /// Now and then it forgets what it has answered.
    Forgets,
    /// Now and then it answers, and counts nothing.
    Loses,
    /// Now and then an increment counts twice.
    Doubles,
}

/// Counters that understand the commands of the workload.
struct Counters {
    mistake: Mistake,
    steps: u64,
    sessions: u64,
    counts: BTreeMap<Vec<u8>, i64>,
    answers: BTreeMap<(Vec<u8>, Vec<u8>), i64>,
}

impl Counters {
    fn execute(&mut self, command: &Command) -> Reply {
        self.steps += 1;
        let is_now = self.steps.is_multiple_of(200);
        let words: Vec<&[u8]> = command.words().iter().map(Vec::as_slice).collect();
        match words[..] {
            [b"RAFT", b"SESSION", b"NEW"] => {
                self.sessions += 1;
                Reply::Integer(self.sessions as i64)
            }
            [b"RAFT", b"SESSION", session, number, b"INCR", key] => {
                if self.mistake == Mistake::Forgets && is_now {
                    self.answers.clear();
                }
                let command = (session.to_vec(), number.to_vec());
                if let Some(answer) = self.answers.get(&command).filter(|_| self.mistake != Mistake::Repeats) {
                    return Reply::Integer(*answer);
                }
                let by = match self.mistake {
                    Mistake::Loses if is_now => 0,
                    Mistake::Doubles if is_now => 2,
                    _ => 1,
                };
                let count = self.counts.entry(key.to_vec()).or_default();
                *count += by;
                self.answers.insert(command, *count);
                Reply::Integer(*count)
            }
            [b"GET", key] => self.counts.get(key).map_or(Reply::Nil, |count| Reply::Bulk(count.to_string().into())),
            _ => panic!("not a command of this workload: {command:?}"),
        }
    }
}

/// Three clients do so many operations on counters. The answer to every tenth is lost, after it was executed or before, and each second
/// of those that were executed is executed by the time that the next process of its client has sent it again.
fn run(mistake: Mistake, operations: u64) -> Vec<Event> {
    let mut generator = SessionGenerator { rng: rng(7, "session"), keys: 2, slots: 3, clients: BTreeMap::new() };
    let (counts, answers) = (BTreeMap::new(), BTreeMap::new());
    let mut counters = Counters { mistake, steps: 0, sessions: 0, counts, answers };
    let (mut processes, mut events) = ([0, 1, 2], Vec::<Event>::new());
    let mut push = |process, kind, f: &str, value: Value, error| {
        let index = events.len() as u64;
        let (f, process) = (f.to_owned(), Process::Client(process));
        let event = Event { index, time: index, process, kind, f, value, error, found: None, node: None };
        events.push(event.clone());
        event
    };
    for number in 0..operations {
        let process = &mut processes[number as usize % 3];
        let Next::Invoke(invocation) = generator.next(0, *process) else { panic!("there is always something to do") };
        push(*process, EventType::Invoke, &invocation.f, invocation.value.clone(), None);
        let is_lost = number % 10 == 9;
        let reply =
            if is_lost && number % 20 == 9 { Reply::Nil } else { counters.execute(&Session.command(&invocation)) };
        let completion = match is_lost {
            true => Completion::error(invocation.value.clone(), &CallError::Timeout),
            false => Session.completion(&invocation, &reply),
        };
        let kind = completion.event_type();
        let completed = push(*process, kind, &invocation.f, completion.value, completion.error);
        generator.complete(&completed);
        if kind == EventType::Info {
            *process += 3;
        }
    }
    events
}

fn check(events: Vec<Event>) -> CheckResult {
    let record = Record { operations: pair(events).expect("a history"), ..Record::default() };
    ExactlyOnce.check(&record, Budget::default())
}

#[test]
fn who_counts_each_command_once_is_right() {
    let result = check(run(Mistake::None, 5_000));
    assert_eq!(result.verdict, Verdict::Valid, "{}", result.summary);
    assert!(result.counts["sent_again"] > 1_000 && result.counts["commands"] > 2_000, "{:?}", result.counts);
}

#[test]
fn each_mistake_is_found() {
    for (mistake, words) in [
        (Mistake::Repeats, "when it was sent again"),
        (Mistake::Forgets, "when it was sent again"),
        (Mistake::Loses, "were both answered with"),
        (Mistake::Doubles, "commands had been sent"),
    ] {
        let result = check(run(mistake, 5_000));
        assert_eq!(result.verdict, Verdict::Invalid, "{mistake:?}");
        let said: Vec<&str> = result.violations.iter().map(|violation| violation.summary.as_str()).collect();
        assert!(said.iter().any(|said| said.contains(words)), "{mistake:?}: {said:?}");
        assert!(result.violations.iter().all(|violation| violation.time.is_some()));
    }
}

#[test]
fn a_read_that_is_late_is_found() {
    let mut events = run(Mistake::None, 2_000);
    let is_read = |event: &&mut Event| event.f == READ && event.kind == EventType::Ok;
    let read = events.iter_mut().filter(is_read).last().expect("a read");
    read.value[1] = json!(3);
    let result = check(events);
    assert_eq!(result.verdict, Verdict::Invalid);
    assert!(result.summary.contains("was answered with 3, after"), "{}", result.summary);
}

#[test]
fn a_command_is_sent_with_its_number_until_it_is_answered() {
    let mut last = BTreeMap::<u64, (u64, bool)>::new();
    let events = run(Mistake::None, 5_000);
    let mut sent = BTreeSet::new();
    for event in events.iter().filter(|event| event.f == INCREMENT) {
        let Process::Client(process) = event.process else { panic!("a client") };
        let (number, is_open) = last.entry(process % 3).or_default();
        if event.kind == EventType::Invoke {
            let next = event.value[1][1].as_u64().expect("a number");
            assert!(if *is_open { next == *number } else { next <= *number + 1 });
            assert!(next + ANSWERED_MAX as u64 >= *number, "a session keeps few replies");
            if sent.insert((process % 3, next)) {
                (*number, *is_open) = (next, true);
            }
        } else if event.kind == EventType::Ok {
            *is_open = false;
        }
    }
    assert!(last.values().all(|(number, _)| *number > 500), "{last:?}");
}

#[test]
fn a_client_whose_session_expired_begins_anew() {
    let mut generator = SessionGenerator { rng: rng(7, "session"), keys: 2, slots: 1, clients: BTreeMap::new() };
    let complete = |generator: &mut SessionGenerator, f: &str, kind, value, error| {
        let process = Process::Client(0);
        let f = f.to_owned();
        generator.complete(&Event { index: 0, time: 0, process, kind, f, value, error, found: None, node: None });
    };
    complete(&mut generator, OPEN, EventType::Ok, json!(5), None);
    let increment = loop {
        match generator.next(0, 0) {
            Next::Invoke(invocation) if invocation.f == INCREMENT => break invocation,
            _ => {}
        }
    };
    assert_eq!(increment.value[1], json!([5, 1]));
    let expired = CallError::Reply(ErrorReply::parse("SESSIONEXPIRED session 5".to_owned()));
    let Completion { value, error, .. } = Completion::error(increment.value, &expired);
    complete(&mut generator, INCREMENT, EventType::Info, value, error);
    assert_eq!(generator.next(0, 1), Next::Invoke(Invocation::new(OPEN, Value::Null)));
}

#[test]
fn replies_that_make_no_sense_are_unknown_outcomes() {
    let increment = Invocation::new(INCREMENT, json!(["c0", [5, 1]]));
    assert_eq!(Session.completion(&increment, &Reply::Integer(3)), Completion::ok(json!(["c0", 3])));
    for reply in [Reply::Simple("OK".to_owned()), Reply::Integer(-1), Reply::Bulk(b"many".to_vec())] {
        assert_eq!(Session.completion(&increment, &reply).event_type(), EventType::Info, "{reply:?}");
    }
}
