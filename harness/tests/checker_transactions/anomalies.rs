use super::{at_once, found, in_turn, judged, told, txn};
use harness::checker::transactions::Kind::{self, ListAppend, RwRegister};
use harness::checker::transactions::models::Model;
use harness::checker::{Budget, Checker, Precedence, Record, Transactions, Verdict, Violation, Witness};
use harness::history::{Operation, Outcome};
use serde_json::json;

#[track_caller]
fn shows(kind: Kind, operations: Vec<Operation>, names: &[&str]) {
    assert_eq!(found(kind, &operations), names);
    let result = told(kind, operations);
    assert_eq!(result.verdict, if names.is_empty() { Verdict::Valid } else { Verdict::Invalid }, "{}", result.summary);
    assert!(names.iter().all(|name| result.violations.iter().any(|violation| violation.property == *name)));
    assert!(!result.counts.contains_key("contradictions"));
    result.violations.iter().for_each(can_be_drawn);
}

/// Each transaction has its name, and each edge goes between two of them; those of a circle follow each other, all around.
#[track_caller]
fn can_be_drawn(violation: &Violation) {
    let Witness::Operations { operations, order, .. } = &violation.witness else { panic!("{violation:?}") };
    let mut names: Vec<_> = operations.iter().map(|operation| operation.name.clone().expect("a name")).collect();
    names.sort_by_key(|name| (name.len(), name.clone()));
    assert_eq!(names, (1..=operations.len()).map(|number| format!("T{number}")).collect::<Vec<_>>());
    let is_one = |index: u64| operations.iter().any(|operation| operation.index == index);
    assert!(order.edges.iter().all(|edge| edge.from != edge.to && is_one(edge.from) && is_one(edge.to)), "{order:?}");
    if violation.property.starts_with('G') && violation.summary.contains("in a circle") {
        assert_eq!(order.edges.len(), operations.len());
        let next = order.edges.iter().cycle().skip(1);
        assert!(order.edges.iter().zip(next).all(|(edge, next)| edge.to == next.from), "{order:?}");
    }
}

#[test]
fn what_has_an_order_has_no_anomaly() {
    let lists = [
        json!([["append", "x", 1], ["append", "y", 1]]),
        json!([["r", "x", [1]], ["append", "x", 2], ["r", "x", [1, 2]]]),
        json!([["r", "y", [1]], ["r", "x", [1, 2]], ["r", "z", []], ["r", "z", null]]),
        json!([["append", "x", 3], ["append", "x", 4]]),
        json!([["r", "x", [1, 2, 3, 4]], ["append", "z", 1]]),
    ];
    shows(ListAppend, at_once(&lists), &[]);
    shows(ListAppend, in_turn(&lists), &[]);
    let registers = [
        json!([["r", "x", null], ["w", "x", 1], ["w", "y", 1]]),
        json!([["r", "x", 1], ["w", "x", 2], ["r", "x", 2], ["w", "x", 3]]),
        json!([["r", "y", 1], ["r", "x", 3]]),
        json!([["w", "x", 4]]),
        json!([["r", "x", 4], ["r", "y", 1]]),
    ];
    shows(RwRegister, at_once(&registers), &[]);
    shows(RwRegister, in_turn(&registers), &[]);
}

#[test]
fn lists_that_cannot_be() {
    let one = json!([["append", "x", 1]]);
    let two = json!([["append", "x", 2]]);
    let duplicate = [one.clone(), json!([["r", "x", [1, 1]]])];
    shows(ListAppend, at_once(&duplicate), &["duplicate-elements"]);
    let order = [one.clone(), two.clone(), json!([["r", "x", [1, 2]]]), json!([["r", "x", [2]]])];
    shows(ListAppend, at_once(&order), &["incompatible-order"]);
    shows(ListAppend, at_once(&[one, two, json!([["r", "x", [1, 7]]])]), &["garbage-read"]);
}

#[test]
fn transactions_that_contradict_themselves() {
    let one = json!([["append", "x", 1]]);
    shows(ListAppend, at_once(&[json!([["append", "x", 1], ["r", "x", []]])]), &["internal"]);
    shows(ListAppend, at_once(&[one.clone(), json!([["r", "x", []], ["r", "x", [1]]])]), &["internal"]);
    shows(ListAppend, at_once(&[one, json!([["r", "x", [1, 2]], ["append", "x", 2]])]), &["future-read"]);
    shows(RwRegister, at_once(&[json!([["w", "x", 1], ["r", "x", null]])]), &["internal"]);
    shows(RwRegister, at_once(&[json!([["w", "x", 1]]), json!([["r", "x", null], ["r", "x", 1]])]), &["internal"]);
    shows(RwRegister, at_once(&[json!([["r", "x", 2], ["w", "x", 2]])]), &["future-read"]);
    shows(RwRegister, at_once(&[json!([["r", "x", 7]])]), &["garbage-read"]);
}

