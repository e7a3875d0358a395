//! A row of the table of bugs, and the table.

use crate::{exit::Exit, plan, recipe::Recipe};
use harness::{
    checker::{Results, judge::is_gate},
    shrink::{RECOVERY, Symptom},
    statistics::{Median, Rate},
};
use serde::{Serialize, Serializer, ser::SerializeStruct};
use std::{collections::BTreeMap, path::PathBuf};

/// What one run found.
#[derive(Clone, Debug, Serialize)]
pub struct Found {
    /// The run's seed.
    pub seed: u64,
    /// The most telling symptom, if there is any.
    pub symptom: Option<Symptom>,
    /// When it was seen, in s since the start of the workload, if that is known.
    pub time_s: Option<f64>,
    /// How the run ended.
    #[serde(serialize_with = "code")]
    pub exit: Exit,
    /// Why, in a sentence.
    pub reason: String,
    /// The command that does the same again.
    pub reproduce: String,
    /// The folder of the run, if it is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<PathBuf>,
}

fn code<S: Serializer>(exit: &Exit, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u8(exit.code())
}

impl Found {
    /// What a run with this seed found, a missed gate only if that is what `wants_gate` says.
    pub fn new(seed: u64, results: &Results, wants_gate: bool) -> Found {
        let is_gate = |symptom: &Symptom| is_gate(&symptom.checker) || symptom.checker == RECOVERY;
        let mut all = Symptom::all(results).into_iter().filter(|(symptom, _)| wants_gate || !is_gate(symptom));
        let (symptom, time) = all.next().unzip();
        Found {
            seed,
            symptom,
            time_s: time.flatten().map(|ns| ns as f64 / 1e9),
            exit: Exit::from_code(results.exit_code),
            reason: results.reason.clone(),
            reproduce: results.reproduce.clone(),
            folder: None,
        }
    }

    /// `raft-safety: Durability after 0.9 s`, `nothing found`
    pub fn phrase(&self) -> String {
        match (&self.symptom, self.time_s) {
            (Some(symptom), Some(time)) => format!("{symptom} after {time:.1} s"),
            (Some(symptom), None) => symptom.to_string(),
            (None, _) if self.exit == Exit::Valid => "nothing found".to_owned(),
            (None, _) => format!("nothing found, but {}", self.reason),
        }
    }
}

/// A bug and a way to find it.
#[derive(Clone, Debug)]
pub struct Row {
    /// The bug's name.
    pub bug: String,
    /// How it is looked for; `None`: nobody has said how yet.
    pub recipe: Option<Recipe>,
    /// What was found in nodes with the bug.
    pub with_bug: Vec<Found>,
    /// What was found when the first run that showed it was replayed.
    pub replayed: Vec<Found>,
    /// What was found in correct nodes, with the same recipe.
    pub correct: Vec<Found>,
}

impl Row {
    /// The row of a bug of which nobody has said how it can be found.
    pub fn without_recipe(bug: String) -> Row {
        Row { bug, recipe: None, with_bug: Vec::new(), replayed: Vec::new(), correct: Vec::new() }
    }

    /// How often the bug was found.
    pub fn rate(&self) -> Rate {
        rate(&self.with_bug)
    }

    /// When it was.
    fn median(&self) -> Option<Median> {
        let times: Vec<f64> = self.with_bug.iter().filter_map(|found| found.time_s).collect();
        Median::of(&times)
    }

    /// By whom, and how often by whom; the most frequent first.
    fn seen_by(&self) -> Vec<(String, usize)> {
        let mut counts = BTreeMap::<String, usize>::new();
        for symptom in self.with_bug.iter().filter_map(|found| found.symptom.as_ref()) {
            *counts.entry(symptom.to_string()).or_default() += 1;
        }
        let mut counts: Vec<_> = counts.into_iter().collect();
        counts.sort_by_key(|(_, count)| usize::MAX - count);
        counts
    }

    /// How often the run came back that was replayed: with a symptom that the bug has shown.
    fn replays(&self) -> Rate {
        let known = |found: &&Found| self.with_bug.iter().any(|other| other.symptom == found.symptom);
        let shown = self.replayed.iter().filter(|found| found.symptom.is_some()).filter(known).count();
        Rate { shown: shown as u32, trials: self.replayed.len() as u32 }
    }

