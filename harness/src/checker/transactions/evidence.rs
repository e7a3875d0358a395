//! A finding as a violation: in sentences, and as the data of its picture.

use super::anomaly::Anomaly;
use super::findings::Finding;
use super::history::{History, Op};
use crate::checker::{Violation, Witness, WitnessEdge, WitnessOperation, WitnessOrder};
use crate::history::{Operation, Outcome};

/// How many operations of a transaction are written out.
const OPERATIONS_MAX: usize = 8;
/// How many transactions are named in the accusation.
const NAMED_MAX: usize = 6;
/// How many transactions of a finding, and how many reasons, are told in sentences. The data has them all.
const TOLD_MAX: usize = 16;

/// When the last of a finding's transactions ended.
pub fn end(finding: &Finding, operations: &[Operation]) -> Option<u64> {
    let ends = finding.transactions.iter().filter_map(|&id| operations.get(id as usize));
    ends.map(|operation| operation.end_time.unwrap_or(operation.call_time)).max()
}

/// The violation that a finding is.
pub fn violation(history: &History, finding: &Finding, operations: &[Operation], models: &str) -> Violation {
    let mut explanation = told(finding.transactions.iter().enumerate().map(|(at, &id)| who(history, at, id)));
    explanation.extend(told(finding.because.iter().cloned()));
    if let Anomaly::Cycle(..) = finding.anomaly {
        explanation.push("So none of them can be the first, and there is no order.".to_owned());
    }
    explanation.push(format!("The whole history {models}."));
    let events = finding.transactions.iter().enumerate();
    let mut events: Vec<String> =
        events.map(|(at, &id)| format!("{} is of event {}", name(at), history.transaction(id).call)).collect();
    if events.len() > NAMED_MAX {
        events.truncate(NAMED_MAX);
        events.push("…".to_owned());
    }
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
            operations: accused(history, finding, operations),
            context: Vec::new(),
            order: order(history, finding),
        },
    }
}

/// The first of these sentences, and how many more there are.
fn told(sentences: impl ExactSizeIterator<Item = String>) -> Vec<String> {
    let more = sentences.len().saturating_sub(TOLD_MAX);
    let more = (more > 0).then(|| format!("… and {more} more, which are in results.json."));
    sentences.take(TOLD_MAX).chain(more).collect()
}

fn name(at: usize) -> String {
    format!("T{}", at + 1)
}

fn who(history: &History, at: usize, id: u32) -> String {
    let transaction = history.transaction(id);
    let outcome = match transaction.outcome {
        Outcome::Ok => "",
        Outcome::Fail => ", which failed",
        Outcome::Info => ", whose outcome nobody was told",
    };
    let (process, event, text) = (transaction.process, transaction.call, text(history, history.ops(id)));
    format!("{} is process {process}'s of event {event}{outcome}: {text}.", name(at))
}

/// What a transaction did: `append k1 5, read k2 → [1 2]`.
fn text(history: &History, ops: &[Op]) -> String {
    let mut words: Vec<String> = ops.iter().take(OPERATIONS_MAX).map(|&op| history.op_text(op)).collect();
    if ops.len() > OPERATIONS_MAX {
        words.push(format!("… ({} in all)", ops.len()));
    }
    words.join(", ")
}

/// What a transaction did to these keys; if it did nothing to them, what it did.
fn text_of(history: &History, id: u32, keys: &[u32]) -> String {
    let all = history.ops(id);
    let ops: Vec<Op> = all.iter().copied().filter(|op| keys.contains(&op.key())).collect();
    match ops.len() {
        0 => text(history, all),
        some if some < all.len() => text(history, &ops) + ", …",
        _ => text(history, &ops),
    }
}

/// The transactions of a finding as the operations of a picture, by time of invocation.
fn accused(history: &History, finding: &Finding, operations: &[Operation]) -> Vec<WitnessOperation> {
    let accused = finding.transactions.iter().enumerate().filter_map(|(at, &id)| {
        let operation = WitnessOperation::of(operations.get(id as usize)?, text_of(history, id, &finding.keys));
        Some(WitnessOperation { name: Some(name(at)), ..operation })
    });
    let mut accused: Vec<WitnessOperation> = accused.collect();
    accused.sort_by_key(|operation| operation.index);
    accused
}

fn order(history: &History, finding: &Finding) -> WitnessOrder {
    let edges = finding.edges.iter().map(|edge| WitnessEdge {
        from: history.transaction(edge.from).call,
        to: history.transaction(edge.to).call,
        by: edge.by,
        key: edge.key.map(|key| history.key_text(key)),
        because: edge.because.clone(),
    });
    WitnessOrder { edges: edges.collect(), dead_ends: Vec::new() }
}
