//! The faults of a run, drawn before it begins: a pure function of the test. Each family draws from a generator of its own, so
//! that adding one does not move the faults of another.

use super::{Aim, FAMILIES, Family, Kind, Parameters, Wait, swarm::Habit};
use crate::{history::Link, seed, test::Test};
use rand::{RngExt, seq::SliceRandom};
use std::collections::BTreeMap;

/// Faults closer together than this would be over before anybody felt them.
const INTERVAL_MS_MIN: u64 = 100;

/// A fault that is going to be injected.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedFault {
    /// Number within the plan, in order of the start.
    pub id: u64,
    /// What is to be done.
    pub kind: &'static Kind,
    /// At whom it is aimed.
    pub aim: Aim,
    /// What else there is to say about it.
    pub parameters: Parameters,
    /// What must have happened before its time begins, one after the other.
    pub when: Vec<Wait>,
    /// When it begins, in ns since the start of the run, or since all that it waits for has happened.
    pub start_ns: u64,
    /// When it ends.
    pub end_ns: u64,
    /// What decides everything about it that is left to chance.
    pub random: u64,
    /// The nodes to hit, where they are not to be chosen at the moment.
    pub nodes: Vec<String>,
    /// The links to hit, where no shape is to be drawn.
    pub links: Vec<Link>,
}

/// Draws the faults of a test, in order of their start. In each family they follow each other at the nemesis interval on
/// average, last a third to two thirds of it, and do not overlap, unless they are to last longer; those of different families do. All end before the
/// workload does, and each family has at least one.
///
/// # Panics
/// If the test names a nemesis that does not exist: it was to be refused before.
pub fn plan(test: &Test) -> Vec<PlannedFault> {
    if let Some(unknown) = test.nemesis.iter().find(|name| Family::find(name).is_none()) {
        panic!("there is no nemesis {unknown}");
    }
    let families = FAMILIES.iter().filter(|family| test.nemesis.iter().any(|name| name == family.name));
    let mut faults: Vec<PlannedFault> = families.flat_map(|family| stream(test, family)).collect();
    // Those of one moment stay in the order of their families.
    faults.sort_by_key(|fault| fault.start_ns);
    for (id, fault) in faults.iter_mut().enumerate() {
        fault.id = id as u64;
    }
    faults
}