    /// The command that does the first run again that found it. A schedule that was written down stands in the recipe.
    fn reproduce(&self) -> Option<String> {
        let found = self.with_bug.iter().find(|found| found.symptom.is_some())?;
        let is_written = self.recipe.as_ref().is_some_and(|recipe| !recipe.faults.is_empty());
        Some(match is_written {
            true => format!("{} bugs --bug {} --seed {} --times 1", plan::caller(), self.bug, found.seed),
            false => found.reproduce.clone(),
        })
    }

    fn cells(&self) -> [String; 8] {
        let Some(recipe) = &self.recipe else {
            let mut cells: [String; 8] = Default::default();
            (cells[0], cells[1]) = (format!("`{}`", self.bug), "no recipe yet".to_owned());
            return cells;
        };
        let replays = self.replays();
        let median = self.median().map(|Median { median, low, high, confidence }| {
            // Fewer than six values allow no interval of 95 %.
            let how_sure = if confidence < 0.95 { " (all)" } else { "" };
            format!("{median:.1} s ({low:.1}–{high:.1} s{how_sure})")
        });
        let seen_by = match self.seen_by().as_slice() {
            [(one, _)] => one.clone(),
            several => several.iter().map(|(by, count)| format!("{by} ({count})")).collect::<Vec<_>>().join(", "),
        };
        [
            format!("`{}`", self.bug),
            recipe.nemesis(),
            share(self.rate()),
            median.unwrap_or_default(),
            seen_by,
            share(rate(&self.correct)),
            if replays.trials == 0 { String::new() } else { format!("{} of {}", replays.shown, replays.trials) },
            self.reproduce().map(|command| format!("`{command}`")).unwrap_or_default(),
        ]
    }
}

impl Serialize for Row {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut row = serializer.serialize_struct("Row", 12)?;
        row.serialize_field("bug", &self.bug)?;
        row.serialize_field("nemesis", &self.recipe.as_ref().map(Recipe::nemesis))?;
        row.serialize_field("workload", &self.recipe.as_ref().map(Recipe::workload))?;
        row.serialize_field("options", &self.recipe.as_ref().map(|recipe| &recipe.options))?;
        row.serialize_field("found", &self.rate())?;
        row.serialize_field("interval", &self.rate().interval())?;
        row.serialize_field("median_time_s", &self.median())?;
        row.serialize_field("seen_by", &self.seen_by())?;
        row.serialize_field("reproduce", &self.reproduce())?;
        row.serialize_field("replayed", &self.replays())?;
        row.serialize_field("runs", &self.with_bug)?;
        row.serialize_field("correct_node", &self.correct)?;
        row.end()
    }
}

fn rate(runs: &[Found]) -> Rate {
    let shown = runs.iter().filter(|found| found.symptom.is_some()).count();
    Rate { shown: shown as u32, trials: runs.len() as u32 }
}

/// `7 of 10 (40–89 %)`
fn share(rate: Rate) -> String {
    let (low, high) = rate.interval();
    format!("{} of {} ({:.0}–{:.0} %)", rate.shown, rate.trials, 100.0 * low, 100.0 * high)
}

/// The table, in Markdown, with the correct node in the last row.
pub fn table(rows: &[Row]) -> String {
    const HEAD: [&str; 8] =
        ["bug", "nemesis", "found in", "median time to it", "seen by", "correct node", "replayed", "reproduce with"];
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let mut text = line(&HEAD.map(str::to_owned)) + &line(&HEAD.map(|_| "---".to_owned()));
    text.extend(rows.iter().map(|row| line(&row.cells())));
    // Recipes that several bugs share were tried with the correct node once.
    let mut controls: Vec<&Row> = Vec::new();
    for row in rows {
        let Some(recipe) = &row.recipe else { continue };
        if !controls.iter().any(|other| other.recipe.as_ref().is_some_and(|other| other.is_like(recipe))) {
            controls.push(row);
        }
    }
    let correct: Vec<Found> = controls.iter().flat_map(|row| row.correct.clone()).collect();
    let recipes = format!("all {} recipes", controls.len());
    let none = String::new;
    text +=
        &line(&["none (control)".to_owned(), recipes, share(rate(&correct)), none(), none(), none(), none(), none()]);
    text += "\nIn brackets: 95 % intervals (Wilson's of the rate, of the median by the ranks of the values).\n";
    text
}
