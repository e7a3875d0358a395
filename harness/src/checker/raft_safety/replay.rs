//! One line after the other: what each says about its node, and whether the node may do that.

use super::cluster::Cluster;
use super::log::{Item, Recovered, ShadowLog};
use super::property::{Findings, Property, Spot};
use crate::checker::NodeTrace;
use crate::history::trace::{Hash, Kind, Role, VERSION};
use std::collections::BTreeMap;

/// A node as its lines describe it.
struct Node {
    log: ShadowLog,
    /// The role, and the line that said so.
    role: (Role, Option<Spot>),
    /// The current term, and the line that set it.
    term: (u64, Option<Spot>),
    /// In this start: the commit index and the applied index.
    commit: (u64, Option<Spot>),
    applied: (u64, Option<Spot>),
    /// Each term's vote. Votes are for ever, starts or not.
    votes: BTreeMap<u64, (String, Spot)>,
    /// The highest term that it has told others of (by a vote or an acknowledgement), and so must not forget.
    promised: (u64, Option<Spot>),
    /// What it acknowledged last: term, index.
    acked: (u64, u64, Option<Spot>),
    /// The index up to which its present log has been acknowledged at some time, and so must not be lost.
    durable: (u64, Option<Spot>),
    /// The time of its last line.
    time: u64,
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
    traces: &'a [NodeTrace],
    nodes: Vec<Node>,
    positions: Vec<usize>,
    cluster: Cluster,
    findings: Findings<'a>,
    distrust: Vec<String>,
    tally: BTreeMap<&'static str, u64>,
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
type Contradiction = String;

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

    fn append(&mut self, spot: Spot, first: u64, terms: &[(u64, u64)], hashes: &[Hash]) -> Result<(), Contradiction> {
        let node = &mut self.nodes[spot.node];
        if first != node.log.last() + 1 {
            return Err(format!("appends at index {first} to a log that ends at {}", node.log.last()));
        }
        let counted = terms.iter().try_fold(0u64, |sum, (_, count)| sum.checked_add(*count));
        if counted != Some(hashes.len() as u64) {
            return Err(format!("has terms for {} entries and {} hashes", counted.unwrap_or(u64::MAX), hashes.len()));
        }
        let terms = terms.iter().flat_map(|&(term, count)| (0..count).map(move |_| term));
        for (term, &hash) in terms.zip(hashes) {
            let last = node.log.last();
            let before = node.log.hash(last).unwrap_or_default();
            self.cluster.append(&mut self.findings, spot, last + 1, term, hash, before);
            node.log.push(Item { term, hash, at: spot.at });
        }
        Ok(())
    }

    fn truncate(&mut self, spot: Spot, from: u64) -> Result<(), Contradiction> {
        *self.tally.entry("truncations").or_default() += 1;
        let node = &mut self.nodes[spot.node];
        let (name, term) = (self.findings.node(spot), node.term.0);
        if from == 0 || from > node.log.last() {
            return Err(format!("removes entries from {from} on of a log that ends at {}", node.log.last()));
        }
        let removed = format!("{name} removed its entries from index {from} on ({}).", self.findings.place(spot));
        if node.role.0 == Role::Leader {
            let spots = node.role.1.into_iter().chain([spot]).collect();
            let argument = vec![format!("{name} was leader of term {term}."), removed.clone()];
            let summary = format!("{name} removed entries from index {from} on while it was leader of term {term}");
            self.findings.add(Property::LeaderAppendOnly, summary, spots, argument);
        }
        if from <= node.commit.0 {
            let spots = node.commit.1.into_iter().chain([spot]).collect();
            let commit = node.commit.0;
            let argument = vec![format!("{name} knew its log to be committed up to index {commit}."), removed.clone()];
            let summary = format!("{name} removed entry {from} although it knew it to be committed");
            self.findings.add(Property::CommittedIsImmutable, summary, spots, argument);
        }
        let (acked_term, acked, acked_at) = node.acked;
        if acked_term == term && from <= acked {
            let spots = acked_at.into_iter().chain([spot]).collect();
            let argument = vec![
                format!("{name} acknowledged its log up to index {acked} to the leader of term {term}."),
                removed,
                format!("It was still in term {term}, whose leader has exactly these entries."),
            ];
            let summary =
                format!("{name} removed entry {from}, which it had acknowledged to the leader of the same term {term}");
            self.findings.add(Property::AcknowledgedPrefix, summary, spots, argument);
        }
        node.log.truncate(from);
        if node.durable.0 >= from {
            node.durable.0 = from - 1;
        }
        Ok(())
    }

