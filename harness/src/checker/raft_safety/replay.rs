//! One line after the other: what each says about its node, and whether the node may do that.

use super::cluster::Cluster;
use super::configuration::Configuration;
use super::log::ShadowLog;
use super::membership::{InForce, Membership};
use super::property::{Findings, Property, Spot};
use super::quorum::Quorums;
use crate::history::trace::{Kind, Role, TraceEvent, VERSION};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A node as its lines describe it.
#[derive(Debug)]
pub(super) struct Node {
    pub log: ShadowLog,
    /// The role, and the line that said so.
    pub role: (Role, Option<Spot>),
    /// The current term, and the line that set it.
    pub term: (u64, Option<Spot>),
    /// In this start: the commit index and the applied index.
    pub commit: (u64, Option<Spot>),
    pub applied: (u64, Option<Spot>),
    /// The highest index that it ever knew to be committed, in whatever start.
    pub highest: (u64, Option<Spot>),
    /// The index up to which its own last snapshot goes.
    pub compacted: (u64, Option<Spot>),
    /// Who votes, by its own account.
    pub configuration: InForce,
    /// Each term's vote. Votes are for ever, starts or not.
    pub votes: BTreeMap<u64, (String, Spot)>,
    /// The highest term that it has told others of (by a vote or an acknowledgement), and so must not forget.
    pub promised: (u64, Option<Spot>),
    /// What it acknowledged last: term, index.
    pub acked: (u64, u64, Option<Spot>),
    /// The index up to which its present log has been acknowledged at some time, and so must not be lost.
    pub durable: (u64, Option<Spot>),
    /// Whether its last line that names no configuration said that it appended entries.
    pub has_appended: bool,
    /// Whether it has a trace.
    is_known: bool,
    /// Why not all of its trace is known.
    distrust: Option<String>,
}

impl Node {
    fn new(configuration: InForce) -> Node {
        Node {
            log: ShadowLog::default(),
            role: (Role::Follower, None),
            term: (0, None),
            commit: (0, None),
            applied: (0, None),
            highest: (0, None),
            compacted: (0, None),
            configuration,
            votes: BTreeMap::new(),
            promised: (0, None),
            acked: (0, 0, None),
            durable: (0, None),
            has_appended: false,
            is_known: false,
            distrust: None,
        }
    }

    /// The index up to which the node `at` this spot knows its present log to be committed, and the line that shows it: what
    /// a snapshot covers is.
    pub fn committed(&self, spot: Spot) -> (u64, Option<Spot>) {
        let (covered, at) = self.log.snapshot();
        let snapshot = (covered, at.map(|line| Spot { line, ..spot }));
        self.commit.max(self.compacted).max(snapshot)
    }
}

/// All that is known after some lines.
#[derive(Debug)]
pub struct Replay {
    names: Vec<Arc<str>>,
    pub(super) nodes: Vec<Node>,
    pub(super) cluster: Cluster,
    pub(super) quorums: Quorums,
    pub(super) membership: Membership,
    pub(super) findings: Findings,
    pub(super) tally: BTreeMap<&'static str, u64>,
}

/// What comes of it.
pub struct Outcome {
    /// The violations.
    pub findings: Findings,
    /// Why the traces are not to be trusted.
    pub distrust: Vec<String>,
    /// Numbers worth knowing.
    pub tally: BTreeMap<&'static str, u64>,
}

/// What is wrong with a line that contradicts the format.
pub(super) type Contradiction = String;

impl Replay {
    /// Nothing read yet of the traces of these nodes, of whom the founders vote.
    pub fn new(names: Vec<Arc<str>>, founders: &[String]) -> Replay {
        let membership = Membership::new(founders);
        Replay {
            nodes: names.iter().map(|_| Node::new(membership.founding())).collect(),
            cluster: Cluster::default(),
            quorums: Quorums::default(),
            membership,
            findings: Findings::new(names.clone()),
            tally: ["starts", "truncations", "votes", "acks", "snapshots", "installs"].map(|name| (name, 0)).into(),
            names,
        }
    }

    /// Not all of a node's trace is known.
    pub fn distrust(&mut self, node: usize, why: String) {
        self.nodes[node].distrust.get_or_insert(why);
    }

    /// All lines before the time `now` have been read.
    pub fn settle(&mut self, now: u64) {
        self.quorums.settle(&mut self.findings, now);
    }

    /// What comes of it, if this is all.
    pub fn outcome(&self) -> Outcome {
        let (mut findings, mut tally, distrust) = (self.findings.clone(), self.tally.clone(), self.distrusted());
        self.cluster.complete(&mut findings);
        self.membership.complete(&mut findings, &self.cluster);
        // With lines missing, so may be acknowledgements, votes and configurations. The other accusations rest only on lines
        // that are there.
        if !distrust.is_empty() {
            for property in
                [Property::CommitNeedsQuorum, Property::ElectionNeedsQuorum, Property::ConfigurationAgreement]
            {
                findings.drop_all(property);
            }
        }
        tally.extend(self.cluster.tally());
        tally.insert("configurations", self.membership.count());
        tally.insert("nodes", self.nodes.iter().filter(|node| node.is_known).count() as u64);
        Outcome { findings, distrust, tally }
    }

