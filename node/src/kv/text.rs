//! Bytes that the store keeps.

use bytes::Bytes;
use std::{borrow::Borrow, cmp::Ordering, fmt, ops::Deref, sync::Arc};

/// What fits where a reference would be: most keys, and numbers.
const SHORT_BYTES_MAX: usize = 22;

/// A key, a value or an element. Copying it costs next to nothing, and it is of just its own size: what arrives from a client or
/// from the log is a piece of some larger buffer, which must not be kept alive for its sake.
#[derive(Clone)]
pub struct Text(Form);

#[derive(Clone)]
enum Form {
    /// In place: a piece of memory of its own would take three times as much for a key, and be one more to look into.
    Short { length: u8, bytes: [u8; SHORT_BYTES_MAX] },
    /// Shared.
    Long(Arc<[u8]>),
}

impl Text {
    /// The same bytes for a reply, without copying them if they are many.
    pub fn to_bytes(&self) -> Bytes {
        match &self.0 {
            Form::Short { .. } => Bytes::copy_from_slice(self),
            Form::Long(bytes) => Bytes::from_owner(bytes.clone()),
        }
    }
}

impl<T: AsRef<[u8]> + ?Sized> From<&T> for Text {
    fn from(bytes: &T) -> Text {
        let bytes = bytes.as_ref();
        let mut short = [0; SHORT_BYTES_MAX];
        Text(match short.get_mut(..bytes.len()) {
            Some(place) => {
                place.copy_from_slice(bytes);
                Form::Short { length: bytes.len() as u8, bytes: short }
            }
            None => Form::Long(bytes.into()),
        })
    }
}

impl Deref for Text {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.0 {
            Form::Short { length, bytes } => &bytes[..usize::from(*length)],
            Form::Long(bytes) => bytes,
        }
    }
}

impl AsRef<[u8]> for Text {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl Borrow<[u8]> for Text {
    fn borrow(&self) -> &[u8] {
        self
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Text) -> bool {
        **self == **other
    }
}

impl Eq for Text {}

impl PartialOrd for Text {
    fn partial_cmp(&self, other: &Text) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Text {
    fn cmp(&self, other: &Text) -> Ordering {
        (**self).cmp(other)
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.escape_ascii())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn short_ones_take_no_memory_besides() {
        assert_eq!(size_of::<Text>(), 24);
        let form = |length: usize| Text::from(&vec![b'x'; length]).0;
        assert!(matches!(form(SHORT_BYTES_MAX), Form::Short { .. }));
        assert!(matches!(form(SHORT_BYTES_MAX + 1), Form::Long(_)));
    }

    proptest! {
        #[test]
        fn bytes_are_kept_and_compare_as_they_do(
            one in prop::collection::vec(0..3u8, 0..30),
            other in prop::collection::vec(0..3u8, 0..30),
        ) {
            let texts = (Text::from(&one), Text::from(&other));
            prop_assert_eq!(&*texts.0, &one[..]);
            prop_assert_eq!(&texts.0.to_bytes(), &one);
            prop_assert_eq!(texts.0.cmp(&texts.1), one.cmp(&other));
            prop_assert_eq!(texts.0 == texts.1, one == other);
        }
    }
}