fn stream(test: &Test, family: &'static Family) -> Vec<PlannedFault> {
    let mut rng = seed::rng(test.seed, &format!("nemesis/{}", family.name));
    let intensity = test.nemesis_intensity.unwrap_or(1.0);
    let habit = test.swarm.then(|| Habit::new(test.seed, family, intensity));
    let limit = test.time_limit_ms.max(1) * 1_000_000;
    let mut interval = test.nemesis_interval_ms.max(INTERVAL_MS_MIN) * 1_000_000;
    if let Some(habit) = &habit {
        interval = (interval as f64 * habit.pace) as u64;
    }
    let duration = test.nemesis_duration_ms.map_or(interval / 2, |duration| duration * 1_000_000);
    let shortest = duration * 3 / 5;
    // The last moments are for seeing the cluster come back while clients still work.
    let end_max = limit - limit / 20;
    // Early, but after a few operations of a healthy cluster.
    let first_max = (limit / 3).min(interval / 2);
    let mut start = rng.random_range(first_max / 3..=first_max);
    let mut deck = Vec::new();
    let mut faults = Vec::new();
    loop {
        let length = rng.random_range(shortest..=duration * 7 / 5);
        if deck.is_empty() {
            deck = habit.as_ref().map_or_else(|| family.deck(), |habit| habit.deck.clone());
            deck.shuffle(&mut rng);
        }
        let (kind, aim) = deck.pop().expect("a deck has cards");
        let random = rng.random();
        let parameters = match &habit {
            Some(habit) => habit.parameters(kind),
            None => Parameters::complete(kind.parameters, &BTreeMap::new(), random, intensity)
                .expect("what is drawn is allowed"),
        };
        faults.push(PlannedFault {
            id: 0,
            kind,
            aim,
            parameters,
            when: Vec::new(),
            start_ns: start,
            end_ns: (start + length).min(end_max),
            random,
            nodes: Vec::new(),
            links: Vec::new(),
        });
        // On average an interval; and never before the longest fault is over, unless faults are to last longer.
        start += rng.random_range(interval * 3 / 4..=interval * 5 / 4);
        if start + shortest.min(interval * 3 / 10) > end_max {
            return faults;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nemesis::{Schedule, Targets};
    use std::collections::BTreeSet;

    fn test(nemesis: &[&str], seed: u64, time_limit_ms: u64, nemesis_interval_ms: u64) -> Test {
        let nemesis = nemesis.iter().map(|name| (*name).to_owned()).collect();
        Test { nemesis, seed, time_limit_ms, nemesis_interval_ms, ..crate::test::example() }
    }

    #[test]
    fn faults_last_as_long_as_they_are_told_to_and_may_overlap_then() {
        let test = Test { nemesis_duration_ms: Some(8000), ..test(&["kill"], 1, 60_000, 5000) };
        let plan = plan(&test);
        let lengths: Vec<u64> = plan.iter().map(|fault| (fault.end_ns - fault.start_ns) / 1_000_000).collect();
        assert!(lengths.iter().all(|length| *length <= 11_200), "{lengths:?}");
        assert!(lengths[..lengths.len() - 3].iter().all(|length| *length >= 4_800), "{lengths:?}");
        assert!(plan.windows(2).any(|pair| pair[0].end_ns > pair[1].start_ns));
    }

    #[test]
    fn a_plan_and_its_schedule_are_functions_of_the_test() {
        let written = |plan: &[PlannedFault]| {
            serde_json::to_value(Schedule::of(0, plan, &BTreeMap::new())).expect("a schedule is JSON")
        };
        for family in FAMILIES {
            for swarm in [false, true] {
                let test = |seed| Test { swarm, ..test(&[family.name], seed, 60_000, 5000) };
                let (first, again, other) = (plan(&test(1)), plan(&test(1)), plan(&test(2)));
                assert_eq!(first, again, "{}", family.name);
                assert_eq!(written(&first), written(&again), "{}", family.name);
                assert_ne!(written(&first), written(&other), "{}", family.name);
                let read: Schedule = serde_json::from_value(written(&first)).expect("what is written is read");
                assert_eq!(read.plan(&test(1), Targets::Written), Ok(first), "{}", family.name);
            }
        }
        assert_eq!(plan(&test(&[], 1, 60_000, 5000)), []);
    }

    #[test]
    fn a_family_does_not_move_the_faults_of_another() {
        let faults = |nemesis: &[&str]| {
            let kills = plan(&test(nemesis, 7, 60_000, 5000)).into_iter();
            kills.filter(|fault| fault.kind.family().name == "kill").map(|fault| PlannedFault { id: 0, ..fault })
        };
        assert!(faults(&["kill"]).eq(faults(&["pause", "kill", "partition"])));
    }

    #[test]
    fn every_fault_fits_into_the_workload_and_each_family_has_one_soon() {
        let all = ["partition", "kill", "pause"];
        for (limit_ms, interval_ms) in [(5000, 5000), (1000, 5000), (20_000, 5000), (60_000, 1000), (5000, 60_000)] {
            for seed in 0..100 {
                let plan = plan(&test(&all, seed, limit_ms, interval_ms));
                assert!(plan.iter().enumerate().all(|(id, fault)| fault.id == id as u64));
                assert!(plan.is_sorted_by_key(|fault| fault.start_ns));
                for family in all {
                    let faults: Vec<&PlannedFault> =
                        plan.iter().filter(|fault| fault.kind.family().name == family).collect();
                    let first = faults.first().expect("at least one").start_ns;
                    assert!(
                        first <= (limit_ms / 3 * 1_000_000 + 1_000_000).min(interval_ms * 500_000),
                        "{first} is late"
                    );
                    assert!(faults.windows(2).all(|pair| pair[0].end_ns < pair[1].start_ns), "one after the other");
                }
                for fault in &plan {
                    assert!(fault.start_ns < fault.end_ns && fault.end_ns < limit_ms * 1_000_000);
                    assert!(fault.end_ns - fault.start_ns <= interval_ms * 700_000);
                }
            }
        }
    }

    #[test]
    fn faults_follow_at_the_interval_and_every_aim_comes_up() {
        let plan = plan(&test(&["partition", "kill", "pause"], 3, 1_000_000, 5000));
        for (family, aims) in [("partition", 6), ("kill", 5), ("pause", 4)] {
            let faults: Vec<&PlannedFault> = plan.iter().filter(|fault| fault.kind.family().name == family).collect();
            assert!((180..=220).contains(&faults.len()), "{} faults in 200 intervals", faults.len());
            let different: BTreeSet<Aim> = faults.iter().take(7).map(|fault| fault.aim).collect();
            assert!(different.len() >= aims, "seven draws show every aim: {different:?}");
        }
    }
}
