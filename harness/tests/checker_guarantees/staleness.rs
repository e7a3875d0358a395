use super::{check, operation, random};
use harness::{
    checker::{Staleness, Verdict},
    history::Operation,
};
use serde_json::{Value, json};

/// For how many events, and by how many versions, a read was stale: of each version that came certainly later, whether
/// somebody knew of it before the read was called.
fn stale(operations: &[Operation], read: &Operation) -> Option<(u64, u64)> {
    let writes = random::writes(operations);
    let orders = random::orders(&writes);
    let seen = random::value(read)?;
    let is_newer = |value: u64| {
        let place = |order: &[u64], value| order.iter().position(|written| *written == value);
        orders.iter().all(|order| place(order, seen) < place(order, value))
    };
    let newer: Vec<_> = writes.iter().filter(|write| is_newer(write.value) && write.to < read.call).collect();
    let first = newer.iter().map(|write| write.to).min()?;
    Some((read.call - first, newer.len() as u64))
}

#[test]
fn the_measure_agrees_with_trying_every_order_of_the_writes() {
    let mut any = 0;
    for seed in 0..20_000 {
        let operations = random::history(seed);
        let reads = operations.iter().filter(|operation| operation.f == "read");
        let stale: Vec<(u64, u64)> = reads.filter_map(|read| stale(&operations, read)).collect();
        any += usize::from(!stale.is_empty());
        let result = check(&Staleness, operations.clone());
        assert_eq!(result.verdict, Verdict::Valid, "a measure judges nobody");
        let counted = ["stale_reads", "stale_us_max", "versions_behind_max"].map(|name| result.counts[name]);
        let by = stale.iter().map(|(by, _)| by * 1_000).max().unwrap_or_default();
        let versions = stale.iter().map(|(_, versions)| *versions).max().unwrap_or_default();
        assert_eq!(counted, [stale.len() as u64, by, versions], "seed {seed}: {}\n{operations:?}", result.summary);
    }
    assert!(any > 2_000, "only {any} of 20,000 have stale reads");
}

#[test]
fn the_worst_read_is_told() {
    let add = |sum: u64, at| operation(0, "add-and-get", json!(["k", 1]), json!(["k", [1, sum]]), at, Some(at + 1));
    let read = |value: Value, at| operation(1, "read", json!(["k", null]), json!(["k", value]), at, Some(at + 1));
    // Sums that nobody was told are not counted.
    let operations = vec![add(1, 0), add(2, 2), add(5, 4), read(json!(1), 9), read(json!(5), 11), read(json!(2), 13)];
    let result = check(&Staleness, operations);
    assert_eq!(
        result.summary,
        "2 of 3 reads were stale, half of them by 6.000 ms or less; the worst by 8.000 ms and 1 version: process 1 read 2 \
         of `k`, asked at 0.013000 s"
    );
    assert_eq!(result.counts["versions_behind_max"], 2);
}
