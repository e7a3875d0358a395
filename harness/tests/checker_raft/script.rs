//! Traces written by hand.

use harness::checker::{CheckResult, NodeTrace, Record, Verdict, Witness, raft_safety};
use harness::history::trace::{Hash, Kind, Role, TraceEvent, VERSION};
use std::collections::BTreeMap;

/// Writes traces: every line is a nanosecond after the one before it, whoever writes it.
pub struct Script {
    pub now: u64,
    pub lines: BTreeMap<String, Vec<TraceEvent>>,
    /// What each node's log holds: terms and hashes.
    pub logs: BTreeMap<String, Vec<(u64, Hash)>>,
}

pub fn name(node: usize) -> String {
    format!("n{}", node + 1)
}

/// A hash function like any other.
pub fn extend(before: Hash, term: u64, payload: u64) -> Hash {
    let mixed = (before.0 ^ term.rotate_left(40) ^ payload.rotate_left(17)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    Hash(mixed ^ (mixed >> 29))
}

impl Script {
    /// Nodes that have just started for the first time.
    pub fn new(nodes: usize) -> Script {
        let mut script = Script { now: 0, lines: BTreeMap::new(), logs: BTreeMap::new() };
        for node in (0..nodes).map(name) {
            script.logs.insert(node.clone(), Vec::new());
            script.say(&node, start(&node, 0, None, 0, Hash(0)));
        }
        script
    }

    pub fn say(&mut self, node: &str, kind: Kind) {
        self.now += 1;
        let event = TraceEvent { t: self.now, kind };
        self.lines.entry(node.into()).or_default().push(event);
    }

    pub fn role(&mut self, node: &str, role: Role, term: u64) {
        self.say(node, Kind::Role { role, term });
    }

    pub fn vote(&mut self, node: &str, term: u64, candidate: &str) {
        self.say(node, Kind::Vote { term, candidate: candidate.into() });
    }

    /// An election that all of `voters` (the winner first) take part in.
    pub fn elect(&mut self, voters: &[&str], term: u64) {
        self.role(voters[0], Role::Candidate, term);
        for voter in voters {
            self.vote(voter, term, voters[0]);
        }
        self.role(voters[0], Role::Leader, term);
    }

    pub fn append(&mut self, node: &str, term: u64, payload: u64) {
        let log = self.logs.get_mut(node).unwrap();
        let hash = extend(log.last().map_or(Hash(0), |(_, hash)| *hash), term, payload);
        log.push((term, hash));
        let first = log.len() as u64;
        self.say(node, Kind::Append { first, terms: vec![(term, 1)], hashes: vec![hash] });
    }

    pub fn truncate(&mut self, node: &str, from: u64) {
        self.logs.get_mut(node).unwrap().truncate(from as usize - 1);
        self.say(node, Kind::Truncate { from });
    }

    pub fn ack(&mut self, node: &str, term: u64, index: u64) {
        self.say(node, Kind::Ack { term, index });
    }

    pub fn commit(&mut self, node: &str, term: u64, index: u64) {
        self.say(node, Kind::Commit { term, index });
    }

    pub fn apply(&mut self, node: &str, index: u64) {
        let hash = self.hash(node, index);
        self.say(node, Kind::Apply { index, hash });
    }

    pub fn compact(&mut self, node: &str, index: u64) {
        let (term, hash) = self.logs[node][index as usize - 1];
        self.say(node, Kind::Compact { index, term, hash });
    }

    /// A snapshot of what `from` has up to `index`. The script remembers what the trace of `node` no longer shows.
    pub fn install(&mut self, node: &str, from: &str, index: u64) {
        let log = self.logs[from][..index as usize].to_vec();
        let (term, hash) = log[index as usize - 1];
        self.logs.insert(node.into(), log);
        self.say(node, Kind::Install { index, term, hash });
    }

    /// The names are written with spaces between them.
    pub fn configuration(&mut self, node: &str, index: u64, voters: &str, outgoing: &str) {
        let names = |text: &str| text.split_whitespace().map(Into::into).collect();
        let (voters, outgoing) = (names(voters), names(outgoing));
        self.say(node, Kind::Configuration { index, voters, outgoing, learners: Vec::new() });
    }

    pub fn hash(&self, node: &str, index: u64) -> Hash {
        if index == 0 { Hash(0) } else { self.logs[node][index as usize - 1].1 }
    }

    pub fn restart(&mut self, node: &str, term: u64, vote: Option<&str>, last: u64) {
        let hash = self.hash(node, last);
        self.logs.get_mut(node).unwrap().truncate(last as usize);
        self.say(node, start(node, term, vote, last, hash));
    }

    pub fn record(self) -> Record {
        let nodes: Vec<String> = self.lines.keys().cloned().collect();
        let trace = |(node, lines): (String, Vec<TraceEvent>)| NodeTrace {
            node,
            lines: (1..).zip(lines).collect(),
            broken: Vec::new(),
        };
        Record { traces: self.lines.into_iter().map(trace).collect(), nodes, ..Record::default() }
    }

    pub fn check(self) -> CheckResult {
        check(&self.record())
    }
}

pub fn check(record: &Record) -> CheckResult {
    raft_safety::judge(&record.traces, &record.nodes, record.epoch)
}

pub fn start(node: &str, term: u64, vote: Option<&str>, last: u64, hash: Hash) -> Kind {
    Kind::Start { version: VERSION, node: node.into(), term, vote: vote.map(Into::into), last, hash }
}

/// The properties that were found broken, each once.
pub fn broken(result: &CheckResult) -> Vec<&str> {
    let mut names: Vec<&str> = result.violations.iter().map(|v| v.property.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Exactly this property is broken, and the evidence lies in these lines (node and line number).
#[track_caller]
pub fn breaks(script: Script, property: &str, lines: &[(&str, u64)]) -> CheckResult {
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
pub fn peaceful() -> Script {
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
