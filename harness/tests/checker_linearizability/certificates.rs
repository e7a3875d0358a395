//! Certificates against the oracle, and engines that lie.

use crate::oracle::{Deed, Fact, fact, orderable};
use crate::random::{Random, play, shape};
use harness::checker::Budget;
use harness::checker::cas_register::{CasRegister, RegisterOp, ValueId};
use harness::checker::certificate::{Proof, prove};
use harness::checker::decision::{Decision, decide};
use harness::checker::minimal::Core;
use harness::checker::model::{Deed as Answered, Model, Object, OpKind};
use harness::checker::monitor::Answer;
use harness::checker::search::Entry;
use serde_json::Value;

fn history(seed: u64, operations_max: u64) -> (CasRegister, Vec<Entry<RegisterOp>>, Vec<Fact>) {
    let mut random = Random(seed);
    let shape = shape(&mut random, operations_max);
    let operations = play(&mut random, shape);
    let mut register = CasRegister::new(&Value::Null);
    let said = |operation| Some((register.entry(operation).expect("a register's")?, fact(operation)?));
    let (entries, facts) = operations.iter().filter_map(said).unzip();
    (register, entries, facts)
}

fn core(members: Vec<usize>) -> Core {
    Core { members, minimal: false, steps: 0, elements: None }
}

#[test]
fn an_accusation_holds_exactly_if_nothing_the_others_did_makes_an_order() {
    let (mut held, mut vague) = (0, 0);
    for seed in 0..20_000 {
        let (register, entries, facts) = history(seed << 8, 9);
        let mut random = Random(!seed);
        let members: Vec<usize> = (0..entries.len()).filter(|_| random.chance(70)).collect();
        let is_pure = |fact: &Fact| matches!(fact.deed, Deed::Saw(_) | Deed::MetOther(_) | Deed::Impossible);
        let excused: Vec<Fact> = (0..entries.len())
            .filter(|i| members.contains(i) || !is_pure(&facts[*i]))
            .map(|i| Fact { certain: facts[i].certain && members.contains(&i), ..facts[i] })
            .collect();
        let expected = if orderable(&excused) { Proof::Fails } else { Proof::Holds };
        assert_eq!(
            prove(&register, &entries, &core(members.clone())),
            expected,
            "seed {seed}: {members:?}\n{facts:#?}"
        );
        if expected == Proof::Holds {
            held += 1;
            vague += u32::from(members.iter().any(|&i| matches!(facts[i].deed, Deed::MetOther(_))));
        }
    }
    assert!(held > 1_000 && vague > 100, "too few to mean anything: {held}, {vague}");
}

#[test]
fn what_cannot_be_tried_in_every_order_is_said_to_be_too_much() {
    let mut register = CasRegister::new(&Value::Null);
    // Thirty writes at once, and then two reads of which nobody knows that they contradict each other.
    let mut value = |n: u64| register.intern(&Value::from(n));
    let write = |value, n: u64| Entry { op: RegisterOp::Write(value), call: n, ret: 100 + n, required: true };
    let mut entries: Vec<_> = (0..30).map(|n| write(value(n), n)).collect();
    let read = |value, at: u64| Entry { op: RegisterOp::Read(value), call: at, ret: at + 1, required: true };
    entries.extend([read(value(1), 200), read(value(2), 202)]);
    let all = core((0..entries.len()).collect());
    assert_eq!(prove(&register, &entries, &all), Proof::TooMany);
    // Those who wrote what was read are few enough.
    assert_eq!(prove(&register, &entries, &core(vec![1, 2, 30, 31])), Proof::Holds);
}

/// A register with an engine that is wrong in one of several ways.
#[derive(Debug)]
struct Liar {
    register: CasRegister,
    /// What the engine says.
    answer: Answer,
}

impl Model for Liar {
    type State = ValueId;
    type Op = RegisterOp;

    fn initial(&self) -> ValueId {
        self.register.initial()
    }
    fn step(&self, state: ValueId, op: &RegisterOp) -> Option<ValueId> {
        self.register.step(state, op)
    }
    fn kind(&self, op: &RegisterOp) -> OpKind {
        self.register.kind(op)
    }
    fn needs(&self, op: &RegisterOp) -> Option<ValueId> {
        self.register.needs(op)
    }
    fn makes(&self, op: &RegisterOp) -> Option<ValueId> {
        self.register.makes(op)
    }
    fn is_vague(&self, op: &RegisterOp) -> bool {
        self.register.is_vague(op)
    }
    fn stranger(&self) -> Option<ValueId> {
        self.register.stranger()
    }
    fn describe_op(&self, op: &RegisterOp) -> String {
        self.register.describe_op(op)
    }
    fn describe_state(&self, state: ValueId) -> String {
        self.register.describe_state(state)
    }
}

impl Object for Liar {
    const NOUN: &'static str = "register";

    fn new(initial: &Value) -> Result<Liar, String> {
        Ok(Liar { register: CasRegister::new(initial), answer: Answer::Order(Vec::new()) })
    }
    fn op(&mut self, deed: &Answered) -> Result<Option<RegisterOp>, String> {
        self.register.op(deed)
    }
    fn monitor(&self, _entries: &[Entry<RegisterOp>]) -> Option<Answer> {
        Some(self.answer.clone())
    }
}

/// An engine that makes up its answers is either right by chance, or found out.
#[test]
fn an_engine_that_is_wrong_gives_no_verdict() {
    let (mut caught, mut excused) = ([0; 2], 0);
    for seed in 0..20_000u64 {
        let (register, entries, facts) = history((seed << 8) + 1, 8);
        let is_orderable = orderable(&facts);
        let mut random = Random(seed);
        let answer = if seed % 2 == 0 {
            // Some order of most operations.
            let mut order: Vec<u32> = (0..).zip(&entries).map(|(id, _)| id).filter(|_| random.chance(95)).collect();
            for _ in 0..random.below(3) {
                let at = random.below(order.len().max(2) as u64 - 1) as usize;
                if at + 1 < order.len() {
                    order.swap(at, at + 1);
                }
            }
            Answer::Order(order)
        } else {
            Answer::Nothing((0..entries.len()).filter(|_| random.chance(60)).collect())
        };
        let is_alone = match &answer {
            Answer::Nothing(suspects) => !orderable(&suspects.iter().map(|&i| facts[i]).collect::<Vec<_>>()),
            _ => false,
        };
        let (decision, _) = decide(&Liar { register, answer }, &entries, Budget::default());
        match decision {
            Decision::Linearizable => assert!(is_orderable, "seed {seed}: believed\n{facts:#?}"),
            Decision::Violated { .. } => assert!(!is_orderable, "seed {seed}: believed\n{facts:#?}"),
            Decision::Undecided { reason } => panic!("seed {seed}: {reason}"),
            Decision::Contradiction { .. } => {
                caught[seed as usize % 2] += 1;
                // Taken by themselves the accused look guilty; it is the others that let them off.
                excused += u32::from(is_alone);
            }
        }
    }
    assert!(caught.iter().all(|count| *count > 1_000) && excused > 100, "too few: {caught:?}, {excused}");
}
