//! Bytes that the store keeps.

use bytes::Bytes;
use std::{borrow::Borrow, ops::Deref, sync::Arc};

/// A key, a value or an element. Shared, so that copying it costs next to nothing, and of just its own size: what arrives from a
/// client or from the log is a piece of some larger buffer, which must not be kept alive for its sake.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Text(Arc<[u8]>);

impl Text {
    /// The same bytes for a reply, without copying them.
    pub fn to_bytes(&self) -> Bytes {
        Bytes::from_owner(self.clone())
    }
}

impl<T: AsRef<[u8]> + ?Sized> From<&T> for Text {
    fn from(bytes: &T) -> Text {
        Text(bytes.as_ref().into())
    }
}

impl AsRef<[u8]> for Text {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Borrow<[u8]> for Text {
    fn borrow(&self) -> &[u8] {
        &self.0
    }
}

impl Deref for Text {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}
