//! A bank: money is moved between a few accounts (`MULTI`, `DECRBY`, `INCRBY`, `EXEC`), all of which are read at once (`MGET`).
//!
//! All money is in the first account when the bank opens. Nobody spends what may not be there: what a transfer brings counts when it is
//! acknowledged, and what it takes is gone when it is called. So no balance is ever below zero, though nobody looks before a
//! transfer; and of what moves with an unknown outcome, nothing is spent again. The accounts live as long as the run, for judging
//! a read costs the same however much has been moved before.

use crate::reply::element;
use harness::{
    checker::{self, Checker},
    client::{Command, Reply},
    generator::{Generator, Invocation, Next},
    history::{Event, EventType, ProcessId},
    outcome::Completion,
    seed::rng,
    test::Test,
    workload::Workload,
};
use rand::{RngExt, rngs::Xoshiro256PlusPlus};
use serde_json::{Map, Value, json};

const OPEN: &str = "open";
const TRANSFER: &str = "transfer";
const READ: &str = "read";
/// How many accounts there are.
const ACCOUNTS: usize = 8;
/// What they hold together.
const TOTAL: i64 = 10_000;
/// How much is moved at once at most.
const AMOUNT_MAX: i64 = 20;
/// How often all accounts are read once the cluster is healed.
const FINAL: usize = 10;

/// The workload.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bank;

impl Workload for Bank {
    fn name(&self) -> &'static str {
        "bank"
    }

    fn summary(&self) -> &'static str {
        "money is moved between accounts, which are read all at once and must add up to the same total"
    }

    fn generator(&self, test: &Test) -> Box<dyn Generator> {
        Box::new(Transfers::new(test))
    }

    fn command(&self, invocation: &Invocation) -> Command {
        let value = &invocation.value;
        let account = |end: &str| value[end].as_str().unwrap_or_default();
        let amount = value["amount"].to_string();
        match invocation.f.as_str() {
            // However late it comes, it opens no bank twice.
            OPEN => Command::new(["SET", &name(0), &TOTAL.to_string(), "NX"]),
            TRANSFER => Command::transaction([
                Command::new(["DECRBY", account("from"), &amount]),
                Command::new(["INCRBY", account("to"), &amount]),
            ]),
            _ => Command::new(["MGET".to_owned()].into_iter().chain((0..ACCOUNTS).map(name))),
        }
    }

    fn completion(&self, invocation: &Invocation, reply: &Reply) -> Completion {
        let value = &invocation.value;
        match (invocation.f.as_str(), reply) {
            (OPEN, Reply::Simple(text)) if text == "OK" => Completion::ok(value.clone()),
            (OPEN, Reply::Nil) => Completion::ok(value.clone()),
            (TRANSFER, Reply::Array(replies)) if let [Reply::Integer(_), Reply::Integer(_)] = replies[..] => {
                Completion::ok(value.clone())
            }
            (READ, Reply::Array(replies)) if let Some(balances) = balances(replies) => Completion::ok(balances),
            _ => Completion::unexpected(value.clone(), reply),
        }
    }

    fn checkers(&self) -> Vec<Box<dyn Checker>> {
        vec![Box::new(checker::Bank::default())]
    }
}

fn name(account: usize) -> String {
    format!("a{account}")
}

/// The balance of each account. An account that is not there holds nothing.
fn balances(replies: &[Reply]) -> Option<Value> {
    if replies.len() != ACCOUNTS {
        return None;
    }
    let balance = |reply: &Reply| match (reply, element(reply)?) {
        (Reply::Nil, _) => Some(json!(0)),
        (Reply::Bulk(_), Value::String(text)) => text.parse::<i64>().ok().map(Value::from),
        (_, balance) => Some(balance),
    };
    let balances = replies.iter().enumerate().map(|(account, reply)| Some((name(account), balance(reply)?)));
    balances.collect::<Option<Map<String, Value>>>().map(Value::Object)
}

/// The operations of [`Bank`].
struct Transfers {
    seed: u64,
    rng: Xoshiro256PlusPlus,
    /// What is certainly in each account, once the bank is open.
    available: Option<[i64; ACCOUNTS]>,
}

impl Transfers {
    fn new(test: &Test) -> Transfers {
        Transfers { seed: test.seed, rng: rng(test.seed, "bank"), available: None }
    }

    /// The share of reads in what a process does: some do little else, and stay with a leader that has been cut off.
    fn reads(&self, process: ProcessId) -> f64 {
        let is_reader = rng(self.seed, &format!("bank/{process}")).random_bool(1.0 / 3.0);
        if is_reader { 0.9 } else { 0.4 }
    }
}

fn read() -> Invocation {
    Invocation::new(READ, Value::Null)
}

impl Generator for Transfers {
    fn next(&mut self, _now_ns: u64, process: ProcessId) -> Next {
        let is_read = self.rng.random_bool(self.reads(process));
        let Transfers { rng, available, .. } = self;
        let Some(available) = available else { return Next::Invoke(Invocation::new(OPEN, json!({name(0): TOTAL}))) };
        let rich: Vec<usize> = (0..ACCOUNTS).filter(|&account| available[account] > 0).collect();
        if is_read || rich.is_empty() {
            return Next::Invoke(read());
        }
        let from = rich[rng.random_range(0..rich.len())];
        let to = (from + rng.random_range(1..ACCOUNTS)) % ACCOUNTS;
        let amount = rng.random_range(1..=AMOUNT_MAX.min(available[from]));
        available[from] -= amount;
        Next::Invoke(Invocation::new(TRANSFER, json!({"from": name(from), "to": name(to), "amount": amount})))
    }

    fn complete(&mut self, completion: &Event) {
        let value = &completion.value;
        match (completion.f.as_str(), completion.kind, &mut self.available) {
            (OPEN, EventType::Ok, available @ None) => {
                let mut first = [0; ACCOUNTS];
                first[0] = TOTAL;
                *available = Some(first);
            }
            (TRANSFER, EventType::Ok | EventType::Fail, Some(available)) => {
                let end = if completion.kind == EventType::Ok { "to" } else { "from" };
                let account = (0..ACCOUNTS).find(|&account| value[end] == name(account).as_str());
                if let (Some(account), Some(amount)) = (account, value["amount"].as_i64()) {
                    available[account] += amount;
                }
            }
            _ => {}
        }
    }

    fn final_operations(&mut self, _now_ns: u64) -> Vec<Invocation> {
        vec![read(); FINAL]
    }
}

#[cfg(test)]
mod tests;
