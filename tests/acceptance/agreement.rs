//! What is acknowledged is on a majority and stays; what is not, is not.

use crate::group::{Group, all_of};

#[tokio::test]
async fn all_nodes_agree_on_what_was_written() {
    let group = Group::start(3).await;
    let all = group.all();
    for value in ["1", "2", "3"] {
        group.write(&all, "k", value).await;
        group.agree(&all).await;
    }
    assert_eq!(group.read(&all, "k").await.as_deref(), Some("3"));
    assert!(group.finish().await.counts["committed"] >= 4, "three writes and the leader's first entry");
}

#[tokio::test]
async fn one_follower_after_the_other_is_lost() {
    let group = Group::start(3).await;
    let all = group.all();
    group.write(&all, "k", "1").await;
    let leader = group.leader(&all).await;
    let followers = group.without(&[&leader]);
    group.disconnect(&followers[..1]);
    group.write(&group.without(&followers[..1]), "k", "2").await;
    group.disconnect(&followers[1..]);
    group.write_in_vain(&leader, "k", "3").await;
    group.connect(&followers);
    group.write(&all, "end", "1").await;
    group.agree(&all).await;
    group.finish().await;
}

#[tokio::test]
async fn one_leader_after_the_other_is_lost() {
    let group = Group::start(3).await;
    let all = group.all();
    let first = group.leader(&all).await;
    group.disconnect(&[&first]);
    let rest = group.without(&[&first]);
    group.write(&rest, "k", "2").await;
    let second = group.leader(&rest).await;
    group.disconnect(&[&second]);
    for node in &all {
        group.write_in_vain(node, "k", "3").await;
    }
    group.connect(&[first, second]);
    group.write(&all, "end", "1").await;
    group.agree(&all).await;
    group.finish().await;
}

#[tokio::test]
async fn a_follower_that_was_away_catches_up() {
    let group = Group::start(3).await;
    let all = group.all();
    group.write(&all, "k", "0").await;
    let leader = group.leader(&all).await;
    let lost = [group.without(&[leader])[0].clone()];
    group.disconnect(&lost);
    for value in 1..=20 {
        group.write(&group.without(&lost), "k", &value.to_string()).await;
    }
    group.connect(&lost);
    group.agree(&all).await;
    group.write(&all, "k", "21").await;
    group.agree(&all).await;
    assert_eq!(group.read(&all, "k").await.as_deref(), Some("21"));
    group.finish().await;
}

#[tokio::test]
async fn two_of_five_nodes_agree_on_nothing() {
    let group = Group::start(5).await;
    let all = group.all();
    group.write(&all, "k", "1").await;
    let leader = group.leader(&all).await;
    let lost = &group.without(&[&leader])[..3];
    group.disconnect(lost);
    let commit = group.number(&leader, "commit").await;
    group.pour(&leader, "lost", 10).await;
    assert_eq!(group.number(&leader, "commit").await, commit);
    group.connect(lost);
    group.write(&all, "k", "2").await;
    group.agree(&all).await;
    assert_eq!(group.read(&all, "k").await.as_deref(), Some("2"));
    group.finish().await;
}

#[tokio::test]
async fn writes_at_the_same_time_all_take_their_place() {
    let group = Group::start(3).await;
    let all = group.all();
    group.leader(&all).await;
    let keys: Vec<String> = (0..40).map(|number| format!("k{number}")).collect();
    let writes = keys.iter().map(|key| Box::pin(group.write(&all, key, key)));
    all_of(writes.collect()).await;
    for key in &keys {
        assert_eq!(group.read(&all, key).await.as_ref(), Some(key));
    }
    group.agree(&all).await;
    group.finish().await;
}

#[tokio::test]
async fn a_leader_that_was_cut_off_gives_up_what_it_did_not_commit() {
    let group = Group::start(3).await;
    let all = group.all();
    group.write(&all, "k", "1").await;
    let first = group.leader(&all).await;
    group.disconnect(&[&first]);
    group.pour(&first, "lost", 5).await;
    let rest = group.without(&[&first]);
    group.write(&rest, "k", "2").await;
    let second = group.leader(&rest).await;
    group.agree(&rest).await;

    // The other leader goes, the first one comes back, and cannot win with what it has.
    group.disconnect(&[&second]);
    group.connect(&[first]);
    let rest = group.without(&[&second]);
    group.write(&rest, "k", "3").await;
    group.connect(&[second]);
    group.agree(&all).await;
    assert_eq!(group.read(&all, "k").await.as_deref(), Some("3"));
    for number in 0..5 {
        assert_eq!(group.read(&all, &format!("lost-{number}")).await, None);
    }
    assert!(group.finish().await.counts["truncations"] >= 1);
}

#[tokio::test]
async fn long_wrong_logs_are_brought_into_line() {
    let group = Group::start(5).await;
    let all = group.all();
    group.write(&all, "k", "0").await;
    for phase in 0..3 {
        // A leader and one follower get a long log of what is never committed.
        let leader = group.leader(&all).await;
        let others = group.without(&[&leader]);
        let (minority, majority) = ([leader.clone(), others[0].clone()], others[1..].to_vec());
        group.disconnect(&majority);
        group.pour(&leader, &format!("lost-{phase}-first"), 50).await;
        group.disconnect(&minority);
        group.connect(&majority);
        write_many(&group, &majority, &format!("kept-{phase}-first")).await;

        // Of the majority two are left: another such log, on top of what was committed.
        let leader = group.leader(&majority).await;
        let third: Vec<String> = majority.iter().filter(|node| **node != leader).take(1).cloned().collect();
        group.disconnect(&third);
        group.pour(&leader, &format!("lost-{phase}-second"), 50).await;
        let left: Vec<String> = majority.iter().filter(|node| !third.contains(node)).cloned().collect();
        group.disconnect(&left);

        // The first two come back with their wrong logs, and one who has all that was committed.
        let back: Vec<String> = minority.iter().chain(&third).cloned().collect();
        group.connect(&back);
        write_many(&group, &back, &format!("kept-{phase}-second")).await;
        group.connect(&left);
        group.agree(&all).await;
    }
    for phase in 0..3 {
        for half in ["first", "second"] {
            let key = format!("kept-{phase}-{half}-19");
            assert_eq!(group.read(&all, &key).await.as_deref(), Some("kept"));
            assert_eq!(group.read(&all, &format!("lost-{phase}-{half}-49")).await, None);
        }
    }
    let counts = group.finish().await.counts;
    assert!(counts["truncations"] >= 6, "there were wrong logs: {counts:?}");
}

async fn write_many(group: &Group, nodes: &[String], key: &str) {
    group.leader(nodes).await;
    let keys: Vec<String> = (0..20).map(|number| format!("{key}-{number}")).collect();
    let writes = keys.iter().map(|key| Box::pin(group.write(nodes, key, "kept")));
    all_of(writes.collect()).await;
}
