//! Keeping those who watch a run informed, and `schedule.json` current.

use super::{Clock, Observer, Phase, Progress, RunEvent, clients::Counts};
use crate::{
    cluster::Cluster,
    history::{Fault, Link},
    nemesis::{PlannedFault, Schedule, Sink},
    store::{HistoryWriter, RunDir, replace_json},
    system::NodeStatus,
};
use serde_json::json;
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    convert::Infallible,
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::time::{interval, sleep};

/// From one [`Progress`] to the next.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(250);
/// Over how many of them the rate is taken: a second.
const RATE_SAMPLES: usize = 4;
/// From one question for the nodes' state to the next.
const STATUS_INTERVAL: Duration = Duration::from_millis(500);
/// How long an event may wait in the history's buffer.
const FLUSH_INTERVAL: Duration = Duration::from_millis(100);

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Everybody who watches, and the warnings so far.
pub(super) struct Watchers<'a> {
    observers: &'a [Arc<dyn Observer>],
    warnings: Mutex<Vec<String>>,
    scans: Mutex<Scans>,
}

/// What was found by looking for connections past the proxies.
#[derive(Clone, Debug, Default)]
pub(super) struct Scans {
    /// How often it was looked.
    pub(super) count: u64,
    /// Who was seen to be connected to whom.
    pub(super) leaks: BTreeSet<Link>,
    /// Why it could not be looked, if it could not.
    pub(super) error: Option<String>,
}

impl<'a> Watchers<'a> {
    pub(super) fn new(observers: &'a [Arc<dyn Observer>]) -> Watchers<'a> {
        Watchers { observers, warnings: Mutex::default(), scans: Mutex::default() }
    }

    pub(super) fn tell(&self, event: &RunEvent) {
        for observer in self.observers {
            // Whoever only watches must not be able to end what it watches.
            if catch_unwind(AssertUnwindSafe(|| observer.observe(event))).is_err() {
                let text = "somebody who watches the run panicked".to_owned();
                let mut warnings = lock(&self.warnings);
                if !warnings.contains(&text) {
                    warnings.push(text);
                }
            }
        }
    }

    pub(super) fn phase(&self, phase: Phase) {
        self.tell(&RunEvent::Phase(phase));
    }

    /// Says what did not work; it will also stand in the results. Saying it twice adds nothing.
    pub(super) fn warn(&self, text: String) {
        let mut warnings = lock(&self.warnings);
        if !warnings.contains(&text) {
            warnings.push(text.clone());
            drop(warnings);
            self.tell(&RunEvent::Warning(text));
        }
    }

    fn scan(&self, cluster: &Cluster) {
        let found = cluster.leaks();
        let mut scans = lock(&self.scans);
        match found {
            Ok(leaks) => {
                scans.count += 1;
                scans.leaks.extend(leaks);
            }
            Err(error) => scans.error = Some(error.to_string()),
        }
    }

    pub(super) fn scans(&self) -> Scans {
        lock(&self.scans).clone()
    }

    pub(super) fn warnings(&self) -> Vec<String> {
        lock(&self.warnings).clone()
    }
}

/// Where the nemesis reports its faults: to the history, to `schedule.json`, and to whoever watches.
pub(super) struct FaultLog<'a> {
    pub(super) watchers: &'a Watchers<'a>,
    pub(super) history: &'a HistoryWriter,
    pub(super) run: &'a RunDir,
    pub(super) epoch: u64,
    plan: &'a [PlannedFault],
    faults: Mutex<Faults>,
    /// Who is healed in the end, if not everybody is.
    core: Mutex<Option<Vec<String>>>,
}

#[derive(Default)]
struct Faults {
    known: BTreeMap<u64, Fault>,
    in_force: BTreeMap<u64, String>,
}

impl<'a> FaultLog<'a> {
    /// A log of the faults of this plan, as yet without any. `schedule.json` has the plan from the beginning.
    pub(super) fn new(
        watchers: &'a Watchers<'a>,
        history: &'a HistoryWriter,
        run: &'a RunDir,
        epoch: u64,
        plan: &'a [PlannedFault],
    ) -> Self {
        let log = FaultLog { watchers, history, run, epoch, plan, faults: Mutex::default(), core: Mutex::default() };
        log.save(&BTreeMap::new());
        log
    }

