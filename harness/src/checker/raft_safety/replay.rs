//! One line after the other: what each says about its node, and whether the node may do that.

use super::cluster::Cluster;
use super::configuration::Configuration;
use super::log::ShadowLog;
use super::membership::{InForce, Membership};
use super::property::{Findings, Property, Spot};
use super::quorum::Quorums;
use crate::checker::NodeTrace;
use crate::history::trace::{Kind, Role, VERSION};
use std::collections::BTreeMap;

/// A node as its lines describe it.
pub(super) struct Node<'a> {
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
    pub configuration: InForce<'a>,
    /// Each term's vote. Votes are for ever, starts or not.
    pub votes: BTreeMap<u64, (String, Spot)>,
    /// The highest term that it has told others of (by a vote or an acknowledgement), and so must not forget.
    pub promised: (u64, Option<Spot>),
    /// What it acknowledged last: term, index.
    pub acked: (u64, u64, Option<Spot>),
    /// The index up to which its present log has been acknowledged at some time, and so must not be lost.
    pub durable: (u64, Option<Spot>),
    /// The time of its last line.
    pub time: u64,
}

impl<'a> Node<'a> {
    fn new(configuration: InForce<'a>) -> Node<'a> {
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
            time: 0,
        }
    }

    /// The index up to which the node `at` this spot knows its present log to be committed, and the line that shows it: what
    /// a snapshot covers is.
    pub fn committed(&self, spot: Spot) -> (u64, Option<Spot>) {
        let (covered, at) = self.log.snapshot();
        let snapshot = (covered, at.map(|at| Spot { at, ..spot }));
        self.commit.max(self.compacted).max(snapshot)
    }
}

/// All nodes, and how far their traces have been read.
pub struct Replay<'a> {
    pub(super) traces: &'a [NodeTrace],
    pub(super) nodes: Vec<Node<'a>>,
    positions: Vec<usize>,
    pub(super) cluster: Cluster,
    pub(super) quorums: Quorums<'a>,
    pub(super) membership: Membership<'a>,
    pub(super) findings: Findings<'a>,
    distrust: Vec<String>,
    pub(super) tally: BTreeMap<&'static str, u64>,
}

/// What is left when all lines have been read.
pub struct Outcome<'a> {
    /// The violations.
    pub findings: Findings<'a>,
    /// Why the traces are not to be trusted.
    pub distrust: Vec<String>,
    /// Numbers worth knowing.
    pub tally: BTreeMap<&'static str, u64>,
}

/// What is wrong with a line that contradicts the format.
pub(super) type Contradiction = String;

