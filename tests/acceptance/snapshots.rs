//! Logs that are cut short, and nodes that need what was cut off.

use crate::{
    churn::Unreliable,
    group::{Group, eventually},
};

/// Little enough that a test has many snapshots.
const SNAPSHOT_BYTES: u64 = 8 << 10;
/// A write weighs some hundred bytes, of which some snapshots' worth have to come together.
const WRITES: usize = 60;
const KEYS: usize = 4;

/// Writes a few keys again and again: the log becomes much longer than what it leads to.
async fn write_much(group: &Group, nodes: &[String], name: &str) {
    for number in 0..WRITES {
        group.write(nodes, &format!("{name}-{}", number % KEYS), &value(number)).await;
    }
}

async fn has_much(group: &Group, nodes: &[String], name: &str) {
    for number in WRITES - KEYS..WRITES {
        assert_eq!(group.read(nodes, &format!("{name}-{}", number % KEYS)).await, Some(value(number)));
    }
}

fn value(number: usize) -> String {
    format!("{number:0500}")
}

#[tokio::test]
async fn snapshots_are_taken_and_nothing_is_lost() {
    let group = Group::with_snapshots(3, SNAPSHOT_BYTES).await;
    let all = group.all();
    write_much(&group, &all, "k").await;
    group.agree(&all).await;
    for node in &all {
        eventually("everybody has a snapshot", async || (group.number(node, "snapshot").await > 0).then_some(())).await;
    }
    has_much(&group, &all, "k").await;
    assert!(group.finish().await.counts["snapshots"] >= 3);
}

#[derive(PartialEq, Eq)]
enum Away {
    CutOff,
    Dead,
}

/// A node is away until the others have cut what it lacks off their logs: it gets a snapshot, and goes on behind it.
async fn away(away: Away, is_unreliable: bool) {
    let group = Group::with_snapshots(3, SNAPSHOT_BYTES).await;
    let all = group.all();
    for round in 0..3 {
        write_much(&group, &all, &format!("all-{round}")).await;
        let leader = group.leader(&all).await;
        // A follower, and once the leader.
        let lost = if round == 1 { [leader] } else { [group.without(&[leader])[0].clone()] };
        match away {
            Away::CutOff => group.disconnect(&lost),
            Away::Dead => group.kill(&lost).await,
        }
        let unreliable = is_unreliable.then(|| Unreliable::start(group.cluster()));
        write_much(&group, &group.without(&lost), &format!("others-{round}")).await;
        match away {
            Away::CutOff => group.connect(&lost),
            Away::Dead => group.restart(&lost).await,
        }
        // It gets there although messages are lost.
        group.agree(&all).await;
        if let Some(unreliable) = unreliable {
            unreliable.end().await;
        }
    }
    group.agree(&all).await;
    has_much(&group, &all, "others-2").await;
    let counts = group.finish().await.counts;
    assert!(counts["installs"] >= 3, "{counts:?}");
}

#[tokio::test]
async fn a_node_that_was_cut_off_gets_a_snapshot() {
    away(Away::CutOff, false).await;
}

#[tokio::test]
async fn a_node_that_was_cut_off_gets_a_snapshot_over_unreliable_links() {
    away(Away::CutOff, true).await;
}

#[tokio::test]
async fn a_node_that_was_dead_gets_a_snapshot() {
    away(Away::Dead, false).await;
}

#[tokio::test]
async fn a_node_that_was_dead_gets_a_snapshot_over_unreliable_links() {
    away(Away::Dead, true).await;
}

#[tokio::test]
async fn all_nodes_start_from_their_snapshots_again_and_again() {
    let group = Group::with_snapshots(3, SNAPSHOT_BYTES).await;
    let all = group.all();
    for round in 0..3 {
        write_much(&group, &all, &format!("k{round}")).await;
        group.kill(&all).await;
        group.restart(&all).await;
        // At once again: a node that began with a snapshot and did nothing.
        group.kill(&all).await;
        group.restart(&all).await;
        group.agree(&all).await;
    }
    for round in 0..3 {
        has_much(&group, &all, &format!("k{round}")).await;
    }
    let counts = group.finish().await.counts;
    assert!(counts["snapshots"] >= 3 && counts["starts"] == 21, "{counts:?}");
}
