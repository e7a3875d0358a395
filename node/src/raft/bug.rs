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
    LeaderAckEarly "leader-ack-early"
        "a leader counts its own copy of an entry before that is on disk"
        "etcd#14370, openraft a9f696a9";
    ReplyBeforeIo "reply-before-io"
        "answers leave before the writes are done that they tell of"
        "openraft ee460f37";
    SelfVoteEarly "self-vote-early"
        "a candidate asks for votes, and counts its own, before that is on disk"
        "etcd-raft e9e525d";
    ResumeSameTerm "resume-same-term"
        "a leader that was restarted leads on in its old term, and makes other entries in the place of those that it lost"
        "KAFKA-10527";
    ReuseIndex "reuse-index"
        "a leader whose disk is full drops entries that it has sent, and uses their positions again"
        "canonical/raft#320";
    RetryFsync "retry-fsync"
        "a failed fsync is tried again, and its success believed although the data is gone"
        "Rebello and others, ATC 2020";
    TruncateAtDamage "truncate-at-damage"
        "a damaged record in the middle of the log is taken for its end"
        "Alagappan and others, FAST 2018; NuRaft#185, NATS#7549";
    NoDirectorySync "no-directory-sync"
        "the name of a new segment of the log is not synced"
        "etcd#6379; Pillai and others, OSDI 2014";
    AdmitWiped "admit-wiped"
        "a node that lost its directory is taken for the one that it was"
        "NuRaft#504, NuRaft#640";

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
    CommitOwnTail "commit-own-tail"
        "a follower commits what is behind the entries that it has compared with its leader's"
        "NuRaft 5214005, WRaft#118";
    StaleMatch "stale-match"
        "a leader takes the answer to one append for the answer to all that it has sent since"
        "PySyncObj#167, RaftOS#25";
    AckAfterRevert "ack-after-revert"
        "an acknowledgement that waited for the disk is sent although the log has been cut since"
        "openraft cecb5de8";
    CommitOnNack "commit-on-nack"
        "a leader takes the hint in a refusal for an acknowledgement"
        "CCF, NSDI 2025";
    AckOwnLast "ack-own-last"
        "a follower acknowledges the end of its own log, and not that of what it has compared"
        "CCF, NSDI 2025";
    HalfQuorum "half-quorum"
        "half of an even number of voters commits"
        "hashicorp/raft 163a55f, openraft#1802";
    AcceptPrevZero "accept-prev-zero"
        "entries behind a compacted log are sent without the one before them, and taken unseen"
        "WRaft#118, openraft#1795";

    // Elections.
    VoteTwice "vote-twice"
        "a node votes for every candidate of a term"
        "the paper, section 5.2";
    SkipLogCheck "skip-log-check"
        "a voter does not ask whether the candidate's log is as up to date as its own"
        "the paper, section 5.4.1";
    CountLateVotes "count-late-votes"
        "a candidate counts votes of earlier terms"
        "Xraft#33, openraft d000ee20";
    PlainElections "plain-elections"
        "nodes stand without a pre-vote, and voters leave a leader that they hear"
        "Cloudflare's outage of 2020-11-02";
    NoPreVote "no-pre-vote"
        "a node that was cut off comes back with a high term, and deposes the leader"
        "etcd#9333, etcd#12959";
    NoQuorumCheck "no-quorum-check"
        "a leader that hears nobody leads on"
        "CCF, NSDI 2025";
    LearnerStands "learner-stands"
        "a node without a vote stands for election"
        "etcd-raft db54973, hashicorp/raft#483";

    // Membership.
    ChangeTooEarly "change-too-early"
        "a leader changes one voter at a time, and does so before it has committed an entry of its own term"
        "Ongaro on raft-dev in 2015, errata of his dissertation, chapter 4";
    JointUnion "joint-union"
        "a majority of the old and the new voters together decides in a joint configuration, and not one of each"
        "CCF, NSDI 2025, openraft 6c0ccaf3, async-raft#62";
    KeepTruncatedConfiguration "keep-truncated-configuration"
        "a configuration stays in force when its entry is removed from the log"
        "canonical/raft#250, NuRaft#36";
    SnapshotWithoutConfiguration "snapshot-without-configuration"
        "who installs a snapshot stays with the configuration that it had"
        "openraft 01e813a5, etcd-raft e515a67";

    // Snapshots.
    SnapshotKeepsConflict "snapshot-keeps-conflict"
        "who gets a snapshot keeps a log that is as long, also if it conflicts"
        "openraft 674e78aa";
    SnapshotDropsTail "snapshot-drops-tail"
        "who installs a snapshot drops the entries behind it, also if its log has the snapshot's last entry"
        "the paper, section 7, Figure 13, rule 6";
    SkipBehindSnapshot "skip-behind-snapshot"
        "a node that starts from a snapshot takes the first entry behind it for a part of it"
        "RedisRaft#43, ClickHouse#31150";
    SnapshotWithoutReplies "snapshot-without-replies"
        "a snapshot has no replies of client sessions, so that commands that are sent again are executed again"
        "RedisRaft#568, ClickHouse#54572";

    // Reads.
    StaleRead "stale-read"
        "a leader answers reads without making sure that it still leads"
        "Jepsen on etcd and Consul 2014, Xraft#40";
    ReadBeforeNoop "read-before-noop"
        "a new leader answers reads before it has committed an entry of its own term"
        "etcd#7331, RedisRaft#19, raft-rs 8c95a3f";
    ReadAnswerReused "read-answer-reused"
        "a follower asks again under the number of its first question, and takes the late answer to that"
        "etcd#20418";
    ReadQuorumOffByOne "read-quorum-off-by-one"
        "one node fewer than a majority confirms that a leader may answer reads"
        "openraft d60f1e85";
    LeaseByTicks "lease-by-ticks"
        "a lease is measured in ticks, which are lost while the process is stopped"
        "etcd#6005, tikv#964";
    LeaseOutlivesTransfer "lease-outlives-transfer"
        "a leader goes on answering by its lease after it has asked another node to take its place"
        "tikv#1593, openraft#1747";

    // Clients and transfers.
    NoDeduplication "no-deduplication"
        "a command that is sent again in a session is executed again"
        "the paper, section 8, nebula#3109";
    UnknownIsFailure "unknown-is-failure"
        "who stops leading says of writes that it had taken that they were not executed"
        "RedisRaft#23";
    WrongWaiter "wrong-waiter"
        "who waits for an entry that was replaced is told the result of the one in its place"
        "openraft 43dd8b6f and 13df5b32";
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
    /// None.
    pub const NONE: Bugs = Bugs(0);

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