impl<'a> Replay<'a> {
    /// Nothing read yet.
    pub fn new(traces: &'a [NodeTrace], epoch: u64, nodes: &'a [String]) -> Replay<'a> {
        let configuration = InForce { in_force: Configuration::of(nodes), index: 0, since: None };
        let mut replay = Replay {
            traces,
            nodes: traces.iter().map(|_| Node::new(configuration)).collect(),
            positions: vec![0; traces.len()],
            cluster: Cluster::default(),
            quorums: Quorums::default(),
            membership: Membership::new(configuration.in_force),
            findings: Findings::new(traces, epoch),
            distrust: Vec::new(),
            tally: ["starts", "truncations", "votes", "acks", "snapshots", "installs"].map(|name| (name, 0)).into(),
        };
        for trace in traces {
            if let Some((line, error)) = trace.broken.first() {
                replay.distrust(format!("{} line {line} is not of the documented form: {error}", trace.node));
            }
        }
        replay
    }

    /// The position of the next line in each trace.
    pub fn positions(&self) -> &[usize] {
        &self.positions
    }

    /// Notes that something is missing from the traces.
    pub fn distrust(&mut self, why: String) {
        self.distrust.push(why);
    }

    /// What came of it.
    pub fn finish(mut self) -> Outcome<'a> {
        self.quorums.settle(&mut self.findings, u64::MAX);
        self.cluster.complete(&mut self.findings);
        self.membership.complete(&mut self.findings, &self.cluster);
        // With lines missing, so may be acknowledgements, votes and configurations. The other accusations rest only on lines
        // that are there.
        if !self.distrust.is_empty() {
            for property in
                [Property::CommitNeedsQuorum, Property::ElectionNeedsQuorum, Property::ConfigurationAgreement]
            {
                self.findings.drop_all(property);
            }
        }
        self.tally.extend(self.cluster.tally());
        self.tally.insert("configurations", self.membership.count());
        Outcome { findings: self.findings, distrust: self.distrust, tally: self.tally }
    }

    /// Reads the next line of a node.
    pub fn line(&mut self, spot: Spot) {
        let trace = &self.traces[spot.node];
        let (number, event) = &trace.lines[spot.at];
        self.positions[spot.node] += 1;
        self.quorums.settle(&mut self.findings, event.t);
        let beyond_broken = trace.broken.first().is_some_and(|(broken, _)| number > broken);
        let read = if beyond_broken { Err(None) } else { self.read(spot, event.t, &event.kind).map_err(Some) };
        if let Err(contradiction) = read {
            if let Some(contradiction) = contradiction {
                self.distrust.push(format!("{} {contradiction}", self.findings.place(spot)));
            }
            self.positions[spot.node] = trace.lines.len();
        }
    }

    fn read(&mut self, spot: Spot, t: u64, kind: &'a Kind) -> Result<(), Contradiction> {
        let node = &mut self.nodes[spot.node];
        if t < node.time {
            return Err(format!("has the time {t}, before that of the line above it, {}", node.time));
        }
        node.time = t;
        if spot.at == 0 && !matches!(kind, Kind::Start { last: 0, .. }) {
            return Err("is the first of the trace, but not the start of a node with an empty log".into());
        }
        if !matches!(kind, Kind::Start { .. } | Kind::Configuration { .. }) {
            self.configuration_stands(spot);
        }
        match kind {
            Kind::Start { version, .. } if !(1..=VERSION).contains(version) => {
                Err(format!("is of version {version} of the format; the newest known one is {VERSION}"))
            }
            Kind::Start { node, .. } if *node != self.traces[spot.node].node => Err(format!("says that it is {node}")),
            Kind::Start { term, vote, last, hash, .. } => self.start(spot, *term, vote.as_deref(), *last, *hash),
            Kind::Role { role, term } => {
                self.enter(spot, *term);
                self.role(spot, t, *role, *term);
                Ok(())
            }
            Kind::Vote { term, candidate } => {
                self.enter(spot, *term);
                self.vote(spot, *term, candidate);
                Ok(())
            }
            Kind::Append { first, terms, hashes } => self.append(spot, *first, terms, hashes),
            Kind::Truncate { from } => self.truncate(spot, *from),
            Kind::Ack { term, index } => {
                self.enter(spot, *term);
                self.ack(spot, *term, *index);
                Ok(())
            }
            Kind::Commit { term, index } => {
                self.enter(spot, *term);
                self.commit(spot, t, *term, *index);
                Ok(())
            }
            Kind::Apply { index, hash } => {
                self.apply(spot, *index, *hash);
                Ok(())
            }
            Kind::Compact { index, term, hash } => {
                self.compact(spot, *index, *term, *hash);
                Ok(())
            }
            Kind::Install { index, term, hash } => self.install(spot, *index, *term, *hash),
            Kind::Configuration { index, voters, outgoing, learners } => {
                self.configuration(spot, *index, Configuration { voters, outgoing, learners })
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
            self.quorums.elect(spot, t, term, node.configuration.in_force);
            self.votes(spot, term);
            let node = &self.nodes[spot.node];
            self.cluster.elect(&mut self.findings, spot, term, &node.log);
        }
    }

    fn vote(&mut self, spot: Spot, term: u64, candidate: &'a str) {
        *self.tally.entry("votes").or_default() += 1;
        self.quorums.vote(spot, term, candidate);
        let node = &mut self.nodes[spot.node];
        if term >= node.promised.0 {
            node.promised = (term, Some(spot));
        }
        match node.votes.get(&term) {
            Some((other, since)) if other != candidate => {
                let name = self.findings.node(spot);
                let argument = vec![
                    format!("{name}'s vote of term {term} went to {other} ({}).", self.findings.place(*since)),
                    format!("In the same term it granted its vote to {candidate} ({}).", self.findings.place(spot)),
                ];
                let summary = format!("{name} voted for both {other} and {candidate} in term {term}");
                self.findings.add(Property::OneVotePerTerm, summary, vec![*since, spot], argument);
            }
            Some(_) => {}
            None => drop(node.votes.insert(term, (candidate.to_owned(), spot))),
        }
    }
}
