//! One line after the other: what each says about its node, and whether the node may do that.

use super::cluster::Cluster;
use super::log::{Recovered, ShadowLog};
use super::property::{Findings, Property, Spot};
use crate::checker::NodeTrace;
use crate::history::trace::{Hash, Kind, Role, VERSION};
use std::collections::BTreeMap;

/// A node as its lines describe it.
pub(super) struct Node {
    pub log: ShadowLog,
    /// The role, and the line that said so.
    pub role: (Role, Option<Spot>),
    /// The current term, and the line that set it.
    pub term: (u64, Option<Spot>),
    /// In this start: the commit index and the applied index.
    pub commit: (u64, Option<Spot>),
    pub applied: (u64, Option<Spot>),
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

impl Node {
    fn new() -> Node {
        Node {
            log: ShadowLog::default(),
            role: (Role::Follower, None),
            term: (0, None),
            commit: (0, None),
            applied: (0, None),
            votes: BTreeMap::new(),
            promised: (0, None),
            acked: (0, 0, None),
            durable: (0, None),
            time: 0,
        }
    }
}

/// All nodes, and how far their traces have been read.
pub struct Replay<'a> {
    pub(super) traces: &'a [NodeTrace],
    pub(super) nodes: Vec<Node>,
    positions: Vec<usize>,
    pub(super) cluster: Cluster,
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
    pub fn new(traces: &'a [NodeTrace], epoch: u64, voters: usize) -> Replay<'a> {
        let mut replay = Replay {
            traces,
            nodes: traces.iter().map(|_| Node::new()).collect(),
            positions: vec![0; traces.len()],
            cluster: Cluster::new(voters),
            findings: Findings::new(traces, epoch),
            distrust: Vec::new(),
            tally: BTreeMap::from([("starts", 0), ("truncations", 0), ("votes", 0), ("acks", 0)]),
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
        self.cluster.settle(&mut self.findings, u64::MAX);
        self.cluster.complete(&mut self.findings);
        // With lines missing, so may be the acknowledgements. The other accusations rest only on lines that are there.
        if !self.distrust.is_empty() {
            self.findings.drop_all(Property::CommitNeedsQuorum);
        }
        self.tally.extend(self.cluster.tally());
        Outcome { findings: self.findings, distrust: self.distrust, tally: self.tally }
    }

    /// Reads the next line of a node.
    pub fn line(&mut self, spot: Spot) {
        let trace = &self.traces[spot.node];
        let (number, event) = &trace.lines[spot.at];
        self.positions[spot.node] += 1;
        self.cluster.settle(&mut self.findings, event.t);
        let beyond_broken = trace.broken.first().is_some_and(|(broken, _)| number > broken);
        let read = if beyond_broken { Err(None) } else { self.read(spot, event.t, &event.kind).map_err(Some) };
        if let Err(contradiction) = read {
            if let Some(contradiction) = contradiction {
                self.distrust.push(format!("{} {contradiction}", self.findings.place(spot)));
            }
            self.positions[spot.node] = trace.lines.len();
        }
    }

    fn read(&mut self, spot: Spot, t: u64, kind: &Kind) -> Result<(), Contradiction> {
        let node = &mut self.nodes[spot.node];
        if t < node.time {
            return Err(format!("has the time {t}, before that of the line above it, {}", node.time));
        }
        node.time = t;
        if spot.at == 0 && !matches!(kind, Kind::Start { last: 0, .. }) {
            return Err("is the first of the trace, but not the start of a node with an empty log".into());
        }
        match kind {
            Kind::Start { version, .. } if *version != VERSION => {
                Err(format!("is of version {version} of the format, and not {VERSION}"))
            }
            Kind::Start { node, .. } if *node != self.traces[spot.node].node => Err(format!("says that it is {node}")),
            Kind::Start { term, vote, last, hash, .. } => self.start(spot, *term, vote.as_deref(), *last, *hash),
            Kind::Role { role, term } => {
                self.enter(spot, *term);
                self.role(spot, *role, *term);
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

    fn start(&mut self, spot: Spot, term: u64, vote: Option<&str>, last: u64, hash: Hash) -> Result<(), Contradiction> {
        *self.tally.entry("starts").or_default() += 1;
        let name = self.findings.node(spot);
        let node = &mut self.nodes[spot.node];
        if let (promised, Some(since)) = node.promised
            && term < promised
        {
            let argument = vec![
                format!("{name} voted or acknowledged entries in term {promised} ({}).", self.findings.place(since)),
                format!("After its restart it is in term {term} ({}).", self.findings.place(spot)),
            ];
            let summary = format!("{name} recovered term {term} although it had acted in term {promised}");
            self.findings.add(Property::Durability, summary, vec![since, spot], argument);
        }
        match (node.votes.get(&term), vote) {
            (Some((candidate, since)), vote) if vote != Some(candidate) => {
                let now = vote.map_or("no vote at all".into(), |vote| format!("one for {vote}"));
                let argument = vec![
                    format!("{name} granted its vote of term {term} to {candidate} ({}).", self.findings.place(*since)),
                    format!("After its restart, still in term {term}, it has {now} ({}).", self.findings.place(spot)),
                    "So it may vote again in that term, and two leaders may be elected.".into(),
                ];
                let summary = format!("{name} recovered {now} in term {term} although it had voted for {candidate}");
                self.findings.add(Property::Durability, summary, vec![*since, spot], argument);
            }
            (None, Some(vote)) => drop(node.votes.insert(term, (vote.to_owned(), spot))),
            _ => {}
        }
        (node.role, node.term) = ((Role::Follower, Some(spot)), (term, Some(spot)));
        (node.commit, node.applied) = ((0, None), (0, None));
        self.recover(spot, last, hash)
    }

    fn recover(&mut self, spot: Spot, last: u64, hash: Hash) -> Result<(), Contradiction> {
        let (name, place) = (self.findings.node(spot), self.findings.place(spot));
        let node = &mut self.nodes[spot.node];
        let (durable, since) = node.durable;
        let recovered = node.log.recover(last, hash);
        if last < durable {
            let since = since.unwrap_or(spot);
            let argument = vec![
                format!("{name} acknowledged its log up to index {durable} ({}).", self.findings.place(since)),
                format!("It did not remove any of that since, and after its restart its log ends at {last} ({place})."),
                "The leader counts on what was acknowledged, and may have committed it.".into(),
            ];
            let lost = if last + 1 == durable {
                format!("entry {durable}")
            } else {
                format!("entries {} to {durable}", last + 1)
            };
            let summary = format!("{name} lost {lost}, which it had acknowledged");
            self.findings.add(Property::Durability, summary, vec![since, spot], argument);
            node.durable = (last, Some(since));
        }
        match recovered {
            Recovered::Known => Ok(()),
            Recovered::Longer => Err(format!("recovers entry {last}, which no line says was ever appended")),
            Recovered::Differs => {
                let lines: Vec<Spot> =
                    node.log.item(last).map(|item| Spot { at: item.at, ..spot }).into_iter().collect();
                let had = node.log.hash(last).map_or("another one".into(), |had| had.to_string());
                let argument = vec![
                    format!("By its trace the log of {name} has hash {had} at index {last}."),
                    format!(
                        "After its restart it has hash {hash} there ({place}): it recovered what was never written."
                    ),
                ];
                let summary = format!("{name} recovered another entry at index {last} than it had");
                let spots = lines.into_iter().chain([spot]).collect();
                self.findings.add(Property::Durability, summary, spots, argument);
                // What its log is from here on cannot be known.
                Err("follows a log that was not recovered".into())
            }
        }
    }

    fn role(&mut self, spot: Spot, role: Role, term: u64) {
        let node = &mut self.nodes[spot.node];
        node.role = (role, Some(spot));
        if role == Role::Leader {
            self.cluster.elect(&mut self.findings, spot, term, &node.log);
        }
    }

    fn vote(&mut self, spot: Spot, term: u64, candidate: &str) {
        *self.tally.entry("votes").or_default() += 1;
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
