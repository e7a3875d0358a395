//! Values by number. They are any JSON, equal if they are written alike.

use rustc_hash::FxHashMap;
use serde_json::Value;

/// Values, numbered from 0 in order of appearance.
#[derive(Clone, Debug, Default)]
pub struct Values {
    values: Vec<Value>,
    ids: FxHashMap<Value, u32>,
}

impl Values {
    /// The number of a value, which is a new one if it has not been seen before.
    pub fn number(&mut self, value: &Value) -> u32 {
        if let Some(&id) = self.ids.get(value) {
            return id;
        }
        let id = u32::try_from(self.values.len()).unwrap_or(u32::MAX);
        self.values.push(value.clone());
        self.ids.insert(value.clone(), id);
        id
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// The value with this number, as a person writes it, and without quotes if it is a text.
    pub fn word(&self, id: u32) -> String {
        let value = &self.values[id as usize];
        value.as_str().map_or_else(|| value_text(value), str::to_owned)
    }

    /// The value with this number, as a person writes it.
    pub fn text(&self, id: u32) -> String {
        value_text(&self.values[id as usize])
    }

    /// Some values, the first few of many: `1 2 3 … (100 in all)`.
    pub fn list(&self, ids: &[u32]) -> String {
        const SHOWN: usize = 12;
        let mut words: Vec<String> = ids.iter().take(SHOWN).map(|&id| self.text(id)).collect();
        if ids.len() > SHOWN {
            words.push(format!("… ({} in all)", ids.len()));
        }
        words.join(" ")
    }
}

/// A value as a person writes it: no value is `nil`, everything else is as in JSON.
pub fn value_text(value: &Value) -> String {
    if value.is_null() { "nil".into() } else { value.to_string() }
}
