//! Jepsen's log: `INFO jepsen.util - process type f value`, separated by tabs. Other lines are passed over.

use super::{Parts, Refused, Written, edn};
use crate::{checker::MISMATCH, history::EventType};
use serde_json::Value;

const MARK: &str = "jepsen.util - ";

/// All events up to the first mistake, and this.
pub fn events(text: &str) -> (Vec<Written>, Option<Refused>) {
    let mut written = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        // Other messages of the same logger have no tabs.
        let Some(fields) = line.split_once(MARK).map(|(_, fields)| fields).filter(|fields| fields.contains('\t'))
        else {
            continue;
        };
        match operation(fields, number) {
            Ok(event) => written.push(event),
            Err(refused) => return (written, Some(refused)),
        }
    }
    (written, None)
}

fn operation(fields: &str, line: u64) -> Result<Written, Refused> {
    let fields: Vec<&str> = fields.split('\t').map(str::trim).filter(|field| !field.is_empty()).collect();
    let &[process, kind, f, value, ..] = fields.as_slice() else {
        return Err((line, "an operation has four fields, separated by tabs: process, type, f and value".to_owned()));
    };
    let read = |text| match clojure_reader::edn::read_string(text) {
        Ok(found) => Ok(found),
        Err(error) => Err((line, format!("`{text}`: {error}"))),
    };
    let value = read(value)?;
    // Instead of a value stands why there is none, such as `:timed-out`.
    let error = matches!(value, clojure_reader::edn::Edn::Key(_)).then(|| edn::plain(&value));
    let [process, kind, f] = [edn::plain(&read(process)?), edn::plain(&read(kind)?), edn::plain(&read(f)?)];
    let value = match error {
        Some(_) => Value::Null,
        None => edn::plain(&value),
    };
    let parts = Parts {
        process: Some(&process),
        kind: Some(&kind),
        f: Some(&f),
        value: Some(&value),
        time: None,
        error: error.as_ref(),
        found: None,
        key: None,
    };
    let mut event = parts.written(line, false)?;
    // A compare-and-set that failed with a value, and without a reason, failed by its comparison.
    if event.kind == EventType::Fail && event.f == "cas" && event.error.is_none() {
        event.error = Some(MISMATCH.to_owned());
    }
    Ok(event)
}
