//! Seeded bugs: mistakes that real implementations made, to be switched on so that a harness can show that it finds them.
//!
//! They are ordinary configuration. Without the cargo feature `seeded-bugs`, [`Bugs::has`] is constantly false and the
//! compiler removes the wrong branches.

/// Each row is a bug, its name on the command line, what goes wrong, and where it was met: an issue, a change or a report of a real
/// system, or else the rule that it breaks.
macro_rules! bugs {
    ($($bug:ident $name:literal $summary:literal $source:literal;)*) => {
        /// A mistake, named for what it breaks.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Bug {
            $(#[doc = concat!($summary, ". Source: ", $source)] $bug,)*
        }

        impl Bug {
            /// Every bug, in the order in which they are listed.
            pub const ALL: &[Bug] = &[$(Bug::$bug),*];

            /// The name on the command line.
            pub fn name(self) -> &'static str {
                match self {
                    $(Bug::$bug => $name,)*
                }
            }

            /// What goes wrong, in a sentence, with the source in parentheses.
            pub fn summary(self) -> &'static str {
                match self {
                    $(Bug::$bug => concat!($summary, " (", $source, ")"),)*
                }
            }
        }
    };
}

bugs! {
    // Durability and restart.
    VoteNotPersisted "vote-not-persisted"
        "a vote is forgotten in a restart, so that a node can vote twice in a term"
        "NodeDB#161, raft-java#57";
    ForgetTerm "forget-term"
        "the term and the vote are not stored"
        "PySyncObj#202";
    AckBeforeFsync "ack-before-fsync"
        "entries and votes are acknowledged before they are on disk, where they get some time later"
        "Jepsen on NATS 2.12.1, cockroach#30260";

    // Replication and commit.
    AckBeforeQuorum "ack-before-quorum"
        "a leader acknowledges writes that only it has stored"
        "the paper, section 5.3";
    CommitOlderTerm "commit-older-term"
        "a leader commits entries of earlier terms by counting replicas (Figure 8)"
        "LogCabin#44, async-raft#108";
    TruncateAlways "truncate-always"
        "a follower cuts its log behind the previous entry of every append, not only at a conflict"
        "openraft 9540c904, RaftOS#26";

    // Elections.
    VoteTwice "vote-twice"
        "a node votes for every candidate of a term"
        "the paper, section 5.2";
    SkipLogCheck "skip-log-check"
        "a voter does not ask whether the candidate's log is as up to date as its own"
        "the paper, section 5.4.1";

    // Membership.

    // Snapshots.

    // Reads.
    StaleRead "stale-read"
        "a leader answers reads without making sure that it still leads"
        "Jepsen on etcd and Consul 2014, Xraft#40";

    // Clients and transfers.
}

impl std::str::FromStr for Bug {
    type Err = String;

    fn from_str(name: &str) -> Result<Bug, String> {
        Bug::ALL.iter().copied().find(|bug| bug.name() == name).ok_or_else(|| {
            let names: Vec<&str> = Bug::ALL.iter().map(|bug| bug.name()).collect();
            format!("no bug is named `{name}`; there are {}", names.join(", "))
        })
    }
}

/// A set of bugs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bugs(u128);

const _: () = assert!(Bug::ALL.len() <= u128::BITS as usize);

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
