//! Log replication: sections 5.3 and 5.4.2. First the leader's side, then the follower's.

use super::{
    bug::Bug,
    core::Raft,
    message::Body,
    progress::{Pace, Progress},
    read::ReadMode,
    ready::Event,
    state::State,
    types::{Entry, EntryId, LogIndex, NodeId, Payload},
};

impl Raft {
    /// Adds an entry to the leader's own log. A leader never does anything else to its log (Leader Append-Only).
    pub(super) fn append_own(&mut self, payload: Payload) -> EntryId {
        let id = EntryId { term: self.term(), index: self.log.last().index.next() };
        let entry = Entry { id, payload };
        let configures = matches!(entry.payload, Payload::Configuration(_));
        let State::Leader(leadership) = &mut self.state else { unreachable!("only a leader makes entries") };
        leadership.uncommitted_bytes += entry.bytes();
        self.log.append(std::slice::from_ref(&entry));
        self.trace_append(std::slice::from_ref(&entry));
        if configures {
            self.note_configurations(std::slice::from_ref(&entry));
            self.trace_configuration();
            self.follow_members();
        }
        id
    }

    /// Time to show that the leader is alive: an empty append to everybody (section 5.2).
    pub(super) fn heartbeat(&mut self) {
        let State::Leader(leadership) = &mut self.state else { return };
        leadership.heartbeat_due = self.now + self.config.heartbeat;
        self.forget_removed();
        self.begin_lease_round();
        // What the round before lacks may have been lost.
        self.begin_round();
        for peer in self.followers() {
            self.send_append(peer, false);
        }
    }

    pub(super) fn followers(&self) -> Vec<NodeId> {
        let State::Leader(leadership) = &self.state else { return Vec::new() };
        leadership.followers.keys().copied().collect()
    }

    /// Up to where a follower's log is known to be this leader's, and durable (Figure 2, matchIndex).
    pub fn matched(&self, follower: NodeId) -> Option<LogIndex> {
        let State::Leader(leadership) = &self.state else { return None };
        leadership.followers.get(&follower).map(|progress| progress.matched)
    }

    /// The greatest value that a quorum of the configuration in force has reached, given this leader's own value and that of each
    /// follower. A leader that has no vote does not count (section 6).
    pub(super) fn reached<T: Ord + Copy + Default>(&self, own: T, value: impl Fn(&Progress) -> T) -> Option<T> {
        let State::Leader(leadership) = &self.state else { return None };
        self.electorate().reached(|id| match leadership.followers.get(&id) {
            Some(progress) => value(progress),
            None if id == self.config.id => own,
            None => T::default(),
        })
    }

    /// Sends each follower what it lacks, as far as its pace allows, and begins a round of read confirmation if a read waits
    /// for one. It is done once for all inputs since the last [`Raft::ready`]: that makes batches.
    pub(super) fn send_appends(&mut self) {
        let State::Leader(leadership) = &self.state else { return };
        // One round at a time, so that it is shared by all reads that arrived during the one before.
        if leadership.awaits_round() && self.confirmed_round() == Some(leadership.round) {
            self.begin_round();
        }
        let last = self.log.last().index;
        let window = self.config.window;
        for peer in self.followers() {
            loop {
                let State::Leader(leadership) = &self.state else { return };
                let progress = &leadership.followers[&peer];
                if progress.is_ready(window, last) {
                    self.send_append(peer, true);
                } else {
                    if progress.round_sent < leadership.round {
                        self.send_append(peer, false);
                    }
                    break;
                }
            }
            self.request_chunk(peer);
        }
        self.confirm_reads();
    }

    /// One append, with entries or without.
    pub(super) fn send_append(&mut self, peer: NodeId, with_entries: bool) {
        let commit = self.commit;
        let State::Leader(leadership) = &mut self.state else { return };
        let round = leadership.round;
        let Some(progress) = leadership.followers.get_mut(&peer) else { return };
        let index = progress.next.previous();
        if !matches!(progress.pace, Pace::Snapshot { .. })
            && self.log.term(index).is_none()
            && let Some(snapshot) = &self.snapshot
        {
            progress.begin_snapshot(snapshot.last);
        }
        let (prev, entries) = match (&progress.pace, self.log.term(index)) {
            (Pace::Probe { .. } | Pace::Replicate { .. }, Some(term)) if with_entries => {
                let entries = self.log.slice(progress.next, self.log.last().index, self.config.append_bytes_max);
                (EntryId { term, index }, entries.to_vec())
            }
            (Pace::Probe { .. } | Pace::Replicate { .. }, Some(term)) => (EntryId { term, index }, Vec::new()),
            _ if self.config.bugs.has(Bug::AcceptPrevZero) => {
                progress.round_sent = round;
                let (base, last) = (self.log.base().index, self.log.last().index);
                let entries = self.log.slice(base.next(), last, self.config.append_bytes_max).to_vec();
                return self.send_now(peer, Body::Append { prev: EntryId::default(), entries, commit, round });
            }
            // Who gets a snapshot gets heartbeats that fit any log, and say nothing of it.
            _ => (EntryId::default(), Vec::new()),
        };
        if let Some(last) = entries.last() {
            progress.sent(last.id.index, entries.iter().map(Entry::bytes).sum());
        }
        progress.round_sent = round;
        progress.commit_sent = progress.commit_sent.max(commit.min(LogIndex(prev.index.0 + entries.len() as u64)));
        // The leader's entries may leave before they are durable here: it does not count its own copy until then.
        self.send_now(peer, Body::Append { prev, entries, commit, round });
    }

