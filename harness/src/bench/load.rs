//! A closed loop: each client asks as soon as it has its last answer.

use super::{BenchError, Connection, Operation, Standing, cpu_time, standing::Connector};
use crate::seed;
use hdrhistogram::Histogram;
use rand::RngExt;
use serde::Serialize;
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::{Duration, Instant},
};
use tokio::{task::JoinSet, time::sleep};

/// How long a client waits after an error before it goes on, lest a cluster in trouble is asked all the harder.
const AFTER_ERROR: Duration = Duration::from_millis(10);
/// Latencies are told apart by their first three digits, up to a minute.
const LATENCY_NS_MAX: u64 = 60_000_000_000;
const LATENCY_DIGITS: u8 = 3;

/// What clients do in a measurement.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// What they ask for.
    pub operation: Operation,
    /// How many there are, each with a connection of its own.
    pub connections: usize,
    /// How long they work before it counts.
    pub warm_up: Duration,
    /// How long it counts.
    pub duration: Duration,
    /// What the keys are drawn from.
    pub seed: u64,
}

/// What was measured.
#[derive(Clone, Debug, Serialize)]
pub struct Measurement {
    /// How many operations succeeded in the time that counted.
    pub operations: u64,
    /// How many did not.
    pub errors: u64,
    /// How many succeeded in a second.
    pub throughput: f64,
    /// Latencies of those that succeeded, in ms.
    pub latency_ms_p50: f64,
    /// The 90th percentile.
    pub latency_ms_p90: f64,
    /// The 99th percentile.
    pub latency_ms_p99: f64,
    /// The longest.
    pub latency_ms_max: f64,
    /// Processor time of all nodes for an operation, in µs.
    pub server_cpu_us: f64,
    /// Processor time of the clients for an operation, in µs.
    pub client_cpu_us: f64,
}

/// What the clients of a measurement write down. They share a thread, and so need no locks.
struct Tally {
    counts: Cell<bool>,
    errors: Cell<u64>,
    last_error: RefCell<String>,
    latencies: RefCell<Histogram<u64>>,
}

impl Load {
    /// Lets the clients work, and says what was measured. To be called in a `LocalSet`.
    ///
    /// # Errors
    /// If there is no leader, or nothing is served.
    pub async fn drive(&self, standing: &Standing) -> Result<Measurement, BenchError> {
        standing.find_leader().await?;
        let latencies = Histogram::new_with_max(LATENCY_NS_MAX, LATENCY_DIGITS).expect("the bounds are good");
        let tally = Rc::new(Tally {
            counts: Cell::new(false),
            errors: Cell::new(0),
            last_error: RefCell::default(),
            latencies: RefCell::new(latencies),
        });
        let mut clients = JoinSet::new();
        for client in 0..self.connections {
            clients.spawn_local(work(*self, client, standing.keys, standing.connector(), tally.clone()));
        }
        sleep(self.warm_up).await;
        let own = || cpu_time(std::process::id()).map_err(|source| BenchError::Cpu { pid: std::process::id(), source });
        let (start, server_before, client_before) = (Instant::now(), standing.cpu_time()?, own()?);
        tally.counts.set(true);
        sleep(self.duration).await;
        tally.counts.set(false);
        let (time, server, client) =
            (start.elapsed(), standing.cpu_time()?.saturating_sub(server_before), own()?.saturating_sub(client_before));
        // The clients end where they are, and their connections with them.
        drop(clients);

        let latencies = tally.latencies.borrow();
        if latencies.is_empty() {
            let last = tally.last_error.borrow().clone();
            let (system, operation, connections) = (standing.target.name(), self.operation, self.connections);
            return Err(BenchError::NotServed { system, operation, connections, last });
        }
        let operations = latencies.len();
        let ms = |ns: u64| ns as f64 / 1e6;
        let us_each = |time: Duration| time.as_secs_f64() * 1e6 / operations as f64;
        Ok(Measurement {
            operations,
            errors: tally.errors.get(),
            throughput: operations as f64 / time.as_secs_f64(),
            latency_ms_p50: ms(latencies.value_at_quantile(0.5)),
            latency_ms_p90: ms(latencies.value_at_quantile(0.9)),
            latency_ms_p99: ms(latencies.value_at_quantile(0.99)),
            latency_ms_max: ms(latencies.max()),
            server_cpu_us: us_each(server),
            client_cpu_us: us_each(client),
        })
    }
}

async fn work(load: Load, client: usize, keys: u32, mut connector: Connector, tally: Rc<Tally>) {
    let mut random = seed::rng(load.seed, &format!("bench/{}/{client}", load.operation));
    let mut connection: Option<Connection> = None;
    loop {
        let key = random.random_range(0..keys);
        let start = Instant::now();
        let result = connector.call(&mut connection, load.operation, key).await;
        match result {
            Ok(()) if tally.counts.get() => {
                tally.latencies.borrow_mut().saturating_record(start.elapsed().as_nanos() as u64);
            }
            Ok(()) => {}
            Err(error) => {
                if tally.counts.get() {
                    tally.errors.set(tally.errors.get() + 1);
                }
                tally.last_error.replace(error.to_string());
                sleep(AFTER_ERROR).await;
            }
        }
    }
}
