//! Models of consistency, and which of them a history can still be of.
//!
//! The order is that of Adya's thesis, of Cerone and Gotsman (PODC 2016) for snapshot isolation, and of Daudjee and Salem (VLDB 2006)
//! for sessions; predicates do not occur here.

use super::anomaly::Anomaly;

/// A model of consistency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Model {
    /// PL-1: writes have an order.
    ReadUncommitted,
    /// PL-2: what is read was committed.
    ReadCommitted,
    /// PL-2+: what is read was there together.
    ConsistentView,
    /// PL-2.99: serializable, as far as there are no predicates.
    RepeatableRead,
    /// Each transaction reads from a snapshot, and of two that write the same at the same time one fails.
    SnapshotIsolation,
    /// The same, and a snapshot has what its process has done before.
    StrongSessionSnapshotIsolation,
    /// The same, and a snapshot has all that was over before the transaction began.
    StrongSnapshotIsolation,
    /// PL-3: all transactions have an order.
    Serializable,
    /// The same, and each process does one thing after the other.
    StrongSessionSerializable,
    /// The same, and what was over before another began comes before it.
    StrictSerializable,
}

use Model::{
    ConsistentView, ReadCommitted, ReadUncommitted, RepeatableRead, Serializable, SnapshotIsolation,
    StrictSerializable, StrongSessionSerializable, StrongSessionSnapshotIsolation, StrongSnapshotIsolation,
};

impl Model {
    /// All of them; each comes after those that it contains.
    pub const ALL: [Model; 10] = [
        ReadUncommitted,
        ReadCommitted,
        ConsistentView,
        RepeatableRead,
        SnapshotIsolation,
        StrongSessionSnapshotIsolation,
        StrongSnapshotIsolation,
        Serializable,
        StrongSessionSerializable,
        StrictSerializable,
    ];

    /// Its name, as Jepsen has it.
    pub fn name(self) -> &'static str {
        match self {
            ReadUncommitted => "read-uncommitted",
            ReadCommitted => "read-committed",
            ConsistentView => "consistent-view",
            RepeatableRead => "repeatable-read",
            SnapshotIsolation => "snapshot-isolation",
            StrongSessionSnapshotIsolation => "strong-session-snapshot-isolation",
            StrongSnapshotIsolation => "strong-snapshot-isolation",
            Serializable => "serializable",
            StrongSessionSerializable => "strong-session-serializable",
            StrictSerializable => "strict-serializable",
        }
    }

    /// The next weaker ones: whoever is of this model is of these, too.
    fn contains(self) -> &'static [Model] {
        match self {
            ReadUncommitted => &[],
            ReadCommitted => &[ReadUncommitted],
            ConsistentView | RepeatableRead => &[ReadCommitted],
            SnapshotIsolation => &[ConsistentView],
            StrongSessionSnapshotIsolation => &[SnapshotIsolation],
            StrongSnapshotIsolation => &[StrongSessionSnapshotIsolation],
            Serializable => &[RepeatableRead, SnapshotIsolation],
            StrongSessionSerializable => &[Serializable, StrongSessionSnapshotIsolation],
            StrictSerializable => &[StrongSessionSerializable, StrongSnapshotIsolation],
        }
    }
}

/// Which models a history is not of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Broken(Vec<Model>);

impl Broken {
    /// Notes an anomaly. Whether that says something new.
    pub fn add(&mut self, anomaly: Anomaly, inferred: bool) -> bool {
        let before = self.0.len();
        for model in Model::ALL {
            let is_broken = anomaly.breaks(inferred).contains(&model) || self.any(model.contains());
            if is_broken && !self.0.contains(&model) {
                self.0.push(model);
            }
        }
        self.0.len() > before
    }

    /// Whether it is not of this one.
    pub fn has(&self, model: Model) -> bool {
        self.0.contains(&model)
    }

    fn any(&self, models: &[Model]) -> bool {
        models.iter().any(|model| self.0.contains(model))
    }

    /// The weakest models that it is not of.
    pub fn weakest(&self) -> Vec<Model> {
        let mut weakest: Vec<Model> = self.0.iter().copied().filter(|model| !self.any(model.contains())).collect();
        weakest.sort_unstable();
        weakest
    }

    /// The strongest models that it may be of, as far as anybody has found.
    pub fn strongest_left(&self) -> Vec<Model> {
        let left: Vec<Model> = Model::ALL.into_iter().filter(|model| !self.0.contains(model)).collect();
        left.iter().copied().filter(|model| !left.iter().any(|other| other.contains().contains(model))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checker::transactions::anomaly::{Class, Order};

    fn of(anomalies: &[Anomaly]) -> (Vec<Model>, Vec<Model>) {
        let mut broken = Broken::default();
        for &anomaly in anomalies {
            broken.add(anomaly, false);
        }
        let (mut weakest, mut left) = (broken.weakest(), broken.strongest_left());
        weakest.sort();
        left.sort();
        (weakest, left)
    }

    #[test]
    fn what_is_broken_breaks_all_that_is_stronger() {
        assert_eq!(of(&[]), (vec![], vec![StrictSerializable]));
        assert_eq!(of(&[Anomaly::DuplicateElements]), (vec![ReadUncommitted], vec![]));
        assert_eq!(of(&[Anomaly::AbortedRead]), (vec![ReadCommitted], vec![ReadUncommitted]));
        let write_skew = Anomaly::Cycle(Class::G2Item, Order::Plain);
        assert_eq!(of(&[write_skew]), (vec![RepeatableRead], vec![StrongSnapshotIsolation]));
        let read_skew = Anomaly::Cycle(Class::GSingle, Order::Plain);
        assert_eq!(of(&[read_skew, write_skew]), (vec![ConsistentView, RepeatableRead], vec![ReadCommitted]));
        let stale = Anomaly::Cycle(Class::GSingle, Order::RealTime);
        assert_eq!(of(&[stale]), (vec![StrongSnapshotIsolation], vec![StrongSessionSerializable]));
        let late = Anomaly::Cycle(Class::G2Item, Order::RealTime);
        assert_eq!(of(&[late]), (vec![StrictSerializable], vec![StrongSnapshotIsolation, StrongSessionSerializable]));
    }

    #[test]
    fn every_model_comes_after_those_that_it_contains() {
        let place = |model: &Model| Model::ALL.iter().position(|other| other == model);
        assert!(Model::ALL.iter().all(|model| model.contains().iter().all(|weaker| place(weaker) < place(model))));
    }

    #[test]
    fn an_anomaly_that_says_nothing_new_is_told_from_one_that_does() {
        let mut broken = Broken::default();
        assert!(broken.add(Anomaly::Cycle(Class::G2Item, Order::Plain), false));
        assert!(!broken.add(Anomaly::Cycle(Class::G2Item, Order::RealTime), false));
        assert!(broken.add(Anomaly::Cycle(Class::GSingle, Order::RealTime), false));
    }
}
