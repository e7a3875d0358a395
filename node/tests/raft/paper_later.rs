//! One test for each claim of the paper's sections 6 to 8, in its order. Above each test stands the claim, in our words.

use crate::{
    alone::{Alone, N1, N2, N3, entry, id, receivers},
    cluster::Cluster,
};
use bytes::Bytes;
use node::raft::{
    Body, ChangeError, Configuration, Entry, Event, LogIndex, Message, NodeId, Payload, ReadMode, Ready, Role,
    Snapshot, Term, Ticks, quorum,
};
use std::collections::BTreeSet;

const N4: NodeId = NodeId(4);
const N5: NodeId = NodeId(5);

// ---------------------------------------------------------------- section 6

/// A cluster on its way from some voters to others.
fn joint(outgoing: &[u64], voters: &[u64]) -> Configuration {
    let side = |ids: &[u64]| ids.iter().copied().map(NodeId).collect();
    Configuration { voters: side(voters), outgoing: side(outgoing), ..Configuration::default() }
}

fn accepted(matched: u64) -> Body {
    Body::AppendAccepted { matched: LogIndex(matched), round: 0 }
}

/// Whether more than half of a side are among some nodes.
fn has_majority(side: &BTreeSet<NodeId>, among: &BTreeSet<NodeId>) -> bool {
    2 * side.intersection(among).count() > side.len()
}

/// While a configuration is joint, entries go to the servers of both sides.
#[test]
fn entries_go_to_all_of_both_configurations() {
    let mut leader = Alone::with(joint(&[1, 2, 3], &[1, 4, 5]), 0, &[], |_| {});
    leader.lead();
    leader.0.propose(Bytes::new()).unwrap();
    let mut sent = leader.sent();
    sent.extend(leader.time_out());
    assert_eq!(receivers(&sent), BTreeSet::from([2, 3, 4, 5]));
}

/// Any server of either side may be the leader.
#[test]
fn any_of_both_configurations_may_lead() {
    for (outgoing, voters) in [(&[1, 2, 3], &[2, 3, 4]), (&[2, 3, 4], &[1, 2, 3]), (&[1, 2, 3], &[1, 4, 5])] {
        let mut candidate = Alone::with(joint(outgoing, voters), 0, &[], |_| {});
        candidate.lead();
    }
}

/// Elections and commits need a majority of the old servers and one of the new ones, whoever the others are.
#[test]
fn a_joint_configuration_needs_both_majorities() {
    for configuration in [joint(&[1, 2, 3], &[1, 4, 5]), joint(&[1, 2], &[1, 2, 3]), joint(&[1, 2, 3], &[3, 4])] {
        let others: Vec<NodeId> = configuration.members().into_iter().filter(|&id| id != N1).collect();
        for pattern in 0..1u32 << others.len() {
            let chosen = others.iter().enumerate().filter(|(at, _)| pattern & (1 << at) != 0).map(|(_, &id)| id);
            let among: BTreeSet<NodeId> = chosen.chain([N1]).collect();
            let is_quorum =
                has_majority(&configuration.voters, &among) && has_majority(&configuration.outgoing, &among);
            let mut candidate = Alone::with(configuration.clone(), 0, &[], |_| {});
            candidate.time_out();
            for &id in &others {
                candidate.hear(id, 0, Body::PreVoteResponse { next: Term(1), granted: true });
            }
            for &id in &others {
                candidate.hear(id, 1, Body::VoteResponse { granted: among.contains(&id) });
            }
            assert_eq!(candidate.role() == Role::Leader, is_quorum, "{configuration}, {among:?}");
            let mut leader = Alone::with(configuration.clone(), 0, &[], |_| {});
            leader.lead();
            for &id in among.iter().filter(|&&id| id != N1) {
                leader.hear(id, 1, accepted(1));
            }
            assert_eq!(leader.0.status().commit == LogIndex(1), is_quorum, "{configuration}, {among:?}");
        }
    }
}

/// A server goes by the latest configuration in its log, whether or not it is committed; and by the one before when that is removed.
#[test]
fn a_configuration_is_in_force_as_soon_as_it_is_in_the_log() {
    let mut follower = Alone::new(3, 1, &[1]);
    let next = joint(&[1, 2, 3], &[2, 3, 4]);
    let configures = |index, term| Entry { id: id(index, term), payload: Payload::Configuration(next.clone().into()) };
    follower.append(N2, 1, id(1, 1), &[configures(2, 1), entry(3, 1)], 0);
    assert_eq!((follower.0.configuration(), follower.0.configuration_index()), (&next, LogIndex(2)));
    follower.append(N3, 2, id(1, 1), &[entry(2, 2)], 0);
    assert_eq!(follower.0.configuration(), &Configuration::of([N1, N2, N3]));
    follower.append(N3, 2, id(2, 2), &[configures(3, 2)], 0);
    assert_eq!(follower.0.configuration(), &next);
    // So a candidate asks those of the new one too.
    assert_eq!(receivers(&follower.time_out()), BTreeSet::from([2, 3, 4]));
}

