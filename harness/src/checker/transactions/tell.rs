//! A judgement in words, with the evidence for pictures.

use super::anomaly::{Anomaly, Class};
use super::findings::Finding;
use super::graph::reason;
use super::history::History;
use super::{Cycle, Judgement, Versions, counts};
use crate::checker::{CheckResult, Verdict, Violation, Witness, WitnessOperation};
use crate::history::{Operation, Outcome};

/// How many violations are kept in full.
const VIOLATIONS_MAX: usize = 20;
/// How many operations of a transaction are written out.
const OPERATIONS_MAX: usize = 8;

/// A circle in words. Each edge is found again from the two transactions; `None` if one is not.
pub fn circle(history: &History, versions: &Versions<'_>, cycle: &Cycle) -> Option<Finding> {
    let count = cycle.steps.len();
    let (mut keys, mut because) = (Vec::new(), Vec::new());
    for (at, &(from, why)) in cycle.steps.iter().enumerate() {
        let next = (at + 1) % count;
        let to = cycle.steps[next].0;
        let [one, other] = [at, next].map(|at| format!("T{}", at + 1));
        if why & (reason::WW | reason::WR | reason::RW) != 0 {
            let (key, words) = versions.why((from, to), why, (&one, &other))?;
            if !keys.contains(&key) {
                keys.push(key);
            }
            let kind = match why {
                why if why & reason::WW != 0 => "ww",
                why if why & reason::WR != 0 => "wr",
                _ => "rw",
            };
            because.push(format!("{one} comes before {other} ({kind}): {words}."));
            continue;
        }
        let (before, after) = (history.transaction(from), history.transaction(to));
        if why & reason::PROCESS != 0 {
            if before.process != after.process || before.call >= after.call {
                return None;
            }
            because.push(format!("{one} comes before {other}: process {} did one after the other.", before.process));
        } else {
            if before.ret >= after.call {
                return None;
            }
            because.push(format!(
                "{one} comes before {other}: it was over, at event {}, before {other} began, at event {}.",
                before.ret, after.call
            ));
        }
    }
    let anomaly = cycle.anomaly();
    Some(Finding {
        anomaly,
        keys,
        transactions: cycle.steps.iter().map(|step| step.0).collect(),
        summary: format!("{count} transactions must each come before the next, in a circle ({})", class(anomaly)),
        because,
    })
}

fn class(anomaly: Anomaly) -> &'static str {
    match anomaly {
        Anomaly::Cycle(Class::G0, _) => "they only write over each other",
        Anomaly::Cycle(Class::G1c, _) => "they write over and read each other",
        Anomaly::Cycle(Class::GSingle, _) => "one of them overlooked what another wrote",
        Anomaly::Cycle(Class::GNonadjacent, _) => {
            "several of them overlooked what another wrote, not one after the other"
        }
        _ => "one after the other they overlooked what the next wrote",
    }
}

/// What the checker says.
pub fn result(history: &History, judgement: &Judgement, operations: &[Operation]) -> CheckResult {
    let (verdict, counts) = (judgement.verdict(), counts(history, judgement));
    let (transactions, keys) = (history.len(), history.keys());
    let models = models(judgement);
    let mut findings: Vec<&Finding> = judgement.findings.told.iter().collect();
    findings.sort_by_key(|finding| (finding.transactions.len(), end(finding, operations)));
    let mut violations: Vec<Violation> =
        findings.iter().map(|finding| violation(history, finding, operations, &models)).collect();
    violations.truncate(VIOLATIONS_MAX);
    let summary = match (verdict, &judgement.too_large) {
        (Verdict::Invalid, _) => {
            let names: Vec<String> =
                judgement.anomalies().into_iter().map(|(name, count)| format!("{name} ({count})")).collect();
            format!("not strict-serializable, by {}; {models}", names.join(", "))
        }
        (Verdict::Unknown, Some(reason)) => reason.clone(),
        (Verdict::Unknown, None) => {
            "a circle was found that cannot be found again: a mistake of the checker, and no news of the system"
                .to_owned()
        }
        (Verdict::Valid, ..) => {
            format!(
                "nothing that {transactions} transactions on {keys} keys read is at odds with strict serializability"
            )
        }
    };
    CheckResult { verdict, summary, violations, counts }
}

