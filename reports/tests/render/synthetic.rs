//! Run directories as the harness leaves them, made up: written with the same types, so that they cannot drift apart.

use harness::{
    checker::{
        Availability, AvailabilityWindow, CheckResult, DeadEnd, Gap, Impossible, Precedence, Recovery, Results,
        Situation, Stats, Verdict, Violation, Witness, WitnessEdge, WitnessEvent, WitnessOperation, WitnessOrder,
    },
    history::{
        Effect, Event, EventType, Evidence, Fault, Process,
        trace::{Hash, Kind, Role, TraceEvent, VERSION},
    },
    store::RunDir,
    test::Test,
};
use serde::Serialize;
use serde_json::{Value, json};
use std::{collections::BTreeMap, fs, io::Write, path::Path};

pub const MS: u64 = 1_000_000;
pub const SECOND: u64 = 1_000 * MS;
/// Where the run's time 0 lies on the made-up machine's clock.
const EPOCH: u64 = 7_000 * SECOND;

/// A made-up run.
pub struct Synthetic {
    pub test: Test,
    pub events: Vec<Event>,
    pub faults: Vec<Fault>,
    pub results: Option<Results>,
    pub traces: BTreeMap<String, Vec<TraceEvent>>,
}

/// Small, seeded, and good enough for made-up latencies.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides.max(1)
    }
}

pub fn test(nodes: usize, seconds: u64) -> Test {
    Test {
        version: 1,
        system: "raft".into(),
        workload: "register".into(),
        nemesis: vec!["partition".into(), "kill".into(), "pause".into()],
        nodes,
        concurrency: 10,
        rate: Some(500.0),
        time_limit_ms: seconds * 1000,
        operation_timeout_ms: 1000,
        swarm: false,
        nemesis_interval_ms: 5000,
        nemesis_duration_ms: None,
        fail_fast: false,
        nemesis_intensity: None,
        beyond_contract: false,
        leave_broken: false,
        recovery_ms: 10_000,
        election_timeout_ms_min: 150,
        election_timeout_ms_max: 300,
        heartbeat_ms: 50,
        snapshot_bytes: None,
        reads: None,
        elections_max: None,
        seed: 4211,
        bugs: Vec::new(),
        out: "runs".into(),
        program: "whitewater".into(),
        program_version: "0.1.0".into(),
        reproduce: "whitewater test --workload register --nemesis partition,kill,pause --seed 4211".into(),
        host: "Linux 6.1, 8 processors".into(),
    }
}

pub fn fault(id: u64, nemesis: &str, summary: &str, nodes_down: &[&str], (start, end): (u64, Option<u64>)) -> Fault {
    let numbers = BTreeMap::from([("messages_dropped".to_owned(), 1204 + id), ("n1→n2 dropped".to_owned(), 301)]);
    Fault {
        id,
        nemesis: nemesis.into(),
        kind: if nemesis == "partition" { "halves" } else { nemesis }.into(),
        summary: summary.into(),
        target: "leader".into(),
        nodes: nodes_down.iter().map(|node| (*node).to_owned()).collect(),
        nodes_down: nodes_down.iter().map(|node| (*node).to_owned()).collect(),
        planned: (start, end.unwrap_or(start)),
        started: Some(start),
        healed: end,
        evidence: Evidence {
            effect: Effect::Installed,
            note: format!("{} messages dropped on 12 links", 1204 + id),
            numbers,
        },
        ..Fault::default()
    }
}

/// The faults of a run of 20 s: one of each kind, and one that found no target.
pub fn faults() -> Vec<Fault> {
    let mut skipped = fault(3, "kill", "kill the leader", &[], (16 * SECOND, None));
    skipped.started = None;
    skipped.evidence =
        Evidence { effect: Effect::Skipped, note: "no leader was known".into(), numbers: BTreeMap::new() };
    let at = |from: u64, to: u64| (from * 100 * MS, Some(to * 100 * MS));
    vec![
        fault(0, "partition", "n1 n3 | n2 n4 n5", &[], at(30, 62)),
        fault(1, "kill", "kill n2", &["n2"], at(80, 101)),
        fault(2, "pause", "pause n4", &["n4"], at(120, 142)),
        skipped,
        fault(4, "partition", "n5 | n1 n2 n3 n4", &[], at(155, 188)),
    ]
}