/// The joint configuration comes first. When it is committed the leader goes on to the new one, and not before.
#[test]
fn the_new_configuration_comes_when_the_joint_one_is_committed() {
    let mut leader = Alone::with(Configuration::of([N1, N2, N3]).with_learner(N4, String::new()), 0, &[], |_| {});
    leader.lead();
    let target = Configuration::of([N1, N2, N4]);
    assert_eq!(leader.0.change(&target), Err(ChangeError::TooEarly));
    leader.hear(N2, 1, accepted(1));
    leader.hear(N4, 1, accepted(1));
    assert_eq!(leader.0.change(&target), Ok(id(2, 1)));
    leader.sent();
    assert_eq!(leader.0.configuration(), &joint(&[1, 2, 3], &[1, 2, 4]));
    leader.hear(N4, 1, accepted(2));
    assert!(leader.0.configuration().is_joint(), "the old voters have not decided");
    leader.hear(N2, 1, accepted(2));
    assert_eq!((leader.0.configuration(), leader.0.configuration_index()), (&target, LogIndex(3)));
    assert_eq!(leader.0.change(&target), Err(ChangeError::Pending(LogIndex(3))));
    leader.hear(N4, 1, accepted(3));
    assert_eq!(leader.0.status().commit, LogIndex(3));
}

/// A new server gets the log without having a vote, until it has caught up; else the cluster could not commit for a while.
#[test]
fn new_servers_catch_up_before_they_vote() {
    let founders = Configuration::of([N1, N2, N3]);
    let mut leader = Alone::with(founders.clone(), 0, &[], |config| config.promotion_lag_max = 2);
    leader.lead();
    leader.hear(N2, 1, accepted(1));
    let (added, target) = (founders.with_learner(N4, String::new()), founders.promoted(N4));
    let behind = |matched, last| ChangeError::Behind { node: N4, matched: LogIndex(matched), last: LogIndex(last) };
    assert_eq!(leader.0.change(&target), Err(behind(0, 1)), "nobody has heard of it");
    leader.0.change(&added).unwrap();
    let mut last = 2;
    for _ in 0..3 {
        leader.0.propose(Bytes::new()).unwrap();
        last += 1;
    }
    leader.sent();
    leader.hear(N4, 1, accepted(last));
    assert_eq!(leader.0.status().commit, LogIndex(1), "it does not count");
    leader.hear(N2, 1, accepted(last));
    assert_eq!(leader.0.status().commit, LogIndex(last));
    for (more, is_near) in [(2, true), (3, false)] {
        let mut leader = Alone::with(added.clone(), 0, &[], |config| config.promotion_lag_max = 2);
        leader.lead();
        leader.hear(N2, 1, accepted(1));
        leader.hear(N4, 1, accepted(1));
        for _ in 0..more {
            leader.0.propose(Bytes::new()).unwrap();
        }
        let result = leader.0.change(&target);
        assert_eq!(result, if is_near { Ok(id(more + 2, 1)) } else { Err(behind(1, more + 1)) });
    }
}

/// A leader that is not in the new configuration does not count itself, and steps down when that is committed.
#[test]
fn a_leader_without_a_vote_does_not_count_itself() {
    let mut leader = Alone::new(4, 0, &[]);
    leader.lead();
    let target = Configuration::of([N2, N3, N4]);
    [N2, N3].into_iter().for_each(|id| drop(leader.hear(id, 1, accepted(1))));
    leader.0.change(&target).unwrap();
    leader.sent();
    [N2, N3].into_iter().for_each(|id| drop(leader.hear(id, 1, accepted(2))));
    assert_eq!((leader.0.configuration(), leader.0.status().commit), (&target, LogIndex(2)));
    leader.hear(N2, 1, accepted(3));
    assert_eq!((leader.role(), leader.0.status().commit), (Role::Leader, LogIndex(2)), "one of three has it");
    let sent = leader.hear(N3, 1, accepted(3));
    assert_eq!((leader.role(), leader.0.status().commit), (Role::Follower, LogIndex(3)));
    assert!(sent.iter().any(|message| message.body == Body::TimeoutNow), "and the cluster need not wait for a timeout");
    leader.0.tick(Ticks(100_000));
    assert_eq!(leader.role(), Role::Follower);
}