    /// Who is healed in the end; `None`: everybody.
    pub(super) fn core(&self) -> Option<Vec<String>> {
        lock(&self.core).clone()
    }

    /// What is known of the faults so far, in the order of the plan.
    pub(super) fn known(&self) -> Vec<Fault> {
        lock(&self.faults).known.values().cloned().collect()
    }

    fn in_force(&self) -> Vec<String> {
        lock(&self.faults).in_force.values().cloned().collect()
    }

    fn record(&self, faults: &Faults, edge: &str, fault: &Fault, note: &str) {
        let value = json!({"id": fault.id, "summary": fault.summary, "nodes": fault.nodes, "note": note});
        if let Err(error) = self.history.nemesis(&format!("{edge}-{}", fault.nemesis), value) {
            self.watchers.warn(format!("history.jsonl cannot be written: {error}"));
        }
        self.save(&faults.known);
    }

    /// Writes `schedule.json`.
    fn save(&self, known: &BTreeMap<u64, Fault>) {
        if let Err(error) = replace_json(&self.run.schedule(), &Schedule::of(self.epoch, self.plan, known)) {
            self.watchers.warn(format!("schedule.json cannot be written: {error}"));
        }
    }
}

impl Sink for FaultLog<'_> {
    fn started(&self, fault: &Fault) {
        let mut faults = lock(&self.faults);
        faults.known.insert(fault.id, fault.clone());
        faults.in_force.insert(fault.id, fault.summary.clone());
        self.record(&faults, "start", fault, "");
        drop(faults);
        self.watchers.tell(&RunEvent::FaultStarted(fault.clone()));
    }

    fn healed(&self, fault: &Fault) {
        let mut faults = lock(&self.faults);
        faults.known.insert(fault.id, fault.clone());
        faults.in_force.remove(&fault.id);
        self.record(&faults, "heal", fault, &fault.evidence.note);
        drop(faults);
        self.watchers.tell(&RunEvent::FaultHealed(fault.clone()));
    }

    fn skipped(&self, fault: &Fault) {
        let mut faults = lock(&self.faults);
        faults.known.insert(fault.id, fault.clone());
        self.save(&faults.known);
    }

    fn core_chosen(&self, core: &[String]) {
        *lock(&self.core) = Some(core.to_vec());
    }
}

/// Watches over the workload, for as long as it is polled.
pub(super) async fn watch(cluster: &Cluster, counts: &Counts, clock: Clock, log: &FaultLog<'_>) -> Infallible {
    // The leader and the term: asked for by one, shown by the other, so that a node that is slow to answer delays nobody.
    let leadership = Mutex::new((None, 0));
    tokio::select! {
        never = ask(cluster, &leadership, log.watchers) => never,
        never = show(counts, clock, log, &leadership) => never,
        never = flush(log) => never,
    }
}

async fn flush(log: &FaultLog<'_>) -> Infallible {
    let mut ticks = interval(FLUSH_INTERVAL);
    loop {
        ticks.tick().await;
        if let Err(error) = log.history.flush() {
            log.watchers.warn(format!("history.jsonl cannot be written: {error}"));
        }
    }
}

async fn ask(cluster: &Cluster, leadership: &Mutex<(Option<String>, u64)>, watchers: &Watchers<'_>) -> Infallible {
    loop {
        for exit in cluster.unexpected_exits() {
            watchers.warn(format!("node {} ended by itself: {}", exit.node, exit.status));
        }
        watchers.scan(cluster);
        let (leader, term) = newest_leader(&cluster.statuses().await);
        {
            let mut known = lock(leadership);
            *known = (leader, known.1.max(term));
        }
        sleep(STATUS_INTERVAL).await;
    }
}

async fn show(
    counts: &Counts,
    clock: Clock,
    log: &FaultLog<'_>,
    leadership: &Mutex<(Option<String>, u64)>,
) -> Infallible {
    let mut samples = VecDeque::from([(0, 0)]);
    let mut ticks = interval(PROGRESS_INTERVAL);
    // The first tick comes at once, when there is nothing to show yet.
    ticks.tick().await;
    loop {
        ticks.tick().await;
        let (now, (ok, fail, info)) = (clock.now(), counts.read());
        let (then, ok_then) = *samples.front().expect("there is always a sample");
        samples.push_back((now, ok));
        if samples.len() > RATE_SAMPLES {
            samples.pop_front();
        }
        let (leader, term) = lock(leadership).clone();
        log.watchers.tell(&RunEvent::Progress(Progress {
            elapsed: Duration::from_nanos(now),
            ok,
            fail,
            info,
            rate: (ok - ok_then) as f64 * 1e9 / (now - then).max(1) as f64,
            faults: log.in_force(),
            leader,
            term,
        }));
    }
}

