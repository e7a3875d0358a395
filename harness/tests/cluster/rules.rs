//! Rules on a link, seen from its two ends.

use crate::{
    eventually,
    net::{Fixture, frame, read_frame, until_closed},
};
use harness::net::{LinkCounters, Rule, RuleId};
use std::time::{Duration, Instant};
use tokio::{io::AsyncWriteExt, net::TcpStream};

/// Longer than any test.
const FOR_EVER: Duration = Duration::from_secs(3600);

fn delay(delay: Duration) -> Rule {
    Rule::Delay { delay, jitter: Duration::ZERO }
}

impl Fixture {
    fn rule(&self, rule: Rule) -> RuleId {
        self.network.add_rule(self.links(), rule)
    }
}

/// Sends messages that say how many were sent before them.
async fn send(sender: &mut TcpStream, count: u32) {
    for number in 0..count {
        sender.write_all(&frame(&number.to_le_bytes())).await.expect("sent");
    }
}

async fn read_number(receiver: &mut TcpStream) -> u32 {
    u32::from_le_bytes(read_frame(receiver).await.try_into().expect("a number"))
}

#[tokio::test]
async fn delayed_messages_arrive_in_order_and_none_before_it_is_due() {
    let fixture = Fixture::new().await;
    let mut sender = fixture.dial().await;
    sender.write_all(&frame(b"before")).await.expect("sent");
    let mut receiver = fixture.accept().await;
    assert_eq!(read_frame(&mut receiver).await, b"before");

    // The connection exists already.
    fixture.rule(Rule::Delay { delay: Duration::from_millis(60), jitter: Duration::from_millis(20) });
    let sent = Instant::now();
    send(&mut sender, 500).await;
    for number in 0..500 {
        assert_eq!(read_number(&mut receiver).await, number);
        assert!(sent.elapsed() >= Duration::from_millis(40), "message {number} was early");
    }
    eventually("all are counted", || fixture.counters().messages_forwarded == 501).await;
    assert_eq!(fixture.counters().messages_delayed, 500);
}

#[tokio::test]
async fn rules_add_up_and_each_is_taken_back_by_itself() {
    let fixture = Fixture::new().await;
    let mut sender = fixture.dial().await;
    let short = fixture.rule(delay(Duration::from_millis(30)));
    let long = fixture.rule(delay(FOR_EVER));
    send(&mut sender, 2).await;
    eventually("both are held", || fixture.counters().messages_delayed == 2).await;
    assert_eq!(fixture.counters().messages_forwarded, 0);

    // What the rule held is let go, and what comes next is not held.
    fixture.network.remove_rule(long);
    fixture.network.remove_rule(long);
    let mut receiver = fixture.accept().await;
    assert_eq!(read_number(&mut receiver).await, 0);
    assert_eq!(read_number(&mut receiver).await, 1);
    let sent = Instant::now();
    send(&mut sender, 1).await;
    assert_eq!(read_number(&mut receiver).await, 0);
    assert!(sent.elapsed() >= Duration::from_millis(30), "the other rule is still in force");

    fixture.network.remove_rule(short);
    send(&mut sender, 1).await;
    assert_eq!(read_number(&mut receiver).await, 0);
    assert_eq!(fixture.counters().messages_delayed, 3);
}

#[tokio::test]
async fn a_cut_drops_all_that_is_in_flight() {
    let fixture = Fixture::new().await;
    let mut sender = fixture.dial().await;
    let rule = fixture.rule(delay(FOR_EVER));
    // All at once: a delay is no limit to how much can be under way.
    send(&mut sender, 100).await;
    eventually("all are in flight", || fixture.counters().messages_delayed == 100).await;
    assert_eq!(fixture.counters().messages_forwarded, 0);

    // However short the cut is.
    fixture.network.cut(fixture.links());
    fixture.network.restore(fixture.links());
    fixture.network.remove_rule(rule);
    sender.write_all(&frame(b"after")).await.expect("sent");
    let mut receiver = fixture.accept().await;
    assert_eq!(read_frame(&mut receiver).await, b"after");
    eventually("it is counted", || fixture.counters().messages_forwarded == 1).await;
    assert_eq!((fixture.counters().messages_dropped, fixture.counters().bytes_dropped), (100, 1200));
}

#[tokio::test]
async fn what_is_in_flight_outlives_its_sender() {
    let fixture = Fixture::new().await;
    let mut sender = fixture.dial().await;
    let rule = fixture.rule(delay(FOR_EVER));
    send(&mut sender, 10).await;
    eventually("all are in flight", || fixture.counters().messages_delayed == 10).await;
    // As a kill ends it.
    sender.set_zero_linger().expect("an option of the socket");
    drop(sender);
    fixture.network.remove_rule(rule);
    let mut receiver = fixture.accept().await;
    for number in 0..10 {
        assert_eq!(read_number(&mut receiver).await, number);
    }
    assert!(until_closed(&mut receiver).await.is_empty());
}

#[tokio::test]
async fn what_is_in_flight_to_a_receiver_that_ends_is_undeliverable() {
    let fixture = Fixture::new().await;
    let mut sender = fixture.dial().await;
    send(&mut sender, 1).await;
    let mut receiver = fixture.accept().await;
    assert_eq!(read_number(&mut receiver).await, 0);
    fixture.rule(delay(FOR_EVER));
    send(&mut sender, 10).await;
    eventually("all are in flight", || fixture.counters().messages_delayed == 10).await;
    drop(receiver);
    assert!(until_closed(&mut sender).await.is_empty(), "the receiver's end is passed on");
    assert_eq!(fixture.counters().messages_undeliverable, 10);
}

#[tokio::test]
async fn a_full_queue_holds_the_sender_up() {
    // As much as the proxy lets wait, in a frame's worth.
    const MESSAGES: u64 = 256;
    let fixture = Fixture::new().await;
    let mut sender = fixture.dial().await;
    let message = frame(&[7; (64 << 10) - 8]);
    fixture.rule(delay(FOR_EVER));
    let sending = tokio::spawn(async move {
        for _ in 0..4 * MESSAGES {
            sender.write_all(&message).await.expect("sent");
        }
        sender
    });
    eventually("the queue is full", || fixture.counters().messages_delayed >= MESSAGES).await;
    // Time to go too far, for a proxy that would.
    tokio::time::sleep(Duration::from_millis(50)).await;
    // The last read may have brought one more.
    assert!(fixture.counters().messages_delayed <= MESSAGES + 1, "{:?}", fixture.counters());
    assert!(!sending.is_finished());

    fixture.network.cut(fixture.links());
    let _sender = sending.await.expect("a cut link takes everything");
    eventually("all are dropped", || fixture.counters().messages_dropped == 4 * MESSAGES).await;
}

#[test]
fn counters_of_an_older_version_are_readable() {
    let old = r#"{"messages_forwarded":1,"bytes_forwarded":12,"messages_dropped":0,"bytes_dropped":0,
        "messages_undeliverable":0,"connections":1,"resets":0,"malformed":0}"#;
    let counters: LinkCounters = serde_json::from_str(old).expect("counters");
    assert_eq!(
        counters,
        LinkCounters { messages_forwarded: 1, bytes_forwarded: 12, connections: 1, ..LinkCounters::default() }
    );
}
