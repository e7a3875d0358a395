//! How long judging takes of histories that others recorded, with verdicts that are known.

use super::table::spread;
use crate::Failure;
use harness::{
    checker::{Budget, Checker, Linearizability, Record, Verdict},
    store::{KnownHistory, known_histories, read_any_history},
};
use serde::Serialize;
use std::{collections::BTreeMap, io, path::Path, time::Instant};

/// The histories of one folder that are judged by one model, and alike: a violation takes longer, for it is explained.
#[derive(Debug, Serialize)]
pub struct Group {
    folder: String,
    model: String,
    verdict: Verdict,
    histories: usize,
    operations: usize,
    /// Microseconds for each history, on average, of each round.
    us: Vec<f64>,
}

impl Group {
    /// As a line of a table.
    pub fn line(&self) -> String {
        let Group { folder, model, verdict, histories, operations, .. } = self;
        let [low, median, high] = spread(self.us.iter().copied());
        let time = format!("{median:.1} ({low:.1}–{high:.1})");
        format!("{folder:<46}{model:<20}{histories:>6}{operations:>12}{time:>26}  {verdict}\n")
    }
}

/// Judges all histories of the folder's table of which it is asked whether they are linearizable.
pub fn measure(folder: &Path, rounds: usize) -> Result<Vec<Group>, Failure> {
    let mut groups: BTreeMap<(String, String, Verdict), Vec<KnownHistory>> = BTreeMap::new();
    for known in known_histories(folder).map_err(Failure::bad_input)? {
        if known.kind().is_some() {
            let folder = known.file.rsplit_once('/').map_or(String::new(), |(folder, _)| folder.to_owned());
            let verdict = if known.is_good { Verdict::Valid } else { Verdict::Invalid };
            groups.entry((folder, known.model.clone(), verdict)).or_default().push(known);
        }
    }
    groups.into_iter().map(|(sort, known)| group(sort, &known, rounds)).collect()
}

fn group(sort: (String, String, Verdict), known: &[KnownHistory], rounds: usize) -> Result<Group, Failure> {
    let (folder, model, verdict) = sort;
    let mut questions = Vec::new();
    for history in known {
        let Some(kind) = history.kind() else { continue };
        let recorded = read_any_history(&history.path, &history.initial);
        if let Some(error) = recorded.error {
            return Err(Failure::bad_input(error.to_string()));
        }
        let record = Record { operations: recorded.operations, ..Record::default() };
        questions.push((Linearizability { initial: history.initial.clone(), kind }, record));
    }
    let mut us = Vec::new();
    for _ in 0..rounds {
        let start = Instant::now();
        let found: Vec<Verdict> =
            questions.iter().map(|(checker, record)| checker.check(record, Budget::default()).verdict).collect();
        us.push(start.elapsed().as_secs_f64() * 1e6 / questions.len() as f64);
        if let Some((known, found)) = known.iter().zip(found).find(|(_, found)| *found != verdict) {
            let told = format!("{}: judged {found}, but known to be {verdict}", known.path.display());
            return Err(Failure::trouble(io::Error::other(told)));
        }
    }
    let operations = questions.iter().map(|(_, record)| record.operations.len()).sum();
    Ok(Group { folder, model, verdict, histories: known.len(), operations, us })
}