/// The leader of the highest term (an older one may not know yet that it has been replaced), and the highest term.
fn newest_leader(statuses: &[(String, io::Result<NodeStatus>)]) -> (Option<String>, u64) {
    let answers = statuses.iter().filter_map(|(node, status)| status.as_ref().ok().map(|status| (node, status)));
    let leader = answers.clone().filter(|(_, status)| status.role == "leader").max_by_key(|(_, status)| status.term);
    let term = answers.map(|(_, status)| status.term).max().unwrap_or(0);
    (leader.map(|(node, _)| node.clone()), term)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::{Effect, Evidence, Process};
    use crate::nemesis::plan;
    use crate::store::read_events;
    use crate::test::{Test, example};

    fn fault(id: u64, healed: Option<u64>) -> Fault {
        let effect = if healed.is_some() { Effect::Installed } else { Effect::Indeterminate };
        Fault {
            id,
            nemesis: "kill".to_string(),
            summary: "kill n2".to_string(),
            nodes: vec!["n2".to_string()],
            started: Some(1),
            healed,
            evidence: Evidence { effect, note: "it died".to_string(), ..Evidence::default() },
            ..Fault::default()
        }
    }

    fn schedule(run: &RunDir) -> Schedule {
        serde_json::from_slice(&std::fs::read(run.schedule()).expect("a schedule")).expect("a whole one")
    }

    #[test]
    fn a_fault_is_in_the_history_and_in_the_schedule_as_soon_as_it_is_in_force() {
        let directory = tempfile::tempdir().expect("a directory");
        let run = RunDir::new(directory.path());
        let history = HistoryWriter::create(&run.history(), || 0).expect("a file");
        let watchers = Watchers::new(&[]);
        let plan = plan(&Test { nemesis: vec!["kill".to_string()], time_limit_ms: 5_000, ..example() });
        assert!(plan.len() >= 2);
        let plan = &plan[..2];
        let log = FaultLog::new(&watchers, &history, &run, 77, plan);
        let outcomes = |run| schedule(run).faults.into_iter().map(|fault| fault.outcome).collect::<Vec<_>>();
        assert_eq!(
            (schedule(&run).epoch, outcomes(&run)),
            (Some(77), vec![None, None]),
            "what is to come stands there"
        );
        log.started(&fault(0, None));
        assert_eq!(log.in_force(), ["kill n2"]);
        assert_eq!(outcomes(&run), [Some(fault(0, None)), None]);
        log.healed(&fault(0, Some(2)));
        log.skipped(&Fault { started: None, ..fault(1, None) });
        assert!(log.in_force().is_empty());
        assert_eq!(outcomes(&run), [Some(fault(0, Some(2))), Some(Fault { started: None, ..fault(1, None) })]);
        let mut said = Vec::new();
        let read = read_events(&run.history(), |event| {
            said.push((event.process, event.f));
            Ok(())
        });
        read.expect("a whole history");
        assert_eq!(said, ["start-kill", "heal-kill"].map(|f| (Process::Nemesis, f.to_string())));
        assert!(watchers.warnings().is_empty());
    }

    #[test]
    fn of_two_leaders_the_one_with_the_higher_term_is_shown() {
        let status = |node: &str, role: &str, term| {
            (node.to_string(), Ok(NodeStatus { role: role.to_string(), term, ..NodeStatus::default() }))
        };
        let dead = ("n4".to_string(), Err(io::ErrorKind::ConnectionRefused.into()));
        let statuses = [status("n1", "leader", 3), status("n2", "leader", 5), status("n3", "candidate", 6), dead];
        assert_eq!(newest_leader(&statuses), (Some("n2".to_string()), 6));
        assert_eq!(newest_leader(&statuses[2..]), (None, 6));
    }
}
