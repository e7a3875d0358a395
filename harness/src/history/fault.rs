//! What became of the faults of a run.

use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt};

/// One fault: what was done to whom, from when to when, and the evidence that it took effect.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Fault {
    /// Number within the run, from 0, in order of the plan.
    pub id: u64,
    /// The nemesis it belongs to: `partition`, `kill`, `pause`, ...
    pub nemesis: String,
    /// Its variety: for a partition the shape (`halves`, `one`, `leader`, ...), else its kind.
    pub kind: String,
    /// What happened in one short phrase, fit for a legend: `n1 n3 | n2 n4 n5`, `kill n2`.
    pub summary: String,
    /// How the targets were chosen: `leader`, `one`, `minority`, `majority`, `all`, ...
    pub target: String,
    /// The nodes chosen in fact: `["n2"]`; of a fault of links, those it is about.
    pub nodes: Vec<String>,
    /// The directed links chosen in fact.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
    /// Nodes that cannot serve while the fault lasts, because they are dead or stopped.
    #[serde(default)]
    pub nodes_down: Vec<String>,
    /// Directed links that carry nothing while the fault lasts.
    #[serde(default)]
    pub links_cut: Vec<Link>,
    /// Directed links over which so much is late or lost while the fault lasts that no service can be demanded of who needs them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links_impaired: Vec<Link>,
    /// Further parameters, by name.
    #[serde(default)]
    pub parameters: BTreeMap<String, serde_json::Value>,
    /// When the plan wanted it to begin and to end, in ns since the start of the run.
    pub planned: (u64, u64),
    /// When it was in force: `None` if it never was.
    pub started: Option<u64>,
    /// When it was undone completely (a killed node: when it answered again). `None` if it never was.
    pub healed: Option<u64>,
    /// What shows that it took effect.
    pub evidence: Evidence,
}

/// A directed link between two nodes, by name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Link {
    /// The sender.
    pub from: String,
    /// The receiver.
    pub to: String,
}

/// `n1→n2`
impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}→{}", self.from, self.to)
    }
}

/// The proof that a fault took effect, or the admission that there is none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// The judgement.
    pub effect: Effect,
    /// In a sentence: `1,204 messages dropped on 12 links`, `no leader was known`.
    pub note: String,
    /// The numbers behind it: `messages_dropped`, `n1→n2 dropped`, ...
    #[serde(default)]
    pub numbers: BTreeMap<String, u64>,
}

/// Whether a fault took effect.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// It did, and the numbers show it.
    Installed,
    /// It was not attempted; the note says why.
    #[default]
    Skipped,
    /// It was attempted, and nothing shows that anybody felt it.
    Indeterminate,
}
