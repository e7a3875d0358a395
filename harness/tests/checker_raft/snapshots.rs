//! The lines `compact` and `install`.

use crate::script::*;
use harness::checker::Verdict;
use harness::history::trace::{Hash, Kind, Role};

/// n1 leads term 1 with entries 1 to 3, which n1 and n2 have and know to be committed. n3 has nothing.
fn without_n3() -> Script {
    let mut s = Script::new(3);
    s.elect(&["n1", "n2"], 1);
    for node in ["n1", "n2"] {
        for payload in [10, 11, 12] {
            s.append(node, 1, payload);
        }
        s.ack(node, 1, 3);
    }
    for node in ["n1", "n2"] {
        s.commit(node, 1, 3);
        s.apply(node, 3);
    }
    s.compact("n1", 2);
    s.role("n3", Role::Follower, 1);
    s
}

/// n3 has taken the place of everything up to entry 2 by a snapshot: lines 3 and 4 of its trace.
fn installed() -> Script {
    let mut s = without_n3();
    s.install("n3", "n1", 2);
    s.ack("n3", 1, 2);
    s
}

#[track_caller]
fn holds(s: Script) {
    let result = s.check();
    assert_eq!(result.verdict, Verdict::Valid, "{result:#?}");
}

#[test]
fn snapshot_is_installed_and_the_log_goes_on_behind_it() {
    let mut s = installed();
    s.append("n3", 1, 12);
    s.ack("n3", 1, 3);
    s.commit("n3", 1, 3);
    s.apply("n3", 3);
    s.restart("n3", 1, None, 3);
    s.commit("n3", 1, 3);
    s.apply("n3", 3);
    // Even as leader, with the entries that only others can show.
    s.elect(&["n3", "n1"], 2);
    s.append("n3", 2, 20);
    s.append("n1", 2, 20);
    s.ack("n3", 2, 4);
    s.ack("n1", 2, 4);
    s.commit("n3", 2, 4);
    let result = s.check();
    assert_eq!(result.verdict, Verdict::Valid, "{result:#?}");
    assert_eq!((result.counts["snapshots"], result.counts["installs"], result.counts["committed"]), (1, 1, 4));
}

#[test]
fn snapshot_of_another_state() {
    let mut s = without_n3();
    s.say("n3", Kind::Install { index: 2, term: 1, hash: Hash(7) });
    breaks(s, "State Machine Safety", &[("n1", 10), ("n3", 3)]);
}

#[test]
fn snapshot_of_another_state_than_was_committed() {
    let mut s = Script::new(3);
    s.elect(&["n1", "n2"], 1);
    for node in ["n1", "n2"] {
        s.append(node, 1, 10);
        s.ack(node, 1, 1);
    }
    s.commit("n1", 1, 1);
    s.say("n3", Kind::Install { index: 1, term: 1, hash: Hash(7) });
    breaks(s, "Committed Is Immutable", &[("n1", 7), ("n3", 2)]);
}

#[test]
fn snapshot_that_ends_before_the_commit_index() {
    let mut s = without_n3();
    s.install("n2", "n1", 2);
    breaks(s, "Monotonic Commit", &[("n2", 7), ("n2", 9)]);
}

#[test]
fn leader_installs_a_snapshot() {
    let mut s = without_n3();
    s.install("n1", "n2", 3);
    breaks(s, "Leader Append-Only", &[("n1", 4), ("n1", 12)]);
}

#[test]
fn acknowledged_entry_is_lost_to_a_snapshot_in_the_same_term() {
    let mut s = without_n3();
    for payload in [10, 11, 12] {
        s.append("n3", 1, payload);
    }
    s.ack("n3", 1, 3);
    s.install("n3", "n1", 2);
    breaks(s, "Acknowledged Prefix", &[("n3", 6), ("n3", 7)]);
}

#[test]
fn entries_behind_the_snapshot_stay_unless_they_conflict() {
    for conflicts in [false, true] {
        let mut s = Script::new(3);
        s.elect(&["n1", "n2", "n3"], 1);
        s.append("n3", 1, 10);
        s.append("n3", 1, if conflicts { 98 } else { 11 });
        s.append("n3", 1, if conflicts { 99 } else { 12 });
        if conflicts {
            s.logs.get_mut("n1").unwrap().clear();
        }
        s.ack("n3", 1, 3);
        let term = if conflicts { 2 } else { 1 };
        s.append("n1", 1, 10);
        for (payload, term) in [(11, term), (12, term)] {
            s.append("n1", term, payload);
        }
        s.role("n3", Role::Follower, 3);
        s.install("n3", "n1", 2);
        match conflicts {
            true => holds(s),
            false => drop(breaks(s, "Acknowledged Prefix", &[("n3", 6), ("n3", 8)])),
        }
    }
}

