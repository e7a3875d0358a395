//! One JSON array of operation maps.

use super::{Parts, Refused, Written};
use serde_json::Value;

/// All events up to the first mistake, and this.
pub fn events(text: &str) -> (Vec<Written>, Option<Refused>) {
    let all: Vec<&serde_json::value::RawValue> = match serde_json::from_str(text) {
        Ok(all) => all,
        Err(error) => return (Vec::new(), Some((error.line() as u64, error.to_string()))),
    };
    let (mut written, mut line, mut counted) = (Vec::new(), 1, text);
    for raw in all {
        // Where the element stands in the text: it borrows from it.
        let behind = &text[raw.get().as_ptr() as usize - text.as_ptr() as usize..];
        line += counted[..counted.len() - behind.len()].matches('\n').count() as u64;
        counted = behind;
        match operation(raw.get(), line) {
            Ok(event) => written.push(event),
            Err(refused) => return (written, Some(refused)),
        }
    }
    (written, None)
}

fn operation(text: &str, line: u64) -> Result<Written, Refused> {
    let event: Value = serde_json::from_str(text).map_err(|error| (line, error.to_string()))?;
    if !event.is_object() {
        return Err((line, format!("{event} is not an operation map")));
    }
    Parts::by_name(|name| event.get(name)).written(line, false)
}
