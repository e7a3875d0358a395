//! Cluster membership changes: section 6 of the paper, by joint consensus, with learners (dissertation 4.2.1).
//!
//! A change goes from one configuration through a joint one to the next, and each of them is an entry of the log. The leader adds
//! the joint one, in which neither the old voters nor the new ones can decide alone; when it is committed, the leader adds the one
//! behind it, by itself. A change that touches only learners needs no joint configuration, since it leaves every majority as it is.
//!
//! One change at a time, and none before the leader has committed an entry of its own term: otherwise a leader that does not know
//! of an earlier change could begin another one whose majorities need not meet the majorities of the first (found in 2015 for
//! changes of a single server, and kept here because it costs nothing).

use super::{
    bug::Bug,
    configuration::{Configuration, Placed},
    core::{NotLeader, Raft},
    message::Body,
    progress::Progress,
    ready::Event,
    state::State,
    types::{Entry, EntryId, LogIndex, NodeId, Payload},
};
use std::borrow::Cow;

/// Why the configuration was not changed. It is certain that it will not be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChangeError {
    /// Only a leader changes the configuration.
    #[error(transparent)]
    NotLeader(#[from] NotLeader),
    /// The leadership is being given to another node.
    #[error("the leadership is being transferred")]
    Transferring,
    /// The leader does not know yet what is committed.
    #[error("the leader has not committed an entry of its own term yet")]
    TooEarly,
    /// Another change comes first.
    #[error("the change at log index {0} is under way")]
    Pending(LogIndex),
    /// Nobody could ever change anything again.
    #[error("a cluster needs a voter")]
    NoVoters,
    /// It would take part in majorities before it can keep up, and so keep the cluster from committing.
    #[error("{node} has to catch up first: it is known to have {matched} of {last} entries")]
    Behind {
        /// Who was to become a voter.
        node: NodeId,
        /// How far its log is known to match the leader's.
        matched: LogIndex,
        /// The leader's last entry.
        last: LogIndex,
    },
}

impl Raft {
    /// The configuration in force.
    pub fn configuration(&self) -> &Configuration {
        &self.configurations.last().configuration
    }

    /// The configuration by whose majorities votes and copies are counted: the one in force.
    pub(super) fn electorate(&self) -> Cow<'_, Configuration> {
        let configuration = self.configuration();
        match configuration.is_joint() && self.config.bugs.has(Bug::JointUnion) {
            true => Cow::Owned(Configuration::of(configuration.voters.union(&configuration.outgoing).copied())),
            false => Cow::Borrowed(configuration),
        }
    }

    /// Where the configuration in force stands in the log; where the log began, if it is not among its entries.
    pub fn configuration_index(&self) -> LogIndex {
        self.configurations.last().index
    }

    /// The configuration that a snapshot of everything up to a position has to hold.
    pub fn configuration_at(&self, index: LogIndex) -> Configuration {
        self.configurations.at(index).clone()
    }

    /// Asks for another configuration. Returns the first entry of the change, if this leader stays. It is done when no change is
    /// pending any more and the configuration in force is the wanted one.
    ///
    /// # Errors
    /// If this node is not the leader, or the change is not possible now.
    pub fn change(&mut self, target: &Configuration) -> Result<EntryId, ChangeError> {
        let leader = self.leader();
        let State::Leader(leadership) = &self.state else { return Err(NotLeader { leader }.into()) };
        if leadership.transfer.is_some() {
            return Err(ChangeError::Transferring);
        }
        let is_early = self.config.bugs.has(Bug::ChangeTooEarly);
        if self.commit < leadership.noop && !is_early {
            return Err(ChangeError::TooEarly);
        }
        let Placed { index, configuration } = self.configurations.last();
        if configuration.is_joint() || *index > self.commit {
            return Err(ChangeError::Pending(*index));
        }
        if target.voters.is_empty() || target.is_joint() {
            return Err(ChangeError::NoVoters);
        }
        let last = self.log.last().index;
        for &node in target.voters.difference(&configuration.voters) {
            let progress = leadership.followers.get(&node);
            let matched = progress.map(|progress| progress.matched).unwrap_or_default();
            let is_heard = progress.is_some_and(|progress| progress.heard + self.config.election_timeout.1 > self.now);
            // Who was just added counts as heard, and may never have been there.
            if !is_heard || matched == LogIndex(0) || matched.0 + self.config.promotion_lag_max < last.0 {
                return Err(ChangeError::Behind { node, matched, last });
            }
        }
        // To joint consensus this mistake does no harm. It was made with changes of one server at a time (dissertation 4.1).
        let is_direct = is_early && configuration.voters.symmetric_difference(&target.voters).count() == 1;
        let step = if is_direct { target.clone() } else { configuration.towards(target) };
        Ok(self.append_own(Payload::Configuration(step.into())))
    }

    /// These entries were added to the log: a configuration among them is in force at once. Returns whether there is one.
    pub(super) fn note_configurations(&mut self, entries: &[Entry]) -> bool {
        let mut is_changed = false;
        for entry in entries {
            if let Payload::Configuration(configuration) = &entry.payload {
                self.configurations.push(Placed { index: entry.id.index, configuration: (**configuration).clone() });
                is_changed = true;
            }
        }
        is_changed
    }

    pub(super) fn trace_configuration(&mut self) {
        let Placed { index, configuration } = self.configurations.last().clone();
        self.ready.events.push(Event::Configuration { index, configuration });
    }

    /// The leader begins to send to members that are new. From a quorum of other members it has no promises.
    pub(super) fn follow_members(&mut self) {
        let (members, own) = (self.configuration().members(), self.config.id);
        let fresh = Progress::new(self.log.last().index.next(), self.now);
        let State::Leader(leadership) = &mut self.state else { return };
        for member in members.into_iter().filter(|&id| id != own) {
            leadership.followers.entry(member).or_insert_with(|| fresh.clone());
        }
        leadership.lease.restart();
    }

    /// Whoever was removed is told so, and then left alone: it has the configuration without it and knows that it is committed, or it
    /// does not answer.
    pub(super) fn forget_removed(&mut self) {
        let Placed { index, configuration } = self.configurations.last();
        let (now, patience) = (self.now, self.config.election_timeout.1);
        let State::Leader(leadership) = &mut self.state else { return };
        leadership.followers.retain(|&id, progress| {
            let is_told = progress.matched >= *index && progress.commit_sent >= *index;
            configuration.is_member(id) || (!is_told && now < progress.heard + patience)
        });
    }

    /// The commit index rose, perhaps over the configuration in force: then the change goes on, or is over.
    pub(super) fn advance_configuration(&mut self) {
        let Placed { index, configuration } = self.configurations.last();
        if *index > self.commit {
            return;
        }
        if configuration.is_joint() {
            let next = configuration.left();
            self.append_own(Payload::Configuration(next.into()));
        } else if !configuration.is_voter(self.config.id) {
            self.resign();
        }
    }

    /// A leader that the committed configuration does not let vote steps down (section 6), and asks the voter that knows most to
    /// stand for election at once.
    fn resign(&mut self) {
        let State::Leader(leadership) = &self.state else { return };
        let voters = &self.configuration().voters;
        let followers = leadership.followers.iter().filter(|(id, _)| voters.contains(id));
        let successor = followers.max_by_key(|(_, progress)| progress.matched).map(|(&id, _)| id);
        for peer in self.followers() {
            self.send_append(peer, false);
        }
        if let Some(successor) = successor {
            self.send_now(successor, Body::TimeoutNow);
        }
        self.become_follower(self.term(), None);
    }
}
