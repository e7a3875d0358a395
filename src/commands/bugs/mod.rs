//! `whitewater bugs`: the seeded bugs beside the correct node, each with its recipe.

mod row;

use super::{
    carry_out::{carry_out_quietly, with_runtime},
    print,
};
use crate::{
    Failure,
    cli::{BugsOptions, Format},
    exit::Exit,
    recipe::{Recipe, recipes},
    recorded::Recorded,
    registry,
};
use harness::{
    checker::Results,
    nemesis::{PlannedFault, Targets},
    store::RunDir,
    test::Test,
};
use row::{Found, Row, table};
use std::{
    collections::VecDeque,
    fs,
    path::{Path, PathBuf},
};
use tokio::{runtime::Runtime, sync::watch, task::JoinSet};

/// Runs the recipes of the bugs that are asked for, and prints the table.
pub fn run(options: &BugsOptions) -> Result<Exit, Failure> {
    let names = registry::bugs();
    let bugs: Vec<String> = match options.bug.as_slice() {
        [] => names.iter().map(|(name, _)| name.to_owned()).collect(),
        chosen => names.find_all("bug", chosen).map_err(Failure::bad_input)?,
    };
    let workloads = registry::WORKLOADS.find_all("workload", &options.workload).map_err(Failure::bad_input)?;
    let is_asked_for = |recipe: &Recipe| workloads.is_empty() || workloads.contains(&recipe.workload());
    let mut all = recipes();
    all.retain(|recipe| bugs.contains(&recipe.bug) && is_asked_for(recipe));
    all.sort_by_key(|recipe| bugs.iter().position(|bug| *bug == recipe.bug));
    let out = folder(&options.out)
        .map_err(|error| Failure::bad_input(format!("--out {}: {error}", options.out.display())))?;
    let rows = with_runtime(|runtime, interrupt| {
        let kitchen = Kitchen { runtime, options, out: &out, interrupt };
        let mut rows = Vec::<Row>::new();
        for recipe in &all {
            let with_bug = kitchen.cook(recipe, true)?;
            let replayed = kitchen.warm_up(recipe, &with_bug)?;
            // Bugs with the same recipe share their control.
            let like = rows.iter().find(|row| row.recipe.as_ref().is_some_and(|other| other.is_like(recipe)));
            let correct = match like {
                Some(row) => row.correct.clone(),
                None => kitchen.cook(recipe, false)?,
            };
            rows.push(Row { bug: recipe.bug.clone(), recipe: Some(recipe.clone()), with_bug, replayed, correct });
            if *kitchen.interrupt.borrow() {
                return Ok((rows, true));
            }
        }
        Ok((rows, false))
    });
    let (mut rows, is_interrupted) = rows?;
    if !is_interrupted && workloads.is_empty() {
        let missing = bugs.into_iter().filter(|bug| !all.iter().any(|recipe| recipe.bug == *bug));
        rows.extend(missing.map(Row::without_recipe));
    }
    match options.format {
        Format::Human => print(&table(&rows)),
        Format::Json => print(&serde_json::to_string(&rows).map_err(Failure::trouble)?),
    }
    eprintln!("the first run that showed each bug is in {}", out.display());
    Ok(exit(&rows, is_interrupted))
}

/// The worst that the correct node did; else whether a bug that has a recipe was never found.
fn exit(rows: &[Row], is_interrupted: bool) -> Exit {
    let correct = rows.iter().flat_map(|row| &row.correct).map(|found| found.exit);
    let worst = correct.min_by_key(|exit| exit.rank()).unwrap_or(Exit::Valid);
    let is_missed = |row: &Row| row.recipe.is_some() && row.rate().shown == 0;
    match worst {
        Exit::Violation => Exit::Violation,
        _ if is_interrupted => Exit::Interrupted,
        Exit::Valid if rows.iter().any(is_missed) => Exit::Nothing,
        worst => worst,
    }
}

