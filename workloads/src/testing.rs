//! What the tests of workloads share: a plan, a system in memory that is correct or makes a mistake, and runs against it.

use harness::{
    checker::{Budget, CheckResult, Record, Verdict},
    client::{Command, Reply},
    generator::{Generator, Invocation, Next},
    history::{Event, EventType, Process, pair},
    outcome::{CallError, Completion},
    seed::rng,
    test::Test,
    workload::Workload,
};
use rand::{RngExt, rngs::Xoshiro256PlusPlus};
use std::{collections::BTreeMap, path::PathBuf};

/// A plan with this seed.
pub(crate) fn test(seed: u64) -> Test {
    Test {
        version: 1,
        system: "raft".to_string(),
        workload: "register".to_string(),
        nemesis: vec![],
        nodes: 3,
        concurrency: 10,
        rate: None,
        time_limit_ms: 1_000,
        operation_timeout_ms: 500,
        swarm: false,
        nemesis_interval_ms: 1_000,
        nemesis_duration_ms: None,
        nemesis_intensity: None,
        beyond_contract: false,
        leave_broken: false,
        fail_fast: false,
        recovery_ms: 5_000,
        election_timeout_ms_min: 150,
        election_timeout_ms_max: 300,
        heartbeat_ms: 50,
        snapshot_bytes: None,
        reads: None,
        elections_max: None,
        seed,
        bugs: vec![],
        out: PathBuf::from("runs"),
        program: PathBuf::from("whitewater"),
        program_version: "0.0.0".to_string(),
        reproduce: String::new(),
        host: String::new(),
    }
}

/// What is wrong with a system, now and then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mistake {
    /// Nothing.
    None,
    /// A read is answered from the past.
    Stale,
    /// A change is answered, and not made.
    Loses,
    /// A change is made twice.
    Doubles,
    /// Everything is again as it was a while ago.
    Restores,
    /// A change of which the client is told that it was not made is made.
    Denies,
    /// A transaction does not happen at one time.
    Splits,
}

/// What is behind each key: a list, of which a set is a sort, and a counter has one element.
type Data = BTreeMap<Vec<u8>, Vec<Vec<u8>>>;

/// A system that understands the commands of the workloads.
struct System {
    mistake: Mistake,
    commands: u64,
    now: Data,
    past: Data,
}

impl System {
    fn execute(&mut self, command: &Command) -> Result<Reply, CallError> {
        self.commands += 1;
        if self.commands.is_multiple_of(100) {
            self.past = self.now.clone();
        }
        let is_read = is_read(command);
        match self.mistake {
            _ if !(self.commands % 100).is_multiple_of(20) => {}
            Mistake::Stale if is_read => return Ok(apply(&mut self.past, command)),
            Mistake::Loses if !is_read => return Ok(apply(&mut self.now.clone(), command)),
            Mistake::Doubles if !is_read => drop(apply(&mut self.now, command)),
            Mistake::Restores => self.now = self.past.clone(),
            Mistake::Denies if !is_read => {
                apply(&mut self.now, command);
                return Err(CallError::MovedOften(5));
            }
            // What it reads is as it was a while ago, and what it changes is as it is now.
            Mistake::Splits if let Some(parts) = command.parts() => {
                let part = |part| apply(if self::is_read(part) { &mut self.past } else { &mut self.now }, part);
                return Ok(Reply::Array(parts.iter().map(part).collect()));
            }
            _ => {}
        }
        Ok(apply(&mut self.now, command))
    }
}

/// Whether it changes nothing.
fn is_read(command: &Command) -> bool {
    match command.parts() {
        Some(parts) => parts.iter().all(is_read),
        None => matches!(command.words()[0].as_slice(), b"GET" | b"SMEMBERS" | b"LRANGE"),
    }
}

fn apply(data: &mut Data, command: &Command) -> Reply {
    match command.parts() {
        Some(parts) => Reply::Array(parts.iter().map(|part| apply(data, part)).collect()),
        None => apply_one(data, &command.words().iter().map(Vec::as_slice).collect::<Vec<_>>()),
    }
}

fn apply_one(data: &mut Data, words: &[&[u8]]) -> Reply {
    let values = data.entry(words[1].to_vec()).or_default();
    let bulks = |values: &[Vec<u8>]| values.iter().cloned().map(Reply::Bulk).collect();
    match words {
        [b"SADD", _, element] => {
            let is_new = !values.iter().any(|value| value == element);
            if is_new {
                values.push(element.to_vec());
            }
            Reply::Integer(is_new.into())
        }
        [b"RPUSH", _, element] => {
            values.push(element.to_vec());
            Reply::Integer(values.len() as i64)
        }
        [b"LPOP", _] if values.is_empty() => Reply::Nil,
        [b"LPOP", _] => Reply::Bulk(values.remove(0)),
        [b"SMEMBERS", _] | [b"LRANGE", _, b"0", b"-1"] => Reply::Array(bulks(values)),
        [b"INCR", _] | [b"INCRBY", _, b"1"] => {
            let count = values.pop().map_or(0, |count| String::from_utf8_lossy(&count).parse().unwrap_or(0)) + 1;
            values.push(count.to_string().into_bytes());
            Reply::Integer(count)
        }
        [b"SET", _, value] => {
            *values = vec![value.to_vec()];
            Reply::Simple("OK".to_owned())
        }
        [b"GET", _] => values.first().cloned().map_or(Reply::Nil, Reply::Bulk),
        _ => panic!("not a command that this system knows: {words:?}"),
    }
}

/// How far the operation of a process has come.
enum Stage {
    Called(Invocation),
    Executed(Invocation, Result<Reply, CallError>),
}

