//! Amounts of bytes, as people write them.

use serde::Deserialize;
use std::{fmt, str::FromStr};

/// A number of bytes, written `64MiB`, `256KiB`, `1GiB`, or as a bare number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct ByteSize(pub u64);

/// The units, the greatest first. Only those that are powers of two: nobody has to wonder what a `MB` is.
const UNITS: [(&str, u64); 4] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)];

impl FromStr for ByteSize {
    type Err = String;

    fn from_str(text: &str) -> Result<ByteSize, String> {
        let wrong = || format!("`{text}` is not a number of bytes; write it as 64MiB, 256KiB or 65536");
        let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
        let scale = match unit.trim() {
            "" => 1,
            unit => UNITS.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit)).ok_or_else(wrong)?.1,
        };
        number.parse::<u64>().ok().and_then(|number| number.checked_mul(scale)).map(ByteSize).ok_or_else(wrong)
    }
}

impl TryFrom<String> for ByteSize {
    type Error = String;

    fn try_from(text: String) -> Result<ByteSize, String> {
        text.parse()
    }
}

impl fmt::Display for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ByteSize(bytes) = *self;
        match UNITS.iter().find(|(_, scale)| bytes > 0 && bytes.is_multiple_of(*scale)) {
            Some((unit, scale)) if *scale > 1 => write!(f, "{}{unit}", bytes / scale),
            _ => bytes.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_as_people_write_them() {
        for (text, bytes) in
            [("0", 0), ("65536", 65536), ("256KiB", 256 << 10), ("64 MiB", 64 << 20), ("1gib", 1 << 30), ("7B", 7)]
        {
            assert_eq!(text.parse(), Ok(ByteSize(bytes)), "{text}");
            assert_eq!(ByteSize(bytes).to_string().parse(), Ok(ByteSize(bytes)), "{text}");
        }
        assert_eq!(ByteSize(64 << 20).to_string(), "64MiB");
        assert_eq!(ByteSize(65537).to_string(), "65537");
        for text in ["", "MiB", "-1", "1.5MiB", "64MB", "99999999999GiB", "64MiB2"] {
            assert!(text.parse::<ByteSize>().is_err(), "{text}");
        }
    }
}
