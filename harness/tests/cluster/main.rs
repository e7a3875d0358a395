//! The cluster, its network and its faults, with real processes and real connections.

mod nemesis;
mod net;
mod node;
mod process;
mod rules;
mod switch;

use std::time::{Duration, Instant};

/// Waits for something that will happen. The limit only keeps a broken test from hanging: nothing is judged by it.
async fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < Duration::from_secs(60), "never came: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
