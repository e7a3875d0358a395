//! What a delay on the links between nodes costs: those of a few slow nodes, which should cost nothing, or all.

use super::{BenchError, Standing};
use crate::{
    history::Link,
    net::{Distribution, Rule, RuleId},
};
use std::time::Duration;

impl Standing {
    /// The nodes that follow now, in the order of their names.
    ///
    /// # Errors
    /// If there is no leader.
    pub async fn followers(&self) -> Result<Vec<String>, BenchError> {
        self.find_leader().await?;
        let is_follower = |node: &&String| self.cluster.client_address(node) != self.leader.get();
        Ok(self.cluster.nodes().iter().filter(is_follower).cloned().collect())
    }

    /// From now on every message from or to one of these nodes takes this much longer. To be used where there are proxies.
    pub fn delay(&self, nodes: &[String], delay: Duration) -> RuleId {
        let all = self.cluster.nodes();
        let pairs = all.iter().flat_map(|from| all.iter().map(move |to| (from, to)));
        let links = pairs.filter(|(from, to)| from != to && (nodes.contains(from) || nodes.contains(to)));
        let links: Vec<Link> = links.map(|(from, to)| Link { from: from.clone(), to: to.clone() }).collect();
        let rule = Rule::Delay { delay, jitter: Duration::ZERO, distribution: Distribution::Uniform };
        self.cluster.network().add_rule(&links, rule)
    }

    /// Takes a delay back.
    pub fn undo(&self, delay: RuleId) {
        self.cluster.network().remove_rule(delay);
    }

    /// All nodes.
    pub fn nodes(&self) -> &[String] {
        self.cluster.nodes()
    }
}
