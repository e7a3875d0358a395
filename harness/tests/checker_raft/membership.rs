//! The line `configuration`.

use crate::script::*;
use harness::checker::{CheckResult, Verdict};
use harness::history::trace::{Kind, Role};

/// All nodes say that these founded the cluster (line 2 of each trace).
fn founded(nodes: usize, voters: &str) -> Script {
    let mut s = Script::new(nodes);
    for node in (0..nodes).map(name) {
        s.configuration(&node, 0, voters, "");
    }
    s
}

impl Script {
    /// A new entry, at the leader and at others, acknowledged by all of them.
    fn spread(&mut self, nodes: &[&str], term: u64, payload: u64) {
        for node in nodes {
            self.append(node, term, payload);
            let index = self.logs[*node].len() as u64;
            self.ack(node, term, index);
        }
    }

    /// A new entry with a configuration, likewise.
    fn reconfigure(&mut self, nodes: &[&str], term: u64, voters: &str, outgoing: &str) {
        for node in nodes {
            self.append(node, term, 1_000);
            let index = self.logs[*node].len() as u64;
            self.configuration(node, index, voters, outgoing);
            self.ack(node, term, index);
        }
    }
}

#[track_caller]
fn holds(s: Script) -> CheckResult {
    let result = s.check();
    assert_eq!(result.verdict, Verdict::Valid, "{result:#?}");
    result
}

#[track_caller]
fn summary(result: &CheckResult, expected: &str) {
    assert_eq!(result.violations[0].summary, expected);
}

#[test]
fn three_of_five_nodes_vote() {
    let mut s = founded(5, "n1 n2 n3");
    s.elect(&["n1", "n2"], 1);
    s.spread(&["n1", "n2"], 1, 10);
    s.commit("n1", 1, 1);
    assert_eq!(holds(s).counts["configurations"], 1);
}

#[test]
fn learners_do_not_count_for_a_commit() {
    let mut s = founded(5, "n1 n2 n3");
    s.elect(&["n1", "n2"], 1);
    s.spread(&["n1", "n4", "n5"], 1, 10);
    s.commit("n1", 1, 1);
    let lines = [("n1", 7), ("n4", 4), ("n5", 4), ("n1", 8)];
    summary(
        &breaks(s, "Commit Needs Quorum", &lines),
        "n1 committed index 1 in term 1 with 1 acknowledgements of the 2 it needs",
    );
}

#[test]
fn learners_do_not_count_for_an_election() {
    let mut s = founded(5, "n1 n2 n3");
    s.elect(&["n1", "n4", "n5"], 1);
    let lines = [("n1", 4), ("n4", 3), ("n5", 3), ("n1", 5)];
    summary(&breaks(s, "Election Needs Quorum", &lines), "n1 became leader of term 1 with 1 votes of the 2 it needs");
}

#[test]
fn election_without_any_configuration_needs_most_of_all() {
    let mut s = Script::new(3);
    s.elect(&["n1"], 1);
    breaks(s, "Election Needs Quorum", &[("n1", 3), ("n1", 4)]);
}

#[test]
fn vote_that_was_recovered_counts() {
    // It was durable, and the node was killed before the line; asked again, it need not write one.
    let mut s = Script::new(3);
    s.role("n1", Role::Candidate, 1);
    s.restart("n2", 1, Some("n1"), 0);
    s.vote("n1", 1, "n1");
    s.role("n1", Role::Leader, 1);
    holds(s);
}

/// n1 leads n1, n2 and n3 and is about to replace the other two by n4 and n5. The joint configuration is entry 2.
fn joint() -> Script {
    let mut s = founded(5, "n1 n2 n3");
    s.elect(&["n1", "n2"], 1);
    s.spread(&["n1", "n2"], 1, 10);
    s.commit("n1", 1, 1);
    for node in ["n4", "n5"] {
        s.append(node, 1, 10);
    }
    s
}

