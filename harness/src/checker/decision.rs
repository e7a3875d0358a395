//! The verdict on the operations of one key: the engine that fits them, and the certificate without which nothing it says
//! counts. An order is replayed; operations that have none are tried in every order ([`super::certificate`]). Where these are
//! too many, another engine has to say the same; if there is none, the verdict is unknown.

use super::Budget;
use super::certificate::{Proof, prove};
use super::minimal::{Core, as_core, certify, relevant, shrink};
use super::model::{Object, OpKind};
use super::monitor::Answer;
use super::search::{Entry, Found, search};

/// The most that is spent on making one violation small and readable.
const SHRINK_STEPS_MAX: u64 = 5_000_000;
/// More suspects than this are shown as they are: a chain of compare-and-sets hangs together anyway.
const SUSPECTS_MAX: usize = 256;

/// What is to be said of some operations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// There is an order.
    Linearizable,
    /// There is none.
    Violated {
        /// Some of them, for which there is none either.
        core: Core,
        /// The position of the return that no order of these gets past.
        at: u64,
    },
    /// Not decided.
    Undecided {
        /// How far it came, and what would help.
        reason: String,
    },
    /// The checker is wrong: its certificate failed. This is no evidence about the system.
    Contradiction {
        /// In which way.
        reason: String,
    },
}

/// Decides whether `entries`, given by call, have an order. The second result is the number of search steps.
pub fn decide<O: Object>(model: &O, entries: &[Entry<O::Op>], budget: Budget) -> (Decision, u64) {
    let answer = model.monitor(entries);
    // What a monitor accuses has been looked at by the search, too.
    let is_seconded = answer.is_some();
    let (decision, steps) = match answer {
        Some(Answer::Order(order)) => (replayed(model, entries, &order), 0),
        Some(Answer::Nothing(suspects)) => suspected(model, entries, &suspects, budget),
        Some(Answer::NothingOf { suspects, elements }) => projected(model, entries, suspects, elements, budget),
        None => searched(model, entries, budget),
    };
    (certified(model, entries, decision, is_seconded), steps)
}

/// An accusation only with its certificate.
fn certified<O: Object>(model: &O, entries: &[Entry<O::Op>], decision: Decision, is_seconded: bool) -> Decision {
    let Decision::Violated { core, .. } = &decision else { return decision };
    match prove(model, entries, core) {
        Proof::Holds => decision,
        Proof::Fails => contradiction("no order was found where there is one"),
        Proof::TooMany if is_seconded => decision,
        Proof::TooMany => {
            let reason = format!(
                "the search found no order, but these {} operations have too many for that to be confirmed; fewer clients at \
                 a time, or values that are written only once, would help",
                core.members.len()
            );
            Decision::Undecided { reason }
        }
    }
}

fn replayed<O: Object>(model: &O, entries: &[Entry<O::Op>], order: &[u32]) -> Decision {
    if certify(model, entries, order) {
        Decision::Linearizable
    } else {
        contradiction("an order was found that is none")
    }
}

fn contradiction(what: &str) -> Decision {
    Decision::Contradiction {
        reason: format!("the checker contradicts itself: {what}; this is a defect of the checker"),
    }
}

fn searched<O: Object>(model: &O, entries: &[Entry<O::Op>], budget: Budget) -> (Decision, u64) {
    let relevant = relevant(model, entries);
    let (found, steps) = search(model, &relevant, budget);
    match found {
        Found::Order(order) => (replayed(model, &relevant, &order), steps),
        Found::Nothing { at } => {
            let all: Vec<usize> = (0..entries.len()).collect();
            let (decision, more) = accused(model, entries, &all, at, budget);
            (decision, steps + more)
        }
        Found::GaveUp { passed, returns, configurations, limit } => {
            let reason = format!(
                "the search ran out of {limit} after {passed} of {returns} completions, with {configurations} \
                 configurations remembered; fewer operations a key, values that are written only once, or a larger \
                 budget would help"
            );
            (Decision::Undecided { reason }, steps)
        }
    }
}

/// Lets the search look at what the other engine suspects.
fn suspected<O: Object>(model: &O, entries: &[Entry<O::Op>], suspects: &[usize], budget: Budget) -> (Decision, u64) {
    let alone: Vec<_> = suspects.iter().map(|&i| entries[i]).collect();
    let (found, steps) = search(model, &relevant(model, &alone), budget);
    let (decision, more) = match found {
        Found::Order(_) => (contradiction("operations were accused that have an order"), 0),
        Found::GaveUp { limit, .. } => {
            let count = suspects.len();
            let reason = format!("that {count} operations have no order could not be confirmed: it ran out of {limit}");
            (Decision::Undecided { reason }, 0)
        }
        Found::Nothing { at } if suspects.len() > SUSPECTS_MAX => (
            Decision::Violated {
                core: Core { members: suspects.to_vec(), minimal: false, steps: 0, elements: None },
                at,
            },
            0,
        ),
        Found::Nothing { at } => {
            // What a failed compare-and-set met may be anybody's value: alone with few others it would be in the wrong for
            // their small number. So all that proves it wrong is kept; and all of what a monitor of another object names,
            // which is no more than it takes.
            let missed = |entry: &&Entry<O::Op>| model.is_vague(&entry.op);
            let general = |entry: &Entry<O::Op>| model.kind(&entry.op) == OpKind::General;
            let whole = alone.iter().find(missed).map(|entry| entry.ret);
            match whole.or(alone.iter().any(general).then_some(at)) {
                Some(at) => {
                    let core = as_core(model, entries, suspects, shrink_budget(budget));
                    let steps = core.steps;
                    (Decision::Violated { core, at }, steps)
                }
                None => accused(model, entries, suspects, at, budget),
            }
        }
    };
    (decision, steps + more)
}

/// Lets the search look at what the other engine suspects, and at some elements only.
fn projected<O: Object>(
    model: &O,
    entries: &[Entry<O::Op>],
    suspects: Vec<usize>,
    elements: Vec<u32>,
    budget: Budget,
) -> (Decision, u64) {
    let of_these = |&i: &usize| Entry { op: model.project(&entries[i].op, &elements), ..entries[i] };
    let alone: Vec<_> = suspects.iter().map(of_these).collect();
    let all: Vec<usize> = (0..alone.len()).collect();
    match suspected(model, &alone, &all, budget) {
        (Decision::Violated { core, at }, steps) => {
            let members = core.members.iter().map(|&i| suspects[i]).collect();
            (Decision::Violated { core: Core { members, elements: Some(elements), ..core }, at }, steps)
        }
        other => other,
    }
}

/// Makes the accusation small.
fn accused<O: Object>(
    model: &O,
    entries: &[Entry<O::Op>],
    among: &[usize],
    at: u64,
    budget: Budget,
) -> (Decision, u64) {
    let core = shrink(model, entries, among, at, shrink_budget(budget));
    let steps = core.steps;
    (Decision::Violated { core, at }, steps)
}

fn shrink_budget(budget: Budget) -> Budget {
    Budget { steps: budget.steps.min(SHRINK_STEPS_MAX), ..budget }
}