/// A new folder for the runs: `bugs`, or `bugs-2`, …
fn folder(out: &Path) -> std::io::Result<PathBuf> {
    fs::create_dir_all(out)?;
    for number in 1.. {
        let name = if number == 1 { "bugs".to_owned() } else { format!("bugs-{number}") };
        match fs::create_dir(out.join(&name)) {
            Ok(()) => return Ok(out.join(name)),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    unreachable!("one of the numbers is free")
}

/// Where recipes are carried out.
struct Kitchen<'a> {
    runtime: &'a Runtime,
    options: &'a BugsOptions,
    out: &'a Path,
    interrupt: watch::Receiver<bool>,
}

impl Kitchen<'_> {
    /// Carries a recipe out with one seed after the other, some at a time. What was found, in the order of the seeds; after an
    /// interruption, with those only that were done.
    fn cook(&self, recipe: &Recipe, has_bug: bool) -> Result<Vec<Found>, Failure> {
        recipe.save_schedule(self.out).map_err(Failure::trouble)?;
        let seeds = (0..u64::from(self.options.times)).map(|n| self.options.seed.wrapping_add(n));
        let plans: Result<VecDeque<_>, String> = seeds.map(|seed| recipe.plan(has_bug, seed, self.out)).collect();
        let (mut found, mut is_kept) = (Vec::new(), false);
        self.serve(plans.map_err(Failure::bad_input)?, |seed, results, run| {
            let mut one = Found::new(seed, results, recipe.gate);
            let name = if has_bug { recipe.bug.as_str() } else { "the correct node" };
            eprintln!("{name}, seed {seed}: {}", one.phrase());
            // One run that shows the bug is kept, and each in which the correct node does anything but pass.
            if if has_bug { one.symptom.is_some() && !is_kept } else { one.exit != Exit::Valid } {
                (is_kept, one.folder) = (true, Some(run.path().to_owned()));
            } else {
                let _removed = fs::remove_dir_all(run.path());
            }
            found.push(one);
        })?;
        found.sort_by_key(|found| found.seed.wrapping_sub(self.options.seed));
        Ok(found)
    }

    /// Replays the run that was kept. What was found then.
    fn warm_up(&self, recipe: &Recipe, found: &[Found]) -> Result<Vec<Found>, Failure> {
        let Some(folder) = found.iter().find_map(|found| found.folder.as_ref()) else { return Ok(Vec::new()) };
        if self.options.replays == 0 {
            return Ok(Vec::new());
        }
        let recorded = Recorded::read(folder, Some(self.out)).map_err(Failure::bad_input)?;
        let faults = recorded.plan(Targets::Recorded).map_err(Failure::bad_input)?;
        let plans = (0..self.options.replays).map(|_| (recorded.test.clone(), faults.clone())).collect();
        let mut again = Vec::new();
        self.serve(plans, |seed, results, run| {
            let one = Found::new(seed, results, recipe.gate);
            eprintln!("{}, seed {seed}, replayed: {}", recipe.bug, one.phrase());
            let _removed = fs::remove_dir_all(run.path());
            again.push(one);
        })?;
        Ok(again)
    }

    /// Carries plans out, some at a time, and tells of each with its seed, as long as nobody interrupts.
    fn serve(
        &self,
        mut plans: VecDeque<(Test, Vec<PlannedFault>)>,
        mut taste: impl FnMut(u64, &Results, &RunDir),
    ) -> Result<(), Failure> {
        self.runtime.block_on(async {
            let mut running = JoinSet::new();
            loop {
                while running.len() < usize::from(self.options.jobs)
                    && !*self.interrupt.borrow()
                    && let Some((test, faults)) = plans.pop_front()
                {
                    let interrupt = self.interrupt.clone();
                    running.spawn(async move { (test.seed, carry_out_quietly(test, faults, interrupt).await) });
                }
                let Some(ended) = running.join_next().await else { return Ok(()) };
                let (seed, outcome) = ended.map_err(Failure::trouble)?;
                let (results, run) = outcome?;
                if !*self.interrupt.borrow() {
                    taste(seed, &results, &run);
                }
            }
        })
    }
}