#[test]
fn reads_of_what_did_not_happen_or_not_alone() {
    let failed = |value| txn(9, value, Outcome::Fail, (0, 100));
    let read = |value| txn(2, value, Outcome::Ok, (1, 101));
    let lists = |seen| vec![failed(json!([["append", "x", 1]])), read(json!([["r", "x", seen]]))];
    shows(ListAppend, lists(json!([1])), &["G1a"]);
    shows(ListAppend, lists(json!([])), &[]);
    let registers = vec![failed(json!([["w", "x", 1]])), read(json!([["r", "x", 1]]))];
    shows(RwRegister, registers, &["G1a"]);
    let halves = [json!([["append", "x", 1], ["append", "x", 2]]), json!([["r", "x", [1]]])];
    // Whoever saw only a half came after the first append and before the second.
    shows(ListAppend, at_once(&halves), &["G-single", "G1b"]);
    shows(RwRegister, at_once(&[json!([["w", "x", 1], ["w", "x", 2]]), json!([["r", "x", 1]])]), &["G1b"]);
    let dirty = vec![
        failed(json!([["append", "x", 1]])),
        txn(1, json!([["append", "x", 2]]), Outcome::Ok, (1, 101)),
        txn(2, json!([["r", "x", [1, 2]]]), Outcome::Ok, (2, 102)),
    ];
    shows(ListAppend, dirty, &["G1a", "dirty-update"]);
}

#[test]
fn lost_updates() {
    let lists = [json!([["r", "x", []], ["append", "x", 1]]), json!([["r", "x", []], ["append", "x", 2]])];
    shows(ListAppend, at_once(&lists), &["G2-item", "lost-update"]);
    let registers =
        [json!([["w", "x", 1]]), json!([["r", "x", 1], ["w", "x", 2]]), json!([["r", "x", 1], ["w", "x", 3]])];
    shows(RwRegister, at_once(&registers), &["G2-item", "lost-update"]);
}

#[test]
fn circles_of_lists() {
    let g0 = [
        json!([["append", "x", 1], ["append", "y", 1]]),
        json!([["append", "x", 2], ["append", "y", 2]]),
        json!([["r", "x", [1, 2]]]),
        json!([["r", "y", [2, 1]]]),
    ];
    shows(ListAppend, at_once(&g0), &["G0"]);
    let g1c = [json!([["append", "x", 1], ["r", "y", [1]]]), json!([["append", "y", 1], ["r", "x", [1]]])];
    shows(ListAppend, at_once(&g1c), &["G1c"]);
    let single = [json!([["append", "x", 1], ["append", "y", 1]]), json!([["r", "x", [1]], ["r", "y", []]])];
    shows(ListAppend, at_once(&single), &["G-single"]);
    let skew = [json!([["r", "x", []], ["append", "y", 1]]), json!([["r", "y", []], ["append", "x", 1]])];
    shows(ListAppend, at_once(&skew), &["G2-item"]);
    let fork = [
        json!([["append", "x", 1]]),
        json!([["append", "y", 1]]),
        json!([["r", "x", [1]], ["r", "y", []]]),
        json!([["r", "x", []], ["r", "y", [1]]]),
    ];
    // A long fork: each reader overlooked one write and saw the other.
    shows(ListAppend, at_once(&fork), &["G-nonadjacent"]);
    // Nobody read the appends, but they happened, and after what was read.
    let unread = [json!([["r", "x", []], ["append", "y", 7]]), json!([["append", "x", 1], ["r", "y", [7]]])];
    shows(ListAppend, at_once(&unread), &[]);
    let late = [json!([["append", "x", 1]]), json!([["r", "x", []]])];
    shows(ListAppend, in_turn(&late), &["G-single-realtime"]);
}

