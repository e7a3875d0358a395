//! A line of a trace as it stands in the file.
//!
//! Most of the work of judging a run's traces is to read their lines, of which there are millions. So they are read straight into
//! the fields that there may be, where serde's own tagged enums make a detour over values of any form.

use super::{Hash, Kind, Role, TraceEvent};
use serde::{Deserialize, Deserializer, de::Error};
use std::borrow::Cow;

/// The fields of all kinds of events.
#[derive(Deserialize)]
struct Fields<'a> {
    t: u64,
    #[serde(borrow)]
    e: Cow<'a, str>,
    version: Option<u32>,
    node: Option<String>,
    term: Option<u64>,
    vote: Option<String>,
    last: Option<u64>,
    hash: Option<Hash>,
    role: Option<Role>,
    #[serde(rename = "for")]
    candidate: Option<String>,
    first: Option<u64>,
    terms: Option<Vec<(u64, u64)>>,
    hashes: Option<Vec<Hash>>,
    from: Option<u64>,
    index: Option<u64>,
    voters: Option<Vec<String>>,
    outgoing: Option<Vec<String>>,
    learners: Option<Vec<String>>,
}

const KINDS: &[&str] = &[
    "start",
    "role",
    "vote",
    "append",
    "truncate",
    "ack",
    "commit",
    "apply",
    "compact",
    "install",
    "configuration",
    "stop",
];

impl<'de> Deserialize<'de> for TraceEvent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<TraceEvent, D::Error> {
        let fields = Fields::deserialize(deserializer)?;
        Ok(TraceEvent { t: fields.t, kind: fields.kind()? })
    }
}

impl Fields<'_> {
    fn kind<E: Error>(self) -> Result<Kind, E> {
        let missing = E::missing_field;
        let term = || self.term.ok_or_else(|| missing("term"));
        let index = || self.index.ok_or_else(|| missing("index"));
        let hash = || self.hash.ok_or_else(|| missing("hash"));
        Ok(match &*self.e {
            "start" => Kind::Start {
                version: self.version.ok_or_else(|| missing("version"))?,
                node: self.node.ok_or_else(|| missing("node"))?,
                term: term()?,
                vote: self.vote,
                last: self.last.ok_or_else(|| missing("last"))?,
                hash: hash()?,
            },
            "role" => Kind::Role { role: self.role.ok_or_else(|| missing("role"))?, term: term()? },
            "vote" => Kind::Vote { term: term()?, candidate: self.candidate.ok_or_else(|| missing("for"))? },
            "append" => Kind::Append {
                first: self.first.ok_or_else(|| missing("first"))?,
                terms: self.terms.ok_or_else(|| missing("terms"))?,
                hashes: self.hashes.ok_or_else(|| missing("hashes"))?,
            },
            "truncate" => Kind::Truncate { from: self.from.ok_or_else(|| missing("from"))? },
            "ack" => Kind::Ack { term: term()?, index: index()? },
            "commit" => Kind::Commit { term: term()?, index: index()? },
            "apply" => Kind::Apply { index: index()?, hash: hash()? },
            "compact" => Kind::Compact { index: index()?, term: term()?, hash: hash()? },
            "install" => Kind::Install { index: index()?, term: term()?, hash: hash()? },
            "configuration" => Kind::Configuration {
                index: index()?,
                voters: self.voters.ok_or_else(|| missing("voters"))?,
                outgoing: self.outgoing.ok_or_else(|| missing("outgoing"))?,
                learners: self.learners.ok_or_else(|| missing("learners"))?,
            },
            "stop" => Kind::Stop {},
            other => return Err(E::unknown_variant(other, KINDS)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_of_every_kind_is_needed() {
        let lines = include_str!("../trace.rs").lines().filter_map(|line| line.strip_prefix("//! {"));
        let mut kinds = Vec::new();
        for line in lines {
            let line = format!("{{{line}").replace('…', "00");
            let event: TraceEvent = serde_json::from_str(&line).expect("a documented line");
            let value = serde_json::to_value(&event).expect("an object");
            for name in value.as_object().expect("an object").keys().filter(|name| *name != "vote") {
                let mut rest = value.clone();
                rest.as_object_mut().expect("an object").remove(name);
                let error = serde_json::from_value::<TraceEvent>(rest).expect_err(name);
                assert!(error.to_string().contains(&format!("missing field `{name}`")), "{line}: {error}");
            }
            kinds.push(value["e"].as_str().expect("a kind").to_owned());
        }
        assert!(KINDS.iter().all(|kind| kinds.iter().any(|documented| documented == kind)), "{kinds:?}");
        assert!(serde_json::from_str::<TraceEvent>(r#"{"t":1,"e":"snapshot"}"#).is_err());
    }
}
