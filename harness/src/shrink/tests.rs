//! The search against simulated systems, which show a symptom as often as a rule of theirs says, at random.

use super::*;
use crate::nemesis::PlannedFault;
use proptest::prelude::*;
use rand::{RngExt, SeedableRng, rngs::Xoshiro256PlusPlus};
use std::{collections::BTreeSet, convert::Infallible, time::Duration};

const SECOND: u64 = 1_000_000_000;

fn symptom(property: &str) -> Symptom {
    Symptom { checker: "raft-safety".to_owned(), property: property.to_owned() }
}

/// A system that shows the symptom with this rate.
struct Simulated<'a> {
    rate: &'a dyn Fn(&Scenario) -> f64,
    /// The faults after the last of which it shows; none: after the last of all.
    culprits: BTreeSet<u64>,
    rng: Xoshiro256PlusPlus,
    /// What a trial costs besides its workload.
    overhead: Duration,
    /// After so many batches the user interrupts.
    patience: u32,
    batches: u32,
    steps: Vec<Step>,
}

impl<'a> Simulated<'a> {
    fn new(seed: u64, rate: &'a dyn Fn(&Scenario) -> f64) -> Simulated<'a> {
        let rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let overhead = Duration::from_millis(800);
        Simulated { rate, culprits: [].into(), rng, overhead, patience: u32::MAX, batches: 0, steps: vec![] }
    }

    fn shrink(&mut self, start: &Scenario, budget_s: u64) -> Option<Shrunk> {
        let settings = Settings { budget: Duration::from_secs(budget_s), side_by_side: 2, seen_ns: None };
        let Ok(shrunk) = shrink(std::slice::from_ref(start), &[symptom("Durability")], settings, self);
        shrunk
    }
}

impl Laboratory for Simulated<'_> {
    type Error = Infallible;

    fn try_out(&mut self, scenario: &Scenario, count: usize) -> Result<Batch, Infallible> {
        self.batches += 1;
        if self.batches > self.patience {
            return Ok(Batch::default());
        }
        let rate = (self.rate)(scenario);
        let trials = (0..count).map(|_| {
            let is_cause =
                |fault: &&PlannedFault| self.culprits.is_empty() || self.culprits.contains(&(fault.random - 100));
            // It shows a little after the last of them has begun.
            let time = scenario.faults.iter().filter(is_cause).map(|fault| fault.start_ns + SECOND / 5).max();
            let shown = self.rng.random_bool(rate).then(|| (symptom("Durability"), time));
            Trial { shown: shown.into_iter().collect() }
        });
        let trials = trials.collect();
        Ok(Batch { trials, cost: self.overhead + Duration::from_nanos(scenario.time_limit_ns) })
    }

    fn tell(&mut self, step: &Step) {
        self.steps.push(step.clone());
    }
}

/// A dozen faults in six seconds.
fn dozen() -> Scenario {
    let times: Vec<(u64, u64)> = (0..12).map(|number| (400 + 450 * number, 600 + 480 * number)).collect();
    Scenario { time_limit_ns: 6 * SECOND, ..scene(&times) }
}

/// Which faults are there: their numbers in the start.
fn faults(scenario: &Scenario) -> BTreeSet<u64> {
    scenario.faults.iter().map(|fault| fault.random - 100).collect()
}

#[test]
fn culprits_are_found_among_a_dozen_faults_though_they_show_only_sometimes() {
    for (culprits, often, budget_s) in [
        (vec![11], 0.9, 90),
        (vec![3], 0.6, 180),
        (vec![4, 9], 0.8, 180),
        (vec![0, 5, 11], 0.9, 300),
        (vec![0, 5, 11], 0.5, 600),
    ] {
        let culprits = BTreeSet::from_iter(culprits);
        let rate = |scenario: &Scenario| if faults(scenario).is_superset(&culprits) { often } else { 0.0 };
        let (mut exact, mut small) = (0, 0);
        for seed in 0..50 {
            let mut system = Simulated { culprits: culprits.clone(), ..Simulated::new(seed, &rate) };
            let Some(shrunk) = system.shrink(&dozen(), budget_s) else { continue };
            assert!(faults(&shrunk.scenario).is_superset(&culprits), "what is found shows the symptom");
            exact += u32::from(faults(&shrunk.scenario) == culprits);
            small += u32::from(shrunk.scenario.faults.len() <= 3);
        }
        assert!(exact >= 35 && small >= 40, "{culprits:?}: {exact} exact and {small} small of 50");
    }
}

/// A system in which a run shows it as often as any of its groups of culprits does, each on its own.
fn with_groups(groups: &[&[u64]], often: f64) -> impl Fn(&Scenario) -> f64 + use<> {
    let groups: Vec<BTreeSet<u64>> = groups.iter().map(|group| group.iter().copied().collect()).collect();
    move |scenario: &Scenario| {
        let there = groups.iter().filter(|group| faults(scenario).is_superset(group)).count();
        1.0 - (1.0 - often).powi(there as i32)
    }
}