/// Operations of ten clients at this rate, slower and failing while nobody leads.
pub fn events(count: u64, length: u64) -> Vec<Event> {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let mut lines: Vec<(u64, Event)> = Vec::new();
    let mut process: Vec<u64> = (0..10).collect();
    let mut free = [0u64; 10];
    for n in 0..count {
        let client = (n % 10) as usize;
        let start = (n * length / count).max(free[client]) + dice.roll(200_000);
        let troubled = [(31, 36), (81, 85), (156, 161)].iter().any(|&(from, to)| {
            let fraction = start as u128 * 200 / u128::from(length.max(1));
            (from..to).contains(&(fraction as u64))
        });
        let quick = 400_000 + dice.roll(900_000) + if dice.roll(40) == 0 { dice.roll(30 * MS) } else { 0 };
        let (kind, took, error) = match (troubled, dice.roll(10)) {
            (true, 0..4) => (EventType::Info, 1000 * MS, Some("timed out after 1 s".to_owned())),
            (true, _) => {
                (EventType::Fail, 2 * MS + dice.roll(3 * MS), Some("no leader is known (CLUSTERDOWN)".to_owned()))
            }
            _ => (EventType::Ok, quick, None),
        };
        let key = json!(dice.roll(64));
        let (f, input, output) = match dice.roll(10) {
            0..5 => ("read", json!([key, null]), json!([key, dice.roll(100)])),
            5..8 => ("write", json!([key, n]), json!([key, n])),
            _ => ("cas", json!([key, [n, n + 1]]), json!([key, [n, n + 1]])),
        };
        let mismatch = f == "cas" && kind == EventType::Ok && dice.roll(2) == 0;
        let event = |time: u64, kind: EventType, value: Value| Event {
            index: 0,
            time,
            process: Process::Client(process[client]),
            kind,
            f: f.into(),
            value,
            error: None,
            found: None,
            node: None,
        };
        lines.push((start, event(start, EventType::Invoke, input)));
        let end = start + took;
        let mut completion = event(end, kind, output);
        completion.error = error;
        completion.node = Some(format!("n{}", 1 + dice.roll(5)));
        if mismatch {
            (completion.kind, completion.error, completion.found) =
                (EventType::Fail, Some("mismatch".into()), Some(json!(7)));
        }
        lines.push((end, completion));
        free[client] = end;
        if kind == EventType::Info {
            process[client] += 10;
        }
    }
    // A stable sort keeps an invocation before its completion.
    lines.sort_by_key(|(time, _)| *time);
    let numbered = |(index, (_, event)): (u64, (u64, Event))| Event { index, ..event };
    (0..).zip(lines).map(numbered).collect()
}

fn line(time: u64, kind: Kind) -> TraceEvent {
    TraceEvent { t: EPOCH + time, kind }
}

fn start(node: &str, term: u64) -> Kind {
    Kind::Start { version: VERSION, node: node.into(), term, vote: None, last: 0, hash: Hash(0) }
}

