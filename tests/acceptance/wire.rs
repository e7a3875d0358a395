//! What agreement costs, counted by the proxies.

use crate::group::Group;
use harness::{client::Reply, net::LinkCounters};
use std::time::{Duration, Instant};

const PAYLOAD: usize = 5_000;
const WRITES: usize = 20;
const HEARTBEAT: Duration = Duration::from_millis(50);
/// What a message weighs besides the commands in it.
const ENVELOPE: u64 = 150;

/// What went from a leader to each of its followers while it committed [`WRITES`] commands, and how long that took.
struct Measured {
    links: Vec<LinkCounters>,
    /// All messages on all links, in both directions.
    messages: u64,
    took: Duration,
}

/// Measures while one leader leads all the time, and is there from the start; who loses the leadership begins anew.
async fn measure(group: &Group, payload: usize) -> Measured {
    let all = group.all();
    loop {
        let (leader, term) = group.leader_and_term(&all).await;
        group.agree(&all).await;
        let (before, start) = (group.counters(), Instant::now());
        let value = "v".repeat(payload);
        let mut is_done = true;
        for _ in 0..WRITES {
            let reply = group.ask(&leader, &["SET", "k", &value], Duration::from_secs(30)).await;
            is_done &= reply.is_ok_and(|reply| reply == Reply::Simple("OK".into()));
        }
        group.agree(&all).await;
        let (after, took) = (group.counters(), start.elapsed());
        if !is_done || group.leader_and_term(&all).await != (leader.clone(), term) {
            continue;
        }
        let during = |(link, after): (&harness::history::Link, &LinkCounters)| {
            let before = before[link];
            let counters = LinkCounters {
                messages_forwarded: after.messages_forwarded - before.messages_forwarded,
                bytes_forwarded: after.bytes_forwarded - before.bytes_forwarded,
                ..LinkCounters::default()
            };
            (link.clone(), counters)
        };
        let during: Vec<_> = after.iter().map(during).collect();
        let messages = during.iter().map(|(_, counters)| counters.messages_forwarded).sum();
        let links = during.into_iter().filter(|(link, _)| link.from == leader).map(|(_, counters)| counters).collect();
        return Measured { links, messages, took };
    }
}

#[tokio::test]
async fn each_command_goes_once_to_each_follower() {
    let group = Group::start(3).await;
    let measured = measure(&group, PAYLOAD).await;
    assert_eq!(measured.links.len(), 2);
    let sent = (WRITES * PAYLOAD) as u64;
    for link in &measured.links {
        let bound = sent + link.messages_forwarded * ENVELOPE;
        assert!((sent..bound).contains(&link.bytes_forwarded), "{link:?}, at most {bound} bytes");
    }
    group.finish().await;
}

#[tokio::test]
async fn agreement_takes_few_messages() {
    let group = Group::start(3).await;
    let measured = measure(&group, 10).await;
    // To each of two followers the command and the news that it is committed, both answered. Besides, in each interval
    // a heartbeat and its answer; a machine that is busy makes them fewer, not more.
    let heartbeats = (measured.took.as_millis() / HEARTBEAT.as_millis() + 2) as u64;
    let bound = 2 * 4 * WRITES as u64 + 2 * 2 * heartbeats;
    assert!(measured.messages <= bound, "{} messages for {WRITES} writes, at most {bound}", measured.messages);

    // Without anything to do, there is nothing but heartbeats.
    let sum = || group.counters().values().map(|counters| counters.messages_forwarded).sum::<u64>();
    let (leader, term) = group.leader_and_term(&group.all()).await;
    let (before, start) = (sum(), Instant::now());
    while sum() < before + 40 {
        tokio::time::sleep(HEARTBEAT).await;
    }
    let (idle, heartbeats) = (sum() - before, (start.elapsed().as_millis() / HEARTBEAT.as_millis() + 2) as u64);
    if group.leader_and_term(&group.all()).await == (leader, term) {
        assert!(idle <= 2 * 2 * heartbeats, "{idle} messages in the time of {heartbeats} heartbeats");
    }
    group.finish().await;
}
