//! Voters that come and go while clients write. Who counts for a commit and for an election is judged by the traces.

use crate::{
    churn::Writers,
    group::{Group, eventually},
};
use harness::client::Reply;
use std::time::Duration;

/// Asks whoever leads until it is done. To ask again for what is done already is no mistake.
async fn change(group: &Group, verb: &str, node: &str) {
    eventually(&format!("{verb} {node}"), async || {
        let leader = group.present_leader().await?;
        let reply = group.ask(&leader, &["RAFT", verb, node], Duration::from_secs(5)).await;
        reply.is_ok_and(|reply| reply == Reply::Simple("OK".into())).then_some(())
    })
    .await;
}

#[tokio::test]
async fn voters_are_demoted_and_promoted_while_clients_write() {
    let group = Group::with_snapshots(5, 8 << 10).await;
    let all = group.all();
    let writers = Writers::start(&group, 3);
    writers.progress(10).await;
    for round in 0..3 {
        // A follower and the leader become learners. Then two of the other three are enough.
        let leader = group.leader(&all).await;
        let follower = group.without(&[&leader])[round].clone();
        change(&group, "DEMOTE", &follower).await;
        change(&group, "DEMOTE", &leader).await;
        let voters = group.without(&[&follower, &leader]);
        let dead = [&voters[round]];
        group.kill(&dead).await;
        writers.progress(10).await;

        // Learners hear of everything, and may become voters again.
        group.restart(&dead).await;
        change(&group, "PROMOTE", &leader).await;
        change(&group, "PROMOTE", &follower).await;
        writers.progress(10).await;
    }
    let acknowledged = writers.end().await;
    group.agree(&all).await;
    for key in acknowledged.iter().step_by(5) {
        assert_eq!(group.read(&all, key).await.as_ref(), Some(key));
    }
    let counts = group.finish().await.counts;
    assert!(counts["configurations"] > 2 * 12, "each of twelve changes has a joint configuration: {counts:?}");
}
