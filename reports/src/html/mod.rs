//! `report.html`: everything about a run on one page that needs nothing but a browser: no network, no server, no file
//! beside it. A reader learns the verdict first, then why, then what it rests on.

mod data;
mod evidence;
mod measure;
mod reading;
mod timeline;
mod violation;

use crate::{
    ReportError,
    headline::{Headline, Tone},
    run::Run,
    text::{at, plural},
};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use std::{fs, path::Path};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
/// The page may run what is written in it, and load nothing at all, even if a value of the history tries.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:";
const ICON: &str = "data:,";

/// Writes the page.
///
/// # Errors
/// If it cannot be written.
pub fn write(run: &Run, path: &Path) -> Result<(), ReportError> {
    fs::write(path, page(run).into_string()).map_err(|source| ReportError::Write { path: path.to_owned(), source })
}

fn page(run: &Run) -> Markup {
    let headline = run.results.as_ref().map_or_else(Headline::missing, Headline::new);
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                link rel="icon" href=(ICON);
                title { (headline.word) " · " (run.line()) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                main {
                    (masthead(run, &headline))
                    (violation::section(run))
                    (evidence::checkers(run))
                    (evidence::faults(run))
                    (evidence::coverage(run))
                    (measure::availability(run))
                    (measure::operations(run))
                    (charts(run))
                    (reading::excerpt(run))
                    (reading::how_to_read())
                    (reading::plan(run))
                    (reading::warnings(run))
                }
                footer { "Whitewater" @if let Some(test) = &run.test { " " (test.program_version) } ", from "
                    code { (run.dir.path().display()) } }
                (data::script(run))
                script { (PreEscaped(SCRIPT)) }
            }
        }
    }
}

fn masthead(run: &Run, headline: &Headline) -> Markup {
    let tone = match headline.tone {
        Tone::Good => "good",
        Tone::Doubt => "doubt",
        Tone::Bad => "bad",
    };
    let warnings = run.notes.len() + run.results.as_ref().map_or(0, |results| results.warnings.len());
    html! {
        header class={ "masthead " (tone) } {
            h1 { span.sign aria-hidden="true" { (headline.sign) } " " (headline.word) }
            p.reason { (headline.reason) }
            p.line { (run.line()) }
            dl {
                @if let Some((_, violation)) = run.violations().first() {
                    dt { "Violation" }
                    dd { a href={ "#" (violation::anchor(0)) } { "the first one: " (violation.property)
                        @if let Some(time) = violation.time { ", at " (at(time)) } } }
                }
                @if let Some(test) = &run.test {
                    dt { "Seed" }
                    dd { code { (test.seed) } }
                }
                @if let Some(command) = run.reproduce() {
                    dt { "Again" }
                    dd.command { code { (command) } button type="button" data-copy=(command) { "Copy" } }
                }
                @if warnings > 0 {
                    dt { "Mind" }
                    dd { a href="#warnings" { (plural(warnings as u64, "warning", "warnings")) } " about this run" }
                }
            }
        }
    }
}

/// The charts; the script fills them from the data in the page.
fn charts(run: &Run) -> Markup {
    let chart = |name: &str, title: &str, about: &str| {
        html! {
            figure {
                figcaption { strong { (title) } " " span { (about) } }
                div.legend data-legend=(name) {}
                canvas data-chart=(name) role="img" aria-label={ (title) ": " (about) } {}
            }
        }
    };
    html! {
        section #charts {
            h2 { "The run over time" }
            p.hint { "Drag across a chart to zoom all of them; double-click for the whole run. Shades are faults in force."
                button #whole type="button" hidden { "Whole run" }
                button #first type="button" hidden { "First violation" } }
            noscript { p { "The charts need JavaScript; latency.png, throughput.png and roles.png beside this page show the same." } }
            (chart("latency", "Latency", "every operation, by the time of its invocation"))
            (chart("throughput", "Throughput", "completed operations a second; the strip shows when anybody was served"))
            @if run.lanes.is_empty() {
                p.hint { "There are no node traces, and so no lanes with the roles of the nodes." }
            } @else {
                (chart("roles", "Roles", "what each node was; numbers are terms"))
            }
        }
    }
}