    /// Why not everything is known.
    fn distrusted(&self) -> Vec<String> {
        let named = self.names.iter().zip(&self.nodes);
        let is_known = |name: &str| named.clone().any(|(other, node)| **other == *name && node.is_known);
        let missing = self.membership.deciders().filter(|name| !is_known(name));
        let missing = missing.map(|name| format!("there is no trace of {name}, which is a voter"));
        let known = named.clone().filter_map(|(name, node)| Some(format!("{name} {}", node.distrust.as_ref()?)));
        missing.chain(known).collect()
    }

    /// Reads the next line of a node.
    ///
    /// # Errors
    /// How it contradicts the format, or the lines before it.
    pub fn line(&mut self, spot: Spot, event: TraceEvent) -> Result<(), Contradiction> {
        let TraceEvent { t, kind } = event;
        self.settle(t);
        let node = &mut self.nodes[spot.node];
        if !std::mem::replace(&mut node.is_known, true) && !matches!(kind, Kind::Start { last: 0, .. }) {
            return Err("is the first of the trace, but not the start of a node with an empty log".into());
        }
        if !matches!(kind, Kind::Configuration { .. }) {
            node.has_appended = matches!(kind, Kind::Append { .. });
            if !matches!(kind, Kind::Start { .. }) {
                self.configuration_stands(spot);
            }
        }
        self.read(spot, t, kind)
    }

    fn read(&mut self, spot: Spot, t: u64, kind: Kind) -> Result<(), Contradiction> {
        match kind {
            Kind::Start { version, .. } if !(1..=VERSION).contains(&version) => {
                Err(format!("is of version {version} of the format; the newest known one is {VERSION}"))
            }
            Kind::Start { node, .. } if *node != *self.names[spot.node] => Err(format!("says that it is {node}")),
            Kind::Start { term, vote, last, hash, .. } => self.start(spot, term, vote.as_deref(), last, hash),
            Kind::Role { role, term } => {
                self.enter(spot, term);
                self.role(spot, t, role, term);
                Ok(())
            }
            Kind::Vote { term, candidate } => {
                self.enter(spot, term);
                self.vote(spot, term, candidate);
                Ok(())
            }
            Kind::Append { first, terms, hashes } => self.append(spot, first, &terms, &hashes),
            Kind::Truncate { from } => self.truncate(spot, from),
            Kind::Ack { term, index } => {
                self.enter(spot, term);
                self.ack(spot, term, index);
                Ok(())
            }
            Kind::Commit { term, index } => {
                self.enter(spot, term);
                self.commit(spot, t, term, index);
                Ok(())
            }
            Kind::Apply { index, hash } => {
                self.apply(spot, index, hash);
                Ok(())
            }
            Kind::Compact { index, term, hash } => {
                self.compact(spot, index, term, hash);
                Ok(())
            }
            Kind::Install { index, term, hash } => self.install(spot, index, term, hash),
            Kind::Configuration { index, voters, outgoing, learners } => {
                self.configuration(spot, index, Configuration { voters, outgoing, learners })
            }
            Kind::Stop {} => Ok(()),
        }
    }

    /// A line speaks of `term` as the current one.
    fn enter(&mut self, spot: Spot, term: u64) {
        let node = &mut self.nodes[spot.node];
        let (current, since) = node.term;
        if term > current {
            (node.term, node.role) = ((term, Some(spot)), (Role::Follower, Some(spot)));
        } else if term < current {
            let name = self.findings.node(spot);
            let argument = vec![format!(
                "{name} was in term {current}, and then acted in term {term} ({}).",
                self.findings.place(spot)
            )];
            let summary = format!("{name} went back from term {current} to term {term}");
            self.findings.add(Property::MonotonicTerm, summary, since.into_iter().chain([spot]).collect(), argument);
        }
    }

    fn role(&mut self, spot: Spot, t: u64, role: Role, term: u64) {
        let node = &mut self.nodes[spot.node];
        node.role = (role, Some(spot));
        if role == Role::Leader {
            self.quorums.elect(spot, t, term, Arc::clone(&node.configuration.in_force));
            self.votes(spot, term);
            let node = &self.nodes[spot.node];
            self.cluster.elect(&mut self.findings, spot, term, &node.log);
        }
    }

    fn vote(&mut self, spot: Spot, term: u64, candidate: String) {
        *self.tally.entry("votes").or_default() += 1;
        self.quorums.vote(spot, term, &candidate);
        let node = &mut self.nodes[spot.node];
        if term >= node.promised.0 {
            node.promised = (term, Some(spot));
        }
        match node.votes.get(&term) {
            Some((other, since)) if *other != candidate => {
                let name = self.findings.node(spot);
                let argument = vec![
                    format!("{name}'s vote of term {term} went to {other} ({}).", self.findings.place(*since)),
                    format!("In the same term it granted its vote to {candidate} ({}).", self.findings.place(spot)),
                ];
                let summary = format!("{name} voted for both {other} and {candidate} in term {term}");
                self.findings.add(Property::OneVotePerTerm, summary, vec![*since, spot], argument);
            }
            Some(_) => {}
            None => drop(node.votes.insert(term, (candidate, spot))),
        }
    }
}