#[test]
fn circles_of_registers() {
    let g1c = [json!([["w", "x", 1], ["r", "y", 1]]), json!([["w", "y", 1], ["r", "x", 1]])];
    shows(RwRegister, at_once(&g1c), &["G1c"]);
    let single = [json!([["w", "x", 1], ["w", "y", 1]]), json!([["r", "x", 1], ["r", "y", null]])];
    shows(RwRegister, at_once(&single), &["G-single"]);
    let replaced = [
        json!([["w", "x", 1], ["w", "y", 1]]),
        json!([["r", "x", 1], ["w", "x", 2], ["r", "y", 1], ["w", "y", 2]]),
        json!([["r", "x", 2], ["r", "y", 1]]),
    ];
    shows(RwRegister, at_once(&replaced), &["G-single"]);
    let skew = [json!([["r", "x", null], ["w", "y", 1]]), json!([["r", "y", null], ["w", "x", 1]])];
    shows(RwRegister, at_once(&skew), &["G2-item"]);
    let round = [json!([["r", "x", 2], ["w", "x", 1]]), json!([["r", "x", 1], ["w", "x", 2]])];
    shows(RwRegister, at_once(&round), &["G1c", "cyclic-versions"]);
    let fork = [
        json!([["w", "x", 1]]),
        json!([["w", "y", 1]]),
        json!([["r", "x", 1], ["r", "y", null]]),
        json!([["r", "x", null], ["r", "y", 1]]),
    ];
    shows(RwRegister, at_once(&fork), &["G-nonadjacent"]);
}

#[test]
fn stale_reads_of_registers_show_in_real_time() {
    let nil = [json!([["w", "x", 1]]), json!([["r", "x", null]])];
    shows(RwRegister, in_turn(&nil), &["G-single-realtime"]);
    shows(RwRegister, at_once(&nil), &[]);
    let stale = [json!([["w", "x", 1]]), json!([["w", "x", 2]]), json!([["r", "x", 1]])];
    shows(RwRegister, in_turn(&stale), &["cyclic-versions-realtime"]);
    shows(RwRegister, at_once(&stale), &[]);
    // The order of the versions of x is known from real time alone, and one of the reads overlaps it all.
    let skew = vec![
        txn(0, json!([["w", "x", 1]]), Outcome::Ok, (0, 1)),
        txn(1, json!([["r", "x", 1], ["r", "y", 5]]), Outcome::Ok, (2, 9)),
        txn(2, json!([["w", "x", 2], ["w", "y", 5]]), Outcome::Ok, (3, 4)),
    ];
    shows(RwRegister, skew, &["G-single-realtime"]);
}

#[test]
fn what_a_process_did_before() {
    // A process that does not see what it did itself. That it also was before in real time says nothing new.
    let append = txn(1, json!([["append", "x", 1]]), Outcome::Ok, (0, 1));
    let read = txn(1, json!([["r", "x", []]]), Outcome::Ok, (2, 3));
    let judgement = judged(ListAppend, &[append, read]);
    assert_eq!(judgement.anomalies().into_keys().collect::<Vec<_>>(), ["G-single-process"]);
    assert_eq!(judgement.broken().weakest(), [Model::StrongSessionSnapshotIsolation]);
}

#[test]
fn unknown_outcomes_say_nothing_unless_they_were_seen() {
    let lost = |value| txn(9, value, Outcome::Info, (0, 100));
    let late = |value| txn(3, value, Outcome::Ok, (200, 201));
    // It may never have happened, or later.
    shows(ListAppend, vec![lost(json!([["append", "x", 1], ["append", "y", 1]])), late(json!([["r", "x", []]]))], &[]);
    // It happened, and as a whole.
    let half =
        vec![lost(json!([["append", "x", 1], ["append", "y", 1]])), late(json!([["r", "x", []], ["r", "y", [1]]]))];
    shows(ListAppend, half, &["G-single"]);
    let half = vec![lost(json!([["w", "x", 1], ["w", "y", 1]])), late(json!([["r", "x", null], ["r", "y", 1]]))];
    shows(RwRegister, half, &["G-single"]);
    shows(RwRegister, vec![lost(json!([["w", "x", 1]])), late(json!([["r", "x", null]]))], &[]);
}

#[test]
fn the_models_that_are_broken_and_those_that_may_hold() {
    let skew = [json!([["r", "x", []], ["append", "y", 1]]), json!([["r", "y", []], ["append", "x", 1]])];
    let judgement = judged(ListAppend, &at_once(&skew));
    assert_eq!(judgement.broken().weakest(), [Model::RepeatableRead]);
    assert_eq!(judgement.broken().strongest_left(), [Model::StrongSnapshotIsolation]);
}

