//! `whitewater list`: what can be chosen.

use super::print;
use crate::{
    Failure,
    cli::{Format, ListOptions},
    exit::Exit,
    registry,
};
use harness::nearest;

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
                let lines: String =
                    names.iter().map(|(name, summary)| format!("  {name:width$}  {summary}\n")).collect();
                format!("{kind}\n{lines}")
            });
            print(&sections.collect::<Vec<_>>().join("\n"));
        }
        Format::Json => {
            let all = chosen.iter().flat_map(|(kind, names)| {
                names
                    .iter()
                    .map(move |(name, summary)| serde_json::json!({"name": name, "summary": summary, "kind": kind}))
            });
            print(&serde_json::Value::Array(all.collect()).to_string());
        }
    }
    Ok(Exit::Valid)
}
