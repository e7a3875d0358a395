//! Nodes that die exactly where it hurts, each time at another step, and come back.

use crate::group::{Group, eventually};
use harness::cluster::ProcessState;
use node::crash_point::CrashPoint::{self, *};
use std::time::Duration;

const SNAPSHOT_BYTES: u64 = 8 << 10;
const REQUEST: Duration = Duration::from_millis(1500);

/// What leads a node to a crash point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// It follows, and there is something to store, to apply, to take a snapshot of.
    Follows,
    /// It is asked for its vote.
    Votes,
    /// It led, and wrote what others have never heard of.
    Forked,
    /// It was away until the others had removed what it lacks from their logs.
    Behind,
}

fn way(point: CrashPoint) -> Way {
    match point {
        BeforeVoteSync | AfterVoteSync | BeforeVoteAnswer | AfterVoteAnswer => Way::Votes,
        BeforeTruncateSync | AfterTruncateSync => Way::Forked,
        BeforeInstall | AfterInstall => Way::Behind,
        BeforeAppendSync | AfterAppendSync | AfterLogWrite | BeforeAppendAnswer | AfterAppendAnswer | BeforeApply
        | AfterApply | AfterSegmentSync | AfterSegmentRename | AfterSegmentDirSync | AfterSnapshotWrite
        | AfterSnapshotSync | AfterSnapshotRename | AfterSnapshotDirSync | BeforeCut | AfterCut | AfterRetire
        | BeforeSnapshotRemove | AfterSnapshotRemove => Way::Follows,
    }
}

/// Writes a good part of a snapshot's worth of log.
async fn write_some(group: &Group, nodes: &[String], round: usize) {
    for number in 0..8 {
        group.write(nodes, &format!("k{number}"), &format!("{round:0500}")).await;
    }
}

/// Lets a node die at each of the points that it is led to like this.
async fn die_at_each(chosen: Way) {
    // Whoever has a fork shall not get a snapshot in its place.
    let group = Group::with_snapshots(3, if chosen == Way::Forked { 1 << 30 } else { SNAPSHOT_BYTES }).await;
    let all = group.all();
    let points: Vec<CrashPoint> = CrashPoint::ALL.iter().copied().filter(|point| way(*point) == chosen).collect();
    for (round, point) in points.iter().enumerate() {
        group.agree(&all).await;
        let leader = group.leader(&all).await;
        let victim = if chosen == Way::Forked { leader } else { group.without(&[leader])[round % 2].clone() };
        let others = group.without(&[&victim]);
        let pid = group.deadly_fault(&victim, &format!("CRASH {}", point.name())).await;
        let is_dead = || group.cluster().state(&victim) == ProcessState::Dead;
        match chosen {
            Way::Follows => {
                while !is_dead() {
                    write_some(&group, &others, round).await;
                }
            }
            Way::Votes => {
                eventually("an election", async || {
                    let leader = group.leader(&others).await;
                    let next = group.without(&[&victim, &leader])[0].clone();
                    // Only the other one can stand, and each of them needs the victim's vote or the old leader's.
                    let _ = group.ask(&leader, &["RAFT", "TRANSFER", &next], REQUEST).await;
                    is_dead().then_some(())
                })
                .await;
            }
            Way::Forked => {
                group.disconnect(&[&victim]);
                group.pour(&victim, "fork", 3).await;
                write_some(&group, &others, round).await;
                group.connect(&[&victim]);
            }
            Way::Behind => {
                group.disconnect(&[&victim]);
                for _ in 0..8 {
                    write_some(&group, &others, round).await;
                }
                group.connect(&[&victim]);
            }
        }
        group.dies(&victim, pid, &format!("crash point {}", point.name())).await;
        group.write(&others, "last", &round.to_string()).await;
        group.restart(&[&victim]).await;
        group.agree(&all).await;
        assert_eq!(group.read(&all, "last").await, Some(round.to_string()));
    }
    let counts = group.finish().await.counts;
    assert_eq!(counts["starts"], (3 + points.len()) as u64);
}

#[tokio::test]
async fn a_follower_dies_wherever_something_is_stored_or_applied() {
    die_at_each(Way::Follows).await;
}

#[tokio::test]
async fn a_voter_dies_before_and_after_each_step_of_its_vote() {
    die_at_each(Way::Votes).await;
}

#[tokio::test]
async fn a_leader_of_old_dies_when_its_fork_is_removed() {
    die_at_each(Way::Forked).await;
}

#[tokio::test]
async fn a_node_dies_when_a_snapshot_takes_the_place_of_its_state() {
    die_at_each(Way::Behind).await;
}
