//! Clients that go on writing while nodes and links come and go.

use crate::group::{Dice, Group, eventually};
use harness::{
    client::{Client, Command, Reply},
    cluster::{Cluster, ProcessState},
    history::Link,
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::task::JoinHandle;

/// Links that lose messages: at any time some of them are cut for some milliseconds, one direction at a time, so that requests,
/// answers, or both are lost in ever new places.
pub struct Unreliable {
    is_over: Arc<AtomicBool>,
    tasks: Vec<JoinHandle<()>>,
}

impl Unreliable {
    pub fn start(cluster: &Arc<Cluster>) -> Unreliable {
        let is_over = Arc::new(AtomicBool::new(false));
        let count = cluster.nodes().len();
        let flap = |seed| {
            let (cluster, is_over, mut dice) = (Arc::clone(cluster), Arc::clone(&is_over), Dice::new(seed));
            tokio::spawn(async move {
                while !is_over.load(Ordering::Relaxed) {
                    let ends = dice.pick(cluster.nodes(), 2);
                    let link = [Link { from: ends[0].clone(), to: ends[1].clone() }];
                    cluster.network().cut(&link);
                    tokio::time::sleep(Duration::from_millis(2 + dice.below(30) as u64)).await;
                    cluster.network().restore(&link);
                    tokio::time::sleep(Duration::from_millis(dice.below(10) as u64)).await;
                }
            })
        };
        Unreliable { tasks: (0..count as u64).map(flap).collect(), is_over }
    }

    /// All links carry everything again.
    pub async fn end(self) {
        self.is_over.store(true, Ordering::Relaxed);
        for task in self.tasks {
            task.await.unwrap();
        }
    }
}

/// Clients that write a key after the other, and remember which were acknowledged.
pub struct Writers {
    is_over: Arc<AtomicBool>,
    acknowledged: Arc<AtomicUsize>,
    tasks: Vec<JoinHandle<Vec<String>>>,
}

impl Writers {
    pub fn start(group: &Group, count: u64) -> Writers {
        let (is_over, acknowledged) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let write = |number: u64| {
            let (is_over, acknowledged) = (Arc::clone(&is_over), Arc::clone(&acknowledged));
            let mut client = Client::new(group.endpoints(), number, count);
            tokio::spawn(async move {
                let mut keys = Vec::new();
                for n in 0.. {
                    if is_over.load(Ordering::Relaxed) {
                        break;
                    }
                    let key = format!("w{number}-{n}");
                    let write = Command::new(["SET", &key, &key]);
                    let answer = client.call(&write, Duration::from_millis(500)).await;
                    match answer.result {
                        Ok(Reply::Simple(_)) => {
                            keys.push(key);
                            acknowledged.fetch_add(1, Ordering::Relaxed);
                        }
                        // A refusal takes no time.
                        _ => tokio::time::sleep(Duration::from_millis(10)).await,
                    }
                }
                keys
            })
        };
        Writers { tasks: (0..count).map(write).collect(), is_over, acknowledged }
    }

    /// Waits until more writes than now were acknowledged.
    pub async fn progress(&self, more: usize) {
        let least = self.acknowledged.load(Ordering::Relaxed) + more;
        eventually("clients get on", async || (self.acknowledged.load(Ordering::Relaxed) >= least).then_some(())).await;
    }

    /// Everything that was acknowledged.
    pub async fn end(self) -> Vec<String> {
        self.is_over.store(true, Ordering::Relaxed);
        let mut keys = Vec::new();
        for task in self.tasks {
            keys.extend(task.await.unwrap());
        }
        keys
    }
}

/// Nodes are cut off, come back, die and start again, at most two of five at a time, while clients write.
async fn churn(is_unreliable: bool, seed: u64) {
    let group = Group::with_snapshots(5, 16 << 10).await;
    let all = group.all();
    let mut dice = Dice::new(seed);
    let writers = Writers::start(&group, 3);
    writers.progress(5).await;
    let unreliable = is_unreliable.then(|| Unreliable::start(group.cluster()));
    let (mut dead, mut lost) = (Vec::new(), Vec::new());
    for _ in 0..12 {
        if dead.len() + lost.len() == 2 {
            if dead.is_empty() || (!lost.is_empty() && dice.below(2) == 0) {
                group.connect(&[lost.swap_remove(0)]);
            } else {
                group.restart(&[dead.swap_remove(0)]).await;
            }
        }
        // Half of the time it is the leader.
        let away: Vec<String> = dead.iter().chain(&lost).cloned().collect();
        let leader = group.present_leader().await.filter(|leader| !away.contains(leader));
        let node = match leader {
            Some(leader) if dice.below(2) == 0 => leader,
            _ => dice.pick(&group.without(&away), 1).remove(0),
        };
        if dice.below(2) == 0 {
            group.kill(&[&node]).await;
            dead.push(node);
        } else {
            group.disconnect(&[&node]);
            lost.push(node);
        }
        writers.progress(3).await;
    }
    if let Some(unreliable) = unreliable {
        unreliable.end().await;
    }
    group.connect(&lost);
    group.restart(&dead).await;
    let acknowledged = writers.end().await;
    group.agree(&all).await;
    let leader = group.leader(&all).await;
    for key in &acknowledged {
        let reply = group.ask(&leader, &["GET", key], Duration::from_secs(5)).await;
        let value = match reply {
            Ok(Reply::Bulk(value)) => String::from_utf8(value).ok(),
            // The leader was replaced meanwhile.
            Err(_) => group.read(&all, key).await,
            Ok(_) => None,
        };
        assert_eq!(value.as_ref(), Some(key), "one of {} acknowledged writes", acknowledged.len());
    }
    group.finish().await;
}

#[tokio::test]
async fn nodes_come_and_go_while_clients_write() {
    churn(false, 11).await;
}

#[tokio::test]
async fn nodes_come_and_go_on_unreliable_links_while_clients_write() {
    churn(true, 12).await;
}

#[tokio::test]
async fn writes_take_their_place_over_unreliable_links() {
    let group = Group::start(5).await;
    let all = group.all();
    let unreliable = Unreliable::start(group.cluster());
    let writers = Writers::start(&group, 5);
    writers.progress(100).await;
    unreliable.end().await;
    let acknowledged = writers.end().await;
    group.agree(&all).await;
    for key in acknowledged.iter().step_by(10) {
        assert_eq!(group.read(&all, key).await.as_ref(), Some(key));
    }
    let dropped: u64 = group.counters().values().map(|link| link.messages_dropped).sum();
    assert!(dropped > 0, "the links did lose messages");
    group.finish().await;
}

/// Figure 8 again: leaders are cut off with entries of which nobody knows who has them, and the links lose messages.
#[tokio::test]
async fn leaders_are_cut_off_right_after_they_were_asked_to_write() {
    let group = Group::start(5).await;
    let all = group.all();
    let mut dice = Dice::new(9);
    let mut lost: Vec<String> = Vec::new();
    group.write(&all, "k", "0").await;
    let unreliable = Unreliable::start(group.cluster());
    for round in 0..30 {
        let leader = eventually("somebody leads", async || group.present_leader().await).await;
        let (key, limit) = (format!("k{round}"), Duration::from_millis(1 + 10 * dice.below(3) as u64));
        let _ = group.ask(&leader, &["SET", &key, "v"], limit).await;
        if !lost.contains(&leader) {
            group.disconnect(&[&leader]);
            lost.push(leader);
        }
        while lost.len() > 2 {
            let back = lost.swap_remove(dice.below(lost.len()));
            group.connect(&[back]);
        }
    }
    unreliable.end().await;
    group.connect(&lost);
    group.write(&all, "k", "1").await;
    group.agree(&all).await;
    assert!(all.iter().all(|node| group.cluster().state(node) == ProcessState::Running));
    group.finish().await;
}
