//! Histories that others recorded, with verdicts that are known. They are not part of this repository: `WHITEWATER_HISTORIES`
//! names the folder in which they lie, with a table `verdicts.tsv`.

use harness::{
    checker::{
        Bank, Budget, Checker, Linearizability, LongFork, Record, SetFull, Transactions, Verdict,
        transactions::Kind::ListAppend,
    },
    store::{KnownHistory, known_histories, read_any_history},
};
use serde_json::Value;
use std::{
    env,
    path::{Path, PathBuf},
};

/// Where they are, unless the variable says otherwise.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/histories");

/// The table, or `None` if there is none here.
fn rows() -> Option<Vec<KnownHistory>> {
    let named = env::var_os("WHITEWATER_HISTORIES");
    let folder = named.as_ref().map_or_else(|| PathBuf::from(FOLDER), PathBuf::from);
    if named.is_none() && !folder.exists() {
        println!("skipped: there are no recorded histories; WHITEWATER_HISTORIES can name their folder");
        return None;
    }
    Some(known_histories(&folder).expect("a table"))
}

#[test]
fn every_linearizable_object_has_its_known_verdict() {
    let Some(rows) = rows() else { return };
    let mut judged = 0;
    for row in &rows {
        let Some(kind) = row.kind() else { continue };
        let initial = row.initial.clone();
        let record = read(&row.path, &initial);
        let result = Linearizability { initial, kind }.check(&record, Budget::default());
        let expected = if row.is_good { Verdict::Valid } else { Verdict::Invalid };
        assert_eq!(result.verdict, expected, "{}: {}", row.path.display(), result.summary);
        judged += 1;
    }
    assert!(judged >= 90, "only {judged} histories");
}

#[test]
fn banks_sets_and_long_forks_have_their_known_verdicts() {
    let checkers: [(&str, &dyn Checker); 3] =
        [("set-full", &SetFull), ("bank", &Bank::default()), ("long-fork", &LongFork)];
    for row in rows().unwrap_or_default() {
        let Some((_, checker)) = checkers.iter().find(|(model, _)| *model == row.model) else { continue };
        let result = checker.check(&read(&row.path, &Value::Null), Budget::default());
        let expected = if row.is_good { Verdict::Valid } else { Verdict::Invalid };
        assert_eq!(result.verdict, expected, "{}: {}", row.path.display(), result.summary);
    }
}

#[test]
fn every_history_of_transactions_has_its_known_verdict() {
    let Some(rows) = rows() else { return };
    // What the table says besides of one that is good for some models.
    let said = [
        ("paper-example.edn", "G-single ("),
        ("paper-example.json", "G-single ("),
        ("list-append-gh-30.edn", "breaks repeatable-read; at most strong-snapshot-isolation may hold"),
        (
            "si-without-g-single.edn",
            "breaks repeatable-read and strong-snapshot-isolation; at most strong-session-snapshot-isolation",
        ),
    ];
    let mut judged = 0;
    for row in rows.iter().filter(|row| row.model.starts_with("list-append")) {
        let record = read(&row.path, &Value::Null);
        let result = Transactions { kind: ListAppend }.check(&record, Budget::default());
        let expected = if row.is_good { Verdict::Valid } else { Verdict::Invalid };
        assert_eq!(result.verdict, expected, "{}: {}", row.path.display(), result.summary);
        for (_, words) in said.iter().filter(|(name, _)| row.path.ends_with(name)) {
            assert!(result.summary.contains(words), "{}: {}", row.path.display(), result.summary);
        }
        judged += 1;
    }
    assert!(judged >= 4, "only {judged} histories");
}

#[test]
fn every_history_can_be_read() {
    let mut read_so_far = 0;
    for row in rows().unwrap_or_default() {
        assert!(!read(&row.path, &Value::Null).operations.is_empty(), "{}", row.path.display());
        read_so_far += 1;
    }
    assert!(read_so_far > 80 || rows().is_none(), "only {read_so_far} histories");
}

fn read(path: &Path, initial: &Value) -> Record {
    let recorded = read_any_history(path, initial);
    if let Some(error) = recorded.error {
        panic!("{error}");
    }
    Record { operations: recorded.operations, events: (recorded.events, recorded.end), ..Record::default() }
}
