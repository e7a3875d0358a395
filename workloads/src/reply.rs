//! What replies say, as it stands in a history.

use harness::client::Reply;
use serde_json::{Value, json};

/// The value in a reply. What is no number was never written, and is reported as it came.
pub(crate) fn element(reply: &Reply) -> Option<Value> {
    match reply {
        Reply::Nil => Some(Value::Null),
        Reply::Bulk(bytes) => {
            let text = String::from_utf8_lossy(bytes);
            Some(text.parse::<u64>().map_or_else(|_| json!(text), |number| json!(number)))
        }
        _ => None,
    }
}

/// The values in a reply that has any number of them.
pub(crate) fn elements(reply: &Reply) -> Option<Value> {
    match reply {
        Reply::Array(items) => items.iter().map(|item| element(item).filter(|value| !value.is_null())).collect(),
        _ => None,
    }
}
