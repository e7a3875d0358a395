//! Exactly once: however often a command is sent, it is executed once, and all who sent it get the same answer.
//!
//! A counter tells of every increment: the answer is how many there have been, its own included. So
//! - the same command has one answer, and two commands on one counter have two;
//! - whoever sees the counter sees at least as many as were answered before it asked, and at most as many as had been sent at all
//!   by the time it was answered. One that was executed twice is one more than that, as soon as nothing else is open.
//!
//! That is sound, for a correct counter has all of this, and cheap; how much it sees rests on how few commands are open at a time.

use harness::{
    checker::{Budget, CheckResult, Checker, Record, Violation, Witness, WitnessOperation, WitnessOrder},
    history::{EventIndex, Operation, Outcome},
};
use serde_json::Value;
use std::collections::{BTreeMap, btree_map::Entry};

/// Judges counters that are incremented in sessions.
#[derive(Clone, Copy, Debug, Default)]
pub struct ExactlyOnce;

impl Checker for ExactlyOnce {
    fn name(&self) -> &'static str {
        "exactly-once"
    }

    fn summary(&self) -> &'static str {
        "each command of a session is executed once, however often it is sent"
    }

    fn check(&self, record: &Record, _budget: Budget) -> CheckResult {
        let mut counters = BTreeMap::<&str, Counter<'_>>::new();
        for operation in &record.operations {
            if let Some(key) = operation.input[0].as_str() {
                counters.entry(key).or_default().add(operation);
            }
        }
        let violations: Vec<Violation> = counters.iter().flat_map(|(key, counter)| counter.violations(key)).collect();
        let sum = |number: fn(&Counter<'_>) -> usize| counters.values().map(number).sum::<usize>() as u64;
        let (commands, sent) = (sum(|counter| counter.commands.len()), sum(|counter| counter.sent()));
        let counts = [("keys", counters.len() as u64), ("commands", commands), ("sent_again", sent - commands)];
        CheckResult::of(violations, counts, || {
            format!("{commands} commands happened once each, although they were sent {sent} times")
        })
    }
}

/// What was done to a counter.
#[derive(Default)]
struct Counter<'a> {
    /// Each command by its session and number, with the attempts at it in order.
    commands: BTreeMap<(u64, u64), Vec<&'a Operation>>,
    reads: Vec<&'a Operation>,
}

/// What an operation that was answered saw.
fn seen(operation: &Operation) -> Option<(u64, EventIndex)> {
    let answered = operation.ret.filter(|_| operation.outcome == Outcome::Ok)?;
    Some((operation.output[1].as_u64()?, answered))
}

impl<'a> Counter<'a> {
    fn add(&mut self, operation: &'a Operation) {
        match operation.input[1].as_array().map(Vec::as_slice) {
            Some([session, number]) => {
                let command = (session.as_u64().unwrap_or_default(), number.as_u64().unwrap_or_default());
                self.commands.entry(command).or_default().push(operation);
            }
            _ => self.reads.push(operation),
        }
    }

    fn sent(&self) -> usize {
        self.commands.values().map(Vec::len).sum()
    }

    fn violations(&self, key: &str) -> Vec<Violation> {
        let mut violations = Vec::new();
        let mut by_answer = BTreeMap::<u64, &Operation>::new();
        for attempts in self.commands.values() {
            let mut answered = attempts.iter().filter_map(|attempt| Some((*attempt, seen(attempt)?.0)));
            let Some((first, count)) = answered.next() else { continue };
            if let Some((other, another)) = answered.find(|(_, another)| *another != count) {
                let summary =
                    format!("{} was answered with {count}, and when it was sent again with {another}", name(first));
                violations.push(accuse(key, summary, &[first, other]));
            }
            match by_answer.entry(count) {
                Entry::Occupied(other) => {
                    let summary = format!("{} and {} were both answered with {count}", name(other.get()), name(first));
                    violations.push(accuse(key, summary, &[other.get(), first]));
                }
                Entry::Vacant(free) => drop(free.insert(first)),
            }
        }
        let mut begun: Vec<EventIndex> = self.commands.values().map(|attempts| attempts[0].call).collect();
        begun.sort_unstable();
        let answers = |attempts: &Vec<&Operation>| attempts.iter().filter_map(|attempt| Some(seen(attempt)?.1)).min();
        let mut done: Vec<EventIndex> = self.commands.values().filter_map(answers).collect();
        done.sort_unstable();
        let before = |moments: &[EventIndex], moment| moments.partition_point(|other| *other < moment) as u64;
        for operation in self.commands.values().flatten().chain(&self.reads) {
            let Some((count, answered)) = seen(operation) else { continue };
            let most = before(&begun, answered);
            if count > most {
                let summary = format!(
                    "{} was answered with {count}, although only {most} commands had been sent",
                    name(operation)
                );
                violations.push(accuse(key, summary, &[operation]));
            }
        }
        for read in &self.reads {
            let Some((count, _)) = seen(read) else { continue };
            let least = before(&done, read.call);
            if count < least {
                let summary = format!("{} was answered with {count}, after {least} commands were answered", name(read));
                violations.push(accuse(key, summary, &[read]));
            }
        }
        violations
    }
}

/// `command 3 of session 7`
fn name(operation: &Operation) -> String {
    match &operation.input[1] {
        Value::Null => format!("the read of {}", operation.input[0].as_str().unwrap_or_default()),
        numbers => format!("command {} of session {}", numbers[1], numbers[0]),
    }
}

fn accuse(key: &str, summary: String, operations: &[&Operation]) -> Violation {
    let witness = |operation: &&Operation| {
        WitnessOperation::of(operation, format!("{} → {}", name(operation), operation.output[1]))
    };
    Violation {
        property: "Exactly Once".into(),
        summary: format!("{key}: {summary}"),
        explanation: vec![
            "Each command adds one to the counter, and is answered with what the counter holds then.".into(),
            "A command that is sent again with its number gets the answer of the first time, and adds nothing.".into(),
        ],
        time: operations.iter().filter_map(|operation| operation.end_time).max(),
        witness: Witness::Operations {
            key: key.to_owned(),
            initial: "0".to_owned(),
            minimal: false,
            operations: operations.iter().map(witness).collect(),
            context: Vec::new(),
            order: WitnessOrder::default(),
        },
    }
}
