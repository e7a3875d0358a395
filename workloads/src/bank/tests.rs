use super::*;
use crate::testing::test;
use harness::{
    checker::{Budget, CheckResult, Record, Verdict},
    history::{Process, pair},
    outcome::CallError,
};
use std::collections::BTreeMap;

/// What is wrong with a system, now and then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mistake {
    None,
    /// Of a transfer only the first half is made.
    Halves,
    /// A read sees one account as it was a while ago.
    Tears,
    /// A transfer is acknowledged, and not made.
    Loses,
    /// A transfer is made twice.
    Doubles,
    /// A read sees all accounts as they were a while ago.
    Stale,
    /// Everything is again as it was a while ago.
    Restores,
    /// A transfer of which the client is told that it was not made is made.
    Denies,
}

type Accounts = BTreeMap<String, i64>;

/// Accounts that understand the commands of the workload.
struct Node {
    mistake: Mistake,
    steps: u32,
    now: Accounts,
    past: Accounts,
}

impl Node {
    fn execute(&mut self, command: &Command) -> Result<Reply, CallError> {
        self.steps += 1;
        if self.steps.is_multiple_of(100) {
            self.past = self.now.clone();
        }
        let mistake = if self.steps % 100 == 70 { self.mistake } else { Mistake::None };
        if mistake == Mistake::Restores {
            self.now = self.past.clone();
        }
        let Some(parts) = command.parts() else { return Ok(self.execute_one(mistake, command)) };
        let mut replies = Vec::new();
        for (number, part) in parts.iter().enumerate() {
            let [name, account, amount] = words(part)[..] else { panic!("not a part of a transfer: {part:?}") };
            let amount: i64 = amount.parse().expect("a number");
            let amount = if name == "DECRBY" { -amount } else { amount };
            let times = match mistake {
                Mistake::Loses => 0,
                Mistake::Doubles => 2,
                Mistake::Halves if number == 1 => 0,
                _ => 1,
            };
            let balance = self.now.entry(account.to_owned()).or_default();
            *balance += times * amount;
            replies.push(Reply::Integer(*balance));
        }
        if mistake == Mistake::Denies { Err(CallError::MovedOften(5)) } else { Ok(Reply::Array(replies)) }
    }

    fn execute_one(&mut self, mistake: Mistake, command: &Command) -> Reply {
        match &words(command)[..] {
            ["SET", account, _, "NX"] if self.now.contains_key(*account) => Reply::Nil,
            ["SET", account, balance, "NX"] => {
                self.now.insert((*account).to_owned(), balance.parse().expect("a number"));
                Reply::Simple("OK".to_owned())
            }
            ["MGET", accounts @ ..] => {
                let balance = |(number, account): (usize, &&str)| {
                    let is_past = mistake == Mistake::Stale || (mistake == Mistake::Tears && number == 3);
                    let balance = if is_past { &self.past } else { &self.now }.get(*account);
                    balance.map_or(Reply::Nil, |balance| Reply::Bulk(balance.to_string().into()))
                };
                Reply::Array(accounts.iter().enumerate().map(balance).collect())
            }
            words => panic!("not a command of this workload: {words:?}"),
        }
    }
}

fn words(command: &Command) -> Vec<&str> {
    command.words().iter().map(|word| str::from_utf8(word).expect("text")).collect()
}

/// The history of 5,000 operations of six clients, of which one in a hundred is never answered, and of the final reads.
fn run(mistake: Mistake, seed: u64) -> Vec<Event> {
    let mut generator = Transfers::new(&test(seed));
    let mut node = Node { mistake, steps: 0, now: Accounts::new(), past: Accounts::new() };
    let (mut events, mut rng) = (Vec::<Event>::new(), rng(seed, "node"));
    let mut processes: Vec<u64> = (0..6).collect();
    let mut execute = |generator: &mut Transfers, process: u64, invocation: Invocation, fate: f64| {
        let reply = (fate > 0.005).then(|| node.execute(&Bank.command(&invocation)));
        let completion = match reply {
            Some(Ok(reply)) if fate > 0.01 => Bank.completion(&invocation, &reply),
            Some(Err(error)) if fate > 0.01 => Completion::error(invocation.value.clone(), &error),
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

fn check(events: Vec<Event>) -> CheckResult {
    let record = Record { operations: pair(events).expect("a history"), ..Record::default() };
    Bank.checkers()[0].check(&record, Budget::default())
}

#[test]
fn a_bank_that_moves_money_as_a_whole_is_right_and_others_are_not() {
    for seed in 0..3 {
        let result = check(run(Mistake::None, seed));
        assert_eq!(result.verdict, Verdict::Valid, "{}", result.summary);
        assert!(result.counts["reads"] > 1_500 && result.counts["transfers"] > 1_500, "{:?}", result.counts);
        for (mistake, property) in [
            (Mistake::Halves, "Total"),
            (Mistake::Tears, "Total"),
            (Mistake::Loses, "Balance in Bounds"),
            (Mistake::Doubles, "Balance in Bounds"),
            (Mistake::Stale, "Balance in Bounds"),
            (Mistake::Restores, "Balance in Bounds"),
            (Mistake::Denies, "Balance in Bounds"),
        ] {
            let result = check(run(mistake, seed));
            assert_eq!(result.verdict, Verdict::Invalid, "{mistake:?}: {}", result.summary);
            let mut properties = result.violations.iter().map(|violation| violation.property.as_str());
            assert!(properties.any(|found| found == property), "{mistake:?}: {}", result.summary);
        }
    }
}

#[test]
fn nobody_spends_what_may_not_be_there() {
    for seed in 5..8 {
        let events = run(Mistake::None, seed);
        let balances = events.iter().filter_map(|event| event.value.as_object()).flatten();
        let least = balances.filter_map(|(_, balance)| balance.as_i64()).min().expect("balances");
        assert!(least >= 0, "{least}");
        let moved = events.iter().rev().take(1_000).filter(|event| event.f == TRANSFER).count();
        assert!(moved > 200, "money moves to the end");
    }
}

#[test]
fn an_unanswered_opening_is_tried_again_and_counts_once() {
    let mut generator = Transfers::new(&test(1));
    let Next::Invoke(opening) = generator.next(0, 0) else { panic!("something to do") };
    assert_eq!(Bank.command(&opening), Command::new(["SET", "a0", "10000", "NX"]));
    assert_eq!(generator.next(0, 1), Next::Invoke(opening.clone()));
    for reply in [Reply::Nil, Reply::Simple("OK".to_owned())] {
        assert_eq!(Bank.completion(&opening, &reply), Completion::ok(opening.value.clone()));
    }
}

#[test]
fn replies_that_make_no_sense_are_unknown_outcomes() {
    let transfer = Invocation::new(TRANSFER, json!({"from": "a0", "to": "a1", "amount": 3}));
    let bulk = |text: &str| Reply::Bulk(text.as_bytes().to_vec());
    for (invocation, reply) in [
        (&transfer, Reply::Array(vec![Reply::Integer(1)])),
        (&transfer, Reply::Nil),
        (&read(), Reply::Array(vec![Reply::Nil; ACCOUNTS - 1])),
        (&read(), Reply::Array(vec![bulk("much"); ACCOUNTS])),
    ] {
        assert_eq!(Bank.completion(invocation, &reply).event_type(), EventType::Info, "{reply:?}");
    }
    // What should not be is for the checker to see.
    let seen = Bank.completion(&read(), &Reply::Array(vec![bulk("-3"); ACCOUNTS]));
    assert_eq!(seen.value["a7"], json!(-3));
}