#[test]
fn joint_configuration_needs_both_majorities() {
    let mut s = joint();
    s.reconfigure(&["n1", "n2", "n4"], 1, "n1 n4 n5", "n1 n2 n3");
    s.commit("n1", 1, 2);
    s.reconfigure(&["n1", "n4", "n5"][..2], 1, "n1 n4 n5", "");
    s.commit("n1", 1, 3);
    assert_eq!(holds(s).counts["configurations"], 3);

    let mut s = joint();
    s.reconfigure(&["n1", "n2"], 1, "n1 n4 n5", "n1 n2 n3");
    s.commit("n1", 1, 2);
    summary(
        &breaks(s, "Commit Needs Quorum", &[("n1", 11), ("n2", 8), ("n1", 12)]),
        "n1 committed index 2 in term 1 with 1 acknowledgements of the 2 it needs from the new voters",
    );

    let mut s = joint();
    for node in ["n4", "n5"] {
        s.append(node, 1, 1_000);
        s.configuration(node, 2, "n1 n4 n5", "n1 n2 n3");
    }
    s.elect(&["n4", "n5", "n1"], 2);
    let result = s.check();
    assert!(broken(&result).contains(&"Election Needs Quorum"), "{result:#?}");
    assert!(
        result.violations.iter().any(|violation| violation.summary
            == "n4 became leader of term 2 with 1 votes of the 2 it needs from the old voters"),
        "{result:#?}"
    );
}

#[test]
fn leader_that_is_no_voter_does_not_count_itself() {
    for others in [&["n2"][..], &["n2", "n3"]] {
        let mut s = founded(3, "n1 n2 n3");
        s.elect(&["n1", "n2"], 1);
        s.spread(&["n1", "n2", "n3"], 1, 10);
        s.commit("n1", 1, 1);
        // Its own removal; then as many as are needed, with or without its own acknowledgement.
        s.reconfigure(&["n1"], 1, "n2 n3", "");
        s.reconfigure(others, 1, "n2 n3", "");
        s.commit("n1", 1, 2);
        match others.len() {
            2 => drop(holds(s)),
            _ => drop(breaks(s, "Commit Needs Quorum", &[("n1", 11), ("n2", 8), ("n1", 12)])),
        }
    }
}

#[test]
fn overwritten_configuration_is_no_longer_in_force() {
    let mut s = joint();
    s.reconfigure(&["n1"], 1, "n1 n4 n5", "n1 n2 n3");
    s.elect(&["n2", "n3"], 2);
    s.spread(&["n2", "n3"][..1], 2, 20);
    s.role("n1", Role::Follower, 2);
    s.truncate("n1", 2);
    s.configuration("n1", 0, "n1 n2 n3", "");
    s.append("n1", 2, 20);
    s.ack("n1", 2, 2);
    s.elect(&["n1", "n2"], 3);
    s.spread(&["n1", "n2"], 3, 30);
    s.commit("n1", 3, 3);
    holds(s);
}

#[test]
fn second_change_before_the_first_is_committed() {
    let mut s = joint();
    s.reconfigure(&["n1", "n2"], 1, "n1 n2 n3 n4", "");
    s.reconfigure(&["n1"], 1, "n1 n2 n3 n4 n5", "");
    summary(
        &breaks(s, "One Change at a Time", &[("n1", 10), ("n1", 13)]),
        "n1 proposed a configuration at index 3 before that of index 2 was committed",
    );
}

#[test]
fn followers_may_learn_of_several_changes_at_once() {
    let mut s = joint();
    s.reconfigure(&["n1", "n2", "n4"], 1, "n1 n2 n3 n4", "");
    s.commit("n1", 1, 2);
    s.reconfigure(&["n1"], 1, "n1 n2 n3 n4 n5", "");
    let log = s.logs["n1"].clone();
    let hashes = log[1..].iter().map(|(_, hash)| *hash).collect();
    s.say("n5", Kind::Append { first: 2, terms: vec![(1, 2)], hashes });
    s.logs.insert("n5".into(), log);
    s.configuration("n5", 2, "n1 n2 n3 n4", "");
    s.configuration("n5", 3, "n1 n2 n3 n4 n5", "");
    holds(s);
}

#[test]
fn change_whose_majorities_need_not_overlap() {
    let mut s = joint();
    s.reconfigure(&["n1"], 1, "n1 n4 n5", "");
    breaks(s, "One Change at a Time", &[("n1", 2), ("n1", 10)]);
}

