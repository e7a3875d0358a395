//! Operation maps in EDN: one vector, one list, or a stream of them. Records tagged by their writer are maps like others.

use super::{Parts, Refused, Written};
use crate::history::{Event, EventType, Process};
use clojure_reader::edn::{self, Edn};
use serde_json::Value;
use std::{borrow::Cow, collections::BTreeMap};

/// What is read of an operation map.
const PARTS: [&str; 8] = ["process", "type", "f", "value", "time", "error", "found", "key"];

/// Skips what has no meaning: blanks, commas and comments.
pub fn skip(mut text: &str) -> &str {
    loop {
        text = text.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
        match text.strip_prefix(';') {
            Some(comment) => text = comment.find('\n').map_or("", |end| &comment[end..]),
            None => return text,
        }
    }
}

/// All events up to the first mistake, and this. One map is read after the other, so that a large history is never held as EDN.
pub fn events(text: &str) -> (Vec<Written>, Option<Refused>) {
    let mut rest = skip(text);
    let close = match rest.chars().next() {
        Some('[') => Some(']'),
        Some('(') => Some(')'),
        _ => None,
    };
    if close.is_some() {
        rest = &rest[1..];
    }
    let (mut written, mut line, mut counted) = (Vec::new(), 1, text);
    loop {
        rest = skip(rest);
        line += counted[..counted.len() - rest.len()].matches('\n').count() as u64;
        counted = rest;
        match (rest.chars().next(), close) {
            (None, None) => return (written, None),
            (None, Some(close)) => return (written, Some((line, format!("it ends before the closing `{close}`")))),
            (next, Some(_)) if next == close => return (written, None),
            _ => {}
        }
        let parsed = edn::read(rest).map_err(|error| (line, error.to_string()));
        match parsed.and_then(|(event, behind)| Ok((operation(&event, line)?, behind))) {
            Ok((event, behind)) => {
                written.push(event);
                rest = behind;
            }
            Err(refused) => return (written, Some(refused)),
        }
    }
}

fn operation(event: &Edn, line: u64) -> Result<Written, Refused> {
    let mut event = event;
    while let Edn::Tagged(_, inner) = event {
        event = inner;
    }
    let Edn::Map(parts) = event else { return Err((line, format!("{event} is not an operation map"))) };
    let part = |name: &'static str| parts.get(&Edn::Key(Cow::Borrowed(name)));
    let is_tuple =
        matches!(part("value"), Some(Edn::Tagged(tag, _)) if tag.ends_with("tuple") || tag.ends_with("MapEntry"));
    let plain: BTreeMap<&str, Value> = PARTS.into_iter().filter_map(|name| Some((name, plain(part(name)?)))).collect();
    Parts::by_name(|name| plain.get(name)).written(line, is_tuple)
}

/// The same in JSON: keywords and symbols are strings, tags are left out.
pub fn plain(edn: &Edn) -> Value {
    match edn {
        Edn::Nil => Value::Null,
        Edn::Bool(bool) => Value::Bool(*bool),
        Edn::Int(number) => Value::from(*number),
        Edn::Double(number) => Value::from(number.0),
        Edn::Key(text) | Edn::Symbol(text) | Edn::Str(text) => Value::from(text.as_ref()),
        Edn::Char(char) => Value::from(char.to_string()),
        Edn::Vector(parts) | Edn::List(parts) => parts.iter().map(plain).collect(),
        Edn::Set(parts) => parts.iter().map(plain).collect(),
        Edn::Map(parts) => {
            let name = |key: &Edn| match plain(key) {
                Value::String(text) => text,
                other => other.to_string(),
            };
            Value::Object(parts.iter().map(|(key, value)| (name(key), plain(value))).collect())
        }
        Edn::Tagged(_, inner) => plain(inner),
        other => Value::from(other.to_string()),
    }
}

/// An event as Jepsen writes it. With a key: `None` for an operation on another one, and the others without their key.
pub fn to_edn(event: &Event, key: Option<&str>) -> Option<String> {
    let value = match (key, event.process) {
        (Some(key), Process::Client(_)) => match event.value.as_array().map(Vec::as_slice) {
            Some([of, value]) if of.as_str().map_or_else(|| of.to_string(), str::to_owned) == key => value,
            _ => return None,
        },
        _ => &event.value,
    };
    let process = match event.process {
        Process::Client(id) => id.to_string(),
        Process::Nemesis => ":nemesis".to_owned(),
    };
    let kind = match event.kind {
        EventType::Invoke => "invoke",
        EventType::Ok => "ok",
        EventType::Fail => "fail",
        EventType::Info => "info",
    };
    let mut text =
        format!("{{:index {}, :time {}, :process {process}, :type :{kind}, :f :{}", event.index, event.time, event.f);
    let others = [
        ("value", Some(value)),
        ("error", event.error.clone().map(Value::from).as_ref()),
        ("found", event.found.as_ref()),
        ("node", event.node.clone().map(Value::from).as_ref()),
    ]
    .map(|(name, value)| value.map(|value| format!(", :{name} {}", written(value))));
    others.into_iter().flatten().for_each(|part| text.push_str(&part));
    text.push('}');
    Some(text)
}

/// A JSON value in EDN. Its strings are written alike in both.
fn written(value: &Value) -> String {
    match value {
        Value::Null => "nil".to_owned(),
        Value::Array(parts) => format!("[{}]", parts.iter().map(written).collect::<Vec<_>>().join(" ")),
        Value::Object(parts) => {
            let parts: Vec<_> =
                parts.iter().map(|(key, value)| format!("{} {}", Value::from(key.as_str()), written(value))).collect();
            format!("{{{}}}", parts.join(", "))
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_become_json() {
        let text = r#"{:a [1 -2.5 nil true], "b" #{:x}, 3 (sym "s" \c), :d #some/tag {:e 1}}"#;
        let edn = edn::read_string(text).unwrap();
        assert_eq!(plain(&edn), json!({"a": [1, -2.5, null, true], "b": ["x"], "3": ["sym", "s", "c"], "d": {"e": 1}}));
    }

    #[test]
    fn what_is_exported_is_read_back() {
        let event = Event {
            index: 3,
            time: 17,
            process: Process::Client(4),
            kind: EventType::Fail,
            f: "cas".to_owned(),
            value: json!(["k1", [1, null]]),
            error: Some("mis \"match\"".to_owned()),
            found: Some(json!({"a": 2.5})),
            node: Some("n2".to_owned()),
        };
        let line = to_edn(&event, None).unwrap();
        assert_eq!(
            line,
            r#"{:index 3, :time 17, :process 4, :type :fail, :f :cas, :value ["k1" [1 nil]], :error "mis \"match\"", :found {"a" 2.5}, :node "n2"}"#
        );
        let (written, refused) = events(&line);
        assert_eq!((written.len(), refused), (1, None));
        assert_eq!((&written[0].value, written[0].kind), (&event.value, event.kind));
        assert_eq!((&written[0].found, &written[0].error), (&event.found, &event.error));
        assert!(to_edn(&event, Some("k1")).unwrap().contains(":value [1 nil]"));
        assert_eq!(to_edn(&event, Some("k2")), None);
    }
}
