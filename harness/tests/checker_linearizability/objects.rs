//! Sets, counters, locks, queues and lists in words of their own: to simulate clients of them, and to judge small histories
//! by trying every order. This shares nothing with the checker.

use crate::random::{Random, operation};
use harness::checker::objects::Kind;
use harness::history::{Operation, Outcome};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The state of any of them: the elements, the sum, or the owner.
type State = Vec<i64>;

/// What an operation does to a correct object, and the answer; `None` if it cannot take effect now.
fn effect(kind: Kind, state: &State, operation: &Operation) -> Option<(State, Value)> {
    let argument = &operation.input[1];
    let number = argument.as_i64().unwrap_or(1);
    let mut after = state.clone();
    let answer = match (kind, operation.f.as_str()) {
        (Kind::Set, "add") => {
            after.push(number);
            after.sort_unstable();
            after.dedup();
            Value::Null
        }
        (Kind::Set, "remove") => {
            after.retain(|element| *element != number);
            Value::Null
        }
        (Kind::Set | Kind::AppendList, "read") => json!(state),
        (Kind::Counter, "read") => json!(state.iter().sum::<i64>()),
        (Kind::Counter, "add") => {
            after = vec![state.iter().sum::<i64>() + number];
            Value::Null
        }
        (Kind::Counter, "add-and-get") => {
            after = vec![state.iter().sum::<i64>() + number];
            json!([number, after[0]])
        }
        (Kind::Mutex, "acquire") if state.is_empty() => {
            after = vec![operation.process as i64];
            Value::Null
        }
        (Kind::Mutex, "release") if *state == [operation.process as i64] => {
            after.clear();
            Value::Null
        }
        (Kind::Mutex, _) => return None,
        (Kind::Queue, "enqueue") | (Kind::AppendList, "append") => {
            after.push(number);
            Value::Null
        }
        (Kind::Queue, "dequeue") if state.is_empty() => Value::Null,
        (Kind::Queue, "dequeue") => json!(after.remove(0)),
        (_, f) => panic!("{f}"),
    };
    Some((after, answer))
}

/// Whether there is an order: tries every one, with every subset of those of unknown outcome.
pub fn orderable(kind: Kind, operations: &[Operation]) -> bool {
    orderable_but_for(kind, operations, |_| false)
}

/// The same, where some operations are excused: they took effect as they say, between call and return, or not at all.
pub fn orderable_but_for(kind: Kind, operations: &[Operation], excused: impl Fn(&Operation) -> bool) -> bool {
    let facts: Vec<&Operation> = operations.iter().filter(|o| o.outcome != Outcome::Fail).collect();
    let ended = |i: usize| facts[i].outcome == Outcome::Ok;
    let certain = |i: usize| ended(i) && !excused(facts[i]);
    let before = |i: usize, j: usize| ended(i) && facts[i].ret.is_some_and(|ret| ret < facts[j].call);
    let mut seen = BTreeSet::new();
    let mut todo = vec![(0u32, State::new())];
    while let Some((placed, state)) = todo.pop() {
        if !seen.insert((placed, state.clone())) {
            continue;
        }
        let (there, missing): (Vec<usize>, Vec<usize>) = (0..facts.len()).partition(|i| placed >> i & 1 == 1);
        if !missing.iter().any(|&i| certain(i)) {
            return true;
        }
        for &i in &missing {
            let overdue = missing.iter().any(|&j| certain(j) && before(j, i));
            if overdue || there.iter().any(|&j| before(i, j)) {
                continue;
            }
            let Some((after, answer)) = effect(kind, &state, facts[i]) else { continue };
            let asks = !matches!(facts[i].f.as_str(), "add" | "remove" | "append" | "enqueue" | "acquire" | "release");
            if !ended(i) || !asks || answer == in_order(kind, &facts[i].output[1]) {
                todo.push((placed | 1 << i, after));
            }
        }
    }
    false
}

/// An answer as [`effect`] writes it: a set's elements may be told in any order.
fn in_order(kind: Kind, answer: &Value) -> Value {
    let mut answer = answer.clone();
    if let (Kind::Set, Value::Array(elements)) = (kind, &mut answer) {
        elements.sort_by_key(Value::as_i64);
    }
    answer
}

/// Clients of one object.
pub struct Simulation {
    kind: Kind,
    /// Elements are never used again.
    unique: bool,
    /// What is added to a counter, unless it is a different number each time.
    delta: Option<i64>,
    fresh: i64,
    /// In percent: how often an element is taken out of a set.
    removes: u64,
    clients: u64,
    /// In percent: how often nobody learns what became of an operation, and how often it fails.
    unknown: u64,
    fails: u64,
}

impl Simulation {
    /// A random history, and whether it is certainly correct.
    pub fn history(random: &mut Random, kind: Kind, operations_max: u64) -> (Vec<Operation>, bool) {
        let mut simulation = Simulation {
            kind,
            unique: random.chance(85),
            delta: random.chance(80).then(|| [1, 1, 2, -3][random.below(4) as usize]),
            fresh: 0,
            removes: if random.chance(20) { 15 } else { 0 },
            clients: 2 + random.below(3),
            unknown: random.below(4) * 8,
            fails: random.below(2) * 8,
        };
        let count = 2 + random.below(operations_max - 1) as usize;
        let mut operations = simulation.play(random, count);
        let is_corrupt = random.chance(60);
        if is_corrupt {
            corrupt(random, &mut operations);
        }
        (operations, !is_corrupt)
    }

