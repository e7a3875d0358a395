//! The way of clients to nodes: a proxy before each node, so that clients can be cut off from nodes that still hear each other. It
//! relays bytes as they come, whatever they mean, and so it cannot lose a part of them and go on: a connection that a cut has met
//! is reset when the cut is over, and never resumed.

use super::outlet::reset_on_close;
use std::{
    collections::BTreeMap,
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::{AbortHandle, JoinSet},
    time::sleep,
};

/// What the doors of some nodes have counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DoorCounters {
    /// Connections that a cut has met: they carried nothing any more, and were reset afterwards.
    pub connections_cut: u64,
    /// Bytes from clients that were dropped.
    pub bytes_dropped: u64,
}

/// The doors of some nodes. Dropping it closes every connection.
#[derive(Default)]
pub struct Doors(BTreeMap<String, Door>);

struct Door {
    address: SocketAddr,
    shared: Arc<Shared>,
    task: AbortHandle,
}

struct Shared {
    node: SocketAddr,
    state: watch::Sender<State>,
    connections_cut: AtomicU64,
    bytes_dropped: AtomicU64,
}

/// How many cuts are in force, and how many there ever were: one that was over before a connection looked was a cut.
#[derive(Clone, Copy, Default)]
struct State {
    cuts: u32,
    cuts_made: u64,
}

impl Doors {
    /// Opens one before each of these nodes, in the current runtime.
    ///
    /// # Errors
    /// If a door cannot listen.
    pub async fn open(nodes: Vec<(String, SocketAddr)>) -> io::Result<Doors> {
        let mut doors = BTreeMap::new();
        for (name, node) in nodes {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
            let address = listener.local_addr()?;
            let (connections_cut, bytes_dropped) = (AtomicU64::default(), AtomicU64::default());
            let state = watch::Sender::new(State::default());
            let shared = Arc::new(Shared { node, state, connections_cut, bytes_dropped });
            let task = tokio::spawn(accept(listener, shared.clone())).abort_handle();
            doors.insert(name, Door { address, shared, task });
        }
        Ok(Doors(doors))
    }

    /// Where clients reach a node; `None` if it has no door.
    pub fn address(&self, node: &str) -> Option<SocketAddr> {
        self.0.get(node).map(|door| door.address)
    }

    /// Cuts clients off from these nodes, at once and also those that are connected. Cuts are counted, as those of links are.
    pub fn cut(&self, nodes: &[String]) {
        self.change(nodes, |state| {
            state.cuts += 1;
            state.cuts_made += 1;
        });
    }

    /// Takes back one cut of each of these nodes.
    pub fn restore(&self, nodes: &[String]) {
        self.change(nodes, |state| state.cuts = state.cuts.saturating_sub(1));
    }

    /// What the doors of these nodes did so far, all together.
    pub fn counters(&self, nodes: &[String]) -> DoorCounters {
        let doors = || nodes.iter().filter_map(|node| self.0.get(node));
        DoorCounters {
            connections_cut: doors().map(|door| door.shared.connections_cut.load(Relaxed)).sum(),
            bytes_dropped: doors().map(|door| door.shared.bytes_dropped.load(Relaxed)).sum(),
        }
    }

    fn change(&self, nodes: &[String], change: impl Fn(&mut State)) {
        for door in nodes.iter().filter_map(|node| self.0.get(node)) {
            door.shared.state.send_modify(&change);
        }
    }
}

impl Drop for Doors {
    fn drop(&mut self) {
        self.0.values().for_each(|door| door.task.abort());
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    // Dropped with this task, and then every connection with it.
    let mut relays = JoinSet::new();
    loop {
        match listener.accept().await {
            Ok((client, _)) => drop(relays.spawn(relay(shared.clone(), client))),
            // Out of descriptors, most likely: it passes.
            Err(_) => sleep(Duration::from_millis(50)).await,
        }
        while relays.try_join_next().is_some() {}
    }
}

async fn relay(shared: Arc<Shared>, mut client: TcpStream) {
    let mut state = shared.state.subscribe();
    let before = *state.borrow();
    client.set_nodelay(true).ok();
    let mut node = None;
    let is_over = tokio::select! {
        biased;
        _ = state.wait_for(|now| now.cuts > 0 || now.cuts_made != before.cuts_made) => false,
        () = carry(&shared, &mut client, &mut node) => true,
    };
    if !is_over {
        shared.connections_cut.fetch_add(1, Relaxed);
        drop_until_restored(&shared, &mut client, &mut state).await;
        reset_on_close(&client);
        node.iter().for_each(reset_on_close);
    }
}

/// Connects to the node, and carries bytes both ways until one side has closed.
async fn carry(shared: &Shared, client: &mut TcpStream, node: &mut Option<TcpStream>) {
    match TcpStream::connect(shared.node).await {
        Ok(stream) => {
            stream.set_nodelay(true).ok();
            // Either end, also a reset, is the end.
            let _ = copy_bidirectional(client, node.insert(stream)).await;
        }
        // As the node's own kernel would have answered.
        Err(_) => reset_on_close(client),
    }
}

/// Drops what the client sends until nothing is cut any more. That the client has gone does not cross a cut either.
async fn drop_until_restored(shared: &Shared, client: &mut TcpStream, state: &mut watch::Receiver<State>) {
    let mut scratch = [0; 4096];
    let mut is_open = true;
    loop {
        tokio::select! {
            biased;
            _ = state.wait_for(|now| now.cuts == 0) => return,
            read = client.read(&mut scratch), if is_open => match read {
                Ok(count @ 1..) => drop(shared.bytes_dropped.fetch_add(count as u64, Relaxed)),
                Ok(0) | Err(_) => is_open = false,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncWriteExt;

    async fn echo(listener: TcpListener) {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let (mut read, mut write) = stream.split();
                let _ = tokio::io::copy(&mut read, &mut write).await;
            });
        }
    }

    async fn ask(stream: &mut TcpStream, question: &[u8; 5]) -> io::Result<[u8; 5]> {
        stream.write_all(question).await?;
        let mut answer = [0; 5];
        stream.read_exact(&mut answer).await.map(|_| answer)
    }

    #[tokio::test]
    async fn client_is_cut_off_and_its_connection_does_not_outlive_that() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a listener");
        let node = listener.local_addr().expect("an address");
        tokio::spawn(echo(listener));
        let doors = Doors::open(vec![("n1".to_owned(), node)]).await.expect("a door");
        let connect = || TcpStream::connect(doors.address("n1").expect("a door"));
        let nodes = ["n1".to_owned()];
        let mut before = connect().await.expect("a connection");
        assert_eq!(ask(&mut before, b"hello").await.expect("an answer"), *b"hello");

        doors.cut(&nodes);
        doors.cut(&nodes);
        doors.restore(&nodes);
        let mut meanwhile = connect().await.expect("the kernel knows nothing of a cut");
        let (mut asked, mut asked_too) =
            (Box::pin(ask(&mut before, b"again")), Box::pin(ask(&mut meanwhile, b"again")));
        while doors.counters(&nodes) != (DoorCounters { connections_cut: 2, bytes_dropped: 10 }) {
            tokio::select! {
                answer = &mut asked => panic!("{answer:?}"),
                answer = &mut asked_too => panic!("{answer:?}"),
                () = sleep(Duration::from_millis(1)) => {}
            }
        }
        doors.restore(&nodes);
        assert!(asked.await.is_err() && asked_too.await.is_err(), "both are reset, and the answers never come");
        let mut after = connect().await.expect("a connection");
        assert_eq!(ask(&mut after, b"after").await.expect("an answer"), *b"after");
    }
}
