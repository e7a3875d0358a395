//! A judgement in words.

use super::anomaly::{Anomaly, Class};
use super::evidence::{end, violation};
use super::findings::{Edge, Finding};
use super::graph::reason;
use super::history::History;
use super::{Cycle, Judgement, Versions, counts};
use crate::checker::{CheckResult, Precedence, Verdict, Violation};
use crate::history::Operation;

/// How many violations are kept in full.
const VIOLATIONS_MAX: usize = 20;

/// A circle in words. Each edge is found again from the two transactions; `None` if one is not.
pub fn circle(history: &History, versions: &Versions<'_>, cycle: &Cycle) -> Option<Finding> {
    let count = cycle.steps.len();
    let (mut keys, mut because, mut edges) = (Vec::new(), Vec::new(), Vec::new());
    for (at, &(from, why)) in cycle.steps.iter().enumerate() {
        let next = (at + 1) % count;
        let [one, other] = [at, next].map(|at| format!("T{}", at + 1));
        let edge = edge(history, versions, (from, cycle.steps[next].0), why, (&one, &other))?;
        let by = if edge.by.is_dependency() { format!(" ({})", edge.by.name()) } else { String::new() };
        because.push(format!("{one} comes before {other}{by}: {}.", edge.because));
        keys.extend(edge.key.filter(|key| !keys.contains(key)));
        edges.push(edge);
    }
    let anomaly = cycle.anomaly();
    Some(Finding {
        anomaly,
        keys,
        transactions: cycle.steps.iter().map(|step| step.0).collect(),
        summary: format!("{count} transactions must each come before the next, in a circle ({})", class(anomaly)),
        because,
        edges,
    })
}

/// Why `from` comes before `to`, found again from the two of them, of which one speaks as `one` and `other`.
fn edge(
    history: &History,
    versions: &Versions<'_>,
    (from, to): (u32, u32),
    why: u8,
    (one, other): (&str, &str),
) -> Option<Edge> {
    let by = match () {
        () if why & reason::WW != 0 => Precedence::Ww,
        () if why & reason::WR != 0 => Precedence::Wr,
        () if why & reason::RW != 0 => Precedence::Rw,
        () if why & reason::PROCESS != 0 => Precedence::Process,
        () => Precedence::RealTime,
    };
    let (before, after) = (history.transaction(from), history.transaction(to));
    let (key, because) = match by {
        Precedence::Process => {
            let is_so = before.process == after.process && before.call < after.call;
            (None, is_so.then(|| format!("process {} did one after the other", before.process))?)
        }
        Precedence::RealTime => {
            let (ret, call) = (before.ret, after.call);
            let words = || format!("it was over, at event {ret}, before {other} began, at event {call}");
            (None, (ret < call).then(words)?)
        }
        _ => {
            let (key, words) = versions.why((from, to), why, (one, other))?;
            (Some(key), words)
        }
    };
    Some(Edge { from, to, by, key, because })
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