/// `breaks repeatable-read; strong-snapshot-isolation may hold`
fn models(judgement: &Judgement) -> String {
    let names = |models: Vec<super::models::Model>| {
        models.into_iter().map(super::models::Model::name).collect::<Vec<_>>().join(" and ")
    };
    let (weakest, left) = (names(judgement.broken.weakest()), names(judgement.broken.strongest_left()));
    match left.as_str() {
        "" => format!("breaks {weakest}, and with it every model"),
        left => format!("breaks {weakest}; at most {left} may hold"),
    }
}

fn end(finding: &Finding, operations: &[Operation]) -> Option<u64> {
    let ends = finding.transactions.iter().filter_map(|&id| operations.get(id as usize));
    ends.map(|operation| operation.end_time.unwrap_or(operation.call_time)).max()
}

fn violation(history: &History, finding: &Finding, operations: &[Operation], models: &str) -> Violation {
    let number = |at: usize| format!("T{}", at + 1);
    let who: Vec<String> = finding
        .transactions
        .iter()
        .enumerate()
        .map(|(at, &id)| {
            let transaction = history.transaction(id);
            let outcome = match transaction.outcome {
                Outcome::Ok => "",
                Outcome::Fail => ", which failed",
                Outcome::Info => ", whose outcome nobody was told",
            };
            let (process, event) = (transaction.process, transaction.call);
            format!("{} is process {process}'s of event {event}{outcome}: {}.", number(at), text(history, id))
        })
        .collect();
    let events: Vec<String> = (finding.transactions.iter().enumerate())
        .map(|(at, &id)| format!("{} is of event {}", number(at), history.transaction(id).call))
        .collect();
    let mut explanation = who;
    explanation.extend(finding.because.iter().cloned());
    if let Anomaly::Cycle(..) = finding.anomaly {
        explanation.push("So none of them can be the first, and there is no order.".to_owned());
    }
    explanation.push(format!("The whole history {models}."));
    let mut accused: Vec<WitnessOperation> = finding
        .transactions
        .iter()
        .filter_map(|&id| Some(witness(operations.get(id as usize)?, text(history, id))))
        .collect();
    accused.sort_by_key(|operation| operation.index);
    let mut keys: Vec<String> = finding.keys.iter().map(|&key| history.key_text(key)).collect();
    keys.sort();
    Violation {
        property: finding.anomaly.name(),
        summary: format!("{} ({})", finding.summary, events.join(", ")),
        explanation,
        time: end(finding, operations),
        witness: Witness::Operations {
            key: keys.join(", "),
            initial: history.kind().initial().to_owned(),
            minimal: false,
            operations: accused,
            context: Vec::new(),
        },
    }
}

/// What a transaction did: `append k1 5, read k2 → [1 2]`
fn text(history: &History, id: u32) -> String {
    let ops = history.ops(id);
    let mut words: Vec<String> = ops.iter().take(OPERATIONS_MAX).map(|&op| history.op_text(op)).collect();
    if ops.len() > OPERATIONS_MAX {
        words.push(format!("… ({} in all)", ops.len()));
    }
    words.join(", ")
}

fn witness(operation: &Operation, text: String) -> WitnessOperation {
    let outcome = match operation.outcome {
        Outcome::Ok => "ok",
        Outcome::Fail => "fail",
        Outcome::Info => "info",
    };
    WitnessOperation {
        process: operation.process,
        index: operation.call,
        text,
        outcome: outcome.to_owned(),
        start: operation.call_time,
        end: operation.end_time.filter(|_| operation.outcome != Outcome::Info),
        node: operation.node.clone(),
    }
}
