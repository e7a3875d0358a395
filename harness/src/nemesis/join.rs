//! Several things at once within one task.

use crate::system::BoxFuture;
use std::{future::poll_fn, task::Poll};

/// Runs futures until all are done; their results in order. Unlike tasks, they may borrow.
pub(super) async fn join_all<'a, F>(futures: impl IntoIterator<Item = F>) -> Vec<F::Output>
where
    F: Future<Output: Send> + Send + 'a,
{
    let mut running: Vec<Option<BoxFuture<'a, F::Output>>> = Vec::new();
    running.extend(futures.into_iter().map(|future| Some(Box::pin(future) as BoxFuture<'a, _>)));
    let mut results: Vec<Option<F::Output>> = running.iter().map(|_| None).collect();
    poll_fn(|context| {
        for (slot, result) in running.iter_mut().zip(&mut results) {
            if let Some(future) = slot
                && let Poll::Ready(value) = future.as_mut().poll(context)
            {
                *result = Some(value);
                *slot = None;
            }
        }
        if running.iter().all(Option::is_none) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    results.into_iter().flatten().collect()
}