/// A run of a workload.
pub(crate) struct Run<'a> {
    workload: &'a dyn Workload,
    generator: Box<dyn Generator>,
    system: System,
    rng: Xoshiro256PlusPlus,
    events: Vec<Event>,
    /// How often a call, and how often an answer, is lost.
    losses: f64,
}

impl Run<'_> {
    fn push(&mut self, process: u64, kind: EventType, f: &str, completion: Completion) -> Event {
        let Completion { value, error, found, .. } = completion;
        let index = self.events.len() as u64;
        let (process, f) = (Process::Client(process), f.to_owned());
        let event = Event { index, time: index * 1_000_000, process, kind, f, value, error, found, node: None };
        self.events.push(event.clone());
        event
    }

    fn call(&mut self, process: u64, invocation: Invocation) -> Stage {
        let value = Completion::ok(invocation.value.clone());
        self.push(process, EventType::Invoke, &invocation.f, value);
        Stage::Called(invocation)
    }

    /// The next thing that happens to a process; its operation as far as it has come, and whether nobody will ever know.
    fn step(&mut self, process: u64, stage: Option<Stage>) -> (Option<Stage>, bool) {
        match stage {
            None => {
                let now = self.events.len() as u64 * 1_000_000;
                let Next::Invoke(invocation) = self.generator.next(now, process) else { panic!("always something") };
                (Some(self.call(process, invocation)), false)
            }
            // Of operations without an answer some were executed and some were not.
            Some(Stage::Called(invocation)) if self.rng.random_bool(self.losses) => {
                self.finish(process, invocation, Err(CallError::Timeout))
            }
            Some(Stage::Called(invocation)) => {
                let reply = self.system.execute(&self.workload.command(&invocation));
                (Some(Stage::Executed(invocation, reply)), false)
            }
            Some(Stage::Executed(invocation, reply)) => {
                let reply = if self.rng.random_bool(self.losses) { Err(CallError::Timeout) } else { reply };
                self.finish(process, invocation, reply)
            }
        }
    }

    fn finish(
        &mut self,
        process: u64,
        invocation: Invocation,
        reply: Result<Reply, CallError>,
    ) -> (Option<Stage>, bool) {
        let completion = match reply {
            Ok(reply) => self.workload.completion(&invocation, &reply),
            Err(error) => Completion::error(invocation.value.clone(), &error),
        };
        let kind = completion.event_type();
        let event = self.push(process, kind, &invocation.f, completion);
        self.generator.complete(&event);
        (None, kind == EventType::Info)
    }
}

/// The process that does all final operations.
const FINAL_PROCESS: u64 = 1_000_000;

/// The history of 9,000 steps, three an operation, by five clients at a time, and of the final operations.
pub(crate) fn run(workload: &dyn Workload, mistake: Mistake, seed: u64) -> Vec<Event> {
    let system = System { mistake, commands: 0, now: Data::new(), past: Data::new() };
    let generator = workload.generator(&test(seed));
    let mut run = Run { workload, generator, system, rng: rng(seed, "run"), events: Vec::new(), losses: 0.01 };
    let mut clients: Vec<(u64, Option<Stage>)> = (0..5).map(|process| (process, None)).collect();
    for _ in 0..9_000 {
        let at = run.rng.random_range(0..clients.len());
        let (process, stage) = &mut clients[at];
        let is_lost;
        (*stage, is_lost) = run.step(*process, stage.take());
        if is_lost {
            *process += 5;
        }
    }
    // The network is healed by then.
    run.losses = 0.0;
    for invocation in run.generator.final_operations(run.events.len() as u64 * 1_000_000) {
        let mut stage = Some(run.call(FINAL_PROCESS, invocation));
        while stage.is_some() {
            (stage, _) = run.step(FINAL_PROCESS, stage);
        }
    }
    run.events
}

/// What the judges of a workload make of a history: the worst verdict, of several alike that of the first judge.
pub(crate) fn check(workload: &dyn Workload, events: Vec<Event>) -> CheckResult {
    let record = Record { operations: pair(events).expect("a history"), ..Record::default() };
    let checkers = workload.checkers();
    let results = checkers.iter().rev().map(|checker| checker.check(&record, Budget::default()));
    results.max_by_key(|result| result.verdict).expect("a judge")
}

/// A correct system is found correct, and each of these mistakes is found.
pub(crate) fn right_and_wrong(workload: &dyn Workload, mistakes: &[Mistake]) {
    for seed in 0..5 {
        let result = check(workload, run(workload, Mistake::None, seed));
        assert_eq!(result.verdict, Verdict::Valid, "{}", result.summary);
        for &mistake in mistakes {
            let result = check(workload, run(workload, mistake, seed));
            assert_eq!(result.verdict, Verdict::Invalid, "{mistake:?}: {}", result.summary);
            assert!(!result.violations.is_empty());
        }
    }
}

mod tests {
    use super::*;

    #[test]
    fn a_transaction_happens_at_one_time_unless_it_is_split() {
        let both = Command::transaction([Command::new(["RPUSH", "k", "1"]), Command::new(["LRANGE", "k", "0", "-1"])]);
        let reply = |mistake| {
            let mut system = System { mistake, commands: 19, now: Data::new(), past: Data::new() };
            system.execute(&both).expect("a reply")
        };
        let whole = |elements| Reply::Array(vec![Reply::Integer(1), Reply::Array(elements)]);
        assert_eq!(reply(Mistake::None), whole(vec![Reply::Bulk(b"1".to_vec())]));
        assert_eq!(reply(Mistake::Splits), whole(Vec::new()));
    }
}
