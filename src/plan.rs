//! From options and a config file to one validated test. Nothing behind it sees raw strings.

use crate::{
    cli::TestOptions,
    config::{Settings, Span, SpanRange},
    registry, schedule,
};
use harness::{
    nemesis::{self, FAMILIES, Family, PlannedFault, Targets, swarm},
    test::Test,
};
use node::server::{ByteSize, read_mode};
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// The most nodes that a test may have: with a proxy for every directed link, more than a machine carries well.
const NODES_MAX: usize = 15;
const CONCURRENCY_MAX: usize = 1000;
const TIME_LIMIT_MAX: Duration = Duration::from_secs(24 * 3600);

/// Makes the test that the options and the config file describe, and the faults to inject: those of the schedule, if one is
/// named, or those that the nemeses draw.
///
/// # Errors
/// One sentence naming the option and the nearest valid choice.
pub fn plan(options: &TestOptions) -> Result<(Test, Vec<PlannedFault>), String> {
    let mut test = test(options)?;
    let Some(path) = &options.schedule else {
        let faults = nemesis::plan(&test);
        return Ok((test, faults));
    };
    if options.nemesis.is_some() {
        return Err(
            "--nemesis cannot be combined with --schedule, whose faults are injected instead of drawn ones".into()
        );
    }
    let faults = schedule::read(path, &test, Targets::Written).map_err(|error| format!("--schedule {error}"))?;
    (test.nemesis, test.swarm) = (families(&faults), false);
    test.reproduce = reproduce(&test, &format!("--schedule {}", path.display()));
    Ok((test, faults))
}

/// The families of these faults: each is a nemesis that was asked for, and has to take effect.
pub fn families(faults: &[PlannedFault]) -> Vec<String> {
    let names: BTreeSet<&str> = faults.iter().map(|fault| fault.kind.family().name).collect();
    names.into_iter().map(str::to_owned).collect()
}

/// Makes the test that the options and the config file describe.
///
/// # Errors
/// As for [`plan`].
pub fn test(options: &TestOptions) -> Result<Test, String> {
    let file = match &options.config {
        Some(path) => Settings::read(path)?,
        None => Settings::default(),
    };
    let settings = typed(options).over(file).over(Settings::built_in());
    let seed = options.seed.unwrap_or_else(drawn_seed);
    let SpanRange(election_min, election_max) = settings.election_timeout.expect(BUILT_IN);
    let Span(heartbeat) = settings.heartbeat.expect(BUILT_IN);
    if heartbeat.is_zero() || heartbeat >= election_min {
        return Err(format!(
            "--heartbeat {} is not between zero and the shortest election timeout, {}",
            humantime::format_duration(heartbeat),
            humantime::format_duration(election_min)
        ));
    }
    let ByteSize(snapshot_bytes) = settings.snapshot_bytes.expect(BUILT_IN);
    let reads = settings.reads.expect(BUILT_IN);
    read_mode(&reads).map_err(|error| format!("--reads {error}"))?;
    let rate = settings.rate.expect(BUILT_IN);
    if !rate.is_finite() || rate < 0.0 {
        return Err(format!("--rate {rate} is not a number of operations a second; 0 means as many as possible"));
    }
    let intensity = settings.nemesis_intensity.expect(BUILT_IN);
    if !(0.0..=1.0).contains(&intensity) {
        return Err(format!("--nemesis-intensity {intensity} is not between 0 and 1"));
    }
    let names = registry::nemeses().find_all("nemesis", &settings.nemesis.expect(BUILT_IN))?;
    let duration = settings.nemesis_duration.map(|duration| ms("--nemesis-duration", Some(duration))).transpose()?;
    let mut test = Test {
        version: 1,
        system: registry::SYSTEMS.find("system", &settings.system.expect(BUILT_IN))?.to_owned(),
        workload: registry::WORKLOADS.find("workload", &settings.workload.expect(BUILT_IN))?.to_owned(),
        nemesis: nemeses(&names, seed)?,
        swarm: names == [registry::SWARM],
        nodes: within("--nodes", settings.nodes.expect(BUILT_IN), 1, NODES_MAX)?,
        concurrency: within("--concurrency", settings.concurrency.expect(BUILT_IN), 1, CONCURRENCY_MAX)?,
        rate: (rate > 0.0).then_some(rate),
        time_limit_ms: ms("--time-limit", settings.time_limit)?,
        operation_timeout_ms: ms("--operation-timeout", settings.operation_timeout)?,
        nemesis_interval_ms: ms("--nemesis-interval", settings.nemesis_interval)?,
        nemesis_duration_ms: duration,
        nemesis_intensity: Some(intensity),
        beyond_contract: settings.beyond_contract.expect(BUILT_IN),
        leave_broken: settings.leave_broken.expect(BUILT_IN),
        fail_fast: settings.fail_fast.expect(BUILT_IN),
        recovery_ms: ms("--recovery", settings.recovery)?,
        election_timeout_ms_min: election_min.as_millis() as u64,
        election_timeout_ms_max: election_max.as_millis() as u64,
        heartbeat_ms: ms("--heartbeat", Some(Span(heartbeat)))?,
        snapshot_bytes: Some(snapshot_bytes),
        reads: Some(reads),
        elections_max: settings.max_elections,
        seed,
        bugs: registry::bugs().find_all("bug", &settings.bug.expect(BUILT_IN))?,
        out: settings.out.expect(BUILT_IN),
        program: program()?,
        program_version: PROGRAM_VERSION.to_owned(),
        reproduce: String::new(),
        host: host(),
    };
    let nemesis = match test.nemesis.join(",") {
        _ if test.swarm => registry::SWARM.to_owned(),
        _ if test.has_all_nemeses() => registry::ALL.to_owned(),
        names if names.is_empty() => registry::NONE.to_owned(),
        names => names,
    };
    test.reproduce = reproduce(&test, &format!("--nemesis {nemesis}"));
    Ok(test)
}

