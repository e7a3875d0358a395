//! The lines that name configurations: how one may follow another, and that all nodes read the same from the same log.

use super::cluster::Cluster;
use super::configuration::Configuration;
use super::property::{Findings, Property, Spot};
use super::replay::{Contradiction, Replay};
use crate::history::trace::{Hash, Role};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The configuration that a node goes by.
#[derive(Clone, Debug)]
pub struct InForce {
    /// What it is.
    pub in_force: Arc<Configuration>,
    /// Where it stands in the log.
    pub index: u64,
    /// The line that named it.
    pub since: Option<Spot>,
}

/// What was said of the configuration in force at an entry.
#[derive(Debug)]
struct Told {
    configuration: Arc<Configuration>,
    spot: Spot,
    /// Whether it stood in the entry itself, or came with a snapshot that ends there.
    is_entry: bool,
}

/// All configurations that were ever named.
#[derive(Debug)]
pub struct Membership {
    /// That of a node that names none.
    implied: Arc<Configuration>,
    /// By log index and running hash there.
    told: BTreeMap<(u64, Hash), Told>,
    /// Everybody whose vote ever counted.
    deciders: BTreeSet<String>,
}

impl Membership {
    /// None was named yet.
    pub fn new(founders: &[String]) -> Membership {
        let deciders = founders.iter().cloned().collect();
        Membership { implied: Arc::new(Configuration::of(founders)), told: BTreeMap::new(), deciders }
    }

    /// What a node goes by that has not said so.
    pub fn founding(&self) -> InForce {
        InForce { in_force: Arc::clone(&self.implied), index: 0, since: None }
    }

    /// Everybody whose vote ever counted. Without all their traces it is not known what a quorum agreed to.
    pub fn deciders(&self) -> impl Iterator<Item = &String> {
        self.deciders.iter()
    }

    /// How many there were, in logs and at the beginning.
    pub fn count(&self) -> u64 {
        self.told.values().filter(|told| told.is_entry).count() as u64
    }

    /// All who have the same log up to an entry have the same configuration in force there.
    fn tell(
        &mut self,
        findings: &mut Findings,
        spot: Spot,
        at: (u64, Hash),
        configuration: &Arc<Configuration>,
        is_entry: bool,
    ) {
        let told =
            self.told.entry(at).or_insert_with(|| Told { configuration: Arc::clone(configuration), spot, is_entry });
        if told.configuration.agrees(configuration) {
            told.is_entry |= is_entry;
            return;
        }
        let (one, two) = (findings.node(told.spot), findings.node(spot));
        let argument = vec![
            format!("{one} went by {} ({}).", told.configuration, findings.place(told.spot)),
            format!("{two} went by {configuration} ({}).", findings.place(spot)),
            format!("Both said so of entry {}, where their logs have the same hash {}.", at.0, at.1),
        ];
        let summary = format!("{one} and {two} read different configurations from the same log up to index {}", at.0);
        findings.add(Property::ConfigurationAgreement, summary, vec![told.spot, spot], argument);
    }

    /// A snapshot's configuration is the last one before its end, when everything is known.
    ///
    /// A committed configuration was acknowledged by some node, which had named it before, when it appended it.
    pub fn complete(&self, findings: &mut Findings, cluster: &Cluster) {
        let committed =
            self.told.iter().filter(|((index, hash), _)| *index == 0 || cluster.is_committed(*index, *hash));
        let mut latest: Option<(u64, &Told)> = None;
        for (&(index, _), told) in committed {
            match latest {
                _ if told.is_entry => latest = Some((index, told)),
                Some((at, entry)) if !entry.configuration.agrees(&told.configuration) => {
                    let (one, two) = (findings.node(entry.spot), findings.node(told.spot));
                    let argument = vec![
                        format!(
                            "{one} named {} as the configuration of index {at} ({}).",
                            entry.configuration,
                            findings.place(entry.spot)
                        ),
                        format!(
                            "With the snapshot that ends at index {index} {two} went by {} ({}).",
                            told.configuration,
                            findings.place(told.spot)
                        ),
                        "No configuration was committed between them.".into(),
                    ];
                    let summary = format!(
                        "{two} has a snapshot up to index {index} with another configuration than that of index {at}"
                    );
                    findings.add(Property::ConfigurationAgreement, summary, vec![entry.spot, told.spot], argument);
                }
                _ => {}
            }
        }
    }
}

