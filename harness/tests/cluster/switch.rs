//! Faults that begin and end in the middle of a stream: what passes straight through a proxy, and what has to wait there.

use crate::{
    eventually,
    net::{Fixture, frame, read_frame, until_closed},
};
use harness::net::{Distribution, LinkCounters, Rule};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering::SeqCst},
    },
    time::Duration,
};
use tokio::{io::AsyncWriteExt, net::TcpStream};

const HOLD: Rule =
    Rule::Delay { delay: Duration::from_secs(3600), jitter: Duration::ZERO, distribution: Distribution::Uniform };
/// More than the kernel's buffers take: a proxy that hands it on to a receiver that does not read stops half-way.
const LONG: usize = 60 << 20;

/// Sends numbered messages until it is stopped. A number is told before its message sets out.
async fn flood(mut sender: TcpStream, told: Arc<AtomicU32>, is_stopped: Arc<AtomicBool>) -> TcpStream {
    while !is_stopped.load(SeqCst) {
        let number = told.fetch_add(1, SeqCst);
        sender.write_all(&frame(&number.to_le_bytes())).await.expect("sent");
    }
    sender
}

/// What a link has done with all that it took.
fn disposed(counters: LinkCounters) -> u64 {
    counters.messages_forwarded + counters.messages_dropped + counters.messages_lost
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_in_a_flood_slips_past_a_fault_and_order_and_counts_are_kept() {
    let fixture = Fixture::new().await;
    let mut sender = fixture.dial().await;
    sender.write_all(&frame(b"here")).await.expect("sent");
    let mut receiver = fixture.accept().await;
    assert_eq!(read_frame(&mut receiver).await, b"here");
    let receiving = tokio::spawn(async move { until_closed(&mut receiver).await });

    let told = Arc::new(AtomicU32::new(0));
    // From, and to, which number messages set out under a fault that lets none arrive.
    let mut gone = Vec::new();
    for round in 0..30 {
        let is_stopped = Arc::new(AtomicBool::new(false));
        let before = fixture.counters();
        let flooding = tokio::spawn(flood(sender, told.clone(), is_stopped.clone()));
        let passed = || fixture.counters().messages_forwarded;
        eventually("the flood passes", || passed() > before.messages_forwarded + 100).await;
        let rule = match round % 3 {
            0 => {
                fixture.network.cut(fixture.links());
                None
            }
            1 => Some(fixture.network.add_rule(fixture.links(), Rule::Loss { probability: 1.0 })),
            _ => Some(fixture.network.add_rule(fixture.links(), HOLD)),
        };
        // This one may have set out before, and every later one has not.
        let first = told.load(SeqCst);
        eventually("some that set out later have met the fault", || told.load(SeqCst) > first + 100).await;
        is_stopped.store(true, SeqCst);
        sender = flooding.await.expect("the flood ends");
        let sent = told.load(SeqCst);
        // The greeting counts too.
        let all_sent = u64::from(sent) + 1;
        if round % 3 == 2 {
            let held = || fixture.counters().messages_delayed - before.messages_delayed;
            eventually("what is not held has passed", || disposed(fixture.counters()) + held() == all_sent).await;
            assert!(held() >= u64::from(sent - first), "{} of {}", held(), sent - first);
        } else {
            eventually("all have met it", || disposed(fixture.counters()) == all_sent).await;
            gone.push(first..sent);
        }
        match rule {
            None => fixture.network.restore(fixture.links()),
            Some(rule) => fixture.network.remove_rule(rule),
        }
        // What was held comes first, and what the next round sends after it.
    }
    drop(sender);
    let arrived = receiving.await.expect("the receiver's end");
    // A frame of four bytes.
    let arrived: Vec<u32> = arrived
        .chunks(12)
        .map(|message| u32::from_le_bytes(message[8..].try_into().expect("a whole message")))
        .collect();
    assert!(arrived.is_sorted_by(|one, next| one < next), "in order, and none twice");
    for gone in gone {
        let begin = arrived.partition_point(|number| *number < gone.start);
        assert!(arrived.get(begin).is_none_or(|next| *next >= gone.end), "{} of {gone:?} arrived", arrived[begin]);
    }
    let counters = fixture.counters();
    assert_eq!(counters.messages_forwarded, arrived.len() as u64 + 1);
    assert_eq!(counters.bytes_forwarded, counters.messages_forwarded * 12);
    assert_eq!(disposed(counters), u64::from(told.load(SeqCst)) + 1);
    assert_eq!((counters.connections, counters.resets), (1, 0));
}

/// The proxy sleeps, and wakes up to the news of the change and to a message at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_first_message_after_a_change_of_an_idle_link_meets_it_and_overtakes_nothing() {
    let fixture = Fixture::new().await;
    let mut sender = fixture.dial().await;
    for round in 0..100 {
        let rule = fixture.network.add_rule(fixture.links(), HOLD);
        sender.write_all(&frame(b"held")).await.expect("sent");
        let seen = || fixture.counters().messages_delayed + fixture.counters().messages_forwarded;
        eventually("it is held or passes", || seen() > 3 * round).await;
        assert_eq!(fixture.counters().messages_delayed, round + 1);
        fixture.network.remove_rule(rule);
        sender.write_all(&frame(b"next")).await.expect("sent");
        eventually("both pass", || fixture.counters().messages_forwarded == 2 * round + 2).await;
    }
    drop(sender);
    let arrived = until_closed(&mut fixture.accept().await).await;
    assert!(arrived == [frame(b"held"), frame(b"next")].concat().repeat(100));
}