/// Five nodes: n1 leads, is cut off, n4 leads, is paused, n2 leads to the end.
pub fn traces() -> BTreeMap<String, Vec<TraceEvent>> {
    let role = |time: u64, role: Role, term: u64| line(time * MS, Kind::Role { role, term });
    let mut traces: BTreeMap<String, Vec<TraceEvent>> = BTreeMap::new();
    for node in ["n1", "n2", "n3", "n4", "n5"] {
        traces.insert(node.into(), vec![line(0, start(node, 0))]);
    }
    let mut say = |node: &str, lines: Vec<TraceEvent>| traces.get_mut(node).expect("a node").extend(lines);
    use Role::{Candidate, Follower, Leader, PreCandidate};
    say("n1", vec![role(180, PreCandidate, 0), role(200, Candidate, 1), role(230, Leader, 1), role(6250, Follower, 3)]);
    say(
        "n2",
        vec![
            role(231, Follower, 1),
            role(3300, Follower, 2),
            role(3700, Follower, 3),
            line(7990 * MS, Kind::Commit { term: 3, index: 90 }),
        ],
    );
    say(
        "n2",
        vec![
            line(9600 * MS, start("n2", 3)),
            role(12_300, PreCandidate, 3),
            role(12_350, Candidate, 4),
            role(12_400, Leader, 4),
        ],
    );
    say("n3", vec![role(231, Follower, 1), role(6250, Follower, 3), role(12_401, Follower, 4)]);
    say(
        "n4",
        vec![
            role(231, Follower, 1),
            role(3250, PreCandidate, 1),
            role(3300, Candidate, 2),
            role(3650, Candidate, 3),
            role(3700, Leader, 3),
            role(14_250, Follower, 4),
        ],
    );
    say(
        "n5",
        vec![role(231, Follower, 1), role(3300, Follower, 2), role(3700, Follower, 3), role(12_401, Follower, 4)],
    );
    say("n5", vec![role(15_800, PreCandidate, 4), role(18_810, Follower, 4)]);
    traces
}

pub fn results(events: &[Event], faults: &[Fault], length: u64) -> Results {
    let window = (200 * MS).max(length / 500);
    let mut windows: Vec<AvailabilityWindow> = (0..length / window)
        .map(|n| AvailabilityWindow { start: n * window, ..AvailabilityWindow::default() })
        .collect();
    let mut operations: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
    for event in events.iter().filter(|event| event.kind != EventType::Invoke) {
        let Some(window) = windows.get_mut((event.time / window) as usize) else { continue };
        let (count, name) = match event.kind {
            EventType::Ok => (&mut window.ok, "ok"),
            EventType::Fail => (&mut window.fail, "fail"),
            _ => (&mut window.info, "info"),
        };
        *count += 1;
        *operations.entry(event.f.clone()).or_default().entry(name.into()).or_default() += 1;
    }
    let percentiles = |p50: f64| [("p50", p50), ("p90", 2.0 * p50), ("p99", 9.7 * p50), ("max", 1204.0)];
    let latency_ms = operations.keys().map(|f| (f.clone(), percentiles(0.84).map(|(n, ms)| (n.to_owned(), ms)).into()));
    let recovery = |fault: &Fault, edge: &str, time: Option<u64>| {
        time.map(|time| Recovery { fault: fault.id, edge: edge.into(), time, wait: Some(310 * MS) })
    };
    Results {
        proxies: None,
        aftermath: None,
        version: 1,
        verdict: Verdict::Valid,
        exit_code: 0,
        reason: "every checker is satisfied, and every gate was met".into(),
        checkers: BTreeMap::from([
            ("linearizability".into(), check("every one of 64 keys is linearizable (10,000 operations)", 64)),
            ("raft-safety".into(), check("the five safety properties hold over 90 entries and 4 terms", 90)),
        ]),
        stats: Stats { rate: 498.7, latency_ms: latency_ms.collect(), operations, duration: length },
        availability: Availability {
            window,
            windows,
            success: 0.982,
            gaps: vec![
                Gap { start: 3100 * MS, end: 3650 * MS, majority: 550 * MS },
                Gap { start: 15_600 * MS, end: 16_100 * MS, majority: 0 },
            ],
            recoveries: faults
                .iter()
                .flat_map(|fault| [recovery(fault, "start", fault.started), recovery(fault, "heal", fault.healed)])
                .flatten()
                .collect(),
        },
        faults: faults.to_vec(),
        coverage: vec![
            situation("leader changed", "a node became the leader after another leadership", 3),
            situation("log truncated", "a follower removed entries that its leader did not have", 0),
        ],
        warnings: vec!["the clock of n2 could not be read once".into()],
        reproduce: "whitewater test --workload register --nemesis partition,kill,pause --seed 4211".into(),
        epoch: EPOCH,
    }
}

fn situation(name: &str, summary: &str, count: u64) -> Situation {
    Situation { name: name.into(), summary: summary.into(), count }
}

