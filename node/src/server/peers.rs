//! The ways to other nodes, as the configuration in force changes.

use super::address::{Address, Peer};
use crate::{
    crash_point::{CrashPoint, reach},
    raft::{Body, Configuration, Message, NodeId},
    transport::{Greeting, Introduction, LinkCounts, Passport, Sender},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

/// How long the way to a node that is no member is kept which is not used.
const GUEST_IDLE: Duration = Duration::from_secs(10);

/// See the [module](self).
#[derive(Debug)]
pub struct Peers {
    own: NodeId,
    /// What the command line said wins over what a configuration says: this node may have to take another way, as through a proxy.
    given: BTreeMap<NodeId, Address>,
    /// What the configurations said that this node has seen.
    heard: BTreeMap<NodeId, Address>,
    members: BTreeMap<NodeId, (SocketAddr, Sender)>,
    /// Those that are no members, and when something was last said to them: to one that was removed, that it was; to one that this
    /// node does not know as a member yet, that it has its vote.
    guests: BTreeMap<NodeId, (Sender, Instant)>,
    /// What all messages show.
    passport: Passport,
    /// They outlast the ways.
    links: BTreeMap<NodeId, Arc<LinkCounts>>,
}

impl Peers {
    /// No ways yet; the addresses are from the command line.
    pub fn new(own: NodeId, given: impl IntoIterator<Item = Peer>, passport: Passport) -> Peers {
        let given = given.into_iter().map(|peer| (peer.name, peer.address)).collect();
        Peers {
            own,
            given,
            passport,
            heard: BTreeMap::new(),
            members: BTreeMap::new(),
            guests: BTreeMap::new(),
            links: BTreeMap::new(),
        }
    }

    /// This configuration is in force now.
    pub fn follow(&mut self, configuration: &Configuration) {
        for (&id, text) in &configuration.addresses {
            match text.parse() {
                Ok(address) => drop(self.heard.insert(id, address)),
                Err(error) => tracing::error!(node = %id, %error, "a member cannot be reached"),
            }
        }
        let (own, mut before) = (self.own, std::mem::take(&mut self.members));
        for id in configuration.members().into_iter().filter(|&id| id != own) {
            let Some(Address { peer, .. }) = self.address(id) else { continue };
            let kept = before.remove(&id).filter(|(address, _)| *address == peer);
            let way = kept.unwrap_or_else(|| (peer, self.start(id, peer)));
            self.members.insert(id, way);
            self.guests.remove(&id);
        }
        for (id, (_, sender)) in before.into_iter().filter(|(id, _)| !self.members.contains_key(id)) {
            self.guests.insert(id, (sender, Instant::now()));
        }
    }

    /// Sends messages, each if there is a way.
    pub fn send(&mut self, messages: &[Message]) {
        for message in messages {
            match message.body {
                Body::VoteResponse { granted: true } => reach(CrashPoint::BeforeVoteAnswer),
                Body::AppendAccepted { .. } => reach(CrashPoint::BeforeAppendAnswer),
                _ => {}
            }
            if let Some(sender) = self.sender(message.to) {
                sender.add(message);
            }
        }
        for to in messages.iter().map(|message| message.to).collect::<BTreeSet<_>>() {
            if let Some(sender) = self.sender(to) {
                sender.flush();
            }
        }
        for message in messages {
            match message.body {
                Body::VoteResponse { granted: true } => reach(CrashPoint::AfterVoteAnswer),
                Body::AppendAccepted { .. } => reach(CrashPoint::AfterAppendAnswer),
                _ => {}
            }
        }
    }

    /// Introduces this node to another one, of which it is known whether it is there just now.
    pub fn introduce(&mut self, to: NodeId, introduction: &Introduction, is_there: bool) {
        let Some(sender) = self.sender(to) else { return };
        if is_there {
            sender.hurry();
        }
        sender.add_introduction(introduction);
        sender.flush();
    }

    /// The way to a node.
    pub fn sender(&mut self, id: NodeId) -> Option<&Sender> {
        // Not `get`: the borrow checker takes a borrow that is returned in one branch for one that lasts in all.
        if self.members.contains_key(&id) {
            return self.members.get(&id).map(|(_, sender)| sender);
        }
        let Address { peer, .. } = self.address(id)?;
        if !self.guests.contains_key(&id) {
            let sender = self.start(id, peer);
            self.guests.insert(id, (sender, Instant::now()));
        }
        let (sender, used) = self.guests.get_mut(&id)?;
        *used = Instant::now();
        Some(sender)
    }

    fn start(&mut self, id: NodeId, address: SocketAddr) -> Sender {
        let greeting = self.heard.get(&self.own).map(|own| Greeting { from: self.own, address: own.to_string() });
        Sender::start(id, address, &self.passport, greeting, self.links.entry(id).or_default().clone())
    }

    /// A node says where it is. This helps where the node joined while this one was away, and leads by now: what is to be answered to
    /// it is that its log is not understood yet, and so it cannot be in the log where it is reached. What the configuration in force
    /// says of a member is not changed by it.
    pub fn greeted(&mut self, greeting: &Greeting) {
        let Greeting { from, address } = greeting;
        if let Ok(address) = address.parse()
            && !self.members.contains_key(from)
            && self.heard.insert(*from, address) != Some(address)
        {
            self.guests.remove(from);
        }
    }

    /// Where a node serves clients; not this one, which knows that by itself.
    pub fn client_address(&self, id: NodeId) -> Option<SocketAddr> {
        self.address(id).filter(|_| id != self.own).map(|address| address.client)
    }

    /// What became of the messages to each node.
    pub fn links(&self) -> &BTreeMap<NodeId, Arc<LinkCounts>> {
        &self.links
    }

    /// Gives up ways that are not needed any more. To be called now and then.
    pub fn tidy(&mut self) {
        self.guests.retain(|_, (_, used)| used.elapsed() < GUEST_IDLE);
    }

    fn address(&self, id: NodeId) -> Option<Address> {
        self.given.get(&id).or_else(|| self.heard.get(&id)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        raft::{Body, Term},
        transport::{Frame, Verdict, receive},
    };
    use tokio::{net::TcpListener, sync::mpsc};

    fn message(to: u64) -> Message {
        Message { from: NodeId(1), to: NodeId(to), term: Term(1), body: Body::VoteResponse { granted: true } }
    }

    /// A place where messages arrive.
    async fn place() -> (SocketAddr, mpsc::UnboundedReceiver<Message>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (messages, arrived) = mpsc::unbounded_channel();
        let deliver = move |_, frame| {
            let verdict = match frame {
                Frame::Message(message) => messages.send(message).map_or(Verdict::End, |()| Verdict::Taken),
                _ => Verdict::Taken,
            };
            async move { verdict }
        };
        tokio::spawn(receive(listener, Passport::any().stamp, deliver, || ()));
        (address, arrived)
    }

    /// Sends until something arrives: what is sent before there is a connection may be lost.
    async fn arrives(peers: &mut Peers, to: u64, arrived: &mut mpsc::UnboundedReceiver<Message>) {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            peers.send(&[message(to)]);
            match tokio::time::timeout(Duration::from_millis(20), arrived.recv()).await {
                Ok(message) => return assert_eq!(message.unwrap().to, NodeId(to)),
                Err(_) => assert!(Instant::now() < deadline, "nothing arrives"),
            }
        }
    }

    #[tokio::test]
    async fn ways_follow_the_configuration_and_the_command_line_wins() {
        let ((two, mut at_two), (four, mut at_four)) = (place().await, place().await);
        let client: SocketAddr = "127.0.0.1:9".parse().unwrap();
        let address = |peer| Address { peer, client };
        let mut peers = Peers::new(NodeId(1), [Peer { name: NodeId(2), address: address(two) }], Passport::any());
        let founding = Configuration::of([NodeId(1), NodeId(2)]);
        peers.follow(&founding);
        arrives(&mut peers, 2, &mut at_two).await;
        assert_eq!(peers.client_address(NodeId(4)), None);

        let joined = founding.with_learner(NodeId(4), address(four).to_string());
        peers.follow(&joined.with_learner(NodeId(2), address(four).to_string()));
        arrives(&mut peers, 4, &mut at_four).await;
        arrives(&mut peers, 2, &mut at_two).await;
        assert_eq!(peers.client_address(NodeId(4)), Some(client));

        // One that was removed is still told so, but the way to it is not kept for ever.
        peers.follow(&founding);
        assert!(!peers.members.contains_key(&NodeId(4)));
        arrives(&mut peers, 4, &mut at_four).await;
        peers.guests.values_mut().for_each(|(_, used)| *used -= GUEST_IDLE);
        peers.tidy();
        assert!(peers.guests.is_empty());
    }
    #[tokio::test]
    async fn greeting_tells_where_one_is_that_is_no_member_yet() {
        let ((elsewhere, mut at_elsewhere), (four, mut at_four)) = (place().await, place().await);
        let client: SocketAddr = "127.0.0.1:9".parse().unwrap();
        let greeting = |peer| Greeting { from: NodeId(4), address: Address { peer, client }.to_string() };
        let mut peers = Peers::new(NodeId(1), [], Passport::any());
        let founding = Configuration::of([1, 2].map(NodeId));
        peers.follow(&founding);
        assert!(peers.sender(NodeId(4)).is_none());
        peers.greeted(&greeting(elsewhere));
        arrives(&mut peers, 4, &mut at_elsewhere).await;
        peers.greeted(&greeting(four));
        arrives(&mut peers, 4, &mut at_four).await;
        // What the cluster has agreed upon is not for one node to say.
        peers.follow(&founding.with_learner(NodeId(4), greeting(four).address));
        peers.greeted(&greeting(elsewhere));
        arrives(&mut peers, 4, &mut at_four).await;
        peers.greeted(&Greeting { from: NodeId(5), address: "nowhere".to_owned() });
        assert!(peers.sender(NodeId(5)).is_none());
    }
}
