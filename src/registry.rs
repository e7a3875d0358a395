//! The only list of names. Adding a workload or a system means a file of its own and a line here; a nemesis has its line in the
//! harness' table of families.

use harness::{
    checker::{
        Bank, Checker, Linearizability, LongFork, SessionGuarantees, Sessions, SetFull, TotalQueue, Transactions,
        objects::Kind, transactions::Kind as TransactionKind,
    },
    nearest,
    nemesis::{FAMILIES, Target},
    net::grudge::Shape,
    system::{System, raft::RaftSystem},
    workload::Workload,
};
use node::{crash_point::CrashPoint, raft::Bug};
use serde_json::Value;
use std::{borrow::Cow, sync::Arc};

/// The nemesis that injects nothing.
pub const NONE: &str = "none";
/// All nemeses at once.
pub const ALL: &str = "all";
/// Some nemeses, drawn from the seed.
pub const SWARM: &str = "swarm";

/// Things that can be chosen by name.
#[derive(Clone, Debug)]
pub struct Names(Cow<'static, [(&'static str, &'static str)]>);

/// Systems under test.
pub const SYSTEMS: Names = names(&[("raft", "whitewater's own Raft key-value node")]);

/// Workloads.
pub const WORKLOADS: Names = names(&[
    ("register", "reads, writes of unique values and compare-and-set over many keys; judged by linearizability"),
    ("follower-reads", "the same, but reads are answered by any node; judged by linearizability"),
    (
        "session",
        "increments in sessions, sent again until they are answered, and now and then afterwards; judged by exactly-once",
    ),
    ("set", "adds of unique elements to sets, and reads of whole sets; judged by linearizability and set-full"),
    ("counter", "increments that are answered with the sum, and reads; judged by linearizability"),
    ("append", "transactions of appends to lists and reads of whole lists; judged by transactions"),
    ("rw-register", "transactions of writes of unique values and reads; judged by transactions"),
    (
        "queue",
        "unique elements put into queues and taken out, first in, first out; judged by linearizability and total-queue",
    ),
    ("unique-ids", "ids drawn from one counter; judged by unique-ids"),
    (
        "stale-read",
        "the same as `counter`, but any node answers reads from whatever it has; staleness is measured, session-guarantees are judged",
    ),
    ("bank", "money moved between accounts in transactions, and reads of all accounts; judged by bank"),
    (
        "lock",
        "locks are taken, written under with fencing tokens, and given back; judged by mutual-exclusion and fencing",
    ),
    ("long-fork", "keys written once, and read in groups at any node; judged by long-fork"),
]);

/// Checkers.
pub const CHECKERS: Names = names(&[
    ("linearizability", "each key's operations have an order that fits real time and the meaning of the object"),
    ("transactions", "all transactions have an order that fits real time and what each of them read"),
    ("exactly-once", "each command of a session is executed once, however often it is sent"),
    ("unique-ids", "no id is handed out twice"),
    ("set-full", "no element that was added is lost, and none is there twice"),
    ("total-queue", "no element of a queue is lost, duplicated, made up or taken out of order"),
    ("session-guarantees", "no session meets an older version of a key than it has met before (four guarantees)"),
    ("staleness", "how far behind reads were, in time and in versions (a measure: nothing is demanded)"),
    ("mutual-exclusion", "no lock is acquired by one process while another holds it"),
    ("fencing", "fencing tokens grow, and nothing is accepted under an older token after a newer one"),
    ("bank", "money is moved between accounts as a whole: every read adds up to the same total"),
    ("long-fork", "no two reads of a group of keys see two writes in opposite orders"),
    (
        "raft-safety",
        "the five safety properties of the Raft paper's Figure 3, one vote per term, durability, monotonic terms",
    ),
    ("availability", "while a majority is alive and connected for ten election timeouts, operations succeed (a gate)"),
    ("elections", "no more leaders are elected while clients work than `--max-elections` allows (a gate)"),
    ("record", "the harness' own record is whole: completions pair, time runs forward, one operation per process"),
    ("processes", "no node ends by itself"),
    (
        "network",
        "what our proxies did to messages is what the nodes saw: each corrupted one was rejected; no node goes past its proxies",
    ),
]);

const fn names(names: &'static [(&'static str, &'static str)]) -> Names {
    Names(Cow::Borrowed(names))
}

/// Nemeses.
pub fn nemeses() -> Names {
    let families = FAMILIES.iter().map(|family| (family.name, family.summary));
    let sets = [
        (NONE, "no faults"),
        (ALL, "all that follow, at once"),
        (
            SWARM,
            "some of those that follow; the seed draws which, and how often, how severe and at whom each is in this run",
        ),
    ];
    Names(sets.into_iter().chain(families).collect())
}

/// Models that are not judged by linearizability.
const OTHER_MODELS: [(&str, &str); 5] = [
    ("set-full", "`add`, `read` of all elements: none is lost or duplicated, and how late they are seen"),
    ("total-queue", "`enqueue`, `dequeue`: no element is lost, duplicated, made up or taken out of order"),
    (
        "bank",
        "`transfer` of {from to amount}, `read` of all balances: the total is always --initial, or what the first read shows",
    ),
    (
        "session-guarantees",
        "reads and writes of unique values, or `add-and-get`: no process meets an older version than before",
    ),
    (
        "long-fork",
        "`write` of [[w key value]] once a key, `read` of [[r key nil] …]: no two reads see two writes in opposite orders",
    ),
];

/// Models by which recorded histories are judged.
pub fn models() -> Names {
    let objects = Kind::ALL.iter().map(|kind| (kind.name(), kind.summary()));
    let transactions = TransactionKind::ALL.iter().map(|kind| (kind.name(), kind.summary()));
    Names(objects.chain(transactions).chain(OTHER_MODELS).collect())
}

/// Who judges by the model with this name; `initial` is what there is at first.
pub fn judge(model: &str, initial: Value) -> Box<dyn Checker> {
    if let Some(kind) = TransactionKind::ALL.into_iter().find(|kind| kind.name() == model) {
        return Box::new(Transactions { kind });
    }
    match model {
        "session-guarantees" => Box::new(SessionGuarantees { sessions: Sessions::Processes }),
        "long-fork" => Box::new(LongFork),
        "set-full" => Box::new(SetFull),
        "total-queue" => Box::new(TotalQueue),
        "bank" => Box::new(Bank { total: initial.as_i64(), may_overdraw: false }),
        name => {
            let kind = Kind::ALL.into_iter().find(|kind| kind.name() == name).unwrap_or_default();
            Box::new(Linearizability { initial, kind })
        }
    }
}

/// Seeded bugs.
pub fn bugs() -> Names {
    Names(Bug::ALL.iter().map(|bug| (bug.name(), bug.summary())).collect())
}

/// The steps at which a node can be told to die.
pub fn crash_points() -> Names {
    Names(CrashPoint::ALL.iter().map(|point| (point.name(), point.summary())).collect())
}

/// Everything that can be listed, by kind.
pub fn kinds() -> [(&'static str, Names); 9] {
    [
        ("workloads", WORKLOADS),
        ("nemeses", nemeses()),
        ("shapes", Names(Shape::ALL.iter().map(|shape| (shape.name(), shape.summary())).collect())),
        ("targets", Names(Target::ALL.iter().map(|target| (target.name(), target.summary())).collect())),
        ("systems", SYSTEMS),
        ("checkers", CHECKERS),
        ("models", models()),
        ("bugs", bugs()),
        ("crash-points", crash_points()),
    ]
}

impl Names {
    /// Each name with its sentence.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.0.iter().copied()
    }

    /// The name, if it is one.
    ///
    /// # Errors
    /// A sentence with the nearest name.
    pub fn find(&self, kind: &str, name: &str) -> Result<&'static str, String> {
        let name = name.trim();
        let known = self.iter().map(|(known, _)| known);
        self.iter()
            .map(|(known, _)| known)
            .find(|known| *known == name)
            .ok_or_else(|| format!("no {kind} is named `{name}`{}", nearest(name, known)))
    }

    /// All of these names.
    ///
    /// # Errors
    /// As [`Names::find`], for the first that is none.
    pub fn find_all(&self, kind: &str, names: &[String]) -> Result<Vec<String>, String> {
        names.iter().map(|name| self.find(kind, name).map(str::to_owned)).collect()
    }
}

