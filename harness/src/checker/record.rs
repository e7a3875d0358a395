//! The first check of all: of our own record. A record that contradicts itself accuses nobody but the harness.

use super::{Budget, CheckResult, Checker, Record, Verdict, Violation, Witness};
use crate::history::trace::Kind;
use std::collections::{BTreeMap, BTreeSet};

/// Checks that the record of a run is fit to be judged.
#[derive(Clone, Copy, Debug, Default)]
pub struct RecordCheck;

impl RecordCheck {
    /// Everything that is wrong with a record, in sentences.
    pub fn problems(record: &Record) -> Vec<String> {
        let mut problems: Vec<String> = record.defect.iter().cloned().collect();
        let names: BTreeSet<&String> = record.nodes.iter().chain(&record.spares).collect();
        if names.len() != record.nodes.len() + record.spares.len() {
            problems.push("two nodes have the same name".into());
        }
        for fault in &record.faults {
            if let (Some(started), Some(healed)) = (fault.started, fault.healed)
                && healed < started
            {
                problems.push(format!("fault {} was healed at {healed} ns, before it began at {started} ns", fault.id));
            }
            if let (None, Some(healed)) = (fault.started, fault.healed) {
                problems.push(format!("fault {} was healed at {healed} ns, but never began", fault.id));
            }
        }
        for trace in &record.traces {
            if !names.contains(&trace.node) {
                problems.push(format!("there is a trace of {}, which is no node of this run", trace.node));
            }
            // Two nodes that write to one file would accuse each other of everything.
            let stranger = trace.lines.iter().find_map(|(line, event)| match &event.kind {
                Kind::Start { node, .. } if *node != trace.node => Some((line, node)),
                _ => None,
            });
            if let Some((line, node)) = stranger {
                problems.push(format!("line {line} of the trace of {} says that it is {node}", trace.node));
            }
        }
        problems
    }
}

impl Checker for RecordCheck {
    fn name(&self) -> &'static str {
        "record"
    }

    fn summary(&self) -> &'static str {
        "the record of the run does not contradict itself"
    }

    fn check(&self, record: &Record, _budget: Budget) -> CheckResult {
        let problems = RecordCheck::problems(record);
        let counts = BTreeMap::from([
            ("events".to_owned(), record.events.0),
            ("operations".to_owned(), record.operations.len() as u64),
        ]);
        let violation = |problem: &String| Violation {
            property: "Record".into(),
            summary: problem.clone(),
            explanation: vec!["This is a defect of the harness or of the file, and says nothing of the system.".into()],
            time: None,
            witness: Witness::None,
        };
        let (verdict, summary) = match problems.first() {
            None => {
                (Verdict::Valid, format!("{} events pair into {} operations", record.events.0, record.operations.len()))
            }
            Some(first) => (Verdict::Invalid, format!("the record is broken: {first}")),
        };
        CheckResult { verdict, summary, violations: problems.iter().map(violation).collect(), counts }
    }
}