/// Servers that were removed, and do not know it, must not disturb: who heard a leader within the shortest election timeout disregards
/// requests for its vote, and takes no term from them.
#[test]
fn who_hears_a_leader_disregards_requests_for_its_vote() {
    for (silence, listens) in [(0, false), (149, false), (150, true)] {
        let mut follower = Alone::new(3, 1, &[1]);
        follower.append(N2, 1, id(1, 1), &[], 0);
        follower.0.tick(Ticks(silence));
        let answers = follower.hear(N5, 7, Body::Vote { last: id(9, 6), by_transfer: false });
        assert_eq!((answers.len(), follower.term()), if listens { (1, 7) } else { (0, 1) });
    }
}

// ---------------------------------------------------------------- section 7

/// A follower in term 3 whose log has been committed and applied up to a position.
fn applied(terms: &[u64], commit: u64) -> Alone {
    let mut follower = Alone::with(Configuration::of([N1, N2, N3]), 3, &[], |config| config.log_bytes_kept = 0);
    let entries: Vec<Entry> = (1..).zip(terms).map(|(index, &term)| entry(index, term)).collect();
    follower.append(N2, 3, id(0, 0), &entries, commit);
    follower
}

fn snapshot(index: u64, term: u64) -> Snapshot {
    Snapshot { last: id(index, term), configuration: Configuration::of([N1, N2, N3]) }
}

fn chunk(index: u64, term: u64) -> Body {
    Body::Chunk { last: id(index, term), size: 1, checksum: 0, offset: 0, data: Bytes::from_static(b"x") }
}

/// Each server takes snapshots by itself, of what it applied; they take the place of the log's beginning.
#[test]
fn a_snapshot_takes_the_place_of_the_logs_beginning() {
    let mut follower = applied(&[1, 1, 2, 3], 3);
    follower.0.compact(snapshot(3, 2));
    let Ready { events, write, .. } = follower.0.ready().unwrap();
    assert_eq!(events, [Event::Compact { last: id(3, 2) }]);
    assert_eq!(write.unwrap().snapshot, Some(id(3, 2)));
    assert_eq!((follower.0.log().base(), follower.0.log().last()), (id(3, 2), id(4, 3)));
    assert_eq!(follower.0.log().entry(LogIndex(3)), None);
    // An older one, that took longer, means nothing.
    follower.0.compact(snapshot(2, 1));
    assert!(follower.0.ready().is_none());
}

/// What was not applied is in no snapshot.
#[test]
#[should_panic(expected = "a snapshot holds what was applied")]
fn a_snapshot_holds_nothing_that_was_not_applied() {
    applied(&[1, 1, 2, 3], 3).0.compact(snapshot(4, 3));
}

/// The snapshot's last index and term stay known, for the check of the entry behind it and for elections.
#[test]
fn the_entry_behind_a_snapshot_is_still_checked() {
    for (prev, fits) in [(id(3, 2), true), (id(3, 3), false), (id(2, 1), true), (id(4, 3), false)] {
        let mut follower = applied(&[1, 1, 2], 3);
        follower.0.compact(snapshot(3, 2));
        follower.sent();
        let answers = follower.append(N2, 3, prev, &[], 3);
        assert_eq!(matches!(answers[0].body, Body::AppendAccepted { .. }), fits, "prev {prev}");
        let answers = follower.hear(N2, 3, Body::PreVote { next: Term(4), last: id(9, 1) });
        assert_eq!(answers[0].body, Body::PreVoteResponse { next: Term(4), granted: false });
    }
}

/// A snapshot holds the configuration that was in force at its last entry.
#[test]
fn a_snapshot_holds_the_configuration_of_its_last_entry() {
    let (old, new) = (Configuration::of([N1, N2, N3]), joint(&[1, 2, 3], &[1, 2, 4]));
    let mut follower = applied(&[1], 1);
    let configures = Entry { id: id(3, 3), payload: Payload::Configuration(new.clone().into()) };
    follower.append(N2, 3, id(1, 1), &[entry(2, 3), configures, entry(4, 3)], 4);
    let at = |index| follower.0.configuration_at(LogIndex(index));
    assert_eq!([at(1), at(2), at(3), at(4)], [old.clone(), old, new.clone(), new.clone()]);
    follower.0.compact(Snapshot { last: id(4, 3), configuration: new.clone() });
    assert_eq!(follower.0.configuration(), &new);
}

