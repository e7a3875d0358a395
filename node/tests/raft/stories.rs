//! Runs the stories in `node/tests/stories`.
//!
//! A story is a text file. Lines that begin with `#` tell what happens, lines that begin with `>` are commands, and the indented
//! lines below a command are what it gave when the story was last accepted. With `WHITEWATER_ACCEPT_STORIES=1` a run writes down
//! what it sees; the difference is then for a reader to judge.

use crate::language::execute;
use std::{fs, path::Path};

fn run(name: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/stories/{name}.story"));
    let expected = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let actual = tell(name, &expected);
    if std::env::var_os("WHITEWATER_ACCEPT_STORIES").is_some() {
        fs::write(&path, actual).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    } else if let Some((line, (was, is))) = (1..).zip(compare(&expected, &actual)).find(|(_, (was, is))| was != is) {
        panic!(
            "{name}.story, line {line}: the story says\n{was}\nbut this happened\n{is}\n\nThe whole of it:\n{actual}"
        );
    }
}

/// Line by line; what one lacks at its end is an empty line.
fn compare<'a>(expected: &'a str, actual: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
    let count = expected.lines().count().max(actual.lines().count());
    expected.lines().chain(std::iter::repeat("")).zip(actual.lines().chain(std::iter::repeat(""))).take(count)
}

/// The story as it happens now.
fn tell(name: &str, story: &str) -> String {
    let mut cluster = None;
    let mut told = String::new();
    for (number, line) in (1..).zip(story.lines()).filter(|(_, line)| !line.starts_with("    ")) {
        told.push_str(line);
        told.push('\n');
        let Some(command) = line.strip_prefix('>') else {
            assert!(line.is_empty() || line.starts_with('#'), "{name}.story:{number}: neither command nor comment");
            continue;
        };
        println!("{name}.story:{number}: {command}"); // Seen if an invariant does not hold.
        let output = execute(&mut cluster, command).unwrap_or_else(|error| panic!("{name}.story:{number}: {error}"));
        for line in output {
            told.push_str(&format!("    {line}\n"));
        }
    }
    told
}

/// A test for each story; the list is the table of contents.
macro_rules! stories {
    ($($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                run(stringify!($name));
            }
        )*
        const NAMES: &[&str] = &[$(stringify!($name)),*];
    };
}

stories! {
    acknowledgements_wait_for_the_disk
    another_leader_inside_a_joint_configuration
    appends_under_way_are_limited
    applied_once_and_in_order
    asymmetric_quorum_check
    bytes_under_way_are_limited
    candidate_viability
    change_and_reads_by_a_joint_majority
    change_goes_through_a_joint_configuration
    change_of_many_at_once
    chunks_are_lost_repeated_and_reordered
    commit_covers_what_is_before_it
    commit_stops_at_what_was_compared
    committed_entries_come_in_pages
    compaction_while_a_follower_is_slow
    completion_of_an_overwritten_append
    completions_in_any_order
    configuration_comes_with_a_snapshot
    demoted_by_a_snapshot
    figure_7
    figure_8
    first_election
    follower_read_without_a_leader
    follower_reads
    heartbeats_are_answered_from_a_slow_disk
    higher_term_during_a_transfer
    higher_term_frees_the_stuck_candidate
    late_and_foreign_votes_do_not_count
    leader_counts_its_durable_copy_only
    leader_does_not_campaign
    leader_without_quorum_steps_down
    leadership_race
    learner_never_campaigns
    learner_votes_when_asked
    learners_do_not_count
    lease_ends_with_a_change
    lease_is_measured_from_the_sending
    long_divergence
    many_elections
    mute_leader_is_replaced
    new_leader_takes_over_an_uncommitted_configuration
    no_change_before_an_own_entry_is_committed
    node_behind_in_term_completes_its_election
    node_that_goes_may_still_be_needed
    old_appends_change_nothing
    old_entries_are_committed_with_an_own_one
    only_changes_are_written
    only_the_conflicting_suffix_is_removed
    overwritten_configuration
    overwritten_proposal_is_known_by_its_place
    own_vote_after_a_lost_election
    own_vote_counts_when_durable
    partial_matches
    partly_connected_cluster_keeps_its_leader
    paused_leader_gives_no_stale_read
    paused_leader_with_a_lease
    pending_reads_end_with_the_leadership
    pipelined_appends
    pre_vote_split
    probe_waits_and_is_revived
    promotion_and_demotion
    proposals_go_to_the_leader
    quorum_lost_and_regained
    reads_after_a_restart_wait_for_the_log
    reads_during_a_transfer
    reads_need_a_round_that_began_after_them
    reads_need_an_own_entry_committed
    reads_through_the_log
    receiver_of_a_snapshot_restarts
    recovered_joint_configuration
    refusal_of_an_earlier_round_is_stale
    rejoining_node_with_a_higher_term
    removed_leader_steps_down
    removed_node_does_not_disturb
    removed_node_is_told
    reordered_appends_converge
    repeated_read_does_not_see_less
    replication
    restarted_voter_keeps_the_promise_it_forgot
    second_change_has_to_wait
    sender_of_a_snapshot_loses_its_leadership
    single_node
    single_voter_and_its_learners
    snapshot_at_the_boundary
    snapshot_drops_a_conflicting_tail
    snapshot_for_a_follower_behind
    snapshot_its_marker_and_the_log
    snapshot_of_an_earlier_term_is_completed
    snapshot_of_the_whole_log
    snapshot_that_is_not_needed_any_more
    snapshot_while_entries_are_applied
    stale_answers_are_passed_over
    stale_leader_cannot_serve_reads
    suffix_collision
    swapped_node_and_no_election
    transfer_goes_past_the_leader_that_voters_hear
    transfer_to_one_that_is_removed
    transfer_to_one_that_needs_a_snapshot
    two_snapshots_in_a_short_time
    uncommitted_bytes_are_limited
    unreachable_newcomer
    vote_requests_do_not_depose_a_leader
    vote_survives_a_restart
    vote_waits_for_the_disk
    voters_stay_with_the_leader_they_hear
    votes_count_by_the_candidates_configuration
    votes_split_and_the_next_round_decides
}

#[test]
fn every_story_is_told() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stories");
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut stories: Vec<String> = files.filter_map(|name| name.strip_suffix(".story").map(str::to_owned)).collect();
    stories.sort();
    let mut names = NAMES.to_vec();
    names.sort();
    assert_eq!(stories, names);
}

#[test]
fn a_changed_story_is_noticed() {
    let told = tell("example", "> cluster 1\n> timeout n1\n");
    assert!(told.contains("becomes leader in term 1"));
    assert_eq!(tell("example", &told), told, "a story that was accepted is told the same way again");
    assert!(compare("a\n", "a\nb\n").any(|(was, is)| was != is));
}
