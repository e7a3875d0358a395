//! Messages through the proxy of a link.

use crate::eventually;
use harness::{
    history::Link,
    net::{LinkCounters, MESSAGE_BYTES_MAX, Network, Rule},
};
use std::{net::SocketAddr, num::NonZeroU64, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

pub fn frame(payload: &[u8]) -> Vec<u8> {
    let mut frame = (payload.len() as u32).to_le_bytes().to_vec();
    frame.extend(crc32c::crc32c(payload).to_le_bytes());
    frame.extend(payload);
    frame
}

pub async fn read_frame(stream: &mut TcpStream) -> Vec<u8> {
    let length = stream.read_u32_le().await.expect("a length");
    let checksum = stream.read_u32_le().await.expect("a checksum");
    let mut payload = vec![0; length as usize];
    stream.read_exact(&mut payload).await.expect("a payload");
    assert_eq!(crc32c::crc32c(&payload), checksum);
    payload
}

/// The link n1→n2 and the listener at its end.
pub struct Fixture {
    pub network: Network,
    pub link: Link,
    pub listener: TcpListener,
}

impl Fixture {
    pub async fn new() -> Fixture {
        let network = Network::start(&["n1".to_owned(), "n2".to_owned()], 1).await.expect("a network");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a listener");
        network.set_target("n2", listener.local_addr().expect("an address"));
        Fixture { network, link: Link { from: "n1".to_owned(), to: "n2".to_owned() }, listener }
    }
    pub async fn dial(&self) -> TcpStream {
        TcpStream::connect(self.network.address("n1", "n2")).await.expect("a connection")
    }
    pub async fn accept(&self) -> TcpStream {
        self.listener.accept().await.expect("a connection").0
    }
    pub fn links(&self) -> &[Link] {
        std::slice::from_ref(&self.link)
    }
    pub fn counters(&self) -> LinkCounters {
        self.network.counters()[&self.link]
    }
}

/// Waits until the other side has closed the connection, and says what came before that.
pub async fn until_closed(stream: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    // A reset is an end like any other here.
    let _ = stream.read_to_end(&mut bytes).await;
    bytes
}

#[tokio::test]
async fn messages_pass_whole_and_in_order() {
    let fixture = Fixture::new().await;
    let mut sender = fixture.dial().await;
    let payloads: Vec<Vec<u8>> = (0..300usize).map(|number| vec![number as u8; number * 7]).collect();
    let stream: Vec<u8> = payloads.iter().flat_map(|payload| frame(payload)).collect();
    // In pieces that have nothing to do with the frames.
    for piece in stream.chunks(1013) {
        sender.write_all(piece).await.expect("sent");
    }
    let mut receiver = fixture.accept().await;
    for payload in &payloads {
        assert_eq!(read_frame(&mut receiver).await, *payload);
    }
    eventually("all are counted", || fixture.counters().messages_forwarded == 300).await;
    assert_eq!(
        fixture.counters(),
        LinkCounters {
            messages_forwarded: 300,
            bytes_forwarded: stream.len() as u64,
            connections: 1,
            ..LinkCounters::default()
        }
    );
    assert_eq!(fixture.network.counters()[&Link { from: "n2".into(), to: "n1".into() }], LinkCounters::default());

    // The end of the sender is the end of the connection, after the last message.
    drop(sender);
    assert!(until_closed(&mut receiver).await.is_empty());
}

#[tokio::test]
async fn a_long_message_passes() {
    let fixture = Fixture::new().await;
    let mut sender = fixture.dial().await;
    let payload: Vec<u8> = (0..20_000_000u32).map(|number| (number >> 3) as u8).collect();
    let long = frame(&payload);
    let sending = tokio::spawn(async move {
        sender.write_all(&long).await.expect("sent");
        sender.write_all(&frame(b"after")).await.expect("sent");
        sender
    });
    let mut receiver = fixture.accept().await;
    assert!(read_frame(&mut receiver).await == payload);
    assert_eq!(read_frame(&mut receiver).await, b"after");
    sending.await.expect("the sender's end");
}

#[tokio::test]
async fn a_reset_ends_the_connections_there_are_and_what_is_in_flight_and_no_later_one() {
    let fixture = Fixture::new().await;
    let mut sender = fixture.dial().await;
    sender.write_all(&frame(b"before")).await.expect("sent");
    let mut receiver = fixture.accept().await;
    assert_eq!(read_frame(&mut receiver).await, b"before");
    let rule = fixture.network.add_rule(fixture.links(), Rule::Rate { bytes_per_second: NonZeroU64::MIN });
    sender.write_all(&[frame(b"first"), frame(b"held back")].concat()).await.expect("sent");
    assert_eq!(read_frame(&mut receiver).await, b"first");

    fixture.network.reset(fixture.links());
    assert!(until_closed(&mut receiver).await.is_empty() && until_closed(&mut sender).await.is_empty());
    eventually("it is counted", || fixture.counters().resets == 1).await;
    assert_eq!(fixture.counters().messages_dropped, 1);
    fixture.network.remove_rule(rule);
    let mut sender = fixture.dial().await;
    sender.write_all(&frame(b"after")).await.expect("sent");
    assert_eq!(read_frame(&mut fixture.accept().await).await, b"after");
}

#[tokio::test]
async fn a_cut_link_drops_and_counts_and_a_restored_one_carries_on() {
    let fixture = Fixture::new().await;
    let mut sender = fixture.dial().await;
    sender.write_all(&frame(b"before")).await.expect("sent");
    let mut receiver = fixture.accept().await;
    assert_eq!(read_frame(&mut receiver).await, b"before");

    // Two partitions cut the same link; it is restored when both have healed.
    fixture.network.cut(fixture.links());
    fixture.network.cut(fixture.links());
    fixture.network.restore(fixture.links());
    assert_eq!(fixture.network.links_cut(), fixture.links());
    for _ in 0..10 {
        sender.write_all(&frame(b"lost")).await.expect("sent");
    }
    eventually("ten are dropped", || fixture.counters().messages_dropped == 10).await;
    assert_eq!(fixture.counters().bytes_dropped, 10 * 12);

    fixture.network.restore(fixture.links());
    assert_eq!(fixture.network.links_cut(), []);
    sender.write_all(&frame(b"after")).await.expect("sent");
    assert_eq!(read_frame(&mut receiver).await, b"after", "nothing dropped comes later, on the same connection");
    assert_eq!((fixture.counters().connections, fixture.counters().resets), (1, 0));
}

#[tokio::test]
async fn a_sender_learns_that_the_receiver_is_down_and_reaches_it_when_it_is_back() {
    let Fixture { network, link, listener } = Fixture::new().await;
    let address: SocketAddr = listener.local_addr().expect("an address");
    let proxy = network.address("n1", "n2");

    let mut sender = TcpStream::connect(proxy).await.expect("a connection");
    sender.write_all(&frame(b"one")).await.expect("sent");
    let (mut receiver, _) = listener.accept().await.expect("a connection");
    assert_eq!(read_frame(&mut receiver).await, b"one");
    drop((receiver, listener));
    assert!(until_closed(&mut sender).await.is_empty(), "the receiver's end is passed on");

    let mut sender = TcpStream::connect(proxy).await.expect("the proxy is there");
    sender.write_all(&frame(b"two")).await.expect("sent");
    until_closed(&mut sender).await;
    assert_eq!(network.counters()[&link].messages_undeliverable, 1);

    let listener = TcpListener::bind(address).await.expect("the same address");
    let mut sender = TcpStream::connect(proxy).await.expect("the proxy is there");
    sender.write_all(&frame(b"three")).await.expect("sent");
    let (mut receiver, _) = listener.accept().await.expect("a connection");
    assert_eq!(read_frame(&mut receiver).await, b"three");
}

#[tokio::test]
async fn the_end_of_a_receiver_does_not_cross_a_cut() {
    let fixture = Fixture::new().await;
    let mut sender = fixture.dial().await;
    sender.write_all(&frame(b"before")).await.expect("sent");
    let mut receiver = fixture.accept().await;
    assert_eq!(read_frame(&mut receiver).await, b"before");

    fixture.network.cut(fixture.links());
    drop(receiver);
    sender.write_all(&frame(b"lost")).await.expect("sent");
    eventually("it is dropped", || fixture.counters().messages_dropped == 1).await;
    fixture.network.restore(fixture.links());
    sender.write_all(&frame(b"after")).await.expect("the connection still stands");
    // Whether the proxy notices the receiver's end before or after the restoring, the sender's next message either
    // arrives over a new connection or finds its own closed.
    tokio::select! {
        mut receiver = fixture.accept() => assert_eq!(read_frame(&mut receiver).await, b"after"),
        _ = until_closed(&mut sender) => {}
    }
}

#[tokio::test]
async fn a_cut_that_meets_a_blocked_write_resets_the_connection() {
    let fixture = Fixture::new().await;
    let mut sender = fixture.dial().await;
    let message = frame(&[7; 10_000]);
    // The receiver does not read, as a stopped process would not: sooner or later nothing goes on.
    let first = message.clone();
    let sending = tokio::spawn(async move { while sender.write_all(&first).await.is_ok() {} });
    let mut receiver = fixture.accept().await;
    // When exactly the write blocks cannot be seen from outside, so the cut comes again until it meets a blocked one.
    while fixture.counters().resets == 0 {
        fixture.network.restore(fixture.links());
        tokio::time::sleep(Duration::from_millis(20)).await;
        fixture.network.cut(fixture.links());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    sending.await.expect("the sender's connection is reset");
    // What was in the receiver's kernel is delivered, with at most one frame torn by the reset.
    let arrived = until_closed(&mut receiver).await;
    assert!(arrived.len() as u64 <= fixture.counters().bytes_forwarded + message.len() as u64);
    for (number, frame) in arrived.chunks_exact(message.len()).enumerate() {
        assert!(frame == message, "frame {number} arrived whole");
    }

    let dropped = fixture.counters().messages_dropped;
    let mut sender = fixture.dial().await;
    sender.write_all(&message).await.expect("sent");
    eventually("the link is still cut", || fixture.counters().messages_dropped == dropped + 1).await;
}

#[tokio::test]
async fn a_malformed_frame_closes_the_connection_and_is_counted() {
    let fixture = Fixture::new().await;
    let mut sender = fixture.dial().await;
    let mut stream = frame(b"good");
    stream.extend((MESSAGE_BYTES_MAX as u32 + 1).to_le_bytes());
    sender.write_all(&stream).await.expect("sent");
    let mut receiver = fixture.accept().await;
    assert_eq!(read_frame(&mut receiver).await, b"good");
    until_closed(&mut sender).await;
    until_closed(&mut receiver).await;
    assert_eq!((fixture.counters().messages_forwarded, fixture.counters().malformed), (1, 1));
}

#[tokio::test]
async fn dropping_the_network_closes_everything() {
    let Fixture { network, listener, .. } = Fixture::new().await;
    let proxy = network.address("n1", "n2");
    let mut sender = TcpStream::connect(proxy).await.expect("a connection");
    sender.write_all(&frame(b"one")).await.expect("sent");
    let (mut receiver, _) = listener.accept().await.expect("a connection");
    assert_eq!(read_frame(&mut receiver).await, b"one");
    drop(network);
    until_closed(&mut sender).await;
    until_closed(&mut receiver).await;
    assert!(TcpStream::connect(proxy).await.is_err(), "nobody listens there any more");
}
