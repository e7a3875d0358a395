//! `whitewater list`: what can be chosen.

use super::print;
use crate::{
    Failure,
    cli::{Format, ListOptions},
    exit::Exit,
    registry,
};
use harness::{
    nearest,
    nemesis::{Aims, Family, Kind},
};
use serde_json::{Value, json};

/// Lists one kind of things, or all.
pub fn run(options: &ListOptions) -> Result<Exit, Failure> {
    let kinds = registry::kinds();
    let chosen: Vec<_> =
        kinds.iter().filter(|(kind, _)| options.kind.as_deref().is_none_or(|wanted| wanted == *kind)).collect();
    if chosen.is_empty() {
        let wanted = options.kind.as_deref().unwrap_or_default();
        let known = nearest(wanted, kinds.iter().map(|(kind, _)| *kind));
        return Err(Failure::bad_input(format!("there is no list of `{wanted}`{known}")));
    }
    match options.format {
        Format::Human => {
            let width =
                chosen.iter().flat_map(|(_, names)| names.iter()).map(|(name, _)| name.len()).max().unwrap_or(0);
            let sections = chosen.iter().map(|(kind, names)| {
                let lines = names.iter().map(|(name, summary)| {
                    let faults = if *kind == "nemeses" { faults(name, width) } else { String::new() };
                    format!("  {name:width$}  {summary}\n{faults}")
                });
                format!("{kind}\n{}", lines.collect::<String>())
            });
            print(&sections.collect::<Vec<_>>().join("\n"));
        }
        Format::Json => {
            let all = chosen.iter().flat_map(|(kind, names)| {
                names.iter().map(move |(name, summary)| {
                    let mut listed = json!({"name": name, "summary": summary, "kind": kind});
                    if *kind == "nemeses" {
                        listed["faults"] = faults_as_json(name);
                    }
                    listed
                })
            });
            print(&Value::Array(all.collect()).to_string());
        }
    }
    Ok(Exit::Valid)
}

/// The kinds of faults of a nemesis, for people. Of the only one it has, name and sentence have been said.
fn faults(nemesis: &str, width: usize) -> String {
    let mut text = String::new();
    let kinds = kinds(nemesis);
    for kind in kinds {
        let mut line = |says: &str| text.push_str(&format!("  {:width$}  {says}\n", ""));
        if kinds.len() > 1 {
            line(&format!("{}: {}", kind.name, kind.summary));
        }
        line(&format!("  needs {}", kind.needs));
        line(&format!("  hits {}", aims(kind).1));
        for parameter in kind.parameters {
            let (name, summary) = (parameter.name, parameter.summary);
            line(&format!("  {name}: {summary}; {}, drawn as {}", parameter.allowed, parameter.drawn));
        }
    }
    text
}

/// The same for programs.
fn faults_as_json(nemesis: &str) -> Value {
    let faults = kinds(nemesis).iter().map(|kind| {
        let parameters = kind.parameters.iter().map(|parameter| {
            json!({
                "name": parameter.name,
                "summary": parameter.summary,
                "allowed": parameter.allowed.to_string(),
                "drawn": parameter.drawn.to_string(),
            })
        });
        json!({
            "name": kind.name,
            "summary": kind.summary,
            "needs": kind.needs,
            "hits": aims(kind).0,
            "parameters": parameters.collect::<Vec<_>>(),
        })
    });
    Value::Array(faults.collect())
}

fn kinds(nemesis: &str) -> &'static [&'static Kind] {
    Family::find(nemesis).map_or(&[], |family| family.kinds)
}

/// What a fault of this kind hits, in a word and in a phrase.
fn aims(kind: &Kind) -> (&'static str, String) {
    fn names<T: Copy>(all: &[T], name: impl Fn(T) -> &'static str) -> String {
        let mut names: Vec<_> = all.iter().map(|one| name(*one)).collect();
        names.dedup();
        names.join(", ")
    }
    match kind.aims {
        Aims::Nodes(targets) => ("nodes", format!("nodes: {}", names(targets, |target| target.name()))),
        Aims::Links(shapes) => ("links", format!("links: {}", names(shapes, |shape| shape.name()))),
    }
}
