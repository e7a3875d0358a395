//! Why one transaction comes before another, found again from what the two of them did.

use super::Registers;
use crate::checker::transactions::graph::reason;
use crate::checker::transactions::history::{INITIAL, Op, by_key};
use crate::checker::transactions::zones;

impl Registers<'_> {
    /// Why one transaction comes before another, by this dependency; a key, and words in which they are `one` and `other`.
    pub fn why(&self, (from, to): (u32, u32), why: u8, (one, other): (&str, &str)) -> Option<(u32, String)> {
        let history = self.history;
        let of = |id: u32| {
            let (mut reads, mut writes, mut scratch) = (Vec::new(), Vec::new(), Vec::new());
            by_key(history.ops(id), &mut scratch, |key, ops| {
                if let Some(&Op::Value { version, .. }) = ops.first() {
                    reads.push((key, version));
                }
                let last = ops.iter().rev().find(|op| !op.is_read());
                if let Some(&Op::Write { version, .. }) = last {
                    writes.push((key, version));
                }
            });
            (reads, writes)
        };
        let ((from_reads, from_writes), (to_reads, to_writes)) = (of(from), of(to));
        let text = |version: u32| history.version_text(version);
        if why & reason::WR != 0 {
            let &(key, version) =
                to_reads.iter().find(|read| history.versions() > read.1 as usize && self.writer(read.1) == from)?;
            return Some((
                key,
                format!("{other} read {} from {}, which {one} wrote", text(version), history.key_text(key)),
            ));
        }
        let (had, did) = match why & reason::WW {
            0 => (from_reads, "read"),
            _ => (from_writes, "wrote"),
        };
        let pairs = || {
            had.iter().flat_map(|&(key, before)| {
                to_writes.iter().filter(move |(other, _)| *other == key).map(move |&(_, after)| (key, before, after))
            })
        };
        let known = pairs().find(|&(_, before, after)| before == INITIAL || self.before[after as usize] == before);
        let (key, before, after, how) = match known {
            Some((key, INITIAL, after)) => (key, INITIAL, after, "which was there before all values".to_owned()),
            Some((key, before, after)) => (key, before, after, format!("right after reading {}", text(before))),
            None => {
                let is_early = |&(_, before, after): &(u32, u32, u32)| {
                    before != after && self.zones[before as usize].end < self.zones[after as usize].begin
                };
                let (key, before, after) = pairs().find(is_early)?;
                (key, before, after, zones::reason(history, before, after))
            }
        };
        let name = history.key_text(key);
        Some((
            key,
            match before {
                INITIAL => format!("{one} read nil from {name}, {how}, and {other} wrote {}", text(after)),
                _ => format!("{one} {did} {} in {name}, and {other} wrote {} later: {how}", text(before), text(after)),
            },
        ))
    }
}