const BUILT_IN: &str = "the built-in settings set everything: a test of config.rs sees to it";

/// The version of this program.
pub const PROGRAM_VERSION: &str = env!("CARGO_PKG_VERSION");

/// This program's own file, which the nodes are started from.
///
/// # Errors
/// If it cannot be found.
pub fn program() -> Result<PathBuf, String> {
    std::env::current_exe().map_err(|error| format!("this program's own file cannot be found: {error}"))
}

/// What was said on the command line.
fn typed(options: &TestOptions) -> Settings {
    Settings {
        system: options.system.clone(),
        workload: options.workload.clone(),
        nemesis: options.nemesis.clone(),
        nodes: options.nodes,
        concurrency: options.concurrency,
        rate: options.rate,
        time_limit: options.time_limit,
        operation_timeout: options.operation_timeout,
        nemesis_interval: options.nemesis_interval,
        nemesis_duration: options.nemesis_duration,
        nemesis_intensity: options.nemesis_intensity,
        beyond_contract: options.beyond_contract.then_some(true),
        leave_broken: options.leave_broken.then_some(true),
        fail_fast: options.fail_fast.then_some(true),
        recovery: options.recovery,
        election_timeout: options.election_timeout,
        heartbeat: options.heartbeat,
        snapshot_bytes: options.snapshot_bytes,
        reads: options.reads.clone(),
        max_elections: options.max_elections,
        bug: options.bug.clone(),
        out: options.out.clone(),
    }
}

/// The families of faults that these names mean.
fn nemeses(names: &[String], seed: u64) -> Result<Vec<String>, String> {
    let alone = [registry::NONE, registry::ALL, registry::SWARM];
    if names.len() > 1
        && let Some(name) = names.iter().find(|name| alone.contains(&name.as_str()))
    {
        return Err(format!("--nemesis `{name}` cannot be combined with others"));
    }
    let named = |families: Vec<&'static Family>| families.iter().map(|family| family.name.to_owned()).collect();
    let mut found = match names {
        [name] if name == registry::NONE => Vec::new(),
        [name] if name == registry::ALL => named(FAMILIES.iter().collect()),
        [name] if name == registry::SWARM => named(swarm(seed)),
        names => names.to_vec(),
    };
    found.sort();
    found.dedup();
    Ok(found)
}

