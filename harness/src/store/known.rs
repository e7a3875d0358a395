//! Recorded histories whose verdicts are known: a folder with a table, `verdicts.tsv`, of their files.

use crate::checker::objects::Kind;
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// A row of the table.
#[derive(Clone, Debug, PartialEq)]
pub struct KnownHistory {
    /// Where it lies.
    pub path: PathBuf,
    /// The same, as the table says it.
    pub file: String,
    /// By what it is to be judged, as the table says it.
    pub model: String,
    /// What its objects hold at first.
    pub initial: Value,
    /// Its verdict.
    pub is_good: bool,
}

impl KnownHistory {
    /// The object, if the question is whether one is linearizable.
    pub fn kind(&self) -> Option<Kind> {
        match self.model.as_str() {
            "set-full" => Some(Kind::Set),
            "kv put/get/append" => Some(Kind::Kv),
            name => Kind::ALL.into_iter().find(|kind| kind.name() == name && *kind != Kind::AppendList),
        }
    }
}

/// The rows of a folder's table, which has a head and these columns: file, form, model, initial value, verdict.
///
/// # Errors
/// A sentence about what cannot be read.
pub fn known_histories(folder: &Path) -> Result<Vec<KnownHistory>, String> {
    let table = folder.join("verdicts.tsv");
    let text = fs::read_to_string(&table).map_err(|error| format!("{}: {error}", table.display()))?;
    let rows = text.lines().zip(1..).skip(1);
    rows.map(|(line, number)| row(folder, line).map_err(|what| format!("{}: line {number}: {what}", table.display())))
        .collect()
}

fn row(folder: &Path, line: &str) -> Result<KnownHistory, String> {
    let fields: Vec<&str> = line.split('\t').collect();
    let [file, _form, model, initial, verdict, ..] = fields.as_slice() else {
        return Err("it has fewer columns than file, form, model, initial value, verdict".to_owned());
    };
    Ok(KnownHistory {
        path: folder.join(file),
        file: (*file).to_owned(),
        model: (*model).to_owned(),
        initial: initial_value(initial),
        is_good: verdict.starts_with("good"),
    })
}

/// In JSON; the table may write it as Clojure does, or in words, if it is none.
fn initial_value(text: &str) -> Value {
    match text {
        "{x 0 y 0}" => json!({"x": 0, "y": 0}),
        text => serde_json::from_str(text).unwrap_or(Value::Null),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let head = "file\tformat\tmodel\tinitial value\tverdict\tsource\n";
        let rows = "a/b.edn\tEDN\tcas-register\t0\tgood\tx\nc.log\tkv-log\tkv put/get/append\t\"\"\tbad (stale)\tx\n";
        fs::write(folder.path().join("verdicts.tsv"), [head, rows].concat()).unwrap();
        let known = known_histories(folder.path()).expect("a table");
        let seen: Vec<_> = known.iter().map(|row| (row.kind(), row.initial.clone(), row.is_good)).collect();
        assert_eq!(seen, [(Some(Kind::CasRegister), json!(0), true), (Some(Kind::Kv), json!(""), false)]);
        assert_eq!(known[0].path, folder.path().join("a/b.edn"));
    }

    #[test]
    fn a_table_that_is_none_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let error = known_histories(folder.path()).expect_err("no table");
        assert!(error.contains("verdicts.tsv"), "{error}");
        fs::write(folder.path().join("verdicts.tsv"), "head\na\tb\n").unwrap();
        let error = known_histories(folder.path()).expect_err("two columns");
        assert!(error.contains("line 2"), "{error}");
    }
}