#[test]
fn what_shows_seldom_is_found_in_what_came_just_before_it() {
    for (group, often) in [(&[6_u64, 7], 0.25), (&[7, 7], 0.3), (&[5, 7], 0.35)] {
        let rate = with_groups(&[group], often);
        let (mut small, mut shown) = (0, 0);
        for seed in 0..50 {
            let mut system = Simulated { culprits: group.iter().copied().collect(), ..Simulated::new(seed, &rate) };
            let start = dozen();
            // A little after the last of them began, as in the trials.
            let seen_ns = start.faults[7].start_ns + SECOND / 5;
            let settings = Settings { budget: Duration::from_secs(180), side_by_side: 4, seen_ns: Some(seen_ns) };
            let Ok(shrunk) =
                shrink(&[start.until_seen(seen_ns), start], &[symptom("Durability")], settings, &mut system);
            let Some(shrunk) = shrunk else { continue };
            assert!(faults(&shrunk.scenario).is_superset(&group.iter().copied().collect()));
            assert!(shrunk.spent <= Duration::from_secs(180));
            shown += 1;
            small += u32::from(shrunk.scenario.faults.len() <= 3);
        }
        assert!(shown >= 45 && small >= 40, "{group:?}: {small} small of {shown} of 50");
    }
}

#[test]
fn what_the_start_does_not_show_again_is_found_in_a_part_of_it() {
    // The long run hides it: there it comes once in twenty.
    let rate = |scenario: &Scenario| match (faults(scenario).contains(&7), scenario.faults.len()) {
        (true, 0..=3) => 0.6,
        (true, _) => 0.02,
        _ => 0.0,
    };
    let mut found = 0;
    for seed in 0..20 {
        let mut system = Simulated { culprits: [7].into(), ..Simulated::new(seed, &rate) };
        let seen_ns = Some(dozen().faults[7].start_ns + SECOND / 5);
        let settings = Settings { budget: Duration::from_secs(120), side_by_side: 4, seen_ns };
        let Ok(shrunk) = shrink(&[dozen()], &[symptom("Durability")], settings, &mut system);
        let Some(shrunk) = shrunk else { continue };
        found += u32::from(faults(&shrunk.scenario) == BTreeSet::from([7]));
        assert!(shrunk.rate.shown > 0 && shrunk.start_rate.share() < 0.5, "{shrunk:?}");
    }
    assert!(found >= 17, "{found} of 20");
}

#[test]
fn time_nodes_and_clients_are_saved_as_far_as_they_are_not_needed() {
    let rate = |scenario: &Scenario| {
        let is_long = |number: u64, length| {
            let fault = scenario.faults.iter().find(|fault| fault.random == 100 + number);
            fault.is_some_and(|fault| fault.end_ns - fault.start_ns >= length)
        };
        let is_shown = is_long(6, SECOND / 4) && scenario.clients >= 4 && scenario.nodes >= 3;
        if is_shown { 0.9 } else { 0.0 }
    };
    let shrunk = Simulated::new(3, &rate).shrink(&dozen(), 300).expect("it shows");
    assert_eq!(faults(&shrunk.scenario), BTreeSet::from([6]));
    let (fault, scenario) = (&shrunk.scenario.faults[0], &shrunk.scenario);
    assert!(fault.end_ns - fault.start_ns < SECOND / 2, "{scenario:?}");
    assert_eq!((scenario.nodes, scenario.clients, scenario.rate), (3, 5, Some(50.0)), "{scenario:?}");
    assert!(scenario.time_limit_ns < SECOND, "{scenario:?}");
    assert_eq!(shrunk.ending, Ending::Minimal);
    assert!(shrunk.is_fresh && shrunk.rate.trials >= 10 && shrunk.rate.shown >= 5);
}

#[test]
fn what_needs_the_time_between_faults_keeps_it() {
    // Both, and two seconds from one to the other.
    let rate = |scenario: &Scenario| {
        let start = |number: u64| scenario.faults.iter().find(|fault| fault.random == 100 + number).map(|f| f.start_ns);
        match (start(2), start(8)) {
            (Some(first), Some(second)) if second - first >= 2 * SECOND => 0.9,
            _ => 0.0,
        }
    };
    let shrunk = Simulated::new(1, &rate).shrink(&dozen(), 300).expect("it shows");
    assert_eq!(faults(&shrunk.scenario), BTreeSet::from([2, 8]));
}

