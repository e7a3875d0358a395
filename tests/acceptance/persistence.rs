//! Nodes that are killed and come back with what was on their disks.

use crate::group::{Dice, Group};

#[tokio::test]
async fn all_the_leader_and_a_follower_are_killed_in_turn() {
    let group = Group::start(3).await;
    let all = group.all();
    group.write(&all, "k", "1").await;
    group.kill(&all).await;
    group.restart(&all).await;
    assert_eq!(group.read(&all, "k").await.as_deref(), Some("1"));
    group.write(&all, "k", "2").await;

    let leader = [group.leader(&all).await];
    group.kill(&leader).await;
    group.write(&group.without(&leader), "k", "3").await;
    group.restart(&leader).await;
    group.agree(&all).await;
    group.write(&all, "k", "4").await;

    let leader = group.leader(&all).await;
    let follower = [group.without(&[leader])[0].clone()];
    group.kill(&follower).await;
    group.write(&group.without(&follower), "k", "5").await;
    group.restart(&follower).await;
    group.agree(&all).await;
    assert_eq!(group.read(&all, "k").await.as_deref(), Some("5"));
    assert_eq!(group.finish().await.counts["starts"], 3 + 3 + 1 + 1);
}

#[tokio::test]
async fn majorities_change_while_the_others_are_dead() {
    let group = Group::start(5).await;
    let all = group.all();
    let mut value = 0;
    for _ in 0..3 {
        value += 1;
        group.write(&all, "k", &value.to_string()).await;
        let leader = group.leader(&all).await;
        let others = group.without(&[&leader]);

        // Two die, and three agree without them; then these three die, and the two are back with one who knows.
        group.kill(&others[..2]).await;
        value += 1;
        group.write(&group.without(&others[..2]), "k", &value.to_string()).await;
        let three = group.without(&others[..2]);
        group.kill(&three).await;
        group.restart(&others[..2]).await;
        group.nobody_leads(&others[..2]).await;
        group.restart(&three[..1]).await;
        let now: Vec<String> = others[..2].iter().chain(&three[..1]).cloned().collect();
        assert_eq!(group.read(&now, "k").await, Some(value.to_string()));
        value += 1;
        group.write(&now, "k", &value.to_string()).await;
        group.restart(&three[1..]).await;
        group.agree(&all).await;
    }
    assert_eq!(group.read(&all, "k").await, Some(value.to_string()));
    group.finish().await;
}

#[tokio::test]
async fn a_leader_cut_off_with_its_only_follower_dies_and_comes_back() {
    let group = Group::start(3).await;
    let all = group.all();
    group.write(&all, "k", "1").await;
    let leader = group.leader(&all).await;
    let others = group.without(&[&leader]);
    group.disconnect(&others[1..]);
    group.write(&group.without(&others[1..]), "k", "2").await;
    group.kill(&[&leader, &others[0]]).await;
    group.connect(&others[1..]);
    group.restart(&[&leader]).await;
    let two = [leader, others[1].clone()];
    assert_eq!(group.read(&two, "k").await.as_deref(), Some("2"));
    group.write(&two, "k", "3").await;
    group.restart(&others[..1]).await;
    group.agree(&all).await;
    assert_eq!(group.read(&all, "k").await.as_deref(), Some("3"));
    group.finish().await;
}

/// Figure 8 of the paper: leaders die with entries of which nobody knows who has them.
#[tokio::test]
async fn leaders_die_right_after_they_were_asked_to_write() {
    let group = Group::start(5).await;
    let all = group.all();
    let mut dice = Dice::new(8);
    let mut dead: Vec<String> = Vec::new();
    group.write(&all, "k", "0").await;
    for round in 0..25 {
        let alive = group.without(&dead);
        let leader = group.leader(&alive).await;
        // The write is under way when the leader dies, or soon after it; what becomes of it is nobody's promise.
        let (key, limit) = (format!("k{round}"), std::time::Duration::from_millis(1 + 10 * dice.below(3) as u64));
        let _ = group.ask(&leader, &["SET", &key, "v"], limit).await;
        group.kill(&[&leader]).await;
        dead.push(leader);
        while dead.len() > 2 {
            let back = dead.swap_remove(dice.below(dead.len()));
            group.restart(&[back]).await;
        }
    }
    group.restart(&dead).await;
    group.write(&all, "k", "1").await;
    group.agree(&all).await;
    assert_eq!(group.read(&all, "k").await.as_deref(), Some("1"));
    assert!(group.finish().await.counts["leaders"] >= 26);
}
