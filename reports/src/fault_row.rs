//! The faults of a run, a row for each nemesis: as bars in pictures, as lines of evidence in texts.

use crate::{
    palette::{self, Color},
    text::{count, plural},
};
use harness::history::{Effect, Fault};
use std::collections::BTreeMap;

/// When a fault was in force.
#[derive(Clone, Copy, Debug)]
pub struct Window<'a> {
    /// From, in ns.
    pub start: u64,
    /// To.
    pub end: u64,
    /// Which fault.
    pub fault: &'a Fault,
}

/// The faults of one nemesis that were in force at some time.
#[derive(Clone, Debug)]
pub struct FaultRow<'a> {
    /// The nemesis.
    pub nemesis: &'a str,
    /// Its colour.
    pub color: Color,
    /// Its faults, by start.
    pub windows: Vec<Window<'a>>,
    /// The times in which at least one of them was in force, without overlaps.
    pub merged: Vec<(u64, u64)>,
}

impl<'a> FaultRow<'a> {
    /// The rows, by name. A nemesis none of whose faults was ever in force has no row.
    pub fn of(faults: &'a [Fault], end: u64) -> Vec<FaultRow<'a>> {
        let mut rows: BTreeMap<&str, Vec<Window>> = BTreeMap::new();
        for fault in faults {
            let row = rows.entry(&fault.nemesis).or_default();
            if let (Some(start), true) = (fault.started, fault.evidence.effect != Effect::Skipped) {
                row.push(Window { start, end: fault.healed.unwrap_or(end).max(start), fault });
            }
        }
        let rows = rows.into_iter().enumerate().map(|(position, (nemesis, mut windows))| {
            windows.sort_by_key(|window| (window.start, window.end));
            let merged = merge(&windows);
            FaultRow { nemesis, color: palette::nemesis(nemesis, position), windows, merged }
        });
        rows.filter(|row| !row.windows.is_empty()).collect()
    }

    /// `partition ×12`.
    pub fn label(&self) -> String {
        match self.windows.len() {
            1 => self.nemesis.to_owned(),
            many => format!("{} ×{many}", self.nemesis),
        }
    }
}

fn merge(windows: &[Window]) -> Vec<(u64, u64)> {
    let mut merged: Vec<(u64, u64)> = Vec::new();
    for window in windows {
        match merged.last_mut() {
            Some(last) if window.start <= last.1 => last.1 = last.1.max(window.end),
            _ => merged.push((window.start, window.end)),
        }
    }
    merged
}

/// What a nemesis did over a run, and what shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Family {
    /// The nemesis.
    pub nemesis: String,
    /// Faults that took effect.
    pub installed: u64,
    /// Faults that were not attempted.
    pub skipped: u64,
    /// Faults that nobody is known to have felt.
    pub indeterminate: u64,
    /// The sums of their numbers. Those of single links and nodes (`n1→n2 dropped`, `n1 pid`) are left out.
    pub numbers: BTreeMap<String, u64>,
    /// Why faults were skipped or are doubtful, each reason once, with its count.
    pub doubts: BTreeMap<String, u64>,
}

impl Family {
    /// The families, by name.
    pub fn of(faults: &[Fault]) -> Vec<Family> {
        let mut families: BTreeMap<&str, Family> = BTreeMap::new();
        for fault in faults {
            let family = families.entry(&fault.nemesis).or_default();
            family.nemesis.clone_from(&fault.nemesis);
            let evidence = &fault.evidence;
            match evidence.effect {
                Effect::Installed => family.installed += 1,
                Effect::Skipped => family.skipped += 1,
                Effect::Indeterminate => family.indeterminate += 1,
            }
            if evidence.effect != Effect::Installed && !evidence.note.is_empty() {
                *family.doubts.entry(evidence.note.clone()).or_default() += 1;
            }
            for (name, number) in evidence.numbers.iter().filter(|(name, _)| !name.contains(['→', ' '])) {
                let sum = family.numbers.entry(name.clone()).or_default();
                *sum = sum.saturating_add(*number);
            }
        }
        families.into_values().collect()
    }

    /// All faults of the family.
    pub fn total(&self) -> u64 {
        self.installed + self.skipped + self.indeterminate
    }

    /// `3 of 4 took effect`.
    pub fn effect(&self) -> String {
        if self.installed == self.total() {
            return format!("{} took effect", plural(self.total(), "fault", "faults"));
        }
        format!("{} of {} took effect", count(self.installed), plural(self.total(), "fault", "faults"))
    }

    /// `1,204 messages dropped, 12 links cut`.
    pub fn evidence(&self) -> String {
        let numbers: Vec<_> =
            self.numbers.iter().map(|(name, number)| format!("{} {}", count(*number), words(name))).collect();
        numbers.join(", ")
    }

    /// `2 × no leader was known`.
    pub fn doubt(&self) -> String {
        let doubts: Vec<_> = self
            .doubts
            .iter()
            .map(|(note, times)| if *times == 1 { note.clone() } else { format!("{} × {note}", count(*times)) })
            .collect();
        doubts.join("; ")
    }
}

/// A fault in one phrase that says nothing twice: `partition halves: n1 n3 | n2 n4 n5`, `kill n2`.
pub fn named(fault: &Fault) -> String {
    let Fault { nemesis, kind, summary, .. } = fault;
    match (summary.starts_with(nemesis.as_str()), kind == nemesis) {
        (true, _) => summary.clone(),
        (false, true) => format!("{nemesis}: {summary}"),
        (false, false) => format!("{nemesis} {kind}: {summary}"),
    }
}

/// `messages_dropped` as words.
pub fn words(name: &str) -> String {
    name.replace('_', " ")
}
