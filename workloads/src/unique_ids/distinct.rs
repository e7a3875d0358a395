//! Unique ids: all that were handed out differ.
//!
//! An id that nobody was told of, because its request was never answered, may be anybody's: such operations say nothing.

use harness::{
    checker::{Budget, CheckResult, Checker, Record, Violation, Witness, WitnessOperation, WitnessOrder},
    history::{ONLY_KEY, Operation, Outcome},
};
use std::collections::{BTreeMap, btree_map::Entry};

/// Judges ids that were handed out.
#[derive(Clone, Copy, Debug, Default)]
pub struct Distinct;

impl Checker for Distinct {
    fn name(&self) -> &'static str {
        "unique-ids"
    }

    fn summary(&self) -> &'static str {
        "no id is handed out twice"
    }

    fn check(&self, record: &Record, _budget: Budget) -> CheckResult {
        let mut owners = BTreeMap::<i64, &Operation>::new();
        let mut violations = Vec::new();
        let mut handed_out = 0u64;
        for operation in record.operations.iter().filter(|operation| operation.outcome == Outcome::Ok) {
            let Some(id) = operation.output.as_i64() else { continue };
            handed_out += 1;
            match owners.entry(id) {
                Entry::Occupied(first) => violations.push(accuse(id, first.get(), operation)),
                Entry::Vacant(free) => drop(free.insert(operation)),
            }
        }
        CheckResult::of(violations, [("ids", handed_out)], || format!("all of {handed_out} ids differ"))
    }
}

fn accuse(id: i64, first: &Operation, second: &Operation) -> Violation {
    let witness = |operation: &Operation| WitnessOperation::of(operation, format!("{} → {id}", operation.f));
    Violation {
        property: "Unique Ids".into(),
        summary: match (first.process, second.process) {
            (one, other) if one == other => format!("process {one} got the id {id} twice"),
            (one, other) => format!("process {one} and process {other} both got the id {id}"),
        },
        explanation: vec![
            "Each request takes the next id from a counter, which never goes back.".into(),
            format!("So the second of these requests should have got another id than {id}."),
        ],
        time: first.end_time.max(second.end_time),
        witness: Witness::Operations {
            key: ONLY_KEY.to_owned(),
            initial: "0".to_owned(),
            minimal: true,
            operations: vec![witness(first), witness(second)],
            context: Vec::new(),
            order: WitnessOrder::default(),
        },
    }
}
