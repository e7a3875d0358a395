//! Generated histories have the verdict that they were made for.

use harness::checker::{Budget, Checker, Linearizability, Record, Verdict};
use harness::history::pair;
use harness::synthetic::{Injection, Recipe, Synthetic};

fn judge(recipe: &Recipe) -> Verdict {
    let events = Synthetic::new(recipe.clone()).map(|step| step.event());
    let operations = pair(events).expect("a record in order");
    assert_eq!(operations.len() as u64, recipe.operations, "{recipe:?}");
    let result = Linearizability::default().check(&Record { operations, ..Record::default() }, Budget::default());
    assert!(result.violations.len() < 2, "{recipe:?}: only one key was broken");
    result.verdict
}

/// Recipes of all sorts.
fn recipes() -> impl Iterator<Item = Recipe> {
    (0..240u64).map(|seed| Recipe {
        operations: 3 + seed * 2,
        keys: 1 + u32::try_from(seed % 7).expect("small"),
        clients: 1 + u32::try_from(seed % 5).expect("small"),
        unknown: [0.0, 0.05, 0.3][seed as usize % 3],
        reads: [0.2, 0.5, 0.8][seed as usize / 3 % 3],
        cas: [0.0, 0.2][seed as usize / 9 % 2],
        values: (seed % 4 == 0).then_some(3),
        found: seed % 2 == 0,
        injection: None,
        seed,
    })
}

#[test]
fn a_generated_history_is_correct() {
    for recipe in recipes() {
        assert_eq!(judge(&recipe), Verdict::Valid, "{recipe:?}");
    }
}

#[test]
fn what_is_injected_is_found() {
    for (recipe, injection) in recipes().zip(Injection::ALL.into_iter().cycle()) {
        let recipe = Recipe { injection: Some(injection), ..recipe };
        assert_eq!(judge(&recipe), Verdict::Invalid, "{recipe:?}");
    }
}

#[test]
fn the_same_recipe_makes_the_same_history() {
    let recipe = recipes().last().expect("one");
    let again = Recipe { seed: recipe.seed + 1, ..recipe };
    assert!(Synthetic::new(recipe.clone()).eq(Synthetic::new(recipe.clone())));
    assert!(!Synthetic::new(recipe).eq(Synthetic::new(again)));
}
