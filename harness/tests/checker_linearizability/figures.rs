//! How long judging takes.

use crate::random::{Random, Shape, play};
use harness::checker::{Budget, Checker, Linearizability, Record, Verdict};
use harness::history::Outcome;
use serde_json::json;

/// Prints figures; asserts verdicts only. `cargo test --release -- --ignored figures --nocapture`
#[test]
#[ignore = "prints figures"]
fn figures() {
    for (name, processes, keys, each, unknown, unique) in [
        ("500 keys × 120, 10 clients, unique values", 10, 500, 120, 1, true),
        ("500 keys × 120, 10 clients, 5 values", 10, 500, 120, 1, false),
        ("500 keys × 120, 10 clients, 5 values, 5 % unknown", 10, 500, 120, 5, false),
        ("1 key × 5,000, 10 clients, unique values", 10, 1, 5_000, 1, true),
        ("1 key × 5,000, 10 clients, 5 values", 10, 1, 5_000, 1, false),
        ("20 keys × 200, 10 clients, 5 values, 20 % unknown", 10, 20, 200, 20, false),
        ("1 key × 2,000, 10 clients, 5 values, 20 % unknown", 10, 1, 2_000, 20, false),
        ("1 key × 2,000, 30 clients, 5 values, 5 % unknown", 30, 1, 2_000, 5, false),
    ] {
        for corrupt in [false, true] {
            let mut operations = Vec::new();
            for key in 0..keys {
                let shape = Shape { operations: each, processes, values: 5, unknown, unique, found: 100, corrupt };
                let mut part = play(&mut Random(key), shape);
                for operation in &mut part {
                    operation.input[0] = json!(key);
                    if operation.outcome == Outcome::Ok && operation.f == "read" {
                        operation.output[0] = json!(key);
                    }
                }
                operations.extend(part);
            }
            let record = Record { operations, ..Record::default() };
            let start = std::time::Instant::now();
            let result = Linearizability::default().check(&record, Budget::default());
            println!("{name}, corrupt {corrupt}: {:?}, {} {:?}", start.elapsed(), result.verdict, result.counts);
            assert!(corrupt || result.verdict != Verdict::Invalid);
        }
    }
}
