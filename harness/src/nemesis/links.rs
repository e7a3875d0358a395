//! Which links a fault is about.

use super::{Aim, PlannedFault, run::Scene};
use crate::{
    cluster::ProcessState,
    history::{Fault, Link},
    net::grudge::{self, Grudge, Shape},
};
use std::collections::BTreeSet;

/// How links, or nodes, were chosen that the schedule names.
pub(super) const NAMED: &str = "named";

/// The links of a fault.
pub(super) struct Chosen {
    /// The shape in fact, or [`NAMED`].
    pub shape: &'static str,
    /// `n1 n3 | n2 n4 n5`
    pub phrase: String,
    pub links: Vec<Link>,
    /// What is to be said about the choice: nothing, or `; …`.
    pub note: String,
}

impl Scene<'_> {
    /// Waits until somebody lives: while nobody does, nobody sends, and nothing would show what happened to a link. Then it
    /// resolves the links at that moment, unless the plan names them, and enters them in the fault. The plan that is returned
    /// says when the fault is over now.
    ///
    /// # Errors
    /// Why there are none.
    pub async fn choose_links(
        &self,
        planned: &PlannedFault,
        fault: &mut Fault,
    ) -> Result<(Chosen, PlannedFault), &'static str> {
        let planned = self.await_victim(planned, |node| self.lives(node)).await.ok_or("no node lived until the end")?;
        let shape = match planned.aim {
            Aim::Links(shape) => Some(shape),
            Aim::Nodes(_) | Aim::Named => None,
        };
        let chosen = match shape {
            Some(shape) if planned.links.is_empty() => self.draw(shape, &planned, fault).await,
            _ => named(shape, self.cluster.nodes(), &planned, fault),
        };
        fault.summary.clone_from(&chosen.phrase);
        fault.links.clone_from(&chosen.links);
        if chosen.links.is_empty() { Err("there is no link between nodes") } else { Ok((chosen, planned)) }
    }

    fn lives(&self, node: &str) -> bool {
        matches!(self.cluster.state(node), ProcessState::Running | ProcessState::Stopped)
    }

    /// Draws the links of a shape at this moment.
    async fn draw(&self, shape: Shape, planned: &PlannedFault, fault: &mut Fault) -> Chosen {
        let cluster = self.cluster;
        let leader = if shape.wants_leader() { cluster.leader().await } else { None };
        let leader = leader.map(|(node, _)| node);
        let down: Vec<String> = cluster.nodes().iter().filter(|node| !self.lives(node)).cloned().collect();
        let grudge = grudge::draw(shape, cluster.nodes(), leader.as_deref(), &down, planned.random);
        let note = if grudge.shape == shape {
            String::new()
        } else if shape.among(cluster.nodes().len()) == shape {
            "; no leader was known, so chance has chosen".to_owned()
        } else {
            format!("; {} nodes are too few for {}", cluster.nodes().len(), shape.name())
        };
        fault.target = grudge.target.to_owned();
        Chosen { note, ..enter(grudge, fault) }
    }
}

/// The links that the plan names, or those between the nodes that it names and all others.
fn named(shape: Option<Shape>, nodes: &[String], planned: &PlannedFault, fault: &mut Fault) -> Chosen {
    fault.target = NAMED.to_owned();
    let part = &planned.nodes;
    let mut links = planned.links.clone();
    if links.is_empty() {
        let pairs = nodes.iter().flat_map(|from| nodes.iter().map(move |to| (from, to)));
        let parted = pairs.filter(|(from, to)| part.contains(from) != part.contains(to));
        links.extend(parted.map(|(from, to)| Link { from: from.clone(), to: to.clone() }));
    }
    links.sort();
    // What an earlier run drew has a name and a phrase: of whichever draw has just these links.
    if let Some(grudge) =
        shape.and_then(|shape| draws(shape, nodes, planned.random).find(|grudge| grudge.links == links))
    {
        return enter(grudge, fault);
    }
    let phrase = if planned.links.is_empty() {
        let others: Vec<&str> = nodes.iter().filter(|node| !part.contains(node)).map(String::as_str).collect();
        fault.nodes.clone_from(part);
        format!("{} | {}", part.join(" "), others.join(" "))
    } else {
        let about: BTreeSet<&String> = links.iter().map(|link| &link.from).collect();
        fault.nodes = about.into_iter().cloned().collect();
        links.iter().map(Link::to_string).collect::<Vec<_>>().join(" ")
    };
    Chosen { shape: NAMED, phrase, links, note: String::new() }
}

/// All that could have been drawn, whoever led and whoever was down: nothing is about more than two nodes that had to be up.
fn draws(shape: Shape, nodes: &[String], random: u64) -> impl Iterator<Item = Grudge> {
    let leaders = || nodes.iter().map(|node| Some(node.as_str())).chain([None]);
    let pairs = nodes.iter().flat_map(|one| nodes.iter().map(move |other| [one, other]));
    pairs.flat_map(move |up| {
        let down: Vec<String> = nodes.iter().filter(|node| !up.contains(node)).cloned().collect();
        leaders().map(move |leader| grudge::draw(shape, nodes, leader, &down, random))
    })
}

fn enter(grudge: Grudge, fault: &mut Fault) -> Chosen {
    fault.nodes = grudge.nodes;
    Chosen { shape: grudge.shape.name(), phrase: grudge.phrase, links: grudge.links, note: String::new() }
}
