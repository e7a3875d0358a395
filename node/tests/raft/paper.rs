//! One test for each claim of the paper's section 5, in its order. Above each test stands the claim, in our words.
//!
//! Pre-vote (dissertation 9.6) goes before each election here; where the paper says that a follower becomes a candidate, it
//! first asks whether it would win.

use crate::{
    alone::{Alone, N1, N2, N3, entry, id, log, receivers},
    cluster::Cluster,
};
use node::raft::{Body, Config, Entry, HardState, LogIndex, Message, NodeId, Raft, Role, Start, Term, Ticks};
use std::collections::BTreeSet;

// ---------------------------------------------------------------- section 5.1

/// Whoever learns of a higher term, in whatever role and from whatever message, goes to it and is a follower.
#[test]
fn a_higher_term_makes_any_role_a_follower() {
    let bodies = [
        Body::Vote { last: id(9, 9), by_transfer: false },
        Body::VoteResponse { granted: true },
        Body::PreVoteResponse { next: Term(9), granted: false },
        Body::Append { prev: id(0, 0), entries: Vec::new(), commit: LogIndex(0), round: 0 },
        Body::AppendAccepted { matched: LogIndex(0), round: 0 },
        Body::AppendRejected { prev: LogIndex(0), hint: id(0, 0), round: 0 },
    ];
    for body in bodies {
        for make in [|| Alone::new(3, 2, &[]), || Alone::candidate(3, 2, &[]), || Alone::leader(3, 2, &[])] {
            let mut alone = make();
            // A leader is not talked into an election (dissertation 6.2); it hears of the new term when that has a leader.
            if alone.role() == Role::Leader && matches!(body, Body::Vote { .. }) {
                continue;
            }
            alone.hear(N3, 7, body.clone());
            assert_eq!((alone.role(), alone.term()), (Role::Follower, 7), "{body:?}");
        }
    }
}

/// A request of an earlier term is refused, and the answer says which term it is.
#[test]
fn a_stale_request_is_refused_with_the_current_term() {
    let mut alone = Alone::new(3, 5, &[1]);
    let answers = alone.hear(N2, 4, Body::Vote { last: id(9, 4), by_transfer: false });
    assert_eq!(answers.len(), 1);
    assert_eq!((answers[0].term, &answers[0].body), (Term(5), &Body::VoteResponse { granted: false }));
    let answers = alone.append(N2, 4, id(1, 1), &[entry(2, 4)], 2);
    assert_eq!(answers[0].term, Term(5));
    assert!(matches!(answers[0].body, Body::AppendRejected { .. }));
    assert_eq!((alone.terms(), alone.0.status().commit), (vec![1], LogIndex(0)), "and nothing of it is taken");
}

/// An answer of an earlier term says nothing about the present.
#[test]
fn a_stale_answer_is_passed_over() {
    let mut candidate = Alone::candidate(3, 5, &[]);
    candidate.hear(N2, 4, Body::VoteResponse { granted: true });
    assert_eq!(candidate.role(), Role::Candidate);
    let mut leader = Alone::leader(3, 5, &[1, 1]);
    leader.hear(N2, 4, Body::AppendAccepted { matched: LogIndex(3), round: 0 });
    assert_eq!(leader.0.status().commit, LogIndex(0));
}

// ---------------------------------------------------------------- section 5.2

/// A server starts as a follower, and goes on in the term that it knew.
#[test]
fn a_node_starts_as_a_follower() {
    let alone = Alone::new(3, 4, &[1, 2]);
    assert_eq!((alone.role(), alone.term()), (Role::Follower, 4));
    assert_eq!(alone.0.leader(), None);
}

/// A follower stays one as long as it hears from a leader in time.
#[test]
fn heartbeats_keep_a_follower() {
    let mut alone = Alone::new(3, 1, &[]);
    for now in (0..10_000).step_by(149) {
        alone.0.tick(Ticks(now));
        alone.append(N2, 1, id(0, 0), &[], 0);
        assert_eq!((alone.role(), alone.0.leader()), (Role::Follower, Some(N2)));
    }
}

/// A leader sends heartbeats, appends without entries, to all at a fixed interval.
#[test]
fn a_leader_sends_heartbeats_to_all() {
    let mut leader = Alone::leader(5, 1, &[]);
    let began = leader.0.deadline();
    for beat in 0..4 {
        assert_eq!(leader.0.deadline(), began + beat * 50);
        let messages = leader.time_out();
        assert_eq!(receivers(&messages), BTreeSet::from([2, 3, 4, 5]));
        assert!(
            messages.iter().all(|message| matches!(&message.body, Body::Append { entries, .. } if entries.is_empty()))
        );
    }
}