/// A leader that has discarded the next entry that a follower needs sends its snapshot, and what is behind it then.
#[test]
fn a_leader_sends_a_snapshot_instead_of_what_it_has_discarded() {
    let mut leader = Alone::with(Configuration::of([N1, N2, N3]), 1, &[1, 1], |config| config.log_bytes_kept = 0);
    leader.lead();
    leader.hear(N2, 2, accepted(3));
    leader.0.compact(snapshot(3, 2));
    leader.0.propose(Bytes::new()).unwrap();
    leader.sent();
    leader.0.step(Message {
        from: N3,
        to: N1,
        term: Term(2),
        body: Body::AppendRejected { prev: LogIndex(2), hint: id(1, 1), round: 0 },
    });
    let chunks = leader.0.ready().unwrap().chunks;
    assert_eq!((chunks.len(), chunks[0].to, chunks[0].last, chunks[0].offset), (1, N3, id(3, 2), 0));
    let sent = leader.hear(N3, 2, accepted(3));
    let Body::Append { prev, entries, .. } = &sent[0].body else { panic!("{}", sent[0]) };
    assert_eq!((*prev, entries.len()), (id(3, 2), 1));
}

/// A snapshot with what a follower does not have takes the place of its whole log, conflicts or not.
#[test]
fn a_snapshot_takes_the_place_of_a_log_that_conflicts() {
    for terms in [&[][..], &[1], &[1, 1, 1, 1, 1, 1], &[1, 1, 2, 2]] {
        let mut follower = applied(terms, terms.len().min(1) as u64);
        follower.0.step(Message { from: N2, to: N1, term: Term(3), body: chunk(4, 3) });
        assert_eq!(follower.0.ready().unwrap().received.len(), 1);
        assert!(follower.0.install(N2, Term(3), snapshot(4, 3)));
        let log = follower.0.log();
        assert_eq!((log.base(), log.last(), follower.0.status().commit), (id(4, 3), id(4, 3), LogIndex(4)));
        let write = follower.0.ready().unwrap().write.unwrap();
        assert_eq!((write.snapshot, write.entries), (Some(id(4, 3)), Vec::new()));
    }
}

/// One that ends within the log says that everything up to there is committed; what stands behind it stays.
#[test]
fn a_snapshot_keeps_what_stands_behind_it() {
    let mut follower = applied(&[1, 1, 3, 3], 1);
    let answers = follower.hear(N2, 3, chunk(3, 3));
    assert_eq!((follower.terms(), follower.0.status().commit), (vec![1, 1, 3, 3], LogIndex(3)));
    assert_eq!(answers[0].body, Body::AppendAccepted { matched: LogIndex(3), round: 0 });
    assert!(!follower.0.install(N2, Term(3), snapshot(3, 3)), "nor if it came in whole meanwhile");
}

/// One that ends within what is committed changes nothing, not even if it claims another term there.
#[test]
fn a_snapshot_of_what_is_committed_changes_nothing() {
    for (index, term) in [(1, 1), (2, 1), (3, 3), (3, 2), (2, 3)] {
        let mut follower = applied(&[1, 1, 3, 3], 3);
        let before = follower.0.status();
        follower.hear(N2, 3, chunk(index, term));
        assert!(!follower.0.install(N2, Term(3), snapshot(index, term)));
        assert_eq!((follower.0.status(), follower.terms()), (before, vec![1, 1, 3, 3]));
    }
}

/// A chunk of an earlier term is not taken; the answer says which term it is. Nor is one from elsewhere than the leader.
#[test]
fn a_chunk_of_an_earlier_term_is_not_taken() {
    let mut follower = applied(&[1], 1);
    follower.0.step(Message { from: N3, to: N1, term: Term(2), body: chunk(9, 2) });
    let ready = follower.0.ready().unwrap();
    assert_eq!((ready.received.len(), ready.messages[0].term), (0, Term(3)));
    let mut leader = Alone::leader(3, 4, &[1]);
    leader.0.step(Message { from: N2, to: N1, term: Term(4), body: chunk(9, 4) });
    assert!(leader.0.ready().is_none());
}

/// A chunk is word from the leader: it keeps a follower, and makes one of a candidate.
#[test]
fn each_chunk_keeps_a_follower() {
    let mut follower = applied(&[1], 1);
    for now in (0..5_000).step_by(149) {
        follower.0.tick(Ticks(now));
        follower.hear(N2, 3, chunk(9, 3));
        assert_eq!((follower.role(), follower.0.leader()), (Role::Follower, Some(N2)));
    }
    let mut candidate = Alone::candidate(3, 2, &[1]);
    candidate.hear(N3, 2, chunk(9, 2));
    assert_eq!((candidate.role(), candidate.0.leader()), (Role::Follower, Some(N3)));
}

