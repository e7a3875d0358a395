//! An oracle that shares nothing with the checker: it tries every order.

use harness::history::{Operation, Outcome};
use serde_json::Value;
use std::collections::BTreeSet;

/// What an operation did, in the oracle's own words. Values are small numbers, 0 is nil.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Deed {
    Saw(u8),
    Set(u8),
    Swapped(u8, u8),
    MetOther(u8),
    Impossible,
}

/// An operation for the oracle: the deed, call, return (`None`: never), and whether it certainly happened.
#[derive(Clone, Copy, Debug)]
pub struct Fact {
    pub deed: Deed,
    pub call: u64,
    pub ret: Option<u64>,
    pub certain: bool,
}

pub fn number(value: &Value) -> u8 {
    value.as_u64().map_or(0, |n| u8::try_from(n).unwrap())
}

/// Reads an operation as a history writes it; `None` if it says nothing.
pub fn fact(operation: &Operation) -> Option<Fact> {
    let argument = &operation.input[1];
    let deed = match (operation.f.as_str(), operation.outcome) {
        ("read", Outcome::Ok) => Deed::Saw(number(&operation.output[1])),
        ("write", Outcome::Ok | Outcome::Info) => Deed::Set(number(argument)),
        ("cas", Outcome::Ok | Outcome::Info) => Deed::Swapped(number(&argument[0]), number(&argument[1])),
        ("cas", Outcome::Fail) if operation.error.as_deref() == Some("mismatch") => match &operation.found {
            Some(found) if *found == argument[0] => Deed::Impossible,
            Some(found) => Deed::Saw(number(found)),
            None => Deed::MetOther(number(&argument[0])),
        },
        _ => return None,
    };
    let certain = operation.outcome != Outcome::Info;
    Some(Fact { deed, call: operation.call, ret: operation.ret.filter(|_| certain), certain })
}

/// Whether there is an order: tries every one, with every subset of the uncertain operations. (It remembers where it has
/// been, or seven operations would be the most that can be asked of it.)
pub fn orderable(facts: &[Fact]) -> bool {
    let mut seen = BTreeSet::new();
    let mut todo = vec![(0u32, 0u8)];
    while let Some((placed, state)) = todo.pop() {
        if !seen.insert((placed, state)) {
            continue;
        }
        if facts.iter().enumerate().all(|(i, fact)| placed >> i & 1 == 1 || !fact.certain) {
            return true;
        }
        for (i, fact) in facts.iter().enumerate().filter(|(i, _)| placed >> i & 1 == 0) {
            let overdue = |j: usize, other: &Fact| {
                placed >> j & 1 == 0 && other.certain && other.ret.is_some_and(|ret| ret < fact.call)
            };
            // An uncertain operation that has a return (an excused one) must not come after what began later.
            let too_late = fact
                .ret
                .is_some_and(|ret| facts.iter().enumerate().any(|(j, other)| placed >> j & 1 == 1 && other.call > ret));
            if too_late || facts.iter().enumerate().any(|(j, other)| overdue(j, other)) {
                continue;
            }
            let after = match fact.deed {
                Deed::Saw(v) if v == state => state,
                Deed::Set(v) => v,
                Deed::Swapped(old, new) if old == state => new,
                Deed::MetOther(old) if old != state => state,
                _ => continue,
            };
            todo.push((placed | 1 << i, after));
        }
    }
    false
}

/// The facts without those that see a value which none of them writes (though somebody in `all` had begun to).
pub fn without_phantoms(mut facts: Vec<Fact>, all: &[Fact]) -> Vec<Fact> {
    let makes = |fact: &Fact| match fact.deed {
        Deed::Set(v) => Some(v),
        Deed::Swapped(old, new) if old != new => Some(new),
        _ => None,
    };
    loop {
        let begun = |among: &[Fact], seen: &Fact, fits: &dyn Fn(u8) -> bool| {
            among.iter().any(|w| makes(w).is_some_and(fits) && seen.ret.is_none_or(|ret| w.call < ret))
        };
        let (before, here) = (facts.len(), facts.clone());
        facts.retain(|fact| {
            let fits = |v| match fact.deed {
                Deed::Saw(seen) | Deed::Swapped(seen, _) => v == seen,
                Deed::MetOther(expected) => v != expected,
                Deed::Set(_) => true,
                Deed::Impossible => false,
            };
            fits(0) || begun(&here, fact, &fits) || !begun(all, fact, &fits)
        });
        if facts.len() == before {
            return facts;
        }
    }
}
