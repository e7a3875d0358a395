//! Log replication: sections 5.3 and 5.4.2. First the leader's side, then the follower's.

use super::{
    bug::Bug,
    core::{Raft, State},
    message::Body,
    quorum,
    ready::Event,
    types::{Entry, EntryId, LogIndex, NodeId, Payload},
};

impl Raft {
    /// Adds an entry to the leader's own log. A leader never does anything else to its log (Leader Append-Only).
    pub(super) fn append_own(&mut self, payload: Payload) -> EntryId {
        let id = EntryId { term: self.term(), index: self.log.last().index.next() };
        let entry = Entry { id, payload };
        let State::Leader(leadership) = &mut self.state else { unreachable!("only a leader makes entries") };
        leadership.uncommitted_bytes += entry.bytes();
        self.log.append(std::slice::from_ref(&entry));
        self.trace_append(std::slice::from_ref(&entry));
        id
    }

    /// Time to show that the leader is alive: an empty append to everybody (section 5.2).
    pub(super) fn heartbeat(&mut self) {
        let State::Leader(leadership) = &mut self.state else { return };
        leadership.heartbeat_due = self.now + self.config.heartbeat;
        for peer in self.peers() {
            self.send_append(peer, false);
        }
    }

    /// Sends each follower what it lacks, as far as its pace allows, and begins a round of read confirmation if a read waits
    /// for one. It is done once for all inputs since the last [`Raft::ready`]: that makes batches.
    pub(super) fn send_appends(&mut self) {
        let State::Leader(leadership) = &mut self.state else { return };
        if leadership.reads.back().is_some_and(|read| read.round > leadership.round) {
            leadership.round += 1;
        }
        let last = self.log.last().index;
        let in_flight_max = self.config.in_flight_max;
        for peer in self.peers() {
            loop {
                let State::Leader(leadership) = &self.state else { return };
                let progress = &leadership.followers[&peer];
                if progress.next <= last && progress.is_ready(in_flight_max) {
                    self.send_append(peer, true);
                } else {
                    if progress.round_sent < leadership.round {
                        self.send_append(peer, false);
                    }
                    break;
                }
            }
        }
        self.confirm_reads();
    }

    /// One append, with entries or without.
    fn send_append(&mut self, peer: NodeId, with_entries: bool) {
        let commit = self.commit;
        let State::Leader(leadership) = &mut self.state else { return };
        let round = leadership.round;
        let Some(progress) = leadership.followers.get_mut(&peer) else { return };
        let index = progress.next.previous();
        let term = self.log.term(index).expect("what is before `next` is in the leader's log");
        let entries = if with_entries {
            self.log.slice(progress.next, self.log.last().index, self.config.append_bytes_max).to_vec()
        } else {
            Vec::new()
        };
        if let Some(last) = entries.last() {
            progress.sent(last.id.index);
        }
        progress.round_sent = round;
        // The leader's entries may leave before they are durable here: it does not count its own copy until then.
        self.send_now(peer, Body::Append { prev: EntryId { term, index }, entries, commit, round });
    }

    /// A follower's log matches up to `matched`.
    pub(super) fn take_accepted(&mut self, from: NodeId, matched: LogIndex, round: u64) {
        let last = self.log.last().index;
        let State::Leader(leadership) = &mut self.state else { return };
        let Some(progress) = leadership.followers.get_mut(&from) else { return };
        progress.heard = self.now;
        progress.round_answered = progress.round_answered.max(round);
        progress.accepted(matched.min(last));
        self.advance_commit();
        self.advance_transfer();
        self.confirm_reads();
    }

    /// A follower's log does not have the entry before those that were sent. It names the last one that could match; the
    /// leader goes on from its own last entry of which that is true as well, and so skips a term a round trip (section 5.3).
    pub(super) fn take_rejected(&mut self, from: NodeId, prev: LogIndex, hint: EntryId, round: u64) {
        let retry = self.log.last_with_term_at_most(hint.index, hint.term).index;
        let State::Leader(leadership) = &mut self.state else { return };
        let Some(progress) = leadership.followers.get_mut(&from) else { return };
        // A refusal of entries is no refusal of the leader: it still answers the round.
        progress.heard = self.now;
        progress.round_answered = progress.round_answered.max(round);
        progress.rejected(prev, retry);
        self.confirm_reads();
    }

