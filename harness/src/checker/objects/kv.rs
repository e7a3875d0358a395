//! A text that is put, appended to and read as a whole: a key of a small key-value store.

use crate::checker::interner::Interner;
use crate::checker::model::{Deed, Model, Object, OpKind};
use serde_json::Value;

/// An operation on a text, with its answer. Texts are numbered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextOp {
    /// Set it.
    Put(u32),
    /// Put this behind it.
    Append(u32),
    /// Saw it.
    Get(u32),
}

/// A text; nil is the empty one.
#[derive(Debug, Default)]
pub struct Text {
    texts: Interner<str>,
}

fn text(value: &Value) -> Result<&str, String> {
    match value {
        Value::Null => Ok(""),
        Value::String(text) => Ok(text),
        _ => Err("does not have a text".into()),
    }
}

impl Object for Text {
    const NOUN: &'static str = "text";

    fn new(initial: &Value) -> Result<Text, String> {
        let object = Text::default();
        object.texts.number(text(initial).map_err(|_| format!("a text is a string at first, and not {initial}"))?);
        Ok(object)
    }

    fn op(&mut self, deed: &Deed) -> Result<Option<TextOp>, String> {
        let number = |value| text(value).map(|text| self.texts.number(text));
        match deed.f {
            "put" => Ok(Some(TextOp::Put(number(deed.argument)?)).filter(|_| deed.may_count())),
            "append" => Ok(Some(TextOp::Append(number(deed.argument)?)).filter(|_| deed.may_count())),
            "get" if deed.is_ok() => Ok(Some(TextOp::Get(number(deed.answered()?)?))),
            "get" => Ok(None),
            _ => Err("is not an operation on a text (put, append, get)".into()),
        }
    }
}

impl Model for Text {
    type State = u32;
    type Op = TextOp;

    fn initial(&self) -> u32 {
        0
    }

    fn step(&self, state: u32, op: &TextOp) -> Option<u32> {
        match *op {
            TextOp::Put(text) => Some(text),
            TextOp::Append(text) => {
                Some(self.texts.number(&format!("{}{}", self.texts.get(state), self.texts.get(text))))
            }
            TextOp::Get(seen) => (seen == state).then_some(state),
        }
    }

    fn kind(&self, op: &TextOp) -> OpKind {
        // A put overwrites; but where there are appends too, it is one change among others.
        if matches!(op, TextOp::Get(_)) { OpKind::Pure } else { OpKind::General }
    }

    fn needs(&self, op: &TextOp) -> Option<u32> {
        if let TextOp::Get(seen) = *op { Some(seen) } else { None }
    }

    fn needs_all_changes(&self) -> bool {
        true
    }

    fn bytes(&self) -> usize {
        self.texts.bytes()
    }

    fn describe_op(&self, op: &TextOp) -> String {
        match *op {
            TextOp::Put(text) => format!("put {}", self.describe_state(text)),
            TextOp::Append(text) => format!("append {}", self.describe_state(text)),
            TextOp::Get(seen) => format!("get → {}", self.describe_state(seen)),
        }
    }

    fn describe_state(&self, state: u32) -> String {
        const SHOWN: usize = 80;
        let text = self.texts.get(state);
        match text.char_indices().rev().nth(SHOWN) {
            Some((cut, _)) => format!("{:?} after {cut} bytes more", &text[cut..]),
            None => format!("{text:?}"),
        }
    }
}
