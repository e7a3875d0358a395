//! Faults take effect, show it, and are undone.

use crate::{
    eventually,
    node::{Oddity, TestSystem, test},
    process::{is_alive, start},
};
use harness::{
    cluster::{Cluster, ProcessState},
    history::{Effect, Fault, Link},
    nemesis::{Aim, FAMILIES, Family, Parameters, PlannedFault, Sink, Target, plan, run},
    net::grudge::Shape,
};
use serde_json::json;
use std::{sync::Mutex, time::Instant};
use tokio::sync::watch;

/// Remembers what it is told.
#[derive(Default)]
struct Told(Mutex<Vec<(&'static str, Fault)>>);

impl Told {
    fn has(&self, what: &str, count: usize) -> bool {
        self.0.lock().expect("no panic").iter().filter(|(told, _)| *told == what).count() >= count
    }
}

impl Sink for Told {
    fn started(&self, fault: &Fault) {
        self.0.lock().expect("no panic").push(("started", fault.clone()));
    }
    fn healed(&self, fault: &Fault) {
        self.0.lock().expect("no panic").push(("healed", fault.clone()));
    }
    fn skipped(&self, fault: &Fault) {
        self.0.lock().expect("no panic").push(("skipped", fault.clone()));
    }
}

const MS: u64 = 1_000_000;
/// An end that no test waits for.
const NEVER: u64 = 1_000_000 * MS;

/// The one kind of a family, aimed at somebody.
fn planned(id: u64, (nemesis, aim): (&str, Aim), start_ms: u64, end_ns: u64) -> PlannedFault {
    let kind = Family::find(nemesis).expect("a nemesis").kinds[0];
    let parameters = Parameters::default();
    PlannedFault {
        id,
        kind,
        aim,
        parameters,
        start_ns: start_ms * MS,
        end_ns,
        when: vec![],
        random: id,
        nodes: vec![],
        links: vec![],
    }
}

fn kill(target: Target) -> (&'static str, Aim) {
    ("kill", Aim::Nodes(target))
}

fn pause(target: Target) -> (&'static str, Aim) {
    ("pause", Aim::Nodes(target))
}

fn partition(shape: Shape) -> (&'static str, Aim) {
    ("partition", Aim::Links(shape))
}

/// Carries out a plan until so many faults are in force and `then` is satisfied; then stops it.
async fn run_until(
    plan: Vec<PlannedFault>,
    cluster: &Cluster,
    count: usize,
    then: impl FnMut() -> bool,
) -> (Vec<Fault>, Vec<(&'static str, Fault)>) {
    let (told, stop) = (Told::default(), watch::Sender::new(false));
    let stopping = async {
        eventually("all faults are in force", || told.has("started", count)).await;
        eventually("they are felt", then).await;
        stop.send_replace(true);
    };
    let (faults, ()) = tokio::join!(run(plan, cluster, Instant::now(), stop.subscribe(), &told), stopping);
    let told = told.0.into_inner().expect("no panic");
    (faults, told)
}

async fn assert_healthy(cluster: &Cluster) {
    for node in cluster.nodes() {
        assert_eq!(cluster.state(node), ProcessState::Running, "{node}");
    }
    assert_eq!(cluster.network().links_cut(), []);
    assert!(cluster.statuses().await.iter().all(|(_, status)| status.is_ok()));
    assert_eq!(cluster.unexpected_exits(), []);
}

#[tokio::test]
async fn a_partition_counts_what_it_drops() {
    let (cluster, _directory) = start(TestSystem { leader: Some("n2"), ..TestSystem::default() }, 3).await;
    let dropped = || cluster.network().counters().values().map(|link| link.messages_dropped).sum::<u64>();
    let plan = vec![planned(0, partition(Shape::Leader), 0, NEVER)];
    let (faults, told) = run_until(plan.clone(), &cluster, 1, || dropped() >= 10).await;
    let fault = &faults[0];
    assert_eq!((fault.kind.as_str(), fault.target.as_str()), ("leader", "leader"));
    assert_eq!((fault.summary.as_str(), &fault.nodes[..]), ("n2 | n1 n3", &["n2".to_owned()][..]));
    assert_eq!((fault.links_cut.len(), fault.nodes_down.len()), (4, 0));
    assert_eq!(fault.evidence.effect, Effect::Installed, "{}", fault.evidence.note);
    let numbers = &fault.evidence.numbers;
    assert!(numbers["messages_dropped"] >= 10);
    let per_link = fault.links_cut.iter().map(|link| numbers[&format!("{}→{} dropped", link.from, link.to)]);
    assert_eq!(per_link.sum::<u64>(), numbers["messages_dropped"]);
    assert!(fault.started < fault.healed);

    let events: Vec<&str> = told.iter().map(|(told, _)| *told).collect();
    assert_eq!(events, ["started", "healed"]);
    assert_eq!((told[0].1.evidence.effect, told[0].1.healed), (Effect::Indeterminate, None), "nothing is known yet");
    assert_eq!(told[1].1, *fault);
    assert_healthy(&cluster).await;
}

#[tokio::test]
async fn who_is_named_is_hit_whoever_leads() {
    let (cluster, _directory) = start(TestSystem { leader: Some("n2"), ..TestSystem::default() }, 3).await;
    let dropped = || cluster.network().counters().values().map(|link| link.messages_dropped).sum::<u64>();
    let link = Link { from: "n1".to_owned(), to: "n3".to_owned() };
    let plan = vec![
        PlannedFault { links: vec![link.clone()], ..planned(0, ("partition", Aim::Named), 0, NEVER) },
        PlannedFault { nodes: vec!["n3".to_owned()], ..planned(1, pause(Target::Leader), 100, NEVER) },
    ];
    let (faults, _) = run_until(plan, &cluster, 2, || dropped() >= 1).await;
    let [cut, pause] = &faults[..] else { panic!("two faults: {faults:?}") };
    assert_eq!((cut.kind.as_str(), cut.target.as_str(), cut.summary.as_str()), ("named", "named", "n1→n3"));
    assert_eq!((&cut.links_cut[..], &cut.nodes[..]), (&[link][..], &["n1".to_owned()][..]));
    assert_eq!(cut.evidence.effect, Effect::Installed, "{}", cut.evidence.note);
    assert_eq!((pause.summary.as_str(), pause.target.as_str()), ("pause n3", "named"));
    assert_healthy(&cluster).await;
}

#[tokio::test]
async fn a_partition_that_nobody_felt_does_not_claim_otherwise() {
    let (cluster, _directory) = start(TestSystem { oddity: Oddity::IsSilent, ..TestSystem::default() }, 3).await;
    let plan = vec![planned(0, partition(Shape::Halves), 0, 20 * MS), planned(1, partition(Shape::Leader), 0, NEVER)];
    let (faults, _) = run_until(plan, &cluster, 2, || true).await;
    for fault in &faults {
        assert_eq!(fault.evidence.effect, Effect::Indeterminate);
        assert_eq!(fault.evidence.numbers["messages_dropped"], 0);
    }
    assert_eq!((faults[1].kind.as_str(), faults[1].target.as_str()), ("one", "one"));
    assert!(faults[1].evidence.note.contains("no leader was known"), "{}", faults[1].evidence.note);
}

#[tokio::test]
async fn killed_nodes_are_gone_and_answer_again() {
    let (cluster, _directory) = start(TestSystem::default(), 3).await;
    let before: Vec<u32> = cluster.nodes().iter().filter_map(|node| cluster.pid(node)).collect();
    let (faults, told) = run_until(vec![planned(0, kill(Target::All), 0, NEVER)], &cluster, 1, || {
        before.iter().all(|pid| !is_alive(*pid))
    })
    .await;
    let fault = &faults[0];
    assert_eq!((fault.summary.as_str(), fault.target.as_str()), ("kill n1 n2 n3", "all"));
    assert_eq!(fault.nodes_down, ["n1", "n2", "n3"]);
    assert_eq!(fault.evidence.effect, Effect::Installed, "{}", fault.evidence.note);
    for (node, pid) in cluster.nodes().iter().zip(before) {
        let number = |what: &str| fault.evidence.numbers[&format!("{node} {what}")];
        assert_eq!((number("pid"), number("signal")), (pid.into(), 9));
        assert_eq!(Some(number("pid after")), cluster.pid(node).map(u64::from));
    }
    assert_eq!(told[0].1.evidence.effect, Effect::Installed, "this is known at once");
    assert!(fault.started < fault.healed);
    assert_healthy(&cluster).await;
}

#[tokio::test]
async fn paused_nodes_stand_still_and_go_on() {
    let (cluster, _directory) = start(TestSystem { leader: Some("n3"), ..TestSystem::default() }, 3).await;
    let plan = vec![planned(0, pause(Target::Leader), 0, NEVER)];
    let (faults, _) = run_until(plan, &cluster, 1, || cluster.state("n3") == ProcessState::Stopped).await;
    let fault = &faults[0];
    assert_eq!((fault.summary.as_str(), fault.target.as_str()), ("pause n3", "leader"));
    assert_eq!(fault.nodes_down, ["n3"]);
    assert_eq!(fault.evidence.effect, Effect::Installed, "{}", fault.evidence.note);
    for number in ["processes_stopped", "still_stopped_at_the_end", "running_again"] {
        assert_eq!(fault.evidence.numbers[number], 1, "{number}");
    }
    assert_healthy(&cluster).await;
}

#[tokio::test]
async fn overlapping_faults_are_undone_when_the_last_of_them_ends() {
    let (cluster, _directory) = start(TestSystem::default(), 3).await;
    let plan = vec![
        planned(0, pause(Target::All), 0, NEVER),
        planned(1, kill(Target::All), 500, 2500 * MS),
        planned(2, kill(Target::All), 1000, NEVER),
        planned(3, pause(Target::One), 1500, NEVER),
        planned(4, partition(Shape::Halves), 0, NEVER),
        planned(5, partition(Shape::One), 0, 500 * MS),
    ];
    let is_dead = |node: &String| cluster.state(node) == ProcessState::Dead;
    let told = Told::default();
    let stop = watch::Sender::new(false);
    let stopping = async {
        eventually("the second kill is alone", || told.has("healed", 2)).await;
        assert!(cluster.nodes().iter().all(is_dead), "one of two kills is over, and they are still dead");
        assert!(!cluster.network().links_cut().is_empty(), "one of two partitions is over");
        stop.send_replace(true);
    };
    let (faults, ()) = tokio::join!(run(plan, &cluster, Instant::now(), stop.subscribe(), &told), stopping);
    let ids: Vec<u64> = faults.iter().map(|fault| fault.id).collect();
    assert_eq!(ids, [0, 1, 2, 3, 4, 5]);
    let effects: Vec<Effect> = faults[..4].iter().map(|fault| fault.evidence.effect).collect();
    let note = |id: usize| faults[id].evidence.note.as_str();
    // The second kill finds them dead: it keeps them so, but cannot say that it killed anybody.
    assert_eq!(effects, [Effect::Installed, Effect::Installed, Effect::Indeterminate, Effect::Skipped]);
    assert!(note(1).contains("n1 stays dead for another fault"), "{}", note(1));
    assert!(note(2).contains("n1: cannot kill it: it is dead"), "{}", note(2));
    assert_eq!(note(3), "no node lived until the end", "who is dead is not paused");
    assert!(faults.iter().filter(|fault| fault.id != 3).all(|fault| fault.healed.is_some()));
    assert_healthy(&cluster).await;
}

#[tokio::test]
async fn a_fault_waits_while_another_has_killed_everybody() {
    let (cluster, _directory) = start(TestSystem::default(), 3).await;
    let plan = vec![
        planned(0, kill(Target::All), 0, 700 * MS),
        planned(1, pause(Target::One), 300, 400 * MS),
        planned(2, partition(Shape::One), 300, 400 * MS),
    ];
    let (faults, told) = run_until(plan, &cluster, 3, || true).await;
    let [kill, pause, partition] = &faults[..] else { panic!("three faults: {faults:?}") };
    assert_eq!(pause.evidence.effect, Effect::Installed, "{}", pause.evidence.note);
    let killed = kill.started.expect("it began");
    for fault in [pause, partition] {
        // The first node comes back when the kill is healed: 700 ms after the start, and not at 300.
        assert!(fault.started.expect("it began") > killed + 500 * MS, "{fault:?}");
    }
    assert!(told.iter().all(|(what, _)| *what != "skipped"));
    assert_healthy(&cluster).await;
}

#[tokio::test]
async fn a_drawn_plan_runs_to_its_end_and_leaves_a_healthy_cluster() {
    let (cluster, _directory) = start(TestSystem { leader: Some("n1"), ..TestSystem::default() }, 5).await;
    let test = test(5, &["partition", "kill", "pause"]);
    let plan = plan(&harness::test::Test { time_limit_ms: 3000, nemesis_interval_ms: 300, ..test });
    assert!(plan.len() >= 15, "{} faults", plan.len());
    let (told, stop) = (Told::default(), watch::Sender::new(false));
    let faults = run(plan.clone(), &cluster, Instant::now(), stop.subscribe(), &told).await;
    let planned = faults.iter().map(|fault| (fault.id, fault.planned));
    assert!(planned.eq(plan.iter().map(|fault| (fault.id, (fault.start_ns, fault.end_ns)))));
    for fault in faults.iter().filter(|fault| fault.started.is_some()) {
        assert!(fault.healed.is_some(), "{fault:?}");
    }
    let installed = |nemesis| {
        faults
            .iter()
            .filter(move |fault| fault.nemesis == nemesis && fault.evidence.effect == Effect::Installed)
            .count()
    };
    assert!(installed("partition") > 0 && installed("kill") > 0 && installed("pause") > 0, "{faults:#?}");
    assert_healthy(&cluster).await;
}

/// A fault of one kind among several, with these parameters.
fn named(id: u64, name: &str, aim: Aim, parameters: serde_json::Value) -> PlannedFault {
    let kind = FAMILIES.iter().flat_map(|family| family.kinds).find(|kind| kind.name == name).expect("a kind");
    let given = serde_json::from_value(parameters).expect("fields");
    let parameters = Parameters::complete(kind.parameters, &given, id, 1.0).expect("parameters");
    PlannedFault { kind, parameters, ..planned(id, ("kill", aim), 0, NEVER) }
}

#[tokio::test]
async fn nodes_are_restarted_in_turn_or_in_a_loop_and_live_in_the_end() {
    let (cluster, _directory) = start(TestSystem { leader: Some("n2"), ..TestSystem::default() }, 3).await;
    let soon = json!({"down": "1ms", "up": "1ms"});
    for (name, target) in [("rolling-restart", Target::All), ("crash-loop", Target::Leader)] {
        let first: Vec<_> = cluster.nodes().iter().map(|node| cluster.pid(node)).collect();
        let mut seen = std::collections::BTreeSet::new();
        // Every node, or the one that leads, has been two processes since.
        let is_done = || {
            let now = cluster.nodes().iter().map(|node| cluster.pid(node)).zip(&first);
            seen.extend(
                now.enumerate()
                    .filter(|(_, (now, first))| now.is_some() && now != *first)
                    .map(|(n, (now, _))| (n, now)),
            );
            let twice = |node| seen.iter().filter(|(of, _)| *of == node).count() >= 2;
            if target == Target::All { (0..3).all(twice) } else { twice(1) }
        };
        let plan = vec![named(0, name, Aim::Nodes(target), soon.clone())];
        let (faults, _) = run_until(plan, &cluster, 1, is_done).await;
        let Fault { evidence, nodes, healed, .. } = &faults[0];
        assert_eq!((evidence.effect, healed.is_some()), (Effect::Installed, true), "{}", evidence.note);
        assert_eq!(nodes.len(), if target == Target::All { 3 } else { 1 });
        let numbers = &evidence.numbers;
        assert!(numbers["processes_killed"] >= 2 * nodes.len() as u64, "{numbers:?}");
        assert_eq!(numbers["answering_again"], numbers["processes_killed"], "{}", evidence.note);
        assert_healthy(&cluster).await;
    }
}

#[tokio::test]
async fn starved_nodes_run_for_their_share() {
    let (cluster, _directory) = start(TestSystem::default(), 3).await;
    let mut stops = 0;
    let is_done = || {
        stops += usize::from(cluster.nodes().iter().any(|node| cluster.state(node) == ProcessState::Stopped));
        stops >= 20
    };
    let plan = vec![
        named(0, "starve", Aim::Nodes(Target::All), json!({"share": 0.2, "period": "20ms"})),
        // Both let go of the nodes before they run again.
        PlannedFault { start_ns: 50 * MS, ..planned(1, pause(Target::One), 50, 100 * MS) },
    ];
    let (faults, _) = run_until(plan, &cluster, 1, is_done).await;
    let Fault { evidence, .. } = &faults[0];
    assert_eq!(evidence.effect, Effect::Installed, "{}", evidence.note);
    assert!(evidence.numbers["stops"] >= 3, "{}", evidence.note);
    assert!(evidence.numbers["n1 ran percent"] < 100, "{}", evidence.note);
    assert_healthy(&cluster).await;
}

#[tokio::test]
async fn what_had_no_time_to_begin_is_skipped() {
    let (cluster, _directory) = start(TestSystem::default(), 3).await;
    let (told, stop) = (Told::default(), watch::Sender::new(true));
    let plan = vec![planned(0, kill(Target::One), 0, NEVER)];
    let faults = run(plan, &cluster, Instant::now(), stop.subscribe(), &told).await;
    assert_eq!((faults[0].evidence.effect, faults[0].started), (Effect::Skipped, None));
    assert!(told.has("skipped", 1) && !told.has("started", 1));
    assert_healthy(&cluster).await;
}
