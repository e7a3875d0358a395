//! Random traces of a correct protocol with one lie in each.

use crate::script::*;
use crate::simulation::{Random, Simulation};
use harness::history::trace::{Hash, Kind, Role, TraceEvent};

/// Applies `mutate` to one line of many valid records (wherever it says that it changed something) and counts how often
/// the checker names one of `properties`. Every mutation is a real violation, so every one must be named.
fn caught(properties: &[&str], mutate: impl Fn(&mut Vec<(u64, TraceEvent)>, usize) -> bool) -> usize {
    let mut count = 0;
    for seed in 0..1_500 {
        let mut record = Simulation::run(seed, 250).record();
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
    assert!(found > 150, "{found}");
}

#[test]
fn other_entry_is_caught() {
    // An applied entry of which one node has another version than it applied.
    let found = caught(&["Log Matching", "State Machine Safety", "Durability", "Acknowledged Prefix"], |lines, at| {
        let Kind::Append { first, .. } = lines[at].1.kind else { return false };
        let fate = lines[at..].iter().find_map(|(_, event)| match event.kind {
            Kind::Apply { index, .. } if index >= first => Some(index == first),
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
        let mut record = Simulation::run(seed, 250).record();
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
