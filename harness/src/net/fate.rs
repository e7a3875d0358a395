//! What becomes of a message.

use super::{frame::FRAME_LENGTH_BYTES, rule::RuleId};
use std::time::Duration;

/// What the rules in force do to one message.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Fate {
    /// It does not arrive.
    pub is_lost: bool,
    /// It is damaged.
    pub flip: Option<Flip>,
    /// What keeps it from being handed on at once.
    pub holds: Vec<Hold>,
}

/// A rule's claim on a message, void when the rule is taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hold {
    pub rule: RuleId,
    /// How much later the message is to be handed on.
    pub time: Duration,
    /// Whether those that come after it may overtake it meanwhile.
    pub is_overtaken: bool,
}

/// A bit to flip, unless the rule is taken back before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Flip {
    pub rule: RuleId,
    /// Says which one.
    pub random: u64,
}

impl Flip {
    /// Flips a bit of a frame, behind its length.
    pub fn apply(self, frame: &mut [u8]) {
        let trusted = &mut frame[FRAME_LENGTH_BYTES..];
        let bit = self.random % (trusted.len() as u64 * 8);
        trusted[(bit / 8) as usize] ^= 1 << (bit % 8);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_bit_behind_the_length_is_flipped() {
        let frame = [0; 12];
        let mut flipped = 0u128;
        for random in 0..64 {
            let mut bytes = frame;
            Flip { rule: RuleId(0), random }.apply(&mut bytes);
            let bits = bytes.iter().fold(0u128, |bits, byte| bits << 8 | u128::from(*byte));
            assert_eq!(bits.count_ones(), 1);
            flipped |= bits;
        }
        assert_eq!(flipped, u64::MAX.into(), "checksum and payload, and not the length");
    }
}
