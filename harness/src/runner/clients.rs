//! The client processes at work.

use super::Clock;
use crate::{
    client::{Client, Endpoint},
    generator::{Generator, Invocation, Next},
    history::{Outcome, Process, ProcessId},
    outcome::Completion,
    store::HistoryWriter,
    workload::Workload,
};
use std::{
    future::pending,
    io,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{sync::watch, task::JoinSet, time::sleep};

/// How long a client waits after a node has turned it away. Refusals take no time, and without a pause a cluster that is
/// down would fill the history with them.
const PAUSE_AFTER_REFUSAL: Duration = Duration::from_millis(20);

/// What a group of client processes shares.
pub struct Clients {
    /// Whom they can ask.
    pub nodes: Arc<[Endpoint]>,
    /// So many of them, the first, are asked when no leader is known.
    pub homes: usize,
    /// What they do.
    pub workload: Arc<dyn Workload>,
    /// Where they write it down.
    pub history: Arc<HistoryWriter>,
    /// How it went, in numbers.
    pub counts: Arc<Counts>,
    /// The time of the run.
    pub clock: Clock,
    /// How many processes there are at a time.
    pub concurrency: u64,
    /// How long a call may take.
    pub timeout: Duration,
}

/// Operations so far, by outcome.
#[derive(Debug, Default)]
pub struct Counts {
    ok: AtomicU64,
    fail: AtomicU64,
    info: AtomicU64,
}

impl Counts {
    fn add(&self, outcome: Outcome) {
        let count = match outcome {
            Outcome::Ok => &self.ok,
            Outcome::Fail => &self.fail,
            Outcome::Info => &self.info,
        };
        count.fetch_add(1, Ordering::Relaxed);
    }

    /// How many ended as `ok`, `fail` and `info`.
    pub fn read(&self) -> (u64, u64, u64) {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        (read(&self.ok), read(&self.fail), read(&self.info))
    }
}

impl Clients {
    /// Lets the processes `first`, `first + 1`, … and their successors work until the generator is done or `stop` is true.
    /// Calls under way are waited for. Returns the generator, and the first process number of the next group.
    ///
    /// # Errors
    /// If the history cannot be written. Nothing that happens after that would be known, so everybody stops.
    pub async fn run(
        self: &Arc<Self>,
        generator: Box<dyn Generator>,
        first: ProcessId,
        stop: &watch::Receiver<bool>,
    ) -> io::Result<(Box<dyn Generator>, ProcessId)> {
        let shift =
            Arc::new(Shift { generator: Mutex::new(generator), turn: tokio::sync::Mutex::new(()), stop: stop.clone() });
        let mut slots = JoinSet::new();
        for slot in 0..self.concurrency {
            slots.spawn(Arc::clone(self).work(Arc::clone(&shift), first + slot));
        }
        let mut last = first;
        while let Some(ended) = slots.join_next().await {
            last = last.max(ended.map_err(io::Error::other)??);
        }
        let shift = Arc::into_inner(shift).expect("every process has ended");
        let generator = shift.generator.into_inner().unwrap_or_else(PoisonError::into_inner);
        // The next group begins in step, so that a process and its successors keep to their slot.
        Ok((generator, (last / self.concurrency + 1) * self.concurrency))
    }

    /// One slot: a process, and after each unknown outcome its successor. Returns the last of them.
    async fn work(self: Arc<Self>, shift: Arc<Shift>, mut process: ProcessId) -> io::Result<ProcessId> {
        let mut client = self.client(process);
        while let Some(invocation) = self.begin(&shift, process).await? {
            let answer = client.call(&self.workload.command(&invocation), self.timeout).await;
            let (completion, refused) = match &answer.result {
                Ok(reply) => (self.workload.completion(&invocation, reply), false),
                Err(error) => (Completion::error(invocation.value, error), error.is_unavailable()),
            };
            let outcome = completion.outcome;
            let event =
                self.history.complete(Process::Client(process), &invocation.f, completion, Some(answer.node))?;
            self.counts.add(outcome);
            shift.generator().complete(&event);
            if outcome == Outcome::Info {
                // It may still be executing, and a process does one thing at a time: this one is never heard of again.
                process += self.concurrency;
                client = self.client(process);
            }
            if refused {
                sleep(PAUSE_AFTER_REFUSAL).await;
            }
        }
        Ok(process)
    }

    fn client(&self, process: ProcessId) -> Client {
        let client = Client::at_home(Arc::clone(&self.nodes), self.homes, process, self.concurrency);
        match self.workload.greeting() {
            Some(greeting) => client.with_greeting(greeting),
            None => client,
        }
    }

    /// Waits for something to do, and records that it begins.
    async fn begin(&self, shift: &Shift, process: ProcessId) -> io::Result<Option<Invocation>> {
        // One idle process waits for the generator, the others wait for their turn, first come first served: so the work
        // is spread evenly over them.
        let _turn = shift.turn.lock().await;
        loop {
            if *shift.stop.borrow() {
                return Ok(None);
            }
            let next = shift.generator().next(self.clock.now(), process);
            match next {
                Next::Invoke(invocation) => {
                    self.history.invoke(Process::Client(process), &invocation.f, invocation.value.clone())?;
                    return Ok(Some(invocation));
                }
                Next::Wait(until) => tokio::select! {
                    () = tokio::time::sleep_until(self.clock.instant(until).into()) => {}
                    () = told(&shift.stop) => {}
                },
                Next::Done => return Ok(None),
            }
        }
    }
}

/// What the processes of one phase share besides.
struct Shift {
    generator: Mutex<Box<dyn Generator>>,
    turn: tokio::sync::Mutex<()>,
    stop: watch::Receiver<bool>,
}

impl Shift {
    fn generator(&self) -> MutexGuard<'_, Box<dyn Generator>> {
        self.generator.lock().expect("a generator that panics ends the run")
    }
}

/// Waits until the flag is true: for ever, if nobody is left to set it.
pub(super) async fn told(flag: &watch::Receiver<bool>) {
    if flag.clone().wait_for(|&set| set).await.is_err() {
        pending::<()>().await;
    }
}