#[test]
fn old_log_may_come_back_until_the_snapshot_is_acknowledged() {
    for is_acked in [false, true] {
        let mut s = without_n3();
        s.append("n3", 1, 10);
        s.append("n3", 1, 11);
        s.ack("n3", 1, 2);
        s.commit("n3", 1, 1);
        s.install("n3", "n1", 3);
        if is_acked {
            s.ack("n3", 1, 3);
        }
        // Entry 2 may be gone: the snapshot's quorum has it, and n3 was not one of them.
        s.restart("n3", 1, None, 1);
        match is_acked {
            false => holds(s),
            true => drop(breaks(s, "Durability", &[("n3", 8), ("n3", 9)])),
        }
    }
}

#[test]
fn old_log_comes_back_with_what_was_known_to_be_committed() {
    let mut s = without_n3();
    s.append("n3", 1, 10);
    s.ack("n3", 1, 1);
    s.commit("n3", 1, 1);
    s.install("n3", "n1", 3);
    s.restart("n3", 1, None, 0);
    breaks(s, "Durability", &[("n3", 4), ("n3", 7)]);
}

#[test]
fn recovered_snapshot_is_on_the_disk() {
    let mut s = without_n3();
    s.install("n3", "n1", 3);
    s.restart("n3", 1, None, 3);
    s.restart("n3", 1, None, 0);
    breaks(s, "Durability", &[("n3", 3), ("n3", 5)]);
}

#[test]
fn log_behind_a_snapshot_is_compared_like_any_other() {
    let mut s = installed();
    s.append("n3", 1, 99);
    breaks(s, "Log Matching", &[("n1", 7), ("n3", 5)]);
}

#[test]
fn entry_under_the_snapshot_is_removed() {
    // Also after a restart, when no commit index is known yet.
    let mut s = installed();
    s.restart("n3", 1, None, 2);
    s.role("n3", Role::Follower, 2);
    s.truncate("n3", 2);
    breaks(s, "Committed Is Immutable", &[("n3", 3), ("n3", 7)]);

    let mut s = without_n3();
    s.restart("n1", 1, Some("n1"), 3);
    s.role("n1", Role::Follower, 2);
    s.truncate("n1", 2);
    breaks(s, "Committed Is Immutable", &[("n1", 11), ("n1", 14)]);
}

#[test]
fn leader_whose_snapshot_is_all_it_has() {
    // n3 has entries 1 and 2 from a snapshot, but not the committed entry 3.
    let mut s = installed();
    s.elect(&["n3", "n2"], 2);
    breaks(s, "Leader Completeness", &[("n1", 9), ("n3", 7)]);
}

#[test]
fn node_begins_with_its_own_snapshot() {
    let mut s = without_n3();
    s.restart("n1", 1, Some("n1"), 3);
    // Nobody has told it yet what is committed; but what its snapshot covers is.
    s.apply("n1", 2);
    holds(s);

    let mut s = without_n3();
    s.restart("n1", 1, Some("n1"), 3);
    s.apply("n1", 3);
    breaks(s, "State Machine Safety", &[("n1", 11), ("n1", 13)]);
}

#[test]
fn snapshot_of_what_is_not_committed() {
    let mut s = peaceful();
    s.compact("n2", 2);
    breaks(s, "State Machine Safety", &[("n2", 6), ("n2", 8)]);
}

#[test]
fn snapshot_of_another_state_than_the_log_leads_to() {
    let mut s = peaceful();
    s.say("n2", Kind::Compact { index: 1, term: 1, hash: Hash(7) });
    breaks(s, "State Machine Safety", &[("n2", 3), ("n2", 8)]);
}

#[test]
fn follower_need_not_show_what_its_snapshot_covers() {
    let mut s = installed();
    s.ack("n3", 1, 1);
    s.elect(&["n2", "n1"], 2);
    s.role("n3", Role::Follower, 2);
    s.ack("n3", 2, 1);
    holds(s);
}
