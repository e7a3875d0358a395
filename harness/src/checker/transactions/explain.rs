//! Words for what is wrong in one transaction, or in two. `T1`, `T2` and so on are the transactions of a finding, in its order.

use super::anomaly::Anomaly;
use super::findings::{Edge, Finding};
use super::history::{History, Op};
use super::kind::Kind;
use crate::checker::Precedence;

fn finding(anomaly: Anomaly, key: u32, transactions: Vec<u32>, summary: String, because: String) -> Finding {
    Finding { anomaly, keys: vec![key], transactions, summary, because: vec![because], edges: Vec::new() }
}

/// T1 read what T2 wrote.
fn read_from(history: &History, id: u32, version: u32) -> Edge {
    let known = history.version_of(version);
    let (key, value) = (history.key_text(known.key), history.version_text(version));
    let because = format!("T1 read {value} in {key}, which T2 wrote");
    Edge { from: known.writer, to: id, by: Precedence::Wr, key: Some(known.key), because }
}

/// A read of what nobody wrote, or of what somebody wrote who failed.
pub fn read_of_nothing(history: &History, anomaly: Anomaly, id: u32, version: u32) -> Finding {
    let known = history.version_of(version);
    let (key, value) = (history.key_text(known.key), history.version_text(version));
    match anomaly {
        Anomaly::AbortedRead => {
            let summary = format!("T1 read {value} in {key}, which T2 wrote although it failed");
            let because = format!("T2 certainly did not happen, and nobody else wrote {value} to {key}.");
            let edges = vec![read_from(history, id, version)];
            Finding { edges, ..finding(anomaly, known.key, vec![id, known.writer], summary, because) }
        }
        _ => {
            let summary = format!("T1 read {value} in {key}, which nobody wrote");
            finding(anomaly, known.key, vec![id], summary, format!("No transaction writes {value} to {key}."))
        }
    }
}

/// A read of what another transaction wrote and then replaced.
pub fn intermediate(history: &History, id: u32, version: u32) -> Finding {
    let known = history.version_of(version);
    let (key, value) = (history.key_text(known.key), history.version_text(version));
    let last = history.ops(known.writer).iter().rev().find_map(|op| match *op {
        Op::Write { key, version } if key == known.key => Some(history.version_text(version)),
        _ => None,
    });
    let last = last.unwrap_or_default();
    let summary = format!("T1 read {value} as the last of {key}, although T2, which wrote it, wrote {last} after it");
    let because = "A transaction happens as a whole: who sees one of its writes sees the last.".to_owned();
    let edges = vec![read_from(history, id, version)];
    Finding { edges, ..finding(Anomaly::IntermediateRead, known.key, vec![id, known.writer], summary, because) }
}

/// A read of what its own transaction wrote only later.
pub fn future_read(history: &History, id: u32, version: u32) -> Finding {
    let key = history.version_of(version).key;
    let (name, value) = (history.key_text(key), history.version_text(version));
    let summary = format!("T1 read {value} in {name} before it wrote it itself");
    finding(Anomaly::FutureRead, key, vec![id], summary, format!("Nobody else wrote {value} to {name}."))
}

/// A transaction that contradicts itself.
pub fn internal(history: &History, id: u32, key: u32) -> Finding {
    let name = history.key_text(key);
    let ops: Vec<String> = history.ops(id).iter().filter(|op| op.key() == key).map(|&op| history.op_text(op)).collect();
    let rule = match history.kind() {
        Kind::ListAppend => "A read sees what the reads and appends before it in its transaction make of the list.",
        Kind::RwRegister => "A read sees what its transaction wrote, or read, last.",
    };
    let summary = format!("T1 contradicts itself about {name}: {}", ops.join(", "));
    finding(Anomaly::Internal, key, vec![id], summary, rule.to_owned())
}

/// Two transactions that read the same version and replaced it.
pub fn lost_update(history: &History, key: u32, one: u32, other: u32) -> Finding {
    let name = history.key_text(key);
    let overlooked = |from: u32, to: u32, names: [&str; 2]| {
        let because = format!("{} read {name} without what {} wrote to it", names[0], names[1]);
        Edge { from, to, by: Precedence::Rw, key: Some(key), because }
    };
    let summary = format!("T1 and T2 read the same version of {name}, and both wrote to it");
    let because = format!("Whichever came second should have read what the first wrote to {name}.");
    let edges = vec![overlooked(one, other, ["T1", "T2"]), overlooked(other, one, ["T2", "T1"])];
    Finding { edges, ..finding(Anomaly::LostUpdate, key, vec![one, other], summary, because) }
}
