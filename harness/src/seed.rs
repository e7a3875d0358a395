//! Everything random comes from the one seed of a test.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use rand::{SeedableRng, rngs::Xoshiro256PlusPlus};

/// A seed for one purpose, so that what one part draws never shifts what another draws: `node/n1`, `nemesis/kill`.
///
/// The label is hashed (FNV-1a), and the sum with the test's seed is mixed as SplitMix64 does. Stored seeds depend on it:
/// it must never change.
pub fn derive(seed: u64, label: &str) -> u64 {
    let hash = label
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    let mut mixed = seed.wrapping_add(hash).wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// The random stream of this name. Every user draws from a stream of its own, so that one more draw in one place does not
/// change what happens in another.
pub fn rng(seed: u64, label: &str) -> Xoshiro256PlusPlus {
    Xoshiro256PlusPlus::seed_from_u64(derive(seed, label))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::Rng;
    use std::collections::BTreeSet;

    #[test]
    fn labels_and_seeds_that_differ_a_little_give_seeds_that_have_nothing_in_common() {
        let labels = ["node/n1", "node/n2", "nemesis/kill", "nemesis/pause"];
        let seeds: BTreeSet<u64> = (0..50).flat_map(|seed| labels.map(|label| derive(seed, label))).collect();
        assert_eq!(seeds.len(), 200);
        assert_eq!(derive(1, "node/n1"), derive(1, "node/n1"));
        let flipped = (derive(1, "node/n1") ^ derive(1, "node/n2")).count_ones();
        assert!((16..=48).contains(&flipped), "{flipped} of 64 bits differ");
    }

    #[test]
    fn a_stored_seed_keeps_its_meaning() {
        assert_eq!(rng(1, "register").next_u64(), 5_835_574_132_273_181_308);
    }
}
