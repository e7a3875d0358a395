//! Random inputs against a naive model, which is slow and plain.

use crate::cluster::Cluster;
use node::raft::{
    Body, Config, Entry, EntryId, HardState, Log, LogIndex, Message, NodeId, Payload, Raft, Role, Start, Term, Ticks,
};
use proptest::prelude::*;

fn entry(index: u64, term: u64) -> Entry {
    Entry { id: EntryId { term: Term(term), index: LogIndex(index) }, payload: Payload::Noop }
}

fn log(terms: &[u64]) -> Vec<Entry> {
    (1..).zip(terms).map(|(index, &term)| entry(index, term)).collect()
}

/// What may be done to a log.
#[derive(Clone, Debug)]
enum Step {
    /// Add so many entries, of a term so much later than the last.
    Append { count: u64, later: u64 },
    /// Remove the entries from here on, taken modulo the length.
    Truncate { from: u64 },
    /// Hand everything over to storage.
    Write,
    /// Storage has done the oldest write under way.
    Persist,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (1u64..4, 0u64..3).prop_map(|(count, later)| Step::Append { count, later }),
        1 => any::<u64>().prop_map(|from| Step::Truncate { from }),
        2 => Just(Step::Write),
        2 => Just(Step::Persist),
    ]
}

/// The log as its documentation says: a list, a disk, and the writes between them.
#[derive(Default)]
struct Model {
    entries: Vec<Entry>,
    disk: Vec<Entry>,
    /// What will be on the disk once all writes are done.
    handed: Vec<Entry>,
    writes: Vec<(Option<LogIndex>, Vec<Entry>)>,
    /// What the caller of the log knows to be durable once the write is done, clamped by every truncation.
    through: Vec<u64>,
}

impl Model {
    fn persist(&mut self) {
        let (cut, entries) = self.writes.remove(0);
        if let Some(cut) = cut {
            self.disk.truncate(cut.previous().0 as usize);
        }
        for entry in entries {
            assert_eq!(entry.id.index.0, self.disk.len() as u64 + 1, "what storage is told continues what it has");
            self.disk.push(entry);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// The log holds what was appended and not truncated; storage, told of the differences only, ends up with the same; and what the
    /// log takes for durable is on disk.
    #[test]
    fn the_log_agrees_with_a_list_and_a_disk(steps in prop::collection::vec(step(), 0..60)) {
        let mut log = Log::new(EntryId::default(), Vec::new());
        let mut model = Model::default();
        let mut term = 1;
        for step in steps {
            match step {
                Step::Append { count, later } => {
                    term += later;
                    for _ in 0..count {
                        let entry = entry(model.entries.len() as u64 + 1, term);
                        log.append(std::slice::from_ref(&entry));
                        model.entries.push(entry);
                    }
                }
                Step::Truncate { from } => {
                    let from = from % (model.entries.len() as u64 + 1) + 1;
                    // Only a later leader removes anything, and what it adds is of a later term.
                    term += 1;
                    log.truncate(LogIndex(from));
                    model.entries.truncate(from as usize - 1);
                    model.through.iter_mut().for_each(|through| *through = (*through).min(from - 1));
                }
                Step::Write => {
                    prop_assert_eq!(log.has_unwritten(), model.handed != model.entries);
                    model.writes.push(log.take_unwritten());
                    model.handed = model.entries.clone();
                    model.through.push(model.entries.len() as u64);
                }
                Step::Persist if !model.writes.is_empty() => {
                    model.persist();
                    log.persisted(LogIndex(model.through.remove(0)));
                }
                Step::Persist => {}
            }
            prop_assert_eq!(log.last(), model.entries.last().map(|entry| entry.id).unwrap_or_default());
            prop_assert_eq!(log.slice(LogIndex(1), LogIndex(u64::MAX), usize::MAX), &model.entries[..]);
            let durable = log.durable().0 as usize;
            prop_assert_eq!(&model.disk[..durable], &model.entries[..durable]);
        }
        model.writes.push(log.take_unwritten());
        while !model.writes.is_empty() {
            model.persist();
        }
        prop_assert_eq!(model.disk, model.entries);
    }

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
    ) {
        shared.sort();
        ours.sort();
        theirs.sort();
        let terms = |log: &[u64]| log.windows(2).filter(|pair| pair[0] != pair[1]).count() + 1;
        let allowed = terms(&ours).min(terms(&theirs)) + terms(&shared) + 1;
        let mut cluster = Cluster::with(3, |config| config.append_bytes_max = bytes);
        let hard_state = HardState { term: Term(20), vote: None };
        cluster.given(NodeId(1), hard_state, &[shared.clone(), ours].concat(), 0);
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
        let all = |id| cluster.raft(NodeId(id)).log().slice(LogIndex(1), LogIndex(99), usize::MAX).to_vec();
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