/// A follower that hears nothing for an election timeout goes to the next term, votes for itself, and asks all others at once.
#[test]
fn a_silent_leader_is_followed_by_an_election() {
    let mut alone = Alone::new(5, 3, &[1, 2]);
    let questions = alone.time_out();
    assert_eq!((alone.role(), alone.term()), (Role::PreCandidate, 3));
    assert_eq!(receivers(&questions), BTreeSet::from([2, 3, 4, 5]));
    alone.hear(N2, 3, Body::PreVoteResponse { next: Term(4), granted: true });
    let requests = alone.hear(N3, 3, Body::PreVoteResponse { next: Term(4), granted: true });
    assert_eq!((alone.role(), alone.term()), (Role::Candidate, 4));
    assert_eq!(receivers(&requests), BTreeSet::from([2, 3, 4, 5]));
    // The request carries the last entry of the candidate's log (section 5.4.1).
    assert!(requests.iter().all(|request| request.term == Term(4) && request.body == Body::Vote { last: id(2, 2), by_transfer: false }));
}

/// A candidate wins with the votes of a majority, its own among them; for any size and any votes, in one round.
#[test]
fn one_round_decides_by_majority() {
    for size in 1..=7u64 {
        for votes in 0..3u32.pow(size as u32 - 1) {
            let votes: Vec<u32> = (0..size as u32 - 1).map(|peer| votes / 3u32.pow(peer) % 3).collect();
            let mut candidate = Alone::candidate(size, 1, &[]);
            for (peer, &vote) in (2..).zip(&votes) {
                if vote < 2 {
                    candidate.hear(NodeId(peer), 1, Body::VoteResponse { granted: vote == 1 });
                }
            }
            let granted = 1 + votes.iter().filter(|&&vote| vote == 1).count();
            let wins = granted > size as usize / 2;
            assert_eq!(candidate.role() == Role::Leader, wins, "{size} nodes, votes {votes:?}");
            assert!(wins || candidate.role() == Role::Candidate, "without a majority nothing is decided");
        }
    }
}

/// A server votes for at most one candidate of a term, the first that asks; that one may ask again.
#[test]
fn one_vote_per_term_first_come_first_served() {
    for (first, second) in [(N2, N3), (N3, N2)] {
        let mut alone = Alone::new(3, 0, &[]);
        let ask = |alone: &mut Alone, from| {
            let answers = alone.hear(from, 1, Body::Vote { last: id(0, 0), by_transfer: false });
            answers.iter().any(|answer| answer.to == from && answer.body == Body::VoteResponse { granted: true })
        };
        assert!(ask(&mut alone, first));
        assert!(!ask(&mut alone, second));
        assert!(ask(&mut alone, first), "the answer may have been lost");
        assert!(!ask(&mut alone, second));
    }
}

/// Who wins becomes leader and tells all others at once, which keeps them from elections of their own.
#[test]
fn a_new_leader_speaks_to_all_at_once() {
    let mut candidate = Alone::candidate(3, 1, &[]);
    let messages = candidate.hear(N2, 1, Body::VoteResponse { granted: true });
    assert_eq!(candidate.role(), Role::Leader);
    assert_eq!(receivers(&messages), BTreeSet::from([2, 3]));
    assert!(messages.iter().all(|message| matches!(message.body, Body::Append { .. })));
}

/// A candidate that hears from a leader of its own or a later term follows; one of an earlier term is refused.
#[test]
fn a_candidate_yields_to_a_leader_of_its_own_or_a_later_term() {
    for (term, yields) in [(1, false), (2, true), (3, true)] {
        let mut candidate = Alone::candidate(3, 2, &[]);
        candidate.append(N2, term, id(0, 0), &[], 0);
        assert_eq!(candidate.role() == Role::Follower, yields);
        assert_eq!(candidate.0.leader() == Some(N2), yields);
        assert_eq!(candidate.term(), term.max(2));
    }
}

/// A candidate that neither wins nor loses begins a new election in a higher term.
#[test]
fn an_election_without_a_winner_is_repeated_in_a_higher_term() {
    let mut candidate = Alone::candidate(3, 2, &[]);
    candidate.time_out();
    assert_eq!(candidate.term(), 2, "not before it could win");
    candidate.hear(N3, 2, Body::PreVoteResponse { next: Term(3), granted: true });
    assert_eq!((candidate.role(), candidate.term()), (Role::Candidate, 3));
}

