//! The proxy of one link: it listens for the whole run, so that its address stays true however often the nodes at its two
//! ends come and go, and relays each connection by itself.

use super::{OpenLink, Target, counter::Counters, relay};
use std::{io, net::Ipv4Addr, sync::Arc, time::Duration};
use tokio::{net::TcpListener, sync::watch, task::JoinSet, time::sleep};
use tracing::warn;

/// What the connections of a link share.
pub(super) struct Proxy {
    /// How many cuts are in force; the link forwards when there is none. A watch, so that a relay that waits hears of it.
    pub cuts: watch::Sender<u32>,
    pub target: Target,
    pub counters: Counters,
}

/// Listens, and relays in a task of its own.
pub(super) async fn open(target: Target) -> io::Result<OpenLink> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let proxy = Arc::new(Proxy { cuts: watch::Sender::new(0), target, counters: Counters::default() });
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
