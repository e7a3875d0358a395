//! Reading a schedule: JSON or TOML, by the file's extension.

use harness::{
    nearest,
    nemesis::{PlannedFault, Schedule, ScheduledFault, Targets},
    test::Test,
};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::path::Path;

/// The faults that the schedule in a file describes for this test.
///
/// # Errors
/// One sentence naming the file, in it the line or the fault and its field, and the nearest valid choice.
pub fn read(path: &Path, test: &Test, targets: Targets) -> Result<Vec<PlannedFault>, String> {
    let refuse = |error: String| format!("{}: {error}", path.display());
    let extension = path.extension().unwrap_or_default();
    let read: fn(&str) -> Result<Value, String> = match extension.to_str() {
        Some("json") => json,
        Some("toml") => toml,
        _ => return Err(refuse("a schedule's name ends in .json or .toml".to_owned())),
    };
    let text = std::fs::read_to_string(path).map_err(|error| refuse(error.to_string()))?;
    read(&text).and_then(|value| parse(value, test, targets)).map_err(refuse)
}

/// The faults that a schedule describes for this test.
///
/// # Errors
/// As for [`read`], without the file.
pub fn parse(value: Value, test: &Test, targets: Targets) -> Result<Vec<PlannedFault>, String> {
    schedule(value)?.plan(test, targets)
}

fn json(text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}

fn toml(text: &str) -> Result<Value, String> {
    toml::from_str(text).map_err(|error| {
        let line = error.span().map(|span| text[..span.start].matches('\n').count() + 1);
        let place = line.map(|line| format!(" at line {line}")).unwrap_or_default();
        format!("{}{place}", error.message().replace('\n', ", "))
    })
}

fn schedule(value: Value) -> Result<Schedule, String> {
    let mut top: Map<String, Value> = fields(value, &Schedule::FIELDS)?;
    let faults = match top.remove("faults") {
        Some(Value::Array(faults)) => faults,
        Some(_) => {
            return Err("`faults` is not a list; write each fault as [[faults]] in TOML, or [{…}] in JSON".to_owned());
        }
        None => return Err("`faults` is missing; a schedule has `version` and `faults`".to_owned()),
    };
    top.insert("faults".to_owned(), Value::Array(Vec::new()));
    let faults = (1..).zip(faults).map(|(number, fault)| {
        let nemesis = fault.get("nemesis").and_then(Value::as_str).unwrap_or_default();
        let known = ScheduledFault::fields(nemesis);
        let fault = fields(fault, &known).and_then(typed);
        fault.map_err(|error| format!("fault {number}: {error}"))
    });
    Ok(Schedule { faults: faults.collect::<Result<_, _>>()?, ..typed(top)? })
}

/// The fields of a table that has none but these.
fn fields(value: Value, known: &[&str]) -> Result<Map<String, Value>, String> {
    let Value::Object(fields) = value else {
        return Err(format!("it is not a table with fields such as `{}`", known[0]));
    };
    match fields.keys().find(|field| !known.contains(&field.as_str())) {
        Some(unknown) => Err(format!("no field is named `{unknown}`{}", nearest(unknown, known.iter().copied()))),
        None => Ok(fields),
    }
}

fn typed<T: DeserializeOwned>(fields: Map<String, Value>) -> Result<T, String> {
    serde_path_to_error::deserialize(Value::Object(fields)).map_err(|error| match error.path().to_string().as_str() {
        "." => error.inner().to_string(),
        path => format!("`{path}`: {}", error.inner()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn toml_and_json_say_the_same() {
        let written = "version = 1\n[[faults]]\nnemesis = \"kill\"\ntarget = \"leader\"\nstart = \"1s\"\nduration = 1.5\nrandom = 7";
        let other = r#"{"version": 1, "faults": [
            {"nemesis": "kill", "target": "leader", "start": 1, "duration": "1s500ms", "random": "7"}]}"#;
        let (toml, json) = (toml(written).and_then(schedule), json(other).and_then(schedule));
        assert_eq!(toml, json);
        assert_eq!(toml.expect("a schedule").faults.len(), 1);
    }

    #[test]
    fn the_readme_shows_a_schedule() {
        let readme = include_str!("../README.md");
        let example = readme.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("an example");
        let schedule = toml(example).and_then(schedule).expect("a schedule");
        let written: Vec<_> =
            schedule.faults.iter().map(|fault| (fault.target.as_deref(), fault.shape.as_deref())).collect();
        assert_eq!(written, [(Some("leader"), None), (None, Some("halves")), (None, Some("all"))]);
    }

    #[test]
    fn nonsense_is_answered_with_the_place_and_the_nearest_choice() {
        let says = |text: &str| json(text).and_then(schedule).expect_err("it is nonsense");
        let fault = |fields: &str| says(&format!(r#"{{"version": 1, "faults": [{{{fields}}}]}}"#));
        assert!(says("{\n\"version\": }").contains("line 2"));
        let torn = toml("version = 1\n[[faults]]\nnemesis = ").expect_err("it is torn");
        assert!(torn.ends_with("at line 3"), "{torn}");
        assert_eq!(says("[]"), "it is not a table with fields such as `version`");
        assert_eq!(says(r#"{"version": 1, "fualts": []}"#), "no field is named `fualts`; did you mean `faults`?");
        assert_eq!(says(r#"{"version": 1}"#), "`faults` is missing; a schedule has `version` and `faults`");
        assert!(says(r#"{"version": 1, "faults": {}}"#).starts_with("`faults` is not a list"));
        assert_eq!(says(r#"{"faults": []}"#), "missing field `version`");
        assert!(says(r#"{"version": "one", "faults": []}"#).starts_with("`version`: invalid type"));
        assert_eq!(fault(r#""duratoin": 1"#), "fault 1: no field is named `duratoin`; did you mean `duration`?");
        assert_eq!(fault(r#""nemesis": "kill", "duration": 1"#), "fault 1: missing field `start`");
        let error = fault(r#""nemesis": "kill", "start": "soon", "duration": 1"#);
        assert_eq!(error, "fault 1: `start`: `soon` is not a duration; write it as 30s, 500ms or 2m");
        let error = fault(r#""nemesis": "kill", "start": 1, "duration": 1, "links": [{"from": "n1"}]"#);
        assert_eq!(error, "fault 1: `links[0]`: missing field `to`");
    }
}