impl Replay {
    pub(super) fn configuration(
        &mut self,
        spot: Spot,
        index: u64,
        configuration: Configuration,
    ) -> Result<(), Contradiction> {
        let last = self.nodes[spot.node].log.last();
        if index > last {
            return Err(format!("names the configuration of entry {index} of a log that ends at {last}"));
        }
        for name in configuration.deciders() {
            if !self.membership.deciders.contains(name) {
                self.membership.deciders.insert(name.clone());
            }
        }
        let configuration = Arc::new(configuration);
        let node = &mut self.nodes[spot.node];
        let named = InForce { in_force: Arc::clone(&configuration), index, since: Some(spot) };
        let before = std::mem::replace(&mut node.configuration, named);
        // A node that joins later knows of no voters until it is told: of them, and not before, it speaks for its log.
        let is_told = !configuration.voters.is_empty();
        if let (true, Some(hash)) = (is_told, node.log.hash(index)) {
            let is_entry = index == 0 || node.has_appended;
            self.membership.tell(&mut self.findings, spot, (index, hash), &configuration, is_entry);
        }
        // Only a leader is accused: others learn of several changes at once.
        let term = node.term.0;
        if node.role.0 == Role::Leader && node.log.item(index).is_some_and(|item| item.term == term) {
            self.change(spot, &before);
        }
        Ok(())
    }

    /// A configuration goes with its entry. Had the node gone back to the one before, it would have said so at once.
    pub(super) fn configuration_stands(&mut self, spot: Spot) {
        let node = &mut self.nodes[spot.node];
        let last = node.log.last();
        if node.configuration.index <= last {
            return;
        }
        let InForce { in_force, index, since } = node.configuration.clone();
        // Once is enough.
        node.configuration.index = last;
        let name = self.findings.node(spot);
        let argument = vec![
            format!("{name} went by the configuration of index {index}: {in_force}."),
            format!("Its log ends at index {last} now, and it has named no other one ({}).", self.findings.place(spot)),
        ];
        let summary = format!("{name} goes on with the configuration of index {index}, which is removed from its log");
        let spots = since.into_iter().chain([spot]).collect();
        self.findings.add(Property::ConfigurationAgreement, summary, spots, argument);
    }

    /// A node leads that has no vote, and knows that this is committed. As long as that is open, its vote may be needed
    /// (dissertation 4.2.2).
    pub(super) fn votes(&mut self, spot: Spot, term: u64) {
        let node = &self.nodes[spot.node];
        let (InForce { in_force, index, since }, (commit, _)) = (&node.configuration, node.committed(spot));
        let name = self.findings.node(spot);
        if *index > commit || in_force.deciders().any(|voter| **voter == *name) {
            return;
        }
        let argument = vec![
            format!("{name} went by the configuration of index {index}: {in_force}."),
            format!(
                "Its commit index was {commit}, and it became leader of term {term} ({}).",
                self.findings.place(spot)
            ),
        ];
        let summary = format!("{name} became leader of term {term}, and has no vote");
        self.findings.add(Property::VotersLead, summary, since.iter().copied().chain([spot]).collect(), argument);
    }

    /// The leader proposed its configuration in the place of the one `before`.
    fn change(&mut self, spot: Spot, before: &InForce) {
        let node = &self.nodes[spot.node];
        let (name, term) = (self.findings.node(spot), node.term.0);
        let (commit, _) = node.committed(spot);
        let (old, new, index) = (&before.in_force, &node.configuration.in_force, node.configuration.index);
        let mut argument = vec![
            format!("{name}, leader of term {term}, went by the configuration of index {}: {old}.", before.index),
            format!("It proposed another at index {index}: {new} ({}).", self.findings.place(spot)),
        ];
        let has_own_committed = node.log.item(commit).is_some_and(|item| item.term == term);
        let summary = if before.index > commit {
            argument.push(format!("Its commit index was {commit}."));
            format!(
                "{name} proposed a configuration at index {index} before that of index {} was committed",
                before.index
            )
        } else if !old.overlaps(new) {
            argument.push("One majority of the old and one of the new have nobody in common.".into());
            format!(
                "{name} proposed a configuration at index {index} whose majorities need not overlap with the old ones"
            )
        } else if !old.is_joint() && !new.is_joint() && !old.same_voters(new) && !has_own_committed {
            argument.push(format!(
                "Its commit index was {commit}, where no entry of term {term} stands: an earlier leader's change of a single \
                 voter may still be committed beside this one (Ongaro's correction of 2015)."
            ));
            format!("{name} changed the voters at index {index} before an entry of its own term {term} was committed")
        } else {
            return;
        };
        let spots = before.since.into_iter().chain([spot]).collect();
        self.findings.add(Property::OneChangeAtATime, summary, spots, argument);
    }
}
