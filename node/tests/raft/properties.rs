//! Random inputs against a naive model, which is slow and plain.

use crate::{alone::log, cluster::Cluster};
use node::raft::{
    Body, Config, Configuration, EntryId, HardState, Log, LogIndex, Message, NodeId, Raft, Role, Start, Term, Ticks,
    configuration::Outcome,
};
use proptest::prelude::*;
use std::collections::BTreeSet;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Questions about a log, against looking at each entry.
    #[test]
    fn questions_to_the_log_agree_with_looking_at_each_entry(
        mut terms in prop::collection::vec(1u64..8, 0..12),
        index in 0u64..14,
        term in 0u64..9,
        through in 0u64..14,
        bytes in 0usize..200,
    ) {
        terms.sort();
        let entries = log(&terms);
        let log = Log::new(EntryId::default(), entries.clone());
        let at = |index: u64| if index == 0 { Some(0) } else { terms.get(index as usize - 1).copied() };
        prop_assert_eq!(log.term(LogIndex(index)).map(|term| term.0), at(index));
        prop_assert_eq!(log.contains(EntryId { term: Term(term), index: LogIndex(index) }), at(index) == Some(term));
        let fitting = entries.iter().rev().find(|entry| entry.id.index.0 <= index && entry.id.term.0 <= term);
        let expected = fitting.map(|entry| entry.id).unwrap_or_default();
        prop_assert_eq!(log.last_with_term_at_most(LogIndex(index), Term(term)), expected);
        let mut slice = Vec::new();
        let mut size = 0;
        for entry in entries.iter().filter(|entry| entry.id.index.0 >= index.max(1) && entry.id.index.0 <= through) {
            size += entry.bytes();
            if size > bytes && !slice.is_empty() {
                break;
            }
            slice.push(entry.clone());
        }
        prop_assert_eq!(log.slice(LogIndex(index.max(1)), LogIndex(through), bytes), &slice[..]);
    }

    /// L26. What quorums have reached, and how a vote stands, by trying every set of nodes: a quorum is a set that has more than half of
    /// the voters and, in a joint configuration, more than half of those that go.
    #[test]
    fn joint_decisions_agree_with_every_subset(
        voters in prop::collection::btree_set((1u64..7).prop_map(NodeId), 1..6),
        outgoing in prop::collection::btree_set((1u64..7).prop_map(NodeId), 0..6),
        learners in prop::collection::btree_set((1u64..7).prop_map(NodeId), 0..3),
        values in prop::collection::vec(0u64..5, 7),
        votes in prop::collection::vec(prop::option::of(any::<bool>()), 7),
    ) {
        let configuration = Configuration { voters, outgoing, learners, ..Configuration::default() };
        let more_than_half = |side: &BTreeSet<NodeId>, set: &[NodeId]| {
            2 * side.iter().filter(|id| set.contains(id)).count() > side.len()
        };
        let is_quorum = |set: &[NodeId]| {
            let Configuration { voters, outgoing, .. } = &configuration;
            more_than_half(voters, set) && (outgoing.is_empty() || more_than_half(outgoing, set))
        };
        let subsets = (0..1u32 << 6).map(|bits| (1..7).filter(|id| bits & (1 << (id - 1)) != 0).map(NodeId).collect());
        let quorums: Vec<Vec<NodeId>> = subsets.filter(|set: &Vec<NodeId>| is_quorum(set)).collect();
        let (value, vote) = (|id: NodeId| values[id.0 as usize], |id: NodeId| votes[id.0 as usize]);
        let least = |set: &Vec<NodeId>| {
            let voting = set.iter().filter(|&&id| configuration.is_voter(id));
            voting.map(|&id| value(id)).min().expect("a quorum is not empty")
        };
        prop_assert_eq!(configuration.reached(value), quorums.iter().map(least).max());
        let outcome = if quorums.iter().any(|set| set.iter().all(|&id| vote(id) == Some(true))) {
            Outcome::Won
        } else if quorums.iter().all(|set| set.iter().any(|&id| vote(id) == Some(false))) {
            Outcome::Lost
        } else {
            Outcome::Open
        };
        prop_assert_eq!(configuration.tally(vote), outcome);
        // Any two quorums share a node, which is what all of it rests on; so does one of the next configuration with one of these.
        for (one, other) in quorums.iter().flat_map(|one| quorums.iter().map(move |other| (one, other))) {
            prop_assert!(one.iter().any(|id| other.contains(id)));
        }
    }

    /// L27. Answers in any order, repeated, late, of this and of earlier terms: the commit index is the greatest that a quorum has
    /// reached by counting one by one, if its entry is of the leader's own term; and it never moves back.
    #[test]
    fn commit_agrees_with_counting(
        size in 1u64..8,
        inherited in 0u64..4,
        own in 1u64..8,
        acks in prop::collection::vec((2u64..8, 0u64..12, prop::bool::weighted(0.8)), 0..40),
    ) {
        let mut leader = leader(size, inherited);
        for _ in 1..own {
            leader.propose(bytes::Bytes::new()).unwrap();
        }
        settle(&mut leader);
        let last = inherited + own;
        let mut matched = vec![0; size as usize];
        matched[0] = last;
        for (peer, ack, is_current) in acks.into_iter().filter(|&(peer, ..)| peer <= size) {
            let ack = ack.min(last);
            let term = Term(if is_current { 5 } else { 4 });
            let body = Body::AppendAccepted { matched: LogIndex(ack), round: 0 };
            leader.step(Message { from: NodeId(peer), to: NodeId(1), term, body });
            settle(&mut leader);
            if is_current {
                let known = &mut matched[peer as usize - 1];
                *known = ack.max(*known);
            }
            let on_quorum = (0..=last).rev().find(|&index| {
                2 * matched.iter().filter(|&&matched| matched >= index).count() > size as usize
            });
            let expected = on_quorum.filter(|&index| index > inherited).unwrap_or(0);
            prop_assert_eq!(leader.status().commit, LogIndex(expected), "matched {:?}", matched);
        }
    }

    /// Whatever two logs that a cluster can have look like, a leader makes the other's the same as its own (L6, L7, L17), and a round trip
    /// per conflicting term is enough.
    #[test]
    fn any_two_logs_are_brought_into_line(
        mut shared in prop::collection::vec(1u64..4, 0..6),
        // Odd and even terms: no two leaders share one.
        mut ours in prop::collection::vec((2u64..8).prop_map(|term| term * 2), 0..20),
        mut theirs in prop::collection::vec((2u64..8).prop_map(|term| term * 2 + 1), 0..20),
        bytes in prop_oneof![Just(10usize), Just(100), Just(1 << 20)],
        compacted in prop_oneof![Just(0usize), 0..25usize],
    ) {
        shared.sort();
        ours.sort();
        theirs.sort();
        let terms = |log: &[u64]| log.windows(2).filter(|pair| pair[0] != pair[1]).count() + 1;
        let allowed = terms(&ours).min(terms(&theirs)) + terms(&shared) + 1;
        let mut cluster = Cluster::with(3, |config| config.append_bytes_max = bytes);
        cluster.chunk_bytes = 100;
        let compacted = compacted.min(shared.len() + ours.len());
        let hard_state = HardState { term: Term(20), vote: None };
        cluster.given(NodeId(1), hard_state, &[shared.clone(), ours].concat(), compacted);
        cluster.given(NodeId(2), hard_state, &[shared, theirs].concat(), 0);
        cluster.crash(NodeId(2), 0);
        cluster.elect(NodeId(1));
        cluster.start(NodeId(2));
        cluster.time_out(NodeId(1));
        let mut refusals = 0;
        while let Some(message) = cluster.network.pop_front() {
            refusals += usize::from(matches!(message.body, Body::AppendRejected { .. }));
            cluster.deliver(message);
        }
        // A snapshot brings what the leader has discarded.
        let all = |id: u64| cluster.nodes[&NodeId(id)].disk.log().cloned().collect::<Vec<_>>();
        prop_assert_eq!(all(1), all(2));
        prop_assert!(refusals <= allowed, "{} refusals, {} allowed", refusals, allowed);
    }
}

/// n1, leading term 5, with `inherited` entries of earlier terms.
fn leader(size: u64, inherited: u64) -> Raft {
    let config = Config::new(NodeId(1), (1..=size).map(NodeId));
    let terms: Vec<u64> = (1..=inherited).collect();
    let hard_state = HardState { term: Term(4), vote: None };
    let mut raft = Raft::new(config, Start { hard_state, snapshot: None, entries: log(&terms) }, Ticks(0));
    raft.tick(raft.deadline());
    settle(&mut raft);
    let (pre_vote, vote) =
        (Body::PreVoteResponse { next: Term(5), granted: true }, Body::VoteResponse { granted: true });
    for (term, body) in [(4, pre_vote), (5, vote)] {
        for peer in 2..=size {
            raft.step(Message { from: NodeId(peer), to: NodeId(1), term: Term(term), body: body.clone() });
            settle(&mut raft);
        }
    }
    assert_eq!(raft.status().role, Role::Leader);
    raft
}

/// A prompt disk.
fn settle(raft: &mut Raft) {
    while let Some(ready) = raft.ready() {
        if let Some(write) = ready.write {
            raft.persisted(write.number);
        }
    }
}
