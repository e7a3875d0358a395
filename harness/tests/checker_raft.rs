//! The Raft checker: each property broken by hand, random traces of a correct protocol, and mutations of those.

use harness::checker::{Budget, CheckResult, Checker, NodeTrace, RaftSafety, Record, Verdict, Witness, parse};
use harness::history::trace::{Hash, Kind, Role, TraceEvent, VERSION};
use std::collections::BTreeMap;

/// Writes traces: every line is a nanosecond after the one before it, whoever writes it.
struct Script {
    now: u64,
    lines: BTreeMap<String, Vec<TraceEvent>>,
    /// What each node's log holds: terms and hashes.
    logs: BTreeMap<String, Vec<(u64, Hash)>>,
}

fn name(node: usize) -> String {
    format!("n{}", node + 1)
}

/// A hash function like any other.
fn extend(before: Hash, term: u64, payload: u64) -> Hash {
    let mixed = (before.0 ^ term.rotate_left(40) ^ payload.rotate_left(17)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    Hash(mixed ^ (mixed >> 29))
}

impl Script {
    /// Nodes that have just started for the first time.
    fn new(nodes: usize) -> Script {
        let mut script = Script { now: 0, lines: BTreeMap::new(), logs: BTreeMap::new() };
        for node in (0..nodes).map(name) {
            script.logs.insert(node.clone(), Vec::new());
            script.say(&node, start(&node, 0, None, 0, Hash(0)));
        }
        script
    }

    fn say(&mut self, node: &str, kind: Kind) {
        self.now += 1;
        let event = TraceEvent { t: self.now, kind };
        self.lines.entry(node.into()).or_default().push(event);
    }

    fn role(&mut self, node: &str, role: Role, term: u64) {
        self.say(node, Kind::Role { role, term });
    }

    fn vote(&mut self, node: &str, term: u64, candidate: &str) {
        self.say(node, Kind::Vote { term, candidate: candidate.into() });
    }

    /// An election that all of `voters` (the winner first) take part in.
    fn elect(&mut self, voters: &[&str], term: u64) {
        self.role(voters[0], Role::Candidate, term);
        for voter in voters {
            self.vote(voter, term, voters[0]);
        }
        self.role(voters[0], Role::Leader, term);
    }

    fn append(&mut self, node: &str, term: u64, payload: u64) {
        let log = self.logs.get_mut(node).unwrap();
        let hash = extend(log.last().map_or(Hash(0), |(_, hash)| *hash), term, payload);
        log.push((term, hash));
        let first = log.len() as u64;
        self.say(node, Kind::Append { first, terms: vec![(term, 1)], hashes: vec![hash] });
    }

    fn truncate(&mut self, node: &str, from: u64) {
        self.logs.get_mut(node).unwrap().truncate(from as usize - 1);
        self.say(node, Kind::Truncate { from });
    }

    fn ack(&mut self, node: &str, term: u64, index: u64) {
        self.say(node, Kind::Ack { term, index });
    }

    fn commit(&mut self, node: &str, term: u64, index: u64) {
        self.say(node, Kind::Commit { term, index });
    }

    fn apply(&mut self, node: &str, index: u64) {
        let hash = self.hash(node, index);
        self.say(node, Kind::Apply { index, hash });
    }

    fn hash(&self, node: &str, index: u64) -> Hash {
        if index == 0 { Hash(0) } else { self.logs[node][index as usize - 1].1 }
    }

    fn restart(&mut self, node: &str, term: u64, vote: Option<&str>, last: u64) {
        let hash = self.hash(node, last);
        self.logs.get_mut(node).unwrap().truncate(last as usize);
        self.say(node, start(node, term, vote, last, hash));
    }

    fn record(self) -> Record {
        let nodes: Vec<String> = self.lines.keys().cloned().collect();
        let trace = |(node, lines): (String, Vec<TraceEvent>)| NodeTrace {
            node,
            lines: (1..).zip(lines).collect(),
            broken: Vec::new(),
        };
        Record { traces: self.lines.into_iter().map(trace).collect(), nodes, ..Record::default() }
    }

    fn check(self) -> CheckResult {
        check(&self.record())
    }
}

fn check(record: &Record) -> CheckResult {
    RaftSafety.check(record, Budget::default())
}

fn start(node: &str, term: u64, vote: Option<&str>, last: u64, hash: Hash) -> Kind {
    Kind::Start { version: VERSION, node: node.into(), term, vote: vote.map(Into::into), last, hash }
}

/// The properties that were found broken, each once.
fn broken(result: &CheckResult) -> Vec<&str> {
    let mut names: Vec<&str> = result.violations.iter().map(|v| v.property.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Exactly this property is broken, and the evidence lies in these lines (node and line number).
#[track_caller]
fn breaks(script: Script, property: &str, lines: &[(&str, u64)]) -> CheckResult {
    let result = script.check();
    assert_eq!(broken(&result), [property], "{result:#?}");
    assert_eq!(result.verdict, Verdict::Invalid);
    let violation = &result.violations[0];
    let Witness::Nodes { events } = &violation.witness else { panic!("not lines of traces: {violation:#?}") };
    let found: Vec<(&str, u64)> = events.iter().map(|event| (event.node.as_str(), event.line)).collect();
    assert_eq!(found, lines, "{violation:#?}");
    assert!(
        violation.explanation.len() >= 2 && violation.explanation.last().unwrap().contains("Raft"),
        "{violation:#?}"
    );
    result
}

/// n1 leads term 1; all three have entries 1 and 2, and everybody knows 1 to be committed.
fn peaceful() -> Script {
    let mut s = Script::new(3);
    s.elect(&["n1", "n2", "n3"], 1);
    for payload in [10, 11] {
        s.append("n1", 1, payload);
    }
    s.ack("n1", 1, 2);
    for node in ["n2", "n3"] {
        s.append(node, 1, 10);
        s.append(node, 1, 11);
        s.ack(node, 1, 2);
    }
    for node in ["n1", "n2", "n3"] {
        s.commit(node, 1, 1);
        s.apply(node, 1);
    }
    s
}

#[test]
fn peaceful_cluster_is_valid() {
    let result = peaceful().check();
    assert_eq!(result.verdict, Verdict::Valid, "{result:#?}");
    assert_eq!((result.counts["leaders"], result.counts["entries"], result.counts["committed"]), (1, 2, 1));
}

#[test]
fn two_leaders_of_a_term() {
    let mut s = Script::new(3);
    s.role("n1", Role::Leader, 4);
    s.role("n2", Role::Leader, 4);
    let result = breaks(s, "Election Safety", &[("n1", 2), ("n2", 2)]);
    assert_eq!(result.violations[0].summary, "n1 and n2 both became leader of term 4");
}

#[test]
fn leader_removes_its_own_entries() {
    let mut s = Script::new(3);
    s.elect(&["n1", "n2"], 1);
    s.append("n1", 1, 10);
    s.truncate("n1", 1);
    breaks(s, "Leader Append-Only", &[("n1", 4), ("n1", 6)]);
}

#[test]
fn former_leader_may_remove_entries() {
    let mut s = Script::new(3);
    s.elect(&["n1", "n2"], 1);
    s.append("n1", 1, 10);
    s.elect(&["n2", "n3"], 2);
    s.append("n2", 2, 20);
    s.role("n1", Role::Follower, 2);
    s.truncate("n1", 1);
    s.append("n1", 2, 20);
    assert_eq!(s.check().verdict, Verdict::Valid);
}

#[test]
fn same_index_and_term_but_another_entry() {
    let mut s = Script::new(3);
    s.elect(&["n1", "n2"], 1);
    s.append("n1", 1, 10);
    s.append("n2", 1, 99);
    breaks(s, "Log Matching", &[("n1", 5), ("n2", 3)]);
}

#[test]
fn leader_without_a_committed_entry() {
    let mut s = Script::new(3);
    s.elect(&["n1", "n2"], 1);
    s.append("n1", 1, 10);
    s.ack("n1", 1, 1);
    s.append("n2", 1, 10);
    s.ack("n2", 1, 1);
    s.commit("n1", 1, 1);
    s.elect(&["n3", "n2"], 2);
    let result = breaks(s, "Leader Completeness", &[("n1", 7), ("n3", 4)]);
    assert!(result.violations[0].summary.contains("without entry 1"), "{result:#?}");
}

#[test]
fn election_before_the_old_leader_knows_of_the_commit() {
    // n2 acknowledged entry 1 before it voted; n1 learns that only after the election. n3 should not have won.
    let mut s = Script::new(3);
    s.elect(&["n1", "n2"], 1);
    s.append("n1", 1, 10);
    s.ack("n1", 1, 1);
    s.append("n2", 1, 10);
    s.ack("n2", 1, 1);
    s.elect(&["n3", "n2"], 2);
    s.commit("n1", 1, 1);
    breaks(s, "Leader Completeness", &[("n3", 4), ("n1", 7)]);
}

#[test]
fn different_entries_applied() {
    let mut s = Script::new(3);
    // One-node thinking: each applies its own entry. The commit lines contradict each other too.
    for (node, term) in [("n1", 1), ("n2", 2)] {
        s.role(node, Role::Follower, term);
        s.append(node, term, term);
        s.commit(node, term, 1);
        s.apply(node, 1);
    }
    let result = s.check();
    assert_eq!(broken(&result), ["Committed Is Immutable", "State Machine Safety"], "{result:#?}");
}

#[test]
fn another_entry_applied_than_the_log_holds() {
    let mut s = peaceful();
    s.commit("n2", 1, 2);
    s.say("n2", Kind::Apply { index: 2, hash: Hash(7) });
    breaks(s, "State Machine Safety", &[("n2", 4), ("n2", 9)]);
}

#[test]
fn applied_before_it_was_committed() {
    let mut s = peaceful();
    s.apply("n2", 2);
    breaks(s, "State Machine Safety", &[("n2", 6), ("n2", 8)]);
}

#[test]
fn applied_again_after_a_restart_is_no_violation() {
    let mut s = peaceful();
    s.restart("n2", 1, Some("n1"), 2);
    s.commit("n2", 1, 1);
    s.apply("n2", 1);
    assert_eq!(s.check().verdict, Verdict::Valid);
}

#[test]
fn two_votes_in_a_term_across_a_restart() {
    let mut s = Script::new(3);
    s.vote("n1", 3, "n2");
    s.restart("n1", 3, Some("n2"), 0);
    s.vote("n1", 3, "n2");
    s.vote("n1", 3, "n3");
    breaks(s, "One Vote per Term", &[("n1", 2), ("n1", 5)]);
}

#[test]
fn vote_is_forgotten() {
    let mut s = Script::new(3);
    s.vote("n1", 3, "n2");
    s.restart("n1", 3, None, 0);
    let result = breaks(s, "Durability", &[("n1", 2), ("n1", 3)]);
    assert_eq!(result.violations[0].summary, "n1 recovered no vote at all in term 3 although it had voted for n2");
}

#[test]
fn term_is_forgotten() {
    let mut s = Script::new(3);
    s.vote("n1", 3, "n2");
    s.restart("n1", 2, None, 0);
    breaks(s, "Durability", &[("n1", 2), ("n1", 3)]);
}

#[test]
fn term_that_nobody_was_told_of_may_be_forgotten() {
    let mut s = Script::new(3);
    s.role("n1", Role::Follower, 3);
    s.restart("n1", 2, None, 0);
    assert_eq!(s.check().verdict, Verdict::Valid);
}

#[test]
fn acknowledged_entry_is_lost() {
    let mut s = peaceful();
    s.restart("n2", 1, Some("n1"), 1);
    breaks(s, "Durability", &[("n2", 5), ("n2", 8)]);
}

#[test]
fn entry_that_was_not_acknowledged_may_be_lost_or_survive() {
    for last in [2, 3] {
        let mut s = peaceful();
        s.append("n2", 1, 12);
        s.restart("n2", 1, Some("n1"), last);
        assert_eq!(s.check().verdict, Verdict::Valid);
    }
}

#[test]
fn truncation_may_not_have_reached_the_disk() {
    let mut s = peaceful();
    let log = s.logs["n3"].clone();
    s.elect(&["n1", "n2"], 2);
    s.role("n3", Role::Follower, 2);
    s.truncate("n3", 2);
    s.append("n3", 2, 20);
    // Killed: the disk still has the old entry 2. (Entry 2 of term 1 was acknowledged; it is not lost but superseded.)
    s.logs.insert("n3".into(), log);
    s.restart("n3", 2, None, 2);
    assert_eq!(s.check().verdict, Verdict::Valid);
}

#[test]
fn recovered_log_is_another() {
    let mut s = peaceful();
    s.say("n2", start("n2", 1, Some("n1"), 2, Hash(0xbad)));
    breaks(s, "Durability", &[("n2", 4), ("n2", 8)]);
}

#[test]
fn term_runs_backwards() {
    let mut s = Script::new(3);
    s.role("n1", Role::Follower, 3);
    s.role("n1", Role::Follower, 2);
    breaks(s, "Monotonic Term", &[("n1", 2), ("n1", 3)]);
}

#[test]
fn commit_index_runs_backwards() {
    let mut s = peaceful();
    s.commit("n2", 1, 2);
    s.commit("n2", 1, 1);
    breaks(s, "Monotonic Commit", &[("n2", 8), ("n2", 9)]);
}

#[test]
fn commit_index_beyond_the_log() {
    let mut s = peaceful();
    s.commit("n2", 1, 3);
    breaks(s, "Monotonic Commit", &[("n2", 8)]);
}

#[test]
fn figure_8_leader_commits_an_old_entry_by_counting() {
    let mut s = Script::new(3);
    s.elect(&["n1", "n2"], 1);
    s.append("n1", 1, 10);
    s.ack("n1", 1, 1);
    s.elect(&["n1", "n2"], 2);
    s.append("n2", 1, 10);
    s.ack("n2", 2, 1);
    s.ack("n1", 2, 1);
    s.commit("n1", 2, 1);
    breaks(s, "Commit Rule", &[("n1", 5), ("n1", 9), ("n1", 11)]);
}

#[test]
fn committed_entry_is_removed() {
    let mut s = peaceful();
    s.role("n2", Role::Follower, 2);
    s.truncate("n2", 1);
    breaks(s, "Committed Is Immutable", &[("n2", 6), ("n2", 9)]);
}

#[test]
fn acknowledged_entry_is_removed_in_the_same_term() {
    let mut s = peaceful();
    s.truncate("n2", 2);
    breaks(s, "Acknowledged Prefix", &[("n2", 5), ("n2", 8)]);
}

#[test]
fn follower_acknowledges_what_does_not_match() {
    // It reports the end of its log, and not of what the leader's message covered.
    let mut s = Script::new(3);
    s.elect(&["n1", "n2"], 1);
    s.append("n1", 1, 10);
    s.append("n1", 1, 11);
    s.elect(&["n2", "n3"], 2);
    s.append("n2", 2, 20);
    s.append("n2", 2, 21);
    s.ack("n1", 2, 2);
    breaks(s, "Acknowledged Prefix", &[("n1", 6), ("n2", 7), ("n1", 7)]);
}

#[test]
fn follower_acknowledges_more_than_it_has() {
    let mut s = peaceful();
    s.ack("n2", 1, 3);
    breaks(s, "Acknowledged Prefix", &[("n2", 8)]);
}

#[test]
fn leader_commits_with_too_few_acknowledgements() {
    let mut s = Script::new(3);
    s.elect(&["n1", "n2"], 1);
    s.append("n1", 1, 10);
    s.ack("n1", 1, 1);
    s.commit("n1", 1, 1);
    s.append("n2", 1, 10);
    s.ack("n2", 1, 1);
    let result = breaks(s, "Commit Needs Quorum", &[("n1", 6), ("n1", 7)]);
    assert_eq!(
        result.violations[0].summary,
        "n1 committed index 1 in term 1 with 1 acknowledgements of the 2 it needs"
    );
}

#[test]
fn run_time_is_counted_from_the_epoch() {
    let mut s = Script::new(1);
    s.role("n1", Role::Follower, 3);
    s.now = 1_000;
    s.role("n1", Role::Follower, 2);
    let record = Record { epoch: 400, ..s.record() };
    let result = check(&record);
    let Witness::Nodes { events } = &result.violations[0].witness else { panic!() };
    assert_eq!((events[0].time, events[1].time, result.violations[0].time), (0, 601, Some(601)));
}

// ---------------------------------------------------------------------------------------------------------------------
// Traces that are not to be trusted

#[track_caller]
fn is_unknown(result: &CheckResult, about: &str) {
    assert_eq!(result.verdict, Verdict::Unknown, "{result:#?}");
    assert!(result.summary.contains(about), "{}", result.summary);
}

#[test]
fn contradictory_trace_is_unknown() {
    let mut s = peaceful();
    s.say("n2", Kind::Append { first: 9, terms: vec![(1, 1)], hashes: vec![Hash(1)] });
    is_unknown(&s.check(), "n2 line 8 appends at index 9 to a log that ends at 2");

    let mut s = peaceful();
    s.say("n2", Kind::Append { first: 3, terms: vec![(1, 2)], hashes: vec![Hash(1)] });
    is_unknown(&s.check(), "terms for 2 entries and 1 hashes");

    let mut s = peaceful();
    s.say("n2", Kind::Truncate { from: 3 });
    is_unknown(&s.check(), "removes entries from 3 on of a log that ends at 2");

    let mut s = peaceful();
    s.say("n2", start("n2", 1, Some("n1"), 5, Hash(5)));
    is_unknown(&s.check(), "recovers entry 5");

    let mut s = peaceful();
    s.say("n2", start("n9", 1, Some("n1"), 2, Hash(5)));
    is_unknown(&s.check(), "says that it is n9");

    let mut record = peaceful().record();
    record.traces[1].lines.clear();
    is_unknown(&check(&record), "there is no trace of n2");
    record.traces.clear();
    is_unknown(&check(&record), "there is no trace of n1");

    let mut record = peaceful().record();
    record.traces[1].lines.remove(0);
    is_unknown(&check(&record), "n2 line 2 is the first of the trace");

    let mut record = peaceful().record();
    record.traces[1].lines[4].1.t = 1;
    is_unknown(&check(&record), "before that of the line above it");
}

#[test]
fn missing_acknowledgements_accuse_nobody() {
    let mut record = peaceful().record();
    record.traces[1].broken.push((4, "cut".into()));
    record.traces[2].broken.push((4, "cut".into()));
    is_unknown(&check(&record), "n2 line 4");
}

#[test]
fn torn_line_is_left_out_only_where_a_kill_may_tear() {
    let begin =
        r#"{"t":1,"e":"start","version":1,"node":"n1","term":0,"vote":null,"last":0,"hash":"0000000000000000"}"#;
    let again = begin.replace("\"t\":1", "\"t\":9");
    let role = r#"{"t":3,"e":"role","role":"pre-candidate","term":0}"#;
    let torn = r#"{"t":4,"e":"vo"#;
    let numbers = |text: &str| {
        let trace = parse("n1", text);
        (trace.lines.iter().map(|(line, _)| *line).collect::<Vec<_>>(), trace.broken.len())
    };
    assert_eq!(numbers(&format!("{begin}\n{role}\n{torn}")), (vec![1, 2], 0));
    assert_eq!(numbers(&format!("{begin}\n{role}\n{torn}\n{again}\n{role}\n")), (vec![1, 2, 4, 5], 0));
    assert_eq!(numbers(&format!("{begin}\n{role}\n{torn}{again}\n")), (vec![1, 2, 3], 0));
    assert_eq!(numbers(&format!("{begin}\n{torn}\n{role}\n")), (vec![1, 3], 1));
    assert_eq!(numbers(&format!("{begin}\n{{\"t\":2,\"e\":\"snapshot\"}}\n{role}\n")), (vec![1, 3], 1));
}

#[test]
fn documented_example_parses() {
    let text = r#"{"t":81,"e":"start","version":1,"node":"n1","term":3,"vote":"n2","last":7,"hash":"00c0ffee00c0ffee"}
{"t":82,"e":"role","role":"candidate","term":4}
{"t":83,"e":"vote","term":4,"for":"n1"}
{"t":84,"e":"role","role":"leader","term":4}
{"t":85,"e":"append","first":8,"terms":[[4,2]],"hashes":["8f00000000000000","a100000000000000"]}
{"t":86,"e":"truncate","from":9}
{"t":87,"e":"ack","term":4,"index":8}
{"t":88,"e":"commit","term":4,"index":8}
{"t":89,"e":"apply","index":8,"hash":"8f00000000000000"}
{"t":90,"e":"stop"}
"#;
    let trace = parse("n1", text);
    assert!(trace.broken.is_empty(), "{:?}", trace.broken);
    assert_eq!(trace.lines.len(), 10);
    let again: String = trace.lines.iter().map(|(_, event)| serde_json::to_string(event).unwrap() + "\n").collect();
    assert_eq!(parse("n1", &again).lines, trace.lines);
}

// ---------------------------------------------------------------------------------------------------------------------
// A correct protocol at random

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }
    fn chance(&mut self, percent: u64) -> bool {
        self.next() % 100 < percent
    }
}

/// A member of the simulated cluster. Its log is in the script.
#[derive(Clone, Default)]
struct Member {
    term: u64,
    vote: Option<usize>,
    leads: bool,
    commit: u64,
    applied: u64,
    /// For a leader: what everybody acknowledged.
    matched: Vec<u64>,
    /// What is on the disk: a log, whose first `synced` entries it will not lose.
    disk: Vec<(u64, Hash)>,
    synced: usize,
}

/// Raft with instant requests and slow answers: each step is one thing that one node does.
struct Simulation {
    random: Random,
    script: Script,
    members: Vec<Member>,
    /// Acknowledgements on their way: to whom, from whom, term, index.
    answers: Vec<(usize, usize, u64, u64)>,
    payload: u64,
}

impl Simulation {
    fn run(seed: u64, steps: usize) -> Script {
        let mut random = Random(seed);
        let nodes = [3, 3, 5][random.below(3)];
        let (script, members) = (Script::new(nodes), vec![Member::default(); nodes]);
        let mut simulation = Simulation { random, script, members, answers: Vec::new(), payload: 0 };
        for _ in 0..steps {
            simulation.step();
        }
        simulation.script
    }

    fn log(&self, node: usize) -> &Vec<(u64, Hash)> {
        &self.script.logs[&name(node)]
    }

    fn step(&mut self) {
        let node = self.random.below(self.members.len());
        let other = self.random.below(self.members.len());
        let leads = self.members[node].leads;
        match self.random.below(100) {
            0..2 => self.campaign(node),
            2 => self.crash(node),
            3..30 if leads => self.propose(node),
            30..75 if leads && other != node => self.replicate(node, other),
            _ if !self.answers.is_empty() => {
                let at = self.random.below(self.answers.len());
                let (to, from, term, index) = self.answers.swap_remove(at);
                self.answered(to, from, term, index);
            }
            _ => {}
        }
    }

    fn enter(&mut self, node: usize, term: u64) {
        let member = &mut self.members[node];
        if term > member.term {
            (member.term, member.vote, member.leads) = (term, None, false);
            self.script.role(&name(node), Role::Follower, term);
        }
    }

    fn campaign(&mut self, node: usize) {
        let term = self.members[node].term + 1;
        let own = (self.log(node).last().map_or(0, |(term, _)| *term), self.log(node).len());
        (self.members[node].term, self.members[node].leads) = (term, false);
        self.script.role(&name(node), Role::Candidate, term);
        let mut votes = 0;
        for voter in 0..self.members.len() {
            if voter != node && self.random.chance(40) {
                continue;
            }
            self.enter(voter, term);
            let theirs = (self.log(voter).last().map_or(0, |(term, _)| *term), self.log(voter).len());
            let member = &mut self.members[voter];
            if member.term == term && theirs <= own && (voter == node || member.vote.is_none_or(|vote| vote == node)) {
                member.vote = Some(node);
                self.script.vote(&name(voter), term, &name(node));
                votes += 1;
            }
        }
        if votes > self.members.len() / 2 {
            let count = self.members.len();
            (self.members[node].leads, self.members[node].matched) = (true, vec![0; count]);
            self.script.role(&name(node), Role::Leader, term);
            self.propose(node);
        }
    }

    fn propose(&mut self, node: usize) {
        self.payload += 1;
        let term = self.members[node].term;
        self.script.append(&name(node), term, self.payload);
        if self.random.chance(70) {
            let index = self.log(node).len() as u64;
            self.sync(node, term, index);
            self.answered(node, node, term, index);
        }
    }

    /// The log up to `index` reaches the disk (in passing, what comes after it may too), and an acknowledgement is written.
    fn sync(&mut self, node: usize, term: u64, index: u64) {
        let log = self.log(node).clone();
        let member = &mut self.members[node];
        let shared = member.disk.iter().zip(&log).take_while(|(a, b)| a == b).count();
        (member.disk, member.synced) = (log, member.synced.min(shared).max(index as usize));
        self.script.ack(&name(node), term, index);
    }

    fn replicate(&mut self, leader: usize, to: usize) {
        let term = self.members[leader].term;
        if self.members[to].term > term {
            return;
        }
        self.enter(to, term);
        let theirs = self.log(leader).clone();
        let count = self.random.below(theirs.len() + 1);
        // The leader probes with a prefix that the follower shares; entries that match are never removed.
        for (at, entry) in theirs.iter().enumerate().take(count) {
            match self.log(to).get(at).copied() {
                Some(own) if own == *entry => continue,
                Some(_) => self.script.truncate(&name(to), at as u64 + 1),
                None => {}
            }
            self.script.logs.get_mut(&name(to)).unwrap().push(*entry);
            let (first, terms, hashes) = (at as u64 + 1, vec![(entry.0, 1)], vec![entry.1]);
            self.script.say(&name(to), Kind::Append { first, terms, hashes });
        }
        if self.random.chance(80) {
            self.sync(to, term, count as u64);
            self.answers.push((leader, to, term, count as u64));
        }
        let commit = self.members[leader].commit.min(count as u64);
        self.commit(to, commit);
    }

    fn answered(&mut self, leader: usize, from: usize, term: u64, index: u64) {
        if !self.members[leader].leads || self.members[leader].term != term {
            return;
        }
        self.members[leader].matched[from] = self.members[leader].matched[from].max(index);
        let mut sorted = self.members[leader].matched.clone();
        sorted.sort_unstable();
        let majority = sorted[(sorted.len() - 1) / 2];
        if majority > 0 && self.log(leader)[majority as usize - 1].0 == term {
            self.commit(leader, majority);
        }
    }

    fn commit(&mut self, node: usize, index: u64) {
        let member = &mut self.members[node];
        if index > member.commit {
            member.commit = index;
            self.script.commit(&name(node), member.term, index);
        }
        if self.members[node].applied < self.members[node].commit && self.random.chance(60) {
            self.members[node].applied = self.members[node].commit;
            self.script.apply(&name(node), self.members[node].applied);
        }
    }

    /// Killed and restarted: the disk has what was synced, and perhaps more; of what came after, perhaps something.
    fn crash(&mut self, node: usize) {
        let memory = self.log(node).clone();
        let member = &mut self.members[node];
        let shared = member.disk.iter().zip(&memory).take_while(|(a, b)| a == b).count();
        let recovered = if shared < member.disk.len().min(memory.len()) && self.random.chance(50) {
            member.disk.clone() // The truncation has not reached the disk.
        } else {
            memory
        };
        // What was synced and truncated since is not lost, but superseded.
        let least = member.synced.min(shared).min(recovered.len());
        let last = least + self.random.below(recovered.len() - least + 1);
        (member.disk, member.synced) = (recovered[..last].to_vec(), least);
        (member.leads, member.commit, member.applied) = (false, 0, 0);
        let (term, vote) = (member.term, member.vote.map(name));
        if self.random.chance(20) {
            self.script.say(&name(node), Kind::Stop {});
        }
        self.script.logs.insert(name(node), recovered);
        self.script.restart(&name(node), term, vote.as_deref(), last as u64);
    }
}

#[test]
fn correct_protocol_is_never_accused() {
    let (mut committed, mut truncations, mut leaders) = (0, 0, 0);
    for seed in 0..3_000 {
        let record = Simulation::run(seed, 50 + (seed as usize % 10) * 80).record();
        let result = check(&record);
        assert_eq!(result.verdict, Verdict::Valid, "seed {seed}: {result:#?}");
        committed += result.counts["committed"];
        truncations += result.counts["truncations"];
        leaders += result.counts["leaders"];
    }
    // The simulation must be worth something: elections, commits, conflicts.
    assert!(committed > 20_000 && truncations > 2_000 && leaders > 10_000, "{committed} {truncations} {leaders}");
}

#[test]
#[ignore = "takes a minute"]
fn correct_protocol_is_never_accused_at_length() {
    for seed in 10_000..110_000 {
        let result = check(&Simulation::run(seed << 8, 400).record());
        assert_eq!(result.verdict, Verdict::Valid, "seed {seed}: {result:#?}");
    }
}

// ---------------------------------------------------------------------------------------------------------------------
// Mutations

/// Applies `mutate` to one line of many valid records (wherever it says that it changed something) and counts how often
/// the checker names one of `properties`. Every mutation is a real violation, so every one must be named.
fn caught(properties: &[&str], mutate: impl Fn(&mut Vec<(u64, TraceEvent)>, usize) -> bool) -> usize {
    let mut count = 0;
    for seed in 0..1_500 {
        let mut record = Simulation::run(seed, 150).record();
        let mut random = Random(seed ^ 0xdead);
        let node = random.below(record.traces.len());
        let lines = &mut record.traces[node].lines;
        let offset = random.below(lines.len());
        let length = lines.len();
        if !(0..length).any(|step| mutate(lines, (offset + step) % length)) {
            continue;
        }
        let result = check(&record);
        let named = broken(&result).iter().any(|name| properties.contains(name));
        assert!(named, "seed {seed}: {} ({:?})\n{result:#?}", result.summary, broken(&result));
        count += 1;
    }
    count
}

#[test]
fn second_vote_is_caught() {
    let found = caught(&["One Vote per Term"], |lines, at| {
        let (line, TraceEvent { t, kind: Kind::Vote { term, .. } }) = lines[at].clone() else { return false };
        let kind = Kind::Vote { term, candidate: "n9".into() };
        lines.insert(at + 1, (line, TraceEvent { t, kind }));
        true
    });
    assert!(found > 1_000, "{found}");
}

#[test]
fn lost_entry_is_caught() {
    let found = caught(&["Durability"], |lines, at| {
        // A restart whose last line before it was an acknowledgement of all it had.
        let Kind::Start { last, .. } = lines[at].1.kind else { return false };
        let acked = lines[..at].iter().rev().map(|(_, event)| &event.kind).find_map(|kind| match kind {
            Kind::Ack { index, .. } => Some(*index),
            Kind::Truncate { .. } | Kind::Append { .. } | Kind::Start { .. } => Some(0),
            _ => None,
        });
        if last == 0 || acked != Some(last) {
            return false;
        }
        if let Kind::Start { last, hash, .. } = &mut lines[at].1.kind {
            (*last, *hash) = (0, Hash(0));
        }
        true
    });
    assert!(found > 100, "{found}");
}

#[test]
fn lost_vote_is_caught() {
    let found = caught(&["Durability"], |lines, at| {
        let Kind::Start { term, vote: Some(_), .. } = lines[at].1.kind else { return false };
        let granted = lines[..at].iter().any(|(_, e)| matches!(e.kind, Kind::Vote { term: of, .. } if of == term));
        if let (true, Kind::Start { vote, .. }) = (granted, &mut lines[at].1.kind) {
            *vote = None;
        }
        granted
    });
    assert!(found > 300, "{found}");
}

#[test]
fn other_entry_is_caught() {
    // A committed entry of which one node has another version.
    let found = caught(&["Log Matching", "State Machine Safety", "Durability", "Acknowledged Prefix"], |lines, at| {
        let Kind::Append { first, .. } = lines[at].1.kind else { return false };
        let fate = lines[at..].iter().find_map(|(_, event)| match event.kind {
            Kind::Apply { index, .. } if index >= first => Some(true),
            Kind::Truncate { from } if from <= first => Some(false),
            Kind::Start { .. } => Some(false),
            _ => None,
        });
        let (Some(true), Kind::Append { hashes, .. }) = (fate, &mut lines[at].1.kind) else { return false };
        hashes[0].0 ^= 1;
        true
    });
    assert!(found > 300, "{found}");
}

#[test]
fn early_commit_is_caught() {
    let names = ["Commit Needs Quorum", "Commit Rule", "Monotonic Commit", "State Machine Safety"];
    let found = caught(&names, |lines, at| {
        // A leader's first entry, committed as soon as it is appended.
        let Kind::Role { role: Role::Leader, term } = lines[at].1.kind else { return false };
        let Some((line, TraceEvent { t, kind: Kind::Append { first, .. } })) = lines.get(at + 1).cloned() else {
            return false;
        };
        lines.insert(at + 2, (line, TraceEvent { t, kind: Kind::Commit { term, index: first } }));
        true
    });
    assert!(found > 300, "{found}");
}

#[test]
fn falling_commit_index_is_caught() {
    let found = caught(&["Monotonic Commit"], |lines, at| {
        let (line, TraceEvent { t, kind: Kind::Commit { term, index } }) = lines[at].clone() else { return false };
        if index < 2 {
            return false;
        }
        lines.insert(at + 1, (line, TraceEvent { t, kind: Kind::Commit { term, index: index - 1 } }));
        true
    });
    assert!(found > 300, "{found}");
}

#[test]
fn usurper_is_caught() {
    // A candidate that does not wait for its votes, in a term that has a leader.
    let mut found = 0;
    for seed in 0..500 {
        let mut record = Simulation::run(seed, 150).record();
        let leader = record.traces.iter().enumerate().find_map(|(node, trace)| {
            trace.lines.iter().find_map(|(_, e)| match e.kind {
                Kind::Role { role: Role::Leader, term } => Some((node, term)),
                _ => None,
            })
        });
        let Some((node, term)) = leader else { continue };
        let other = (node + 1) % record.traces.len();
        let lines = &mut record.traces[other].lines;
        let Some(at) = lines.iter().position(|(_, e)| matches!(e.kind, Kind::Role { term: of, .. } if of == term))
        else {
            continue;
        };
        let mut usurping = lines[at].clone();
        usurping.1.kind = Kind::Role { role: Role::Leader, term };
        lines.insert(at + 1, usurping);
        let result = check(&record);
        assert!(broken(&result).contains(&"Election Safety"), "seed {seed}: {result:#?}");
        found += 1;
    }
    assert!(found > 100, "{found}");
}
