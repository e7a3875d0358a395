//! What the consensus core alone costs: three nodes on one thread, whose disks and network are a queue in memory.
//!
//! `cargo run --release -p node --example core_speed`

use node::raft::{Config, Message, NodeId, Raft, Role, Snapshot, Start, Ticks};
use std::{collections::VecDeque, time::Instant};

const NODES: u64 = 3;
const ENTRIES: usize = 400_000;
const ENTRY_BYTES: usize = 256;
const BATCHES: [usize; 4] = [1, 16, 64, 256];
/// After so many entries each node forgets what it has applied, as a snapshot would let it.
const COMPACT_EVERY: u64 = 10_000;

fn main() {
    println!("{NODES} nodes, {ENTRY_BYTES} bytes an entry");
    for batch in BATCHES {
        let mut cluster = Cluster::elected();
        let command = bytes::Bytes::from(vec![7; ENTRY_BYTES]);
        let start = Instant::now();
        for _ in 0..ENTRIES / batch {
            for _ in 0..batch {
                cluster.nodes[0].propose(command.clone()).expect("the first node leads, and nothing waits");
            }
            cluster.settle();
        }
        let each = start.elapsed().as_secs_f64() * 1e6 / (ENTRIES / batch * batch) as f64;
        assert!(cluster.applied[0] as usize > ENTRIES / batch * batch, "all entries were applied");
        println!("{batch:>4} at a time: {each:.2} µs an entry");
    }
}

struct Cluster {
    nodes: Vec<Raft>,
    network: VecDeque<Message>,
    applied: Vec<u64>,
}

impl Cluster {
    fn elected() -> Cluster {
        let ids = || (1..=NODES).map(NodeId);
        let config = |id| Config { is_traced: false, log_bytes_kept: 1 << 20, ..Config::new(id, ids()) };
        let nodes = ids().map(|id| Raft::new(config(id), Start::default(), Ticks(0))).collect();
        let mut cluster = Cluster { nodes, network: VecDeque::new(), applied: vec![0; NODES as usize] };
        let due = cluster.nodes[0].deadline();
        cluster.nodes[0].tick(due);
        cluster.settle();
        assert_eq!(cluster.nodes[0].role(), Role::Leader);
        cluster
    }

    /// Does what the nodes want done, until they want nothing more.
    fn settle(&mut self) {
        loop {
            for (node, applied) in self.nodes.iter_mut().zip(&mut self.applied) {
                while let Some(ready) = node.ready() {
                    self.network.extend(ready.messages);
                    if let Some(write) = ready.write {
                        node.persisted(write.number);
                    }
                    let Some(last) = ready.committed.last().map(|entry| entry.id) else { continue };
                    let is_due = last.index.0 / COMPACT_EVERY > *applied / COMPACT_EVERY;
                    *applied = last.index.0;
                    if is_due {
                        let configuration = node.configuration_at(last.index);
                        node.compact(Snapshot { last, configuration });
                    }
                }
            }
            if self.network.is_empty() {
                return;
            }
            for message in std::mem::take(&mut self.network) {
                self.nodes[message.to.0 as usize - 1].step(message);
            }
        }
    }
}