#[test]
fn single_change_before_an_own_entry_is_committed() {
    // The mistake of the dissertation that was corrected in 2015: n1's and n2's changes both count on what was before.
    let mut s = joint();
    s.elect(&["n2", "n3"], 2);
    s.reconfigure(&["n2"], 2, "n1 n2 n3 n5", "");
    breaks(s, "One Change at a Time", &[("n2", 2), ("n2", 10)]);

    // A joint configuration counts on both, and needs no such care.
    let mut s = joint();
    s.elect(&["n2", "n3"], 2);
    s.reconfigure(&["n2"], 2, "n1 n2 n3 n5", "n1 n2 n3");
    holds(s);
}

#[test]
fn same_entry_but_another_configuration() {
    let mut s = joint();
    s.reconfigure(&["n1"], 1, "n1 n2 n3 n4", "");
    s.reconfigure(&["n2"], 1, "n1 n2 n3 n5", "");
    breaks(s, "Configuration Agreement", &[("n1", 10), ("n2", 7)]);
}

#[test]
fn snapshot_brings_the_last_configuration_before_its_end() {
    for brought in ["n4 n1 n3 n2", "n1 n2 n3"] {
        let mut s = joint();
        s.reconfigure(&["n1", "n2", "n4"], 1, "n1 n2 n3 n4", "");
        s.spread(&["n1", "n2", "n4"], 1, 11);
        s.commit("n1", 1, 3);
        s.apply("n1", 3);
        s.compact("n1", 3);
        s.role("n3", Role::Follower, 1);
        s.install("n3", "n1", 3);
        s.configuration("n3", 3, brought, "");
        match brought {
            "n1 n2 n3" => drop(breaks(s, "Configuration Agreement", &[("n1", 10), ("n3", 5)])),
            _ => drop(holds(s)),
        }
    }
}

#[test]
fn node_that_joins_later_knows_of_nobody() {
    let mut s = Script::new(2);
    s.configuration("n1", 0, "n1", "");
    s.configuration("n2", 0, "", "");
    s.elect(&["n1"], 1);
    s.spread(&["n1"], 1, 10);
    s.commit("n1", 1, 1);
    s.append("n2", 1, 10);
    s.ack("n2", 1, 1);
    s.commit("n2", 1, 1);
    s.restart("n2", 1, None, 1);
    s.configuration("n2", 0, "", "");
    holds(s);
}

#[test]
fn who_was_removed_does_not_lead() {
    // Three of four have committed that n4 is removed, by way of a joint configuration, and n4 knows it, or not.
    let removed = |is_told| {
        let mut s = founded(4, "n1 n2 n3 n4");
        s.elect(&["n1", "n2", "n3"], 1);
        s.reconfigure(&["n1", "n2", "n3", "n4"], 1, "n1 n2 n3", "n1 n2 n3 n4");
        s.commit("n1", 1, 1);
        s.reconfigure(&["n1", "n2", "n3", "n4"], 1, "n1 n2 n3", "");
        s.commit("n1", 1, 2);
        if is_told {
            s.commit("n4", 1, 2);
        }
        s.elect(&["n4", "n2", "n3"], 2);
        s
    };
    holds(removed(false));
    let result = removed(true).check();
    assert_eq!(broken(&result), ["Voters Lead"], "{result:#?}");
    summary(&result, "n4 became leader of term 2, and has no vote");
}

#[test]
fn configuration_goes_with_its_entry() {
    let removed = |is_said| {
        let mut s = founded(3, "n1 n2 n3");
        s.elect(&["n1", "n2"], 1);
        s.append("n1", 1, 1_000);
        s.configuration("n1", 1, "n1 n2", "n1 n2 n3");
        s.elect(&["n2", "n3"], 2);
        s.append("n2", 2, 10);
        s.role("n1", Role::Follower, 2);
        s.truncate("n1", 1);
        if is_said {
            s.configuration("n1", 0, "n1 n2 n3", "");
        }
        s.append("n1", 2, 10);
        s.ack("n1", 2, 1);
        s
    };
    holds(removed(true));
    let result = removed(false).check();
    assert_eq!(broken(&result), ["Configuration Agreement"], "{result:#?}");
    summary(&result, "n1 goes on with the configuration of index 1, which is removed from its log");
}
