//! Transactions: whether there is one order of all of them that fits what each saw, and real time (strict serializability); and if
//! not, by which anomalies, and what may still hold.
//!
//! In Elle's manner (Kingsbury and Alvaro, *Elle: Inferring Isolation Anomalies from Experimental Observations*, VLDB 2020): what was
//! read tells the order of versions, the order of versions tells which transaction must come before which ([`graph`]), and a circle
//! is a proof that there is no order ([`cycles`]). Everything that is reported is certain: it follows from what was seen, whatever
//! happened besides. The converse is not: a history without an anomaly is one in which nothing was seen that is wrong.
//!
//! It takes time linear in the length of the history (but for sorting). A circle's edges are found again, each from the
//! transactions themselves, when it is put into words; one that is not found is a mistake of this checker, and no verdict.

pub mod anomaly;
mod components;
mod cycles;
mod evidence;
mod explain;
mod findings;
pub mod graph;
pub mod history;
mod kind;
mod list_append;
pub mod models;
mod order;
mod reading;
mod rw_register;
mod tell;
mod zones;

pub use history::History;
pub use kind::Kind;
pub use reading::read;

use super::linearizability::{CONTRADICTIONS, UNFIT};
use super::{Budget, CheckResult, Checker, Record, Verdict};
use anomaly::{Anomaly, Order};
use cycles::{Cycle, Search};
use findings::{Finding, Findings};
use graph::{Edges, Graph, reason};
use list_append::Lists;
use models::Broken;
use rw_register::Registers;
use std::collections::BTreeMap;

/// The most that is spent on making circles short and telling.
const SEARCH_STEPS_MAX: u64 = 10_000_000;

/// Judges transactions.
#[derive(Clone, Copy, Debug, Default)]
pub struct Transactions {
    /// What their keys hold.
    pub kind: Kind,
}

/// What is to be said of a history.
#[derive(Debug, Default)]
pub struct Judgement {
    pub(super) findings: Findings,
    pub(super) broken: Broken,
    /// Why it was not judged.
    pub(super) too_large: Option<String>,
    /// How many circles could not be put into words.
    pub(super) contradictions: u64,
    edges: u64,
}

impl Judgement {
    /// The verdict.
    pub fn verdict(&self) -> Verdict {
        match (self.findings.counts.is_empty(), self.too_large.is_none() && self.contradictions == 0) {
            (false, _) => Verdict::Invalid,
            (true, true) => Verdict::Valid,
            (true, false) => Verdict::Unknown,
        }
    }

    /// The anomalies by name, with how many of each were found.
    pub fn anomalies(&self) -> BTreeMap<String, u64> {
        self.findings.counts.iter().map(|(anomaly, count)| (anomaly.name(), *count)).collect()
    }

    /// Which models are broken, and which may hold.
    pub fn broken(&self) -> &Broken {
        &self.broken
    }
}

