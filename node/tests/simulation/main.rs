//! A cluster of cores in a simulated world: messages are lost, repeated, delayed and reordered, links are cut, clocks drift, nodes
//! pause, crash and lose what was not synced, take snapshots, come and go. After every step the properties of Figure 3, and those
//! that snapshots and membership add, are checked against the whole state, which only a simulation can see. Each run is a function
//! of its seed.

#[cfg(feature = "seeded-bugs")]
mod bugs;
#[cfg(feature = "seeded-bugs")]
mod bugs_later;
mod checks;
mod faults;
mod membership;
mod node;
mod reads;
mod transfers;
mod world;

use ::node::raft::{Body, Config, Entry, EntryId, LogIndex, Message, NodeId, Payload, Raft, Start, Term, Ticks};
use checks::Check;
use faults::Plan;
use world::World;

fn simulate(seed: u64, plan: &Plan, steps: u64) -> Check {
    let mut world = World::new(seed, plan.clone());
    for _ in 0..steps {
        world.disturb()?;
        world.tick()?;
    }
    world.recover()
}

/// Seeds in the normal run; `WHITEWATER_SIMULATION_SEEDS` asks for others: `1000`, or `1000..5000`.
fn seeds(usual: u64) -> std::ops::Range<u64> {
    let Ok(wanted) = std::env::var("WHITEWATER_SIMULATION_SEEDS") else { return 0..usual };
    let (from, to) = wanted.split_once("..").unwrap_or(("0", &wanted));
    from.parse().expect("a seed")..to.parse().expect("a seed")
}

/// Runs every plan, and says which went wrong, and how.
fn assert_all_hold(plans: impl Iterator<Item = (u64, Plan)>) {
    let violations = plans.filter_map(|(seed, plan)| {
        let violation = outcome(seed, &plan).err()?;
        eprintln!("seed {seed}, {plan:?}: {violation}");
        Some(seed)
    });
    assert_eq!(violations.collect::<Vec<_>>(), Vec::<u64>::new(), "no seed ends in a violation");
}

/// A run, in which a core that stops at a broken invariant is a violation like any other.
fn outcome(seed: u64, plan: &Plan) -> Check {
    guarded(|| simulate(seed, plan, 3_000))
}

fn guarded(run: impl FnOnce() -> Check) -> Check {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        Err(format!("the core stops: {}", text.unwrap_or_default()))
    })
}

#[test]
fn a_correct_cluster_keeps_every_property_and_recovers() {
    assert_all_hold(seeds(400).map(|seed| (seed, Plan::drawn(seed))));
}

#[test]
fn a_cluster_without_snapshots_and_changes_keeps_every_property_and_recovers() {
    for size in [1, 2, 3, 4, 5, 7] {
        assert_all_hold(seeds(40).map(|seed| (seed, Plan::rough(size))));
    }
}

#[test]
fn slow_disks_and_late_messages_break_no_property() {
    for size in [3, 5] {
        assert_all_hold(seeds(40).map(|seed| (seed, Plan::slow(size))));
    }
}

#[test]
fn leases_give_no_stale_reads() {
    for size in [2, 3, 5] {
        assert_all_hold(seeds(30).map(|seed| (seed, Plan::leased(size))));
    }
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let trace = |seed| {
        let mut world = World::new(seed, Plan { faults: 0.02, snapshots: 0.01, changes: 0.02, ..Plan::drawn(1) });
        for _ in 0..2_000 {
            world.disturb().unwrap();
            world.tick().unwrap();
        }
        (world.history.committed, world.sent, world.history.leaders)
    };
    assert_eq!(trace(7), trace(7));
    assert_ne!(trace(7).1, trace(8).1);
}

#[test]
fn undisturbed_nodes_elect_one_leader_and_keep_it() {
    for seed in 0..20 {
        let mut world = World::new(seed, Plan { drift: 40, ..Plan::calm(5) });
        world.run(1_000);
        let terms = world.history.leaders.len();
        world.run(10_000);
        assert_eq!(world.history.leaders.len(), terms, "nobody campaigns against a healthy leader");
    }
}

/// Whoever can send but not hear, or hear but not send, does not keep the others from having a leader.
#[test]
fn one_deaf_or_dumb_node_does_not_stop_the_others() {
    for seed in 0..20 {
        for deaf in [true, false] {
            let mut world = World::new(seed, Plan::calm(5));
            world.run(1_000);
            let leader = *world.history.leaders.last_key_value().unwrap().1;
            for peer in world.ids() {
                world.cut.push(if deaf { (peer, leader) } else { (leader, peer) });
            }
            world.run(3_000);
            let terms = world.history.leaders.len();
            let before = world.history.end().0;
            for _ in 0..3_000 {
                for id in world.ids() {
                    world.propose(id);
                }
                world.tick().unwrap();
            }
            assert!(world.history.end().0 > before + 100, "seed {seed} deaf {deaf}: the majority is served");
            assert_eq!(world.history.leaders.len(), terms, "seed {seed} deaf {deaf}: and its leader stays");
        }
    }
}

#[test]
fn messages_to_others_and_nonsense_change_nothing() {
    let mut raft = Raft::new(Config::new(NodeId(1), (1..=3).map(NodeId)), Start::default(), Ticks(0));
    while raft.ready().is_some() {}
    let before = raft.status();
    let vote = Body::Vote { last: EntryId::default(), by_transfer: false };
    let gap = Body::Append {
        prev: EntryId::default(),
        entries: vec![Entry { id: EntryId { term: Term(9), index: LogIndex(7) }, payload: Payload::Noop }],
        commit: LogIndex(7),
        round: 0,
    };
    for (from, to, term, body) in [(1, 1, 5, vote.clone()), (2, 3, 5, vote), (2, 1, 0, gap)] {
        raft.step(Message { from: NodeId(from), to: NodeId(to), term: Term(term), body });
        assert_eq!(raft.status(), before);
        assert!(raft.ready().is_none());
    }
}
