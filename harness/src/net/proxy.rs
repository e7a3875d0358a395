//! The proxy of one link: it listens for the whole run, so that its address stays true however often the nodes at its two
//! ends come and go, and relays each connection by itself.

use super::{OpenLink, Target, counter::Counters, relay, rule::ActiveRule};
use std::{io, net::Ipv4Addr, sync::Arc, time::Duration};
use tokio::{net::TcpListener, sync::watch, task::JoinSet, time::sleep};
use tracing::warn;

/// What the connections of a link share.
pub(super) struct Proxy {
    /// A watch, so that a relay that waits hears of a change.
    pub state: watch::Sender<LinkState>,
    pub target: Target,
    pub counters: Counters,
}

/// What is done to a link. The sums tell a relay what it missed: a cut that was restored while it slept was a cut.
#[derive(Default)]
pub(super) struct LinkState {
    /// How many cuts are in force; the link forwards when there is none.
    pub cuts: u32,
    /// How many there ever were.
    pub cuts_made: u64,
    /// The rules in force, in the order in which they were added.
    pub rules: Vec<ActiveRule>,
    /// How many were taken back.
    pub rules_removed: u64,
    /// How often its connections were to be reset.
    pub resets: u64,
}

/// Listens, and relays in a task of its own.
pub(super) async fn open(target: Target) -> io::Result<OpenLink> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let state = watch::Sender::new(LinkState::default());
    let proxy = Arc::new(Proxy { state, target, counters: Counters::default() });
    let task = tokio::spawn(accept(listener, proxy.clone())).abort_handle();
    Ok(OpenLink { address, proxy, task })
}

async fn accept(listener: TcpListener, proxy: Arc<Proxy>) {
    // Dropped with this task, and then every connection with it.
    let mut relays = JoinSet::new();
    loop {
        match listener.accept().await {
            Ok((source, _)) => {
                proxy.counters.connection();
                relays.spawn(relay::run(proxy.clone(), source));
            }
            Err(error) => {
                // Out of descriptors, most likely: it passes, and a busy loop would not help it to.
                warn!("a proxy cannot accept a connection: {error}");
                sleep(Duration::from_millis(50)).await;
            }
        }
        while relays.try_join_next().is_some() {}
    }
}
