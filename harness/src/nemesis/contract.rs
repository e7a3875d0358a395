//! The contract between a cluster and its disks: of every committed entry a good copy survives. A cluster that keeps its promises
//! under it may break them beyond it, and whatever a checker then finds is no bug. So faults stay within it, unless a test says
//! otherwise (`beyond_contract`): data is lost or damaged on no more nodes than the cluster can do without, in a way that can be
//! noticed, and is put back in the end. Beyond it, it may happen to any number of nodes, and what is lost is lost.

use super::{
    Aim, Family, Kind, Parameters, PlannedFault, Target,
    at_rest::{BIT_FLIP, FILE, TRUNCATE, UNNOTICED, WIPE},
};
use serde_json::Value;
use std::collections::BTreeMap;

/// How a fault would break the contract in a cluster of so many nodes, in a phrase; `None` if it does not.
pub(super) fn breach(planned: &PlannedFault, nodes: usize) -> Option<String> {
    let kind = planned.kind.name;
    if !is_at_rest(planned.kind) {
        return None;
    }
    let spare = nodes.saturating_sub(nodes / 2 + 1).max(1);
    let hit = match planned.aim {
        Aim::Nodes(Target::Majority) => spare + 1,
        Aim::Nodes(Target::All) => nodes,
        _ => planned.nodes.len(),
    };
    if hit > spare {
        return Some(format!("a {kind} of {hit} of {nodes} nodes leaves no good copy of what was committed"));
    }
    let is_unnoticed = planned.kind != &WIPE && planned.parameters.word(FILE.name) == UNNOTICED;
    is_unnoticed.then(|| format!("a {kind} of a log's {UNNOTICED} may go unnoticed"))
}

fn is_at_rest(kind: &Kind) -> bool {
    [&BIT_FLIP, &TRUNCATE, &WIPE].contains(&kind)
}

/// What is drawn from this family besides, where the contract does not hold.
pub(super) fn beyond(family: &Family) -> Vec<(&'static Kind, Aim)> {
    let kinds = family.kinds.iter().copied().filter(|kind| is_at_rest(kind));
    kinds.flat_map(|kind| [Target::Majority, Target::All].map(|target| (kind, Aim::Nodes(target)))).collect()
}

/// The parameters of a fault beyond the contract that are not drawn: the damage is to go unnoticed, if it can.
pub(super) fn given(kind: &Kind, aim: Aim) -> BTreeMap<String, Value> {
    let is_beyond = is_at_rest(kind) && matches!(aim, Aim::Nodes(Target::Majority | Target::All));
    let has_file = kind.parameters.iter().any(|parameter| parameter.name == FILE.name);
    let file = (is_beyond && has_file).then(|| (FILE.name.to_owned(), Value::from(UNNOTICED)));
    file.into_iter().collect()
}

/// The parameters of a kind, drawn; or given, where they are.
pub(super) fn parameters(kind: &Kind, aim: Aim, random: u64, intensity: f64) -> Parameters {
    let drawn = Parameters::complete(kind.parameters, &given(kind, aim), random, intensity);
    drawn.expect("what is drawn is allowed")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        nemesis::{FAMILIES, plan},
        test::{Test, example},
    };

    fn drawn(beyond_contract: bool) -> Vec<PlannedFault> {
        let nemesis = FAMILIES.iter().map(|family| family.name.to_owned()).collect();
        plan(&Test {
            nemesis,
            nodes: 5,
            beyond_contract,
            time_limit_ms: 600_000,
            nemesis_interval_ms: 500,
            ..example()
        })
    }

    #[test]
    fn what_is_drawn_keeps_the_contract_unless_it_need_not() {
        let breaches = |plan: &[PlannedFault]| plan.iter().filter_map(|fault| breach(fault, 5)).collect::<Vec<_>>();
        assert_eq!(breaches(&drawn(false)), [""; 0]);
        let beyond = breaches(&drawn(true));
        for phrase in ["a wipe of 3 of 5 nodes", "a wipe of 5 of 5 nodes", "a bit-flip of 3", "a truncate of 5"] {
            assert!(beyond.iter().any(|breach| breach.starts_with(phrase)), "{phrase}: {beyond:?}");
        }
    }

    #[test]
    fn damage_that_goes_unnoticed_or_hits_too_many_is_a_breach() {
        let plan = drawn(true);
        let unnoticed =
            plan.iter().find(|fault| fault.kind.name == "bit-flip" && fault.parameters.word("file") == "records");
        let unnoticed = unnoticed.expect("some are drawn");
        let of = |nodes: &[&str], planned: &PlannedFault| {
            let nodes = nodes.iter().map(|node| (*node).to_owned()).collect();
            breach(&PlannedFault { nodes, aim: Aim::Named, ..planned.clone() }, 3)
        };
        assert!(of(&["n1"], unnoticed).is_some_and(|breach| breach.contains("unnoticed")));
        let wipe = plan.iter().find(|fault| fault.kind.name == "wipe").expect("some are drawn");
        assert_eq!(of(&["n1"], wipe), None);
        let two = of(&["n1", "n2"], wipe);
        assert_eq!(two.as_deref(), Some("a wipe of 2 of 3 nodes leaves no good copy of what was committed"));
    }
}