#[tokio::test]
async fn a_message_meets_the_link_as_it_is_when_its_last_byte_arrives() {
    let fixture = Fixture::new().await;
    let mut sender = fixture.dial().await;
    let message = frame(b"in two parts");
    // One that passes, so that the first part of the next is in the proxy when the last byte of this one has arrived.
    for split in [1, 6, 8, message.len() - 1] {
        let (one, other) = message.split_at(split);
        let before = fixture.counters();
        sender.write_all(&[&frame(b"whole"), one].concat()).await.expect("sent");
        eventually("the one before has passed", || fixture.counters().messages_forwarded > before.messages_forwarded)
            .await;
        let rule = fixture.network.add_rule(fixture.links(), HOLD);
        // The rest of it, and the beginning of the next.
        sender.write_all(&[other, one].concat()).await.expect("sent");
        eventually("it is held", || fixture.counters().messages_delayed > before.messages_delayed).await;
        fixture.network.remove_rule(rule);
        sender.write_all(other).await.expect("sent");
        eventually("both pass", || fixture.counters().messages_forwarded == before.messages_forwarded + 3).await;
        assert_eq!(fixture.counters().messages_delayed, before.messages_delayed + 1);

        sender.write_all(&[&frame(b"whole"), one].concat()).await.expect("sent");
        eventually("that passes", || fixture.counters().messages_forwarded == before.messages_forwarded + 4).await;
        fixture.network.cut(fixture.links());
        sender.write_all(&[other, one].concat()).await.expect("sent");
        eventually("it is dropped", || fixture.counters().messages_dropped > before.messages_dropped).await;
        fixture.network.restore(fixture.links());
        sender.write_all(other).await.expect("sent");
        eventually("the next passes", || fixture.counters().messages_forwarded == before.messages_forwarded + 5).await;
    }
    drop(sender);
    let arrived = until_closed(&mut fixture.accept().await).await;
    let round = [frame(b"whole"), message.clone(), message.clone(), frame(b"whole"), message].concat();
    assert!(arrived == round.repeat(4), "whole messages, and none that was dropped");
}

/// A link that is in the middle of a message, which cannot go on before the receiver reads.
async fn half_way() -> (Fixture, TcpStream, TcpStream, Vec<u8>) {
    let fixture = Fixture::new().await;
    let mut sender = fixture.dial().await;
    let payload: Vec<u8> = (0..LONG).map(|number| (number >> 3) as u8).collect();
    sender.write_all(&frame(&payload)).await.expect("the proxy takes it whole");
    let receiver = fixture.accept().await;
    receiver.peek(&mut [0]).await.expect("its beginning has arrived");
    (fixture, sender, receiver, payload)
}

#[tokio::test]
async fn a_rule_that_begins_half_way_through_a_message_holds_the_next() {
    let (fixture, mut sender, mut receiver, payload) = half_way().await;
    let rule = fixture.network.add_rule(fixture.links(), HOLD);
    assert_eq!(fixture.counters().messages_forwarded, 0);
    sender.write_all(&frame(b"held")).await.expect("sent");
    assert!(read_frame(&mut receiver).await == payload);
    eventually("the next is held", || fixture.counters().messages_delayed == 1).await;
    assert_eq!(fixture.counters().messages_forwarded, 1);
    fixture.network.remove_rule(rule);
    sender.write_all(&frame(b"after")).await.expect("sent");
    assert_eq!(read_frame(&mut receiver).await, b"held");
    assert_eq!(read_frame(&mut receiver).await, b"after");
    eventually("all are counted", || fixture.counters().messages_forwarded == 3).await;
    assert_eq!(fixture.counters().bytes_forwarded, (LONG + 8 + 12 + 13) as u64);
}

#[tokio::test]
async fn a_cut_half_way_through_a_message_resets_and_what_was_sent_is_no_whole_one() {
    let (fixture, mut sender, mut receiver, payload) = half_way().await;
    fixture.network.cut(fixture.links());
    assert!(until_closed(&mut sender).await.is_empty());
    assert!(until_closed(&mut receiver).await.len() < payload.len());
    let counters = fixture.counters();
    assert_eq!((counters.resets, counters.messages_forwarded, counters.messages_dropped), (1, 0, 1));
    assert_eq!(counters.bytes_dropped, LONG as u64 + 8);
}
