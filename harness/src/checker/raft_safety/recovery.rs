//! The line with which a process begins: what it recovered, compared with what it had promised to keep.

use super::log::Recovered;
use super::property::{Property, Spot};
use super::replay::{Contradiction, Replay};
use crate::history::trace::{Hash, Role};

impl Replay {
    pub(super) fn start(
        &mut self,
        spot: Spot,
        term: u64,
        vote: Option<&str>,
        last: u64,
        hash: Hash,
    ) -> Result<(), Contradiction> {
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
            (None, Some(vote)) => {
                node.votes.insert(term, (vote.to_owned(), spot));
                self.quorums.vote(spot, term, vote);
            }
            _ => {}
        }
        node.configuration = self.membership.founding();
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
            Recovered::Shorter => {
                let (covered, at) = node.log.snapshot();
                if last >= durable {
                    let argument = vec![
                        format!("{name} had a snapshot that ended at index {covered}."),
                        format!("After its restart its log ends at {last} ({place})."),
                    ];
                    let summary = format!("{name} lost its snapshot of the log up to index {covered}");
                    let spots = at.map(|line| Spot { line, ..spot }).into_iter().chain([spot]).collect();
                    self.findings.add(Property::Durability, summary, spots, argument);
                }
                Err("follows a log that was not recovered".into())
            }
            Recovered::Longer => Err(format!("recovers entry {last}, which no line says was ever appended")),
            Recovered::Differs => {
                let lines: Vec<Spot> =
                    node.log.item(last).map(|item| Spot { line: item.line, ..spot }).into_iter().collect();
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
}
