//! Random histories of a register, correct ones and corrupted ones.

use harness::history::{Operation, Outcome};
use serde_json::{Value, json};

/// SplitMix64: small, and the same everywhere.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

/// What kind of history.
#[derive(Clone, Copy)]
pub struct Shape {
    pub operations: usize,
    pub processes: usize,
    pub values: u64,
    pub unknown: u64,
    pub unique: bool,
    pub found: u64,
    pub corrupt: bool,
}

pub fn operation(process: u64, f: &str, input: Value, call: u64) -> Operation {
    Operation {
        process,
        f: f.into(),
        input: json!(["k", input]),
        outcome: Outcome::Info,
        output: Value::Null,
        error: None,
        found: None,
        node: None,
        call,
        ret: None,
        call_time: call * 1_000_000,
        end_time: None,
    }
}

pub fn value(n: u64) -> Value {
    if n == 0 { Value::Null } else { json!(n) }
}

/// Plays clients against a register that is correct: each operation takes effect at some moment between call and return (an
/// unknown one at any later moment or never).
pub fn play(random: &mut Random, shape: Shape) -> Vec<Operation> {
    let (mut operations, mut clock, mut state, mut fresh) = (Vec::<Operation>::new(), 0, 0, 0);
    // Each slot: the open operation, and what came of it once it has taken effect.
    let mut open: Vec<Option<(usize, Option<bool>)>> = vec![None; shape.processes];
    let mut names: Vec<u64> = (0..shape.processes as u64).collect();
    let mut adrift: Vec<usize> = Vec::new();
    let mut seen: Vec<u64> = Vec::new();
    while operations.len() < shape.operations || open.iter().any(Option::is_some) {
        if !adrift.is_empty() && random.chance(20) {
            let at = adrift.swap_remove(random.below(adrift.len() as u64) as usize);
            state = effect(&operations[at], state).map_or(state, |(after, _)| after);
        }
        let slot = random.below(shape.processes as u64) as usize;
        match open[slot] {
            None if operations.len() < shape.operations => {
                let mut pick = |random: &mut Random| {
                    fresh += 1;
                    // The initial value may be written again.
                    if shape.unique { fresh } else { random.below(shape.values + 1) }
                };
                let (f, input) = match random.below(10) {
                    0..4 => ("read", Value::Null),
                    4..7 => ("write", value(pick(random))),
                    _ => {
                        let old = if shape.unique { state } else { random.below(shape.values + 1) };
                        ("cas", json!([value(old), value(pick(random))]))
                    }
                };
                open[slot] = Some((operations.len(), None));
                operations.push(operation(names[slot], f, input, clock));
                clock += 1;
            }
            None => {}
            Some((at, None)) if random.chance(shape.unknown) => {
                // The client gives up; what it began is still on its way. A new process takes the slot.
                operations[at].end_time = Some(clock * 1_000_000);
                clock += 1;
                adrift.push(at);
                names[slot] += shape.processes as u64;
                open[slot] = None;
            }
            Some((at, None)) => {
                let after = effect(&operations[at], state);
                if operations[at].f == "read" {
                    operations[at].output = json!(["k", value(state)]);
                }
                seen.push(state);
                let mismatched = operations[at].f == "cas" && after.is_none();
                if mismatched && random.chance(shape.found) {
                    operations[at].found = Some(value(state));
                }
                state = after.map_or(state, |(after, _)| after);
                open[slot] = Some((at, Some(!mismatched)));
            }
            Some((at, Some(ok))) => {
                let it = &mut operations[at];
                (it.ret, it.end_time) = (Some(clock), Some(clock * 1_000_000));
                it.outcome = if ok { Outcome::Ok } else { Outcome::Fail };
                it.error = (!ok).then(|| "mismatch".into());
                clock += 1;
                open[slot] = None;
            }
        }
    }
    if shape.corrupt {
        corrupt(random, &mut operations, shape, fresh);
    }
    operations
}

pub fn effect(operation: &Operation, state: u64) -> Option<(u64, ())> {
    let argument = &operation.input[1];
    match operation.f.as_str() {
        "write" => Some((argument.as_u64().unwrap_or(0), ())),
        "cas" => (argument[0].as_u64().unwrap_or(0) == state).then(|| (argument[1].as_u64().unwrap_or(0), ())),
        _ => Some((state, ())),
    }
}

/// Makes one completed observation say something else.
pub fn corrupt(random: &mut Random, operations: &mut [Operation], shape: Shape, fresh: u64) {
    let top = if shape.unique { fresh + 1 } else { shape.values + 1 };
    let observations: Vec<usize> = (0..operations.len())
        .filter(|&i| operations[i].outcome == Outcome::Ok && operations[i].f == "read" || operations[i].found.is_some())
        .collect();
    if observations.is_empty() {
        return;
    }
    let at = observations[random.below(observations.len() as u64) as usize];
    let other = value(random.below(top + 1));
    match operations[at].found {
        Some(_) => operations[at].found = Some(other),
        None => operations[at].output = json!(["k", other]),
    }
}

pub fn shape(random: &mut Random, operations_max: u64) -> Shape {
    Shape {
        operations: 2 + random.below(operations_max - 1) as usize,
        processes: 2 + random.below(3) as usize,
        values: 2 + random.below(2),
        unknown: random.below(4) * 10,
        unique: random.chance(30),
        found: [0, 50, 100][random.below(3) as usize],
        corrupt: random.chance(50),
    }
}
