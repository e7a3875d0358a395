//! Bank accounts, between which money moves, and which are read all at once.
//!
//! - *Total*: transfers move money, so that every read adds up to the same total. Half of a transfer, or two halves from different
//!   times, do not.
//! - *No Overdraft*, unless it is allowed: no balance is below zero.
//! - *Balance in Bounds*, where the balances at first are known (the history has an `open`): of each account a read shows all that
//!   had certainly been moved before it was called, and nothing of what nobody had begun to move when it was answered. A transfer
//!   of unknown outcome, or one under way at the same time, may be in it or not. So a transfer that is lost, made twice or made
//!   although it was refused is found, which the total does not tell.

use super::explain::time;
use super::{Budget, CheckResult, Checker, Record, Violation, Witness, WitnessOperation, WitnessOrder};
use crate::history::{EventIndex, Operation, Outcome};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Judges `transfer` with the value `{"from": a, "to": b, "amount": n}`, and `read`, answered by the balance of each account. The first
/// operations may be `open`, with the balances that there are then; until one of them is answered the bank may be empty.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bank {
    /// What all accounts hold together; `None`: what `open` says, or else what the first read shows.
    pub total: Option<i64>,
    /// Whether a balance may be below zero.
    pub may_overdraw: bool,
}

impl Checker for Bank {
    fn name(&self) -> &'static str {
        "bank"
    }

    fn summary(&self) -> &'static str {
        "money is moved between accounts as a whole: every read adds up to the same total"
    }

    fn check(&self, record: &Record, _budget: Budget) -> CheckResult {
        match Ledger::of(&record.operations) {
            Ok(ledger) => self.judge(&ledger),
            Err(reason) => CheckResult::unfit(reason),
        }
    }
}

impl Bank {
    fn judge(&self, ledger: &Ledger<'_>) -> CheckResult {
        let Ledger { reads, opened, accounts } = ledger;
        let opening = opened.as_ref().map(|opened| opened.total);
        let total = self.total.or(opening).or_else(|| reads.first().map(Read::total)).unwrap_or_default();
        let mut violations = Vec::new();
        for read in reads {
            let is_open = opened.as_ref().is_none_or(|opened| opened.since < read.operation.call);
            if read.total() != total && (is_open || read.total() != 0) {
                let first = reads.first().filter(|_| self.total.or(opening).is_none());
                violations.push(wrong_total(read, total, first));
            }
            if let Some((account, balance)) =
                read.balances.iter().find(|(_, balance)| **balance < 0 && !self.may_overdraw)
            {
                violations.push(overdrawn(read, account, *balance));
            }
            if opened.is_some() {
                violations.extend(accounts.iter().find_map(|(name, account)| out_of_bounds(read, name, account)));
            }
        }
        let transfers = ledger.transfers();
        let counts = [("reads", reads.len() as u64), ("transfers", transfers), ("accounts", accounts.len() as u64)];
        CheckResult::of(violations, counts, || {
            format!("each of {} reads adds up to {total}, over {transfers} transfers", reads.len())
        })
    }
}

/// What the history says of the accounts.
struct Ledger<'a> {
    reads: Vec<Read<'a>>,
    opened: Option<Opened>,
    accounts: BTreeMap<String, Account>,
}

/// What was there at first, and from which event on it certainly was.
struct Opened {
    total: i64,
    since: EventIndex,
}

struct Read<'a> {
    operation: &'a Operation,
    balances: BTreeMap<String, i64>,
}

impl Read<'_> {
    fn total(&self) -> i64 {
        self.balances.values().sum()
    }

    fn text(&self) -> String {
        let balances = self.balances.iter().map(|(account, balance)| format!("{account}: {balance}"));
        format!("read {}", balances.collect::<Vec<_>>().join(", "))
    }
}