pub fn check(summary: &str, keys: u64) -> CheckResult {
    CheckResult {
        verdict: Verdict::Valid,
        summary: summary.into(),
        violations: Vec::new(),
        counts: BTreeMap::from([("keys".into(), keys), ("search_steps".into(), 48_210)]),
    }
}

/// A run in which all went well.
pub fn valid(count: u64) -> Synthetic {
    let (mut events, faults) = (events(count, 20 * SECOND), faults());
    let end = events.last().map_or(0, |event| event.time).max(21_500 * MS);
    for key in 0..if count > 0 { 64 } else { 0 } {
        let mut read = Event {
            index: events.len() as u64,
            time: end + key * 5 * MS,
            process: Process::Client(100_000),
            kind: EventType::Invoke,
            f: "read".into(),
            value: json!([key, null]),
            error: None,
            found: None,
            node: None,
        };
        events.push(read.clone());
        (read.index, read.time, read.kind) = (read.index + 1, read.time + MS, EventType::Ok);
        events.push(read);
    }
    let results = Some(results(&events, &faults, 20 * SECOND));
    Synthetic { test: test(5, 20), events, faults, results, traces: traces() }
}

/// A run with this violation.
pub fn invalid(checker: &str, violation: Violation) -> Synthetic {
    let mut run = valid(4_000);
    let results = run.results.as_mut().expect("results");
    results.verdict = Verdict::Invalid;
    results.exit_code = 1;
    results.reason = format!("{} was violated", violation.property);
    let summary = violation.summary.clone();
    let result =
        CheckResult { verdict: Verdict::Invalid, summary, violations: vec![violation], ..CheckResult::default() };
    results.checkers.insert(checker.into(), result);
    run
}

pub fn stale_read() -> Violation {
    let operation =
        |process, index, text: &str, outcome: &str, start: u64, end: Option<u64>, node: &str| WitnessOperation {
            process,
            index,
            name: None,
            text: text.into(),
            outcome: outcome.into(),
            start: 3_400 * MS + start * 10_000,
            end: end.map(|end| 3_400 * MS + end * 10_000),
            node: Some(node.into()),
        };
    let mut context: Vec<_> = (0..14)
        .map(|n| operation(20 + n % 4, 3000 + n, &format!("write {}", 40 + n), "ok", n * 55, Some(n * 55 + 90), "n4"))
        .collect();
    context.push(operation(7, 2990, "cas 5 → 6 met 7", "fail", 20, Some(95), "n1"));
    Violation {
        property: "Linearizability".into(),
        summary: "key 17: process 4 read 3 from n1 after process 3 had read 5 from n4, and nothing wrote 3 again"
            .into(),
        explanation: vec![
            "Process 2 wrote 3, and the write was complete at 3.401 s.".into(),
            "Process 6 began to write 5; its outcome is unknown, so it may take effect at any time after 3.402 s."
                .into(),
            "Process 3 read 5, complete at 3.404 s: the write of 5 had taken effect by then.".into(),
            "Process 4 began its read after that, and read 3. No write of 3 is left that could explain it.".into(),
        ],
        time: Some(3_407 * MS),
        witness: Witness::Operations {
            key: "17".into(),
            initial: "nil".into(),
            minimal: true,
            operations: vec![
                operation(2, 3101, "write 3", "ok", 10, Some(95), "n1"),
                operation(6, 3108, "write 5", "info", 200, Some(99_000), "n4"),
                operation(3, 3120, "read → 5", "ok", 310, Some(420), "n4"),
                operation(4, 3131, "read → 3", "ok", 510, Some(700), "n1"),
            ],
            context,
            order: WitnessOrder {
                edges: [(3101, 3108), (3101, 3120), (3120, 3131)].map(in_time).into(),
                dead_ends: vec![DeadEnd {
                    order: vec![3101, 3108, 3120],
                    state: "5".into(),
                    impossible: vec![Impossible { index: 3131, because: "it saw 3 and not 5".into() }],
                }],
            },
        },
    }
}

