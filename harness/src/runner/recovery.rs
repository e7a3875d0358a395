//! Whether the healed cluster serves again.

use crate::client::{Client, Command, Endpoint, Reply};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::time::sleep;

/// A key of our own, which no workload uses.
const KEY: &str = "whitewater:probe";
/// Between one attempt and the next.
const PAUSE: Duration = Duration::from_millis(100);

/// Waits until a client is served: a write and then a read. Each attempt begins at the next node. None of it enters the
/// history. Only the first `homes` nodes are asked, and whom they name. Returns how long it took.
///
/// # Errors
/// What the last attempt met, if nobody was served within `limit`.
pub async fn wait_for_service(
    nodes: &Arc<[Endpoint]>,
    homes: usize,
    timeout: Duration,
    limit: Duration,
) -> Result<Duration, String> {
    let start = Instant::now();
    let mut last = String::from("there was no time to ask");
    for attempt in 0.. {
        let left = limit.saturating_sub(start.elapsed());
        if left.is_zero() {
            break;
        }
        let mut client = Client::at_home(Arc::clone(nodes), homes, attempt, u64::MAX);
        match serves(&mut client, attempt, timeout.min(left)).await {
            Ok(()) => return Ok(start.elapsed()),
            Err(error) => last = error,
        }
        sleep(PAUSE.min(left)).await;
    }
    Err(last)
}

async fn serves(client: &mut Client, attempt: u64, timeout: Duration) -> Result<(), String> {
    let value = attempt.to_string();
    for command in [Command::new(["SET", KEY, &value]), Command::new(["GET", KEY])] {
        let answer = client.call(&command, timeout).await;
        match answer.result {
            Ok(Reply::Simple(_) | Reply::Bulk(_)) => {}
            Ok(reply) => return Err(format!("{}: unexpected reply: {reply:?}", answer.node)),
            Err(error) => return Err(format!("{}: {error}", answer.node)),
        }
    }
    Ok(())
}
