//! Clocks and disks that go wrong inside of a node.

use crate::group::{Group, eventually};
use harness::{
    client::Reply,
    cluster::{OwnEnd, ProcessState},
};
use std::time::Duration;

const REQUEST: Duration = Duration::from_millis(1500);

/// What a node says about its clock or disk.
async fn number(group: &Group, node: &str, of: &str, field: &str) -> i64 {
    eventually(field, async || {
        let Ok(Reply::Array(fields)) = group.ask(node, &["FAULT", of], REQUEST).await else { return None };
        let pair = fields.chunks(2).find(|pair| pair[0] == Reply::Bulk(field.into()))?;
        if let Reply::Integer(number) = pair[1] { Some(number) } else { None }
    })
    .await
}

/// A leader whose clock stands still is cut off; another one is elected and written to. What does the first one answer?
async fn read_from_a_leader_of_old(reads: &'static str) -> Option<Reply> {
    let group = Group::with(3, |test| test.reads = Some(reads.into())).await;
    let all = group.all();
    group.write(&all, "k", "old").await;
    let leader = group.leader(&all).await;
    // A lease begins with the first heartbeat that was answered; so some time has to pass.
    tokio::time::sleep(Duration::from_millis(200)).await;
    group.fault(&leader, "CLOCK FREEZE").await;
    group.disconnect(&[&leader]);
    group.write(&group.without(&[&leader]), "k", "new").await;
    let answer = group.ask(&leader, &["GET", "k"], Duration::from_millis(300)).await;
    group.fault(&leader, "CLOCK RESET").await;
    group.connect(&[&leader]);
    group.agree(&all).await;
    assert_eq!(group.read(&all, "k").await.as_deref(), Some("new"));
    group.finish().await;
    answer.ok()
}

#[tokio::test]
async fn a_lease_is_worth_no_more_than_the_clock() {
    assert_eq!(read_from_a_leader_of_old("lease").await, Some(Reply::Bulk("old".into())));
}

#[tokio::test]
async fn a_leader_that_asks_a_quorum_needs_no_clock() {
    assert_eq!(read_from_a_leader_of_old("index").await, None);
}

#[tokio::test]
async fn clocks_that_jump_run_and_strobe_are_measured_and_lead_to_nothing_worse_than_elections() {
    let group = Group::start(3).await;
    let all = group.all();
    let leader = group.leader(&all).await;
    group.fault(&leader, "CLOCK JUMP 3600s").await;
    assert!(number(&group, &leader, "CLOCK", "offset_us").await >= 3_600_000_000);
    for (node, fault) in all.iter().zip(["CLOCK RATE 3", "CLOCK STROBE 200ms 10ms", "CLOCK JUMP -500ms"]) {
        group.fault(node, fault).await;
        group.write(&all, "k", fault).await;
        group.fault(node, "CLOCK RESET").await;
    }
    let before = number(&group, &all[0], "CLOCK", "offset_us").await;
    group.agree(&all).await;
    assert_eq!(number(&group, &all[0], "CLOCK", "offset_us").await, before, "it runs as it should");
    group.finish().await;
}

#[tokio::test]
async fn power_failures_that_leave_any_part_of_what_was_not_synced_lose_nothing_that_was_promised() {
    let group = Group::with_snapshots(3, 8 << 10).await;
    let all = group.all();
    for seed in 0..12 {
        let victim = &all[seed % 3];
        let (loss, at) = (["WHOLE".to_owned(), format!("TORN {seed}"), format!("SUBSET {seed}")], 1 + seed);
        group.agree(&all).await;
        let pid = group.deadly_fault(victim, &format!("POWER {} AT {at}", loss[seed / 3 % 3])).await;
        while group.cluster().state(victim) != ProcessState::Dead {
            if let Some(leader) = group.present_leader().await {
                let _ = group.ask(&leader, &["SET", "k", &format!("{seed:0300}")], REQUEST).await;
            }
        }
        group.dies(victim, pid, "power failure").await;
        group.write(&group.without(&[victim]), "last", &seed.to_string()).await;
        group.restart(&[victim]).await;
        assert_eq!(group.read(&all, "last").await, Some(seed.to_string()));
    }
    group.agree(&all).await;
    group.finish().await;
}

#[tokio::test]
async fn a_full_disk_passes_a_slow_one_is_endured_and_a_failing_one_ends_the_node() {
    let group = Group::start(3).await;
    let all = group.all();
    group.write(&all, "k", "1").await;
    let leader = group.leader(&all).await;
    let followers = group.without(&[&leader]);

    // The minority's disks are slow and full: the others need them for nothing.
    group.fault(&followers[0], "DISK SLOW 50ms").await;
    group.fault(&followers[0], "DISK FULL EVERY-WRITE").await;
    group.write(&group.without(&followers[..1]), "k", "2").await;
    group.fault(&followers[0], "DISK RESET").await;
    group.agree(&all).await;

    // Once it has failed to sync, nobody knows what is on the disk.
    let pid = group.cluster().pid(&followers[0]).unwrap();
    group.cluster().expect(&followers[0], OwnEnd::Failed);
    group.fault(&followers[0], "DISK FAIL-SYNC 1").await;
    group.write(&group.without(&followers[..1]), "k", "3").await;
    let ended = group.cluster().await_own_end(&followers[0], pid, Duration::from_secs(60)).await.unwrap();
    assert_eq!(ended.status.code(), Some(255));
    group.restart(&followers[..1]).await;
    group.agree(&all).await;
    assert_eq!(group.read(&all, "k").await.as_deref(), Some("3"));
    group.finish().await;
}