fn in_time((from, to): (u64, u64)) -> WitnessEdge {
    WitnessEdge { from, to, by: Precedence::RealTime, key: None, because: "the one was over before the other".into() }
}

/// Three transactions, two of them of one process, that must each come before the next.
pub fn circle() -> Violation {
    let transaction = |process, index, name: &str, text: &str, start: u64, end: Option<u64>| WitnessOperation {
        process,
        index,
        name: Some(name.into()),
        text: text.into(),
        outcome: if end.is_some() { "ok" } else { "info" }.into(),
        start: 3_400 * MS + start * 10_000,
        end: end.map(|end| 3_400 * MS + end * 10_000),
        node: Some("n1".into()),
    };
    let edge = |from, to, by, because: &str| WitnessEdge {
        from,
        to,
        by,
        key: Some("k7".to_owned()).filter(|_| by == Precedence::Rw || by == Precedence::Wr),
        because: because.into(),
    };
    Violation {
        property: "G-single-realtime".into(),
        summary: "3 transactions must each come before the next, in a circle".into(),
        explanation: vec!["T3 comes before T1 (rw): T3 read nil from k7, and T1 wrote 5 later.".into()],
        time: Some(3_407 * MS),
        witness: Witness::Operations {
            key: "k7".into(),
            initial: "nil".into(),
            minimal: false,
            operations: vec![
                transaction(6, 3101, "T1", "write k7 5, read k9 → 4, …", 10, None),
                transaction(3, 3108, "T2", "read k7 → 5", 120, Some(240)),
                transaction(3, 3131, "T3", "read k7 → nil, write k2 1, write k1 17", 510, Some(700)),
            ],
            context: Vec::new(),
            order: WitnessOrder {
                edges: vec![
                    edge(3101, 3108, Precedence::Wr, "T2 read 5 from k7, which T1 wrote"),
                    edge(3108, 3131, Precedence::RealTime, "it was over before T3 began"),
                    edge(3131, 3101, Precedence::Rw, "T3 read nil from k7, and T1 wrote 5 later"),
                ],
                dead_ends: Vec::new(),
            },
        },
    }
}

pub fn two_leaders() -> Violation {
    let event = |node: &str, line, time: u64, text: &str| WitnessEvent {
        node: node.into(),
        line,
        time: time * MS,
        text: text.into(),
    };
    Violation {
        property: "Election Safety".into(),
        summary: "n1 and n4 were both leader of term 3".into(),
        explanation: vec![
            "n4 became leader of term 3.".into(),
            "n1 became leader of term 3 while n4 still was.".into(),
        ],
        time: Some(3700 * MS),
        witness: Witness::Nodes {
            events: vec![
                event("n4", 6, 3700, "became leader of term 3"),
                event("n1", 5, 6250, "became leader of term 3"),
            ],
        },
    }
}

impl Synthetic {
    /// Writes the run into a directory.
    pub fn write(&self, path: &Path) -> RunDir {
        let dir = RunDir::new(path);
        fs::create_dir_all(path).expect("a directory");
        json_file(&dir.test(), &self.test);
        let faults: Vec<_> = self.faults.iter().map(|fault| json!({ "outcome": fault })).collect();
        json_file(&dir.schedule(), &json!({ "version": 1, "epoch": EPOCH, "faults": faults }));
        if let Some(results) = &self.results {
            json_file(&dir.results(), results);
        }
        lines(&dir.history(), &self.events);
        for (node, trace) in &self.traces {
            fs::create_dir_all(dir.node(node)).expect("a directory");
            lines(&dir.node_trace(node), trace);
        }
        dir
    }
}

fn json_file(path: &Path, value: &impl Serialize) {
    fs::write(path, serde_json::to_vec_pretty(value).expect("JSON")).expect("a file");
}

fn lines(path: &Path, values: &[impl Serialize]) {
    let mut file = std::io::BufWriter::new(fs::File::create(path).expect("a file"));
    for value in values {
        serde_json::to_writer(&mut file, value).expect("a line");
        file.write_all(b"\n").expect("a line");
    }
}
