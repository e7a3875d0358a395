//! Leaders are elected, replaced, and not elected where they must not be.

use crate::group::{Dice, Group};

#[tokio::test]
async fn the_first_leader_is_elected_and_followed_by_all() {
    let group = Group::start(3).await;
    let all = group.all();
    let (leader, term) = group.leader_and_term(&all).await;
    assert!(term > 0);
    group.write(&all, "k", "v").await;
    assert_eq!(group.read(&all, "k").await.as_deref(), Some("v"), "{leader} leads");
    // The founders', and the one in which the leader recorded their data directories.
    assert_eq!(group.finish().await.counts["configurations"], 2);
}

#[tokio::test]
async fn a_lost_leader_is_replaced_and_without_a_majority_there_is_none() {
    let group = Group::start(3).await;
    let all = group.all();
    let first = group.leader(&all).await;
    group.disconnect(&[&first]);
    let rest = group.without(&[&first]);
    let second = group.leader(&rest).await;
    assert_ne!(first, second);
    group.connect(&[first]);

    let leader = group.leader(&all).await;
    let others = group.without(&[&leader]);
    let lost = [leader, others[0].clone()];
    group.disconnect(&lost);
    group.nobody_leads(&all).await;
    for node in &all {
        group.write_in_vain(node, "k", "v").await;
    }
    group.nobody_leads(&all).await;

    group.connect(&lost[1..]);
    group.leader(&others).await;
    group.connect(&lost[..1]);
    group.leader(&all).await;
    assert!(group.finish().await.counts["leaders"] >= 3);
}

#[tokio::test]
async fn seven_nodes_lose_three_of_them_again_and_again() {
    let group = Group::start(7).await;
    let all = group.all();
    let mut dice = Dice::new(1);
    group.leader(&all).await;
    for _ in 0..6 {
        let lost = dice.pick(&all, 3);
        group.disconnect(&lost);
        group.leader(&group.without(&lost)).await;
        group.connect(&lost);
    }
    group.leader(&all).await;
    group.finish().await;
}
