//! Trials: short runs of a candidate, side by side, of which no report is drawn.

use crate::{Failure, commands::carry_out::carry_out_quietly, config::Span, plan};
use harness::{
    shrink::{Batch, Laboratory, Scenario, Step, Symptom, Trial},
    statistics::Rate,
    store::RunDir,
    test::Test,
};
use std::{
    fs,
    time::{Duration, Instant},
};
use tokio::{runtime::Runtime, sync::watch, task::JoinSet};

/// Where candidates are carried out.
pub struct Trials<'a> {
    runtime: &'a Runtime,
    /// What all trials have in common.
    test: Test,
    /// What is looked for.
    pub wanted: Vec<Symptom>,
    interrupt: watch::Receiver<bool>,
    /// The last run that showed it. The others are not kept: there are many.
    shown: Option<(Scenario, RunDir)>,
}

impl<'a> Trials<'a> {
    pub fn new(runtime: &'a Runtime, test: Test, wanted: Vec<Symptom>, interrupt: watch::Receiver<bool>) -> Trials<'a> {
        Trials { runtime, test, wanted, interrupt, shown: None }
    }

    pub fn is_interrupted(&self) -> bool {
        *self.interrupt.borrow()
    }

    /// The last run that showed what is looked for, and the scenario that it carried out.
    pub fn into_shown(self) -> Option<(Scenario, RunDir)> {
        self.shown
    }

    /// Keeps the run if it shows what is looked for, and removes it, or the one kept before it.
    fn keep(&mut self, scenario: &Scenario, trial: &Trial, run: RunDir) {
        let needless = if self.wanted.iter().any(|symptom| trial.shown.contains_key(symptom)) {
            self.shown.replace((scenario.clone(), run)).map(|(_, run)| run)
        } else {
            Some(run)
        };
        // What cannot be removed now goes with its folder in the end.
        let _removed = needless.map(|run| fs::remove_dir_all(run.path()));
    }
}

impl Laboratory for Trials<'_> {
    type Error = Failure;

    fn try_out(&mut self, scenario: &Scenario, count: usize) -> Result<Batch, Failure> {
        let start = Instant::now();
        let test = test(&self.test, scenario);
        let runs = self.runtime.block_on(async {
            let mut running = JoinSet::new();
            for _ in 0..count {
                let interrupt = self.interrupt.clone();
                running.spawn(carry_out_quietly(test.clone(), scenario.faults.clone(), interrupt));
            }
            let runs = running.join_all().await;
            runs.into_iter().collect::<Result<Vec<_>, Failure>>()
        })?;
        let mut trials = Vec::new();
        for (results, run) in runs {
            let trial = Trial { shown: Symptom::all(&results).into_iter().collect() };
            self.keep(scenario, &trial, run);
            trials.push(trial);
        }
        if self.is_interrupted() {
            trials.clear();
        }
        Ok(Batch { trials, cost: start.elapsed() })
    }

    fn tell(&mut self, step: &Step) {
        let sign = if step.is_accepted { '✓' } else { '·' };
        let Rate { shown, trials } = step.rate;
        let (spent, change) = (step.spent.as_secs_f64(), &step.change);
        eprintln!("{spent:>7.1} s  {sign} {change:<34} shown in {shown} of {trials:<2}  {}", size(&step.scenario));
    }
}

/// The test that carries a scenario out.
pub fn test(template: &Test, scenario: &Scenario) -> Test {
    Test {
        nemesis: plan::families(&scenario.faults),
        nodes: scenario.nodes,
        concurrency: scenario.clients,
        rate: scenario.rate,
        time_limit_ms: scenario.time_limit_ns.div_ceil(1_000_000),
        ..template.clone()
    }
}

/// `3 faults · 5 nodes · 10 clients · 500/s · 2s300ms`
pub fn size(scenario: &Scenario) -> String {
    let faults = scenario.faults.len();
    let plural = if faults == 1 { "" } else { "s" };
    let rate = scenario.rate.map_or("any rate".to_owned(), |rate| format!("{rate}/s"));
    let limit = Span(Duration::from_nanos(scenario.time_limit_ns));
    format!("{faults} fault{plural} · {} nodes · {} clients · {rate} · {limit}", scenario.nodes, scenario.clients)
}