// ---------------------------------------------------------------- section 8

/// A leader begins its term with an entry of its own that says nothing.
#[test]
fn a_leader_begins_its_term_with_a_noop() {
    let leader = Alone::leader(3, 5, &[1, 4]);
    let last = leader.0.log().last();
    assert_eq!((last, &leader.0.log().entry(last.index).unwrap().payload), (id(3, 5), &Payload::Noop));
}

/// Only the leader serves clients; the others name the leader if they know it.
#[test]
fn followers_name_the_leader() {
    let mut follower = Alone::new(3, 1, &[]);
    assert_eq!(follower.0.read_index(1).unwrap_err().leader, None);
    follower.append(N3, 1, id(0, 0), &[], 0);
    assert_eq!(follower.0.read_index(2).unwrap_err().leader, Some(N3));
    let refusal = follower.0.propose(Bytes::from_static(b"x")).unwrap_err();
    assert_eq!(refusal, node::raft::NotLeader { leader: Some(N3) }.into());
}

/// A read is answered without the log when a majority has shown, after it arrived, that this is still the leader.
#[test]
fn a_read_needs_a_majority_that_answers_after_it_arrived() {
    for size in [2, 3, 4, 5, 7u64] {
        let mut cluster = Cluster::new(size);
        cluster.elect(N1);
        cluster.time_out(N1);
        let read = cluster.read(N1);
        // The heartbeat before it is answered by everybody. That shows nothing.
        let early = cluster.network.iter().position(|message| matches!(message.body, Body::Append { round: 1, .. }));
        let questions = cluster.network.split_off(early.unwrap());
        cluster.settle();
        assert_eq!(cluster.reads, []);
        let needed = quorum::size(size as usize) - 1;
        for (answered, question) in (1..).zip(questions) {
            cluster.deliver(question);
            cluster.settle();
            assert_eq!(cluster.reads.len(), usize::from(answered >= needed), "{size} nodes, {answered} answers");
        }
        assert_eq!(cluster.reads, [(read, LogIndex(1))]);
    }
}

/// A new leader does not know what is committed before it has committed an entry of its own; a read waits for that.
#[test]
fn a_new_leader_reads_only_after_its_noop_is_committed() {
    for mode in [ReadMode::Index, ReadMode::Lease, ReadMode::Log] {
        let mut leader = Alone::with(Configuration::of([N1, N2, N3]), 1, &[1, 1], |config| config.reads = mode);
        leader.lead();
        leader.0.read_index(7).unwrap();
        leader.sent();
        leader.hear(N2, 2, Body::AppendAccepted { matched: LogIndex(2), round: 1 });
        assert_eq!(leader.0.status().commit, LogIndex(0));
        let last = leader.0.log().last().index;
        leader.0.step(Message {
            from: N2,
            to: N1,
            term: Term(2),
            body: Body::AppendAccepted { matched: last, round: 1 },
        });
        let reads = leader.0.ready().unwrap().reads;
        assert_eq!(reads.iter().map(|read| (read.context, read.index)).collect::<Vec<_>>(), [(7, last)], "{mode:?}");
    }
}

/// With clocks that can be trusted, the heartbeats may serve as a lease. It counts from the moment at which a quorum's answer was asked
/// for, and is over before anybody else may have been elected.
#[test]
fn a_lease_lasts_no_longer_than_the_promises_behind_it() {
    for (delay, age, is_held) in [(0, 0, true), (0, 134, true), (0, 135, false), (100, 134, true), (100, 135, false)] {
        let mut leader = Alone::with(Configuration::of([N1, N2, N3]), 0, &[], |config| config.reads = ReadMode::Lease);
        leader.0.tick(Ticks(1_000));
        leader.lead();
        leader.hear(N2, 1, accepted(1));
        let sent = leader.0.deadline();
        leader.0.tick(sent);
        leader.sent();
        leader.0.tick(sent + delay);
        leader.sent();
        leader.hear(N2, 1, Body::AppendAccepted { matched: LogIndex(1), round: 1 });
        leader.0.tick(sent + age);
        leader.sent();
        leader.0.read_index(7).unwrap();
        let answered = leader.0.ready().is_some_and(|ready| !ready.reads.is_empty());
        assert_eq!(answered, is_held, "answered after {delay}, read after {age}");
    }
}
