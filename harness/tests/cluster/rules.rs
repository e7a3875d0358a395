//! Rules on a link, seen from its two ends.

use crate::{
    eventually,
    net::{Fixture, frame, read_frame, until_closed},
};
use harness::net::{Distribution, LinkCounters, Rule, RuleId};
use std::{
    num::NonZeroU64,
    time::{Duration, Instant},
};
use tokio::{io::AsyncWriteExt, net::TcpStream};

/// Longer than any test.
const FOR_EVER: Duration = Duration::from_secs(3600);

fn delay(delay: Duration) -> Rule {
    Rule::Delay { delay, jitter: Duration::ZERO, distribution: Distribution::Uniform }
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
    let (delay, jitter) = (Duration::from_millis(60), Duration::from_millis(20));
    fixture.rule(Rule::Delay { delay, jitter, distribution: Distribution::Uniform });
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

#[tokio::test]
async fn lost_messages_are_counted_and_the_others_pass_in_order() {
    let fixture = Fixture::new().await;
    let mut sender = fixture.dial().await;
    let rule = fixture.rule(Rule::Loss { probability: 0.3 });
    send(&mut sender, 1000).await;
    eventually("all are disposed of", || {
        let counters = fixture.counters();
        counters.messages_forwarded + counters.messages_lost == 1000
    })
    .await;
    let lost = fixture.counters().messages_lost;
    assert!((200..400).contains(&lost), "{lost} of 1000");

    fixture.network.remove_rule(rule);
    sender.write_all(&frame(&u32::MAX.to_le_bytes())).await.expect("sent");
    let mut receiver = fixture.accept().await;
    let mut arrived = Vec::new();
    while arrived.last() != Some(&u32::MAX) {
        arrived.push(read_number(&mut receiver).await);
    }
    assert!(arrived.is_sorted_by(|one, next| one < next));
    assert_eq!(arrived.len() as u64, 1001 - lost);
    assert_eq!(fixture.counters().connections, 1);
}

#[tokio::test]
async fn duplicates_follow_what_they_are_copies_of_and_may_be_lost_alone() {
    let fixture = Fixture::new().await;
    let mut sender = fixture.dial().await;
    fixture.rule(Rule::Duplicate { probability: 1.0 });
    send(&mut sender, 100).await;
    let mut receiver = fixture.accept().await;
    for number in 0..200 {
        assert_eq!(read_number(&mut receiver).await, number / 2);
    }
    assert_eq!(fixture.counters().messages_duplicated, 100);

    fixture.rule(Rule::Loss { probability: 0.5 });
    send(&mut sender, 1000).await;
    eventually("all are disposed of", || {
        let counters = fixture.counters();
        counters.messages_forwarded + counters.messages_lost == 1100 + counters.messages_duplicated
    })
    .await;
    let mut copies = [0; 1000];
    for _ in 200..fixture.counters().messages_forwarded {
        copies[read_number(&mut receiver).await as usize] += 1;
    }
    for count in 0..=2 {
        assert!(copies.contains(&count), "no message arrived {count} times");
    }
}

#[tokio::test]
async fn reordered_messages_all_arrive_and_each_that_was_overtaken_is_counted() {
    let fixture = Fixture::new().await;
    let mut sender = fixture.dial().await;
    fixture.rule(Rule::Reorder { probability: 0.2, within: Duration::from_millis(30) });
    send(&mut sender, 1000).await;
    let mut receiver = fixture.accept().await;
    let mut arrived = Vec::new();
    for _ in 0..1000 {
        arrived.push(read_number(&mut receiver).await);
    }
    let mut latest = 0;
    let overtaken = arrived.iter().filter(|number| {
        latest = latest.max(**number);
        **number < latest
    });
    assert_eq!(fixture.counters().messages_reordered, overtaken.count() as u64);
    assert!(fixture.counters().messages_reordered > 0);
    assert_eq!(fixture.counters().messages_delayed, 0);
    arrived.sort_unstable();
    assert!(arrived.into_iter().eq(0..1000));
}

#[tokio::test]
async fn a_connection_gets_one_corrupted_message_and_a_checksum_tells_which() {
    let fixture = Fixture::new().await;
    fixture.rule(Rule::Corrupt { probability: 0.1 });
    for connection in 1..=20 {
        let mut sender = fixture.dial().await;
        send(&mut sender, 200).await;
        let mut receiver = fixture.accept().await;
        drop(sender);
        let arrived = until_closed(&mut receiver).await;
        // A frame of four bytes.
        let rejected = arrived.chunks_exact(12).enumerate().filter(|(number, message)| {
            assert_eq!(message[..4], 4u32.to_le_bytes(), "the length is true");
            let is_whole = crc32c::crc32c(&message[8..]).to_le_bytes() == message[4..8];
            assert!(!is_whole || message[8..] == (*number as u32).to_le_bytes());
            !is_whole
        });
        assert_eq!((rejected.count(), arrived.len()), (1, 200 * 12));
        assert_eq!(fixture.counters().messages_corrupted, connection);
    }
}

#[tokio::test]
async fn a_rate_is_shared_by_the_connections_of_a_link_and_ends_with_its_rule() {
    let fixture = Fixture::new().await;
    let (mut one, mut other) = (fixture.dial().await, fixture.dial().await);
    let rate = |bytes_per_second| Rule::Rate { bytes_per_second: NonZeroU64::new(bytes_per_second).expect("a rate") };
    let rule = fixture.rule(rate(12_000));
    let begun = Instant::now();
    send(&mut one, 100).await;
    send(&mut other, 100).await;
    eventually("all have passed", || fixture.counters().messages_forwarded == 200).await;
    // A millisecond each; those of the first ten, and the last, need not have been waited for.
    assert!(begun.elapsed() >= Duration::from_millis(185), "{:?}", begun.elapsed());
    assert!(fixture.counters().messages_throttled > 0, "{:?}", fixture.counters());

    fixture.network.remove_rule(rule);
    // An hour for a message, of which the first passes.
    let rule = fixture.rule(rate(1));
    one.write_all(&frame(&[0; 3600])).await.expect("sent");
    eventually("it has passed", || fixture.counters().messages_forwarded == 201).await;
    send(&mut one, 100).await;
    fixture.network.remove_rule(rule);
    eventually("the others follow", || fixture.counters().messages_forwarded == 301).await;
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