/// Election timeouts are random, drawn anew each time from a fixed interval, for followers and for candidates.
#[test]
fn timeouts_are_spread_over_the_interval() {
    let mut drawn = [BTreeSet::new(), BTreeSet::new()];
    let mut follower = Alone::new(3, 1, &[]);
    for now in 0..3_000 {
        follower.0.tick(Ticks(now));
        follower.append(N2, 1, id(0, 0), &[], 0);
        drawn[0].insert(follower.0.deadline().0 - now);
    }
    let mut candidate = Alone::new(3, 1, &[]);
    for _ in 0..3_000 {
        let now = candidate.0.deadline().0;
        candidate.time_out();
        drawn[1].insert(candidate.0.deadline().0 - now);
    }
    for timeouts in drawn {
        assert!(timeouts.iter().all(|timeout| (150..=300).contains(timeout)));
        assert_eq!(timeouts.len(), 151, "every value of the interval comes up");
    }
}

/// So in most cases a single server times out first, and wins before any other does.
#[test]
fn split_votes_are_rare() {
    let mut first_alone = 0;
    for seed in 0..1_000 {
        let deadlines = (1..=5).map(|node| {
            let mut config = Config::new(NodeId(node), (1..=5).map(NodeId));
            config.seed = seed * 5 + node;
            Raft::new(config, Start::default(), Ticks(0)).deadline().0
        });
        let mut deadlines: Vec<u64> = deadlines.collect();
        deadlines.sort();
        // Twice the time that a message takes on a slow network, in ticks of a millisecond.
        first_alone += u32::from(deadlines[1] - deadlines[0] > 5);
    }
    assert!(first_alone > 750, "{first_alone} of 1000 elections have a first that is ahead by a round trip");
}

// ---------------------------------------------------------------- section 5.3

/// The leader appends a command to its log and sends it to all others in parallel, with the entry before it.
#[test]
fn a_leader_appends_and_sends_to_all() {
    let mut cluster = Cluster::new(5);
    cluster.elect(N1);
    let taken = cluster.propose(N1, &["x"]);
    assert_eq!(taken, [Ok(id(2, 1))]);
    let sent: BTreeSet<NodeId> = cluster.network.iter().map(|message| message.to).collect();
    assert_eq!(sent.len(), 4);
    for message in &cluster.network {
        let Body::Append { prev, entries, .. } = &message.body else { panic!("{message}") };
        assert_eq!((*prev, entries.len(), entries[0].id), (id(1, 1), 1, id(2, 1)));
    }
}

/// An entry is committed when it is on a majority, whichever nodes that is.
#[test]
fn an_entry_on_a_majority_is_committed() {
    for size in 1..=7u64 {
        for acks in 0..1u32 << (size - 1) {
            let mut leader = Alone::leader(size, 1, &[]);
            for peer in 2..=size {
                if acks & (1 << (peer - 2)) != 0 {
                    leader.hear(NodeId(peer), 1, Body::AppendAccepted { matched: LogIndex(1), round: 0 });
                }
            }
            let is_committed = leader.0.status().commit == LogIndex(1);
            assert_eq!(is_committed, 1 + acks.count_ones() as u64 > size / 2, "{size} nodes, acks {acks:b}");
        }
    }
}

/// Committing an entry commits all before it, those of earlier leaders too.
#[test]
fn a_commit_covers_everything_before_it() {
    for terms in [&[][..], &[1], &[1, 2], &[2, 2, 3]] {
        let mut leader = Alone::leader(3, 4, terms);
        let last = terms.len() as u64 + 1;
        leader.hear(N2, 4, Body::AppendAccepted { matched: LogIndex(last), round: 0 });
        assert_eq!(leader.0.status().commit, LogIndex(last));
    }
}

/// A follower that learns that an entry is committed applies it; all apply in the order of the log.
#[test]
fn followers_apply_what_is_committed_in_the_order_of_the_log() {
    for known in 0..=4 {
        let config = Config::new(N1, vec![N1, N2, N3]);
        let mut raft = Raft::new(config, Start::default(), Ticks(0));
        let body = Body::Append { prev: id(0, 0), entries: log(&[1, 1, 2, 2]), commit: LogIndex(known), round: 0 };
        raft.step(Message { from: N2, to: N1, term: Term(2), body });
        let applied: Vec<u64> = raft.ready().unwrap().committed.iter().map(|entry| entry.id.index.0).collect();
        assert_eq!(applied, (1..=known).collect::<Vec<_>>());
    }
}