    fn ack(&mut self, spot: Spot, term: u64, index: u64) {
        *self.tally.entry("acks").or_default() += 1;
        let leader = self.cluster.leader(term).filter(|&leader| {
            leader != spot.node && self.nodes[leader].role.0 == Role::Leader && self.nodes[leader].term.0 == term
        });
        let of_leader =
            leader.and_then(|leader| self.nodes[leader].log.item(index).copied().map(|item| (leader, item)));
        let node = &mut self.nodes[spot.node];
        let (name, place) = (self.findings.node(spot), self.findings.place(spot));
        let own = node.log.item(index).copied();
        let claim = format!("{name} acknowledged its log up to index {index} to the leader of term {term} ({place}).");
        if own.is_none() && index > 0 {
            let last = node.log.last();
            let argument = vec![claim, format!("Its log ends at index {last}.")];
            let summary = format!("{name} acknowledged index {index} although its log ends at {last}");
            self.findings.add(Property::AcknowledgedPrefix, summary, vec![spot], argument);
        } else if let (Some(own), Some((leader, theirs))) = (own, of_leader)
            && own.hash != theirs.hash
        {
            let leads = &self.traces[leader].node;
            let argument = vec![
                claim,
                format!("There its log has hash {}, and that of the leader, {leads}, has {}.", own.hash, theirs.hash),
            ];
            let summary =
                format!("{name} acknowledged index {index} to {leads}, leader of term {term}, whose log is another");
            let spots = vec![Spot { node: leader, at: theirs.at }, Spot { at: own.at, ..spot }, spot];
            self.findings.add(Property::AcknowledgedPrefix, summary, spots, argument);
        }
        let index = index.min(node.log.last());
        if term >= node.promised.0 {
            node.promised = (term, Some(spot));
        }
        if (term, index) >= (node.acked.0, node.acked.1) {
            node.acked = (term, index, Some(spot));
        }
        if index >= node.durable.0 {
            node.durable = (index, Some(spot));
        }
        node.log.settle(index);
        self.cluster.ack(spot, term, index);
    }

    fn commit(&mut self, spot: Spot, t: u64, term: u64, index: u64) {
        let node = &mut self.nodes[spot.node];
        let name = self.findings.node(spot);
        let (before, since) = node.commit;
        let claim = format!("{name} took the log up to index {index} for committed ({}).", self.findings.place(spot));
        let spots: Vec<Spot> = since.into_iter().chain([spot]).collect();
        if index < before {
            let summary = format!("{name} took its commit index back from {before} to {index}");
            let argument = vec![format!("The commit index of {name} was {before}."), claim];
            self.findings.add(Property::MonotonicCommit, summary, spots, argument);
            return;
        }
        if index > node.log.last() {
            let last = node.log.last();
            let summary = format!("{name} took index {index} for committed although its log ends at {last}");
            let argument = vec![claim, format!("Its log ends at index {last}.")];
            self.findings.add(Property::MonotonicCommit, summary, vec![spot], argument);
            return;
        }
        if node.role.0 == Role::Leader && index > before {
            self.cluster.claim(spot, t, term, index);
            if let Some(item) = node.log.item(index).filter(|item| item.term != term) {
                let of = item.term;
                let summary = format!(
                    "{name}, leader of term {term}, committed entry {index}@{of} of an earlier term by counting"
                );
                let argument = vec![
                    format!("{name} was leader of term {term}."),
                    claim,
                    format!(
                        "The entry at index {index} is of term {of}, and not of its own: a later leader may still replace it."
                    ),
                ];
                let spots = node.role.1.into_iter().chain([Spot { at: item.at, ..spot }, spot]).collect();
                self.findings.add(Property::CommitRule, summary, spots, argument);
            }
        }
        self.cluster.commit(&mut self.findings, spot, term, (before + 1, index), &node.log);
        node.commit = (index, Some(spot));
    }

    fn apply(&mut self, spot: Spot, index: u64, hash: Hash) {
        let node = &mut self.nodes[spot.node];
        let name = self.findings.node(spot);
        let (before, since) = node.applied;
        let claim = format!(
            "{name} had applied the log up to index {index}, with hash {hash} ({}).",
            self.findings.place(spot)
        );
        let mut fault = |summary: String, other: Option<Spot>, because: String| {
            let spots = other.into_iter().chain([spot]).collect();
            self.findings.add(Property::StateMachineSafety, summary, spots, vec![because, claim.clone()]);
        };
        if index < before {
            let because =
                format!("{name} had already applied the log up to index {before}: entries are applied in order, once.");
            return fault(format!("{name} applied index {index} after index {before}"), since, because);
        }
        if index > node.commit.0 {
            let commit = node.commit.0;
            let because =
                format!("The commit index of {name} was {commit}; what is not committed may still be replaced.");
            fault(
                format!("{name} applied index {index} although it knew only {commit} to be committed"),
                node.commit.1,
                because,
            );
        }
        if let Some(item) = node.log.item(index).filter(|item| item.hash != hash) {
            let because = format!("The log of {name} has hash {} at index {index}.", item.hash);
            let appended = Some(Spot { at: item.at, ..spot });
            return fault(
                format!("{name} applied another entry at index {index} than its log holds"),
                appended,
                because,
            );
        }
        self.cluster.apply(&mut self.findings, spot, (before + 1, index), &node.log);
        node.applied = (index.min(node.log.last()), Some(spot));
    }
}