    /// A follower's log matches up to `matched`.
    pub(super) fn take_accepted(&mut self, from: NodeId, matched: LogIndex, round: u64) {
        let (base, last) = (self.log.base().index, self.log.last().index);
        let State::Leader(leadership) = &mut self.state else { return };
        let Some(progress) = leadership.followers.get_mut(&from) else { return };
        progress.heard = self.now;
        progress.round_answered = progress.round_answered.max(round);
        let matched = if self.config.bugs.has(Bug::StaleMatch) { progress.next.previous() } else { matched };
        progress.accepted(matched.min(last), base);
        self.advance_commit();
        self.advance_transfer();
        self.confirm_reads();
    }

    /// A follower's log does not have the entry before those that were sent. It names the last one that could match; the
    /// leader goes on from its own last entry of which that is true as well, and so skips a term a round trip (section 5.3).
    pub(super) fn take_rejected(&mut self, from: NodeId, prev: LogIndex, hint: EntryId, round: u64) {
        if self.config.bugs.has(Bug::CommitOnNack) {
            self.take_accepted(from, hint.index, round);
        }
        let retry = self.log.last_with_term_at_most(hint.index, hint.term).index.min(hint.index);
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
        let is_early = self.config.bugs.has(Bug::LeaderAckEarly);
        let (term, index) = (self.term(), if is_early { self.log.last().index } else { self.log.durable() });
        let State::Leader(leadership) = &mut self.state else { return };
        if index > leadership.matched {
            leadership.matched = index;
            self.ready.events.push(Event::Ack { term, index });
            self.advance_commit();
        }
    }

    /// Storage is full, and will try again. A correct node waits for it; the bug `reuse-index` is not to.
    pub fn storage_full(&mut self) {
        let kept = self.log.durable().max(self.commit);
        if self.config.bugs.has(Bug::ReuseIndex)
            && matches!(self.state, State::Leader(_))
            && kept < self.log.last().index
        {
            self.truncate(kept.next());
        }
    }

    /// Commits what a quorum has (Figure 2, the last rule for leaders).
    fn advance_commit(&mut self) {
        let State::Leader(leadership) = &self.state else { return };
        let Some(mut index) = self.reached(leadership.matched, |progress| progress.matched) else { return };
        if self.config.bugs.has(Bug::AckBeforeQuorum) {
            index = leadership.matched;
        }
        if self.config.bugs.has(Bug::HalfQuorum) {
            let matched = |id| leadership.followers.get(id).map_or(leadership.matched, |progress| progress.matched);
            let mut all: Vec<LogIndex> = self.configuration().voters.iter().map(matched).collect();
            all.sort_unstable();
            index = all[all.len() / 2];
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
        self.advance_configuration();
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
        if !self.hear_leader(from) {
            return;
        }
        if !self.log.contains(prev) {
            let hint = self.log.last_with_term_at_most(prev.index, prev.term);
            return self.send_dependent(from, Body::AppendRejected { prev: prev.index, hint, round });
        }
        self.reconcile(prev, entries);
        // What lies beyond this message was not compared with the leader's log: it is neither acknowledged nor committed.
        let mut matched = LogIndex(prev.index.0 + entries.len() as u64);
        let (own, bugs) = (self.log.last().index, self.config.bugs);
        self.commit_to(commit.min(if bugs.has(Bug::CommitOwnTail) { own } else { matched }));
        if bugs.has(Bug::AckOwnLast) {
            matched = own;
        }
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

    /// Word from the leader of the current term. Returns whether it may be one.
    pub(super) fn hear_leader(&mut self, from: NodeId) -> bool {
        if matches!(self.state, State::Leader(_)) {
            // Another leader of this term. Election Safety excludes it; whatever it is, it is not to be obeyed.
            return false;
        }
        if self.leader() != Some(from) {
            self.become_follower(self.term(), Some(from));
        }
        self.leader_heard = Some(self.now);
        if self.config.reads == ReadMode::Lease {
            self.bound_until = self.now + self.config.election_timeout.0;
        }
        self.restart_election_timer();
        true
    }

    /// Makes the log contain the entries behind `prev`. Only a real conflict removes anything: an old or repeated message finds
    /// all it brings in place, and must not cost the entries that came after it (section 5.3).
    fn reconcile(&mut self, prev: EntryId, entries: &[Entry]) {
        if self.config.bugs.has(Bug::TruncateAlways)
            && self.log.last().index > prev.index
            && prev.index >= self.log.base().index
        {
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
        let new = &entries[present..];
        self.log.append(new);
        self.trace_append(new);
        if self.note_configurations(new) {
            self.trace_configuration();
        }
    }

    /// The bug `accept-prev-zero`: whether entries are taken whatever stands before them. There is something at least.
    pub(super) fn takes_unseen(&self, prev: EntryId, entries: &[Entry]) -> bool {
        let fits = |first: &Entry| first.id.index <= self.log.last().index.next();
        self.config.bugs.has(Bug::AcceptPrevZero) && prev == EntryId::default() && entries.first().is_some_and(fits)
    }

    fn trace_append(&mut self, entries: &[Entry]) {
        if !self.config.is_traced {
            return;
        }
        // One event for entries that follow each other, so that a batch is one line.
        if let Some(Event::Append { entries: before }) = self.ready.events.last_mut() {
            before.extend_from_slice(entries);
        } else {
            self.ready.events.push(Event::Append { entries: entries.to_vec() });
        }
    }
}