    /// The leader counts its own copy, as far as it is durable.
    pub(super) fn acknowledge_own(&mut self) {
        let (term, index) = (self.term(), self.log.durable());
        let State::Leader(leadership) = &mut self.state else { return };
        if index > leadership.matched {
            leadership.matched = index;
            self.ready.events.push(Event::Ack { term, index });
            self.advance_commit();
        }
    }

    /// Commits what a quorum has (Figure 2, the last rule for leaders).
    fn advance_commit(&mut self) {
        let State::Leader(leadership) = &self.state else { return };
        let mut matched: Vec<LogIndex> = leadership.followers.values().map(|progress| progress.matched).collect();
        matched.push(leadership.matched);
        let mut index = quorum::reached(matched);
        if self.config.bugs.has(Bug::AckBeforeQuorum) {
            index = leadership.matched;
        }
        // An entry of an earlier term may be on a quorum and still be overwritten (Figure 8). Only an entry of the leader's own
        // term is committed by counting, and all before it along with it (section 5.4.2).
        let is_own = self.log.term(index) == Some(self.term()) || self.config.bugs.has(Bug::CommitOlderTerm);
        if index <= self.commit || !is_own {
            return;
        }
        let own_term = self.term();
        let newly = self.log.slice(self.commit.next(), index, usize::MAX);
        // Entries of earlier terms were never counted as this leader's.
        let bytes: usize = newly.iter().filter(|entry| entry.id.term == own_term).map(Entry::bytes).sum();
        let State::Leader(leadership) = &mut self.state else { return };
        leadership.uncommitted_bytes -= bytes;
        self.commit_to(index);
        self.index_reads();
    }

    /// The follower's side: an append of the current term (Figure 2, AppendEntries).
    pub(super) fn answer_append(
        &mut self,
        from: NodeId,
        prev: EntryId,
        entries: &[Entry],
        commit: LogIndex,
        round: u64,
    ) {
        if matches!(self.state, State::Leader(_)) {
            // Another leader of this term. Election Safety excludes it; whatever it is, it is not to be obeyed.
            return;
        }
        if self.leader() != Some(from) {
            self.become_follower(self.term(), Some(from));
        }
        self.leader_heard = Some(self.now);
        self.restart_election_timer();

        if !self.log.contains(prev) {
            let hint = self.log.last_with_term_at_most(prev.index, prev.term);
            return self.send_dependent(from, Body::AppendRejected { prev: prev.index, hint, round });
        }
        self.reconcile(prev, entries);
        // What lies beyond this message was not compared with the leader's log: it is neither acknowledged nor committed.
        let matched = LogIndex(prev.index.0 + entries.len() as u64);
        self.commit_to(commit.min(matched));
        if entries.is_empty() && self.is_term_durable() {
            // A heartbeat is answered without waiting for writes under way, as far as the disk has got: a slow disk should not
            // look like a dead node.
            let body = Body::AppendAccepted { matched: matched.min(self.log.durable()), round };
            let message = self.message(from, body);
            self.release(message);
        } else {
            self.send_dependent(from, Body::AppendAccepted { matched, round });
        }
    }

    /// Makes the log contain the entries behind `prev`. Only a real conflict removes anything: an old or repeated message finds
    /// all it brings in place, and must not cost the entries that came after it (section 5.3).
    fn reconcile(&mut self, prev: EntryId, entries: &[Entry]) {
        if self.config.bugs.has(Bug::TruncateAlways) && self.log.last().index > prev.index {
            self.truncate(prev.index.next());
        }
        let present = entries.iter().take_while(|entry| self.log.contains(entry.id)).count();
        let Some(first) = entries.get(present) else { return };
        if first.id.index <= self.log.last().index {
            assert!(
                first.id.index > self.commit,
                "the leader's entry {} conflicts with a committed one: {} is broken",
                first.id,
                "Leader Completeness",
            );
            self.truncate(first.id.index);
        }
        self.log.append(&entries[present..]);
        self.trace_append(&entries[present..]);
    }

    fn trace_append(&mut self, entries: &[Entry]) {
        // One event for entries that follow each other, so that a batch is one line.
        if let Some(Event::Append { entries: before }) = self.ready.events.last_mut() {
            before.extend_from_slice(entries);
        } else {
            self.ready.events.push(Event::Append { entries: entries.to_vec() });
        }
    }
}