fn within(option: &str, value: usize, min: usize, max: usize) -> Result<usize, String> {
    if (min..=max).contains(&value) {
        Ok(value)
    } else {
        Err(format!("{option} {value} is not between {min} and {max}"))
    }
}

fn ms(option: &str, span: Option<Span>) -> Result<u64, String> {
    let Span(duration) = span.expect(BUILT_IN);
    if duration < Duration::from_millis(1) || duration > TIME_LIMIT_MAX {
        let duration = humantime::format_duration(duration);
        return Err(format!("{option} {duration} is not between 1ms and 24h"));
    }
    Ok(duration.as_millis() as u64)
}

fn drawn_seed() -> u64 {
    let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    // Short enough to be read aloud. The process tells apart two tests of the same moment.
    (time.as_nanos() as u64 ^ u64::from(std::process::id()).rotate_left(20)) % 1_000_000_000
}

/// The command that does the same again: every option that matters, whatever file it came from.
pub fn reproduce(test: &Test, faults: &str) -> String {
    let time = |ms| humantime::format_duration(Duration::from_millis(ms)).to_string().replace(' ', "");
    let mut flags = String::new();
    let mut command = format!("{} test --workload {} {faults}", caller(), test.workload);
    let mut add = |option: &str, value: String, usual: &str| {
        if value != usual {
            command.push_str(&format!(" --{option} {value}"));
        }
    };
    add("system", test.system.clone(), "raft");
    add("bug", test.bugs.join(","), "");
    add("nodes", test.nodes.to_string(), "");
    add("concurrency", test.concurrency.to_string(), "");
    add("rate", test.rate.unwrap_or(0.0).to_string(), "");
    add("time-limit", time(test.time_limit_ms), "");
    add("nemesis-interval", time(test.nemesis_interval_ms), "");
    add("nemesis-duration", test.nemesis_duration_ms.map(time).unwrap_or_default(), "");
    add("nemesis-intensity", test.nemesis_intensity.unwrap_or(1.0).to_string(), "1");
    let mut add_flag = |option: &str, is_on: bool| {
        if is_on {
            flags.push_str(&format!(" --{option}"));
        }
    };
    add_flag("beyond-contract", test.beyond_contract);
    add_flag("leave-broken", test.leave_broken);
    add_flag("fail-fast", test.fail_fast);
    add("operation-timeout", time(test.operation_timeout_ms), "1s");
    add("recovery", time(test.recovery_ms), "10s");
    add(
        "election-timeout",
        format!("{}..{}", time(test.election_timeout_ms_min), time(test.election_timeout_ms_max)),
        "150ms..300ms",
    );
    add("heartbeat", time(test.heartbeat_ms), "50ms");
    let snapshot_bytes = test.snapshot_bytes.map(|bytes| ByteSize(bytes).to_string()).unwrap_or_default();
    add("snapshot-bytes", snapshot_bytes, "8KiB");
    add("reads", test.reads.clone().unwrap_or_default(), "index");
    add("max-elections", test.elections_max.map(|most| most.to_string()).unwrap_or_default(), "");
    add("seed", test.seed.to_string(), "");
    command + &flags
}

/// How this program was called: by cargo, which tells its children where it is, or by its name.
pub fn caller() -> &'static str {
    match (std::env::var_os("CARGO").is_some(), cfg!(debug_assertions)) {
        (true, true) => "cargo run --",
        (true, false) => "cargo run --release --",
        (false, _) => "whitewater",
    }
}

/// `Linux 6.1.0, 2 processors`.
pub fn host() -> String {
    let read = |path: &str| std::fs::read_to_string(path).map(|text| text.trim().to_owned());
    let kernel = read("/proc/sys/kernel/osrelease").map_or(String::new(), |release| format!(" {release}"));
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    format!("{}{kernel}, {processors} processors", std::env::consts::OS)
}

/// A file or folder that the user named, as an absolute path where that can be had.
pub fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}
