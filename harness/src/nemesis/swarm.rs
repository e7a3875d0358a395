//! Swarm testing (Groce and others, "Swarm Testing", ISSTA 2012): a run in which everything happens has little of each, and some
//! faults hide what others would show. So each run draws which there are at all, and how they are; many runs together have it all.

use super::{Aim, FAMILIES, Family, Kind, Parameters};
use crate::seed;
use rand::RngExt;
use std::collections::BTreeMap;

/// A card of a deck stands in it up to this often.
const COPIES_MAX: usize = 3;

/// The families of a run: each is as likely to be there as not, and one is there at least.
pub fn swarm(seed: u64) -> Vec<&'static Family> {
    let mut rng = seed::rng(seed, "swarm/families");
    let always = rng.random_range(0..FAMILIES.len());
    let drawn = FAMILIES.iter().enumerate().filter(|(position, _)| rng.random::<bool>() || *position == always);
    drawn.map(|(_, family)| family).collect()
}

/// How the faults of a family are throughout a run.
pub(super) struct Habit {
    seed: u64,
    intensity: f64,
    /// What the interval between faults is multiplied with.
    pub pace: f64,
    /// What is drawn, as often as it stands here.
    pub deck: Vec<(&'static Kind, Aim)>,
}

impl Habit {
    pub fn new(seed: u64, family: &'static Family, intensity: f64) -> Habit {
        let mut rng = seed::rng(seed, &format!("swarm/{}", family.name));
        let pace = 2.0_f64.powf(rng.random_range(-1.0..1.0));
        let all = family.deck();
        let mut deck = Vec::new();
        for card in &all {
            deck.extend(std::iter::repeat_n(*card, rng.random_range(0..=COPIES_MAX)));
        }
        Habit { seed, intensity, pace, deck: if deck.is_empty() { all } else { deck } }
    }

    /// The parameters of a kind: the same for all of its faults in a run.
    pub fn parameters(&self, kind: &Kind) -> Parameters {
        let random = seed::derive(self.seed, &format!("swarm/parameters/{}", kind.name));
        let drawn = Parameters::complete(kind.parameters, &BTreeMap::new(), random, self.intensity);
        drawn.expect("what is drawn is allowed")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        nemesis::{PlannedFault, plan},
        test::Test,
    };
    use std::collections::BTreeSet;

    fn test(seed: u64) -> Test {
        let nemesis = swarm(seed).iter().map(|family| family.name.to_owned()).collect();
        Test { seed, swarm: true, nemesis, time_limit_ms: 60_000, ..crate::test::example() }
    }

    #[test]
    fn runs_differ_in_what_there_is_and_together_have_everything() {
        let runs: Vec<BTreeSet<&str>> =
            (0..200).map(|seed| swarm(seed).iter().map(|family| family.name).collect()).collect();
        assert!(runs.iter().all(|families| !families.is_empty()));
        for family in FAMILIES {
            let count = runs.iter().filter(|families| families.contains(family.name)).count();
            assert!((70..=150).contains(&count), "{} is in {count} of 200 runs", family.name);
        }
        assert_eq!(runs[0], swarm(0).iter().map(|family| family.name).collect());
    }

    #[test]
    fn within_a_run_a_kind_keeps_its_parameters_and_runs_differ() {
        let losses = |seed| {
            let plan: Vec<PlannedFault> = plan(&test(seed));
            plan.into_iter().filter(|fault| fault.kind.name == "loss").collect::<Vec<_>>()
        };
        let runs: Vec<Vec<PlannedFault>> = (0..40).map(losses).filter(|losses| !losses.is_empty()).collect();
        assert!(runs.iter().flatten().count() > 500);
        for losses in &runs {
            assert!(losses.iter().all(|loss| loss.parameters == losses[0].parameters));
        }
        assert!(runs.windows(2).any(|pair| pair[0][0].parameters != pair[1][0].parameters));
        assert!(runs.windows(2).any(|pair| pair[0].len() > pair[1].len() * 3 / 2), "some have many, some few");
        assert_eq!(losses(3), losses(3));
    }
}
