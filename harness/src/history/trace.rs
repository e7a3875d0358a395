//! The trace that a node keeps of its own protocol: one JSON object a line, written before the node acts on it towards
//! others, so that it survives `kill -9`. Any Raft implementation can emit it and be judged by it.
//!
//! Every line has `t`, nanoseconds of the machine's `CLOCK_MONOTONIC` (the same for all nodes of a machine), and `e`, the
//! kind of event. Hashes are running: `hash(i) = H(hash(i-1), term(i), payload(i))` with `hash(0) = 0`, written as 16
//! hexadecimal digits, so that two logs agree up to an entry exactly when their hashes at that entry are equal. Which
//! 64-bit function H is does not matter, as long as all nodes of a cluster use the same one.
//!
//! A line may be torn where the process was killed: it is then followed by the end of the file or by a `start`.
//!
//! ```text
//! {"t":81,"e":"start","version":2,"node":"n1","term":3,"vote":"n2","last":7,"hash":"00c0ffee00c0ffee"}
//! {"t":81,"e":"configuration","index":0,"voters":["n1","n2","n3"],"outgoing":[],"learners":[]}
//! {"t":82,"e":"role","role":"candidate","term":4}
//! {"t":83,"e":"vote","term":4,"for":"n1"}
//! {"t":84,"e":"role","role":"leader","term":4}
//! {"t":85,"e":"append","first":8,"terms":[[4,2]],"hashes":["8f…","a1…"]}
//! {"t":86,"e":"truncate","from":9}
//! {"t":87,"e":"ack","term":4,"index":8}
//! {"t":88,"e":"commit","term":4,"index":8}
//! {"t":89,"e":"apply","index":8,"hash":"8f…"}
//! {"t":90,"e":"compact","index":8,"term":4,"hash":"8f…"}
//! {"t":91,"e":"install","index":20,"term":5,"hash":"37…"}
//! {"t":92,"e":"configuration","index":20,"voters":["n1","n4"],"outgoing":["n1","n2"],"learners":["n3"]}
//! {"t":93,"e":"stop"}
//! ```
//!
//! Version 1 had no `compact`, no `install` and no `configuration`. A node that never names a configuration takes all nodes of
//! the run for voters.

mod line;

use serde::{Deserialize, Serialize, de};

/// The version of the format that [`Kind::Start`] carries. All earlier ones can be read too.
pub const VERSION: u32 = 2;

/// A line of a trace.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TraceEvent {
    /// Nanoseconds of `CLOCK_MONOTONIC`.
    pub t: u64,
    /// What happened.
    #[serde(flatten)]
    pub kind: Kind,
}

/// What a node did.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "e", rename_all = "lowercase")]
pub enum Kind {
    /// The process started and has recovered this from stable storage. Its commit index is unknown (0) again.
    Start {
        /// [`VERSION`].
        version: u32,
        /// The node's name.
        node: String,
        /// The recovered current term.
        term: u64,
        /// The recovered vote of that term.
        vote: Option<String>,
        /// The log index of the last recovered entry, 0 if the log is empty.
        last: u64,
        /// The running hash at `last`.
        hash: Hash,
    },
    /// The role or the term changed. The leader of a term says so before it appends the first entry of that term.
    Role {
        /// The new role.
        role: Role,
        /// The new term.
        term: u64,
    },
    /// A vote was granted (also to itself): it is durable, and is about to be made known.
    Vote {
        /// In which term.
        term: u64,
        /// To whom.
        #[serde(rename = "for")]
        candidate: String,
    },
    /// Entries were added to the end of the log; they are not durable yet.
    Append {
        /// The log index of the first of them.
        first: u64,
        /// Their terms, run-length coded: `[[term, count], …]`.
        terms: Vec<(u64, u64)>,
        /// Their running hashes, one for each.
        hashes: Vec<Hash>,
    },
    /// All entries from this log index on were removed because they conflict with the leader's.
    Truncate {
        /// The first removed log index.
        from: u64,
    },
    /// The node is about to tell the leader of `term` (itself, if it is the leader) that its log up to `index` matches the
    /// leader's and is durable.
    Ack {
        /// The leader's term.
        term: u64,
        /// The last matching, durable log index.
        index: u64,
    },
    /// The commit index rose.
    Commit {
        /// The node's current term.
        term: u64,
        /// The new commit index.
        index: u64,
    },
    /// Every entry up to here has been applied, and the result is about to be made known.
    Apply {
        /// The new applied index.
        index: u64,
        /// The running hash there.
        hash: Hash,
    },
    /// The node's own snapshot counts: its log on disk is about to begin behind this entry.
    Compact {
        /// The log index of the last entry that the snapshot covers.
        index: u64,
        /// The term of that entry.
        term: u64,
        /// The running hash there.
        hash: Hash,
    },
    /// The log was replaced by a snapshot from the leader: it now ends here, and everything up to here is committed and
    /// applied. It is not durable yet: after a kill the old log may come back.
    Install {
        /// The log index of the last entry that the snapshot covers.
        index: u64,
        /// The term of that entry.
        term: u64,
        /// The running hash there.
        hash: Hash,
    },
    /// From now on this configuration is in force in this node. It stands right behind the line that brought it: a start, an
    /// append, a truncation (of another one) or an install.
    Configuration {
        /// The log index of its entry; that of the snapshot that brought it; 0 for the one that the cluster was founded with.
        index: u64,
        /// The nodes of which a majority decides.
        voters: Vec<String>,
        /// In a joint configuration the voters of the old one, of which a majority must agree too; otherwise none.
        outgoing: Vec<String>,
        /// The nodes that have a copy of the log and decide nothing.
        learners: Vec<String>,
    },
    /// The process is ending in good order.
    Stop {},
}

impl Kind {
    /// Whether it says how entries come and go, as most lines do, and nothing else.
    pub fn is_about_entries(&self) -> bool {
        matches!(self, Kind::Append { .. } | Kind::Ack { .. } | Kind::Commit { .. } | Kind::Apply { .. })
    }
}

/// A node's role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Follows a leader, or waits for one.
    Follower,
    /// Asks whether it could win an election, without having begun one.
    PreCandidate,
    /// Stands for election.
    Candidate,
    /// Leads its term.
    Leader,
}

/// A running hash, written as 16 hexadecimal digits (JSON's numbers lose the low bits of large integers).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash(pub u64);

impl std::fmt::Display for Hash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl Serialize for Hash {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Digits)
    }
}

/// Reads a hash.
struct Digits;

impl de::Visitor<'_> for Digits {
    type Value = Hash;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("16 hexadecimal digits")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Hash, E> {
        u64::from_str_radix(text, 16).map(Hash).map_err(E::custom)
    }
}