#[test]
fn a_circle_is_told_so_that_it_can_be_believed() {
    let single = [json!([["append", "x", 1], ["append", "y", 1]]), json!([["r", "x", [1]], ["r", "y", []]])];
    let result = told(ListAppend, at_once(&single));
    let violation = &result.violations[0];
    assert_eq!(
        violation.explanation[..4],
        [
            "T1 is process 1's of event 1: read x → [1], read y → [].",
            "T2 is process 0's of event 0: append x 1, append y 1.",
            "T1 comes before T2 (rw): T1 read [] from y, without T2's append of 1: no list that was read of y has it, so that it came later.",
            "T2 comes before T1 (wr): T1 read 1 as the last element of x, which T2 appended.",
        ]
    );
    let Witness::Operations { key, initial, operations, order, .. } = &violation.witness else {
        panic!("{violation:?}")
    };
    assert_eq!((key.as_str(), initial.as_str(), operations.len()), ("x, y", "[]", 2));
    let [rw, wr] = [(1, 0, Precedence::Rw, "y"), (0, 1, Precedence::Wr, "x")];
    let edges = order.edges.iter().map(|edge| (edge.from, edge.to, edge.by, edge.key.as_deref().unwrap_or_default()));
    assert_eq!(edges.collect::<Vec<_>>(), [rw, wr]);
    assert_eq!(order.edges[1].because, "T1 read 1 as the last element of x, which T2 appended");
    assert!(result.summary.contains("breaks consistent-view and repeatable-read; at most read-committed may hold"));
}

#[test]
fn what_two_transactions_did_to_each_other_can_be_drawn() {
    let edges = |operations: Vec<Operation>, property: &str| {
        let result = told(ListAppend, operations);
        let is_it = |violation: &&Violation| violation.property == property;
        let violation = result.violations.iter().find(is_it).expect(property);
        let Witness::Operations { order, .. } = &violation.witness else { panic!("{violation:?}") };
        order.edges.iter().map(|edge| (edge.from, edge.to, edge.by)).collect::<Vec<_>>()
    };
    let lost = [json!([["r", "x", []], ["append", "x", 1]]), json!([["r", "x", []], ["append", "x", 2]])];
    assert_eq!(edges(at_once(&lost), "lost-update"), [(0, 1, Precedence::Rw), (1, 0, Precedence::Rw)]);
    let failed = txn(7, json!([["append", "x", 1]]), Outcome::Fail, (0, 1));
    let read = txn(8, json!([["r", "x", [1]]]), Outcome::Ok, (2, 3));
    assert_eq!(edges(vec![failed, read], "G1a"), [(0, 2, Precedence::Wr)]);
    let half = [json!([["append", "x", 1], ["append", "x", 2]]), json!([["r", "x", [1]]])];
    assert_eq!(edges(at_once(&half), "G1b"), [(0, 1, Precedence::Wr)]);
}

#[test]
fn of_a_circle_without_end_the_beginning_is_told_and_all_of_it_is_data() {
    // Each overlooks what the next one appended, and the last what the first did.
    let count = 40;
    let skew = (0..count).map(|at| {
        let next = (at + 1) % count;
        json!([["r", format!("k{next:02}"), []], ["append", format!("k{at:02}"), 1]])
    });
    let result = told(ListAppend, at_once(&skew.collect::<Vec<_>>()));
    let violation = &result.violations[0];
    can_be_drawn(violation);
    let Witness::Operations { operations, .. } = &violation.witness else { panic!("{violation:?}") };
    assert_eq!(operations.len(), 40);
    assert!(violation.explanation.len() < 40, "{:?}", violation.explanation);
    let more = violation.explanation.iter().filter(|text| *text == "… and 24 more, which are in results.json.");
    assert_eq!(more.count(), 2, "transactions, and reasons");
}

#[test]
fn what_does_not_fit_is_said_and_not_judged() {
    let refused = |kind, operations| {
        let result = told(kind, operations);
        assert_eq!(result.verdict, Verdict::Unknown);
        assert_eq!(result.counts.get("keys_unfit"), Some(&1));
        result.summary
    };
    let twice = [json!([["append", "x", 1]]), json!([["append", "x", 1]])];
    assert!(refused(ListAppend, at_once(&twice)).starts_with("event 1: `txn` writes 1 to x, which was written before"));
    let other = refused(RwRegister, at_once(&twice));
    assert!(other.contains("the micro-operation `append`, which is none of rw-register (w, r)"), "{other}");
    assert!(refused(ListAppend, at_once(&[json!([["r", "x", 3]])])).contains("reads from \"x\" what is not a list"));
    let mut changed = at_once(&[json!([["append", "x", 1]])]);
    changed[0].output = json!([["append", "x", 2]]);
    assert!(refused(ListAppend, changed).contains("answered with other micro-operations"));
}

#[test]
fn a_history_beyond_the_budget_is_unknown() {
    let operations = at_once(&[json!([["append", "x", 1]]), json!([["r", "x", []]])]);
    let record = Record { operations, ..Record::default() };
    for budget in [Budget { bytes: 100, ..Budget::default() }, Budget { steps: 2, ..Budget::default() }] {
        let result = Transactions { kind: ListAppend }.check(&record, budget);
        assert_eq!(result.verdict, Verdict::Unknown, "{}", result.summary);
        assert!(result.summary.starts_with("2 transactions"), "{}", result.summary);
    }
}