/// The system with this name.
pub fn system(name: &str) -> Option<Arc<dyn System>> {
    match name {
        "raft" => Some(Arc::new(RaftSystem)),
        _ => None,
    }
}

/// The workload with this name.
pub fn workload(name: &str) -> Option<Box<dyn Workload>> {
    match name {
        "register" => Some(Box::new(workloads::Register)),
        "follower-reads" => Some(Box::new(workloads::FollowerReads)),
        "session" => Some(Box::new(workloads::Session)),
        "set" => Some(Box::new(workloads::Set)),
        "counter" => Some(Box::new(workloads::Counter)),
        "append" => Some(Box::new(workloads::Append)),
        "rw-register" => Some(Box::new(workloads::RwRegister)),
        "queue" => Some(Box::new(workloads::Queue)),
        "unique-ids" => Some(Box::new(workloads::UniqueIds)),
        "stale-read" => Some(Box::new(workloads::StaleRead)),
        "bank" => Some(Box::new(workloads::Bank)),
        "lock" => Some(Box::new(workloads::Lock)),
        "long-fork" => Some(Box::new(workloads::LongFork)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_its_constructor() {
        assert!(SYSTEMS.iter().all(|(name, _)| system(name).is_some_and(|system| system.name() == name)));
        assert!(WORKLOADS.iter().all(|(name, _)| workload(name).is_some_and(|workload| workload.name() == name)));
    }

    #[test]
    fn the_harness_knows_the_crash_points_of_the_node() {
        assert!(crash_points().iter().map(|(name, _)| name).eq(harness::system::raft::CRASH_POINTS.iter().copied()));
    }

    #[test]
    fn a_wrong_name_is_answered_with_the_nearest() {
        let error = nemeses().find("nemesis", "partitoin").unwrap_err();
        assert_eq!(error, "no nemesis is named `partitoin`; did you mean `partition`?");
        let error = nemeses().find("nemesis", "earthquake").unwrap_err();
        assert!(
            error.starts_with("no nemesis is named `earthquake`; there are none, all, swarm, partition, kill, pause"),
            "{error}"
        );
    }
}
