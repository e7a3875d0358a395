//! How each seeded bug is found: the table in `bugs.toml`.

use crate::{
    cli::{Cli, Command, TestOptions},
    plan, schedule,
};
use clap::Parser;
use harness::{
    nemesis::{PlannedFault, Targets},
    test::Test,
};
use serde::Deserialize;
use serde_json::json;
use std::path::Path;

/// The table.
const RECIPES: &str = include_str!("bugs.toml");

/// The workload of a test that names none.
const REGISTER: &str = "register";

/// A way to find a bug.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// The bug's name.
    pub bug: String,
    /// Options of `test`, as on the command line, without the bug and the seed.
    pub options: String,
    /// Whether it breaks a gate, such as availability, and no promise. Otherwise a gate that is missed proves nothing: the
    /// machine may have been busy.
    #[serde(default)]
    pub gate: bool,
    /// The faults, where they are not drawn: as in a schedule.
    #[serde(default)]
    pub faults: Vec<serde_json::Value>,
}

/// Every recipe, in the order of the table.
pub fn recipes() -> Vec<Recipe> {
    #[derive(Deserialize)]
    struct Table {
        recipe: Vec<Recipe>,
    }
    toml::from_str::<Table>(RECIPES).expect("the table of bugs is well-formed: a test reads it").recipe
}

impl Recipe {
    /// Whether another recipe does the same to the cluster, so that the correct node need not be tried with both.
    pub fn is_like(&self, other: &Recipe) -> bool {
        self.options == other.options && self.faults == other.faults
    }

    /// The test and its faults, with the bug or without it.
    ///
    /// # Errors
    /// A sentence on what in the recipe cannot be carried out.
    pub fn plan(&self, has_bug: bool, seed: u64, out: &Path) -> Result<(Test, Vec<PlannedFault>), String> {
        let mut options = self.test_options()?;
        options.seed = Some(seed);
        options.out = Some(out.to_owned());
        options.bug = has_bug.then(|| vec![self.bug.clone()]);
        if self.faults.is_empty() {
            return plan::plan(&options);
        }
        let mut test = plan::test(&options)?;
        let faults = schedule::parse(self.schedule(), &test, Targets::Written)?;
        test.nemesis = plan::families(&faults);
        test.reproduce = plan::reproduce(&test, &format!("--schedule {}", self.file(out).display()));
        Ok((test, faults))
    }

    /// Writes the schedule to where the command that reproduces a run expects it, if there is one.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn save_schedule(&self, out: &Path) -> std::io::Result<()> {
        if self.faults.is_empty() {
            return Ok(());
        }
        let text = toml::to_string(&self.schedule()).map_err(std::io::Error::other)?;
        std::fs::write(self.file(out), text)
    }

    fn file(&self, out: &Path) -> std::path::PathBuf {
        out.join(format!("{}.toml", self.bug))
    }

    /// What clients do.
    pub fn workload(&self) -> String {
        self.test_options().ok().and_then(|options| options.workload).unwrap_or_else(|| REGISTER.to_owned())
    }

    /// What is done to the cluster, in a word or two, and the workload if that is not registers.
    pub fn nemesis(&self) -> String {
        let workload = self.workload();
        let clients = if workload == REGISTER { String::new() } else { format!(" (`{workload}`)") };
        self.faults_in_words() + &clients
    }

    fn faults_in_words(&self) -> String {
        let point = self.faults.iter().find_map(|fault| fault.get("point")?.as_str());
        match (self.faults.len(), point) {
            (0, _) => self.test_options().ok().and_then(|options| options.nemesis).unwrap_or_default().join(","),
            (1, None) => "a written schedule (1 fault)".to_owned(),
            (count, None) => format!("a written schedule ({count} faults)"),
            (count, Some(point)) => format!("a written schedule ({count} faults) with the crash point `{point}`"),
        }
    }

    fn schedule(&self) -> serde_json::Value {
        json!({"version": 1, "faults": self.faults})
    }

    fn test_options(&self) -> Result<TestOptions, String> {
        let words = ["whitewater", "test"].into_iter().chain(self.options.split_whitespace());
        match Cli::try_parse_from(words).map(|cli| cli.command) {
            Ok(Command::Test(options)) => Ok(options),
            Ok(_) => Err(format!("the recipe for {} is none of a test", self.bug)),
            Err(error) => Err(format!("the recipe for {}: {error}", self.bug)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry;

    #[test]
    fn every_recipe_can_be_carried_out() {
        let bugs = registry::bugs();
        for recipe in recipes() {
            assert!(bugs.find("bug", &recipe.bug).is_ok(), "{}", recipe.bug);
            let (test, faults) = recipe.plan(true, 1, Path::new("runs")).expect("a plan");
            assert_eq!(test.bugs, [recipe.bug.as_str()]);
            assert!(!recipe.nemesis().is_empty() && (!faults.is_empty() || recipe.nemesis() == registry::NONE));
            assert_eq!(test.workload, recipe.workload());
            assert!(recipe.plan(false, 1, Path::new("runs")).expect("a plan").0.bugs.is_empty());
        }
    }

    #[test]
    fn a_written_schedule_is_part_of_the_command_that_reproduces() {
        let folder = tempfile::tempdir().expect("a folder");
        let text = "bug = \"vote-twice\"\noptions = \"--time-limit 2s\"\n\
                    [[faults]]\nnemesis = \"kill\"\ntarget = \"leader\"\nstart = \"1s\"\nduration = 0.5\n";
        let recipe: Recipe = toml::from_str(text).expect("a recipe");
        let (test, faults) = recipe.plan(true, 1, folder.path()).expect("a plan");
        assert_eq!((test.nemesis, faults.len()), (vec!["kill".to_owned()], 1));
        recipe.save_schedule(folder.path()).expect("a file");
        let file = folder.path().join("vote-twice.toml");
        assert!(test.reproduce.contains(&format!("--schedule {}", file.display())), "{}", test.reproduce);
        let options =
            Recipe { options: format!("{} --schedule {}", recipe.options, file.display()), faults: vec![], ..recipe };
        assert_eq!(options.plan(true, 1, folder.path()).expect("a plan").1, faults, "and the file has the same faults");
        let wrong = Recipe { options: "--nemesys kill".to_owned(), ..options };
        assert!(wrong.plan(true, 1, folder.path()).expect_err("it is wrong").contains("--nemesys"));
    }
}
