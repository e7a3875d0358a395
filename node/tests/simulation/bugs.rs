//! The net catches fish: each seeded bug that lives in the core, or can be acted out around it, is found by the checks that should
//! find it, within a bounded number of worlds. In the same worlds, nothing is found in a core without it.

use crate::{
    bugs_later::{IN_THE_SERVER, LATER_READS, MEMBERSHIP, SNAPSHOTS},
    checks::Check,
    faults::Plan,
    guarded, outcome,
};
use ::node::raft::Bug;

/// In how many worlds a bug is looked for.
const SEEDS: u64 = 400;

/// How a bug is found.
pub struct Hunt {
    pub bug: Bug,
    /// What the violation is of: part of what the check says.
    pub property: &'static str,
    /// A run of a world that is drawn from a seed, with these bugs.
    pub world: fn(u64, Vec<Bug>) -> Check,
}

const DURABILITY: &[Hunt] = &[
    Hunt { bug: Bug::VoteNotPersisted, property: "of its vote", world: rough },
    Hunt { bug: Bug::ForgetTerm, property: "of its vote", world: rough },
    Hunt { bug: Bug::AckBeforeFsync, property: "of its vote", world: rough },
];

const REPLICATION: &[Hunt] = &[
    Hunt { bug: Bug::AckBeforeQuorum, property: "not on the disks of a quorum", world: rough },
    Hunt { bug: Bug::CommitOlderTerm, property: "section 5.4.2", world: rough },
    Hunt { bug: Bug::TruncateAlways, property: "which is committed", world: rough },
];

const ELECTIONS: &[Hunt] = &[
    Hunt { bug: Bug::VoteTwice, property: "One Vote per Term", world: rough },
    Hunt { bug: Bug::SkipLogCheck, property: "Leader Completeness", world: rough },
];

const READS: &[Hunt] = &[Hunt { bug: Bug::StaleRead, property: "stale read", world: rough }];

/// Found elsewhere: in the storage, or in the server.
const ELSEWHERE: &[Bug] = &[];

/// Faults of all kinds among five nodes.
pub fn rough(seed: u64, bugs: Vec<Bug>) -> Check {
    outcome(seed, &Plan { bugs, ..Plan::rough(5) })
}

/// Looks for each bug, and passes over worlds in which something else breaks first.
pub fn assert_all_found(hunts: &[Hunt]) {
    for &Hunt { bug, property, world } in hunts {
        let violation = |seed| guarded(|| world(seed, vec![bug])).err().filter(|said| said.contains(property));
        let found = (0..SEEDS).find_map(|seed| Some((seed, violation(seed)?)));
        let (seed, said) = found.unwrap_or_else(|| panic!("{} stays unnoticed", bug.name()));
        println!("{:20} seed {seed:3}: {said}", bug.name());
        for seed in 0..=seed {
            assert_eq!(guarded(|| world(seed, Vec::new())), Ok(()), "{}, seed {seed}, without the bug", bug.name());
        }
    }
}

#[test]
fn bugs_of_durability_are_found() {
    assert_all_found(DURABILITY);
}

#[test]
fn bugs_of_replication_are_found() {
    assert_all_found(REPLICATION);
}

#[test]
fn bugs_of_elections_are_found() {
    assert_all_found(ELECTIONS);
}

#[test]
fn bugs_of_reads_are_found() {
    assert_all_found(READS);
}

#[test]
fn every_bug_is_looked_for() {
    let hunts = [DURABILITY, REPLICATION, ELECTIONS, READS, MEMBERSHIP, SNAPSHOTS, LATER_READS].into_iter().flatten();
    let found: Vec<Bug> =
        hunts.map(|hunt| hunt.bug).chain([ELSEWHERE, IN_THE_SERVER].into_iter().flatten().copied()).collect();
    for bug in Bug::ALL {
        assert!(found.contains(bug), "nobody looks for {}", bug.name());
    }
}