    /// A correct one of this many operations by so many clients, with so many percent of unknown outcome.
    pub fn correct(random: &mut Random, kind: Kind, count: usize, clients: u64, unknown: u64) -> Vec<Operation> {
        let mut simulation =
            Simulation { kind, unique: true, delta: Some(1), fresh: 0, removes: 0, clients, unknown, fails: 0 };
        simulation.play(random, count)
    }

    fn choose(&mut self, random: &mut Random, holds: bool) -> (&'static str, Value) {
        let mut element = |random: &mut Random| {
            self.fresh += 1;
            json!(if self.unique { self.fresh } else { random.below(3) as i64 + 1 })
        };
        let delta = |random: &mut Random| json!(self.delta.unwrap_or_else(|| random.below(5) as i64 - 1));
        match self.kind {
            Kind::Set if random.chance(self.removes) => ("remove", json!(random.below(4) + 1)),
            Kind::Set if random.chance(50) => ("add", element(random)),
            Kind::AppendList if random.chance(50) => ("append", element(random)),
            Kind::Set | Kind::AppendList => ("read", Value::Null),
            Kind::Counter => match random.below(10) {
                0..4 => ("read", Value::Null),
                4..5 => ("add-and-get", delta(random)),
                _ => ("add", delta(random)),
            },
            Kind::Mutex if holds != random.chance(4) => ("release", Value::Null),
            Kind::Mutex => ("acquire", Value::Null),
            Kind::Queue if random.chance(50) => ("enqueue", element(random)),
            _ => ("dequeue", Value::Null),
        }
    }

    fn play(&mut self, random: &mut Random, count: usize) -> Vec<Operation> {
        let Simulation { clients, unknown, fails, .. } = *self;
        let (mut operations, mut clock, mut state) = (Vec::<Operation>::new(), 0, State::new());
        // Each client: the open operation, and its answer once it has taken effect, or that it failed.
        let mut open: Vec<Option<(usize, Option<Option<Value>>)>> = vec![None; clients as usize];
        let mut names: Vec<u64> = (0..clients).collect();
        let mut adrift: Vec<usize> = Vec::new();
        while operations.len() < count || open.iter().any(Option::is_some) {
            if !adrift.is_empty() && random.chance(25) {
                let at = adrift.swap_remove(random.below(adrift.len() as u64) as usize);
                if let Some((after, _)) = effect(self.kind, &state, &operations[at]) {
                    state = after;
                }
            }
            let slot = random.below(clients) as usize;
            match open[slot].clone() {
                None if operations.len() < count => {
                    let holds = state == [names[slot] as i64];
                    let (f, argument) = self.choose(random, holds);
                    open[slot] = Some((operations.len(), None));
                    operations.push(operation(names[slot], f, argument, clock));
                    clock += 1;
                }
                None => {}
                Some((at, None)) if random.chance(unknown) => {
                    adrift.push(at);
                    names[slot] += clients;
                    open[slot] = None;
                }
                Some((at, None)) => {
                    let effect = effect(self.kind, &state, &operations[at]).filter(|_| !random.chance(fails));
                    let answer = effect.map(|(after, answer)| {
                        state = after;
                        answer
                    });
                    open[slot] = Some((at, Some(answer)));
                }
                Some((at, Some(answer))) => {
                    let it = &mut operations[at];
                    (it.ret, it.end_time) = (Some(clock), Some(clock * 1_000_000));
                    it.outcome = if answer.is_some() { Outcome::Ok } else { Outcome::Fail };
                    it.output = json!(["k", answer.unwrap_or_default()]);
                    clock += 1;
                    open[slot] = None;
                }
            }
        }
        operations
    }
}

/// Makes something else of one completed operation.
pub fn corrupt(random: &mut Random, operations: &mut [Operation]) {
    let ended: Vec<usize> = (0..operations.len()).filter(|&i| operations[i].outcome != Outcome::Info).collect();
    if ended.is_empty() {
        return;
    }
    let at = ended[random.below(ended.len() as u64) as usize];
    let like = |o: &&Operation| o.outcome == Outcome::Ok && o.f == operations[at].f && o.f != "add-and-get";
    let answers: Vec<Value> = operations.iter().filter(like).map(|o| o.output.clone()).collect();
    let operation = &mut operations[at];
    let other = match (&operation.output[1], operation.f.as_str()) {
        (Value::Array(seen), "read") => {
            let mut seen = seen.clone();
            match random.below(3) {
                0 if !seen.is_empty() => drop(seen.remove(random.below(seen.len() as u64) as usize)),
                1 if seen.len() > 1 => seen.swap(0, 1),
                _ => seen.push(json!(random.below(6) + 1)),
            }
            json!(seen)
        }
        (Value::Number(seen), _) => json!(seen.as_i64().unwrap_or(0) + random.below(5) as i64 - 2),
        (_, "dequeue") => json!(random.below(4) + 1),
        (Value::Array(sum), _) => json!([sum[0], sum[1].as_i64().unwrap_or(0) + 1]),
        (Value::Null, "read" | "add-and-get") => return,
        // What only acknowledges has happened after all, or not.
        _ => {
            operation.outcome = if operation.outcome == Outcome::Ok { Outcome::Fail } else { Outcome::Ok };
            return;
        }
    };
    // Somebody else's answer is more plausible than any.
    let borrowed = answers.get(random.below(2 * answers.len() as u64 + 1) as usize);
    operation.output = borrowed.cloned().unwrap_or_else(|| json!(["k", other]));
}