/// What a kind of key says of the order of its versions.
enum Versions<'a> {
    Lists(Lists<'a>),
    Registers(Registers<'a>),
}

impl<'a> Versions<'a> {
    fn new(history: &'a History) -> Versions<'a> {
        match history.kind() {
            Kind::ListAppend => Versions::Lists(Lists::new(history)),
            Kind::RwRegister => Versions::Registers(Registers::new(history)),
        }
    }

    fn depend(&mut self, edges: &mut Edges) {
        match self {
            Versions::Lists(lists) => lists.depend(edges),
            Versions::Registers(registers) => registers.depend(edges),
        }
    }

    fn is_there(&self, id: u32) -> bool {
        match self {
            Versions::Lists(lists) => lists.is_there(id),
            Versions::Registers(registers) => registers.is_there(id),
        }
    }

    fn why(&self, ids: (u32, u32), why: u8, names: (&str, &str)) -> Option<(u32, String)> {
        match self {
            Versions::Lists(lists) => lists.why(ids, why, names),
            Versions::Registers(registers) => registers.why(ids, why, names),
        }
    }

    fn into_findings(self) -> Findings {
        match self {
            Versions::Lists(lists) => lists.into_findings(),
            Versions::Registers(registers) => registers.into_findings(),
        }
    }
}

/// Judges a history.
pub fn judge(history: &History, budget: Budget) -> Judgement {
    // Each operation makes two edges at most, save where nobody knows the order; real time and processes make four a transaction.
    let (nodes, edges) = (2 * history.len(), 2 * history.operations() + 4 * history.len());
    if let Some(reason) = too_large(history, nodes, edges, budget) {
        return Judgement { too_large: Some(reason), ..Judgement::default() };
    }
    let mut versions = Versions::new(history);
    let mut edges = Edges::new(history.len());
    versions.depend(&mut edges);
    order::processes(history, |id| versions.is_there(id), &mut edges);
    order::real_time(history, |id| versions.is_there(id), &mut edges);
    let graph = edges.graph(history.len());
    let too_large = too_large(history, graph.nodes(), graph.edges(), budget);
    let mut judgement = Judgement { edges: graph.edges() as u64, too_large, ..Judgement::default() };
    let found = match judgement.too_large {
        None => circles(history, &graph, &versions, budget, &mut judgement),
        Some(_) => Vec::new(),
    };
    judgement.findings = versions.into_findings();
    found.into_iter().for_each(|finding| judgement.findings.add(finding.anomaly, || finding));
    for anomaly in judgement.findings.counts.keys() {
        judgement.broken.add(*anomaly, history.kind() == Kind::RwRegister);
    }
    judgement
}

fn too_large(history: &History, nodes: usize, edges: usize, budget: Budget) -> Option<String> {
    let (transactions, needs) = (history.len(), history.bytes() + Graph::bytes(nodes, edges));
    if needs > budget.bytes || nodes.max(edges) >= i32::MAX as usize {
        let (needs, have) = (needs >> 20, budget.bytes >> 20);
        return Some(format!(
            "{transactions} transactions need {needs} MiB, and there are {have}; judge fewer at a time"
        ));
    }
    let steps = (nodes + edges) as u64;
    (steps > budget.steps).then(|| {
        format!("{transactions} transactions take {steps} steps, and there are {}; a larger budget helps", budget.steps)
    })
}

/// Circles: first of dependencies alone; those that need the order of processes, or real time, only if they say something new.
fn circles(
    history: &History,
    graph: &Graph,
    versions: &Versions<'_>,
    budget: Budget,
    judgement: &mut Judgement,
) -> Vec<Finding> {
    let mut search = Search::new(graph, budget.steps.min(SEARCH_STEPS_MAX));
    if search.is_free() {
        return Vec::new();
    }
    let (mut broken, mut found) = (Broken::default(), Vec::new());
    let levels =
        [(0, Order::Plain), (reason::PROCESS, Order::Process), (reason::PROCESS | reason::REALTIME, Order::RealTime)];
    for (besides, order) in levels {
        for cycle in search.cycles(besides) {
            let anomaly = cycle.anomaly();
            let is_of_level = matches!(anomaly, Anomaly::Cycle(_, of) if of == order);
            if is_of_level && (broken.add(anomaly, history.kind() == Kind::RwRegister) || order == Order::Plain) {
                match tell::circle(history, versions, &cycle) {
                    Some(finding) => found.push(finding),
                    None => judgement.contradictions += 1,
                }
            }
        }
    }
    found
}

impl Checker for Transactions {
    fn name(&self) -> &'static str {
        "transactions"
    }

    fn summary(&self) -> &'static str {
        "all transactions have an order that fits real time and what each of them read"
    }

    fn check(&self, record: &Record, budget: Budget) -> CheckResult {
        match read(self.kind, &record.operations) {
            Ok(history) => tell::result(&history, &judge(&history, budget), &record.operations),
            Err(summary) => {
                let counts = BTreeMap::from([(UNFIT.to_owned(), 1)]);
                CheckResult { verdict: Verdict::Unknown, summary, counts, ..CheckResult::default() }
            }
        }
    }
}

/// The counts of a judgement.
fn counts(history: &History, judgement: &Judgement) -> BTreeMap<String, u64> {
    let sizes = [
        ("transactions", history.len() as u64),
        ("keys", history.keys() as u64),
        ("operations", history.operations() as u64),
        ("edges", judgement.edges),
    ];
    let mut counts: BTreeMap<String, u64> = sizes.map(|(name, count)| (name.to_owned(), count)).into();
    counts.extend(judgement.anomalies());
    if judgement.contradictions > 0 {
        counts.insert(CONTRADICTIONS.to_owned(), judgement.contradictions);
    }
    counts
}
