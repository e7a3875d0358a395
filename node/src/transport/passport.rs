//! Whose frames these are. A name is not enough: a node that comes back with another data directory has forgotten its votes and
//! its log, and must not be taken for the one that gave them.

use crate::raft::{Incarnation, NodeId};
use serde::{Deserialize, Serialize};
use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};
use tokio::sync::mpsc;

/// What every frame says about its sender, besides its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// The cluster that it belongs to; 0 while it does not know it.
    pub cluster: u64,
    /// The data directory that it has.
    pub incarnation: Incarnation,
}

/// A node's own stamp. A node that joins learns its cluster only from others.
#[derive(Debug)]
pub struct OwnStamp {
    cluster: AtomicU64,
    incarnation: Incarnation,
}

impl OwnStamp {
    /// What it is to begin with.
    pub fn new(Stamp { cluster, incarnation }: Stamp) -> OwnStamp {
        OwnStamp { cluster: AtomicU64::new(cluster), incarnation }
    }

    /// What it is now.
    pub fn get(&self) -> Stamp {
        Stamp { cluster: self.cluster.load(Ordering::Relaxed), incarnation: self.incarnation }
    }

    /// The cluster is known now.
    pub fn set_cluster(&self, cluster: u64) {
        self.cluster.store(cluster, Ordering::Relaxed);
    }
}

/// What the receiver of a frame that it does not take answers on the same connection, before it closes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The receiver.
    pub by: NodeId,
    /// Why it does not.
    pub reason: Reason,
}

/// Why a frame is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reason {
    /// It is from another cluster.
    Cluster {
        /// The receiver's.
        own: u64,
        /// The frame's.
        theirs: u64,
    },
    /// The receiver knows the sender's name with another data directory.
    Incarnation {
        /// The one that it knows.
        known: Incarnation,
        /// The frame's.
        theirs: Incarnation,
    },
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::Cluster { own, theirs } => {
                write!(f, "the frame is from cluster {theirs:016x}, and this node is of cluster {own:016x}")
            }
            Reason::Incarnation { known, theirs } => {
                write!(f, "the sender has data directory {theirs}, and is known with {known}")
            }
        }
    }
}

/// What a sender shows, and where it puts the refusals that it gets.
#[derive(Clone, Debug)]
pub struct Passport {
    /// This node's stamp.
    pub stamp: Arc<OwnStamp>,
    /// Refusals by peers, each of whom answers where this node expects it.
    pub refusals: mpsc::UnboundedSender<Refusal>,
}

#[cfg(test)]
impl Passport {
    /// One that nobody refuses.
    pub fn any() -> Passport {
        let stamp = Stamp { cluster: 7, incarnation: Incarnation(9) };
        Passport { stamp: Arc::new(OwnStamp::new(stamp)), refusals: mpsc::unbounded_channel().0 }
    }
}