impl<'a> Ledger<'a> {
    /// # Errors
    /// A sentence about what is no operation of a bank.
    fn of(operations: &'a [Operation]) -> Result<Ledger<'a>, String> {
        let mut ledger = Ledger { reads: Vec::new(), opened: None, accounts: BTreeMap::new() };
        let mut opening: Option<(EventIndex, &Map<String, Value>)> = None;
        for operation in operations.iter().filter(|operation| operation.outcome != Outcome::Fail) {
            let (call, f, is_ok) = (operation.call, &operation.f, operation.outcome == Outcome::Ok);
            let wrong = || format!("event {call}: `{f}` is not a transfer, or a read of the balance of each account");
            let value = if f == "read" { &operation.output } else { &operation.input };
            match f.as_str() {
                "read" if is_ok => {
                    let balances = map(value).ok_or_else(wrong)?.iter();
                    let balances = balances.map(|(account, balance)| Some((account.clone(), balance.as_i64()?)));
                    let balances: Option<BTreeMap<_, _>> = balances.collect();
                    ledger.reads.push(Read { operation, balances: balances.ok_or_else(wrong)? });
                }
                "read" => {}
                "open" => {
                    let balances = map(value).ok_or_else(wrong)?;
                    let since = operation.ret.unwrap_or(EventIndex::MAX);
                    let total = balances.values().filter_map(Value::as_i64).sum();
                    // However often it is tried, it happens once.
                    opening.get_or_insert((call, balances));
                    let since = ledger.opened.map_or(since, |opened| opened.since.min(since));
                    ledger.opened = Some(Opened { total, since });
                }
                "transfer" => {
                    let transfer = map(value).ok_or_else(wrong)?;
                    let amount = transfer.get("amount").and_then(Value::as_i64).ok_or_else(wrong)?;
                    for (end, amount) in [("from", -amount), ("to", amount)] {
                        let account = transfer.get(end).ok_or_else(wrong)?;
                        let account = account.as_str().map_or_else(|| account.to_string(), str::to_owned);
                        ledger.accounts.entry(account).or_default().add(call, operation.ret, amount);
                    }
                }
                _ => return Err(wrong()),
            }
        }
        if let (Some((call, balances)), Some(opened)) = (opening, &ledger.opened) {
            let ret = Some(opened.since).filter(|since| *since != EventIndex::MAX);
            for (account, balance) in balances {
                let account = ledger.accounts.entry(account.clone()).or_default();
                account.add(call, ret, balance.as_i64().unwrap_or_default());
            }
        }
        ledger.accounts.values_mut().for_each(Account::finish);
        Ok(ledger)
    }

    fn transfers(&self) -> u64 {
        let moves: usize = self.accounts.values().map(|account| account.begun.len()).sum();
        // Each is in two accounts.
        moves as u64 / 2
    }
}

/// The map in a value, whether or not it stands behind a key of its own.
fn map(value: &Value) -> Option<&Map<String, Value>> {
    value.as_object().or_else(|| value.as_array()?.get(1)?.as_object())
}

/// What was moved into an account, and out of it: at each event the sum until then.
#[derive(Default)]
struct Account {
    /// By the event at which it was begun.
    begun: Vec<(EventIndex, Sum)>,
    /// By the event at which it was certainly done.
    done: Vec<(EventIndex, Sum)>,
}

/// What came, and what went.
#[derive(Clone, Copy, Default)]
struct Sum {
    came: i64,
    went: i64,
}

impl Account {
    fn add(&mut self, call: EventIndex, ret: Option<EventIndex>, amount: i64) {
        let sum = Sum { came: amount.max(0), went: (-amount).max(0) };
        self.begun.push((call, sum));
        self.done.extend(ret.map(|ret| (ret, sum)));
    }

    /// Adds up.
    fn finish(&mut self) {
        for moves in [&mut self.begun, &mut self.done] {
            moves.sort_by_key(|(event, _)| *event);
            let mut sum = Sum::default();
            for (_, until) in moves {
                sum = Sum { came: sum.came + until.came, went: sum.went + until.went };
                *until = sum;
            }
        }
    }

    /// The least and the greatest balance that a read from one event to another can show.
    fn bounds(&self, call: EventIndex, ret: EventIndex) -> (i64, i64) {
        let before = |moves: &[(EventIndex, Sum)], event| {
            let place = moves.partition_point(|(other, _)| *other < event);
            place.checked_sub(1).map_or(Sum::default(), |last| moves[last].1)
        };
        let (done, begun) = (before(&self.done, call), before(&self.begun, ret));
        (done.came - begun.went, begun.came - done.went)
    }
}

fn wrong_total(read: &Read<'_>, total: i64, first: Option<&Read<'_>>) -> Violation {
    let sum = read.total();
    let summary = format!("process {} read balances that add up to {sum} and not to {total}", read.operation.process);
    let explanation = vec![
        match first {
            Some(first) => format!("The first read, by process {}, adds up to {total}.", first.operation.process),
            None => format!("All accounts hold {total} together."),
        },
        "A transfer takes from one account what it gives to another.".to_owned(),
        format!("At {} process {} {}, which is {sum}.", ended(read), read.operation.process, read.text()),
    ];
    accuse("Total", summary, explanation, first.into_iter().chain([read]))
}

fn overdrawn(read: &Read<'_>, account: &str, balance: i64) -> Violation {
    let summary = format!("process {} read {balance} as the balance of account {account}", read.operation.process);
    accuse("No Overdraft", summary, vec!["No balance may be below zero.".to_owned()], [read].into_iter())
}

fn out_of_bounds(read: &Read<'_>, name: &str, account: &Account) -> Option<Violation> {
    let balance = read.balances.get(name).copied().unwrap_or_default();
    let (least, most) = account.bounds(read.operation.call, read.operation.ret?);
    if (least..=most).contains(&balance) {
        return None;
    }
    let process = read.operation.process;
    let bounds = if least == most { format!("{least}") } else { format!("{least} to {most}") };
    let summary =
        format!("process {process} read {balance} as the balance of account {name}, which held {bounds} then");
    let explanation = vec![
        format!(
            "What had been moved for certain before {} makes at least {least}, with all that may have gone since.",
            time(read.operation.call_time)
        ),
        format!("Until {} no more than {most} can have come together.", ended(read)),
    ];
    Some(accuse("Balance in Bounds", summary, explanation, [read].into_iter()))
}

fn ended(read: &Read<'_>) -> String {
    time(read.operation.end_time.unwrap_or(read.operation.call_time))
}

fn accuse<'a>(
    property: &str,
    summary: String,
    explanation: Vec<String>,
    reads: impl Iterator<Item = &'a Read<'a>>,
) -> Violation {
    let reads: Vec<&Read<'_>> = reads.collect();
    Violation {
        property: property.to_owned(),
        summary,
        explanation,
        time: reads.iter().filter_map(|read| read.operation.end_time).max(),
        witness: Witness::Operations {
            key: "accounts".to_owned(),
            initial: "open".to_owned(),
            minimal: true,
            operations: reads.iter().map(|read| WitnessOperation::of(read.operation, read.text())).collect(),
            context: Vec::new(),
            order: WitnessOrder::default(),
        },
    }
}