/// The leader sends an append again and again until the follower has it, also after the entry is committed.
#[test]
fn a_follower_that_misses_appends_gets_them_in_the_end() {
    let mut cluster = Cluster::new(3);
    cluster.elect(N1);
    cluster.cut.insert((N1, N3));
    for round in 0..20 {
        cluster.propose(N1, &[&format!("c{round}")]);
        cluster.settle();
        cluster.time_out(N1);
        cluster.settle();
    }
    assert_eq!((cluster.status(N1).commit, cluster.status(N3).last), (LogIndex(21), id(1, 1)));
    cluster.cut.clear();
    cluster.time_out(N1);
    cluster.settle();
    assert_eq!(cluster.status(N3).last, id(21, 1));
}

/// A follower without the entry before the new ones refuses them; with it, it takes them.
#[test]
fn the_consistency_check_guards_an_append() {
    for (prev, has) in [(id(0, 0), true), (id(1, 1), true), (id(2, 2), true), (id(2, 1), false), (id(3, 3), false)] {
        let mut follower = Alone::new(3, 3, &[1, 2]);
        let answers = follower.append(N2, 3, prev, &[], 0);
        let accepted = matches!(answers[0].body, Body::AppendAccepted { .. });
        assert_eq!(accepted, has, "prev {prev}");
    }
}

