//! Seeded bugs: mistakes that real implementations made, to be switched on so that a harness can show that it finds them.
//!
//! They are ordinary configuration. Without the cargo feature `seeded-bugs`, [`Bugs::has`] is constantly false and the
//! compiler removes the wrong branches.

/// A mistake, named for what it breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Bug {
    /// The vote is not part of the stored hard state: after a restart the node votes again in the same term.
    VoteNotPersisted,
    /// A second candidate of the same term gets the vote as well.
    VoteTwice,
    /// The leader commits entries of earlier terms by counting replicas (the paper's Figure 8).
    CommitOlderTerm,
    /// A follower cuts its log behind the previous entry of every append, and not only at a real conflict.
    TruncateAlways,
    /// A voter does not compare its log with the candidate's (section 5.4.1).
    SkipLogCheck,
    /// Writes are reported durable at once and flushed later.
    AckBeforeFsync,
    /// The leader takes its own durable copy for a quorum.
    AckBeforeQuorum,
    /// A leader answers reads without asking a quorum whether it still leads.
    StaleRead,
    /// The term is not stored: after a restart the node believes in term 0.
    ForgetTerm,
}

impl Bug {
    /// Every bug, in the order in which they are listed.
    pub const ALL: [Bug; 9] = [
        Bug::VoteNotPersisted,
        Bug::VoteTwice,
        Bug::CommitOlderTerm,
        Bug::TruncateAlways,
        Bug::SkipLogCheck,
        Bug::AckBeforeFsync,
        Bug::AckBeforeQuorum,
        Bug::StaleRead,
        Bug::ForgetTerm,
    ];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Bug::VoteNotPersisted => "vote-not-persisted",
            Bug::VoteTwice => "vote-twice",
            Bug::CommitOlderTerm => "commit-older-term",
            Bug::TruncateAlways => "truncate-always",
            Bug::SkipLogCheck => "skip-log-check",
            Bug::AckBeforeFsync => "ack-before-fsync",
            Bug::AckBeforeQuorum => "ack-before-quorum",
            Bug::StaleRead => "stale-read",
            Bug::ForgetTerm => "forget-term",
        }
    }

    /// What goes wrong, in a sentence.
    pub fn summary(self) -> &'static str {
        match self {
            Bug::VoteNotPersisted => "a vote is forgotten in a restart, so that a node can vote twice in a term",
            Bug::VoteTwice => "a node votes for every candidate of a term",
            Bug::CommitOlderTerm => "a leader commits entries of earlier terms by counting replicas (Figure 8)",
            Bug::TruncateAlways => "a follower cuts its log at every append, not only at a conflict",
            Bug::SkipLogCheck => "a voter does not ask whether the candidate's log is as up to date as its own",
            Bug::AckBeforeFsync => "entries and votes are acknowledged before they are on disk",
            Bug::AckBeforeQuorum => "a leader acknowledges writes that only it has stored",
            Bug::StaleRead => "a leader answers reads without making sure that it still leads",
            Bug::ForgetTerm => "the term and the vote are not stored",
        }
    }
}

impl std::str::FromStr for Bug {
    type Err = String;

    fn from_str(name: &str) -> Result<Bug, String> {
        Bug::ALL.into_iter().find(|bug| bug.name() == name).ok_or_else(|| {
            let names: Vec<&str> = Bug::ALL.iter().map(|bug| bug.name()).collect();
            format!("no bug is named `{name}`; there are {}", names.join(", "))
        })
    }
}

/// A set of bugs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bugs(u32);

impl Bugs {
    /// Whether this bug is switched on.
    #[cfg(feature = "seeded-bugs")]
    pub fn has(self, bug: Bug) -> bool {
        self.0 & (1 << bug as u8) != 0
    }

    /// Never: this program was built without seeded bugs.
    #[cfg(not(feature = "seeded-bugs"))]
    pub const fn has(self, _bug: Bug) -> bool {
        false
    }
}

impl FromIterator<Bug> for Bugs {
    fn from_iter<I: IntoIterator<Item = Bug>>(bugs: I) -> Bugs {
        Bugs(bugs.into_iter().fold(0, |set, bug| set | 1 << bug as u8))
    }
}
