//! Clusters in the hands of chance, step by step, with every invariant checked after each: time, messages in any order, twice or
//! never, disks that hang, crashes that keep any part of what was under way, snapshots, changes of the configuration, transfers,
//! reads anywhere. In the end, once all is well, the members have one log.

use crate::cluster::Cluster;
use node::raft::{NodeId, ReadMode, Status};
use proptest::prelude::*;

/// What happens next, and to whom or how.
type Step = (u32, u16);

fn steps() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec((0u32..120, any::<u16>()), 0..400)
}

/// How clocks behave.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Clocks {
    /// Each as it likes.
    Wild,
    /// All alike.
    Honest,
}

fn live(cluster: &mut Cluster, steps: &[Step], clocks: Clocks) {
    let count = cluster.nodes.len();
    for &(kind, choice) in steps {
        let id = NodeId((choice as usize % count) as u64 + 1);
        let pick = choice as usize / count;
        // Who asks for something mostly asks the leader.
        let is_asked = matches!(kind, 72..88 | 104..110) && !pick.is_multiple_of(8);
        let asked = cluster.leader().filter(|_| is_asked).unwrap_or(id);
        step(cluster, kind, asked, pick, clocks);
        cluster.trace.clear();
    }
}

fn step(cluster: &mut Cluster, kind: u32, id: NodeId, pick: usize, clocks: Clocks) {
    let waiting = cluster.network.len();
    let Some(raft) = &cluster.nodes[&id].raft else {
        if kind >= 110 {
            cluster.start(id);
        }
        return;
    };
    match kind {
        0..50 if waiting > 0 => {
            // Mostly in order.
            let at = if pick.is_multiple_of(4) { pick / 4 % waiting } else { 0 };
            let message = cluster.network.remove(at).unwrap();
            cluster.deliver(message);
        }
        50..53 if waiting > 0 => drop(cluster.network.remove(pick % waiting)),
        53..56 if waiting > 0 => {
            let copy = cluster.network[pick % waiting].clone();
            cluster.network.push_back(copy);
        }
        56..60 => cluster.run(pick as u64 % 100),
        60..72 => {
            let ticks = if kind < 69 { raft.deadline().0 - cluster.nodes[&id].clock } else { pick as u64 % 200 };
            let who = if clocks == Clocks::Wild { vec![id] } else { cluster.ids() };
            who.into_iter().for_each(|id| cluster.tick(id, ticks));
        }
        72..82 => drop(cluster.propose(id, &["x"])),
        82..85 => drop(cluster.read(id)),
        85..88 => drop(cluster.read_anywhere(id)),
        88..90 => cluster.node(id).is_held = true,
        90..94 => cluster.persist(id, 1 + pick % 2),
        94..96 => cluster.receive(id),
        96..98 => {
            cluster.node(id).is_held = false;
            cluster.persist(id, usize::MAX);
            cluster.receive(id);
        }
        98..104 => {
            let (applied, has) = (cluster.nodes[&id].applied.len(), raft.status().snapshot.0 as usize);
            if applied > has {
                cluster.snapshot(id, has + 1 + pick % (applied - has));
            }
        }
        104..109 => {
            let node = NodeId((pick % cluster.nodes.len()) as u64 + 1);
            let now = raft.configuration();
            let target = match pick / 8 % 4 {
                0 => now.with_learner(node, String::new()),
                1 => now.promoted(node),
                2 => now.demoted(node),
                _ => now.without(node),
            };
            let _ = cluster.change(id, &target);
        }
        109 => cluster.transfer(id, NodeId((pick % cluster.nodes.len()) as u64 + 1)),
        110..112 => cluster.crash(id, pick % 3),
        112..116 => {
            let others = cluster.ids().into_iter().filter(|&other| other != id);
            cluster.cut.extend(others.flat_map(|other| [(id, other), (other, id)]).skip(pick % 3));
        }
        116..118 => cluster.cut.clear(),
        _ => {}
    }
}

/// All is well again: whoever is a member has the same log, and serves.
fn recover(cluster: &mut Cluster) {
    cluster.cut.clear();
    for id in cluster.ids() {
        if cluster.nodes[&id].raft.is_none() {
            cluster.start(id);
        }
        cluster.node(id).is_held = false;
        cluster.persist(id, usize::MAX);
        cluster.receive(id);
    }
    for _ in 0..100 {
        cluster.run(100);
        let Some(leader) = cluster.leader() else { continue };
        if cluster.propose(leader, &["last"])[0].is_err() {
            continue;
        }
        cluster.run(100);
        let status = cluster.status(leader);
        let is_there = |id| {
            let Status { commit, last, .. } = cluster.status(id);
            (commit, last) == (status.last.index, status.last)
        };
        if !status.configuration.is_joint() && status.configuration.members().into_iter().all(is_there) {
            return;
        }
    }
    let all: Vec<_> = cluster.ids().into_iter().map(|id| cluster.status(id)).collect();
    panic!("it does not come to rest: {all:#?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    /// Three founders and two who may join, with clocks as wild as they like.
    #[test]
    fn no_sequence_of_steps_breaks_an_invariant(
        steps in steps(),
        kept in prop_oneof![Just(0usize), Just(100), Just(1 << 20)],
        spare in 0u64..3,
        reads in prop_oneof![Just(ReadMode::Index), Just(ReadMode::Log)],
    ) {
        let mut cluster = Cluster::with_spare(3, spare, |config| {
            config.append_bytes_max = 60;
            config.committed_bytes_max = 60;
            config.window.appends = 2;
            config.log_bytes_kept = kept;
            config.reads = reads;
        });
        cluster.chunk_bytes = 50;
        live(&mut cluster, &steps, Clocks::Wild);
        recover(&mut cluster);
    }

    /// As long as all clocks go alike, a lease lets nobody read what is stale.
    #[test]
    fn no_sequence_of_steps_makes_a_lease_lie(steps in steps(), spare in 0u64..3) {
        let mut cluster = Cluster::with_spare(3, spare, |config| {
            config.log_bytes_kept = 0;
            config.reads = ReadMode::Lease;
        });
        live(&mut cluster, &steps, Clocks::Honest);
        recover(&mut cluster);
    }
}