/// Where logs conflict, the follower's entries are removed from the conflict on and replaced; where they do not, none is.
#[test]
fn only_a_conflict_removes_entries() {
    // The follower's log; what comes: the entry before, the new ones; the log that it gives.
    type Case = (&'static [u64], (u64, u64), &'static [u64], &'static [u64]);
    let cases: [Case; 9] = [
        (&[1, 2], (2, 2), &[3], &[1, 2, 3]),
        (&[1, 2], (1, 1), &[3, 4], &[1, 3, 4]),
        (&[1, 2], (0, 0), &[1, 2, 3], &[1, 2, 3]),
        (&[], (0, 0), &[1, 1], &[1, 1]),
        (&[1, 1, 1], (0, 0), &[1], &[1, 1, 1]),
        (&[1, 1, 1], (1, 1), &[1], &[1, 1, 1]),
        (&[1, 1, 1], (2, 1), &[], &[1, 1, 1]),
        (&[1, 1, 1, 2], (1, 1), &[1, 3], &[1, 1, 3]),
        (&[1, 2, 2, 2], (0, 0), &[4], &[4]),
    ];
    for (terms, (index, term), new, expected) in cases {
        let mut follower = Alone::new(3, 4, terms);
        let new: Vec<Entry> = (index + 1..).zip(new).map(|(index, &term)| entry(index, term)).collect();
        let answers = follower.append(N2, 4, id(index, term), &new, 0);
        assert_eq!(follower.terms(), expected);
        // What is acknowledged is what was compared, and not whatever else the follower has.
        let matched = LogIndex(index + new.len() as u64);
        assert_eq!(answers[0].body, Body::AppendAccepted { matched, round: 0 });
    }
}

/// A follower takes no entry for committed that this leader's message did not show to be the leader's.
#[test]
fn a_follower_commits_no_further_than_the_message_reaches() {
    for (new, leader_commit, commit) in [(0, 4, 1), (1, 4, 2), (2, 4, 3), (2, 2, 2), (2, 0, 0)] {
        let mut follower = Alone::new(3, 4, &[1, 1, 1, 1]);
        let new: Vec<Entry> = (2..).take(new).map(|index| entry(index, 1)).collect();
        follower.append(N2, 4, id(1, 1), &new, leader_commit);
        assert_eq!(follower.0.status().commit, LogIndex(commit));
        follower.append(N2, 4, id(0, 0), &[], 0);
        assert_eq!(follower.0.status().commit, LogIndex(commit), "and never goes back");
    }
}

/// The leader finds where a follower's log parts from its own, and makes it the same from there on. The followers of Figure 7.
#[test]
fn a_leader_brings_any_log_into_line() {
    let leader: &[u64] = &[1, 1, 1, 4, 4, 5, 5, 6, 6, 6];
    let followers: [&[u64]; 6] = [
        &[1, 1, 1, 4, 4, 5, 5, 6, 6],
        &[1, 1, 1, 4],
        &[1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6],
        &[1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7],
        &[1, 1, 1, 4, 4, 4, 4],
        &[1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3],
    ];
    for terms in followers {
        let mut cluster = Cluster::new(3);
        let last = *terms.last().unwrap();
        cluster.given(N1, HardState { term: Term(7), vote: None }, leader, 0);
        cluster.given(N2, HardState { term: Term(last), vote: None }, terms, 0);
        cluster.elect(N1);
        let entries = |id| cluster.raft(id).log().slice(LogIndex(1), LogIndex(99), usize::MAX).to_vec();
        assert_eq!(entries(N1), entries(N2), "{terms:?}");
        assert_eq!(entries(N1).len(), 11, "the leader's log only grew");
    }
}

/// A conflict costs a round trip per term, and not one per entry.
#[test]
fn a_conflict_is_found_in_a_round_trip_per_term() {
    let mut cluster = Cluster::new(3);
    let ours: Vec<u64> = (0..200).map(|at| if at < 10 { 1 } else { 2 + at / 50 * 2 }).collect();
    let theirs: Vec<u64> = (0..260).map(|at| if at < 10 { 1 } else { 3 + at / 65 * 2 }).collect();
    cluster.given(N1, HardState { term: Term(20), vote: None }, &ours, 0);
    cluster.given(N2, HardState { term: Term(20), vote: None }, &theirs, 0);
    cluster.crash(N2, 0);
    cluster.elect(N1);
    cluster.start(N2);
    cluster.time_out(N1);
    let mut rejections = 0;
    while let Some(message) = cluster.network.pop_front() {
        rejections += u32::from(matches!(message.body, Body::AppendRejected { .. }));
        cluster.deliver(message);
    }
    assert_eq!(cluster.status(N2).last, cluster.status(N1).last);
    assert!(rejections <= 8, "{rejections} refusals for four terms on each side");
}

// ---------------------------------------------------------------- section 5.4.1

/// A vote is refused to a candidate whose log is behind: by the term of the last entry first, and then by length.
#[test]
fn a_vote_goes_to_a_log_that_is_at_least_as_up_to_date() {
    for own in [&[][..], &[1], &[1, 1], &[1, 2], &[1, 1, 1], &[3]] {
        for (index, term) in [(0, 0), (1, 1), (2, 1), (5, 1), (1, 2), (2, 2), (1, 3), (1, 4)] {
            let own_last = (own.last().copied().unwrap_or(0), own.len() as u64);
            let is_behind = term < own_last.0 || term == own_last.0 && index < own_last.1;
            let mut voter = Alone::new(3, 4, own);
            let answers = voter.hear(N2, 5, Body::PreVote { next: Term(6), last: id(index, term) });
            let granted = !is_behind;
            assert_eq!(answers[0].body, Body::PreVoteResponse { next: Term(6), granted });
            assert_eq!(voter.term(), 4, "a pre-vote changes nothing");
            let answers = voter.hear(N2, 5, Body::Vote { last: id(index, term), by_transfer: false });
            assert_eq!(answers[0].body, Body::VoteResponse { granted }, "{own:?} asked by {index}@{term}");
        }
    }
}

/// So a candidate without all that is committed cannot win: whichever majority committed, one of it refuses.
#[test]
fn a_leader_has_every_committed_entry() {
    for behind in [N2, N3] {
        let mut cluster = Cluster::new(3);
        cluster.elect(N1);
        cluster.cut.insert((N1, behind));
        cluster.propose(N1, &["x"]);
        cluster.settle();
        assert_eq!(cluster.status(N1).commit, LogIndex(2));
        cluster.cut.clear();
        cluster.crash(N1, 0);
        for _ in 0..20 {
            cluster.run(100);
        }
        assert_eq!(cluster.leader(), Some(NodeId(5 - behind.0)), "the one that has x");
    }
}

// ---------------------------------------------------------------- section 5.4.2

/// A leader does not commit an entry of an earlier term by counting, but only along with one of its own (Figure 8).
#[test]
fn only_entries_of_the_own_term_are_committed_by_counting() {
    for (matched, commit) in [(1, 0), (2, 0), (3, 3)] {
        let mut leader = Alone::leader(3, 3, &[1, 2]);
        leader.hear(N2, 3, Body::AppendAccepted { matched: LogIndex(matched), round: 0 });
        assert_eq!(leader.0.status().commit, LogIndex(commit));
    }
}

// ---------------------------------------------------------------- section 5.5

/// Requests may be repeated: the second time they change nothing.
#[test]
fn a_repeated_append_changes_nothing() {
    let mut follower = Alone::new(3, 1, &[1]);
    let first = follower.append(N2, 1, id(1, 1), &[entry(2, 1), entry(3, 1)], 2);
    let (status, terms) = (follower.0.status(), follower.terms());
    let second = follower.append(N2, 1, id(1, 1), &[entry(2, 1), entry(3, 1)], 2);
    assert_eq!((follower.0.status(), follower.terms(), second), (status, terms, first));
}
