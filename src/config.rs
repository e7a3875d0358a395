//! Settings: the built-in defaults, a file over them, the command line over both.

use harness::nearest;
pub use harness::span::Span;
use node::server::ByteSize;
use serde::{Deserialize, de::DeserializeOwned};
use std::{
    path::{Path, PathBuf},
    time::Duration,
};

/// The defaults, with a comment on each.
pub const DEFAULT: &str = include_str!("default.toml");

/// Settings of a test, as they are written; each may be left out.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Settings {
    pub system: Option<String>,
    pub workload: Option<String>,
    pub nemesis: Option<Vec<String>>,
    pub nodes: Option<usize>,
    pub concurrency: Option<usize>,
    pub rate: Option<f64>,
    pub time_limit: Option<Span>,
    pub operation_timeout: Option<Span>,
    pub nemesis_interval: Option<Span>,
    pub nemesis_duration: Option<Span>,
    pub nemesis_intensity: Option<f64>,
    pub beyond_contract: Option<bool>,
    pub leave_broken: Option<bool>,
    pub fail_fast: Option<bool>,
    pub recovery: Option<Span>,
    pub election_timeout: Option<SpanRange>,
    pub heartbeat: Option<Span>,
    pub snapshot_bytes: Option<ByteSize>,
    pub reads: Option<String>,
    pub max_elections: Option<u64>,
    pub bug: Option<Vec<String>>,
    pub out: Option<PathBuf>,
}

impl Settings {
    /// These settings, and those of `below` where these say nothing.
    pub fn over(self, below: Settings) -> Settings {
        Settings {
            system: self.system.or(below.system),
            workload: self.workload.or(below.workload),
            nemesis: self.nemesis.or(below.nemesis),
            nodes: self.nodes.or(below.nodes),
            concurrency: self.concurrency.or(below.concurrency),
            rate: self.rate.or(below.rate),
            time_limit: self.time_limit.or(below.time_limit),
            operation_timeout: self.operation_timeout.or(below.operation_timeout),
            nemesis_interval: self.nemesis_interval.or(below.nemesis_interval),
            nemesis_duration: self.nemesis_duration.or(below.nemesis_duration),
            nemesis_intensity: self.nemesis_intensity.or(below.nemesis_intensity),
            beyond_contract: self.beyond_contract.or(below.beyond_contract),
            leave_broken: self.leave_broken.or(below.leave_broken),
            fail_fast: self.fail_fast.or(below.fail_fast),
            recovery: self.recovery.or(below.recovery),
            election_timeout: self.election_timeout.or(below.election_timeout),
            heartbeat: self.heartbeat.or(below.heartbeat),
            snapshot_bytes: self.snapshot_bytes.or(below.snapshot_bytes),
            reads: self.reads.or(below.reads),
            max_elections: self.max_elections.or(below.max_elections),
            bug: self.bug.or(below.bug),
            out: self.out.or(below.out),
        }
    }

    /// The settings in a file.
    ///
    /// # Errors
    /// One sentence naming the file, and in it the line or the setting.
    pub fn read(path: &Path) -> Result<Settings, String> {
        let text = std::fs::read_to_string(path).map_err(|error| format!("--config {}: {error}", path.display()))?;
        parse(&text).map_err(|error| format!("--config {}: {error}", path.display()))
    }

    /// The built-in defaults.
    pub fn built_in() -> Settings {
        parse(DEFAULT).expect("the built-in settings are well-formed: a test reads them")
    }
}

/// The settings that have a default to speak of, each with it as it is written.
pub fn defaults() -> Vec<(String, String)> {
    let table: toml::Table = DEFAULT.parse().expect("the built-in settings are TOML");
    let written = |value: &toml::Value| match value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Array(values) => values.iter().filter_map(toml::Value::as_str).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    };
    let defaults = table.iter().map(|(setting, value)| (setting.clone(), written(value)));
    defaults.filter(|(_, default)| !default.is_empty()).collect()
}

/// Reads settings; unknown names are errors, with the nearest known one.
fn parse<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    let table: toml::Table =
        text.parse().map_err(|error: toml::de::Error| error.to_string().trim_end().replace('\n', "\n  "))?;
    let mut unknown = Vec::new();
    let settings = serde_ignored::deserialize(table, |path| unknown.push(path.to_string()))
        .map_err(|error: toml::de::Error| error.to_string().trim_end().to_owned())?;
    match unknown.first() {
        Some(name) => {
            let known: toml::Table = DEFAULT.parse().expect("the built-in settings are TOML");
            Err(format!("no setting is named `{name}`{}", nearest(name, known.keys().map(String::as_str))))
        }
        None => Ok(settings),
    }
}

/// Two durations: `150ms..300ms`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpanRange(pub Duration, pub Duration);

impl std::str::FromStr for SpanRange {
    type Err = String;

    fn from_str(text: &str) -> Result<SpanRange, String> {
        let (min, max) =
            text.split_once("..").ok_or_else(|| format!("`{text}` is not a range; write it as 150ms..300ms"))?;
        let (Span(min), Span(max)) = (min.trim().parse()?, max.trim().parse()?);
        if min.is_zero() || min > max {
            return Err(format!("`{text}` does not go from a shorter time above zero to a longer one"));
        }
        Ok(SpanRange(min, max))
    }
}

impl<'de> Deserialize<'de> for SpanRange {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<SpanRange, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_settings_set_everything() {
        let Settings {
            system,
            workload,
            nemesis,
            nodes,
            concurrency,
            rate,
            time_limit,
            operation_timeout,
            nemesis_interval,
            // It has no default: it depends on the interval.
            nemesis_duration: _,
            nemesis_intensity,
            beyond_contract,
            leave_broken,
            fail_fast,
            recovery,
            election_timeout,
            heartbeat,
            snapshot_bytes,
            reads,
            // Nor has this: it depends on the faults.
            max_elections: _,
            bug,
            out,
        } = Settings::built_in();
        assert!(
            system.is_some() && workload.is_some() && nemesis.is_some() && nodes.is_some() && concurrency.is_some()
        );
        assert!(rate.is_some() && time_limit.is_some() && operation_timeout.is_some() && nemesis_interval.is_some());
        assert!(nemesis_intensity.is_some() && beyond_contract.is_some() && leave_broken.is_some());
        assert!(fail_fast.is_some());
        assert!(
            recovery.is_some()
                && election_timeout.is_some()
                && heartbeat.is_some()
                && snapshot_bytes.is_some()
                && reads.is_some()
                && bug.is_some()
                && out.is_some()
        );
    }

    #[test]
    fn an_unknown_setting_is_an_error_with_the_nearest_name() {
        let error = parse::<Settings>("tiem_limit = 3").unwrap_err();
        assert_eq!(error, "no setting is named `tiem_limit`; did you mean `time_limit`?");
        let error = parse::<Settings>("nodes = \"many\"").unwrap_err();
        assert!(error.contains("nodes"), "{error}");
    }
}
