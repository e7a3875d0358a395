//! What was checked, and what was done to the cluster.

use crate::{
    fault_row::{Family, words},
    headline::sign,
    run::Run,
    summary::{left_broken, proxies},
    text::{at, count, duration, plural},
};
use harness::{
    checker::Verdict,
    history::{Effect, Fault},
};
use maud::{Markup, html};
use serde_json::Value;

/// Faults listed in full.
const FAULTS: usize = 500;
/// Faults that are listed without asking.
const UNFOLDED: usize = 12;

/// The checkers and what they found.
pub fn checkers(run: &Run) -> Markup {
    let Some(results) = &run.results else { return html! {} };
    html! {
        section #checkers {
            h2 { "What was checked" }
            div.scroll { table {
                thead { tr { th { "Verdict" } th { "Checker" } th { "Found" } th { "Counts" } } }
                tbody {
                    @for (name, result) in &results.checkers { tr {
                        td class={ "verdict " (tone(result.verdict)) } { (sign(result.verdict)) " " (result.verdict) }
                        td { code { (name) } }
                        td { (result.summary) }
                        td.counts { @for (name, number) in &result.counts { span { (words(name)) " " b { (count(*number)) } } " " } }
                    } }
                    @if results.checkers.is_empty() { tr { td colspan="4" { "No checker was selected." } } }
                }
            } }
        }
    }
}

fn tone(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Valid => "good",
        Verdict::Unknown => "doubt",
        Verdict::Invalid => "bad",
    }
}

/// The faults, by family and one by one, with what shows that they were felt.
pub fn faults(run: &Run) -> Markup {
    let families = Family::of(&run.faults);
    html! {
        section #faults {
            h2 { "What was done to the cluster" }
            @if families.is_empty() {
                p { "No fault was injected." }
            } @else {
                div.scroll { table {
                    thead { tr { th { "Nemesis" } th { "Effect" } th { "Evidence" } th { "In doubt" } } }
                    tbody { @for family in &families { tr {
                        td { strong { (family.nemesis) } }
                        td class={ "verdict " (if family.installed > 0 { "good" } else { "doubt" }) } {
                            (if family.installed > 0 { "✓" } else { "?" }) " " (family.effect()) }
                        td { (family.evidence()) }
                        td { (family.doubt()) }
                    } } }
                } }
                @let cost = proxies(run.results.as_ref().and_then(|results| results.proxies));
                @if !cost.is_empty() { p.hint { "The proxies through which the nodes reach each other cost " (cost) "." } }
                @let left = left_broken(run.results.as_ref().and_then(|results| results.aftermath.as_ref()));
                @if !left.is_empty() { p { "Left broken in the end: " (left) "." } }
                details open[run.faults.len() <= UNFOLDED] {
                    summary { "Every fault (" (count(run.faults.len() as u64)) ")" }
                    (fault_table(&run.faults))
                }
            }
        }
    }
}

/// What should happen now and then in runs that are worth something.
pub fn coverage(run: &Run) -> Markup {
    let Some(results) = run.results.as_ref().filter(|results| !results.coverage.is_empty()) else { return html! {} };
    let never: Vec<&str> = results.coverage.iter().filter(|one| one.count == 0).map(|one| one.name.as_str()).collect();
    html! {
        section #coverage {
            h2 { "What the run exercised" }
            p { (results.coverage.len() - never.len()) " of " (results.coverage.len()) " situations came up."
                @if !never.is_empty() { " About what did not, the verdict says nothing: " (never.join(", ")) "." } }
            details open[results.coverage.len() <= UNFOLDED] {
                summary { "Every situation" }
                div.scroll { table {
                    thead { tr { th { "Situation" } th.number { "How often" } th { "Counted" } } }
                    tbody { @for situation in &results.coverage { tr {
                        td { (situation.name) }
                        @if situation.count > 0 { td.number { (count(situation.count)) } } @else { td.number.doubt { "never" } }
                        td { (situation.summary) }
                    } } }
                } }
            }
        }
    }
}

fn fault_table(faults: &[Fault]) -> Markup {
    html! {
        div.scroll { table {
            thead { tr { th.number { "Began" } th.number { "Lasted" } th { "Fault" } th { "Target" } th { "Effect" } th { "Evidence" } } }
            tbody { @for fault in faults.iter().take(FAULTS) { tr {
                td.number { (fault.started.map_or_else(|| "never".to_owned(), at)) }
                td.number { (lasted(fault)) }
                td { @if fault.summary.starts_with(&fault.nemesis) { (fault.summary) }
                    @else { (fault.nemesis) @if fault.kind != fault.nemesis { " " (fault.kind) } br; code { (fault.summary) } }
                    @if !fault.parameters.is_empty() { br; small { (parameters(fault)) } } }
                td { (fault.target) @if !fault.nodes.is_empty() { br; small { (fault.nodes.join(" ")) } } }
                (effect(fault.evidence.effect))
                td { (fault.evidence.note) (numbers(fault)) }
            } } }
        } }
        @if faults.len() > FAULTS { p.hint { (plural((faults.len() - FAULTS) as u64, "more fault is", "more faults are")) " in schedule.json." } }
    }
}

/// `delay 20ms, jitter 5ms`
fn parameters(fault: &Fault) -> String {
    let parameter = |(name, value): (&String, &Value)| match value.as_str() {
        Some(text) => format!("{} {text}", words(name)),
        None => format!("{} {value}", words(name)),
    };
    fault.parameters.iter().map(parameter).collect::<Vec<_>>().join(", ")
}

fn lasted(fault: &Fault) -> String {
    match (fault.started, fault.healed) {
        (Some(started), Some(healed)) => duration(healed.saturating_sub(started)),
        (Some(_), None) => "to the end".into(),
        (None, _) => "–".into(),
    }
}

fn effect(effect: Effect) -> Markup {
    let (class, text) = match effect {
        Effect::Installed => ("good", "✓ installed"),
        Effect::Skipped => ("muted", "– skipped"),
        Effect::Indeterminate => ("doubt", "? not shown"),
    };
    html! { td class={ "verdict " (class) } { (text) } }
}

/// The numbers behind the note; there can be one for each link.
fn numbers(fault: &Fault) -> Markup {
    let numbers = &fault.evidence.numbers;
    html! {
        @if !numbers.is_empty() {
            details.numbers {
                summary { (plural(numbers.len() as u64, "number", "numbers")) }
                @for (name, number) in numbers { span { (words(name)) " " b { (count(*number)) } } " " }
            }
        }
    }
}
