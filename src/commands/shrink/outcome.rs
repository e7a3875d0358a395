//! What a search came to, for people and for programs.

use super::trials::{size, test};
use crate::{config::Span, plan};
use harness::{
    nemesis::Schedule,
    shrink::{Ending, Scenario, Shrunk, Symptom},
    statistics::Rate,
    store::{RunDir, save_json},
    test::Test,
};
use serde::Serialize;
use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

/// The result, as `shrunk.json` and `--format json` have it.
#[derive(Debug, Serialize)]
pub struct Outcome {
    version: u32,
    /// What is shown.
    pub symptom: Symptom,
    /// The smallest schedule.
    schedule: Schedule,
    /// The file that it is in.
    schedule_file: PathBuf,
    /// The test under which it shows.
    test: Test,
    /// How often.
    rate: Estimate,
    /// How often the start of the search did.
    start_rate: Estimate,
    /// The sizes of the run, of the start, and of the smallest.
    sizes: [String; 3],
    /// Whether anything was left to try.
    ending: &'static str,
    trials: u32,
    duration: Span,
    /// A run that shows it.
    run: Option<PathBuf>,
    /// The command that does the same again.
    reproduce: String,
}

/// A rate, and what is known of the true one.
#[derive(Debug, Serialize)]
struct Estimate {
    #[serde(flatten)]
    rate: Rate,
    /// The 95 % interval.
    interval: (f64, f64),
    /// Whether it comes from trials that had no part in choosing what was tried.
    fresh: bool,
}

impl Estimate {
    fn new(rate: Rate, fresh: bool) -> Estimate {
        Estimate { rate, interval: rate.interval(), fresh }
    }
}

impl Outcome {
    pub fn new(template: &Test, whole: &Scenario, shrunk: Shrunk, folder: &Path, run: Option<&RunDir>) -> Outcome {
        let schedule_file = from_here(&folder.join("schedule.toml"));
        let mut test = test(template, &shrunk.scenario);
        test.reproduce = plan::reproduce(&test, &format!("--schedule {}", schedule_file.display()));
        let schedule = Schedule { epoch: None, ..Schedule::of(0, &shrunk.scenario.faults, &BTreeMap::new()) };
        Outcome {
            version: 1,
            schedule,
            schedule_file,
            rate: Estimate::new(shrunk.rate, shrunk.is_fresh),
            start_rate: Estimate::new(shrunk.start_rate, false),
            sizes: [whole, &shrunk.start, &shrunk.scenario].map(size),
            ending: match shrunk.ending {
                Ending::Minimal => "nothing is left to try",
                Ending::Budget => "the budget is spent",
                Ending::Interrupted => "interrupted",
            },
            trials: shrunk.trials,
            duration: Span(Duration::from_millis(shrunk.spent.as_millis() as u64)),
            run: run.map(|run| from_here(run.path())),
            reproduce: test.reproduce.clone(),
            symptom: shrunk.symptom,
            test,
        }
    }

    /// Writes `schedule.toml` and `shrunk.json`.
    pub fn save(&self) -> io::Result<()> {
        fs::write(&self.schedule_file, self.toml())?;
        save_json(&self.schedule_file.with_file_name("shrunk.json"), self)
    }

    fn toml(&self) -> String {
        toml::to_string(&self.schedule).expect("a schedule can be written as TOML: a test does")
    }

    /// What it comes to, in words.
    pub fn text(&self) -> String {
        let [whole, _, smallest] = &self.sizes;
        let mut text =
            format!("{} shows with\n  {smallest}\ninstead of\n  {whole}\n\n{}\n", self.symptom, self.toml().trim_end());
        let fresh = if self.rate.fresh { "" } else { ", counted while it was searched for, and so too high" };
        text += &format!("\nreproduction  {}{fresh}; the start: {}\n", self.rate.rate, self.start_rate.rate);
        text += &format!("search        {} trials in {}; {}\n", self.trials, self.duration, self.ending);
        text += &format!("schedule      {}\n", self.schedule_file.display());
        if let Some(run) = &self.run {
            text += &format!("report        {}\n", run.join("report.html").display());
        }
        text + &format!("\nreproduce with\n{}\n", self.reproduce)
    }
}

/// The path from the working directory, if it lies below it: shorter, and good for a command line.
fn from_here(path: &Path) -> PathBuf {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(here).unwrap_or(path).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::parse;
    use harness::nemesis::Targets;
    use serde_json::json;

    #[test]
    fn a_schedule_of_any_faults_is_written_as_toml_and_read_back() {
        let test = crate::recipe::recipes()[0].plan(true, 1, Path::new("runs")).expect("a plan").0;
        let faults = json!([
            {"nemesis": "kill", "target": "leader", "start": "300ms", "duration": "1s"},
            {"nemesis": "partition", "links": [{"from": "n1", "to": "n2"}], "start": 1, "duration": "70ms", "random": "9"},
            {"nemesis": "pause", "nodes": ["n3"], "start": "1.5", "duration": 1},
        ]);
        for faults in [faults, json!([])] {
            let plan = parse(json!({"version": 1, "faults": faults}), &test, Targets::Written).expect("a plan");
            let schedule = Schedule { epoch: None, ..Schedule::of(0, &plan, &BTreeMap::new()) };
            let text = toml::to_string(&schedule).expect("TOML");
            let value = toml::from_str(&text).expect("it is TOML");
            assert_eq!(parse(value, &test, Targets::Written), Ok(plan), "{text}");
        }
    }
}