#[test]
fn what_happened_after_the_violation_goes_first() {
    let rate = |scenario: &Scenario| if faults(scenario).contains(&2) { 0.95 } else { 0.0 };
    let mut system = Simulated { culprits: [2].into(), ..Simulated::new(1, &rate) };
    let shrunk = system.shrink(&dozen(), 180);
    assert_eq!(shrunk.map(|shrunk| faults(&shrunk.scenario)), Some(BTreeSet::from([2])));
    let first = &system.steps[1];
    assert_eq!((first.change.as_str(), first.scenario.faults.len()), ("until the violation", 4));
}

#[test]
fn of_several_starts_one_that_shows_it_is_taken_and_of_symptoms_the_most_frequent() {
    struct Two(u32);
    impl Laboratory for Two {
        type Error = Infallible;
        fn try_out(&mut self, scenario: &Scenario, count: usize) -> Result<Batch, Infallible> {
            let trial = || {
                self.0 += 1;
                let often = (symptom("Log Matching"), None);
                let seldom = self.0.is_multiple_of(3).then(|| (symptom("Durability"), None));
                let shown = if scenario.faults.len() > 3 {
                    [Some(often), seldom].into_iter().flatten().collect()
                } else {
                    [].into()
                };
                Trial { shown }
            };
            Ok(Batch { trials: std::iter::repeat_with(trial).take(count).collect(), cost: Duration::from_secs(1) })
        }
    }
    let starts = [dozen().keeping(|place| place < 3), dozen()];
    let wanted = [symptom("Durability"), symptom("Log Matching")];
    let settings = Settings { budget: Duration::from_secs(100), side_by_side: 2, seen_ns: None };
    let Ok(shrunk) = shrink(&starts, &wanted, settings, &mut Two(0));
    let shrunk = shrunk.expect("the second shows it");
    assert_eq!((shrunk.symptom, shrunk.start.faults.len()), (symptom("Log Matching"), 12));
    assert_eq!(shrunk.scenario.faults.len(), 4);
}

#[test]
fn what_never_comes_back_is_not_shrunk() {
    let mut system = Simulated::new(1, &|_| 0.0);
    assert!(system.shrink(&dozen(), 180).is_none());
    assert_eq!((system.batches, system.steps.len()), (4, 1));
}

#[test]
fn whoever_interrupts_gets_what_there_is() {
    let rate = |scenario: &Scenario| if faults(scenario).contains(&11) { 0.9 } else { 0.0 };
    for patience in 3..30 {
        let mut system = Simulated { patience, ..Simulated::new(5, &rate) };
        let shrunk = system.shrink(&dozen(), 180).expect("it showed before");
        assert!(faults(&shrunk.scenario).contains(&11));
        assert!(shrunk.rate.shown > 0);
        assert_eq!(shrunk.ending, Ending::Interrupted);
        assert_eq!(system.batches, patience + 1, "nothing is tried after that");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// Whatever is needed, and however often it shows: the result shows it, and the budget is kept.
    #[test]
    fn a_result_reproduces_and_the_budget_is_kept(
        culprits in prop::collection::btree_set(0..12_u64, 0..4),
        often in 0.05..1.0_f64,
        clients in 2..10_usize,
        nodes in 3..=5_usize,
        budget in 10..400_u64,
        overhead in 100..4000_u64,
        seed: u64,
    ) {
        let is_shown = |scenario: &Scenario| {
            faults(scenario).is_superset(&culprits) && scenario.clients >= clients && scenario.nodes >= nodes
        };
        let rate = |scenario: &Scenario| if is_shown(scenario) { often } else { 0.0 };
        let mut system = Simulated { overhead: Duration::from_millis(overhead), ..Simulated::new(seed, &rate) };
        let start = dozen();
        if let Some(shrunk) = system.shrink(&start, budget) {
            prop_assert!(is_shown(&shrunk.scenario));
            prop_assert!(shrunk.rate.shown > 0 && shrunk.rate.shown <= shrunk.rate.trials);
            prop_assert!(shrunk.scenario.faults.len() <= start.faults.len());
            // The first batch alone may cost more than there is.
            let first = Duration::from_secs(6) + system.overhead;
            prop_assert!(shrunk.spent <= Duration::from_secs(budget).max(first), "{:?} of {budget} s", shrunk.spent);
            prop_assert!(system.steps.iter().all(|step| step.rate.trials > 0));
        }
    }
}

#[test]
fn a_background_is_not_taken_for_the_violation() {
    let culprits = BTreeSet::from([2, 7]);
    let rate = |scenario: &Scenario| if faults(scenario).is_superset(&culprits) { 0.9 } else { 0.02 };
    for seed in 0..40 {
        let shrunk = Simulated::new(seed, &rate).shrink(&dozen(), 300).expect("it shows");
        assert!(faults(&shrunk.scenario).is_superset(&culprits), "seed {seed}: {shrunk:?}");
    }
}
