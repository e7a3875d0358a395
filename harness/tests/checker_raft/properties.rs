//! Each property of the log and of elections, broken by hand.

use crate::script::*;
use harness::checker::{Record, Verdict, Witness};
use harness::history::trace::{Hash, Kind, Role};

#[test]
fn peaceful_cluster_is_valid() {
    let result = peaceful().check();
    assert_eq!(result.verdict, Verdict::Valid, "{result:#?}");
    assert_eq!((result.counts["leaders"], result.counts["entries"], result.counts["committed"]), (1, 2, 1));
}

#[test]
fn two_leaders_of_a_term() {
    let mut s = Script::new(3);
    s.elect(&["n1", "n3"], 4);
    s.elect(&["n2"], 4);
    let result = s.check();
    assert_eq!(broken(&result), ["Election Needs Quorum", "Election Safety"], "{result:#?}");
    let summaries: Vec<&str> = result.violations.iter().map(|violation| violation.summary.as_str()).collect();
    assert!(summaries.contains(&"n1 and n2 both became leader of term 4"), "{summaries:?}");
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
