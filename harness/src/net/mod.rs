//! The network we own: one proxy per directed link. Node i is told, as the address of its peer j, the address of the proxy
//! of the link i→j. The proxy forwards whole messages, or reads and drops them while the link is cut. Because a link is
//! directed and has its own proxy, every shape of partition is a set of links, and none of it needs root.
//!
//! A message is delivered whole, or not at all, or as the [rules](Rule) of its link say. One that reached the kernel of the
//! receiver before a cut counts as delivered. Who shall not hear whom is decided in [`grudge`]; here it is only carried out.

mod cost;
mod counter;
mod door;
mod fate;
mod frame;
pub mod grudge;
mod outlet;
mod proxy;
mod queue;
mod relay;
mod rule;
mod thread;

pub use cost::{ProxyCost, measure_cost};
pub use counter::LinkCounters;
pub use door::{DoorCounters, Doors};
pub use frame::{FRAME_HEADER_BYTES, MESSAGE_BYTES_MAX};
pub use rule::{Distribution, Rule, RuleId};
pub(crate) use thread::ProxyThread;

use crate::{history::Link, seed};
use proxy::Proxy;
use rule::ActiveRule;
use std::{
    collections::BTreeMap,
    io,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};
use tokio::task::AbortHandle;

/// Why there is no network.
#[derive(Debug, thiserror::Error)]
pub enum NetError {
    /// A proxy could not listen.
    #[error("link {}→{}: the proxy cannot listen on the loopback address: {source}", .link.from, .link.to)]
    Listen {
        /// The link it was meant for.
        link: Link,
        /// What the kernel said.
        source: io::Error,
    },
}

/// Where a node listens to its peers, once that is known.
type Target = Arc<Mutex<Option<SocketAddr>>>;

/// All the links between some nodes. Dropping it ends every proxy and closes every connection.
pub struct Network {
    links: BTreeMap<Link, OpenLink>,
    targets: BTreeMap<String, Target>,
    seed: u64,
    rules_added: AtomicU64,
}

struct OpenLink {
    address: SocketAddr,
    proxy: Arc<Proxy>,
    task: AbortHandle,
}

impl Network {
    /// Opens a proxy for each ordered pair of nodes, in the current runtime. All links forward. What rules draw by chance,
    /// they draw from the seed.
    pub async fn start(nodes: &[String], seed: u64) -> Result<Network, NetError> {
        let targets: BTreeMap<String, Target> = nodes.iter().map(|node| (node.clone(), Target::default())).collect();
        let mut network = Network { links: BTreeMap::new(), targets, seed, rules_added: AtomicU64::new(0) };
        for from in nodes {
            for to in nodes.iter().filter(|to| *to != from) {
                let link = Link { from: from.clone(), to: to.clone() };
                let open = proxy::open(network.targets[to].clone())
                    .await
                    .map_err(|source| NetError::Listen { link: link.clone(), source })?;
                network.links.insert(link, open);
            }
        }
        Ok(network)
    }

    /// Where `from` has to connect in order to reach `to`.
    ///
    /// # Panics
    /// If there is no such link.
    pub fn address(&self, from: &str, to: &str) -> SocketAddr {
        self.link(&Link { from: from.to_owned(), to: to.to_owned() }).address
    }

    /// Says where a node really listens. Connections that exist already stay where they are.
    ///
    /// # Panics
    /// If there is no such node.
    pub fn set_target(&self, node: &str, address: SocketAddr) {
        let target = self.targets.get(node).unwrap_or_else(|| panic!("the network has no node {node}"));
        *target.lock().expect("no panic while a target is set") = Some(address);
    }

    /// Cuts links, at once and also for the connections that exist. Cuts are counted: a link that was cut twice carries
    /// messages again when it was restored twice, so that overlapping partitions compose.
    ///
    /// # Panics
    /// If one of the links does not exist.
    pub fn cut(&self, links: &[Link]) {
        for link in links {
            self.link(link).proxy.state.send_modify(|state| {
                state.cuts += 1;
                state.cuts_made += 1;
            });
        }
    }

    /// Takes back one cut of each of these links.
    ///
    /// # Panics
    /// If one of the links does not exist.
    pub fn restore(&self, links: &[Link]) {
        for link in links {
            self.link(link).proxy.state.send_modify(|state| state.cuts = state.cuts.saturating_sub(1));
        }
    }

    /// Resets the connections that these links have now, on both sides: what was on its way is lost, and the sender has to dial
    /// again.
    ///
    /// # Panics
    /// If one of the links does not exist.
    pub fn reset(&self, links: &[Link]) {
        for link in links {
            self.link(link).proxy.state.send_modify(|state| state.resets += 1);
        }
    }

    /// The links that are cut now.
    pub fn links_cut(&self) -> Vec<Link> {
        let cut = self.links.iter().filter(|(_, open)| open.proxy.state.borrow().cuts > 0);
        cut.map(|(link, _)| link.clone()).collect()
    }

    /// Puts a rule in force on each of these links, at once and also for the connections that exist. The links draw
    /// independently of each other.
    ///
    /// # Panics
    /// If one of the links does not exist.
    pub fn add_rule(&self, links: &[Link], rule: Rule) -> RuleId {
        let id = RuleId(self.rules_added.fetch_add(1, Relaxed));
        for link in links {
            let seed = seed::derive(self.seed, &format!("net/{}→{}/{}", link.from, link.to, id.0));
            self.link(link).proxy.state.send_modify(|state| state.rules.push(ActiveRule::new(id, rule, seed)));
        }
        id
    }

    /// Takes a rule back, on all its links. The messages that it still held are handed on at once, unless another rule holds
    /// them too. If it was taken back before, nothing happens.
    pub fn remove_rule(&self, id: RuleId) {
        self.remove_rule_from(id, |_| true);
    }

    /// The same on some of its links. It stays in force on the others.
    pub fn remove_rule_from(&self, id: RuleId, is_meant: impl Fn(&Link) -> bool) {
        for (_, open) in self.links.iter().filter(|(link, _)| is_meant(link)) {
            open.proxy.state.send_if_modified(|state| {
                let before = state.rules.len();
                state.rules.retain(|rule| rule.id != id);
                let removed = before - state.rules.len();
                state.rules_removed += removed as u64;
                removed > 0
            });
        }
    }

    /// What each link did so far.
    pub fn counters(&self) -> BTreeMap<Link, LinkCounters> {
        self.links.iter().map(|(link, open)| (link.clone(), open.proxy.counters.read())).collect()
    }

    fn link(&self, link: &Link) -> &OpenLink {
        self.links.get(link).unwrap_or_else(|| panic!("the network has no link {}→{}", link.from, link.to))
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        // A proxy's task owns its listener and the tasks of its connections: they all go with it.
        for open in self.links.values() {
            open.task.abort();
        }
    }
}
