//! The families of faults: what `--nemesis` names. This is the one table in which a kind of fault stands; everything else about
//! it is in its own file.

use super::{
    Aim, Kind, at_rest, clients, clock, corrupt, crash, delay, disk, duplicate, flap, kill, loss, membership,
    partition, pause, power, rate, reorder, reset, restart, starve,
};

/// Kinds of faults that hurt the same thing.
#[derive(Debug)]
pub struct Family {
    /// Its name on the command line.
    pub name: &'static str,
    /// What its faults do, in a sentence.
    pub summary: &'static str,
    /// What its faults can be.
    pub kinds: &'static [&'static Kind],
}

/// All of them.
pub static FAMILIES: &[Family] = &[
    Family::of(&[&partition::PARTITION]),
    Family::of(&[&kill::KILL]),
    Family::of(&[&pause::PAUSE]),
    Family {
        name: "restart",
        summary: "kill and restart nodes again and again: one after the other, or the same in a loop",
        kinds: &[&restart::ROLLING, &restart::CRASH_LOOP],
    },
    Family::of(&[&starve::STARVE]),
    Family::of(&[&delay::DELAY]),
    Family::of(&[&loss::LOSS]),
    Family::of(&[&duplicate::DUPLICATE]),
    Family::of(&[&reorder::REORDER]),
    Family::of(&[&corrupt::CORRUPT]),
    Family::of(&[&rate::RATE]),
    Family::of(&[&reset::RESET]),
    Family::of(&[&flap::FLAP]),
    Family::of(&[&clients::CLIENTS]),
    Family {
        name: crate::test::MEMBERSHIP,
        summary: "change who takes part, and who leads, as an operator does",
        kinds: &membership::KINDS,
    },
    Family {
        name: "clock",
        summary: "the clocks of nodes jump, drift, strobe or stand still",
        kinds: &[&clock::JUMP, &clock::DRIFT, &clock::STROBE, &clock::FREEZE],
    },
    Family {
        name: "power",
        summary: "the power of nodes fails, and what was not synced is lost: all of it, its end, or a random part",
        kinds: &[&power::WHOLE, &power::TORN, &power::SUBSET],
    },
    Family::of(&[&crash::CRASH]),
    Family {
        name: "disk",
        summary: "the disks of nodes are slow, fail, are full, or damage what is stored",
        kinds: &[
            &disk::SLOW_SYNC,
            &disk::FAIL_SYNC,
            &disk::FULL,
            &at_rest::BIT_FLIP,
            &at_rest::TRUNCATE,
            &at_rest::WIPE,
        ],
    },
];

impl Family {
    /// The family of a single kind, which says it all. One of several has a name and a summary of its own.
    const fn of(kind: &'static [&'static Kind; 1]) -> Family {
        Family { name: kind[0].name, summary: kind[0].summary, kinds: kind }
    }

    /// The family of this name.
    pub fn find(name: &str) -> Option<&'static Family> {
        FAMILIES.iter().find(|family| family.name == name)
    }

    /// Every kind, aimed at everybody it can be. Drawing one shuffled deck after the other, each comes up in a long run, as often
    /// as it stands in the deck: a leader is hurt more often than a majority, because elections are where bugs live.
    pub(super) fn deck(&self) -> Vec<(&'static Kind, Aim)> {
        let aimed = |kind: &'static Kind| kind.aims.deck().into_iter().map(move |aim| (kind, aim));
        self.kinds.iter().flat_map(|kind| aimed(kind)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nemesis::{Domain, ScheduledFault};
    use std::collections::BTreeSet;

    fn kinds() -> impl Iterator<Item = &'static Kind> {
        FAMILIES.iter().flat_map(|family| family.kinds.iter().copied())
    }

    #[test]
    fn names_are_unique_and_a_family_of_one_kind_bears_its_name() {
        let names: BTreeSet<&str> = kinds().map(|kind| kind.name).collect();
        assert_eq!(names.len(), kinds().count());
        for family in FAMILIES {
            let is_namesake = family.kinds.iter().any(|kind| kind.name == family.name);
            assert_eq!(is_namesake, family.kinds.len() == 1, "{}", family.name);
            assert!(family.kinds.iter().all(|kind| kind.family().name == family.name));
        }
    }

    #[test]
    fn every_kind_is_documented_and_its_parameters_are_no_fields_of_a_fault() {
        for kind in kinds() {
            assert!(!kind.summary.is_empty() && !kind.needs.is_empty() && !kind.aims.deck().is_empty(), "{kind:?}");
            for parameter in kind.parameters {
                assert!(!parameter.summary.is_empty());
                assert!(!ScheduledFault::FIELDS.contains(&parameter.name), "{kind:?}: {}", parameter.name);
                let is_within = match (parameter.allowed, parameter.drawn) {
                    (Domain::Time(least, most), Domain::Time(mild, severe)) => {
                        least <= mild.min(severe) && mild.max(severe) <= most
                    }
                    (Domain::Number(least, most), Domain::Number(mild, severe)) => {
                        least <= mild.min(severe) && mild.max(severe) <= most
                    }
                    (Domain::Count(least, most), Domain::Count(mild, severe)) => {
                        least <= mild.min(severe) && mild.max(severe) <= most
                    }
                    (Domain::Words(all), Domain::Words(some)) => some.iter().all(|word| all.contains(word)),
                    _ => false,
                };
                assert!(is_within, "{kind:?}: what is drawn of {} is allowed", parameter.name);
            }
        }
    }
}
